"""A discriminator with a classifier of its own: the outputs of both, what is trained, and what is refused."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgan_suite.core.seeds import make_seed
from tfgan_suite.layers.noise import noise_stream
from tfgan_suite.metrics.embedders import RESIZE_MODES
from tfgan_suite.networks import dcgan_discriminator, small_cnn
from tfgan_suite.networks.with_classifier import check_classifier, classifier_of_images, with_classifier

SHAPE, NUM_CLASSES = (8, 8, 1), 3
IMAGES = tf.constant(np.random.default_rng(0).uniform(-1, 1, (4, *SHAPE)), tf.float32)


def discriminator():
    return dcgan_discriminator(SHAPE, 2)


def trained(shape=SHAPE):
    """As `train_classifier` returns: a model of pixels in 0..255, and a card."""
    grey = [127.5] * shape[2]
    scaling = keras.layers.Normalization(
        mean=grey, variance=[level**2 for level in grey], dtype="float32", name="standardise"
    )
    return SimpleNamespace(model=small_cnn(shape, NUM_CLASSES, preprocess=scaling), card="how it was trained")


@pytest.mark.parametrize("frozen", [True, False])
def test_outputs_are_those_of_both(frozen):
    critic, classifier = discriminator(), small_cnn(SHAPE, NUM_CLASSES)
    both = with_classifier(critic, classifier, NUM_CLASSES, frozen)
    outputs = both(IMAGES)
    np.testing.assert_allclose(outputs["logits"], critic(IMAGES), atol=1e-6)
    np.testing.assert_allclose(outputs["class_logits"], classifier(IMAGES), atol=1e-6)
    ours = [] if frozen else classifier.trainable_variables
    assert {id(v) for v in both.trainable_variables} == {id(v) for v in [*critic.trainable_variables, *ours]}
    assert len(classifier.trainable_variables) == 12
    assert "down1_conv" in [layer.name for layer in both.layers]
    # Dropout is off in a frozen one only.
    with noise_stream(make_seed(0)):
        first, second = (both(IMAGES, training=True)["class_logits"] for _ in range(2))
    assert np.array_equal(first, second) == frozen


def test_a_trained_classifier_is_given_pixels():
    classifier = trained()
    network = classifier_of_images(classifier, SHAPE)
    np.testing.assert_allclose(network(IMAGES), classifier.model((IMAGES + 1) * 127.5), atol=1e-5)
    both = with_classifier(discriminator(), classifier)
    np.testing.assert_allclose(both(IMAGES)["class_logits"], network(IMAGES), atol=1e-5)
    with pytest.raises(ValueError, match=r"must take images in \[-1, 1\].*Give the whole `TrainedClassifier`"):
        with_classifier(discriminator(), classifier.model)


@pytest.mark.parametrize("frozen", [True, False])
def test_a_trained_classifier_of_smaller_images_is_given_shrunk_ones(frozen):
    classifier = trained((5, 4, 1))
    pixels = (IMAGES + 1) * 127.5
    expected = classifier.model(RESIZE_MODES["bilinear"].resize(pixels, (5, 4)))
    both = with_classifier(discriminator(), classifier, NUM_CLASSES, frozen)
    np.testing.assert_allclose(both(IMAGES)["class_logits"], expected, atol=1e-5)
    with tf.GradientTape() as tape:
        tape.watch(IMAGES)
        total = tf.reduce_sum(both(IMAGES)["class_logits"])
    assert np.abs(tape.gradient(total, IMAGES)).min() > 0


@pytest.mark.parametrize("shape", [(16, 16, 1), (5, 16, 1), (4, 4, 3)])
def test_a_trained_classifier_of_larger_images_or_other_channels(shape):
    with pytest.raises(ValueError, match=r"images of the shape that the data has.*image_shape=\(8, 8, 1\)"):
        with_classifier(discriminator(), trained(shape))


def test_other_shapes_and_classes():
    with pytest.raises(ValueError, match=r"images of the shape that the data has.*\(4, 4, 1\).*\(8, 8, 1\)"):
        with_classifier(discriminator(), small_cnn((4, 4, 1), NUM_CLASSES))
    with pytest.raises(ValueError, match=r"one logit per class.*classifier_output=\(None, 3\), num_classes=4"):
        with_classifier(discriminator(), small_cnn(SHAPE, NUM_CLASSES), num_classes=4)


def test_a_sequential_classifier():
    layers = [keras.layers.Flatten(), keras.layers.Dense(NUM_CLASSES)]
    message = r"`classifier` must know its input.*classifier='without_input'.*Begin a `keras\.Sequential` with"
    for frozen in (True, False):
        with pytest.raises(ValueError, match=message):
            with_classifier(discriminator(), keras.Sequential(layers, name="without_input"), NUM_CLASSES, frozen)
        built = keras.Sequential([keras.Input(SHAPE), *layers])
        outputs = with_classifier(discriminator(), built, NUM_CLASSES, frozen)(IMAGES)
        np.testing.assert_allclose(outputs["class_logits"], built(IMAGES), atol=1e-6)


def test_probabilities_other_objects_and_a_second_class_head():
    classifier = small_cnn(SHAPE, NUM_CLASSES)
    probs = keras.Model(classifier.inputs, keras.layers.Softmax()(classifier.output))
    with pytest.raises(ValueError, match="must make logits, not the probabilities of a softmax"):
        check_classifier(probs, SHAPE, NUM_CLASSES)
    two_outputs = keras.Model(classifier.inputs, (classifier.output, classifier.output))
    with pytest.raises(ValueError, match=r"one logit per class.*classifier_output=\[\(None, 3\), \(None, 3\)\]"):
        check_classifier(two_outputs, SHAPE, NUM_CLASSES)
    with pytest.raises(ValueError, match=r"must be a `keras\.Model` or a `TrainedClassifier`"):
        with_classifier(discriminator(), "classifier.keras")
    with pytest.raises(ValueError, match=r"must have logits only.*class_logits"):
        with_classifier(with_classifier(discriminator(), classifier), classifier)
