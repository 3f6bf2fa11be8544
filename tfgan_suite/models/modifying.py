"""Modifying images with a trained ModNet, in NumPy and in batches: the bounding, the inputs, the answers."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tfgan_suite.core.checks import require, require_positive
from tfgan_suite.core.labels import one_per_image

RANGE_SLACK = 1e-3
"""How far a pixel may lie outside of [-1, 1]: rounding, and not another range."""


def clip(images: tf.Tensor, deltas: tf.Tensor) -> tf.Tensor:
    """x + delta, clipped to [-1, 1] ("we either clip", ModNet thesis, section 2.5.1)."""
    return tf.clip_by_value(images + deltas, -1.0, 1.0)


def renormalise(images: tf.Tensor, deltas: tf.Tensor) -> tf.Tensor:
    """x + delta, scaled and shifted into [-1, 1] ("or renormalize and shift", ModNet thesis, section 2.5.1).

    The thesis gives no formula. Here each image's range, and at least [-1, 1], is mapped onto [-1, 1]: with
    lo = min(-1, min(x + delta)) and hi = max(1, max(x + delta)) it is 2 (x + delta - lo) / (hi - lo) - 1. So a delta
    of 0 changes nothing, and a sum that stays inside of [-1, 1] is left as it is.
    """
    sums = images + deltas
    axes = list(range(1, len(images.shape)))
    low = tf.minimum(tf.reduce_min(sums, axes, keepdims=True), -1.0)
    high = tf.maximum(tf.reduce_max(sums, axes, keepdims=True), 1.0)
    return 2.0 * (sums - low) / (high - low) - 1.0


def squash(images: tf.Tensor, deltas: tf.Tensor) -> tf.Tensor:
    """tanh(x + delta) (ModNet thesis, figure 2.5). A delta of 0 changes the image: tanh(1) is 0.76."""
    return tf.tanh(images + deltas)


BOUNDINGS: dict[str, Callable[[tf.Tensor, tf.Tensor], tf.Tensor]] = {
    "clip": clip,
    "renormalise": renormalise,
    "tanh": squash,
}
"""Ways to bound the sum of an image and its delta, both float32 [N, H, W, C], to [-1, 1]."""


class Modifying:
    """What changes images with a `ModNet`, of which it is a part."""

    def modify(self, images: np.ndarray, targets: int | Sequence[int], batch_size: int = 250) -> np.ndarray:
        """Changes images towards their target labels. An image's result does not depend on the others.

        Args:
            images: float [N, H, W, C] in [-1, 1].
            targets: one label for all, or one per image, in [0, num_classes).
            batch_size: images at once.

        Returns:
            float32 [N, H, W, C] in [-1, 1].

        Raises:
            ValueError: images of another shape, type or range, targets of another number or range, or `batch_size`
                below 1.
        """
        return self._in_batches(self.inference, images, targets, batch_size)

    def delta(self, images: np.ndarray, targets: int | Sequence[int], batch_size: int = 250) -> np.ndarray:
        """The delta images that `modify` adds to images, before the sum is bounded.

        Args and raises as `modify`.

        Returns:
            float32 [N, H, W, C] in [-1, 1].
        """
        return self._in_batches(self._delta_inference, images, targets, batch_size)

    def class_probs(self, images: np.ndarray, batch_size: int = 250) -> np.ndarray:
        """Class probabilities of images by the model's own classifier, whichever its form is.

        Args:
            images: float [N, H, W, C] in [-1, 1], such as `modify` returns.
            batch_size: images at once.

        Returns:
            float32 [N, num_classes].

        Raises:
            ValueError: images of another shape, type or range, or `batch_size` below 1.
        """
        images = checked_images(images, self.generator.output_shape[1:])
        require_positive(batch_size=batch_size)
        starts = range(0, len(images), batch_size)
        return np.concatenate([self._classify(tf.constant(images[i : i + batch_size])).numpy() for i in starts])

    def deltas(self, images: tf.Tensor, targets: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Delta images, float32 [N, H, W, C] in [-1, 1]; of the averaged weights if the model keeps them."""
        if self.averaged_weights is not None and not training:
            return self.averaged_weights([images, targets])
        return self.generator([images, targets], training=training)

    def bound(self, images: tf.Tensor, deltas: tf.Tensor) -> tf.Tensor:
        """The sum of images and deltas in [-1, 1]."""
        return BOUNDINGS[self.bounding](images, deltas)

    @functools.cached_property
    def _delta_inference(self) -> Callable[[Any], tf.Tensor]:
        return tf.function(lambda inputs: self.deltas(*inputs), reduce_retracing=True)

    @functools.cached_property
    def _classify(self) -> Callable[[tf.Tensor], tf.Tensor]:
        classifier = keras.Model(self.discriminator.inputs[0], self.discriminator.output["class_logits"])
        return tf.function(
            lambda images: tf.nn.softmax(tf.cast(classifier(images, training=False), tf.float32)),
            reduce_retracing=True,
        )

    def _in_batches(
        self, function: Callable[[Any], tf.Tensor], images: np.ndarray, targets: int | Sequence[int], batch_size: int
    ) -> np.ndarray:
        require_positive(batch_size=batch_size)
        images = checked_images(images, self.generator.output_shape[1:])
        targets = one_per_image(len(images), self.num_classes, targets=targets)
        parts = []
        for start in range(0, len(images), batch_size):
            batch = slice(start, start + batch_size)
            parts.append(function((tf.constant(images[batch]), tf.constant(targets[batch]))).numpy())
        return np.concatenate(parts)


def checked_images(images: np.ndarray, image_shape: Sequence[int]) -> np.ndarray:
    """float32 images [N, H, W, C] in [-1, 1] of one shape, or a `ValueError` that says what is wrong."""
    images = np.asarray(images)
    require(
        images.ndim == 4 and images.shape[1:] == tuple(image_shape) and len(images) > 0,
        "`images` must have the shape [N, height, width, channels] of the model's, N at least 1",
        shape=images.shape,
        image_shape=tuple(image_shape),
    )
    require(
        np.issubdtype(images.dtype, np.floating),
        "`images` must be float in [-1, 1]",
        "`core.images.to_float` makes it.",
        dtype=str(images.dtype),
    )
    smallest, largest = float(images.min()), float(images.max())
    require(
        smallest >= -1 - RANGE_SLACK and largest <= 1 + RANGE_SLACK,  # not so for NaN
        "`images` must be in [-1, 1]",
        smallest=smallest,
        largest=largest,
    )
    return images.astype(np.float32, copy=False)
