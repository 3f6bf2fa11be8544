"""Images to measure, from what a user names: a data set or a part of it, a folder, an .npz file, a run, a sampler."""

import dataclasses
import re
from pathlib import Path

import numpy as np

from tfgan_suite.core.checks import require
from tfgan_suite.data import Images, load_images

_SLICED = re.compile(
    r"(?P<source>.+?):(?P<split>train|test)(?:\[(?P<start>\d*)(?P<percent_start>%?):(?P<stop>\d*)(?P<percent_stop>%?)\])?"
)


@dataclasses.dataclass(frozen=True)
class ImageSource:
    """Images and where they are from.

    Attributes:
        name: of the data set, folder, file or sampler.
        split: "train", "test", "train[:50%]" and so on; "samples" of a sampler.
        images: uint8 [N, H, W, C].
        labels: int32 [N] or None.
        num_classes: or None.
        resize: how the images got their size, in words.
        is_sampler: whether they were generated for the occasion.
    """

    name: str
    split: str
    images: np.ndarray
    labels: np.ndarray | None = None
    num_classes: int | None = None
    resize: str = "none"
    is_sampler: bool = False

    def __len__(self) -> int:
        return len(self.images)


def is_sampler(source: str) -> bool:
    """Whether `source` is a run folder or an exported sampler, by the files that it holds."""
    path = Path(source).expanduser()
    return any((path / name).is_file() for name in ("config.json", "saved_model.pb", "card.json"))


def sampler_image_shape(source: str) -> tuple[int, int, int]:
    """(H, W, C) of a sampler's images, from its card alone."""
    from tfgan_suite.core.sampler_format import find_sampler, read_card

    return tuple(read_card(find_sampler(Path(source).expanduser()))["image_shape"])


def draw_samples(source: str, num_images: int, seed: int = 0) -> ImageSource:
    """Images of an exported sampler or of a run's; their classes are drawn as in training.

    Raises:
        FileNotFoundError, ValueError: as `SavedSampler.load`.
    """
    from tfgan_suite.runs.saved_sampler import SavedSampler

    sampler = SavedSampler.load(Path(source).expanduser())
    latents, labels = sampler.draw_inputs(num_images, seed=seed)
    images = sampler.generate_uint8(latents, labels)
    return ImageSource(sampler.card["name"], "samples", images, labels, sampler.num_classes, is_sampler=True)


def load_source(
    source: str,
    *,
    data_dir: Path | None = None,
    image_size: int | None = None,
    channels: int | None = None,
) -> ImageSource:
    """Images of `SOURCE`, `SOURCE:train`, `SOURCE:test`, or of a part as in `mnist:train[:50%]`, `mnist:test[100:200]`.

    Args:
        source: what `load_images` takes, with or without a part; without one, its training images.
        data_dir: for TensorFlow Datasets.
        image_size: pixels a side that images are brought to; None leaves their own.
        channels: 1, 3 or None for their own.

    Raises:
        ValueError: as `load_images`; a split that is not there; an empty part.
    """
    match = None if Path(source).expanduser().exists() else _SLICED.fullmatch(source)
    images = load_images(
        match["source"] if match else source, data_dir=data_dir, image_size=image_size, channels=channels
    )
    name = match["split"] if match else "train"
    split = getattr(images, name)
    require(
        split is not None, f"{images.name} must have test images to measure them", "Use its train split.", split=name
    )
    rows = slice(0, len(split)) if match is None else _rows(match, len(split), source)
    return ImageSource(
        images.name,
        source.removeprefix(match["source"] + ":") if match else name,
        split.images[rows],
        None if split.labels is None else split.labels[rows],
        images.num_classes,
        images.resize,
    )


def _rows(match: re.Match, count: int, source: str) -> slice:
    def position(which: str, default: int) -> int:
        if not match[which]:
            return default
        number = int(match[which])
        return count * number // 100 if match[f"percent_{which}"] else number

    rows = slice(position("start", 0), min(position("stop", count), count))
    require(rows.start < rows.stop, "the part of a data set must hold images", source=source, num_images=count)
    return rows


def training_images(source: str, **options: object) -> Images:
    """All of a data set, for an embedder that is trained on it; a part in `source` is left out."""
    match = None if Path(source).expanduser().exists() else _SLICED.fullmatch(source)
    return load_images(match["source"] if match else source, **options)
