"""The network of MGAN for CIFAR-10 (Hoang et al. 2018, code base qhoangdl/MGAN).

K generators share all but their first layer; a discriminator and a classifier, which tells the generators apart, share
all but their last. For 32x32x3 and ten generators the parameter counts are the original's: generators 12,544,131,
discriminator with classifier 4,198,411. Other sizes 4 * 2^k take the filters of `networks.wgan_gp`.

The label is the number of the generator. Each generator's first batch norm sees its own samples only
(`LabelBatchNormalization`), as in the original; a batch should hold the same number of each, there 12.

Departure: batch normalisation (epsilon 1e-5, momentum 0.9) is synchronised over replicas.
"""

import keras
from keras import layers

from tfgan_suite.core.checks import require_positive
from tfgan_suite.layers.label_dense import LabelBatchNormalization, LabelDense
from tfgan_suite.networks import blocks
from tfgan_suite.networks.dcgan import conv_down, conv_up
from tfgan_suite.networks.initializers import dcgan_normal
from tfgan_suite.networks.self_conditioned import linear_heads
from tfgan_suite.networks.wgan_gp import block_filters

HEAD_STDDEV = 0.01


def mgan_generator(
    image_shape: tuple[int, int, int], num_generators: int = 10, latent_dim: int = 100, num_filters: int = 128
) -> keras.Model:
    """The generators: a linear layer and norm of each one's own, then shared 5x5 transposed convolutions, tanh.

    Args:
        image_shape: (size, size, channels), size 8, 16, 32, 64, 128 or 256.
        num_generators: number of generators K.
        latent_dim: length of the latents.
        num_filters: filters of the largest inner map.

    Returns:
        Model ["latents" float [N, latent_dim], "labels" int32 [N] in [0, K)] -> images float32 [N, size, size,
        channels] in [-1, 1].

    Raises:
        ValueError: an image size that the network cannot make, or a number below 1.
    """
    filters = block_filters(image_shape, num_filters)
    latents, labels = blocks.latents_input(latent_dim), blocks.labels_input(num_generators)
    size, units = blocks.BASE_SIZE, blocks.BASE_SIZE**2 * filters[0]
    x = LabelDense(units, num_generators, kernel_initializer=dcgan_normal(), name="stem_linear")([latents, labels])
    x = LabelBatchNormalization(num_generators, synchronized=True, name="stem_norm")([x, labels])
    x = layers.ReLU(name="stem_relu")(x)
    x = layers.Reshape((size, size, filters[0]), name="stem_maps")(x)  # [N, 16 F] -> [N, 4, 4, F]
    for index, width in enumerate(filters[1:], start=1):
        size *= 2
        # The shared norms have no shift, as in the original.
        norm = layers.BatchNormalization(
            momentum=0.9, epsilon=1e-5, center=False, synchronized=True, name=f"up{index}_norm"
        )
        x = layers.ReLU(name=f"up{index}_relu")(norm(conv_up(x, width, size, f"up{index}_conv")))
    x = conv_up(x, image_shape[-1], 2 * size, "images_conv")
    return keras.Model([latents, labels], blocks.tanh_images(x), name="mgan_generator")


def mgan_discriminator(
    image_shape: tuple[int, int, int], num_generators: int = 10, num_filters: int = 128
) -> keras.Model:
    """Discriminator and classifier: 5x5 convolutions with stride 2, all with batch norm, leaky ReLU 0.2, two heads.

    Not for a gradient penalty or R1: batch norm mixes the samples, and its second gradient is not exact.

    Args:
        image_shape: (size, size, channels), size 8, 16, 32, 64, 128 or 256.
        num_generators: number of generators K.
        num_filters: filters of the first convolution.

    Returns:
        Model "images" -> {"logits": float32 [N, 1], "class_logits": float32 [N, K], which generator made it}; the layer
        "features" holds the flattened last map.

    Raises:
        ValueError: an image size that the network cannot read, or a number below 1.
    """
    require_positive(num_generators=num_generators)
    filters = block_filters(image_shape, num_filters)
    images = x = blocks.images_input(image_shape)
    for index, width in enumerate(reversed(filters), start=1):
        x = blocks.batch_norm(conv_down(x, width, f"down{index}_conv"), f"down{index}_norm")
        x = blocks.lrelu(x, f"down{index}_lrelu")
    features = layers.Flatten(name="features")(x)  # [N, 4, 4, F] -> [N, 16 F]
    outputs = linear_heads(features, 1, num_generators, _head_initializers)
    return keras.Model(images, outputs, name="mgan_discriminator")


def _head_initializers(fan_in: int) -> dict[str, keras.initializers.Initializer]:
    return {"kernel_initializer": keras.initializers.RandomNormal(stddev=HEAD_STDDEV)}
