"""Layer normalisation for a critic that is trained through a gradient penalty."""

from typing import Any

import keras
import tensorflow as tf

from tfgan_suite.core.checks import require, require_positive
from tfgan_suite.layers.moments import moments, normalize, statistics_dtype


@keras.saving.register_keras_serializable(package="tfgan_suite")
class CriticLayerNormalization(keras.layers.Layer):
    """Layer normalisation over all axes but the first, with a scale and a shift per channel (Gulrajani et al. 2017).

    out = gamma[c] * (x - mean[n]) / sqrt(variance[n] + epsilon) + beta[c], with the mean and the biased variance of
    each sample over H, W and C. No sample sees another one, so the penalty of each sample's gradient is valid. The
    second gradient is exact, which that of `keras.layers.LayerNormalization` is not (see `layers.moments`).

    Computed in float32 under mixed precision; the output has the compute dtype.

    Args:
        epsilon: added to the variance.
        **kwargs: as for every Keras layer.

    Raises:
        ValueError: `epsilon` is not above 0; `inputs` has fewer than 2 axes or an unknown number of channels.
    """

    def __init__(self, epsilon: float = 1e-5, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        require_positive(epsilon=epsilon)
        self.epsilon = float(epsilon)

    def build(self, input_shape: tuple) -> None:
        require(
            len(input_shape) >= 2 and input_shape[-1] is not None,
            "`inputs` must have at least 2 axes [N, ..., C] and a known number of channels",
            shape=tuple(input_shape),
        )
        channels = (input_shape[-1],)
        self.gamma = self.add_weight(name="gamma", shape=channels, initializer="ones", autocast=False)
        self.beta = self.add_weight(name="beta", shape=channels, initializer="zeros", autocast=False)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        values = tf.cast(inputs, statistics_dtype(self.compute_dtype))
        mean, variance = moments(values, list(range(1, len(inputs.shape))))
        gamma, beta = tf.convert_to_tensor(self.gamma), tf.convert_to_tensor(self.beta)
        return tf.cast(normalize(values, mean, variance, gamma, beta, self.epsilon), self.compute_dtype)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "epsilon": self.epsilon}
