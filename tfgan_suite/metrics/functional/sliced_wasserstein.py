"""Sliced Wasserstein distance of two sets of images, by TF-GAN."""

import contextlib
import dataclasses
import math
from collections.abc import Iterator

import numpy as np

from tfgan_suite.core.checks import require, require_positive, require_rank
from tfgan_suite.core.images import to_uint8


@dataclasses.dataclass(frozen=True)
class SlicedWassersteinLevel:
    """One level of the Laplacian pyramids, whose images have `resolution` pixels on a side; lower is better.

    `fake_distance` is between real and fake patches; `real_distance` is between two draws of real patches, which shows
    what of the former is chance.
    """

    resolution: int
    real_distance: float
    fake_distance: float


def sliced_wasserstein_distance(
    real_images: np.ndarray,
    fake_images: np.ndarray,
    *,
    resolution_min: int = 16,
    patches_per_image: int = 64,
    patch_size: int = 7,
    num_draws: int = 1,
    num_projections: int = 147,
    dequantise: bool = False,
    seed: int | None = None,
) -> tuple[SlicedWassersteinLevel, ...]:
    """Sliced Wasserstein distances of random patches, for each level of Laplacian pyramids.

    Karras et al., "Progressive Growing of GANs" (2018), section 5, by TF-GAN's `eval.sliced_wasserstein_distance`:
    patches are normalised, projected to random directions, and sorted; the distance is the mean absolute difference.

    Args:
        real_images: [N, S, S, 3], uint8 or float in [-1, 1]; floats are rounded to uint8 first, like saved images.
        fake_images: [N, S, S, 3], likewise; the same N and S.
        resolution_min: smallest level: there are floor(log2(S)) - floor(log2(resolution_min)) + 1 levels.
        patches_per_image: drawn at random from each image at each level.
        patch_size: pixels on a patch's side, odd.
        num_draws: sets of random directions to average (TF-GAN's `random_sampling_count`).
        num_projections: random directions in a set (TF-GAN's `random_projection_dim`).
        dequantise: adds uniform noise of a grey level's width to both sets, so that no patch is constant.
        seed: None leaves all random states alone. A number makes the result repeatable: it seeds NumPy's global state,
            which is put back afterwards, and TensorFlow's global seed (`tf.random.set_seed`), which cannot be read and
            so stays set: later unseeded draws of `tf.random` follow from it.

    Returns:
        A SlicedWassersteinLevel per level, the highest resolution first. The paper prints 1,000 times these numbers.

    Raises:
        ValueError: images of another shape, type or range, sizes that no pyramid can be made of, options out of range,
            or a constant patch without `dequantise`.

    Direction: lower is better, down to `real_distance`.
    Cost: linear in the number of patches but for their sorting; memory at least three arrays of N patches_per_image
    patch_size^2 3 float32 values per level (0.9 GiB per level for the paper's 8,192 images).
    Known failings: depends on N (the paper: 8,192) and on chance; sees patches, not whole images.
    Departure: TF-GAN normalises each patch by its own mean and standard deviation; the paper's code each colour channel
    over all patches. TF-GAN returns NaN where a patch is constant, as on any image with a plain background.
    """
    real_uint8, fake_uint8 = _checked(real_images=real_images, fake_images=fake_images)
    require_positive(
        patches_per_image=patches_per_image, num_draws=num_draws, num_projections=num_projections, patch_size=patch_size
    )
    resolutions = _resolutions(real_uint8.shape[1], resolution_min, patch_size)
    # Not at the top: `metrics.embedders`, which alone imports TF-GAN, may use this package.
    import tensorflow as tf

    from tfgan_suite.metrics.embedders.tfgan import load_tfgan

    noise = np.random.default_rng(seed)
    real, fake = (
        images + (noise.uniform(size=images.shape) if dequantise else 0.0) for images in (real_uint8, fake_uint8)
    )
    with _seeded(seed), _without_deprecation_notices():
        levels = load_tfgan().eval.sliced_wasserstein_distance(
            tf.constant(real, tf.float32),
            tf.constant(fake, tf.float32),
            resolution_min=resolution_min,
            patches_per_image=patches_per_image,
            patch_size=patch_size,
            random_sampling_count=num_draws,
            random_projection_dim=num_projections,
        )
    values = [(float(real_distance), float(fake_distance)) for real_distance, fake_distance in levels]
    require(
        bool(np.isfinite(values).all()),
        "no patch may be constant: it cannot be normalised",
        distances=values,
        fix="Images with a plain background need `dequantise=True`.",
    )
    return tuple(
        SlicedWassersteinLevel(resolution, *pair) for resolution, pair in zip(resolutions, values, strict=True)
    )


def _checked(**named: np.ndarray) -> tuple[np.ndarray, ...]:
    """The images as uint8."""
    arrays = {name: np.asarray(images) for name, images in named.items()}
    require_rank(4, **arrays)
    shapes = {name: images.shape for name, images in arrays.items()}
    for name, images in arrays.items():
        count, height, width, channels = images.shape
        require(
            count > 0 and height == width and channels == 3,
            f"`{name}` must be square images with three channels, [N, S, S, 3] with N >= 1",
            shape=images.shape,
            fix="`np.repeat(images, 3, axis=-1)` makes three channels of one.",
        )
        require(
            images.dtype == np.uint8 or (images.dtype.kind == "f" and bool((np.abs(images) <= 1.001).all())),
            f"`{name}` must be uint8, or float in [-1, 1]",
            dtype=str(images.dtype),
            smallest=float(images.min()),
            largest=float(images.max()),
        )
    require(len(set(shapes.values())) == 1, "both sets must have the same shape", **shapes)
    return tuple(images if images.dtype == np.uint8 else to_uint8(images) for images in arrays.values())


def _resolutions(size: int, resolution_min: int, patch_size: int) -> list[int]:
    """Pixels on a side, per level."""
    require(patch_size % 2 == 1, "`patch_size` must be odd", patch_size=patch_size)
    require_positive(resolution_min=resolution_min)
    num_levels = int(math.log2(size)) - int(math.log2(min(resolution_min, size))) + 1
    resolutions = [size / 2**level for level in range(num_levels)]
    require(
        size % 2 ** (num_levels - 1) == 0 and resolutions[-1] >= max(patch_size, 3),
        "the images' size must be halved to an even size for every level but the last, which must hold a patch",
        resolutions=resolutions,
        patch_size=patch_size,
        fix="Resize the images to a power of two, or take a larger `resolution_min`.",
    )
    return [int(resolution) for resolution in resolutions]


@contextlib.contextmanager
def _without_deprecation_notices() -> Iterator[None]:
    """TF-GAN calls `tf.compat.v1.py_func`, of which TensorFlow warns in a dozen lines."""
    import tensorflow as tf

    logger = tf.get_logger()
    before = logger.level
    logger.setLevel("ERROR")
    try:
        yield
    finally:
        logger.setLevel(before)


@contextlib.contextmanager
def _seeded(seed: int | None) -> Iterator[None]:
    """TF-GAN draws patches by NumPy's global state, and directions by TensorFlow's."""
    if seed is None:
        yield
        return
    import tensorflow as tf

    before = np.random.get_state()  # noqa: NPY002
    np.random.seed(seed)  # noqa: NPY002
    tf.random.set_seed(seed)
    try:
        yield
    finally:
        np.random.set_state(before)  # noqa: NPY002
