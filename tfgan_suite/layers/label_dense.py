"""Layers with one set of weights per label: the separate first layers of MGAN's generators."""

from typing import Any

import keras
import tensorflow as tf

from tfgan_suite.core.checks import require, require_positive
from tfgan_suite.layers.moments import check_labels, label_rows, normalize, one_hot_rows, statistics_dtype


class _PerLabel(keras.layers.Layer):
    """What both layers share: the number of labels, and the call `layer([inputs [N, D], labels [N]])`."""

    def __init__(self, num_classes: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        require_positive(num_classes=num_classes)
        self.num_classes = int(num_classes)

    def input_width(self, input_shape: list[tuple]) -> int:
        shape = tuple(input_shape[0])
        require(
            len(shape) == 2 and shape[-1] is not None,
            "`inputs` must have 2 axes [N, D] and a known width",
            shape=shape,
        )
        return shape[-1]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "num_classes": self.num_classes}


@keras.saving.register_keras_serializable(package="tfgan_suite")
class LabelDense(_PerLabel):
    """One linear layer per label, picked by the label: out[n] = x[n] . kernel[y_n] + bias[y_n].

    Cost: one product [N, K * D] x [K * D, units] for K labels: each row of x is put at its label's place in a row of
    zeros. That is K times the operations of the N row products it stands for, but at a matrix product's rate, and it
    holds N * K * D numbers. Gathered kernels would hold N * D * units (210 MB in float32 for MGAN's first layer on
    CIFAR-10 with 64 images), the outputs of all labels N * K * units (21 MB, for the same operations).

    Args:
        units: number of outputs, at least 1.
        num_classes: number of labels K, at least 1.
        use_bias: whether there is a bias.
        kernel_initializer: of the kernels [K, D, units]. It should not look at the shape: Keras' own fan rules read
            three axes as a convolution's.
        bias_initializer: of the biases [K, units].
        **kwargs: as for every Keras layer.

    Returns:
        In a call with [`inputs` float [N, D], integer `labels` [N] in [0, K)]: [N, units] in the compute dtype.

    Raises:
        ValueError: a number below 1; `inputs` not of rank 2 or of unknown width; `labels` not integers of rank 1, or
            (eager mode) out of range. In a graph a label out of range makes NaN, or raises `InvalidArgumentError`.
    """

    def __init__(
        self,
        units: int,
        num_classes: int,
        use_bias: bool = True,
        kernel_initializer: Any = "random_normal",
        bias_initializer: Any = "zeros",
        **kwargs: Any,
    ) -> None:
        super().__init__(num_classes, **kwargs)
        require_positive(units=units)
        self.units = int(units)
        self.use_bias = bool(use_bias)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)

    def build(self, input_shape: list[tuple]) -> None:
        shape = (self.num_classes, self.input_width(input_shape), self.units)
        self.kernel = self.add_weight(name="kernel", shape=shape, initializer=self.kernel_initializer)
        self.bias = None
        if self.use_bias:
            shape = (self.num_classes, self.units)
            self.bias = self.add_weight(name="bias", shape=shape, initializer=self.bias_initializer)

    def call(self, inputs: list[tf.Tensor]) -> tf.Tensor:
        values, labels = inputs
        check_labels(labels, self.num_classes)
        one_hot = one_hot_rows(labels, self.num_classes, values.dtype)
        width = values.shape[-1] * self.num_classes
        placed = tf.reshape(one_hot[:, :, None] * values[:, None, :], [-1, width])  # [N, K, D] -> [N, K * D]
        outputs = tf.matmul(placed, tf.reshape(tf.convert_to_tensor(self.kernel), [width, self.units]))
        return outputs if self.bias is None else outputs + label_rows(tf.convert_to_tensor(self.bias), labels)

    def compute_output_shape(self, input_shape: list[tuple]) -> tuple:
        return (input_shape[0][0], self.units)

    def get_config(self) -> dict[str, Any]:
        own = {
            "units": self.units,
            "use_bias": self.use_bias,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "bias_initializer": keras.initializers.serialize(self.bias_initializer),
        }
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable(package="tfgan_suite")
class LabelBatchNormalization(_PerLabel):
    """Batch normalisation of each label's samples by themselves, as if every label had its own batch and layer.

    out[n, c] = gamma[y_n, c] * (x[n, c] - mean[y_n, c]) / sqrt(variance[y_n, c] + epsilon) + beta[y_n, c], with the
    mean and the biased variance over the samples of the batch that have the label. This is what MGAN's generators do,
    each of which normalises its own samples. `ConditionalBatchNormalization` shares the moments between labels instead,
    and is the better choice where a label has two or three samples in a batch.

    A label without samples in a batch leaves its moving averages as they are; one with a single sample is normalised to
    its beta. Computed in float32 under mixed precision; the output has the compute dtype.

    Args:
        num_classes: number of labels K, at least 1.
        epsilon: added to the variance.
        momentum: share of the old value in a moving average, new = momentum * old + (1 - momentum) * value.
        synchronized: under a `tf.distribute` strategy take the moments over the samples of all replicas.
        **kwargs: as for every Keras layer.

    Returns:
        In a call with [`inputs` float [N, C], integer `labels` [N] in [0, K)]: [N, C] in the compute dtype.

    Raises:
        ValueError: `num_classes` or `epsilon` not above 0, `momentum` outside [0, 1]; `inputs` not of rank 2 or of
            unknown width; `labels` not integers of rank 1, or (eager mode) out of range. In a graph a label out of
            range makes NaN, or raises `InvalidArgumentError`.
    """

    def __init__(
        self,
        num_classes: int,
        epsilon: float = 1e-5,
        momentum: float = 0.9,
        synchronized: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(num_classes, **kwargs)
        require_positive(epsilon=epsilon)
        require(0 <= momentum <= 1, "`momentum` must be in [0, 1]", momentum=momentum)
        self.epsilon = float(epsilon)
        self.momentum = float(momentum)
        self.synchronized = bool(synchronized)

    def build(self, input_shape: list[tuple]) -> None:
        table = (self.num_classes, self.input_width(input_shape))
        self.gamma = self.add_weight(name="gamma", shape=table, initializer="ones", autocast=False)
        self.beta = self.add_weight(name="beta", shape=table, initializer="zeros", autocast=False)
        options = {"shape": table, "trainable": False, "autocast": False, "aggregation": "mean"}
        self.running_mean = self.add_weight(name="running_mean", initializer="zeros", **options)
        self.running_variance = self.add_weight(name="running_variance", initializer="ones", **options)

    def call(self, inputs: list[tf.Tensor], training: bool | None = None) -> tf.Tensor:
        values, labels = inputs
        check_labels(labels, self.num_classes)
        values = tf.cast(values, statistics_dtype(self.compute_dtype))
        if training:
            mean, variance = self._moments(values, labels)
        else:
            mean, variance = tf.convert_to_tensor(self.running_mean), tf.convert_to_tensor(self.running_variance)
        tables = (mean, variance, tf.convert_to_tensor(self.gamma), tf.convert_to_tensor(self.beta))
        rows = (label_rows(table, labels) for table in tables)  # each [K, C] -> [N, C]
        return tf.cast(normalize(values, *rows, self.epsilon), self.compute_dtype)

    def _moments(self, values: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Mean and biased variance per label, [K, C]; updates the moving averages."""
        counts = self._sum(tf.ones_like(values[:, :1]), labels)  # [K, 1]
        divisors = tf.maximum(counts, 1)
        mean = self._sum(values, labels) / divisors
        variance = self._sum(tf.math.squared_difference(values, label_rows(mean, labels)), labels) / divisors
        for running, value in ((self.running_mean, mean), (self.running_variance, variance)):
            old = tf.convert_to_tensor(running)
            new = self.momentum * old + (1 - self.momentum) * tf.stop_gradient(value)
            running.assign(tf.where(counts > 0, new, old))
        return mean, variance

    def _sum(self, values: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        """Sums over the samples of each label, [N, C] -> [K, C]."""
        sums = tf.math.unsorted_segment_sum(values, labels, self.num_classes)
        replica = tf.distribute.get_replica_context()
        if self.synchronized and replica is not None and replica.num_replicas_in_sync > 1:
            sums = replica.all_reduce(tf.distribute.ReduceOp.SUM, sums)
        return sums

    def compute_output_shape(self, input_shape: list[tuple]) -> tuple:
        return tuple(input_shape[0])

    def get_config(self) -> dict[str, Any]:
        own = {"epsilon": self.epsilon, "momentum": self.momentum, "synchronized": self.synchronized}
        return {**super().get_config(), **own}
