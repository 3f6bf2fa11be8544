"""What a discriminator sees in its data: the output of one of its layers, in inference mode."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tfgan_suite.core.checks import require
from tfgan_suite.core.images import to_float

_MAX_LISTED = 24


def discriminator_features(discriminator: keras.Model, layer: str = "features") -> Callable[[tf.Tensor], tf.Tensor]:
    """A compiled function from images [N, ...] to float32 [N, D]: the flattened output of a layer as it is when called.

    Args:
        discriminator: from images; one that also takes labels will do if the layer does not depend on them.
        layer: the name of one of its layers.

    Raises:
        ValueError: no such layer (the message lists those there are), or one that depends on the labels.
    """
    names = [each.name for each in discriminator.layers if not isinstance(each, keras.layers.InputLayer)]
    require(
        layer in names,
        f"`layer` must be one of the discriminator's: {', '.join(names[-_MAX_LISTED:])}",
        layer=layer,
        discriminator=discriminator.name,
    )
    try:
        network = keras.Model(discriminator.inputs[0], discriminator.get_layer(layer).output)
    except ValueError as error:
        raise ValueError(
            f"The layer {layer!r} of {discriminator.name} depends on the labels: it has no features of images alone. "
            "Name a layer before the labels come in."
        ) from error

    @tf.function(reduce_retracing=True)
    def features(images: tf.Tensor) -> tf.Tensor:
        maps = tf.cast(network(images, training=False), tf.float32)
        return tf.reshape(maps, [tf.shape(maps)[0], -1])  # [N, H, W, C] -> [N, H W C]

    return features


def embed_examples(
    features: Callable[[tf.Tensor], Any], examples: tf.Tensor, ids: np.ndarray, batch_size: int
) -> np.ndarray:
    """Features of the training examples with these ids, float32 [len(ids), D]; uint8 images are taken to [-1, 1]."""
    rows = []
    for start in range(0, len(ids), batch_size):
        batch = tf.gather(examples, ids[start : start + batch_size])
        rows.append(features(to_float(batch) if batch.dtype == tf.uint8 else batch).numpy())
    return np.concatenate(rows)
