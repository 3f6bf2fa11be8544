"""The critic's layer normalisation against NumPy, in mixed precision and in files."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgan_suite.layers import CriticLayerNormalization


def images(shape=(3, 4, 5, 6)):
    return np.random.default_rng(0).normal(2, 3, size=shape).astype(np.float32)


@pytest.mark.parametrize("shape", [(3, 4, 5, 6), (3, 6)])
def test_matches_numpy(shape):
    layer = CriticLayerNormalization()
    layer.build((None, *shape[1:]))
    layer.gamma.assign(np.arange(6) + 1.0)
    layer.beta.assign(np.arange(6) - 2.0)
    x = images(shape).astype(np.float64)
    axes = tuple(range(1, len(shape)))
    normalised = (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + 1e-5)
    expected = normalised * (np.arange(6) + 1) + np.arange(6) - 2
    np.testing.assert_allclose(layer(images(shape)), expected, atol=1e-5)
    np.testing.assert_allclose(tf.function(layer)(images(shape)), expected, atol=1e-5)


def test_samples_do_not_see_each_other():
    layer = CriticLayerNormalization()
    np.testing.assert_allclose(layer(images())[:1], layer(images()[:1]), atol=1e-6)


def test_mixed_precision_computes_in_float32():
    x = tf.cast(images(), tf.bfloat16)
    layer = CriticLayerNormalization(dtype="mixed_bfloat16")
    result = layer(x)
    assert {variable.dtype for variable in layer.variables} == {"float32"}
    expected = CriticLayerNormalization()(tf.cast(x, tf.float32))
    np.testing.assert_array_equal(result, tf.cast(expected, tf.bfloat16))


def test_saving_round_trip(tmp_path):
    inputs = keras.Input((4, 5, 6))
    model = keras.Model(inputs, CriticLayerNormalization(epsilon=0.01)(inputs))
    model.layers[-1].gamma.assign(np.arange(6))
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert again.layers[-1].epsilon == 0.01
    np.testing.assert_array_equal(again(images()), model(images()))


def test_bad_arguments():
    with pytest.raises(ValueError, match="`epsilon` must be above 0"):
        CriticLayerNormalization(epsilon=0)
    with pytest.raises(ValueError, match="at least 2 axes"):
        CriticLayerNormalization()(np.zeros(3, np.float32))
    with pytest.raises(ValueError, match="known number of channels"):
        CriticLayerNormalization()(keras.Input((3, None)))
