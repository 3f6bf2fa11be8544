import numpy as np
import pytest

from tfgan_suite.metrics.functional.frechet import FeatureStatistics, feature_statistics, frechet_distance
from tfgan_suite.metrics.functional.frechet_infinity import chance_distance, frechet_distance_infinity

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


def test_line_is_that_of_numpy():
    result = frechet_distance_infinity(STANDARD, samples(0, 500))
    sizes, distances = np.array(result.sample_sizes), np.array(result.distances)
    slope, value = np.polyfit(1 / sizes, distances, 1, w=sizes)  # which squares its weights
    assert result.value == pytest.approx(value, rel=1e-9)
    assert result.slope == pytest.approx(slope, rel=1e-9)
    correlation = np.cov(1 / sizes, distances, aweights=sizes.astype(float) ** 2)
    r_squared = correlation[0, 1] ** 2 / (correlation[0, 0] * correlation[1, 1])
    assert result.r_squared == pytest.approx(r_squared, rel=1e-9)
    assert all(type(number) is float for number in (result.value, result.slope, result.r_squared))


def test_subsets_change_the_weighted_line_less():
    """Unequal variances, as features have them: a line without weights scatters two to three times as much."""
    random, deviations = np.random.default_rng(0), 2.0 ** -np.arange(12)
    real, fake = (random.normal(size=(1000, 12)) * deviations for _ in range(2))
    results = [frechet_distance_infinity(feature_statistics(real), fake, seed=seed) for seed in range(30)]
    unweighted = [np.polyfit(1 / np.array(each.sample_sizes), each.distances, 1)[1] for each in results]
    # 0.31 to 0.48 in four pairs of sets; a ratio of standard deviations of thirty draws scatters by a fifth.
    assert np.std([each.value for each in results]) < 0.7 * np.std(unweighted)


def test_leaves_what_the_finite_real_set_adds():
    """Forty pairs of sets from one Gaussian: the mean is within four standard errors of the real set's share."""
    random = np.random.default_rng(1)
    values = [
        frechet_distance_infinity(feature_statistics(random.normal(size=(300, 6))), random.normal(size=(600, 6))).value
        for _ in range(40)
    ]
    left, standard_error = chance_distance(STANDARD, 300), np.std(values) / np.sqrt(40)
    assert standard_error < left / 8
    assert abs(np.mean(values) - left) < 4 * standard_error


def test_chance_distance_is_what_equal_gaussians_score():
    """Means over 60 pairs: within four standard errors, which are about 3 %, of the formula."""
    deviations = np.array([3.0, 1.0, 0.2, 0.05, 0.0])
    random, measured = np.random.default_rng(0), []
    exact = FeatureStatistics(np.zeros(5), np.diag(deviations**2), None)
    for _ in range(60):
        a, b = (feature_statistics(random.normal(size=(size, 5)) * deviations) for size in (300, 700))
        distance = frechet_distance(a, b)
        measured.append([distance.mean_part, distance.covariance_part])
    means, errors = np.mean(measured, axis=0), np.std(measured, axis=0) / np.sqrt(60)
    expected = chance_distance(exact, 300, 700)
    mean_part = (deviations**2).sum() * (1 / 300 + 1 / 700)
    assert abs(means[0] - mean_part) < 4 * errors[0]
    assert abs(means[1] - (expected - mean_part)) < 4 * errors[1]


def test_chance_distance_by_hand():
    """One dimension of variance 4: (4 + 4 / 2) / N, since sqrt(S) has the variance 4 / (2 N)."""
    one = FeatureStatistics(np.zeros(1), np.full((1, 1), 4.0), None)
    assert chance_distance(one, 100) == pytest.approx(0.06)
    assert chance_distance(one, 100, 50) == pytest.approx(0.18)
    # Variances 1 and 3: 4 + 1 / 2 + 3 / 2 + 3 / 4.
    assert chance_distance(FeatureStatistics(np.zeros(2), np.diag([1.0, 3.0]), None), 10) == pytest.approx(0.675)
    assert chance_distance(FeatureStatistics(np.zeros(2), np.zeros((2, 2)), None), 10) == 0.0


@pytest.mark.parametrize(
    ("covariance", "sizes", "message"),
    [
        (np.eye(2), (), "at least one number of samples"),
        (np.eye(2), (100, 1), "each at least 2"),
        (np.full((2, 2), np.nan), (100,), "finite square matrix"),
        (np.ones((2, 3)), (100,), "finite square matrix"),
    ],
)
def test_chance_distance_refuses(covariance, sizes, message):
    with pytest.raises(ValueError, match=message):
        chance_distance(FeatureStatistics(np.zeros(2), covariance, None), *sizes)


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
