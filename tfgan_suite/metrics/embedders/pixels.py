"""The embedder that needs no network: the raw pixels."""

import math

import tensorflow as tf

from tfgan_suite.core.images import to_float
from tfgan_suite.metrics.embedders.base import Embedder


class PixelEmbedder(Embedder):
    """Features are the pixels in [-1, 1], flattened; there are no probabilities.

    Args:
        image_shape: (height, width, channels) of the images it will be given; others are resized to it.
        resize_mode: how, a rule of `RESIZE_MODES`.
    """

    def __init__(self, image_shape: tuple[int, int, int], resize_mode: str | None = None) -> None:
        super().__init__(resize_mode)
        self.name, self.weights_hash, self.layer = "pixels", "none", "pixels"
        self.input_size, self.input_channels = tuple(image_shape[:2]), image_shape[2]
        self.feature_dim = math.prod(image_shape)

    def forward(self, images: tf.Tensor) -> tuple[tf.Tensor, None]:
        """Flattened pixels."""
        return tf.reshape(to_float(images), (-1, self.feature_dim)), None  # [n, H * W * C]
