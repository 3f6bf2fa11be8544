"""Lines fitted to measures over the critic's estimate: tables 5.21, 5.22 and figures 5.15, 5.16 of the thesis."""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import scipy.stats

from tfgan_suite.core.checks import require
from tfgan_suite.runs.reports.comparison_report import Rows
from tfgan_suite.runs.reports.figures import plot_fits
from tfgan_suite.runs.reports.report import Picture, Table

Key = tuple[str, str]


@dataclasses.dataclass(frozen=True)
class Measure:
    """A measure that is fitted: how it is called, and whether its logarithm is taken."""

    title: str
    log: bool


MEASURES = {"center_kl": Measure("log KL divergence", log=True), "rmse": Measure("RMSE", log=False)}


@dataclasses.dataclass(frozen=True)
class Fit:
    """A line y = slope x + intercept by least squares.

    Attributes:
        r_squared: share of y's variance that the line explains.
        p_value: two-sided, of the slope being 0, for independent records.
        num_records: points.
        num_left_out: records without a logarithm, of a KL divergence of 0.
    """

    slope: float
    intercept: float
    r_squared: float
    p_value: float
    num_records: int
    num_left_out: int = 0


def records_of(trials: Sequence[Rows], name: str) -> tuple[np.ndarray, np.ndarray, int]:
    """(Wasserstein estimates [N], measures [N], as they are fitted; number left out) of all trials together."""
    pairs = [(row["wasserstein_distance"], row[name]) for rows in trials for row in rows if name in row]
    estimates, values = np.array(pairs, np.float64).reshape(-1, 2).T
    if not MEASURES[name].log:
        return estimates, values, 0
    kept = values > 0
    return estimates[kept], np.log(values[kept]), int((~kept).sum())


def fits_of(trials: Sequence[Rows]) -> dict[str, Fit]:
    """The fit of each of `MEASURES` over the Wasserstein estimate, through the records of all trials together.

    Raises:
        ValueError: fewer than three records.
    """
    fits = {}
    for name in MEASURES:
        estimates, values, num_left_out = records_of(trials, name)
        require(len(values) >= 3, "there must be at least three records to fit a line to", num_records=len(values))
        line = scipy.stats.linregress(estimates, values)
        fits[name] = Fit(line.slope, line.intercept, line.rvalue**2, line.pvalue, len(values), num_left_out)
    return fits


def fit_table(
    title: str,
    name: str,
    fits: Mapping[Key, Mapping[str, Fit]],
    titles: Mapping[Key, tuple[str, str]],
    paper: Mapping[Key, tuple[float, float]],
) -> Table:
    """The document's r^2 and p above this run's.

    Args:
        title: of the table.
        name: of `MEASURES`.
        fits: (model, kind of images) -> measure -> fit.
        titles: the same keys -> (model, kind) in words.
        paper: the same keys -> (r^2, p) in the document.
    """
    cells, own_rows = [], []
    for key, of in fits.items():
        fit = of[name]
        if key in paper:
            r_squared, p_value = paper[key]
            cells.append([*titles[key], "the document's", None, f"{r_squared:.4f}", f"{p_value:.1e}", None])
        own_rows.append(len(cells))
        p_value = f"{fit.p_value:.1e}" if fit.p_value > 0 else f"below {math.ulp(0.0):.0e}"
        cells.append([*titles[key], "this run's", fit.num_records, f"{fit.r_squared:.4f}", p_value, f"{fit.slope:.3g}"])
    left_out = sum(of[name].num_left_out for of in fits.values())
    note = f"{left_out} records of a divergence of 0 are left out." if left_out else ""
    return Table(title, ("Model", "Images", "Value", "Records", "r^2", "p", "Slope"), cells, note, own_rows)


def scatter_pictures(
    folder: Path,
    groups: Mapping[Key, Sequence[Rows]],
    fits: Mapping[Key, Mapping[str, Fit]],
    titles: Mapping[Key, tuple[str, str]],
) -> list[Picture]:
    """Every record and the fitted lines, a figure per model and measure (figures 5.15 and 5.16)."""
    pictures = []
    for name, measure in MEASURES.items():
        for model in dict.fromkeys(model for model, _ in groups):
            clouds, lines = {}, {}
            for key in (key for key in groups if key[0] == model):
                clouds[key[1]] = records_of(groups[key], name)[:2]
                lines[key[1]] = (fits[key][name].slope, fits[key][name].intercept)
            title = next(titles[key][0] for key in groups if key[0] == model)
            path = folder / f"{model}_{name}.png"
            plot_fits(path, clouds, lines, xlabel="E[D(real)] - E[D(fake)]", ylabel=measure.title, title=title)
            pictures.append(Picture(path, f"{title}: {measure.title} over the Wasserstein estimate, with fitted lines"))
    return pictures
