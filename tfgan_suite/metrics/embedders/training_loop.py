"""The training loop of the networks that embed images: compiled steps, epochs, checkpoints; ends if the loss is NaN."""

import abc
import dataclasses
import math
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tfgan_suite.core.cache import content_key
from tfgan_suite.core.checks import require, require_positive
from tfgan_suite.core.files import write_whole
from tfgan_suite.core.seeds import fold_in, make_seed
from tfgan_suite.layers.resizing import bilinear
from tfgan_suite.metrics.embedders.base import Progress

_CHECK_EVERY_STEPS = 50
_PREDICT_BATCH = 500


@dataclasses.dataclass(frozen=True)
class Schedule:
    """How long and how fast: steps, images per step, the learning rate at the start, the seed of batches and noise."""

    num_steps: int
    batch_size: int
    learning_rate: float
    seed: int


class TrainingLoop(abc.ABC):
    """A model on its way from the first step to the last; a subclass says what is minimised.

    Args:
        model: what is trained.
        data: arrays [N, ...] of one length; each step gets the same rows of all.
        optimizer: not yet built.
        schedule: lengths, rate and seed. A last batch that is not full is left out.
        checkpoint: a file (.npz) where the state is kept after each epoch; read at once if it exists.
        key: what a checkpoint must agree on besides, parts of a `content_key`.

    Raises:
        ValueError: the checkpoint is damaged, or of another training.
    """

    what = "network"
    weight_decay = 0.0

    def __init__(
        self,
        model: keras.Model,
        data: Sequence[np.ndarray],
        optimizer: keras.optimizers.Optimizer,
        schedule: Schedule,
        *,
        checkpoint: Path | None = None,
        key: Sequence[Any] = (),
    ) -> None:
        self.model, self.data, self.optimizer, self.schedule = model, tuple(data), optimizer, schedule
        self.checkpoint = checkpoint
        self.num_rows = len(self.data[0])
        self.steps_per_epoch = self.num_rows // schedule.batch_size
        self.optimizer.build(model.trainable_variables)
        self.step = 0
        self._train_step = tf.function(self._step)
        self._variables = [*model.variables, *self.optimizer.variables]
        if checkpoint is not None:
            self._key = content_key(*key, *self.data)
            if checkpoint.exists():
                self._load()

    @abc.abstractmethod
    def objective(self, batch: tuple[tf.Tensor, ...], seed: tf.Tensor) -> dict[str, tf.Tensor]:
        """Scalars, means over a batch: "loss", which is minimised, and what else is followed by its name.

        Args:
            batch: the same rows of all data.
            seed: int32 [2], another one in each step.
        """

    def run(self, progress: Progress | None = None, on_epoch: Callable[[dict[str, float]], None] | None = None) -> None:
        """Trains to the last step.

        Args:
            progress: called as progress(steps done, num_steps).
            on_epoch: called after each epoch, and after the last step, with "step", "epoch", and the epoch's means of
                what `objective` gives, as "train_loss" and so on.
        """
        while self.step < self.schedule.num_steps:
            means = self._epoch(progress)
            if on_epoch is not None:
                row = {"step": self.step, "epoch": self.step / self.steps_per_epoch}
                on_epoch(row | {f"train_{name}": value for name, value in means.items()})
            if self.checkpoint is not None:
                self._save()

    def _epoch(self, progress: Progress | None) -> dict[str, float]:
        """Steps to the end of the epoch or of the training; means on the way."""
        schedule, size = self.schedule, self.schedule.batch_size
        epoch, start = divmod(self.step, self.steps_per_epoch)
        order = np.random.default_rng((schedule.seed % 2**63, epoch)).permutation(self.num_rows)
        sums: dict[str, tf.Tensor] = {}
        stop = min(self.steps_per_epoch, start + schedule.num_steps - self.step)
        for index in range(start, stop):
            rows = order[index * size : (index + 1) * size]
            values = self._train_step(tuple(tf.constant(each[rows]) for each in self.data), tf.constant(self.step))
            sums = {name: sums.get(name, 0.0) + value for name, value in values.items()}
            self.step += 1
            if self.step % _CHECK_EVERY_STEPS == 0 or index == stop - 1:
                self._require_finite(float(sums["loss"]))
            if progress is not None:
                progress(self.step, schedule.num_steps)
        return {name: float(value) / (stop - start) for name, value in sums.items()}

    def _require_finite(self, losses: float) -> None:
        if not math.isfinite(losses):
            raise FloatingPointError(
                f"The loss of the {self.what} is not finite by step {self.step} of {self.schedule.num_steps} (learning "
                f"rate {self.schedule.learning_rate:g} at the start). Choose a lower `learning_rate`."
            )

    def _step(self, batch: tuple[tf.Tensor, ...], number: tf.Tensor) -> dict[str, tf.Tensor]:
        seed, variables = fold_in(make_seed(self.schedule.seed), number), self.model.trainable_variables
        with tf.GradientTape() as tape:
            values = self.objective(batch, seed)
        gradients = tape.gradient(values["loss"], variables)
        if self.weight_decay:
            gradients = [
                gradient + self.weight_decay * tf.convert_to_tensor(variable)
                for gradient, variable in zip(gradients, variables, strict=True)
            ]
        self.optimizer.apply(gradients, variables)
        return values

    def _save(self) -> None:
        arrays = {f"{index:05d}": variable.numpy() for index, variable in enumerate(self._variables)}
        with write_whole(self.checkpoint) as temporary:
            np.savez(temporary, key=self._key, step=self.step, **arrays)

    def _load(self) -> None:
        try:
            with np.load(self.checkpoint, allow_pickle=False) as stored:
                arrays = {name: stored[name] for name in stored.files}
        except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
            raise ValueError(
                f"The checkpoint {self.checkpoint} is damaged: {error}. Remove it to start anew."
            ) from error
        require(
            str(arrays.get("key")) == self._key,
            "A checkpoint can only be gone on from with the data and the options that it was begun with",
            "Remove it to start anew.",
            checkpoint=str(self.checkpoint),
        )
        for index, variable in enumerate(self._variables):
            variable.assign(arrays[f"{index:05d}"])
        self.step = int(arrays["step"])


def cosine_adam(learning_rate: float, num_steps: int) -> keras.optimizers.Optimizer:
    """Adam whose learning rate falls to 0 along a cosine."""
    return keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(learning_rate, num_steps))


def require_lengths(
    num_epochs: int | None, num_steps: int | None, batch_size: int, learning_rate: float | None
) -> None:
    """Refuses both epochs and steps, and numbers that are not above 0.

    Raises:
        ValueError: as said.
    """
    require(
        num_epochs is None or num_steps is None,
        "Only one of `num_epochs` and `num_steps` can be given",
        num_epochs=num_epochs,
        num_steps=num_steps,
    )
    given = {
        "num_epochs": num_epochs,
        "num_steps": num_steps,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
    }
    require_positive(**{name: value for name, value in given.items() if value is not None})


def fitted(model: keras.Model, images_uint8: tf.Tensor) -> tf.Tensor:
    """float32 images in 0..255 of the size that the model takes."""
    images, size = tf.cast(images_uint8, tf.float32), tuple(model.input_shape[1:3])
    return images if tuple(images.shape[1:3]) == size else bilinear(images, size)


def in_batches(function: Callable[[tf.Tensor], tf.Tensor], images_uint8: np.ndarray) -> np.ndarray:
    """What `function` gives for images [N, ...], of which it sees some hundreds at a time; [N, ...]."""
    batches = [images_uint8[start : start + _PREDICT_BATCH] for start in range(0, len(images_uint8), _PREDICT_BATCH)]
    return np.concatenate([np.asarray(function(tf.constant(batch))) for batch in batches])
