"""What the studies of measures have in common: their data, its embedding, and their rows.

A study measures sets of images whose order is known (real ones, corrupted ones, too few of them) against test images.
Importing this module does not import TensorFlow.
"""

import dataclasses
import functools
import json
import math
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tfgan_suite.core.checks import require, require_positive
from tfgan_suite.core.files import write_text
from tfgan_suite.runs import cli

_TIMED_IMAGES = 256
_TIMED_POINTS = 1000
_NUM_SHOWN = 12

REAL = "training images"
"""Name of the set of `candidate_sets` that nothing was done to."""


@dataclasses.dataclass(frozen=True)
class StudySettings(cli.CommonSettings):
    """The options of every study."""

    dataset: str = "cifar10"
    """TFDS name, folder of images, .npz file, or digits (no download). It must have test images."""
    data_dir: Path | None = None
    """Where TFDS data sets are; default: TFDS' own place."""
    image_size: int | None = None
    """Side length in pixels that images are brought to; default: their own."""
    num_train_images: int | None = None
    """Use this many training images, drawn by the seed; default: all."""
    num_test_images: int | None = None
    """Use this many test images, drawn by the seed; default: all."""
    embedder: str = "classifier"
    """Whose features are measured: classifier (trained on the data), inception, or the path of a SavedModel or Keras
    file."""

    def check_study(self) -> None:
        """Refuses numbers that make no study, before anything is loaded."""
        require(self.seed >= 0, "`seed` must be at least 0", seed=self.seed)
        given = {"num_train_images": self.num_train_images, "num_test_images": self.num_test_images}
        require_positive(**{name: value for name, value in given.items() if value is not None})


@dataclasses.dataclass(frozen=True)
class CandidateSettings(StudySettings):
    """The options of a study of `candidate_sets`."""

    num_images: int = 5000
    """Images in each set, drawn from the training images."""
    noise_stddevs: tuple[float, ...] = (8, 16, 32, 64, 128)
    """Levels of Gaussian noise, growing, in grey levels (of 255)."""
    blur_stddevs_px: tuple[float, ...] = (0.5, 1, 1.5, 2, 3)
    """Levels of blur, growing: standard deviations in pixels."""
    num_repeated: tuple[int, ...] = (10, 100, 1000)
    """Numbers of distinct images of the sets that repeat a few, growing."""

    def check_candidates(self) -> None:
        """Refuses numbers and levels that make no sets, before anything is loaded."""
        self.check_study()
        require_growing(**self._levels())
        require(
            self.num_repeated[-1] < self.num_images,
            "`num_repeated` must be below `num_images`",
            num_repeated=self.num_repeated,
            num_images=self.num_images,
        )

    def candidates(self, images_uint8: np.ndarray) -> dict[str, Callable[[], np.ndarray]]:
        """`candidate_sets` of these images by the settings."""
        return candidate_sets(images_uint8, **self._levels(), seed=self.seed)

    def _levels(self) -> dict[str, Sequence[float]]:
        return {name: getattr(self, name) for name in ("noise_stddevs", "blur_stddevs_px", "num_repeated")}


def load_split_images(settings: StudySettings) -> Any:
    """`Images` with test images; of each split as many as the settings say.

    Raises:
        ValueError: no such data set, none with test images, or more images asked for than there are.
    """
    from tfgan_suite.data import load_images

    images = load_images(settings.dataset, data_dir=settings.data_dir, image_size=settings.image_size)
    require(
        images.test is not None,
        "a study needs test images, to which everything else is compared",
        "Use a data set with a test split, or a folder with `train` and `test`.",
        dataset=settings.dataset,
    )
    train, test = (
        split_of(split, draw(len(split), number, settings.seed, name))
        for split, number, name in (
            (images.train, settings.num_train_images, "num_train_images"),
            (images.test, settings.num_test_images, "num_test_images"),
        )
    )
    return dataclasses.replace(images, train=train, test=test)


def draw(count: int, number: int | None, seed: int, name: str) -> np.ndarray:
    """`number` different rows of `count`, ascending; all if None. `name` is the setting's, for the error.

    Raises:
        ValueError: more than there are.
    """
    if number is None:
        return np.arange(count)
    require(1 <= number <= count, f"`{name}` must be in [1, images there are]", **{name: number}, images=count)
    return np.sort(np.random.default_rng(seed).permutation(count)[:number])


def split_of(split: Any, rows: np.ndarray) -> Any:
    """These rows of a `Split`; the split itself if they are all of it."""
    if len(rows) == len(split):
        return split
    return type(split)(split.images[rows], None if split.labels is None else split.labels[rows])


def require_probs(embedder: Any) -> None:
    """Refuses an embedder without classes, of which there is no Inception score."""
    require(
        embedder.num_classes is not None,
        "the embedder must give class probabilities for the Inception score",
        "Use classifier, inception, or a network with an output named logits.",
        embedder=embedder.name,
    )


def embed_kept(images_uint8: np.ndarray, embedder: Any, what: str) -> Any:
    """`Embedding` of images that other runs need too, kept in the cache."""
    from tfgan_suite.metrics.cached import cached_embedding
    from tfgan_suite.runs.experiment import told

    with told(f"embedding {len(images_uint8):,} {what}") as progress:
        return cached_embedding(images_uint8, embedder, progress=progress)


class Rows:
    """The lines of a run's `metrics.jsonl`: one per measurement, told apart by the values of `keys`.

    Args:
        path: the file; what is in it is read.
        keys: the names whose values tell the rows apart.
    """

    def __init__(self, path: Path, *keys: str) -> None:
        self._path, self._keys = path, keys
        self.all = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []

    def find(self, *values: Any) -> dict[str, Any] | None:
        """The row whose keys have these values, or None."""
        return next((row for row in self.all if tuple(row[key] for key in self._keys) == values), None)

    def add(self, row: Mapping[str, Any]) -> None:
        """Writes one more row, and prints it."""
        self.all.append(dict(row))
        write_text(self._path, "".join(json.dumps(each) + "\n" for each in self.all))
        values = {name: f"{value:.5g}" if isinstance(value, float) else value for name, value in row.items()}
        print(", ".join(f"{name} {value}" for name, value in values.items()))


def study_protocol(images: Any, embedders: Sequence[Any], **more: Any) -> dict[str, Any]:
    """How the numbers of a study were made, for its report."""
    return {
        "dataset": images.name,
        "num_train_images": len(images.train),
        "num_test_images": len(images.test),
        "embedder": [embedder.name for embedder in embedders],
        "embedder_hash": [embedder.weights_hash for embedder in embedders],
        "resize": sorted({embedder.resize_for(images.image_shape) for embedder in embedders}),
        **more,
    }


def seconds_of(
    images_uint8: np.ndarray, embedder: Any, *, num_embedded: float, num_pairs: float
) -> tuple[float, float]:
    """Estimated seconds to embed so many images, and to compare so many pairs of features, from a small part of each.

    Args:
        images_uint8: some of the images.
        embedder: what embeds them.
        num_embedded: images to embed.
        num_pairs: distances to compute.
    """
    from tfgan_suite.metrics.functional.ddm import distribution_divergence

    few = images_uint8[:_TIMED_IMAGES]
    embedder.embed(few[:8])  # the first call of the network takes longer
    start = time.monotonic()
    features = embedder.embed(few).features
    embedding_sec = (time.monotonic() - start) / len(few) * num_embedded
    points = np.resize(features, (_TIMED_POINTS, features.shape[1]))
    start = time.monotonic()
    distribution_divergence(points, points)
    return embedding_sec, (time.monotonic() - start) / len(points) ** 2 * num_pairs


def in_words(items: Sequence[str]) -> str:
    """Of "a", "b", "c": "a, b and c"."""
    return " and ".join(filter(None, (", ".join(items[:-1]), *items[-1:])))


def require_growing(**named: Sequence[float]) -> None:
    """Refuses values that make no curve: each named sequence must be at least two growing finite numbers above 0.

    Raises:
        ValueError: they are not.
    """
    for name, values in named.items():
        finite = all(math.isfinite(value) for value in values)
        require(
            finite and len(values) >= 2 and values[0] > 0 and list(values) == sorted(set(values)),
            f"`{name}` must be at least two growing numbers above 0",
            **{name: values},
        )


def candidate_sets(
    images_uint8: np.ndarray,
    *,
    noise_stddevs: Sequence[float],
    blur_stddevs_px: Sequence[float],
    num_repeated: Sequence[int],
    seed: int,
) -> dict[str, Callable[[], np.ndarray]]:
    """Sets that are worse than the images by construction, and the images themselves; name -> how to get it.

    Gaussian noise and blur of growing level, and a few of the images only. Those are not repeated: a set in which every
    image stands equally often has the same density estimates as its distinct images.

    Args:
        images_uint8: uint8 [N, H, W, C], in random order.
        noise_stddevs: in grey levels.
        blur_stddevs_px: in pixels.
        num_repeated: numbers of distinct images, at most N.
        seed: of the noise.
    """
    from tfgan_suite.data.corruption import corrupt

    sets: dict[str, Callable[[], np.ndarray]] = {REAL: lambda: images_uint8}
    for kind, levels, unit in (("Gaussian noise", noise_stddevs, ""), ("blur", blur_stddevs_px, " px")):
        for level in levels:
            sets[f"{kind} {level:g}{unit}"] = functools.partial(corrupt, images_uint8, kind, level, seed=seed)
    for number in num_repeated:
        sets[f"{number:,} images repeated"] = functools.partial(images_uint8.__getitem__, slice(number))
    return sets


def save_row_of_images(path: Path, images_uint8: np.ndarray) -> None:
    """Writes the first images of a set, side by side."""
    from tfgan_suite.core.images import image_grid, save_png

    few = images_uint8[:_NUM_SHOWN]
    save_png(path, image_grid(few, len(few)))


def ranks(values: Sequence[float], *, higher_is_better: bool = False) -> list[int]:
    """1 for the best value, 2 for the next, and so on; equal values have the best of their ranks."""
    signed = [-value if higher_is_better else value for value in values]
    return [1 + sum(other < value for other in signed) for value in signed]
