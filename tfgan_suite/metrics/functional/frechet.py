"""Fréchet distance of two sets of features, with its mean and covariance parts (FID, for Inception features)."""

import dataclasses
import os
import warnings

import numpy as np
import scipy.linalg

from tfgan_suite.core.checks import require, require_rank
from tfgan_suite.core.files import write_whole

_CHUNK_ROWS = 1024
_RELATIVE_ERROR = 1e-7  # a bound; the error is far below it


@dataclasses.dataclass(frozen=True)
class FeatureStatistics:
    """Mean (float64 [D]) and covariance (float64 [D, D], divided by N - 1) of N feature vectors.

    `num_samples` is None when the file they were read from does not say.
    """

    mean: np.ndarray
    covariance: np.ndarray
    num_samples: int | None


@dataclasses.dataclass(frozen=True)
class FrechetDistance:
    """`total` = `mean_part` + `covariance_part`, in squared units of the features; each at least 0, lower is better."""

    total: float
    mean_part: float
    covariance_part: float


class RunningStatistics:
    """Mean and covariance of features that arrive in batches, in float64.

    Batches are merged by the pairwise update of Chan, Golub and LeVeque (1979), which never subtracts two large
    sums; the result does not depend on how the features were cut into batches beyond float64 rounding.

    Cost: N D^2 operations, half of those of a matrix product; 8 D^2 bytes, whatever N.
    """

    def __init__(self) -> None:
        self.num_samples = 0
        self._mean: np.ndarray | None = None
        self._scatter: np.ndarray | None = None  # column-major for BLAS; only its lower triangle is filled

    def update(self, features: np.ndarray) -> "RunningStatistics":
        """Adds a batch, float [n, D] with any n; returns itself.

        Raises:
            ValueError: not of rank 2, another D than before, or a value that is not finite.
        """
        features = np.asarray(features)
        require_rank(2, features=features)
        dims = features.shape[1]
        if self._mean is None:
            self._mean, self._scatter = np.zeros(dims), np.zeros((dims, dims), order="F")
        require(
            dims == self._mean.size,
            "`features` must keep their number of dimensions",
            dims=dims,
            before=self._mean.size,
        )
        buffer = np.empty((min(len(features), _CHUNK_ROWS) + 1, dims))
        for start in range(0, len(features), _CHUNK_ROWS):
            self._merge(features[start : start + _CHUNK_ROWS], buffer)
        return self

    def _merge(self, chunk: np.ndarray, buffer: np.ndarray) -> None:
        with np.errstate(invalid="ignore"):
            chunk_mean = chunk.mean(axis=0, dtype=np.float64)
        if not np.isfinite(chunk_mean).all():  # a mean is finite only if all its terms are
            require(
                False,
                "`features` must be finite",
                num_bad_rows=int((~np.isfinite(chunk)).any(axis=1).sum()),
                fix="The images or the embedder produce NaN or infinity.",
            )
        count, total = len(chunk), self.num_samples + len(chunk)
        shift = chunk_mean - self._mean
        np.subtract(chunk, chunk_mean, out=buffer[:count])
        # The shift of the mean is one more row, so that a single symmetric update adds both terms.
        buffer[count] = shift * np.sqrt(self.num_samples * count / total)
        rows = buffer[: count + 1]
        if rows.size:
            self._scatter = scipy.linalg.blas.dsyrk(1.0, rows.T, beta=1.0, c=self._scatter, lower=1, overwrite_c=1)
        self._mean += shift * (count / total)
        self.num_samples = total

    def result(self) -> FeatureStatistics:
        """The statistics of all batches so far.

        Raises:
            ValueError: fewer than two samples, of which there is no covariance.
        """
        require(self.num_samples >= 2, "a covariance needs at least 2 samples", num_samples=self.num_samples)
        lower = np.tril(self._scatter)
        covariance = lower + np.tril(lower, -1).T
        covariance /= self.num_samples - 1
        return FeatureStatistics(self._mean.copy(), covariance, self.num_samples)


def feature_statistics(features: np.ndarray) -> FeatureStatistics:
    """Mean and unbiased covariance (`np.cov`, divisor N - 1) of features, float [N, D], computed in float64.

    Raises:
        ValueError: not of rank 2, fewer than two rows, or a value that is not finite.
    """
    return RunningStatistics().update(features).result()


def frechet_distance(stats_a: FeatureStatistics, stats_b: FeatureStatistics) -> FrechetDistance:
    """Squared Fréchet distance between the Gaussians of two sets of features.

    Heusel et al., "GANs Trained by a Two Time-Scale Update Rule" (2017), eq. 6, split as in the CIN-GAN thesis
    (SPEC A5): mean_part = ||mu_a - mu_b||^2, covariance_part = Tr(C_a + C_b - 2 (C_a C_b)^(1/2)).

    With C_a = A A^T and C_b = B B^T the last trace is the sum of the singular values of A^T B, which are the square
    roots of the eigenvalues of the symmetric B^T C_a B. The factors come from a pivoted Cholesky decomposition, which
    also takes a singular covariance (fewer samples than dimensions, a feature that never fires).

    Args:
        stats_a: statistics with D dimensions.
        stats_b: statistics with the same D.

    Returns:
        FrechetDistance of Python floats.

    Raises:
        ValueError: different D, or a covariance that is not symmetric positive semi-definite.

    Warns:
        UserWarning: statistics of no more samples than dimensions, whose covariance is singular.

    Direction: lower is better; at least 0.
    Cost: some 10 D^3 operations and 6 matrices of 8 D^2 bytes.
    Known failings: biased upwards by about a constant over the number of samples, so only numbers from equal counts
    compare (`frechet_distance_infinity` extrapolates); sees nothing but means and covariances.
    Departure: the original takes `scipy.linalg.sqrtm` of C_a C_b, and adds 1e-6 to the diagonals where that fails.
    Its result is the same within the root's own error (about 1e-8 relative for singular covariances).
    """
    require(
        stats_a.mean.shape == stats_b.mean.shape,
        "both statistics must have the same number of dimensions",
        dims_a=stats_a.mean.shape,
        dims_b=stats_b.mean.shape,
    )
    for statistics in (stats_a, stats_b):
        _warn_if_singular(statistics)
    shift = np.asarray(stats_a.mean, np.float64) - np.asarray(stats_b.mean, np.float64)
    mean_part = float(shift @ shift)
    factor_a, factor_b = _covariance_factor(stats_a.covariance), _covariance_factor(stats_b.covariance)
    traces = float(np.trace(stats_a.covariance) + np.trace(stats_b.covariance))
    covariance_part = max(traces - 2 * _trace_of_root(factor_a.T @ factor_b, traces), 0.0)  # below 0 only by rounding
    return FrechetDistance(mean_part + covariance_part, mean_part, covariance_part)


def _warn_if_singular(statistics: FeatureStatistics) -> None:
    count, dims = statistics.num_samples, statistics.mean.size
    if count is not None and count <= dims:
        warnings.warn(
            f"The covariance of {count} samples with {dims} dimensions is singular: Fréchet distances from it are far "
            "too large and comparable only at the same number of samples. Use more samples than dimensions.",
            stacklevel=3,
        )


def _trace_of_root(cross: np.ndarray, traces: float) -> float:
    """Sum of the singular values of A^T B [rank_a, rank_b], accurate enough for `traces` - 2 times it.

    Eigenvalues of the squared matrix are several times faster than singular values, but roots of small ones keep half
    of the digits at worst; where that could show in the distance, the singular values are computed.
    """
    if cross.size == 0:
        return 0.0
    squared = cross.T @ cross if cross.shape[0] >= cross.shape[1] else cross @ cross.T
    eigenvalues = np.linalg.eigvalsh(squared)
    trace = float(np.sqrt(np.maximum(eigenvalues, 0)).sum())
    rounding = 4 * np.sqrt(len(squared)) * np.finfo(np.float64).eps * eigenvalues[-1]
    if rounding <= 0:
        return 0.0
    error = float((rounding / np.sqrt(np.maximum(eigenvalues, rounding))).sum())
    if 2 * error <= _RELATIVE_ERROR * (traces - 2 * trace):
        return trace
    return float(np.linalg.svd(cross, compute_uv=False).sum())


def _covariance_factor(covariance: np.ndarray) -> np.ndarray:
    """A float64 [D, rank] with A A^T = covariance."""
    covariance = np.asarray(covariance, np.float64)
    require_rank(2, covariance=covariance)
    scale = np.abs(covariance).max(initial=0.0)
    require(
        covariance.shape[0] == covariance.shape[1]
        and np.abs(covariance - covariance.T).max(initial=0.0) <= 1e-6 * scale,
        "`covariance` must be a symmetric matrix",
        shape=covariance.shape,
    )
    lower, pivots, rank, _ = scipy.linalg.lapack.dpstrf(covariance, lower=1)
    factor = np.empty((len(covariance), rank))
    factor[pivots - 1] = np.tril(lower)[:, :rank]
    missing = np.trace(covariance) - np.square(factor).sum()
    require(
        abs(missing) <= 1e-6 * np.trace(covariance),
        "`covariance` must be positive semi-definite",
        trace=float(np.trace(covariance)),
        trace_of_positive_part=float(np.square(factor).sum()),
    )
    return factor


def save_statistics(
    path: str | os.PathLike, statistics: FeatureStatistics, *, embedder_hash: str | None = None
) -> None:
    """Writes `mu`, `sigma` and `num_samples` to an .npz file, the layout of the TTUR code base, whole or not at all.

    With `embedder_hash` the file says which network made the features, and is refused with those of another one.
    """
    with write_whole(path) as temporary, open(temporary, "wb") as file:
        np.savez(
            file,
            mu=statistics.mean,
            sigma=statistics.covariance,
            **({} if statistics.num_samples is None else {"num_samples": statistics.num_samples}),
            **({} if embedder_hash is None else {"embedder_hash": np.array(embedder_hash)}),
        )


def load_statistics(path: str | os.PathLike) -> FeatureStatistics:
    """Reads statistics from an .npz file with `mu` [D] and `sigma` [D, D], as published with TTUR or saved here.

    Raises:
        FileNotFoundError: no such file.
        ValueError: the file lacks one of the two arrays, or their shapes do not fit.
    """
    with np.load(path) as arrays:
        require(
            {"mu", "sigma"} <= set(arrays.files),
            "the file must hold `mu` and `sigma`",
            path=str(path),
            found=arrays.files,
        )
        mean, covariance = arrays["mu"].astype(np.float64), arrays["sigma"].astype(np.float64)
        num_samples = int(arrays["num_samples"]) if "num_samples" in arrays.files else None
    require(
        mean.ndim == 1 and covariance.shape == (mean.size, mean.size),
        "`mu` must be [D] and `sigma` [D, D]",
        mu=mean.shape,
        sigma=covariance.shape,
    )
    return FeatureStatistics(mean, covariance, num_samples)
