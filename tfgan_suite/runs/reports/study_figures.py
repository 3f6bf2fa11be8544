"""Figures of the MM-GAN thesis: curves with standard errors over seeds, labelled clouds, panels of images."""

import math
import os
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure

from tfgan_suite.core.checks import require, require_rank
from tfgan_suite.core.images import image_grid
from tfgan_suite.runs.reports.figure_style import COLOURS, PANELS_PER_ROW, STYLE, save_figure

LABEL_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#F0E442", "#8C564B", "#7F7F7F")
"""Of labels 0 to 8, after which they come again; none is black, which is the training points'."""


def mean_and_standard_error(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean of seeds and its standard error, of values [num_seeds, N]: float64 [N] each; the error of one seed is 0."""
    values = np.asarray(values, np.float64)
    require_rank(2, values=values)
    error = values.std(axis=0, ddof=1) / math.sqrt(len(values)) if len(values) > 1 else np.zeros(values.shape[1])
    return values.mean(axis=0), error


def plot_seeds(
    path: str | os.PathLike,
    x: Sequence[float],
    panels: Mapping[str, Mapping[str, np.ndarray]],
    *,
    xlabel: str,
    references: Sequence[Mapping[str, float]] = (),
    title: str = "",
) -> None:
    """Draws means over seeds with their standard errors, one panel per score, side by side.

    Args:
        path: the file to write; its suffix is its format.
        x: values [N] of the horizontal axis.
        panels: label of the vertical axis -> (name of a model -> values [num_seeds, N]).
        xlabel: what `x` is.
        references: for each panel, name -> height of a dashed line; empty for none.
        title: short, above the figure.

    Raises:
        ValueError: no panel or no curve, or values of another length than `x`.
    """
    require(bool(panels) and all(panels.values()), "`panels` must each hold a curve", panels=list(panels))
    with rc_context(STYLE):
        figure = Figure(figsize=(2.0 + 4.6 * len(panels), 3.9), layout="constrained")
        figure.suptitle(title, x=0.02, ha="left", fontsize=12, fontweight="bold")
        for position, (ylabel, curves) in enumerate(panels.items(), start=1):
            axes = figure.add_subplot(1, len(panels), position, xlabel=xlabel, ylabel=ylabel)
            for (name, values), colour in zip(curves.items(), _repeated(COLOURS, len(curves)), strict=True):
                mean, error = mean_and_standard_error(values)
                require(mean.shape == np.shape(x), "A curve must be as long as `x`", name=name, shape=np.shape(values))
                axes.plot(x, mean, label=name, color=colour)
                axes.fill_between(x, mean - error, mean + error, color=colour, alpha=0.25, linewidth=0)
            heights = references[position - 1] if references else {}
            for name, height in heights.items():
                axes.axhline(height, color="#767676", linestyle=(0, (4, 3)), linewidth=1.2, label=name)
            if position == 1 and len(curves) + len(heights) > 1:
                axes.legend(fontsize=9)
        save_figure(path, figure)


def plot_labelled_points(
    path: str | os.PathLike,
    panels: Mapping[str, tuple[np.ndarray, np.ndarray | None]],
    training_points: np.ndarray,
) -> None:
    """Draws clouds of generated points in the colours of their labels over the training points in black.

    Args:
        path: the file to write; its suffix is its format.
        panels: title -> (points float [N, 2], labels int [N] or None for one colour).
        training_points: float [M, 2], drawn under each cloud; they decide the frame.

    Raises:
        ValueError: no panels, or points that are not in the plane.
    """
    require(bool(panels), "`panels` must hold at least one cloud of points", panels=list(panels))
    clouds = {"training_points": training_points, **{title: points for title, (points, _) in panels.items()}}
    for title, points in clouds.items():
        require(np.ndim(points) == 2 and np.shape(points)[1] == 2, "Points must be [N, 2]", **{title: np.shape(points)})
    low, high = training_points.min(axis=0), training_points.max(axis=0)
    margin = 0.05 * (high - low).max()
    columns = min(PANELS_PER_ROW, len(panels))
    num_rows = -(-len(panels) // columns)
    with rc_context({**STYLE, "axes.grid": False}):
        figure = Figure(figsize=(2.8 * columns, 3.0 * num_rows), layout="constrained")
        for position, (title, (points, labels)) in enumerate(panels.items(), start=1):
            axes = figure.add_subplot(num_rows, columns, position)
            axes.scatter(*training_points.T, s=1.5, color="black", linewidths=0)
            colours = COLOURS[1] if labels is None else [LABEL_COLOURS[k % len(LABEL_COLOURS)] for k in labels]
            axes.scatter(*points.T, s=3, c=colours, alpha=0.7, linewidths=0)
            axes.set(xlim=(low[0] - margin, high[0] + margin), ylim=(low[1] - margin, high[1] + margin))
            axes.set(xticks=[], yticks=[], aspect="equal")
            axes.set_title(title, fontsize=10, fontweight="normal")
        save_figure(path, figure)


def plot_image_panels(path: str | os.PathLike, panels: Mapping[str, np.ndarray], *, images_per_row: int) -> None:
    """Draws grids of images side by side, each under its title.

    Args:
        path: the file to write; its suffix is its format.
        panels: title -> uint8 [N, H, W, C], C 1 or 3, N at least 1.
        images_per_row: images in a row of a grid.

    Raises:
        ValueError: no panels, or images that are not as above.
    """
    require(bool(panels), "`panels` must hold at least one grid of images", panels=list(panels))
    columns = min(PANELS_PER_ROW, len(panels))
    num_rows = -(-len(panels) // columns)
    with rc_context({**STYLE, "axes.grid": False}):
        figure = Figure(figsize=(2.5 * columns, 2.75 * num_rows), layout="constrained")
        for position, (title, images) in enumerate(panels.items(), start=1):
            axes = figure.add_subplot(num_rows, columns, position)
            grid = image_grid(images, images_per_row, gap_px=1)
            axes.imshow(grid if grid.shape[-1] == 3 else grid[..., 0], cmap="gray", vmin=0, vmax=255)
            axes.set_axis_off()
            axes.set_title(title, fontsize=10, fontweight="normal")
        save_figure(path, figure)


def _repeated(colours: Sequence[str], count: int) -> list[str]:
    return [colours[position % len(colours)] for position in range(count)]
