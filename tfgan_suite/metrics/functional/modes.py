"""Modes covered, share of high-quality points and reverse KL: of points around known centres, of predicted labels."""

import dataclasses
import math
from typing import Literal

import numpy as np
import scipy.special
import sklearn.metrics

from tfgan_suite.core.checks import require, require_in, require_positive, require_rank
from tfgan_suite.core.labels import require_known

RULES = ("euclidean", "per_coordinate")
_BLOCK_ENTRIES = 2**22  # differences [block, K, D] of float64: 32 MiB


@dataclasses.dataclass(frozen=True)
class ModeStatistics:
    """How points spread over K modes.

    Attributes:
        num_modes: modes with at least one high-quality point, in [0, K]; higher is better.
        high_quality_fraction: share of all points that are of high quality, in [0, 1]; higher is better.
        reverse_kl: KL(points per nearest mode || target), in nats; lower is better.
        counts: int64 [K], points by their nearest mode, of high quality or not; what `reverse_kl` looks at.
        high_quality_counts: int64 [K], the high-quality points of each mode.
    """

    num_modes: int
    high_quality_fraction: float
    reverse_kl: float
    counts: np.ndarray
    high_quality_counts: np.ndarray


@dataclasses.dataclass(frozen=True)
class LabelModeStatistics:
    """How predicted labels spread over K modes.

    Attributes:
        num_modes: labels that occur at all, in [0, K]; higher is better.
        reverse_kl: KL(label histogram || target), in units of the log base asked for; lower is better.
        counts: int64 [K], samples per label.
    """

    num_modes: int
    reverse_kl: float
    counts: np.ndarray


def mode_statistics(
    points: np.ndarray,
    centers: np.ndarray,
    stddev: float,
    num_stddevs: float = 3.0,
    *,
    rule: Literal["euclidean", "per_coordinate"] = "euclidean",
    target_probs: np.ndarray | None = None,
) -> ModeStatistics:
    """Modes covered, share of high-quality points, and reverse KL of points around the centres of a known mixture.

    Self-conditioned GAN paper, section 4.2 (SPEC B6): a point is of high quality within three standard deviations of
    some centre; a mode is covered by at least one such point; every point counts for its nearest centre (Euclidean) in
    the histogram that is compared with the true one.

    Args:
        points: float [N, D], generated points; finite.
        centers: float [K, D].
        stddev: standard deviation (not variance) of every mode, the same along every axis; above 0.
        num_stddevs: how many of them still count; 3 in 2-D. VEEGAN and PacGAN take 10 for their 1,200-D mixture.
        rule: "euclidean": distance to the nearest centre below num_stddevs * stddev, a disk, the rule of PacGAN and
            VEEGAN; the default, since it is what the papers' sentence says. "per_coordinate": |difference| below it in
            each coordinate, a square, the first centre that fits takes the point: the self-conditioned GAN's code,
            to be taken beside the table of that paper. The square is larger: an exact 2-D Gaussian has 98.89 % in the
            disk and 99.46 % in the square.
        target_probs: float [K], above 0, sum 1: the true share of each mode; uniform by default.

    Returns:
        ModeStatistics; the histograms are int64.

    Raises:
        ValueError: no points, shapes that do not fit, values that are not finite, `stddev` or `num_stddevs` not above
            0, an unknown rule, or `target_probs` that are no probabilities.

    Direction: modes and high-quality share: higher is better; reverse KL: lower is better, 0 at the target.
    Cost: O(N K D) time; memory for a block of points at a time beside the inputs.
    Known failings: all three look at the centres only and reward points that sit exactly on them, so a generator that
    shrinks every mode is not noticed; `num_modes` grows with N; the reverse KL of N true points is about
    (K - 1) / (2 N), not 0.
    Departure: reverse KL in natural logarithm, as in the code for points. PacGAN's code logs a Jensen-Shannon
    divergence of `high_quality_counts` instead; both histograms are returned.
    """
    points, centers = _checked_points(points, centers)
    require_positive(stddev=stddev, num_stddevs=num_stddevs)
    require_in(RULES, rule=rule)
    num_modes = len(centers)
    nearest = sklearn.metrics.pairwise_distances_argmin(points, centers)
    if rule == "euclidean":
        distances = np.linalg.norm(points - centers[nearest], axis=1)  # its own would lose digits far from the origin
        matched = np.where(distances < num_stddevs * stddev, nearest, -1)
    else:
        matched = _first_box(points, centers, num_stddevs * stddev)
    counts = np.bincount(nearest, minlength=num_modes)
    high_quality_counts = np.bincount(matched[matched >= 0], minlength=num_modes)
    return ModeStatistics(
        num_modes=int(np.count_nonzero(high_quality_counts)),
        high_quality_fraction=float(high_quality_counts.sum() / len(points)),
        reverse_kl=_divergence(counts, target_probs),
        counts=counts,
        high_quality_counts=high_quality_counts,
    )


def label_mode_statistics(
    labels: np.ndarray, num_modes: int, *, target_probs: np.ndarray | None = None, log_base: float = math.e
) -> LabelModeStatistics:
    """Modes covered and reverse KL of the labels that a classifier gives to generated images.

    Self-conditioned GAN paper, section 4.3 (SPEC B6); Stacked-MNIST after VEEGAN and PacGAN, with the label
    100 a + 10 b + c of the digits in the three channels and 1,000 modes.

    Args:
        labels: int [N], in [0, num_modes).
        num_modes: K, the number of modes that exist.
        target_probs: float [K], above 0, sum 1: e.g. the label histogram of real images; uniform by default.
        log_base: e as in PacGAN's code; the self-conditioned GAN's code has 10 for images (and e for points).

    Returns:
        LabelModeStatistics; a label that never occurs adds 0 to `reverse_kl`.

    Raises:
        ValueError: no labels, not integers of rank 1, out of range, a base not above 1, or bad `target_probs`.

    Direction: number of modes: higher is better; reverse KL: lower is better, 0 at the target.
    Cost: O(N + K).
    Known failings: the classifier's errors count as modes, so that noise covers many of them; fewer than 7,000 true
    samples miss one of 1,000 modes more often than not, and N have a reverse KL of about (K - 1) / (2 N) nats, not 0.
    """
    labels = np.asarray(labels)
    require_rank(1, labels=labels)
    require_positive(num_modes=num_modes)
    require(labels.size > 0, "`labels` must not be empty", num_labels=0)
    require(labels.dtype.kind in "iu", "`labels` must be integers", dtype=str(labels.dtype))
    require_known(labels=labels, num_modes=num_modes)
    require(log_base > 1, "`log_base` must be above 1", log_base=log_base)
    counts = np.bincount(labels, minlength=num_modes)
    return LabelModeStatistics(
        num_modes=int(np.count_nonzero(counts)),
        reverse_kl=_divergence(counts, target_probs) / math.log(log_base),
        counts=counts,
    )


def _checked_points(points: np.ndarray, centers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    points, centers = np.asarray(points, np.float64), np.asarray(centers, np.float64)
    require_rank(2, points=points, centers=centers)
    require(
        len(points) > 0 and len(centers) > 0 and points.shape[1] == centers.shape[1],
        "`points` [N, D] and `centers` [K, D] must have the same D and at least one row each",
        points=points.shape,
        centers=centers.shape,
    )
    for name, values in (("points", points), ("centers", centers)):
        num_bad_rows = int((~np.isfinite(values)).any(axis=1).sum())
        require(num_bad_rows == 0, f"`{name}` must be finite", num_bad_rows=num_bad_rows)
    return points, centers


def _first_box(points: np.ndarray, centers: np.ndarray, half_width: float) -> np.ndarray:
    """The first centre whose open cube holds the point, -1 where none does: int64 [N]."""
    matched = np.empty(len(points), np.int64)
    block_size = max(1, _BLOCK_ENTRIES // centers.size)
    for start in range(0, len(points), block_size):
        rows = slice(start, start + block_size)
        inside = (np.abs(points[rows, None, :] - centers) < half_width).all(axis=2)  # [block, K]
        matched[rows] = np.where(inside.any(axis=1), inside.argmax(axis=1), -1)
    return matched


def _divergence(counts: np.ndarray, target_probs: np.ndarray | None) -> float:
    """KL(counts / their sum || target), in nats; the target is uniform if not given."""
    if target_probs is None:
        target = np.full(len(counts), 1 / len(counts))
    else:
        target = np.asarray(target_probs, np.float64)
        require(
            target.shape == counts.shape and bool((target > 0).all()) and abs(target.sum() - 1) < 1e-6,
            "`target_probs` must be one probability above 0 for each mode, with sum 1",
            shape=target.shape,
            num_modes=len(counts),
            smallest=float(target.min(initial=1.0)),
            sum=float(target.sum()),
            fix="A mode that real data never show has no place in the comparison; leave it out.",
        )
    return max(0.0, float(scipy.special.rel_entr(counts / counts.sum(), target).sum()))  # below 0 only by rounding
