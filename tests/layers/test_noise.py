"""Dropout and Gaussian noise that are a pure function of a seed."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgan_suite.core.seeds import make_seed
from tfgan_suite.layers.noise import SeededDropout, SeededGaussianNoise, noise_stream

ONES = tf.ones([100, 200])
LAYERS = [lambda: SeededDropout(0.25), lambda: SeededGaussianNoise(0.5)]


def trained(layer, seed=0, inputs=ONES):
    with noise_stream(make_seed(seed)):
        return layer(inputs, training=True).numpy()


@pytest.mark.parametrize("make", LAYERS)
def test_inference_lets_through(make):
    np.testing.assert_array_equal(make()(ONES), ONES)
    np.testing.assert_array_equal(make()(ONES, training=False), ONES)


@pytest.mark.parametrize("make", LAYERS)
def test_noise_is_a_function_of_the_seed_and_of_the_call(make):
    layer = make()
    first = trained(layer)
    np.testing.assert_array_equal(trained(layer), first)
    np.testing.assert_array_equal(trained(make()), first)
    assert (trained(layer, seed=1) != first).any()
    with noise_stream(make_seed(0)):
        calls = [layer(ONES, training=True).numpy() for _ in range(2)]
    np.testing.assert_array_equal(calls[0], first)
    assert (calls[1] != first).any()
    in_graph = tf.function(lambda: layer(ONES, training=True), autograph=False)
    with noise_stream(make_seed(0)):
        np.testing.assert_array_equal(in_graph(), first)


def test_dropout_keeps_the_mean():
    values = trained(SeededDropout(0.25))
    assert set(np.unique(values)) == {np.float32(0), np.float32(4 / 3)}
    # 20,000 draws: standard deviation 0.0031, above 0.0153 from it once in a million times.
    assert (values == 0).mean() == pytest.approx(0.25, abs=0.0153)
    np.testing.assert_array_equal(trained(SeededDropout(0.0)), ONES)


def test_gaussian_noise_has_its_deviation():
    noise = trained(SeededGaussianNoise(0.5)) - 1
    # Of 20,000 draws: standard deviations 0.0035 of the mean and 0.0025 of the deviation, five of each.
    assert noise.mean() == pytest.approx(0, abs=0.018)
    assert noise.std() == pytest.approx(0.5, abs=0.0125)


def test_rows_decide_which_noise_a_replica_has():
    def second_half(num_rows, draw):
        return draw(2 * num_rows)[num_rows:]

    layer = SeededDropout(0.5)
    whole = trained(layer)
    with noise_stream(make_seed(0), second_half):
        np.testing.assert_array_equal(layer(ONES[:50], training=True), whole[50:])


@pytest.mark.parametrize("make", LAYERS)
def test_training_without_a_seed_is_refused(make):
    with pytest.raises(ValueError, match="trains inside a `noise_stream` only"):
        make()(ONES, training=True)
    trained(make())
    with pytest.raises(ValueError, match="trains inside a `noise_stream` only"):
        make()(ONES, training=True)


@pytest.mark.parametrize("make", LAYERS)
def test_half_precision_and_config(make):
    layer = make()
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert again.get_config() == layer.get_config()
    assert trained(make(), inputs=tf.cast(ONES, tf.float16)).dtype == np.float32  # Keras casts to the layer's own
    half = type(layer)(0.5, dtype="bfloat16")
    with noise_stream(make_seed(0)):
        assert half(ONES, training=True).dtype == tf.bfloat16


@pytest.mark.parametrize("rate", [-0.1, 1.0])
def test_rate_out_of_range(rate):
    with pytest.raises(ValueError, match=r"`rate` must be in \[0, 1\)"):
        SeededDropout(rate)


def test_negative_deviation():
    with pytest.raises(ValueError, match="`stddev` must be finite and at least 0"):
        SeededGaussianNoise(-1.0)
