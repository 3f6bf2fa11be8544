"""Box plots: how the trials of each setting spread."""

import os
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure

from tfgan_suite.core.checks import require
from tfgan_suite.runs.reports.figure_style import COLOURS, FINE_DPI, STYLE, PlainLogFormatter, save_figure

DOT_SPREAD = 0.12


def plot_boxes(
    path: str | os.PathLike,
    groups: Mapping[str, Sequence[float] | np.ndarray],
    *,
    xlabel: str,
    ylabel: str,
    title: str = "",
    logy: bool = False,
    references: Mapping[str, float] | None = None,
) -> None:
    """Draws a box for each group, and over it a dot for each of its values.

    A box goes from the lower to the upper quartile with a line at the median and a cross at the mean; whiskers reach
    the furthest values within one and a half box lengths. A value that is not finite has no dot and no part in the box.

    Args:
        path: the file to write; its suffix (.png, .svg, .pdf) is its format.
        groups: name under the box -> values [N], such as one of each trial; N may differ, and be 0 for an empty place.
        xlabel: what the names are.
        ylabel: what the values are, with their unit.
        title: short, above the figure.
        logy: logarithmic vertical axis; values that are not above 0 are left out like those that are not finite.
        references: name -> height of a dashed horizontal line, such as a paper's value.

    Raises:
        ValueError: no groups, a group that is not of one axis, or nothing to draw in any of them.
    """
    require(bool(groups), "`groups` must hold at least one group of values", groups=dict(groups))
    shown = []
    for name, values in groups.items():
        values = np.asarray(values, np.float64)
        require(values.ndim == 1, "Each of `groups` must be values of one axis", name=name, shape=values.shape)
        shown.append(values[np.isfinite(values) & ((values > 0) | (not logy))])
    require(any(map(len, shown)), "`groups` must hold a value that can be drawn", groups=list(groups), logy=logy)
    with rc_context(STYLE):
        figure = Figure(figsize=(max(4.2, 1.6 + 0.9 * len(groups)), 3.9), layout="constrained")
        axes = figure.add_subplot(title=title, xlabel=xlabel, ylabel=ylabel)
        if logy:
            axes.set_yscale("log")
            axes.yaxis.set_major_formatter(PlainLogFormatter())
            axes.yaxis.set_minor_formatter(PlainLogFormatter(minor_thresholds=(1.5, 0.5)))
        lines = {"color": "#444444", "linewidth": 1.2}
        axes.boxplot(
            shown,
            widths=0.55,
            showfliers=False,  # they are among the dots
            showmeans=True,
            patch_artist=True,
            boxprops={"facecolor": "#d6e6f2", "edgecolor": "#444444", "linewidth": 1.2},
            medianprops={"color": COLOURS[1], "linewidth": 2},
            meanprops={"marker": "x", "markeredgecolor": "#222222", "markersize": 7},
            whiskerprops=lines,
            capprops=lines,
        )
        for position, values in enumerate(shown, start=1):
            # Golden-ratio steps to the side, the same at every drawing, keep dots of equal height apart.
            offsets = DOT_SPREAD * (2 * (0.618 * np.arange(len(values)) % 1) - 1)
            axes.scatter(position + offsets, values, s=12, color=COLOURS[0], alpha=0.7, linewidths=0, zorder=3)
        axes.set_xticks(range(1, len(groups) + 1), list(groups))
        axes.grid(axis="x", visible=False)
        for name, height in (references or {}).items():
            axes.axhline(height, color="#767676", linestyle=(0, (4, 3)), linewidth=1.2, label=name)
        if references:
            axes.legend(fontsize=9)
        save_figure(path, figure, FINE_DPI)
