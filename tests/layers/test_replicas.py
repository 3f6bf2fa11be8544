"""Norm layers under MirroredStrategy on two logical CPU devices, against the whole batch on one device."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgan_suite.layers import ConditionalBatchNormalization, ConditionalInstanceNormalization
from tfgan_suite.networks import blocks
from tfgan_suite.runs.distribution import make_strategy

IMAGES = np.random.default_rng(0).normal(2, 3, size=(8, 3, 4, 2)).astype(np.float32)
LABELS = np.array([0, 1, 1, 0, 1, 1, 1, 0], np.int32)
WEIGHTS = np.random.default_rng(1).normal(size=IMAGES.shape).astype(np.float32)


def forward_and_gradients(layer, x, labels, weights):
    with tf.GradientTape() as tape:
        tape.watch(x)
        result = layer([x, labels], training=True)
        total = tf.reduce_sum(result * weights)
    return result, tape.gradient(total, [x, layer.gamma.value, layer.beta.value])


def on_one(make):
    layer = make()
    result, gradients = forward_and_gradients(layer, tf.constant(IMAGES), tf.constant(LABELS), WEIGHTS)
    return result.numpy(), [gradient.numpy() for gradient in gradients], layer


def on_two(make):
    strategy = make_strategy("mirrored", num_devices=2)
    with strategy.scope():
        layer = make()
        layer.build([(None, 3, 4, 2), (None,)])

    @tf.function
    def run(x, labels, weights):
        return strategy.run(forward_and_gradients, args=(layer, x, labels, weights))

    def spread(values):
        return strategy.experimental_distribute_values_from_function(
            lambda context: tf.constant(np.split(values, 2)[context.replica_id_in_sync_group])
        )

    result, (of_x, of_gamma, of_beta) = run(spread(IMAGES), spread(LABELS), spread(WEIGHTS))
    gather = [np.concatenate(strategy.experimental_local_results(each)) for each in (result, of_x)]
    total = [sum(each.numpy() for each in strategy.experimental_local_results(grad)) for grad in (of_gamma, of_beta)]
    return gather[0], [gather[1], *total], layer


@pytest.mark.parametrize(
    "make",
    [
        lambda: ConditionalBatchNormalization(2, synchronized=True),
        lambda: ConditionalInstanceNormalization(2, track_running_stats=True),
    ],
    ids=["synchronized batch", "instance"],
)
def test_two_replicas_equal_one_device(make):
    result_1, gradients_1, layer_1 = on_one(make)
    result_2, gradients_2, layer_2 = on_two(make)
    np.testing.assert_allclose(result_2, result_1, atol=1e-5)
    for gradient_2, gradient_1 in zip(gradients_2, gradients_1, strict=True):
        np.testing.assert_allclose(gradient_2, gradient_1, atol=1e-4)
    for name in ("running_mean", "running_variance"):
        value = getattr(layer_1, name).numpy()
        for copy in getattr(layer_2, name).value.values:
            np.testing.assert_allclose(copy, value, rtol=1e-5)


def test_unsynchronised_batch_norm_keeps_equal_running_statistics():
    _, _, layer = on_two(lambda: ConditionalBatchNormalization(2))
    first, second = layer.running_variance.value.values
    np.testing.assert_array_equal(first, second)
    halves = [half.var((0, 1, 2)) for half in np.split(IMAGES, 2)]
    np.testing.assert_allclose(first, 0.9 + 0.1 * np.mean(halves, 0), rtol=1e-5)


def test_batch_norm_of_the_networks_is_synchronised():
    strategy = make_strategy("mirrored", num_devices=2)
    inputs = keras.Input((3, 4, 2))
    with strategy.scope():
        model = keras.Model(inputs, blocks.batch_norm(inputs, "norm"))

    @tf.function
    def run(x):
        return strategy.run(lambda values: model(values, training=True), args=(x,))

    halves = strategy.experimental_distribute_values_from_function(
        lambda context: tf.constant(np.split(IMAGES, 2)[context.replica_id_in_sync_group])
    )
    result = np.concatenate(strategy.experimental_local_results(run(halves)))
    mean, variance = IMAGES.mean((0, 1, 2)), IMAGES.var((0, 1, 2))
    np.testing.assert_allclose(result, (IMAGES - mean) / np.sqrt(variance + 1e-5), atol=1e-5)
