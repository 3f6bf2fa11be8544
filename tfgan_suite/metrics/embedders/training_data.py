"""The images that embedders are trained on: checks, the part held out, and the size that a network is trained at."""

import numpy as np

from tfgan_suite.core.checks import require, require_rank

MIN_IMAGES = 20
_MAX_SIDE_PX = 64


def checked_images(images: np.ndarray, what: str) -> np.ndarray:
    """uint8 images [N, H, W, C], N at least 20.

    Args:
        images: what was given.
        what: is to be trained, for the message.

    Raises:
        ValueError: of another rank or type, or too few.
    """
    require_rank(4, images=images)
    images = np.asarray(images)
    require(
        images.dtype == np.uint8,
        "images must be uint8 in 0..255",
        "Floats in [-1, 1] become uint8 with `tfgan_suite.core.images.to_uint8`.",
        dtype=str(images.dtype),
    )
    require_enough_images(len(images), what)
    return images


def require_enough_images(num_images: int, what: str) -> None:
    """Refuses fewer than 20 images.

    Raises:
        ValueError: as said.
    """
    require(num_images >= MIN_IMAGES, f"the {what} must have at least {MIN_IMAGES} images", num_images=num_images)


def require_same_shape(test_images: np.ndarray, train_images: np.ndarray) -> None:
    """Refuses test images of another shape than the training images.

    Raises:
        ValueError: as said.
    """
    require(
        test_images.shape[1:] == train_images.shape[1:],
        "`test_images` must have the shape of the training images",
        test_shape=test_images.shape[1:],
        train_shape=train_images.shape[1:],
    )


def held_out_rows(num_images: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows to train on, in order, and every tenth row, drawn by the seed, to test on."""
    order = np.random.default_rng(seed).permutation(num_images)
    return np.setdiff1d(order, order[::10]), order[::10]


def training_shape(image_shape: tuple[int, int, int]) -> tuple[int, int, int]:
    """(height, width, channels) at which networks are trained: as given, or the longer side shrunk to 64."""
    height, width, channels = image_shape
    scale = min(1.0, _MAX_SIDE_PX / max(height, width))
    return max(1, round(height * scale)), max(1, round(width * scale)), channels
