"""The small networks of PacGAN's second Stacked-MNIST experiment, after Unrolled GAN (Metz et al. 2017).

The discriminator is kept weak, so that the GAN collapses: half or a quarter of the generator's filters. For 28x28x3 the
parameter counts are the original's: generator 287,875; discriminator with half the filters and packing 1 to 4 1,889,
1,997, 2,105, 2,213, with a quarter 585, 639, 693, 747.

Departures: batch normalisation (epsilon 1e-5, momentum 0.9) is synchronised over replicas and uses moving averages in
inference, where the original takes batch statistics also when it samples.
"""

import keras
from keras import layers

from tfgan_suite.core.checks import require_positive
from tfgan_suite.layers.activations import CriticLeakyReLU
from tfgan_suite.layers.patch_convolution import StridedConv2D, StridedConv2DTranspose
from tfgan_suite.networks import blocks
from tfgan_suite.networks.dcgan import halved_sizes, linear
from tfgan_suite.networks.initializers import dcgan_conv, dcgan_normal
from tfgan_suite.networks.self_conditioned import packed_images_input

KERNEL_SIZE = 3
NUM_HALVINGS = 3
SLOPE = 0.3
STACKED_MNIST_SHAPE = (28, 28, 3)


def unrolled_mnist_generator(
    image_shape: tuple[int, int, int] = STACKED_MNIST_SHAPE, latent_dim: int = 256, num_filters: int = 8
) -> keras.Model:
    """Generator: linear, 3x3 transposed convolutions with stride 2, batch norm and ReLU, a 3x3 convolution, tanh.

    Args:
        image_shape: (size, size, channels), any size.
        latent_dim: length of the latents.
        num_filters: filters of the largest map; the smallest has 8 times as many.

    Returns:
        Model "latents" float [N, latent_dim] -> images float32 [N, size, size, channels] in [-1, 1].

    Raises:
        ValueError: `image_shape` is not (size, size, channels), or a number is below 1.
    """
    require_positive(num_filters=num_filters)
    size, _, channels = blocks.check_image_shape(image_shape)
    *sizes, base = halved_sizes(size, NUM_HALVINGS)
    width = num_filters * 2**NUM_HALVINGS
    latents = blocks.latents_input(latent_dim)
    x = linear(latents, base * base * width, "stem_linear")
    x = layers.Reshape((base, base, width), name="stem_maps")(x)  # [N, s8 * s8 * 8 F] -> [N, s8, s8, 8 F]
    x = layers.ReLU(name="stem_relu")(blocks.batch_norm(x, "stem_norm"))
    for index, up_size in enumerate(reversed(sizes), start=1):
        width //= 2
        # 0 gives the odd sizes that TensorFlow's conv2d_transpose gives for the same output size.
        padding = None if up_size % 2 == 0 else 0
        conv = StridedConv2DTranspose(
            width,
            KERNEL_SIZE,
            2,
            "same",
            output_padding=padding,
            kernel_initializer=dcgan_normal(),
            name=f"up{index}_conv",
        )
        x = layers.ReLU(name=f"up{index}_relu")(blocks.batch_norm(conv(x), f"up{index}_norm"))
    initializer = dcgan_conv()
    x = layers.Conv2D(channels, KERNEL_SIZE, padding="same", kernel_initializer=initializer, name="images_conv")(x)
    return keras.Model(latents, blocks.tanh_images(x), name="unrolled_mnist_generator")


def unrolled_mnist_discriminator(
    image_shape: tuple[int, int, int] = STACKED_MNIST_SHAPE, packing: int = 1, num_filters: int = 4
) -> keras.Model:
    """Discriminator: three 3x3 convolutions with stride 2, all with batch norm, leaky ReLU 0.3.

    Not for a gradient penalty or R1: batch norm mixes the samples, and its second gradient is not exact.

    Args:
        image_shape: (size, size, channels) of one image, any size.
        packing: images seen at once, joined along the channels (`layers.packing.pack_samples`).
        num_filters: filters of the first convolution: 4 is half of the generator's, 2 a quarter.

    Returns:
        Model "images" float [N, size, size, packing * channels] -> logits float32 [N, 1]; the layer "features" holds
        the flattened last map.

    Raises:
        ValueError: `image_shape` is not (size, size, channels), or a number is below 1.
    """
    require_positive(num_filters=num_filters)
    images = x = packed_images_input(image_shape, packing)
    for index in range(1, NUM_HALVINGS + 1):
        conv = StridedConv2D(
            num_filters * 2 ** (index - 1),
            KERNEL_SIZE,
            2,
            "same",
            kernel_initializer=dcgan_conv(),
            name=f"down{index}_conv",
        )
        x = blocks.batch_norm(conv(x), f"down{index}_norm")
        x = CriticLeakyReLU(SLOPE, name=f"down{index}_lrelu")(x)
    features = layers.Flatten(name="features")(x)  # [N, s8, s8, 4 F] -> [N, s8 * s8 * 4 F]
    logits = blocks.float32_linear(features, 1, dcgan_normal(), "logits")
    return keras.Model(images, logits, name="unrolled_mnist_discriminator")
