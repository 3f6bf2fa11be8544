"""Fréchet distance extrapolated to infinitely many generated samples."""

import dataclasses

import numpy as np

from tfgan_suite.core.checks import require
from tfgan_suite.metrics.functional.frechet import FeatureStatistics, RunningStatistics, frechet_distance
from tfgan_suite.metrics.functional.pairwise import as_features, block_slices

_CHUNK_ROWS = 4096


@dataclasses.dataclass(frozen=True)
class FrechetDistanceInfinity:
    """A line through Fréchet distances of several sample sizes: distance = value + slope / size.

    `value` is the distance at infinitely many samples and may come out a little below zero. `r_squared` is the share
    of the distances' variance that the line explains, 1 where they are all equal.
    """

    value: float
    slope: float
    r_squared: float
    sample_sizes: tuple[int, ...]
    distances: tuple[float, ...]


def frechet_distance_infinity(
    real_statistics: FeatureStatistics,
    fake_features: np.ndarray,
    *,
    num_points: int = 15,
    min_samples: int | None = None,
    seed: int = 0,
) -> FrechetDistanceInfinity:
    """Fréchet distance without the bias of a finite generated set: a least-squares line in 1 / size, at 0.

    Chong and Forsyth, "Effectively Unbiased FID and Inception Score and Where to Find Them" (2020), section 3: the
    bias falls as one over the number of samples, with a factor that depends on the generator, so that even distances
    of equal counts may rank two generators wrongly. For each size a fresh random subset is drawn without replacement.

    Args:
        real_statistics: with D dimensions; its own finite size is not extrapolated.
        fake_features: [N, D], any real dtype.
        num_points: sample sizes, evenly spaced from `min_samples` to N; at least 3.
        min_samples: smallest size, in [2, N / 2]; by default the larger of N // 10, the paper's share, and D + 1, below
            which a covariance is singular and the bias no longer as one over the size.
        seed: of the subsets.

    Returns:
        FrechetDistanceInfinity.

    Raises:
        ValueError: bad features, another D than the statistics', options out of range, or too few samples.

    Direction: lower is better.
    Cost: `num_points` times a Fréchet distance (10 D^3 operations) and about N D^2 / 2 for its statistics; memory of
    one Fréchet distance and 4,096 rows.
    Known failings: at sizes near D the bias is not yet a straight line; look at `r_squared`.
    Departure: the paper also draws the generator's latents from a low-discrepancy sequence to reduce the variance;
    here the features are given.
    """
    (fake_features,) = as_features(min_rows=2, fake_features=fake_features)
    num_samples, dims = fake_features.shape
    require(
        real_statistics.mean.shape == (dims,),
        "`real_statistics` and `fake_features` must have the same number of dimensions",
        real=real_statistics.mean.shape,
        fake=dims,
    )
    sizes = _sample_sizes(num_samples, dims, num_points, min_samples)
    random = np.random.default_rng(seed)
    distances = []
    for size in sizes:
        statistics, chosen = RunningStatistics(), random.permutation(num_samples)[:size]
        for rows in block_slices(size, _CHUNK_ROWS):
            statistics.update(fake_features[chosen[rows]])
        distances.append(frechet_distance(real_statistics, statistics.result()).total)
    return _line(sizes, distances)


def _sample_sizes(num_samples: int, dims: int, num_points: int, min_samples: int | None) -> tuple[int, ...]:
    require(num_points >= 3, "`num_points` must be at least 3", num_points=num_points)
    smallest = max(num_samples // 10, dims + 1) if min_samples is None else min_samples
    require(
        2 <= smallest <= num_samples / 2,
        "`min_samples` must be in [2, N / 2]" if min_samples is not None else "N must be at least 2 (D + 1)",
        num_samples=num_samples,
        dims=dims,
        min_samples=min_samples,
        fix="Draw more samples, or give a smaller `min_samples` and look at `r_squared`.",
    )
    require(
        num_samples - smallest >= num_points - 1,
        "`num_points` must not exceed the number of sizes from `min_samples` to N",
        num_points=num_points,
        min_samples=smallest,
        num_samples=num_samples,
    )
    return tuple(int(size) for size in np.rint(np.linspace(smallest, num_samples, num_points)))


def _line(sizes: tuple[int, ...], distances: list[float]) -> FrechetDistanceInfinity:
    """The least-squares line of the distances against 1 / size."""
    inverse, measured = 1 / np.array(sizes), np.array(distances)
    centered = inverse - inverse.mean()
    slope = float(centered @ measured / (centered @ centered))
    value = float(measured.mean() - slope * inverse.mean())
    variation = float(np.square(measured - measured.mean()).sum())
    unexplained = float(np.square(measured - value - slope * inverse).sum())
    r_squared = 1 - unexplained / variation if variation > 0 else 1.0
    return FrechetDistanceInfinity(value, slope, r_squared, sizes, tuple(distances))
