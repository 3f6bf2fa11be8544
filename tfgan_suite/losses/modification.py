"""What a modified image costs: how far it is from the image that it was made of (ModNet)."""

import tensorflow as tf

from tfgan_suite.core.checks import require


def modification_loss(images: tf.Tensor, modified: tf.Tensor) -> tf.Tensor:
    """L1 = E_x ||x - G(y_t, x)||_1, the sum of absolute differences of an image (ModNet thesis, eq. 2.6).

    Args:
        images: float [N, H, W, C], the images x.
        modified: float [N, H, W, C], what was made of them.

    Returns:
        float32 scalar, a mean over the images: H * W * C times `mean_absolute_change`.

    Raises:
        ValueError: the shapes differ.
    """
    return tf.reduce_mean(tf.reduce_sum(_absolute_change(images, modified), axis=[1, 2, 3]))


def mean_absolute_change(images: tf.Tensor, modified: tf.Tensor) -> tf.Tensor:
    """The mean absolute error, "the average l1 penalty" that the ModNet thesis puts in the place of lambda * L1.

    Args and raises as `modification_loss`.

    Returns:
        float32 scalar, a mean over images, pixels and channels.
    """
    return tf.reduce_mean(_absolute_change(images, modified))


def _absolute_change(images: tf.Tensor, modified: tf.Tensor) -> tf.Tensor:
    images, modified = tf.cast(images, tf.float32), tf.cast(modified, tf.float32)
    require(
        len(images.shape) == 4 and images.shape.is_compatible_with(modified.shape),
        "`images` and `modified` must have one shape [N, H, W, C]",
        images_shape=tuple(images.shape),
        modified_shape=tuple(modified.shape),
    )
    return tf.abs(images - modified)
