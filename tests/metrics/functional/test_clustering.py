import itertools
import math

import numpy as np
import pytest
import sklearn.metrics

from tfgan_suite.metrics.functional.clustering import clustering_accuracy, normalized_mutual_information, purity

# Rows are classes, columns clusters: class 0 has 4 samples in cluster 0 and 1 in cluster 2, and so on.
TABLE = np.array([[4, 0, 1], [2, 5, 0], [0, 3, 3]])


def ids_of(table):
    rows, columns = np.indices(table.shape)
    return np.repeat(rows.ravel(), table.ravel()), np.repeat(columns.ravel(), table.ravel())


def random_ids(seed=0, num_samples=300, num_classes=5, num_clusters=8):
    generator = np.random.default_rng(seed)
    labels = generator.integers(num_classes, size=num_samples)
    noisy = generator.integers(num_clusters, size=num_samples)
    return labels, np.where(generator.random(num_samples) < 0.5, labels, noisy)


def entropy(counts):
    shares = counts[counts > 0] / counts.sum()
    return -(shares * np.log(shares)).sum()


def test_worked_by_hand():
    labels, cluster_ids = ids_of(TABLE)
    assert clustering_accuracy(labels, cluster_ids) == pytest.approx(12 / 18)  # 4 + 5 + 3
    assert purity(labels, cluster_ids) == pytest.approx(12 / 18)
    assert purity(cluster_ids, labels) == pytest.approx((4 + 5 + 3) / 18)
    information = entropy(TABLE.sum(axis=1)) + entropy(TABLE.sum(axis=0)) - entropy(TABLE.ravel())
    by_labels, by_clusters = entropy(TABLE.sum(axis=1)), entropy(TABLE.sum(axis=0))
    arithmetic = normalized_mutual_information(labels, cluster_ids)
    geometric = normalized_mutual_information(labels, cluster_ids, average="geometric")
    assert arithmetic == pytest.approx(2 * information / (by_labels + by_clusters), rel=1e-12)
    assert geometric == pytest.approx(information / math.sqrt(by_labels * by_clusters), rel=1e-12)
    assert isinstance(arithmetic, float)


def test_purity_and_accuracy_differ():
    table = np.array([[5, 5, 0], [0, 0, 4]])  # one class in two pure clusters
    labels, cluster_ids = ids_of(table)
    assert purity(labels, cluster_ids) == 1.0
    assert clustering_accuracy(labels, cluster_ids) == pytest.approx(9 / 14)
    assert purity(cluster_ids, labels) == pytest.approx(9 / 14)  # the order of the self-conditioned GAN's code


@pytest.mark.parametrize("average", ["arithmetic", "geometric"])
def test_is_that_of_scikit_learn(average):
    labels, cluster_ids = random_ids()
    expected = sklearn.metrics.normalized_mutual_info_score(labels, cluster_ids, average_method=average)
    assert normalized_mutual_information(labels, cluster_ids, average) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("num_classes", "num_clusters"), [(5, 5), (4, 6), (6, 4)])
def test_accuracy_is_the_best_of_all_namings(num_classes, num_clusters):
    labels, cluster_ids = random_ids(1, 100, num_classes, num_clusters)
    cluster_ids %= num_clusters
    size = max(num_classes, num_clusters)
    best = max((np.array(names)[cluster_ids] == labels).mean() for names in itertools.permutations(range(size)))
    assert clustering_accuracy(labels, cluster_ids) == pytest.approx(best, rel=1e-14)


def test_ids_are_names_only():
    labels, cluster_ids = random_ids(2)
    renaming = np.random.default_rng(3).permutation(8) * 10 - 35  # gaps, and negative ones
    for metric in (clustering_accuracy, purity, normalized_mutual_information):
        assert metric(labels, renaming[cluster_ids]) == pytest.approx(metric(labels, cluster_ids), rel=1e-12)
        assert metric(100 - labels, cluster_ids) == pytest.approx(metric(labels, cluster_ids), rel=1e-12)


def test_perfect_and_useless_clusters():
    labels = np.repeat(np.arange(3), 4)
    for metric in (clustering_accuracy, purity, normalized_mutual_information):
        assert metric(labels, (labels + 1) % 3) == pytest.approx(1.0, rel=1e-14)
    assert normalized_mutual_information(labels, np.zeros(12, int)) == 0.0
    assert normalized_mutual_information(np.zeros(12, int), np.zeros(12, int)) == 1.0
    assert clustering_accuracy(labels, np.zeros(12, int)) == pytest.approx(1 / 3)


@pytest.mark.parametrize("metric", [clustering_accuracy, purity, normalized_mutual_information])
@pytest.mark.parametrize(
    ("labels", "cluster_ids", "message"),
    [
        (np.array([0, 1]), np.array([0]), "num_labels=2, num_cluster_ids=1"),
        (np.array([], int), np.array([], int), "at least one"),
        (np.zeros((2, 1), int), np.zeros((2, 1), int), "1 axes"),
        (np.array([0.0, 1.0]), np.array([0, 1]), "`labels` must be integers"),
        (np.array([0, 1]), np.array([0.2, 0.8]), "`cluster_ids` must be integers.*argmax"),
    ],
)
def test_refuses(metric, labels, cluster_ids, message):
    with pytest.raises(ValueError, match=message):
        metric(labels, cluster_ids)


def test_refuses_another_average():
    with pytest.raises(ValueError, match="'arithmetic', 'geometric'"):
        normalized_mutual_information(np.array([0, 1]), np.array([0, 1]), average="max")
