"""Corruptions of uint8 images, for studies of what a metric notices: additive noise and blur.

What the DDM thesis (section 3.4.6) does to images: additive Gaussian noise, additive uniform noise, Gaussian blur. Each
is a pure function of the images, the level and the seed; values are rounded to the nearest grey level and clipped.
`data.smoothing.gaussian_blur` is the differentiable blur of the training pipeline; the one here needs no TensorFlow.
"""

import math
from collections.abc import Callable

import numpy as np
import scipy.ndimage

from tfgan_suite.core.checks import require, require_in, require_rank, require_weight

CORRUPTIONS = ("Gaussian noise", "uniform noise", "blur")
"""What `corrupt` knows."""
_BLOCK_VALUES = 2**22  # float32 values worked on at a time: 16 MiB, and as much again for what is added


def corrupt(images_uint8: np.ndarray, kind: str, stddev: float, *, seed: int) -> np.ndarray:
    """One of `CORRUPTIONS`, its level given as a standard deviation for all, so that both noises are as strong.

    Args:
        images_uint8: uint8 [N, H, W, C].
        kind: of `CORRUPTIONS`.
        stddev: at least 0; of the noise, in grey levels before clipping, or of the blur, in pixels.
        seed: of the noise, at least 0.

    Returns:
        uint8 [N, H, W, C].

    Raises:
        ValueError: an unknown kind, images of another rank or type, or a `stddev` that is negative or not finite.
    """
    require_in(CORRUPTIONS, kind=kind)
    if kind == "blur":
        return blur(images_uint8, stddev)
    if kind == "uniform noise":
        return uniform_noise(images_uint8, math.sqrt(3) * stddev, seed=seed)
    return gaussian_noise(images_uint8, stddev, seed=seed)


def gaussian_noise(images_uint8: np.ndarray, stddev: float, *, seed: int) -> np.ndarray:
    """Adds independent Gaussian noise to every pixel and channel.

    Args:
        images_uint8: uint8 [N, H, W, C].
        stddev: standard deviation in grey levels (of 255), at least 0, before clipping.
        seed: of the noise, at least 0. Two levels with one seed get the same noise, scaled.

    Returns:
        uint8 [N, H, W, C].

    Raises:
        ValueError: images of another rank or type, or a `stddev` that is negative or not finite.
    """
    _check(images_uint8, stddev=stddev)
    random = np.random.default_rng(seed)
    return _in_blocks(
        images_uint8, lambda block: block + np.float32(stddev) * random.standard_normal(block.shape, np.float32)
    )


def uniform_noise(images_uint8: np.ndarray, half_width: float, *, seed: int) -> np.ndarray:
    """Adds independent noise, uniform in [-half_width, half_width), to every pixel and channel.

    Its standard deviation is half_width / sqrt(3).

    Args:
        images_uint8: uint8 [N, H, W, C].
        half_width: in grey levels (of 255), at least 0, before clipping.
        seed: of the noise, at least 0. Two levels with one seed get the same noise, scaled.

    Returns:
        uint8 [N, H, W, C].

    Raises:
        ValueError: images of another rank or type, or a `half_width` that is negative or not finite.
    """
    _check(images_uint8, half_width=half_width)
    random = np.random.default_rng(seed)
    return _in_blocks(
        images_uint8, lambda block: block + np.float32(half_width) * (2 * random.random(block.shape, np.float32) - 1)
    )


def blur(images_uint8: np.ndarray, stddev_px: float) -> np.ndarray:
    """Smooths each channel with a Gaussian, by `scipy.ndimage.gaussian_filter`.

    The image goes on beyond its edges as its mirror image, the edge pixel twice; the Gaussian ends at 4 stddevs.

    Args:
        images_uint8: uint8 [N, H, W, C].
        stddev_px: standard deviation of the Gaussian in pixels, at least 0.

    Returns:
        uint8 [N, H, W, C].

    Raises:
        ValueError: images of another rank or type, or a `stddev_px` that is negative or not finite.
    """
    _check(images_uint8, stddev_px=stddev_px)
    if stddev_px == 0:
        return np.array(images_uint8)
    sigma = (0, stddev_px, stddev_px, 0)
    return _in_blocks(images_uint8, lambda block: scipy.ndimage.gaussian_filter(block, sigma, mode="reflect"))


def _check(images_uint8: np.ndarray, **level: float) -> None:
    require_rank(4, images_uint8=images_uint8)
    require(images_uint8.dtype == np.uint8, "`images_uint8` must be uint8", dtype=str(images_uint8.dtype))
    require_weight(**level)


def _in_blocks(images_uint8: np.ndarray, change: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """`change` of float32 images in 0..255, a few images at a time, in their order; rounded and clipped to uint8."""
    result = np.empty(images_uint8.shape, np.uint8)
    size = max(1, _BLOCK_VALUES // max(1, int(np.prod(images_uint8.shape[1:]))))
    for start in range(0, len(images_uint8), size):
        rows = slice(start, start + size)
        result[rows] = np.rint(np.clip(change(images_uint8[rows].astype(np.float32)), 0, 255))
    return result
