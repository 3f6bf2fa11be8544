"""Distribution divergence measure (DDM): how well one set of embedded images covers another."""

import numpy as np

from tfgan_suite.core.checks import require_in, require_positive
from tfgan_suite.metrics.functional.pairwise import as_features, squared_distance_blocks

DISTANCES = ("euclidean", "squared_euclidean")


def distribution_divergence(
    test_features: np.ndarray,
    generated_features: np.ndarray,
    *,
    distance: str = "euclidean",
    bandwidth: float = 1.0,
    block_size: int | None = None,
) -> float:
    """Mean over test points t of -log[(1 / |G|) sum over generated g of exp(-D(t, g) / bandwidth)].

    The thesis on ModNet and DDM, eq. 3.4, in float64 with a running log-sum-exp: no distance is too large.
    It is asked of logits of a classifier trained on the data set; any embedding will do (section 3.4.3). A value says
    little alone: set it beside `distribution_divergence(test_features, train_features)`, what the training set gets.

    Args:
        test_features: [T, D], any real dtype; images that nothing was trained on.
        generated_features: [G, D], likewise.
        distance: D(t, g): "euclidean", as in the thesis, or "squared_euclidean".
        bandwidth: above 0, in units of the distance (so 2 s^2 makes the squared one a Gaussian kernel of stddev s).
        block_size: points of each set in a block; does not change the result beyond rounding.

    Returns:
        A Python float, at least 0.

    Raises:
        ValueError: bad features, an unknown distance, or a number out of range.

    Direction: lower is better.
    Cost: 2 T G D operations and T G exponentials; memory 128 MiB (or some 8 (2 block_size^2 + 2 block_size D) bytes)
    and 16 bytes per test point.
    Known failings: units of the embedding enter the exponent, so values of different embeddings do not compare. Where
    the bandwidth is not small against the spread of the features, a generated set narrower than the test set gets a
    better value than the test distribution itself; where it is tiny, only the nearest generated point counts. A copy
    is found at a distance of some 1e-8 of the features' norm, not at 0.
    Departure: the thesis prints negative values (table 3.1) and calls that the variational bound's doing; eq. 3.4 as it
    stands, without the numerator that was dropped as a constant, is never below 0. The order of models is the same.
    """
    test_features, generated_features = as_features(test_features=test_features, generated_features=generated_features)
    require_in(DISTANCES, distance=distance)
    require_positive(bandwidth=bandwidth)
    largest = np.full(len(test_features), -np.inf)
    sums = np.zeros(len(test_features))
    for rows, _, block in squared_distance_blocks(test_features, generated_features, block_size=block_size):
        exponents = np.maximum(block, 0.0, out=block)
        if distance == "euclidean":
            np.sqrt(exponents, out=exponents)
        exponents *= -1.0 / bandwidth
        before, largest[rows] = largest[rows].copy(), np.maximum(largest[rows], exponents.max(axis=1))
        exponents -= largest[rows, None]
        sums[rows] = sums[rows] * np.exp(before - largest[rows]) + np.exp(exponents, out=exponents).sum(axis=1)
    return float(-(largest + np.log(sums / len(generated_features))).mean())


def relative_divergence(
    train_features: np.ndarray,
    test_features: np.ndarray,
    generated_features: np.ndarray,
    *,
    distance: str = "euclidean",
    bandwidth: float = 1.0,
    block_size: int | None = None,
) -> float:
    """Mean over training points r of log[mean over t of exp(-D(r, t)) / mean over g of exp(-D(r, g))].

    The thesis on ModNet and DDM, eq. 3.5: how much worse the generated set covers the training set than the test set
    does. It is `distribution_divergence(train, generated) - distribution_divergence(train, test)`.

    Args:
        train_features: [R, D], any real dtype.
        test_features: [T, D], likewise.
        generated_features: [G, D], likewise.
        distance: as for `distribution_divergence`.
        bandwidth: likewise.
        block_size: likewise.

    Returns:
        A Python float; 0 where the generated set covers the training set as the test set does.

    Raises:
        ValueError: as `distribution_divergence`.

    Direction: lower is better down to 0; below, the generated set is nearer to the training set than new images are.
    Cost: that of two divergences with |R| test points.
    Known failings: does not notice a generator that misses several modes (section 3.2.2).
    """
    train_features, test_features, generated_features = as_features(
        train_features=train_features, test_features=test_features, generated_features=generated_features
    )
    to_generated, to_test = (
        distribution_divergence(train_features, features, distance=distance, bandwidth=bandwidth, block_size=block_size)
        for features in (generated_features, test_features)
    )
    return to_generated - to_test


def total_divergence(
    train_features: np.ndarray,
    test_features: np.ndarray,
    generated_features: np.ndarray,
    *,
    distance: str = "euclidean",
    bandwidth: float = 1.0,
    block_size: int | None = None,
) -> float:
    """The sum of eq. 3.4 and eq. 3.5 of the thesis on ModNet and DDM (section 3.2.2).

    The arguments are those of `relative_divergence`.

    Raises:
        ValueError: as `distribution_divergence`.

    Direction: lower is better.
    Cost: that of its terms.
    Known failings: those of its terms; the thesis found that it shows nothing that eq. 3.4 does not.
    """
    options = {"distance": distance, "bandwidth": bandwidth, "block_size": block_size}
    relative = relative_divergence(train_features, test_features, generated_features, **options)
    return distribution_divergence(test_features, generated_features, **options) + relative
