"""A network of anybody's, made to train on several replicas as it would on one."""

import keras
import tensorflow as tf

from tfgan_suite.core.checks import require
from tfgan_suite.layers.noise import SeededDropout, SeededGaussianNoise


def replica_exact(network: keras.Model) -> keras.Model:
    """The network, on the same weights, with noise from the training step and batch norm over the whole batch.

    Keras' own layers would draw the same noise for each replica's part of a batch, and norm each part by itself. In
    their place are `SeededDropout` and `SeededGaussianNoise`, so that the result trains inside of a `noise_stream`
    only; batch norms are made synchronised, in the given network as well.

    Args:
        network: functional or `Sequential`, built. It keeps its own layers of noise.

    Returns:
        A network of the same layers but those of noise.

    Raises:
        ValueError: on several replicas, another layer that draws noise by a state of its own.
    """
    exact = keras.models.clone_model(network, clone_function=_seeded, recursive=True)
    layers = list(exact._flatten_layers(include_self=False))
    for layer in layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.synchronized = True
    drawing = [layer.name for layer in layers if "seed_generator_state" in {each.name for each in layer.variables}]
    num_replicas = tf.distribute.get_strategy().num_replicas_in_sync
    require(
        not drawing or num_replicas == 1,
        "A network that learns on several replicas must not draw noise by Keras' own state",
        "Use the layers of `tfgan_suite.layers.noise`, or one device.",
        layers=drawing,
        num_replicas=num_replicas,
    )
    return exact


def _seeded(layer: keras.layers.Layer) -> keras.layers.Layer:
    """The layer itself, or its counterpart of seeded noise."""
    if type(layer) is keras.layers.Dropout and layer.noise_shape is None:
        return SeededDropout(layer.rate, name=layer.name, dtype=layer.dtype_policy)
    if type(layer) is keras.layers.GaussianNoise:
        return SeededGaussianNoise(layer.stddev, name=layer.name, dtype=layer.dtype_policy)
    return layer
