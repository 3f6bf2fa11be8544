"""Missing modes: what the Inception score and DDM say of a few real images, repeated.

    python -m recipes.missing_modes --preset demo
    python -m recipes.missing_modes --dataset cifar10 --embedder my_classifier.keras

DDM thesis, section 3.4.5, figure 3.7: a "generator" that knows only n training images, n = 10, 20, 100, 1,000 and
10,000, repeated until there are as many as in the training set; the mean of five draws. A good measure says that images
are missing.

Expected: the Inception score reaches its best at about 1,000 images (for C classes and a sure classifier it is that of
the training set times about exp(-(C - 1) / 2n), whatever else is missing); DDM keeps falling and stays above
DDM(train, test) up to 10,000 images.

Departures: eq. 3.4 as it stands, which is never negative (the figures of the thesis are). A repeated image weighs as
much as every other, so that DDM of the repeated set is DDM of the n images, and no distance is computed twice. Where n
does not divide the size of the training set, each image is repeated the same number of times and the set is a little
smaller. The Inception score is over ten splits of the repeated set in random order; the thesis does not say.
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
    embedder = studies.study_embedder(images, settings.embedder, settings.layer, settings.seed)
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
    num_copies = len(train.features) // len(chosen)
    repeated = np.random.default_rng((settings.seed, draw)).permutation(np.tile(chosen, num_copies))
    return {
        "num_copies": num_copies,
        "ddm": distribution_divergence(test.features, train.features[chosen]),
        "inception_score": inception_score(train.probs[repeated], settings.num_splits)[0],
        "sec": time.monotonic() - start,
    }


def curve(settings: Settings, rows: list[dict[str, Any]]) -> list[list[Any]]:
    """Per n: n, copies, mean and stddev of the Inception score, its share of the best, mean and stddev of DDM, excess.

    The last line is the training set's.
    """
    best = next(row for row in rows if row["draw"] == "train")
    table = []
    for number in settings.num_images:
        own = [row for row in rows if row["num_images"] == number and row["draw"] != "train"]
        scores, divergences = ([row[name] for row in own] for name in ("inception_score", "ddm"))
        spread = [float(np.std(each, ddof=1)) if len(each) > 1 else None for each in (scores, divergences)]
        score, divergence = float(np.mean(scores)), float(np.mean(divergences))
        share, excess = score / best["inception_score"], divergence - best["ddm"]
        table.append([number, own[0]["num_copies"], score, spread[0], share, divergence, spread[1], excess])
    reference = [best["num_images"], 1, best["inception_score"], None, 1.0, best["ddm"], None, 0.0]
    return [*table, reference]


def findings(table: list[list[Any]]) -> str:
    """What the numbers say, in three sentences."""
    *own, _ = table
    last = own[-1]
    saturated = next((row[0] for row in own if row[4] >= SATURATED), None)
    shares = studies.in_words([f"{row[4]:.1%} at {row[0]:,}" for row in own])
    excesses = studies.in_words([f"{row[7]:.3g} at {row[0]:,}" for row in own])
    where = f"from {saturated:,} distinct images on" if saturated else "not at any of these numbers"
    verdict = "has not reached its optimum" if last[7] > 0 else "has reached its optimum"
    return (
        f"Of the training set's Inception score, a few images repeated get {shares}: it is saturated ({SATURATED:.0%}) "
        f"{where}. DDM is above DDM(train, test) by, in nats, {excesses}: it {verdict} at {last[0]:,} images."
    )


def report(settings: Settings, folder: Any, images: Any, embedder: Any, rows: list[dict[str, Any]]) -> None:
    """Writes the two figures and `report.html`."""
    from tfgan_suite.runs.report import KeyNumber, Table, write_report

    table = curve(settings, rows)
    best = table[-1]
    columns = (
        *("distinct images", "copies of each", "Inception score", "stddev", "share of the training set's"),
        *("DDM, nats", "stddev", "above DDM(train, test)"),
    )
    write_report(
        folder.path,
        title=f"Missing modes of {settings.dataset}",
        summary=findings(table),
        key_numbers=[
            KeyNumber(
                "Inception score of the training set", best[2], f"{settings.num_splits} splits; higher is better"
            ),
            KeyNumber("DDM(train, test)", best[5], f"nats, {settings.layer} of the embedder; lower is better"),
        ],
        tables=[
            Table(
                "A few training images, repeated",
                columns,
                table,
                note=f"Means and stddevs over {settings.num_draws} draws; the last line is the training set.",
            )
        ],
        figures=draw_figures(settings, folder, table),
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


def draw_figures(settings: Settings, folder: Any, table: list[list[Any]]) -> list[Any]:
    """Both measures against the number of distinct images, with the training set's value as a line."""
    from tfgan_suite.runs.figures import plot_curves
    from tfgan_suite.runs.report import Picture

    *own, best = table
    pictures = []
    for file, column, ylabel, short in (
        ("inception_score.png", 2, "Inception score (higher is better)", "Inception score"),
        ("ddm.png", 5, "DDM in nats (lower is better)", "DDM"),
    ):
        plot_curves(
            folder.figures / file,
            np.log10([row[0] for row in own]),
            {f"n images, mean of {settings.num_draws} draws": [row[column] for row in own]},
            xlabel="log10 of the number n of distinct training images",
            ylabel=ylabel,
            title=f"{settings.dataset}: {short} of repeated images",
            references={"training set": best[column]},
        )
        alt = f"Line: {short} against the number of distinct images; dashed, the training set's {best[column]:.4g}."
        pictures.append(Picture(Path("figures") / file, alt))
    return pictures


def show_plan(settings: Settings, folder: Any) -> None:
    """Prints data, embedder, sets and the time they will take; writes nothing."""
    images, embedder = load(settings)
    num_train, num_test = len(images.train), len(images.test)
    num_points = num_train + settings.num_draws * sum(settings.num_images)
    embedding_sec, distance_sec = studies.seconds_of(
        images.test.images, embedder, num_embedded=num_train + num_test, num_pairs=num_points * num_test
    )
    studies.print_plan(
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
