"""Bounds of changed images by hand; changing images by a ModNet, in parts and from averaged weights."""

import numpy as np
import pytest
import tensorflow as tf
from modnet_cases import dense_modnet, modnet_with_classifier, noise

from tfgan_suite.models.modifying import clip, renormalise, squash

IMAGES, LABELS_OF_IMAGES = noise()


def row(*values):
    return tf.constant(values, tf.float32, shape=[1, 1, len(values), 1])


@pytest.mark.parametrize(
    ("bound", "expected"),
    [
        (clip, [1.0, -0.3, -1.0]),
        # Sums 1.5, -0.3, -1.1: [-1.1, 1.5] onto [-1, 1].
        (renormalise, [1.0, 2 * 0.8 / 2.6 - 1, -1.0]),
        (squash, np.tanh([1.5, -0.3, -1.1])),
    ],
)
def test_bounding_by_hand(bound, expected):
    found = bound(row(0.7, 0.2, -0.9), row(0.8, -0.5, -0.2))
    np.testing.assert_allclose(np.ravel(found), expected, atol=1e-6)


def test_renormalising_leaves_what_is_inside_and_is_per_image():
    images = tf.constant(IMAGES[:3])
    np.testing.assert_allclose(renormalise(images, tf.zeros_like(images)), images, atol=1e-6)
    deltas = tf.concat([tf.zeros([1, 2, 2, 1]), tf.ones([2, 2, 2, 1])], 0)
    np.testing.assert_allclose(renormalise(images, deltas)[0], images[0], atol=1e-6)
    one_sided = renormalise(row(0.5, 0.0), row(0.9, 0.0))  # sums 1.4, 0: [-1, 1.4] onto [-1, 1]
    np.testing.assert_allclose(np.ravel(one_sided), [1.0, 2 / 2.4 - 1], atol=1e-6)


@pytest.mark.parametrize("bounding", ["clip", "renormalise", "tanh"])
def test_results_are_bounded_sums(bounding):
    model = dense_modnet(bounding=bounding)
    model.generator.get_layer("pixels").kernel.assign(model.generator.get_layer("pixels").kernel * 30)
    deltas, results = model.delta(IMAGES, 1), model.modify(IMAGES, 1)
    assert np.abs(IMAGES + deltas).max() > 1
    assert np.abs(results).max() <= 1
    bound = {"clip": clip, "renormalise": renormalise, "tanh": squash}[bounding]
    np.testing.assert_allclose(results, bound(IMAGES, deltas), atol=1e-6)
    np.testing.assert_allclose(results, model.predict([IMAGES, np.full(24, 1)], verbose=0), atol=1e-6)


def test_modifying_is_by_image_and_from_averaged_weights():
    model = modnet_with_classifier(average_decay=0.5)
    results = model.modify(IMAGES, LABELS_OF_IMAGES)
    np.testing.assert_allclose(model.modify(IMAGES, LABELS_OF_IMAGES, batch_size=5), results, atol=1e-6)
    np.testing.assert_allclose(model.modify(IMAGES[3:4], int(LABELS_OF_IMAGES[3])), results[3:4], atol=1e-6)
    deltas = model.delta(IMAGES, LABELS_OF_IMAGES)
    np.testing.assert_allclose(model.delta(IMAGES, LABELS_OF_IMAGES, batch_size=5), deltas, atol=1e-6)
    np.testing.assert_allclose(model.class_probs(IMAGES, batch_size=5), model.class_probs(IMAGES), atol=1e-6)
    assert (model.modify(IMAGES, 0) != model.modify(IMAGES, 1)).any((1, 2, 3)).all()
    for average in model.averaged_weights.averages:
        average.assign(average * 0)
    np.testing.assert_array_equal(model.delta(IMAGES, 0), 0 * IMAGES)
