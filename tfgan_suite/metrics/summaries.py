"""What is kept of a set of images when it went through an embedder once: enough for every metric on features."""

import dataclasses
from collections.abc import Mapping

import numpy as np

from tfgan_suite.core.checks import require
from tfgan_suite.metrics.embedders.base import Embedder, Progress
from tfgan_suite.metrics.functional.frechet import FeatureStatistics, RunningStatistics
from tfgan_suite.metrics.reservoir import Reservoir

MAX_ROWS = 10_000
"""Feature vectors that are kept for metrics that compare all pairs."""

_CHUNK_IMAGES = 4096


@dataclasses.dataclass(frozen=True)
class Summary:
    """Of N images.

    Attributes:
        statistics: mean and covariance of all N feature vectors.
        features: float32 [min(N, max_rows), D], a uniformly random part of them; float32 [0, D] in statistics that
            were read from a file of mean and covariance alone.
        indices: int64, which images those are.
        probs: float32 [N, C] of all images, or None if they were not kept or there is no classifier.
    """

    statistics: FeatureStatistics
    features: np.ndarray
    indices: np.ndarray
    probs: np.ndarray | None = None

    @property
    def num_samples(self) -> int | None:
        """N; None if a file of statistics does not say."""
        return self.statistics.num_samples

    def arrays(self) -> dict[str, np.ndarray]:
        """As arrays for an .npz file; those of `mu` and `sigma` are read by TTUR's code too."""
        kept = {
            "mu": self.statistics.mean,
            "sigma": self.statistics.covariance,
            "features": self.features,
            "indices": self.indices,
        }
        if self.num_samples is not None:
            kept["num_samples"] = np.int64(self.num_samples)
        return kept if self.probs is None else kept | {"probs": self.probs}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "Summary":
        """The summary whose `arrays()` these are; only `mu` and `sigma` must be there.

        Raises:
            ValueError: `mu` or `sigma` is missing, not finite, or of a wrong shape.
        """
        require({"mu", "sigma"} <= set(arrays), "statistics must hold `mu` and `sigma`", found=sorted(arrays))
        mean, covariance = np.asarray(arrays["mu"], np.float64), np.asarray(arrays["sigma"], np.float64)
        require(
            mean.ndim == 1 and covariance.shape == (mean.size, mean.size),
            "`mu` must be [D] and `sigma` [D, D]",
            mu=mean.shape,
            sigma=covariance.shape,
        )
        require(bool(np.isfinite(mean).all() and np.isfinite(covariance).all()), "`mu` and `sigma` must be finite")
        count = int(arrays["num_samples"]) if "num_samples" in arrays else None
        return cls(
            FeatureStatistics(mean, covariance, count),
            arrays.get("features", np.empty((0, mean.size), np.float32)),
            arrays.get("indices", np.empty(0, np.int64)),
            arrays.get("probs"),
        )


def summarise(
    images_uint8: np.ndarray,
    embedder: Embedder,
    *,
    max_rows: int = MAX_ROWS,
    seed: int = 0,
    keep_probs: bool = False,
    batch_size: int = 128,
    progress: Progress | None = None,
) -> Summary:
    """Embeds images in one pass. Memory beyond the result is that of 4,096 feature vectors.

    Args:
        images_uint8: uint8 [N, H, W, C], N at least 2.
        embedder: any embedder.
        max_rows: feature vectors to keep.
        seed: of their choice.
        keep_probs: keep the class probabilities of all images, if the embedder is a classifier.
        batch_size: images per call of the network; does not change the result beyond rounding.
        progress: called as progress(images done, N).

    Raises:
        ValueError: fewer than two images, images that the embedder does not take, features that are not finite.
    """
    count = len(images_uint8)
    require(count >= 2, "a set to measure must have at least 2 images", num_images=count)
    running, reservoir, probs = RunningStatistics(), Reservoir(max_rows, seed), []
    for start in range(0, count, _CHUNK_IMAGES):
        report = None if progress is None else lambda done, _, start=start: progress(start + done, count)
        embedding = embedder.embed(images_uint8[start : start + _CHUNK_IMAGES], batch_size, report)
        running.update(embedding.features)
        reservoir.update(embedding.features)
        if keep_probs and embedding.probs is not None:
            probs.append(embedding.probs)
    return Summary(running.result(), reservoir.rows, reservoir.indices, np.concatenate(probs) if probs else None)
