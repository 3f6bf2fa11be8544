"""Memorisation: the nearest training images of generated images, and of images that a ModNet changed (section 2.5.5).

    python -m recipes.memorization --preset demo
    python -m recipes.memorization --source runs/ddm_gans-paper/dcgan/trial_0 --dataset cifar10
    python -m recipes.memorization --source runs/modnet_interpret-demo --dataset digits
    python -m recipes.memorization --source generated.npz --dataset mnist

The source is a run folder, an exported sampler, an exported ModNet, a folder of images or an .npz file. Of each
generated image the nearest training image is looked up (pixels, L2), and whether generated images are nearer to the
training images than real test images are: by quantiles of the test images' distances, over all pairs, and by where the
nearest image lies among equally many training and test images. A ModNet changes training images towards every other
class; the nearest training image of each result is its own source or not, per pair of classes, beside a control: the
source with noise of the same norm.

Expected (ModNet thesis, section 2.5.5): "all of the generated images were always closest to image they were conditioned
on". Other GANs it did not test.

Departures: pixels are compared as uint8, as they would be stored. A training image that equals the source to the last
bit counts as the source. The thesis compares with nothing; test images and the control are this recipe's.
"""

import dataclasses
import json
import time
from pathlib import Path
from typing import Any

from tfgan_suite.runs import cli


@dataclasses.dataclass(frozen=True)
class Settings(cli.CommonSettings):
    """What to look at, and how many images."""

    source: str = ""
    """Run folder, exported sampler or ModNet, folder of images or .npz file."""
    dataset: str = ""
    """What it was trained on: TFDS name, folder, .npz file or digits. It must have test images."""
    data_dir: Path | None = None
    """Where TFDS data sets are; default: TFDS' own place."""
    image_size: int | None = None
    """Side length in pixels that images are brought to; default: that of the sampler or ModNet, else their own."""
    num_images: int = 10_000
    """Images of a sampler, or at most so many of a folder or file, drawn by the seed."""
    num_sources: int = 1_000
    """Training images that a ModNet changes, evenly over the classes, each towards every other class."""
    num_neighbors: int = 3
    """Nearest training images that are shown of each generated image."""


PRESETS = {
    "smoke": Settings(source="saved_models/digits", dataset="digits", num_images=40, num_sources=20),
    "demo": Settings(source="saved_models/digits", dataset="digits", num_images=2_000, num_sources=200),
    "paper": Settings(),
}

NOTES = (
    "Distances of pixels see no copy that is shifted by a pixel, and smooth or dark images are near to many: their "
    "quantiles can look like memorisation without being it. Where the nearest image lies among equally many training "
    "and test images does not depend on that, but finds a memorised image only if it is among those training images.",
    "The changed images of a ModNet are near to training images because they are made of them; for these the shares "
    "above tell how far the changes lead away, not whether anything was memorised, and have no verdict. Many are made "
    "of one source and not independent: errors are over the means of the sources.",
)


@dataclasses.dataclass(frozen=True)
class Subject:
    """What is looked at: generated images uint8 [N, H, W, C], how they came, and the changes if a ModNet made them."""

    images: Any
    generated: Any
    about: str
    changed: Any = None


def run(settings: Settings) -> None:
    """Looks up nearest training images, and writes `nearest.npz`, the numbers, the pictures and the report."""
    from tfgan_suite.core.files import write_text
    from tfgan_suite.runs.folder import RunFolder, json_values
    from tfgan_suite.runs.modnet import memorization_report as parts
    from tfgan_suite.runs.modnet import memorization_study as study

    check(settings)
    folder = RunFolder(settings.run_dir("memorization"))
    if settings.dry_run:
        dry_run(settings, folder)
        return
    with folder.claim(json_values(settings), resume=settings.resume):
        subject = load(settings)
        train, test = subject.images.train, subject.images.test
        how = {"seed": settings.seed}
        nearness = study.measure_nearness(
            subject.generated,
            train.images,
            test.images,
            num_neighbors=settings.num_neighbors,
            keep_in=folder.path / "nearest.npz",
            **how,
        )
        own = None
        if subject.changed is not None:
            keep_in = folder.path / "nearest_of_noise.npz"
            changed = subject.changed
            own = study.own_sources(changed, nearness.generated, train.images, train.labels, keep_in=keep_in, **how)
        write_text(folder.metrics, json.dumps(parts.numbers_of(nearness, own)) + "\n")
        report(settings, folder, subject, nearness, own)
    print(f"Report: {folder.report}")


def check(settings: Settings) -> None:
    """Refuses settings that make no study, before anything is loaded."""
    from tfgan_suite.core.checks import require, require_positive

    require(
        bool(settings.source and settings.dataset),
        "`source` and `dataset` must both be named",
        "Such as --source runs/NAME --dataset mnist.",
        source=settings.source,
        dataset=settings.dataset,
    )
    require_positive(
        num_images=settings.num_images, num_sources=settings.num_sources, num_neighbors=settings.num_neighbors
    )
    require(settings.seed >= 0, "`seed` must be at least 0", seed=settings.seed)


def load(settings: Settings) -> Subject:
    """The generated images and those that the generator was trained on, of one shape."""
    import numpy as np

    from tfgan_suite.runs.image_sources import draw_samples, is_sampler, load_source, sampler_image_shape
    from tfgan_suite.runs.modnet.memorization_study import change_towards_others
    from tfgan_suite.runs.modnet.saved_modifier import SavedModifier, is_modifier

    source = settings.source
    if is_modifier(source):
        modifier = SavedModifier.load(Path(source).expanduser())
        images = load_training(settings, modifier.image_shape)
        require_same_classes(images, modifier)
        changed = change_towards_others(
            modifier, images.train.images, images.train.labels, settings.num_sources, settings.seed
        )
        num_sources = len(np.unique(changed.source_indices))
        about = f"{num_sources:,} training images, each changed towards {modifier.num_classes - 1} classes by {source}"
        return Subject(images, changed.images, about, changed)
    if is_sampler(source):
        images = load_training(settings, sampler_image_shape(source))
        drawn = draw_samples(source, settings.num_images, settings.seed)
        return Subject(images, drawn.images, f"{len(drawn):,} samples of {source}")
    read = load_source(source, data_dir=settings.data_dir, image_size=settings.image_size)
    images = load_training(settings, read.images.shape[1:])
    order = np.random.default_rng(settings.seed).permutation(len(read))
    rows = np.sort(order[: settings.num_images])
    return Subject(images, read.images[rows], f"{len(rows):,} of the {len(read):,} images of {source}")


def load_training(settings: Settings, image_shape: tuple[int, ...]) -> Any:
    """The data set with training and test images, brought to the shape of the generated images.

    Raises:
        ValueError: no such data set, none with test images, too few images, or another shape.
    """
    from tfgan_suite.core.checks import require
    from tfgan_suite.data import load_images

    height, width, channels = image_shape
    size = settings.image_size or (height if height == width else None)
    images = load_images(settings.dataset, data_dir=settings.data_dir, image_size=size, channels=channels)
    require(
        images.test is not None,
        "memorisation needs test images, which tell how near new real images are",
        "Use a data set with a test split, or a folder with `train` and `test`.",
        dataset=settings.dataset,
    )
    require(
        images.image_shape == tuple(image_shape),
        "the training images must have the shape of the generated ones",
        "Give the data set that the generator was trained on, or `image_size`.",
        training_images=images.image_shape,
        generated_images=tuple(image_shape),
    )
    require(
        settings.num_neighbors <= images.num_images,
        "`num_neighbors` must not exceed the number of training images",
        num_neighbors=settings.num_neighbors,
        training_images=images.num_images,
    )
    return images


def require_same_classes(images: Any, modifier: Any) -> None:
    """Refuses a data set whose classes are not the modifier's targets."""
    from tfgan_suite.core.checks import require

    require(
        images.num_classes == modifier.num_classes,
        "a ModNet's source images need labels of its own classes",
        "Give the labelled data set that it was trained on.",
        dataset=images.name,
        classes_of_the_data=images.num_classes,
        classes_of_the_modnet=modifier.num_classes,
    )


def report(settings: Settings, folder: Any, subject: Subject, nearness: Any, own: Any) -> None:
    """Writes figures, pictures of neighbours, and `report.html`."""
    from tfgan_suite.runs.modnet import memorization_pictures as pictures
    from tfgan_suite.runs.modnet import memorization_report as parts
    from tfgan_suite.runs.reports.report import write_report

    training, changed = subject.images.train.images, subject.changed
    tables = [parts.shares_table(nearness, independent=changed is None), parts.distances_table(nearness)]
    figures = pictures.draw_figures(folder.figures, nearness)
    if changed is None:
        summary = parts.findings(nearness)
        grids = pictures.draw_neighbours(folder.figures, subject.generated, training, nearness, settings.seed)
    else:
        names = subject.images.class_names
        summary = parts.own_findings(own, changed)
        tables = [parts.own_table(own), parts.pairs_table(own, changed, names), *tables]
        figures = [pictures.draw_own(folder.figures, own, changed, names), *figures]
        grids = pictures.draw_changed(folder.figures, changed, own, nearness, training, names, settings.seed)
    write_report(
        folder.path,
        title=f"Memorisation of {subject.images.name}",
        summary=summary,
        key_numbers=parts.key_numbers(nearness, own),
        tables=tables,
        figures=[*grids, *figures],
        protocol={
            "generated images": subject.about,
            "training images": f"{len(training):,} {subject.images.image_shape} of {subject.images.name}",
            "test images": f"{len(subject.images.test):,}",
            "resize": subject.images.resize,
            "distance": "Euclidean, of all uint8 pixel values",
            "seed": settings.seed,
        },
        command=cli.command_line("recipes.memorization", settings, PRESETS),
        notes=NOTES,
    )


def dry_run(settings: Settings, folder: Any) -> None:
    """Prints the images, the distances and the time that they will take; writes nothing."""
    from tfgan_suite.metrics.functional.memorisation import nearest_training_images
    from tfgan_suite.runs.dry_run import print_plan

    subject = load(settings)
    train, test = subject.images.train.images, subject.images.test.images
    start = time.monotonic()
    few = subject.generated[:50]
    nearest_training_images(few, train)
    num_passes = len(subject.generated) * (2 if subject.changed is not None else 1) + len(test)
    seconds = (time.monotonic() - start) / len(few) * num_passes
    print_plan(
        {
            "run folder": folder.path,
            "generated images": subject.about,
            "training images": f"{len(train):,} {subject.images.image_shape} of {subject.images.name}",
            "test images": f"{len(test):,}",
            "time": f"nearest images about {seconds:.0f} s",
        }
    )


if __name__ == "__main__":
    cli.main(run, PRESETS, __doc__, default_preset="paper")
