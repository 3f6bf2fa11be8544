"""Weight normalisation: linear layers whose kernels are directions times a length (Salimans and Kingma 2016)."""

from typing import Any

import keras
import tensorflow as tf

from tfgan_suite.core.checks import require, require_positive
from tfgan_suite.layers.moments import statistics_dtype
from tfgan_suite.layers.noise import noise_stream

EPSILON = 1e-6


class WeightNormalized(keras.layers.Layer):
    """Base of the layers with normalised kernels, as the Improved GAN code base has them.

    out = op(x, kernel * scale / sqrt(1e-6 + sum of the unit's squared kernel)) + bias, with one scale and one bias per
    unit. Scale and bias are 1 and 0 until `initialize_scales` has seen data; then each unit's outputs on these data
    have mean 0 and the standard deviation `initial_stddev`. In the original the scale stays as the data made it; only
    last layers learn theirs.

    Norms are taken in float32 under mixed precision.

    Args:
        units: outputs (channels), at least 1.
        trainable_scale: whether the scale is learnt.
        initial_stddev: of the outputs after `initialize_scales`, above 0; None: scale and bias stay 1 and 0 then.
        kernel_initializer: default N(0, 0.05^2).
        activation: after it all, or None.
        **kwargs: as for every Keras layer.

    Raises:
        ValueError: a number out of its range.
    """

    _kernel_axis = -1  # of the units

    def __init__(
        self,
        units: int,
        trainable_scale: bool = False,
        initial_stddev: float | None = 1.0,
        kernel_initializer: Any = None,
        activation: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        require_positive(units=units)
        require(
            initial_stddev is None or initial_stddev > 0,
            "`initial_stddev` must be above 0, or None",
            initial_stddev=initial_stddev,
        )
        self.units = int(units)
        self.trainable_scale = bool(trainable_scale)
        self.initial_stddev = initial_stddev
        self.kernel_initializer = keras.initializers.get(kernel_initializer or keras.initializers.RandomNormal(0, 0.05))
        self.activation = keras.activations.get(activation)
        self._initializing = False

    def kernel_shape(self, num_inputs: int) -> tuple[int, ...]:
        """Of the kernel; what a subclass defines."""
        raise NotImplementedError

    def linear(self, inputs: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
        """The map that `kernel` stands for; what a subclass defines."""
        raise NotImplementedError

    def build(self, input_shape: tuple) -> None:
        shape = self.kernel_shape(input_shape[-1])
        self.kernel = self.add_weight(name="kernel", shape=shape, initializer=self.kernel_initializer, autocast=False)
        self.scale = self.add_weight(
            name="scale", shape=(self.units,), initializer="ones", trainable=self.trainable_scale, autocast=False
        )
        self.bias = self.add_weight(name="bias", shape=(self.units,), initializer="zeros", autocast=False)

    def unit_kernel(self) -> tf.Tensor:
        """The kernel with a norm of 1 for each unit."""
        kernel = tf.convert_to_tensor(self.kernel)
        axes = [axis for axis in range(len(kernel.shape)) if axis != len(kernel.shape) + self._kernel_axis]
        return kernel * tf.math.rsqrt(EPSILON + tf.reduce_sum(tf.square(kernel), axes, keepdims=True))

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        if self._initializing and self.initial_stddev is not None:
            self._fit_scale_and_bias(inputs)
        shape = [1] * len(self.kernel.shape)
        shape[self._kernel_axis] = self.units
        kernel = self.unit_kernel() * tf.reshape(tf.convert_to_tensor(self.scale), shape)
        outputs = self.linear(inputs, tf.cast(kernel, inputs.dtype))
        return self.activation(outputs + tf.cast(tf.convert_to_tensor(self.bias), outputs.dtype))

    def _fit_scale_and_bias(self, inputs: tf.Tensor) -> None:
        outputs = self.linear(inputs, tf.cast(self.unit_kernel(), inputs.dtype))
        outputs = tf.cast(outputs, statistics_dtype(self.compute_dtype))
        mean, variance = tf.nn.moments(outputs, list(range(len(outputs.shape) - 1)))
        scale = self.initial_stddev * tf.math.rsqrt(variance + EPSILON)
        self.scale.assign(scale)
        self.bias.assign(-mean * scale)

    def get_config(self) -> dict[str, Any]:
        own = {
            "units": self.units,
            "trainable_scale": self.trainable_scale,
            "initial_stddev": self.initial_stddev,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "activation": keras.activations.serialize(self.activation),
        }
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable(package="tfgan_suite")
class WeightNormDense(WeightNormalized):
    """A dense layer with weight normalisation, [N, D] -> [N, units]; arguments as of `WeightNormalized`."""

    def kernel_shape(self, num_inputs: int) -> tuple[int, ...]:
        return (num_inputs, self.units)

    def linear(self, inputs: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
        return tf.matmul(inputs, kernel)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return (*input_shape[:-1], self.units)


class _WeightNormMaps(WeightNormalized):
    """What the two kinds of convolution share."""

    def __init__(self, units: int, kernel_size: int, stride: int = 1, **kwargs: Any) -> None:
        super().__init__(units, **kwargs)
        require_positive(kernel_size=kernel_size, stride=stride)
        self.kernel_size, self.stride = int(kernel_size), int(stride)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "kernel_size": self.kernel_size, "stride": self.stride}


@keras.saving.register_keras_serializable(package="tfgan_suite")
class WeightNormConv2D(_WeightNormMaps):
    """A convolution with weight normalisation, [N, H, W, C] -> [N, H', W', units].

    Args:
        units: filters.
        kernel_size: side of the kernel in pixels.
        stride: in pixels.
        padding: rows and columns of zeros on every side; 1 with a 3x3 kernel keeps the size at stride 1. (With stride
            2, "same" of TensorFlow pads at the end only.)
        **kwargs: as of `WeightNormalized`.

    Raises:
        ValueError: a number out of its range.
    """

    def __init__(self, units: int, kernel_size: int, stride: int = 1, padding: int = 0, **kwargs: Any) -> None:
        super().__init__(units, kernel_size, stride, **kwargs)
        require(padding >= 0, "`padding` must be at least 0", padding=padding)
        self.padding = int(padding)

    def kernel_shape(self, num_inputs: int) -> tuple[int, ...]:
        return (self.kernel_size, self.kernel_size, num_inputs, self.units)

    def linear(self, inputs: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
        pad = [self.padding, self.padding]
        if 2 * self.padding + 1 == self.kernel_size and self.stride == 1:
            return tf.nn.conv2d(inputs, kernel, 1, "SAME")
        return tf.nn.conv2d(tf.pad(inputs, [[0, 0], pad, pad, [0, 0]]), kernel, self.stride, "VALID")

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        sizes = [(size + 2 * self.padding - self.kernel_size) // self.stride + 1 for size in input_shape[1:3]]
        return (input_shape[0], *sizes, self.units)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "padding": self.padding}


@keras.saving.register_keras_serializable(package="tfgan_suite")
class WeightNormConv2DTranspose(_WeightNormMaps):
    """A transposed convolution with weight normalisation to maps of a given size.

    [N, h, h, C] -> [N, size, size, units].

    Args:
        units: filters.
        kernel_size: side of the kernel in pixels.
        stride: in pixels.
        size: of the maps it makes, ceil(size / stride) = h.
        **kwargs: as of `WeightNormalized`.

    Raises:
        ValueError: a number out of its range; when built, maps of another size than `size` follows from.
    """

    _kernel_axis = -2

    def __init__(self, units: int, kernel_size: int, stride: int, size: int, **kwargs: Any) -> None:
        super().__init__(units, kernel_size, stride, **kwargs)
        require_positive(size=size)
        self.size = int(size)

    def build(self, input_shape: tuple) -> None:
        require(
            tuple(input_shape[1:3]) == (-(-self.size // self.stride),) * 2,
            "`size` must be `stride` times that of the inputs, or less by up to stride - 1",
            size=self.size,
            stride=self.stride,
            input_shape=tuple(input_shape),
        )
        super().build(input_shape)

    def kernel_shape(self, num_inputs: int) -> tuple[int, ...]:
        return (self.kernel_size, self.kernel_size, self.units, num_inputs)

    def linear(self, inputs: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
        shape = [tf.shape(inputs)[0], self.size, self.size, self.units]
        outputs = tf.nn.conv2d_transpose(inputs, kernel, shape, self.stride, "SAME")
        return tf.ensure_shape(outputs, [None, *shape[1:]])

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return (input_shape[0], self.size, self.size, self.units)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "size": self.size}


def initialize_scales(network: keras.Model, inputs: Any, seed: tf.Tensor) -> None:
    """Data-dependent initialisation (Salimans and Kingma 2016, section 3): scales and biases from a first batch.

    Runs the network once in training mode, eagerly; every layer with normalised weights is set before its outputs are
    made, so that the next one sees what it will see. Noise layers are active, as in the Improved GAN code base. Moving
    statistics are left as they were.

    Args:
        network: with `WeightNormalized` layers, at whatever depth.
        inputs: of the network; its code base takes 500 training images.
        seed: of the noise layers, int32 [2].
    """
    layers = [layer for layer in network._flatten_layers() if isinstance(layer, WeightNormalized)]
    own = {id(variable) for layer in layers for variable in layer.variables}
    others = [variable for variable in network.non_trainable_variables if id(variable) not in own]
    before = [variable.numpy() for variable in others]
    for layer in layers:
        layer._initializing = True
    try:
        with noise_stream(seed):
            network(inputs, training=True)
    finally:
        for layer in layers:
            layer._initializing = False
        for variable, value in zip(others, before, strict=True):
            variable.assign(value)
