"""The auxiliary classifier's cross-entropy."""

import numpy as np
import pytest
import tensorflow as tf

from tfgan_suite.losses import classification_loss

LOGITS = np.array([[0.0, 0.0, 0.0], [np.log(2), 0.0, 0.0]], np.float32)


def test_worked_by_hand():
    """Probabilities 1/3 and 2/4: the mean of log 3 and log 2."""
    np.testing.assert_allclose(classification_loss(LOGITS, [1, 0]), (np.log(3) + np.log(2)) / 2, rtol=1e-6)


def test_half_precision_is_computed_in_float32():
    logits = tf.cast(np.random.default_rng(0).normal(size=(50, 10)) * 5, tf.bfloat16)
    labels = np.arange(50) % 10
    result = classification_loss(logits, labels)
    assert result.dtype == tf.float32
    expected = -tf.math.log_softmax(tf.cast(logits, tf.float64)).numpy()[np.arange(50), labels].mean()
    np.testing.assert_allclose(result, expected, rtol=1e-6)


def test_large_logits_stay_finite():
    np.testing.assert_allclose(classification_loss([[1e30, 0.0]], [0]), 0.0, atol=1e-7)


def test_bad_inputs():
    with pytest.raises(ValueError, match="`class_logits` must have 2 axes"):
        classification_loss(np.zeros(3, np.float32), [0, 1, 2])
    with pytest.raises(ValueError, match="`labels` must have 1 axes"):
        classification_loss(LOGITS, [[1], [0]])
    with pytest.raises(ValueError, match="as many `labels` as rows"):
        classification_loss(LOGITS, [1, 0, 1])
    with pytest.raises(tf.errors.InvalidArgumentError, match="outside the valid range"):
        classification_loss(LOGITS, [1, 3])
