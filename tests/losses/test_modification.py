"""The L1 of a modification, by hand."""

import numpy as np
import pytest
import tensorflow as tf

from tfgan_suite.losses.modification import mean_absolute_change, modification_loss


def test_by_hand():
    """Two images of 2 x 1 x 1: changes 0.5 and -1, 0 and 0.25; sums 1.5 and 0.25."""
    images = np.array([[0.0, 0.5], [1.0, -0.25]]).reshape(2, 2, 1, 1)
    modified = np.array([[0.5, -0.5], [1.0, 0.0]]).reshape(2, 2, 1, 1)
    assert float(modification_loss(images, modified)) == pytest.approx(0.875, rel=1e-6)
    assert float(mean_absolute_change(images, modified)) == pytest.approx(1.75 / 4, rel=1e-6)


def test_gradient_is_the_sign():
    images, modified = tf.zeros([2, 2, 2, 3]), tf.Variable(tf.fill([2, 2, 2, 3], -0.5))
    with tf.GradientTape(persistent=True) as tape:
        losses = modification_loss(images, modified), mean_absolute_change(images, modified)
    np.testing.assert_allclose(tape.gradient(losses[0], modified), -1 / 2)
    np.testing.assert_allclose(tape.gradient(losses[1], modified), -1 / 24, rtol=1e-6)


def test_half_precision_is_summed_in_float32():
    images = tf.zeros([1, 64, 64, 1], tf.float16)
    assert modification_loss(images, images + 100).dtype == tf.float32
    assert float(modification_loss(images, images + 100)) == pytest.approx(64 * 64 * 100)


@pytest.mark.parametrize("loss", [modification_loss, mean_absolute_change])
def test_shapes_that_differ(loss):
    with pytest.raises(ValueError, match=r"must have one shape \[N, H, W, C\].*\(2, 2, 2, 1\).*\(2, 2, 1\)"):
        loss(tf.zeros([2, 2, 2, 1]), tf.zeros([2, 2, 1]))
    with pytest.raises(ValueError, match="must have one shape"):
        loss(tf.zeros([2, 2, 2, 1]), tf.zeros([2, 2, 2, 3]))
