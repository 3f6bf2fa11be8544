"""A frozen network: inference mode, nothing to train, gradients to its inputs, the same after a round trip."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from tfgan_suite.layers.frozen import Frozen


def network():
    """With a batch normalisation and a dropout, both of which training mode would change."""
    images = keras.Input((4,))
    x = layers.Dropout(0.5)(layers.BatchNormalization()(layers.Dense(5)(images)))
    return keras.Model(images, layers.Dense(3)(x))


INPUTS = tf.constant(np.random.default_rng(0).normal(size=(6, 4)), tf.float32)


def test_inference_mode_and_no_weights_to_train():
    inner = network()
    layer = Frozen(inner)
    outer = keras.Sequential([keras.Input((4,)), layers.Dense(4), layer])
    before = inner.get_weights()
    expected = inner(outer.layers[0](INPUTS), training=False)
    for _ in range(2):
        np.testing.assert_array_equal(outer(INPUTS, training=True), expected)
    for old, new in zip(before, inner.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    assert [variable.path.split("/")[-1] for variable in outer.trainable_variables] == ["kernel", "bias"]
    assert len(outer.variables) > 2 + len(before) - 1


def test_it_stays_frozen():
    layer = Frozen(network(), trainable=True)
    outer = keras.Sequential([keras.Input((4,)), layer])
    outer.trainable = True
    layer.trainable = True
    assert not layer.trainable
    assert outer.trainable_variables == []
    assert all(not each.trainable for each in layer.network.layers)


def test_gradients_pass():
    layer = Frozen(network())
    with tf.GradientTape() as tape:
        tape.watch(INPUTS)
        total = tf.reduce_sum(layer(INPUTS))
    assert np.abs(tape.gradient(total, INPUTS)).min() > 0


def test_a_network_of_float32_sees_float32_under_mixed_precision(tmp_path):
    inner = network()
    expected = inner(INPUTS)
    keras.config.set_dtype_policy("mixed_bfloat16")
    images = keras.Input((4,))
    model = keras.Model(images, Frozen(inner, name="classifier")(images))
    np.testing.assert_array_equal(model(INPUTS), expected)
    model.save(tmp_path / "model.keras")
    np.testing.assert_array_equal(keras.models.load_model(tmp_path / "model.keras")(INPUTS), expected)


def test_saving(tmp_path):
    inner = network()
    model = keras.Sequential([keras.Input((4,)), Frozen(inner, name="classifier")])
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again(INPUTS), inner(INPUTS))
    assert again.trainable_variables == []
