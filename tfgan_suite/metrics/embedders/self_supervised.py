"""What the embedders trained without labels share: options, the images held out, training once and reading after."""

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

from tfgan_suite.metrics.embedders.base import Progress
from tfgan_suite.metrics.embedders.trained_weights import read_or_train
from tfgan_suite.metrics.embedders.training_data import checked_images, held_out_rows, require_same_shape
from tfgan_suite.metrics.embedders.training_loop import Schedule, TrainingLoop, cosine_adam, require_lengths

_USUAL_EPOCHS = 20
_MIN_STEPS, _MAX_STEPS = 500, 2000


@dataclasses.dataclass(frozen=True)
class SelfSupervisedOptions:
    """How a network is built and trained: Adam, whose learning rate falls to 0 along a cosine.

    Attributes:
        num_filters: of the widest map.
        num_epochs: 20 unless given, but at least 500 and at most 2000 steps.
        num_steps: in place of `num_epochs`.
        batch_size: images per step.
        learning_rate: at the start.
    """

    num_filters: int = 32
    num_epochs: int | None = None
    num_steps: int | None = None
    batch_size: int = 128
    learning_rate: float = 1e-3

    def schedule(self, num_images: int, seed: int) -> Schedule:
        """For this many training images.

        Raises:
            ValueError: a number that is not above 0, or both epochs and steps.
        """
        require_lengths(self.num_epochs, self.num_steps, self.batch_size, self.learning_rate)
        batch_size = min(self.batch_size, num_images)
        num_steps = self.num_steps or (self.num_epochs or 0) * (num_images // batch_size)
        usual = int(np.clip(_USUAL_EPOCHS * num_images // batch_size, _MIN_STEPS, _MAX_STEPS))
        return Schedule(num_steps or usual, batch_size, self.learning_rate, seed)


def split_images(
    train_images: np.ndarray, test_images: np.ndarray | None, seed: int, what: str
) -> tuple[np.ndarray, np.ndarray]:
    """Images to train on and to test on; without test images every tenth training image, drawn by the seed.

    Raises:
        ValueError: not uint8 [N, H, W, C], fewer than 20 to train on, none to test on, or shapes that differ.
    """
    train_images = checked_images(train_images, what)
    if test_images is None:
        kept, out = held_out_rows(len(train_images), seed)
        return train_images[kept], train_images[out]
    test_images = checked_images(test_images, f"test of the {what}")
    require_same_shape(test_images, train_images)
    return train_images, test_images


def train_once(
    kind: str,
    loop_class: type[TrainingLoop],
    model: keras.Model,
    images: tuple[np.ndarray, np.ndarray],
    options: SelfSupervisedOptions,
    *,
    seed: int,
    measure: Callable[[keras.Model, np.ndarray], float],
    cache_dir: Path | None,
    progress: Progress | None,
) -> float:
    """Trains `model` on the first of `images`, or reads its weights from the cache; `measure` of the second."""
    train_images, test_images = images
    schedule = options.schedule(len(train_images), seed)

    def train() -> tuple[keras.Model, dict[str, float]]:
        optimizer = cosine_adam(schedule.learning_rate, schedule.num_steps)
        loop_class(model, (train_images,), optimizer, schedule).run(progress)
        return model, {"measured": measure(model, test_images)}

    facts = dataclasses.asdict(options) | dataclasses.asdict(schedule) | {"num_epochs": None}
    key = (f"{kind} 1", json.dumps(facts), train_images, test_images)
    return read_or_train(kind, key, model, train, cache_dir)["measured"]
