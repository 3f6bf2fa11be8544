"""Gaussian smoothing of images, and its schedule over training (smooth-to-sharp, images of the real world)."""

import dataclasses

import tensorflow as tf

from tfgan_suite.core.checks import require, require_positive, require_rank
from tfgan_suite.core.schedules import Schedule

_NUM_REFLECTIONS = 3
"""Mirror images of the row on either side; with a stddev up to its length, the weight beyond is under 1e-11."""


def gaussian_blur(images: tf.Tensor, stddev_px: float | tf.Tensor) -> tf.Tensor:
    """Smooths images with the two-dimensional Gaussian G(x, y) = exp(-(x^2 + y^2) / (2 stddev^2)) / (2 pi stddev^2).

    The Gaussian is sampled at whole pixels and normalised to sum 1, without cutting its tails. The image goes on beyond
    its edges as its mirror image, the edge pixel twice (c b a | a b c), so that the mean of the image is kept.
    Differentiable any number of times. Works in eager mode, in a graph and in `tf.data`'s `map`.

    Args:
        images: float [N, H, W, C], any range.
        stddev_px: standard deviation in pixels, in [0, min(H, W)]; a number or a scalar tensor. With 0 the images come
            back bit for bit.

    Returns:
        Tensor of the shape and dtype of `images`; computed in float32.

    Raises:
        ValueError: images not of rank 4, or a stddev that is known to be outside [0, min(H, W)]. In a graph, where it
            is not known, a larger one is taken as min(H, W) and a negative one as 0.
    """
    images = tf.convert_to_tensor(images)
    require_rank(4, images=images)
    shorter_side = min(images.shape[1], images.shape[2])
    known = tf.get_static_value(stddev_px) if tf.is_tensor(stddev_px) else stddev_px
    require(
        known is None or 0 <= known <= shorter_side,
        "`stddev_px` must be between 0 and the shorter side of the images",
        stddev_px=known,
        images_shape=tuple(images.shape),
    )
    if known is not None and known == 0:
        return images
    stddev = tf.minimum(tf.cast(stddev_px, tf.float32), float(shorter_side))
    if known is not None:
        return _blur(images, stddev)
    return tf.cond(stddev > 0, lambda: _blur(images, stddev), lambda: images)


def _blur(images: tf.Tensor, stddev: tf.Tensor) -> tf.Tensor:
    height, width, channels = images.shape[1:]
    rows = tf.reshape(tf.cast(images, tf.float32), [-1, height, width * channels])  # [N, H, W, C] -> [N, H, W * C]
    rows = tf.matmul(_blur_matrix(height, stddev), rows)
    columns = tf.reshape(rows, [-1, width, channels])  # [N, H, W * C] -> [N * H, W, C]
    columns = tf.matmul(_blur_matrix(width, stddev), columns)
    return tf.cast(tf.reshape(columns, tf.shape(images)), images.dtype)  # [N * H, W, C] -> [N, H, W, C]


def _blur_matrix(length: int, stddev: tf.Tensor) -> tf.Tensor:
    """float32 [length, length]: row i holds the weight of every pixel in the smoothed pixel i; rows sum to 1."""
    pixels = tf.range(length, dtype=tf.float32)
    periods = 2.0 * length * tf.range(-_NUM_REFLECTIONS, _NUM_REFLECTIONS + 1, dtype=tf.float32)
    target, source = pixels[:, tf.newaxis, tf.newaxis], pixels[tf.newaxis, :, tf.newaxis]
    straight = target - source + periods  # [length, length, reflections]
    mirrored = target + source + 1.0 + periods
    weights = tf.exp(-0.5 * (straight / stddev) ** 2) + tf.exp(-0.5 * (mirrored / stddev) ** 2)
    matrix = tf.reduce_sum(weights, axis=2)
    return matrix / tf.reduce_sum(matrix, axis=1, keepdims=True)


@dataclasses.dataclass(frozen=True)
class GaussianSmoothing:
    """Smooths each training batch by what the schedule says for the generator step that the batch belongs to.

    Args:
        schedule: generator step -> standard deviation in pixels, such as
            `core.schedules.piecewise_constant([2, 1.5, 1, 0.5, 0], [2500, 2500, 2500, 2500, 10000])`.
        batches_per_step: real batches that one generator step uses (the number of discriminator steps).

    Raises:
        ValueError: `batches_per_step` below 1.
    """

    schedule: Schedule
    batches_per_step: int = 1

    def __post_init__(self) -> None:
        require_positive(batches_per_step=self.batches_per_step)

    def __call__(self, images: tf.Tensor, batch_number: int | tf.Tensor) -> tf.Tensor:
        """Smooths `images`, float32 [B, H, W, C], which are batch `batch_number` (from 0) of the training."""
        return gaussian_blur(images, self.schedule(batch_number // self.batches_per_step))
