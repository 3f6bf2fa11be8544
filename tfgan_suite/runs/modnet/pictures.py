"""Pictures of what a ModNet does: source, delta and result by pairs of classes; heat maps; where the pixels move."""

import os
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure

from tfgan_suite.core.checks import require
from tfgan_suite.core.images import image_grid, save_png, to_uint8
from tfgan_suite.runs.modnet.interpretation import Examples
from tfgan_suite.runs.reports.figure_style import STYLE, save_figure
from tfgan_suite.runs.reports.figures import MAX_NUMBERED_CLASSES

TRIPLES_PER_ROW = 4
MIN_SIZE_PX = 56


def draw_matrix(path: str | os.PathLike, examples: Examples) -> float:
    """Draws results on the left and changes on the right, a row per image and a column per target.

    On the diagonal the source is shown, and no change.

    Args:
        path: the PNG file to write.
        examples: each image with all targets, as of `changed_examples`.

    Returns:
        The change that is shown in white; its negative is black, none is grey.
    """
    num_targets = len(np.unique(examples.targets))
    changes, limit = _changes(examples)
    gap = np.full((1, *changes.shape[1:]), 255, np.uint8)
    results = to_uint8(examples.results)
    rows = [
        np.concatenate([results[start : start + num_targets], gap, changes[start : start + num_targets]])
        for start in range(0, len(results), num_targets)
    ]
    _save(path, np.concatenate(rows), 2 * num_targets + 1)
    return limit


def draw_triples(path: str | os.PathLike, examples: Examples) -> float:
    """Draws source, change and result of each example side by side, `TRIPLES_PER_ROW` examples in a row.

    Args and returns as `draw_matrix`.
    """
    changes, limit = _changes(examples)
    gap = np.full((1, *changes.shape[1:]), 255, np.uint8)
    shown = [
        np.stack([source, change, result])
        for source, change, result in zip(to_uint8(examples.sources), changes, to_uint8(examples.results), strict=True)
    ]
    parts = []
    for index, triple in enumerate(shown):
        parts += [triple] if index % TRIPLES_PER_ROW == 0 else [gap, triple]
    num_columns = 4 * min(TRIPLES_PER_ROW, len(shown)) - 1
    _save(path, np.concatenate(parts), num_columns)
    return limit


def _changes(examples: Examples) -> tuple[np.ndarray, float]:
    """Changes as uint8 images, grey for none, and the change that is white."""
    changes = examples.results - examples.sources
    limit = float(np.abs(changes).max()) or 1.0
    return to_uint8(changes / limit), limit


def _save(path: str | os.PathLike, images_uint8: np.ndarray, num_columns: int) -> None:
    scale = -(-MIN_SIZE_PX // images_uint8.shape[1])
    save_png(path, image_grid(images_uint8, num_columns), scale=scale)


def draw_pairs(path: str | os.PathLike, panels: Mapping[str, np.ndarray], names: Sequence[str]) -> None:
    """Draws values of pairs of classes as heat maps side by side: a row per label, a column per target.

    Args:
        path: the file to write; its suffix is its format.
        panels: title -> float [K, K]; NaN is left white. All values must be at least 0.
        names: of the K classes; for up to `MAX_NUMBERED_CLASSES` classes the values are written into the cells.

    Raises:
        ValueError: no panels, or a panel of another shape.
    """
    require(bool(panels), "`panels` must hold at least one heat map", panels=list(panels))
    for title, values in panels.items():
        require(
            values.shape == (len(names),) * 2, "A panel must be [K, K]", panel=title, shape=values.shape, K=len(names)
        )
    stride = -(-len(names) // (2 * MAX_NUMBERED_CLASSES))
    ticks, shown = range(0, len(names), stride), names[::stride]
    with rc_context({**STYLE, "axes.grid": False}):
        figure = Figure(figsize=(6.2 * len(panels), 5.2), layout="constrained")
        for position, (title, values) in enumerate(panels.items(), start=1):
            axes = figure.add_subplot(1, len(panels), position, title=title, xlabel="target", ylabel="label")
            highest = float(np.nanmax(values)) if np.isfinite(values).any() else 0.0
            figure.colorbar(axes.imshow(values, cmap="Blues", vmin=0, vmax=highest or 1.0), shrink=0.85)
            axes.set_xticks(ticks, shown, rotation=90 if max(map(len, shown)) > 2 else 0)
            axes.set_yticks(ticks, shown)
            for (row, column), value in np.ndenumerate(values) if len(names) <= MAX_NUMBERED_CLASSES else ():
                if np.isfinite(value):
                    colour = "white" if value > 0.5 * highest else "#333333"
                    axes.text(column, row, f"{value:.2f}", ha="center", va="center", color=colour, fontsize=7.5)
        save_figure(path, figure)


def draw_maps(path: str | os.PathLike, maps: np.ndarray, names: Sequence[str], columns: int = 5) -> None:
    """Draws where pixels change, a map per target, all on one scale from 0.

    Args:
        path: the file to write; its suffix is its format.
        maps: float [K, H, W], mean |change| of each pixel.
        names: of the K targets.
        columns: maps in a row.

    Raises:
        ValueError: maps of another rank, or another number of names.
    """
    require(
        maps.ndim == 3 and len(maps) == len(names) > 0,
        "`maps` must be [K, H, W] with a name each",
        shape=maps.shape,
        num_names=len(names),
    )
    columns = min(columns, len(maps))
    num_rows = -(-len(maps) // columns)
    with rc_context({**STYLE, "axes.grid": False}):
        figure = Figure(figsize=(1.9 * columns + 0.8, 2.1 * num_rows), layout="constrained")
        panels = [figure.add_subplot(num_rows, columns, 1 + position) for position in range(len(maps))]
        for axes, values, name in zip(panels, maps, names, strict=True):
            drawn = axes.imshow(values, cmap="magma", vmin=0, vmax=float(maps.max()) or 1.0)
            axes.set_axis_off()
            axes.set_title(f"to {name}", fontsize=10, fontweight="normal")
        figure.colorbar(drawn, ax=panels, label="mean |change|", shrink=0.8)
        save_figure(path, figure)
