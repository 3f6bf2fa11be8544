"""Initialisers of the original code bases, as Keras' own initialisers with the right bounds.

Each call returns a new object: a Keras initialiser that is used twice gives the same values twice.
"""

import math

import keras

DCGAN_STDDEV = 0.02


def dcgan_conv() -> keras.initializers.Initializer:
    """DCGAN-TensorFlow's convolutions: normal with standard deviation 0.02 before it is cut at two of them."""
    return keras.initializers.TruncatedNormal(stddev=DCGAN_STDDEV)


def dcgan_normal() -> keras.initializers.Initializer:
    """DCGAN-TensorFlow's transposed convolutions and linear layers: N(0, 0.02^2)."""
    return keras.initializers.RandomNormal(stddev=DCGAN_STDDEV)


def iwgan_conv(
    kernel_size: int, in_channels: int, out_channels: int, stride: int = 1, he: bool = True
) -> keras.initializers.Initializer:
    """Convolutions of the WGAN-GP code base (Gulrajani et al. 2017): uniform with a mean of the fans.

    The standard deviation is sqrt(4 / (fan_in + fan_out)), or with `he=False` sqrt(2 / (fan_in + fan_out)), where
    fan_in = in_channels * kernel_size^2 and fan_out = out_channels * kernel_size^2 // stride^2.
    """
    fan_in = in_channels * kernel_size**2
    fan_out = out_channels * kernel_size**2 // stride**2
    return _uniform(math.sqrt((4 if he else 2) / (fan_in + fan_out)))


def iwgan_transposed_conv(kernel_size: int, in_channels: int, out_channels: int) -> keras.initializers.Initializer:
    """Transposed convolutions of the WGAN-GP code base: as `iwgan_conv`, but their stride, 2, divides fan_in."""
    fan_in = in_channels * kernel_size**2 // 2**2
    fan_out = out_channels * kernel_size**2
    return _uniform(math.sqrt(4 / (fan_in + fan_out)))


def iwgan_linear(in_units: int, out_units: int, he: bool = False) -> keras.initializers.Initializer:
    """Linear layers of the WGAN-GP code base: stddev sqrt(2 / (in + out)), or with `he=True` sqrt(2 / in)."""
    return _uniform(math.sqrt(2 / in_units if he else 2 / (in_units + out_units)))


def torch_uniform(fan_in: int) -> keras.initializers.Initializer:
    """PyTorch's default (1.3 and later) of a weight or a bias: uniform in +-1 / sqrt(fan_in).

    Its fan_in is the number of inputs of a linear layer, in_channels * kernel_size^2 of a convolution, and
    out_channels * kernel_size^2 of a transposed one, because that is how its weight's axes are counted.
    """
    bound = 1 / math.sqrt(fan_in)
    return keras.initializers.RandomUniform(-bound, bound)


def torch_defaults(fan_in: int) -> dict[str, keras.initializers.Initializer]:
    """`torch_uniform` for kernel and bias, as keyword arguments of a Keras layer."""
    return {"kernel_initializer": torch_uniform(fan_in), "bias_initializer": torch_uniform(fan_in)}


def _uniform(stddev: float) -> keras.initializers.Initializer:
    bound = stddev * math.sqrt(3)
    return keras.initializers.RandomUniform(-bound, bound)
