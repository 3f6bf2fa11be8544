"""Training batches as a pure function of (seed, batch number), which is what makes an exact resume possible."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from tfgan_suite.core.checks import require, require_positive, require_rank
from tfgan_suite.core.images import to_float
from tfgan_suite.core.seeds import fold_in, make_seed
from tfgan_suite.data.smoothing import GaussianSmoothing


class TrainingBatches:
    """Shuffled batches of one resident uint8 tensor of images.

    Each epoch goes through the images in an order of its own and drops the remainder that does not fill a batch. The
    pixels are held once, however many data sets are made of them. Usually made by `Images.training_batches`.

    Args:
        pixels: uint8 [N, H, W, C] tensor on the CPU.
        labels: ints [N] in [0, num_classes), or None.
        num_classes: number of classes; None without labels.
        batch_size: images per batch, at most N.
        seed: decides the order of the images.
        smoothing: smooths the images by a schedule; None leaves them as they are.
        with_example_ids: give each image's position in `pixels` instead of its label.

    Raises:
        ValueError: `batch_size` not in [1, N], labels of a wrong shape, type or range.
    """

    def __init__(
        self,
        pixels: tf.Tensor,
        labels: np.ndarray | None = None,
        num_classes: int | None = None,
        *,
        batch_size: int,
        seed: int = 0,
        smoothing: GaussianSmoothing | None = None,
        with_example_ids: bool = False,
    ) -> None:
        require_positive(batch_size=batch_size)
        require(
            batch_size <= len(pixels),
            "`batch_size` must be at most the number of images",
            "Lower the batch size or give more images.",
            batch_size=batch_size,
            num_images=len(pixels),
        )
        self.batch_size = batch_size
        self.num_classes = num_classes
        self._pixels = pixels
        with tf.device("CPU:0"):  # the input pipeline runs there
            self._seed = make_seed(seed)
        self._smoothing = smoothing
        self._with_example_ids = with_example_ids
        self._label_table = None
        if labels is not None:
            labels = check_labels(labels, len(pixels), num_classes)
            # A table and not a variable: in a strategy's scope a variable would be mirrored onto the accelerators,
            # where the input pipeline, which runs on the CPU, cannot read it.
            self._label_table = tf.lookup.experimental.MutableHashTable(tf.int64, tf.int32, default_value=-1)
            self._set_labels(labels)

    def __len__(self) -> int:
        """Batches in an epoch."""
        return len(self._pixels) // self.batch_size

    @property
    def label_counts(self) -> np.ndarray | None:
        """Images with each label, int64 [num_classes]; None without labels."""
        if self._label_table is None:
            return None
        return np.bincount(self._label_table.export()[1].numpy(), minlength=self.num_classes)

    def __iter__(self) -> Iterator[Any]:
        """One epoch, from batch 0 on."""
        return iter(self.dataset().take(len(self)))

    def dataset(self, start_batch: int = 0) -> tf.data.Dataset:
        """The endless sequence of batches from number `start_batch` on; every call gives the same sequence.

        Returns:
            Data set of images, float32 [B, H, W, C] in [-1, 1], without labels; of (images, labels int32 [B]) with
            labels; of (images, example ids int32 [B]) if those were asked for.

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
        """Changes the labels of all images, for data sets that were made before as well; nothing is rebuilt.

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
        self._set_labels(check_labels(labels, len(self._pixels), self.num_classes))

    def _set_labels(self, labels: np.ndarray) -> None:
        self._label_table.insert(tf.range(len(labels), dtype=tf.int64), tf.constant(labels, tf.int32))

    def _order(self, epoch: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        # A whole permutation per epoch, made once in it. `index_shuffle` would do without, but spreads neighbours too
        # evenly over the batches (the variance of a batch's class counts is too small), and its orders soon repeat.
        ids = tf.range(len(self._pixels), dtype=tf.int64)
        return epoch, tf.random.experimental.stateless_shuffle(ids, fold_in(self._seed, epoch))

    def _ids(self, epoch: tf.Tensor, number_in_epoch: tf.Tensor, order: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        ids = tf.slice(order, [number_in_epoch * self.batch_size], [self.batch_size])
        return epoch * len(self) + number_in_epoch, ids

    def _batch(self, number: tf.Tensor, ids: tf.Tensor) -> tf.Tensor | tuple[tf.Tensor, tf.Tensor]:
        images = to_float(tf.gather(self._pixels, ids))
        if self._smoothing is not None:
            images = self._smoothing(images, number)
        if self._with_example_ids:
            return images, tf.cast(ids, tf.int32)
        if self._label_table is not None:
            return images, tf.ensure_shape(self._label_table.lookup(ids), [self.batch_size])
        return images


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
    require(
        bool(len(labels) == 0 or labels.min() >= 0)
        and (num_classes is None or bool(labels.max(initial=0) < num_classes)),
        "`labels` must be in [0, num_classes)",
        smallest=int(labels.min(initial=0)),
        largest=int(labels.max(initial=0)),
        num_classes=num_classes,
    )
    return labels.astype(np.int32)
