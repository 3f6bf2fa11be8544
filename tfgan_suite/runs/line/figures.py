"""Densities of real and generated numbers and the discriminator's output over the line, side by side."""

import os
from collections.abc import Mapping

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tfgan_suite.core.checks import require
from tfgan_suite.runs.reports.figure_style import COLOURS, STYLE, save_figure

CURVES = {
    "real_density": ("real density", COLOURS[0]),
    "generated_density": ("generated density", COLOURS[3]),
    "discriminator": ("D(x)", COLOURS[1]),
}
"""Name of a curve -> its name in the legend, and its colour."""

HIGHEST = 1.04
"""Where the vertical axis ends."""


def plot_line_panels(
    path: str | os.PathLike, panels: Mapping[str, Mapping[str, np.ndarray]], *, columns: int = 3
) -> None:
    """Draws, for each step of a training, both densities and the discriminator's output over x.

    The vertical axis ends at 1, for D(x) and both densities; a higher peak of a density is written at its top.

    Args:
        path: the file to write; its suffix is its format.
        panels: title -> "x" and the `CURVES`, float [N] each.
        columns: panels in a row.

    Raises:
        ValueError: no panels, or a curve of another length than its `x`.
    """
    require(bool(panels), "`panels` must hold at least one step", panels=list(panels))
    columns = min(columns, len(panels))
    num_rows = -(-len(panels) // columns)
    with rc_context(STYLE):
        figure = Figure(figsize=(0.4 + 3.3 * columns, 0.7 + 2.4 * num_rows), layout="constrained")
        for position, (title, curves) in enumerate(panels.items(), start=1):
            axes = figure.add_subplot(num_rows, columns, position)
            for name, (label, colour) in CURVES.items():
                require(
                    np.shape(curves[name]) == np.shape(curves["x"]),
                    "Each curve must be as long as its `x`",
                    title=title,
                    name=name,
                    shape=np.shape(curves[name]),
                )
                axes.plot(curves["x"], curves[name], label=label, color=colour)
                if name != "discriminator":
                    axes.fill_between(curves["x"], 0, curves[name], color=colour, alpha=0.15, linewidth=0)
            axes.set(ylim=(0, HIGHEST), xlim=(curves["x"][0], curves["x"][-1]))
            _name_peak(axes, np.asarray(curves["x"]), np.asarray(curves["generated_density"]))
            axes.set_title(title, fontsize=10, fontweight="normal")
            if position > len(panels) - columns:
                axes.set_xlabel("x")
        figure.legend(*axes.get_legend_handles_labels(), loc="outside upper left", ncols=len(CURVES), fontsize=9)
        save_figure(path, figure)


def _name_peak(axes: Axes, x: np.ndarray, density: np.ndarray) -> None:
    """Writes a peak that is cut off beside where it leaves the axes, on the side with more room."""
    if density.max() <= HIGHEST:
        return
    left, right = x[np.flatnonzero(density > 0.9 * HIGHEST)[[0, -1]]]
    on_the_left = left - x[0] > x[-1] - right
    step = 0.015 * (x[-1] - x[0])
    place = (left - step, "right") if on_the_left else (right + step, "left")
    axes.text(place[0], 0.99, f"↑ {density.max():.3g}", color=CURVES["generated_density"][1], va="top", ha=place[1])
