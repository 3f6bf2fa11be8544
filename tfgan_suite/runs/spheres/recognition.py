"""Whether a training on labelled images succeeded: by a classifier's confidence and the classes that it finds."""

import dataclasses
from typing import Any

import numpy as np

from tfgan_suite.core.checks import require, require_rank
from tfgan_suite.metrics.functional.frechet import FeatureStatistics, feature_statistics, frechet_distance


@dataclasses.dataclass(frozen=True)
class SuccessRule:
    """What generated images must be for a training to count as successful.

    The smooth-to-sharp thesis (section 5.5) tells by eye the trainings that make "recognizable" images from those that
    do not. This rule takes a classifier of the data in place of the eye.

    Args:
        min_confidence: the mean over images of the largest class probability, in [0, 1].
        min_classes: so many classes must be found,
        min_share: each in at least this share of the images.

    Raises:
        ValueError: a number out of its range.
    """

    min_confidence: float = 0.8
    min_classes: int = 8
    min_share: float = 0.02

    def __post_init__(self) -> None:
        require(0 <= self.min_confidence <= 1, "`min_confidence` must be in [0, 1]", min_confidence=self.min_confidence)
        require(self.min_classes >= 1, "`min_classes` must be at least 1", min_classes=self.min_classes)
        require(0 < self.min_share <= 1, "`min_share` must be in (0, 1]", min_share=self.min_share)

    def __str__(self) -> str:
        return (
            f"mean confidence of at least {self.min_confidence:g}, and {self.min_classes} or more classes "
            f"with at least {100 * self.min_share:g} % of the images each"
        )

    def judge(self, probs: np.ndarray) -> dict[str, float]:
        """ "confidence", "num_classes" found, and "success" (1 or 0), of class probabilities float [N, C]."""
        require_rank(2, probs=probs)
        shares = np.bincount(probs.argmax(axis=1), minlength=probs.shape[1]) / len(probs)
        confidence, num_classes = float(probs.max(axis=1).mean()), int((shares >= self.min_share).sum())
        success = confidence >= self.min_confidence and num_classes >= self.min_classes
        return {"confidence": confidence, "num_classes": num_classes, "success": float(success)}


@dataclasses.dataclass(frozen=True)
class RecognitionScores:
    """Scores for `callbacks.EvaluateModes` of images in [0, 1]: the rule's, and the Frechet distance to real images.

    Args:
        embedder: with class probabilities.
        real: statistics of the real images' features.
        rule: of success.
    """

    embedder: Any
    real: FeatureStatistics
    rule: SuccessRule

    def __call__(self, images: np.ndarray) -> dict[str, float]:
        """The scores of float [N, H, W, C] in [0, 1]."""
        embedding = self.embedder.embed(np.rint(np.clip(images, 0, 1) * 255).astype(np.uint8))
        distance = frechet_distance(feature_statistics(embedding.features), self.real)
        return {**self.rule.judge(embedding.probs), "fid": distance.total}
