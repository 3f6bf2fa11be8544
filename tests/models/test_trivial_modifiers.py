"""Trivial changes: sizes by hand and against bisection, directions, what is refused."""

import keras
import numpy as np
import pytest
from keras import layers

from tfgan_suite.models import trivial_modifiers
from tfgan_suite.models.trivial_modifiers import GradientSign, change_along, class_mean_images, towards_class_mean


def pixels(*values):
    """One image of these pixels."""
    return np.array(values, np.float32).reshape(1, -1, 1, 1)


def test_change_by_hand():
    """Pixels 0 and 0.8, both upwards: 0.2 each; then the second one is full, and the first one takes the rest."""
    images, up = pixels(0, 0.8), pixels(1, 1)
    np.testing.assert_allclose(change_along(images, up, 0.2), pixels(0.2, 1.0), atol=1e-7)
    np.testing.assert_allclose(change_along(images, up, 0.5), pixels(0.8, 1.0), atol=1e-7)
    # Three times as fast, and the other way: full at once, then 0.6 by the second alone.
    np.testing.assert_allclose(change_along(pixels(-0.7, 0), pixels(-3, 1), 0.45), pixels(-1, 0.6), atol=1e-7)
    np.testing.assert_allclose(change_along(images, up, 0.0), images)
    np.testing.assert_allclose(change_along(images, up, 9.0), pixels(1, 1))  # all that there is room for
    np.testing.assert_allclose(change_along(images, pixels(0, 0), 0.3), images)
    np.testing.assert_allclose(change_along(images, pixels(0, 1), 0.3), pixels(0, 1))  # a pixel that may not move


def test_change_against_bisection():
    random = np.random.default_rng(0)
    images = random.uniform(-1, 1, (20, 5, 4, 3)).astype(np.float32)
    images[:5] = np.sign(images[:5])  # black and white: half of the pixels have no room
    directions = random.normal(size=images.shape) * random.integers(0, 2, images.shape)
    wanted = random.uniform(0, 0.35, 20)

    def clipped(steps):
        return np.clip(images + steps[:, None, None, None] * directions, -1, 1)

    low, high = np.zeros(20), np.full(20, 1e6)
    for _ in range(100):
        middle = (low + high) / 2
        below = np.abs(clipped(middle) - images).mean(axis=(1, 2, 3)) < wanted
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    changed = change_along(images, directions, wanted)
    possible = np.abs(clipped(np.full(20, 1e9)) - images).mean(axis=(1, 2, 3)) > wanted
    assert possible.sum() >= 15
    np.testing.assert_allclose(changed[possible], clipped(high)[possible], atol=1e-5)
    np.testing.assert_allclose(np.abs(changed - images).mean(axis=(1, 2, 3))[possible], wanted[possible], atol=1e-6)


def test_blocks_make_no_difference(monkeypatch):
    random = np.random.default_rng(0)
    images, directions = random.uniform(-1, 1, (7, 3, 3, 1)), random.normal(size=(7, 3, 3, 1))
    whole = change_along(images, directions, np.linspace(0, 0.5, 7))
    monkeypatch.setattr(trivial_modifiers, "_BLOCK", 3)
    np.testing.assert_array_equal(change_along(images, directions, np.linspace(0, 0.5, 7)), whole)


def test_towards_the_mean_of_the_target():
    images, labels = np.concatenate([pixels(-1, 0), pixels(0, 0), pixels(1, 0.5)]), np.array([0, 0, 1])
    means = class_mean_images(images, labels, 2)
    np.testing.assert_allclose(means, np.concatenate([pixels(-0.5, 0), pixels(1, 0.5)]))
    as_uint8 = np.array([[0, 255], [51, 0]], np.uint8).reshape(2, 2, 1, 1)
    np.testing.assert_allclose(class_mean_images(as_uint8, np.array([0, 0]), 1), pixels(-0.8, 0), atol=1e-6)
    # From (0, 0): halfway to (1, 0.5); its mean absolute distance is 0.75.
    half = towards_class_mean(pixels(0, 0), 1, means, 0.375)
    np.testing.assert_allclose(half, pixels(0.5, 0.25), atol=1e-7)
    np.testing.assert_allclose(towards_class_mean(pixels(0, 0), 1, means, 0.75), pixels(1, 0.5), atol=1e-7)
    np.testing.assert_allclose(towards_class_mean(pixels(0, 0), 1, means, 0.9), pixels(1, 0.8), atol=1e-6)


@pytest.fixture(scope="module")
def linear():
    """Logits W x of two pixels: the gradient of CE to target t is (p - onehot(t)) W."""
    images = keras.Input((2, 1, 1))
    model = keras.Model(images, layers.Dense(3, use_bias=False)(layers.Flatten()(images)))
    model.set_weights([np.array([[1.0, -1.0, 0.0], [0.0, 0.0, 2.0]], np.float32)])
    return model


def test_gradient_sign_by_hand(linear):
    """To class 0: the first pixel up, the second down; to class 2 the second up, the first by the others' balance."""
    attack = GradientSign(linear)
    np.testing.assert_allclose(attack(pixels(0, 0), 0, 0.25), pixels(0.25, -0.25), atol=1e-7)
    np.testing.assert_allclose(attack(pixels(0.5, 0), 2, 0.1), pixels(0.4, 0.1), atol=1e-7)  # class 0 is the likelier
    np.testing.assert_allclose(attack(pixels(0, 0), 2, 0.1), pixels(0, 0.2), atol=1e-7)  # no gradient in the first
    both = attack(np.concatenate([pixels(0, 0), pixels(0.5, 0)]), [0, 2], np.array([0.25, 0.1]), batch_size=1)
    np.testing.assert_allclose(both, np.concatenate([pixels(0.25, -0.25), pixels(0.4, 0.1)]), atol=1e-7)


def test_gradient_sign_where_probabilities_are_saturated(linear):
    """A softmax of logits of 200 has no gradient in float32; the cross-entropy does."""
    linear.set_weights([np.array([[200.0, -200.0, 0.0], [0.0, 0.0, 2.0]], np.float32)])
    np.testing.assert_allclose(GradientSign(linear)(pixels(1, 0), 1, 0.2), pixels(0.6, 0), atol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((pixels(0, 2), pixels(1, 1), 0.1), r"must be in \[-1, 1\]"),
        ((pixels(0, 0), pixels(1, 1, 1), 0.1), "of the shape of `images`"),
        ((pixels(0, 0), pixels(1, np.nan), 0.1), "`directions` must be finite"),
        ((pixels(0, 0), pixels(1, 1), -0.1), "`mean_abs_changes` must be finite and at least 0"),
        ((pixels(0, 0), pixels(1, 1), np.nan), "`mean_abs_changes` must be finite and at least 0"),
    ],
)
def test_mistakes_of_a_change(arguments, message):
    with pytest.raises(ValueError, match=message):
        change_along(*arguments)


def test_other_mistakes(linear):
    with pytest.raises(ValueError, match="Every class must have images"):
        class_mean_images(pixels(0, 0), np.array([0]), 2)
    with pytest.raises(ValueError, match=r"`targets` must be in \[0, num_classes\)"):
        towards_class_mean(pixels(0, 0), 2, np.zeros((2, 2, 1, 1), np.float32), 0.1)
    with pytest.raises(ValueError, match=r"`targets` must be in \[0, num_classes\)"):
        GradientSign(linear)(pixels(0, 0), 3, 0.1)
    with pytest.raises(ValueError, match="`images` must have the shape"):
        GradientSign(linear)(pixels(0, 0, 0), 0, 0.1)
    with pytest.raises(ValueError, match="`batch_size` must be above 0"):
        GradientSign(linear)(pixels(0, 0), 0, 0.1, batch_size=0)
