"""Instance and batch normalisation whose scale and shift are looked up by class label."""

from typing import Any

import keras
import tensorflow as tf

from tfgan_suite.core.checks import require, require_positive
from tfgan_suite.layers.moments import check_labels, label_rows, moments, normalize, statistics_dtype


class ConditionalNormalization(keras.layers.Layer):
    """What both layers share: the tables gamma and beta [num_classes, channels] and the running statistics.

    Call as `layer([inputs, labels], training=...)` with `inputs` [N, H, W, C] and integer `labels` [N] in
    [0, num_classes). Statistics and the affine map are computed in float32 under mixed precision; the output has the
    compute dtype. Gradients are exact to any order (see `layers.moments`).

    Raises:
        ValueError: `inputs` is not of rank 4, `labels` not integers of rank 1, or (eager mode) a label is out of range.
            In a graph a label out of range raises `InvalidArgumentError` on a CPU, and elsewhere makes NaN.
    """

    def __init__(self, num_classes: int, epsilon: float, momentum: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        require_positive(num_classes=num_classes, epsilon=epsilon)
        require(0 <= momentum <= 1, "`momentum` must be in [0, 1]", momentum=momentum)
        self.num_classes = int(num_classes)
        self.epsilon = float(epsilon)
        self.momentum = float(momentum)
        self.running_mean = None
        self.running_variance = None

    def build(self, input_shape: list[tuple]) -> None:
        shape = tuple(input_shape[0])
        require(
            len(shape) == 4 and shape[-1] is not None,
            "`inputs` must have 4 axes [N, H, W, C] and a known number of channels",
            shape=shape,
        )
        table = (self.num_classes, shape[-1])
        self.gamma = self.add_weight(name="gamma", shape=table, initializer="ones", autocast=False)
        self.beta = self.add_weight(name="beta", shape=table, initializer="zeros", autocast=False)

    def add_running_statistics(self, num_channels: int) -> None:
        """Adds the running mean (0) and variance (1), averaged over replicas whenever they are written."""
        options = {"shape": (num_channels,), "trainable": False, "autocast": False, "aggregation": "mean"}
        self.running_mean = self.add_weight(name="running_mean", initializer="zeros", **options)
        self.running_variance = self.add_weight(name="running_variance", initializer="ones", **options)

    def call(self, inputs: list[tf.Tensor], training: bool | None = None) -> tf.Tensor:
        images, labels = inputs
        check_labels(labels, self.num_classes)
        images = tf.cast(images, statistics_dtype(self.compute_dtype))
        mean, variance = self.statistics(images, bool(training))
        gamma = label_rows(tf.convert_to_tensor(self.gamma), labels)[:, None, None, :]  # [N, C] -> [N, 1, 1, C]
        beta = label_rows(tf.convert_to_tensor(self.beta), labels)[:, None, None, :]
        return tf.cast(normalize(images, mean, variance, gamma, beta, self.epsilon), self.compute_dtype)

    def statistics(self, images: tf.Tensor, training: bool) -> tuple[tf.Tensor, tf.Tensor]:
        """Mean and variance that broadcast against `images`; updates the running ones while training."""
        raise NotImplementedError

    def compute_output_shape(self, input_shape: list[tuple]) -> tuple:
        return tuple(input_shape[0])

    def get_config(self) -> dict[str, Any]:
        own = {"num_classes": self.num_classes, "epsilon": self.epsilon, "momentum": self.momentum}
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable(package="tfgan_suite")
class ConditionalInstanceNormalization(ConditionalNormalization):
    """Conditional instance normalisation (CIN), the conditioning of CIN-GAN (thesis, section 3.4.3, appendix A).

    out[n, h, w, c] = gamma[y_n, c] * (x[n, h, w, c] - mean[n, c]) / sqrt(variance[n, c] + epsilon) + beta[y_n, c],
    with the mean and the biased variance of each sample and channel over H and W.

    Departure from the thesis: its listing exchanges the two tables (it passes the zeros as weight and the ones as
    bias) and makes them anew, unlearned, in each forward pass. Here they are learned, and gamma starts at 1 and beta
    at 0, as the text says and as Dumoulin et al. (2017), "A Learned Representation For Artistic Style", have it.

    Args:
        num_classes: number of labels, at least 1.
        epsilon: added to the variance.
        momentum: share of the new value in a running statistic, new = (1 - momentum) * old + momentum * value
            (PyTorch's convention, as in the thesis; Keras' is one minus this).
        track_running_stats: keep running statistics [C] (the mean over the batch of the instances' means and unbiased
            variances) while training and normalise by them in inference. Off: the instance's own statistics always.
        **kwargs: as for every Keras layer.

    Raises:
        ValueError: `num_classes` or `epsilon` not above 0, `momentum` outside [0, 1]; in a call see
            `ConditionalNormalization`.
    """

    def __init__(
        self,
        num_classes: int,
        epsilon: float = 1e-5,
        momentum: float = 0.1,
        track_running_stats: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(num_classes, epsilon, momentum, **kwargs)
        self.track_running_stats = bool(track_running_stats)

    def build(self, input_shape: list[tuple]) -> None:
        super().build(input_shape)
        if self.track_running_stats:
            self.add_running_statistics(input_shape[0][-1])

    def statistics(self, images: tf.Tensor, training: bool) -> tuple[tf.Tensor, tf.Tensor]:
        if self.track_running_stats and not training:
            return tf.convert_to_tensor(self.running_mean), tf.convert_to_tensor(self.running_variance)
        mean, variance = moments(images, [1, 2])
        if self.track_running_stats:
            self._update(self.running_mean, mean)
            num_pixels = tf.cast(tf.shape(images)[1] * tf.shape(images)[2], variance.dtype)
            # A map of one pixel has no unbiased variance.
            self._update(self.running_variance, variance * (num_pixels / tf.maximum(num_pixels - 1, 1)))
        return mean, variance

    def _update(self, running: keras.Variable, values: tf.Tensor) -> None:
        value = tf.reduce_mean(tf.stop_gradient(values), [0, 1, 2])  # [N, 1, 1, C] -> [C]
        running.assign((1 - self.momentum) * tf.convert_to_tensor(running) + self.momentum * value)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "track_running_stats": self.track_running_stats}


@keras.saving.register_keras_serializable(package="tfgan_suite")
class ConditionalBatchNormalization(ConditionalNormalization):
    """Conditional batch normalisation (CBN), the conditioning of the WGAN-GP CIFAR code base (iWGAN-AC).

    out[n, h, w, c] = gamma[y_n, c] * (x[n, h, w, c] - mean[c]) / sqrt(variance[c] + epsilon) + beta[y_n, c], with the
    mean and the biased variance of each channel over N, H and W.

    Departure from the code base: it uses batch statistics also when it samples, which makes an image depend on its
    neighbours in the batch. Here inference (`training=False`) uses moving averages.

    Args:
        num_classes: number of labels, at least 1.
        epsilon: added to the variance.
        momentum: share of the old value in a moving average, new = momentum * old + (1 - momentum) * value (Keras'
            convention).
        synchronized: under a `tf.distribute` strategy take the moments over the batches of all replicas, which must
            be of equal size. The moving averages are averaged over replicas either way.
        **kwargs: as for every Keras layer.

    Raises:
        ValueError: `num_classes` or `epsilon` not above 0, `momentum` outside [0, 1]; in a call see
            `ConditionalNormalization`.
    """

    def __init__(
        self,
        num_classes: int,
        epsilon: float = 1e-5,
        momentum: float = 0.9,
        synchronized: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(num_classes, epsilon, momentum, **kwargs)
        self.synchronized = bool(synchronized)

    def build(self, input_shape: list[tuple]) -> None:
        super().build(input_shape)
        self.add_running_statistics(input_shape[0][-1])

    def statistics(self, images: tf.Tensor, training: bool) -> tuple[tf.Tensor, tf.Tensor]:
        if not training:
            return tf.convert_to_tensor(self.running_mean), tf.convert_to_tensor(self.running_variance)
        mean, variance = moments(images, [0, 1, 2])
        replica = tf.distribute.get_replica_context()
        if self.synchronized and replica is not None and replica.num_replicas_in_sync > 1:
            local_mean = mean
            mean = replica.all_reduce(tf.distribute.ReduceOp.MEAN, local_mean)
            # The variance of the whole batch: within the replicas plus between them.
            spread = variance + tf.math.squared_difference(local_mean, mean)
            variance = replica.all_reduce(tf.distribute.ReduceOp.MEAN, spread)
        self._update(self.running_mean, mean)
        self._update(self.running_variance, variance)
        return mean, variance

    def _update(self, running: keras.Variable, values: tf.Tensor) -> None:
        value = tf.reshape(tf.stop_gradient(values), [-1])  # [1, 1, 1, C] -> [C]
        running.assign(self.momentum * tf.convert_to_tensor(running) + (1 - self.momentum) * value)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "synchronized": self.synchronized}
