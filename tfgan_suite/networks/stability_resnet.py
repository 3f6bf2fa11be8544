"""The residual network of GAN_stability (Mescheder et al. 2018), in the two forms of its code base.

Self-conditioned GAN takes the form with two blocks per scale for 128x128 images of ImageNet and Places365, under R1.
The parameter counts are the originals': with two blocks, 128x128x3, generator 96,085,443, with 100 labels 100,305,347,
with 1000 labels 100,535,747, and discriminator 91,892,161, 93,514,276 and 108,260,776; with one block, 256x256x3, one
label and `label_dims=1`, generator 52,154,052 and discriminator 47,944,385.

The smallest map is 4x4, and each doubling halves the filters, from at most `max_filters` down to `num_filters`.

Departures: axes are NHWC, not NCHW. The form with two blocks has 4x4 maps for every size; the original has five
doublings always, so that its smallest map is 2x2 for size 64 and 8x8 for 256. The label embedding has an epsilon
(`layers.label_embedding`).
"""

from typing import Literal

import keras
from keras import layers

from tfgan_suite.core.checks import require, require_in, require_positive
from tfgan_suite.networks import blocks
from tfgan_suite.networks.initializers import torch_defaults, torch_uniform
from tfgan_suite.networks.self_conditioned import conditioned_latents, linear_heads, packed_images_input

SIZES = (8, 16, 32, 64, 128, 256, 512, 1024)
RESIDUAL_SCALE = 0.1


def stability_resnet_generator(
    image_shape: tuple[int, int, int],
    num_classes: int | None = None,
    latent_dim: int = 256,
    label_dims: int = 256,
    num_filters: int = 64,
    max_filters: int = 1024,
    blocks_per_scale: Literal[1, 2] = 2,
) -> keras.Model:
    """Generator: linear, residual blocks with nearest-neighbour doublings between, leaky ReLU, 3x3 convolution, tanh.

    Args:
        image_shape: (size, size, channels), size a power of two from 8 to 1024.
        num_classes: number of labels or clusters; None makes an unconditional generator.
        latent_dim: length of the latents.
        label_dims: length of the label's embedding, which follows the latents.
        num_filters: filters of the largest maps.
        max_filters: filters of the smallest maps at most.
        blocks_per_scale: residual blocks between two doublings.

    Returns:
        Model "latents" float [N, latent_dim], or with `num_classes` ["latents", "labels" int32 [N]], -> images float32
        [N, size, size, channels] in [-1, 1].

    Raises:
        ValueError: an image size that the network cannot make, a number below 1, or another number of blocks.
    """
    widths = _filters(image_shape, num_filters, max_filters)
    require_in((1, 2), blocks_per_scale=blocks_per_scale)
    inputs, x = conditioned_latents(latent_dim, num_classes, label_dims)
    base = blocks.BASE_SIZE
    x = layers.Dense(base * base * widths[-1], name="stem_linear", **torch_defaults(x.shape[-1]))(x)
    x = layers.Reshape((base, base, widths[-1]), name="stem_maps")(x)  # [N, 16 F] -> [N, 4, 4, F]
    for level in reversed(range(len(widths))):
        size = image_shape[0] // 2**level
        if size > base:
            x = layers.UpSampling2D(name=f"size{size}_double")(x)
        # A single block changes the filters before the doubling, the first of two after it.
        filters = [widths[level]] * 2 if blocks_per_scale == 2 else [widths[max(level - 1, 0)]]
        x = _scale(x, filters, f"size{size}")
    x = _conv3x3(blocks.lrelu(x, "images_lrelu"), image_shape[-1], "images_conv")
    return keras.Model(inputs, blocks.tanh_images(x), name="stability_resnet_generator")


def stability_resnet_discriminator(
    image_shape: tuple[int, int, int],
    num_outputs: int = 1,
    packing: int = 1,
    num_class_logits: int | None = None,
    num_filters: int = 64,
    max_filters: int = 1024,
    blocks_per_scale: Literal[1, 2] = 2,
) -> keras.Model:
    """Discriminator: 3x3 convolution, residual blocks with average pooling between, leaky ReLU; valid under R1.

    Args:
        image_shape: (size, size, channels) of one image, size a power of two from 8 to 1024.
        num_outputs: logits, one per label or cluster (the label picks), or a single one.
        packing: images seen at once, joined along the channels (`layers.packing.pack_samples`).
        num_class_logits: class logits of an auxiliary classifier; None leaves it out.
        num_filters: filters of the largest maps.
        max_filters: filters of the smallest maps at most.
        blocks_per_scale: residual blocks between two poolings.

    Returns:
        Model "images" float [N, size, size, packing * channels] -> logits float32 [N, num_outputs], or with
        `num_class_logits` -> {"logits", "class_logits" float32 [N, num_class_logits]}; the layer "features" holds the
        flattened last map, [N, 16384] for size 128.

    Raises:
        ValueError: an image size that the network cannot read, a number below 1, or another number of blocks.
    """
    widths = _filters(image_shape, num_filters, max_filters)
    require_in((1, 2), blocks_per_scale=blocks_per_scale)
    images = packed_images_input(image_shape, packing)
    x = _conv3x3(images, num_filters, "images_conv")
    for level, width in enumerate(widths):
        size = image_shape[0] // 2**level
        if level:
            x = halve(x, f"size{size}_halve")
        # A single block changes the filters after the pooling, the second of two before it.
        filters = [width, widths[min(level + 1, len(widths) - 1)]] if blocks_per_scale == 2 else [width]
        x = _scale(x, filters, f"size{size}")
    features = layers.Flatten(name="features")(blocks.lrelu(x, "features_lrelu"))  # [N, 4, 4, F] -> [N, 16 F]
    outputs = linear_heads(features, num_outputs, num_class_logits)
    return keras.Model(images, outputs, name="stability_resnet_discriminator")


def halve(x: keras.KerasTensor, name: str) -> keras.KerasTensor:
    """PyTorch's `avg_pool2d(x, 3, stride=2, padding=1)` on maps of even size: the padding's zeros count in the mean.

    The windows never reach a padding at the right or below, which is hence left out. TensorFlow's "same" pooling
    would pad there, and divide by the pixels inside.
    """
    x = layers.ZeroPadding2D(((1, 0), (1, 0)), name=f"{name}_padding")(x)
    return layers.AveragePooling2D(3, 2, name=name)(x)


def _filters(image_shape: tuple[int, int, int], num_filters: int, max_filters: int) -> list[int]:
    """Filters of the maps of size S, S / 2, ..., 4."""
    require_positive(num_filters=num_filters)
    size = blocks.check_image_shape(image_shape)[0]
    require(
        size in SIZES,
        f"This network makes images of size {', '.join(map(str, SIZES))} only",
        fix="Resize the images, or take the `dcgan` networks, which make any size.",
        image_shape=tuple(image_shape),
    )
    require(
        max_filters >= num_filters,
        "`max_filters` must be at least `num_filters`",
        max_filters=max_filters,
        num_filters=num_filters,
    )
    num_levels = (size // blocks.BASE_SIZE).bit_length()
    return [min(num_filters * 2**level, max_filters) for level in range(num_levels)]


def _scale(x: keras.KerasTensor, filters: list[int], name: str) -> keras.KerasTensor:
    for index, width in enumerate(filters, start=1):
        x = _block(x, width, f"{name}_block{index}")
    return x


def _block(x: keras.KerasTensor, filters: int, name: str) -> keras.KerasTensor:
    """x + 0.1 * conv(lrelu(conv(lrelu(x)))), with a 1x1 convolution on x where the filters change."""
    in_filters, shortcut = x.shape[-1], x
    if in_filters != filters:
        initializer = torch_uniform(in_filters)
        shortcut = layers.Conv2D(filters, 1, use_bias=False, kernel_initializer=initializer, name=f"{name}_shortcut")(x)
    for index, width in enumerate((min(in_filters, filters), filters), start=1):
        x = _conv3x3(blocks.lrelu(x, f"{name}_lrelu{index}"), width, f"{name}_conv{index}")
    return layers.Add(name=name)([shortcut, layers.Rescaling(RESIDUAL_SCALE, name=f"{name}_scale")(x)])


def _conv3x3(x: keras.KerasTensor, filters: int, name: str) -> keras.KerasTensor:
    return layers.Conv2D(filters, 3, padding="same", name=name, **torch_defaults(x.shape[-1] * 9))(x)
