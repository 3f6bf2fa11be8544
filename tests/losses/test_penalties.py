"""Penalties: worked by hand, exact second gradients, float32 under mixed precision, no NaN at a flat critic."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgan_suite.losses import gradient_penalty, l2_penalty, r1_penalty

HALF = np.full(3, 0.5, np.float32)


def batch(value, shape=(3, 2, 2, 1)):
    return np.full(shape, value, np.float32)


def slope_two(images):
    return 2 * tf.reduce_sum(images, [1, 2, 3])


def half_square(images):
    """Gradient: the image itself."""
    return tf.reduce_sum(tf.square(images), [1, 2, 3])[:, None] / 2


def test_gradient_penalty_worked_by_hand():
    """Four inputs of slope 2: a norm of 4, a penalty of 9."""
    result = gradient_penalty(slope_two, batch(0.3), batch(-1.0), HALF)
    assert result.dtype == tf.float32
    np.testing.assert_allclose(result, 9.0, rtol=1e-6)


@pytest.mark.parametrize(("weight", "mixed"), [(0.0, 1.0), (0.25, 2.0), (1.0, 5.0)])
def test_weight_goes_from_real_to_fake(weight, mixed):
    """Images 1 and 5, four pixels: the gradient of half the square has the norm 2 * mixed."""
    result = gradient_penalty(half_square, batch(1.0), batch(5.0), np.full(3, weight, np.float32))
    np.testing.assert_allclose(result, (2 * mixed - 1) ** 2, rtol=1e-6)


def test_each_image_has_its_own_weight():
    result = gradient_penalty(half_square, batch(0.0), batch(1.0), np.array([0.0, 0.5, 1.0], np.float32))
    np.testing.assert_allclose(result, (1 + 0 + 1) / 3, atol=1e-5)


def test_r1_worked_by_hand():
    """Four pixels of 3: a squared norm of 36, without a factor 1/2."""
    np.testing.assert_allclose(r1_penalty(half_square, batch(3.0)), 36.0, rtol=1e-6)
    np.testing.assert_allclose(tf.function(lambda x: r1_penalty(half_square, x))(batch(3.0)), 36.0, rtol=1e-6)


def test_vectors_as_images():
    points = np.array([[3.0, 4.0]], np.float32)
    np.testing.assert_allclose(r1_penalty(lambda x: tf.reduce_sum(x**2, 1) / 2, points), 25.0, rtol=1e-6)


def test_flat_critic_has_a_finite_gradient():
    scale = tf.Variable(0.0)
    with tf.GradientTape() as tape:
        penalty = gradient_penalty(lambda x: scale * tf.reduce_sum(x, [1, 2, 3]), batch(1.0), batch(2.0), HALF)
    np.testing.assert_allclose(penalty, 1.0, atol=1e-5)
    assert np.isfinite(tape.gradient(penalty, scale))


@pytest.mark.parametrize("kind", ["gradient_penalty", "r1_penalty"])
def test_parameter_gradient_equals_central_differences(kind):
    random = np.random.default_rng(0)
    real, fake = (tf.constant(random.normal(size=(3, 4, 4, 2))) for _ in range(2))
    mixing = tf.constant(random.uniform(size=3))
    kernel = tf.Variable(random.normal(size=(3, 3, 2, 3)))

    def critic(images):
        return tf.reduce_sum(tf.tanh(tf.nn.conv2d(images, kernel, 2, "SAME")) ** 2, [1, 2, 3])

    def penalty():
        if kind == "r1_penalty":
            return r1_penalty(critic, real)
        return gradient_penalty(critic, real, fake, mixing)

    with tf.GradientTape() as tape:
        value = penalty()
    assert value.dtype == tf.float64
    direction = random.normal(size=kernel.shape)
    analytic = float(tf.reduce_sum(tape.gradient(value, kernel) * direction))
    kernel.assign_add(1e-5 * direction)
    above = float(penalty())
    kernel.assign_sub(2e-5 * direction)
    numeric = (above - float(penalty())) / 2e-5
    np.testing.assert_allclose(analytic, numeric, rtol=1e-7)


def test_float32_under_mixed_precision():
    inputs = keras.Input((4, 4, 1))
    x = keras.layers.Conv2D(4, 3, dtype="mixed_bfloat16")(inputs)
    network = keras.Model(inputs, keras.layers.Dense(1, dtype="mixed_bfloat16")(keras.layers.Flatten()(x)))
    shape = (3, 4, 4, 1)
    with tf.GradientTape() as tape:
        value = gradient_penalty(network, batch(0.5, shape), batch(-0.5, shape), HALF)
    assert value.dtype == tf.float32
    gradients = tape.gradient(value, network.trainable_variables[::2])
    assert all(np.all(np.isfinite(gradient)) for gradient in gradients)


def test_l2_worked_by_hand():
    values = [tf.Variable([3.0, 4.0]), keras.Variable([[2.0]]), tf.constant([1.0], tf.bfloat16)]
    result = l2_penalty(values)
    assert result.dtype == tf.float32
    np.testing.assert_allclose(result, 9 + 16 + 4 + 1, rtol=1e-6)
    assert l2_penalty([]) == 0
    with tf.GradientTape() as tape:
        result = l2_penalty(values[:1])
    np.testing.assert_allclose(tape.gradient(result, values[0]), [6.0, 8.0])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: gradient_penalty(slope_two, batch(0), batch(0, (2, 2, 2, 1)), HALF), "must have the same shape"),
        (lambda: gradient_penalty(slope_two, batch(0), batch(0), HALF[:2]), "one weight for each image"),
        (lambda: gradient_penalty(slope_two, batch(0), batch(0), HALF[:, None]), "`mixing_weights` must have 1 axes"),
        (lambda: r1_penalty(lambda x: {"logits": slope_two(x)}, batch(0)), "one tensor of logits"),
        (lambda: r1_penalty(lambda x: tf.zeros([3]), batch(0)), "differentiable function of its images"),
    ],
)
def test_bad_inputs(call, message):
    with pytest.raises(ValueError, match=message):
        call()
