"""Insensitivity to the embedding: whether DDM orders sets of images alike in different feature spaces.

    python -m recipes.embedding_insensitivity --preset demo
    python -m recipes.embedding_insensitivity --dataset cifar10 --embedder a.keras --other-embedders b.keras

DDM thesis, sections 3.4.3 and 3.4.4, figure 3.4: DDM with logits, prelogits and hypercolumns of a classifier as
features, and with classifiers of another initialisation and another architecture. Pixels are there to compare with.

Expected: values differ from embedding to embedding, the order of the sets does not (the thesis, on generators). Found
on MNIST (14 sets of 2,000 images): Spearman's correlation of 1.000 with another seed, 0.91 to 0.99 between layers, 0.79
to 0.89 with a wide residual network, which minds noise more and repetition less. With pixels there is none: blur of any
level is better than nothing there. In all six a little noise or blur is better than nothing, in those of classifiers by
up to 0.14 nats.

Departures: the thesis compares generators over their training; here sets that are worse than the training images by
construction stand in: noise and blur of growing level, and a few of the images repeated. Hypercolumns are the means of
all convolutions' maps, where the thesis has "a sampled representation of each layer". Each curve is scaled by its own
values: 0 for the training images, 1 for the worst set. Wide residual networks are trained without augmentation.
"""

import dataclasses
import time
from pathlib import Path
from typing import Any

import numpy as np

from tfgan_suite.runs import cli, studies


@dataclasses.dataclass(frozen=True)
class Settings(studies.CandidateSettings):
    """Sections 3.4.3 and 3.4.4 unless a preset says otherwise; the sets are those of `studies.CandidateSettings`."""

    layers: tuple[str, ...] = ("logits", "prelogits", "hypercolumns")
    """Layers (or outputs) of the embedder; the first one is also taken of all other classifiers."""
    num_seeds: int = 2
    """Classifiers of the same network, with the seeds seed, seed + 1, ...; only for the embedder classifier."""
    wide_resnet_epochs: int = 20
    """Epochs of a wide residual network as one more embedder; 0: none."""
    wide_resnet_depth: int = 16
    """Its depth, 6 n + 4."""
    wide_resnet_widen_factor: int = 4
    """Its widening factor."""
    other_embedders: tuple[str, ...] = ()
    """Paths of further classifiers: SavedModels or Keras files."""


_DIGITS = Settings(
    dataset="digits",
    wide_resnet_depth=10,
    wide_resnet_widen_factor=1,
    num_images=1000,
    blur_stddevs_px=(0.25, 0.5, 0.75, 1, 1.5),
    num_repeated=(10, 30, 100, 300),
)
PRESETS = {
    "smoke": dataclasses.replace(
        _DIGITS,
        num_train_images=300,
        num_test_images=100,
        num_seeds=1,
        wide_resnet_epochs=1,
        num_images=200,
        noise_stddevs=(16, 128),
        blur_stddevs_px=(0.5, 1),
        num_repeated=(10, 50),
    ),
    "demo": _DIGITS,
    "paper": Settings(dataset="mnist"),
}


def run(settings: Settings) -> None:
    """Measures every set in every embedding, and writes correlations, curves and report."""
    from tfgan_suite.runs.ddm.embedding_insensitivity_report import report
    from tfgan_suite.runs.folder import RunFolder, json_values

    check(settings)
    folder = RunFolder(settings.run_dir("embedding_insensitivity"))
    if settings.dry_run:
        dry_run(settings, folder)
        return
    with folder.claim(json_values(settings), resume=settings.resume):
        images, sets = load(settings)
        spaces = load_spaces(settings, images, folder)
        rows = measure_all(images, sets, spaces, studies.Rows(folder.metrics, "embedding", "set"))
        command = cli.command_line("recipes.embedding_insensitivity", settings, PRESETS)
        report(settings, folder, images, sets, spaces, rows, command)
    print(f"Report: {folder.report}")


def check(settings: Settings) -> None:
    """Refuses levels and numbers that make no study, before anything is loaded."""
    from tfgan_suite.core.checks import require, require_positive

    settings.check_candidates()
    require_positive(num_seeds=settings.num_seeds)
    require(len(settings.layers) > 0, "`layers` must name at least one layer", layers=settings.layers)
    epochs, depth = settings.wide_resnet_epochs, settings.wide_resnet_depth
    require(epochs >= 0, "`wide_resnet_epochs` must be at least 0", wide_resnet_epochs=epochs)
    require(
        epochs == 0 or (depth >= 10 and depth % 6 == 4),
        "`wide_resnet_depth` must be 10, 16, 22, ...",
        wide_resnet_depth=depth,
    )


def load(settings: Settings) -> tuple[Any, Any]:
    """The images, and the sets by name."""
    from tfgan_suite.core.checks import require

    images = studies.load_split_images(settings)
    count = len(images.train)
    require(
        settings.num_images <= count,
        "`num_images` must not exceed the number of training images",
        num_images=settings.num_images,
        training_images=count,
    )
    chosen = np.random.default_rng(settings.seed).permutation(count)[: settings.num_images]
    return images, settings.candidates(images.train.images[chosen])


def load_spaces(settings: Settings, images: Any, folder: Any) -> dict[str, Any]:
    """Name of an embedding -> embedder: layers, other seeds, other networks, and pixels last."""
    from tfgan_suite.metrics.embedders import PixelEmbedder
    from tfgan_suite.runs.ddm.embedding_insensitivity_report import PIXELS
    from tfgan_suite.runs.experiment import embedder_for

    first, seed = settings.layers[0], settings.seed
    spaces = {layer: embedder_for(images, settings.embedder, seed, layer=layer) for layer in settings.layers}
    if settings.embedder == "classifier":
        for other in range(seed + 1, seed + settings.num_seeds):
            spaces[f"{first} of seed {other}"] = embedder_for(images, "classifier", other, layer=first)
    if settings.wide_resnet_epochs:
        network = f"WRN-{settings.wide_resnet_depth}-{settings.wide_resnet_widen_factor}"
        spaces[f"{first} of {network}"] = wide_resnet_embedder(settings, images, first, folder)
    for path in settings.other_embedders:
        spaces[f"{first} of {Path(path).name}"] = embedder_for(images, path, seed, layer=first)
    return {**spaces, PIXELS: PixelEmbedder(images.image_shape)}


def wide_resnet_embedder(settings: Settings, images: Any, layer: str, folder: Any) -> Any:
    """A classifier of another architecture, trained here; a resumed run finds it in its folder."""
    from tfgan_suite.metrics.embedders import ClassifierEmbedder, train_classifier
    from tfgan_suite.runs.experiment import told

    with told("training a wide residual network") as progress:
        trained = train_classifier(
            images.train.images,
            images.train.labels,
            test_images=images.test.images,
            test_labels=images.test.labels,
            num_classes=images.num_classes,
            data_name=images.name,
            progress=progress,
            checkpoint=folder.checkpoints / "wide_resnet.npz",
            network="wide_resnet",
            depth=settings.wide_resnet_depth,
            widen_factor=settings.wide_resnet_widen_factor,
            num_epochs=settings.wide_resnet_epochs,
            augmentation="none",
            seed=settings.seed,
        )
    return ClassifierEmbedder(trained, layer=layer)


def measure_all(images: Any, sets: Any, spaces: dict[str, Any], rows: studies.Rows) -> list[dict[str, Any]]:
    """DDM of every set in every embedding; rows of a resumed run are not computed again."""
    from tfgan_suite.metrics.functional.ddm import distribution_divergence

    for space, embedder in spaces.items():
        missing = [name for name in sets if rows.find(space, name) is None]
        if not missing:
            continue
        test = embedder.embed(images.test.images).features
        for name in missing:
            start = time.monotonic()
            ddm = distribution_divergence(test, embedder.embed(sets[name]()).features)
            rows.add({"embedding": space, "set": name, "ddm": ddm, "sec": time.monotonic() - start})
    return rows.all


def dry_run(settings: Settings, folder: Any) -> None:
    """Prints data, sets, embeddings and the time they will take; trains nothing, and writes nothing."""
    from tfgan_suite.metrics.embedders import PixelEmbedder
    from tfgan_suite.runs.dry_run import print_plan

    images, sets = load(settings)
    seeds = settings.num_seeds - 1 if settings.embedder == "classifier" else 0
    count = len(settings.layers) + seeds + bool(settings.wide_resnet_epochs) + len(settings.other_embedders) + 1
    pixels = PixelEmbedder(images.image_shape)
    num_points = settings.num_images * (1 + len(settings.noise_stddevs) + len(settings.blur_stddevs_px))
    num_points += sum(settings.num_repeated)
    _, distance_sec = studies.seconds_of(
        images.test.images, pixels, num_embedded=0, num_pairs=num_points * len(images.test) * count
    )
    network = (
        f"WRN-{settings.wide_resnet_depth}-{settings.wide_resnet_widen_factor}, {settings.wide_resnet_epochs} epochs"
    )
    print_plan(
        {
            "run folder": folder.path,
            "images": f"{len(images.train):,} to draw from, {len(images.test):,} test images {images.image_shape} of "
            f"{images.name}",
            "sets": f"{len(sets)} of {settings.num_images:,} images: {', '.join(sets)}",
            "embeddings": f"{count}: {', '.join(settings.layers)} of {settings.embedder}, {seeds} of other seeds, "
            f"{network if settings.wide_resnet_epochs else 'no wide residual network'}, "
            f"{len(settings.other_embedders)} by path, pixels",
            "images to embed": f"{(num_points + len(images.test)) * count:,}, after training what is not cached",
            "time": f"at most {distance_sec:.0f} s of distances, besides training and embedding",
        }
    )


if __name__ == "__main__":
    cli.main(run, PRESETS, __doc__, default_preset="paper")
