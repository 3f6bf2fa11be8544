"""Convolutions as matrix products equal TensorFlow's, with gradients of first and second order."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgan_suite.layers.patch_convolution import (
    StridedConv2D,
    StridedConv2DTranspose,
    convolve,
    convolve_transposed,
    geometry,
)

IN_CHANNELS, OUT_CHANNELS = 3, 4


def outputs_and_gradients(function, inputs, kernel):
    """Values, first gradients, and gradients of a function of those."""
    with tf.GradientTape() as outer:
        outer.watch([inputs, kernel])
        with tf.GradientTape() as inner:
            inner.watch([inputs, kernel])
            outputs = function(inputs, kernel)
            total = tf.reduce_sum(tf.sin(outputs))
        first = inner.gradient(total, [inputs, kernel])
        nonlinear = tf.add_n([tf.reduce_sum(tf.sin(gradient)) for gradient in first])
    return [outputs, *first, *outer.gradient(nonlinear, [inputs, kernel])]


def normal(*shape):
    return tf.constant(np.random.default_rng(0).normal(size=shape))


@pytest.mark.parametrize(
    ("size", "kernel_size", "stride"), [(8, 5, 2), (4, 5, 2), (7, 3, 2), (8, 4, 2), (4, 3, 1), (2, 5, 2), (4, 1, 2)]
)
@pytest.mark.parametrize("transposed", [False, True])
def test_equals_tensorflows_convolution_to_second_order(size, kernel_size, stride, transposed):
    shape = geometry(size, kernel_size, stride)
    kernel = normal(kernel_size, kernel_size, IN_CHANNELS, OUT_CHANNELS)
    large = normal(2, size, size, IN_CHANNELS)
    small = normal(2, shape.small_size, shape.small_size, OUT_CHANNELS)
    if transposed:
        ours = outputs_and_gradients(lambda x, w: convolve_transposed(x, w, shape), small, kernel)
        reference = outputs_and_gradients(
            lambda x, w: tf.nn.conv2d_transpose(x, w, large.shape, stride, "SAME"), small, kernel
        )
    else:
        ours = outputs_and_gradients(lambda x, w: convolve(x, w, shape), large, kernel)
        reference = outputs_and_gradients(lambda x, w: tf.nn.conv2d(x, w, stride, "SAME"), large, kernel)
    for value, expected in zip(ours, reference, strict=True):
        np.testing.assert_allclose(value, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(("layer_class", "size"), [(StridedConv2D, 8), (StridedConv2DTranspose, 4)])
def test_training_and_inference_agree(layer_class, size):
    layer = layer_class(6, 5, 2, "same", bias_initializer="random_normal")
    images = tf.cast(normal(3, size, size, IN_CHANNELS), tf.float32)
    np.testing.assert_allclose(layer(images, training=True), layer(images, training=False), atol=1e-5)


@pytest.mark.parametrize(("layer_class", "size"), [(StridedConv2D, 8), (StridedConv2DTranspose, 4)])
def test_bfloat16_is_within_its_rounding(layer_class, size):
    layer = layer_class(6, 5, 2, "same", dtype="mixed_bfloat16")
    images = tf.cast(normal(3, size, size, IN_CHANNELS), tf.float32)
    outputs = layer(images, training=True)
    assert outputs.dtype == tf.bfloat16
    reference = tf.cast(layer(images, training=False), tf.float32)
    scale = float(tf.reduce_max(tf.abs(reference)))
    assert float(tf.reduce_max(tf.abs(tf.cast(outputs, tf.float32) - reference))) < 0.02 * scale


@pytest.mark.parametrize(("layer_class", "size"), [(StridedConv2D, 8), (StridedConv2DTranspose, 4)])
def test_same_bits_each_time(layer_class, size):
    layer = layer_class(32, 5, 2, "same")
    images = tf.cast(normal(16, size, size, 64), tf.float32)
    layer(images)

    @tf.function
    def gradients():
        with tf.GradientTape() as tape:
            tape.watch(images)
            total = tf.reduce_sum(tf.square(layer(images, training=True)))
        return tape.gradient(total, [images, *layer.trainable_variables])

    first = gradients()
    for _ in range(5):
        for value, expected in zip(gradients(), first, strict=True):
            np.testing.assert_array_equal(value, expected)


def test_odd_sizes_of_the_transposed_layer():
    layer = StridedConv2DTranspose(6, 5, 2, "same", output_padding=0, use_bias=False)
    images = tf.cast(normal(3, 4, 4, IN_CHANNELS), tf.float32)
    outputs = layer(images, training=True)
    assert outputs.shape == (3, 7, 7, 6)
    np.testing.assert_allclose(outputs, layer(images, training=False), atol=1e-5)


def test_saved_and_loaded(tmp_path):
    inputs = keras.Input((8, 8, IN_CHANNELS))
    hidden = StridedConv2D(6, 5, 2, "same")(inputs)
    network = keras.Model(inputs, StridedConv2DTranspose(3, 5, 2, "same")(hidden))
    network.save(tmp_path / "network.keras")
    loaded = keras.saving.load_model(tmp_path / "network.keras")
    images = tf.cast(normal(2, 8, 8, IN_CHANNELS), tf.float32)
    np.testing.assert_array_equal(loaded(images, training=True), network(images, training=True))
