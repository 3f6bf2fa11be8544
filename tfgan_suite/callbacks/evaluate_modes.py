"""Measures mode coverage while a GAN trains: how many modes, of which quality, how evenly."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from tfgan_suite.callbacks.every_steps import EverySteps, require_finite
from tfgan_suite.core.checks import require_positive
from tfgan_suite.metrics.functional.modes import label_mode_statistics, mode_statistics

ModeScores = Callable[[np.ndarray], dict[str, float]]


class EvaluateModes(EverySteps):
    """Every `every_steps` generator steps draws `num_samples` samples and adds their scores to the logs (SPEC B6).

    Logged: what `scores` returns, such as `num_modes`, `high_quality_fraction`, `reverse_kl`; `evaluation_sec`.

    Args:
        scores: samples -> name -> score; `point_scores(mixture)` or `label_scores(labels_of, num_modes)`.
        every_steps: generator steps between two measurements, as of `EverySteps`.
        num_samples: samples drawn each time.
        seed: of the samples; the same every time.
    """

    def __init__(self, scores: ModeScores, every_steps: int, num_samples: int = 50_000, seed: int = 0) -> None:
        super().__init__(every_steps)
        require_positive(every_steps=every_steps, num_samples=num_samples)
        self.scores = scores
        self.num_samples = num_samples
        self.seed = seed

    def act(self, step: int, logs: dict[str, Any]) -> None:
        logs.update(self.measure())

    def measure(self) -> dict[str, float]:
        """The scores of the model as it is."""
        start = time.monotonic()
        samples = self.model.sample(self.num_samples, seed=self.seed)
        require_finite(samples, seed=self.seed)
        return {**self.scores(samples), "evaluation_sec": time.monotonic() - start}


def point_scores(mixture: Any) -> ModeScores:
    """Scores of points against the mixture that they should follow: modes, share of high quality, reverse KL.

    The rule of high quality is the disk of the papers' sentence, three standard deviations; see `mode_statistics`.
    """

    def scores(points: np.ndarray) -> dict[str, float]:
        found = mode_statistics(points, mixture.centers, mixture.stddev)
        square = mode_statistics(points, mixture.centers, mixture.stddev, rule="per_coordinate")
        return {
            "num_modes": found.num_modes,
            "high_quality_fraction": found.high_quality_fraction,
            "high_quality_square": square.high_quality_fraction,
            "reverse_kl": found.reverse_kl,
        }

    return scores


def label_scores(
    labels_of: Callable[[np.ndarray], np.ndarray], num_modes: int, target_probs: np.ndarray | None = None
) -> ModeScores:
    """Scores of images by the labels that a classifier gives them: modes and reverse KL, in nats.

    Args:
        labels_of: images, float32 [N, H, W, C] in [-1, 1] -> int [N] in [0, num_modes).
        num_modes: how many modes there are.
        target_probs: float [num_modes]: the true share of each; uniform by default.
    """

    def scores(images: np.ndarray) -> dict[str, float]:
        found = label_mode_statistics(labels_of(images), num_modes, target_probs=target_probs)
        return {"num_modes": found.num_modes, "reverse_kl": found.reverse_kl}

    return scores
