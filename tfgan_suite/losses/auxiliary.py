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
