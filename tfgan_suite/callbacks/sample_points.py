"""Samples of a GAN of points while it trains, kept for scatter plots."""

from pathlib import Path
from typing import Any

import numpy as np

from tfgan_suite.callbacks.every_steps import EverySteps
from tfgan_suite.core.checks import require_positive
from tfgan_suite.core.files import write_whole


class SamplePoints(EverySteps):
    """Writes `step_XXXXXXXX.npz` with `points` float32 [num_samples, D] every `every_steps` generator steps.

    What `SampleGrid` is for images: the seed is fixed, so that the same latents are seen as they are learnt.

    Args:
        folder: where the files go.
        every_steps: generator steps between two files, as of `EverySteps`.
        num_samples: points in a file.
        seed: of the latents.
    """

    def __init__(self, folder: str | Path, every_steps: int, num_samples: int = 2_500, seed: int = 0) -> None:
        super().__init__(every_steps)
        require_positive(every_steps=every_steps, num_samples=num_samples)
        self.folder = Path(folder)
        self.num_samples = num_samples
        self.seed = seed

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        super().on_train_begin(logs)
        if int(self.model.num_steps.numpy()) == 0:
            self.act(0, {})

    def act(self, step: int, logs: dict[str, Any]) -> None:
        with write_whole(self.folder / f"step_{step:08d}.npz") as temporary:
            np.savez(temporary, points=self.model.sample(self.num_samples, seed=self.seed))
