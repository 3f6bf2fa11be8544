"""The networks of Self-conditioned GAN for Stacked-MNIST and CIFAR-10 (Liu et al. 2020, code base `dcgan_*`).

For 32x32x3 the parameter counts are the original's: generator 3,812,355, with 100 labels 5,935,107; deep discriminator
2,935,873, with 100 outputs 3,746,980; shallow one 2,760,513 and 2,963,364. Other sizes 4 * 2^k, which the original does
not make, take k steps and filters that double away from the image, at most 8 * num_filters.

All weights and biases start with PyTorch's defaults (`initializers.torch_uniform`).

Departures: axes are NHWC, not NCHW. Batch normalisation (epsilon 1e-5, momentum 0.9 in Keras' convention) is
synchronised over replicas, and its moving variance averages biased variances, PyTorch's unbiased ones: at most 0.4 %
apart for 64 images of 32x32. The label embedding has an epsilon (`layers.label_embedding`).
"""

from collections.abc import Callable
from typing import Any

import keras
from keras import layers

from tfgan_suite.core.checks import require_positive
from tfgan_suite.layers.activations import CriticLeakyReLU
from tfgan_suite.layers.label_embedding import NormalizedLabelEmbedding
from tfgan_suite.layers.patch_convolution import StridedConv2D, StridedConv2DTranspose
from tfgan_suite.networks import blocks
from tfgan_suite.networks.initializers import torch_defaults

MAX_FILTERS_FACTOR = 8
DEEP_SLOPE = 0.1

Heads = keras.KerasTensor | dict[str, keras.KerasTensor]


def conditioned_latents(
    latent_dim: int, num_classes: int | None, label_dims: int
) -> tuple[keras.KerasTensor | list[keras.KerasTensor], keras.KerasTensor]:
    """The inputs of a generator, and its latents followed by the label's embedding if there are labels."""
    latents = blocks.latents_input(latent_dim)
    if num_classes is None:
        return latents, latents
    labels = blocks.labels_input(num_classes)
    embedding = NormalizedLabelEmbedding(num_classes, label_dims, name="label_embedding")(labels)
    return [latents, labels], layers.Concatenate(name="latents_and_labels")([latents, embedding])


def linear_heads(
    features: keras.KerasTensor,
    num_outputs: int,
    num_class_logits: int | None,
    initializers: Callable[[int], dict[str, Any]] = torch_defaults,
) -> Heads:
    """Float32 linear heads: logits [N, num_outputs], or a dict with "logits" and "class_logits".

    Args:
        features: [N, D].
        num_outputs: logits, one per label or a single one.
        num_class_logits: class logits; None leaves this head out.
        initializers: D -> keyword arguments of a head, with new initialisers each time.
    """
    require_positive(num_outputs=num_outputs)
    widths = {"logits": num_outputs}
    if num_class_logits is not None:
        require_positive(num_class_logits=num_class_logits)
        widths["class_logits"] = num_class_logits
    outputs = {
        name: layers.Dense(units, dtype=blocks.output_dtype(), name=name, **initializers(features.shape[-1]))(features)
        for name, units in widths.items()
    }
    return outputs["logits"] if num_class_logits is None else outputs


def packed_images_input(image_shape: tuple[int, int, int], packing: int) -> keras.KerasTensor:
    """The input "images" of a discriminator that sees `packing` images at once, joined along the channels."""
    require_positive(packing=packing)
    *sizes, channels = blocks.check_image_shape(image_shape)
    return blocks.images_input((*sizes, packing * channels))


def self_conditioned_generator(
    image_shape: tuple[int, int, int],
    num_classes: int | None = None,
    latent_dim: int = 128,
    label_dims: int = 256,
    num_filters: int = 64,
) -> keras.Model:
    """Generator: linear, 4x4 transposed convolutions with batch norm and ReLU, a 3x3 convolution, tanh.

    Args:
        image_shape: (size, size, channels), size 8, 16, 32, 64, 128 or 256.
        num_classes: number of labels or clusters; None makes an unconditional generator.
        latent_dim: length of the latents.
        label_dims: length of the label's embedding, which follows the latents.
        num_filters: filters of the largest map.

    Returns:
        Model "latents" float [N, latent_dim], or with `num_classes` ["latents", "labels" int32 [N]], -> images float32
        [N, size, size, channels] in [-1, 1].

    Raises:
        ValueError: an image size that the network cannot make, or a number below 1.
    """
    stem, *filters = reversed(_filters(image_shape, num_filters))
    inputs, x = conditioned_latents(latent_dim, num_classes, label_dims)
    base = blocks.BASE_SIZE
    # Neither norm nor activation before the first transposed convolution, as in the original.
    x = layers.Dense(base * base * stem, name="stem_linear", **torch_defaults(x.shape[-1]))(x)
    x = layers.Reshape((base, base, stem), name="stem_maps")(x)  # [N, 16 F] -> [N, 4, 4, F]
    for index, width in enumerate(filters, start=1):
        x = StridedConv2DTranspose(width, 4, 2, "same", name=f"up{index}_conv", **torch_defaults(width * 4 * 4))(x)
        x = layers.ReLU(name=f"up{index}_relu")(blocks.batch_norm(x, f"up{index}_norm"))
    x = layers.Conv2D(image_shape[-1], 3, padding="same", name="images_conv", **torch_defaults(x.shape[-1] * 9))(x)
    return keras.Model(inputs, blocks.tanh_images(x), name="self_conditioned_generator")


def deep_discriminator(
    image_shape: tuple[int, int, int],
    num_outputs: int = 1,
    packing: int = 1,
    num_class_logits: int | None = None,
    num_filters: int = 64,
) -> keras.Model:
    """Discriminator for CIFAR-10 (`dcgan_deep`): pairs of a 3x3 and a halving 4x4 convolution, leaky ReLU 0.1, no norm.

    Args:
        image_shape: (size, size, channels) of one image, size 8, 16, 32, 64, 128 or 256.
        num_outputs: logits, one per label or cluster (the label picks), or a single one.
        packing: images seen at once, joined along the channels (`layers.packing.pack_samples`).
        num_class_logits: class logits of an auxiliary classifier; None leaves it out.
        num_filters: filters of the largest maps.

    Returns:
        Model "images" float [N, size, size, packing * channels] -> logits float32 [N, num_outputs], or with
        `num_class_logits` -> {"logits", "class_logits" float32 [N, num_class_logits]}; the layer "features" holds the
        flattened last map, [N, 8192] for size 32.

    Raises:
        ValueError: an image size that the network cannot read, or a number below 1.
    """
    *filters, last = _filters(image_shape, num_filters)
    images = x = packed_images_input(image_shape, packing)
    for index, width in enumerate(filters, start=1):
        x = _conv(x, width, 3, 1, f"down{index}_conv1", DEEP_SLOPE)
        x = _conv(x, width, 4, 2, f"down{index}_conv2", DEEP_SLOPE)
    x = _conv(x, last, 3, 1, "last_conv", DEEP_SLOPE)
    features = layers.Flatten(name="features")(x)  # [N, 4, 4, 8 F] -> [N, 128 F]
    outputs = linear_heads(features, num_outputs, num_class_logits)
    return keras.Model(images, outputs, name="deep_discriminator")


def shallow_discriminator(
    image_shape: tuple[int, int, int],
    num_outputs: int = 1,
    packing: int = 1,
    num_class_logits: int | None = None,
    num_filters: int = 64,
) -> keras.Model:
    """Discriminator for Stacked-MNIST (`dcgan_shallow`): halving 4x4 convolutions with batch norm, leaky ReLU 0.2.

    Not for a gradient penalty or R1: batch norm mixes the samples, and its second gradient is not exact.

    Args: as `deep_discriminator`.

    Returns:
        As `deep_discriminator`; the layer "features" is [N, 2048] for size 32.

    Raises:
        ValueError: as `deep_discriminator`.
    """
    images = x = packed_images_input(image_shape, packing)
    for index, width in enumerate(_filters(image_shape, num_filters), start=1):
        x = _conv(x, width, 4, 2, f"down{index}_conv")
        x = blocks.lrelu(blocks.batch_norm(x, f"down{index}_norm"), f"down{index}_lrelu")
    features = layers.Flatten(name="features")(x)  # [N, 2, 2, 8 F] -> [N, 32 F]
    outputs = linear_heads(features, num_outputs, num_class_logits)
    return keras.Model(images, outputs, name="shallow_discriminator")


def _filters(image_shape: tuple[int, int, int], num_filters: int) -> list[int]:
    """Filters of the maps of size S, S / 2, ..., 4."""
    require_positive(num_filters=num_filters)
    steps = range(blocks.num_doublings(image_shape) + 1)
    return [num_filters * min(2**step, MAX_FILTERS_FACTOR) for step in steps]


def _conv(
    x: keras.KerasTensor, filters: int, kernel_size: int, stride: int, name: str, slope: float | None = None
) -> keras.KerasTensor:
    """Convolution, and with `slope` a leaky ReLU."""
    fan_in = x.shape[-1] * kernel_size**2
    x = StridedConv2D(filters, kernel_size, stride, "same", name=name, **torch_defaults(fan_in))(x)
    return x if slope is None else CriticLeakyReLU(slope, name=f"{name}_lrelu")(x)
