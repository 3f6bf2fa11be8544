"""The network of DCGAN-TensorFlow (carpedm20; after Radford et al. 2016) and its AC-GAN form.

Sizes follow its rule: s2 = ceil(S / 2), s4 = ceil(s2 / 2), and so on, so every image size works. With 64 filters and
100 latents the parameter counts are the original's: generator 4,514,819 and discriminator 4,310,401 for 32x32x3,
5,135,363 and 4,316,545 for 64x64x3, 7,617,539 and 4,341,121 for 128x128x3, 4,511,617 and 4,307,201 for 28x28x1. The
conditional pair for MNIST is in `networks.dcgan_conditional`.

`norm="none"` and `num_convolutions=3` are the weakened and the small DCGAN of the ModNet thesis (section 3.3.2).

Departure: batch normalisation is synchronised over replicas. The original also normalises real and fake batches apart,
which is a matter of how the discriminator is called.
"""

from typing import Literal

import keras
from keras import layers

from tfgan_suite.core.checks import require_in, require_positive
from tfgan_suite.layers import ConcatenateLabels
from tfgan_suite.layers.patch_convolution import StridedConv2D, StridedConv2DTranspose
from tfgan_suite.networks import blocks
from tfgan_suite.networks.initializers import dcgan_conv, dcgan_normal

KERNEL_SIZE = 5
NUM_BLOCKS = 4

Norm = Literal["batch", "none"]
NumConvolutions = Literal[3, 4]


def halved_sizes(size: int, num_halvings: int) -> list[int]:
    """[S, ceil(S / 2), ceil(S / 4), ...]: the size itself and that after each halving, rounded up."""
    sizes = [size]
    for _ in range(num_halvings):
        sizes.append(-(-sizes[-1] // 2))
    return sizes


def linear(x: keras.KerasTensor, units: int, name: str) -> keras.KerasTensor:
    """Linear layer, weights N(0, 0.02^2)."""
    return layers.Dense(units, kernel_initializer=dcgan_normal(), name=name)(x)


def conv_down(x: keras.KerasTensor, filters: int, name: str, stride: int = 2) -> keras.KerasTensor:
    """5x5 convolution with stride 2, or another."""
    return StridedConv2D(filters, KERNEL_SIZE, stride, "same", kernel_initializer=dcgan_conv(), name=name)(x)


def conv_up(x: keras.KerasTensor, filters: int, size: int, name: str, stride: int = 2) -> keras.KerasTensor:
    """5x5 transposed convolution to `size`, which is `stride` times the present size, or less by up to stride - 1."""
    exact = size == stride * x.shape[1]
    return StridedConv2DTranspose(
        filters,
        KERNEL_SIZE,
        stride,
        "same",
        # Gives the other sizes as TensorFlow's conv2d_transpose does for the same output size.
        output_padding=None if exact else size - stride * (x.shape[1] - 1) - 1,
        kernel_initializer=dcgan_normal(),
        name=name,
    )(x)


def dcgan_generator(
    image_shape: tuple[int, int, int],
    latent_dim: int = 100,
    num_filters: int = 64,
    norm: Norm = "batch",
    num_convolutions: NumConvolutions = 4,
) -> keras.Model:
    """Generator: linear, batch norm per channel, ReLU, three transposed convolutions with both, one with tanh.

    Args:
        image_shape: (size, size, channels), any size.
        latent_dim: length of the latents.
        num_filters: filters of the largest inner map; the smallest one has 8 times as many.
        norm: "none" leaves batch normalisation out: the weakened DCGAN.
        num_convolutions: 3 leaves the last one out and lets the third make the images, by a stride of 4: the small
            DCGAN. The thesis says "modified to match the output" of the fourth, not how.

    Returns:
        Model "latents" float [N, latent_dim] -> images float32 [N, size, size, channels] in [-1, 1].

    Raises:
        ValueError: `image_shape` is not (size, size, channels), a number below 1, or an unknown variant.
    """
    image_shape = blocks.check_image_shape(image_shape)
    latents = blocks.latents_input(latent_dim)
    images = _generator_body(latents, image_shape, num_filters, norm, num_convolutions)
    return keras.Model(latents, images, name="dcgan_generator")


def dcgan_discriminator(
    image_shape: tuple[int, int, int],
    num_filters: int = 64,
    num_outputs: int = 1,
    norm: Norm = "batch",
    num_convolutions: NumConvolutions = 4,
) -> keras.Model:
    """Discriminator: four 5x5 convolutions with stride 2 and leaky ReLU 0.2, all but the first with batch norm.

    With batch norm not for a gradient penalty or R1: it mixes the samples, and its second gradient is not exact.

    Args:
        image_shape: (size, size, channels), any size.
        num_filters: filters of the first convolution; the last one has 8 times as many.
        num_outputs: logits; 1, or one per class.
        norm: "none" leaves batch normalisation out: the weakened DCGAN.
        num_convolutions: 3 leaves the last one out and gives the third its filters and, by a stride of 4, the size of
            its maps: the small DCGAN.

    Returns:
        Model "images" -> logits float32 [N, num_outputs]; the layer "features" holds the flattened last map.

    Raises:
        ValueError: `image_shape` is not (size, size, channels), a number below 1, or an unknown variant.
    """
    require_positive(num_outputs=num_outputs)
    images = blocks.images_input(blocks.check_image_shape(image_shape))
    features = _discriminator_body(images, num_filters, norm, num_convolutions)
    logits = blocks.float32_linear(features, num_outputs, dcgan_normal(), "logits")
    return keras.Model(images, logits, name="dcgan_discriminator")


def acgan_generator(
    image_shape: tuple[int, int, int], num_classes: int, latent_dim: int = 100, num_filters: int = 64
) -> keras.Model:
    """AC-GAN's generator (Odena et al. 2017) on the DCGAN network: the one-hot label is appended to the latents.

    Args: as `dcgan_generator`, and the number of labels `num_classes`.

    Returns:
        Model ["latents" float [N, latent_dim], "labels" int32 [N]] -> images float32 in [-1, 1].

    Raises:
        ValueError: as `dcgan_generator`.
    """
    image_shape = blocks.check_image_shape(image_shape)
    latents, labels = blocks.latents_input(latent_dim), blocks.labels_input(num_classes)
    conditioned = ConcatenateLabels(num_classes, name="latents_and_labels")([latents, labels])
    images = _generator_body(conditioned, image_shape, num_filters)
    return keras.Model([latents, labels], images, name="acgan_generator")


def acgan_discriminator(image_shape: tuple[int, int, int], num_classes: int, num_filters: int = 64) -> keras.Model:
    """AC-GAN's discriminator (Odena et al. 2017) on the DCGAN network: a second linear head names the class.

    Args: as `dcgan_discriminator`, and the number of labels `num_classes`.

    Returns:
        Model "images" -> {"logits": float32 [N, 1], "class_logits": float32 [N, num_classes]}.

    Raises:
        ValueError: as `dcgan_discriminator`.
    """
    require_positive(num_classes=num_classes)
    images = blocks.images_input(blocks.check_image_shape(image_shape))
    features = _discriminator_body(images, num_filters)
    outputs = {
        "logits": blocks.float32_linear(features, 1, dcgan_normal(), "logits"),
        "class_logits": blocks.float32_linear(features, num_classes, dcgan_normal(), "class_logits"),
    }
    return keras.Model(images, outputs, name="acgan_discriminator")


def _generator_body(
    x: keras.KerasTensor,
    image_shape: tuple[int, int, int],
    num_filters: int,
    norm: Norm = "batch",
    num_convolutions: NumConvolutions = 4,
) -> keras.KerasTensor:
    _check_variant(num_filters, norm, num_convolutions)
    size, _, channels = image_shape
    *sizes, base = halved_sizes(size, NUM_BLOCKS)
    width = num_filters * 2 ** (NUM_BLOCKS - 1)
    x = linear(x, base * base * width, "stem_linear")
    x = layers.Reshape((base, base, width), name="stem_maps")(x)  # [N, s16 * s16 * 8 F] -> [N, s16, s16, 8 F]
    x = layers.ReLU(name="stem_relu")(blocks.norm(norm, x, "stem_norm"))
    for index, up_size in enumerate(sizes[:-num_convolutions:-1], start=1):
        width //= 2
        x = blocks.norm(norm, conv_up(x, width, up_size, f"up{index}_conv"), f"up{index}_norm")
        x = layers.ReLU(name=f"up{index}_relu")(x)
    return blocks.tanh_images(conv_up(x, channels, size, "images_conv", _last_stride(num_convolutions)))


def _discriminator_body(
    x: keras.KerasTensor, num_filters: int, norm: Norm = "batch", num_convolutions: NumConvolutions = 4
) -> keras.KerasTensor:
    _check_variant(num_filters, norm, num_convolutions)
    for index in range(1, num_convolutions + 1):
        last = index == num_convolutions
        width = num_filters * 2 ** (NUM_BLOCKS - 1 if last else index - 1)
        x = conv_down(x, width, f"down{index}_conv", _last_stride(num_convolutions) if last else 2)
        if index > 1:
            x = blocks.norm(norm, x, f"down{index}_norm")
        x = blocks.lrelu(x, f"down{index}_lrelu")
    return layers.Flatten(name="features")(x)  # [N, s16, s16, 8 F] -> [N, s16 * s16 * 8 F]


def _last_stride(num_convolutions: int) -> int:
    """The last convolution goes the way of those that are left out."""
    return 2 ** (1 + NUM_BLOCKS - num_convolutions)


def _check_variant(num_filters: int, norm: str, num_convolutions: int) -> None:
    require_positive(num_filters=num_filters)
    require_in(("batch", "none"), norm=norm)
    require_in((3, 4), num_convolutions=num_convolutions)
