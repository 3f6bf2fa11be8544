"""Precision and recall, density and coverage of two sets of features, from balls around nearest neighbours."""

import dataclasses
import warnings

import numpy as np

from tfgan_suite.core.checks import require_positive
from tfgan_suite.metrics.functional.pairwise import (
    DEFAULT_MAX_BYTES,
    as_features,
    centered_norms,
    mean_point,
    nearest_neighbors,
    rounding_margin,
    squared_distance_blocks,
)


@dataclasses.dataclass(frozen=True)
class PrecisionRecallDensityCoverage:
    """All at least 0; higher is better. `density` may exceed 1, the others may not."""

    precision: float
    recall: float
    density: float
    coverage: float


def precision_recall_density_coverage(
    real_features: np.ndarray,
    fake_features: np.ndarray,
    num_neighbors: int = 5,
    *,
    max_bytes: int = DEFAULT_MAX_BYTES,
) -> PrecisionRecallDensityCoverage:
    """How much of each set lies in the balls around the other's points.

    A point's ball reaches to the `num_neighbors`-th nearest other point of its own set.
    precision: share of fake points inside some real ball; recall: share of real points inside some fake ball
    (Kynkäänniemi et al., "Improved Precision and Recall Metric for Assessing Generative Models", 2019, eq. 1 and 2).
    density: number of (fake point, real ball around it), divided by num_neighbors times the number of fake points;
    coverage: share of real balls with a fake point inside (Naeem et al., "Reliable Fidelity and Diversity Metrics for
    Generative Models", 2020, section 3.2).

    Args:
        real_features: [N, D] with N >= 2, any real dtype.
        fake_features: [M, D] with M >= 2, likewise.
        num_neighbors: 3 in the first paper, 5 in the second; shrunk to min(N, M) - 1 with a warning
            (`effective_num_neighbors` is what was used).
        max_bytes: memory for the blocks of distances, in bytes.

    Returns:
        PrecisionRecallDensityCoverage of Python floats.

    Raises:
        ValueError: bad features or `num_neighbors` below 1.

    Warns:
        UserWarning: a set has no more than `num_neighbors` points.

    Direction: higher is better.
    Cost: 2 D (N^2 + M^2 + N M) operations; memory `max_bytes` and a few numbers per point.
    Known failings: all four depend on N and M; compare only equal counts. One real outlier has a huge ball, which lifts
    precision; density and coverage were made to mind that less.
    Departure: a point on the surface of a ball is outside, as in the code published with the second paper; the first
    paper counts it as inside. Equality is taken up to rounding, so copies of points are judged the same on any machine.
    """
    real_features, fake_features = as_features(min_rows=2, real_features=real_features, fake_features=fake_features)
    used = effective_num_neighbors(num_neighbors, len(real_features), len(fake_features))
    if used < num_neighbors:
        warnings.warn(
            f"`num_neighbors` must be below the size of both sets: shrunk from {num_neighbors} to {used}", stacklevel=2
        )
    real_limits, fake_limits = _squared_radii(real_features, fake_features, used, max_bytes)
    balls_around_fake = np.zeros(len(fake_features), np.int64)
    covered, recalled = np.zeros((2, len(real_features)), bool)
    for rows, columns, squared in squared_distance_blocks(real_features, fake_features, max_bytes=max_bytes):
        inside = squared < real_limits[rows, None]
        balls_around_fake[columns] += np.count_nonzero(inside, axis=0)
        covered[rows] |= inside.any(axis=1)
        recalled[rows] |= np.less(squared, fake_limits[columns], out=inside).any(axis=1)
    return PrecisionRecallDensityCoverage(
        precision=float((balls_around_fake > 0).mean()),
        recall=float(recalled.mean()),
        density=float(balls_around_fake.mean() / used),
        coverage=float(covered.mean()),
    )


def effective_num_neighbors(num_neighbors: int, num_real: int, num_fake: int) -> int:
    """The neighbours that `precision_recall_density_coverage` uses: no more than each point has in its set.

    Raises:
        ValueError: `num_neighbors` below 1.
    """
    require_positive(num_neighbors=num_neighbors)
    return min(num_neighbors, num_real - 1, num_fake - 1)


def _squared_radii(
    real_features: np.ndarray, fake_features: np.ndarray, num_neighbors: int, max_bytes: int
) -> tuple[np.ndarray, np.ndarray]:
    """Squared radii of the balls around real and around fake points, less what rounding may add to a distance."""
    center = mean_point(fake_features)  # that of the blocks between the two sets
    limits = []
    for features in (real_features, fake_features):
        distances, _ = nearest_neighbors(features, features, num_neighbors, exclude_self=True, max_bytes=max_bytes)
        squared = np.square(distances[:, -1])
        limits.append(squared - rounding_margin(centered_norms(features, center), squared, features.shape[1]))
    return limits[0], limits[1]
