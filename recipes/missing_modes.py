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


def run(settings: Settings) -> None:
    """Embeds all images once, measures the repeated sets, and writes the table, the figures and the report."""
    from tfgan_suite.runs.ddm.missing_modes_report import report
    from tfgan_suite.runs.folder import RunFolder, json_values

    check(settings)
    folder = RunFolder(settings.run_dir("missing_modes"))
    if settings.dry_run:
        dry_run(settings, folder)
        return
    with folder.claim(json_values(settings), resume=settings.resume):
        images, embedder = load(settings)
        rows = measure_all(settings, images, embedder, studies.Rows(folder.metrics, "num_images", "draw"))
        report(settings, folder, images, embedder, rows, cli.command_line("recipes.missing_modes", settings, PRESETS))
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


def dry_run(settings: Settings, folder: Any) -> None:
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
