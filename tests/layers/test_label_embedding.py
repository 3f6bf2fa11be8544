"""Label embeddings of unit length: rows, start values, gradients, XLA, mixed precision, files."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgan_suite.layers.label_embedding import NormalizedLabelEmbedding

LABELS = np.array([2, 0, 2], np.int32)


def make_layer(num_classes=3, dims=4, **kwargs):
    layer = NormalizedLabelEmbedding(num_classes, dims, **kwargs)
    layer.build((None,))
    return layer


@pytest.mark.parametrize("jit", [False, True])
def test_rows_have_unit_length(jit):
    layer = make_layer()
    rows = tf.function(layer.call, jit_compile=jit)(tf.constant(LABELS))
    table = np.asarray(layer.table, np.float64)
    np.testing.assert_allclose(rows, (table / np.linalg.norm(table, axis=1, keepdims=True))[LABELS], atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, rtol=1e-6)


def test_one_dimension_gives_the_sign():
    layer = make_layer(dims=1)
    layer.set_weights([np.array([[0.3], [-2.0], [-1e-3]])])
    np.testing.assert_allclose(layer(np.arange(3)), [[1], [-1], [-1]], atol=1e-6)


def test_a_row_of_zeros_stays_finite():
    layer = make_layer()
    layer.set_weights([np.zeros([3, 4])])
    with tf.GradientTape() as tape:
        rows = layer(LABELS)
    np.testing.assert_array_equal(rows, np.zeros([3, 4]))
    assert np.all(np.isfinite(tape.gradient(rows, layer.table.value)))


def test_starts_standard_normal():
    values = np.asarray(make_layer(500, 200).table, np.float64)
    # 100,000 draws: standard errors 0.0032 of the mean and 0.0022 of the stddev; six of them.
    assert abs(values.mean()) < 0.019
    assert abs(values.std() - 1) < 0.0135


@pytest.mark.parametrize("jit", [False, True])
def test_gradient_is_dense_and_tangential(jit):
    """A row's length does not matter, so that its gradient is orthogonal to it; labels that are absent have none."""
    layer = make_layer()
    weights = np.random.default_rng(0).normal(size=(3, 4))

    @tf.function(jit_compile=jit)
    def gradient():
        with tf.GradientTape() as tape:
            total = tf.reduce_sum(layer(tf.constant(LABELS)) * weights)
        return tape.gradient(total, layer.table.value)

    result = gradient()
    assert isinstance(result, tf.Tensor)
    np.testing.assert_array_equal(result[1], np.zeros(4))
    np.testing.assert_allclose(tf.reduce_sum(result * layer.table, 1), np.zeros(3), atol=1e-6)
    row = np.asarray(layer.table, np.float64)[0]
    length = np.linalg.norm(row)
    by_hand = (weights[1] - row * (row @ weights[1]) / length**2) / length
    np.testing.assert_allclose(result[0], by_hand, atol=1e-6)


def test_float32_under_mixed_precision_and_files(tmp_path):
    labels = keras.Input((), dtype="int32")
    model = keras.Model(labels, NormalizedLabelEmbedding(3, 4, dtype="mixed_bfloat16")(labels))
    assert (model.output_shape, model.output.dtype) == ((None, 4), "float32")
    rows = model(LABELS)
    assert rows.dtype == tf.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, rtol=1e-6)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert again.layers[-1].get_config() == model.layers[-1].get_config()
    np.testing.assert_array_equal(again(LABELS), rows)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: NormalizedLabelEmbedding(0, 4), "`num_classes` must be above 0"),
        (lambda: NormalizedLabelEmbedding(3, 0), "`dims` must be above 0"),
        (lambda: make_layer()(np.array([0, 3])), r"`labels` must be in \[0, num_classes\)"),
        (lambda: make_layer()(np.array([0.0])), "`labels` must be integers"),
        (lambda: make_layer()(np.array([[0]])), "`labels` must have 1 axes"),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_label_out_of_range_in_a_graph():
    layer = make_layer()
    labels = tf.constant([1, 3])
    with pytest.raises(tf.errors.InvalidArgumentError):
        tf.function(layer.call)(labels)
    rows = tf.function(layer.call, jit_compile=True)(labels)
    np.testing.assert_array_equal(np.isnan(rows), [[False] * 4, [True] * 4])
