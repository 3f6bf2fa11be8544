"""Conditioning by concatenation: one-hot labels beside latents, features or image channels."""

from typing import Any

import keras
import tensorflow as tf

from tfgan_suite.core.checks import require_positive
from tfgan_suite.layers.moments import check_labels, one_hot_rows


@keras.saving.register_keras_serializable(package="tfgan_suite")
class ConcatenateLabels(keras.layers.Layer):
    """Appends the one-hot label to the last axis, at every position (Mirza and Osindero 2014, as in DCGAN-TensorFlow).

    Call as `layer([inputs, labels])` with `inputs` [N, ..., C] and integer `labels` [N] in [0, num_classes); the
    result is [N, ..., C + num_classes] in the compute dtype.

    Args:
        num_classes: number of labels, at least 1.
        **kwargs: as for every Keras layer.

    Raises:
        ValueError: `num_classes` is below 1; `labels` are not integers of rank 1, or (eager mode) out of range. In a
            graph a label out of range becomes NaN.
    """

    def __init__(self, num_classes: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        require_positive(num_classes=num_classes)
        self.num_classes = int(num_classes)

    def call(self, inputs: list[tf.Tensor]) -> tf.Tensor:
        values, labels = inputs
        check_labels(labels, self.num_classes)
        one_hot = one_hot_rows(labels, self.num_classes, values.dtype)
        # [N, K] -> [N, 1, ..., 1, K] -> [N, ..., K]
        num_inner = len(values.shape) - 2
        one_hot = tf.reshape(one_hot, [-1, *([1] * num_inner), self.num_classes])
        one_hot = tf.broadcast_to(one_hot, tf.concat([tf.shape(values)[:-1], [self.num_classes]], 0))
        return tf.concat([values, one_hot], -1)

    def compute_output_shape(self, input_shape: list[tuple]) -> tuple:
        *outer, channels = input_shape[0]
        return (*outer, channels + self.num_classes)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "num_classes": self.num_classes}
