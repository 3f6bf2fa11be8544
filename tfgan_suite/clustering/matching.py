"""Names of new clusters after those of old ones (Hungarian matching), and the counts that matching and scores use."""

import numpy as np
import scipy.optimize

from tfgan_suite.core.checks import require, require_positive, require_rank


def contingency_table(row_ids: np.ndarray, column_ids: np.ndarray, num_rows: int, num_columns: int) -> np.ndarray:
    """How many samples have row id a and column id b: int64 [num_rows, num_columns].

    Args:
        row_ids: int [N], in [0, num_rows).
        column_ids: int [N], in [0, num_columns), of the same samples.

    Raises:
        ValueError: no samples, not integers of rank 1, different lengths, or out of range.
    """
    row_ids, column_ids = _checked_ids(row_ids, column_ids, ("row_ids", "column_ids"), (num_rows, num_columns))
    flat = np.bincount(row_ids * num_columns + column_ids, minlength=num_rows * num_columns)
    return flat.reshape(num_rows, num_columns)  # [num_rows * num_columns] -> [num_rows, num_columns]


def cluster_renaming(old_ids: np.ndarray, new_ids: np.ndarray, num_clusters: int) -> np.ndarray:
    """The old name of each new cluster: int64 [K], a permutation; `renaming[new_ids]` are the new ids renamed.

    For what `match_clusters` does not rename itself: row c of the centroids that belong to `new_ids` becomes row
    `renaming[c]`. Arguments, cost and errors are those of `match_clusters`.
    """
    require_positive(num_clusters=num_clusters)
    old_ids, new_ids = _checked_ids(old_ids, new_ids, ("old_ids", "new_ids"), (num_clusters, num_clusters))
    overlaps = contingency_table(new_ids, old_ids, num_clusters, num_clusters)
    # |old \ new| = |old| - |old and new|, and the first term does not depend on the matching.
    _, renaming = scipy.optimize.linear_sum_assignment(overlaps, maximize=True)
    return renaming


def match_clusters(old_ids: np.ndarray, new_ids: np.ndarray, num_clusters: int) -> np.ndarray:
    """Renames new clusters after the old ones they share most samples with, so that labels keep their meaning.

    Self-conditioned GAN paper, eq. 4 (SPEC B1): the permutation rho of least cost sum_c |old_c \\ new_rho(c)|, the
    number of samples that leave their cluster, found by the Hungarian method (SciPy).

    Args:
        old_ids: int [N], in [0, num_clusters): the clusters before.
        new_ids: int [N], in [0, num_clusters): those of the same samples after.
        num_clusters: K; clusters may be empty.

    Returns:
        `new_ids` renamed: an array of its shape and dtype. Where several permutations cost the same, SciPy's choice,
        which is always the same one.

    Raises:
        ValueError: no samples, not integers of rank 1, different lengths, or out of range.

    Cost: O(N + K^3) time, O(N + K^2) memory.
    """
    renaming = cluster_renaming(old_ids, new_ids, num_clusters)
    return renaming.astype(np.asarray(new_ids).dtype)[np.asarray(new_ids)]


def _checked_ids(
    first: np.ndarray, second: np.ndarray, names: tuple[str, str], sizes: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Both as int64, which no product of two ids leaves."""
    arrays = np.asarray(first), np.asarray(second)
    require_rank(1, **dict(zip(names, arrays, strict=True)))
    require(
        len(arrays[0]) == len(arrays[1]) > 0,
        f"`{names[0]}` and `{names[1]}` must be of the same samples, at least one",
        lengths=(len(arrays[0]), len(arrays[1])),
    )
    for name, ids, size in zip(names, arrays, sizes, strict=True):
        require(ids.dtype.kind in "iu", f"`{name}` must be integers", dtype=str(ids.dtype))
        require(
            int(ids.min()) >= 0 and int(ids.max()) < size,
            f"`{name}` must be in [0, {size})",
            smallest=int(ids.min()),
            largest=int(ids.max()),
        )
    return arrays[0].astype(np.int64), arrays[1].astype(np.int64)
