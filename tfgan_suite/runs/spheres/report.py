"""Parts of the reports on spheres: scores beside the document's, samples of trained models.

The document is the smooth-to-sharp thesis: its tables have the mean and the standard deviation over repeats, with four
decimals. Sphere images are in [0, 1], unlike the toolkit's other images.
"""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tfgan_suite.core.checks import require
from tfgan_suite.core.images import image_grid, save_png
from tfgan_suite.runs.reports.claims import Spread
from tfgan_suite.runs.reports.comparison_report import Rows, last_value
from tfgan_suite.runs.reports.report import Picture, Table

KL, RMSE = "center_kl", "rmse"
HEADS = {KL: "KL, nats", RMSE: "RMSE"}
"""Score in the rows -> head of its column."""

NAMES = {KL: "KL", RMSE: "RMSE"}
"""Score in the rows -> its name in sentences."""

LOWEST = " (lowest)"


def repeats_by_kind(results: Mapping[Any, Rows]) -> dict[tuple[str, str], list[Rows]]:
    """What `run_sphere_trials` returns -> the rows of all repeats of each (model, kind), in the order of `results`."""
    found: dict[tuple[str, str], list[Rows]] = {}
    for trial, rows in results.items():
        found.setdefault((trial.model, trial.kind), []).append(rows)
    return found


def spread_of(trials: Sequence[Rows], name: str) -> Spread:
    """The last measurement of a score, over repeats."""
    return Spread.of([last_value(rows, name) for rows in trials])


# --- tables ----------------------------------------------------------------------------------------------------------


def sphere_table(
    title: str,
    paper: Mapping[str, Sequence[Spread]],
    own: Mapping[str, Sequence[Rows]],
    *,
    row_head: str = "Training",
    references: Mapping[str, Mapping[str, float]] | None = None,
    mark_lowest: bool = False,
    note: str = "",
) -> Table:
    """Each kind of training with the document's scores, if it has them, above those of this run.

    Args:
        title: of the table.
        paper: name of a row -> the document's scores in the order of `HEADS`.
        own: name of a row -> the rows of each of its repeats.
        row_head: what the names of rows are.
        references: name of a further row at the end -> scores of what was not trained, such as true images.
        mark_lowest: mark the lowest mean of each column, of the document's rows and of this run's.
        note: the protocol in a line.
    """
    spreads = {row: [spread_of(trials, name) for name in HEADS] for row, trials in own.items()}
    lowest = {id(cells): _lowest(cells.values()) if mark_lowest else () for cells in (paper, spreads)}
    rows, own_rows = [], []
    for row, trials in own.items():
        if row in paper:
            rows.append([row, "the document's", None, *_cells(paper[row], lowest[id(paper)])])
        own_rows.append(len(rows))
        rows.append([row, "this run's", len(trials), *_cells(spreads[row], lowest[id(spreads)])])
    for row, scores in (references or {}).items():
        rows.append([row, "not trained", None, *(Spread(scores[name]) for name in HEADS)])
    note = f"{note} Mean ± standard deviation over repeats.".strip()
    return Table(title, (row_head, "Value", "Repeats", *HEADS.values()), rows, note, own_rows)


def _lowest(rows: Any) -> list[float]:
    columns = zip(*([each.mean for each in row] for row in rows), strict=True)
    return [min((mean for mean in column if not math.isnan(mean)), default=math.nan) for column in columns]


def _cells(spreads: Sequence[Spread], lowest: Sequence[float]) -> list[str]:
    if not lowest:
        return [str(each) for each in spreads]
    return [f"{each}{LOWEST if each.mean == least else ''}" for each, least in zip(spreads, lowest, strict=True)]


# --- trained models and their images ---------------------------------------------------------------------------------


def trained_gan(settings: Any, trial: Any, folder: Any, gan: Any = None) -> Any:
    """The model of a `SphereTrial` as its last checkpoint has it.

    Args:
        settings: of the study, a `SphereSettings`.
        trial: one that was trained.
        folder: `RunFolder` of the study.
        gan: one of another repeat that is put into this state, instead of a new one.
    """
    from tfgan_suite.callbacks.checkpoint import restore_latest
    from tfgan_suite.runs.folder import RunFolder
    from tfgan_suite.runs.spheres.study import build

    gan = build(settings, trial, settings.seed + trial.trial) if gan is None else gan
    restore_latest(gan, RunFolder(Path(folder.path) / trial.place).checkpoints)
    return gan


def reference_scores(spheres: Any, num_samples: int, seed: int = 0) -> dict[str, dict[str, float]]:
    """What images score that no model made: so many training images, drawn with replacement, and black ones.

    The first is what a perfect generator has. Black images are detected at a corner, where only a part of the sphere is
    in the image; an RMSE above theirs is not that of spheres.
    """
    from tfgan_suite.callbacks.evaluate_spheres import sphere_scores

    ids = np.random.default_rng(seed).integers(0, len(spheres), num_samples)
    black = np.zeros((1, *spheres.image_shape), np.float32)
    return {
        "training images": sphere_scores(spheres, spheres.images[ids]),
        "black images": sphere_scores(spheres, black),
    }


def unit_to_uint8(images: np.ndarray) -> np.ndarray:
    """float images in [0, 1] to uint8, rounded to nearest; others are refused."""
    require(
        bool(((images >= 0) & (images <= 1)).all()),
        "`images` must be in [0, 1]",
        smallest=float(np.min(images)),
        largest=float(np.max(images)),
    )
    return np.rint(np.asarray(images, np.float64) * 255).astype(np.uint8)


def sample_grid_picture(
    path: Path, images: np.ndarray, alt: str, caption: str = "", *, num_columns: int = 4, scale: int = 3
) -> Picture:
    """Draws images of spheres in a grid.

    Args:
        path: the PNG file to write.
        images: float [N, H, W, 1] in [0, 1]; 0 is black.
        alt: what they are, for readers who cannot see them.
        caption: a line under them.
        num_columns: images per row.
        scale: pixels of the picture for a pixel of an image.

    Raises:
        ValueError: images that are not in [0, 1], or none.
    """
    save_png(path, image_grid(unit_to_uint8(images), num_columns), scale)
    return Picture(path, alt, caption)
