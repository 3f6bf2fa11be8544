"""The layer that resizes as `tf.image.resize` does: the same values, all gradients, XLA, a round trip."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgan_suite.layers.resizing import BilinearResizing, bilinear


def noise(height, width, channels=2):
    return tf.constant(np.random.default_rng(0).uniform(0, 255, (3, height, width, channels)), tf.float32)


@pytest.mark.parametrize(
    ("size", "to"), [((128, 128), (64, 64)), ((100, 130), (49, 64)), ((5, 8), (10, 3)), ((4, 4), (9, 7))]
)
def test_as_tensorflows(size, to):
    images = noise(*size)
    resized = BilinearResizing(to)(images)
    assert resized.shape == (3, *to, 2)
    np.testing.assert_allclose(resized, bilinear(images, to), atol=1e-3)  # of 0..255


def test_by_hand():
    """Half as long: the triangle of half width 2 weighs the pixels at -1.5, -0.5, 0.5, 1.5 with 1, 3, 3, 1 eighths."""
    images = tf.constant([0.0, 8, 0, 0, 0, 0, 0, 8])[tf.newaxis, :, tf.newaxis, tf.newaxis]
    resized = BilinearResizing((4, 1))(images)[0, :, 0, 0]
    np.testing.assert_allclose(resized, [8 * 3 / 7, 1, 0, 8 * 3 / 7], atol=1e-5)


def test_gradients_and_xla():
    """The gradient's own gradient too: the square's second derivative is 2 A' A."""
    layer = BilinearResizing((3, 3))
    images = noise(6, 5, 1)

    @tf.function(jit_compile=True)
    def second_order(images):
        with tf.GradientTape() as outer:
            outer.watch(images)
            with tf.GradientTape() as inner:
                inner.watch(images)
                total = tf.reduce_sum(layer(images) ** 2) / 2
            gradient = inner.gradient(total, images)
            of_gradient = tf.reduce_sum(gradient**2) / 2
        return gradient, outer.gradient(of_gradient, images)

    gradient, second = second_order(images)
    with tf.GradientTape() as tape:
        tape.watch(images)
        total = tf.reduce_sum(bilinear(images, (3, 3)) ** 2) / 2
    np.testing.assert_allclose(gradient, tape.gradient(total, images), rtol=1e-4, atol=1e-3)
    rows, columns = layer._rows, layer._columns
    hessian = np.kron(rows.T @ rows, columns.T @ columns)
    expected = (hessian @ gradient.numpy().reshape(3, -1, 1)).reshape(images.shape)
    np.testing.assert_allclose(second, expected, rtol=1e-4, atol=1e-3)


def test_saving(tmp_path):
    model = keras.Sequential([keras.Input((6, 6, 2)), BilinearResizing((3, 4))])
    model.save(tmp_path / "model.keras")
    images = noise(6, 6)
    np.testing.assert_array_equal(keras.models.load_model(tmp_path / "model.keras")(images), model(images))


def test_bad_sizes():
    for size in ((3,), (0, 3)):
        with pytest.raises(ValueError, match="`size` must be two numbers of at least 1"):
            BilinearResizing(size)
    with pytest.raises(ValueError, match="The height and the width of the images must be known"):
        BilinearResizing((3, 3))(keras.Input((None, 6, 1)))
