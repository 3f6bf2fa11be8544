"""Clusters that are found anew in a moving feature space and keep their names (self-conditioned GAN paper, section 3).

Arrays in, arrays out; `callbacks.Recluster` applies it to a discriminator's features while that learns.
"""

import dataclasses
import logging

import numpy as np
import sklearn.decomposition

from tfgan_suite.clustering.kmeans import Clusters, assign_clusters, fit_kmeans
from tfgan_suite.clustering.matching import cluster_renaming
from tfgan_suite.core.checks import require, require_positive, require_rank

_LOGGER = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class Reclustering:
    """What one re-clustering did to N samples.

    Attributes:
        clusters: the new partition, under the old names where there were some.
        num_moved: samples that changed their cluster; 0 the first time.
        num_repaired: clusters that came out starved and were given half of a large one.
    """

    clusters: Clusters
    num_moved: int
    num_repaired: int


def recluster(
    features: np.ndarray,
    num_clusters: int,
    previous_ids: np.ndarray | None = None,
    *,
    seed: int,
    start_from_means: bool = True,
    match: bool = True,
    num_inits: int = 10,
    min_members: int = 2,
) -> Reclustering:
    """Clusters samples anew in their present features (self-conditioned GAN paper, algorithm 1; SPEC B1).

    The first time: k-means++ with `num_inits` starts, of which the least cost wins. Later: one start at the means that
    the previous clusters have in the new features (eq. 3), then names by minimum-cost matching (eq. 4).

    Args:
        features: float [N, D], finite; of the same samples each time, in the same order.
        num_clusters: K in [2, N].
        previous_ids: int [N] in [0, K), the partition before; None the first time.
        seed: of k-means++ and of repairs.
        start_from_means: False starts from k-means++ each time (the paper's ablation).
        match: False leaves the names as they come out (the paper's ablation).
        num_inits: k-means++ starts.
        min_members: a cluster with fewer is starved, and is repaired.

    Returns:
        Reclustering; `clusters.num_refilled` counts empty clusters, which were given one sample each.

    Raises:
        ValueError: as `fit_kmeans`; `previous_ids` of another length or out of range; `min_members` above N / K.

    Cost: k-means, plus O(N + K^3) for the matching.
    Departure: the original stops with an error where a previous cluster is empty; it starts at a sample here.
    """
    require_rank(2, features=features)
    require_positive(min_members=min_members)
    require(
        min_members * num_clusters <= len(features),
        "`min_members` of each cluster must not be more than there are samples",
        min_members=min_members,
        num_clusters=num_clusters,
        num_samples=len(features),
    )
    start = None
    if previous_ids is not None and start_from_means:
        start = cluster_means(features, previous_ids, num_clusters, seed)
    clusters = fit_kmeans(
        features, num_clusters, seed=seed, num_inits=num_inits, initial_centroids=start, mini_batch=False
    )
    clusters, num_repaired = repair_starved(features, clusters, min_members, seed)
    if previous_ids is None:
        return Reclustering(clusters, 0, num_repaired)
    if match:
        clusters = rename_clusters(clusters, cluster_renaming(previous_ids, clusters.cluster_ids, num_clusters))
    return Reclustering(clusters, int((clusters.cluster_ids != previous_ids).sum()), num_repaired)


def cluster_means(features: np.ndarray, cluster_ids: np.ndarray, num_clusters: int, seed: int = 0) -> np.ndarray:
    """The mean of each cluster's features (eq. 3), float32 [K, D]; an empty cluster gets a sample drawn by the seed.

    Args:
        features: float [N, D].
        cluster_ids: int [N] in [0, K).

    Raises:
        ValueError: ids of another length than the features, or out of range.
    """
    require(
        np.shape(cluster_ids) == (len(features),) and np.min(cluster_ids) >= 0 and np.max(cluster_ids) < num_clusters,
        "`cluster_ids` must hold one number in [0, num_clusters) per row of `features`",
        num_ids=np.shape(cluster_ids),
        num_features=len(features),
        num_clusters=num_clusters,
    )
    counts = np.bincount(cluster_ids, minlength=num_clusters)
    order = np.argsort(cluster_ids, kind="stable")
    means = np.empty((num_clusters, features.shape[1]), np.float32)
    ends = np.cumsum(counts)
    for cluster in np.flatnonzero(counts):
        members = order[ends[cluster] - counts[cluster] : ends[cluster]]
        means[cluster] = features[members].mean(axis=0, dtype=np.float64)
    empty = np.flatnonzero(counts == 0)
    if len(empty):
        _LOGGER.warning("%d of %d clusters were empty and start at a sample each.", len(empty), num_clusters)
        means[empty] = features[np.random.default_rng(seed).choice(len(features), len(empty), replace=False)]
    return means


def repair_starved(features: np.ndarray, clusters: Clusters, min_members: int, seed: int) -> tuple[Clusters, int]:
    """Dissolves each cluster of fewer than `min_members`, and gives its name to half of the largest cluster.

    The members go to the nearest other centroid; the largest cluster is halved along its first principal component. A
    cluster of a few outliers would be drawn as rarely as it is small, and its output of the discriminator would hardly
    be trained.

    Returns:
        The clusters, none of them starved; and how many were repaired.
    """
    ids, centroids = clusters.cluster_ids.copy(), clusters.centroids.copy()
    starved = np.flatnonzero(np.bincount(ids, minlength=len(centroids)) < min_members)
    for cluster in starved:
        others = np.delete(np.arange(len(centroids)), cluster)
        members = ids == cluster
        if members.any():
            ids[members] = others[assign_clusters(features[members], centroids[others])]
        largest = int(np.argmax(np.bincount(ids, minlength=len(centroids))))
        rows = np.flatnonzero(ids == largest)
        # At the median of the first principal component: 2-means would part an outlier from all others.
        along = sklearn.decomposition.PCA(1, svd_solver="randomized", random_state=seed).fit_transform(features[rows])
        order = rows[np.argsort(along[:, 0], kind="stable")]
        for name, half in zip((largest, cluster), np.array_split(order, 2), strict=True):
            ids[half], centroids[name] = name, features[half].mean(axis=0, dtype=np.float64)
    if len(starved) == 0:
        return clusters, 0
    _LOGGER.warning(
        "%d of %d clusters had fewer than %d members and were given half of the largest one each.",
        len(starved),
        len(centroids),
        min_members,
    )
    cost = float(np.square(features - centroids[ids]).sum(dtype=np.float64))
    return dataclasses.replace(clusters, centroids=centroids, cluster_ids=ids, cost=cost), len(starved)


def rename_clusters(clusters: Clusters, renaming: np.ndarray) -> Clusters:
    """The same partition with cluster c called `renaming[c]`, a permutation of [0, K)."""
    centroids = np.empty_like(clusters.centroids)
    centroids[renaming] = clusters.centroids
    ids = np.asarray(renaming, np.int32)[clusters.cluster_ids]
    return dataclasses.replace(clusters, centroids=centroids, cluster_ids=ids)
