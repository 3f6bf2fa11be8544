"""Losses and the gradient penalty against TF-GAN's, where it has them."""

import math

import numpy as np
import pytest
import tensorflow as tf

from tfgan_suite.losses import ADVERSARIAL_LOSSES, gradient_penalty
from tfgan_suite.metrics.embedders.tfgan import load_tfgan

RANDOM = np.random.default_rng(0)
REAL, FAKE = (RANDOM.normal(size=(7, 1)).astype(np.float32) * 3 for _ in range(2))


@pytest.fixture(scope="module")
def tfgan_losses():
    return load_tfgan().losses.losses_impl


# TF-GAN halves both least-squares losses, as the paper does, smooths the labels of the first two unless told, and its
# minimax generator loss also holds the constant term of a real logit of 1, -log(1 + e^-1).
NO_SMOOTHING = {"label_smoothing": 0.0}


@pytest.mark.parametrize(
    ("name", "tfgan_name", "factor", "options", "offset"),
    [
        ("minimax", "minimax", 1, NO_SMOOTHING, math.log1p(math.exp(-1))),
        ("non_saturating", "modified", 1, NO_SMOOTHING, 0),
        ("least_squares", "least_squares", 2, {}, 0),
        ("hinge", "wasserstein_hinge", 1, {}, 0),
        ("wasserstein", "wasserstein", 1, {}, 0),
    ],
)
def test_adversarial_loss(tfgan_losses, name, tfgan_name, factor, options, offset):
    loss = ADVERSARIAL_LOSSES[name]
    d_loss = getattr(tfgan_losses, f"{tfgan_name}_discriminator_loss")
    g_loss = getattr(tfgan_losses, f"{tfgan_name}_generator_loss")
    # Inside a graph, since TF-GAN adds its losses to a collection.
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        theirs = session.run(
            (d_loss(tf.constant(REAL), tf.constant(FAKE), **options), g_loss(tf.constant(FAKE), **options))
        )
    ours = loss.discriminator_loss(REAL, FAKE), loss.generator_loss(FAKE)
    np.testing.assert_allclose(ours, factor * np.array(theirs) + [0, offset], rtol=1e-5, atol=1e-6)


def test_gradient_penalty(tfgan_losses):
    """Of a linear critic, whose gradient is the same wherever TF-GAN's random mixing puts the image."""
    slopes = RANDOM.normal(size=(4, 4, 2)).astype(np.float32)
    real, fake = (RANDOM.normal(size=(5, 4, 4, 2)).astype(np.float32) for _ in range(2))

    def critic(images, _=None):
        return tf.reduce_sum(images * slopes, [1, 2, 3])

    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        theirs = session.run(
            tfgan_losses.wasserstein_gradient_penalty(
                tf.constant(real), tf.constant(fake), tf.zeros([5]), critic, tf.compat.v1.get_variable_scope()
            )
        )
    ours = gradient_penalty(critic, real, fake, np.linspace(0, 1, 5, dtype=np.float32))
    np.testing.assert_allclose(ours, theirs, rtol=1e-5)
