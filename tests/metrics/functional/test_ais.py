import math

import keras
import numpy as np
import pytest
import scipy.integrate
import scipy.stats
import tensorflow as tf

from tfgan_suite.metrics.functional.ais import annealed_log_likelihood, bidirectional_bounds
from tfgan_suite.metrics.functional.annealing import HMCSettings, sigmoid_schedule

VARIANCE = 0.025
WEIGHTS = np.sin(np.outer([1, 2, 3], [1, 2]))  # [D, latent_dims]
OFFSET = np.array([0.0, 0.1, 0.2])
POINTS = 0.2 * np.cos(np.arange(3) + 2 * np.arange(4)[:, None])
EXACT = [-2.6735169928991405, -2.7017049614207913, -1.3522926733990503, -2.2817950321951765]
QUICK = HMCSettings(initial_step_size=0.1)


def linear(latents):
    return latents @ tf.constant(WEIGHTS.T, latents.dtype) + tf.constant(OFFSET, latents.dtype)


def exact_linear(points):
    covariance = WEIGHTS @ WEIGHTS.T + VARIANCE * np.eye(3)
    return scipy.stats.multivariate_normal(OFFSET, covariance).logpdf(points)


def standard_errors(estimate):
    """Of the log mean weights, from the spread of the chains' weights."""
    num_chains = len(estimate.log_weights)
    return np.sqrt((num_chains / estimate.effective_sample_sizes - 1) / (num_chains - 1))


def test_golden_schedule():
    expected = [0.0, 0.06761890207197616, 0.3029366741637499, 0.6970633258362503, 0.9323810979280238, 1.0]
    np.testing.assert_allclose(sigmoid_schedule(6), expected, rtol=1e-13, atol=1e-15)
    np.testing.assert_array_equal(sigmoid_schedule(2), [0.0, 1.0])


def test_golden_linear_decoder():
    """Within five standard errors of the exact value, of which there are four: outside once in 400,000 seeds."""
    np.testing.assert_allclose(exact_linear(POINTS), EXACT, rtol=1e-12)
    estimate = annealed_log_likelihood(
        linear, POINTS, 2, VARIANCE, seed=0, num_chains=100, betas=sigmoid_schedule(400), hmc=QUICK
    )
    errors = standard_errors(estimate)
    assert errors.max() < 0.1  # or else the bound would be worth nothing
    assert np.all(np.abs(estimate.log_likelihoods - EXACT) < 5 * errors)
    assert estimate.log_weights.shape == (100, 4)
    assert np.all((estimate.acceptance_rates > 0.5) & (estimate.acceptance_rates < 0.95))
    assert np.all((estimate.effective_sample_sizes > 1) & (estimate.effective_sample_sizes < 100))


def test_without_annealing_it_is_importance_sampling_from_the_prior():
    """Betas 0 and 1: the mean likelihood of draws of the prior; same bound and odds as above."""
    estimate = annealed_log_likelihood(linear, POINTS, 2, 0.5, seed=1, num_chains=4000, betas=np.array([0.0, 1.0]))
    covariance = WEIGHTS @ WEIGHTS.T + 0.5 * np.eye(3)
    exact = scipy.stats.multivariate_normal(OFFSET, covariance).logpdf(POINTS)
    errors = standard_errors(estimate)
    assert errors.max() < 0.05
    assert np.all(np.abs(estimate.log_likelihoods - exact) < 5 * errors)


def test_a_decoder_that_is_not_linear():
    """One latent, so that p(x) is an integral of one variable; a Keras model, with images as outputs."""
    model = keras.Sequential([keras.layers.Input((1,)), keras.layers.Dense(4, "tanh"), keras.layers.Reshape((2, 2, 1))])
    kernel, bias = np.array([[1.0, -0.5, 2.0, 0.3]]), np.array([0.1, 0.0, -0.4, 0.2])
    model.layers[0].set_weights([kernel, bias])
    points = np.array([[0.5, -0.2, 0.3, 0.2], [-0.6, 0.4, -0.9, 0.1]])

    def density(latent, point):
        means = np.tanh(latent * kernel[0] + bias)
        return scipy.stats.norm.pdf(latent) * scipy.stats.norm(means, math.sqrt(0.05)).pdf(point).prod()

    exact = [math.log(scipy.integrate.quad(density, -8, 8, args=(point,), limit=200)[0]) for point in points]
    estimate = annealed_log_likelihood(
        lambda latents: model(latents, training=False),
        points,
        1,
        0.05,
        seed=2,
        num_chains=100,
        betas=sigmoid_schedule(150),
        hmc=QUICK,
        block_size=1,
    )
    errors = standard_errors(estimate)
    assert errors.max() < 0.1
    assert np.all(np.abs(estimate.log_likelihoods - exact) < 5 * errors)


@pytest.mark.parametrize("target", [0.65, None])
def test_bounds_enclose_the_exact_value(target):
    """Means over 200 points may be on the wrong side by five standard errors over the points: once in 10^6 seeds.

    Few temperatures leave a gap of ten standard errors, so that the bounds are told apart.
    """
    hmc = HMCSettings(initial_step_size=0.15, target_acceptance=target, num_leapfrog_steps=4)
    bounds = bidirectional_bounds(
        linear, 200, 2, VARIANCE, seed=3, num_chains=4, betas=sigmoid_schedule(60), hmc=hmc, decoder_dtype="float64"
    )
    exact = exact_linear(bounds.points)
    for estimate, sign in ((bounds.lower, -1), (bounds.upper, 1)):
        differences = sign * (estimate.log_likelihoods - exact)
        error = differences.std(ddof=1) / math.sqrt(200)
        assert -5 * error < differences.mean() < 2
    gap = bounds.upper.log_likelihoods - bounds.lower.log_likelihoods
    assert gap.mean() > 5 * gap.std(ddof=1) / math.sqrt(200)
    residuals = bounds.points - np.asarray(linear(tf.constant(bounds.latents)))
    assert abs(residuals.var() / VARIANCE - 1) < 5 * math.sqrt(2 / 600)
    if target is None:
        np.testing.assert_array_equal(bounds.lower.step_sizes, 0.15)


def test_more_temperatures_close_the_gap():
    """Gaps of 30 and 300 temperatures over 20 points: their means differ by many standard errors."""
    gaps = []
    for num_betas in (30, 300):
        bounds = bidirectional_bounds(
            linear, 20, 2, VARIANCE, seed=4, num_chains=8, betas=sigmoid_schedule(num_betas), hmc=QUICK
        )
        gaps.append(np.mean(bounds.upper.log_likelihoods - bounds.lower.log_likelihoods))
    assert gaps[1] < gaps[0] / 2


def test_the_seed_decides():
    def run(seed):
        betas = sigmoid_schedule(10)
        return annealed_log_likelihood(linear, POINTS, 2, VARIANCE, seed=seed, num_chains=2, betas=betas, hmc=QUICK)

    np.testing.assert_array_equal(run(5).log_weights, run(5).log_weights)
    assert np.all(run(5).log_weights != run(6).log_weights)


def test_a_decoder_that_diverges_is_refused_its_moves_only():
    """Steps far too long end in infinity or NaN; such moves are refused and the weights stay finite."""
    hmc = HMCSettings(initial_step_size=1e3, step_size_bounds=(1e-4, 1e3), target_acceptance=None)
    betas = sigmoid_schedule(5)
    estimate = annealed_log_likelihood(linear, POINTS, 2, 1e-4, seed=0, num_chains=2, betas=betas, hmc=hmc)
    assert np.isfinite(estimate.log_likelihoods).all()
    np.testing.assert_array_equal(estimate.acceptance_rates, 0.0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"variance": 0.0}, "`variance` must be above 0"),
        ({"latent_dims": 0}, "`latent_dims` must be above 0"),
        ({"num_chains": 0}, "`num_chains` must be above 0"),
        ({"block_size": 0}, "`block_size` must be above 0"),
        ({"points": np.zeros(3)}, "2 axes"),
        ({"points": np.zeros((0, 3))}, "must not be empty"),
        ({"points": np.full((1, 3), np.nan)}, "`points` must be finite"),
        ({"points": np.zeros((2, 4))}, "as `points` has columns.*num_columns=4"),
        ({"betas": np.array([0.0, 0.5])}, "`betas` must ascend from 0 to 1"),
        ({"betas": np.array([0.0, 0.5, 0.5, 1.0])}, "`betas` must ascend"),
        ({"betas": np.array([[0.0, 1.0]])}, "1 axes"),
        ({"decoder": lambda latents: tf.zeros([2, 3])}, "differentiable"),
        ({"hmc": HMCSettings(num_leapfrog_steps=0)}, "`num_leapfrog_steps` must be above 0"),
        ({"hmc": HMCSettings(initial_step_size=0.0)}, "`initial_step_size` must be above 0"),
    ],
)
def test_refuses(changes, message):
    arguments = {"decoder": linear, "points": POINTS, "latent_dims": 2, "variance": VARIANCE, "seed": 0, **changes}
    with pytest.raises(ValueError, match=message):
        annealed_log_likelihood(**arguments)


def test_the_others_refuse():
    with pytest.raises(ValueError, match="`num_points` must be above 0"):
        bidirectional_bounds(linear, 0, 2, VARIANCE, seed=0)
    with pytest.raises(ValueError, match="`num_betas` must be at least 2"):
        sigmoid_schedule(1)
    with pytest.raises(ValueError, match="`radius` must be above 0"):
        sigmoid_schedule(5, 0.0)
