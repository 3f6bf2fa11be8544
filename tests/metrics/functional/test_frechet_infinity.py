import numpy as np
import pytest
import scipy.stats

from tfgan_suite.metrics.functional.frechet import FeatureStatistics, feature_statistics, frechet_distance
from tfgan_suite.metrics.functional.frechet_infinity import frechet_distance_infinity

STANDARD = FeatureStatistics(np.zeros(6), np.eye(6), None)


def samples(seed, num_samples, dims=6, mean=0.1, stddev=1.2):
    return np.random.default_rng(seed).normal(mean, stddev, size=(num_samples, dims))


def test_bias_is_taken_away():
    """Forty sets of 400 from a perfect generator, at distance 0.

    The plain distance's mean part alone is D / N = 6 / 400 on average. The mean of the forty extrapolated ones is
    within four of its standard errors of 0 (odds 1 : 15,000).
    """
    plain, extrapolated = [], []
    for seed in range(40):
        features = samples(seed, 400, mean=0.0, stddev=1.0)
        plain.append(frechet_distance(STANDARD, feature_statistics(features)).total)
        extrapolated.append(frechet_distance_infinity(STANDARD, features).value)
    standard_error = np.std(extrapolated) / np.sqrt(40)
    assert np.mean(plain) > 6 / 400
    assert 4 * standard_error < 0.5 * np.mean(plain)
    assert abs(np.mean(extrapolated)) < 4 * standard_error


def test_line_is_that_of_scipy():
    result = frechet_distance_infinity(STANDARD, samples(0, 500))
    expected = scipy.stats.linregress(1 / np.array(result.sample_sizes), result.distances)
    assert result.value == pytest.approx(expected.intercept, rel=1e-9)
    assert result.slope == pytest.approx(expected.slope, rel=1e-9)
    assert result.r_squared == pytest.approx(expected.rvalue**2, rel=1e-9)
    assert all(type(number) is float for number in (result.value, result.slope, result.r_squared))


def test_sizes_and_distances():
    features = samples(0, 500)
    result = frechet_distance_infinity(STANDARD, features)
    assert result.sample_sizes == (50, 82, 114, 146, 179, 211, 243, 275, 307, 339, 371, 404, 436, 468, 500)
    whole = frechet_distance(STANDARD, feature_statistics(features)).total
    assert result.distances[-1] == pytest.approx(whole, rel=1e-10)  # all samples, in another order
    assert result.slope > 0
    assert result.value < whole
    few = frechet_distance_infinity(STANDARD, features, num_points=3, min_samples=100)
    assert few.sample_sizes == (100, 300, 500)
    assert frechet_distance_infinity(STANDARD, samples(0, 40)).sample_sizes[0] == 7  # D + 1, not N // 10


def test_subsets_depend_on_the_seed_alone():
    features = samples(0, 300)
    first, again, other = (frechet_distance_infinity(STANDARD, features, seed=seed) for seed in (0, 0, 1))
    assert first == again
    assert first.distances[0] != other.distances[0]


def test_equal_distances_are_a_flat_line():
    constant = np.tile([1.0, 2.0], (40, 1))
    result = frechet_distance_infinity(FeatureStatistics(np.zeros(2), np.zeros((2, 2)), None), constant)
    assert (result.value, result.slope, result.r_squared) == pytest.approx((5.0, 0.0, 1.0), abs=1e-12)


@pytest.mark.parametrize(
    ("num_samples", "options", "message"),
    [
        (13, {}, r"N must be at least 2 \(D \+ 1\)\. Received: num_samples=13, dims=6.*Draw more samples"),
        (100, {"min_samples": 51}, r"`min_samples` must be in \[2, N / 2\]"),
        (100, {"min_samples": 1}, r"`min_samples` must be in \[2, N / 2\]"),
        (100, {"num_points": 2}, "`num_points` must be at least 3"),
        (20, {"min_samples": 10}, "`num_points` must not exceed the number of sizes"),
        (1, {}, "N >= 2"),
    ],
)
def test_refuses(num_samples, options, message):
    with pytest.raises(ValueError, match=message):
        frechet_distance_infinity(STANDARD, samples(0, num_samples), **options)


def test_refuses_features_that_do_not_fit():
    with pytest.raises(ValueError, match="same number of dimensions"):
        frechet_distance_infinity(STANDARD, samples(0, 100, dims=5))
    features = samples(0, 100)
    features[3, 3] = np.inf
    with pytest.raises(ValueError, match="`fake_features` must be finite"):
        frechet_distance_infinity(STANDARD, features)
