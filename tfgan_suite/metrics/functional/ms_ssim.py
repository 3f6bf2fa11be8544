"""Multi-scale structural similarity (MS-SSIM) of all pairs of images, in blocks."""

import concurrent.futures
import dataclasses
import itertools
import math
from collections.abc import Iterable, Iterator
from typing import Literal

import joblib
import numpy as np
import threadpoolctl

from tfgan_suite.core.checks import require, require_in, require_positive, require_rank

VARIANTS = ("tf_image", "progressive_gan")
WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
_WINDOW, _WINDOW_STDDEV, _K1, _K2 = 11, 1.5, 0.01, 0.03
_CHUNK_ENTRIES = 2**17  # similarities worked on at a time: 1 MiB of float64, which stays in a core's cache


@dataclasses.dataclass(frozen=True)
class Scale:
    """One scale of MS-SSIM: size in pixels of the image, size and standard deviation of the window, exponent."""

    height: int
    width: int
    window: int
    window_stddev: float
    weight: float


def scales_for(
    height: int, width: int, variant: Literal["tf_image", "progressive_gan"] = "tf_image"
) -> tuple[Scale, ...]:
    """The scales that images of this size are compared at, finest first; each has half the size of the one before.

    "tf_image": the 11 x 11 Gaussian window of Wang et al. (2003) at as many of the five scales as it fits into: all
    five from 161 pixels on, four from 81, three from 41, two from 21 (28 and 32 pixels have two), one from 11. The
    weights of fewer than five are divided by their sum. "progressive_gan": always five scales, with a window of at
    most the image's size at that scale and a standard deviation in proportion: the progressive-growing GAN's code.

    Raises:
        ValueError: an unknown variant, a side below 1 pixel, or below 11 for "tf_image".
    """
    require_in(VARIANTS, variant=variant)
    require_positive(height=height, width=width)
    sizes = [(math.ceil(height / 2**scale), math.ceil(width / 2**scale)) for scale in range(len(WEIGHTS))]
    windows = [min(_WINDOW, *size) for size in sizes]
    if variant == "tf_image":
        require(
            windows[0] == _WINDOW,
            f"images must be at least {_WINDOW} pixels high and wide",
            height=height,
            width=width,
            fix='Take variant="progressive_gan", whose window shrinks with the image.',
        )
        sizes = [size for size, window in zip(sizes, windows, strict=True) if window == _WINDOW]
    # The five published weights sum to 1.0001, and every implementation takes them as they are.
    total = sum(WEIGHTS[: len(sizes)]) if len(sizes) < len(WEIGHTS) else 1.0
    return tuple(
        Scale(*size, window, _WINDOW_STDDEV * window / _WINDOW, weight / total)
        for size, window, weight in zip(sizes, windows, WEIGHTS, strict=False)
    )


def mean_pairwise_ms_ssim(
    images: np.ndarray,
    *,
    variant: Literal["tf_image", "progressive_gan"] = "tf_image",
    value_range: tuple[float, float] | None = None,
    block_size: int = 128,
    num_threads: int | None = None,
) -> float:
    """Mean MS-SSIM over all N (N - 1) / 2 pairs of different images of a set.

    Wang, Simoncelli and Bovik, "Multi-scale structural similarity for image quality assessment" (2003); as a measure
    of diversity: Odena et al., "Conditional image synthesis with auxiliary classifier GANs" (2017). The product over
    scales (`scales_for`) of the mean contrast-structure term, at the last scale of the mean SSIM, each to the power of
    its weight; negative means count as 0. "tf_image": per channel, then the mean over channels, the numbers of
    `tf.image.ssim_multiscale`. "progressive_gan": the means are taken over pixels and channels together.

    Args:
        images: [N, H, W, C], N at least 2; uint8, or float in `value_range`.
        variant: as above and in `scales_for`.
        value_range: lowest and highest value an image can have, (-1, 1) for floats and (0, 255) for uint8 unless
            given. MS-SSIM is not indifferent to it: values are brought to [0, 1].
        block_size: images whose pairs are worked on together; changes memory and speed only.
        num_threads: that work on blocks of pairs; one per core unless given. The result does not depend on it.

    Returns:
        A float in [0, 1].

    Raises:
        ValueError: not of rank 4, fewer than two images, values out of range or not finite, an image too small for
            the variant, or `block_size` or `num_threads` below 1.

    Direction: lower is better (more diverse), for sets of equal quality.
    Cost: a local covariance, 2 * 121 operations, for each pair, channel and position of the window: 499,500 pairs of
    32 x 32 x 3 (484 + 36 positions) take 2e11 operations in float64, about 20 s on one core. Memory: the images and
    their scales in float64 and some MiB per thread, whatever N is.
    Known failings: looks at grey-level structure, so two noise images count as diverse; with fewer scales (small
    images) the number is another one, and only comparable at the same size.
    """
    pyramid = _Pyramid(images, "images", variant, value_range)
    require_positive(block_size=block_size)
    num_images = pyramid.num_images
    require(num_images >= 2, "`images` must be at least 2, of which there is one pair", num_images=num_images)
    pairs = itertools.combinations_with_replacement(_blocks(num_images, block_size), 2)
    total = 0.0
    for rows, columns, similarities in _in_threads(pyramid, pyramid, pairs, num_threads):
        total += np.triu(similarities, k=1).sum() if rows == columns else similarities.sum()
    return min(1.0, float(total / (num_images * (num_images - 1) / 2)))  # above 1 only by rounding


def pairwise_ms_ssim(
    images_a: np.ndarray,
    images_b: np.ndarray,
    *,
    variant: Literal["tf_image", "progressive_gan"] = "tf_image",
    value_range: tuple[float, float] | None = None,
    block_size: int = 128,
    num_threads: int | None = None,
) -> np.ndarray:
    """MS-SSIM of each image of one set with each of another: float64 [N, M].

    The pairs of `mean_pairwise_ms_ssim`, whose docstring says what is computed. Both sets have the same H, W and C.

    Raises:
        ValueError: as there, or images of different shapes; one image in each set is enough.

    Cost: as there, for N M pairs; memory also for the result.
    """
    pyramid_a = _Pyramid(images_a, "images_a", variant, value_range)
    pyramid_b = _Pyramid(images_b, "images_b", variant, value_range)
    require_positive(block_size=block_size)
    require(
        pyramid_a.shape == pyramid_b.shape,
        "`images_a` and `images_b` must have the same height, width and channels",
        images_a=pyramid_a.shape,
        images_b=pyramid_b.shape,
    )
    similarities = np.empty((pyramid_a.num_images, pyramid_b.num_images))
    pairs = itertools.product(_blocks(pyramid_a.num_images, block_size), _blocks(pyramid_b.num_images, block_size))
    for rows, columns, block in _in_threads(pyramid_a, pyramid_b, pairs, num_threads):
        similarities[rows, columns] = block
    return similarities


class _Pyramid:
    """Images of values in [0, 1] at every scale: `levels` of float64 [N, h, w, C]."""

    def __init__(self, images: np.ndarray, name: str, variant: str, value_range: tuple[float, float] | None) -> None:
        images = np.asarray(images)
        require_rank(4, **{name: images})
        require(images.size > 0, f"`{name}` must not be empty", **{f"{name}.shape": images.shape})
        self.num_images, self.shape = len(images), images.shape[1:]
        self.scales = scales_for(*self.shape[:2], variant)
        self.per_channel = variant == "tf_image"
        self.levels = [_unit_range(images, name, value_range)]
        for _ in self.scales[1:]:
            self.levels.append(_halve(self.levels[-1]))


def _unit_range(images: np.ndarray, name: str, value_range: tuple[float, float] | None) -> np.ndarray:
    if value_range is None:
        value_range = (0, 255) if images.dtype == np.uint8 else (-1, 1)
    low, high = value_range
    require(low < high, "`value_range` must be (lowest, highest)", value_range=value_range)
    smallest, largest = float(images.min()), float(images.max())
    require(
        bool(np.isfinite([smallest, largest]).all()), f"`{name}` must be finite", smallest=smallest, largest=largest
    )
    require(
        low <= smallest and largest <= high,
        f"`{name}` must be in `value_range`",
        value_range=value_range,
        smallest=smallest,
        largest=largest,
        fix="Float images are taken to be in [-1, 1] unless `value_range` says otherwise.",
    )
    return (images.astype(np.float64) - low) / (high - low)


def _halve(images: np.ndarray) -> np.ndarray:
    """Means of 2 x 2 pixels; an odd last row or column is repeated."""
    count, height, width, channels = images.shape
    padded = np.pad(images, ((0, 0), (0, height % 2), (0, width % 2), (0, 0)), mode="symmetric")
    # [N, h, w, C] -> [N, h / 2, 2, w / 2, 2, C]
    return padded.reshape(count, -(-height // 2), 2, -(-width // 2), 2, channels).mean(axis=(2, 4))


def _blocks(count: int, block_size: int) -> list[slice]:
    return [slice(start, min(start + block_size, count)) for start in range(0, count, block_size)]


def _in_threads(
    pyramid_a: _Pyramid, pyramid_b: _Pyramid, pairs: Iterable[tuple[slice, slice]], num_threads: int | None
) -> Iterator[tuple[slice, slice, np.ndarray]]:
    """The similarities of each pair of blocks, in order. One thread per product: the products are small."""
    if num_threads is None:
        num_threads = joblib.cpu_count()
    require_positive(num_threads=num_threads)
    pairs = list(pairs)
    with threadpoolctl.threadpool_limits(1), concurrent.futures.ThreadPoolExecutor(num_threads) as pool:
        blocks = pool.map(lambda pair: _similarities(pyramid_a, pair[0], pyramid_b, pair[1]), pairs)
        for (rows, columns), block in zip(pairs, blocks, strict=True):
            yield rows, columns, block


def _similarities(pyramid_a: _Pyramid, rows: slice, pyramid_b: _Pyramid, columns: slice) -> np.ndarray:
    """MS-SSIM of the images `rows` with the images `columns`: float64 [A, B]."""
    product: np.ndarray | float = 1.0
    last = len(pyramid_a.scales) - 1
    for index, scale in enumerate(pyramid_a.scales):
        images_a, images_b = pyramid_a.levels[index][rows], pyramid_b.levels[index][columns]
        means = _mean_terms(images_a, images_b, scale, with_luminance=index == last)  # [C, A, B]
        if not pyramid_a.per_channel:
            means = means.mean(axis=0, keepdims=True)
        product = product * np.maximum(means, 0.0) ** scale.weight
    return np.mean(product, axis=0)


def _mean_terms(images_a: np.ndarray, images_b: np.ndarray, scale: Scale, with_luminance: bool) -> np.ndarray:
    """Contrast-structure terms of all pairs, or SSIM, averaged over the positions of the window: [C, A, B].

    Patches weighted by the window's root and freed of their mean have the local covariances of all pairs as their
    products: one matrix product per position, and nothing is subtracted that could cancel.
    """
    channels, size_a, size_b = images_a.shape[3], len(images_a), len(images_b)
    positions_y, positions_x = scale.height - scale.window + 1, scale.width - scale.window + 1
    totals = np.zeros((channels, size_a, size_b))
    chunk = max(1, _CHUNK_ENTRIES // (channels * size_a * size_b))
    for y in range(positions_y):
        for x in range(0, positions_x, chunk):
            stop = min(x + chunk, positions_x)
            mean_a, patches_a, variance_a = _local_statistics(images_a, scale, y, x, stop)
            mean_b, patches_b, variance_b = _local_statistics(images_b, scale, y, x, stop)
            terms = patches_a @ patches_b.swapaxes(-1, -2)  # [positions, C, A, B]
            terms *= 2
            terms += _K2**2
            terms /= variance_a[..., :, None] + (variance_b + _K2**2)[..., None, :]
            if with_luminance:
                terms *= 2 * mean_a[..., :, None] * mean_b[..., None, :] + _K1**2
                terms /= np.square(mean_a)[..., :, None] + (np.square(mean_b) + _K1**2)[..., None, :]
            totals += terms.sum(axis=0)
    return totals / (positions_y * positions_x)


def _local_statistics(
    images: np.ndarray, scale: Scale, y: int, x: int, stop: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of the windows with corners (y, x .. stop - 1): means [P, C, N], weighted patches [P, C, N, K], variances."""
    strip = images[:, y : y + scale.window, x : stop - 1 + scale.window]
    windows = np.lib.stride_tricks.sliding_window_view(strip, scale.window, axis=2)  # [N, rows, P, C, columns]
    patches = windows.transpose(2, 3, 0, 1, 4).reshape(*windows.shape[2:4], len(images), -1)  # [P, C, N, K]
    weights = _window(scale)
    means = patches @ weights
    patches = (patches - means[..., None]) * np.sqrt(weights)
    return means, patches, np.einsum("...k,...k->...", patches, patches)


def _window(scale: Scale) -> np.ndarray:
    """The Gaussian window, rows after each other: float64 [window * window], sum 1."""
    offsets = np.arange(scale.window) - (scale.window - 1) / 2
    profile = np.exp(-0.5 * np.square(offsets / scale.window_stddev))
    window = np.outer(profile, profile).ravel()
    return window / window.sum()
