"""A sentence for every mistake in building, compiling, training and sampling a GAN."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from model_cases import CASES, dense_discriminator, dense_gan, dense_generator, described, image_array, label_array

from tfgan_suite.models import ACGAN, CINGAN, DCGAN, GAN, WGANGP
from tfgan_suite.models.base import adam

IMAGES, LABELS = image_array(12, 2), label_array(12)


@pytest.fixture(scope="module")
def gan():
    return compiled(dense_gan())


@pytest.fixture(scope="module")
def conditional():
    return compiled(GAN(dense_generator(num_classes=3), dense_discriminator(), num_classes=3))


def compiled(model, **kwargs):
    model.compile(**kwargs)
    return model


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"num_discriminator_steps": 0}, "`num_discriminator_steps` must be above 0"),
        ({"label_distribution": "all"}, "`label_distribution` must be one of 'empirical', 'uniform'"),
        ({"average_decay": 1.0}, r"`average_decay` must be in \[0, 1\)"),
        ({"average_decay": -0.1}, r"`average_decay` must be in \[0, 1\)"),
        ({"prior": "poisson"}, "`prior` must be one of 'normal', 'uniform'"),
        ({"prior": 3}, "`prior` must be a name or an object"),
    ],
)
def test_arguments(kwargs, message):
    with pytest.raises(ValueError, match=message):
        dense_gan(**kwargs)


def test_networks_that_do_not_fit():
    with pytest.raises(ValueError, match=r"`generator` must make images of the shape.*\(4, 4, 1\).*\(2, 2, 1\)"):
        GAN(dense_generator(4), dense_discriminator(2))
    with pytest.raises(ValueError, match="`num_classes` must be given, since a network takes labels"):
        GAN(dense_generator(num_classes=3), dense_discriminator())
    with pytest.raises(ValueError, match=r"one logit per image, or one per class.*logits_shape=\(4,\), num_classes=3"):
        GAN(dense_generator(), dense_discriminator(num_logits=4), num_classes=3)
    assert GAN(dense_generator(), dense_discriminator(num_logits=3), num_classes=3).num_classes == 3
    critic = dense_discriminator()
    without_logits = keras.Model(critic.inputs, {"scores": critic.output})
    with pytest.raises(ValueError, match=r"""must have an output "logits"\. Received: outputs=\['scores'\]"""):
        GAN(dense_generator(), without_logits)


@pytest.mark.parametrize("model", [ACGAN, CINGAN])
def test_an_auxiliary_classifier_is_needed(model):
    with pytest.raises(ValueError, match='must have an output "class_logits" with one logit per class'):
        model(dense_generator(), dense_discriminator(), num_classes=3)


def test_a_weight_without_a_part_in_the_loss():
    images = keras.Input((2, 2, 1))
    x = layers.Flatten()(images)
    outputs = {"logits": layers.Dense(1)(x), "class_logits": layers.Dense(3, name="idle")(x)}
    gan = compiled(WGANGP(dense_generator(), keras.Model(images, outputs), num_discriminator_steps=1))
    with pytest.raises(ValueError, match=r"must have a part in its loss.*idle/kernel"):
        gan.fit(IMAGES, batch_size=4, verbose=0)


def test_image_sizes_and_classes_of_for_images():
    with pytest.raises(ValueError, match="This network makes images of size 8, 16, 32"):
        WGANGP.for_images(described(size=10))
    with pytest.raises(ValueError, match="`num_classes` must be given for images without labels"):
        ACGAN.for_images(described(num_classes=None))
    with pytest.raises(ValueError, match="`network` must be one of 'conv', 'resnet'"):
        CINGAN.for_images(described(), network="dense")
    assert DCGAN.for_images(described(size=10), num_filters=1).generator.output_shape == (None, 10, 10, 1)


BAD_WEIGHTS = (-1.0, float("nan"), float("inf"))


@pytest.mark.parametrize("weight", BAD_WEIGHTS)
@pytest.mark.parametrize("name", ["gradient_penalty_weight", "r1_weight", "l2_weight"])
def test_weights_of_penalties(name, weight):
    with pytest.raises(ValueError, match=f"`{name}` must be finite and at least 0"):
        compiled(dense_gan(), **{name: weight})


@pytest.mark.parametrize("weight", BAD_WEIGHTS)
@pytest.mark.parametrize("name", ["real_class_weight", "fake_class_weight", "generator_class_weight"])
@pytest.mark.parametrize("case", ["acgan", "mgan", "modnet"])
def test_weights_of_the_class_loss(case, name, weight):
    with pytest.raises(ValueError, match=f"`{name}` must be finite and at least 0"):
        CASES[case].build().compile(**{name: weight})


def test_unknown_loss():
    with pytest.raises(ValueError, match="must be one of 'minimax', 'non_saturating'"):
        compiled(dense_gan(), adversarial_loss="entropy")


@pytest.mark.parametrize("weight", ["gradient_penalty_weight", "r1_weight"])
@pytest.mark.parametrize(
    "layer",
    [
        layers.BatchNormalization(name="wrong"),
        layers.LayerNormalization(name="wrong"),
        layers.UpSampling2D(interpolation="bilinear", name="wrong"),
    ],
)
def test_a_penalty_on_gradients_with_a_layer_of_wrong_second_order_gradients(layer, weight):
    images = keras.Input((4, 4, 1))
    inner = keras.Sequential([keras.Input((4, 4, 1)), layer, layers.Flatten()])
    discriminator = keras.Model(images, layers.Dense(1)(inner(images)))
    generator = keras.Sequential([keras.Input((2,)), layers.Dense(16), layers.Reshape((4, 4, 1))])
    gan = GAN(generator, discriminator)
    with pytest.raises(ValueError, match=r"right second-order gradients.*wrong.*tfgan_suite.layers"):
        gan.compile(**{weight: 1.0})
    gan.compile()


def test_fit_needs_compile():
    with pytest.raises(ValueError, match="compile"):
        dense_gan().fit(IMAGES, batch_size=4)


def batches(images, size=4, drop_remainder=True):
    return tf.data.Dataset.from_tensor_slices(images).batch(size, drop_remainder=drop_remainder)


@pytest.mark.parametrize(
    ("images", "kwargs", "message"),
    [
        (IMAGES, {"batch_size": 13}, "`batch_size` must be at most the number of images.*batch_size=13, num_images=12"),
        (IMAGES, {"batch_size": 0}, "`batch_size` must be above 0"),
        (image_array(12, 4), {"batch_size": 4}, r"must have the shape that the generator makes.*\(4, 4, 1\)"),
        (IMAGES[..., 0], {"batch_size": 4}, "must have the shape that the generator makes"),
        (np.zeros((12, 2, 2, 1), np.uint8), {"batch_size": 4}, r"`x` must be float in \[-1, 1\].*dtype='uint8'"),
        (batches(IMAGES).repeat(), {}, "`steps_per_epoch` must be given with an infinite data set"),
        (batches(IMAGES, 13), {}, "must hold at least one batch per discriminator step"),
    ],
)
def test_images_of_fit(gan, images, kwargs, message):
    with pytest.raises(ValueError, match=message):
        gan.fit(images, verbose=0, **kwargs)


def test_too_few_or_unequal_batches_for_a_step():
    gan = compiled(dense_gan(num_discriminator_steps=4))
    message = "must hold at least one batch per discriminator step.*batches_per_epoch=3, num_discriminator_steps=4"
    for data in ({"x": IMAGES, "batch_size": 4}, {"x": batches(IMAGES)}):
        with pytest.raises(ValueError, match=message):
            gan.fit(**data)
    with pytest.raises(ValueError, match="batches of the data set must all have one known size"):
        gan.fit(batches(IMAGES, 2, drop_remainder=False))


def test_epoch_and_execution_lengths():
    gan = compiled(dense_gan(), steps_per_execution=4)
    with pytest.raises(ValueError, match="`steps_per_epoch` must be a multiple of `steps_per_execution`"):
        gan.fit(batches(IMAGES).repeat(), steps_per_epoch=6)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (None, "A conditional GAN must be given labels"),
        (LABELS[:-1], "`y` must have one label per image.*num_labels=11, num_images=12"),
        (LABELS + 1, r"`y` must be in \[0, num_classes\).*out_of_range=\[3\], num_classes=3"),
        (LABELS - 1, r"`y` must be in \[0, num_classes\).*out_of_range=\[-1\]"),
        (LABELS.astype(np.float32), "`y` must hold one whole number per image"),
        (np.eye(3, dtype=np.int32)[LABELS], "`y` must hold one whole number per image"),
    ],
)
def test_labels_of_fit(conditional, labels, message):
    with pytest.raises(ValueError, match=message):
        conditional.fit(IMAGES, labels, batch_size=4, verbose=0)
    with pytest.raises(ValueError, match="A conditional GAN must be given labels"):
        conditional.fit(batches(IMAGES))


@pytest.mark.parametrize("counts", [[1, 2], [0, 0, 0], [1, -1, 1]])
def test_label_counts(conditional, counts):
    with pytest.raises(ValueError, match="`counts` must hold one count of at least 0 per class"):
        conditional.set_label_counts(counts)


def test_sample(gan, conditional):
    with pytest.raises(ValueError, match="`num_images` must be above 0"):
        gan.sample(0)
    with pytest.raises(ValueError, match="`batch_size` must be above 0"):
        gan.sample(1, batch_size=0)
    with pytest.raises(ValueError, match="`labels` must be None, since this GAN is unconditional"):
        gan.sample(2, labels=0)
    for labels in (3, -1, [0, 1, 3]):
        with pytest.raises(ValueError, match=r"`labels` must be in \[0, num_classes\), here 0 to 2.*num_classes=3"):
            conditional.sample(3, labels=labels)
    for labels in ([0, 1], [0.0, 1.0, 2.0], [[0, 1, 2]]):
        with pytest.raises(ValueError, match=r"`labels` must be one label or one per image.*num_images=3"):
            conditional.sample(3, labels=labels)


@pytest.mark.parametrize(
    "numbers", [(-1e-3, 0.5, 0.9), (0.0, 0.5, 0.9), (math.nan, 0.5, 0.9), (1e-3, 1.0, 0.9), (1e-3, 0.5, -0.1)]
)
def test_an_optimizer_that_learns_nothing_is_refused(numbers):
    with pytest.raises(ValueError, match="must be"):
        adam(*numbers)


def test_an_optimizer_takes_a_schedule():
    schedule = keras.optimizers.schedules.CosineDecay(1e-3, 10)
    assert adam(schedule, 0.0, 0.9).beta_1 == 0
