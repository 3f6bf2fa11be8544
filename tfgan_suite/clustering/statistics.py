"""How generated images spread over the clusters of the real ones."""

import dataclasses

import numpy as np

from tfgan_suite.core.checks import require, require_positive, require_rank
from tfgan_suite.core.labels import require_known


@dataclasses.dataclass(frozen=True)
class ClusterComparison:
    """Real and generated images in the clusters of the real ones; every array has one entry per cluster.

    Attributes:
        real_counts, fake_counts: int64, images per cluster.
        real_shares, fake_shares: float64, counts divided by their sum.
        mean_distances: float64, distance between the mean real and the mean generated feature vector of the cluster;
            NaN where one of them has no images.
        real_spreads, fake_spreads: float64, root mean square distance to the cluster's centroid; NaN without images.
        total_variation: half the sum of |real_shares - fake_shares|, in [0, 1]; 0 where the histograms agree.
    """

    real_counts: np.ndarray
    fake_counts: np.ndarray
    real_shares: np.ndarray
    fake_shares: np.ndarray
    mean_distances: np.ndarray
    real_spreads: np.ndarray
    fake_spreads: np.ndarray
    total_variation: float


def cluster_histogram(cluster_ids: np.ndarray, num_clusters: int) -> np.ndarray:
    """Members of each cluster, int64 [num_clusters]; empty clusters count 0.

    Raises:
        ValueError: ids not of rank 1, or out of [0, num_clusters).
    """
    require_rank(1, cluster_ids=cluster_ids)
    require_positive(num_clusters=num_clusters)
    cluster_ids = np.asarray(cluster_ids)
    require_known(cluster_ids=cluster_ids, num_clusters=num_clusters)
    return np.bincount(cluster_ids, minlength=num_clusters)


def compare_clusters(
    real_ids: np.ndarray,
    fake_ids: np.ndarray,
    real_features: np.ndarray,
    fake_features: np.ndarray,
    centroids: np.ndarray,
) -> ClusterComparison:
    """Compares real and generated images cluster by cluster (CIN-GAN thesis, section 6; SPEC A6).

    Args:
        real_ids: int [N], clusters of the real images.
        fake_ids: int [M], clusters of the generated images, from `assign_clusters`.
        real_features: float [N, D].
        fake_features: float [M, D].
        centroids: float [K, D].

    Raises:
        ValueError: no images, ids out of range, as many ids as features not given, or different D.
    """
    dims = centroids.shape[1]
    for name, ids, features in (("real", real_ids, real_features), ("fake", fake_ids, fake_features)):
        require(
            len(ids) > 0 and tuple(features.shape) == (len(ids), dims),
            f"`{name}_features` must be [number of `{name}_ids`, D], with at least one image",
            num_ids=len(ids),
            features=tuple(features.shape),
            dims=dims,
        )
    real_counts, real_means, real_spreads = _moments(real_ids, real_features, centroids)
    fake_counts, fake_means, fake_spreads = _moments(fake_ids, fake_features, centroids)
    real_shares, fake_shares = real_counts / real_counts.sum(), fake_counts / fake_counts.sum()
    return ClusterComparison(
        real_counts=real_counts,
        fake_counts=fake_counts,
        real_shares=real_shares,
        fake_shares=fake_shares,
        mean_distances=np.linalg.norm(real_means - fake_means, axis=1),
        real_spreads=real_spreads,
        fake_spreads=fake_spreads,
        total_variation=float(np.abs(real_shares - fake_shares).sum() / 2),
    )


def _moments(ids: np.ndarray, features: np.ndarray, centroids: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Counts [K], means [K, D] and spreads [K] of the clusters, NaN where a cluster has no images."""
    ids, features = np.asarray(ids), np.asarray(features)
    counts = cluster_histogram(ids, len(centroids))
    means, spreads = np.full(centroids.shape, np.nan), np.full(len(centroids), np.nan)
    for cluster in np.flatnonzero(counts):
        members = features[ids == cluster].astype(np.float64)
        means[cluster] = members.mean(axis=0)
        spreads[cluster] = np.sqrt(np.square(members - centroids[cluster]).sum(axis=1).mean())
    return counts, means, spreads
