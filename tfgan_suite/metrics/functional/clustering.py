"""How well clusters agree with given labels: normalised mutual information, accuracy, purity."""

from typing import Literal

import numpy as np
import scipy.optimize
import sklearn.metrics

from tfgan_suite.clustering.matching import contingency_table
from tfgan_suite.core.checks import require, require_in, require_rank


def normalized_mutual_information(
    labels: np.ndarray, cluster_ids: np.ndarray, average: Literal["arithmetic", "geometric"] = "arithmetic"
) -> float:
    """Mutual information of labels and clusters over the mean of their entropies.

    Arithmetic mean, 2 I / (H(labels) + H(clusters)): self-conditioned GAN paper, section 4.5 (SPEC B6). Geometric mean,
    I / sqrt(H(labels) H(clusters)): MM-GAN thesis, eq. 5.2 (SPEC C8). Computed by scikit-learn.

    Args:
        labels: int [N], any integers.
        cluster_ids: int [N], any integers; which cluster has which id does not matter.
        average: of the two entropies, "arithmetic" or "geometric"; the second value is at least the first.

    Returns:
        A float in [0, 1]; 1 where each is a renaming of the other, also if both have one value only; 0 if just one of
        them has.

    Raises:
        ValueError: no samples, not integers of rank 1, different lengths, or an unknown average.

    Direction: higher is better.
    Cost: O(N log N) time, O(N + classes x clusters) memory.
    Known failings: not corrected for chance; grows with the number of clusters (random clusters do not give 0).
    Departure: eq. 5.2 as printed also averages over the samples a quantity that is the same for each; that is dropped.
    """
    require_in(("arithmetic", "geometric"), average=average)
    labels, cluster_ids = _consecutive(labels, cluster_ids)
    score = sklearn.metrics.normalized_mutual_info_score(labels, cluster_ids, average_method=average)
    return float(np.clip(score, 0.0, 1.0))  # outside only by rounding


def clustering_accuracy(labels: np.ndarray, cluster_ids: np.ndarray) -> float:
    """Share of samples in the right cluster under the best one-to-one naming of clusters by classes.

    MM-GAN thesis, eq. 5.1 (SPEC C8): ACC = max over permutations pi of the share of samples with label = pi(cluster),
    found by the Hungarian method (SciPy).

    Args:
        labels: int [N], any integers.
        cluster_ids: int [N], any integers. There may be more clusters than classes, or fewer: each class then still
            takes at most one cluster and each cluster at most one class, and samples of clusters (or classes) that
            are left over count as wrong. For many clusters per class see `purity`.

    Returns:
        A float in (0, 1].

    Raises:
        ValueError: no samples, not integers of rank 1, or different lengths.

    Direction: higher is better.
    Cost: O(N log N + classes x clusters x the smaller of both) time, O(N + classes x clusters) memory.
    Known failings: not corrected for chance: C equal classes and random clusters give somewhat above 1 / C; splitting
    a class into two pure clusters costs as much as mixing them up.
    """
    table = _table(labels, cluster_ids)
    rows, columns = scipy.optimize.linear_sum_assignment(table, maximize=True)
    return float(table[rows, columns].sum() / table.sum())


def purity(labels: np.ndarray, cluster_ids: np.ndarray) -> float:
    """Share of samples that have the most frequent label of their cluster.

    Self-conditioned GAN paper, section 4.5: 1/N sum over clusters of the largest overlap with a class (SPEC B6).

    Args:
        labels: int [N], any integers.
        cluster_ids: int [N], any integers.

    Returns:
        A float in (0, 1].

    Raises:
        ValueError: no samples, not integers of rank 1, or different lengths.

    Direction: higher is better.
    Cost: O(N log N) time, O(N + classes x clusters) memory.
    Known failings: grows with the number of clusters, to 1 for a cluster per sample; ignores split classes.
    Departure: the paper's code hands the two arguments over in the other order, and so sums over the classes the
    largest overlap with a cluster: `purity(cluster_ids, labels)` is that number.
    """
    table = _table(labels, cluster_ids)
    return float(table.max(axis=0).sum() / table.sum())


def _consecutive(labels: np.ndarray, cluster_ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both as integers from 0 on without gaps."""
    labels, cluster_ids = np.asarray(labels), np.asarray(cluster_ids)
    require_rank(1, labels=labels, cluster_ids=cluster_ids)
    require(
        len(labels) == len(cluster_ids) > 0,
        "`labels` and `cluster_ids` must be of the same samples, at least one",
        num_labels=len(labels),
        num_cluster_ids=len(cluster_ids),
    )
    for name, ids in (("labels", labels), ("cluster_ids", cluster_ids)):
        require(
            ids.dtype.kind in "iu",
            f"`{name}` must be integers",
            dtype=str(ids.dtype),
            fix="Of soft assignments take the argmax first.",
        )
    return np.unique(labels, return_inverse=True)[1], np.unique(cluster_ids, return_inverse=True)[1]


def _table(labels: np.ndarray, cluster_ids: np.ndarray) -> np.ndarray:
    """Samples by class (rows) and cluster (columns)."""
    labels, cluster_ids = _consecutive(labels, cluster_ids)
    return contingency_table(labels, cluster_ids, int(labels.max()) + 1, int(cluster_ids.max()) + 1)
