"""What `GAN.fit` is given -> the data set that `train_step` reads: one element per generator step."""

from collections.abc import Callable
from typing import Any, NamedTuple

import tensorflow as tf

from tfgan_suite.core.checks import require, require_positive


class TrainingData(NamedTuple):
    """A data set with one element per generator step.

    Attributes:
        dataset: of the elements that `train_step` reads, or of what `draw` makes them from.
        steps_per_epoch: number of steps in an epoch; None: until the data set ends.
        draw: (element of the data set, num_batches) -> what `train_step` reads, inside the training program; or None.
    """

    dataset: tf.data.Dataset
    steps_per_epoch: int | None
    draw: Callable[[Any, int], Any] | None = None

    def element_spec(self, num_batches: int) -> Any:
        """Shapes and types of what `train_step` reads."""
        if self.draw is None:
            return self.dataset.element_spec
        element = tf.nest.map_structure(lambda spec: tf.zeros(spec.shape, spec.dtype), self.dataset.element_spec)
        return tf.nest.map_structure(tf.TensorSpec.from_tensor, self.draw(element, num_batches))


def group_batches(dataset: tf.data.Dataset, num_batches: int) -> tf.data.Dataset:
    """Puts `num_batches` consecutive batches into one element: [B, ...] -> [B, num_batches, ...].

    The batch axis stays first, because `tf.distribute` splits the first axis over the replicas: each replica then gets
    its share of every batch. Batches that do not fill a last group are dropped.
    """

    if num_batches == 1:
        return dataset.map(lambda *tensors: tf.nest.map_structure(_with_second_axis, _unwrapped(tensors)))

    def batch_axis_first(*tensors: tf.Tensor) -> Any:
        return tf.nest.map_structure(_swap_first_two_axes, _unwrapped(tensors))

    return dataset.batch(num_batches, drop_remainder=True).map(batch_axis_first)


def training_data(
    x: Any, y: Any, *, batch_size: int | None, steps_per_epoch: int | None, num_batches: int, first_step: int, seed: int
) -> TrainingData:
    """Turns any source that `GAN.fit` takes into grouped batches.

    Args:
        x: `TrainingBatches` (anything with `dataset(start_batch)` and a length), `ResidentBatches` (with
            `steps(first_step)` and `draw`), a `tf.data.Dataset` of batches, or an array of images, float32
            [N, H, W, C] in [-1, 1].
        y: int labels [N] beside an array `x`; else None.
        batch_size: images per discriminator step; for arrays only, default 64.
        steps_per_epoch: generator steps per epoch; None: one pass over the data.
        num_batches: batches in an element, that is discriminator steps per generator step.
        first_step: generator steps already made; `TrainingBatches` go on with the batch after them.
        seed: for the shuffling of arrays.

    Raises:
        ValueError: arrays shorter than a batch or not of floats, labels of another length, batches of unknown size, or
            too few for one step.
    """
    if hasattr(x, "draw") and hasattr(x, "steps"):
        return TrainingData(x.steps(first_step), steps_per_epoch or max(1, len(x) // num_batches), x.draw)
    if hasattr(x, "dataset") and hasattr(x, "__len__"):
        _require_a_full_step(len(x), num_batches)
        dataset = x.dataset(start_batch=first_step * num_batches)
        return TrainingData(group_batches(dataset, num_batches), steps_per_epoch or len(x) // num_batches)
    if isinstance(x, tf.data.Dataset):
        cardinality = int(x.cardinality())
        if cardinality >= 0:
            _require_a_full_step(cardinality, num_batches)
        require(
            cardinality != tf.data.INFINITE_CARDINALITY or steps_per_epoch is not None,
            "`steps_per_epoch` must be given with an infinite data set",
            steps_per_epoch=steps_per_epoch,
        )
        sizes = [spec.shape[0] for spec in tf.nest.flatten(x.element_spec)]
        require(
            num_batches == 1 or None not in sizes,
            "The batches of the data set must all have one known size",
            "Make them by `batch(batch_size, drop_remainder=True)`.",
            batch_sizes=sizes,
        )
        return TrainingData(group_batches(x, num_batches), steps_per_epoch)
    dataset = _array_batches(x, y, 64 if batch_size is None else batch_size, seed)
    _require_a_full_step(int(dataset.cardinality()), num_batches)
    return TrainingData(group_batches(dataset, num_batches), steps_per_epoch)


def _array_batches(images: Any, labels: Any, batch_size: int, seed: int) -> tf.data.Dataset:
    dtype = tf.as_dtype(images.dtype)
    require(dtype.is_floating, "`x` must be float in [-1, 1]", "`core.images.to_float` makes it.", dtype=dtype.name)
    require_positive(batch_size=batch_size)
    require(
        batch_size <= len(images),
        "`batch_size` must be at most the number of images",
        "Lower the batch size or give more images.",
        batch_size=batch_size,
        num_images=len(images),
    )
    if labels is not None:
        require(
            len(labels) == len(images),
            "`y` must have one label per image",
            num_labels=len(labels),
            num_images=len(images),
        )
        dataset = tf.data.Dataset.from_tensor_slices((tf.cast(images, tf.float32), tf.cast(labels, tf.int32)))
    else:
        dataset = tf.data.Dataset.from_tensor_slices(tf.cast(images, tf.float32))
    return dataset.shuffle(len(images), seed=seed).batch(batch_size, drop_remainder=True)


def _require_a_full_step(num_available: int, num_batches: int) -> None:
    require(
        num_available >= num_batches,
        "An epoch must hold at least one batch per discriminator step",
        "Use a smaller batch size, more images, or fewer discriminator steps.",
        batches_per_epoch=num_available,
        num_discriminator_steps=num_batches,
    )


def _swap_first_two_axes(tensor: tf.Tensor) -> tf.Tensor:
    rest = range(2, tensor.shape.rank)
    return tf.transpose(tensor, [1, 0, *rest])  # [num_batches, B, ...] -> [B, num_batches, ...]


def _with_second_axis(tensor: tf.Tensor) -> tf.Tensor:
    return tf.expand_dims(tensor, 1)  # [B, ...] -> [B, 1, ...]


def _unwrapped(tensors: tuple[Any, ...]) -> Any:
    return tensors if len(tensors) > 1 else tensors[0]
