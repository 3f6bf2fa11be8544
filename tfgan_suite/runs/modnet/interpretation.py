"""What a ModNet does to a classifier on held-out images, beside trivial changes of the same size (SPEC E2)."""

import dataclasses
import functools
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tfgan_suite.callbacks.evaluate_modnet import ClassProbs, ModificationScores, class_probs_of, modification_scores
from tfgan_suite.core.checks import require
from tfgan_suite.core.files import write_text
from tfgan_suite.core.images import to_float
from tfgan_suite.layers.frozen import Frozen
from tfgan_suite.models.trivial_modifiers import GradientSign, class_mean_images, towards_class_mean
from tfgan_suite.networks.with_classifier import classifier_of_images
from tfgan_suite.runs.modnet.draws import stratified_rows

MODNET = "ModNet"
TOWARDS_MEAN = "towards the target class's mean image"
GRADIENT_SIGN = "gradient-sign attack, one step"
MEAN_ITSELF = "the target class's mean image in its place"
SIZE_FACTORS = (0.5, 1.0, 1.5, 2.0, 3.0)
"""Multiples of ModNet's change, image by image, at which the baselines are followed."""

Modify = Callable[[np.ndarray, int, int], np.ndarray]
"""(images float32 [N, H, W, C], target, batch size) -> results, of the images' shape."""


class Modifier:
    """What `modification_scores` measures, in place of a ModNet; it remembers how large the changes were.

    Args:
        num_classes: K.
        modify: makes the results.

    Attributes:
        sizes: target -> mean |result - image| of each image of the other classes, [N] in their order.
        maps: target -> mean |result - image| of each pixel over these images and the channels, [H, W].
    """

    def __init__(self, num_classes: int, modify: Modify) -> None:
        self.num_classes, self._modify = num_classes, modify
        self.sizes: dict[int, np.ndarray] = {}
        self.maps: dict[int, np.ndarray] = {}

    def modify(self, images: np.ndarray, target: int, batch_size: int) -> np.ndarray:
        """Changes images towards a target."""
        results = self._modify(images, target, batch_size)
        changes = np.abs(results - images)
        self.sizes[target] = changes.mean(axis=(1, 2, 3), dtype=np.float64)
        self.maps[target] = changes.mean(axis=(0, 3), dtype=np.float64)
        return results


@dataclasses.dataclass(frozen=True)
class Interpretation:
    """What came of test images that were each changed towards all other classes.

    Attributes:
        scores: by way of changing, `MODNET` first: all test images, each changed by as much as ModNet changed it, but
            for `MEAN_ITSELF`.
        maps: [K, H, W], mean |result - image| of ModNet, pixel by pixel, by target.
        by_size: way -> rows (mean |result - image|, fooling rate) of some of the test images: one for `MODNET`,
            for the others at `SIZE_FACTORS` of ModNet's change.
        accuracy: share of the unchanged test images that the classifier puts in their class.
        own_fooling_rate: by the ModNet's own classifier, of the same few; None where that is the same one.
        num_few: how many these are.
    """

    scores: Mapping[str, ModificationScores]
    maps: np.ndarray
    by_size: Mapping[str, list[tuple[float, float]]]
    accuracy: float
    own_fooling_rate: float | None
    num_few: int

    def write(self, path: Path) -> None:
        """Writes all numbers but the maps as JSON; NaN, where there is no pair, as null."""
        values = {
            "accuracy": self.accuracy,
            "own_fooling_rate": self.own_fooling_rate,
            "by_size": self.by_size,
            "scores": {name: _plain(scores) for name, scores in self.scores.items()},
        }
        write_text(path, json.dumps(values) + "\n")


def few_test_images(settings: Any, images: Any) -> np.ndarray:
    """Rows of as many test images as the recipe measures on the way, drawn by its seed evenly over the classes."""
    labels = images.test.labels
    return stratified_rows(labels, min(settings.num_measured_images, len(labels)), settings.seed)


def interpret(modnet: Any, images: Any, classifier: Any, few: np.ndarray) -> Interpretation:
    """Changes the test images by the ModNet and by the trivial ways, and asks the classifier.

    Args:
        modnet: trained.
        images: `Images` with labels and test images.
        classifier: the judge, a `TrainedClassifier` or a `keras.Model` from images in [-1, 1].
        few: rows of the test images for the curves over the size of the change.

    Cost: about (K - 1) (4 N + 11 F) classifications and (K - 1) (N + 5 F) gradients of the classifier, for N test
        images and F in `few`.
    """
    network = classifier_of_images(classifier, images.image_shape)
    probs = class_probs_of(network)
    test, labels = to_float(images.test.images), images.test.labels
    means = class_mean_images(images.train.images, images.train.labels, images.num_classes)
    attack = GradientSign(network)
    recorded = Modifier(images.num_classes, modnet.modify)
    scores = {MODNET: modification_scores(recorded, test, labels, class_probs=probs)}
    ways = _ways(means, attack)

    def measured(way: str, rows: np.ndarray | slice, factor: float) -> ModificationScores:
        return _of_size(ways[way], recorded, test, labels, rows, factor, probs)

    scores |= {way: measured(way, slice(None), 1.0) for way in ways}
    itself = Modifier(images.num_classes, lambda sources, target, _: np.broadcast_to(means[target], sources.shape))
    scores[MEAN_ITSELF] = modification_scores(itself, test, labels, class_probs=probs)
    of_few = modification_scores(modnet, test[few], labels[few], class_probs=probs)
    by_size = {MODNET: [_size_and_rate(of_few)]}
    by_size |= {way: [_size_and_rate(measured(way, few, factor)) for factor in SIZE_FACTORS] for way in ways}
    return Interpretation(
        scores=scores,
        maps=np.stack([recorded.maps[target] for target in range(images.num_classes)]),
        by_size=by_size,
        accuracy=float((probs(test).argmax(axis=1) == labels).mean()),
        own_fooling_rate=None
        if modnet.has_frozen_classifier
        else modification_scores(modnet, test[few], labels[few]).mean("fooling_rates"),
        num_few=len(few),
    )


def _ways(means: np.ndarray, attack: GradientSign) -> dict[str, Callable[..., np.ndarray]]:
    """Name -> (images, target, sizes [N], batch size) -> results."""
    return {
        TOWARDS_MEAN: lambda images, target, sizes, batch_size: towards_class_mean(images, target, means, sizes),
        GRADIENT_SIGN: lambda images, target, sizes, batch_size: attack(images, target, sizes, batch_size),
    }


def _of_size(
    way: Callable[..., np.ndarray],
    recorded: Modifier,
    images: np.ndarray,
    labels: np.ndarray,
    rows: np.ndarray | slice,
    factor: float,
    probs: ClassProbs,
) -> ModificationScores:
    """Scores of a way that changes each of these rows by `factor` times what was recorded for it."""
    sizes = {}
    for target, known in recorded.sizes.items():
        of_all = np.full(len(images), np.nan)
        of_all[labels != target] = known
        sizes[target] = factor * of_all[rows][labels[rows] != target]
    modifier = Modifier(
        recorded.num_classes, lambda sources, target, batch_size: way(sources, target, sizes[target], batch_size)
    )
    return modification_scores(modifier, images[rows], labels[rows], class_probs=probs)


def _size_and_rate(scores: ModificationScores) -> tuple[float, float]:
    return scores.mean("mean_abs_changes"), scores.mean("fooling_rates")


def _plain(scores: ModificationScores) -> dict[str, Any]:
    arrays = {name: getattr(scores, name) for name in scores.__dataclass_fields__}
    return {
        name: np.where(np.isnan(values), None, values.astype(object)).tolist() if values.ndim == 2 else values.tolist()
        for name, values in arrays.items()
    }


def classifier_is_as_given(modnet: Any, classifier: Any) -> bool:
    """Whether the frozen classifier inside of a ModNet has the weights of the given one, bit for bit.

    Raises:
        ValueError: there is no frozen classifier in it.
    """
    frozen = [layer.network for layer in modnet.discriminator.layers if isinstance(layer, Frozen)]
    require(len(frozen) == 1, "`modnet` must have a frozen classifier", frozen=len(frozen))
    given = classifier_of_images(classifier, modnet.generator.output_shape[1:])
    pairs = zip(frozen[0].get_weights(), given.get_weights(), strict=True)
    return all(np.array_equal(inside, weight) for inside, weight in pairs)


@dataclasses.dataclass(frozen=True)
class Examples:
    """Images of all classes, each changed towards all classes: fields [N] in the order label, image, target.

    Attributes:
        sources, results: float32 [N, H, W, C] in [-1, 1].
        labels, targets: int [N]; where they are one, the result is the source.
        target_probs: [N], the classifier's probability of the target after the change.
        images: int [N], which image of its class it is, from 0.
    """

    sources: np.ndarray
    results: np.ndarray
    labels: np.ndarray
    targets: np.ndarray
    target_probs: np.ndarray
    images: np.ndarray

    @functools.cached_property
    def sizes(self) -> np.ndarray:
        """Mean |result - source| of each, [N]."""
        return np.abs(self.results - self.sources).mean(axis=(1, 2, 3))

    def take(self, rows: np.ndarray) -> "Examples":
        """These rows."""
        return Examples(**{field.name: getattr(self, field.name)[rows] for field in dataclasses.fields(self)})


def changed_examples(modnet: Any, images: Any, classifier: Any, num_classes: int, per_class: int) -> Examples:
    """The first test images of the first classes that the classifier is right about, changed towards these classes.

    A class of which it gets none right is shown by its first images all the same; one without test images is left out.
    """
    probs = class_probs_of(classifier_of_images(classifier, images.image_shape))
    labels = images.test.labels
    seen = probs(to_float(images.test.images)).argmax(axis=1)
    rows, numbers = [], []
    for label in range(num_classes):
        of_class = np.flatnonzero(labels == label)
        right = of_class[seen[of_class] == label]
        chosen = (right if len(right) else of_class)[:per_class]
        rows.extend(chosen)
        numbers.extend(range(len(chosen)))
    sources = np.repeat(to_float(images.test.images[rows]), num_classes, axis=0)
    targets = np.tile(np.arange(num_classes), len(rows))
    own = np.repeat(labels[rows], num_classes)
    results = np.where((own == targets)[:, None, None, None], sources, modnet.modify(sources, targets))
    target_probs = probs(results)[np.arange(len(results)), targets]
    return Examples(sources, results, own, targets, target_probs, np.repeat(numbers, num_classes))
