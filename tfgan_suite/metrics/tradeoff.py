"""Quality against diversity of a generator whose latents are drawn with covariances times sigma."""

import dataclasses
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tfgan_suite.core.checks import require
from tfgan_suite.metrics.embedders.base import Embedder, Embedding, Progress
from tfgan_suite.metrics.functional.inception import inception_score
from tfgan_suite.metrics.functional.quality_diversity import (
    combined_score,
    diversity_score,
    inter_class_diversity,
    intra_class_diversity,
    quality_scores,
    reference_log_alpha,
)

SIGMAS = tuple(tenths / 10 for tenths in range(5, 21))
"""0.5, 0.6, ... 2.0: those of the thesis."""


@dataclasses.dataclass(frozen=True, eq=False)
class Tradeoff:
    """Scores at each sigma, float64 [S] each; higher is better.

    Attributes:
        sigmas: factors of the prior's covariances.
        quality: q, the mean of eq. 3.2, in [0, 1].
        intra_class: eq. 3.4, in [0, 1].
        inter_class: eq. 3.5, in [0, 1].
        diversity: eq. 3.6, in [0, 1].
        combined: eq. 3.7, in [0, 1].
        inception_score: mean over splits, in [1, classes].
        num_images: drawn at each sigma.
        num_references: training images that quality looks at.
        log_alpha: logarithm of alpha of eq. 3.2.
    """

    sigmas: np.ndarray
    quality: np.ndarray
    intra_class: np.ndarray
    inter_class: np.ndarray
    diversity: np.ndarray
    combined: np.ndarray
    inception_score: np.ndarray
    num_images: int
    num_references: int
    log_alpha: float

    def at(self, sigma: float) -> dict[str, float]:
        """Score -> value at one of `sigmas`.

        Raises:
            ValueError: a sigma that was not measured.
        """
        places = np.flatnonzero(self.sigmas == sigma)
        require(len(places) == 1, "`sigma` must be one of those measured", sigma=sigma, sigmas=self.sigmas.tolist())
        arrays = {name: value for name, value in vars(self).items() if isinstance(value, np.ndarray)}
        return {name: float(value[places[0]]) for name, value in arrays.items() if name != "sigmas"}

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON values."""
        return {
            name: value.tolist() if isinstance(value, np.ndarray) else value
            for name, value in dataclasses.asdict(self).items()
        }


def measure_tradeoff(
    draw: Callable[[float], np.ndarray],
    embedder: Embedder,
    reference_features: np.ndarray,
    sigmas: Sequence[float] = SIGMAS,
    *,
    log_alpha: float | None = None,
    num_splits: int = 10,
    progress: Progress | None = None,
) -> Tradeoff:
    """Measures quality, diversity and Inception score of a generator at each sigma.

    MM-GAN thesis, section 4.3, figures 4.5 (eq. 3.2 to 3.7) and 3.1 (IS); SPEC C7.

    Args:
        draw: sigma -> uint8 images [N, H, W, C], N at least 2; of the same noise at each sigma, so that only sigma
            makes the difference.
        embedder: a classifier trained on the data that the generator learnt: its features give quality, its
            probabilities diversity between classes.
        reference_features: float [M, D] of the training images, by the same embedder.
        sigmas: above 0, each once.
        log_alpha: of the quality; None: `reference_log_alpha(reference_features)`.
        num_splits: of the Inception score, in [1, N].
        progress: called as progress(sigmas done, S).

    Returns:
        Tradeoff, with the scores in the order of `sigmas`.

    Raises:
        ValueError: no sigmas, one that is not above 0 and finite, one twice; an embedder without class probabilities;
            images as `Embedder.embed` and `intra_class_diversity` refuse them; features that do not fit.

    Direction: higher is better.
    Cost: at each sigma that of embedding, of `intra_class_diversity` (half a minute on a core for 1,000 images of
    32 x 32 x 3) and of N M distances. Memory: the images of one sigma.
    Known failings: those of `quality_diversity`. Embedders, alphas and numbers of images that differ do not compare.
    """
    sigmas = np.asarray(sigmas, np.float64)
    require(
        sigmas.ndim == 1 and len(sigmas) > 0 and bool((np.isfinite(sigmas) & (sigmas > 0)).all()),
        "`sigmas` must hold numbers above 0, at least one",
        sigmas=sigmas.tolist(),
    )
    require(len(np.unique(sigmas)) == len(sigmas), "`sigmas` must hold each number once", sigmas=sigmas.tolist())
    require(
        embedder.num_classes is not None,
        "The embedder must be a classifier, for the diversity between classes",
        "Use --embedder classifier, or the path of a network that tells the classes of the data.",
        embedder=embedder.name,
    )
    if log_alpha is None:
        log_alpha = reference_log_alpha(reference_features)
    require(math.isfinite(log_alpha), "`log_alpha` must be finite", log_alpha=log_alpha)
    rows, counts = [], set()
    for done, sigma in enumerate(sigmas.tolist(), start=1):
        images = draw(sigma)
        embedding = embedder.embed(images)
        scores = _scores(images, embedding, reference_features, log_alpha)
        rows.append({**scores, "inception_score": inception_score(embedding.probs, num_splits)[0]})
        counts.add(len(images))
        if progress is not None:
            progress(done, len(sigmas))
    require(len(counts) == 1, "`draw` must return as many images at each sigma", counts=sorted(counts))
    columns = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    return Tradeoff(
        sigmas, **columns, num_images=counts.pop(), num_references=len(reference_features), log_alpha=float(log_alpha)
    )


def _scores(
    images: np.ndarray, embedding: Embedding, reference_features: np.ndarray, log_alpha: float
) -> dict[str, float]:
    """Eq. 3.3 to 3.7 of one set of images."""
    quality = float(quality_scores(embedding.features, reference_features, log_alpha=log_alpha).mean())
    intra_class, inter_class = intra_class_diversity(images), inter_class_diversity(embedding.probs)
    diversity = diversity_score(intra_class, inter_class)
    return {
        "quality": quality,
        "intra_class": intra_class,
        "inter_class": inter_class,
        "diversity": diversity,
        "combined": combined_score(quality, diversity),
    }
