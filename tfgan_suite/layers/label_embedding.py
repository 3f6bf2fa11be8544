"""Label embeddings of unit length: the generator's conditioning of Self-conditioned GAN and GAN_stability."""

from typing import Any

import keras
import tensorflow as tf

from tfgan_suite.core.checks import require_positive
from tfgan_suite.layers.moments import check_labels, label_rows, statistics_dtype

EPSILON = 1e-12


@keras.saving.register_keras_serializable(package="tfgan_suite")
class NormalizedLabelEmbedding(keras.layers.Layer):
    """One learned row per label, divided by its L2 norm (Mescheder et al. 2018 and Liu et al. 2020, code bases).

    out[n] = row[y_n] / sqrt(|row[y_n]|^2 + 1e-12). Rows start as N(0, I), as PyTorch's. The gradient of the table is
    dense. Rows and output are float32 under mixed precision.

    Departure: the code bases have no epsilon, and so give NaN for a row of zeros.

    Args:
        num_classes: number of labels, at least 1.
        dims: length of a row, at least 1; with 1 the result is +1 or -1.
        **kwargs: as for every Keras layer.

    Returns:
        In a call with integer `labels` [N] in [0, num_classes): float32 [N, dims].

    Raises:
        ValueError: a number below 1; `labels` are not integers of rank 1, or (eager mode) out of range. In a graph a
            label out of range raises `InvalidArgumentError` on a CPU, and elsewhere makes NaN.
    """

    def __init__(self, num_classes: int, dims: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        require_positive(num_classes=num_classes, dims=dims)
        self.num_classes = int(num_classes)
        self.dims = int(dims)

    def build(self, input_shape: tuple) -> None:
        initializer = keras.initializers.RandomNormal(stddev=1.0)
        shape = (self.num_classes, self.dims)
        self.table = self.add_weight(name="table", shape=shape, initializer=initializer, autocast=False)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        check_labels(inputs, self.num_classes)
        rows = label_rows(tf.convert_to_tensor(self.table), inputs)
        rows = tf.cast(rows, statistics_dtype(self.compute_dtype))
        return rows * tf.math.rsqrt(tf.reduce_sum(tf.square(rows), -1, keepdims=True) + EPSILON)

    def compute_output_spec(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        dtype = statistics_dtype(self.compute_dtype).name
        return keras.KerasTensor((inputs.shape[0], self.dims), dtype=dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "num_classes": self.num_classes, "dims": self.dims}
