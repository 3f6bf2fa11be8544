"""Dense networks with ReLU: those of the smooth-to-sharp thesis for spheres, digits and numbers (tables 5.1 to 5.15).

Its sphere networks are 2-64-784 and 784-64-1 (101 + 50 thousand weights), for 48 x 48 images 2-64-2304 and 2304-64-1,
for two spheres 4-128-784 and 784-128-1; for MNIST 48-512-512-784 and 784-128-128-1; for numbers 1-16-1 and 1-16-1.

The thesis does not state start values. `init="torch"` has PyTorch's, which come closest to its numbers; "keras" has
Keras' own (Glorot's, biases 0), with which the same GAN loses most of its modes.
"""

import math
from collections.abc import Sequence
from typing import Any, Literal

import keras
from keras import layers

from tfgan_suite.core.checks import require, require_in, require_positive
from tfgan_suite.networks import blocks
from tfgan_suite.networks.initializers import torch_defaults


def dense_generator(
    output_shape: Sequence[int],
    latent_dim: int = 2,
    hidden_units: Sequence[int] = (64,),
    activation: str | None = "sigmoid",
    init: Literal["torch", "keras"] = "torch",
) -> keras.Model:
    """Generator of dense layers.

    Args:
        output_shape: of an image, (height, width, channels), or of a point, (D,).
        latent_dim: length of the latents.
        hidden_units: of each hidden layer, at least one.
        activation: of the last layer: "sigmoid" for images in [0, 1] (the thesis), "tanh" for [-1, 1], None for points.
        init: start values, see above.

    Returns:
        Model "latents" float [N, latent_dim] -> float32 [N, *output_shape].

    Raises:
        ValueError: a number below 1, no hidden layer, or an unknown `init`.
    """
    _check(output_shape, hidden_units, init)
    latents = blocks.latents_input(latent_dim)
    x = _hidden(latents, hidden_units, init)
    x = _dense(x, math.prod(output_shape), init, activation=activation, dtype=blocks.output_dtype(), name="outputs")
    return keras.Model(latents, layers.Reshape(tuple(output_shape), name="samples")(x), name="dense_generator")


def dense_discriminator(
    input_shape: Sequence[int], hidden_units: Sequence[int] = (64,), init: Literal["torch", "keras"] = "torch"
) -> keras.Model:
    """Discriminator of dense layers, without norms; valid under a gradient penalty.

    Args:
        input_shape: of an image, (height, width, channels), or of a point, (D,).
        hidden_units: of each hidden layer, at least one.
        init: start values, see above.

    Returns:
        Model "images" float [N, *input_shape] -> logits float32 [N, 1]; the layer "features" is the last hidden one.

    Raises:
        ValueError: a number below 1, no hidden layer, or an unknown `init`.
    """
    _check(input_shape, hidden_units, init)
    images = keras.Input(tuple(input_shape), dtype=blocks.output_dtype(), name="images")
    x = _hidden(layers.Flatten(name="flat")(images), hidden_units, init)
    logits = _dense(x, 1, init, dtype=blocks.output_dtype(), name="logits")
    return keras.Model(images, logits, name="dense_discriminator")


def _check(shape: Sequence[int], hidden_units: Sequence[int], init: str) -> None:
    require(len(shape) > 0 and len(hidden_units) > 0, "there must be a shape and a hidden layer", shape=tuple(shape))
    for number in (*shape, *hidden_units):
        require_positive(units=number)
    require_in(("torch", "keras"), init=init)


def _hidden(x: keras.KerasTensor, hidden_units: Sequence[int], init: str) -> keras.KerasTensor:
    for index, units in enumerate(hidden_units, start=1):
        name = "features" if index == len(hidden_units) else f"layer{index}"
        x = _dense(x, units, init, activation="relu", name=name)
    return x


def _dense(x: keras.KerasTensor, units: int, init: str, **how: Any) -> keras.KerasTensor:
    start = torch_defaults(x.shape[-1]) if init == "torch" else {}
    return layers.Dense(units, **start, **how)(x)
