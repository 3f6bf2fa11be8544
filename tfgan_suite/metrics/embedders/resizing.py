"""How embedders bring images to their network's size: a table of named rules.

The rule changes a score more than many a model does (Parmar et al. 2022), so that it is part of every protocol.
"""

import dataclasses
from collections.abc import Callable

import tensorflow as tf

from tfgan_suite.layers.resizing import bilinear


@dataclasses.dataclass(frozen=True)
class ResizeMode:
    """A rule of resizing.

    Attributes:
        words: for protocols.
        resize: a function of images float32 [n, H, W, C] in 0..255 and of (height, width).
    """

    words: str
    resize: Callable[[tf.Tensor, tuple[int, int]], tf.Tensor]


def legacy_tf(images: tf.Tensor, size: tuple[int, int]) -> tf.Tensor:
    """TensorFlow 1's bilinear, as in the Inception graph of 2015-12-05: output row r reads input row r * H / height.

    Nothing is anti-aliased, and everything moves up and left by half a pixel.
    """
    return tf.compat.v1.image.resize_bilinear(images, size)


def clean(images: tf.Tensor, size: tuple[int, int]) -> tf.Tensor:
    """Pillow's bicubic (a = -0.5, anti-aliased) of each channel in floats, clipped to 0..255, as clean-fid 0.1.35.

    TensorFlow's anti-aliased bicubic is the same filter as Pillow's: on 0..255 they differ by less than 0.01.
    """
    return tf.clip_by_value(tf.image.resize(images, size, method="bicubic", antialias=True), 0.0, 255.0)


RESIZE_MODES = {
    "bilinear": ResizeMode("bilinear (half-pixel centres, anti-aliased when shrinking)", bilinear),
    "legacy_tf": ResizeMode("legacy bilinear (corners not aligned, no half-pixel centres)", legacy_tf),
    "clean": ResizeMode("clean bicubic (Pillow's, anti-aliased, floats clipped to 0..255)", clean),
}
