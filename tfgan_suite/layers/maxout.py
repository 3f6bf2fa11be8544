"""Maxout: a linear layer of several pieces per unit, of which the largest counts."""

from typing import Any

import keras
import tensorflow as tf

from tfgan_suite.core.checks import require, require_positive


@keras.saving.register_keras_serializable(package="tfgan_suite")
class Maxout(keras.layers.Layer):
    """Maxout units (Goodfellow et al. 2013, "Maxout Networks", eq. 1), as in the point discriminators of PacGAN.

    out[n, u] = max over p of (x[n] . kernel[:, p * units + u] + bias[p * units + u]). Piecewise linear, so that
    gradients of every order are exact where they exist; at a tie the pieces share the gradient evenly.

    Departure: the original code bases keep the pieces of one unit side by side. Here the units of one piece are, so
    that the maximum runs along whole rows; the function and its parameters are the same up to their order.

    Args:
        units: number of outputs, at least 1.
        num_pieces: linear pieces per output, at least 1.
        kernel_initializer: of the kernel [D, num_pieces * units].
        bias_initializer: of the bias [num_pieces * units].
        **kwargs: as for every Keras layer.

    Returns:
        In a call with `inputs` float [N, D]: [N, units] in the compute dtype.

    Raises:
        ValueError: a number below 1; `inputs` not of rank 2 or of unknown width.
    """

    def __init__(
        self,
        units: int,
        num_pieces: int = 5,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        require_positive(units=units, num_pieces=num_pieces)
        self.units = int(units)
        self.num_pieces = int(num_pieces)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)

    def build(self, input_shape: tuple) -> None:
        require(
            len(input_shape) == 2 and input_shape[-1] is not None,
            "`inputs` must have 2 axes [N, D] and a known width",
            shape=tuple(input_shape),
        )
        width = self.num_pieces * self.units
        self.kernel = self.add_weight(
            name="kernel", shape=(input_shape[-1], width), initializer=self.kernel_initializer
        )
        self.bias = self.add_weight(name="bias", shape=(width,), initializer=self.bias_initializer)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        pieces = tf.matmul(inputs, tf.convert_to_tensor(self.kernel)) + tf.convert_to_tensor(self.bias)
        # [N, pieces * units] -> [N, pieces, units] -> [N, units]
        return tf.reduce_max(tf.reshape(pieces, [-1, self.num_pieces, self.units]), axis=1)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return (input_shape[0], self.units)

    def get_config(self) -> dict[str, Any]:
        own = {
            "units": self.units,
            "num_pieces": self.num_pieces,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "bias_initializer": keras.initializers.serialize(self.bias_initializer),
        }
        return {**super().get_config(), **own}
