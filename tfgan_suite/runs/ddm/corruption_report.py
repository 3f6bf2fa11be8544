"""What `recipes.corruption` says of its rows: which measures worsen with the level, the curves, the corrupted images.

`settings` are that recipe's `Settings`, `source` its `Source`.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tfgan_suite.core.images import image_grid, save_png
from tfgan_suite.data.corruption import CORRUPTIONS, corrupt
from tfgan_suite.runs import studies
from tfgan_suite.runs.reports.figures import plot_curves
from tfgan_suite.runs.reports.report import KeyNumber, Picture, Table, write_report

NOISES = CORRUPTIONS[:2]
NONE = "none"
"""Kind of the row of held-back images that are not corrupted."""
MEASURES = {"ddm": "DDM", "fid": "Fréchet distance", "kid": "KID", "inception_score": "Inception score"}
KID_SUBSET = 1024
"""Images in a block of KID, at most."""
NUM_SHOWN = 4
"""Images in a grid of a kind of corruption."""

NOTES = (
    "Held-back images without corruption stand in the table as well: they differ from the training images only by "
    "their number and by not having been trained on.",
    "The Inception score does not see the test images: it can rise when a corruption makes the classifier surer.",
)


def curves_of(settings: Any, rows: list[dict[str, Any]], kind: str) -> dict[str, list[float]]:
    """Measure -> its values at level 0 and at the levels of a kind."""
    found = {(row["kind"], row["level"]): row for row in rows}
    chosen = [found[NONE, 0.0], *(found[kind, float(level)] for level in settings.levels[kind])]
    return {measure: [row[measure] for row in chosen] for measure in MEASURES}


def wrong_steps(levels: Sequence[float], values: Sequence[float], higher_is_better: bool) -> list[str]:
    """From which level to which the value does not worsen, as "0 to 4"."""
    worsening = np.diff(values) * (-1 if higher_is_better else 1) > 0
    pairs = zip(levels[:-1], levels[1:], worsening, strict=True)
    return [f"{before:g} to {after:g}" for before, after, worse in pairs if not worse]


def monotony(settings: Any, rows: list[dict[str, Any]]) -> dict[str, dict[str, list[str]]]:
    """Measure -> kind -> `wrong_steps`."""
    steps = {}
    for measure in MEASURES:
        steps[measure] = {
            kind: wrong_steps(
                [0, *settings.levels[kind]],
                curves_of(settings, rows, kind)[measure],
                higher_is_better=measure == "inception_score",
            )
            for kind in CORRUPTIONS
        }
    return steps


def findings(settings: Any, rows: list[dict[str, Any]]) -> str:
    """Which measures worsen at every level, from the numbers."""
    sentences = []
    for measure, kinds in monotony(settings, rows).items():
        failing = [f"{kind} ({studies.in_words(steps)})" for kind, steps in kinds.items() if steps]
        verdict = "worsens at every level" if not failing else f"does not worsen at every level of {failing[0]}"
        sentences.append(f"{MEASURES[measure]} {verdict}" + "".join(f", nor of {each}" for each in failing[1:]))
    return "; ".join(sentences) + "."


def lost_bits(settings: Any, rows: list[dict[str, Any]]) -> dict[str, float]:
    """What DDM rises by, in bits: per pixel of blur where it rises most, and at the highest noises."""
    lost = {kind: np.array(curves_of(settings, rows, kind)["ddm"]) / math.log(2) for kind in CORRUPTIONS}
    slopes = np.diff(lost["blur"]) / np.diff([0, *settings.blur_stddevs_px])
    return {"blur": float(slopes.max()), **{kind: float(lost[kind][-1] - lost[kind][0]) for kind in NOISES}}


def report(settings: Any, folder: Any, source: Any, rows: list[dict[str, Any]], command: str) -> None:
    """Writes the figures, the grids of corrupted images and `report.html`."""
    bits, top = lost_bits(settings, rows), f"{settings.noise_stddevs[-1]:g} grey levels"
    write_report(
        folder.path,
        title=f"Corrupted images of {settings.dataset}",
        summary=findings(settings, rows),
        key_numbers=[
            KeyNumber("bits of DDM per pixel of blur", bits["blur"], "at the steepest; the thesis: about 10"),
            *(
                KeyNumber(f"bits of DDM by {noise}", bits[noise], f"at {top}; the thesis: on the order of 12")
                for noise in NOISES
            ),
        ],
        tables=[steps_table(settings, rows), values_table(settings, rows)],
        figures=draw_figures(settings, folder, rows),
        images=draw_grids(settings, folder, source),
        protocol=studies.study_protocol(
            source.images,
            [source.embedder],
            layer=settings.layer,
            num_held_back_images=len(source.held_back),
            num_splits=settings.num_splits,
            kid_subset_size=KID_SUBSET,
            seed=settings.seed,
        ),
        command=command,
        notes=NOTES,
    )


def steps_table(settings: Any, rows: list[dict[str, Any]]) -> Table:
    """At how many steps of each kind a measure worsens."""
    wrong = monotony(settings, rows)
    cells = []
    for measure, name in MEASURES.items():
        numbers = {kind: len(settings.levels[kind]) for kind in CORRUPTIONS}
        worsens = (f"{number - len(wrong[measure][kind])} of {number}" for kind, number in numbers.items())
        cells.append([name, *worsens])
    return Table("Steps from one level to the next at which a measure worsens", ("measure", *CORRUPTIONS), cells)


def values_table(settings: Any, rows: list[dict[str, Any]]) -> Table:
    """All measures of every kind and level."""
    clean = next(row for row in rows if row["kind"] == NONE)
    cells = [
        [
            *(row["kind"], row["level"], *(row[measure] for measure in MEASURES)),
            (row["ddm"] - clean["ddm"]) / math.log(2),
        ]
        for row in rows
    ]
    return Table(
        f"{settings.num_images:,} held-back training images, corrupted, against the test images",
        ("corruption", "level", *MEASURES.values(), "DDM above none, bits"),
        cells,
        note="Levels: stddevs, in grey levels (noise) or pixels (blur). Lower is better but for the Inception score.",
    )


def draw_figures(settings: Any, folder: Any, rows: list[dict[str, Any]]) -> list[Any]:
    """DDM against the levels in nats; for each kind, all measures on one scale."""
    curves = {kind: curves_of(settings, rows, kind) for kind in CORRUPTIONS}
    reference = {"training images": next(row["ddm"] for row in rows if row["kind"] == studies.REAL)}
    units = {
        kind: "standard deviation in pixels" if kind == "blur" else "standard deviation in grey levels"
        for kind in CORRUPTIONS
    }
    pictures = []

    def plot(file: str, kind: str, drawn: dict[str, Any], ylabel: str, title: str, **options: Any) -> None:
        levels = [0, *settings.levels[kind]]
        plot_curves(folder.figures / file, levels, drawn, xlabel=units[kind], ylabel=ylabel, title=title, **options)
        pictures.append(Picture(Path("figures") / file, f"Lines: {title}, against the {units[kind]}."))

    for file, kinds, title in (("ddm_noise.png", CORRUPTIONS[:2], "noise"), ("ddm_blur.png", CORRUPTIONS[2:], "blur")):
        drawn = {kind: curves[kind]["ddm"] for kind in kinds}
        plot(file, kinds[0], drawn, "DDM in nats", f"{settings.dataset}: DDM under {title}", references=reference)
    for kind in CORRUPTIONS:
        drawn = {name: scaled(curves[kind][measure]) for measure, name in MEASURES.items()}
        file = f"all_{kind.replace(' ', '_').lower()}.png"
        plot(
            file, kind, drawn, "0: not corrupted, 1: farthest from it", f"{settings.dataset}: all measures under {kind}"
        )
    return pictures


def scaled(values: Sequence[float]) -> np.ndarray:
    """Distance from the first value, over the largest such distance; positive towards the worse end of the curve."""
    away = np.asarray(values) - values[0]
    return away / away[np.abs(away).argmax()] if away.any() else away


def draw_grids(settings: Any, folder: Any, source: Any) -> list[Any]:
    """For each kind, a few images (rows) at all levels (columns), the first column without corruption."""
    few, pictures = source.held_back[:NUM_SHOWN], []
    for kind in CORRUPTIONS:
        levels = settings.levels[kind]
        columns = [few, *(corrupt(few, kind, level, seed=settings.seed) for level in levels)]
        rows = np.stack(columns, axis=1).reshape(-1, *few.shape[1:])  # [images, levels, ...] -> [images * levels, ...]
        path = folder.samples / f"{kind.replace(' ', '_').lower()}.png"
        save_png(path, image_grid(rows, len(columns)))
        caption = f"{kind}: 0, {', '.join(f'{level:g}' for level in levels)}"
        pictures.append(Picture(path, f"Grid: images with {kind} at growing levels.", caption))
    return pictures
