"""Tables and figures on quality against diversity over sigma: figures 3.1, 4.4 and 4.5 of the MM-GAN thesis."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tfgan_suite.metrics.tradeoff import Tradeoff
from tfgan_suite.runs.reports.comparison_report import mean_and_error
from tfgan_suite.runs.reports.report import Picture, Table
from tfgan_suite.runs.reports.study_figures import plot_image_panels, plot_seeds

Found = Mapping[str, Sequence[Tradeoff]]
"""Name of a model -> the measurements of its trials, at the same sigmas."""

HEADS = {"quality": "quality", "diversity": "diversity", "combined": "combined score", "inception_score": "IS"}
"""Score -> head of its column."""


def of_trials(trials: Sequence[Tradeoff], score: str) -> np.ndarray:
    """A score of each trial at each sigma, float64 [num_trials, S]."""
    return np.stack([getattr(trial, score) for trial in trials])


def ends_table(found: Found) -> Table:
    """Every score of each model at the smallest sigma, at the largest, and at 1 if that was measured."""
    sigmas = next(iter(found.values()))[0].sigmas
    places = sorted({0, *np.flatnonzero(sigmas == 1).tolist(), len(sigmas) - 1})
    cells = []
    for name, trials in found.items():
        for place in places:
            values = [mean_and_error(of_trials(trials, score)[:, place]) for score in HEADS]
            cells.append([name, len(trials), float(sigmas[place]), *values])
    heads = ("Model", "Trials", "sigma", *HEADS.values())
    note = "Mean and standard error over trials; higher is better."
    return Table("Quality and diversity", heads, cells, note)


def peaks_table(found: Found) -> Table:
    """Where the mean over trials of each score is highest, and whether quality falls and diversity rises throughout."""
    cells = []
    for name, trials in found.items():
        row = [name]
        for score in HEADS:
            mean = of_trials(trials, score).mean(axis=0)
            row.append(f"{mean.max():.4g} at {trials[0].sigmas[mean.argmax()]:g}")
        row.append(_trend(trials, "quality"))
        row.append(_trend(trials, "diversity"))
        cells.append(row)
    heads = ("Model", *(f"highest {title}" for title in HEADS.values()), "quality over sigma", "diversity over sigma")
    note = "Of the means over trials. The thesis expects quality to fall, diversity to rise, and IS to peak below 1."
    return Table("Highest scores and their sigmas", heads, cells, note)


def _trend(trials: Sequence[Tradeoff], score: str) -> str | None:
    """In how many of the steps between neighbouring sigmas the mean rises; None with one sigma."""
    steps = np.diff(of_trials(trials, score).mean(axis=0))
    return f"rises in {int((steps > 0).sum())} of {len(steps)} steps" if len(steps) else None


def draw_figures(
    folder: Path, found: Found, panels: Mapping[str, Mapping[str, Any]], images_per_row: int
) -> tuple[list[Picture], list[Picture]]:
    """Draws figures 4.5 and 3.1, the combined score, and a figure 4.4 for each model.

    Args:
        folder: where the files go.
        found: measurements.
        panels: name of a model -> (title -> uint8 images), for figure 4.4.
        images_per_row: in its panels.

    Returns:
        The curves, and the grids of images.
    """
    sigmas = next(iter(found.values()))[0].sigmas

    def curves(score: str) -> dict[str, np.ndarray]:
        return {name: of_trials(trials, score) for name, trials in found.items()}

    drawn = (
        ("tradeoff.png", "Figure 4.5", ("quality", "diversity")),
        ("scores.png", "Combined score, and figure 3.1", ("combined", "inception_score")),
    )
    figures = []
    for file, title, scores in drawn:
        by_title = {HEADS[score]: curves(score) for score in scores}
        plot_seeds(folder / file, sigmas, by_title, xlabel="σ, factor of the covariances", title=title)
        alt = f"{' and '.join(by_title)} over sigma, for {', '.join(found)}"
        figures.append(Picture(folder / file, alt, "Means over trials and their standard errors."))
    grids = []
    for position, (name, shown) in enumerate(panels.items()):
        path = folder / f"samples_{position}_{re.sub(r'[^0-9A-Za-z]+', '_', name).strip('_')}.png"
        plot_image_panels(path, shown, images_per_row=images_per_row)
        grids.append(Picture(path, f"Images of {name} at each sigma", f"Figure 4.4: {name}, of the same noise."))
    return figures, grids
