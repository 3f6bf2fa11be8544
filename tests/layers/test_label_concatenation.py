"""One-hot labels beside latents and image channels."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgan_suite.layers import ConcatenateLabels

LABELS = np.array([2, 0], np.int32)


def test_appends_to_vectors():
    result = ConcatenateLabels(3)([np.array([[5.0], [6.0]], np.float32), LABELS])
    np.testing.assert_array_equal(result, [[5, 0, 0, 1], [6, 1, 0, 0]])


def test_appends_to_every_pixel():
    x = np.random.default_rng(0).normal(size=(2, 3, 4, 2)).astype(np.float32)
    result = tf.function(ConcatenateLabels(3))([x, LABELS]).numpy()
    np.testing.assert_array_equal(result[..., :2], x)
    np.testing.assert_array_equal(result[..., 2:], np.broadcast_to(np.eye(3)[LABELS][:, None, None], (2, 3, 4, 3)))


def test_has_the_compute_dtype():
    assert ConcatenateLabels(3, dtype="mixed_bfloat16")([np.ones([2, 1], np.float32), LABELS]).dtype == tf.bfloat16


def test_label_out_of_range():
    x, labels = np.ones([2, 1], np.float32), np.array([1, 3], np.int32)
    with pytest.raises(ValueError, match=r"`labels` must be in \[0, num_classes\)"):
        ConcatenateLabels(3)([x, labels])
    result = tf.function(ConcatenateLabels(3).call)([tf.constant(x), tf.constant(labels)])
    np.testing.assert_array_equal(result, [[1, 0, 1, 0], [1, np.nan, np.nan, np.nan]])


def test_bad_arguments():
    with pytest.raises(ValueError, match="`num_classes` must be above 0"):
        ConcatenateLabels(0)


def test_saving_round_trip(tmp_path):
    inputs = [keras.Input((4,)), keras.Input((), dtype="int32")]
    model = keras.Model(inputs, ConcatenateLabels(3)(inputs))
    assert model.output_shape == (None, 7)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again([np.ones([2, 4]), LABELS]), model([np.ones([2, 4]), LABELS]))
