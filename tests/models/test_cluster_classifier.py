"""The classifier of Gaussians (algorithm 2 of the MM-GAN thesis), and its scores without labels."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest
from model_cases import LATENT_DIM, dense_discriminator, dense_gan, dense_generator

from tfgan_suite.core.images import to_float, to_uint8
from tfgan_suite.layers import GaussianMixturePrior
from tfgan_suite.models import MMGAN
from tfgan_suite.models.cluster_classifier import ClusterClassifier, checked_images_uint8, train_cluster_classifier

LEVELS = np.array([-0.8, 0.0, 0.8], np.float32)
FEW = {"num_samples_per_cluster": 20, "classifier_steps": 60, "batch_size": 16, "learning_rate": 3e-3}


def grey_images(ids, seed):
    """Nearly even images whose grey level is that of their cluster."""
    noise = np.random.default_rng(seed).uniform(-0.1, 0.1, (len(ids), 8, 8, 1))
    return (LEVELS[np.asarray(ids)][:, None, None, None] + noise).astype(np.float32)


class GreySampler:
    """What `SavedSampler` and an `MMGAN` have in common, without a network; keeps what it was asked for."""

    num_classes = 3

    def __init__(self):
        self.calls = []

    def sample(self, num_images, labels=None, seed=0):
        self.calls.append((num_images, sorted(set(labels)), seed))
        return grey_images(labels, seed)


@pytest.fixture(scope="module")
def grey():
    sampler = GreySampler()
    return sampler, train_cluster_classifier(sampler, **FEW)


# --- the classifier --------------------------------------------------------------------------------------------------


def test_real_images_go_to_the_gaussian_that_makes_their_like(grey):
    _, classifier = grey
    expected = np.arange(30) % 3
    images = grey_images(expected, seed=99)
    found = classifier.predict(images)
    np.testing.assert_array_equal(found, expected)
    assert found.dtype == np.int32
    assert classifier.generated_accuracy == 1.0
    probs = classifier.predict_proba(images)
    np.testing.assert_allclose(probs.sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_array_equal(probs.argmax(axis=1), found)
    np.testing.assert_allclose(classifier.predict_proba(to_uint8(images)), probs, rtol=1e-12)


def test_probabilities_are_the_softmax_of_the_logits():
    """Logits are the sums of two pixels of 0..255: 0 and 3, of the other image 1000 and 998, where exp overflows."""
    inputs = keras.Input((1, 2, 1))
    model = keras.Model(inputs, keras.layers.Flatten()(inputs))
    images = np.array([[0, 3], [255, 253]], np.uint8).reshape(2, 1, 2, 1)
    found = ClusterClassifier(model, 2, (1, 2, 1), 1.0).predict_proba(images)
    right, left = 1 / (1 + np.exp(-3.0)), 1 / (1 + np.exp(-2.0))
    np.testing.assert_allclose(found, [[1 - right, right], [left, 1 - left]], rtol=1e-6)
    inputs = keras.Input((1, 2, 1))
    model = keras.Model(inputs, keras.layers.Flatten()(inputs * 1000.0))
    assert np.isfinite(ClusterClassifier(model, 2, (1, 2, 1), 1.0).predict_proba(images)).all()


def test_each_gaussian_gives_as_many_samples_and_fresh_ones_for_the_test(grey):
    sampler, _ = grey
    assert [call[:2] for call in sampler.calls] == [(num, [k]) for num in (20, 4) for k in range(3)]
    assert len({seed for *_, seed in sampler.calls}) == 6


def test_the_same_seed_gives_the_same_classifier():
    images = grey_images([0, 1, 2], seed=5)
    probs = [
        train_cluster_classifier(GreySampler(), **{**FEW, "classifier_steps": 2}, seed=seed).predict_proba(images)
        for seed in (4, 4, 5)
    ]
    np.testing.assert_array_equal(probs[0], probs[1])
    assert not np.array_equal(probs[0], probs[2])


def test_gaussians_of_any_prior_are_told_apart():
    """Means hundreds of standard deviations apart, of a plain GAN without labels and of an MMGAN."""
    prior = GaussianMixturePrior(LATENT_DIM, num_gaussians=3, mean_range=3.0, variance=1e-4, seed=1)
    for gan in (dense_gan(prior=prior), MMGAN(dense_generator(), dense_discriminator(), prior=prior)):
        classifier = train_cluster_classifier(gan, num_samples_per_cluster=30, classifier_steps=120, batch_size=30)
        ids = np.arange(30) % 3
        assert classifier.num_clusters == 3
        assert 0.95 < classifier.generated_accuracy <= 1
        assert 0.95 < np.mean(classifier.predict(gan.sample_gaussian(ids, seed=8)) == ids) <= 1


def test_an_exported_sampler_is_asked_for_its_gaussians():
    """One of a conditional GAN with a mixture as prior has classes as well, which are not what is clustered."""
    calls = []

    def sample_gaussian(ids, seed):
        calls.append(len(ids))
        return grey_images(ids, seed)

    sampler = SimpleNamespace(card={"num_gaussians": 3}, num_classes=7, sample_gaussian=sample_gaussian)
    options = {**FEW, "classifier_steps": 1}
    assert train_cluster_classifier(sampler, **options).num_clusters == 3
    assert calls == [20] * 3 + [4] * 3


def test_progress_is_told():
    calls = []
    options = {**FEW, "classifier_steps": 2}
    train_cluster_classifier(GreySampler(), **options, progress=lambda *call: calls.append(call))
    assert calls == [(1, 2), (2, 2)]


# --- scores without labels -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("probs", "confidence", "information"),
    [
        ([[1, 0], [0, 1]], 1, 1),  # sure and even
        ([[1, 0], [1, 0]], 1, 0),  # sure, but one cluster swallows everything
        ([[0.5, 0.5], [0.5, 0.5]], 0.5, 0),
        ([[0.75, 0.25], [0.25, 0.75]], 0.75, 1 - (2 - 0.75 * np.log2(3))),  # 1 bit less H(1/4) = 2 - 3/4 log2(3)
    ],
)
def test_scores_by_hand(probs, confidence, information):
    scores = ClusterClassifier(None, 2, (1, 1, 1), 0.25).scores(np.array(probs, np.float64))
    assert scores.generated_accuracy == 0.25
    assert scores.confidence == pytest.approx(confidence, rel=1e-12)
    assert scores.information == pytest.approx(information, abs=1e-9)
    assert scores.selection_score == scores.information


# --- mistakes --------------------------------------------------------------------------------------------------------


def test_what_cannot_be_classified(grey):
    with pytest.raises(ValueError, match="must have the shape that the GAN makes"):
        grey[1].predict(np.zeros((2, 9, 8, 1), np.uint8))
    with pytest.raises(ValueError, match="at least 20 samples in all"):
        train_cluster_classifier(GreySampler(), num_samples_per_cluster=6)
    for gan in (dense_gan(), SimpleNamespace(num_classes=1), SimpleNamespace(card={"num_gaussians": 1})):
        with pytest.raises(ValueError, match="must have a `GaussianMixturePrior` of at least two Gaussians"):
            train_cluster_classifier(gan)
    broken = SimpleNamespace(num_classes=2, sample=lambda num, ids, seed: np.full((num, 8, 8, 1), np.nan))
    with pytest.raises(ValueError, match="generated images must be finite"):
        train_cluster_classifier(broken)


def test_uint8_passes_as_it_is():
    noise = np.random.default_rng(0).integers(0, 256, (30, 8, 8, 1), np.uint8)
    assert checked_images_uint8(noise) is noise
    np.testing.assert_array_equal(checked_images_uint8(to_float(noise).astype(np.float64)), noise)
