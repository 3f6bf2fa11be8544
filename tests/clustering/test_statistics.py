import numpy as np
import pytest

from tfgan_suite.clustering import cluster_histogram, compare_clusters

CENTROIDS = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]])


def test_histogram():
    np.testing.assert_array_equal(cluster_histogram(np.array([0, 2, 2, 0, 2]), 4), [2, 0, 3, 0])
    np.testing.assert_array_equal(cluster_histogram(np.array([], int), 2), [0, 0])


@pytest.mark.parametrize(
    ("ids", "num_clusters", "message"),
    [
        (np.array([0, 3]), 3, r"out_of_range=\[3\]"),
        (np.array([-1, 0]), 3, r"out_of_range=\[-1\]"),
        (np.zeros((2, 2), int), 3, "1 axes"),
        (np.array([0]), 0, "`num_clusters` must be above 0"),
    ],
)
def test_histogram_refuses(ids, num_clusters, message):
    with pytest.raises(ValueError, match=message):
        cluster_histogram(ids, num_clusters)


def test_comparison_worked_by_hand():
    real = np.array([[0.0, 3.0], [0.0, -3.0], [10.0, 1.0], [10.0, -1.0]])
    fake = np.array([[4.0, 0.0], [4.0, 2.0], [0.0, 11.0], [-2.0, 10.0]])
    result = compare_clusters(np.array([0, 0, 1, 1]), np.array([0, 0, 2, 2]), real, fake, CENTROIDS)
    np.testing.assert_array_equal(result.real_counts, [2, 2, 0])
    np.testing.assert_array_equal(result.fake_counts, [2, 0, 2])
    np.testing.assert_allclose(result.real_shares, [0.5, 0.5, 0])
    np.testing.assert_allclose(result.fake_shares, [0.5, 0, 0.5])
    assert result.total_variation == 0.5
    # Means (0, 0) and (4, 1); the other clusters lack one side.
    np.testing.assert_allclose(result.mean_distances, [np.sqrt(17), np.nan, np.nan])
    np.testing.assert_allclose(result.real_spreads, [3, 1, np.nan])
    np.testing.assert_allclose(result.fake_spreads, [np.sqrt((16 + 20) / 2), np.nan, np.sqrt((1 + 4) / 2)])


def test_a_set_compared_with_itself():
    features = np.random.default_rng(0).normal(size=(50, 2))
    ids = np.arange(50) % 3
    result = compare_clusters(ids, ids, features, features, CENTROIDS)
    assert result.total_variation == 0
    np.testing.assert_array_equal(result.mean_distances, 0)
    np.testing.assert_array_equal(result.real_spreads, result.fake_spreads)


@pytest.mark.parametrize(
    ("fake_ids", "fake_features", "message"),
    [
        (np.array([], int), np.zeros((0, 2)), "`fake_features` must be"),
        (np.array([0]), np.zeros((2, 2)), "num_ids=1"),
        (np.array([0]), np.zeros((1, 3)), "dims=2"),
        (np.array([3]), np.zeros((1, 2)), r"out_of_range=\[3\]"),
    ],
)
def test_comparison_refuses(fake_ids, fake_features, message):
    with pytest.raises(ValueError, match=message):
        compare_clusters(np.array([0]), fake_ids, np.zeros((1, 2)), fake_features, CENTROIDS)
