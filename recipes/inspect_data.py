"""Shows what a source of images holds, with a contact sheet, before anyone trains on it.

    python -m recipes.inspect_data digits
    python -m recipes.inspect_data my_photos/ --image-size 64 --out my_photos.png
    python -m recipes.inspect_data cifar10 --data-dir ~/tensorflow_datasets

Prints shape, splits, classes with their counts, range of values, duplicates, and the files that could not be read. The
contact sheet has a row per class: training images on the left, test images on the right.
"""

import dataclasses
import time
from pathlib import Path
from typing import Any

from tfgan_suite.core.checks import require
from tfgan_suite.runs import cli

MAX_SHOWN = 20
ALLOWED_IN_TRAINING = 0.01  # the default of `load_images`


@dataclasses.dataclass(frozen=True)
class Settings:
    """What to look at, and how to read it."""

    source: str
    """TFDS name, folder of images, .npz file, or digits (no download)."""
    data_dir: Path | None = None
    """Where TFDS data sets are; default: TFDS' own place."""
    image_size: int | None = None
    """Side length in pixels that images are brought to; default: their own."""
    channels: int | None = None
    """1 for grey, 3 for colour; default: the images' own."""
    download: bool = True
    """Whether a data set that is not on this machine may be downloaded."""
    columns: int = 10
    """Images per class and split on the contact sheet."""
    out: Path = Path("contact_sheet.png")
    """File of the contact sheet."""


def run(settings: Settings) -> None:
    """Loads the images, prints the tables and writes the contact sheet."""
    require(settings.out.suffix == ".png", "`out` must be a .png file", out=str(settings.out))

    from tfgan_suite.core.images import save_png
    from tfgan_suite.data import load_images
    from tfgan_suite.data.inspection import contact_sheet, summarize_splits

    start = time.monotonic()
    # All unreadable files are wanted here by name, however many; training is stricter.
    images = load_images(
        settings.source,
        data_dir=settings.data_dir,
        image_size=settings.image_size,
        channels=settings.channels,
        download=settings.download,
        max_corrupt_fraction=1.0,
    )
    load_sec = time.monotonic() - start
    summaries = summarize_splits(images)
    show(images, summaries, load_sec)
    save_png(settings.out, contact_sheet(images, settings.columns, MAX_SHOWN))
    print(f"Contact sheet: {settings.out}")


def show(images: Any, summaries: dict[str, Any], load_sec: float) -> None:
    """Prints the facts, the classes and what deserves attention."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(highlight=False, soft_wrap=True)
    height, width, channels = images.image_shape
    facts = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    facts.add_row("name", escape(images.name))
    facts.add_row("image", f"{height} x {width}, {'grey, 1 channel' if channels == 1 else 'colour, 3 channels'}")
    facts.add_row("resize", images.resize)
    facts.add_row("classes", str(images.num_classes or "none"))
    facts.add_row("loaded in", f"{load_sec:.1f} s")
    for name, summary in summaries.items():
        means, stddevs = (
            " ".join(f"{value:.1f}" for value in part) for part in (summary.channel_means, summary.channel_stddevs)
        )
        facts.add_row(name, f"{summary.num_images:,} images")
        facts.add_row("", f"values {summary.minimum} to {summary.maximum}; mean {means}; stddev {stddevs}")
    console.print(facts)
    if images.class_names is not None:
        console.print(class_table(images, summaries))
    for note in notes(images, summaries):
        console.print(f"Note: {escape(note)}")


def class_table(images: Any, summaries: dict[str, Any]) -> Any:
    """A table of the classes and their counts; the middle of a long one is left out."""
    from rich.markup import escape
    from rich.table import Table

    table = Table("class", "name", *summaries, box=None, padding=(0, 2, 0, 0))
    for column in table.columns[2:]:
        column.justify = "right"
    left_out = range(MAX_SHOWN - 2, images.num_classes - 1) if images.num_classes > MAX_SHOWN else range(0)
    for index, name in enumerate(images.class_names):
        if index == left_out.start and left_out:
            table.add_row("…", f"{len(left_out)} more")
        if index not in left_out:
            counts = (summary.label_counts for summary in summaries.values())
            table.add_row(str(index), escape(name), *("" if count is None else f"{count[index]:,}" for count in counts))
    return table


def notes(images: Any, summaries: dict[str, Any]) -> list[str]:
    """What deserves attention before training, a sentence each."""
    found = []
    height, width, _ = images.image_shape
    if height != width:
        found.append("the images are not square; most networks need --image-size, which crops to the centre.")
    counts = summaries["train"].label_counts
    if counts is not None and min(counts) * 10 < max(counts):
        found.append(f"the classes are uneven: from {min(counts):,} to {max(counts):,} training images.")
    for name, summary in summaries.items():
        if summary.num_duplicates:
            found.append(f"{summary.num_duplicates:,} {name} images are copies of others among them.")
    if "test" in summaries and summaries["test"].num_in_train:
        found.append(f"{summaries['test'].num_in_train:,} test images are training images as well.")
    if images.skipped:
        num_files = len(images.skipped) + sum(summary.num_images for summary in summaries.values())
        found.append(f"{len(images.skipped):,} of {num_files:,} files cannot be read:")
        found += [f"  {path}: {reason}" for path, reason in images.skipped[:MAX_SHOWN]]
        if len(images.skipped) > ALLOWED_IN_TRAINING * num_files:
            found.append(
                f"training refuses more than {ALLOWED_IN_TRAINING:.0%} of unreadable files; mend or remove them."
            )
    return found


if __name__ == "__main__":
    cli.main(run, Settings, __doc__)
