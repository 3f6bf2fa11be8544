"""Measures a ModNet on held-out images: whom it fools, by how large a change, and how sure the classifier is."""

import dataclasses
import time
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tfgan_suite.callbacks.every_steps import EverySteps
from tfgan_suite.core.checks import require, require_positive
from tfgan_suite.core.images import to_float
from tfgan_suite.core.labels import one_per_image
from tfgan_suite.models.modifying import checked_images
from tfgan_suite.networks.with_classifier import Classifier, check_classifier, classifier_of_images

ClassProbs = Callable[[np.ndarray], np.ndarray]
"""Images float32 [N, H, W, C] in [-1, 1] -> class probabilities [N, K]."""


@dataclasses.dataclass(frozen=True)
class ModificationScores:
    """What became of images that were each changed towards all other classes.

    Arrays [K, K] are by the images' label and the target label, float64; NaN where the two are one, or where there are
    no images. "Probability" and "seen" are the classifier's.

    Attributes:
        counts: int [K], images of each label.
        fooling_rates: [K, K], share of results seen as the target; higher is better.
        mean_abs_changes: [K, K], mean |result - image| over pixels in [-1, 1]; lower is better.
        rates_before: [K, K], share of images seen as the target before they were changed.
        target_probs_before, target_probs_after: [K, K], mean probability of the target.
        label_probs_before, label_probs_after: [K, K], mean probability of the image's label.
    """

    counts: np.ndarray
    fooling_rates: np.ndarray
    mean_abs_changes: np.ndarray
    rates_before: np.ndarray
    target_probs_before: np.ndarray
    target_probs_after: np.ndarray
    label_probs_before: np.ndarray
    label_probs_after: np.ndarray

    def mean(self, name: str) -> float:
        """The mean of one of the arrays [K, K] over all changed images."""
        values = getattr(self, name)
        known = ~np.isnan(values)
        weights = np.broadcast_to(self.counts[:, np.newaxis], values.shape)[known]
        return float(np.average(values[known], weights=weights))

    def lowest_fooling_rate(self) -> float:
        """That of the pair of label and target that is fooled least."""
        return float(np.nanmin(self.fooling_rates))

    def by_target(self, name: str) -> np.ndarray:
        """The mean of one of the arrays [K, K] over the images of all other classes, float64 [K]; NaN without any."""
        values = getattr(self, name)
        weights = np.where(np.isnan(values), 0, self.counts[:, np.newaxis])
        totals = weights.sum(axis=0)
        sums = (np.nan_to_num(values) * weights).sum(axis=0)
        return np.divide(sums, totals, out=np.full(len(totals), np.nan), where=totals > 0)


class EvaluateModNet(EverySteps):
    """Every `every_steps` train steps changes held-out images towards all other classes and measures what comes of it.

    Logged, means over all changed images (ModNet thesis, section 2.5.3; SPEC E2): `test_fooling_rate`,
    `test_lowest_fooling_rate` (of a pair of classes), `test_mean_abs_change`, `test_target_confidence_before`,
    `test_target_confidence_after`, `test_label_confidence_before`, `test_label_confidence_after`, `test_seen_before`
    (the share seen as the target without any change), `evaluation_sec`.

    Args:
        images: held-out images, uint8 [N, H, W, C], or float in [-1, 1].
        labels: int [N], their classes.
        every_steps: train steps between two measurements, as of `EverySteps`.
        classifier: whom the images shall fool; None: the model's own. Another one tells whether the changes carry over;
            a `keras.Model` from images in [-1, 1] to logits, or a `TrainedClassifier`.
        batch_size: images at once.

    Attributes:
        scores: the `ModificationScores` of the last measurement; None before the first.

    Raises:
        ValueError: images of another shape, type or range, labels missing, of another number or out of range, a
            classifier of other images or classes, or a number that is not above 0.

    Cost: (K - 1) N changes and as many classifications.
    """

    def __init__(
        self,
        images: np.ndarray,
        labels: np.ndarray,
        every_steps: int,
        *,
        classifier: Classifier | None = None,
        batch_size: int = 250,
    ) -> None:
        super().__init__(every_steps)
        require_positive(every_steps=every_steps, batch_size=batch_size)
        images = np.asarray(images)
        self.images = to_float(images) if images.dtype == np.uint8 else images
        self.labels = labels
        self.classifier = classifier
        self._network: keras.Model | None = None  # the classifier as one of images in [-1, 1]
        self.batch_size = batch_size
        self.scores: ModificationScores | None = None

    def set_model(self, model: keras.Model) -> None:
        """Checks images, labels and classifier against the model, before the first step."""
        super().set_model(model)
        require(hasattr(model, "modify"), "`EvaluateModNet` is for a `ModNet`", model=type(model).__name__)
        checked_images(self.images, model.generator.output_shape[1:])
        checked_labels(self.labels, len(self.images), model.num_classes)
        if self.classifier is not None:
            self._network = classifier_of_images(self.classifier, self.images.shape[1:])
            check_classifier(self._network, self.images.shape[1:], model.num_classes)

    def act(self, step: int, logs: dict[str, Any]) -> None:
        logs.update(self.measure())

    def measure(self) -> dict[str, float]:
        """The scores of the model as it is."""
        start = time.monotonic()
        class_probs = None if self._network is None else class_probs_of(self._network, self.batch_size)
        self.scores = scores = modification_scores(
            self.model, self.images, self.labels, class_probs=class_probs, batch_size=self.batch_size
        )
        return {
            "test_fooling_rate": scores.mean("fooling_rates"),
            "test_lowest_fooling_rate": scores.lowest_fooling_rate(),
            "test_mean_abs_change": scores.mean("mean_abs_changes"),
            "test_seen_before": scores.mean("rates_before"),
            "test_target_confidence_before": scores.mean("target_probs_before"),
            "test_target_confidence_after": scores.mean("target_probs_after"),
            "test_label_confidence_before": scores.mean("label_probs_before"),
            "test_label_confidence_after": scores.mean("label_probs_after"),
            "evaluation_sec": time.monotonic() - start,
        }


def modification_scores(
    modnet: Any,
    images: np.ndarray,
    labels: np.ndarray,
    *,
    class_probs: ClassProbs | None = None,
    batch_size: int = 250,
) -> ModificationScores:
    """Changes images towards all classes but their own, and measures what a classifier sees.

    Args:
        modnet: what has `modify(images, targets, batch_size)`, `class_probs` and `num_classes`: a `ModNet`.
        images: float [N, H, W, C] in [-1, 1].
        labels: int [N] in [0, K).
        class_probs: images -> probabilities [N, K]; None: the model's own.
        batch_size: images at once.

    Raises:
        ValueError: images or labels that do not fit the model, or results that are not finite.

    Cost: memory for one target's results: as many images as were given.
    """
    num_classes = modnet.num_classes
    labels = checked_labels(labels, len(images), num_classes)
    class_probs = class_probs or (lambda batch: modnet.class_probs(batch, batch_size))
    before = class_probs(images)
    counts = np.bincount(labels, minlength=num_classes)
    rows: dict[str, list[np.ndarray]] = {}
    for target in range(num_classes):
        others = labels != target
        sources, source_labels, probs = images[others], labels[others], before[others]
        if not len(sources):
            measured = {name: np.empty(0) for name in _MEASURES}
        else:
            results = modnet.modify(sources, target, batch_size)
            require(bool(np.isfinite(results).all()), "modified images must be finite to be measured", target=target)
            measured = _measures(sources, results, probs, class_probs(results), source_labels, target)
        for name, values in measured.items():
            rows.setdefault(name, []).append(_class_means(values, source_labels, num_classes))
    return ModificationScores(counts, **{name: np.stack(columns, axis=1) for name, columns in rows.items()})


_MEASURES = tuple(field.name for field in dataclasses.fields(ModificationScores) if field.name != "counts")


def _measures(
    images: np.ndarray, results: np.ndarray, before: np.ndarray, after: np.ndarray, labels: np.ndarray, target: int
) -> dict[str, np.ndarray]:
    """The fields of `ModificationScores` for each image, [N]."""
    rows = np.arange(len(labels))
    return {
        "fooling_rates": after.argmax(axis=1) == target,
        "mean_abs_changes": np.abs(results - images).mean(axis=(1, 2, 3), dtype=np.float64),
        "rates_before": before.argmax(axis=1) == target,
        "target_probs_before": before[:, target],
        "target_probs_after": after[:, target],
        "label_probs_before": before[rows, labels],
        "label_probs_after": after[rows, labels],
    }


def _class_means(values: np.ndarray, labels: np.ndarray, num_classes: int) -> np.ndarray:
    """Mean of values [N] over each label, float64 [K]; NaN for a label without values."""
    counts = np.bincount(labels, minlength=num_classes)
    sums = np.bincount(labels, weights=values, minlength=num_classes)
    return np.divide(sums, counts, out=np.full(num_classes, np.nan), where=counts > 0)


def class_probs_of(classifier: keras.Model, batch_size: int = 250) -> ClassProbs:
    """Class probabilities by a classifier of images in [-1, 1] that makes logits, a batch at a time."""

    @tf.function(reduce_retracing=True)
    def classify(images: tf.Tensor) -> tf.Tensor:
        return tf.nn.softmax(tf.cast(classifier(images, training=False), tf.float32))

    def class_probs(images: np.ndarray) -> np.ndarray:
        starts = range(0, len(images), batch_size)
        return np.concatenate([classify(tf.constant(images[i : i + batch_size])).numpy() for i in starts])

    return class_probs


def checked_labels(labels: np.ndarray | None, num_images: int, num_classes: int) -> np.ndarray:
    """int32 labels [N] in [0, K), or a `ValueError` that says what is wrong."""
    require(
        labels is not None and np.ndim(labels) == 1,
        "`labels` must have one label per image: without them no other class can be named",
        "Use labelled data.",
        labels=None if labels is None else np.shape(labels),
    )
    return one_per_image(num_images, num_classes, labels=labels)
