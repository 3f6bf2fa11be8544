"""Changes images with an exported ModNet. Needs TensorFlow, but nothing of what trained it."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np

from tfgan_suite.core.checks import require, require_positive
from tfgan_suite.core.labels import one_per_image
from tfgan_suite.core.sampler_format import find_sampler
from tfgan_suite.models.modifying import checked_images
from tfgan_suite.models.saved_modifier import MODIFIER_FORMAT


class SavedModifier:
    """An exported ModNet, with NumPy arrays in and out and checked arguments; made by `SavedModifier.load`.

    Attributes:
        path: its folder.
        card: what `card.json` holds.
        image_shape: (H, W, C).
        num_classes: number of target labels.
        class_names: one name per class, or None.
    """

    def __init__(self, path: Path, card: dict[str, Any], module: Any) -> None:
        self.path = path
        self.card = card
        self.image_shape = tuple(card["image_shape"])
        self.num_classes = int(card["num_classes"])
        self.class_names = tuple(card["class_names"]) if card["class_names"] else None
        self._module = module

    @classmethod
    def load(cls, path: str | os.PathLike) -> Self:
        """Loads a modifier.

        Args:
            path: its folder, or the folder of the run that exported it.

        Raises:
            FileNotFoundError: there is no such folder.
            ValueError: it is no modifier, or a damaged one.
        """
        folder = find_sampler(path)
        card = _read_card(folder)
        require(
            card.get("format") == MODIFIER_FORMAT,
            f"The card of a modifier must have the format {MODIFIER_FORMAT!r}",
            format=card.get("format"),
        )
        import tensorflow as tf

        try:
            return cls(folder, card, tf.saved_model.load(str(folder)))
        except (OSError, ValueError, LookupError, AttributeError, RuntimeError, tf.errors.OpError) as error:
            reason = f"{type(error).__name__}: {error}"
            message = f"The modifier in {folder} is damaged; export it again, or copy it whole. ({reason})"
            raise ValueError(message) from error

    def modify(self, images: np.ndarray, targets: int | Sequence[int], batch_size: int = 250) -> np.ndarray:
        """Changes images towards their target labels, as `ModNet.modify` of the model that was exported.

        Args:
            images: float [N, H, W, C] in [-1, 1].
            targets: one label for all, or one per image, in [0, num_classes).
            batch_size: images at once.

        Returns:
            float32 [N, H, W, C] in [-1, 1].

        Raises:
            ValueError: images of another shape, type or range, targets of another number or range, or `batch_size`
                below 1.
        """
        require_positive(batch_size=batch_size)
        images = checked_images(images, self.image_shape)
        targets = one_per_image(len(images), self.num_classes, targets=targets)
        starts = range(0, len(images), batch_size)
        batches = (slice(start, start + batch_size) for start in starts)
        return np.concatenate([self._module.modify(images[rows], targets[rows])["images"].numpy() for rows in batches])


def is_modifier(source: str | os.PathLike) -> bool:
    """Whether `source` is the folder of an exported ModNet, or of a run with one, by its card."""
    path = Path(source).expanduser()
    return any(
        (folder / "card.json").is_file() and _read_card(folder).get("format") == MODIFIER_FORMAT
        for folder in (path, path / "saved_model")
    )


def _read_card(folder: Path) -> dict[str, Any]:
    try:
        card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"The card is damaged: {folder / 'card.json'} ({error}).") from error
    return card if isinstance(card, dict) else {}
