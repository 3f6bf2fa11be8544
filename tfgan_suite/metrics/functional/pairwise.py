"""Distances of all pairs of two sets of points, block by block: memory does not grow with N x M.

scikit-learn's `pairwise_distances_chunked` and `NearestNeighbors(algorithm="brute")`, the alternative, are as fast on
one core. They leave the points where they are: with a mean of 1,000 standard deviations their distances lose six more
digits, and a point is 3e-4 from itself. They also promise nothing about ties, which repeated images bring. Here the
points are centred, and a block is one matrix product, with the squared norms as two more columns, in float64: float32
keeps too few digits for e^-D, and for whether a point is inside a ball.
"""

import itertools
import math
from collections.abc import Iterator

import numpy as np

from tfgan_suite.core.checks import require, require_positive, require_rank

DEFAULT_MAX_BYTES = 128 * 2**20
_MIN_BLOCK_SIZE = 16


def as_features(min_rows: int = 1, **named: np.ndarray) -> tuple[np.ndarray, ...]:
    """The named arrays or tensors as real arrays [N, D] of any dtype, with at least `min_rows` rows and the same D.

    Raises:
        ValueError: another rank, too few rows, numbers of dimensions that differ, values that are not real or finite.
    """
    arrays = {name: np.asarray(features) for name, features in named.items()}
    require_rank(2, **arrays)
    for name, features in arrays.items():
        require(
            features.dtype.kind in "fiub" and len(features) >= min_rows and features.shape[1] > 0,
            f"`{name}` must be real numbers [N, D] with N >= {min_rows} and D >= 1",
            dtype=str(features.dtype),
            shape=features.shape,
        )
        require(
            bool(np.isfinite(mean_point(features)).all()),
            f"`{name}` must be finite",
            fix="The images or the embedder produce NaN or infinity.",
        )
    dims = {name: features.shape[1] for name, features in arrays.items()}
    require(len(set(dims.values())) == 1, "all sets must have the same number of dimensions", **dims)
    return tuple(arrays.values())


def mean_point(points: np.ndarray) -> np.ndarray:
    """Mean over rows, float64 [D]; not finite if any value is not."""
    with np.errstate(invalid="ignore"):
        return points.mean(axis=0, dtype=np.float64)


def block_slices(count: int, block_size: int) -> list[slice]:
    """`range(count)` in slices of about equal length, at most `block_size`."""
    num_blocks = math.ceil(count / block_size)
    bounds = [block * count // num_blocks for block in range(num_blocks + 1)]
    return [slice(start, stop) for start, stop in itertools.pairwise(bounds)]


def block_size_for(dims: int, max_bytes: int = DEFAULT_MAX_BYTES) -> int:
    """Points on a block's side, so that two float64 blocks and their points take `max_bytes`; at least 16."""
    require_positive(max_bytes=max_bytes)
    numbers = max_bytes / 8
    size = (math.sqrt((2 * dims + 4) ** 2 + 8 * numbers) - (2 * dims + 4)) / 4  # of 2 size^2 + 2 size (dims + 2)
    return max(_MIN_BLOCK_SIZE, int(size))


def squared_distance_blocks(
    row_points: np.ndarray,
    column_points: np.ndarray,
    *,
    block_size: int | None = None,
    max_bytes: int = DEFAULT_MAX_BYTES,
) -> Iterator[tuple[slice, slice, np.ndarray]]:
    """Squared Euclidean distances of all pairs, a block of rows and columns at a time.

    All column blocks of the first rows come first. A distance is off by at most `rounding_margin`, and may come out a
    little below zero.

    Args:
        row_points: [N, D], any real dtype, as checked by `as_features`; not copied as a whole.
        column_points: [M, D], likewise.
        block_size: at most so many points on each side of a block; by default as `max_bytes` allows.
        max_bytes: memory for the blocks, in bytes, including one working copy of a block by the caller.

    Yields:
        (slice of rows, slice of columns, float64 [rows, columns]); the array may be written to, and is used again for
        the next block.
    """
    dims = row_points.shape[1]
    if block_size is None:
        block_size = block_size_for(dims, max_bytes)
    require_positive(block_size=block_size)
    center = mean_point(column_points)
    row_slices, column_slices = (block_slices(len(points), block_size) for points in (row_points, column_points))
    left, right = (np.empty((min(block_size, len(points)), dims + 2)) for points in (row_points, column_points))
    flat = np.empty(len(left) * len(right))
    for rows in row_slices:
        # |x|^2 - 2 x.y + |y|^2 is (-2 x, |x|^2, 1) . (y, 1, |y|^2), with no further pass over the block.
        x = _centered(row_points[rows], center, left)
        x[:, dims], x[:, dims + 1] = np.einsum("nd,nd->n", x[:, :dims], x[:, :dims]), 1.0
        x[:, :dims] *= -2.0
        for columns in column_slices:
            y = _centered(column_points[columns], center, right)
            y[:, dims], y[:, dims + 1] = 1.0, np.einsum("nd,nd->n", y[:, :dims], y[:, :dims])
            block = flat[: len(x) * len(y)].reshape(len(x), len(y))  # [rows, columns]
            yield rows, columns, np.matmul(x, y.T, out=block)


def _centered(points: np.ndarray, center: np.ndarray, buffer: np.ndarray) -> np.ndarray:
    """The first rows of `buffer` [*, D + 2], with the centred points in its first D columns."""
    filled = buffer[: len(points)]
    np.subtract(points, center, out=filled[:, : len(center)])
    return filled


def centered_norms(points: np.ndarray, center: np.ndarray) -> np.ndarray:
    """Euclidean norms of points [N, D] less `center` [D], float64 [N]."""
    norms = np.empty(len(points))
    for rows in block_slices(len(points), block_size_for(len(center))):
        norms[rows] = np.linalg.norm(np.subtract(points[rows], center), axis=1)
    return norms


def rounding_margin(norms: np.ndarray, squared_distances: np.ndarray, dims: int) -> np.ndarray:
    """How far two equal squared distances of `squared_distance_blocks` may lie apart.

    Args:
        norms: float64 [N], `centered_norms` of the row points, by the mean of the column points.
        squared_distances: float64 [N], about the squared distances in question.
        dims: of the points.
    """
    # The usual bound of a dot product's rounding, for |y| <= |x| + distance; doubled to be on the safe side.
    return 2 * (dims + 4) * np.finfo(np.float64).eps * (2 * norms + np.sqrt(np.maximum(squared_distances, 0))) ** 2


def nearest_neighbors(
    queries: np.ndarray,
    references: np.ndarray,
    num_neighbors: int,
    *,
    exclude_self: bool = False,
    max_bytes: int = DEFAULT_MAX_BYTES,
) -> tuple[np.ndarray, np.ndarray]:
    """Euclidean distances to, and indices of, the nearest references of each query, nearest first.

    Neighbours are found by matrix products; their distances are then computed from the differences, so a point's
    distance to a copy of it is exactly zero. Of references at the same distance the one with the lower index comes
    first; distances that differ by no more than rounding count as the same when the last places are given away.

    Args:
        queries: [N, D], any real dtype.
        references: [M, D], any real dtype.
        num_neighbors: in [1, M], or [1, M - 1] with `exclude_self`.
        exclude_self: the two sets are the same, and no point is a neighbour of itself (its copies are).
        max_bytes: memory for the blocks, in bytes.

    Returns:
        (distances float64 [N, num_neighbors], indices int64 [N, num_neighbors]).

    Raises:
        ValueError: bad features, or `num_neighbors` out of range.

    Cost: 2 N M D operations; memory `max_bytes`, up to 4 times that where most points lie at the same distance.
    """
    queries, references = as_features(queries=queries, references=references)
    require(
        1 <= num_neighbors <= len(references) - exclude_self,
        "`num_neighbors` must be in [1, number of references]" + " less the point itself" * exclude_self,
        num_neighbors=num_neighbors,
        num_references=len(references),
    )
    require(
        not exclude_self or len(queries) == len(references),
        "`exclude_self` is for the distances within one set",
        num_queries=len(queries),
        num_references=len(references),
    )
    found = _Nearest(queries, references, num_neighbors)
    for rows, columns, squared in squared_distance_blocks(queries, references, max_bytes=max_bytes):
        if exclude_self:
            own = np.arange(max(rows.start, columns.start), min(rows.stop, columns.stop))
            squared[own - rows.start, own - columns.start] = np.inf
        found.add(rows, columns, squared)
    return found.result(max_bytes)


class _Nearest:
    """The nearest references of each query among the blocks so far, kept by index."""

    def __init__(self, queries: np.ndarray, references: np.ndarray, num_neighbors: int) -> None:
        self._queries, self._references = queries, references
        self._squared = np.full((len(queries), num_neighbors), np.inf)
        self._indices = np.full((len(queries), num_neighbors), -1)
        self._norms = centered_norms(queries, mean_point(references))

    def add(self, rows: slice, columns: slice, squared: np.ndarray) -> None:
        """Adds a block whose columns come after those added before."""
        num_neighbors = self._squared.shape[1]
        farthest = self._squared[rows].max(axis=1)
        inside = squared <= farthest[:, None]
        if np.count_nonzero(inside) > 4 * num_neighbors * len(squared) and squared.shape[1] > num_neighbors:
            # A first block, or one full of nearer points: only its own nearest can stay, and what ties with them.
            farthest = np.partition(squared, num_neighbors - 1, axis=1)[:, num_neighbors - 1]
            inside = (
                squared <= (farthest + rounding_margin(self._norms[rows], farthest, self._queries.shape[1]))[:, None]
            )
        candidates, offsets = _ragged_to_dense(squared, inside)
        self._squared[rows], self._indices[rows] = self._best(
            rows,
            np.concatenate([self._squared[rows], candidates], axis=1),
            np.concatenate([self._indices[rows], offsets + columns.start], axis=1),
        )

    def _best(self, rows: slice, squared: np.ndarray, indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The nearest of candidates that are in the order of their indices; ties go to the first."""
        num_neighbors = self._squared.shape[1]
        farthest = np.partition(squared, num_neighbors - 1, axis=1)[:, num_neighbors - 1]
        with np.errstate(invalid="ignore"):  # fewer candidates than neighbours: inf - inf
            margins = np.nan_to_num(rounding_margin(self._norms[rows], farthest, self._queries.shape[1]), posinf=0.0)
        rank = np.where(squared < (farthest - margins)[:, None], 0, 1)
        rank[squared > (farthest + margins)[:, None]] = 2
        chosen = np.sort(np.argsort(rank, axis=1, kind="stable")[:, :num_neighbors], axis=1)
        return np.take_along_axis(squared, chosen, axis=1), np.take_along_axis(indices, chosen, axis=1)

    def result(self, max_bytes: int) -> tuple[np.ndarray, np.ndarray]:
        """Distances from the differences, and indices, nearest first."""
        distances = np.empty_like(self._squared)
        for rows in block_slices(len(self._queries), block_size_for(self._queries.shape[1], max_bytes)):
            for place in range(distances.shape[1]):
                others = self._references[self._indices[rows, place]]
                differences = np.subtract(self._queries[rows], others, dtype=np.float64)
                distances[rows, place] = np.sqrt(np.einsum("nd,nd->n", differences, differences))
        order = np.argsort(distances, axis=1, kind="stable")
        return np.take_along_axis(distances, order, axis=1), np.take_along_axis(self._indices, order, axis=1)


def _ragged_to_dense(values: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The masked values of each row, moved to the left and padded with infinity, and their columns."""
    flat = np.flatnonzero(mask)  # several times faster than the two-dimensional `nonzero`
    rows, columns = np.divmod(flat, mask.shape[1])
    counts = np.bincount(rows, minlength=len(values))
    places = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    dense = np.full((len(values), counts.max(initial=0)), np.inf)
    dense_columns = np.zeros(dense.shape, np.int64)
    dense[rows, places], dense_columns[rows, places] = values.ravel()[flat], columns
    return dense, dense_columns
