"""Labels as people give them: one for all images, or one each."""

from collections.abc import Sequence

import numpy as np

from tfgan_suite.core.checks import require


def one_per_image(num_images: int, num_classes: int, /, **named: int | Sequence[int] | np.ndarray) -> np.ndarray:
    """Labels for so many images, from one for all of them or one each.

    Args:
        num_images: how many there are.
        num_classes: K.
        **named: the labels under the name of their argument, for the error.

    Returns:
        int32 [num_images] in [0, K).

    Raises:
        ValueError: another number of labels, not whole numbers, or out of range.
    """
    ((name, labels),) = named.items()
    given = np.asarray(labels)
    rows = np.full(num_images, given) if given.ndim == 0 else given
    require(
        rows.shape == (num_images,) and np.issubdtype(rows.dtype, np.integer),
        f"`{name}` must be one label or one per image, whole numbers",
        shape=given.shape,
        dtype=str(given.dtype),
        num_images=num_images,
    )
    require_known(**{name: rows}, num_classes=num_classes)
    return rows.astype(np.int32)


def require_known(**named: np.ndarray | int) -> None:
    """Refuses labels out of range.

    Args:
        **named: the labels, whole numbers, and how many there are; each under its name, for the error.

    Raises:
        ValueError: a label below 0 or not below the count.
    """
    (name, rows), (count_name, count) = named.items()
    unknown = np.unique(rows[(rows < 0) | (rows >= count)])
    require(
        unknown.size == 0,
        f"`{name}` must be in [0, {count_name}), here 0 to {count - 1}",
        out_of_range=unknown[:10].tolist(),
        **{count_name: count},
    )
