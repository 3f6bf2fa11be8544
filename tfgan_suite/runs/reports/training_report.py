"""The report of a training run: curves, grids, clusters, and the document's table beside the run's own values."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tfgan_suite.clustering.statistics import ClusterComparison
from tfgan_suite.runs.folder import RunFolder
from tfgan_suite.runs.reports.comparison_report import Rows
from tfgan_suite.runs.reports.figures import plot_bars, plot_curves
from tfgan_suite.runs.reports.report import KeyNumber, Picture, Table

HEADS = {
    "inception_score": "IS",
    "fid": "FID",
    "fid_mean_part": "mean part",
    "fid_covariance_part": "covariance part",
}
"""Score in the rows -> its name in the report."""
MAX_GRIDS = 6


@dataclasses.dataclass(frozen=True)
class ReportedScore:
    """The mean over a run's last measurements, which is what the document reports (section 4.1.2)."""

    mean: float
    num_measurements: int


def reported_scores(rows: Rows, num_last: int) -> dict[str, ReportedScore]:
    """For each score that was measured, the mean of its last `num_last` measurements, or of all if there are fewer."""
    found = {}
    for name in HEADS:
        values = [row[name] for row in rows if name in row][-num_last:]
        if values:
            found[name] = ReportedScore(float(np.mean(values)), len(values))
    return found


def comparison_table(
    title: str, paper: Mapping[str, tuple[float, float]], own: Mapping[str, Mapping[str, ReportedScore]], note: str
) -> Table:
    """The document's (IS, FID) of each method above those of this run's trials, which `own` names."""
    rows = [[method, *values, "the document's"] for method, values in paper.items()]
    for name, scores in own.items():
        values = [scores[key].mean if key in scores else None for key in ("inception_score", "fid")]
        last = max((score.num_measurements for score in scores.values()), default=0)
        rows.append([name, *values, f"mean of the last {last} measurements"])
    own_rows = range(len(paper), len(rows))
    return Table(title, ("Method", "IS", "FID", "Value"), rows, note, own_rows)


def evaluations_table(rows: Rows) -> Table | None:
    """Every measurement of a run; None if there was none."""
    measured = [row for row in rows if "fid" in row]
    names = [name for name in HEADS if any(name in row for row in measured)]
    if not measured:
        return None
    cells = [[int(row["step"]), *(row.get(name) for name in names)] for row in measured]
    return Table("Measurements", ("Generator step", *names), cells)


def draw_curves(folder: RunFolder, rows: Rows) -> list[Picture]:
    """Losses, IS, FID and its parts over generator steps, into `figures/`."""
    steps = [row["step"] for row in rows]
    losses = {
        name: [row[name] for row in rows] for name in ("d_loss", "g_loss", "wasserstein_estimate") if name in rows[0]
    }
    pictures = [_curves(folder, "losses", steps, losses, "loss", "Losses")]
    others = [name for name in rows[0] if name.endswith(("penalty", "class_loss"))]
    if others:
        values = {name: [row[name] for row in rows] for name in others}
        pictures.append(_curves(folder, "penalties", steps, values, "value", "Penalties and class losses"))
    measured = [row for row in rows if "fid" in row]
    if not measured:
        return pictures
    steps = [row["step"] for row in measured]
    parts = {name: [row[name] for row in measured] for name in ("fid", "fid_mean_part", "fid_covariance_part")}
    pictures.append(_curves(folder, "fid", steps, parts, "Fréchet distance", "Fréchet distance and its two parts"))
    if "inception_score" in measured[0]:
        scores = {"inception_score": [row["inception_score"] for row in measured]}
        pictures.append(_curves(folder, "inception_score", steps, scores, "Inception score", "Inception score"))
    return pictures


def draw_clusters(folder: RunFolder, comparison: ClusterComparison) -> tuple[Picture, Table]:
    """Shares of real and generated images per cluster, as bars and as a table."""
    path = folder.figures / "clusters.png"
    num_clusters = len(comparison.real_shares)
    shares = {"real": comparison.real_shares, "generated": comparison.fake_shares}
    title = "Share of images nearest to each centroid of the real data"
    plot_bars(path, range(num_clusters), shares, xlabel="cluster", ylabel="share", title=title)
    table = Table(
        "Clusters of real and generated images",
        ("Cluster", "real", "generated", "distance of means", "spread, real", "spread, generated"),
        [
            [cluster, *values]
            for cluster, values in enumerate(
                zip(
                    comparison.real_counts,
                    comparison.fake_counts,
                    comparison.mean_distances,
                    comparison.real_spreads,
                    comparison.fake_spreads,
                    strict=True,
                )
            )
        ],
        note=f"Total variation between the two histograms: {comparison.total_variation:.3f} (0: equal, 1: disjoint).",
    )
    return Picture(path, f"Bars: {title.lower()}, real beside generated"), table


def grids(folder: RunFolder) -> list[Picture]:
    """Sample grids over training, at most `MAX_GRIDS`, evenly chosen, first and last among them, the last first."""
    return _pictures_over_training(folder.samples, "Grid of generated images")


def reconstructions(folder: RunFolder) -> list[Picture]:
    """The same of real images and their reconstructions."""
    what = "real images, below each the nearest that the generator was found to make"
    return _pictures_over_training(folder.reconstructions, what, f": {what}")


def _pictures_over_training(folder: Path, what: str, caption: str = "") -> list[Picture]:
    files = sorted(folder.glob("step_*.png"))
    chosen = sorted({round(i) for i in np.linspace(0, len(files) - 1, min(MAX_GRIDS, len(files)))}) if files else []
    pictures = []
    for path in reversed([files[index] for index in chosen]):
        step = int(path.stem.removeprefix("step_"))
        alt = f"{what[0].upper()}{what[1:]} after {step} generator steps"
        pictures.append(Picture(path, alt, f"after {step:,} generator steps{caption}"))
    return pictures


def key_numbers(scores: Mapping[str, ReportedScore], num_steps: int) -> list[KeyNumber]:
    """The numbers at the head of the report."""
    numbers = [
        KeyNumber(HEADS[name], score.mean, f"mean of {score.num_measurements}") for name, score in scores.items()
    ]
    return [*numbers, KeyNumber("generator steps", num_steps)]


def _curves(
    folder: RunFolder, name: str, steps: Sequence[float], curves: Mapping[str, Any], ylabel: str, title: str
) -> Picture:
    path = folder.figures / f"{name}.png"
    plot_curves(path, steps, curves, xlabel="generator step", ylabel=ylabel, title=title)
    return Picture(path, f"{title} over generator steps: {', '.join(curves)}")
