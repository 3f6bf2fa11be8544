"""Weight-normalised layers against plain ones with the same effective kernel, and their start from data."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from tfgan_suite.core.seeds import make_seed
from tfgan_suite.layers import SeededDropout, WeightNormConv2D, WeightNormConv2DTranspose, WeightNormDense
from tfgan_suite.layers.weight_normalization import initialize_scales

RANDOM = np.random.default_rng(0)
ROWS = RANDOM.normal(size=(5, 4)).astype(np.float32)
MAPS = RANDOM.normal(size=(5, 6, 6, 4)).astype(np.float32)
LAYERS = {
    "dense": (lambda **kwargs: WeightNormDense(3, **kwargs), ROWS),
    "conv": (lambda **kwargs: WeightNormConv2D(3, 3, stride=2, padding=1, **kwargs), MAPS),
    "transposed": (lambda **kwargs: WeightNormConv2DTranspose(3, 5, 2, size=11, **kwargs), MAPS),
}


def set_up(layer, inputs):
    layer(inputs)
    layer.scale.assign([2.0, 0.5, -1.0])
    layer.bias.assign([0.1, 0.2, 0.3])


def test_worked_by_hand():
    """Columns (3, 4) and (0, 2) of length 5 and 2, stretched to 10 and 0.5."""
    layer = WeightNormDense(2)
    layer.build((None, 2))
    layer.kernel.assign([[3.0, 0.0], [4.0, 2.0]])
    layer.scale.assign([10.0, 0.5])
    layer.bias.assign([1.0, 0.0])
    np.testing.assert_allclose(layer(tf.constant([[1.0, 2.0]])), [[6 + 16 + 1, 1.0]], rtol=1e-6)


def plain(name, layer):
    """Keras' layer with the kernel that is meant."""
    axes = {"dense": 0, "conv": (0, 1, 2), "transposed": (0, 1, 3)}[name]
    kernel = layer.kernel.numpy()
    scale = layer.scale.numpy().reshape((3, 1) if name == "transposed" else 3)
    kernel = kernel * scale / np.sqrt(1e-6 + (kernel**2).sum(axes, keepdims=True))
    if name == "dense":
        return ROWS @ kernel + layer.bias.numpy()
    if name == "conv":
        other, inputs = layers.Conv2D(3, 3, 2), layers.ZeroPadding2D(1)(MAPS)
    else:
        other, inputs = layers.Conv2DTranspose(3, 5, 2, "same", output_padding=0), MAPS
    other.build(inputs.shape)
    other.set_weights([kernel, layer.bias.numpy()])
    return other(inputs)


@pytest.mark.parametrize("name", LAYERS)
def test_equals_a_plain_layer(name):
    make, inputs = LAYERS[name]
    layer = make()
    set_up(layer, inputs)
    outputs = layer(inputs)
    assert outputs.shape[1:] == layer.compute_output_shape((None, *inputs.shape[1:]))[1:]
    np.testing.assert_allclose(outputs, plain(name, layer), rtol=1e-5, atol=1e-5)


def test_padding_at_stride_1_is_that_of_zeros_around():
    layer = WeightNormConv2D(3, 3, padding=1)
    wide = WeightNormConv2D(3, 3)
    outputs = layer(MAPS)
    wide.build(MAPS.shape)
    wide.set_weights(layer.get_weights())
    np.testing.assert_allclose(outputs, wide(np.pad(MAPS, [(0, 0), (1, 1), (1, 1), (0, 0)])), atol=1e-6)


@pytest.mark.parametrize("name", LAYERS)
def test_only_asked_for_scales_are_learnt_and_lengths_of_kernels_do_not_matter(name):
    make, inputs = LAYERS[name]
    fixed, learnt = make(), make(trainable_scale=True)
    for layer in (fixed, learnt):
        set_up(layer, inputs)
    assert len(fixed.trainable_variables) == 2
    assert len(learnt.trainable_variables) == 3
    before = fixed(inputs)
    fixed.kernel.assign(3 * fixed.kernel)
    np.testing.assert_allclose(fixed(inputs), before, rtol=1e-3, atol=1e-4)  # but for epsilon


@pytest.mark.parametrize("name", LAYERS)
def test_config_and_half_precision(name):
    make, inputs = LAYERS[name]
    layer = make(activation="relu", initial_stddev=0.1)
    again = type(layer).from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    half = make(dtype="mixed_bfloat16")
    assert half(inputs).dtype == tf.bfloat16
    assert {variable.dtype for variable in half.variables} == {"float32"}
    full = make()
    full.build(inputs.shape)
    full.set_weights(half.get_weights())
    np.testing.assert_allclose(tf.cast(half(inputs), tf.float32), full(inputs), atol=0.1)


def small_network():
    images = keras.Input((6, 6, 4))
    x = WeightNormConv2D(8, 3, name="first")(SeededDropout(0.2)(images))
    x = layers.BatchNormalization(name="norm")(layers.ReLU()(x))
    x = WeightNormConv2DTranspose(4, 5, 2, size=8, name="second")(x)
    return keras.Model(
        images, WeightNormDense(2, trainable_scale=True, initial_stddev=0.1, name="last")(layers.Flatten()(x))
    )


def test_start_from_data():
    """Each layer's outputs on the first batch have the mean 0 and the deviation 1, those of the last one 0.1."""
    network = small_network()
    inputs = RANDOM.normal(2, 3, size=(200, 6, 6, 4)).astype(np.float32)
    initialize_scales(network, inputs, make_seed(0))
    np.testing.assert_array_equal(network.get_layer("norm").moving_mean, np.zeros(8))
    seen = {}
    for name in ("first", "second", "last"):
        layer = network.get_layer(name)
        layer.call = lambda x, name=name, call=layer.call: seen.setdefault(name, call(x))
    from tfgan_suite.layers import noise_stream

    with noise_stream(make_seed(0)):
        network(inputs, training=True)
    for name, stddev in (("first", 1), ("second", 1), ("last", 0.1)):
        outputs = seen[name].numpy()
        axes = tuple(range(outputs.ndim - 1))
        np.testing.assert_allclose(outputs.mean(axes), 0, atol=1e-4)
        np.testing.assert_allclose(outputs.std(axes), stddev, rtol=1e-3)
    other = small_network()
    other.set_weights([np.ones_like(value) for value in other.get_weights()])
    initialize_scales(other, inputs, make_seed(1))
    assert (other.get_layer("first").bias != network.get_layer("first").bias).numpy().any()


def test_a_layer_may_stay_as_it_is():
    images = keras.Input((4,))
    network = keras.Model(images, WeightNormDense(3, initial_stddev=None)(images))
    initialize_scales(network, ROWS, make_seed(0))
    np.testing.assert_array_equal(network.layers[-1].scale, np.ones(3))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: WeightNormDense(0), "`units` must be above 0"),
        (lambda: WeightNormDense(3, initial_stddev=0.0), "`initial_stddev` must be above 0, or None"),
        (lambda: WeightNormConv2D(3, 0), "`kernel_size` must be above 0"),
        (lambda: WeightNormConv2D(3, 3, stride=0), "`stride` must be above 0"),
        (lambda: WeightNormConv2D(3, 3, padding=-1), "`padding` must be at least 0"),
        (lambda: WeightNormConv2DTranspose(3, 5, 2, size=0), "`size` must be above 0"),
        (lambda: WeightNormConv2DTranspose(3, 5, 2, size=13)(MAPS), "`size` must be `stride` times that of the inputs"),
        (lambda: WeightNormConv2DTranspose(3, 5, 2, size=10)(MAPS), "`size` must be `stride` times that of the inputs"),
    ],
)
def test_bad_arguments(make, message):
    with pytest.raises(ValueError, match=message):
        make()
