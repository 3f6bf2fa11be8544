"""How near generated images are to training images, and whether changed images are nearest to their own sources."""

import dataclasses
import math
from pathlib import Path
from typing import Any

import numpy as np

from tfgan_suite.core.cache import load_or_compute
from tfgan_suite.core.checks import require
from tfgan_suite.core.images import to_float, to_uint8
from tfgan_suite.metrics.functional.memorisation import (
    NearestImages,
    TrainingPreference,
    nearest_training_images,
    training_preference,
)

BLOCK_IMAGES = 1000
NUM_BISECTIONS = 30
MAX_NOISE = 64.0
"""Factor of unit noise on [-1, 1] at which nearly every pixel is at a bound."""


@dataclasses.dataclass(frozen=True)
class Nearness:
    """How near images are to the training images, all distances in grey levels of 255.

    Attributes:
        generated: the nearest training images of each generated one.
        test: the same of each test image, the nearest one only.
        preference: for training over test images, of `num_even` each.
        num_even: images of each kind there.
    """

    generated: NearestImages
    test: NearestImages
    preference: TrainingPreference
    num_even: int


def measure_nearness(
    generated: np.ndarray, training: np.ndarray, test: np.ndarray, *, num_neighbors: int, seed: int, keep_in: Path
) -> Nearness:
    """The nearest training images of generated and of test images.

    Args:
        generated: uint8 [N, H, W, C].
        training: uint8 [M, H, W, C].
        test: uint8 [T, H, W, C], of the distribution of `training`.
        num_neighbors: training images per generated one, in [1, M].
        seed: of the training and test images among which a preference is looked for.
        keep_in: an .npz file; what is in it is not computed again.

    Raises:
        ValueError: as `nearest_training_images`.
    """
    random = np.random.default_rng((seed, 1))  # not the draw of a ModNet's sources, which would then all be among them
    num_even = min(len(training), len(test))
    even = [np.sort(random.permutation(len(each))[:num_even]) for each in (training, test)]

    def compute() -> dict[str, np.ndarray]:
        found = {
            "generated": nearest_training_images(generated, training, num_neighbors),
            "test": nearest_training_images(test, training),
            "even_training": nearest_training_images(generated, training[even[0]]),
            "even_test": nearest_training_images(generated, test[even[1]]),
        }
        return {
            f"{name}_{key}": value for name, each in found.items() for key, value in dataclasses.asdict(each).items()
        }

    arrays = load_or_compute(keep_in, compute)
    of = {
        name: NearestImages(arrays[f"{name}_indices"], arrays[f"{name}_distances"])
        for name in ("generated", "test", "even_training", "even_test")
    }
    preference = training_preference(of["even_training"], of["even_test"])
    return Nearness(of["generated"], of["test"], preference, num_even)


@dataclasses.dataclass(frozen=True)
class Changed:
    """Training images that a ModNet changed, each towards every other class.

    Attributes:
        source_indices: int64 [N], which training image each was.
        labels: int [N], its class.
        targets: int [N], the class it was changed towards.
        images: uint8 [N, H, W, C], the results.
    """

    source_indices: np.ndarray
    labels: np.ndarray
    targets: np.ndarray
    images: np.ndarray


def change_towards_others(
    modifier: Any, images: np.ndarray, labels: np.ndarray, num_sources: int, seed: int
) -> Changed:
    """Changes training images, evenly drawn from the classes, towards all classes but their own.

    Args:
        modifier: has `modify(images, targets)` and `num_classes`, K.
        images: uint8 [M, H, W, C], the training images.
        labels: int [M] in [0, K).
        num_sources: images to change, at least K; of each class floor(num_sources / K), or all that it has.
        seed: of the draw.

    Raises:
        ValueError: fewer sources than classes.
    """
    num_classes = modifier.num_classes
    require(
        num_sources >= num_classes,
        "`num_sources` must be at least the number of classes",
        num_sources=num_sources,
        num_classes=num_classes,
    )
    order = np.random.default_rng(seed).permutation(len(labels))
    per_class = num_sources // num_classes
    sources = np.concatenate([order[labels[order] == label][:per_class] for label in range(num_classes)])
    rows = np.repeat(sources, num_classes - 1)
    others = np.stack([np.delete(np.arange(num_classes), label) for label in range(num_classes)])  # [K, K - 1]
    targets = others[labels[sources]].reshape(-1)
    results = to_uint8(modifier.modify(to_float(images[rows]), targets.astype(np.int32)))
    return Changed(rows, labels[rows], targets, results)


@dataclasses.dataclass(frozen=True)
class OwnSources:
    """Whether the nearest training image of a changed image is its own source, and of a control.

    Attributes:
        own: bool [N], of the changed images; a training image equal to the source counts as the source.
        own_with_noise: bool [N], of the sources with noise of the same Euclidean norm as their change.
        other_of_target: bool [N], whether it is another training image, of the target class.
        other_of_label: bool [N], whether it is another training image, of the source's class.
        change_norms: float [N], Euclidean norms of the changes, in grey levels.
        mean_abs_changes: float [N], mean |change| of a pixel, in grey levels.
        noise_mean_abs_changes: float [N], the same of the control.
    """

    own: np.ndarray
    own_with_noise: np.ndarray
    other_of_target: np.ndarray
    other_of_label: np.ndarray
    change_norms: np.ndarray
    mean_abs_changes: np.ndarray
    noise_mean_abs_changes: np.ndarray


def own_sources(
    changed: Changed, nearest: NearestImages, training: np.ndarray, labels: np.ndarray, *, seed: int, keep_in: Path
) -> OwnSources:
    """Compares the nearest training images of changed images with what these were made of.

    Args:
        changed: N changed images.
        nearest: their nearest training images.
        training: uint8 [M, H, W, C].
        labels: int [M].
        seed: of the control's noise.
        keep_in: an .npz file; what is in it is not computed again.
    """
    originals = training[changed.source_indices]
    differences = changed.images.astype(np.int16) - originals
    norms = np.sqrt((differences.astype(np.float64) ** 2).sum(axis=(1, 2, 3)))
    noisy = noise_of_norm(originals, norms, seed)

    def compute() -> dict[str, np.ndarray]:
        return {"indices": nearest_training_images(noisy, training).indices}

    first = first_of_equal(training)
    sources = first[changed.source_indices]
    own, own_with_noise = (
        first[indices[:, 0]] == sources for indices in (nearest.indices, load_or_compute(keep_in, compute)["indices"])
    )
    nearest_labels = labels[nearest.indices[:, 0]]
    return OwnSources(
        own=own,
        own_with_noise=own_with_noise,
        other_of_target=~own & (nearest_labels == changed.targets),
        other_of_label=~own & (nearest_labels == changed.labels),
        change_norms=norms,
        mean_abs_changes=np.abs(differences).mean(axis=(1, 2, 3)),
        noise_mean_abs_changes=np.abs(noisy.astype(np.int16) - originals).mean(axis=(1, 2, 3)),
    )


def noise_of_norm(images: np.ndarray, norms: np.ndarray, seed: int) -> np.ndarray:
    """Images with Gaussian noise, so that after clipping the change has a given Euclidean norm.

    Args:
        images: uint8 [N, H, W, C].
        norms: float [N], in grey levels; what is more than the bounds allow becomes what they allow.
        seed: of the noise.

    Returns:
        uint8 [N, H, W, C]. Rounding leaves the norms within some tenths of a grey level per pixel.
    """
    random = np.random.default_rng(seed)
    blocks = (slice(start, start + BLOCK_IMAGES) for start in range(0, len(images), BLOCK_IMAGES))
    return np.concatenate([_noisy(to_float(images[block]), norms[block], random) for block in blocks])


def _noisy(images: np.ndarray, norms: np.ndarray, random: np.random.Generator) -> np.ndarray:
    noise = random.standard_normal(images.shape, np.float32)
    low, high = np.zeros(len(images)), np.full(len(images), MAX_NOISE)

    def with_noise(scales: np.ndarray) -> np.ndarray:
        return np.clip(images + scales.astype(np.float32)[:, None, None, None] * noise, -1, 1)

    for _ in range(NUM_BISECTIONS):
        middle = (low + high) / 2
        reached = np.sqrt(((with_noise(middle) - images) ** 2).sum(axis=(1, 2, 3))) * 127.5
        low, high = np.where(reached < norms, middle, low), np.where(reached < norms, high, middle)
    return to_uint8(with_noise((low + high) / 2))


def first_of_equal(images: np.ndarray) -> np.ndarray:
    """For each image the index of the first one that is equal to it, int64 [N]."""
    seen: dict[bytes, int] = {}
    return np.array([seen.setdefault(image.tobytes(), index) for index, image in enumerate(images)])


def by_pair(values: np.ndarray, changed: Changed, num_classes: int) -> np.ndarray:
    """Means of values [N] by label and target, float64 [K, K]; NaN where there are none."""
    sums, counts = np.zeros((num_classes,) * 2), np.zeros((num_classes,) * 2)
    np.add.at(sums, (changed.labels, changed.targets), np.asarray(values, np.float64))
    np.add.at(counts, (changed.labels, changed.targets), 1)
    return np.divide(sums, counts, out=np.full_like(sums, math.nan), where=counts > 0)
