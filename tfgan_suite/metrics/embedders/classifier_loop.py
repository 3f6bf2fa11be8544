"""The training loop of a classifier: compiled steps, augmentation, checkpoints; ends when the loss is not finite."""

import dataclasses
import json
import math
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tfgan_suite.core.cache import content_key
from tfgan_suite.core.checks import require
from tfgan_suite.core.files import write_whole
from tfgan_suite.core.seeds import fold_in, make_seed
from tfgan_suite.metrics.embedders.resizing import bilinear

WEIGHT_DECAY = {"small_cnn": 0.0, "wide_resnet": 5e-4}
PAD_PX = 4
_CHECK_EVERY_STEPS = 50
_PREDICT_BATCH = 500


class Loop:
    """A model on its way from the first step to the last.

    Args:
        model: from float32 images in 0..255 to logits.
        images: uint8 [N, H, W, C].
        labels: int32 [N].
        options: resolved `ClassifierOptions`.
        checkpoint: where the state is kept; read at once if it exists.

    Raises:
        ValueError: the checkpoint is damaged, or of another training; images too small for the random crops.
    """

    def __init__(
        self, model: keras.Model, images: np.ndarray, labels: np.ndarray, options: Any, checkpoint: Path | None
    ) -> None:
        self.model, self.images, self.labels, self.options, self.checkpoint = model, images, labels, options, checkpoint
        require(
            options.augmentation == "none" or min(model.input_shape[1:3]) > PAD_PX,
            f"images must have more than {PAD_PX} pixels a side for random crops",
            "Use augmentation='none'.",
            image_shape=images.shape[1:],
        )
        self.steps_per_epoch = len(images) // options.batch_size
        self.optimizer = _optimizer(options)
        self.optimizer.build(model.trainable_variables)
        self.step = 0
        self._train_step = tf.function(self._step)
        self._variables = [*model.variables, *self.optimizer.variables]
        if checkpoint is not None:
            self._key = content_key(json.dumps(dataclasses.asdict(options)), images, labels)
            if checkpoint.exists():
                self._load()

    def run(
        self,
        test_images: np.ndarray,
        test_labels: np.ndarray,
        progress: Callable[[int, int], None] | None,
        on_epoch: Callable[[dict[str, float]], None] | None,
    ) -> None:
        """Trains to the last step."""
        num_steps = self.options.num_steps
        while self.step < num_steps:
            loss, accuracy = self._epoch(progress)
            if on_epoch is not None:
                right = predict_logits(self.model, test_images).argmax(axis=1) == test_labels
                on_epoch(
                    {
                        "step": self.step,
                        "epoch": self.step / self.steps_per_epoch,
                        "train_loss": loss,
                        "train_accuracy": accuracy,
                        "test_accuracy": float(right.mean()),
                    }
                )
            if self.checkpoint is not None:
                self._save()

    def _epoch(self, progress: Callable[[int, int], None] | None) -> tuple[float, float]:
        """Steps to the end of the epoch or of the training; mean loss and share of right answers on the way."""
        options, size = self.options, self.options.batch_size
        epoch, start = divmod(self.step, self.steps_per_epoch)
        order = np.random.default_rng((options.seed % 2**63, epoch)).permutation(len(self.images))
        losses, right = 0.0, 0.0
        stop = min(self.steps_per_epoch, start + options.num_steps - self.step)
        for index in range(start, stop):
            batch = order[index * size : (index + 1) * size]
            loss, num_right = self._train_step(
                tf.constant(self.images[batch]), tf.constant(self.labels[batch]), tf.constant(self.step)
            )
            losses, right = losses + loss, right + num_right
            self.step += 1
            if self.step % _CHECK_EVERY_STEPS == 0 or index == stop - 1:
                self._require_finite(float(losses))
            if progress is not None:
                progress(self.step, options.num_steps)
        done = stop - start
        return float(losses) / done, float(right) / (done * size)

    def _require_finite(self, losses: float) -> None:
        if not math.isfinite(losses):
            raise FloatingPointError(
                f"The classifier's loss is not finite by step {self.step} of {self.options.num_steps} (learning rate "
                f"{self.options.learning_rate:g} at the start). Choose a lower `learning_rate`."
            )

    def _step(self, images: tf.Tensor, labels: tf.Tensor, number: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        seed = fold_in(make_seed(self.options.seed), number)
        inputs = augment(fitted(self.model, images), self.options.augmentation, seed)
        decay, variables = WEIGHT_DECAY[self.options.network], self.model.trainable_variables
        with tf.GradientTape() as tape:
            logits = self.model(inputs, training=True)
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits))
        gradients = tape.gradient(loss, variables)
        if decay:
            gradients = [
                gradient + decay * tf.convert_to_tensor(variable)
                for gradient, variable in zip(gradients, variables, strict=True)
            ]
        self.optimizer.apply(gradients, variables)
        right = tf.reduce_sum(tf.cast(tf.argmax(logits, axis=1, output_type=tf.int32) == labels, tf.float32))
        return loss, right

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


def checkpoint_step(checkpoint: Path) -> int:
    """The step of a checkpoint; 0 if there is none, or it is damaged."""
    try:
        with np.load(checkpoint, allow_pickle=False) as stored:
            return int(stored["step"])
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile):
        return 0


def augment(images: tf.Tensor, kind: str, seed: tf.Tensor) -> tf.Tensor:
    """Random crops after mirroring four pixels outward ("crop"), and random flips from left to right ("crop_flip").

    Args:
        images: float [n, H, W, C], H and W above 4.
        kind: "none", "crop" or "crop_flip".
        seed: int32 [2]; the same seed gives the same crops.

    Returns:
        Images of the same shape.
    """
    if kind == "none":
        return images
    count, height, width = tf.shape(images)[0], images.shape[1], images.shape[2]
    padded = tf.pad(images, ((0, 0), (PAD_PX, PAD_PX), (PAD_PX, PAD_PX), (0, 0)), "REFLECT")
    offsets = tf.random.stateless_uniform((count, 2), fold_in(seed, 0), 0, 2 * PAD_PX + 1, tf.int32)
    rows, columns = offsets[:, :1] + tf.range(height), offsets[:, 1:] + tf.range(width)  # [n, H], [n, W]
    cropped = tf.gather(tf.gather(padded, rows, axis=1, batch_dims=1), columns, axis=2, batch_dims=1)
    if kind == "crop":
        return cropped
    flips = tf.random.stateless_uniform((count, 1, 1, 1), fold_in(seed, 1)) < 0.5
    return tf.where(flips, tf.reverse(cropped, [2]), cropped)


def fitted(model: keras.Model, images_uint8: tf.Tensor) -> tf.Tensor:
    """float32 images of the size that the model takes."""
    images, size = tf.cast(images_uint8, tf.float32), tuple(model.input_shape[1:3])
    return images if tuple(images.shape[1:3]) == size else bilinear(images, size)


def predict_logits(model: keras.Model, images_uint8: np.ndarray) -> np.ndarray:
    """float32 [N, C] of uint8 images [N, H, W, C]."""
    batches = [images_uint8[start : start + _PREDICT_BATCH] for start in range(0, len(images_uint8), _PREDICT_BATCH)]
    return np.concatenate([model(fitted(model, tf.constant(batch)), training=False).numpy() for batch in batches])


def _optimizer(options: Any) -> keras.optimizers.Optimizer:
    rate, num_steps = options.learning_rate, options.num_steps
    if options.network == "small_cnn":
        return keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(rate, num_steps))
    boundaries = [max(1, round(share * num_steps)) for share in (0.3, 0.6, 0.8)]
    rates = [rate * 0.2**index for index in range(len(boundaries) + 1)]
    schedule = keras.optimizers.schedules.PiecewiseConstantDecay(boundaries, rates)
    return keras.optimizers.SGD(schedule, momentum=0.9, nesterov=True)
