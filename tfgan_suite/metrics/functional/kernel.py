"""Kernel distance of two sets of features (KID, for Inception features): unbiased squared MMD, polynomial kernel."""

import math
import warnings

import numpy as np

from tfgan_suite.core.checks import require, require_positive
from tfgan_suite.metrics.functional.pairwise import as_features, block_slices

_TILE = 1024  # rows


def kernel_distance(
    features_a: np.ndarray,
    features_b: np.ndarray,
    *,
    num_subsets: int | None = None,
    subset_size: int = 1024,
    degree: int = 3,
    gamma: float | None = None,
    coef0: float = 1.0,
    seed: int = 0,
) -> tuple[float, float]:
    """Squared maximum mean discrepancy under the kernel (gamma x.y + coef0)^degree, the mean over subsets.

    Binkowski et al., "Demystifying MMD GANs" (2018), section 3 and eq. 4, computed in float64. Within a subset the
    estimate is the unbiased one: mean k(a, a') over a != a', plus the same for b, minus twice the mean k(a, b).

    Unless `num_subsets` is given the subsets are disjoint blocks of consecutive rows, together the whole of both sets:
    the estimator of TF-GAN, whose `max_block_size` is `subset_size` (as many blocks as the larger set needs, of equal
    size but for one row). It is the default because it uses every row once, needs no random numbers, and has a
    standard error that is one: different blocks are independent. With `num_subsets` given that many subsets are
    drawn at random, each without replacement (the paper: num_subsets=100, subset_size=1000); they overlap.

    Args:
        features_a: [N, D], any real dtype; in random order, for blocks.
        features_b: [M, D], likewise; the two sets may be exchanged.
        num_subsets: None for disjoint blocks, or the number of random subsets.
        subset_size: rows of each set in a subset, at least 2; shrunk to the set with a warning
            (`effective_subset_size` is what was used).
        degree: of the polynomial, at least 1.
        gamma: factor of the scalar product, above 0; None for 1 / D.
        coef0: added constant, at least 0.
        seed: of the random subsets; not used for blocks.

    Returns:
        (value, standard_error), Python floats. The value may be a little below zero. The standard error is the
        standard deviation over subsets (divisor: their number - 1) by the square root of their number, or of how many
        disjoint ones the smaller set could fill, if that is less; it is NaN, not known, if that is less than 2.

    Raises:
        ValueError: bad features, options out of range, or a block with fewer than 2 rows of one set.

    Warns:
        UserWarning: `subset_size` is larger than the set.

    Direction: lower is better.
    Cost: at most 6 D operations for each pair of rows of a subset; memory of a random subset, and of a few tiles of
    1024 rows, whatever the sizes.
    Known failings: blocks of a set that is sorted (by class, say) measure the sorting; shuffle it, or give
    `num_subsets`. The value depends on the scale of the features.
    Departure: TF-GAN computes in the dtype of its activations, and its value is NaN where a block has one row. The
    paper and others report the standard deviation over random subsets, which is no error of their mean.
    """
    features_a, features_b = as_features(min_rows=2, features_a=features_a, features_b=features_b)
    require_positive(degree=degree, gamma=1 if gamma is None else gamma)
    require(coef0 >= 0, "`coef0` must be at least 0", coef0=coef0)
    num_a, num_b, dims = len(features_a), len(features_b), features_a.shape[1]
    size = effective_subset_size(subset_size, num_a, num_b, num_subsets)
    if subset_size > (max if num_subsets is None else min)(num_a, num_b):
        warnings.warn(f"`subset_size` is larger than the set: shrunk from {subset_size} to {size}", stacklevel=2)
    if num_subsets is None:
        pairs = zip(_blocks(num_a, num_a, num_b, size), _blocks(num_b, num_a, num_b, size), strict=True)
        num_independent = math.ceil(max(num_a, num_b) / size)
    else:
        random = np.random.default_rng(seed)
        pairs = ([random.choice(count, size, replace=False) for count in (num_a, num_b)] for _ in range(num_subsets))
        num_independent = min(num_subsets, num_a // size, num_b // size)
    kernel = _Polynomial(degree, 1 / dims if gamma is None else gamma, coef0)
    values = np.array([kernel.squared_discrepancy(features_a[a], features_b[b]) for a, b in pairs])
    error = values.std(ddof=1) / math.sqrt(num_independent) if num_independent > 1 else math.nan
    return float(values.mean()), float(error)


def effective_subset_size(subset_size: int, num_a: int, num_b: int, num_subsets: int | None = None) -> int:
    """Rows of each set in a subset of `kernel_distance`, after shrinking: what a protocol should state.

    For blocks (num_subsets=None) it is that of the largest block of the larger set.

    Raises:
        ValueError: `subset_size` below 2, `num_subsets` below 1, or blocks with fewer than 2 rows of the smaller set.
    """
    require(subset_size >= 2, "`subset_size` must be at least 2", subset_size=subset_size)
    if num_subsets is not None:
        require_positive(num_subsets=num_subsets)
        return min(subset_size, num_a, num_b)
    num_blocks = math.ceil(max(num_a, num_b) / subset_size)
    require(
        min(num_a, num_b) // num_blocks >= 2,
        "every block must hold at least 2 rows of each set",
        num_a=num_a,
        num_b=num_b,
        num_blocks=num_blocks,
        fix="Take a larger `subset_size`, give `num_subsets`, or use sets of like size.",
    )
    return math.ceil(max(num_a, num_b) / num_blocks)


def _blocks(count: int, num_a: int, num_b: int, size: int) -> list[slice]:
    """TF-GAN's blocks of `range(count)`: as many as the larger set needs, the last ones a row longer."""
    num_blocks = math.ceil(max(num_a, num_b) / size)
    length, num_longer = divmod(count, num_blocks)
    bounds = [block * length + max(0, block - (num_blocks - num_longer)) for block in range(num_blocks + 1)]
    return [slice(bounds[block], bounds[block + 1]) for block in range(num_blocks)]


class _Polynomial:
    """k(x, y) = (gamma x.y + coef0)^degree, in tiles of bounded size."""

    def __init__(self, degree: int, gamma: float, coef0: float) -> None:
        self._degree, self._gamma, self._coef0 = degree, gamma, coef0

    def squared_discrepancy(self, a: np.ndarray, b: np.ndarray) -> float:
        """Unbiased squared MMD of two samples of at least two rows."""
        return self._mean_within(a) + self._mean_within(b) - 2 * self._sum(a, b) / (len(a) * len(b))

    def _mean_within(self, points: np.ndarray) -> float:
        """Mean over pairs of different rows."""
        diagonal = sum(
            self._of(np.square(points[rows].astype(np.float64)).sum(axis=1)).sum()
            for rows in block_slices(len(points), _TILE)
        )
        return (self._sum(points, points) - diagonal) / (len(points) * (len(points) - 1))

    def _sum(self, a: np.ndarray, b: np.ndarray) -> float:
        total = 0.0
        for rows in block_slices(len(a), _TILE):
            x = a[rows].astype(np.float64)
            for columns in block_slices(len(b), _TILE):
                y = x if b is a and columns == rows else b[columns].astype(np.float64)
                total += self._of(x @ y.T).sum()
        return float(total)

    def _of(self, products: np.ndarray) -> np.ndarray:
        """The kernel's values of scalar products, which are overwritten."""
        products *= self._gamma
        products += self._coef0
        power = products.copy()
        for _ in range(self._degree - 1):  # NumPy's own cube is many times slower
            power *= products
        return power
