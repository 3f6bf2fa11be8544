"""Bootstrap confidence intervals of metrics."""

from collections.abc import Callable, Sequence

import numpy as np

from tfgan_suite.core.checks import require


def bootstrap_intervals(
    statistic: Callable[..., Sequence[float]],
    num_rows: int | Sequence[int],
    *,
    num_resamples: int = 100,
    confidence: float = 0.95,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> list[tuple[float, float]]:
    """Basic (reverse percentile) bootstrap intervals of several numbers at once.

    Efron and Tibshirani, "An Introduction to the Bootstrap" (1993), chapter 13. With quantiles l and u of the
    resampled values around the value v the interval is [2 v - u, 2 v - l], which takes out the bias that repeated rows
    bring into a metric such as FID; the percentile interval would keep it.

    Args:
        statistic: rows int64 [num_rows] -> numbers; called with `arange(num_rows)` for v, then with rows drawn with
            replacement. With several sets it takes the rows of each as an argument.
        num_rows: rows to draw from, at least 2; of several sets that are drawn independently, a sequence.
        num_resamples: at least 10; the ends are means of about (1 - confidence) / 2 of these values.
        confidence: in (0, 1).
        seed: of the draws, at least 0.
        progress: called as progress(resamples done, num_resamples).

    Returns:
        (low, high) for each number.

    Raises:
        ValueError: an argument out of its range.

    Cost: num_resamples + 1 calls of `statistic`.
    Known failings: first-order accurate only; with few rows too narrow. SciPy's `stats.bootstrap` with method="basic"
    gives the same intervals, but for one number at a time, so that every metric would be computed anew for each.
    """
    counts = [num_rows] if isinstance(num_rows, (int, np.integer)) else list(num_rows)
    require(min(counts, default=0) >= 2, "there must be at least 2 rows to resample", num_rows=num_rows)
    require(num_resamples >= 10, "`num_resamples` must be at least 10", num_resamples=num_resamples)
    require(0 < confidence < 1, "`confidence` must be in (0, 1)", confidence=confidence)
    values = np.asarray(statistic(*map(np.arange, counts)), np.float64)
    generator = np.random.default_rng(seed)
    resampled = np.empty((num_resamples, len(values)))
    for done in range(num_resamples):
        resampled[done] = statistic(*(generator.integers(0, count, count) for count in counts))
        if progress is not None:
            progress(done + 1, num_resamples)
    tail = (1 - confidence) / 2
    low, high = np.quantile(resampled, (tail, 1 - tail), axis=0)
    return [(float(2 * v - u), float(2 * v - d)) for v, d, u in zip(values, low, high, strict=True)]
