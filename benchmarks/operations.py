"""Arithmetic operations of one WGAN-GP generator step, counted from the shapes of the layers.

A multiplication and an addition count as two operations. Only convolutions and linear layers are counted. Per image,
F is the count of a network's forward pass, and the count of a gradient for a layer's inputs, or for its kernel, is that
of its forward pass. With G the generator, D the critic, D1 the critic's first layer:

critic step     F(G)                                   a fake image, no gradients
              + 2 F(D)                                 the critic on a real and on a fake image
              + 2 (2 F(D) - F(D1))                     gradients for kernels, and for all inputs but the images
              + F(D) + F(D)                            penalty: the critic on the mixture, its gradient for the image
              + 2 F(D)                                 gradient of that gradient: for each kernel and each upstream
generator step  F(G) + F(D)                            forward
              + F(D)                                   gradient for the images; the critic's kernels get none
              + 2 F(G) - F(G1)                         gradients for the generator's kernels and inner inputs

The leaky ReLU's second derivative is 0 almost everywhere, so nothing flows back through the penalty's forward pass; a
library that sends zeros through it does more work, which is not counted for it.

`nominal` counts every tap of a kernel. `inside` leaves out the taps that fall on padding, which a matrix product with
patches computes and a direct convolution may skip.
"""

from typing import NamedTuple

import keras
import numpy as np


class Count(NamedTuple):
    """Operations per image: with all taps, and with those inside the map only."""

    nominal: float
    inside: float

    def __add__(self, other: "Count") -> "Count":
        return Count(self.nominal + other.nominal, self.inside + other.inside)

    def times(self, factor: float) -> "Count":
        return Count(self.nominal * factor, self.inside * factor)


def layer_counts(network: keras.Model) -> list[Count]:
    """Forward operations per image of each convolution and linear layer, in order."""
    return [_layer_count(layer) for layer in network.layers if hasattr(layer, "kernel")]


def _layer_count(layer: keras.layers.Layer) -> Count:
    taps_and_channels = 2 * np.prod(layer.kernel.shape)
    if isinstance(layer, keras.layers.Dense):
        return Count(float(taps_and_channels), float(taps_and_channels))
    transposed = isinstance(layer, keras.layers.Conv2DTranspose)
    large, small = (layer.output, layer.input) if transposed else (layer.input, layer.output)
    positions = small.shape[1] * small.shape[2]
    valid = _valid_share(large.shape[1], small.shape[1], layer.kernel_size[0], layer.strides[0])
    return Count(float(taps_and_channels * positions), float(taps_and_channels * positions * valid**2))


def _valid_share(size: int, small_size: int, kernel_size: int, stride: int) -> float:
    """Share of the taps along one axis that fall inside a map of `size`, "same" padding."""
    padding = max((small_size - 1) * stride + kernel_size - size, 0) // 2
    taps = stride * np.arange(small_size)[:, None] + np.arange(kernel_size) - padding
    return float(np.mean((taps >= 0) & (taps < size)))


def wgan_gp_step(generator: keras.Model, critic: keras.Model, batch_size: int, num_critic_steps: int) -> Count:
    """Operations of `num_critic_steps` critic steps and one generator step."""
    of_generator, of_critic = layer_counts(generator), layer_counts(critic)
    zero = Count(0.0, 0.0)
    g, d = sum(of_generator, zero), sum(of_critic, zero)
    critic_step = g + d.times(2 + 4 + 2 + 2) + of_critic[0].times(-2)
    generator_step = g + d + d + g.times(2) + of_generator[0].times(-1)
    return (critic_step.times(num_critic_steps) + generator_step).times(batch_size)
