"""Draws images from an exported sampler. Needs TensorFlow, but none of the project's training code."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np

from tfgan_suite.core.checks import require, require_positive
from tfgan_suite.core.labels import one_per_image, require_known
from tfgan_suite.core.sampler_format import find_sampler, read_card


class SavedSampler:
    """An exported sampler, with NumPy arrays in and out and checked arguments; made by `SavedSampler.load`.

    Attributes:
        path: its folder.
        card: what `card.json` holds.
        image_shape: (H, W, C).
        latent_dim: length of a latent.
        num_classes: number of labels; None if unconditional.
        class_names: one name per class, or None.
    """

    def __init__(self, path: Path, card: dict[str, Any], module: Any) -> None:
        self.path = path
        self.card = card
        self.image_shape = tuple(card["image_shape"])
        self.latent_dim = card["latent_dim"]
        self.num_classes = card["num_classes"]
        self.class_names = tuple(card["class_names"]) if card["class_names"] else None
        self._module = module

    @classmethod
    def load(cls, path: str | os.PathLike) -> Self:
        """Loads a sampler.

        Args:
            path: folder of the sampler, or a run folder.

        Raises:
            FileNotFoundError: there is no such folder.
            ValueError: it is no sampler, or a damaged one.
        """
        folder = find_sampler(path)
        card = read_card(folder)
        import tensorflow as tf

        try:
            return cls(folder, card, tf.saved_model.load(str(folder)))
        except (OSError, ValueError, LookupError, AttributeError, RuntimeError, tf.errors.OpError) as error:
            reason = f"{type(error).__name__}: {error}"
            message = f"The sampler in {folder} is damaged; export it again, or copy it whole. ({reason})"
            raise ValueError(message) from error

    def draw_inputs(
        self, num_images: int, labels: int | Sequence[int] | None = None, seed: int = 0, sigma: float = 1.0
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Latents float32 [num_images, latent_dim] and labels int32 [num_images]; arguments as in `sample`."""
        require_positive(num_images=num_images, sigma=sigma)
        rows = None if labels is None else self._label_rows(num_images, labels)
        draw, scale = self._module.draw_inputs, {}
        if sigma != 1:
            draw, scale = self._function("draw_inputs_sigma", "a prior made of Gaussians"), {"sigma": float(sigma)}
        drawn = draw(num_images=num_images, seed=_int64(seed), **scale)
        if rows is None and self.num_classes is not None:
            rows = drawn["labels"].numpy()
        return drawn["latents"].numpy(), rows

    def sample(
        self,
        num_images: int,
        labels: int | Sequence[int] | None = None,
        seed: int = 0,
        batch_size: int = 250,
        sigma: float = 1.0,
    ) -> np.ndarray:
        """Draws the images that `GAN.sample` draws of the GAN that was exported.

        Args:
            num_images: how many, at least 1. Image i does not depend on it.
            labels: one class for all, one per image, or None: drawn as in training.
            seed: any integer.
            batch_size: images made at once.
            sigma: a factor of the prior's covariances, above 0.

        Returns:
            float32 [num_images, H, W, C] in [-1, 1].

        Raises:
            ValueError: `num_images` or `batch_size` below 1, a label out of range, labels for an unconditional sampler,
                a `sigma` out of range or for a prior that is not made of Gaussians.
        """
        drawn = self.draw_inputs(num_images, labels, seed, sigma)
        return self._in_batches(self._module.generate, *drawn, batch_size)

    def sample_uint8(
        self,
        num_images: int,
        labels: int | Sequence[int] | None = None,
        seed: int = 0,
        batch_size: int = 250,
        sigma: float = 1.0,
    ) -> np.ndarray:
        """As `sample`, with pixels uint8 in 0..255."""
        drawn = self.draw_inputs(num_images, labels, seed, sigma)
        return self._in_batches(self._module.generate_uint8, *drawn, batch_size)

    def sample_gaussian(
        self, gaussians: Sequence[int] | np.ndarray, seed: int = 0, batch_size: int = 250, sigma: float = 1.0
    ) -> np.ndarray:
        """Draws an image from each of the prior's Gaussians that are named.

        Args:
            gaussians: indices [n] in [0, K).
            seed, batch_size, sigma: as of `sample`.

        Returns:
            float32 [n, H, W, C] in [-1, 1].

        Raises:
            ValueError: the prior is no mixture of Gaussians, an index out of range, or as `sample`.
        """
        require_positive(sigma=sigma)
        draw = self._function("draw_inputs_gaussian", "a prior that is a mixture of Gaussians")
        rows = np.asarray(gaussians)
        require(
            rows.ndim == 1 and len(rows) > 0 and np.issubdtype(rows.dtype, np.integer),
            "`gaussians` must be one whole number per image",
            shape=rows.shape,
            dtype=str(rows.dtype),
        )
        require_known(gaussians=rows, num_gaussians=self.card["num_gaussians"])
        drawn = draw(gaussians=rows.astype(np.int32), seed=_int64(seed), sigma=float(sigma))
        labels = drawn["labels"].numpy() if "labels" in drawn else None
        return self._in_batches(self._module.generate, drawn["latents"].numpy(), labels, batch_size)

    def generate(self, latents: np.ndarray, labels: Any = None, batch_size: int = 250) -> np.ndarray:
        """Images of given latents.

        Args:
            latents: float [n, latent_dim].
            labels: one class for all or one per latent; None exactly if the sampler is unconditional.
            batch_size: images made at once.

        Returns:
            float32 [n, H, W, C] in [-1, 1].

        Raises:
            ValueError: latents of another shape, labels missing or as in `sample`.
        """
        return self._in_batches(self._module.generate, *self._checked_inputs(latents, labels), batch_size)

    def generate_uint8(self, latents: np.ndarray, labels: Any = None, batch_size: int = 250) -> np.ndarray:
        """As `generate`, with pixels uint8 in 0..255."""
        return self._in_batches(self._module.generate_uint8, *self._checked_inputs(latents, labels), batch_size)

    def interpolate(self, seed: int, end_seed: int, num_steps: int, label: int | None = None) -> np.ndarray:
        """Images on the way from image 0 of `seed` to image 0 of `end_seed`, at equal steps of the latent.

        Along the sphere for a normal prior, else straight (`card["interpolation"]`).

        Args:
            seed: where to start.
            end_seed: where to end.
            num_steps: images, at least 2, both ends included.
            label: class of all images; None exactly if the sampler is unconditional.

        Returns:
            float32 [num_steps, H, W, C] in [-1, 1].

        Raises:
            ValueError: `num_steps` below 2, a label missing, out of range, or given to an unconditional sampler.
        """
        require(num_steps >= 2, "`num_steps` must be at least 2", num_steps=num_steps)
        require(
            label is not None or self.num_classes is None, "`label` must be given to a conditional sampler", label=label
        )
        given = {} if label is None else {"label": int(self._label_rows(1, label)[0])}
        seeds = {"seed": _int64(seed), "end_seed": _int64(end_seed)}
        return self._module.interpolate(**seeds, num_steps=num_steps, **given)["images"].numpy()

    def _checked_inputs(self, latents: Any, labels: Any) -> tuple[np.ndarray, np.ndarray | None]:
        latents = np.asarray(latents, np.float32)
        require(
            latents.ndim == 2 and latents.shape[1] == self.latent_dim and len(latents) > 0,
            f"`latents` must have the shape [n, {self.latent_dim}], n at least 1",
            shape=latents.shape,
        )
        require(
            labels is not None or self.num_classes is None,
            "`labels` must be given to a conditional sampler",
            labels=labels,
        )
        return latents, None if labels is None else self._label_rows(len(latents), labels)

    def _label_rows(self, num_images: int, labels: Any) -> np.ndarray:
        require(
            self.num_classes is not None,
            "This sampler has no classes, so labels must not be given",
            "Leave them out.",
            labels=labels if np.size(labels) <= 10 else f"{np.size(labels)} labels",
        )
        return one_per_image(num_images, self.num_classes, labels=labels)

    def _function(self, name: str, need: str) -> Callable:
        require(
            name in self.card["functions"],
            f"This needs a sampler with {need}",
            "One that an older version exported is to be exported again.",
            prior=self.card["prior"],
            function=name,
        )
        return getattr(self._module, name)

    @staticmethod
    def _in_batches(function: Callable, latents: np.ndarray, labels: np.ndarray | None, batch_size: int) -> np.ndarray:
        require_positive(batch_size=batch_size)
        inputs = {"latents": latents} if labels is None else {"latents": latents, "labels": labels}
        parts = [
            {name: values[start : start + batch_size] for name, values in inputs.items()}
            for start in range(0, len(latents), batch_size)
        ]
        return np.concatenate([function(**part)["images"].numpy() for part in parts])


def _int64(seed: int) -> int:
    """The seed as `core.seeds.make_seed` reads a Python integer of any size, within int64."""
    return int(seed) % 2**63
