"""k-means++ clusters of feature vectors, and PCA before it. Arrays in, arrays out."""

import dataclasses
import logging
import warnings
from typing import Literal

import joblib
import numpy as np
import sklearn.cluster
import sklearn.decomposition
import sklearn.exceptions
import sklearn.metrics
import threadpoolctl

from tfgan_suite.core.checks import require, require_in, require_positive, require_rank

_LOGGER = logging.getLogger(__name__)
_MINI_BATCH_FROM_CLUSTERS = 512
_COVARIANCE_MAX_DIMS = 8192
_ONE_THREAD_PRODUCTS = 2e8


@dataclasses.dataclass(frozen=True)
class Clusters:
    """A partition of N feature vectors.

    Attributes:
        centroids: float32 [K, D].
        cluster_ids: int32 [N] in [0, K); every cluster has at least one member.
        cost: sum over all vectors of the squared distance to their centroid.
        num_refilled: clusters that came out empty and were given a far-off vector each.
    """

    centroids: np.ndarray
    cluster_ids: np.ndarray
    cost: float
    num_refilled: int = 0

    @property
    def num_clusters(self) -> int:
        """K."""
        return len(self.centroids)


@dataclasses.dataclass(frozen=True)
class ReducedFeatures:
    """Features in fewer dimensions: `features` float32 [N, d] = (original - mean) components^T, components [d, D]."""

    features: np.ndarray
    mean: np.ndarray
    components: np.ndarray

    def restore(self, points: np.ndarray) -> np.ndarray:
        """Points [n, d] back in the original space [n, D]."""
        return (points @ self.components + self.mean).astype(np.float32)


def fit_kmeans(
    features: np.ndarray,
    num_clusters: int,
    *,
    seed: int,
    num_inits: int = 3,
    initial_centroids: np.ndarray | None = None,
    mini_batch: bool | Literal["auto"] = "auto",
) -> Clusters:
    """Clusters features by k-means with k-means++ starts; the start with the lowest cost wins.

    CIN-GAN thesis, section 2.3: the cost is eq. 2.11, sum_k sum_{i in S_k} ||y_i - c_k||^2 (the text calls it mean
    squared error; divide by N for that). Lloyd's algorithm or mini-batches, both from scikit-learn.

    Args:
        features: float [N, D], finite.
        num_clusters: K in [2, N].
        seed: of the k-means++ draws. The same seed gives the same bits on the same number of cores: at most two threads
            sum, whose order does not matter.
        num_inits: number of starts.
        initial_centroids: float [K, D], to start once from these and not from k-means++.
        mini_batch: "auto" takes mini-batches from 512 clusters on.

    Returns:
        Clusters without empty ones.

    Raises:
        ValueError: not of rank 2, values not finite, K out of range, or fewer distinct vectors than K.
    """
    require_rank(2, features=features)
    features = np.ascontiguousarray(features, np.float32)
    require_clusters_fit(num_clusters, len(features))
    require_positive(num_inits=num_inits)
    require_in((True, False, "auto"), mini_batch=mini_batch)
    require(bool(np.isfinite(features).all()), "`features` must be finite", shape=features.shape)
    start = {"init": "k-means++", "n_init": num_inits}
    if initial_centroids is not None:
        require(
            np.shape(initial_centroids) == (num_clusters, features.shape[1]),
            "`initial_centroids` must be [num_clusters, D]",
            shape=np.shape(initial_centroids),
            num_clusters=num_clusters,
            num_dims=features.shape[1],
        )
        start = {"init": np.ascontiguousarray(initial_centroids, np.float32), "n_init": 1}
    if mini_batch == "auto":
        mini_batch = num_clusters >= _MINI_BATCH_FROM_CLUSTERS
    if mini_batch:
        batch_size = min(len(features), max(4096, 2 * num_clusters))
        algorithm = sklearn.cluster.MiniBatchKMeans(num_clusters, **start, random_state=seed, batch_size=batch_size)
    else:
        batch_size = len(features)
        algorithm = sklearn.cluster.KMeans(num_clusters, **start, random_state=seed)
    # Threads that wait for each other after every small piece of work are slower than one, much so on a busy machine.
    small = batch_size * num_clusters * features.shape[1] < _ONE_THREAD_PRODUCTS
    num_threads = 1 if small else min(2, joblib.cpu_count())
    with warnings.catch_warnings(), threadpoolctl.threadpool_limits(num_threads):
        # It warns of fewer distinct points than clusters; that is looked for, and refused, below.
        warnings.simplefilter("ignore", sklearn.exceptions.ConvergenceWarning)
        algorithm.fit(features)
    return _without_empty(features, algorithm.cluster_centers_.astype(np.float32), algorithm.labels_.astype(np.int32))


def require_clusters_fit(num_clusters: int, num_samples: int) -> None:
    """Raises `ValueError` unless `num_clusters` is in [2, num_samples]."""
    require(
        2 <= num_clusters <= num_samples,
        "`num_clusters` must be in [2, num_samples]",
        num_clusters=num_clusters,
        num_samples=num_samples,
    )


def _without_empty(features: np.ndarray, centroids: np.ndarray, cluster_ids: np.ndarray) -> Clusters:
    """Gives each empty cluster the vector that is farthest from its centroid, and computes the cost."""
    counts = np.bincount(cluster_ids, minlength=len(centroids))
    squared = np.square(features - centroids[cluster_ids]).sum(axis=1, dtype=np.float64)
    empty = np.flatnonzero(counts == 0)
    if len(empty):
        num_distinct = len(np.unique(features, axis=0))
        require(
            len(centroids) <= num_distinct,
            "`num_clusters` must not exceed the number of distinct feature vectors",
            num_clusters=len(centroids),
            num_distinct=num_distinct,
            fix="Ask for fewer clusters, or look for repeated images.",
        )
        _LOGGER.warning("%d of %d clusters were empty and were given one image each.", len(empty), len(centroids))
    for cluster in empty:
        farthest = int(np.argmax(np.where(counts[cluster_ids] > 1, squared, -1.0)))
        counts[cluster_ids[farthest]] -= 1
        counts[cluster] += 1
        cluster_ids[farthest], centroids[cluster], squared[farthest] = cluster, features[farthest], 0.0
    return Clusters(centroids, cluster_ids, float(squared.sum()), len(empty))


def assign_clusters(features: np.ndarray, centroids: np.ndarray) -> np.ndarray:
    """The nearest centroid [K, D] (Euclidean) of each feature vector [N, D]: int32 [N].

    Raises:
        ValueError: not of rank 2, or different D.
    """
    require_rank(2, features=features, centroids=centroids)
    require(
        features.shape[1] == centroids.shape[1],
        "`features` and `centroids` must have the same number of dimensions",
        features=tuple(features.shape),
        centroids=tuple(centroids.shape),
    )
    nearest = sklearn.metrics.pairwise_distances_argmin(np.asarray(features), np.asarray(centroids))
    return nearest.astype(np.int32)


def reduce_dimensions(features: np.ndarray, max_dims: int = 2048, seed: int = 0) -> ReducedFeatures:
    """PCA of features to at most `max_dims` dimensions; features that have no more than that stay as they are.

    CIN-GAN thesis, section 3.4.1. Centroids found in the reduced space may be taken back by `restore`: what PCA drops
    adds the same to a vector's squared distance to every restored centroid, so the nearest one stays the nearest.

    Args:
        features: float [N, D].
        max_dims: at least 1; fewer than that remain if N is smaller.
        seed: of the randomised solver, used from 8,192 dimensions on.

    Raises:
        ValueError: not of rank 2, or `max_dims` below 1.
    """
    require_rank(2, features=features)
    require_positive(max_dims=max_dims)
    features = np.asarray(features, np.float32)
    count, dims = features.shape
    if dims <= max_dims:
        return ReducedFeatures(features, np.zeros(dims, np.float32), np.eye(dims, dtype=np.float32))
    solver = "covariance_eigh" if dims <= _COVARIANCE_MAX_DIMS else "randomized"
    pca = sklearn.decomposition.PCA(min(max_dims, count), svd_solver=solver, random_state=seed)
    return ReducedFeatures(pca.fit_transform(features).astype(np.float32), pca.mean_, pca.components_)
