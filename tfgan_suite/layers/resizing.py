"""Bilinear resizing: the function, and a layer of it for use inside of a network that is trained."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tfgan_suite.core.checks import require


def bilinear(images: tf.Tensor, size: tuple[int, int]) -> tf.Tensor:
    """Bilinear with half-pixel centres; where an axis shrinks, the filter widens with it (anti-aliased).

    Args:
        images: float [n, H, W, C].
        size: (height, width).

    Returns:
        float32 [n, height, width, C].
    """
    shrinks = images.shape[1] > size[0] or images.shape[2] > size[1]
    return tf.image.resize(images, size, method="bilinear", antialias=shrinks)


@keras.saving.register_keras_serializable(package="tfgan_suite")
class BilinearResizing(keras.layers.Layer):
    """`bilinear` as two matrix products, images [N, H, W, C] -> [N, height, width, C].

    TensorFlow's anti-aliased resizing, which Keras' layer uses too, has no kernel for GPUs, none for XLA and no right
    gradient of gradients. This has all of these, and agrees with `bilinear` up to rounding.

    Args:
        size: (height, width), each at least 1.
        **kwargs: as for every Keras layer.

    Raises:
        ValueError: a size that is not two numbers of at least 1; in `build` images of unknown height or width.
    """

    def __init__(self, size: tuple[int, int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        require(len(size) == 2 and min(size) >= 1, "`size` must be two numbers of at least 1", size=tuple(size))
        self.size = tuple(size)

    def build(self, input_shape: tuple) -> None:
        sides = tuple(input_shape[1:3])
        require(None not in sides, "The height and the width of the images must be known", input_shape=input_shape)
        self._rows, self._columns = map(_weights, sides, self.size)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """The resized images, in the layer's dtype."""
        rows, columns = (tf.cast(weights, inputs.dtype) for weights in (self._rows, self._columns))
        resized = tf.einsum("ih,nhwc->niwc", rows, inputs)
        return tf.einsum("jw,niwc->nijc", columns, resized)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return (input_shape[0], *self.size, input_shape[3])

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "size": self.size}


def _weights(before: int, after: int) -> np.ndarray:
    """float32 [after, before]: row i holds the weight of every pixel of an axis in pixel i of the resized one."""
    with tf.init_scope():  # now, and not as a part of the graph that the layer may be built in
        pixels = tf.eye(before)[tf.newaxis, :, :, tf.newaxis]
        return bilinear(pixels, (after, before))[0, :, :, 0].numpy()
