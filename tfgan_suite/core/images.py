"""Image arrays: uint8 <-> float32 in [-1, 1], grids and PNG files. Images are NHWC."""

import os
from collections.abc import Sequence

import numpy as np
from PIL import Image

from tfgan_suite.core.checks import require, require_positive, require_rank
from tfgan_suite.core.files import write_whole


def to_float(images_uint8: np.ndarray) -> np.ndarray:
    """uint8 in 0..255 to float32 in [-1, 1]: x / 127.5 - 1. NumPy arrays and tensors both work."""
    if isinstance(images_uint8, np.ndarray):
        return images_uint8.astype(np.float32) / np.float32(127.5) - np.float32(1)
    import tensorflow as tf

    return tf.cast(images_uint8, tf.float32) / 127.5 - 1.0


def to_uint8(images: np.ndarray) -> np.ndarray:
    """float32 in [-1, 1] to uint8 in 0..255: (x + 1) * 127.5, clipped, rounded to nearest (ties to even).

    The inverse of `to_float` for all 256 values. NumPy arrays and tensors both work. A NaN has no uint8; check first.
    """
    if isinstance(images, np.ndarray):
        return np.rint(np.clip((images + 1) * 127.5, 0, 255)).astype(np.uint8)
    import tensorflow as tf

    return tf.cast(tf.round(tf.clip_by_value((images + 1.0) * 127.5, 0.0, 255.0)), tf.uint8)


def image_grid(images_uint8: np.ndarray, num_columns: int, gap_px: int = 2) -> np.ndarray:
    """Lays images out row by row on white.

    Args:
        images_uint8: uint8 [N, H, W, C] with C = 1 or 3, N >= 1.
        num_columns: images per row; the last row may be short.
        gap_px: white pixels between neighbours.

    Returns:
        uint8 [rows * (H + gap) - gap, num_columns * (W + gap) - gap, C].

    Raises:
        ValueError: images of another rank or type, none at all, or `num_columns` below 1.
    """
    require_rank(4, images_uint8=images_uint8)
    require(images_uint8.dtype == np.uint8, "`images_uint8` must be uint8", dtype=str(images_uint8.dtype))
    require_positive(num_columns=num_columns)
    count, height, width, channels = images_uint8.shape
    require(count > 0, "`images_uint8` must hold at least one image", shape=images_uint8.shape)
    rows = -(-count // num_columns)
    grid = np.full(
        (rows * (height + gap_px) - gap_px, num_columns * (width + gap_px) - gap_px, channels),
        255,
        np.uint8,
    )
    for index, image in enumerate(images_uint8):
        top = (index // num_columns) * (height + gap_px)
        left = (index % num_columns) * (width + gap_px)
        grid[top : top + height, left : left + width] = image
    return grid


def rows_of_stages(stages: Sequence[np.ndarray], num_columns: int) -> np.ndarray:
    """Images in the order in which `image_grid` shows a row of the first stage, below it the same of the others, ...

    Args:
        stages: uint8 [N, H, W, C] each, the same things in all of them; at least one.
        num_columns: images per row of the grid; short rows are filled up with white.

    Returns:
        uint8 [rows * len(stages) * num_columns, H, W, C].
    """
    parts = []
    for start in range(0, len(stages[0]), num_columns):
        for images in stages:
            part = images[start : start + num_columns]
            parts += [part, np.full((num_columns - len(part), *part.shape[1:]), 255, np.uint8)]
    return np.concatenate(parts)


def save_png(path: str | os.PathLike, image_uint8: np.ndarray, scale: int = 1) -> None:
    """Writes one uint8 [H, W, 1 or 3] image, each pixel enlarged `scale` times, whole or not at all.

    Raises:
        ValueError: an image of another rank, type or number of channels, or `scale` below 1.
    """
    require_rank(3, image_uint8=image_uint8)
    require(
        image_uint8.dtype == np.uint8 and image_uint8.shape[-1] in (1, 3),
        "`image_uint8` must be uint8 with 1 or 3 channels",
        dtype=str(image_uint8.dtype),
        shape=image_uint8.shape,
    )
    require_positive(scale=scale)
    picture = Image.fromarray(image_uint8.squeeze(-1) if image_uint8.shape[-1] == 1 else image_uint8)
    if scale != 1:
        picture = picture.resize((picture.width * scale, picture.height * scale), Image.Resampling.NEAREST)
    with write_whole(path) as temporary:
        picture.save(temporary, format="PNG", optimize=True)
