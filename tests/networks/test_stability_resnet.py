"""GAN_stability's network: its pooling by hand, its blocks against NumPy, and the gradient of R1 through it."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from shared_checks import slope_by_gradient_and_by_differences

from tfgan_suite.losses import r1_penalty
from tfgan_suite.networks.point_mlp import point_discriminator
from tfgan_suite.networks.self_conditioned import deep_discriminator
from tfgan_suite.networks.stability_resnet import halve, stability_resnet_discriminator


def make_halve(size, channels=1):
    inputs = keras.Input((size, size, channels))
    return keras.Model(inputs, halve(inputs, "halve"))


def test_pooling_by_hand():
    """Windows of 3 at -1 and 1: the zeros outside count."""
    x = np.arange(1, 17, dtype=np.float32).reshape(1, 4, 4, 1)
    corner, top = 1 + 2 + 5 + 6, 2 + 3 + 4 + 6 + 7 + 8
    left, inside = 5 + 6 + 9 + 10 + 13 + 14, 9 * 11
    np.testing.assert_allclose(make_halve(4)(x)[0, ..., 0], np.array([[corner, top], [left, inside]]) / 9, rtol=1e-6)


@pytest.mark.parametrize("size", [2, 6, 8])
def test_pooling_matches_padding_on_both_sides(size):
    x = np.random.default_rng(0).normal(size=(2, size, size, 3)).astype(np.float32)
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    count = (size + 2 - 3) // 2 + 1
    expected = np.empty((2, count, count, 3))
    for row in range(count):
        for column in range(count):
            window = padded[:, 2 * row : 2 * row + 3, 2 * column : 2 * column + 3]
            expected[:, row, column] = window.sum((1, 2)) / 9
    np.testing.assert_allclose(make_halve(size, 3)(x), expected, atol=1e-6)


def test_the_residual_is_a_tenth():
    """With biases alone, 3 of the first and 5 of the second convolution, a block adds 0.1 * 5."""
    network = stability_resnet_discriminator((8, 8, 1), num_filters=2, max_filters=2, blocks_per_scale=1)
    block = keras.Model(network.get_layer("images_conv").output, network.get_layer("size8_block1").output)
    for layer, bias in (("size8_block1_conv1", 3.0), ("size8_block1_conv2", 5.0)):
        kernel, _ = network.get_layer(layer).get_weights()
        network.get_layer(layer).set_weights([np.zeros_like(kernel), np.full(2, bias)])
    x = np.random.default_rng(0).normal(size=(1, 8, 8, 2)).astype(np.float32)
    np.testing.assert_allclose(block(x), x + 0.5, rtol=1e-6)


CRITICS = {
    "stability": (stability_resnet_discriminator, (8, 8, 2), {"num_filters": 2, "max_filters": 3}),
    "stability one block": (
        stability_resnet_discriminator,
        (8, 8, 2),
        {"num_filters": 2, "max_filters": 3, "blocks_per_scale": 1},
    ),
    "deep": (deep_discriminator, (8, 8, 2), {"num_filters": 2}),
    "points": (lambda shape, num_outputs, **options: point_discriminator(num_outputs, **options), (2,), {}),
}


@pytest.mark.parametrize("name", CRITICS)
def test_r1_gradient_equals_central_differences(name):
    """In float64, with the label's own of three logits, as Self-conditioned GAN uses it."""
    keras.config.set_dtype_policy("float64")  # The fixture of all tests sets it back.
    build, shape, options = CRITICS[name]
    network = build(shape, 3, **({"num_units": 5} if name == "points" else {}), **options)
    random = np.random.default_rng(0)
    images = tf.constant(random.normal(size=(3, *shape)))
    labels = tf.constant([1, 0, 2])

    @tf.function
    def penalty():
        return r1_penalty(lambda x: tf.gather(network(x, training=True), labels, axis=1, batch_dims=1), images)

    # The last bias does not enter the gradient of the logits.
    variables = [variable.value for variable in network.trainable_variables if variable.path != "logits/bias"]
    directions = [random.normal(size=variable.shape) for variable in variables]

    analytic, numeric = slope_by_gradient_and_by_differences(penalty, variables, directions)
    assert abs(numeric) > 1e-6
    np.testing.assert_allclose(analytic, numeric, rtol=1e-5)
