import numpy as np
import pytest
import tensorflow as tf
from scipy.ndimage import gaussian_filter

from tfgan_suite.core.schedules import (
    GAUSSIAN_SMOOTH_TO_SHARP,
    TUNABLE_SMOOTH_TO_SHARP,
    SmoothToSharp,
    piecewise_constant,
)
from tfgan_suite.data import GaussianSmoothing, TunableSmoothing, gaussian_blur, tunable_sigmoid
from tfgan_suite.data.smoothing import Smoothing

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


@pytest.mark.parametrize("shape", [[None, None, None, None], [2, 9, None, 3], [None, None, 7, 3]])
def test_sizes_that_are_not_known_inside_map(shape):
    def blur(images):
        unknown = tf.compat.v1.placeholder_with_default(images, shape)
        too_large = tf.compat.v1.placeholder_with_default(99.0, [])
        results = [gaussian_blur(unknown, stddev) for stddev in (1.3, tf.constant(1.3), too_large)]
        assert all(result.shape.as_list() == shape for result in results)
        return results

    (results,) = tf.data.Dataset.from_tensors(IMAGES).map(blur)
    for result, stddev in zip(results, (1.3, 1.3, 7.0), strict=True):
        np.testing.assert_allclose(result, gaussian_blur(IMAGES, stddev), atol=1e-6)


def test_stddev_against_the_side_that_is_known():
    blur = tf.function(lambda images: gaussian_blur(images, 9.5), input_signature=[tf.TensorSpec([2, 9, None, 3])])
    with pytest.raises(ValueError, match="`stddev_px` must be between 0 and the shorter side"):
        blur(IMAGES)


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


UNIT = np.concatenate([np.linspace(0, 1, 201), np.random.default_rng(1).uniform(0, 1, 99)]).astype(np.float32)


def sigmoid_of_the_thesis(x, k):
    """Eq. 4.2, as it is printed."""
    x = np.asarray(x, np.float64)
    return ((2 * x - 1) - k * (2 * x - 1)) / (2 * (k - 2 * k * np.abs(2 * x - 1) + 1)) + 0.5


@pytest.mark.parametrize("k", [0.0, -0.2, -0.5, -0.6, -0.8, -0.99, -0.99999])
def test_sigmoid_is_that_of_the_thesis(k):
    expected = sigmoid_of_the_thesis(UNIT, k)
    np.testing.assert_allclose(tunable_sigmoid(UNIT, k), expected, atol=1e-6)
    np.testing.assert_allclose(tunable_sigmoid(UNIT.astype(np.float64), k), expected, rtol=1e-8, atol=1e-12)
    in_float32 = sigmoid_of_the_thesis(UNIT, np.float32(k).astype(np.float64))
    np.testing.assert_allclose(tf.function(tunable_sigmoid)(UNIT, tf.constant(k)), in_float32, atol=1e-6)
    away = UNIT[np.abs(UNIT - 0.5) > 0.01]  # in the middle a rise of up to 1e5 multiplies the rounding of 2x - 1
    scaled = tunable_sigmoid(2 * away - 1, k, value_range=(-1, 1))
    np.testing.assert_allclose(scaled, 2 * sigmoid_of_the_thesis(away, k) - 1, atol=2e-6)


def test_sigmoid_by_hand():
    # k = -0.5: x = 0.75 -> 0.5 * 1.5 / (2 * (0.5 + 0.5)) + 0.5; x = 0.25 is its mirror image.
    np.testing.assert_allclose(tunable_sigmoid([0.0, 0.25, 0.5, 0.75, 1.0], -0.5), [0, 0.125, 0.5, 0.875, 1], atol=1e-7)
    np.testing.assert_allclose(tunable_sigmoid([0.0, 255.0], -0.5, value_range=(0, 255)), [0, 255])


def test_k_0_is_the_identity_bit_for_bit():
    images = np.concatenate([UNIT, np.float32([1e-38, -0.0, 3e-9])])
    for result in (
        tunable_sigmoid(images, 0),
        tunable_sigmoid(images, tf.constant(0.0)),
        tf.function(tunable_sigmoid)(images, tf.constant(0.0)),
    ):
        assert result.numpy().tobytes() == images.tobytes()


def test_k_minus_1_is_the_step():
    step = (UNIT >= 0.5).astype(np.float32)
    np.testing.assert_array_equal(tunable_sigmoid(UNIT, -1), step)
    np.testing.assert_array_equal(tf.function(tunable_sigmoid)(UNIT, tf.constant(-1.0)), step)
    away = np.abs(UNIT - 0.5) > 0.01
    np.testing.assert_allclose(tunable_sigmoid(UNIT[away], -0.99999), step[away], atol=3e-4)


@pytest.mark.parametrize("k", [0.0, -0.3, -0.9, -0.99999, -1.0])
@pytest.mark.parametrize("value_range", [(0.0, 1.0), (-1.0, 1.0)])
def test_sigmoid_rises_and_stays_in_the_range(k, value_range):
    low, high = value_range
    images = np.sort(low + (high - low) * np.random.default_rng(2).uniform(0, 1, 20_000)).astype(np.float32)
    images = np.concatenate([[np.float32(low)], np.clip(images, low, high), [np.float32(high)]])
    sharp = tunable_sigmoid(images, k, value_range).numpy()
    assert (sharp[0], sharp[-1]) == value_range
    assert sharp.min() >= low
    assert sharp.max() <= high
    assert np.diff(sharp).min() > -1e-6


@pytest.mark.parametrize("shape", [(), (3,), (2, 4, 5, 1), (1, 2, 3, 4, 2)])
@pytest.mark.parametrize("dtype", [tf.bfloat16, tf.float32, tf.float64])
def test_sigmoid_keeps_shape_and_dtype(shape, dtype):
    images = tf.cast(np.random.default_rng(3).uniform(0, 1, shape), dtype)
    sharp = tunable_sigmoid(images, -0.6)
    assert (sharp.shape, sharp.dtype) == (images.shape, dtype)
    np.testing.assert_allclose(
        tf.cast(sharp, tf.float64), sigmoid_of_the_thesis(tf.cast(images, tf.float64), -0.6), atol=5e-3
    )


@pytest.mark.parametrize("k", [0.0, -0.2, -0.8])
def test_gradient_of_the_sigmoid(k):
    """f'(x) = (1 - k) (1 + k) / (1 + k - 2k |2x - 1|)^2, in x, and by differences in k."""
    images, k = tf.constant(UNIT, tf.float64), tf.constant(k, tf.float64)
    with tf.GradientTape() as tape:
        tape.watch([images, k])
        total = tf.reduce_sum(tf.function(tunable_sigmoid)(images, k))
    gradient, gradient_k = tape.gradient(total, [images, k])
    expected = (1 - k) * (1 + k) / np.square(1 + k - 2 * k * np.abs(2 * UNIT.astype(np.float64) - 1))
    np.testing.assert_allclose(gradient, expected, rtol=1e-9)
    assert np.isfinite(gradient_k)


def test_gradient_of_the_step_is_zero_and_finite():
    images = tf.constant([0.0, 0.3, 0.5, 0.7, 1.0])
    with tf.GradientTape() as tape:
        tape.watch(images)
        total = tf.reduce_sum(tf.function(tunable_sigmoid)(images, tf.constant(-1.0)))
    np.testing.assert_allclose(tape.gradient(total, images), np.zeros(5), atol=1e-6)


def test_sigmoid_does_not_retrace_for_another_k():
    sharpen = tf.function(tunable_sigmoid)
    for k in (0.0, -0.2, -0.99999):
        sharpen(tf.constant(UNIT), tf.constant(k))
    assert sharpen.experimental_get_tracing_count() == 1


@pytest.mark.parametrize("k", [0.1, -1.1, float("nan"), tf.constant(0.5)])
def test_bad_k(k):
    with pytest.raises(ValueError, match=r"`k` must be in \[-1, 0\]"):
        tunable_sigmoid(UNIT, k)


def test_k_out_of_range_in_a_graph_is_bounded():
    sharpen = tf.function(tunable_sigmoid)
    np.testing.assert_array_equal(sharpen(UNIT, tf.constant(2.0)), UNIT)
    np.testing.assert_array_equal(sharpen(UNIT, tf.constant(-3.0)), UNIT >= 0.5)


def test_bad_images_and_range():
    with pytest.raises(ValueError, match=r"`images` must be floats.*dtype='uint8'"):
        tunable_sigmoid(np.zeros((1, 2, 2, 1), np.uint8), -0.5)
    for make in (lambda: tunable_sigmoid(UNIT, -0.5, (1, 0)), lambda: TunableSmoothing(abs, value_range=(1, 1))):
        with pytest.raises(ValueError, match="`value_range` must be"):
            make()


def test_tunable_smoothing_counts_batches_per_step():
    images = UNIT.reshape(3, 10, 10, 1)
    smoothing = TunableSmoothing(SmoothToSharp([0, -0.5, -1], [1, 2, 1]), batches_per_step=2)
    assert isinstance(smoothing, Smoothing)
    for number, k in enumerate([0, 0, -0.5, -0.5, -0.5, -0.5, -1, -1]):
        np.testing.assert_array_equal(smoothing(images, number), tunable_sigmoid(images, k))
    in_range = TunableSmoothing(piecewise_constant([-0.5], [1]), value_range=(-1, 1))
    np.testing.assert_array_equal(in_range(2 * images - 1, 0), tunable_sigmoid(2 * images - 1, -0.5, (-1, 1)))
    with pytest.raises(ValueError, match="`batches_per_step` must be above 0"):
        TunableSmoothing(piecewise_constant([-0.5], [1]), batches_per_step=0)


def test_a_plan_of_the_other_kind_is_refused():
    with pytest.raises(ValueError, match=r"values of k in \[-1, 0\].*`GaussianSmoothing` takes"):
        TunableSmoothing(GAUSSIAN_SMOOTH_TO_SHARP)
    with pytest.raises(ValueError, match=r"standard deviations of at least 0.*`TunableSmoothing` takes"):
        GaussianSmoothing(TUNABLE_SMOOTH_TO_SHARP)


@pytest.mark.parametrize(
    ("smoothing", "images"),
    [
        (TunableSmoothing(TUNABLE_SMOOTH_TO_SHARP.scaled_to(8)), UNIT.reshape(3, 10, 10, 1)),
        (GaussianSmoothing(GAUSSIAN_SMOOTH_TO_SHARP.scaled_to(8)), IMAGES),
    ],
)
def test_in_a_compiled_program(smoothing, images):
    """As batches that are drawn inside of the training step need it."""
    compiled = tf.function(smoothing, jit_compile=True)
    for number in range(9):
        expected = smoothing(images, number)
        np.testing.assert_allclose(compiled(tf.constant(images), tf.constant(number, tf.int64)), expected, atol=1e-6)
    assert compiled.experimental_get_tracing_count() == 1
