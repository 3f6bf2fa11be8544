"""How far two images are apart in the features of a network: a number per pair, differentiable, in batches."""

import dataclasses
from collections.abc import Callable, Sequence

import keras
import numpy as np
import tensorflow as tf

from tfgan_suite.core.checks import require, require_positive
from tfgan_suite.metrics.embedders.base import Embedder
from tfgan_suite.metrics.embedders.layers import require_layer

Features = Sequence[tf.Tensor]
_TINY = 1e-20  # below the squared length of any feature that counts; keeps the gradient of a length finite at 0


@dataclasses.dataclass(frozen=True)
class FeatureDistance:
    """A distance of image pairs; called as distance(images, others), both float [n, H, W, C] in [-1, 1], it gives [n].

    In two parts, so that one image's features need not be computed anew for each image that it is compared with.

    Attributes:
        name: for people and reports.
        features: from images to tensors whose first axis is n.
        compare: from two such sequences to float32 [n], at least 0; row i depends on row i of both alone.
    """

    name: str
    features: Callable[[tf.Tensor], Features]
    compare: Callable[[Features, Features], tf.Tensor]

    def __call__(self, images: tf.Tensor, others: tf.Tensor) -> tf.Tensor:
        return self.compare(self.features(images), self.features(others))

    def measure(self, images: np.ndarray, others: np.ndarray, batch_size: int = 100) -> np.ndarray:
        """The distance of each pair, float64 [N]; memory is that of one batch.

        Args:
            images: float [N, H, W, C] in [-1, 1], N at least 1.
            others: of the same shape.
            batch_size: pairs at once.

        Raises:
            ValueError: shapes that differ, another rank, integers, or a batch size below 1.
        """
        images, others = np.asarray(images), np.asarray(others)
        require(
            images.shape == others.shape and images.ndim == 4 and len(images) > 0,
            "`images` and `others` must have the same shape [N, H, W, C], N at least 1",
            images_shape=images.shape,
            others_shape=others.shape,
        )
        require(
            images.dtype.kind == others.dtype.kind == "f",
            "`images` and `others` must be floats in [-1, 1]",
            "uint8 images become floats with `tfgan_suite.core.images.to_float`.",
            dtypes=(str(images.dtype), str(others.dtype)),
        )
        require_positive(batch_size=batch_size)
        compiled = tf.function(self, reduce_retracing=True)
        starts = range(0, len(images), batch_size)
        pairs = (
            (array[start : start + batch_size].astype(np.float32) for array in (images, others)) for start in starts
        )
        return np.concatenate([compiled(*map(tf.constant, pair)).numpy() for pair in pairs]).astype(np.float64)


def unit_feature_distance(
    features: Features, others: Features, channel_weights: Sequence[tf.Tensor | float]
) -> tf.Tensor:
    """Squared distance of features brought to unit length at every place (Zhang et al. 2018, eq. 1), float32 [n].

    The sum over layers of the mean over places of the sum over channels of weight * (a / |a| - b / |b|)^2, where |a| is
    the length over the channels of one place. A place without any activation stays 0.

    Args:
        features: per layer, maps [n, h, w, C] or vectors [n, C].
        others: of the same shapes.
        channel_weights: per layer, [C] or one number for all channels, at least 0.
    """
    total = 0.0
    for layer, other, weights in zip(features, others, channel_weights, strict=True):
        squares = weights * tf.math.squared_difference(_unit(layer), _unit(other))
        places = tf.reshape(tf.reduce_sum(squares, axis=-1), (tf.shape(squares)[0], -1))  # [n, h, w] -> [n, h w]
        total += tf.reduce_mean(places, axis=1)
    return total


def network_distance(
    network: keras.Model,
    layers: Sequence[str],
    *,
    preprocess: Callable[[tf.Tensor], tf.Tensor] | None = None,
    name: str | None = None,
) -> FeatureDistance:
    """The distance of feature maps of a network's layers: the arithmetic of LPIPS without its learned weights.

    The mean over the layers of `unit_feature_distance` with weight 1; in [0, 4]. Not LPIPS, and not to be called so:
    its numbers are for comparing models by one and the same network.

    Args:
        network: a Keras model of one input, images.
        layers: names of layers with outputs [n, h, w, C] or [n, C], such as all its convolutions.
        preprocess: from images in [-1, 1] to what the network takes; None if it takes those. For a classifier of
            `train_classifier`, which takes 0..255: `lambda images: (images + 1) * 127.5`.
        name: of the network; its own unless given.

    Raises:
        ValueError: no layer, or one that the network does not have.

    Direction: lower is better.
    Known failings: with an untrained network it tells little that pixels do not.
    """
    name = name or network.name
    require(len(layers) > 0, "`layers` must name at least one layer", layers=tuple(layers))
    for layer in layers:
        require_layer(layer, [each.name for each in network.layers], name)
    outputs = keras.Model(network.inputs[0], [network.get_layer(layer).output for layer in layers])

    def features(images: tf.Tensor) -> Features:
        values = outputs(images if preprocess is None else preprocess(images), training=False)
        return [tf.cast(value, tf.float32) for value in tf.nest.flatten(values)]

    return _unweighted(f"feature distance of {name} ({', '.join(layers)})", features, len(layers))


def embedder_distance(embedder: Embedder) -> FeatureDistance:
    """The distance of an embedder's feature vectors at unit length, in [0, 4]; as `network_distance` with one layer.

    Images are resized as the embedder does, but not rounded to uint8 before. To optimise by it, the embedder's network
    must pass gradients, as Keras models and most SavedModels do.

    Direction: lower is better.
    """

    def features(images: tf.Tensor) -> Features:
        images = (images + 1) * 127.5
        if embedder.input_size not in (None, tuple(images.shape[1:3])):
            images = embedder.resize_images(images)
        if embedder.input_channels == 3 and images.shape[-1] == 1:
            images = tf.repeat(images, 3, axis=-1)  # [n, H, W, 3]
        return [embedder.forward(images)[0]]

    return _unweighted(f"feature distance of {embedder.name}", features, 1)


def _unit(values: tf.Tensor) -> tf.Tensor:
    return values * tf.math.rsqrt(tf.reduce_sum(tf.square(values), axis=-1, keepdims=True) + _TINY)


def _unweighted(name: str, features: Callable[[tf.Tensor], Features], num_layers: int) -> FeatureDistance:
    weights = [1.0 / num_layers] * num_layers
    return FeatureDistance(name, features, lambda a, b: unit_feature_distance(a, b, weights))
