"""Dropout and Gaussian noise whose draws are a pure function of a seed that the training step gives.

Keras' own layers hold a generator of random numbers as state: on two replicas they draw the same for both halves of a
batch, and so another training than on one device.
"""

import contextlib
import contextvars
from collections.abc import Callable, Iterator
from typing import Any

import keras
import tensorflow as tf

from tfgan_suite.core.checks import require, require_weight
from tfgan_suite.core.seeds import fold_in

Draw = Callable[[Any], tf.Tensor]  # number of rows -> noise with as many
LAYER_NOISE = 6  # what the draws are for, folded into the seed; the others are in `models.sampling`


def _all_rows(num_rows: Any, draw: Draw) -> tf.Tensor:
    return draw(num_rows)


class _Stream:
    """A seed, and a number that goes up with each draw, so that no two layers (and no two calls) draw alike."""

    def __init__(self, seed: tf.Tensor, rows: Callable[[Any, Draw], tf.Tensor]) -> None:
        self.seed, self.rows, self.num_draws = seed, rows, 0

    def next_seed(self) -> tf.Tensor:
        self.num_draws += 1
        return fold_in(self.seed, LAYER_NOISE, self.num_draws)


_current: contextvars.ContextVar[_Stream | None] = contextvars.ContextVar("noise_stream", default=None)


@contextlib.contextmanager
def noise_stream(seed: tf.Tensor, rows: Callable[[Any, Draw], tf.Tensor] = _all_rows) -> Iterator[None]:
    """Within it, layers of this module draw their noise from `seed`, each call of each layer another part of it.

    Args:
        seed: stateless seed, int32 [2] (`core.seeds`).
        rows: (num_rows, draw) -> noise of that many rows; the training step passes the one that gives each replica its
            part of the batch's noise.
    """
    token = _current.set(_Stream(seed, rows))
    try:
        yield
    finally:
        _current.reset(token)


class SeededNoise(keras.layers.Layer):
    """Base of the layers that draw noise in training and let their inputs through otherwise."""

    def call(self, inputs: tf.Tensor, training: bool | None = None) -> tf.Tensor:
        """`inputs` [N, ...] with noise if `training`.

        Raises:
            ValueError: training outside of a `noise_stream`.
        """
        if not training:
            return inputs
        stream = _current.get()
        require(
            stream is not None,
            "A layer of seeded noise trains inside a `noise_stream` only",
            "Call the network within `with noise_stream(make_seed(0)):`; a `GAN` does so by itself.",
            layer=self.name,
        )
        seed, shape = stream.next_seed(), inputs.shape[1:]
        return self.disturb(inputs, stream.rows(tf.shape(inputs)[0], lambda num: self.draw([num, *shape], seed)))

    def draw(self, shape: list[Any], seed: tf.Tensor) -> tf.Tensor:
        """The noise, float32 of `shape`."""
        raise NotImplementedError

    def disturb(self, inputs: tf.Tensor, noise: tf.Tensor) -> tf.Tensor:
        """The inputs with the noise."""
        raise NotImplementedError

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return tuple(input_shape)


@keras.saving.register_keras_serializable(package="tfgan_suite")
class SeededDropout(SeededNoise):
    """Dropout (Srivastava et al. 2014): each value is 0 with probability `rate`, the others are divided by 1 - rate.

    Args:
        rate: in [0, 1).
        **kwargs: as for every Keras layer.

    Raises:
        ValueError: `rate` out of its range; in a call see `SeededNoise`.
    """

    def __init__(self, rate: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        require(0 <= rate < 1, "`rate` must be in [0, 1)", rate=rate)
        self.rate = float(rate)

    def draw(self, shape: list[Any], seed: tf.Tensor) -> tf.Tensor:
        return tf.random.stateless_uniform(shape, seed, alg="philox")

    def disturb(self, inputs: tf.Tensor, noise: tf.Tensor) -> tf.Tensor:
        return tf.where(noise < self.rate, tf.zeros_like(inputs), inputs / (1 - self.rate))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "rate": self.rate}


@keras.saving.register_keras_serializable(package="tfgan_suite")
class SeededGaussianNoise(SeededNoise):
    """Adds N(0, stddev^2) to every value.

    Args:
        stddev: standard deviation, at least 0.
        **kwargs: as for every Keras layer.

    Raises:
        ValueError: `stddev` below 0; in a call see `SeededNoise`.
    """

    def __init__(self, stddev: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        require_weight(stddev=stddev)
        self.stddev = float(stddev)

    def draw(self, shape: list[Any], seed: tf.Tensor) -> tf.Tensor:
        return tf.random.stateless_normal(shape, seed, alg="philox")

    def disturb(self, inputs: tf.Tensor, noise: tf.Tensor) -> tf.Tensor:
        return inputs + self.stddev * tf.cast(noise, inputs.dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "stddev": self.stddev}
