"""Measures generated spheres while a GAN trains: diversity, quality, and what its critic estimates."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from tfgan_suite.callbacks.every_steps import EverySteps, require_finite
from tfgan_suite.core.checks import require_positive
from tfgan_suite.data.spheres import SphereSet
from tfgan_suite.metrics.functional.spheres import center_divergence, detect_centers, sphere_rmse

BATCH_SIZE = 10_000


class EvaluateSpheres(EverySteps):
    """Every `every_steps` generator steps draws `num_samples` samples and adds their scores to the logs (SPEC D2, D6).

    Logged: `center_kl` in nats (0 where detected centres are uniform), `rmse` against the true images at the detected
    centres; with `critic`, `wasserstein_distance`, the mean output of the critic on the training images less that on
    the samples; `evaluation_sec`.

    Args:
        spheres_at: number of steps made -> the spheres that the images should be then.
        every_steps: generator steps between two measurements, as of `EverySteps`.
        num_samples: samples drawn each time.
        critic: whether the discriminator is a critic whose estimate is logged.
        seed: of the samples; the same every time.
    """

    def __init__(
        self,
        spheres_at: Callable[[int], SphereSet],
        every_steps: int,
        num_samples: int = 10_000,
        critic: bool = False,
        seed: int = 0,
    ) -> None:
        super().__init__(every_steps)
        require_positive(every_steps=every_steps, num_samples=num_samples)
        self.spheres_at = spheres_at
        self.num_samples = num_samples
        self.critic = critic
        self.seed = seed

    def act(self, step: int, logs: dict[str, Any]) -> None:
        logs.update(self.measure(step))

    def measure(self, step: int) -> dict[str, float]:
        """The scores of the model as it is, against the spheres of `step`."""
        start = time.monotonic()
        spheres = self.spheres_at(step)
        images = self.model.sample(self.num_samples, seed=self.seed, batch_size=BATCH_SIZE)
        require_finite(images, seed=self.seed)
        scores = sphere_scores(spheres, images)
        if self.critic:
            real, fake = (self._mean_output(each) for each in (spheres.images, images))
            scores["wasserstein_distance"] = real - fake
        return {**scores, "evaluation_sec": time.monotonic() - start}

    def _mean_output(self, images: np.ndarray) -> float:
        blocks = [images[start : start + BATCH_SIZE] for start in range(0, len(images), BATCH_SIZE)]
        outputs = [self.model.discriminator(block, training=False).numpy() for block in blocks]
        return float(np.concatenate(outputs).mean(dtype=np.float64))


def sphere_scores(spheres: SphereSet, images: np.ndarray) -> dict[str, float]:
    """Diversity and quality of images that should be those of a set (smooth-to-sharp thesis, sections 3.2 and 3.3).

    Args:
        spheres: the set.
        images: float32 [N, H, W, 1] in [0, 1], of the set's size.

    Returns:
        "center_kl", the divergence of the detected centres' density from the uniform one in nats, and "rmse".
    """
    centers = detect_centers(images, **spheres.detection_options(images))
    return {
        "center_kl": center_divergence(centers, spheres.area, min_distance=spheres.min_distance),
        "rmse": sphere_rmse(images, centers, spheres.radius, render=spheres.render),
    }
