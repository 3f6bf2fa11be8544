"""What every embedder is: uint8 images in, features (and class probabilities where there is a classifier) out."""

import abc
import dataclasses
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from tfgan_suite.core.cache import content_key
from tfgan_suite.core.checks import require, require_in, require_positive, require_rank
from tfgan_suite.metrics.embedders.resizing import RESIZE_MODES

Progress = Callable[[int, int], None]
"""Called as progress(done, total) while something long runs."""


@dataclasses.dataclass(frozen=True)
class Embedding:
    """`features` float32 [N, D]; `probs` float32 [N, C], rows sum to 1, or None where there is no classifier."""

    features: np.ndarray
    probs: np.ndarray | None


class Embedder(abc.ABC):
    """Turns images into feature vectors, in batches, inside one compiled function per image shape.

    A subclass sets the attributes and implements `forward`. The base does what all share: grey images are repeated
    to three channels where the network wants colour, and images of another size than the network's are resized.

    Args:
        resize_mode: a rule of `RESIZE_MODES`; unless given, the class's own.

    Raises:
        ValueError: an unknown `resize_mode`.

    Attributes:
        name: for people and protocols; names the layer where it is not the network's usual one.
        weights_hash: sha256 of the weights ("none" where there are none), and of the layer's name where it is not the
            usual one, so that features of two layers never pass for the same.
        layer: the layer that the features are; None where there is no choice.
        feature_dim: D.
        num_classes: C, or None without a classifier.
        input_size: (height, width) that the network takes, or None for any.
        input_channels: channels that the network takes, or None for any.
    """

    name: str
    weights_hash: str
    feature_dim: int
    num_classes: int | None = None
    input_size: tuple[int, int] | None = None
    input_channels: int | None = 3
    layer: str | None = None
    resize_mode: str = "bilinear"

    def __init__(self, resize_mode: str | None = None) -> None:
        if resize_mode is not None:
            require_in(RESIZE_MODES, resize_mode=resize_mode)
            self.resize_mode = resize_mode
        self._compiled: dict[tuple[int, ...], Callable] = {}

    @abc.abstractmethod
    def forward(self, images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor | None]:
        """Features [n, D] and probabilities [n, C] or None of float32 images [n, H, W, C] in 0..255, resized."""

    @property
    def resize(self) -> str:
        """The rule by which images are brought to the network's size and channels; part of every protocol."""
        rules = []
        if self.input_size is not None:
            rules.append(f"{self.resize_method} to {self.input_size[0]}x{self.input_size[1]} unless of that size")
        if self.input_channels == 3:
            rules.append("grey repeated to 3 channels")
        return "; ".join(rules) or "none"

    def resize_for(self, image_shape: tuple[int, int, int]) -> str:
        """What `resize` comes to for images of this shape: "none", or what is done to them."""
        height, width, channels = image_shape
        steps = []
        if self.input_size not in (None, (height, width)):
            steps.append(f"{height}x{width} to {self.input_size[0]}x{self.input_size[1]}, {self.resize_method}")
        if self.input_channels == 3 and channels == 1:
            steps.append("grey repeated to 3 channels")
        return "; ".join(steps) or "none"

    @property
    def resize_method(self) -> str:
        """The rule of `resize_mode` in words."""
        return RESIZE_MODES[self.resize_mode].words

    def resize_images(self, images: tf.Tensor) -> tf.Tensor:
        """float32 images [n, H, W, C] to the network's `input_size`."""
        return RESIZE_MODES[self.resize_mode].resize(images, self.input_size)

    def _say_layer(self, layer: str, usual: str) -> None:
        """Sets `layer`; if it is not the usual one, the name and the hash tell it."""
        self.layer = layer
        if layer != usual:
            self.name = f"{self.name}, layer {layer}"
            self.weights_hash = content_key(self.weights_hash, f"layer {layer}")

    def embed(self, images_uint8: np.ndarray, batch_size: int = 128, progress: Progress | None = None) -> Embedding:
        """Embeds images; memory beyond the result is that of one batch.

        Args:
            images_uint8: uint8 [N, H, W, C], N at least 1.
            batch_size: images per call of the network.
            progress: called as progress(images done, N) after each batch.

        Returns:
            Embedding with one row per image, in their order.

        Raises:
            ValueError: not uint8 of rank 4, no images, or a number of channels that the network does not take.
        """
        require_rank(4, images_uint8=images_uint8)
        images_uint8 = np.asarray(images_uint8)
        require(
            images_uint8.dtype == np.uint8,
            "`images_uint8` must be uint8 in 0..255",
            dtype=str(images_uint8.dtype),
            fix="Floats in [-1, 1] become uint8 with `tfgan_suite.core.images.to_uint8`.",
        )
        count = len(images_uint8)
        require(count > 0, "there must be at least one image to embed", num_images=count)
        require_positive(batch_size=batch_size)
        network = self._network(images_uint8.shape[1:])
        features = np.empty((count, self.feature_dim), np.float32)
        probs = None if self.num_classes is None else np.empty((count, self.num_classes), np.float32)
        for start in range(0, count, batch_size):
            batch = slice(start, min(start + batch_size, count))
            batch_features, batch_probs = network(tf.constant(images_uint8[batch]))
            features[batch] = batch_features
            if probs is not None:
                probs[batch] = batch_probs
            if progress is not None:
                progress(batch.stop, count)
        return Embedding(features, probs)

    def _network(self, image_shape: tuple[int, ...]) -> Callable:
        if image_shape not in self._compiled:
            channels = image_shape[-1]
            require(
                self.input_channels in (None, channels) or (self.input_channels, channels) == (3, 1),
                "the embedder does not take images of this many channels",
                embedder=self.name,
                takes=self.input_channels,
                channels=channels,
                fix="Load the images with `channels=` that fits, or choose another embedder.",
            )
            signature = tf.TensorSpec((None, *image_shape), tf.uint8)
            self._compiled[image_shape] = tf.function(self._embed_batch).get_concrete_function(signature)
        return self._compiled[image_shape]

    def _embed_batch(self, images_uint8: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor | None]:
        images = tf.cast(images_uint8, tf.float32)
        if self.input_size not in (None, tuple(images.shape[1:3])):
            images = self.resize_images(images)
        if self.input_channels == 3 and images.shape[-1] == 1:
            images = tf.repeat(images, 3, axis=-1)  # [n, H, W, 3]
        return self.forward(images)
