import logging

import numpy as np
import pytest
import sklearn.cluster
import sklearn.datasets
import sklearn.decomposition

from tfgan_suite.clustering import assign_clusters, fit_kmeans, reduce_dimensions


@pytest.fixture(scope="module")
def blobs():
    """Five blobs of 40 points, 100 apart, of stddev 1."""
    generator = np.random.default_rng(0)
    centres = 100 * np.eye(5, 6)
    labels = np.repeat(np.arange(5), 40)
    return (centres[labels] + generator.normal(size=(200, 6))).astype(np.float32), labels


@pytest.mark.parametrize("mini_batch", [False, True, "auto"])
def test_finds_blobs(blobs, mini_batch):
    features, labels = blobs
    clusters = fit_kmeans(features, 5, seed=0, num_inits=10, mini_batch=mini_batch)
    assert clusters.num_clusters == 5
    assert (clusters.cluster_ids.dtype, clusters.centroids.dtype) == (np.int32, np.float32)
    assert clusters.num_refilled == 0
    # Each blob is one cluster.
    assert len(set(zip(labels, clusters.cluster_ids, strict=True))) == 5
    means = np.stack([features[clusters.cluster_ids == cluster].mean(axis=0) for cluster in range(5)])
    tolerance = 0.5 if mini_batch is True else 1e-3
    np.testing.assert_allclose(clusters.centroids, means, atol=tolerance)


def test_cost_is_the_sum_of_squared_distances(blobs):
    features = blobs[0]
    clusters = fit_kmeans(features, 3, seed=0)
    by_hand = np.square(features.astype(np.float64) - clusters.centroids[clusters.cluster_ids]).sum()
    assert clusters.cost == pytest.approx(by_hand, rel=1e-5)
    reference = sklearn.cluster.KMeans(3, n_init=3, random_state=0).fit(features)
    assert clusters.cost == pytest.approx(reference.inertia_, rel=1e-5)


def test_more_starts_never_cost_more():
    features = sklearn.datasets.load_digits().data[:600]
    costs = [fit_kmeans(features, 20, seed=3, num_inits=count).cost for count in (1, 8)]
    assert costs[1] <= costs[0] * (1 + 1e-6)


def test_same_seed_gives_the_same_clusters(blobs):
    first, again = fit_kmeans(blobs[0], 7, seed=4), fit_kmeans(blobs[0], 7, seed=4)
    np.testing.assert_array_equal(first.cluster_ids, again.cluster_ids)


def test_as_many_clusters_as_points():
    features = np.arange(12.0).reshape(6, 2)
    clusters = fit_kmeans(features, 6, seed=0)
    assert sorted(clusters.cluster_ids) == list(range(6))
    assert clusters.cost == pytest.approx(0, abs=1e-9)


def test_empty_clusters_are_filled_and_told(caplog, monkeypatch):
    class TwoEmpty(sklearn.cluster.KMeans):
        def fit(self, features):
            self.cluster_centers_ = np.float32([[0, 0], [50, 50], [60, 60]])
            self.labels_ = np.zeros(len(features), np.int32)

    monkeypatch.setattr(sklearn.cluster, "KMeans", TwoEmpty)
    features = np.float32([[0, 0], [1, 0], [0, 5], [0, 4], [0, 0]])
    with caplog.at_level(logging.WARNING):
        clusters = fit_kmeans(features, 3, seed=0)
    assert "2 of 3 clusters were empty" in caplog.text
    assert clusters.num_refilled == 2
    assert list(clusters.cluster_ids) == [0, 0, 1, 2, 0]
    np.testing.assert_array_equal(clusters.centroids, [[0, 0], [0, 5], [0, 4]])
    assert clusters.cost == 1.0


@pytest.mark.parametrize("mini_batch", [False, True])
def test_refuses_more_clusters_than_distinct_points(mini_batch):
    features = np.repeat(np.eye(3), 10, axis=0)
    with pytest.raises(ValueError, match="num_clusters=5, num_distinct=3"):
        fit_kmeans(features, 5, seed=0, mini_batch=mini_batch)


@pytest.mark.parametrize(
    ("features", "num_clusters", "options", "message"),
    [
        (np.zeros(5), 2, {}, "2 axes"),
        (np.eye(5), 1, {}, r"`num_clusters` must be in \[2, num_samples\]. Received: num_clusters=1, num_samples=5"),
        (np.eye(5), 6, {}, "num_clusters=6, num_samples=5"),
        (np.full((5, 2), np.nan), 2, {}, "finite"),
        (np.eye(5), 2, {"num_inits": 0}, "`num_inits` must be above 0"),
        (np.eye(5), 2, {"mini_batch": "yes"}, "`mini_batch` must be one of"),
    ],
)
def test_fit_refuses(features, num_clusters, options, message):
    with pytest.raises(ValueError, match=message):
        fit_kmeans(features, num_clusters, seed=0, **options)


def test_assigns_the_nearest():
    generator = np.random.default_rng(1)
    features, centroids = generator.normal(size=(300, 9)).astype(np.float32), generator.normal(size=(20, 9))
    expected = np.argmin(np.square(features[:, None] - centroids[None]).sum(axis=2), axis=1)
    ids = assign_clusters(features, centroids)
    assert ids.dtype == np.int32
    np.testing.assert_array_equal(ids, expected)


def test_assignment_agrees_with_the_fit(blobs):
    clusters = fit_kmeans(blobs[0], 12, seed=0)
    np.testing.assert_array_equal(assign_clusters(blobs[0], clusters.centroids), clusters.cluster_ids)


def test_assign_refuses():
    with pytest.raises(ValueError, match="same number of dimensions"):
        assign_clusters(np.zeros((4, 3)), np.zeros((2, 5)))
    with pytest.raises(ValueError, match="2 axes"):
        assign_clusters(np.zeros(4), np.zeros((2, 5)))


def test_few_dimensions_stay_as_they_are():
    features = np.random.default_rng(2).normal(size=(10, 4)).astype(np.float32)
    reduced = reduce_dimensions(features, max_dims=4)
    np.testing.assert_array_equal(reduced.features, features)
    np.testing.assert_allclose(reduced.restore(features), features, rtol=1e-6)


def test_reduction_is_pca():
    features = sklearn.datasets.load_digits().data[:300].astype(np.float32)
    reduced = reduce_dimensions(features, max_dims=10)
    expected = sklearn.decomposition.PCA(10, svd_solver="full").fit(features)
    assert reduced.features.shape == (300, 10)
    # Each component is known up to its sign.
    np.testing.assert_allclose(np.abs(reduced.features), np.abs(expected.transform(features)), atol=2e-2)
    np.testing.assert_allclose(
        reduced.restore(reduced.features), expected.inverse_transform(expected.transform(features)), atol=1e-2
    )


def test_fewer_samples_than_dimensions():
    features = np.random.default_rng(3).normal(size=(8, 50))
    reduced = reduce_dimensions(features, max_dims=20)
    assert reduced.features.shape == (8, 8)
    np.testing.assert_allclose(reduced.restore(reduced.features), features, atol=1e-4)


def test_many_dimensions_take_the_randomised_solver():
    generator = np.random.default_rng(4)
    features = generator.normal(size=(30, 3)) @ generator.normal(size=(3, 9000))  # of rank 3
    reduced = reduce_dimensions(features, max_dims=5, seed=0)
    np.testing.assert_allclose(reduced.restore(reduced.features), features, atol=1e-3)


def test_restored_centroids_have_the_same_members():
    features = sklearn.datasets.load_digits().data.astype(np.float32)
    reduced = reduce_dimensions(features, max_dims=6)
    clusters = fit_kmeans(reduced.features, 10, seed=0)
    np.testing.assert_array_equal(assign_clusters(features, reduced.restore(clusters.centroids)), clusters.cluster_ids)


def test_reduce_refuses():
    with pytest.raises(ValueError, match="2 axes"):
        reduce_dimensions(np.zeros(5))
    with pytest.raises(ValueError, match="`max_dims` must be above 0"):
        reduce_dimensions(np.zeros((5, 5)), max_dims=0)
