"""Strided convolutions that are one matrix product where the maps are small: faster on a CPU.

oneDNN's direct convolution works row by row of the output. With rows of four pixels or fewer its inner products are too
small: it reaches 40 % of the machine's matrix-product rate in float32, and 10 % in bfloat16. Gathering the patches and
making one matrix product reaches 80 % and 60 %: measured once, on one thread of a busy machine. The script
`benchmarks.convolutions` measures it again.
"""

from functools import cache
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tfgan_suite.layers.moments import statistics_dtype

MAX_SMALL_MAP = 4  # pixels; at 8 the direct convolution is as fast in float32


class Geometry:
    """Index tables of a "same" convolution from maps of `size` with `kernel_size` and `stride`; all maps square."""

    def __init__(self, size: int, kernel_size: int, stride: int) -> None:
        self.size, self.kernel_size = size, kernel_size
        self.small_size = -(-size // stride)
        total = max((self.small_size - 1) * stride + kernel_size - size, 0)
        self.padding = (total // 2, total - total // 2)
        # [small_size, kernel_size]: row of the padded map that an output row's tap reads.
        rows = stride * np.arange(self.small_size)[:, None] + np.arange(kernel_size)
        self.patch_index = _grid(rows, size + total)
        inside = rows - self.padding[0]
        valid = (inside >= 0) & (inside < size)
        is_valid = valid[:, None, :, None] & valid[None, :, None, :]
        self.scatter_index = np.where(is_valid.reshape(-1), _grid(inside, size), -1).astype(np.int32)


def _grid(rows: np.ndarray, width: int) -> np.ndarray:
    """Flat positions [i, j, a, b] -> rows[i, a] * width + rows[j, b], as one axis."""
    return (rows[:, None, :, None] * width + rows[None, :, None, :]).reshape(-1).astype(np.int32)


@cache
def geometry(size: int, kernel_size: int, stride: int) -> Geometry:
    """The tables for one shape, made once."""
    return Geometry(size, kernel_size, stride)


def convolve(large: tf.Tensor, kernel: tf.Tensor, shape: Geometry) -> tf.Tensor:
    """Convolution: [N, size, size, I] with a kernel [k, k, I, O] -> [N, small, small, O].

    This, `convolve_transposed` and `kernel_gradient` are each linear in both arguments, and each other's gradients;
    so their gradients of every order are exact.
    """

    @tf.custom_gradient
    def run(large: tf.Tensor, kernel: tf.Tensor) -> Any:
        def gradient(upstream: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            return convolve_transposed(upstream, kernel, shape), kernel_gradient(large, upstream, shape)

        outputs = tf.matmul(_patches(large, shape), _as_matrix(kernel))
        small = shape.small_size
        return tf.reshape(outputs, [-1, small, small, kernel.shape[-1]]), gradient  # [N s s, O] -> [N, s, s, O]

    return run(large, kernel)


def convolve_transposed(small: tf.Tensor, kernel: tf.Tensor, shape: Geometry) -> tf.Tensor:
    """Transposed convolution: [N, small, small, O] with a kernel [k, k, I, O] -> [N, size, size, I]."""

    @tf.custom_gradient
    def run(small: tf.Tensor, kernel: tf.Tensor) -> Any:
        def gradient(upstream: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            return convolve(upstream, kernel, shape), kernel_gradient(upstream, small, shape)

        patches = tf.matmul(_as_rows(small), _as_matrix(kernel), transpose_b=True)
        return _overlap_add(patches, kernel.shape[2], shape), gradient

    return run(small, kernel)


def kernel_gradient(large: tf.Tensor, small: tf.Tensor, shape: Geometry) -> tf.Tensor:
    """Gradient for the kernel: [N, size, size, I] and [N, small, small, O] -> [k, k, I, O]."""

    @tf.custom_gradient
    def run(large: tf.Tensor, small: tf.Tensor) -> Any:
        def gradient(upstream: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            return convolve_transposed(small, upstream, shape), convolve(large, upstream, shape)

        product = tf.matmul(_patches(large, shape), _as_rows(small), transpose_a=True)
        taps = [shape.kernel_size, shape.kernel_size]
        return tf.reshape(product, [*taps, large.shape[-1], small.shape[-1]]), gradient  # [k k I, O] -> [k, k, I, O]

    return run(large, small)


def _as_matrix(kernel: tf.Tensor) -> tf.Tensor:
    return tf.reshape(kernel, [-1, kernel.shape[-1]])  # [k, k, I, O] -> [k k I, O]


def _as_rows(small: tf.Tensor) -> tf.Tensor:
    return tf.reshape(small, [-1, small.shape[-1]])  # [N, s, s, O] -> [N s s, O]


def _patches(large: tf.Tensor, shape: Geometry) -> tf.Tensor:
    channels, taps = large.shape[-1], shape.kernel_size**2
    padded = tf.pad(large, [[0, 0], shape.padding, shape.padding, [0, 0]])
    pixels = tf.reshape(padded, [-1, padded.shape[1] * padded.shape[2], channels])  # [N, H, W, I] -> [N, H W, I]
    gathered = tf.gather(pixels, shape.patch_index, axis=1)
    return tf.reshape(gathered, [-1, taps * channels])  # [N, s s k k, I] -> [N s s, k k I]


def _overlap_add(patches: tf.Tensor, channels: int, shape: Geometry) -> tf.Tensor:
    num_pixels = shape.size**2
    num_images = tf.shape(patches)[0] // shape.small_size**2
    offsets = tf.range(num_images)[:, None] * num_pixels
    index = tf.where(shape.scatter_index >= 0, shape.scatter_index + offsets, -1)  # -1: padding, dropped by the sum
    terms = tf.cast(tf.reshape(patches, [-1, channels]), statistics_dtype(patches.dtype.name))
    pixels = tf.math.unsorted_segment_sum(terms, tf.reshape(index, [-1]), num_images * num_pixels)
    pixels = tf.cast(pixels, patches.dtype)
    return tf.reshape(pixels, [-1, shape.size, shape.size, channels])  # [N H W, I] -> [N, H, W, I]


def _gains(size: int | None, stride: int, training: bool | None) -> bool:
    """Whether a matrix product is the faster way; not in inference, whose graphs also run elsewhere."""
    return bool(training) and size is not None and -(-size // stride) <= MAX_SMALL_MAP and not _has_gpu()


def _finish(layer: keras.layers.Layer, outputs: tf.Tensor) -> tf.Tensor:
    return layer.activation(outputs + layer.bias if layer.use_bias else outputs)


@cache
def _has_gpu() -> bool:
    return bool(tf.config.list_physical_devices("GPU"))


@keras.saving.register_keras_serializable(package="tfgan_suite")
class StridedConv2D(keras.layers.Conv2D):
    """`keras.layers.Conv2D` on square maps with one stride and "same" padding, faster in training on a CPU."""

    def call(self, inputs: tf.Tensor, training: bool | None = None) -> tf.Tensor:
        size, stride = inputs.shape[1], self.strides[0]
        if not _gains(size, stride, training):
            return super().call(inputs)
        outputs = convolve(inputs, tf.convert_to_tensor(self.kernel), geometry(size, self.kernel_size[0], stride))
        return _finish(self, outputs)


@keras.saving.register_keras_serializable(package="tfgan_suite")
class StridedConv2DTranspose(keras.layers.Conv2DTranspose):
    """`keras.layers.Conv2DTranspose` on square maps with one stride and "same" padding, faster in training on a CPU."""

    def call(self, inputs: tf.Tensor, training: bool | None = None) -> tf.Tensor:
        size, stride = self.compute_output_shape(inputs.shape)[1], self.strides[0]
        if not _gains(size, stride, training):
            return super().call(inputs)
        shape = geometry(size, self.kernel_size[0], stride)
        outputs = convolve_transposed(inputs, tf.convert_to_tensor(self.kernel), shape)
        return _finish(self, outputs)
