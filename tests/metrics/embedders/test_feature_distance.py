import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from tfgan_suite.metrics.embedders.base import Embedder
from tfgan_suite.metrics.embedders.feature_distance import (
    embedder_distance,
    network_distance,
    unit_feature_distance,
)
from tfgan_suite.metrics.embedders.pixels import PixelEmbedder


def vectors(*rows):
    return [tf.constant(rows, tf.float32)]


@pytest.mark.parametrize(
    ("a", "b", "weight", "expected"),
    [
        ((3, 4), (4, 3), 1.0, 0.08),
        ((30, 40), (4, 3), 1.0, 0.08),
        ((1, 0), (0, 5), 1.0, 2.0),
        ((1, 2), (-1, -2), 1.0, 4.0),
        ((0, 0), (0, 5), 1.0, 1.0),
        ((0, 0), (0, 0), 1.0, 0.0),
        ((3, 4), (4, 3), [0.0, 2.0], 0.08),
        ((3, 4), (4, 3), [1.0, 0.0], 0.04),
    ],
)
def test_by_hand(a, b, weight, expected):
    assert float(unit_feature_distance(vectors(a), vectors(b), [weight])[0]) == pytest.approx(expected, abs=1e-6)


def test_maps_are_averaged_over_places_and_summed_over_layers():
    right, up = [1.0, 0.0], [0.0, 1.0]
    maps = [tf.constant([[[right, right], [right, right]]])]  # [1, 2, 2, 2]
    others = [tf.constant([[[right, right], [right, up]]])]
    assert float(unit_feature_distance(maps, others, [1.0])[0]) == pytest.approx(2 / 4, abs=1e-6)
    both = unit_feature_distance(maps + vectors(right), others + vectors(up), [1.0, 0.25])
    assert float(both[0]) == pytest.approx(0.5 + 0.5, abs=1e-6)


def test_gradients_are_finite_where_nothing_is_active():
    values = tf.zeros((1, 3))
    with tf.GradientTape() as tape:
        tape.watch(values)
        distance = unit_feature_distance([values], vectors((0, 0, 1)), [1.0])
    assert np.isfinite(tape.gradient(distance, values)).all()


def small_network():
    images = keras.Input((6, 5, 1), name="images")
    first = layers.Conv2D(4, 3, activation="relu", name="first")(images)
    second = layers.Conv2D(3, 3, strides=2, name="second")(first)
    return keras.Model(images, layers.Dense(2, name="logits")(layers.Flatten()(second)), name="small")


def image_pair(count=5, shape=(6, 5, 1)):
    rng = np.random.default_rng(1)
    return [rng.uniform(-1, 1, (count, *shape)).astype(np.float32) for _ in range(2)]


def unit(values):
    lengths = np.linalg.norm(values, axis=-1, keepdims=True)
    return np.divide(values, lengths, out=np.zeros_like(values), where=lengths > 0)


def test_a_network_against_numpy():
    network, pair = small_network(), image_pair()
    parts = keras.Model(network.inputs[0], [network.get_layer(name).output for name in ("first", "second", "logits")])
    distance = network_distance(
        network, ("first", "second", "logits"), preprocess=lambda x: 2 * x + 1, name="a small one"
    )
    assert distance.name == "feature distance of a small one (first, second, logits)"
    expected = 0.0
    for a, b in zip(*(parts(2 * images + 1) for images in pair), strict=True):
        squares = np.sum((unit(np.float64(a)) - unit(np.float64(b))) ** 2, axis=-1).reshape(5, -1)
        expected += squares.mean(axis=1) / 3
    measured = distance.measure(*pair)
    assert measured.dtype == np.float64
    np.testing.assert_allclose(measured, expected, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(distance.measure(*pair, batch_size=2), expected, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(distance(*map(tf.constant, pair)), expected, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(distance.measure(pair[0], pair[0]), 0, atol=1e-12)


class Enlarging(Embedder):
    """Two linear features of enlarged colour images."""

    def __init__(self):
        super().__init__()
        self.name, self.weights_hash, self.feature_dim, self.input_size = "enlarging", "none", 2, (12, 10)
        self.kernel = tf.constant(np.random.default_rng(0).normal(size=(12 * 10 * 3, 2)), tf.float32)

    def forward(self, images):
        return tf.reshape(images, (-1, 360)) @ self.kernel, None


@pytest.mark.parametrize("make", [Enlarging, lambda: PixelEmbedder((6, 5, 1))])
def test_an_embedder_as_it_embeds(make):
    embedder, rng = make(), np.random.default_rng(2)
    uint8 = rng.integers(0, 256, (2, 4, 6, 5, 1), np.uint8)
    a, b = (unit(np.float64(embedder.embed(images).features)) for images in uint8)
    distance = embedder_distance(embedder)
    measured = distance.measure(*(uint8 / np.float32(127.5) - 1))
    np.testing.assert_allclose(measured, np.sum((a - b) ** 2, axis=1), rtol=1e-4, atol=1e-6)
    assert distance.name == f"feature distance of {embedder.name}"
    images = tf.constant(image_pair()[0])
    with tf.GradientTape() as tape:
        tape.watch(images)
        far = distance(images, -images)
    assert float(tf.reduce_max(tf.abs(tape.gradient(far, images)))) > 0 or make is not Enlarging


def test_errors():
    network = small_network()
    with pytest.raises(ValueError, match="`layers` must name at least one layer"):
        network_distance(network, ())
    with pytest.raises(ValueError, match="`layer` must be one that the embedder has: images, first, second"):
        network_distance(network, ("third",))
    distance = network_distance(network, ("first",))
    images, others = image_pair()
    for pair in ((images, others[:4]), (images[0], others[0]), (images[:0], others[:0])):
        with pytest.raises(ValueError, match="`images` and `others` must have the same shape"):
            distance.measure(*pair)
    with pytest.raises(ValueError, match=r"must be floats in \[-1, 1\]"):
        distance.measure(images, np.zeros(images.shape, np.uint8))
    with pytest.raises(ValueError, match="`batch_size` must be above 0"):
        distance.measure(images, others, batch_size=0)
