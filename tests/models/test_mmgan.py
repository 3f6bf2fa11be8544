"""MM-GAN: its losses by hand, the map from Gaussians to classes, the prior trained with the generator, drawing."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from model_cases import CASES, LATENT_DIM, dense_discriminator, dense_generator, described, image_array, label_array
from sampler_cases import shifted

from tfgan_suite.core.seeds import make_seed
from tfgan_suite.layers import GaussianMixturePrior
from tfgan_suite.losses.auxiliary import one_vs_rest_loss
from tfgan_suite.models import CINGAN, DCGAN, GAN, MMGAN, WGANGP

SEED = make_seed(3)


def mixture(num_gaussians=4, covariance="fixed"):
    return GaussianMixturePrior(LATENT_DIM, num_gaussians, mean_range=1.0, covariance=covariance)


def mmgan(num_gaussians=4, num_data_classes=None, covariance="fixed", **kwargs):
    num_logits = 1 if num_data_classes is None else min(num_gaussians, num_data_classes)
    networks = dense_generator(), dense_discriminator(num_logits=num_logits)
    return MMGAN(*networks, prior=mixture(num_gaussians, covariance), num_data_classes=num_data_classes, **kwargs)


# --- losses ----------------------------------------------------------------------------------------------------------


def test_one_vs_rest_loss_by_hand():
    """D(x) = (3/4, 1/2) for both rows: of class 0 log 3/4 + log 1/2, of class 1 log 1/4 + log 1/2, of none as of 1."""
    logits = tf.constant([[np.log(3.0), 0.0]] * 2, tf.float32)
    np.testing.assert_allclose(one_vs_rest_loss(logits, [0, 0]), -np.log(3 / 8), rtol=1e-6)
    np.testing.assert_allclose(one_vs_rest_loss(logits, [0, 1]), -(np.log(3 / 8) + np.log(1 / 8)) / 2, rtol=1e-6)
    np.testing.assert_allclose(one_vs_rest_loss(logits, None), -np.log(1 / 8), rtol=1e-6)
    with pytest.raises(ValueError, match="There must be as many `labels` as rows"):
        one_vs_rest_loss(logits, [0, 1, 1])


def test_supervised_losses_take_the_mapped_class():
    gan = mmgan(4, 2, class_map=[1, 1, 0, 1])
    gan.compile()
    logits = tf.constant([[2.0, -1.0], [0.5, 3.0]])
    gaussians, labels = tf.constant([2, 3]), tf.constant([1, 0])
    loss, _ = gan.generator_loss({"logits": logits}, gaussians)
    np.testing.assert_allclose(loss, one_vs_rest_loss(logits, [0, 1]))
    loss, _ = gan.discriminator_loss({"logits": logits}, {"logits": -logits}, labels, gaussians)
    np.testing.assert_allclose(loss, (one_vs_rest_loss(logits, [1, 0]) + one_vs_rest_loss(-logits, None)) / 2)


def test_with_fewer_gaussians_classes_are_merged():
    gan = mmgan(2, 4, class_map=[0, 1, 1, 0])
    gan.compile()
    logits = tf.constant([[2.0, -1.0], [0.5, 3.0]])
    loss, _ = gan.generator_loss({"logits": logits}, tf.constant([1, 0]))
    np.testing.assert_allclose(loss, one_vs_rest_loss(logits, [1, 0]))
    loss, _ = gan.discriminator_loss({"logits": logits}, {"logits": logits}, tf.constant([3, 2]), None)
    np.testing.assert_allclose(loss, (one_vs_rest_loss(logits, [0, 1]) + one_vs_rest_loss(logits, None)) / 2)


def test_unsupervised_loss_is_half_that_of_a_gan():
    gan, plain = mmgan(), GAN(dense_generator(), dense_discriminator())
    gan.compile()
    plain.compile()
    outputs = {"logits": tf.constant([1.0, -2.0])}, {"logits": tf.constant([0.5, 0.0])}
    np.testing.assert_allclose(
        gan.discriminator_loss(*outputs, None, None)[0], plain.discriminator_loss(*outputs, None, None)[0] / 2
    )


# --- the map f -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("num_gaussians", "num_classes", "expected"), [(3, 3, [0, 1, 2]), (5, 2, [0, 1, 0, 1, 0]), (2, 3, [0, 1, 0])]
)
def test_default_map(num_gaussians, num_classes, expected):
    assert mmgan(num_gaussians, num_classes).class_map == expected


@pytest.mark.parametrize(
    ("class_map", "sentence"),
    [
        ([0, 1, 2, 0, 1], "`class_map` must hold max"),
        ([0, 1, 2, 3], "`class_map` must hold max"),
        ([0, 1, 1, 0], r"`class_map` must miss no class.*missing=\[2\]"),
    ],
)
def test_maps_that_do_not_fit(class_map, sentence):
    with pytest.raises(ValueError, match=sentence):
        mmgan(4, 3, class_map=class_map)


def test_other_mistakes():
    with pytest.raises(ValueError, match="`class_map` belongs to a supervised MMGAN"):
        mmgan(class_map=[0, 1, 2, 3])
    with pytest.raises(ValueError, match="`prior` must be a `GaussianMixturePrior`"):
        MMGAN(dense_generator(), dense_discriminator(), prior="normal")
    with pytest.raises(ValueError, match="`discriminator` must make one logit, or supervised one per"):
        MMGAN(dense_generator(), dense_discriminator(), prior=mixture(), num_data_classes=2)
    with pytest.raises(ValueError, match="The networks of an MMGAN must not take labels"):
        MMGAN(dense_generator(num_classes=4), dense_discriminator(), prior=mixture())
    with pytest.raises(ValueError, match="A supervised MMGAN must be given labelled data"):
        MMGAN.for_images(described(num_classes=None), supervised=True)
    gan = mmgan(3, 3)
    gan.compile()
    with pytest.raises(ValueError, match="must be given labels"):
        gan.fit(image_array(size=2), batch_size=4)
    with pytest.raises(ValueError, match="`generator_batch_size` must be a multiple"):
        mmgan().compile(generator_batch_size=0)


# --- training --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("covariance", ["fixed", "diagonal", "full"])
def test_a_dynamic_prior_learns_and_a_static_one_does_not(covariance):
    gan = mmgan(covariance=covariance)
    gan.compile(run_eagerly=True)
    before = [each.numpy() for each in gan.prior.variables]
    gan.fit(image_array(size=2), batch_size=8, verbose=0)
    learnt = [not np.array_equal(old, new) for old, new in zip(before, gan.prior.variables, strict=True)]
    assert learnt == [False] if covariance == "fixed" else [True, True]


@pytest.mark.parametrize("model", [DCGAN, WGANGP, CINGAN])
def test_any_model_takes_the_prior_and_trains_it(model):
    gan = model.for_images(
        described(16), latent_dim=LATENT_DIM, num_filters=2, prior=mixture(covariance="diagonal"), **_steps(model)
    )
    gan.compile(run_eagerly=True)
    before = gan.prior.means.numpy()
    labels = label_array(4) if gan.num_classes else None
    gan.fit(image_array(4, 16), labels, batch_size=4, verbose=0)
    assert not np.array_equal(gan.prior.means, before)
    assert gan.sample_gaussian([0, 3], seed=1, sigma=0.5).shape == (2, 16, 16, 1)


def _steps(model):
    return {} if model is DCGAN else {"num_discriminator_steps": 1}


def test_the_generators_batch_has_its_own_size():
    seen = []

    class Watched(MMGAN):
        def generator_step(self, batch_size, seed, real_images=None):
            seen.append(int(batch_size))
            return super().generator_step(batch_size, seed)

    gan = Watched(dense_generator(), dense_discriminator(), prior=mixture())
    gan.compile(run_eagerly=True)
    gan.fit(image_array(size=2), batch_size=8, verbose=0)
    gan.compile(run_eagerly=True, generator_batch_size=12)
    gan.fit(image_array(size=2), batch_size=8, verbose=0)
    assert seen == [128, 128, 12, 12]


# --- drawing ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def trained():
    gan = CASES["mmgan"].compiled()
    shifted(gan.variables[1:])
    return gan


def test_labels_are_gaussians(trained):
    images = trained.sample(3, labels=[2, 0, 3], seed=5)
    noise = trained.prior.draw([3, LATENT_DIM], tf.constant([0, 0]))
    np.testing.assert_array_equal(trained.sample_gaussian([2, 0, 3], seed=5), images)
    placed = trained.prior.place(noise, tf.constant([2, 0, 3]))
    np.testing.assert_allclose(trained.generate(noise, tf.constant([2, 0, 3]), False), trained.generator(placed))


def test_less_variance_draws_images_nearer_to_each_other(trained):
    spreads = [trained.sample(50, labels=1, sigma=sigma).std(axis=0).mean() for sigma in (0.1, 1.0)]
    assert spreads[0] < spreads[1]
    np.testing.assert_array_equal(trained.sample(5, sigma=1.0), trained.sample(5))


def test_named_gaussians_need_a_mixture_and_its_range(trained):
    with pytest.raises(ValueError, match=r"`gaussians` must be in \[0, num_gaussians\), here 0 to 3"):
        trained.sample_gaussian([4])
    with pytest.raises(ValueError, match="Only a GAN with a `GaussianMixturePrior`"):
        GAN(dense_generator(), dense_discriminator()).sample_gaussian([0])
    with pytest.raises(ValueError, match="`sigma` must be above 0"):
        trained.sample(2, sigma=-0.5)


def test_label_probs_are_the_priors_weights():
    prior = GaussianMixturePrior(LATENT_DIM, 2, weights=[0.25, 0.75])
    gan = MMGAN(dense_generator(), dense_discriminator(), prior=prior)
    np.testing.assert_allclose(gan.label_probs, [0.25, 0.75])


def test_for_images_and_points_build_the_documents_prior():
    gan = MMGAN.for_images(described(8), num_gaussians=5, supervised=True, covariance="full", num_filters=2)
    assert (gan.prior.num_gaussians, gan.latent_dim, gan.prior.mean_range, gan.prior.variance) == (5, 100, 0.1, 0.15)
    assert gan.discriminator.output_shape == (None, 3)
    assert isinstance(keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(gan)), MMGAN)
