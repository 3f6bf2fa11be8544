"""The critic's leaky ReLU: values, gradients of both orders, no work on zeros, saving."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgan_suite.layers.activations import CriticLeakyReLU

VALUES = np.array([[-2.0, -0.5, 0.25, 3.0]], np.float32)


@pytest.mark.parametrize("slope", [0.0, 0.2])
def test_values_and_gradients(slope):
    layer = CriticLeakyReLU(slope)
    inputs, upstream = tf.constant(VALUES), tf.constant(1 + VALUES**2)
    with tf.GradientTape() as outer:
        outer.watch(upstream)
        with tf.GradientTape() as inner:
            inner.watch(inputs)
            outputs = layer(inputs)
        gradient = inner.gradient(outputs, inputs, output_gradients=upstream)
    slopes = np.where(VALUES > 0, 1.0, slope)
    np.testing.assert_allclose(outputs, slopes * VALUES, rtol=1e-6)
    np.testing.assert_allclose(gradient, slopes * upstream, rtol=1e-6)
    np.testing.assert_allclose(outer.gradient(gradient, upstream), slopes, rtol=1e-6)


def test_nothing_flows_back_through_the_slope():
    layer, inputs = CriticLeakyReLU(0.2), tf.constant(VALUES)
    with tf.GradientTape() as outer:
        outer.watch(inputs)
        with tf.GradientTape() as inner:
            inner.watch(inputs)
            outputs = layer(inputs)
        gradient = inner.gradient(outputs, inputs)
    assert outer.gradient(gradient, inputs) is None


def test_saved_and_loaded(tmp_path):
    inputs = keras.Input((4,))
    network = keras.Model(inputs, CriticLeakyReLU(0.3)(inputs))
    network.save(tmp_path / "network.keras")
    loaded = keras.saving.load_model(tmp_path / "network.keras")
    np.testing.assert_allclose(loaded(VALUES), np.maximum(VALUES, 0.3 * VALUES), rtol=1e-6)
