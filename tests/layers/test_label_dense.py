"""One linear layer and one batch norm per label against K layers of Keras, and their gradients, replicas and files."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgan_suite.layers.label_dense import LabelBatchNormalization, LabelDense
from tfgan_suite.runs.distribution import make_strategy

NUM_CLASSES, WIDTH, UNITS = 4, 3, 5
LABELS = np.array([1, 0, 3, 1, 0, 1], np.int32)  # label 2 is absent, label 3 has a single sample


def inputs(seed=0):
    return np.random.default_rng(seed).normal(2, 3, size=(len(LABELS), WIDTH)).astype(np.float32)


def make_dense(**kwargs):
    layer = LabelDense(UNITS, NUM_CLASSES, bias_initializer="random_normal", **kwargs)
    layer.build([(None, WIDTH), (None,)])
    return layer


def make_norm(**kwargs):
    layer = LabelBatchNormalization(NUM_CLASSES, **kwargs)
    layer.build([(None, WIDTH), (None,)])
    random = np.random.default_rng(5)
    layer.gamma.assign(random.normal(1, 0.3, layer.gamma.shape))
    layer.beta.assign(random.normal(0, 0.3, layer.beta.shape))
    return layer


@pytest.mark.parametrize("use_bias", [False, True])
@pytest.mark.parametrize("jit", [False, True])
def test_dense_matches_numpy(jit, use_bias):
    layer = make_dense(use_bias=use_bias)
    x = inputs()
    result = tf.function(layer.call, jit_compile=jit)([tf.constant(x), tf.constant(LABELS)])
    kernel = np.asarray(layer.kernel, np.float64)
    expected = np.stack([row @ kernel[label] for row, label in zip(x, LABELS, strict=True)])
    if use_bias:
        expected += np.asarray(layer.bias)[LABELS]
    np.testing.assert_allclose(result, expected, atol=1e-6)
    assert len(layer.trainable_variables) == 1 + use_bias


@pytest.mark.parametrize("jit", [False, True])
def test_dense_gradient_is_that_of_separate_layers(jit):
    layer = make_dense()
    x = tf.constant(inputs())
    upstream = np.random.default_rng(1).normal(size=(len(LABELS), UNITS)).astype(np.float32)

    @tf.function(jit_compile=jit)
    def gradients():
        with tf.GradientTape() as tape:
            total = tf.reduce_sum(layer([x, tf.constant(LABELS)]) * upstream)
        return tape.gradient(total, [layer.kernel.value, layer.bias.value])

    of_kernel, of_bias = gradients()
    assert isinstance(of_kernel, tf.Tensor)
    assert isinstance(of_bias, tf.Tensor)
    for label in range(NUM_CLASSES):
        own = label == LABELS
        np.testing.assert_allclose(of_kernel[label], inputs()[own].T @ upstream[own], atol=1e-5)
        np.testing.assert_allclose(of_bias[label], upstream[own].sum(0), atol=1e-6)


def test_norm_is_that_of_separate_layers_in_training_and_inference():
    layer = make_norm()
    separate = [keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-5) for _ in range(NUM_CLASSES)]
    for label, each in enumerate(separate):
        each.build((None, WIDTH))
        each.gamma.assign(layer.gamma[label])
        each.beta.assign(layer.beta[label])
    for seed in range(3):
        result = layer([inputs(seed), LABELS], training=True).numpy()
        for label in set(LABELS):
            own = label == LABELS
            np.testing.assert_allclose(result[own], separate[label](inputs(seed)[own], training=True), atol=1e-5)
    labels = np.array([0, 1, 2, 3, 2, 1], np.int32)
    result = layer([inputs(), labels], training=False).numpy()
    for label, each in enumerate(separate):
        np.testing.assert_allclose(result[labels == label], each(inputs()[labels == label]), atol=1e-5)


def test_norm_of_a_single_sample_is_beta():
    layer = make_norm()
    result = layer([inputs(), LABELS], training=True)
    # The scale is 1 / sqrt(1e-5) = 316, and with it the rounding of the inputs.
    np.testing.assert_allclose(result[2], layer.beta[3], atol=1e-4)


@pytest.mark.parametrize("jit", [False, True])
def test_norm_gradient_equals_central_differences(jit):
    layer = make_norm(dtype="float64")
    random = np.random.default_rng(1)
    weights = random.normal(size=(len(LABELS), WIDTH))

    @tf.function(jit_compile=jit)
    def objective(x):
        return tf.reduce_sum(tf.tanh(layer([x, tf.constant(LABELS)], training=True)) * weights)

    x = tf.constant(inputs(), tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = objective(x)
    direction = random.normal(size=x.shape)
    numeric = float(objective(x + 1e-6 * direction) - objective(x - 1e-6 * direction)) / 2e-6
    np.testing.assert_allclose(float(tf.reduce_sum(tape.gradient(value, x) * direction)), numeric, rtol=1e-6)
    assert abs(numeric) > 1e-3


def test_synchronized_norm_over_two_replicas_equals_one():
    strategy = make_strategy("mirrored", num_devices=2)
    single = make_norm()
    expected = single([inputs(), LABELS], training=True)
    with strategy.scope():
        layer = make_norm(synchronized=True)

    @tf.function
    def run():
        def on_replica():
            index = tf.distribute.get_replica_context().replica_id_in_sync_group
            rows = slice(3 * index, 3 * index + 3)
            return layer([tf.constant(inputs())[rows], tf.constant(LABELS)[rows]], training=True)

        return strategy.run(on_replica)

    result = np.concatenate([np.asarray(value) for value in strategy.experimental_local_results(run())])
    np.testing.assert_allclose(result, expected, atol=1e-5)
    np.testing.assert_allclose(layer.running_mean, single.running_mean, atol=1e-6)
    np.testing.assert_allclose(layer.running_variance, single.running_variance, rtol=1e-5)


@pytest.mark.parametrize("kind", [LabelDense, LabelBatchNormalization])
def test_mixed_precision_and_saving(kind, tmp_path):
    options = {"units": UNITS} if kind is LabelDense else {"momentum": 0.5, "synchronized": True}
    network_inputs = [keras.Input((WIDTH,)), keras.Input((), dtype="int32")]
    layer = kind(num_classes=NUM_CLASSES, dtype="mixed_bfloat16", **options)
    model = keras.Model(network_inputs, layer(network_inputs))
    assert model.output_shape == (None, UNITS if kind is LabelDense else WIDTH)
    assert model([inputs(), LABELS], training=True).dtype == tf.bfloat16
    assert {variable.dtype for variable in model.variables} == {"float32"}
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert again.layers[-1].get_config() == layer.get_config()
    np.testing.assert_array_equal(again([inputs(), LABELS]), model([inputs(), LABELS]))


@pytest.mark.parametrize("make", [make_dense, make_norm])
def test_bad_inputs(make):
    with pytest.raises(ValueError, match=r"`labels` must be in \[0, num_classes\)"):
        make()([inputs(), np.full(6, NUM_CLASSES)])
    with pytest.raises(ValueError, match="`labels` must be integers"):
        make()([inputs(), LABELS.astype(np.float32)])
    with pytest.raises(ValueError, match=r"`inputs` must have 2 axes \[N, D\]"):
        type(make())(num_classes=2, **({"units": 1} if make is make_dense else {}))([np.ones([6, 2, 2]), LABELS])


def test_dense_label_out_of_range_in_a_graph_is_nan_there_only():
    layer = make_dense(use_bias=False)
    labels = tf.constant([1, 0, 3, 1, NUM_CLASSES, -1])
    for jit in (False, True):
        result = tf.function(layer.call, jit_compile=jit)([tf.constant(inputs()), labels])
        np.testing.assert_array_equal(np.isnan(result).all(1), [False] * 4 + [True] * 2)
        np.testing.assert_array_equal(np.isnan(result).any(1), [False] * 4 + [True] * 2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: LabelDense(0, 2), "`units` must be above 0"),
        (lambda: LabelDense(2, 0), "`num_classes` must be above 0"),
        (lambda: LabelBatchNormalization(0), "`num_classes` must be above 0"),
        (lambda: LabelBatchNormalization(2, epsilon=0), "`epsilon` must be above 0"),
        (lambda: LabelBatchNormalization(2, momentum=1.5), r"`momentum` must be in \[0, 1\]"),
    ],
)
def test_bad_arguments(call, message):
    with pytest.raises(ValueError, match=message):
        call()
