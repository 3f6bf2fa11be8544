"""The networks of Improved GAN (Salimans et al. 2016; code base openai/improved-gan).

For 32x32x3 and ten classes the convolutional pair has the original's parameters, generator 4,933,382 and discriminator
1,406,804; for 28x28x1 the dense pair has those of its MNIST script, 694,568 and 1,538,770. Scales of weight-normalised
layers that are not learnt do not count. These layers start from data: see `layers.weight_normalization`.

A discriminator's outputs are "logits" [N, 1], "features" [N, D], which the generator matches, and with classes
"class_logits" [N, K]. Then the logit is log sum_k exp(class_logits_k): of K + 1 classes, the last one, of generated
images, has its logit held at 0, so that D = 1 - p(generated) = sigmoid(logit) (section 5).

Departures: transposed convolutions pad as TensorFlow does, not as Theano, which shifts the kernel by a pixel; batch
norm (epsilon 1e-6, momentum 0.9, no gamma) is synchronised over replicas; images are in [-1, 1].
"""

from collections.abc import Sequence
from typing import Literal

import keras
from keras import layers

from tfgan_suite.core.checks import require, require_in, require_positive
from tfgan_suite.layers.noise import SeededDropout, SeededGaussianNoise
from tfgan_suite.layers.patch_convolution import StridedConv2DTranspose
from tfgan_suite.layers.weight_normalization import WeightNormConv2D, WeightNormConv2DTranspose, WeightNormDense
from tfgan_suite.networks import blocks
from tfgan_suite.networks.dcgan import halved_sizes

STDDEV = 0.05
NUM_DOUBLINGS = 3
SMALLEST_SIZE = 9  # maps of a quarter of it must hold a 3x3 kernel
HEAD = {"trainable_scale": True, "initial_stddev": 0.1}

Norm = Literal["batch", "none"]


def improved_gan_generator(
    image_shape: tuple[int, int, int], latent_dim: int = 100, num_filters: int = 128, norm: Norm = "batch"
) -> keras.Model:
    """Generator: linear, batch norm per unit, ReLU, two 5x5 transposed convolutions with both, a weight-normalised one.

    Args:
        image_shape: (size, size, channels), any size.
        latent_dim: length of the latents; the original draws them from U(0, 1).
        num_filters: filters of the largest inner map; the smallest one has 4 times as many.
        norm: "none" leaves batch normalisation out: the weakened Improved GAN of the ModNet thesis (section 3.3.2).

    Returns:
        Model "latents" float [N, latent_dim] -> images float32 [N, size, size, channels] in [-1, 1].

    Raises:
        ValueError: `image_shape` is not (size, size, channels), a number below 1, or an unknown norm.
    """
    size, _, channels = blocks.check_image_shape(image_shape)
    require_positive(num_filters=num_filters)
    require_in(("batch", "none"), norm=norm)
    *sizes, base = halved_sizes(size, NUM_DOUBLINGS)
    width = 4 * num_filters
    arguments = {"use_bias": norm == "none"}
    latents = blocks.latents_input(latent_dim)
    x = layers.Dense(base * base * width, kernel_initializer=_normal(), name="stem_linear", **arguments)(latents)
    x = layers.ReLU(name="stem_relu")(_norm(norm, x, "stem_norm"))
    x = layers.Reshape((base, base, width), name="stem_maps")(x)  # [N, s8 * s8 * 4 F] -> [N, s8, s8, 4 F]
    for index, up_size in enumerate((sizes[2], sizes[1]), start=1):
        width //= 2
        exact = up_size == 2 * x.shape[1]
        up = StridedConv2DTranspose(
            width,
            5,
            2,
            "same",
            output_padding=None if exact else 0,
            kernel_initializer=_normal(),
            name=f"up{index}_conv",
            **arguments,
        )
        x = layers.ReLU(name=f"up{index}_relu")(_norm(norm, up(x), f"up{index}_norm"))
    x = WeightNormConv2DTranspose(channels, 5, 2, size=size, name="images_conv", **HEAD)(x)
    return keras.Model(latents, blocks.tanh_images(x), name="improved_gan_generator")


def improved_gan_discriminator(
    image_shape: tuple[int, int, int], num_classes: int | None = None, num_filters: int = 96
) -> keras.Model:
    """Discriminator: dropout, nine weight-normalised convolutions with leaky ReLU 0.2, mean over pixels, one dense.

    Three 3x3 convolutions with F filters, three with 2 F, each third one of stride 2; one without padding; two of 1x1.

    Args:
        image_shape: (size, size, channels), size at least 9.
        num_classes: K, to name the classes of labelled images; None: one logit only.
        num_filters: F.

    Returns:
        Model "images" -> {"logits": float32 [N, 1], "features": [N, 2 F], and with classes "class_logits": [N, K]};
        the layer "features" holds the mean over the last maps.

    Raises:
        ValueError: `image_shape` is not (size, size, channels) or too small, or a number below 1.
    """
    size = blocks.check_image_shape(image_shape)[0]
    require(size >= SMALLEST_SIZE, f"The size of the images must be at least {SMALLEST_SIZE}", image_shape=image_shape)
    require_positive(num_filters=num_filters)
    images = x = blocks.images_input(image_shape)
    for block, (rate, width) in enumerate(((0.2, num_filters), (0.5, 2 * num_filters)), start=1):
        x = SeededDropout(rate, name=f"block{block}_dropout")(x)
        for index, stride in enumerate((1, 1, 2), start=1):
            x = _conv(x, width, 3, f"block{block}_conv{index}", stride=stride, padding=1)
    x = SeededDropout(0.5, name="block3_dropout")(x)
    x = _conv(x, width, 3, "block3_conv1")
    for index in (2, 3):
        x = _conv(x, width, 1, f"block3_conv{index}")
    features = layers.GlobalAveragePooling2D(dtype=blocks.output_dtype(), name="features")(x)
    return keras.Model(images, _heads(features, features, num_classes), name="improved_gan_discriminator")


def improved_gan_dense_generator(
    image_shape: tuple[int, int, int], latent_dim: int = 100, hidden_units: Sequence[int] = (500, 500)
) -> keras.Model:
    """Generator of the MNIST script: dense layers with batch norm and softplus, then a weight-normalised one, tanh.

    Departure: tanh for images in [-1, 1] in place of the sigmoid for [0, 1].

    Args:
        image_shape: (size, size, channels), any size.
        latent_dim: length of the latents; the original draws them from U(0, 1).
        hidden_units: of the layers before the last.

    Returns:
        Model "latents" float [N, latent_dim] -> images float32 [N, size, size, channels] in [-1, 1].

    Raises:
        ValueError: `image_shape` is not (size, size, channels), or a number below 1.
    """
    image_shape = blocks.check_image_shape(image_shape)
    latents = x = blocks.latents_input(latent_dim)
    for index, units in enumerate(hidden_units, start=1):
        require_positive(units=units)
        x = layers.Dense(units, use_bias=False, name=f"hidden{index}_linear")(x)
        x = layers.Activation("softplus", name=f"hidden{index}_softplus")(_norm("batch", x, f"hidden{index}_norm"))
    num_pixels = image_shape[0] * image_shape[1] * image_shape[2]
    x = WeightNormDense(num_pixels, trainable_scale=True, initial_stddev=None, name="images_linear")(x)
    x = layers.Reshape(image_shape, name="images_maps")(x)  # [N, H W C] -> [N, H, W, C]
    return keras.Model(latents, blocks.tanh_images(x), name="improved_gan_dense_generator")


def improved_gan_dense_discriminator(
    image_shape: tuple[int, int, int],
    num_classes: int | None = None,
    hidden_units: Sequence[int] = (1000, 500, 250, 250, 250),
) -> keras.Model:
    """Discriminator of the MNIST script: weight-normalised dense layers with ReLU, Gaussian noise before each.

    Noise of standard deviation 0.5, and on the images 0.6: the original's 0.3 in images of half the range.

    Args:
        image_shape: (size, size, channels), any size.
        num_classes: K, to name the classes of labelled images; None: one logit only.
        hidden_units: of the layers before the last, at least one.

    Returns:
        Model "images" -> {"logits": float32 [N, 1], "features": [N, hidden_units[-1]], and with classes "class_logits":
        [N, K]}; the layer "features" is the last hidden one, before its noise.

    Raises:
        ValueError: `image_shape` is not (size, size, channels), no hidden layer, or a number below 1.
    """
    images = blocks.images_input(blocks.check_image_shape(image_shape))
    require(len(hidden_units) > 0, "`hidden_units` must name at least one layer", hidden_units=tuple(hidden_units))
    x = layers.Flatten(name="pixels")(images)
    for index, units in enumerate(hidden_units, start=1):
        last = index == len(hidden_units)
        x = SeededGaussianNoise(0.6 if index == 1 else 0.5, name=f"noise{index}")(x)
        arguments = {"dtype": blocks.output_dtype(), "name": "features"} if last else {"name": f"hidden{index}"}
        x = WeightNormDense(units, activation="relu", **arguments)(x)
    noisy = SeededGaussianNoise(0.5, dtype=blocks.output_dtype(), name="noise_of_features")(x)
    return keras.Model(images, _heads(x, noisy, num_classes), name="improved_gan_dense_discriminator")


def _heads(features: keras.KerasTensor, x: keras.KerasTensor, num_classes: int | None) -> dict[str, keras.KerasTensor]:
    dtype = blocks.output_dtype()
    if num_classes is None:
        return {"logits": WeightNormDense(1, dtype=dtype, name="logits", **HEAD)(x), "features": features}
    require_positive(num_classes=num_classes)
    class_logits = WeightNormDense(num_classes, dtype=dtype, name="class_logits", **HEAD)(x)
    logits = keras.ops.logsumexp(class_logits, axis=-1, keepdims=True)
    return {"logits": logits, "class_logits": class_logits, "features": features}


def _conv(x: keras.KerasTensor, filters: int, kernel_size: int, name: str, **arguments: int) -> keras.KerasTensor:
    x = WeightNormConv2D(filters, kernel_size, name=name, **arguments)(x)
    return blocks.lrelu(x, name.replace("conv", "lrelu"))


def _norm(kind: str, x: keras.KerasTensor, name: str) -> keras.KerasTensor:
    if kind == "none":
        return x
    return layers.BatchNormalization(momentum=0.9, epsilon=1e-6, scale=False, synchronized=True, name=name)(x)


def _normal() -> keras.initializers.Initializer:
    return keras.initializers.RandomNormal(stddev=STDDEV)
