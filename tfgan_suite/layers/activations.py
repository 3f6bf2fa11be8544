"""Activations of critics: piecewise linear, and known to be so by the second gradient.

TensorFlow's own sends zeros as the second gradient through the whole forward pass below the activation. Under a
gradient penalty that is a full backward pass of the critic spent on zeros, a seventh of a WGAN-GP step's operations.
"""

from typing import Any

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable(package="tfgan_suite")
class CriticLeakyReLU(keras.layers.Layer):
    """max(x, slope * x), whose slope counts as a constant in gradients: exact wherever the derivative exists.

    Args:
        negative_slope: slope below 0, in [0, 1); 0 makes it a ReLU.
    """

    def __init__(self, negative_slope: float = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.negative_slope = negative_slope

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        @tf.custom_gradient
        def activation(x: tf.Tensor) -> Any:
            def gradient(upstream: tf.Tensor) -> tf.Tensor:
                features = tf.stop_gradient(x)
                return tf.raw_ops.LeakyReluGrad(gradients=upstream, features=features, alpha=self.negative_slope)

            return tf.nn.leaky_relu(x, self.negative_slope), gradient

        return activation(inputs)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "negative_slope": self.negative_slope}
