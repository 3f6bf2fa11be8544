"""DCGAN-TensorFlow's conditional network for MNIST: the label is concatenated to the input of every layer.

For 28x28x1, 10 classes, 100 latents and 64 filters the parameter counts are the original's: generator 7,065,211,
discriminator 3,769,479.

Departure: images are in [-1, 1] with a tanh, as everywhere here; the original has [0, 1] with a sigmoid.
"""

import keras
from keras import layers

from tfgan_suite.core.checks import require_positive
from tfgan_suite.layers import ConcatenateLabels
from tfgan_suite.networks import blocks
from tfgan_suite.networks.dcgan import conv_down, conv_up, halved_sizes, linear
from tfgan_suite.networks.initializers import dcgan_normal

MNIST_SHAPE = (28, 28, 1)


def dcgan_conditional_generator(
    num_classes: int,
    image_shape: tuple[int, int, int] = MNIST_SHAPE,
    latent_dim: int = 100,
    num_filters: int = 64,
    num_units: int = 1024,
) -> keras.Model:
    """Generator: two linear layers and two transposed 5x5 convolutions, each on its input and the one-hot label.

    Args:
        num_classes: number of labels.
        image_shape: (size, size, channels), any size.
        latent_dim: length of the latents.
        num_filters: half the filters of the two inner maps.
        num_units: units of the first linear layer.

    Returns:
        Model ["latents" float [N, latent_dim], "labels" int32 [N]] -> images float32 in [-1, 1].

    Raises:
        ValueError: `image_shape` is not (size, size, channels), or a number is below 1.
    """
    require_positive(num_filters=num_filters, num_units=num_units)
    size, _, channels = blocks.check_image_shape(image_shape)
    _, half, quarter = halved_sizes(size, 2)
    width = 2 * num_filters
    latents, labels = blocks.latents_input(latent_dim), blocks.labels_input(num_classes)

    x = ConcatenateLabels(num_classes, name="latents_and_labels")([latents, labels])
    x = blocks.batch_norm(linear(x, num_units, "stem_linear"), "stem_norm")
    x = ConcatenateLabels(num_classes, name="stem_and_labels")([layers.ReLU(name="stem_relu")(x), labels])
    x = blocks.batch_norm(linear(x, quarter * quarter * width, "maps_linear"), "maps_norm")
    x = layers.ReLU(name="maps_relu")(x)
    x = layers.Reshape((quarter, quarter, width), name="maps")(x)  # [N, s4 * s4 * 2 F] -> [N, s4, s4, 2 F]
    x = ConcatenateLabels(num_classes, name="maps_and_labels")([x, labels])
    x = blocks.batch_norm(conv_up(x, width, half, "up1_conv"), "up1_norm")
    x = ConcatenateLabels(num_classes, name="up1_and_labels")([layers.ReLU(name="up1_relu")(x), labels])
    images = blocks.tanh_images(conv_up(x, channels, size, "images_conv"))
    return keras.Model([latents, labels], images, name="dcgan_conditional_generator")


def dcgan_conditional_discriminator(
    num_classes: int,
    image_shape: tuple[int, int, int] = MNIST_SHAPE,
    num_filters: int = 64,
    num_units: int = 1024,
) -> keras.Model:
    """Discriminator: two 5x5 convolutions with stride 2 and two linear layers, each on its input and the one-hot label.

    As in the original the convolutions have channels + num_classes and num_filters + num_classes filters.

    Args:
        num_classes: number of labels.
        image_shape: (size, size, channels), any size.
        num_filters: filters of the second convolution, less `num_classes`.
        num_units: units of the first linear layer.

    Returns:
        Model ["images", "labels" int32 [N]] -> logits float32 [N, 1]; the layer "features" holds the first linear
        layer's output after batch norm and leaky ReLU.

    Raises:
        ValueError: `image_shape` is not (size, size, channels), or a number is below 1.
    """
    require_positive(num_filters=num_filters, num_units=num_units)
    image_shape = blocks.check_image_shape(image_shape)
    images, labels = blocks.images_input(image_shape), blocks.labels_input(num_classes)

    x = ConcatenateLabels(num_classes, name="images_and_labels")([images, labels])
    x = blocks.lrelu(conv_down(x, image_shape[-1] + num_classes, "down1_conv"), "down1_lrelu")
    x = ConcatenateLabels(num_classes, name="down1_and_labels")([x, labels])
    x = blocks.batch_norm(conv_down(x, num_filters + num_classes, "down2_conv"), "down2_norm")
    x = layers.Flatten(name="maps")(blocks.lrelu(x, "down2_lrelu"))  # [N, s4, s4, F + K] -> [N, s4 * s4 * (F + K)]
    x = ConcatenateLabels(num_classes, name="maps_and_labels")([x, labels])
    x = blocks.batch_norm(linear(x, num_units, "features_linear"), "features_norm")
    features = blocks.lrelu(x, "features")
    x = ConcatenateLabels(num_classes, name="features_and_labels")([features, labels])
    logits = blocks.float32_linear(x, 1, dcgan_normal(), "logits")
    return keras.Model([images, labels], logits, name="dcgan_conditional_discriminator")
