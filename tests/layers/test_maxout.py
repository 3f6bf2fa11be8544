"""Maxout against NumPy, its gradients of both orders, XLA, mixed precision, files."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgan_suite.layers.maxout import Maxout


def make_layer(units=3, num_pieces=4, width=2, dtype=None):
    layer = Maxout(units, num_pieces, "random_normal", "random_normal", dtype=dtype)
    layer.build((None, width))
    return layer


def expected(layer, x):
    kernel, bias = (np.asarray(value, np.float64) for value in (layer.kernel, layer.bias))
    outputs = np.empty((len(x), layer.units))
    for unit in range(layer.units):
        pieces = range(unit, layer.num_pieces * layer.units, layer.units)
        outputs[:, unit] = np.max([x @ kernel[:, piece] + bias[piece] for piece in pieces], axis=0)
    return outputs


@pytest.mark.parametrize("jit", [False, True])
def test_matches_numpy(jit):
    layer = make_layer()
    x = np.random.default_rng(0).normal(size=(6, 2)).astype(np.float32)
    call = tf.function(layer.call, jit_compile=jit)
    np.testing.assert_allclose(call(tf.constant(x)), expected(layer, x), atol=1e-6)


def test_by_hand():
    """Two pieces of one unit: max(x, 1 - x)."""
    layer = Maxout(1, 2)
    layer.build((None, 1))
    layer.set_weights([np.array([[1.0, -1.0]]), np.array([0.0, 1.0])])
    np.testing.assert_allclose(layer(np.array([[0.2], [0.7], [3.0]], np.float32)), [[0.8], [0.7], [3.0]], rtol=1e-6)


def test_one_piece_is_a_linear_layer():
    layer = make_layer(num_pieces=1)
    x = np.random.default_rng(0).normal(size=(6, 2)).astype(np.float32)
    np.testing.assert_allclose(layer(x), x @ np.asarray(layer.kernel) + np.asarray(layer.bias), atol=1e-6)


@pytest.mark.parametrize("jit", [False, True])
def test_second_gradient_equals_central_differences(jit):
    """The gradient of a smooth critic's squared gradient norm, in float64."""
    layer = make_layer(dtype="float64")
    random = np.random.default_rng(1)
    x = tf.constant(random.normal(size=(5, 2)))
    weights = tf.constant(random.normal(size=3))

    @tf.function(jit_compile=jit)
    def penalty():
        with tf.GradientTape() as tape:
            tape.watch(x)
            total = tf.reduce_sum(tf.tanh(layer(x)) * weights)
        return tf.reduce_sum(tf.square(tape.gradient(total, x)))

    variables = [layer.kernel.value, layer.bias.value]
    with tf.GradientTape() as tape:
        value = penalty()
    gradients = tape.gradient(value, variables)
    for variable, gradient in zip(variables, gradients, strict=True):
        direction = random.normal(size=variable.shape)
        start = tf.identity(variable)
        variable.assign(start + 1e-6 * direction)
        above = float(penalty())
        variable.assign(start - 1e-6 * direction)
        below = float(penalty())
        variable.assign(start)
        numeric = (above - below) / 2e-6
        assert abs(numeric) > 1e-3
        np.testing.assert_allclose(float(tf.reduce_sum(gradient * direction)), numeric, rtol=1e-6)


def test_mixed_precision_and_saving(tmp_path):
    inputs = keras.Input((2,))
    model = keras.Model(inputs, Maxout(3, 2, "random_normal", dtype="mixed_bfloat16")(inputs))
    assert model.output_shape == (None, 3)
    x = np.ones([2, 2], np.float32)
    assert model(x).dtype == tf.bfloat16
    assert {variable.dtype for variable in model.variables} == {"float32"}
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert again.layers[-1].get_config() == model.layers[-1].get_config()
    np.testing.assert_array_equal(again(x), model(x))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Maxout(0), "`units` must be above 0"),
        (lambda: Maxout(2, 0), "`num_pieces` must be above 0"),
        (lambda: Maxout(2)(np.ones([2, 3, 4])), r"`inputs` must have 2 axes \[N, D\]"),
        (lambda: Maxout(2)(keras.Input((None,))), "a known width"),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()
