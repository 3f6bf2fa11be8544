"""Pieces that several networks are built from."""

import keras
from keras import layers

from tfgan_suite.core.checks import require, require_in, require_positive
from tfgan_suite.layers import ConditionalBatchNormalization, ConditionalInstanceNormalization, CriticLayerNormalization
from tfgan_suite.layers.activations import CriticLeakyReLU
from tfgan_suite.layers.moments import statistics_dtype

LEAKY_SLOPE = 0.2
BASE_SIZE = 4
DOUBLING_SIZES = (8, 16, 32, 64, 128, 256)


def check_image_shape(image_shape: tuple[int, int, int]) -> tuple[int, int, int]:
    """Returns `image_shape` as three integers.

    Raises:
        ValueError: `image_shape` is not (size, size, channels) with numbers above 0.
    """
    image_shape = tuple(image_shape)
    require(
        len(image_shape) == 3 and image_shape[0] == image_shape[1] and all(n and n > 0 for n in image_shape),
        "`image_shape` must be (size, size, channels) with numbers above 0",
        image_shape=image_shape,
    )
    return tuple(int(n) for n in image_shape)


def num_doublings(image_shape: tuple[int, int, int]) -> int:
    """How often a 4x4 map is doubled to reach the size of the images.

    Raises:
        ValueError: the size is not one of `DOUBLING_SIZES`.
    """
    size = check_image_shape(image_shape)[0]
    require(
        size in DOUBLING_SIZES,
        f"This network makes images of size {', '.join(map(str, DOUBLING_SIZES))} only",
        fix="Resize the images, or take the `dcgan` networks, which make any size.",
        image_shape=tuple(image_shape),
    )
    return (size // BASE_SIZE).bit_length() - 1


def latents_input(latent_dim: int) -> keras.KerasTensor:
    """The input "latents", float [N, latent_dim]."""
    require_positive(latent_dim=latent_dim)
    return keras.Input((latent_dim,), dtype=output_dtype(), name="latents")


def labels_input(num_classes: int) -> keras.KerasTensor:
    """The input "labels", int32 [N] in [0, num_classes)."""
    require_positive(num_classes=num_classes)
    return keras.Input((), dtype="int32", name="labels")


def images_input(image_shape: tuple[int, int, int]) -> keras.KerasTensor:
    """The input "images", float [N, H, W, C]."""
    return keras.Input(image_shape, dtype=output_dtype(), name="images")


def lrelu(x: keras.KerasTensor, name: str) -> keras.KerasTensor:
    """Leaky ReLU with slope 0.2."""
    return CriticLeakyReLU(LEAKY_SLOPE, name=name)(x)


def relu(x: keras.KerasTensor, name: str) -> keras.KerasTensor:
    """ReLU of a critic."""
    return CriticLeakyReLU(0.0, name=name)(x)


def batch_norm(x: keras.KerasTensor, name: str) -> keras.KerasTensor:
    """Batch normalisation with epsilon 1e-5 and momentum 0.9, over all replicas of a distributed run.

    Its second gradient is not exact: not for a critic under a gradient penalty or R1.
    """
    return layers.BatchNormalization(momentum=0.9, epsilon=1e-5, synchronized=True, name=name)(x)


def norm(
    kind: str,
    x: keras.KerasTensor,
    name: str,
    labels: keras.KerasTensor | None = None,
    num_classes: int | None = None,
) -> keras.KerasTensor:
    """One of the norms "none", "batch", "layer" (`CriticLayerNormalization`), "cin", "cbn" (both need labels)."""
    if kind == "cin":
        return ConditionalInstanceNormalization(num_classes, name=name)([x, labels])
    if kind == "cbn":
        return ConditionalBatchNormalization(num_classes, synchronized=True, name=name)([x, labels])
    if kind == "batch":
        return batch_norm(x, name)
    if kind == "layer":
        return CriticLayerNormalization(name=name)(x)
    require_in(("none", "batch", "layer", "cin", "cbn"), norm=kind)
    return x


def output_dtype() -> str:
    """The dtype of latents, images and logits: float32 under mixed precision too (float64 if that is the policy)."""
    return statistics_dtype(keras.config.dtype_policy().compute_dtype).name


def tanh_images(x: keras.KerasTensor) -> keras.KerasTensor:
    """The images of a generator: tanh in float32, whatever the precision before it."""
    return layers.Activation("tanh", dtype=output_dtype(), name="images_tanh")(x)


def float32_linear(
    features: keras.KerasTensor, units: int, initializer: keras.initializers.Initializer, name: str
) -> keras.KerasTensor:
    """A linear layer in float32, whatever the precision before it: the discriminators' logits."""
    return layers.Dense(units, kernel_initializer=initializer, dtype=output_dtype(), name=name)(features)
