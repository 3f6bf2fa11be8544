"""Size and channels of images: one rule for every source.

An image that has not the wanted size is cropped to the square in its centre, and the square is resized with Pillow's
Lanczos filter, which widens with the reduction (antialiased). Lanczos keeps more detail than a box or bicubic filter at
the small sizes that a GAN is trained on; its overshoot at hard edges is clipped. Colour becomes grey by ITU-R 601 luma,
as in Pillow.
"""

import numpy as np
from PIL import Image

from tfgan_suite.core.checks import require

_LUMA = np.array([19595, 38470, 7471], np.uint32)
"""0.299, 0.587, 0.114 in units of 2^-16."""


def describe_resize(image_size: int) -> str:
    """The rule in words, for protocols and reports."""
    return f"centre square crop, Lanczos (Pillow, antialiased) to {image_size}x{image_size}"


def crop_and_resize(picture: Image.Image, image_size: int) -> Image.Image:
    """Cuts the largest square from the centre (half pixels go down) and resizes it to `image_size` pixels a side."""
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    square = picture.crop((left, top, left + side, top + side))
    return square if side == image_size else square.resize((image_size, image_size), Image.Resampling.LANCZOS)


def crop_and_resize_array(image_uint8: np.ndarray, image_size: int) -> np.ndarray:
    """`crop_and_resize` for one uint8 [H, W, 1 or 3] array; uint8 [image_size, image_size, 1 or 3]."""
    channels = image_uint8.shape[-1]
    picture = Image.fromarray(image_uint8[..., 0] if channels == 1 else image_uint8)
    return np.asarray(crop_and_resize(picture, image_size)).reshape(image_size, image_size, channels)


def convert_channels(images_uint8: np.ndarray, channels: int | None) -> np.ndarray:
    """Makes uint8 [..., 1 or 3] grey or colour.

    Args:
        images_uint8: uint8 [..., C], C = 1 or 3.
        channels: 1, 3, or None to leave them.

    Returns:
        uint8 [..., channels]; the array itself if nothing changes.
    """
    if channels is None or channels == images_uint8.shape[-1]:
        return images_uint8
    if channels == 3:
        return np.repeat(images_uint8, 3, axis=-1)
    return ((images_uint8 @ _LUMA + 2**15) >> 16).astype(np.uint8)[..., np.newaxis]


def conform(images_uint8: np.ndarray, image_size: int | None, channels: int | None) -> tuple[np.ndarray, str]:
    """Brings images of one common size to the wanted size and channels.

    Args:
        images_uint8: uint8 [N, H, W, C], C = 1 or 3.
        image_size: pixels a side; None leaves the size.
        channels: 1, 3, or None to leave them.

    Returns:
        The images, and how they got their size in words ("none" if it was left).

    Raises:
        ValueError: a number of channels that is neither 1 nor 3.
    """
    require(
        images_uint8.shape[-1] in (1, 3),
        "Images must have 1 channel (grey) or 3 (red, green, blue), on the last axis",
        "Transpose images that have the channels first; blend an alpha channel into the colours.",
        images_shape=images_uint8.shape,
    )
    images_uint8 = convert_channels(images_uint8, channels)
    if image_size is None or images_uint8.shape[1:3] == (image_size, image_size):
        return images_uint8, "none"
    resized = np.empty((len(images_uint8), image_size, image_size, images_uint8.shape[-1]), np.uint8)
    for index, image in enumerate(images_uint8):
        resized[index] = crop_and_resize_array(image, image_size)
    return resized, describe_resize(image_size)
