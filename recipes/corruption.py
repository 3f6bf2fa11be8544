"""Corruption: how DDM, Fréchet distance, KID and Inception score answer to noise and blur.

    python -m recipes.corruption --preset demo
    python -m recipes.corruption --dataset mnist --num-images 2000

DDM thesis, section 3.4.6: images held back from the training set stand for samples of a generator; they are corrupted
by additive Gaussian noise, additive uniform noise and Gaussian blur, and compared to the test images.

Expected: DDM worsens with the level, by about 10 bits for each point of blur and by "on the order of 12 bits" for noise
(the thesis, on ImageNet; it names no levels). Found on CIFAR-10 (a ResNet-56, its logits, 2,000 images): up to 12 bits
per pixel of blur and 15 bits at strong noise; no further rise once nothing is left to recognise, from 2 pixels on. The
Fréchet distance and KID of the same logits fall again there, since a network that recognises nothing has small logits.
On MNIST (the 4-layer classifier) DDM falls by 0.05 nats up to a noise of 16 grey levels and a blur of 0.5 px and then
rises, while the other three worsen at every level.

Departures: any data set with test images, where the thesis has 46,000 images of ImageNet. All distances are taken in
one feature space, that of DDM (the thesis has DDM alone); at a level the two noises have the same standard deviation
before clipping, and each level is the same noise, scaled. Values are in nats as in eq. 3.4; bits where the thesis has
them.
"""

import dataclasses
import time
from typing import Any

import numpy as np

from tfgan_suite.runs import cli, studies


@dataclasses.dataclass(frozen=True)
class Settings(studies.StudySettings):
    """Section 3.4.6 unless a preset says otherwise."""

    layer: str = "logits"
    """Features for the distances: logits, prelogits, hypercolumns, or another layer or output of the embedder."""
    num_images: int = 1000
    """Training images that are held back and corrupted."""
    noise_stddevs: tuple[float, ...] = (4, 8, 16, 32, 64, 128)
    """Levels of both noises, growing: standard deviations in grey levels (of 255)."""
    blur_stddevs_px: tuple[float, ...] = (0.5, 1, 1.5, 2, 3, 4)
    """Levels of blur, growing: standard deviations in pixels."""
    num_splits: int = 10
    """Splits of the Inception score."""

    @property
    def levels(self) -> dict[str, tuple[float, ...]]:
        """Kind of corruption -> its levels, without 0."""
        noise = dict.fromkeys(("Gaussian noise", "uniform noise"), self.noise_stddevs)
        return {**noise, "blur": self.blur_stddevs_px}


PRESETS = {
    "smoke": Settings(dataset="digits", num_images=100, noise_stddevs=(16, 64), blur_stddevs_px=(0.5, 1)),
    "demo": Settings(dataset="digits", num_images=400, blur_stddevs_px=(0.25, 0.5, 0.75, 1, 1.5, 2)),
    "paper": Settings(),
}


def run(settings: Settings) -> None:
    """Corrupts the held-back images level by level, measures them, and writes figures and report."""
    from tfgan_suite.runs.ddm.corruption_report import report
    from tfgan_suite.runs.folder import RunFolder, json_values

    check(settings)
    folder = RunFolder(settings.run_dir("corruption"))
    if settings.dry_run:
        dry_run(settings, folder)
        return
    with folder.claim(json_values(settings), resume=settings.resume):
        source = load(settings)
        rows = measure_all(settings, source, studies.Rows(folder.metrics, "kind", "level"))
        report(settings, folder, source, rows, cli.command_line("recipes.corruption", settings, PRESETS))
    print(f"Report: {folder.report}")


def check(settings: Settings) -> None:
    """Refuses levels that make no curve, before anything is loaded."""
    from tfgan_suite.core.checks import require, require_positive

    settings.check_study()
    require_positive(num_splits=settings.num_splits)
    require(
        settings.num_images >= max(20, 2 * settings.num_splits),
        "`num_images` must be at least 20, and two for each split",
        num_images=settings.num_images,
        num_splits=settings.num_splits,
    )
    studies.require_growing(noise_stddevs=settings.noise_stddevs, blur_stddevs_px=settings.blur_stddevs_px)


@dataclasses.dataclass(frozen=True)
class Source:
    """What is compared.

    Attributes:
        images: of the data set; the training split is what was not held back.
        held_back: uint8, in random order.
        all_train_images: uint8, with those that were held back.
        rest: rows of `all_train_images` that were not held back.
        embedder: trained, if it was trained here, on `images`.
    """

    images: Any
    held_back: np.ndarray
    all_train_images: np.ndarray
    rest: np.ndarray
    embedder: Any


def load(settings: Settings) -> Source:
    """Holds back images, drawn by the seed, before a classifier is trained on the others."""
    from tfgan_suite.core.checks import require
    from tfgan_suite.runs.experiment import embedder_for

    images = studies.load_split_images(settings)
    count = len(images.train)
    require(
        settings.num_images <= count - 20,
        "`num_images` must leave at least 20 training images",
        num_images=settings.num_images,
        training_images=count,
    )
    order = np.random.default_rng(settings.seed).permutation(count)
    everything, rest = images.train.images, np.sort(order[settings.num_images :])
    images = dataclasses.replace(images, train=studies.split_of(images.train, rest))
    embedder = embedder_for(images, settings.embedder, settings.seed, layer=settings.layer)
    studies.require_probs(embedder)
    return Source(images, everything[order[: settings.num_images]], everything, rest, embedder)


def measure_all(settings: Settings, source: Source, rows: studies.Rows) -> list[dict[str, Any]]:
    """One row per kind and level, one for no corruption and one for the training images."""
    from tfgan_suite.data.corruption import corrupt
    from tfgan_suite.runs.ddm.corruption_report import NONE

    test = studies.embed_kept(source.images.test.images, source.embedder, "test images")
    test_features = np.random.default_rng(settings.seed).permutation(test.features)  # KID works on blocks of rows
    if rows.find(studies.REAL, 0.0) is None:
        # All of them, so that the cache serves other numbers of held-back images, and other studies.
        train = studies.embed_kept(source.all_train_images, source.embedder, "training images")
        order = np.random.default_rng(settings.seed).permutation(source.rest)
        found = measure(settings, train.features[order], train.probs[order], test_features)
        rows.add({"kind": studies.REAL, "level": 0.0, **found})
    levels = [(kind, level) for kind, levels in settings.levels.items() for level in levels]
    for kind, level in [(NONE, 0.0), *levels]:
        if rows.find(kind, level) is None:
            start = time.monotonic()
            images = source.held_back if kind == NONE else corrupt(source.held_back, kind, level, seed=settings.seed)
            embedding = source.embedder.embed(images)
            found = measure(settings, embedding.features, embedding.probs, test_features)
            rows.add({"kind": kind, "level": float(level), **found, "sec": time.monotonic() - start})
    return rows.all


def measure(settings: Settings, features: Any, probs: Any, test_features: Any) -> dict[str, float]:
    """All measures of one set of images, whose order is random."""
    from tfgan_suite.metrics.functional.ddm import distribution_divergence
    from tfgan_suite.metrics.functional.frechet import feature_statistics, frechet_distance
    from tfgan_suite.metrics.functional.inception import inception_score
    from tfgan_suite.metrics.functional.kernel import kernel_distance
    from tfgan_suite.runs.ddm.corruption_report import KID_SUBSET

    subset_size = min(KID_SUBSET, max(len(features), len(test_features)))
    return {
        "ddm": distribution_divergence(test_features, features),
        "fid": frechet_distance(feature_statistics(test_features), feature_statistics(features)).total,
        "kid": kernel_distance(test_features, features, subset_size=subset_size)[0],
        "inception_score": inception_score(probs, settings.num_splits)[0],
    }


def dry_run(settings: Settings, folder: Any) -> None:
    """Prints data, embedder, levels and the time they will take; writes nothing."""
    from tfgan_suite.runs.dry_run import print_plan

    source = load(settings)
    images, embedder = source.images, source.embedder
    num_train, num_test = len(images.train), len(images.test)
    num_corrupted = settings.num_images * (1 + sum(map(len, settings.levels.values())))
    embedding_sec, distance_sec = studies.seconds_of(
        source.held_back,
        embedder,
        num_embedded=num_train + num_test + num_corrupted,
        num_pairs=(num_train + num_corrupted) * num_test,
    )
    print_plan(
        {
            "run folder": folder.path,
            "images": f"{settings.num_images:,} held back, {num_train:,} others, {num_test:,} test images "
            f"{images.image_shape} of {images.name}",
            "embedder": f"{embedder.name}, {embedder.feature_dim} dimensions, {embedder.num_classes} classes",
            **{kind: ", ".join(f"{level:g}" for level in levels) for kind, levels in settings.levels.items()},
            "time": f"features about {embedding_sec:.0f} s unless cached, DDM about {distance_sec:.0f} s",
        }
    )


if __name__ == "__main__":
    cli.main(run, PRESETS, __doc__, default_preset="paper")
