"""Moments and label tables whose gradients are exact to any order.

Keras' own normalisation layers take their moments from `tf.nn.moments`, which stops the gradient at the mean. The
first gradient is still right, the second is not, and a critic under a gradient penalty is trained by the second.
"""

import tensorflow as tf

from tfgan_suite.core.checks import require, require_rank


def statistics_dtype(compute_dtype: str) -> tf.DType:
    """The dtype in which statistics are computed: float32 for the 16-bit types, else the layer's own."""
    dtype = tf.as_dtype(compute_dtype)
    return tf.float32 if dtype.size < 4 else dtype


def moments(inputs: tf.Tensor, axes: list[int]) -> tuple[tf.Tensor, tf.Tensor]:
    """Mean and biased variance over `axes`, which are kept with length 1; differentiable to any order."""

    @tf.custom_gradient
    def mean_and_variance(inputs: tf.Tensor) -> tuple[tuple[tf.Tensor, tf.Tensor], object]:
        mean = tf.reduce_mean(inputs, axes, keepdims=True)
        variance = tf.reduce_mean(tf.math.squared_difference(inputs, mean), axes, keepdims=True)

        def gradient(of_mean: tf.Tensor, of_variance: tf.Tensor) -> tf.Tensor:
            # d mean / d x = 1 / count, d variance / d x = 2 (x - mean) / count. TensorFlow's own gradient is the same
            # but passes over the inputs ten times instead of two. The mean is taken again, not from outside, so that
            # this gradient has itself a gradient through it.
            count = tf.cast(tf.reduce_prod(tf.gather(tf.shape(inputs), axes)), inputs.dtype)
            slope = of_variance * (2 / count)
            return inputs * slope + (of_mean / count - tf.reduce_mean(inputs, axes, keepdims=True) * slope)

        return (mean, variance), gradient

    return mean_and_variance(inputs)


def normalize(
    inputs: tf.Tensor, mean: tf.Tensor, variance: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, epsilon: float
) -> tf.Tensor:
    """gamma * (inputs - mean) / sqrt(variance + epsilon) + beta, with two passes over `inputs` only."""
    scale = gamma * tf.math.rsqrt(variance + epsilon)
    return inputs * scale + (beta - mean * scale)


def check_labels(labels: tf.Tensor, num_classes: int) -> None:
    """Refuses labels of the wrong rank or dtype, and in eager mode labels out of range.

    Raises:
        ValueError: `labels` is not an integer tensor [N], or (eager mode) holds a value outside [0, num_classes).
    """
    require_rank(1, labels=labels)
    require(labels.dtype.is_integer, "`labels` must be integers", dtype=labels.dtype.name)
    if tf.executing_eagerly() and labels.shape[0]:
        low, high = int(tf.reduce_min(labels)), int(tf.reduce_max(labels))
        require(
            low >= 0 and high < num_classes,
            "`labels` must be in [0, num_classes)",
            smallest=low,
            largest=high,
            num_classes=num_classes,
        )


def label_rows(table: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    """Row `labels[i]` of `table` for each i, with a dense gradient; NaN where a label is out of range.

    In a graph a label out of range cannot raise a `ValueError`. `tf.gather` raises `InvalidArgumentError` on a CPU,
    but gives zeros on a GPU and the nearest row under XLA. There the NaN shows at the next check of the loss.

    Args:
        table: float [num_classes, channels].
        labels: integer [N].

    Returns:
        float [N, channels].
    """
    num_classes = table.shape[0]

    @tf.custom_gradient
    def gather(table: tf.Tensor) -> tuple[tf.Tensor, object]:
        # tf.gather's own gradient is a set of index slices, which optimizers and all-reduce handle more slowly.
        return tf.gather(table, labels), lambda upstream: tf.math.unsorted_segment_sum(upstream, labels, num_classes)

    return _known(gather(table), labels, num_classes)


def one_hot_rows(labels: tf.Tensor, num_classes: int, dtype: tf.DType) -> tf.Tensor:
    """One-hot rows [N, num_classes] of integer labels [N]; NaN where a label is out of range."""
    return _known(tf.one_hot(labels, num_classes, dtype=dtype), labels, num_classes)


def _known(rows: tf.Tensor, labels: tf.Tensor, num_classes: int) -> tf.Tensor:
    known = tf.logical_and(labels >= 0, labels < num_classes)[:, None]  # [N] -> [N, 1]
    return tf.where(known, rows, tf.constant(float("nan"), rows.dtype))
