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
import itertools
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tfgan_suite.runs import cli, studies


@dataclasses.dataclass(frozen=True)
class Settings(studies.StudySettings):
    """Sections 3.4.3 and 3.4.4 unless a preset says otherwise."""

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
    num_images: int = 5000
    """Images in each set, drawn from the training images."""
    noise_stddevs: tuple[float, ...] = (8, 16, 32, 64, 128)
    """Levels of Gaussian noise, growing, in grey levels (of 255)."""
    blur_stddevs_px: tuple[float, ...] = (0.5, 1, 1.5, 2, 3)
    """Levels of blur, growing: standard deviations in pixels."""
    num_repeated: tuple[int, ...] = (10, 100, 1000)
    """Numbers of distinct images of the sets that repeat a few, growing."""


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

PIXELS = "pixels"

NOTES = (
    "Spearman's correlation compares the order of all sets, also of sets that differ in kind, such as a little noise "
    "and many repetitions. There is no right order of those; two embeddings may differ in it for good reasons.",
    "A set a little narrower than the test images gets a better DDM than real images, since the density estimate is "
    "wide: slight noise and blur make a classifier less sure, and so bring its features together.",
    "All distances have the bandwidth 1 in the units of their own features, so that in a space of large distances only "
    "the nearest images count.",
)


def run(settings: Settings) -> None:
    """Measures every set in every embedding, and writes correlations, curves and report."""
    from tfgan_suite.runs.folder import RunFolder, json_values

    check(settings)
    folder = RunFolder(settings.run_dir("embedding_insensitivity"))
    if settings.dry_run:
        show_plan(settings, folder)
        return
    with folder.claim(json_values(settings), resume=settings.resume, may_change=("resume", "dry_run")):
        images, sets = load(settings)
        spaces = load_spaces(settings, images, folder)
        rows = measure_all(images, sets, spaces, studies.Rows(folder.metrics, "embedding", "set"))
        report(settings, folder, images, sets, spaces, rows)
    print(f"Report: {folder.report}")


def check(settings: Settings) -> None:
    """Refuses levels and numbers that make no study, before anything is loaded."""
    from tfgan_suite.core.checks import require, require_positive

    settings.check_study()
    require_positive(num_seeds=settings.num_seeds, num_images=settings.num_images)
    require(len(settings.layers) > 0, "`layers` must name at least one layer", layers=settings.layers)
    epochs, depth = settings.wide_resnet_epochs, settings.wide_resnet_depth
    require(epochs >= 0, "`wide_resnet_epochs` must be at least 0", wide_resnet_epochs=epochs)
    require(
        epochs == 0 or (depth >= 10 and depth % 6 == 4),
        "`wide_resnet_depth` must be 10, 16, 22, ...",
        wide_resnet_depth=depth,
    )
    studies.require_growing(
        noise_stddevs=settings.noise_stddevs,
        blur_stddevs_px=settings.blur_stddevs_px,
        num_repeated=settings.num_repeated,
    )
    require(
        settings.num_repeated[-1] < settings.num_images,
        "`num_repeated` must be below `num_images`",
        num_repeated=settings.num_repeated,
        num_images=settings.num_images,
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
    sets = studies.candidate_sets(
        images.train.images[chosen],
        noise_stddevs=settings.noise_stddevs,
        blur_stddevs_px=settings.blur_stddevs_px,
        num_repeated=settings.num_repeated,
        seed=settings.seed,
    )
    return images, sets


def load_spaces(settings: Settings, images: Any, folder: Any) -> dict[str, Any]:
    """Name of an embedding -> embedder: layers, other seeds, other networks, and pixels last."""
    from tfgan_suite.metrics.embedders import PixelEmbedder
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


def values_of(rows: list[dict[str, Any]], sets: Any, spaces: Any) -> dict[str, list[float]]:
    """Embedding -> DDM of the sets, in their order."""
    found = {(row["embedding"], row["set"]): row["ddm"] for row in rows}
    return {space: [found[space, name] for name in sets] for space in spaces}


def correlations(values: dict[str, list[float]]) -> dict[tuple[str, str], float]:
    """Spearman's rank correlation of each pair of embeddings over the sets."""
    import scipy.stats

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


def report(settings: Settings, folder: Any, images: Any, sets: Any, spaces: Any, rows: list[dict[str, Any]]) -> None:
    """Writes the curves and `report.html`."""
    from tfgan_suite.runs.report import Table, write_report

    values = values_of(rows, sets, spaces)
    pairs = correlations(values)
    both_ways = pairs | {(second, first): value for (first, second), value in pairs.items()}
    square = [[first, *(both_ways.get((first, second), 1.0) for second in spaces)] for first in spaces]
    places = {space: studies.ranks(each) for space, each in values.items()}
    columns = ("set", *spaces)
    write_report(
        folder.path,
        title=f"DDM of {settings.dataset} in {len(spaces)} embeddings",
        summary=findings(values, pairs, list(sets)),
        tables=[
            Table("Spearman's rank correlation of DDM over the sets", ("", *spaces), square),
            Table(
                "Order of the sets (1: best)",
                columns,
                [[name, *(places[space][index] for space in spaces)] for index, name in enumerate(sets)],
                note=f"{settings.num_images:,} images in each set.",
            ),
            Table(
                "DDM against the test images, nats",
                columns,
                [[name, *(values[space][index] for space in spaces)] for index, name in enumerate(sets)],
                note="Lower is better. Values of different embeddings do not compare.",
            ),
        ],
        figures=draw_figures(settings, folder, values),
        protocol=studies.study_protocol(
            images,
            list(spaces.values()),
            num_images=settings.num_images,
            distance="Euclidean, bandwidth 1",
            seed=settings.seed,
        ),
        command=cli.command_line("recipes.embedding_insensitivity", settings, PRESETS),
        notes=NOTES,
    )


def draw_figures(settings: Settings, folder: Any, values: dict[str, list[float]]) -> list[Any]:
    """For noise, blur and repetition, the scaled DDM of all embeddings against the level."""
    from tfgan_suite.runs.figures import plot_curves
    from tfgan_suite.runs.report import Picture

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


def show_plan(settings: Settings, folder: Any) -> None:
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
