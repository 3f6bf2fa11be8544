"""The networks of CIN-GAN (thesis, section 3.5.1): generator and critic mirror each other.

The thesis: "Both consist of four building blocks: one linear layer followed by CIN and three down sampling
convolutional blocks. The first two convolutional blocks also included a CIN layer." It gives no widths; those, the 5x5
kernels and the initialisers are the ones of the WGAN-GP code base (`networks.wgan_gp`), whose hyper-parameters the
thesis uses too. Filters for sizes other than 32 follow the same rule as there.

Departures: the generator's blocks sample up, of course. The critic's last layer is linear without a norm, as CIN of a
single number per sample would be its shift alone. The critic's norm is `layer` unless asked otherwise: with `cin` the
critic, and with it the auxiliary classifier, is told the label it shall find.
"""

import keras
from keras import layers

from tfgan_suite.core.checks import require_in, require_positive
from tfgan_suite.networks import blocks
from tfgan_suite.networks.initializers import iwgan_linear
from tfgan_suite.networks.wgan_gp import block_filters, conv_down, conv_up, stem


def cingan_generator(
    image_shape: tuple[int, int, int],
    num_classes: int,
    latent_dim: int = 128,
    num_filters: int = 128,
    norm: str = "cin",
) -> keras.Model:
    """Generator: linear, conditional norm, ReLU, then transposed 5x5 convolutions, all but the last with norm, tanh.

    Args:
        image_shape: (size, size, channels), size 8, 16, 32, 64, 128 or 256; 32 gives the thesis' three blocks.
        num_classes: number of labels.
        latent_dim: length of the latents.
        num_filters: filters of the largest inner map.
        norm: "cin" (conditional instance normalisation) or "cbn" (conditional batch normalisation).

    Returns:
        Model ["latents" float [N, latent_dim], "labels" int32 [N]] -> images float32 [N, size, size, channels] in
        [-1, 1].

    Raises:
        ValueError: an image size that the network cannot make, a number below 1, or an unknown norm.
    """
    require_in(("cin", "cbn"), norm=norm)
    filters = block_filters(image_shape, num_filters)
    latents, labels = blocks.latents_input(latent_dim), blocks.labels_input(num_classes)
    x = stem(latents, filters[0])
    x = layers.Reshape((blocks.BASE_SIZE, blocks.BASE_SIZE, filters[0]), name="stem_maps")(
        x
    )  # [N, 16 F] -> [N, 4, 4, F]
    x = layers.ReLU(name="stem_relu")(blocks.norm(norm, x, "stem_norm", labels, num_classes))
    for index, width in enumerate(filters[1:], start=1):
        x = conv_up(x, width, f"up{index}_conv")
        x = blocks.norm(norm, x, f"up{index}_norm", labels, num_classes)
        x = layers.ReLU(name=f"up{index}_relu")(x)
    x = conv_up(x, image_shape[-1], "images_conv")
    return keras.Model([latents, labels], blocks.tanh_images(x), name="cingan_generator")


def cingan_discriminator(
    image_shape: tuple[int, int, int], num_classes: int, num_filters: int = 128, norm: str = "layer"
) -> keras.Model:
    """Critic with an auxiliary classifier: 5x5 convolutions with stride 2, all but the last with the norm, two heads.

    Args:
        image_shape: (size, size, channels), size 8, 16, 32, 64, 128 or 256; 32 gives the thesis' three blocks.
        num_classes: number of labels.
        num_filters: filters of the first convolution.
        norm: "layer" (`CriticLayerNormalization`: valid with a gradient penalty, and tells the auxiliary classifier no
            label), "cin" (the thesis' letter; the labels are a second input) or "none".

    Returns:
        Model "images", or with `norm="cin"` ["images", "labels"], -> {"logits": float32 [N, 1], "class_logits": float32
        [N, num_classes]}; the layer "features" holds the flattened last map.

    Raises:
        ValueError: an image size that the network cannot read, a number below 1, or an unknown norm.
    """
    require_in(("layer", "cin", "none"), norm=norm)
    require_positive(num_classes=num_classes)
    filters = block_filters(image_shape, num_filters)
    images = x = blocks.images_input(image_shape)
    labels = blocks.labels_input(num_classes) if norm == "cin" else None
    for index, width in enumerate(reversed(filters), start=1):
        x = conv_down(x, width, f"down{index}_conv")
        if index < len(filters):
            x = blocks.norm(norm, x, f"down{index}_norm", labels, num_classes)
        x = blocks.lrelu(x, f"down{index}_lrelu")
    features = layers.Flatten(name="features")(x)  # [N, 4, 4, F] -> [N, 16 F]
    outputs = {
        name: blocks.float32_linear(features, units, iwgan_linear(features.shape[-1], units), name)
        for name, units in (("logits", 1), ("class_logits", num_classes))
    }
    return keras.Model(images if labels is None else [images, labels], outputs, name="cingan_discriminator")
