"""Which images a ModNet is measured on and changes, and towards which classes."""

import numpy as np

from tfgan_suite.core.checks import require


def stratified_rows(labels: np.ndarray, number: int, seed: int) -> np.ndarray:
    """`number` rows, drawn by the seed, with as equal counts of the classes as there are images for.

    The rows of a smaller number are the first of those of a larger one.

    Args:
        labels: int [N].
        number: at most N.
        seed: decides which.

    Raises:
        ValueError: more than there are.
    """
    require(1 <= number <= len(labels), "`number` must be in [1, N]", number=number, N=len(labels))
    random = np.random.default_rng(seed)
    ranks = np.empty(len(labels), np.int64)
    for label in np.unique(labels):
        of_class = np.flatnonzero(labels == label)
        ranks[of_class] = random.permutation(len(of_class))
    return np.lexsort((random.permutation(len(labels)), ranks))[:number]


def other_labels(labels: np.ndarray, num_classes: int, seed: int) -> np.ndarray:
    """For each label another one, drawn uniformly; int32 [N]."""
    steps = np.random.default_rng(seed).integers(1, num_classes, len(labels))
    return ((labels + steps) % num_classes).astype(np.int32)


def all_others(rows: np.ndarray, labels: np.ndarray, num_classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Each row once for each class but its own: rows and targets, [(K - 1) N] each."""
    steps = np.tile(np.arange(1, num_classes), len(rows))
    repeated = np.repeat(rows, num_classes - 1)
    return repeated, ((labels[repeated] + steps) % num_classes).astype(np.int32)
