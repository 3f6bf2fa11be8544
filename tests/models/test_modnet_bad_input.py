"""What a ModNet refuses: networks, arguments, data, images and targets; and a classifier of pixels, which it takes."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf
from model_cases import described
from modnet_cases import (
    NUM_CLASSES,
    compiled,
    dense_critic,
    dense_delta_generator,
    dense_modnet,
    modnet_with_classifier,
    noise,
)

from tfgan_suite.core.seeds import make_seed
from tfgan_suite.data import Images, Split
from tfgan_suite.models.modnet import ModNet
from tfgan_suite.networks import small_cnn

IMAGES, LABELS_OF_IMAGES = noise()


def four_classes():
    """`Images` with a class more than the models here."""
    pixels = np.zeros((24, 2, 2, 1), np.uint8)
    return Images("black", Split(pixels, np.arange(24) % 4), class_names=("a", "b", "c", "d"))


def test_networks_and_arguments():
    critic, generator = dense_modnet().discriminator, dense_delta_generator()
    for num_classes in (None, 1):
        with pytest.raises(ValueError, match="`num_classes` must be at least 2"):
            ModNet(generator, critic, num_classes=num_classes)
    with pytest.raises(ValueError, match='must have an output "class_logits" with one logit per class'):
        ModNet(generator, dense_critic(), num_classes=NUM_CLASSES)
    with pytest.raises(ValueError, match="`generator` must take images and labels"):
        ModNet(dense_critic(), critic, num_classes=NUM_CLASSES)
    with pytest.raises(ValueError, match="`bounding` must be one of 'clip', 'renormalise', 'tanh'"):
        dense_modnet(bounding="none")
    with pytest.raises(ValueError, match="`num_generator_steps` must be above 0"):
        dense_modnet(num_generator_steps=0)
    for l1_weight in (-1, float("nan"), float("inf"), "mae"):
        with pytest.raises(ValueError, match='`l1_weight` must be a finite number of at least 0, or "mean"'):
            dense_modnet().compile(l1_weight=l1_weight)
    with pytest.raises(ValueError, match="`generator_batch_size` must be None"):
        dense_modnet().compile(generator_batch_size=8)


def test_images_and_classifiers_of_for_images():
    with pytest.raises(ValueError, match=r"The U-Net takes images of size 28, 32, 64.*\(30, 30, 1\)"):
        ModNet.for_images(described(30), num_filters=2)
    with pytest.raises(ValueError, match="`num_classes` must be given for images without labels"):
        ModNet.for_images(described(28, None))
    with pytest.raises(ValueError, match="`classifier` must take images of the shape that the data has"):
        ModNet.for_images(described(28), num_filters=2, classifier=small_cnn((32, 32, 1), NUM_CLASSES))
    with pytest.raises(ValueError, match="`classifier` must make one logit per class"):
        ModNet.for_images(described(28), num_filters=2, classifier=small_cnn((28, 28, 1), 10))


def test_data_without_labels_or_with_others():
    model = compiled(dense_modnet())
    with pytest.raises(ValueError, match="A conditional GAN must be given labels"):
        model.fit(IMAGES, batch_size=4, verbose=0)
    with pytest.raises(ValueError, match=r"`y` must be in \[0, num_classes\).*out_of_range=\[3\]"):
        model.fit(IMAGES, LABELS_OF_IMAGES + 1, batch_size=4, verbose=0)
    for frozen in (True, False):
        with pytest.raises(ValueError, match=r"`labels` must be in \[0, num_classes\).*out_of_range=\[3\]"):
            compiled(modnet_with_classifier(frozen)).fit(four_classes().training_batches(4), verbose=0)


def test_labels_of_a_plain_data_set_count_modulo_the_classes():
    labels = tf.constant(LABELS_OF_IMAGES)
    targets = [dense_modnet().sample_targets(each, make_seed(0)).numpy() for each in (labels, labels + NUM_CLASSES)]
    np.testing.assert_array_equal(*targets)


def test_a_modnet_draws_no_images():
    with pytest.raises(ValueError, match=r"changes images and draws none.*`modify\(images, targets\)`"):
        dense_modnet().sample(3)
    with pytest.raises(ValueError, match="A step of a ModNet needs images to change"):
        compiled(dense_modnet()).generator_step(4, make_seed(0))


@pytest.mark.parametrize(
    ("images", "targets", "message"),
    [
        (IMAGES[:, :1], 0, r"`images` must have the shape.*\(24, 1, 2, 1\).*\(2, 2, 1\)"),
        (IMAGES[:0], 0, "N at least 1"),
        (IMAGES[0], 0, "`images` must have the shape"),
        (np.zeros((3, 2, 2, 1), np.uint8), 0, r"`images` must be float in \[-1, 1\].*core\.images\.to_float"),
        (IMAGES * 2, 0, r"`images` must be in \[-1, 1\]. Received: smallest=-1\.9"),
        (IMAGES * np.nan, 0, r"`images` must be in \[-1, 1\]. Received: smallest=nan"),
        (IMAGES, 3, r"`targets` must be in \[0, num_classes\).*out_of_range=\[3\], num_classes=3"),
        (IMAGES, LABELS_OF_IMAGES - 1, r"`targets` must be in \[0, num_classes\).*out_of_range=\[-1\]"),
        (IMAGES, [0, 1], "`targets` must be one label or one per image"),
        (IMAGES, 0.5, "`targets` must be one label or one per image"),
    ],
)
def test_bad_images_and_targets(images, targets, message):
    for function in (dense_modnet().modify, dense_modnet().delta):
        with pytest.raises(ValueError, match=message):
            function(images, targets)
    with pytest.raises(ValueError, match="`batch_size` must be above 0"):
        dense_modnet().modify(IMAGES, 0, batch_size=0)


def test_a_classifier_of_pixels():
    """A `TrainedClassifier` takes 0..255; the model gives it that."""
    scaling = keras.layers.Normalization(mean=[127.5], variance=[127.5**2], dtype="float32", name="standardise")
    trained = SimpleNamespace(model=small_cnn((28, 28, 1), NUM_CLASSES, preprocess=scaling), card="")
    model = ModNet.for_images(described(28), num_filters=2, classifier=trained)
    images, _ = noise(3, 28)
    expected = tf.nn.softmax(trained.model((images + 1) * 127.5))
    np.testing.assert_allclose(model.class_probs(images), expected, atol=1e-5)
