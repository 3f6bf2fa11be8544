"""Auxiliary losses: what a discriminator learns beside telling real from fake."""

import tensorflow as tf

from tfgan_suite.core.checks import require, require_rank


def classification_loss(class_logits: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    """Mean softmax cross-entropy, the auxiliary classifier's loss of AC-GAN (Odena et al. 2017, eq. 3).

    L = -mean_i log softmax(class_logits_i)[labels_i], in float32.

    Args:
        class_logits: float [N, K], before the softmax.
        labels: integer [N] in [0, K). One out of range raises `InvalidArgumentError` on a CPU and makes NaN on a GPU.

    Returns:
        float32 scalar.

    Raises:
        ValueError: `class_logits` is not of rank 2, `labels` not of rank 1, or N differs.
    """
    class_logits, labels = tf.cast(class_logits, tf.float32), tf.convert_to_tensor(labels)
    require_rank(2, class_logits=class_logits)
    require_rank(1, labels=labels)
    require(
        labels.shape.is_compatible_with(class_logits.shape[:1]),
        "There must be as many `labels` as rows of `class_logits`",
        num_labels=labels.shape[0],
        num_rows=class_logits.shape[0],
    )
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, class_logits)
    return tf.reduce_mean(losses)


def one_vs_rest_loss(logits: tf.Tensor, labels: tf.Tensor | None) -> tf.Tensor:
    """Loss of N binary discriminators, one per class, over the batch (MM-GAN thesis, eq. 2.5 and 2.6).

    L = -mean_i [log D(x_i)_{y_i} + sum_{m != y_i} log(1 - D(x_i)_m)] with D = sigmoid(logits), in float32. With labels
    it is the loss of real images, and that of the generator, whose images shall pass for their class; without, that of
    generated images, which are of no class: -mean_i sum_m log(1 - D(x_i)_m).

    Args:
        logits: float [B, N], before the sigmoid.
        labels: integer [B] in [0, N), or None.

    Returns:
        float32 scalar.

    Raises:
        ValueError: `logits` is not of rank 2, `labels` not of rank 1, or B differs.
    """
    logits = tf.cast(logits, tf.float32)
    require_rank(2, logits=logits)
    targets = tf.zeros_like(logits)
    if labels is not None:
        labels = tf.convert_to_tensor(labels)
        require_rank(1, labels=labels)
        require(
            labels.shape.is_compatible_with(logits.shape[:1]),
            "There must be as many `labels` as rows of `logits`",
            num_labels=labels.shape[0],
            num_rows=logits.shape[0],
        )
        targets = tf.one_hot(labels, logits.shape[1])
    losses = tf.nn.sigmoid_cross_entropy_with_logits(targets, logits)
    return tf.reduce_mean(tf.reduce_sum(losses, axis=1))
