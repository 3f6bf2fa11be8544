"""What `recipes.missing_modes` says of its rows: where the Inception score saturates, and how far DDM is from its best.

`settings` are that recipe's `Settings`.
"""

import dataclasses
from pathlib import Path
from typing import Any

from tfgan_suite.runs import studies
from tfgan_suite.runs.reports.claims import Spread
from tfgan_suite.runs.reports.figures import plot_curves
from tfgan_suite.runs.reports.report import KeyNumber, Picture, Table, write_report

SATURATED = 0.99
"""The Inception score counts as saturated from this share of the training set's on."""

NOTES = (
    "That DDM of n real images is above DDM(train, test) has one cause: -log of a mean over fewer images is larger on "
    "average (Jensen's inequality). It is what makes DDM notice repetition.",
    "The Inception score looks at class probabilities of the generated images alone. It cannot exceed the number of "
    "classes, and any set that a classifier is sure of, with all classes alike, reaches it.",
)


@dataclasses.dataclass(frozen=True)
class Point:
    """Both measures of `number` distinct images with `num_copies` of each."""

    number: int
    num_copies: float
    score: Spread
    ddm: Spread


def curve(settings: Any, rows: list[dict[str, Any]]) -> list[Point]:
    """One point per n, and the training set last."""
    best = next(row for row in rows if row["draw"] == "train")
    points = []
    for number in settings.num_images:
        own = [row for row in rows if row["num_images"] == number and row["draw"] != "train"]
        score, divergence = (Spread.of([row[name] for row in own]) for name in ("inception_score", "ddm"))
        points.append(Point(number, own[0]["num_copies"], score, divergence))
    whole = (Spread.of([best[name]]) for name in ("inception_score", "ddm"))
    return [*points, Point(best["num_images"], 1, *whole)]


def findings(points: list[Point]) -> str:
    """What the numbers say, in two sentences."""
    *own, whole = points
    shares = [point.score.mean / whole.score.mean for point in own]
    saturated = next((point for point, share in zip(own, shares, strict=True) if share >= SATURATED), None)
    in_words = studies.in_words([f"{share:.1%} at {point.number:,}" for point, share in zip(own, shares, strict=True)])
    above = studies.in_words([f"{point.ddm.mean - whole.ddm.mean:.3g} at {point.number:,}" for point in own])
    score_says = f"it does not reach {SATURATED:.0%} at any of these numbers"
    if saturated is not None:
        away = away_from(whole.score.mean, saturated.score)
        score_says = f"at {saturated.number:,} it is saturated ({SATURATED:.0%} or more), {away}"
    last = own[-1]
    reached = last.ddm.mean <= whole.ddm.mean
    ddm_says = "has come down to it" if reached else f"is {away_from(whole.ddm.mean, last.ddm)}"
    return (
        f"Of the training set's Inception score, a few images repeated get {in_words}; {score_says}. Their DDM is "
        f"above DDM(train, test) by, in nats, {above}; at {last.number:,} it {ddm_says}."
    )


def away_from(value: float, spread: Spread) -> str:
    """Such as "2.1 stddevs of a draw below it"; without a stddev "below it"."""
    side = "below it" if spread.mean < value else "above it"
    return f"{abs(spread.mean - value) / spread.stddev:.2g} stddevs of a draw {side}" if spread.stddev > 0 else side


def report(settings: Any, folder: Any, images: Any, embedder: Any, rows: list[dict[str, Any]], command: str) -> None:
    """Writes the two figures and `report.html`."""
    points = curve(settings, rows)
    whole = points[-1]
    splits, layer = f"{settings.num_splits} splits; higher is better", f"{settings.layer} of the embedder"
    write_report(
        folder.path,
        title=f"Missing modes of {settings.dataset}",
        summary=findings(points),
        key_numbers=[
            KeyNumber("Inception score of the training set", whole.score.mean, splits),
            KeyNumber("DDM(train, test)", whole.ddm.mean, f"nats, {layer}; lower is better"),
        ],
        tables=[points_table(settings, points)],
        figures=draw_figures(settings, folder, points),
        protocol=studies.study_protocol(
            images,
            [embedder],
            layer=settings.layer,
            num_draws=settings.num_draws,
            num_splits=settings.num_splits,
            distance="Euclidean, bandwidth 1",
            seed=settings.seed,
        ),
        command=command,
        notes=NOTES,
    )


def points_table(settings: Any, points: list[Point]) -> Table:
    """Both measures of every number of images, beside those of the training set."""
    whole = points[-1]
    cells = [
        [
            *(point.number, point.num_copies, point.score.mean, point.score.stddev),
            *(point.score.mean / whole.score.mean, point.ddm.mean, point.ddm.stddev),
            point.ddm.mean - whole.ddm.mean,
        ]
        for point in points
    ]
    heads = (
        *("distinct images", "copies of each", "Inception score", "stddev", "share of the training set's"),
        *("DDM, nats", "stddev", "above DDM(train, test)"),
    )
    note = f"Means and stddevs over {settings.num_draws} draws; the last line is the training set."
    return Table("A few training images, repeated", heads, cells, note)


def draw_figures(settings: Any, folder: Any, points: list[Point]) -> list[Any]:
    """Both measures against the number of distinct images, with the training set's value as a line."""
    *own, whole = points
    pictures = []
    for file, measure, ylabel, short in (
        ("inception_score.png", "score", "Inception score (higher is better)", "Inception score"),
        ("ddm.png", "ddm", "DDM in nats (lower is better)", "DDM"),
    ):
        best = getattr(whole, measure).mean
        plot_curves(
            folder.figures / file,
            [point.number for point in own],
            {f"n images, mean of {settings.num_draws} draws": [getattr(point, measure).mean for point in own]},
            xlabel="number n of distinct training images",
            ylabel=ylabel,
            title=f"{settings.dataset}: {short} of repeated images",
            logx=True,
            references={"training set": best},
        )
        alt = f"Line: {short} against the number of distinct images; dashed, the training set's {best:.4g}."
        pictures.append(Picture(Path("figures") / file, alt))
    return pictures
