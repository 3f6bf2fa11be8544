"""Pictures of generated beside real images: by cluster, and by how sure a classifier is of a class (SPEC B8)."""

import os

import numpy as np

from tfgan_suite.core.checks import require
from tfgan_suite.core.images import image_grid, save_png, to_uint8
from tfgan_suite.data import Images
from tfgan_suite.models.network_pair import NetworkPair

MAX_ROWS = 12
PER_ROW = 8
SCALE = 2


def draw_clusters(path: str | os.PathLike, gan: NetworkPair, images: Images) -> None:
    """Draws real images of the largest clusters on the left and generated ones on the right, a cluster per row.

    Args:
        path: the PNG file to write.
        gan: one with labels by example.
        images: what it learns; the real images of a row are drawn from the cluster.
    """
    labels = gan.example_labels.numpy()
    sizes = np.bincount(labels, minlength=gan.num_classes)
    random, rows = np.random.default_rng(0), []
    for cluster in np.argsort(-sizes, kind="stable")[:MAX_ROWS]:
        if sizes[cluster]:
            members = random.permutation(np.flatnonzero(labels == cluster))
            real = images.train.images[np.resize(members, PER_ROW)]
            rows.append((real, to_uint8(gan.sample(PER_ROW, int(cluster), seed=0))))
    _draw_pairs(path, rows)


def draw_by_confidence(
    path: str | os.PathLike,
    real_uint8: np.ndarray,
    real_probs: np.ndarray,
    fake_uint8: np.ndarray,
    fake_probs: np.ndarray,
) -> None:
    """Draws a class per row: the images that a classifier is surest of, surest first (the paper's figure 4).

    Real images are on the left, generated ones on the right. Rows of generated images that look alike, or that do not
    look like their class, show a mode that collapsed or is missing.

    Args:
        path: the PNG file to write.
        real_uint8: uint8 [N, H, W, C].
        real_probs: [N, num_classes], the classifier's.
        fake_uint8: uint8 [M, H, W, C].
        fake_probs: [M, num_classes].

    Raises:
        ValueError: fewer images than a row holds.
    """
    for name, shown in {"real_uint8": real_uint8, "fake_uint8": fake_uint8}.items():
        require(len(shown) >= PER_ROW, f"`{name}` must hold at least {PER_ROW} images", num_images=len(shown))
    rows = [
        tuple(
            shown[np.argsort(-probs[:, label], kind="stable")[:PER_ROW]]
            for shown, probs in ((real_uint8, real_probs), (fake_uint8, fake_probs))
        )
        for label in range(min(MAX_ROWS, real_probs.shape[1]))
    ]
    _draw_pairs(path, rows)


def _draw_pairs(path: str | os.PathLike, rows: list[tuple[np.ndarray, np.ndarray]]) -> None:
    gap = np.full((1, *rows[0][0].shape[1:]), 255, np.uint8)
    shown = [part for left, right in rows for part in (left, gap, right)]
    save_png(path, image_grid(np.concatenate(shown), 2 * PER_ROW + 1), scale=SCALE)
