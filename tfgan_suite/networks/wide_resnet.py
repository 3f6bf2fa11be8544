"""The wide residual network (Zagoruyko & Komodakis 2016, szagoruyko `wide-residual-networks`, its PyTorch version).

With 10 classes the trainable parameters are the original's: WRN-16-4 2,748,890, WRN-28-2 1,467,610, WRN-28-10
36,479,194, WRN-40-4 8,949,210; WRN-28-10 with 100 classes 36,536,884.

Departures: axes are NHWC; batch norm's moving variance is the biased one; the last map is averaged whole, whatever its
size, where the original averages 8x8, which for images of 32x32 is the same.
"""

import functools
import math
import random
from collections.abc import Callable

import keras
from keras import layers

from tfgan_suite.core.checks import require, require_positive
from tfgan_suite.networks.blocks import output_dtype
from tfgan_suite.networks.classifiers import classifier_input

STEM_FILTERS = 16
GROUPS = ((16, 1), (32, 2), (64, 2))
"""Filters before widening, and stride of the first block, of the three groups."""


def wide_resnet(
    image_shape: tuple[int, int, int],
    num_classes: int,
    *,
    depth: int = 28,
    widen_factor: int = 10,
    dropout_rate: float = 0.0,
    seed: int = 0,
    preprocess: keras.layers.Layer | None = None,
) -> keras.Model:
    """A 3x3 convolution, three groups of pre-activated residual blocks, norm, ReLU, mean over the map, linear.

    A block is norm, ReLU, 3x3 convolution, norm, ReLU, dropout, 3x3 convolution. Where the filters change, the shortcut
    is a 1x1 convolution of the first ReLU's output. Convolutions have no bias. Initial values: convolutions and the
    linear layer N(0, 2 / fan_in) with bias 0, the norms' scale uniform in [0, 1] (PyTorch's default then), shift 0.

    Args:
        image_shape: (height, width, channels), each at least 1; the original's are 32x32x3.
        num_classes: at least 2.
        depth: 6 n + 4 for n blocks in each group, n at least 1.
        widen_factor: the groups have 16, 32 and 64 times that many filters.
        dropout_rate: in [0, 1), inside the blocks; the original uses 0.3 in a few runs.
        seed: of the initial weights and of dropout.
        preprocess: a layer that the images go through first. The original subtracts the training set's mean of each
            channel and divides by its standard deviation.

    Returns:
        A model from "images" [N, H, W, C] to logits float32 [N, num_classes]; its layer "prelogits" [N, 64 *
        widen_factor] is the mean over the last map.

    Raises:
        ValueError: an image shape that is not three positive numbers, fewer than two classes, a depth that is not
            6 n + 4, a factor below 1, or a dropout rate outside [0, 1).
    """
    require(
        depth >= 10 and (depth - 4) % 6 == 0,
        "`depth` must be 6 n + 4: 10, 16, 22, 28, 34, 40, …",
        depth=depth,
    )
    require_positive(widen_factor=widen_factor)
    require(0 <= dropout_rate < 1, "`dropout_rate` must be in [0, 1)", dropout_rate=dropout_rate)
    images, x = classifier_input(image_shape, num_classes, preprocess)
    new_seed = functools.partial(random.Random(seed).randrange, 2**31)
    x = _conv(x, STEM_FILTERS, 3, 1, "stem", new_seed)
    for group, (filters, stride) in enumerate(GROUPS, start=1):
        for block in range(1, (depth - 4) // 6 + 1):
            name = f"group{group}_block{block}"
            x = _block(x, filters * widen_factor, stride if block == 1 else 1, dropout_rate, name, new_seed)
    x = _norm_relu(x, "last", new_seed)
    features = layers.GlobalAveragePooling2D(name="prelogits")(x)
    initializer = keras.initializers.RandomNormal(stddev=math.sqrt(2 / features.shape[-1]), seed=new_seed())
    logits = layers.Dense(num_classes, kernel_initializer=initializer, dtype=output_dtype(), name="logits")(features)
    return keras.Model(images, logits, name=f"wide_resnet_{depth}_{widen_factor}")


def _block(
    x: keras.KerasTensor, filters: int, stride: int, dropout_rate: float, name: str, new_seed: Callable[[], int]
) -> keras.KerasTensor:
    activated = _norm_relu(x, f"{name}_1", new_seed)
    shortcut = x if x.shape[-1] == filters else _conv(activated, filters, 1, stride, f"{name}_shortcut", new_seed)
    y = _conv(activated, filters, 3, stride, f"{name}_conv1", new_seed)
    y = _norm_relu(y, f"{name}_2", new_seed)
    if dropout_rate:
        y = layers.Dropout(dropout_rate, seed=new_seed(), name=f"{name}_dropout")(y)
    return layers.Add(name=name)([shortcut, _conv(y, filters, 3, 1, f"{name}_conv2", new_seed)])


def _norm_relu(x: keras.KerasTensor, name: str, new_seed: Callable[[], int]) -> keras.KerasTensor:
    scale = keras.initializers.RandomUniform(0, 1, seed=new_seed())
    x = layers.BatchNormalization(momentum=0.9, epsilon=1e-5, gamma_initializer=scale, name=f"{name}_norm")(x)
    return layers.ReLU(name=f"{name}_relu")(x)


def _conv(
    x: keras.KerasTensor, filters: int, kernel_size: int, stride: int, name: str, new_seed: Callable[[], int]
) -> keras.KerasTensor:
    stddev = math.sqrt(2 / (kernel_size**2 * x.shape[-1]))
    initializer = keras.initializers.RandomNormal(stddev=stddev, seed=new_seed())
    padding = "same"
    if kernel_size == 3 and stride == 2:  # the original pads both sides by one; "same" pads one side of an even map
        x, padding = layers.ZeroPadding2D(1, name=f"{name}_pad")(x), "valid"
    return layers.Conv2D(
        filters, kernel_size, stride, padding, use_bias=False, kernel_initializer=initializer, name=name
    )(x)
