"""Measures what clusters the Gaussians of an MM-GAN make of real images while it trains."""

import time
from typing import Any

import keras
import numpy as np

from tfgan_suite.callbacks.every_steps import EverySteps
from tfgan_suite.core.checks import require, require_positive
from tfgan_suite.metrics.functional.clustering import clustering_accuracy, normalized_mutual_information
from tfgan_suite.models.cluster_classifier import (
    LabelFreeScores,
    checked_images_uint8,
    require_enough_samples,
    train_cluster_classifier,
)


class EvaluateClustering(EverySteps):
    """Every `every_steps` generator steps trains the classifier of algorithm 2, and clusters real images (SPEC C8).

    Logged, without labels: `classifier_accuracy` (on fresh generated images), `classifier_confidence`,
    `cluster_information` (all of `LabelFreeScores`), `cluster_doubt` (1 - `cluster_information`: its lowest value is
    that of the best checkpoint by the label-free rule), `smallest_cluster` and `largest_cluster` (shares of the
    images), `evaluation_sec`. With labels, which nothing is trained on, also `clustering_accuracy` (eq. 5.1) and
    `clustering_nmi` (eq. 5.2, geometric mean).

    Args:
        images: real images, uint8 [N, H, W, C], or float in [-1, 1].
        labels: int [N], their true classes, for measuring only; None: not known.
        every_steps: generator steps between two measurements, as of `EverySteps`.
        num_samples_per_cluster: M of algorithm 2.
        classifier_steps: as of `train_cluster_classifier`.
        seed: of samples and classifier; the same every time.

    Raises:
        ValueError: images of another shape, type or range, labels of another number, a number that is not above 0.

    Cost: at every measurement a classifier is trained anew, by default 300 steps: some seconds on two cores.
    """

    def __init__(
        self,
        images: np.ndarray,
        labels: np.ndarray | None,
        every_steps: int,
        *,
        num_samples_per_cluster: int = 200,
        classifier_steps: int | None = 300,
        seed: int = 0,
    ) -> None:
        super().__init__(every_steps)
        require_positive(every_steps=every_steps, num_samples_per_cluster=num_samples_per_cluster)
        self.images = checked_images_uint8(images)
        require(
            labels is None or np.shape(labels) == (len(self.images),),
            "`labels` must have one label per image",
            shape=np.shape(labels),
            num_images=len(self.images),
        )
        self.labels = labels
        self.num_samples_per_cluster = num_samples_per_cluster
        self.classifier_steps = classifier_steps
        self.seed = seed

    def set_model(self, model: keras.Model) -> None:
        """Checks that there are samples enough, before the first step."""
        super().set_model(model)
        require_enough_samples(model.prior.num_gaussians, self.num_samples_per_cluster)

    def act(self, step: int, logs: dict[str, Any]) -> None:
        logs.update(self.measure())

    def measure(self) -> dict[str, float]:
        """The scores of the model as it is."""
        start = time.monotonic()
        classifier = train_cluster_classifier(
            self.model,
            num_samples_per_cluster=self.num_samples_per_cluster,
            classifier_steps=self.classifier_steps,
            seed=self.seed,
        )
        probs = classifier.predict_proba(self.images)
        scores = clustering_scores(classifier.generated_accuracy, probs, self.labels)
        return {**scores, "evaluation_sec": time.monotonic() - start}


def clustering_scores(generated_accuracy: float, probs: np.ndarray, labels: np.ndarray | None) -> dict[str, float]:
    """The scores of `EvaluateClustering`, without its time.

    Args:
        generated_accuracy: of the classifier that assigned the images, as of `LabelFreeScores`.
        probs: their soft assignment, [N, K].
        labels: int [N], their true classes, or None.
    """
    cluster_ids, free = probs.argmax(axis=1), LabelFreeScores.of(generated_accuracy, probs)
    shares = np.bincount(cluster_ids, minlength=probs.shape[1]) / len(cluster_ids)
    scores = {
        "classifier_accuracy": free.generated_accuracy,
        "classifier_confidence": free.confidence,
        "cluster_information": free.information,
        "cluster_doubt": 1 - free.information,
        "smallest_cluster": float(shares.min()),
        "largest_cluster": float(shares.max()),
    }
    if labels is not None:
        scores["clustering_accuracy"] = clustering_accuracy(labels, cluster_ids)
        scores["clustering_nmi"] = normalized_mutual_information(labels, cluster_ids, "geometric")
    return scores
