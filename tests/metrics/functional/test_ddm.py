import tracemalloc

import numpy as np
import pytest
import tensorflow as tf
from scipy.spatial.distance import cdist
from scipy.special import logsumexp

from tfgan_suite.metrics.functional.ddm import (
    distribution_divergence,
    relative_divergence,
    total_divergence,
)


def normal(seed, num_points, dims, mean=0.0, stddev=1.0):
    return np.random.default_rng(seed).normal(mean, stddev, size=(num_points, dims))


def test_worked_by_hand():
    """t = 0 and 4, g = 0, 3, 4: distances 0, 3, 4 and 4, 1, 0."""
    test, generated = np.array([[0.0], [4.0]]), np.array([[0.0], [3.0], [4.0]])
    first = -np.log((1 + np.exp(-3) + np.exp(-4)) / 3)
    second = -np.log((np.exp(-4) + np.exp(-1) + 1) / 3)
    assert distribution_divergence(test, generated) == pytest.approx((first + second) / 2, rel=1e-14)
    first = -np.log((1 + np.exp(-9 / 2) + np.exp(-16 / 2)) / 3)
    second = -np.log((np.exp(-16 / 2) + np.exp(-1 / 2) + 1) / 3)
    squared = distribution_divergence(test, generated, distance="squared_euclidean", bandwidth=2.0)
    assert squared == pytest.approx((first + second) / 2, rel=1e-14)


@pytest.mark.parametrize("bandwidth", [0.3, 1.0, 7.0])
@pytest.mark.parametrize(("distance", "metric"), [("euclidean", "euclidean"), ("squared_euclidean", "sqeuclidean")])
def test_equals_the_formula(distance, metric, bandwidth):
    test, generated = normal(0, 83, 10), normal(1, 57, 10, mean=0.5)
    exponents = -cdist(test, generated, metric) / bandwidth
    expected = -(logsumexp(exponents, axis=1) - np.log(57)).mean()
    for block_size in (1, 20, None):
        value = distribution_divergence(test, generated, distance=distance, bandwidth=bandwidth, block_size=block_size)
        assert value == pytest.approx(expected, rel=1e-12)
        assert isinstance(value, float)


def test_relative_and_total_equal_the_formula():
    train, test, generated = normal(0, 40, 6), normal(1, 30, 6), normal(2, 25, 6, stddev=1.5)
    density = [np.exp(-cdist(train, points)).mean(axis=1) for points in (test, generated)]
    relative = np.log(density[0] / density[1]).mean()
    assert relative_divergence(train, test, generated) == pytest.approx(relative, rel=1e-12)
    divergence = -np.log(np.exp(-cdist(test, generated)).mean(axis=1)).mean()
    assert total_divergence(train, test, generated) == pytest.approx(relative + divergence, rel=1e-12)
    options = {"distance": "squared_euclidean", "bandwidth": 3.0, "block_size": 7}
    assert total_divergence(train, test, generated, **options) == pytest.approx(
        relative_divergence(train, test, generated, **options) + distribution_divergence(test, generated, **options),
        rel=1e-14,
    )


@pytest.mark.parametrize("scale", [1e-8, 1.0, 1e4, 1e8])
def test_no_distance_is_too_large_or_too_small(scale):
    """Where e^-D is 0 in any floating point, only the nearest point counts: D_min + log |G|."""
    test, generated = scale * normal(0, 20, 3), scale * normal(1, 30, 3)
    distances = cdist(test, generated)
    expected = -(logsumexp(-distances, axis=1) - np.log(30)).mean()
    assert distribution_divergence(test, generated) == pytest.approx(expected, rel=1e-9)
    if scale == 1e8:
        nearest = distances.min(axis=1).mean() + np.log(30)
        assert distribution_divergence(test, generated) == pytest.approx(nearest, rel=1e-12)


def test_bounds():
    points = normal(0, 50, 4)
    assert distribution_divergence(points[:1], points[:1]) == pytest.approx(0.0, abs=1e-7)
    # A point that is one of N, with all others out of reach, has density 1 / N.
    assert distribution_divergence(1e3 * points, 1e3 * points) == pytest.approx(np.log(50), rel=1e-5)
    assert relative_divergence(points, points[:20], points[:20]) == 0.0
    assert distribution_divergence(points, points + 1e-3) > 0


def test_order_of_models():
    """Too narrow, shifted and collapsed sets are worse than one of the same distribution, in all three forms."""
    train, test, good = (normal(seed, 600, 8, stddev=10.0) for seed in range(3))
    worse_sets = normal(3, 600, 8, stddev=3.0), normal(3, 600, 8, mean=10.0, stddev=10.0), np.tile(good[:6], (100, 1))
    for worse in worse_sets:
        assert distribution_divergence(test, good) < distribution_divergence(test, worse)
        assert relative_divergence(train, test, good) < relative_divergence(train, test, worse)
        assert total_divergence(train, test, good) < total_divergence(train, test, worse)
    assert relative_divergence(train, test, train) < 0 < relative_divergence(train, test, 2 * good)


def test_known_failing_of_a_wide_bandwidth():
    """The same sets in units ten times as large: now the narrow one wins."""
    test, good, narrow = normal(1, 600, 8), normal(2, 600, 8), normal(3, 600, 8, stddev=0.3)
    assert distribution_divergence(test, narrow) < distribution_divergence(test, good)
    assert distribution_divergence(test, narrow, bandwidth=0.1) > distribution_divergence(test, good, bandwidth=0.1)


def test_repeating_the_generated_set_changes_nothing():
    test, generated = normal(0, 40, 5), normal(1, 30, 5)
    repeated = distribution_divergence(test, np.tile(generated, (7, 1)), block_size=16)
    assert repeated == pytest.approx(distribution_divergence(test, generated), rel=1e-12)


def test_tensors_and_single_precision():
    test, generated = normal(0, 40, 5).astype(np.float32), normal(1, 30, 5).astype(np.float32)
    expected = distribution_divergence(test.astype(np.float64), generated.astype(np.float64))
    assert distribution_divergence(tf.constant(test), tf.constant(generated)) == pytest.approx(expected, rel=1e-13)


def test_memory_is_linear():
    test, generated = normal(0, 4000, 2), normal(1, 4000, 2)  # all pairs: 128 MB
    tracemalloc.start()
    distribution_divergence(test, generated, block_size=256)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2e6


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"distance": "cosine"}, "'euclidean', 'squared_euclidean'.*distance='cosine'"),
        ({"bandwidth": 0.0}, "`bandwidth` must be above 0"),
        ({"block_size": 0}, "`block_size` must be above 0"),
    ],
)
def test_refuses_bad_options(options, message):
    points = np.zeros((3, 2))
    for function, num_sets in ((distribution_divergence, 2), (relative_divergence, 3), (total_divergence, 3)):
        with pytest.raises(ValueError, match=message):
            function(*[points] * num_sets, **options)


def test_refuses_bad_features():
    points = np.zeros((3, 2))
    with pytest.raises(ValueError, match="`generated_features` must be finite"):
        distribution_divergence(points, np.full((3, 2), np.nan))
    with pytest.raises(ValueError, match="N >= 1"):
        distribution_divergence(points[:0], points)
    with pytest.raises(ValueError, match="test_features=2, generated_features=3"):
        relative_divergence(points, points, np.zeros((3, 3)))
