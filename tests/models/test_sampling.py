"""Samples: labels, seeds, `predict`."""

import keras
import numpy as np
import pytest
from model_cases import LATENT_DIM, dense_discriminator, dense_gan, dense_generator

from tfgan_suite.models import GAN


@pytest.fixture(scope="module")
def conditional():
    keras.utils.set_random_seed(0)
    return GAN(dense_generator(num_classes=3), dense_discriminator(), num_classes=3)


def test_one_label_for_all_and_one_per_image(conditional):
    of_2 = conditional.sample(4, labels=2, seed=1)
    np.testing.assert_array_equal(conditional.sample(4, labels=[2, 2, 2, 2], seed=1), of_2)
    mixed = conditional.sample(4, labels=np.array([0, 2, 1, 2]), seed=1)
    same = [np.array_equal(*pair) for pair in zip(mixed, of_2, strict=True)]
    assert same == [False, True, False, True]


def test_labels_are_drawn_as_the_model_knows_them(conditional):
    conditional.label_probs.assign([0, 1, 0])
    np.testing.assert_array_equal(conditional.sample(5, seed=1), conditional.sample(5, labels=1, seed=1))
    conditional.label_probs.assign([1 / 3] * 3)
    assert not np.array_equal(conditional.sample(5, seed=1), conditional.sample(5, labels=1, seed=1))


def test_any_integer_is_a_seed():
    gan = dense_gan()
    drawn = [gan.sample(2, seed=seed).tobytes() for seed in (0, 1, -1, 2**31, 2**40 + 1)]
    assert len(set(drawn)) == len(drawn)


def test_predict_makes_images_of_given_latents(conditional):
    latents = np.random.default_rng(0).normal(size=(5, LATENT_DIM)).astype(np.float32)
    gan = dense_gan()
    np.testing.assert_allclose(gan.predict(latents, verbose=0), gan.generator(latents), atol=1e-6)
    labels = np.array([0, 1, 2, 1, 0], np.int32)
    images = conditional.predict([latents, labels], verbose=0)
    np.testing.assert_allclose(images, conditional.generator([latents, labels]), atol=1e-6)


def test_sample_batches_is_sample_in_pieces():
    gan = dense_gan()
    pieces = list(gan.sample_batches(7, seed=2, batch_size=3))
    assert [len(piece) for piece in pieces] == [3, 3, 1]
    np.testing.assert_allclose(np.concatenate(pieces), gan.sample(7, seed=2), atol=1e-6)


def test_a_gan_that_was_not_compiled_is_saved_too(tmp_path):
    gan = dense_gan()
    assert gan.metrics == []
    gan.save(tmp_path / "gan.keras")
    again = keras.models.load_model(tmp_path / "gan.keras")
    np.testing.assert_array_equal(again.sample(3), gan.sample(3))
