"""Dense networks for points: PacGAN's for the ring and the grid, and Self-conditioned GAN's, which are made after them.

Both have a generator of four linear layers of 400 with batch norm and ReLU, and a discriminator of three maxout layers
of 200 units with five pieces. The parameter counts are the originals': generator 486,402, with 50 labels 500,802, in
PacGAN's form 484,802; discriminator 405,201, with 50 outputs 415,050, packing 2, 3, 4 407,201, 409,201, 411,201.

What differs by origin, argument `init`:

- "torch" (Self-conditioned GAN): PyTorch's default start values, biases before the norms, which have epsilon 1e-5 and
  momentum 0.9 (Keras' convention).
- "pacgan": weights N(0, 0.02^2), biases 0, none before the norms, which have epsilon 1e-4 and momentum 0.95.

Departures: batch norm is synchronised over replicas. Its moving statistics are the mean and the biased variance;
PyTorch averages unbiased variances (1 % more with 100 points), and Blocks, under PacGAN, averages standard deviations.
"""

import dataclasses
from collections.abc import Callable
from typing import Any, Literal

import keras
from keras import layers

from tfgan_suite.core.checks import require, require_in, require_positive
from tfgan_suite.layers.conditional_normalization import ConditionalBatchNormalization
from tfgan_suite.layers.label_dense import LabelDense
from tfgan_suite.layers.maxout import Maxout
from tfgan_suite.networks import blocks
from tfgan_suite.networks.initializers import dcgan_normal, torch_defaults
from tfgan_suite.networks.self_conditioned import conditioned_latents, linear_heads


def _pacgan_defaults(fan_in: int) -> dict[str, Any]:
    return {"kernel_initializer": dcgan_normal()}


@dataclasses.dataclass(frozen=True)
class _Origin:
    """What a code base has of its own: initialisers by fan_in, biases before norms, the norms' constants."""

    initializers: Callable[[int], dict[str, Any]]
    bias_before_norm: bool
    epsilon: float
    momentum: float


ORIGINS = {
    "torch": _Origin(torch_defaults, bias_before_norm=True, epsilon=1e-5, momentum=0.9),
    "pacgan": _Origin(_pacgan_defaults, bias_before_norm=False, epsilon=1e-4, momentum=0.95),
}


def point_generator(
    num_classes: int | None = None,
    latent_dim: int = 2,
    num_dims: int = 2,
    num_units: int = 400,
    num_layers: int = 4,
    label_dims: int = 32,
    conditioning: Literal["embedding", "first_layer"] = "embedding",
    init: Literal["torch", "pacgan"] = "torch",
) -> keras.Model:
    """Generator of points: linear layers with batch norm and ReLU, and a linear one.

    Args:
        num_classes: number of labels or clusters, or of MGAN's generators; None makes an unconditional generator.
        latent_dim: length of the latents.
        num_dims: length of a point.
        num_units: units of each inner layer.
        num_layers: inner layers, at least 1.
        label_dims: length of the label's embedding.
        conditioning: where the label enters. "embedding": its embedding of unit length follows the latents.
            "first_layer": every label has its own first layer (MGAN, Hoang et al. 2018), whose norm has its own scale
            and shift but shares the moments of the batch. There it departs from MGAN, which normalises each generator's
            points apart: with 50 generators and 100 points that would be by the moments of two.
        init: "torch" or "pacgan", see above.

    Returns:
        Model "latents" float [N, latent_dim], or with `num_classes` ["latents", "labels" int32 [N]], -> points float32
        [N, num_dims], which no tanh bounds.

    Raises:
        ValueError: a number below 1, an unknown `conditioning` or `init`, or "first_layer" without `num_classes`.
    """
    require_in(("embedding", "first_layer"), conditioning=conditioning)
    require_in(ORIGINS, init=init)
    require_positive(num_dims=num_dims, num_units=num_units, num_layers=num_layers)
    require(
        conditioning == "embedding" or num_classes is not None,
        '`num_classes` must be given with conditioning="first_layer"',
        num_classes=num_classes,
    )
    origin = ORIGINS[init]
    if conditioning == "first_layer":
        latents, labels = inputs = [blocks.latents_input(latent_dim), blocks.labels_input(num_classes)]
        x = _first_layer(latents, labels, num_classes, num_units, origin)
    else:
        inputs, x = conditioned_latents(latent_dim, num_classes, label_dims)
        x = _linear(x, num_units, "layer1", origin)
    for index in range(2, num_layers + 1):
        x = _linear(x, num_units, f"layer{index}", origin)
    points = layers.Dense(num_dims, dtype=blocks.output_dtype(), name="points", **origin.initializers(num_units))(x)
    return keras.Model(inputs, points, name="point_generator")


def point_discriminator(
    num_outputs: int = 1,
    num_dims: int = 2,
    packing: int = 1,
    num_units: int = 200,
    num_pieces: int = 5,
    num_layers: int = 3,
    num_class_logits: int | None = None,
    init: Literal["torch", "pacgan"] = "torch",
) -> keras.Model:
    """Discriminator of points: maxout layers and a linear one, without norms; valid under a gradient penalty.

    Args:
        num_outputs: logits, one per label or cluster (the label picks), or a single one.
        num_dims: length of a point.
        packing: points seen at once, joined (`layers.packing.pack_samples`).
        num_units: units of each maxout layer.
        num_pieces: linear pieces of each unit.
        num_layers: maxout layers, at least 1.
        num_class_logits: class logits (MGAN: which generator made it); None leaves them out.
        init: "torch" or "pacgan", see above.

    Returns:
        Model "images" float [N, packing * num_dims] -> logits float32 [N, num_outputs], or with `num_class_logits` ->
        {"logits", "class_logits" float32 [N, num_class_logits]}; the layer "features" is the last maxout layer,
        [N, num_units].

    Raises:
        ValueError: a number below 1, or an unknown `init`.
    """
    require_in(ORIGINS, init=init)
    require_positive(num_dims=num_dims, packing=packing, num_layers=num_layers)
    initializers = ORIGINS[init].initializers
    points = x = keras.Input((packing * num_dims,), dtype=blocks.output_dtype(), name="images")
    for index in range(1, num_layers + 1):
        name = "features" if index == num_layers else f"layer{index}"
        x = Maxout(num_units, num_pieces, name=name, **initializers(x.shape[-1]))(x)
    outputs = linear_heads(x, num_outputs, num_class_logits, initializers)
    return keras.Model(points, outputs, name="point_discriminator")


def _linear(x: keras.KerasTensor, units: int, name: str, origin: _Origin) -> keras.KerasTensor:
    """Linear layer, batch norm, ReLU."""
    options = origin.initializers(x.shape[-1])
    x = layers.Dense(units, use_bias=origin.bias_before_norm, name=f"{name}_linear", **options)(x)
    norm = layers.BatchNormalization(
        momentum=origin.momentum, epsilon=origin.epsilon, synchronized=True, name=f"{name}_norm"
    )
    return layers.ReLU(name=f"{name}_relu")(norm(x))


def _first_layer(
    latents: keras.KerasTensor, labels: keras.KerasTensor, num_classes: int, units: int, origin: _Origin
) -> keras.KerasTensor:
    """As `_linear`, with weights, scale and shift of the label's own."""
    options = origin.initializers(latents.shape[-1])
    linear = LabelDense(units, num_classes, use_bias=origin.bias_before_norm, name="layer1_linear", **options)
    norm = ConditionalBatchNormalization(
        num_classes, epsilon=origin.epsilon, momentum=origin.momentum, synchronized=True, name="layer1_norm"
    )
    x = layers.Reshape((1, 1, units), name="layer1_maps")(linear([latents, labels]))  # [N, U] -> [N, 1, 1, U]
    x = layers.Flatten(name="layer1_flat")(norm([x, labels]))  # [N, 1, 1, U] -> [N, U]
    return layers.ReLU(name="layer1_relu")(x)
