"""What `recipes.parzen_against_ddm` says of its rows: the ranks of the sets by each measure, bars, rows of images.

`settings` are that recipe's `Settings`, `source` its `Source`.
"""

from pathlib import Path
from typing import Any

from tfgan_suite.runs import studies
from tfgan_suite.runs.reports.figures import plot_bars
from tfgan_suite.runs.reports.report import Picture, Table, write_report

CENTROIDS = "k-means centroids"
MEASURES = {"pixels": "Parzen, pixels", "pca": "Parzen, PCA", "ddm": "DDM"}

NOTES = (
    "Log-likelihoods are in nats per image, of densities in pixels in [0, 1] or in the components kept by PCA: numbers "
    "of the two spaces do not compare. The error is that of a mean over the test images.",
    "DDM is a density estimate too, with a fixed bandwidth, in a space where a classifier decides what counts: a set "
    "that is a little narrower than the test images, such as averages, gets a slightly better value than real images.",
    "All sets have the same number of images, since a Parzen-window estimate rises with it; a set of repeated images "
    "has the density of its distinct ones.",
)


def picture_of(folder: Any, name: str) -> Path:
    """Where the first images of a set are kept."""
    return folder.samples / f"{name.replace(' ', '_').replace(',', '').lower()}.png"


def places(rows: list[dict[str, Any]]) -> dict[str, list[int]]:
    """Measure -> rank of each set, 1 for the best."""
    return {each: studies.ranks([row[each] for row in rows], higher_is_better=each != "ddm") for each in MEASURES}


def findings(rows: list[dict[str, Any]]) -> str:
    """Where each measure has the training images, and by how much it prefers the centroids."""
    names = [row["set"] for row in rows]
    real, centroid = names.index(studies.REAL), names.index(CENTROIDS)
    sentences = []
    for measure, ranks in places(rows).items():
        values = [row[measure] for row in rows]
        ahead = [name for name, rank in zip(names, ranks, strict=True) if rank < ranks[real]]
        place = f"behind {studies.in_words(ahead)}" if ahead else "first"
        gain, width = (values[centroid] - values[real]) * (-1 if measure == "ddm" else 1), max(values) - min(values)
        better = "better" if gain > 0 else "worse"
        sentences.append(
            f"{MEASURES[measure]}: the training images are {place}; the centroids are {better} by {abs(gain):.3g} "
            f"nats, {abs(gain) / width:.0%} of what is between the best and the worst set."
        )
    return " ".join(sentences)


def report(settings: Any, folder: Any, source: Any, rows: list[dict[str, Any]], command: str) -> None:
    """Writes the figures and `report.html`."""
    write_report(
        folder.path,
        title=f"Parzen windows against DDM on {settings.dataset}",
        summary=findings(rows),
        tables=[sets_table(settings, rows)],
        figures=draw_figures(settings, folder, rows),
        images=[
            Picture(picture_of(folder, row["set"]), f"Row of images: {row['set']}.", row["set"])
            for row in rows
            if picture_of(folder, row["set"]).exists()
        ],
        protocol=studies.study_protocol(
            source.images,
            [source.embedder],
            layer=settings.layer,
            num_images=settings.num_images,
            num_validation_images=settings.num_validation_images,
            pixels="in [0, 1]",
            pca=f"{source.pca.n_components_} components, {settings.kept_variance:.0%} of the variance",
            seed=settings.seed,
        ),
        command=command,
        notes=NOTES,
    )


def sets_table(settings: Any, rows: list[dict[str, Any]]) -> Table:
    """All measures of every set, and its ranks."""
    ranks, cells = places(rows), []
    for index, row in enumerate(rows):
        own: list[Any] = [row["set"]]
        for space in ("pixels", "pca"):
            bandwidth = f"{row[f'{space}_bandwidth']:.3g}" + "*" * row[f"{space}_at_edge"]
            own += [row[space], row[f"{space}_error"], bandwidth, ranks[space][index]]
        cells.append([*own, row["ddm"], ranks["ddm"][index]])
    parzen = [f"{head}{space}" for space in ("", " under PCA") for head in ("Parzen", "error", "bandwidth", "rank")]
    note = (
        "Parzen: mean log-likelihood of the test images in nats, higher is better. DDM: nats, lower is better. Rank 1 "
        "is the best. A bandwidth with * is at an end of the grid."
    )
    return Table(f"Sets of {settings.num_images:,} images", ("set", *parzen, "DDM", "rank by DDM"), cells, note)


def draw_figures(settings: Any, folder: Any, rows: list[dict[str, Any]]) -> list[Any]:
    """Bars for each measure: by how much a set is better than the training images."""
    real = next(row for row in rows if row["set"] == studies.REAL)
    others = [row for row in rows if row is not real]
    pictures = []
    for measure, name in MEASURES.items():
        sign = -1 if measure == "ddm" else 1
        plot_bars(
            folder.figures / f"{measure}.png",
            [short_name(row["set"]) for row in others],
            {name: [sign * (row[measure] - real[measure]) for row in others]},
            xlabel="set",
            ylabel="nats better than the training images",
            title=f"{settings.dataset}: {name}",
        )
        pictures.append(Picture(Path("figures") / f"{measure}.png", f"Bars: {name} of each set, as gain."))
    return pictures


def short_name(name: str) -> str:
    """The name of a set, for the axis of a figure."""
    return name.removeprefix("Gaussian ").removeprefix("k-means ").replace(" images repeated", " only")
