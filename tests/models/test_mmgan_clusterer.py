"""The estimator: what it leaves, scikit-learn's conventions, mistakes."""

from types import SimpleNamespace

import numpy as np
import pytest
import sklearn.base
import sklearn.exceptions

from tfgan_suite.core.images import to_float
from tfgan_suite.models import MMGAN
from tfgan_suite.models.cluster_classifier import ClusterClassifier, LabelFreeScores
from tfgan_suite.models.mmgan_clusterer import MMGANClusterer, _endless_batches

TINY = {"num_filters": 2, "latent_dim": 3, "num_samples_per_cluster": 10, "classifier_steps": 2, "num_steps": 2}


@pytest.fixture(scope="module")
def noise():
    return np.random.default_rng(0).integers(0, 256, (30, 8, 8, 1), np.uint8)


# --- the estimator ---------------------------------------------------------------------------------------------------


def test_fit_gives_clusters_and_attributes(noise):
    clusterer = MMGANClusterer(3, **TINY, batch_size=100, discriminator_learning_rate=1e-5, seed=2)
    assert clusterer.fit(noise) is clusterer
    assert clusterer.labels_.shape == (30,)
    assert clusterer.labels_.dtype == np.int32
    np.testing.assert_array_equal(clusterer.predict(to_float(noise)), clusterer.labels_)
    np.testing.assert_array_equal(clusterer.predict_proba(noise).argmax(axis=1), clusterer.labels_)
    assert isinstance(clusterer.scores_, LabelFreeScores)
    assert (clusterer.seed_, clusterer.gan_.num_classes, int(clusterer.gan_.num_steps)) == (2, 3, 2)
    assert clusterer.gan_.prior.covariance == "full"
    optimizers = clusterer.gan_.generator_optimizer, clusterer.gan_.discriminator_optimizer
    np.testing.assert_allclose([float(each.learning_rate) for each in optimizers], [2e-4, 1e-5])
    np.testing.assert_array_equal(
        MMGANClusterer(3, **TINY, batch_size=100, seed=2).fit_predict(noise), clusterer.labels_
    )


def test_batches_go_through_all_images_by_the_seed(noise):
    def firsts(seed):
        batches = _endless_batches(noise, 10, seed).take(6)
        return np.concatenate([batch.numpy()[:, 0, 0, 0] for batch in batches])

    first = firsts(1)
    np.testing.assert_array_equal(first, firsts(1))
    for epoch in (first[:30], first[30:]):
        np.testing.assert_array_equal(np.sort(epoch), np.sort(to_float(noise)[:, 0, 0, 0]))
    assert not np.array_equal(first[:30], first[30:])
    assert not np.array_equal(first, firsts(2))


def test_the_best_of_several_seeds_is_kept(noise, monkeypatch):
    def gan(self, pixels, seed):
        images = np.random.default_rng(seed).uniform(-1, 1, (2, *pixels.shape[1:]))
        return SimpleNamespace(num_classes=2, seed=seed, sample=lambda num, ids, seed: images[ids])

    values = iter([0.2, 0.9, 0.5])
    monkeypatch.setattr(MMGANClusterer, "_trained_gan", gan)
    monkeypatch.setattr(ClusterClassifier, "scores", lambda self, probs: LabelFreeScores(1.0, 1.0, next(values)))
    clusterer = MMGANClusterer(2, **TINY, n_init=3, seed=4).fit(noise)
    assert (clusterer.seed_, clusterer.scores_.information, clusterer.gan_.seed) == (5, 0.9, 5)
    np.testing.assert_array_equal(clusterer.predict(noise), clusterer.labels_)


def test_conventions_of_scikit_learn():
    clusterer = MMGANClusterer(4, covariance="diagonal")
    copy = sklearn.base.clone(clusterer)
    assert copy.get_params() == clusterer.get_params()
    assert copy.set_params(n_clusters=1, num_steps=0).n_clusters == 1  # nothing is checked before `fit`
    assert sklearn.base.is_clusterer(clusterer)
    assert vars(clusterer) == clusterer.get_params()
    for method in (clusterer.predict, clusterer.predict_proba):
        with pytest.raises(sklearn.exceptions.NotFittedError):
            method(np.zeros((1, 8, 8, 1), np.uint8))


# --- mistakes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("images", "sentence"),
    [
        (np.zeros((4, 8, 8), np.uint8), "`images` must have 4 axes"),
        (np.zeros((4, 8, 8, 2), np.uint8), "of 1 or 3 channels"),
        (np.zeros((0, 8, 8, 1), np.uint8), "must be at least one"),
        (np.zeros((4, 8, 8, 1), np.int64), "must be uint8 in 0..255 or float"),
        (np.full((4, 8, 8, 1), 1.5), r"must be in \[-1, 1\].*largest=1.5"),
        (np.full((4, 8, 8, 1), np.nan), r"must be in \[-1, 1\].*nan"),
        (np.zeros((4, 8, 6, 1), np.uint8), "size, size, channels"),
    ],
)
def test_images_that_are_refused(images, sentence):
    with pytest.raises(ValueError, match=sentence):
        MMGANClusterer(2, **TINY).fit(images)


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"n_clusters": 1}, "`n_clusters` must be at least 2"),
        ({"n_clusters": 31}, "at least as many images as clusters.*num_images=30, n_clusters=31"),
        ({"num_steps": 0}, "`num_steps` must be above 0"),
        ({"discriminator_learning_rate": 0}, "`discriminator_learning_rate` must be above 0"),
        ({"n_init": 0}, "`n_init` must be above 0"),
        ({"batch_size": 0}, "`batch_size` must be above 0"),
        ({"covariance": "round"}, "`covariance` must be one of"),
        ({"num_samples_per_cluster": 0}, "`num_samples_per_cluster` must be above 0"),
        ({"num_samples_per_cluster": 1, "n_clusters": 19}, "at least 20 samples in all"),
    ],
)
def test_params_that_are_refused(noise, params, sentence):
    with pytest.raises(ValueError, match=sentence):
        MMGANClusterer(**{**TINY, **params}).fit(noise)


def test_a_loss_that_is_not_finite_ends_the_fit(noise, monkeypatch):
    monkeypatch.setattr(MMGAN, "fit", lambda *args, **kwargs: SimpleNamespace(history={"d_loss": [np.nan]}))
    with pytest.raises(FloatingPointError, match="A loss is not finite"):
        MMGANClusterer(2, **TINY).fit(noise)
