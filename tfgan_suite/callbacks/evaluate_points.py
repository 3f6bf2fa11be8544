"""Measures a GAN of points against the mixture that it learns: likelihood, coverage, and what its labels mean."""

import time
from typing import Any

import numpy as np
import scipy.spatial

from tfgan_suite.callbacks.evaluate_modes import EvaluateModes, point_scores
from tfgan_suite.callbacks.every_steps import require_finite
from tfgan_suite.metrics.functional.clustering import normalized_mutual_information
from tfgan_suite.models.sampling import image_batches, sample_inputs

BATCH_SIZE = 1000


class EvaluatePoints(EvaluateModes):
    """As `EvaluateModes` of points, with their likelihood, and of labelled points also the meaning of the labels.

    Logged beside `num_modes`, `high_quality_fraction`, `high_quality_square` and `reverse_kl`:

    - `negative_log_likelihood`: the mean of -log p(x) over the generated points, p the true mixture, in nats (MM-GAN
      thesis, figure 4.3). True points have the mixture's entropy; points that all lie on one centre have less, so it
      needs `reverse_kl` beside it.
    - `within_mode_stddev`: as of the function of that name; true points have nearly the mixture's, a class that makes
      one point 0, which neither likelihood nor `reverse_kl` tell.
    - `label_nmi`, where the GAN has labels: the normalised mutual information (geometric mean, as in the thesis) of a
      point's label and its nearest true mode. The label is the class, or the Gaussian of an `MMGAN`.

    Args:
        mixture: `data.GaussianMixture`, what the points should follow.
        every_steps, num_samples, seed: as of `EvaluateModes`.

    Raises:
        ValueError: as `EvaluateModes`.
    """

    def __init__(self, mixture: Any, every_steps: int, num_samples: int = 5_000, seed: int = 0) -> None:
        super().__init__(point_scores(mixture), every_steps, num_samples, seed)
        self.mixture = mixture

    def measure(self) -> dict[str, float]:
        """The scores of the model as it is."""
        start = time.monotonic()
        latents, labels = sample_inputs(self.model, self.num_samples, None, self.seed)
        points = np.concatenate(list(image_batches(self.model, (latents, labels), BATCH_SIZE)))
        require_finite(points, seed=self.seed)
        scores = {
            **self.scores(points),
            "negative_log_likelihood": -float(self.mixture.log_density(points).mean()),
            "within_mode_stddev": within_mode_stddev(points, self.mixture),
        }
        if labels is not None:
            scores["label_nmi"] = label_nmi(points, labels.numpy(), self.mixture)
        return {**scores, "evaluation_sec": time.monotonic() - start}


def within_mode_stddev(points: np.ndarray, mixture: Any) -> float:
    """Standard deviation of a coordinate of points [N, D] about the mean of those that share their nearest centre.

    Root of the mean over points and coordinates, at least 0; neither direction is better, the value of true points is.
    Where components overlap that is below the mixture's `stddev`, since the nearest centre cuts their tails off.
    Cost: O(N K D).
    """
    nearest = _nearest(points, mixture)
    means = np.stack([points[nearest == mode].mean(axis=0) for mode in np.unique(nearest)])
    offsets = points - means[np.unique(nearest, return_inverse=True)[1]]
    return float(np.sqrt(np.square(offsets, dtype=np.float64).mean()))


def label_nmi(points: np.ndarray, labels: np.ndarray, mixture: Any) -> float:
    """Normalised mutual information (geometric mean) of labels, int [N], and the nearest centres of points [N, D].

    In [0, 1], higher is better; 1 where each label is all of one mode. Points of a mixture whose components overlap
    have less with their own components as labels. Cost: O(N K D).
    """
    return normalized_mutual_information(labels, _nearest(points, mixture), "geometric")


def _nearest(points: np.ndarray, mixture: Any) -> np.ndarray:
    """The index of the nearest centre of each point, int [N]."""
    return scipy.spatial.distance.cdist(points, mixture.centers).argmin(axis=1)
