"""InfoGAN's networks for MNIST (Chen et al. 2016, appendix C.1, table 1), without its codes.

Two strided convolutions and a wide dense layer where DCGAN has four convolutions: on images as small as MNIST's they
learn in some hundred steps. For 28x28x1, 64 filters and 100 latents: generator 6,679,105 and discriminator 6,559,169
parameters. The paper trains them with Adam, 1e-3 for the generator and 2e-4 for the discriminator.

Their class head and their labels here are AC-GAN's (`networks.dcgan.acgan_generator`).

Departures: tanh in place of the sigmoid, as all images here are in [-1, 1]; the last layer of the discriminator is its
logit alone.
"""

import keras
from keras import layers

from tfgan_suite.core.checks import require, require_positive
from tfgan_suite.layers import ConcatenateLabels
from tfgan_suite.layers.patch_convolution import StridedConv2D, StridedConv2DTranspose
from tfgan_suite.networks import blocks
from tfgan_suite.networks.initializers import dcgan_conv, dcgan_normal

KERNEL_SIZE, STRIDE = 4, 2
LEAKY_SLOPE = 0.1
DENSE_FACTOR = 16  # units of the dense layer per filter: 1,024 for 64


def infogan_generator(
    image_shape: tuple[int, int, int], latent_dim: int = 100, num_filters: int = 64, num_classes: int | None = None
) -> keras.Model:
    """Generator: two dense layers and a transposed convolution with batch norm and ReLU, one with tanh.

    Args:
        image_shape: (size, size, channels), the size a multiple of 4.
        latent_dim: length of the latents.
        num_filters: of the largest inner map; the smaller one has twice as many, the first dense layer 16 times.
        num_classes: number of labels, whose one-hot form is appended to the latents; None: there are none.

    Returns:
        Model "latents" float [N, latent_dim], or ["latents", "labels" int32 [N]] -> images float32 [N, size, size,
        channels] in [-1, 1].

    Raises:
        ValueError: another size, or a number below 1.
    """
    size, _, channels = _checked_shape(image_shape)
    require_positive(num_filters=num_filters)
    base, width = size // STRIDE**2, 2 * num_filters
    inputs = x = blocks.latents_input(latent_dim)
    if num_classes is not None:
        inputs = [x, blocks.labels_input(num_classes)]
        x = ConcatenateLabels(num_classes, name="latents_and_labels")(inputs)
    x = _normalised(_dense(x, DENSE_FACTOR * num_filters, "dense"), "dense")
    x = _normalised(_dense(x, base * base * width, "maps"), "maps")
    x = layers.Reshape((base, base, width), name="maps_reshaped")(x)
    x = _normalised(_conv_up(x, num_filters, "up"), "up")
    return keras.Model(inputs, blocks.tanh_images(_conv_up(x, channels, "images")), name="infogan_generator")


def infogan_discriminator(
    image_shape: tuple[int, int, int], num_filters: int = 64, num_outputs: int = 1, num_classes: int | None = None
) -> keras.Model:
    """Discriminator: two strided convolutions and a dense layer with leaky ReLU 0.1, all but the first with batch norm.

    With batch norm not for a gradient penalty or R1, as `dcgan_discriminator`.

    Args:
        image_shape: (size, size, channels), the size a multiple of 4.
        num_filters: of the first convolution; the second has twice as many, the dense layer 16 times.
        num_outputs: logits; 1, or one per class.
        num_classes: adds a linear head that names the class, as AC-GAN's; None: none.

    Returns:
        Model "images" -> logits float32 [N, num_outputs], or {"logits": the same, "class_logits": float32 [N,
        num_classes]}; the layer "features" holds the dense layer's output.

    Raises:
        ValueError: another size, or a number below 1.
    """
    images = blocks.images_input(_checked_shape(image_shape))
    require_positive(num_filters=num_filters, num_outputs=num_outputs)
    x = layers.LeakyReLU(LEAKY_SLOPE, name="down1_lrelu")(_conv_down(images, num_filters, "down1"))
    x = blocks.batch_norm(_conv_down(x, 2 * num_filters, "down2"), "down2_norm")
    x = layers.Flatten(name="flat")(layers.LeakyReLU(LEAKY_SLOPE, name="down2_lrelu")(x))
    x = blocks.batch_norm(_dense(x, DENSE_FACTOR * num_filters, "dense"), "dense_norm")
    x = layers.LeakyReLU(LEAKY_SLOPE, name="features")(x)
    logits = blocks.float32_linear(x, num_outputs, dcgan_normal(), "logits")
    if num_classes is not None:
        logits = {
            "logits": logits,
            "class_logits": blocks.float32_linear(x, num_classes, dcgan_normal(), "class_logits"),
        }
    return keras.Model(images, logits, name="infogan_discriminator")


def _checked_shape(image_shape: tuple[int, int, int]) -> tuple[int, int, int]:
    image_shape = blocks.check_image_shape(image_shape)
    require(
        image_shape[0] % STRIDE**2 == 0,
        "InfoGAN's networks make images whose size is a multiple of 4",
        "Resize the images, or take the `dcgan` networks, which make any size.",
        image_shape=image_shape,
    )
    return image_shape


def _dense(x: keras.KerasTensor, units: int, name: str) -> keras.KerasTensor:
    return layers.Dense(units, kernel_initializer=dcgan_normal(), name=name)(x)


def _conv_down(x: keras.KerasTensor, filters: int, name: str) -> keras.KerasTensor:
    return StridedConv2D(filters, KERNEL_SIZE, STRIDE, "same", kernel_initializer=dcgan_conv(), name=f"{name}_conv")(x)


def _conv_up(x: keras.KerasTensor, filters: int, name: str) -> keras.KerasTensor:
    return StridedConv2DTranspose(
        filters, KERNEL_SIZE, STRIDE, "same", kernel_initializer=dcgan_normal(), name=f"{name}_conv"
    )(x)


def _normalised(x: keras.KerasTensor, name: str) -> keras.KerasTensor:
    return layers.ReLU(name=f"{name}_relu")(blocks.batch_norm(x, f"{name}_norm"))
