"""Re-clustering: starts, names, repairs; on clouds whose partition is known."""

import logging

import numpy as np
import pytest

from tfgan_suite.clustering.kmeans import Clusters
from tfgan_suite.clustering.reclustering import cluster_means, recluster, rename_clusters, repair_starved

NUM_CLUSTERS = 4
CENTERS = np.array([[0, 0], [10, 0], [0, 10], [10, 10]], np.float32)
TRUE_IDS = np.arange(80) % NUM_CLUSTERS


def clouds(shift=0.0, seed=0):
    noise = np.random.default_rng(seed).normal(size=(80, 2)).astype(np.float32)
    return CENTERS[TRUE_IDS] + 0.5 * noise + np.float32(shift)


def same_partition(first, second):
    return len(set(zip(first, second, strict=True))) == len(set(first)) == len(set(second))


def test_the_first_time_finds_the_clouds():
    found = recluster(clouds(), NUM_CLUSTERS, seed=0)
    assert same_partition(found.clusters.cluster_ids, TRUE_IDS)
    assert (found.num_moved, found.num_repaired) == (0, 0)


@pytest.mark.parametrize("start_from_means", [True, False])
def test_names_stay_when_the_space_moves(start_from_means):
    before = np.array([2, 0, 3, 1])[TRUE_IDS]
    found = recluster(clouds(shift=100, seed=1), NUM_CLUSTERS, before, seed=5, start_from_means=start_from_means)
    np.testing.assert_array_equal(found.clusters.cluster_ids, before)
    assert found.num_moved == 0
    np.testing.assert_allclose(found.clusters.centroids[before], CENTERS[TRUE_IDS] + 100, atol=0.5)


def test_without_matching_names_are_those_of_kmeans():
    """With a start at other clouds' means the partition is the same, and the names follow the start."""
    before = TRUE_IDS.copy()
    renamed = [
        recluster(clouds(seed=2), NUM_CLUSTERS, before, seed=seed, start_from_means=False, match=False)
        for seed in range(8)
    ]
    assert all(same_partition(found.clusters.cluster_ids, TRUE_IDS) for found in renamed)
    assert len({tuple(found.clusters.cluster_ids[:NUM_CLUSTERS]) for found in renamed}) > 1
    assert any(found.num_moved > 0 for found in renamed)


def test_counts_those_that_moved():
    before = TRUE_IDS.copy()
    before[:4] = [1, 0, 3, 2]
    assert recluster(clouds(), NUM_CLUSTERS, before, seed=0).num_moved == 4


def test_starts_at_the_means_of_the_old_clusters_in_the_new_space():
    """Eq. 3 by hand; one iteration from means that are a fixed point changes nothing."""
    features = np.array([[0.0], [2.0], [10.0], [14.0]], np.float32)
    np.testing.assert_array_equal(cluster_means(features, np.array([1, 1, 0, 0]), 2), [[12.0], [1.0]])


def test_an_empty_old_cluster_starts_at_a_sample(caplog):
    features = clouds()
    with caplog.at_level(logging.WARNING):
        means = cluster_means(features, np.minimum(TRUE_IDS, 2), NUM_CLUSTERS, seed=3)
    assert (means[3] == features).all(axis=1).any()
    assert "1 of 4 clusters were empty" in caplog.text
    found = recluster(features, NUM_CLUSTERS, np.minimum(TRUE_IDS, 2), seed=3)
    assert np.bincount(found.clusters.cluster_ids, minlength=NUM_CLUSTERS).min() > 0


def test_a_starved_cluster_gets_half_of_the_largest(caplog):
    """Four clouds and an outlier: the cluster of the outlier is dissolved, and the largest one is halved."""
    features = np.concatenate([clouds(), [[1000.0, 1000.0]]]).astype(np.float32)
    ids = np.append(TRUE_IDS, 4).astype(np.int32)
    centroids = np.concatenate([CENTERS, [[1000.0, 1000.0]]]).astype(np.float32)
    with caplog.at_level(logging.WARNING):
        repaired, num_repaired = repair_starved(features, Clusters(centroids, ids, 0.0), 2, seed=0)
    assert num_repaired == 1
    sizes = np.bincount(repaired.cluster_ids, minlength=5)
    np.testing.assert_array_equal(sizes, [20, 20, 20, 11, 10])  # the outlier went to cloud 3, which was halved
    np.testing.assert_array_equal(repaired.cluster_ids[ids < 3], ids[ids < 3])
    halves = [features[repaired.cluster_ids == name].mean(axis=0) for name in (3, 4)]
    np.testing.assert_allclose(repaired.centroids[3:], halves, rtol=1e-5)
    assert "fewer than 2 members" in caplog.text


def test_renaming_moves_centroids_with_their_ids():
    clusters = Clusters(CENTERS.copy(), TRUE_IDS.astype(np.int32), 1.0)
    renamed = rename_clusters(clusters, np.array([1, 2, 3, 0]))
    np.testing.assert_array_equal(renamed.centroids[renamed.cluster_ids], CENTERS[TRUE_IDS])
    np.testing.assert_array_equal(renamed.cluster_ids[:4], [1, 2, 3, 0])


def test_the_same_seed_gives_the_same_bits():
    first, second = (recluster(clouds(), NUM_CLUSTERS, seed=7).clusters for _ in range(2))
    np.testing.assert_array_equal(first.centroids, second.centroids)


def test_more_members_than_samples_are_refused():
    with pytest.raises(ValueError, match="`min_members` of each cluster must not be more than there are samples"):
        recluster(clouds(), NUM_CLUSTERS, seed=0, min_members=21)


@pytest.mark.parametrize("ids", [TRUE_IDS[:-1], np.full(80, 4), np.full(80, -1)])
def test_ids_that_do_not_fit_are_refused(ids):
    with pytest.raises(ValueError, match=r"`cluster_ids` must hold one number in \[0, num_clusters\)"):
        cluster_means(clouds(), ids, NUM_CLUSTERS)


def test_more_clusters_than_samples_are_refused():
    with pytest.raises(ValueError, match="num_clusters"):
        recluster(clouds()[:3], NUM_CLUSTERS, seed=0, min_members=1)
