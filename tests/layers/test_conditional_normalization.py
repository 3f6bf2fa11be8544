"""Conditional instance and batch normalisation against NumPy, in graphs, mixed precision, files and two replicas."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgan_suite.layers import ConditionalBatchNormalization, ConditionalInstanceNormalization

LAYERS = [ConditionalInstanceNormalization, ConditionalBatchNormalization]
LABELS = np.array([1, 0, 3, 1], np.int32)
NUM_CLASSES = 4


def images(seed=0):
    return np.random.default_rng(seed).normal(3, 2, size=(4, 5, 6, 3)).astype(np.float32)


def with_random_tables(layer):
    if not layer.built:
        layer.build([(None, 5, 6, 3), (None,)])
    random = np.random.default_rng(5)
    layer.gamma.assign(random.normal(1, 0.3, layer.gamma.shape))
    layer.beta.assign(random.normal(0, 0.3, layer.beta.shape))
    return layer


def expected(layer, x, axes):
    x = x.astype(np.float64)
    normalised = (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + layer.epsilon)
    gamma, beta = (np.asarray(table)[LABELS][:, None, None] for table in (layer.gamma, layer.beta))
    return gamma * normalised + beta


@pytest.mark.parametrize("in_graph", [False, True])
@pytest.mark.parametrize(("kind", "axes"), [(LAYERS[0], (1, 2)), (LAYERS[1], (0, 1, 2))])
def test_matches_numpy(kind, axes, in_graph):
    layer = with_random_tables(kind(NUM_CLASSES))
    call = tf.function(layer.call) if in_graph else layer
    result = call([tf.constant(images()), tf.constant(LABELS)], training=True)
    np.testing.assert_allclose(result, expected(layer, images(), axes), atol=2e-6)


def test_instance_norm_in_inference_uses_the_instance():
    layer = with_random_tables(ConditionalInstanceNormalization(NUM_CLASSES))
    np.testing.assert_array_equal(layer([images(), LABELS]), layer([images(), LABELS], training=True))
    assert not layer.non_trainable_variables


def test_instances_do_not_see_each_other():
    layer = with_random_tables(ConditionalInstanceNormalization(NUM_CLASSES))
    together = layer([images(), LABELS])
    for index in range(4):
        alone = layer([images()[index : index + 1], LABELS[index : index + 1]])
        np.testing.assert_allclose(alone[0], together[index], atol=1e-6)


def test_large_mean_is_taken_out():
    x = images() + 1000
    result = with_random_tables(ConditionalInstanceNormalization(NUM_CLASSES))([x, LABELS])
    layer = with_random_tables(ConditionalInstanceNormalization(NUM_CLASSES))
    np.testing.assert_allclose(result, expected(layer, x, (1, 2)), atol=1e-3)


def test_instance_running_statistics():
    """Pixels 0, 2, 4, 6: mean 3, unbiased variance 20 / 3; from 0 and 1 with momentum 0.1."""
    layer = ConditionalInstanceNormalization(1, track_running_stats=True)
    x = np.array([0, 2, 4, 6], np.float32).reshape(1, 2, 2, 1)
    layer([np.concatenate([x, x]), np.zeros(2, np.int32)], training=True)
    np.testing.assert_allclose(layer.running_mean, [0.3], rtol=1e-6)
    np.testing.assert_allclose(layer.running_variance, [1.5666666666666667], rtol=1e-6)
    result = layer([x, np.zeros(1, np.int32)], training=False)
    np.testing.assert_allclose(result, (x - 0.3) / np.sqrt(1.5666666666666667 + 1e-5), rtol=1e-5)


def test_instance_running_statistics_of_one_pixel_stay_finite():
    layer = ConditionalInstanceNormalization(1, track_running_stats=True)
    layer([np.ones([2, 1, 1, 1], np.float32), np.zeros(2, np.int32)], training=True)
    np.testing.assert_allclose(layer.running_variance, [0.9], rtol=1e-6)


def test_batch_moving_statistics():
    """Values 0, 2, 4, 6: mean 3, biased variance 5; from 0 and 1 with momentum 0.9, as Keras' own layer."""
    layer = ConditionalBatchNormalization(1)
    x = np.array([0, 2, 4, 6], np.float32).reshape(4, 1, 1, 1)
    layer([x, np.zeros(4, np.int32)], training=True)
    np.testing.assert_allclose(layer.running_mean, [0.3], rtol=1e-6)
    np.testing.assert_allclose(layer.running_variance, [1.4], rtol=1e-6)
    result = layer([x, np.zeros(4, np.int32)], training=False)
    np.testing.assert_allclose(result, (x - 0.3) / np.sqrt(1.4 + 1e-5), rtol=1e-5)


def test_batch_norm_with_one_class_equals_keras():
    own, keras_layer = ConditionalBatchNormalization(1), keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-5)
    for seed in range(3):
        ours = own([images(seed), np.zeros(4, np.int32)], training=True)
        np.testing.assert_allclose(ours, keras_layer(images(seed), training=True), atol=3e-6)
    ours = own([images(), np.zeros(4, np.int32)], training=False)
    np.testing.assert_allclose(ours, keras_layer(images(), training=False), atol=3e-6)


@pytest.mark.parametrize("kind", LAYERS)
def test_gradient_of_tables_is_dense_and_right(kind):
    layer = with_random_tables(kind(NUM_CLASSES))
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(layer([images(), LABELS], training=True))
    _, beta_gradient = tape.gradient(total, layer.trainable_variables)
    assert isinstance(beta_gradient, tf.Tensor)
    # Each pixel of each image of a class adds one: 30 pixels, classes seen 1, 2, 0, 1 times.
    np.testing.assert_allclose(beta_gradient, np.array([[30], [60], [0], [30]]) * np.ones(3))


@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.parametrize("labels", [[0, 1, 2, 4], [0, -1, 2, 3]])
def test_label_out_of_range(kind, labels):
    layer = with_random_tables(kind(NUM_CLASSES))
    with pytest.raises(ValueError, match=r"`labels` must be in \[0, num_classes\)"):
        layer([images(), np.array(labels, np.int32)])
    with pytest.raises(tf.errors.InvalidArgumentError):
        tf.function(layer.call)([tf.constant(images()), tf.constant(labels)])
    compiled = tf.function(layer.call, jit_compile=True)
    result = compiled([tf.constant(images()), tf.constant(labels)])
    wrong = np.array([not 0 <= label < NUM_CLASSES for label in labels])
    np.testing.assert_array_equal(np.isnan(result).all((1, 2, 3)), wrong)
    np.testing.assert_array_equal(np.isnan(result).any((1, 2, 3)), wrong)


@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.parametrize(
    ("x", "labels", "message"),
    [
        (np.zeros([4, 3], np.float32), LABELS, "`inputs` must have 4 axes"),
        (np.zeros([4, 2, 2, 3], np.float32), LABELS[:, None], "`labels` must have 1 axes"),
        (np.zeros([4, 2, 2, 3], np.float32), LABELS.astype(np.float32), "`labels` must be integers"),
    ],
)
def test_bad_inputs(kind, x, labels, message):
    with pytest.raises(ValueError, match=message):
        kind(NUM_CLASSES)([x, labels])


@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.parametrize("arguments", [{"num_classes": 0}, {"num_classes": 2, "epsilon": 0}])
def test_bad_arguments(kind, arguments):
    with pytest.raises(ValueError, match="must be above 0"):
        kind(**arguments)
    with pytest.raises(ValueError, match=r"`momentum` must be in \[0, 1\]"):
        kind(2, momentum=1.5)


@pytest.mark.parametrize("kind", LAYERS)
def test_mixed_precision_computes_in_float32(kind):
    half = kind(NUM_CLASSES, dtype="mixed_bfloat16")
    x = tf.cast(images(), tf.bfloat16)
    result = half([x, LABELS], training=True)
    assert result.dtype == tf.bfloat16
    assert {variable.dtype for variable in half.variables} == {"float32"}
    full = kind(NUM_CLASSES)([tf.cast(x, tf.float32), LABELS], training=True)
    np.testing.assert_array_equal(result, tf.cast(full, tf.bfloat16))


@pytest.mark.parametrize(
    "layer",
    [
        ConditionalInstanceNormalization(NUM_CLASSES, epsilon=1e-3, momentum=0.2, track_running_stats=True),
        ConditionalInstanceNormalization(NUM_CLASSES),
        ConditionalBatchNormalization(NUM_CLASSES, epsilon=1e-3, momentum=0.5, synchronized=True),
    ],
    ids=lambda layer: layer.name,
)
def test_saving_round_trip(layer, tmp_path):
    inputs = [keras.Input((5, 6, 3)), keras.Input((), dtype="int32")]
    model = keras.Model(inputs, layer(inputs))
    with_random_tables(layer)
    model([images(), LABELS], training=True)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert again.layers[-1].get_config() == layer.get_config()
    np.testing.assert_array_equal(again([images(1), LABELS]), model([images(1), LABELS]))
