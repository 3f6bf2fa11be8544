"""Measures quality against diversity while a GAN trains, over the sigmas of its latents' covariances."""

import json
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tfgan_suite.callbacks.every_steps import EverySteps, require_finite
from tfgan_suite.core.checks import require, require_positive
from tfgan_suite.core.files import write_text
from tfgan_suite.core.images import to_uint8
from tfgan_suite.metrics.embedders.base import Embedder
from tfgan_suite.metrics.functional.ms_ssim import scales_for
from tfgan_suite.metrics.functional.quality_diversity import reference_log_alpha
from tfgan_suite.metrics.tradeoff import SIGMAS, Tradeoff, measure_tradeoff

BATCH_SIZE = 1000
LOGGED = ("quality", "diversity", "combined")


class EvaluateTradeoff(EverySteps):
    """Every `every_steps` generator steps measures quality and diversity at each sigma (MM-GAN thesis, section 4.3).

    Logged, at sigma 1: `quality_score`, `diversity_score`, `combined_score`; `tradeoff_sec`. The whole sweep goes to
    `folder`, one file `step_XXXXXXXX.json` per measurement: its step, the embedder, and what `Tradeoff.to_dict` has.

    Args:
        embedder: a classifier trained on the data.
        reference_features: float [M, D] of the training images, by the same embedder.
        every_steps: generator steps between two measurements, as of `EverySteps`.
        sigmas: factors of the covariances, above 0, 1 among them.
        num_samples: images drawn at each sigma; at least 2, and at least `num_splits`.
        folder: where the files go, such as `tradeoff/` in the run's folder.
        num_splits: of the Inception score.
        seed: of the samples; the same every time and at every sigma.
        progress: called as progress(sigmas done, number of sigmas) while measuring.

    Raises:
        ValueError: sigmas without 1, numbers out of their range, an embedder that is no classifier; when training
            begins, a prior that is not made of Gaussians, or images too small for MS-SSIM; as `measure_tradeoff`.

    Cost: that of `measure_tradeoff` for each measurement, minutes with the thesis' 16 sigmas and 1,000 images.
    """

    def __init__(
        self,
        embedder: Embedder,
        reference_features: np.ndarray,
        every_steps: int,
        sigmas: Sequence[float] = SIGMAS,
        num_samples: int = 1_000,
        *,
        folder: str | os.PathLike,
        num_splits: int = 10,
        seed: int = 0,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        super().__init__(every_steps)
        require_positive(every_steps=every_steps, num_splits=num_splits)
        require(1.0 in tuple(sigmas), "`sigmas` must hold 1, whose scores are logged", sigmas=tuple(sigmas))
        require(
            num_samples >= max(2, num_splits),
            "`num_samples` must be at least 2 and at least `num_splits`",
            num_samples=num_samples,
            num_splits=num_splits,
        )
        require(embedder.num_classes is not None, "`embedder` must be a classifier", embedder=embedder.name)
        self.embedder = embedder
        self.reference_features = reference_features
        self.log_alpha = reference_log_alpha(reference_features)
        self.sigmas = tuple(sigmas)
        self.num_samples = num_samples
        self.folder = Path(folder)
        self.num_splits = num_splits
        self.seed = seed
        self.progress = progress

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        super().on_train_begin(logs)
        require(
            getattr(self.model.prior, "gaussian", False),
            "The model's prior must be made of Gaussians: others have no covariance to scale",
            'Build the model with prior="normal", or a `GaussianMixturePrior`.',
            prior=type(self.model.prior).__name__,
        )
        scales_for(*self.model.generator.output_shape[1:3])  # refuses images that MS-SSIM cannot compare

    def act(self, step: int, logs: dict[str, Any]) -> None:
        start = time.monotonic()
        found = self.measure()
        about = {"step": step, "embedder": self.embedder.name, "embedder_hash": self.embedder.weights_hash}
        write_text(self.folder / f"step_{step:08d}.json", json.dumps({**about, **found.to_dict()}, indent=1) + "\n")
        scores = found.at(1.0)
        logs.update({f"{name}_score": scores[name] for name in LOGGED})
        logs["tradeoff_sec"] = time.monotonic() - start

    def measure(self) -> Tradeoff:
        """The sweep of the model as it is."""
        return measure_tradeoff(
            self._draw,
            self.embedder,
            self.reference_features,
            self.sigmas,
            log_alpha=self.log_alpha,
            num_splits=self.num_splits,
            progress=self.progress,
        )

    def _draw(self, sigma: float) -> np.ndarray:
        images = self.model.sample(self.num_samples, seed=self.seed, batch_size=BATCH_SIZE, sigma=sigma)
        require_finite(images, sigma=sigma)
        return to_uint8(images)
