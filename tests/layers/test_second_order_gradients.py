"""The gradient of a gradient penalty through each norm, against central differences in float64."""

import numpy as np
import pytest
import tensorflow as tf

from tfgan_suite.layers import (
    ConditionalBatchNormalization,
    ConditionalInstanceNormalization,
    CriticLayerNormalization,
)

NUM_CLASSES = 3
LABELS = tf.constant([2, 0, 2, 1])
STEP = 1e-5
TOLERANCE = 1e-7


def make_case(layer):
    """A smooth critic sum_c w_c tanh(norm(x))_c with random weights, and the variables it depends on."""
    random = np.random.default_rng(0)
    images = tf.Variable(random.normal(size=(4, 3, 2, 5)) * 2 + 1)
    weights = tf.constant(random.normal(size=(3, 2, 5)))
    conditional = not isinstance(layer, CriticLayerNormalization)

    def critic(x):
        normalised = layer([x, LABELS], training=True) if conditional else layer(x)
        return tf.reduce_sum(tf.tanh(normalised) * weights, [1, 2, 3])

    critic(images)
    for variable in layer.trainable_variables:
        variable.assign(variable + random.normal(size=variable.shape) * 0.3)

    def squared_norm():
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            x = tf.identity(images)
            tape.watch(x)
            total = tf.reduce_sum(critic(x))
        return tf.reduce_sum(tf.square(tape.gradient(total, x)))

    return squared_norm, [images, *(variable.value for variable in layer.trainable_variables)]


@pytest.mark.parametrize(
    "layer",
    [
        CriticLayerNormalization(dtype="float64"),
        ConditionalInstanceNormalization(NUM_CLASSES, dtype="float64"),
        ConditionalInstanceNormalization(NUM_CLASSES, track_running_stats=True, dtype="float64"),
        ConditionalBatchNormalization(NUM_CLASSES, dtype="float64"),
        ConditionalBatchNormalization(NUM_CLASSES, synchronized=True, dtype="float64"),
    ],
    ids=lambda layer: layer.name,
)
def test_penalty_gradient_equals_central_differences(layer):
    squared_norm, variables = make_case(layer)
    with tf.GradientTape() as tape:
        value = squared_norm()
    gradients = tape.gradient(value, variables)
    random = np.random.default_rng(1)
    for variable, gradient in zip(variables, gradients, strict=True):
        direction = tf.constant(random.normal(size=variable.shape))
        analytic = float(tf.reduce_sum(gradient * direction))
        start = tf.identity(variable)
        variable.assign(start + STEP * direction)
        above = float(squared_norm())
        variable.assign(start - STEP * direction)
        below = float(squared_norm())
        variable.assign(start)
        numeric = (above - below) / (2 * STEP)
        assert abs(analytic - numeric) < TOLERANCE * max(1.0, abs(numeric)) + 1e-6
        assert abs(numeric) > 1e-3


def test_beta_shifts_the_critic_and_so_has_a_penalty_gradient_too():
    squared_norm, variables = make_case(ConditionalInstanceNormalization(NUM_CLASSES, dtype="float64"))
    with tf.GradientTape() as tape:
        value = squared_norm()
    beta_gradient = tape.gradient(value, variables)[2]
    assert isinstance(beta_gradient, tf.Tensor)
    assert np.all(np.abs(beta_gradient.numpy()) > 0)
