"""Missing modes: what the Inception score and DDM say of a few real images, repeated.

    python -m recipes.missing_modes --preset demo
    python -m recipes.missing_modes --dataset cifar10 --embedder my_classifier.keras

DDM thesis, section 3.4.5, figure 3.7: a "generator" that knows only n training images, n = 10, 20, 100, 1,000 and
10,000, repeated until there are as many as in the training set; the mean of five draws. A good measure says that images
are missing.

Expected: the Inception score reaches its best at about 1,000 images (for C classes and a sure classifier it is that of
the training set times about exp(-(C - 1) / 2n), whatever else is missing); DDM keeps falling and stays above
DDM(train, test) up to 10,000 images. Found on CIFAR-10 (a ResNet-56, its logits): at 1,000 images the score is 99.5 %
of the training set's, 0.4 stddevs of a draw below it; DDM is above by 5.3 nats at 10 images, 0.25 at 1,000 and 0.036 at
10,000, which is little but 22 stddevs of a draw.

Departures: eq. 3.4 as it stands, which is never negative (the figures of the thesis are). A repeated image weighs as
much as every other, so that DDM of the repeated set is DDM of the n images, and no distance is computed twice; where n
does not divide the size of the training set, that is not changed by the few images with one copy more, which are in the
Inception score alone. That is over ten splits of the repeated set in random order; the thesis does not say.
"""

import dataclasses
import time
from pathlib import Path
from typing import Any

import numpy as np

from tfgan_suite.runs import cli, studies


@dataclasses.dataclass(frozen=True)
class Settings(studies.StudySettings):
    """Section 3.4.5 unless a preset says otherwise."""

    layer: str = "logits"
    """Features for DDM: logits, prelogits, hypercolumns, or another layer or output of the embedder."""
    num_images: tuple[int, ...] = (10, 20, 100, 1000, 10_000)
    """The values of n, the images that the "generator" knows."""
    num_draws: int = 5
    """Random choices of n images; the report gives their mean."""
    num_splits: int = 10
    """Splits of the Inception score."""


PRESETS = {
    "smoke": Settings(dataset="digits", num_images=(10, 100), num_draws=2),
    "demo": Settings(dataset="digits", num_images=(10, 20, 50, 100, 200, 500, 1000)),
    "paper": Settings(),
}

SATURATED = 0.99
"""The Inception score counts as saturated from this share of the training set's on."""

NOTES = (
    "That DDM of n real images is above DDM(train, test) has one cause: -log of a mean over fewer images is larger on "
    "average (Jensen's inequality). It is what makes DDM notice repetition.",
    "The Inception score looks at class probabilities of the generated images alone. It cannot exceed the number of "
    "classes, and any set that a classifier is sure of, with all classes alike, reaches it.",
)


def run(settings: Settings) -> None:
    """Embeds all images once, measures the repeated sets, and writes the table, the figures and the report."""
    from tfgan_suite.runs.folder import RunFolder, json_values

    check(settings)
    folder = RunFolder(settings.run_dir("missing_modes"))
    if settings.dry_run:
        show_plan(settings, folder)
        return
    with folder.claim(json_values(settings), resume=settings.resume, may_change=("resume", "dry_run")):
        images, embedder = load(settings)
        rows = measure_all(settings, images, embedder, studies.Rows(folder.metrics, "num_images", "draw"))
        report(settings, folder, images, embedder, rows)
    print(f"Report: {folder.report}")


def check(settings: Settings) -> None:
    """Refuses numbers of images that make no curve, before anything is loaded."""
    from tfgan_suite.core.checks import require_positive

    settings.check_study()
    require_positive(num_draws=settings.num_draws, num_splits=settings.num_splits)
    studies.require_growing(num_images=settings.num_images)


def load(settings: Settings) -> tuple[Any, Any]:
    """The images and the embedder, which must be a classifier."""
    from tfgan_suite.core.checks import require
    from tfgan_suite.runs.experiment import embedder_for

    images = studies.load_split_images(settings)
    count = len(images.train)
    require(
        max(settings.num_images) <= count,
        "`num_images` must not exceed the number of training images",
        num_images=settings.num_images,
        training_images=count,
    )
    require(
        settings.num_splits <= count // 2,
        "`num_splits` must leave two images in each split",
        num_splits=settings.num_splits,
        training_images=count,
    )
    embedder = embedder_for(images, settings.embedder, settings.seed, layer=settings.layer)
    studies.require_probs(embedder)
    return images, embedder


def measure_all(settings: Settings, images: Any, embedder: Any, rows: studies.Rows) -> list[dict[str, Any]]:
    """One row for the training set and one per n and draw; rows of a resumed run are not computed again."""
    train = studies.embed_kept(images.train.images, embedder, "training images")
    test = studies.embed_kept(images.test.images, embedder, "test images")
    everything = np.arange(len(images.train))
    if rows.find(len(everything), "train") is None:
        rows.add({"num_images": len(everything), "draw": "train", **measure(settings, everything, train, test, 0)})
    for number in settings.num_images:
        for draw in range(settings.num_draws):
            if rows.find(number, draw) is None:
                chosen = np.random.default_rng((settings.seed, number, draw)).permutation(everything)[:number]
                rows.add({"num_images": number, "draw": draw, **measure(settings, chosen, train, test, draw)})
    return rows.all


def measure(settings: Settings, chosen: np.ndarray, train: Any, test: Any, draw: int) -> dict[str, Any]:
    """DDM and Inception score of the chosen training images, repeated to the size of the training set."""
    from tfgan_suite.metrics.functional.ddm import distribution_divergence
    from tfgan_suite.metrics.functional.inception import inception_score

    start = time.monotonic()
    repeated = np.random.default_rng((settings.seed, draw)).permutation(np.resize(chosen, len(train.features)))
    return {
        "num_copies": len(train.features) / len(chosen),
        "ddm": distribution_divergence(test.features, train.features[chosen]),
        "inception_score": inception_score(train.probs[repeated], settings.num_splits)[0],
        "sec": time.monotonic() - start,
    }


@dataclasses.dataclass(frozen=True)
class Spread:
    """Mean and standard deviation over draws; None for the latter with one draw."""

    mean: float
    stddev: float | None

    @classmethod
    def of(cls, values: list[float]) -> "Spread":
        return cls(float(np.mean(values)), float(np.std(values, ddof=1)) if len(values) > 1 else None)


@dataclasses.dataclass(frozen=True)
class Point:
    """Both measures of `number` distinct images with `num_copies` of each."""

    number: int
    num_copies: float
    score: Spread
    ddm: Spread


def curve(settings: Settings, rows: list[dict[str, Any]]) -> list[Point]:
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
    return f"{abs(spread.mean - value) / spread.stddev:.2g} stddevs of a draw {side}" if spread.stddev else side


def report(settings: Settings, folder: Any, images: Any, embedder: Any, rows: list[dict[str, Any]]) -> None:
    """Writes the two figures and `report.html`."""
    from tfgan_suite.runs.report import KeyNumber, Table, write_report

    points = curve(settings, rows)
    whole = points[-1]
    table = [
        [
            *(point.number, point.num_copies, point.score.mean, point.score.stddev),
            *(point.score.mean / whole.score.mean, point.ddm.mean, point.ddm.stddev),
            point.ddm.mean - whole.ddm.mean,
        ]
        for point in points
    ]
    columns = (
        *("distinct images", "copies of each", "Inception score", "stddev", "share of the training set's"),
        *("DDM, nats", "stddev", "above DDM(train, test)"),
    )
    write_report(
        folder.path,
        title=f"Missing modes of {settings.dataset}",
        summary=findings(points),
        key_numbers=[
            KeyNumber(
                "Inception score of the training set",
                whole.score.mean,
                f"{settings.num_splits} splits; higher is better",
            ),
            KeyNumber("DDM(train, test)", whole.ddm.mean, f"nats, {settings.layer} of the embedder; lower is better"),
        ],
        tables=[
            Table(
                "A few training images, repeated",
                columns,
                table,
                note=f"Means and stddevs over {settings.num_draws} draws; the last line is the training set.",
            )
        ],
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
        command=cli.command_line("recipes.missing_modes", settings, PRESETS),
        notes=NOTES,
    )


def draw_figures(settings: Settings, folder: Any, points: list[Point]) -> list[Any]:
    """Both measures against the number of distinct images, with the training set's value as a line."""
    from tfgan_suite.runs.figures import plot_curves
    from tfgan_suite.runs.report import Picture

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


def show_plan(settings: Settings, folder: Any) -> None:
    """Prints data, embedder, sets and the time they will take; writes nothing."""
    from tfgan_suite.runs.dry_run import print_plan

    images, embedder = load(settings)
    num_train, num_test = len(images.train), len(images.test)
    num_points = num_train + settings.num_draws * sum(settings.num_images)
    embedding_sec, distance_sec = studies.seconds_of(
        images.test.images, embedder, num_embedded=num_train + num_test, num_pairs=num_points * num_test
    )
    print_plan(
        {
            "run folder": folder.path,
            "images": f"{num_train:,} to draw from, {num_test:,} test images {images.image_shape} of {images.name}",
            "embedder": f"{embedder.name}, {embedder.feature_dim} dimensions, {embedder.num_classes} classes",
            "distinct images": f"{', '.join(map(str, settings.num_images))}; {settings.num_draws} draws each",
            "time": f"features about {embedding_sec:.0f} s unless cached, DDM about {distance_sec:.0f} s",
        }
    )


if __name__ == "__main__":
    cli.main(run, PRESETS, __doc__, default_preset="paper")
