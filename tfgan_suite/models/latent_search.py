"""Adam on latents: the search for those whose images come nearest to given ones."""

import math
from typing import Any

import numpy as np
import tensorflow as tf

from tfgan_suite.metrics.embedders.base import Progress
from tfgan_suite.metrics.embedders.feature_distance import FeatureDistance, Features

_SEGMENT_STEPS = 50
_BETAS, _EPSILON = (0.9, 0.999), 1e-8


class LatentSearch:
    """Minimises, row by row, the sum of absolute pixel differences plus `weight` times a feature distance.

    No row depends on another: the loss is their sum, and Adam works by coordinates. Compiled in segments of some steps.

    Args:
        gan: called with latents, or latents and labels, in inference mode.
        distance: None: pixels alone.
        weight: of the distance.
        num_steps: of Adam; 0 leaves the start.
        learning_rate: at the first step; it falls to 0 along a cosine.
    """

    def __init__(
        self, gan: Any, distance: FeatureDistance | None, weight: float, num_steps: int, learning_rate: float
    ) -> None:
        self.gan, self.distance, self.weight = gan, distance, weight
        self.num_steps, self.learning_rate = num_steps, learning_rate
        self._segment = tf.function(self._steps, reduce_retracing=True)
        self._measure = tf.function(self._distances, reduce_retracing=True)

    def run(
        self, images: np.ndarray, latents: np.ndarray, labels: np.ndarray | None, progress: Progress | None = None
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray | None]:
        """Searches from `latents`; the best on the way, the start included.

        Args:
            images: float32 [n, ...], as the generator makes them.
            latents: float32 [n, d].
            labels: int32 [n], which stay; None for an unconditional GAN.
            progress: called as progress(steps done, num_steps).

        Returns:
            The latents, their images, mean absolute pixel differences float64 [n], and feature distances float64 [n] or
            None.

        Raises:
            FloatingPointError: a loss or a gradient is not finite.
        """
        images, latents = tf.constant(images), tf.constant(latents)
        labels = None if labels is None else tf.constant(labels)
        features = [] if self.distance is None else list(self.distance.features(images))
        zeros = tf.zeros_like(latents)
        state = (latents, zeros, zeros, latents, tf.fill([len(images)], tf.constant(np.inf, tf.float32)))
        for first in range(0, self.num_steps + 1, _SEGMENT_STEPS):  # the last one evaluates only: its rate is 0
            stop = min(first + _SEGMENT_STEPS, self.num_steps + 1)
            state, finite = self._segment(images, features, labels, state, tf.constant(first), tf.constant(stop))
            if not finite:
                raise FloatingPointError(
                    f"The loss of a reconstruction or its gradient is not finite by step {stop - 1} of "
                    f"{self.num_steps} (learning rate {self.learning_rate:g} at the start). Choose a lower "
                    "`learning_rate`, or look whether the generator's own samples are finite."
                )
            if progress is not None:
                progress(min(stop, self.num_steps), self.num_steps)
        best = state[3]
        made, pixels, distances = self._measure(images, features, labels, best)
        return best.numpy(), made.numpy(), pixels.numpy(), None if distances is None else distances.numpy()

    def _generate(self, latents: tf.Tensor, labels: tf.Tensor | None) -> tf.Tensor:
        made = self.gan(latents if labels is None else (latents, labels), training=False)
        return tf.cast(made, tf.float32)

    def _losses(self, images: tf.Tensor, features: Features, labels: tf.Tensor | None, latents: tf.Tensor) -> tf.Tensor:
        """L of each row, [n]."""
        made = self._generate(latents, labels)
        losses = _row_sums(tf.abs(made - images))
        if self.distance is not None:
            losses += self.weight * self.distance.compare(self.distance.features(made), features)
        return losses

    def _steps(
        self,
        images: tf.Tensor,
        features: Features,
        labels: tf.Tensor | None,
        state: Any,
        first: tf.Tensor,
        stop: tf.Tensor,
    ) -> tuple[Any, tf.Tensor]:
        """Steps `first` to `stop` - 1; whether all losses and gradients were finite."""

        def step(number: tf.Tensor, finite: tf.Tensor, *state: tf.Tensor) -> tuple[tf.Tensor, ...]:
            latents, mean, square, best, lowest = state
            with tf.GradientTape() as tape:
                tape.watch(latents)
                losses = self._losses(images, features, labels, latents)
            gradient = tape.gradient(losses, latents)  # of their sum
            better = losses < lowest
            best, lowest = tf.where(better[:, tf.newaxis], latents, best), tf.where(better, losses, lowest)
            moved, mean, square = self._adam(number, gradient, latents, mean, square)
            finite &= tf.reduce_all(tf.math.is_finite(losses)) & tf.reduce_all(tf.math.is_finite(gradient))
            return number + 1, finite, moved, mean, square, best, lowest

        start = (first, tf.constant(True), *state)
        _, finite, *state = tf.while_loop(lambda number, *_: number < stop, step, start)
        return tuple(state), finite

    def _adam(
        self, number: tf.Tensor, gradient: tf.Tensor, latents: tf.Tensor, mean: tf.Tensor, square: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """One step of Adam (Kingma and Ba 2015, algorithm 1) with a cosine rate, step numbers from 0."""
        count = tf.cast(number, tf.float32)
        rate = self.learning_rate * 0.5 * (1.0 + tf.cos(math.pi * count / max(self.num_steps, 1)))
        rate = tf.where(number < self.num_steps, rate, 0.0)
        mean = _BETAS[0] * mean + (1 - _BETAS[0]) * gradient
        square = _BETAS[1] * square + (1 - _BETAS[1]) * tf.square(gradient)
        unbiased_mean = mean / (1 - tf.pow(_BETAS[0], count + 1))
        unbiased_square = square / (1 - tf.pow(_BETAS[1], count + 1))
        return latents - rate * unbiased_mean / (tf.sqrt(unbiased_square) + _EPSILON), mean, square

    def _distances(
        self, images: tf.Tensor, features: Features, labels: tf.Tensor | None, latents: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor | None]:
        made = self._generate(latents, labels)
        pixels = _row_sums(tf.cast(tf.abs(made - images), tf.float64)) / math.prod(images.shape[1:])
        if self.distance is None:
            return made, pixels, None
        return made, pixels, tf.cast(self.distance.compare(self.distance.features(made), features), tf.float64)


def _row_sums(values: tf.Tensor) -> tf.Tensor:
    return tf.reduce_sum(values, axis=list(range(1, values.shape.rank)))
