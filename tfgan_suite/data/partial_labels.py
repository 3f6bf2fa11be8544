"""Labels of which only some are known, for semi-supervised learning."""

import numpy as np

from tfgan_suite.core.checks import require, require_positive


def hide_labels(labels: np.ndarray, num_classes: int, num_per_class: int, seed: int = 0) -> np.ndarray:
    """Keeps the labels of a few images per class, drawn at random, and gives all others the label `num_classes`.

    `images.with_labels(hide_labels(...), num_classes + 1)` makes the images of a semi-supervised `ImprovedGAN`, whose
    authors keep 400 labels per class of CIFAR-10 and 100 of SVHN.

    Args:
        labels: integers [N] in [0, num_classes).
        num_classes: K.
        num_per_class: labels kept of each class, at least 1.
        seed: decides which.

    Returns:
        int32 [N] in [0, K].

    Raises:
        ValueError: labels that are not whole numbers in their range, or a class with fewer images than are to be kept.
    """
    labels = np.asarray(labels)
    require_positive(num_classes=num_classes, num_per_class=num_per_class)
    require(
        labels.ndim == 1
        and np.issubdtype(labels.dtype, np.integer)
        and bool(((labels >= 0) & (labels < num_classes)).all()),
        "`labels` must be whole numbers [N] in [0, num_classes)",
        shape=labels.shape,
        dtype=str(labels.dtype),
        num_classes=num_classes,
    )
    counts = np.bincount(labels, minlength=num_classes)
    require(
        int(counts.min()) >= num_per_class,
        "Every class must have `num_per_class` images",
        smallest_class=int(counts.min()),
        num_per_class=num_per_class,
    )
    random = np.random.default_rng(seed)
    hidden = np.full(labels.shape, num_classes, np.int32)
    for label in range(num_classes):
        hidden[random.choice(np.flatnonzero(labels == label), num_per_class, replace=False)] = label
    return hidden
