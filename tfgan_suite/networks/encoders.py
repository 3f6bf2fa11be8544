"""Networks that learn features without labels: an autoencoder's two halves, and one that tells rotations apart."""

import functools
import random
from collections.abc import Callable

import keras
from keras import layers

from tfgan_suite.core.checks import require, require_positive
from tfgan_suite.networks import blocks

CODE, ROTATION_LOGITS = "code", "logits"
ROTATION_BLOCKS = ("block1", "block2", "block3", "block4")
MIN_ROTATED_PX = 8
_BASE_PX = 4
_MAX_WIDENING = 8


def conv_encoder(
    image_shape: tuple[int, int, int], code_dims: int = 128, num_filters: int = 64, *, seed: int = 0
) -> keras.Model:
    """Encoder of an autoencoder: 4x4 convolutions with stride 2 and leaky ReLU 0.2 to a map of at most 4x4, and linear.

    For the autoencoder clusters of Logo-GAN (Sage et al. 2018), and wherever images become vectors.

    Args:
        image_shape: (height, width, channels), each at least 1.
        code_dims: length of the code.
        num_filters: filters of the first convolution; each further one has twice as many, up to 8 times.
        seed: of the initial weights.

    Returns:
        Model "images" float [N, H, W, C] in [-1, 1] -> "code" float32 [N, code_dims].

    Raises:
        ValueError: an image shape that is not three positive numbers, or a number below 1.

    Departure: the sizes are this project's own; there is no batch norm, so that a code depends on its image alone.
    """
    image_shape = _three_positive(image_shape)
    require_positive(code_dims=code_dims, num_filters=num_filters)
    new_seed = _seeds("encoder", seed)
    hidden = images = blocks.images_input(image_shape)
    for index, filters in enumerate(_filters(image_shape, num_filters), start=1):
        hidden = layers.Conv2D(
            filters, 4, 2, "same", kernel_initializer=keras.initializers.HeNormal(new_seed()), name=f"down{index}_conv"
        )(hidden)
        hidden = blocks.lrelu(hidden, f"down{index}_lrelu")
    hidden = layers.Flatten(name="flat")(hidden)  # [N, h * w * filters]
    code = blocks.float32_linear(hidden, code_dims, keras.initializers.GlorotUniform(new_seed()), CODE)
    return keras.Model(images, code, name="conv_encoder")


def conv_decoder(
    image_shape: tuple[int, int, int], code_dims: int = 128, num_filters: int = 64, *, seed: int = 0
) -> keras.Model:
    """Decoder of an autoencoder: the layers of `conv_encoder` in reverse, with transposed convolutions, and tanh.

    Args: as `conv_encoder`.

    Returns:
        Model "code" float [N, code_dims] -> images float32 [N, H, W, C] in [-1, 1].

    Raises:
        ValueError: as `conv_encoder`.
    """
    image_shape = _three_positive(image_shape)
    require_positive(code_dims=code_dims, num_filters=num_filters)
    new_seed, filters = _seeds("decoder", seed), _filters(image_shape, num_filters)
    *sizes, base = _map_sizes(image_shape)
    code = keras.Input((code_dims,), dtype=blocks.output_dtype(), name=CODE)
    hidden = layers.Dense(
        base[0] * base[1] * filters[-1], kernel_initializer=keras.initializers.HeNormal(new_seed()), name="stem_linear"
    )(code)
    hidden = layers.Reshape((*base, filters[-1]), name="stem_maps")(hidden)  # [N, h * w * f] -> [N, h, w, f]
    hidden = blocks.lrelu(hidden, "stem_lrelu")
    widths = [*reversed(filters[:-1]), image_shape[2]]
    for index, (size, width) in enumerate(zip(reversed(sizes), widths, strict=True), start=1):
        is_last = index == len(sizes)
        kind = keras.initializers.GlorotUniform if is_last else keras.initializers.HeNormal
        hidden = layers.Conv2DTranspose(
            width, 4, 2, "same", kernel_initializer=kind(new_seed()), name=f"up{index}_conv"
        )(hidden)
        excess = [made - wanted for made, wanted in zip(hidden.shape[1:3], size, strict=True)]  # 1 where it is odd
        if any(excess):
            hidden = layers.Cropping2D([(0, extra) for extra in excess], name=f"up{index}_crop")(hidden)
        if not is_last:
            hidden = blocks.lrelu(hidden, f"up{index}_lrelu")
    return keras.Model(code, blocks.tanh_images(hidden), name="conv_decoder")


def rotation_network(image_shape: tuple[int, int, int], num_filters: int = 32, *, seed: int = 0) -> keras.Model:
    """RotNet (Gidaris et al. 2018) on a network in network: tells by how many quarter turns an image was rotated.

    Four blocks, each a 3x3 and two 1x1 convolutions with batch norm and ReLU; after the first the largest value, after
    the second the mean of 3x3 places is taken with stride 2; then the mean over the map and a linear layer. The paper
    found the features of the second block best for telling the classes of CIFAR-10.

    Args:
        image_shape: (size, size, channels), size at least 8.
        num_filters: of the first block's convolutions; the other blocks' have twice as many.
        seed: of the initial weights.

    Returns:
        Model "images" float [N, size, size, C] in [-1, 1] -> logits float32 [N, 4]; the layers "block1" to "block4"
        hold the maps of the blocks before pooling.

    Raises:
        ValueError: images that are not square (a quarter turn changes their shape) or below 8x8, or a number below 1.

    Departure: the paper's network in network has 160 to 192 filters, 5x5 kernels in the first two blocks and a narrower
    last convolution in the first; here a CPU trains it in minutes.
    """
    image_shape = blocks.check_image_shape(image_shape)
    require(
        image_shape[0] >= MIN_ROTATED_PX,
        f"images must have at least {MIN_ROTATED_PX} pixels a side to tell their rotations apart",
        "Load larger images with `image_size=`.",
        image_shape=image_shape,
    )
    require_positive(num_filters=num_filters)
    new_seed = _seeds("rotation", seed)
    hidden = images = blocks.images_input(image_shape)
    for name in ROTATION_BLOCKS:
        filters = num_filters if name == "block1" else 2 * num_filters
        for index, kernel_size in enumerate((3, 1, 1), start=1):
            hidden = layers.Conv2D(
                filters,
                kernel_size,
                padding="same",
                use_bias=False,
                kernel_initializer=keras.initializers.HeNormal(new_seed()),
                name=f"{name}_conv{index}",
            )(hidden)
            hidden = blocks.batch_norm(hidden, f"{name}_norm{index}")
            hidden = layers.ReLU(name=name if index == 3 else f"{name}_relu{index}")(hidden)
        if name == "block1":
            hidden = layers.MaxPooling2D(3, 2, "same", name="block1_pool")(hidden)
        if name == "block2":
            hidden = layers.AveragePooling2D(3, 2, "same", name="block2_pool")(hidden)
    pooled = layers.GlobalAveragePooling2D(name="pool")(hidden)  # [N, 2 F]
    logits = blocks.float32_linear(pooled, 4, keras.initializers.GlorotUniform(new_seed()), ROTATION_LOGITS)
    return keras.Model(images, logits, name="rotation_network")


def _three_positive(image_shape: tuple[int, int, int]) -> tuple[int, int, int]:
    image_shape = tuple(image_shape)
    require(
        len(image_shape) == 3 and all(number and number >= 1 for number in image_shape),
        "`image_shape` must be three positive numbers: height, width, channels",
        image_shape=image_shape,
    )
    return tuple(int(number) for number in image_shape)


def _map_sizes(image_shape: tuple[int, int, int]) -> list[tuple[int, int]]:
    """(height, width) of the images and after each halving (rounded up), until both are at most 4; at least one."""
    sizes = [image_shape[:2]]
    while len(sizes) == 1 or max(sizes[-1]) > _BASE_PX:
        height, width = sizes[-1]
        sizes.append((-(-height // 2), -(-width // 2)))
    return sizes


def _filters(image_shape: tuple[int, int, int], num_filters: int) -> list[int]:
    """Filters of each halving convolution."""
    return [num_filters * min(2**index, _MAX_WIDENING) for index in range(len(_map_sizes(image_shape)) - 1)]


def _seeds(network: str, seed: int) -> Callable[[], int]:
    """A function that gives a seed per layer: initialisers of one seed draw the same numbers."""
    return functools.partial(random.Random(f"{network} {seed}").randrange, 2**31)
