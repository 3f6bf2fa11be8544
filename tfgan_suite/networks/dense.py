"""Dense networks with ReLU: those of the smooth-to-sharp thesis for spheres, digits and numbers (tables 5.1 to 5.15).

Its sphere networks are 2-64-784 and 784-64-1 (101 + 50 thousand weights), for 48 x 48 images 2-64-2304 and 2304-64-1,
for two spheres 4-128-784 and 784-128-1; for MNIST 48-512-512-784 and 784-128-128-1; for numbers 1-16-1 and 1-16-1.
"""

import math
from collections.abc import Sequence

import keras
from keras import layers

from tfgan_suite.core.checks import require, require_positive
from tfgan_suite.networks import blocks


def dense_generator(
    output_shape: Sequence[int],
    latent_dim: int = 2,
    hidden_units: Sequence[int] = (64,),
    activation: str | None = "sigmoid",
) -> keras.Model:
    """Generator of dense layers.

    Args:
        output_shape: of an image, (height, width, channels), or of a point, (D,).
        latent_dim: length of the latents.
        hidden_units: of each hidden layer, at least one.
        activation: of the last layer: "sigmoid" for images in [0, 1] (the thesis), "tanh" for [-1, 1], None for points.

    Returns:
        Model "latents" float [N, latent_dim] -> float32 [N, *output_shape].

    Raises:
        ValueError: a number below 1, or no hidden layer.
    """
    _check(output_shape, hidden_units)
    latents = blocks.latents_input(latent_dim)
    x = _hidden(latents, hidden_units)
    x = layers.Dense(math.prod(output_shape), activation, dtype=blocks.output_dtype(), name="outputs")(x)
    return keras.Model(latents, layers.Reshape(tuple(output_shape), name="samples")(x), name="dense_generator")


def dense_discriminator(input_shape: Sequence[int], hidden_units: Sequence[int] = (64,)) -> keras.Model:
    """Discriminator of dense layers, without norms; valid under a gradient penalty.

    Args:
        input_shape: of an image, (height, width, channels), or of a point, (D,).
        hidden_units: of each hidden layer, at least one.

    Returns:
        Model "images" float [N, *input_shape] -> logits float32 [N, 1]; the layer "features" is the last hidden one.

    Raises:
        ValueError: a number below 1, or no hidden layer.
    """
    _check(input_shape, hidden_units)
    images = keras.Input(tuple(input_shape), dtype=blocks.output_dtype(), name="images")
    x = _hidden(layers.Flatten(name="flat")(images), hidden_units)
    return keras.Model(
        images, layers.Dense(1, dtype=blocks.output_dtype(), name="logits")(x), name="dense_discriminator"
    )


def _check(shape: Sequence[int], hidden_units: Sequence[int]) -> None:
    require(len(shape) > 0 and len(hidden_units) > 0, "there must be a shape and a hidden layer", shape=tuple(shape))
    for number in (*shape, *hidden_units):
        require_positive(units=number)


def _hidden(x: keras.KerasTensor, hidden_units: Sequence[int]) -> keras.KerasTensor:
    for index, units in enumerate(hidden_units, start=1):
        name = "features" if index == len(hidden_units) else f"layer{index}"
        x = layers.Dense(units, "relu", name=name)(x)
    return x
