"""Smoother and sharper images, and their schedule over training (smooth-to-sharp).

Images of the real world are blurred by a Gaussian, smooth spheres are sharpened by the tunable sigmoid.
"""

import abc
import dataclasses
import math
from typing import ClassVar

import tensorflow as tf

from tfgan_suite.core.checks import require, require_positive, require_rank
from tfgan_suite.core.schedules import Schedule, SmoothToSharp

_NUM_REFLECTIONS = 3
"""Mirror images of the row on either side; with a stddev up to its length, the weight beyond is under 1e-11."""


def gaussian_blur(images: tf.Tensor, stddev_px: float | tf.Tensor) -> tf.Tensor:
    """Smooths images with the two-dimensional Gaussian G(x, y) = exp(-(x^2 + y^2) / (2 stddev^2)) / (2 pi stddev^2).

    The Gaussian is sampled at whole pixels and normalised to sum 1, without cutting its tails. The image goes on beyond
    its edges as its mirror image, the edge pixel twice (c b a | a b c), so that the mean of the image is kept.
    Differentiable any number of times. Works in eager mode, in a graph and in `tf.data`'s `map`.

    Args:
        images: float [N, H, W, C], any range; in a graph N, H, W and C need not be known.
        stddev_px: standard deviation in pixels, in [0, min(H, W)]; a number or a scalar tensor. With 0 the images come
            back bit for bit.

    Returns:
        Tensor of the shape and dtype of `images`; computed in float32.

    Raises:
        ValueError: images not of rank 4, or a stddev that is known to be outside [0, min(H, W)]. In a graph, where it
            or the size is not known, a larger one is taken as min(H, W) and a negative one as 0.
    """
    images = tf.convert_to_tensor(images)
    require_rank(4, images=images)
    known_sides = [side for side in images.shape[1:3] if side is not None]
    known = tf.get_static_value(stddev_px) if tf.is_tensor(stddev_px) else stddev_px
    require(
        known is None or 0 <= known <= min(known_sides, default=math.inf),
        "`stddev_px` must be between 0 and the shorter side of the images",
        stddev_px=known,
        images_shape=tuple(images.shape),
    )
    if known is not None and known == 0:
        return images
    shorter_side = tf.minimum(*(tf.cast(side, tf.float32) for side in _sizes(images)[:2]))
    stddev = tf.minimum(tf.cast(stddev_px, tf.float32), shorter_side)
    if known is not None:
        return _blur(images, stddev)
    return tf.cond(stddev > 0, lambda: _blur(images, stddev), lambda: images)


def _blur(images: tf.Tensor, stddev: tf.Tensor) -> tf.Tensor:
    height, width, channels = _sizes(images)
    rows = tf.reshape(tf.cast(images, tf.float32), [-1, height, width * channels])  # [N, H, W, C] -> [N, H, W * C]
    rows = tf.matmul(_blur_matrix(height, stddev), rows)
    columns = tf.reshape(rows, [-1, width, channels])  # [N, H, W * C] -> [N * H, W, C]
    columns = tf.matmul(_blur_matrix(width, stddev), columns)
    blurred = tf.cast(tf.reshape(columns, tf.shape(images)), images.dtype)  # [N * H, W, C] -> [N, H, W, C]
    return tf.ensure_shape(blurred, images.shape)


def _sizes(images: tf.Tensor) -> list[int | tf.Tensor]:
    """Height, width and channels; a tensor where it is not known in a graph."""
    at_run_time = tf.shape(images)
    return [at_run_time[axis] if size is None else size for axis, size in enumerate(images.shape)][1:]


def _blur_matrix(length: int | tf.Tensor, stddev: tf.Tensor) -> tf.Tensor:
    """float32 [length, length]: row i holds the weight of every pixel in the smoothed pixel i; rows sum to 1."""
    pixels = tf.range(length, dtype=tf.float32)
    periods = 2.0 * tf.cast(length, tf.float32) * tf.range(-_NUM_REFLECTIONS, _NUM_REFLECTIONS + 1, dtype=tf.float32)
    target, source = pixels[:, tf.newaxis, tf.newaxis], pixels[tf.newaxis, :, tf.newaxis]
    straight = target - source + periods  # [length, length, reflections]
    mirrored = target + source + 1.0 + periods
    weights = tf.exp(-0.5 * (straight / stddev) ** 2) + tf.exp(-0.5 * (mirrored / stddev) ** 2)
    matrix = tf.reduce_sum(weights, axis=2)
    return matrix / tf.reduce_sum(matrix, axis=1, keepdims=True)


def tunable_sigmoid(
    images: tf.Tensor, k: float | tf.Tensor, value_range: tuple[float, float] = (0.0, 1.0)
) -> tf.Tensor:
    """Sharpens images by the normalised tunable sigmoid, pixel by pixel.

    Smooth-to-sharp thesis, eq. 4.2: f(x) = ((2x - 1) - k (2x - 1)) / (2 (k - 2k |2x - 1| + 1)) + 1/2 for x in [0, 1].
    Values never leave the range, its ends and its middle stay where they are, and a smaller k moves all others away
    from the middle. Differentiable. Works in eager mode, in a graph and in `tf.data`'s `map`.

    Args:
        images: float tensor of any rank, in `value_range`.
        k: sharpness in [-1, 0]; a number or a scalar tensor. With 0 the images come back bit for bit. -1 is the limit:
            a step without gradient, which is high from the middle of the range on. (There eq. 4.2 is 0 / 0; at the edge
            of a sphere the middle is what belongs to the sharp sphere, eq. 3.1.)
        value_range: (low, high) that stand for 0 and 1; (-1, 1) for the toolkit's images other than spheres.

    Returns:
        Tensor of the shape and dtype of `images`; computed in float32, or in float64 for float64 images.

    Raises:
        ValueError: images that are not floats, a range without extent, or a `k` that is known to be outside [-1, 0].
            In a graph, where it is not known, a larger one is taken as 0 and a smaller one as -1.
    """
    images = tf.convert_to_tensor(images)
    require(images.dtype.is_floating, "`images` must be floats", dtype=images.dtype.name)
    low, high = value_range
    require(low < high, "`value_range` must be (low, high) with low < high", value_range=value_range)
    known = tf.get_static_value(k) if tf.is_tensor(k) else k
    require(known is None or -1 <= known <= 0, "`k` must be in [-1, 0]", k=known)
    if known is not None and known == 0:
        return images
    dtype = tf.float64 if images.dtype == tf.float64 else tf.float32
    # With u = 2x - 1 and c = (1 + k) / (1 - k) the equation is f = (1 + u / (|u| + c (1 - |u|))) / 2. In this form
    # rounding cannot take it beyond 0 or 1. c is taken in float64: in float32, 1 + k has few digits left near k = -1.
    k = tf.cast(k, tf.float64) if tf.is_tensor(k) else tf.constant(float(k), tf.float64)
    k = tf.clip_by_value(k, tf.constant(-1.0, tf.float64), tf.constant(0.0, tf.float64))
    c = tf.cast((1 + k) / (1 - k), dtype)
    middle, half = (low + high) / 2, (high - low) / 2
    offsets = (tf.cast(images, dtype) - middle) / half
    sizes = tf.abs(offsets)
    divisors = sizes + c * (1 - sizes)
    is_zero = divisors == 0  # k = -1 in the middle; the divisor is replaced so that no gradient meets 0 / 0
    ratios = tf.where(is_zero, tf.ones([], dtype), offsets / tf.where(is_zero, tf.ones([], dtype), divisors))
    return tf.where(k == 0, images, tf.cast(middle + half * ratios, images.dtype))


@dataclasses.dataclass(frozen=True)
class Smoothing(abc.ABC):
    """Makes each training batch as smooth as the schedule says for the generator step that the batch belongs to.

    Args:
        schedule: generator step -> smoothness. A `core.schedules.SmoothToSharp` can be checked against the length of
            the training, by its `check`.
        batches_per_step: real batches that one generator step uses (the number of discriminator steps).

    Attributes:
        value_range: (low, high) that the images must keep to; None for any.

    Raises:
        ValueError: `batches_per_step` below 1.
    """

    schedule: Schedule
    batches_per_step: int = 1
    value_range: ClassVar[tuple[float, float] | None] = None

    def __post_init__(self) -> None:
        require_positive(batches_per_step=self.batches_per_step)

    def __call__(self, images: tf.Tensor, batch_number: int | tf.Tensor) -> tf.Tensor:
        """Smooths `images`, float32 [B, H, W, C], which are batch `batch_number` (from 0) of the training."""
        return self.smooth(images, self.schedule(batch_number // self.batches_per_step))

    @abc.abstractmethod
    def smooth(self, images: tf.Tensor, smoothness: tf.Tensor) -> tf.Tensor:
        """`images` at one value of the schedule, in their shape and dtype."""


@dataclasses.dataclass(frozen=True)
class GaussianSmoothing(Smoothing):
    """Blurs each training batch by what the schedule says: for images of the real world.

    Args:
        schedule: generator step -> standard deviation in pixels, such as `core.schedules.GAUSSIAN_SMOOTH_TO_SHARP`.
        batches_per_step: real batches that one generator step uses (the number of discriminator steps).

    Raises:
        ValueError: `batches_per_step` below 1, or a `SmoothToSharp` plan with values below 0.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        require(
            not isinstance(self.schedule, SmoothToSharp) or min(self.schedule.values) >= 0,
            "`schedule` must have standard deviations of at least 0",
            "`TunableSmoothing` takes plans of the sigmoid's k.",
            schedule=self.schedule,
        )

    def smooth(self, images: tf.Tensor, smoothness: tf.Tensor) -> tf.Tensor:
        """`gaussian_blur` with the standard deviation `smoothness`."""
        return gaussian_blur(images, smoothness)


@dataclasses.dataclass(frozen=True)
class TunableSmoothing(Smoothing):
    """Sharpens each training batch of smooth images by what the schedule says: for smooth spheres.

    Args:
        schedule: generator step -> `k` of `tunable_sigmoid`, such as `core.schedules.TUNABLE_SMOOTH_TO_SHARP`.
        batches_per_step: real batches that one generator step uses (the number of discriminator steps).
        value_range: (low, high) of the images: (0, 1) for spheres, (-1, 1) for uint8 images, which batches give in it.

    Raises:
        ValueError: `batches_per_step` below 1, a range without extent, or a `SmoothToSharp` plan with values outside
            [-1, 0].
    """

    value_range: tuple[float, float] = (0.0, 1.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        low, high = self.value_range
        require(low < high, "`value_range` must be (low, high) with low < high", value_range=self.value_range)
        values = self.schedule.values if isinstance(self.schedule, SmoothToSharp) else (0.0,)
        require(
            min(values) >= -1 and max(values) <= 0,
            "`schedule` must have values of k in [-1, 0]",
            "`GaussianSmoothing` takes plans of standard deviations.",
            schedule=self.schedule,
        )

    def smooth(self, images: tf.Tensor, smoothness: tf.Tensor) -> tf.Tensor:
        """`tunable_sigmoid` with k = `smoothness`."""
        return tunable_sigmoid(images, smoothness, self.value_range)
