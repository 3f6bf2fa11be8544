import logging
import math

import numpy as np
import pytest
import scipy.stats

from tfgan_suite.metrics.functional.parzen import parzen_log_likelihood, search_bandwidth

MODULE = "tfgan_suite.metrics.functional.parzen"


def test_one_sample_is_a_gaussian():
    points = np.random.default_rng(0).normal(size=(6, 3))
    expected = scipy.stats.multivariate_normal(mean=[1.0, 2.0, 3.0], cov=0.49).logpdf(points)
    np.testing.assert_allclose(parzen_log_likelihood(points, np.array([[1.0, 2.0, 3.0]]), 0.7), expected, rtol=1e-12)


@pytest.mark.parametrize("entries", [2**22, 300])
def test_is_that_of_scipy(entries, monkeypatch):
    """`gaussian_kde` scales the covariance of the samples; white samples make it isotropic."""
    monkeypatch.setattr(f"{MODULE}._BLOCK_ENTRIES", entries)
    generator = np.random.default_rng(1)
    raw = generator.normal(size=(100, 4))
    raw -= raw.mean(axis=0)
    samples = raw @ np.linalg.inv(np.linalg.cholesky(np.cov(raw, rowvar=False))).T + 5
    points = generator.normal(5, 1, size=(37, 4))
    expected = scipy.stats.gaussian_kde(samples.T, bw_method=0.4).logpdf(points.T)
    result = parzen_log_likelihood(points, samples, 0.4)
    assert result.dtype == np.float64
    np.testing.assert_allclose(result, expected, rtol=1e-10)


def test_worked_by_hand_far_from_the_origin():
    samples, points = np.array([[0.0], [2.0]]) + 1e6, np.array([[1.0], [100.0]]) + 1e6
    near = -0.5 - 0.5 * math.log(2 * math.pi)
    far = math.log(0.5) - 0.5 * 98**2 + math.log1p(math.exp(-0.5 * (100**2 - 98**2))) - 0.5 * math.log(2 * math.pi)
    np.testing.assert_allclose(parzen_log_likelihood(points, samples, 1.0), [near, far], rtol=1e-12)


def test_far_points_do_not_underflow():
    value = parzen_log_likelihood(np.full((1, 784), 1.0), np.zeros((3, 784)), 0.1)[0]
    assert value == pytest.approx(-0.5 * 784 / 0.01 - 784 * math.log(0.1 * math.sqrt(2 * math.pi)), rel=1e-13)


def test_approaches_the_true_density():
    """Samples of N(0, 1), bandwidth h: the estimate is unbiased for N(0, 1 + h^2).

    Its relative standard deviation at 0 is about sqrt(1 / (2 sqrt(pi) h p(0) M)) = 0.012; outside five once in 10^6.
    """
    samples = np.random.default_rng(2).normal(size=(50_000, 1))
    value = parzen_log_likelihood(np.zeros((1, 1)), samples, 0.1)[0]
    assert abs(value - scipy.stats.norm(scale=math.sqrt(1.01)).logpdf(0.0)) < 0.06


def test_search_takes_the_best_candidate():
    generator = np.random.default_rng(3)
    samples, points = generator.normal(size=(500, 2)), generator.normal(size=(200, 2))
    result = search_bandwidth(points, samples, candidates=np.array([2.0, 0.05, 0.4]))
    np.testing.assert_array_equal(result.candidates, [0.05, 0.4, 2.0])
    expected = [parzen_log_likelihood(points, samples, bandwidth).mean() for bandwidth in result.candidates]
    np.testing.assert_allclose(result.mean_log_likelihoods, expected, rtol=1e-12)
    assert result.bandwidth == 0.4
    assert not result.is_at_edge


def test_default_candidates_are_those_of_the_original_and_the_edge_is_told(caplog):
    points = np.random.default_rng(4).normal(0, 100, size=(20, 1))
    with caplog.at_level(logging.WARNING, logger=MODULE):
        result = search_bandwidth(points, points[:5])
    np.testing.assert_allclose(result.candidates, np.logspace(-1, 0, 10))
    assert result.is_at_edge
    assert "at an end of the candidates" in caplog.text


@pytest.mark.parametrize(
    ("points", "samples", "bandwidth", "message"),
    [
        (np.zeros((2, 3)), np.zeros((2, 3)), 0.0, "`bandwidth` must be above 0"),
        (np.zeros((2, 3, 3)), np.zeros((2, 3)), 1.0, "2 axes"),
        (np.zeros((2, 3)), np.zeros((2, 4)), 1.0, "same D.*Flatten"),
        (np.zeros((0, 3)), np.zeros((2, 3)), 1.0, "at least one row"),
        (np.zeros((2, 3)), np.zeros((0, 3)), 1.0, "at least one row"),
        (np.full((2, 3), np.nan), np.zeros((2, 3)), 1.0, "`test_points` must be finite. Received: num_bad_rows=2"),
        (np.zeros((2, 3)), np.full((2, 3), np.inf), 1.0, "`samples` must be finite"),
    ],
)
def test_refuses(points, samples, bandwidth, message):
    with pytest.raises(ValueError, match=message):
        parzen_log_likelihood(points, samples, bandwidth)


@pytest.mark.parametrize("candidates", [np.array([]), np.array([0.0, 1.0]), np.array([np.nan])])
def test_search_refuses_candidates(candidates):
    with pytest.raises(ValueError, match="`candidates` must be finite bandwidths above 0"):
        search_bandwidth(np.zeros((2, 1)), np.ones((2, 1)), candidates)


def test_search_refuses_points():
    with pytest.raises(ValueError, match=r"`validation_points` \[N, D\] and `samples`"):
        search_bandwidth(np.zeros((2, 1)), np.ones((2, 2)))
    with pytest.raises(ValueError, match="1 axes"):
        search_bandwidth(np.zeros((2, 1)), np.ones((2, 1)), np.ones((2, 2)))
    with pytest.raises(ValueError, match="1 axes"):
        search_bandwidth(np.zeros((2, 1)), np.ones((2, 1)), 0.3)
