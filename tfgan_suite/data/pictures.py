"""Picture files -> uint8 arrays, whatever their mode."""

import os
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from tfgan_suite.data.resizing import crop_and_resize

SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".pbm", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp")

_GREY_MODES = ("1", "L", "LA", "La", "I", "I;16", "I;16B", "I;16L", "I;16N")
_EXIF_ORIENTATION = 0x0112


class Header(NamedTuple):
    """What is known of a picture before its pixels are decoded: upright size in pixels, and whether it is grey."""

    width: int
    height: int
    is_grey: bool


def read_header(path: str | os.PathLike) -> Header:
    """Reads a picture's header.

    Raises:
        OSError: the file cannot be opened or is no picture.
    """
    with Image.open(path) as picture:
        width, height = picture.size
        if picture.getexif().get(_EXIF_ORIENTATION, 1) >= 5:  # 5 to 8 lie on their side.
            width, height = height, width
        return Header(width, height, picture.mode in _GREY_MODES)


def read_picture(path: str | os.PathLike, image_size: int | None, channels: int) -> np.ndarray:
    """Reads a picture file upright, as uint8 [H, W, channels].

    Args:
        path: the file; of an animation, the first frame.
        image_size: pixels a side, reached by `crop_and_resize` if the picture is of another size; None leaves it.
        channels: 1 or 3.

    Raises:
        OSError: the file cannot be read, is truncated, or is no picture.
        ValueError: its pixels have no known range (32-bit).
    """
    with Image.open(path) as picture:
        return picture_to_array(ImageOps.exif_transpose(picture), image_size, channels)


def picture_to_array(picture: Image.Image, image_size: int | None, channels: int) -> np.ndarray:
    """A picture of any mode as uint8 [H, W, channels].

    16-bit values v become round(v / 257). A transparent picture is laid on white. Palettes and other colour spaces
    become red, green, blue; colour becomes grey by ITU-R 601 luma.

    Raises:
        OSError: the pixels cannot be decoded.
        ValueError: its pixels have no known range (32-bit).
    """
    picture = _eight_bit(picture)
    if "A" in picture.mode or "a" in picture.mode or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
    picture = picture.convert("L" if channels == 1 else "RGB")
    if image_size is not None and picture.size != (image_size, image_size):
        picture = crop_and_resize(picture, image_size)
    return np.asarray(picture).reshape(picture.height, picture.width, channels)


def reason(error: Exception) -> str:
    """Why a file could not be read, in a few words."""
    if isinstance(error, UnidentifiedImageError):
        return "not a picture in a known format"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__


def _eight_bit(picture: Image.Image) -> Image.Image:
    if picture.mode != "F" and not picture.mode.startswith("I"):
        return picture
    values = np.asarray(picture)
    if picture.mode == "F" or values.min() < 0 or values.max() > 65535:
        raise ValueError("32-bit pixels, whose range is not known")
    return Image.fromarray(np.rint(values / 257).astype(np.uint8))
