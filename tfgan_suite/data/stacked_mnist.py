"""Stacked-MNIST: three random digits as the red, green and blue of one image, a thousand modes that can be counted."""

import numpy as np
from PIL import Image

from tfgan_suite.core.checks import require, require_positive
from tfgan_suite.data.image_set import Images, Split

NUM_MODES = 1000
_TRAIN, _TEST = 0, 1
"""Random streams of the splits."""
_PLACE_VALUES = np.array([100, 10, 1], np.int32)
_BLOCK_IMAGES = 256
"""Stacked at a time; these stay in the processor's cache at 32x32, which takes a fifth of the time of thousands."""


def stacked_digits(
    source: Images,
    num_images: int = 100_000,
    seed: int = 0,
    image_size: int = 32,
    num_test_images: int = 10_000,
) -> Images:
    """Stacks random digits: label 100 a + 10 b + c for the digits a in red, b in green, c in blue.

    Self-conditioned GAN, section 4.3, after unrolled GANs, VEEGAN and PacGAN. As in its authors' code, each digit is
    resized by Pillow's bilinear filter and every stack is three independent draws, with replacement, from all digits;
    the modes are therefore about equally frequent, not exactly: mode abc has a share near p_a p_b p_c, the digits'
    shares in the source (in MNIST from 0.00074 for 555 to 0.00142 for 111).

    Args:
        source: grey square images with labels of ten classes: `load_images("mnist")`, or `load_images("digits")` for
            use without a network.
        num_images: training images, of `source.train`.
        seed: at least 0; the same seed gives the same images on every machine.
        image_size: pixels a side.
        num_test_images: test images, of `source.test`, at least 0. There are none if that has no labels or is missing.

    Returns:
        Images [image_size, image_size, 3] with the class names "000" to "999".

    Raises:
        ValueError: images that are not grey and square, not of ten labelled classes; an argument out of its range.

    Cost: 3 image_size^2 bytes per image (307 MB for the defaults; while they are made, twice as much); some 3 s of one
    core for MNIST, most of it for resizing 70,000 digits once each.
    """
    require_positive(num_images=num_images, image_size=image_size)
    require(num_test_images >= 0, "`num_test_images` must be at least 0", num_test_images=num_test_images)
    require(seed >= 0, "`seed` must be at least 0", seed=seed)
    height, width, channels = source.image_shape
    require(
        channels == 1 and height == width,
        "`source` must have grey, square images",
        "Load it with `channels=1` and an `image_size`.",
        image_shape=source.image_shape,
    )
    require(
        source.num_classes == 10,
        "`source` must have labels of ten classes, the digits",
        name=source.name,
        num_classes=source.num_classes,
    )
    train = _stacks(source.train, num_images, image_size, (seed, _TRAIN))
    has_test = num_test_images > 0 and source.test is not None and source.test.labels is not None
    test = _stacks(source.test, num_test_images, image_size, (seed, _TEST)) if has_test else None
    resize = source.resize if height == image_size else f"each digit bilinear (Pillow) to {image_size}x{image_size}"
    names = tuple(f"{mode:03d}" for mode in range(NUM_MODES))
    return Images(f"stacked_{source.name}", train, test, names, resize=resize)


def digit_labels(labels: np.ndarray) -> np.ndarray:
    """The digits of each label: int32 [N, 3], red, green and blue.

    Args:
        labels: ints [N] in [0, 1000).

    Raises:
        ValueError: labels of another shape, type or range.
    """
    labels = _whole_numbers("labels", labels, (None,), NUM_MODES)
    return (labels[:, np.newaxis] // _PLACE_VALUES % 10).astype(np.int32)


def stacked_labels(digits: np.ndarray) -> np.ndarray:
    """The label 100 a + 10 b + c of each three digits, int32 [N]; the inverse of `digit_labels`.

    What a classifier of single digits says of `split_channels(images)` goes in as `predictions.reshape(-1, 3)`.

    Args:
        digits: ints [N, 3] in [0, 10): red, green and blue.

    Raises:
        ValueError: digits of another shape, type or range.
    """
    return (_whole_numbers("digits", digits, (None, 3), 10).astype(np.int32) @ _PLACE_VALUES).astype(np.int32)


def split_channels(images: np.ndarray) -> np.ndarray:
    """The channels as grey images of their own, for a classifier of single digits.

    Args:
        images: [N, H, W, 3] of any type.

    Returns:
        [3 N, H, W, 1] of that type, a copy: red, green and blue of the first image, then of the second, as in
        `digit_labels(labels).ravel()`.

    Raises:
        ValueError: images of another shape.
    """
    images = np.asarray(images)
    require(images.ndim == 4 and images.shape[-1] == 3, "`images` must be [N, H, W, 3]", shape=images.shape)
    num_images, height, width, _ = images.shape
    # [N, H, W, 3] -> [N, 3, H, W] -> [3 N, H, W, 1]
    return images.transpose(0, 3, 1, 2).reshape(3 * num_images, height, width, 1)


def _stacks(digits: Split, num_images: int, image_size: int, seed: tuple[int, int]) -> Split:
    """Draws from all digits, each of which is resized once."""
    small = _resize(digits.images[..., 0], image_size)
    ids = np.random.default_rng(seed).integers(len(digits), size=(num_images, 3))
    stacked = np.empty((num_images, image_size, image_size, 3), np.uint8)
    for start in range(0, num_images, _BLOCK_IMAGES):
        block = slice(start, start + _BLOCK_IMAGES)
        for channel in range(3):
            stacked[block, :, :, channel] = small[ids[block, channel]]
    return Split(stacked, stacked_labels(digits.labels[ids]))


def _resize(digits_uint8: np.ndarray, image_size: int) -> np.ndarray:
    """uint8 [N, H, H] -> uint8 [N, image_size, image_size]."""
    if digits_uint8.shape[1] == image_size:
        return digits_uint8
    resized = np.empty((len(digits_uint8), image_size, image_size), np.uint8)
    for index, digit in enumerate(digits_uint8):
        resized[index] = Image.fromarray(digit).resize((image_size, image_size), Image.Resampling.BILINEAR)
    return resized


def _whole_numbers(name: str, values: np.ndarray, shape: tuple[int | None, ...], limit: int) -> np.ndarray:
    values = np.asarray(values)
    axes = ", ".join("N" if size is None else str(size) for size in shape)
    require(
        values.ndim == len(shape) and values.shape[1:] == shape[1:], f"`{name}` must be [{axes}]", shape=values.shape
    )
    require(np.issubdtype(values.dtype, np.integer), f"`{name}` must be whole numbers", dtype=str(values.dtype))
    smallest, largest = int(values.min(initial=0)), int(values.max(initial=0))
    require(0 <= smallest <= largest < limit, f"`{name}` must be in [0, {limit})", smallest=smallest, largest=largest)
    return values
