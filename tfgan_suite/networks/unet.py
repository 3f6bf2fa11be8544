"""The U-Net of pix2pix (Isola et al. 2017) as ModNet's generator: an image and a target label to a delta image.

ModNet thesis, section 2.5.1: pix2pix's generator with two changes. The target label enters as a one-hot vector beside
the image, here as `num_classes` constant channels, and the last activation is a tanh whose values are added to the
image, not the image itself.

The network halves the map, rounding up, until one pixel is left (five times at 28 and 32, eight times at 256), and
doubles it again; each map on the way up is joined with its equal on the way down. With 64 filters and apart from the
label's 16 * 64 * num_classes weights, the parameter counts are pix2pix's: 54,419,459 for 256x256x3, 41,833,475 for
128x128x3, 16,661,507 for 32x32x3 (the same rule, cut off at one pixel).

Departures from pix2pix: no dropout, which the thesis does not name and whose noise would make an image's delta differ
from call to call; sampling uses the moving statistics of batch normalisation, so that an image's delta does not depend
on the other images of its batch.
"""

import keras
from keras import layers

from tfgan_suite.core.checks import require, require_positive
from tfgan_suite.layers import ConcatenateLabels
from tfgan_suite.layers.patch_convolution import StridedConv2D, StridedConv2DTranspose
from tfgan_suite.networks import blocks
from tfgan_suite.networks.dcgan import halved_sizes
from tfgan_suite.networks.initializers import dcgan_normal

UNET_SIZES = (28, 32, 64, 128, 256, 512, 1024)
"""Sizes of the images that `unet_delta_generator` takes."""

KERNEL_SIZE = 4
MAX_WIDTH = 8  # times `num_filters`


def unet_delta_generator(image_shape: tuple[int, int, int], num_classes: int, num_filters: int = 64) -> keras.Model:
    """U-Net from images and target labels to delta images.

    Down: 4x4 convolutions with stride 2 after leaky ReLU 0.2 (none before the first), batch norm after all but the
    first and the innermost. Up: 4x4 transposed convolutions with stride 2 after ReLU, batch norm after all but the
    last, which ends in a tanh. Weights N(0, 0.02^2), scales of the norms N(1, 0.02^2).

    Args:
        image_shape: (size, size, channels), size one of `UNET_SIZES`.
        num_classes: number of target labels.
        num_filters: filters of the first map; the inner ones have up to 8 times as many.

    Returns:
        Model ["images" float [N, size, size, channels], "labels" int32 [N]] -> delta images float32 in [-1, 1], of the
        images' shape.

    Raises:
        ValueError: another image shape, or a number below 1.
    """
    size, _, channels = checked_shape(image_shape)
    require_positive(num_filters=num_filters)
    images, labels = blocks.images_input((size, size, channels)), blocks.labels_input(num_classes)
    sizes = halved_sizes(size, (size - 1).bit_length())
    widths = [num_filters * min(2**index, MAX_WIDTH) for index in range(len(sizes) - 1)]

    x = ConcatenateLabels(num_classes, name="images_and_labels")([images, labels])
    maps = []
    for index, width in enumerate(widths, start=1):
        if index > 1:
            x = layers.LeakyReLU(blocks.LEAKY_SLOPE, name=f"down{index}_lrelu")(x)
        x = _conv_down(x, width, f"down{index}_conv")
        if 1 < index < len(widths):
            x = _norm(x, f"down{index}_norm")
        maps.append(x)
    for index in range(len(widths) - 1, 0, -1):
        x = layers.ReLU(name=f"up{index}_relu")(x)
        x = _norm(_conv_up(x, widths[index - 1], sizes[index], f"up{index}_conv"), f"up{index}_norm")
        x = layers.Concatenate(name=f"up{index}_and_down{index}")([x, maps[index - 1]])
    x = _conv_up(layers.ReLU(name="delta_relu")(x), channels, size, "delta_conv")
    delta = layers.Activation("tanh", dtype=blocks.output_dtype(), name="delta_tanh")(x)
    return keras.Model([images, labels], delta, name="unet_delta_generator")


def checked_shape(image_shape: tuple[int, int, int]) -> tuple[int, int, int]:
    """`image_shape` as three integers.

    Raises:
        ValueError: it is not (size, size, channels) with a size of `UNET_SIZES`.
    """
    shape = blocks.check_image_shape(image_shape)
    require(
        shape[0] in UNET_SIZES,
        f"The U-Net takes images of size {', '.join(map(str, UNET_SIZES))} only",
        "Resize the images.",
        image_shape=shape,
    )
    return shape


def _conv_down(x: keras.KerasTensor, filters: int, name: str) -> keras.KerasTensor:
    return StridedConv2D(filters, KERNEL_SIZE, 2, "same", kernel_initializer=dcgan_normal(), name=name)(x)


def _conv_up(x: keras.KerasTensor, filters: int, size: int, name: str) -> keras.KerasTensor:
    return StridedConv2DTranspose(
        filters,
        KERNEL_SIZE,
        2,
        "same",
        # `size` is twice the present one, or one less.
        output_padding=None if size % 2 == 0 else 1,
        kernel_initializer=dcgan_normal(),
        name=name,
    )(x)


def _norm(x: keras.KerasTensor, name: str) -> keras.KerasTensor:
    return layers.BatchNormalization(
        momentum=0.9,
        epsilon=1e-5,
        gamma_initializer=keras.initializers.RandomNormal(1.0, 0.02),
        synchronized=True,
        name=name,
    )(x)
