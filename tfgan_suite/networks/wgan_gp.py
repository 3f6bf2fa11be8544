"""The DCGAN-size network of the WGAN-GP code base for CIFAR-10 (Gulrajani et al. 2017, igul222 `gan_cifar.py`).

For 32x32x3 and `num_filters=128` the parameter counts are the original's: generator 5,179,907, critic 4,114,689, with
batch normalisation 4,116,225. Other sizes 4 * 2^k, which the original does not make, take k blocks and filters that
halve towards the image, at most 8 * num_filters.

Departures: axes are NHWC, not NCHW; the generator's batch normalisation uses moving averages (momentum 0.9) in
inference, where the original takes batch statistics also when it samples.
"""

import keras
from keras import layers

from tfgan_suite.core.checks import require_in, require_positive
from tfgan_suite.layers.patch_convolution import StridedConv2D, StridedConv2DTranspose
from tfgan_suite.networks import blocks
from tfgan_suite.networks.initializers import iwgan_conv, iwgan_linear, iwgan_transposed_conv

KERNEL_SIZE = 5
MAX_FILTERS_FACTOR = 8


def block_filters(image_shape: tuple[int, int, int], num_filters: int) -> list[int]:
    """Filters of the maps of size 4, 8, ..., size / 2: halving towards the image, at most 8 * num_filters.

    Raises:
        ValueError: the size is not 4 * 2^k from 8 to 256, or `num_filters` is below 1.
    """
    require_positive(num_filters=num_filters)
    steps = range(blocks.num_doublings(image_shape))
    return [num_filters * min(2**step, MAX_FILTERS_FACTOR) for step in reversed(steps)]


def conv_down(x: keras.KerasTensor, filters: int, name: str) -> keras.KerasTensor:
    """5x5 convolution with stride 2."""
    initializer = iwgan_conv(KERNEL_SIZE, x.shape[-1], filters, stride=2)
    return StridedConv2D(filters, KERNEL_SIZE, 2, "same", kernel_initializer=initializer, name=name)(x)


def conv_up(x: keras.KerasTensor, filters: int, name: str) -> keras.KerasTensor:
    """5x5 transposed convolution with stride 2."""
    initializer = iwgan_transposed_conv(KERNEL_SIZE, x.shape[-1], filters)
    return StridedConv2DTranspose(filters, KERNEL_SIZE, 2, "same", kernel_initializer=initializer, name=name)(x)


def stem(x: keras.KerasTensor, filters: int) -> keras.KerasTensor:
    """The first linear layer, [N, D] -> [N, 4 * 4 * filters]."""
    units = blocks.BASE_SIZE**2 * filters
    return layers.Dense(units, kernel_initializer=iwgan_linear(x.shape[-1], units), name="stem_linear")(x)


def wgan_gp_generator(image_shape: tuple[int, int, int], latent_dim: int = 128, num_filters: int = 128) -> keras.Model:
    """Generator: linear, batch norm per unit, ReLU, then transposed 5x5 convolutions with batch norm and ReLU, tanh.

    Args:
        image_shape: (size, size, channels), size 8, 16, 32, 64, 128 or 256.
        latent_dim: length of the latents.
        num_filters: filters of the largest inner map.

    Returns:
        Model "latents" float [N, latent_dim] -> images float32 [N, size, size, channels] in [-1, 1].

    Raises:
        ValueError: an image size that the network cannot make, or a number below 1.
    """
    filters = block_filters(image_shape, num_filters)
    latents = blocks.latents_input(latent_dim)
    x = stem(latents, filters[0])
    x = layers.ReLU(name="stem_relu")(blocks.batch_norm(x, "stem_norm"))
    x = layers.Reshape((blocks.BASE_SIZE, blocks.BASE_SIZE, filters[0]), name="stem_maps")(
        x
    )  # [N, 16 F] -> [N, 4, 4, F]
    for index, width in enumerate(filters[1:], start=1):
        x = blocks.batch_norm(conv_up(x, width, f"up{index}_conv"), f"up{index}_norm")
        x = layers.ReLU(name=f"up{index}_relu")(x)
    x = conv_up(x, image_shape[-1], "images_conv")
    return keras.Model(latents, blocks.tanh_images(x), name="wgan_gp_generator")


def wgan_gp_discriminator(image_shape: tuple[int, int, int], num_filters: int = 128, norm: str = "none") -> keras.Model:
    """Discriminator or critic: 5x5 convolutions with stride 2 and leaky ReLU 0.2, then one linear layer.

    Args:
        image_shape: (size, size, channels), size 8, 16, 32, 64, 128 or 256.
        num_filters: filters of the first convolution.
        norm: of every convolution but the first: "none" (the original under a gradient penalty), "layer"
            (`CriticLayerNormalization`, also valid under the penalty) or "batch" (the original's other modes; not
            valid under a gradient penalty).

    Returns:
        Model "images" -> logits float32 [N, 1]; the layer "features" holds the flattened last map.

    Raises:
        ValueError: an image size that the network cannot read, a number below 1, or an unknown norm.
    """
    require_in(("none", "batch", "layer"), norm=norm)
    filters = block_filters(image_shape, num_filters)
    images = x = blocks.images_input(image_shape)
    for index, width in enumerate(reversed(filters), start=1):
        x = conv_down(x, width, f"down{index}_conv")
        x = blocks.norm(norm if index > 1 else "none", x, f"down{index}_norm")
        x = blocks.lrelu(x, f"down{index}_lrelu")
    features = layers.Flatten(name="features")(x)  # [N, 4, 4, F] -> [N, 16 F]
    logits = blocks.float32_linear(features, 1, iwgan_linear(features.shape[-1], 1), "logits")
    return keras.Model(images, logits, name="wgan_gp_discriminator")
