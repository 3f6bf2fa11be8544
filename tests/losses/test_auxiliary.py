"""The auxiliary classifier's cross-entropy."""

import numpy as np
import pytest
import tensorflow as tf

from tfgan_suite.losses import classification_loss, feature_matching_loss, known_class_loss, non_saturating

RANDOM = np.random.default_rng(1)

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


# The inputs of the reference's golden numbers.
ROWS, COLUMNS = np.arange(4)[:, None], np.arange(10)[None]
LABELLED, UNLABELLED = np.sin(ROWS + 2 * COLUMNS), np.cos(2 * ROWS + COLUMNS)
GENERATED = np.sin(3 * ROWS - COLUMNS)


def test_semi_supervised_losses_equal_the_original_code():
    np.testing.assert_allclose(known_class_loss(LABELLED, [0, 3, 6, 9]), 1.9374880629372468, rtol=1e-6)
    unlabelled, generated = (tf.reduce_logsumexp(tf.constant(x, tf.float32), 1) for x in (UNLABELLED, GENERATED))
    np.testing.assert_allclose(
        non_saturating.discriminator_loss(unlabelled, generated) / 2, 1.3323888493398215, rtol=1e-6
    )


def test_feature_matching_equals_the_original_code():
    np.testing.assert_allclose(feature_matching_loss(UNLABELLED, GENERATED), 0.10078546056719798, rtol=1e-5)
    np.testing.assert_allclose(feature_matching_loss(UNLABELLED, GENERATED, "squared"), 0.013405369112345689, rtol=1e-5)


def test_feature_matching_by_hand():
    real, fake = [[1.0, 0.0], [3.0, 4.0]], [[1.0, 1.0]]  # means (2, 2) and (1, 1)
    assert float(feature_matching_loss(real, fake)) == 1
    assert float(feature_matching_loss(real, [[4.0, 2.0]], "squared")) == 2
    assert float(feature_matching_loss(real, real)) == 0


def test_feature_matching_bad_inputs():
    with pytest.raises(ValueError, match="`fake_features` must have 2 axes"):
        feature_matching_loss([[1.0]], [1.0])
    with pytest.raises(ValueError, match="must be of the same width"):
        feature_matching_loss([[1.0]], [[1.0, 2.0]])
    with pytest.raises(ValueError, match="`distance` must be one of 'absolute', 'squared'"):
        feature_matching_loss([[1.0]], [[1.0]], "euclidean")


def test_images_of_unknown_class_do_not_count():
    known = classification_loss(LOGITS, [1, 0])
    more = np.concatenate([LOGITS, RANDOM.normal(size=(3, 3))])
    np.testing.assert_allclose(known_class_loss(more, [1, 0, 3, 3, 3]), known, rtol=1e-6)
    assert float(known_class_loss(LOGITS, [3, 3])) == 0
    logits = tf.Variable(LOGITS)
    with tf.GradientTape() as tape:
        loss = known_class_loss(logits, [3, 3])
    np.testing.assert_array_equal(tape.gradient(loss, logits), np.zeros_like(LOGITS))
    with pytest.raises(ValueError, match="as many `labels` as rows"):
        known_class_loss(LOGITS, [1, 0, 1])
