import numpy as np
import pytest
import tensorflow as tf
from scipy.ndimage import gaussian_filter

from tfgan_suite.core.schedules import piecewise_constant
from tfgan_suite.data import GaussianSmoothing, gaussian_blur

IMAGES = np.random.default_rng(0).uniform(-1, 1, (2, 9, 7, 3)).astype(np.float32)


@pytest.mark.parametrize("stddev", [0.3, 0.5, 1.0, 1.5, 2.0, 4.0, 7.0])
def test_equals_scipy(stddev):
    expected = gaussian_filter(IMAGES.astype(np.float64), stddev, mode="reflect", truncate=8, axes=(1, 2))
    np.testing.assert_allclose(gaussian_blur(IMAGES, stddev), expected, atol=1e-6)
    np.testing.assert_allclose(tf.function(gaussian_blur)(IMAGES, tf.constant(stddev)), expected, atol=1e-6)


def test_by_hand():
    # One step at stddev s: weights 1, e = exp(-1 / (2 s^2)), e^4 … The row 1 0 0 goes on as … 0 0 1 | 1 0 0 | 0 0 1 1 …
    e = np.exp(-0.5 / 0.4**2)
    weights = np.array([e**4, e, 1, e, e**4])
    weights /= weights.sum()
    blurred = gaussian_blur(np.array([1.0, 0, 0], np.float32).reshape(1, 1, 3, 1), 0.4)
    expected = [weights[2] + weights[1], weights[1] + weights[0], weights[0]]
    np.testing.assert_allclose(np.ravel(blurred), expected, atol=1e-6)


def test_stddev_0_is_the_identity_bit_for_bit():
    images = np.concatenate([IMAGES, np.full_like(IMAGES, -0.0), np.full_like(IMAGES, 1e-38)])
    for result in (
        gaussian_blur(images, 0),
        gaussian_blur(images, tf.constant(0.0)),
        tf.function(gaussian_blur)(images, tf.constant(0.0)),
    ):
        assert result.numpy().tobytes() == images.tobytes()


def test_keeps_mean_constant_and_dtype():
    blurred = gaussian_blur(IMAGES, 1.7).numpy()
    np.testing.assert_allclose(blurred.mean((1, 2)), IMAGES.mean((1, 2)), atol=1e-6)
    assert blurred.std() < IMAGES.std()
    np.testing.assert_allclose(gaussian_blur(tf.ones([1, 5, 5, 1]), 3.0), np.ones((1, 5, 5, 1)), atol=1e-6)
    half = gaussian_blur(tf.cast(IMAGES, tf.bfloat16), 1.0)
    assert half.dtype == tf.bfloat16
    assert half.shape == IMAGES.shape


def test_gradient_is_the_transposed_blur():
    images, weights = tf.constant(IMAGES), tf.constant(IMAGES[::-1].copy())
    with tf.GradientTape() as tape:
        tape.watch(images)
        loss = tf.reduce_sum(weights * gaussian_blur(images, 1.2))
    gradient = tape.gradient(loss, images)
    np.testing.assert_allclose(gradient, gaussian_blur(weights, 1.2), atol=1e-5)  # A blur matrix is symmetric.


def test_inside_map():
    dataset = tf.data.Dataset.range(3).map(lambda step: gaussian_blur(IMAGES, tf.cast(step, tf.float32)))
    for step, images in enumerate(dataset.as_numpy_iterator()):
        np.testing.assert_allclose(images, gaussian_blur(IMAGES, float(step)), atol=1e-6)


@pytest.mark.parametrize("stddev", [-0.1, 7.1, float("nan"), tf.constant(-1.0)])
def test_bad_stddev(stddev):
    with pytest.raises(ValueError, match="`stddev_px` must be between 0 and the shorter side"):
        gaussian_blur(IMAGES, stddev)


def test_stddev_out_of_range_in_a_graph_is_bounded():
    blur = tf.function(gaussian_blur)
    np.testing.assert_array_equal(blur(IMAGES, tf.constant(-1.0)), IMAGES)
    np.testing.assert_allclose(blur(IMAGES, tf.constant(99.0)), gaussian_blur(IMAGES, 7.0), atol=1e-6)


def test_bad_rank():
    with pytest.raises(ValueError, match="must have 4 axes"):
        gaussian_blur(IMAGES[0], 1.0)


def test_schedule_counts_batches_per_step():
    smoothing = GaussianSmoothing(piecewise_constant([2.0, 0.0], [1, 1]), batches_per_step=3)
    for batch_number in range(3):
        np.testing.assert_allclose(smoothing(IMAGES, batch_number), gaussian_blur(IMAGES, 2.0), atol=1e-6)
    np.testing.assert_array_equal(smoothing(IMAGES, 3), IMAGES)
    with pytest.raises(ValueError, match="`batches_per_step` must be above 0"):
        GaussianSmoothing(piecewise_constant([1.0], [1]), batches_per_step=0)
