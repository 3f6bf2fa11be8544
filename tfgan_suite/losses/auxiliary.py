"""Auxiliary losses: what a discriminator learns beside telling real from fake."""

from typing import Literal

import tensorflow as tf

from tfgan_suite.core.checks import require, require_in, require_rank


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
    _check_rows(labels, class_logits=class_logits)
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
        _check_rows(labels, logits=logits)
        targets = tf.one_hot(labels, logits.shape[1])
    losses = tf.nn.sigmoid_cross_entropy_with_logits(targets, logits)
    return tf.reduce_mean(tf.reduce_sum(losses, axis=1))


def feature_matching_loss(
    real_features: tf.Tensor, fake_features: tf.Tensor, distance: Literal["absolute", "squared"] = "absolute"
) -> tf.Tensor:
    """Distance of the mean features of real and generated images, the generator's loss of Improved GAN.

    Salimans et al. (2016), section 3.1: ||E f(x) - E f(G(z))||^2, with f a layer of the discriminator. Here the mean
    over the features and not the sum, as in the authors' code. Over the batches of all replicas, if there are several.

    Departure: the paper has the squared distance; "absolute" is what the authors' CIFAR-10 and SVHN scripts compute,
    and "squared" their MNIST script.

    Args:
        real_features, fake_features: float [N, D] and [M, D].
        distance: "absolute" or "squared".

    Returns:
        float32 scalar, at least 0.

    Raises:
        ValueError: features not of rank 2 or of different widths, an unknown distance.
    """
    real_features, fake_features = tf.cast(real_features, tf.float32), tf.cast(fake_features, tf.float32)
    require_rank(2, real_features=real_features, fake_features=fake_features)
    require_in(("absolute", "squared"), distance=distance)
    require(
        real_features.shape[1] == fake_features.shape[1],
        "`real_features` and `fake_features` must be of the same width",
        real=real_features.shape[1],
        fake=fake_features.shape[1],
    )
    difference = tf.reduce_mean(real_features, axis=0) - tf.reduce_mean(fake_features, axis=0)
    replica = tf.distribute.get_replica_context()
    if replica is not None and replica.num_replicas_in_sync > 1:
        difference = replica.all_reduce(tf.distribute.ReduceOp.MEAN, difference)
    return tf.reduce_mean(tf.abs(difference) if distance == "absolute" else tf.square(difference))


def known_class_loss(class_logits: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    """`classification_loss` over the images whose class is known; those labelled K, one more than there are, are not.

    The loss of labelled images in Improved GAN (Salimans et al. 2016, section 5): with K logits and the (K + 1)th, of
    generated images, held at 0, it is the softmax cross-entropy over the K classes. The mean is over the images with a
    class in the batch (of all replicas); without any it is 0.

    Args:
        class_logits: float [N, K], before the softmax.
        labels: integer [N] in [0, K]; K: not known.

    Returns:
        float32 scalar.

    Raises:
        ValueError: `class_logits` is not of rank 2, `labels` not of rank 1, or N differs.
    """
    class_logits, labels = tf.cast(class_logits, tf.float32), tf.convert_to_tensor(labels)
    _check_rows(labels, class_logits=class_logits)
    known = labels < class_logits.shape[1]
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(tf.where(known, labels, 0), class_logits)
    # As of all replicas the share of images with a class, not each one's own: the mean is that of the whole batch.
    num_known = tf.reduce_sum(tf.cast(known, tf.float32))
    replica = tf.distribute.get_replica_context()
    if replica is not None and replica.num_replicas_in_sync > 1:
        num_known = replica.all_reduce(tf.distribute.ReduceOp.MEAN, num_known)
    return tf.math.divide_no_nan(tf.reduce_sum(tf.where(known, losses, 0.0)), num_known)


def _check_rows(labels: tf.Tensor, **named: tf.Tensor) -> None:
    """Refuses labels that are not one for each row of the named logits."""
    require_rank(2, **named)
    require_rank(1, labels=labels)
    ((name, logits),) = named.items()
    require(
        labels.shape.is_compatible_with(logits.shape[:1]),
        f"There must be as many `labels` as rows of `{name}`",
        num_labels=labels.shape[0],
        num_rows=logits.shape[0],
    )
