"""The look of all figures: colours that colour-blind readers can tell apart, lines, sizes; and their files.

The pictures have a white ground on purpose: they are read in a light and in a dark report, and in print.
"""

import os

from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatter

from tfgan_suite.core.files import write_whole

PANELS_PER_ROW = 4
"""Of figures of many small panels."""

FINE_DPI = 170
"""Of figures of one panel; those of several have 150."""

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#222222")
"""Okabe and Ito's palette (2008), reordered so that neighbours differ most; its yellow is too faint on white."""

DASHES = ("-", "--", ":", "-.")
"""Line styles: with more curves than colours, the colours come again with the next style."""

STYLE = {
    "axes.axisbelow": True,
    "axes.edgecolor": "#767676",
    "axes.grid": True,
    "axes.labelcolor": "#333333",
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "font.size": 10.5,
    "grid.color": "#e3e3e3",
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "svg.fonttype": "none",
    "xtick.color": "#555555",
    "ytick.color": "#555555",
}


class PlainLogFormatter(LogFormatter):
    """Ticks of a logarithmic axis as 20 and 0.04, where Matplotlib has 2x10^1 and 4e-02; few, if there are many."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        return f"{x:g}" if super().__call__(x, pos) else ""


def save_figure(path: str | os.PathLike, figure: Figure, dpi: int = 150) -> None:
    """Writes a figure whole; the suffix of the path is its format."""
    with write_whole(path) as temporary:
        figure.savefig(temporary, dpi=dpi, facecolor="white")
