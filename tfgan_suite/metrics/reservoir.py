"""A uniformly random part of rows that arrive in batches, the same however they were cut into batches."""

import numpy as np

from tfgan_suite.core.checks import require, require_positive


class Reservoir:
    """Keeps `capacity` of the rows it is shown, for metrics whose cost grows with the square of their number.

    Row i gets the i-th number of a random stream, and the rows with the smallest numbers are kept, in their order
    (sampling by random keys; Efraimidis and Spirakis 2006, with equal weights). So the choice depends on the seed and
    the number of rows alone, not on the batches, and with up to `capacity` rows all are kept.

    Args:
        capacity: rows to keep, at least 1.
        seed: of the choice, at least 0.

    Raises:
        ValueError: `capacity` below 1, or in `update`, rows of another shape than before.
    """

    def __init__(self, capacity: int, seed: int = 0) -> None:
        require_positive(capacity=capacity)
        self.capacity = capacity
        self.num_seen = 0
        self._stream = np.random.default_rng(seed)
        self._keys = np.empty(0)
        self._indices = np.empty(0, np.int64)
        self._rows: np.ndarray | None = None

    def update(self, rows: np.ndarray) -> "Reservoir":
        """Shows it a batch of rows [n, ...]; returns itself."""
        rows = np.asarray(rows)
        if self._rows is None:
            self._rows = rows[:0].copy()
        require(
            rows.shape[1:] == self._rows.shape[1:],
            "`rows` must keep their shape",
            row_shape=rows.shape[1:],
            before=self._rows.shape[1:],
        )
        keys = np.concatenate([self._keys, self._stream.random(len(rows))])
        indices = np.concatenate([self._indices, np.arange(self.num_seen, self.num_seen + len(rows))])
        self.num_seen += len(rows)
        if len(keys) <= self.capacity:
            kept = np.arange(len(keys))
        else:
            kept = np.sort(np.argpartition(keys, self.capacity - 1)[: self.capacity])
        num_old = len(self._rows)
        old, new = kept[kept < num_old], kept[kept >= num_old] - num_old
        self._rows = np.concatenate([self._rows[old], rows[new]])
        self._keys, self._indices = keys[kept], indices[kept]
        return self

    @property
    def rows(self) -> np.ndarray:
        """The rows that are kept, [min(num_seen, capacity), ...], in the order in which they came."""
        require(self._rows is not None, "a reservoir must have been shown rows", num_seen=self.num_seen)
        return self._rows

    @property
    def indices(self) -> np.ndarray:
        """Their positions among all rows, int64, rising."""
        return self._indices
