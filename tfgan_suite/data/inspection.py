"""A look at images before training: counts, values, duplicates, and a contact sheet."""

import dataclasses
import hashlib
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tfgan_suite.core.checks import require_positive
from tfgan_suite.core.images import image_grid
from tfgan_suite.data.image_set import Images, Split

_MIN_SHOWN_PX = 32
_GAP_PX = 2
_MARGIN_PX = 12
_UNLABELLED_ROWS = 8


@dataclasses.dataclass(frozen=True)
class SplitSummary:
    """What the pixels and labels of a split say.

    Args:
        num_images: number of images.
        label_counts: images in each class, or None.
        minimum, maximum: of all values, 0 to 255.
        channel_means, channel_stddevs: one per channel, in units of a grey level.
        num_duplicates: images that equal an earlier one of the split.
        num_in_train: images that equal one of the training split; None for the training split itself.
    """

    num_images: int
    label_counts: tuple[int, ...] | None
    minimum: int
    maximum: int
    channel_means: tuple[float, ...]
    channel_stddevs: tuple[float, ...]
    num_duplicates: int
    num_in_train: int | None


def summarize_splits(images: Images) -> dict[str, SplitSummary]:
    """Summaries of "train" and, if there is one, "test"."""
    train_digests = _digests(images.train)
    summaries = {"train": _summarize(images.train, images.num_classes, train_digests, None)}
    if images.test is not None:
        summaries["test"] = _summarize(images.test, images.num_classes, _digests(images.test), set(train_digests))
    return summaries


def contact_sheet(images: Images, num_columns: int = 10, max_rows: int = 20) -> np.ndarray:
    """Training images on the left and test images on the right, a row per class.

    A row holds images spread evenly over the class, in their order; small images are enlarged by a whole factor.
    Without labels there are a few rows of each split, without a name.

    Args:
        images: what to show.
        num_columns: images per class and split.
        max_rows: of more classes, only the first ones are shown.

    Returns:
        uint8 [height, width, 3].

    Raises:
        ValueError: `num_columns` or `max_rows` below 1.
    """
    require_positive(num_columns=num_columns, max_rows=max_rows)
    splits = {"train": images.train} | ({} if images.test is None else {"test": images.test})
    num_rows = min(images.num_classes or _UNLABELLED_ROWS, max_rows)
    names = ["" if images.class_names is None else images.class_names[row] for row in range(num_rows)]
    scale = max(1, -(-_MIN_SHOWN_PX // max(images.image_shape[:2])))
    grids = {name: _grid(split, num_rows, num_columns, scale) for name, split in splits.items()}
    return _compose(grids, names, row_height=images.image_shape[0] * scale + _GAP_PX)


def _summarize(
    split: Split, num_classes: int | None, digests: Sequence[bytes], train_digests: set[bytes] | None
) -> SplitSummary:
    counts = None if split.labels is None else tuple(np.bincount(split.labels, minlength=num_classes).tolist())
    # By a histogram of the 256 values: exact, and no float copy of the pixels.
    values = np.arange(256)
    channels = range(split.images.shape[-1])
    histograms = [np.bincount(split.images[..., channel].ravel(), minlength=256) for channel in channels]
    used = np.flatnonzero(np.sum(histograms, axis=0))
    means = [np.average(values, weights=histogram) for histogram in histograms]
    variances = [
        np.average((values - mean) ** 2, weights=histogram) for mean, histogram in zip(means, histograms, strict=True)
    ]
    return SplitSummary(
        num_images=len(split),
        label_counts=counts,
        minimum=int(used[0]),
        maximum=int(used[-1]),
        channel_means=tuple(map(float, means)),
        channel_stddevs=tuple(map(float, np.sqrt(variances))),
        num_duplicates=len(digests) - len(set(digests)),
        num_in_train=None if train_digests is None else sum(digest in train_digests for digest in digests),
    )


def _digests(split: Split) -> list[bytes]:
    return [hashlib.blake2b(image, digest_size=16).digest() for image in split.images]


def _grid(split: Split, num_rows: int, num_columns: int, scale: int) -> np.ndarray:
    shown = np.full((num_rows * num_columns, *split.images.shape[1:]), 255, np.uint8)
    for row in range(num_rows):
        if split.labels is None:
            # The rows share the whole split out among them.
            available = np.arange(row * len(split) // num_rows, (row + 1) * len(split) // num_rows)
        else:
            available = np.flatnonzero(split.labels == row)
        chosen = available[np.linspace(0, len(available) - 1, min(num_columns, len(available))).astype(int)]
        shown[row * num_columns : row * num_columns + len(chosen)] = split.images[chosen]
    enlarged = shown.repeat(scale, axis=1).repeat(scale, axis=2)
    grid = image_grid(enlarged, num_columns, _GAP_PX)
    return grid if grid.shape[-1] == 3 else grid.repeat(3, axis=-1)


def _compose(grids: dict[str, np.ndarray], names: Sequence[str], row_height: int) -> np.ndarray:
    font = ImageFont.load_default(size=14)
    name_width = max(int(np.ceil(font.getlength(name))) for name in names)
    left = _MARGIN_PX + (name_width + _MARGIN_PX if name_width else 0)
    top = 2 * _MARGIN_PX + 8
    height = top + max(grid.shape[0] for grid in grids.values()) + _MARGIN_PX
    width = left + sum(grid.shape[1] + 2 * _MARGIN_PX for grid in grids.values()) - _MARGIN_PX
    sheet = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(sheet)
    for row, name in enumerate(names):
        draw.text((_MARGIN_PX, top + (row + 0.5) * row_height), name, "black", font, anchor="lm")
    for title, grid in grids.items():
        draw.text((left, top - 6), title, "black", font, anchor="ls")
        sheet.paste(Image.fromarray(grid), (left, top))
        left += grid.shape[1] + 2 * _MARGIN_PX
    return np.asarray(sheet)
