import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from tfgan_suite.models import GAN
from tfgan_suite.models.encoder_training import train_encoder
from tfgan_suite.models.reconstruction import reconstruct
from tfgan_suite.runs.sampler_gan import SamplerGAN
from tfgan_suite.runs.saved_sampler import SavedSampler


def small_gan(num_classes=None):
    inputs = latents = keras.Input((3,), name="latents")
    if num_classes:
        labels = keras.Input((), dtype="int32", name="labels")
        inputs = [latents, labels]
        latents = layers.concatenate([latents, layers.Embedding(num_classes, 2)(labels)])
    images = layers.Reshape((4, 4, 1))(layers.Dense(16, activation="tanh")(latents))
    critic = keras.Input((4, 4, 1), name="images")
    return GAN(
        keras.Model(inputs, images),
        keras.Model(critic, layers.Dense(1)(layers.Flatten()(critic))),
        num_classes=num_classes,
    )


@pytest.mark.parametrize("num_classes", [None, 3])
def test_it_reconstructs_as_the_gan_that_was_exported(num_classes, tmp_path):
    gan = small_gan(num_classes)
    if num_classes:
        gan.set_label_counts([1, 0, 3])
    gan.export(tmp_path / "sampler")
    sampler = SamplerGAN(SavedSampler.load(tmp_path / "sampler"))
    assert (sampler.latent_dim, sampler.num_classes) == (3, num_classes)
    images, options = gan.sample(4, seed=5), {"num_steps": 30}
    encoder = train_encoder(sampler, num_steps=3, feature_dims=8, num_filters=2, num_test_samples=50)
    assert (encoder.class_accuracy is None) == (num_classes is None)
    expected, found = (reconstruct(each, images, encoder.encoder, **options) for each in (gan, sampler))
    np.testing.assert_allclose(found.images, expected.images, atol=1e-5)
    np.testing.assert_allclose(found.latents, expected.latents, atol=1e-4)
    started = reconstruct(sampler, images, num_steps=0)  # without an encoder
    assert started.pixel_distance.shape == (4,)
    if num_classes:
        assert set(started.labels) <= {0, 2}
        labels = sampler.sample_labels(400, tf.constant([1, 2]))
        assert set(labels.numpy()) == {0, 2}


def test_draws_follow_the_seed_and_are_of_the_prior(tmp_path):
    small_gan().export(tmp_path / "sampler")
    sampler = SamplerGAN(SavedSampler.load(tmp_path / "sampler"))
    first, again, other = (sampler.sample_latents(2000, tf.constant(seed)) for seed in ([3, 4], [3, 4], [4, 3]))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.1
    assert abs(float(np.mean(first))) < 0.06  # 4.6 standard errors of 6,000 normal numbers
    assert np.std(first) == pytest.approx(1, abs=0.05)
    assert sampler.sample_labels(3, tf.constant([0, 0])) is None


def test_a_sampler_without_gradients_is_refused(tmp_path):
    gan = small_gan()
    gan.generate = lambda latents, labels, training: tf.stop_gradient(GAN.generate(gan, latents, labels, training))
    gan.export(tmp_path / "sampler")
    with pytest.raises(ValueError, match="passes no gradient from its images to its latents"):
        SamplerGAN(SavedSampler.load(tmp_path / "sampler"))
