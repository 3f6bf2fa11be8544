"""What a classifier's training loop minimises; its augmentation, optimizers, and answers."""

import dataclasses
import json
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tfgan_suite.core.checks import require
from tfgan_suite.core.seeds import fold_in
from tfgan_suite.metrics.embedders.training_loop import Schedule, TrainingLoop, cosine_adam, fitted, in_batches

WEIGHT_DECAY = {"small_cnn": 0.0, "wide_resnet": 5e-4}
PAD_PX = 4


class Loop(TrainingLoop):
    """Cross-entropy of a model from float32 images in 0..255 to logits.

    Args:
        model: the classifier.
        images: uint8 [N, H, W, C].
        labels: int32 [N].
        options: resolved `ClassifierOptions`.
        checkpoint: as `TrainingLoop`.

    Raises:
        ValueError: as `TrainingLoop`; images too small for the random crops.
    """

    what = "classifier"

    def __init__(
        self, model: keras.Model, images: np.ndarray, labels: np.ndarray, options: Any, checkpoint: Path | None
    ) -> None:
        require(
            options.augmentation == "none" or min(model.input_shape[1:3]) > PAD_PX,
            f"images must have more than {PAD_PX} pixels a side for random crops",
            "Use augmentation='none'.",
            image_shape=images.shape[1:],
        )
        self.augmentation, self.weight_decay = options.augmentation, WEIGHT_DECAY[options.network]
        schedule = Schedule(options.num_steps, options.batch_size, options.learning_rate, options.seed)
        key = (json.dumps(dataclasses.asdict(options)),)
        super().__init__(model, (images, labels), _optimizer(options), schedule, checkpoint=checkpoint, key=key)

    def objective(self, batch: tuple[tf.Tensor, tf.Tensor], seed: tf.Tensor) -> dict[str, tf.Tensor]:
        """Mean cross-entropy of augmented images, and the share of right answers."""
        images, labels = batch
        logits = self.model(augment(fitted(self.model, images), self.augmentation, seed), training=True)
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits))
        right = tf.argmax(logits, axis=1, output_type=tf.int32) == labels
        return {"loss": loss, "accuracy": tf.reduce_mean(tf.cast(right, tf.float32))}


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


def predict_logits(model: keras.Model, images_uint8: np.ndarray) -> np.ndarray:
    """float32 [N, C] of uint8 images [N, H, W, C]."""
    return in_batches(lambda batch: model(fitted(model, batch), training=False), images_uint8)


def _optimizer(options: Any) -> keras.optimizers.Optimizer:
    rate, num_steps = options.learning_rate, options.num_steps
    if options.network == "small_cnn":
        return cosine_adam(rate, num_steps)
    boundaries = [max(1, round(share * num_steps)) for share in (0.3, 0.6, 0.8)]
    rates = [rate * 0.2**index for index in range(len(boundaries) + 1)]
    schedule = keras.optimizers.schedules.PiecewiseConstantDecay(boundaries, rates)
    return keras.optimizers.SGD(schedule, momentum=0.9, nesterov=True)
