"""Measures a GAN while it trains: IS, FID and its two parts, and DDM, from the same samples."""

import dataclasses
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from tfgan_suite.callbacks.every_steps import EverySteps, require_finite
from tfgan_suite.core.checks import require, require_positive
from tfgan_suite.core.images import to_uint8
from tfgan_suite.metrics.embedders.base import Embedder
from tfgan_suite.metrics.functional.ddm import distribution_divergence
from tfgan_suite.metrics.functional.frechet import FeatureStatistics, RunningStatistics, frechet_distance
from tfgan_suite.metrics.functional.inception import inception_score
from tfgan_suite.metrics.functional.modes import label_mode_statistics
from tfgan_suite.metrics.protocol import Protocol

BATCH_SIZE = 1000


@dataclasses.dataclass(frozen=True)
class HeldOut:
    """Test images in an embedding, against which DDM measures samples.

    Attributes:
        embedder: images -> features; for the DDM thesis the logits of a classifier.
        features: float [T, D] of the test images, by this embedder.
    """

    embedder: Embedder
    features: np.ndarray


class Evaluate(EverySteps):
    """Every `every_steps` generator steps draws `num_samples` images and adds their scores to the logs.

    Logged: `fid`, `fid_mean_part`, `fid_covariance_part` (the document's appendix B), and `inception_score` with
    `inception_score_stddev` over the splits, if the embedder is a classifier; `evaluation_sec`. With `num_modes` also
    `num_modes` and `reverse_kl` of the classes that the embedder names, and with `held_out` also `ddm` (ModNet and DDM
    thesis, eq. 3.4, Euclidean distances, bandwidth 1).

    Args:
        embedder: images -> features and class probabilities.
        real_statistics: of the real images' features, by the same embedder.
        every_steps: generator steps between two measurements, as of `EverySteps`.
        num_samples: images drawn; at least `num_splits`.
        num_splits: of the Inception score.
        seed: of the samples; the same every time.
        progress: called as progress(done, total) while measuring.
        num_modes: the number of classes of the data, for an embedder that was trained to tell them; else None.
        held_out: test images for DDM; None leaves it out. If its embedder is another one, samples are embedded by both.

    Raises:
        ValueError: numbers that do not fit each other, or an embedder of another number of classes than `num_modes`.
    """

    def __init__(
        self,
        embedder: Embedder,
        real_statistics: FeatureStatistics,
        every_steps: int,
        num_samples: int = 10_000,
        num_splits: int = 10,
        seed: int = 0,
        progress: Callable[[int, int], None] | None = None,
        num_modes: int | None = None,
        held_out: HeldOut | None = None,
    ) -> None:
        super().__init__(every_steps)
        require_positive(every_steps=every_steps, num_splits=num_splits)
        require(
            num_samples >= max(2, num_splits),
            "`num_samples` must be at least 2 and at least `num_splits`",
            num_samples=num_samples,
            num_splits=num_splits,
        )
        require(
            num_modes is None or embedder.num_classes == num_modes,
            "To count modes the embedder must tell the classes of the data",
            "Use --embedder classifier, or a network that was trained on these classes.",
            embedder=embedder.name,
            its_classes=embedder.num_classes,
            num_modes=num_modes,
        )
        self.embedder = embedder
        self.real_statistics = real_statistics
        self.num_samples = num_samples
        self.num_splits = num_splits
        self.seed = seed
        self.progress = progress
        self.num_modes = num_modes
        self.held_out = held_out

    def protocol(self, images: Any, real_split: str) -> Protocol:
        """How the logged numbers are made, for a GAN that is trained on `images`."""
        return Protocol(
            embedder=self.embedder.name,
            embedder_hash=self.embedder.weights_hash,
            resize=self.embedder.resize_for(images.image_shape),
            real_source=images.name,
            real_split=real_split,
            num_real=self.real_statistics.num_samples,
            num_fake=self.num_samples,
            num_splits=self.num_splits,
            seed=self.seed,
            settings=() if self.held_out is None else (("ddm", self._about_ddm()),),
        )

    def _about_ddm(self) -> str:
        embedder = self.held_out.embedder
        features = "the same features" if embedder is self.embedder else embedder.name
        return f"{features}, {len(self.held_out.features):,} test images, Euclidean, bandwidth 1"

    def act(self, step: int, logs: dict[str, Any]) -> None:
        logs.update(self.measure())

    def measure(self) -> dict[str, float]:
        """The scores of the model as it is."""
        start = time.monotonic()
        statistics, probs, covering = RunningStatistics(), [], []
        batches = self.model.sample_batches(self.num_samples, seed=self.seed, batch_size=BATCH_SIZE)
        for index, images in enumerate(batches):
            require_finite(images, batch=index)
            pixels = to_uint8(images)
            embedding = self.embedder.embed(pixels)
            statistics.update(embedding.features)
            if embedding.probs is not None:
                probs.append(embedding.probs)
            if self.held_out is not None:
                same = self.held_out.embedder is self.embedder
                covering.append((embedding if same else self.held_out.embedder.embed(pixels)).features)
            if self.progress is not None:
                self.progress(statistics.num_samples, self.num_samples)
        distance = frechet_distance(self.real_statistics, statistics.result())
        scores = {
            "fid": distance.total,
            "fid_mean_part": distance.mean_part,
            "fid_covariance_part": distance.covariance_part,
        }
        if probs:
            mean, stddev = inception_score(np.concatenate(probs), self.num_splits)
            scores |= {"inception_score": mean, "inception_score_stddev": stddev}
        if self.num_modes is not None:
            modes = label_mode_statistics(np.concatenate(probs).argmax(axis=1), self.num_modes)
            scores |= {"num_modes": modes.num_modes, "reverse_kl": modes.reverse_kl}
        if self.held_out is not None:
            scores["ddm"] = distribution_divergence(self.held_out.features, np.concatenate(covering))
        return {**scores, "evaluation_sec": time.monotonic() - start}
