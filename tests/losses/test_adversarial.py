"""Adversarial losses against numbers worked by hand and TensorFlow's cross-entropy."""

import math

import numpy as np
import pytest
import tensorflow as tf

from tfgan_suite.losses import ADVERSARIAL_LOSSES, AdversarialLoss, get_adversarial_loss, hinge

REAL = np.array([2.0, -1.0, 0.5], np.float32)
FAKE = np.array([-3.0, 0.0], np.float32)

# Worked by hand; s(x) = log(1 + e^x).
S = {x: math.log1p(math.exp(x)) for x in (-2.0, 1.0, -0.5, -3.0, 0.0, 3.0)}
D_CROSS_ENTROPY = (S[-2] + S[1] + S[-0.5]) / 3 + (S[-3] + S[0]) / 2
EXPECTED = {
    "minimax": (D_CROSS_ENTROPY, -(S[-3] + S[0]) / 2),
    "non_saturating": (D_CROSS_ENTROPY, (S[3] + S[0]) / 2),
    "least_squares": ((1 + 4 + 0.25) / 3 + (9 + 0) / 2, (16 + 1) / 2),
    "hinge": ((0 + 2 + 0.5) / 3 + (0 + 1) / 2, 1.5),
    "wasserstein": (-1.5 - 0.5, 1.5),
}


@pytest.mark.parametrize("name", EXPECTED)
@pytest.mark.parametrize("shape", [(-1,), (-1, 1)])
def test_worked_by_hand(name, shape):
    loss = get_adversarial_loss(name)
    real, fake = REAL.reshape(shape), FAKE.reshape(shape)
    for wrap in (lambda function: function, tf.function):
        d_loss, g_loss = wrap(loss.discriminator_loss)(real, fake), wrap(loss.generator_loss)(fake)
        assert d_loss.shape == g_loss.shape == ()
        np.testing.assert_allclose([d_loss, g_loss], EXPECTED[name], rtol=1e-6)


def test_table_is_complete():
    assert set(ADVERSARIAL_LOSSES) == set(EXPECTED)
    assert all(loss.name == name for name, loss in ADVERSARIAL_LOSSES.items())


def test_cross_entropy_equals_tensorflows():
    entropy = tf.nn.sigmoid_cross_entropy_with_logits
    loss = get_adversarial_loss("non_saturating")
    on_real = tf.reduce_mean(entropy(tf.ones_like(REAL), REAL))
    on_fake = tf.reduce_mean(entropy(tf.zeros_like(FAKE), FAKE))
    np.testing.assert_allclose(loss.discriminator_loss(REAL, FAKE), on_real + on_fake, rtol=1e-6)
    np.testing.assert_allclose(loss.generator_loss(FAKE), tf.reduce_mean(entropy(tf.ones_like(FAKE), FAKE)), rtol=1e-6)
    np.testing.assert_allclose(get_adversarial_loss("minimax").generator_loss(FAKE), -on_fake, rtol=1e-6)


@pytest.mark.parametrize("name", EXPECTED)
def test_equal_logits_of_real_and_fake_have_the_known_value(name):
    """A discriminator that cannot tell: D loss 2 log 2, 1, 2, 0 at logit 0."""
    value = {"least_squares": 1, "hinge": 2, "wasserstein": 0}.get(name, 2 * math.log(2))
    zeros = np.zeros(5, np.float32)
    np.testing.assert_allclose(ADVERSARIAL_LOSSES[name].discriminator_loss(zeros, zeros), value, rtol=1e-6)


@pytest.mark.parametrize("name", EXPECTED)
def test_large_logits_stay_finite_and_half_precision_is_summed_in_float32(name):
    loss = ADVERSARIAL_LOSSES[name]
    big = tf.constant([1e4, -1e4], tf.float32)
    assert np.isfinite(loss.discriminator_loss(big, big))
    assert np.isfinite(loss.generator_loss(big))
    # 4097 ones have mean 1; summed in bfloat16 they would not.
    ones = tf.ones([4097], tf.bfloat16)
    result = loss.generator_loss(ones)
    assert result.dtype == tf.float32
    np.testing.assert_allclose(result, loss.generator_loss(tf.ones([1])), rtol=1e-6)


def test_look_up():
    own = AdversarialLoss("own", hinge.discriminator_loss, hinge.generator_loss)
    assert get_adversarial_loss(own) is own
    assert get_adversarial_loss("hinge") is hinge


@pytest.mark.parametrize(("loss", "message"), [("wgan", "'wasserstein'"), (3, "a name or an AdversarialLoss")])
def test_unknown_loss(loss, message):
    with pytest.raises(ValueError, match=message):
        get_adversarial_loss(loss)
