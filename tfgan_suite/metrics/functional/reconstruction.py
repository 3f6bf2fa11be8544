"""How well real images can be reconstructed, over a data set and in each of its clusters, the worst cluster first."""

import dataclasses

import numpy as np

from tfgan_suite.core.checks import require
from tfgan_suite.core.labels import require_known


@dataclasses.dataclass(frozen=True)
class ReconstructionTable:
    """Distances between images and their reconstructions.

    Attributes:
        mean: over all images.
        standard_error: of `mean`; NaN for one image.
        cluster_means: float64 [K]; NaN for a cluster without images.
        cluster_standard_errors: float64 [K]; NaN for a cluster of fewer than two images.
        cluster_sizes: int64 [K].
        worst_first: int64, the clusters that have images, by falling mean; of equal ones the lower number first.
    """

    mean: float
    standard_error: float
    cluster_means: np.ndarray
    cluster_standard_errors: np.ndarray
    cluster_sizes: np.ndarray
    worst_first: np.ndarray


def reconstruction_table(
    distances: np.ndarray, cluster_ids: np.ndarray, num_clusters: int | None = None
) -> ReconstructionTable:
    """Mean distance per data set and per cluster (self-conditioned GAN, section 4.4.1 and figure 6).

    The clusters with the largest means are those that the generator omits, as far as the optimisation found its best
    latents.

    Args:
        distances: float [N], at least 0, one per real image, such as LPIPS between it and its reconstruction; N >= 1.
        cluster_ids: int [N] in [0, num_clusters), of the real images.
        num_clusters: K; largest id + 1 unless given.

    Raises:
        ValueError: distances that are negative or not finite, ids of another length, type or range.

    Direction: lower is better.
    Cost: O(N + K log K).
    Known failings: a cluster of flat images has small distances whatever the generator makes; compare generators, or
    give distances of a baseline beside.
    """
    distances, cluster_ids = np.asarray(distances, np.float64), np.asarray(cluster_ids)
    require(
        distances.ndim == 1 and len(distances) > 0 and bool((np.isfinite(distances) & (distances >= 0)).all()),
        "`distances` must be finite numbers of at least 0, one per image, at least one",
        shape=distances.shape,
    )
    require(
        cluster_ids.shape == distances.shape and np.issubdtype(cluster_ids.dtype, np.integer),
        "`cluster_ids` must be whole numbers, one per distance",
        shape=cluster_ids.shape,
        dtype=str(cluster_ids.dtype),
        num_distances=len(distances),
    )
    num_clusters = int(cluster_ids.max()) + 1 if num_clusters is None else num_clusters
    require_known(cluster_ids=cluster_ids, num_clusters=num_clusters)
    sizes = np.bincount(cluster_ids, minlength=num_clusters)
    means = _over(np.bincount(cluster_ids, distances, num_clusters), sizes)
    squares = np.bincount(cluster_ids, np.square(distances - means[cluster_ids]), num_clusters)
    order = np.argsort(-means, kind="stable")  # NaN sorts last
    count, mean = len(distances), float(distances.mean())
    return ReconstructionTable(
        mean=mean,
        standard_error=float(np.sqrt(_over(np.sum(np.square(distances - mean)), np.float64((count - 1) * count)))),
        cluster_means=means,
        cluster_standard_errors=np.sqrt(_over(squares, (sizes - 1) * sizes)),
        cluster_sizes=sizes,
        worst_first=order[: np.count_nonzero(sizes)],
    )


def _over(sums: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """sums / counts; NaN where there are none."""
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
