"""Networks with Keras' own noise and batch norm: what takes their place, on the same weights, and what is refused.

That training on two replicas is that on one is checked by `models.test_every_model`, case "modnet_trained_on".
"""

from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from tfgan_suite.core.seeds import make_seed
from tfgan_suite.layers.noise import SeededDropout, SeededGaussianNoise, noise_stream
from tfgan_suite.networks import wide_resnet
from tfgan_suite.networks.replica_exact import replica_exact

IMAGES = tf.constant(np.random.default_rng(0).uniform(-1, 1, (4, 8, 8, 1)), tf.float32)


def test_a_nested_network_on_the_same_weights():
    inner = wide_resnet((8, 8, 1), 3, depth=10, widen_factor=1, dropout_rate=0.3)
    noise = layers.GaussianNoise(0.5, name="noise")
    outer = keras.Sequential([keras.Input((8, 8, 1)), noise, inner])
    exact = replica_exact(outer)
    np.testing.assert_array_equal(exact(IMAGES), outer(IMAGES))
    assert [id(v) for v in exact.trainable_variables] == [id(v) for v in outer.trainable_variables]
    found = {layer.name: layer for layer in exact._flatten_layers(include_self=False)}
    assert isinstance(found["noise"], SeededGaussianNoise)
    assert isinstance(found["group2_block1_dropout"], SeededDropout)
    assert (found["noise"].stddev, found["group2_block1_dropout"].rate) == (0.5, 0.3)
    norms = [layer for layer in found.values() if isinstance(layer, layers.BatchNormalization)]
    assert len(norms) == 7
    assert all(norm.synchronized for norm in norms)
    # The given one keeps its noise, and needs no stream of it.
    assert isinstance(inner.get_layer("group2_block1_dropout"), layers.Dropout)
    outer(IMAGES, training=True)
    with noise_stream(make_seed(0)):
        one = exact(IMAGES, training=True)
    with noise_stream(make_seed(0)):
        np.testing.assert_array_equal(exact(IMAGES, training=True), one)


def test_other_noise_is_for_one_device(monkeypatch):
    network = keras.Sequential([keras.Input((8, 8, 1)), layers.SpatialDropout2D(0.5), layers.Flatten()])
    replica_exact(network)
    two = SimpleNamespace(num_replicas_in_sync=2)
    monkeypatch.setattr("tfgan_suite.networks.replica_exact.tf.distribute.get_strategy", lambda: two)
    with pytest.raises(ValueError, match=r"must not draw noise by Keras' own state.*spatial_dropout2d.*num_replicas=2"):
        replica_exact(network)
