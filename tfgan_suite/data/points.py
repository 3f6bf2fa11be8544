"""Points to train on: what `Images` is for images, for vectors of any dimension."""

import numpy as np
import tensorflow as tf

from tfgan_suite.core.cache import content_key
from tfgan_suite.core.checks import require, require_positive, require_rank
from tfgan_suite.data.mixtures import GaussianMixture
from tfgan_suite.data.pipeline import TrainingBatches, check_labels


class Points:
    """Points to train on, in memory, with or without labels.

    Args:
        name: of the source.
        train: floats [N, D], N and D at least 1, finite, as an array (copied, so that later changes to it do not reach
            the training) or as a float32 tensor.
        labels: ints [N] in [0, num_classes), or None.
        num_classes: number of classes, some of which may be empty; the largest label + 1 if None.
        mixture: what the points were drawn from, or None if that is not known.

    Attributes:
        examples: float32 [N, D], the tensor on the CPU that batches are made of.

    Raises:
        ValueError: points of another rank or type, none at all, or not finite; labels that do not fit; classes without
            labels; a mixture of another dimension.
    """

    def __init__(
        self,
        name: str,
        train: np.ndarray | tf.Tensor,
        labels: np.ndarray | None = None,
        num_classes: int | None = None,
        mixture: GaussianMixture | None = None,
    ) -> None:
        require_rank(2, train=train)
        require(tf.as_dtype(train.dtype).is_floating, "`train` must be floats", dtype=str(train.dtype))
        with tf.device("CPU:0"):
            self.examples = tf.cast(tf.convert_to_tensor(train), tf.float32)
        require(
            self.train.size > 0 and bool(np.isfinite(self.train).all()),
            "`train` must hold at least one point of one dimension, all finite",
            shape=self.train.shape,
        )
        require(
            mixture is None or mixture.num_dims == self.point_dims,
            "`mixture` must have the dimension of the points",
            mixture_dims=None if mixture is None else mixture.num_dims,
            point_dims=self.point_dims,
        )
        self.name = name
        self.mixture = mixture
        self.labels, self.num_classes = self._checked(labels, num_classes)

    @property
    def train(self) -> np.ndarray:
        """float32 [N, D]; a read-only view of the tensor, no copy."""
        return np.asarray(self.examples)

    @property
    def point_dims(self) -> int:
        """D."""
        return self.examples.shape[1]

    @property
    def num_points(self) -> int:
        """N."""
        return self.examples.shape[0]

    @property
    def label_counts(self) -> np.ndarray | None:
        """Points in each class, int64 [num_classes]; None without labels."""
        if self.labels is None:
            return None
        return np.bincount(self.labels, minlength=self.num_classes).astype(np.int64)

    def __len__(self) -> int:
        return self.num_points

    def __repr__(self) -> str:
        labels = "no labels" if self.labels is None else f"{self.num_classes} classes"
        return f"Points({self.name!r}, {self.num_points} of {self.point_dims} dimensions, {labels})"

    def content_hash(self) -> str:
        """SHA-256 of the points' shape and values; labels do not count."""
        return content_key(self.train)

    def with_labels(self, labels: np.ndarray | None, num_classes: int | None = None) -> "Points":
        """The same points (no copy) with other labels, such as cluster ids; with None, without labels.

        Args:
            labels: ints [N] in [0, num_classes), or None.
            num_classes: number of classes, some of which may be empty; the largest label + 1 if None. Ignored without
                labels.

        Raises:
            ValueError: labels of a wrong shape, type or range.
        """
        num_classes = None if labels is None else num_classes
        return Points(self.name, self.examples, labels, num_classes, self.mixture)

    def training_batches(self, batch_size: int, seed: int = 0, with_example_ids: bool = False) -> TrainingBatches:
        """Shuffled batches of the points; see `TrainingBatches`. The points are shared, not copied."""
        return TrainingBatches(
            self.examples,
            self.labels,
            self.num_classes,
            batch_size=batch_size,
            seed=seed,
            with_example_ids=with_example_ids,
        )

    def _checked(self, labels: np.ndarray | None, num_classes: int | None) -> tuple[np.ndarray | None, int | None]:
        if labels is None:
            require(num_classes is None, "`num_classes` must be None without labels", num_classes=num_classes)
            return None, None
        if num_classes is not None:
            require_positive(num_classes=num_classes)
        require(
            len(labels) == self.num_points,
            "`labels` must have one label per point",
            num_labels=len(labels),
            num_points=self.num_points,
        )
        labels = check_labels(labels, self.num_points, num_classes)
        return labels, int(labels.max()) + 1 if num_classes is None else num_classes


def mixture_points(mixture: GaussianMixture, num_points: int = 100_000, seed: int = 0) -> Points:
    """A fixed set of points of a mixture, labelled by the component of each.

    The papers' sets have 100,000 points (ring and grid, self-conditioned GAN and PacGAN) and 5,000 (nine Gaussians,
    MM-GAN).

    Args:
        mixture: such as `ring_mixture()`.
        num_points: at least 1.
        seed: at least 0; the same seed gives the same points.

    Raises:
        ValueError: as `GaussianMixture.sample`.
    """
    points, labels = mixture.sample(num_points, seed)
    return Points(mixture.name, points, labels, mixture.num_modes, mixture)
