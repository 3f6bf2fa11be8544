"""What `recipes.embedding_insensitivity` says of its rows: correlations of embeddings, orders of the sets, curves.

`settings` are that recipe's `Settings`; `sets` and `spaces` map names to sets of images and to embedders.
"""

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import scipy.stats

from tfgan_suite.runs import studies
from tfgan_suite.runs.reports.figures import plot_curves
from tfgan_suite.runs.reports.report import Picture, Table, write_report

PIXELS = "pixels"

NOTES = (
    "Spearman's correlation compares the order of all sets, also of sets that differ in kind, such as a little noise "
    "and many repetitions. There is no right order of those; two embeddings may differ in it for good reasons.",
    "A set a little narrower than the test images gets a better DDM than real images, since the density estimate is "
    "wide: slight noise and blur make a classifier less sure, and so bring its features together.",
    "All distances have the bandwidth 1 in the units of their own features, so that in a space of large distances only "
    "the nearest images count.",
)


def values_of(rows: list[dict[str, Any]], sets: Any, spaces: Any) -> dict[str, list[float]]:
    """Embedding -> DDM of the sets, in their order."""
    found = {(row["embedding"], row["set"]): row["ddm"] for row in rows}
    return {space: [found[space, name] for name in sets] for space in spaces}


def correlations(values: dict[str, list[float]]) -> dict[tuple[str, str], float]:
    """Spearman's rank correlation of each pair of embeddings over the sets."""
    return {
        (first, second): float(scipy.stats.spearmanr(values[first], values[second]).statistic)
        for first, second in itertools.combinations(values, 2)
    }


def findings(values: dict[str, list[float]], pairs: dict[tuple[str, str], float], sets: Sequence[str]) -> str:
    """The smallest correlation with and without pixels, and which set is best in which embedding."""
    own = {pair: value for pair, value in pairs.items() if PIXELS not in pair}
    with_pixels = [value for pair, value in pairs.items() if PIXELS in pair]
    sentences = []
    if own:
        least = min(own, key=own.get)
        sentences.append(
            f"Between embeddings of classifiers Spearman's correlation over {len(sets)} sets is at least "
            f"{own[least]:.3f} ({least[0]} with {least[1]}), {np.mean(list(own.values())):.3f} on average."
        )
    sentences.append(f"With pixels it is {min(with_pixels):.3f} to {max(with_pixels):.3f}.")
    found: dict[str, list[str]] = {}
    for space, each in values.items():
        found.setdefault(sets[int(np.argmin(each))], []).append(space)
    best = "; ".join(f"{name}, in {studies.in_words(spaces)}" for name, spaces in found.items())
    return " ".join([*sentences, f"The best set is {best}."])


def report(
    settings: Any, folder: Any, images: Any, sets: Any, spaces: Any, rows: list[dict[str, Any]], command: str
) -> None:
    """Writes the curves and `report.html`."""
    values = values_of(rows, sets, spaces)
    pairs = correlations(values)
    write_report(
        folder.path,
        title=f"DDM of {settings.dataset} in {len(spaces)} embeddings",
        summary=findings(values, pairs, list(sets)),
        tables=[correlations_table(values, pairs), *sets_tables(settings, values, list(sets))],
        figures=draw_figures(settings, folder, values),
        protocol=studies.study_protocol(
            images,
            list(spaces.values()),
            num_images=settings.num_images,
            distance="Euclidean, bandwidth 1",
            seed=settings.seed,
        ),
        command=command,
        notes=NOTES,
    )


def correlations_table(values: dict[str, list[float]], pairs: dict[tuple[str, str], float]) -> Table:
    """Every embedding with every other."""
    both_ways = pairs | {(second, first): value for (first, second), value in pairs.items()}
    square = [[first, *(both_ways.get((first, second), 1.0) for second in values)] for first in values]
    return Table("Spearman's rank correlation of DDM over the sets", ("", *values), square)


def sets_tables(settings: Any, values: dict[str, list[float]], sets: Sequence[str]) -> list[Table]:
    """The order of the sets in each embedding, and their DDM."""
    places = {space: studies.ranks(each) for space, each in values.items()}
    return [
        Table(title, ("set", *values), [[name, *row] for name, row in zip(sets, rows, strict=True)], note)
        for title, rows, note in (
            (
                "Order of the sets (1: best)",
                zip(*places.values(), strict=True),
                f"{settings.num_images:,} images in each set.",
            ),
            (
                "DDM against the test images, nats",
                zip(*values.values(), strict=True),
                "Lower is better. Values of different embeddings do not compare.",
            ),
        )
    ]


def draw_figures(settings: Any, folder: Any, values: dict[str, list[float]]) -> list[Any]:
    """For noise, blur and repetition, the scaled DDM of all embeddings against the level."""
    num_noise, num_blur = len(settings.noise_stddevs), len(settings.blur_stddevs_px)
    repeated = list(reversed(settings.num_repeated))
    stops = np.cumsum([1, num_noise, num_blur, len(repeated)])
    pictures = []
    for file, levels, start, xlabel, title in (
        ("noise.png", [0, *settings.noise_stddevs], stops[0], "stddev of Gaussian noise in grey levels", "noise"),
        ("blur.png", [0, *settings.blur_stddevs_px], stops[1], "stddev of blur in pixels", "blur"),
        (
            *("repetition.png", [settings.num_images, *repeated], stops[2]),
            *("number of distinct images", "repetition"),
        ),
    ):
        order = np.arange(start, start + len(levels) - 1)
        rows = [0, *(order[::-1] if title == "repetition" else order)]
        curves = {space: scaled(each)[rows] for space, each in values.items()}
        plot_curves(
            folder.figures / file,
            levels,
            curves,
            xlabel=xlabel,
            ylabel="DDM, 0: training images, 1: worst set",
            title=f"{settings.dataset}: DDM under {title}",
            logx=title == "repetition",
        )
        alt = f"Lines: DDM in each embedding, scaled, against the {xlabel}."
        pictures.append(Picture(Path("figures") / file, alt))
    return pictures


def scaled(values: list[float]) -> np.ndarray:
    """0 for the first value, the training images', and 1 for the worst."""
    away = np.asarray(values) - values[0]
    return away / away.max() if away.max() > 0 else away
