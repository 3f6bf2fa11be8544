"""The mixture of Gaussians: its density against SciPy, its draws within stated bounds, its parameters counted."""

import keras
import numpy as np
import pytest
import scipy.stats
import tensorflow as tf

from tfgan_suite.core.seeds import make_seed
from tfgan_suite.layers import GaussianMixturePrior, NormalPrior, UniformPrior

SEED = make_seed(7)
KINDS = ["fixed", "diagonal", "full"]


def mixture(covariance="full", dim=3, num_gaussians=4, **kwargs):
    """A mixture whose learnt factors are not those that it began with."""
    prior = GaussianMixturePrior(dim, num_gaussians, mean_range=2.0, variance=0.25, covariance=covariance, **kwargs)
    if prior.factors is not None:
        random = np.random.default_rng(0)
        prior.factors.assign(prior.factors.numpy() + random.normal(0, 0.3, prior.factors.shape))
    return prior


def frozen(prior):
    """SciPy's Gaussians."""
    return [
        scipy.stats.multivariate_normal(*each) for each in zip(prior.means.numpy(), prior.covariances(), strict=True)
    ]


@pytest.mark.parametrize("covariance", KINDS)
def test_density_is_scipys(covariance):
    prior = mixture(covariance, weights=[0.1, 0.2, 0.3, 0.4])
    points = np.random.default_rng(1).normal(0, 2, (50, 3)).astype(np.float32)
    densities = [share * each.pdf(points) for share, each in zip((0.1, 0.2, 0.3, 0.4), frozen(prior), strict=True)]
    np.testing.assert_allclose(prior.log_density(points), np.log(np.sum(densities, axis=0)), rtol=2e-4)


@pytest.mark.parametrize("covariance", KINDS)
def test_each_gaussian_has_its_moments(covariance):
    prior, num = mixture(covariance), 20_000
    for index, (mean, expected) in enumerate(zip(prior.means.numpy(), prior.covariances(), strict=True)):
        points = prior.place(prior.draw([num, 3], SEED), tf.fill([num], index)).numpy().astype(np.float64)
        # Six standard errors: of a mean sqrt(s_ii / n), of a covariance at most sqrt(2 s_ii s_jj / n).
        deviations = np.sqrt(np.diag(expected))
        assert (np.abs(points.mean(axis=0) - mean) < 6 * deviations / np.sqrt(num)).all()
        bound = 6 * np.sqrt(2 / num) * np.outer(deviations, deviations)
        assert (np.abs(np.cov(points.T) - expected) < bound).all()


def test_gaussians_are_drawn_by_their_weights():
    prior = mixture("fixed", weights=[0.1, 0.2, 0.3, 0.4])
    shares = np.bincount(prior.sample_gaussians(20_000, SEED), minlength=4) / 20_000
    np.testing.assert_allclose(shares, [0.1, 0.2, 0.3, 0.4], atol=6 * 0.5 / np.sqrt(20_000))


@pytest.mark.parametrize("covariance", KINDS)
def test_rows_do_not_depend_on_their_number(covariance):
    prior = mixture(covariance)
    np.testing.assert_allclose(prior.sample(7, SEED), prior.sample(500, SEED)[:7], atol=1e-6)


def test_static_means_are_uniform_and_differ_by_seed():
    means = GaussianMixturePrior(1000, 5, mean_range=0.1).means.numpy()
    assert 0.0999 < np.abs(means).max() <= 0.1
    assert abs(means.mean()) < 6 * 0.1 / np.sqrt(3 * 5000)
    assert not np.array_equal(means, GaussianMixturePrior(1000, 5, mean_range=0.1, seed=1).means.numpy())
    np.testing.assert_allclose(GaussianMixturePrior(2, 3).covariances(), 0.15 * np.broadcast_to(np.eye(2), (3, 2, 2)))


@pytest.mark.parametrize(("covariance", "count"), [("fixed", 0), ("diagonal", 2 * 30 * 100), ("full", 30 * 10_100)])
def test_a_dynamic_prior_adds_the_documents_parameters(covariance, count):
    prior = GaussianMixturePrior(100, 30, covariance=covariance)
    assert sum(int(np.prod(each.shape)) for each in prior.trainable_variables) == count


@pytest.mark.parametrize("covariance", ["diagonal", "full"])
def test_gradients_of_means_and_factors(covariance):
    """Of sum(z): 1 for the mean, the noise for the factors, for the rows of that Gaussian only."""
    prior = mixture(covariance)
    noise, gaussians = tf.constant([[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]]), tf.constant([2, 2])
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(prior.place(noise, gaussians))
    means, factors = (tf.convert_to_tensor(each).numpy() for each in tape.gradient(total, prior.trainable_variables))
    np.testing.assert_array_equal(means, np.eye(4)[2][:, None] * 2 * np.ones(3))
    row = np.array([11.0, 22.0, 33.0])
    expected = np.zeros_like(factors)
    expected[2] = row if covariance == "diagonal" else np.broadcast_to(row, (3, 3))
    np.testing.assert_array_equal(factors, expected)


def test_sigma_scales_covariances():
    prior = mixture("full")
    one, four = (prior.sample(6, SEED, sigma).numpy() for sigma in (1.0, 4.0))
    means = 2 * one - four  # z = mu + sqrt(sigma) A e
    gaussians = np.abs(means[:, None] - prior.means.numpy()).sum(axis=2)
    np.testing.assert_allclose(gaussians.min(axis=1), 0, atol=1e-5)
    np.testing.assert_allclose(NormalPrior(3).sample(6, SEED, 4.0), 2 * NormalPrior(3).sample(6, SEED).numpy())
    np.testing.assert_allclose(NormalPrior(3).sample(6, SEED, tf.constant(4.0)), NormalPrior(3).sample(6, SEED, 4.0))


def test_graph_and_xla():
    prior = mixture("full")
    gaussians, noise = prior.sample_gaussians(20, SEED), prior.draw([20, 3], SEED)
    for compiled in (tf.function(prior.place), tf.function(prior.place, jit_compile=True)):
        np.testing.assert_allclose(compiled(noise, gaussians), prior.place(noise, gaussians), atol=1e-5)
    assert tf.function(prior.sample, jit_compile=True)(20, SEED).shape == (20, 3)


@pytest.mark.parametrize("covariance", KINDS)
def test_serialisation_round_trip(covariance):
    prior = GaussianMixturePrior(3, 4, 0.5, 0.3, covariance, weights=[0.1, 0.2, 0.3, 0.4], seed=5)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(prior))
    assert again.get_config() == prior.get_config()
    np.testing.assert_array_equal(again.sample(5, SEED), prior.sample(5, SEED))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"num_gaussians": 0}, "`num_gaussians` must be above 0"),
        ({"mean_range": 0.0}, "`mean_range` must be above 0"),
        ({"variance": -0.1}, "`variance` must be above 0"),
        ({"covariance": "spherical"}, "`covariance` must be one of"),
        ({"num_gaussians": 2, "weights": [0.5, 0.6]}, "`weights` must hold one share"),
        ({"num_gaussians": 2, "weights": [1.0, 0.0]}, "`weights` must hold one share"),
        ({"num_gaussians": 3, "weights": [0.5, 0.5]}, "`weights` must hold one share"),
    ],
)
def test_numbers_out_of_range(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        GaussianMixturePrior(3, **arguments)


def test_wrong_sigma_and_latents():
    for sigma in (0.0, -1.0):
        with pytest.raises(ValueError, match="`sigma` must be above 0"):
            mixture().sample(2, SEED, sigma)
    with pytest.raises(ValueError, match="`sigma` belongs to priors made of Gaussians"):
        UniformPrior(3).sample(2, SEED, 0.5)
    with pytest.raises(ValueError, match="`latents` must have the shape"):
        mixture().log_density(np.zeros((2, 4)))
