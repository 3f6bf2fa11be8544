"""Real images, and what the generator makes that is nearest to them, while it trains."""

from pathlib import Path
from typing import Any

import keras
import numpy as np

from tfgan_suite.callbacks.every_steps import EverySteps
from tfgan_suite.core.checks import require, require_positive
from tfgan_suite.core.images import image_grid, rows_of_stages, save_png, to_uint8
from tfgan_suite.models.reconstruction import Reconstruction, reconstruct


class ReconstructionGrid(EverySteps):
    """Writes `step_XXXXXXXX.png` every `every_steps` generator steps: real images, below each its reconstruction.

    The images are the same every time, so that the pictures show what the generator learns to make and what it goes on
    omitting (Liu et al. 2020, section 4.4.1; SPEC B7). As there is no encoder yet, the search starts at the best of
    some drawn latents: `models.reconstruction.reconstruct`. The training is not changed.

    Logged: `reconstruction_distance`, the mean of |x - G(z)| over the pixels of all these images, in [0, 2].

    Args:
        images: uint8 [N, H, W, C], from which the seed draws.
        folder: where the files go.
        every_steps: generator steps between two pictures, as of `EverySteps`.
        num_images: images that are reconstructed; all if there are fewer.
        num_steps: of each search.
        num_columns: images per row.
        seed: of the choice of images and of the latents to start from.
        min_size_px: small images are enlarged by a whole factor to at least this side length.

    Raises:
        ValueError: images of another shape than the generator's, a number below 1.
    """

    def __init__(
        self,
        images: np.ndarray,
        folder: str | Path,
        every_steps: int,
        *,
        num_images: int = 20,
        num_steps: int = 100,
        num_columns: int = 10,
        seed: int = 0,
        min_size_px: int = 48,
    ) -> None:
        super().__init__(every_steps)
        require_positive(num_images=num_images, num_steps=num_steps, num_columns=num_columns, min_size_px=min_size_px)
        chosen = np.random.default_rng(seed).permutation(len(images))[:num_images]
        self.images = images[np.sort(chosen)]
        self.folder = Path(folder)
        self.num_steps = num_steps
        self.num_columns = num_columns
        self.seed = seed
        self.min_size_px = min_size_px

    def set_model(self, model: keras.Model) -> None:
        """Checks that model and images fit, before the first step."""
        super().set_model(model)
        made = tuple(model.generator.output_shape[1:])
        require(
            self.images.shape[1:] == made,
            "`images` must have the shape that the generator makes",
            images=self.images.shape[1:],
            generator=made,
        )

    def act(self, step: int, logs: dict[str, Any]) -> None:
        found = reconstruct(self.model, self.images, num_steps=self.num_steps, seed=self.seed)
        logs["reconstruction_distance"] = float(found.pixel_distance.mean())
        self._write(self.folder / f"step_{step:08d}.png", found)

    def _write(self, path: Path, found: Reconstruction) -> None:
        grid = image_grid(rows_of_stages([self.images, to_uint8(found.images)], self.num_columns), self.num_columns)
        save_png(path, grid, scale=-(-self.min_size_px // self.images.shape[1]))
