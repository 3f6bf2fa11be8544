"""Grids of samples while training: one column per class, the same latents every time."""

from pathlib import Path
from typing import Any

import numpy as np

from tfgan_suite.callbacks.every_steps import EverySteps
from tfgan_suite.core.checks import require_positive
from tfgan_suite.core.images import image_grid, save_png, to_uint8


class SampleGrid(EverySteps):
    """Writes `step_XXXXXXXX.png` every `every_steps` generator steps (default: after every epoch of `fit`).

    A row holds one class for a conditional GAN (the first `max_classes` classes). The seed is fixed, so that the grids
    of a run show the same latents as they are learnt.

    Args:
        folder: where the files go.
        every_steps: generator steps between two grids; None: every epoch.
        num_columns: images per row.
        max_classes: rows at most; also the number of rows of an unconditional GAN.
        seed: of the latents.
        min_size_px: small images are enlarged by a whole factor to at least this side length.
    """

    def __init__(
        self,
        folder: str | Path,
        every_steps: int | None = None,
        num_columns: int = 10,
        max_classes: int = 10,
        seed: int = 0,
        min_size_px: int = 48,
    ) -> None:
        super().__init__(1 if every_steps is None else every_steps)  # an epoch has at least one step
        require_positive(num_columns=num_columns, max_classes=max_classes, min_size_px=min_size_px)
        self.folder = Path(folder)
        self.num_columns = num_columns
        self.max_classes = max_classes
        self.seed = seed
        self.min_size_px = min_size_px

    def act(self, step: int, logs: dict[str, Any]) -> None:
        self.write(self.folder / f"step_{step:08d}.png")

    def write(self, path: str | Path) -> None:
        """Draws the grid of the model as it is."""
        grid = class_grid(self.model, self.num_columns, self.max_classes, self.seed)
        image_size = self.model.generator.output_shape[1]
        save_png(path, grid, scale=-(-self.min_size_px // image_size))


def class_grid(gan: Any, num_columns: int, max_classes: int, seed: int) -> np.ndarray:
    """A grid of samples, uint8 [height, width, C], with one row per class (the document's figure 4.5)."""
    num_rows = min(gan.num_classes or max_classes, max_classes)
    labels = None if gan.num_classes is None else np.repeat(np.arange(num_rows), num_columns)
    return image_grid(to_uint8(gan.sample(num_rows * num_columns, labels, seed)), num_columns)
