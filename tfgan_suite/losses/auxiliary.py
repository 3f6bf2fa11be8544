"""Auxiliary losses: what a discriminator learns beside telling real from fake."""

import tensorflow as tf

from tfgan_suite.core.checks import require_rank


def classification_loss(class_logits: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    """Mean softmax cross-entropy, the auxiliary classifier's loss of AC-GAN (Odena et al. 2017, eq. 3).

    L = -mean_i log softmax(class_logits_i)[labels_i], in float32.

    Args:
        class_logits: float [N, K], before the softmax.
        labels: integer [N] in [0, K). One out of range raises `InvalidArgumentError` on a CPU and makes NaN on a GPU.

    Returns:
        float32 scalar.

    Raises:
        ValueError: `class_logits` is not of rank 2 or `labels` not of rank 1.
    """
    require_rank(2, class_logits=class_logits)
    require_rank(1, labels=labels)
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, tf.cast(class_logits, tf.float32))
    return tf.reduce_mean(losses)
