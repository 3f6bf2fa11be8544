"""Parts of a report that compares methods over several trials: tables beside a paper's, curves, cluster lineage."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from tfgan_suite.metrics.functional.clustering import normalized_mutual_information
from tfgan_suite.runs.reports.claims import with_spread
from tfgan_suite.runs.reports.figures import plot_curves, plot_points
from tfgan_suite.runs.reports.report import Picture, Table
from tfgan_suite.runs.reports.study_figures import mean_and_standard_error

Rows = Sequence[Mapping[str, float]]

MAX_PANELS = 8


def last_value(rows: Rows, name: str) -> float:
    """The last measurement of a score in a trial; NaN if there is none."""
    return next((float(row[name]) for row in reversed(rows) if name in row), math.nan)


def mean_and_error(values: Sequence[float], scale: float = 1.0) -> str:
    """Mean and standard error of trials, in words: "24.67 ± 0.33"; of one trial only its value."""
    values = scale * np.asarray(values, np.float64)
    if len(values) == 1:
        return f"{values[0]:.4g}"
    return with_spread(values.mean(), values.std(ddof=1) / math.sqrt(len(values)))


def scores_table(
    title: str,
    heads: Mapping[str, tuple[str, float]],
    paper: Mapping[str, Sequence[float]],
    own: Mapping[str, Sequence[Rows]],
    note: str = "",
) -> Table:
    """Each method's scores in the paper, if it has them, above those of this run.

    Args:
        title: of the table.
        heads: score in the rows -> (head of its column, factor for display such as 100 for %).
        paper: method -> values in the order of `heads`.
        own: method -> the rows of each trial.
        note: the protocol in a line.
    """
    cells, own_rows = [], []
    for method, trials in own.items():
        if method in paper:
            cells.append([method, "the document's", "", *paper[method]])
        values = [
            mean_and_error([last_value(rows, name) for rows in trials], scale) for name, (_, scale) in heads.items()
        ]
        own_rows.append(len(cells))
        cells.append([method, "this run's", len(trials), *values])
    columns = ("Method", "Value", "Trials", *(head for head, _ in heads.values()))
    return Table(title, columns, cells, note, own_rows)


def curves_of(
    path: Path,
    own: Mapping[str, Sequence[Rows]],
    name: str,
    ylabel: str,
    title: str,
    logy: bool = False,
    references: Mapping[str, float] | None = None,
) -> Picture | None:
    """Draws a score over generator steps, a line per method: the mean over its trials in a band of its standard error.

    None if it was not measured. `references` are dashed lines, name -> height.
    """
    steps, curves, errors = {}, {}, {}
    for method, trials in own.items():
        found = [{int(row["step"]): row[name] for row in rows if name in row} for rows in trials]
        common = sorted(set.intersection(*map(set, found))) if found else []
        if common:
            steps[method] = common
            values = np.array([[each[step] for step in common] for each in found])
            curves[method], errors[method] = mean_and_standard_error(values)
    if not curves:
        return None
    plot_curves(
        path,
        steps,
        curves,
        xlabel="generator step",
        ylabel=ylabel,
        title=title,
        logy=logy,
        references=references,
        errors=errors,
    )
    bands = ", with standard errors" if any(len(trials) > 1 for trials in own.values()) else ""
    return Picture(path, f"{title} over generator steps: {', '.join([*curves, *(references or {})])}{bands}")


def film_strip(path: Path, samples: Path, centers: np.ndarray, title: str) -> Picture | None:
    """Draws the points that `SamplePoints` kept, at most `MAX_PANELS` of them evenly chosen; None if there are none."""
    files = sorted(samples.glob("step_*.npz"))
    if not files:
        return None
    chosen = sorted({round(i) for i in np.linspace(0, len(files) - 1, min(MAX_PANELS, len(files)))})
    panels = {}
    for index in chosen:
        with np.load(files[index]) as stored:
            panels[f"step {int(files[index].stem.removeprefix('step_')):,}"] = stored["points"]
    plot_points(path, panels, centers)
    return Picture(path, f"Generated points of {title} over training, on the modes of the data", title)


def lineage_table(clusters: Path, true_labels: np.ndarray | None, title: str) -> Table | None:
    """What each re-clustering did (SPEC B8): sizes, how many moved, agreement with before and with the true labels.

    Args:
        clusters: the folder of `Recluster`'s files.
        true_labels: int [N], or None.
        title: of the table.

    Returns:
        None if there are no files.
    """
    cells, before = [], None
    for file in sorted(clusters.glob("step_*.npz")):
        with np.load(file) as stored:
            labels = stored["labels"]
        sizes = np.bincount(labels)
        quartiles = np.percentile(sizes, [0, 50, 100])
        cells.append(
            [
                int(file.stem.removeprefix("step_")),
                *(int(size) for size in quartiles),
                None if before is None else int((labels != before).sum()),
                None if before is None else normalized_mutual_information(before, labels),
                None if true_labels is None else normalized_mutual_information(true_labels, labels),
            ]
        )
        before = labels
    heads = ("Generator step", "smallest", "median", "largest", "moved", "NMI to before", "NMI to true labels")
    return Table(title, heads, cells, "Sizes in training examples.") if cells else None


def lineage_figure(path: Path, clusters: Path, title: str) -> Picture | None:
    """Draws the sizes of the clusters over re-clusterings, one line each; None with fewer than two of them."""
    files = sorted(clusters.glob("step_*.npz"))
    if len(files) < 2:
        return None
    labels = []
    for file in files:
        with np.load(file) as stored:
            labels.append(stored["labels"])
    num_clusters = 1 + max(int(each.max()) for each in labels)
    sizes = np.stack([np.bincount(each, minlength=num_clusters) for each in labels])
    steps = [int(file.stem.removeprefix("step_")) for file in files]
    largest = np.argsort(sizes[-1])[::-1]
    names = {"largest": largest[0], "upper quartile": largest[len(largest) // 4], "median": largest[len(largest) // 2]}
    curves = {f"{name} at the end": sizes[:, cluster] for name, cluster in names.items()}
    curves["smallest at the end"] = sizes[:, largest[-1]]
    plot_curves(path, steps, curves, xlabel="generator step", ylabel="training examples", title=title)
    return Picture(path, f"{title}: sizes of clusters over generator steps")
