"""Parzen-window log-likelihood of test points under generated samples, and the search of its bandwidth."""

import dataclasses
import logging
import math

import numpy as np
import scipy.special
import sklearn.metrics.pairwise

from tfgan_suite.core.checks import require, require_positive, require_rank

_LOGGER = logging.getLogger(__name__)
_BLOCK_ENTRIES = 2**22  # squared distances [block, M] of float64: 32 MiB


@dataclasses.dataclass(frozen=True)
class BandwidthSearch:
    """What `search_bandwidth` found.

    Attributes:
        bandwidth: the candidate with the highest mean log-likelihood.
        candidates: float64 [B], ascending.
        mean_log_likelihoods: float64 [B], nats per validation point.
        is_at_edge: whether the best candidate is the smallest or the largest, and a better one may lie beyond.
    """

    bandwidth: float
    candidates: np.ndarray
    mean_log_likelihoods: np.ndarray
    is_at_edge: bool


def parzen_log_likelihood(test_points: np.ndarray, samples: np.ndarray, bandwidth: float) -> np.ndarray:
    """Log density of each test point under a Gaussian of standard deviation `bandwidth` around each sample.

    Parzen (1962); as a measure of generators: Breuleux et al. (2011), Goodfellow et al. (2014), section 5, whose code
    this follows: log p(x) = log mean_j exp(-||x - s_j||^2 / (2 h^2)) - D log(h sqrt(2 pi)). SPEC E6, D2.

    Args:
        test_points: float [N, D], e.g. flattened images in [0, 1].
        samples: float [M, D], generated, in the same units.
        bandwidth: h, above 0, a standard deviation in the units of the points; from `search_bandwidth` on points that
            are not the test points.

    Returns:
        float64 [N], nats; their mean is the usual number, std / sqrt(N) its standard error over test points.

    Raises:
        ValueError: not of rank 2, no rows, different D, values that are not finite, or `bandwidth` not above 0.

    Direction: higher is better.
    Cost: O(N M D) time; memory for a block of distances (32 MiB, or one row of M) beside the inputs in float64.
    Known failings: says little about images: the estimate is far below the true log-likelihood in many dimensions for
    any affordable M, and it can rank models wrongly (Theis et al. 2016: k-means centroids beat true images). Depends
    on the bandwidth, on M (10,000 is usual) and on the pixel range.
    """
    require_positive(bandwidth=bandwidth)
    test_points, samples = _checked_points(test_points, samples, "test_points")
    return _log_densities(test_points, samples, np.array([bandwidth], np.float64))[0]


def search_bandwidth(
    validation_points: np.ndarray, samples: np.ndarray, candidates: np.ndarray | None = None
) -> BandwidthSearch:
    """The bandwidth with the highest mean log-likelihood of validation points, by trying each candidate.

    The grid search of Goodfellow et al. (2014)'s code: ten candidates from 0.1 to 1, spaced evenly in logarithm, for
    pixels in [0, 1] and 1,000 validation images. The best at an end of the grid is logged as a warning.

    Args:
        validation_points: float [N, D], real points that are neither training nor test points.
        samples: float [M, D], generated, in the same units.
        candidates: float [B], above 0, in any order; `numpy.logspace(-1, 0, 10)` unless given.

    Returns:
        BandwidthSearch; the first of equal candidates.

    Raises:
        ValueError: as `parzen_log_likelihood`, or candidates that are not of rank 1, finite and above 0.

    Cost: distances once, O(N M D), and O(N M) for each candidate; memory as `parzen_log_likelihood`.
    Known failings: on samples themselves as validation points the best bandwidth is 0; keep the sets apart.
    """
    candidates = np.asarray(np.logspace(-1, 0, 10) if candidates is None else candidates, np.float64)
    require_rank(1, candidates=candidates)
    require(
        candidates.size > 0 and bool((np.isfinite(candidates) & (candidates > 0)).all()),
        "`candidates` must be finite bandwidths above 0, at least one",
        candidates=candidates.tolist(),
    )
    candidates = np.sort(candidates)
    validation_points, samples = _checked_points(validation_points, samples, "validation_points")
    means = _log_densities(validation_points, samples, candidates).mean(axis=1)
    best = int(means.argmax())
    is_at_edge = len(candidates) > 1 and best in (0, len(candidates) - 1)
    if is_at_edge:
        _LOGGER.warning(
            "The best bandwidth, %g, is at an end of the candidates; there may be a better one.", candidates[best]
        )
    return BandwidthSearch(float(candidates[best]), candidates, means, is_at_edge)


def _checked_points(points: np.ndarray, samples: np.ndarray, name: str) -> tuple[np.ndarray, np.ndarray]:
    points, samples = np.asarray(points, np.float64), np.asarray(samples, np.float64)
    require_rank(2, **{name: points, "samples": samples})
    require(
        len(points) > 0 and len(samples) > 0 and points.shape[1] == samples.shape[1] > 0,
        f"`{name}` [N, D] and `samples` [M, D] must have the same D and at least one row each",
        **{name: points.shape, "samples": samples.shape},
        fix="Flatten images to [N, H * W * C].",
    )
    for key, values in ((name, points), ("samples", samples)):
        num_bad_rows = int((~np.isfinite(values)).any(axis=1).sum())
        require(num_bad_rows == 0, f"`{key}` must be finite", num_bad_rows=num_bad_rows)
    return points, samples


def _log_densities(points: np.ndarray, samples: np.ndarray, bandwidths: np.ndarray) -> np.ndarray:
    """Log density of each point with each bandwidth: float64 [B, N]."""
    num_samples, dims = samples.shape
    center = samples.mean(axis=0)  # near the origin the squared norms, and what is lost to them, are small
    samples = samples - center
    squared_norms = np.square(samples).sum(axis=1)[None, :]
    densities = np.empty((len(bandwidths), len(points)))
    block_size = max(1, _BLOCK_ENTRIES // num_samples)
    for start in range(0, len(points), block_size):
        rows = slice(start, start + block_size)
        squared = sklearn.metrics.pairwise.euclidean_distances(
            points[rows] - center, samples, Y_norm_squared=squared_norms, squared=True
        )
        for index, bandwidth in enumerate(bandwidths):
            densities[index, rows] = scipy.special.logsumexp(squared * (-0.5 / bandwidth**2), axis=1)
    normalizers = math.log(num_samples) + dims * np.log(bandwidths * math.sqrt(2 * math.pi))  # [B]
    return densities - normalizers[:, None]
