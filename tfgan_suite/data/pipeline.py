"""Training batches as a pure function of (seed, batch number), which is what makes an exact resume possible."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from tfgan_suite.core.checks import require, require_positive, require_rank
from tfgan_suite.core.images import to_float
from tfgan_suite.core.labels import require_known
from tfgan_suite.core.seeds import fold_in, make_seed
from tfgan_suite.data.smoothing import Smoothing


class TrainingBatches:
    """Shuffled batches of one resident tensor of images or points.

    Each epoch goes through the examples in an order of its own and drops the remainder that does not fill a batch. They
    are held once, however many data sets are made of them. Usually made by `Images.training_batches` or
    `Points.training_batches`.

    Args:
        examples: tensor on the CPU: uint8 images [N, H, W, C], or float32 [N, ...], such as points [N, D].
        labels: ints [N] in [0, num_classes), or None.
        num_classes: number of classes; None without labels.
        batch_size: examples per batch, at most N.
        seed: decides the order of the examples.
        smoothing: makes images smooth or sharp by a schedule; None leaves them as they are.
        with_example_ids: give each example's position in `examples` instead of its label.

    Attributes:
        num_examples: N.
        with_example_ids: as given.

    Raises:
        ValueError: `examples` of another type or rank, `batch_size` not in [1, N], labels of a wrong shape, type or
            range, smoothing of what are no images or have another range of values.
    """

    def __init__(
        self,
        examples: tf.Tensor,
        labels: np.ndarray | None = None,
        num_classes: int | None = None,
        *,
        batch_size: int,
        seed: int = 0,
        smoothing: Smoothing | None = None,
        with_example_ids: bool = False,
    ) -> None:
        check_examples(examples, smoothing)
        self.num_examples = int(examples.shape[0])
        require_positive(batch_size=batch_size)
        require(
            batch_size <= self.num_examples,
            "`batch_size` must be at most the number of images or points",
            "Lower the batch size or give more of them.",
            batch_size=batch_size,
            num_examples=self.num_examples,
        )
        self.batch_size = batch_size
        self.num_classes = num_classes
        self._examples = examples
        with tf.device("CPU:0"):  # the input pipeline runs there
            self._seed = make_seed(seed)
        self._smoothing = smoothing
        self.with_example_ids = with_example_ids
        self._label_table = None
        if labels is not None:
            labels = check_labels(labels, self.num_examples, num_classes)
            # A table and not a variable: in a strategy's scope a variable would be mirrored onto the accelerators,
            # where the input pipeline, which runs on the CPU, cannot read it.
            self._label_table = tf.lookup.experimental.MutableHashTable(tf.int64, tf.int32, default_value=-1)
            self._set_labels(labels)

    def __len__(self) -> int:
        """Batches in an epoch."""
        return self.num_examples // self.batch_size

    @property
    def label_counts(self) -> np.ndarray | None:
        """Examples with each label, int64 [num_classes]; None without labels."""
        if self._label_table is None:
            return None
        return np.bincount(self._label_table.export()[1].numpy(), minlength=self.num_classes)

    def __iter__(self) -> Iterator[Any]:
        """One epoch, from batch 0 on."""
        return iter(self.dataset().take(len(self)))

    def dataset(self, start_batch: int = 0) -> tf.data.Dataset:
        """The endless sequence of batches from number `start_batch` on; every call gives the same sequence.

        Returns:
            Data set of examples without labels; of (examples, labels int32 [B]) with labels; of (examples, example ids
            int32 [B]) if those were asked for. Images are float32 [B, H, W, C] in [-1, 1]; float32 examples come as
            they are, [B, ...].

        Raises:
            ValueError: `start_batch` below 0.
        """
        require(start_batch >= 0, "`start_batch` must be at least 0", start_batch=start_batch)
        start_epoch, start_in_epoch = divmod(start_batch, len(self))

        def batches_of_epoch(epoch: tf.Tensor, order: tf.Tensor) -> tf.data.Dataset:
            start = tf.where(epoch == start_epoch, tf.constant(start_in_epoch, tf.int64), 0)
            return tf.data.Dataset.range(start, len(self)).map(lambda number: self._ids(epoch, number, order))

        epochs = tf.data.Dataset.range(start_epoch, tf.int64.max).map(self._order).prefetch(1)
        batches = epochs.flat_map(batches_of_epoch)
        # Two at a time hides the gathering behind training; more would only hold more batches with labels of old.
        batches = batches.map(self._batch, num_parallel_calls=2, deterministic=True).prefetch(2)
        options = tf.data.Options()
        # Every worker of a cluster makes the same batches and keeps its own part of each.
        options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
        return batches.apply(tf.data.experimental.assert_cardinality(tf.data.INFINITE_CARDINALITY)).with_options(
            options
        )

    def relabel(self, labels: np.ndarray) -> None:
        """Changes the labels of all examples, for data sets that were made before as well; nothing is rebuilt.

        Batches that are already under way (prefetched here, or by whoever reads them) keep their old labels; how many
        these are depends on timing. A run that must repeat bit for bit asks for example ids instead, and looks up its
        labels by them in the training step.

        Args:
            labels: ints [N] in [0, num_classes).

        Raises:
            ValueError: the batches were made without labels; labels of a wrong shape, type or range.
        """
        require(
            self._label_table is not None,
            "`relabel` needs batches that were made with labels",
            "Make them from `images.with_labels(cluster_ids, num_classes)`.",
            num_classes=self.num_classes,
        )
        self._set_labels(check_labels(labels, self.num_examples, self.num_classes))

    def _set_labels(self, labels: np.ndarray) -> None:
        self._label_table.insert(tf.range(len(labels), dtype=tf.int64), tf.constant(labels, tf.int32))

    def _order(self, epoch: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        # A whole permutation per epoch, made once in it. `index_shuffle` would do without, but spreads neighbours too
        # evenly over the batches (the variance of a batch's class counts is too small), and its orders soon repeat.
        ids = tf.range(self.num_examples, dtype=tf.int64)
        return epoch, tf.random.experimental.stateless_shuffle(ids, fold_in(self._seed, epoch))

    def _ids(self, epoch: tf.Tensor, number_in_epoch: tf.Tensor, order: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        ids = tf.slice(order, [number_in_epoch * self.batch_size], [self.batch_size])
        return epoch * len(self) + number_in_epoch, ids

    def _batch(self, number: tf.Tensor, ids: tf.Tensor) -> tf.Tensor | tuple[tf.Tensor, tf.Tensor]:
        examples = tf.gather(self._examples, ids)
        if examples.dtype == tf.uint8:
            examples = to_float(examples)
        if self._smoothing is not None:
            examples = self._smoothing(examples, number)
        if self.with_example_ids:
            return examples, tf.cast(ids, tf.int32)
        if self._label_table is not None:
            return examples, tf.ensure_shape(self._label_table.lookup(ids), [self.batch_size])
        return examples


def check_examples(examples: tf.Tensor, smoothing: Smoothing | None) -> None:
    shape, dtype = tuple(examples.shape), tf.as_dtype(examples.dtype)
    require(
        (dtype == tf.uint8 and len(shape) == 4) or (dtype == tf.float32 and len(shape) >= 2),
        "`examples` must be uint8 images [N, H, W, C] or float32 [N, ...] of two axes at least",
        "Integers and float64 are not converted: cast them.",
        dtype=dtype.name,
        shape=shape,
    )
    if smoothing is None:
        return
    require(len(shape) == 4, "`smoothing` needs images: `examples` must have 4 axes", shape=shape)
    if smoothing.value_range is None:
        return
    in_batches = (-1.0, 1.0) if dtype == tf.uint8 else (float(np.min(examples)), float(np.max(examples)))
    low, high = smoothing.value_range
    require(
        low <= in_batches[0] and in_batches[1] <= high,
        "`smoothing` must have the range of the images in its `value_range`",
        "Images of bytes are in [-1, 1] in the batches: `TunableSmoothing(schedule, value_range=(-1, 1))`.",
        value_range=smoothing.value_range,
        images_in_batches=in_batches,
    )


def check_labels(labels: np.ndarray, num_images: int, num_classes: int | None) -> np.ndarray:
    """Returns `labels` as int32 [num_images] if they are whole numbers in [0, num_classes).

    Raises:
        ValueError: they are not.
    """
    labels = np.asarray(labels)
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]  # [N, 1] -> [N], as keras.datasets gives them
    require_rank(1, labels=labels)
    require(
        len(labels) == num_images,
        "`labels` must have one label per image",
        num_labels=len(labels),
        num_images=num_images,
    )
    require(np.issubdtype(labels.dtype, np.integer), "`labels` must be whole numbers", dtype=str(labels.dtype))
    require_known(labels=labels, num_classes=int(labels.max(initial=0)) + 1 if num_classes is None else num_classes)
    return labels.astype(np.int32)
