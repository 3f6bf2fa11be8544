"""A set of images as the project handles it: uint8 pixels in memory, labels, splits."""

import dataclasses
import hashlib
from functools import cached_property

import numpy as np
import tensorflow as tf

from tfgan_suite.core.checks import require, require_positive, require_rank
from tfgan_suite.data.pipeline import TrainingBatches, check_labels
from tfgan_suite.data.smoothing import Smoothing


class Split:
    """Images and their labels. The pixels are held once, as a tensor on the CPU; `images` is a view of it.

    Args:
        images: uint8 [N, H, W, C] with N >= 1 and C = 1 or 3, as an array (copied, so that later changes to it do not
            reach the training) or as a tensor.
        labels: ints [N], at least 0; or None.

    Raises:
        ValueError: images of another rank, type or number of channels; none at all; labels that do not fit.
    """

    def __init__(self, images: np.ndarray | tf.Tensor, labels: np.ndarray | None = None) -> None:
        require_rank(4, images=images)
        require(
            np.dtype(getattr(images.dtype, "as_numpy_dtype", images.dtype)) == np.uint8,
            "`images` must be uint8",
            "`load_images` converts other types.",
            dtype=str(images.dtype),
        )
        require(
            len(images) > 0 and images.shape[-1] in (1, 3),
            "`images` must hold at least one image of 1 or 3 channels",
            images_shape=tuple(images.shape),
        )
        with tf.device("CPU:0"):
            self.pixels = tf.convert_to_tensor(images)
        self.labels = None if labels is None else check_labels(labels, len(self), None)

    @property
    def images(self) -> np.ndarray:
        """uint8 [N, H, W, C]; a read-only view of the tensor, no copy."""
        return np.asarray(self.pixels)

    def __len__(self) -> int:
        return self.pixels.shape[0]

    def __repr__(self) -> str:
        return f"Split({len(self)} images, {'labels' if self.labels is not None else 'no labels'})"

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 of the shape and the pixels."""
        digest = hashlib.sha256(repr(tuple(self.pixels.shape)).encode())
        digest.update(self.images)
        return digest.hexdigest()


@dataclasses.dataclass(frozen=True)
class Images:
    """Images to train on, from any source.

    Args:
        name: of the source.
        train: images to train on.
        test: images held back, or None.
        class_names: name of each class, or None without labels.
        skipped: (path, reason) of every file that could not be read.
        resize: how the images got their size, in words; "none" if they came in it.

    Raises:
        ValueError: splits of different image shapes, labels without class names or the other way round, or a label
            beyond the last class.
    """

    name: str
    train: Split
    test: Split | None = None
    class_names: tuple[str, ...] | None = None
    skipped: tuple[tuple[str, str], ...] = ()
    resize: str = "none"

    def __post_init__(self) -> None:
        require(
            (self.train.labels is None) == (self.class_names is None),
            "`class_names` must be given if and only if the training images have labels",
            class_names=self.class_names,
        )
        if self.test is not None:
            require(
                self.test.pixels.shape[1:] == self.train.pixels.shape[1:],
                "Test images must have the shape of the training images",
                "Pass `image_size` and `channels`.",
                test_shape=tuple(self.test.pixels.shape[1:]),
                train_shape=tuple(self.train.pixels.shape[1:]),
            )
        for split in (self.train, self.test):
            if split is not None and split.labels is not None:
                check_labels(split.labels, len(split), self.num_classes)

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(height, width, channels)."""
        return tuple(self.train.pixels.shape[1:])

    @property
    def num_images(self) -> int:
        """Number of training images."""
        return len(self.train)

    @property
    def num_classes(self) -> int | None:
        """Number of classes; None without labels."""
        return None if self.class_names is None else len(self.class_names)

    @property
    def label_counts(self) -> np.ndarray | None:
        """Training images in each class, int64 [num_classes]; None without labels."""
        if self.train.labels is None:
            return None
        return np.bincount(self.train.labels, minlength=self.num_classes).astype(np.int64)

    def content_hash(self) -> str:
        """SHA-256 of the training images' shape and pixels; labels do not count. Computed once."""
        return self.train.content_hash

    def with_labels(
        self,
        labels: np.ndarray | None,
        num_classes: int | None = None,
        class_names: tuple[str, ...] | None = None,
    ) -> "Images":
        """The same images (no copy) with other labels, such as cluster ids; with None, without labels.

        Test images lose their labels, which would be of another kind.

        Args:
            labels: ints [num_images] in [0, num_classes), or None.
            num_classes: number of classes; some may be empty. None: the largest label + 1.
            class_names: one name per class; "0", "1" … if None.

        Raises:
            ValueError: labels of a wrong shape, type or range, or a wrong number of class names.
        """
        if labels is not None:
            labels = check_labels(labels, self.num_images, num_classes)
            if num_classes is None:
                num_classes = int(labels.max()) + 1
            require_positive(num_classes=num_classes)
            class_names = tuple(map(str, range(num_classes))) if class_names is None else tuple(class_names)
            require(
                len(class_names) == num_classes,
                "`class_names` must have one name per class",
                class_names=class_names,
                num_classes=num_classes,
            )
        train = Split(self.train.pixels, labels)
        test = None if self.test is None else Split(self.test.pixels)
        return dataclasses.replace(
            self, train=train, test=test, class_names=class_names if labels is not None else None
        )

    def training_batches(
        self,
        batch_size: int,
        seed: int = 0,
        smoothing: Smoothing | None = None,
        with_example_ids: bool = False,
    ) -> TrainingBatches:
        """Shuffled batches of the training images; see `TrainingBatches`. The pixels are shared, not copied."""
        return TrainingBatches(
            self.train.pixels,
            self.train.labels,
            self.num_classes,
            batch_size=batch_size,
            seed=seed,
            smoothing=smoothing,
            with_example_ids=with_example_ids,
        )
