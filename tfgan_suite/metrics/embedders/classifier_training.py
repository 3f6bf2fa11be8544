"""Trains a classifier on labelled images, as an embedder for data sets of their kind."""

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from tfgan_suite.core.checks import require, require_in, require_rank
from tfgan_suite.core.labels import require_known
from tfgan_suite.metrics.embedders.base import Progress
from tfgan_suite.metrics.embedders.classifier_loop import Loop, predict_logits
from tfgan_suite.metrics.embedders.training_data import (
    held_out_rows,
    require_enough_images,
    require_same_shape,
    training_shape,
)
from tfgan_suite.metrics.embedders.training_loop import require_lengths
from tfgan_suite.networks.classifiers import small_cnn
from tfgan_suite.networks.wide_resnet import wide_resnet

NETWORKS = ("small_cnn", "wide_resnet")
AUGMENTATIONS = ("none", "crop", "crop_flip")
_MIN_STEPS, _MAX_STEPS = 300, 5000


@dataclasses.dataclass(frozen=True)
class ClassifierOptions:
    """How a classifier is built and trained; None is the network's own value.

    Attributes:
        network: "small_cnn" (the DDM thesis' for MNIST) or "wide_resnet" (its for CIFAR-10 and SVHN).
        depth: of the wide residual network, 6 n + 4.
        widen_factor: of the wide residual network.
        dropout_rate: inside the blocks of the wide residual network; the small network always has 0.4.
        num_epochs: small_cnn: 10, but at least 300 and at most 5000 steps; wide_resnet: 200.
        num_steps: in place of `num_epochs`.
        batch_size: images per step.
        learning_rate: at the start. small_cnn: 1e-3; wide_resnet: 0.1.
        augmentation: "none" (small_cnn), "crop" (a random crop after mirroring four pixels outward) or "crop_flip"
            (wide_resnet; also mirrored left to right at random, which is wrong for digits and letters).
        seed: of weights, batches, dropout and augmentation.
    """

    network: str = "small_cnn"
    depth: int = 28
    widen_factor: int = 10
    dropout_rate: float = 0.0
    num_epochs: int | None = None
    num_steps: int | None = None
    batch_size: int = 128
    learning_rate: float | None = None
    augmentation: str | None = None
    seed: int = 0

    def resolved(self, num_images: int) -> "ClassifierOptions":
        """With the network's own values in place of None, for this many training images.

        Raises:
            ValueError: an unknown network or augmentation, a number that is not above 0, or both epochs and steps.
        """
        require_in(NETWORKS, network=self.network)
        require_in((None, *AUGMENTATIONS), augmentation=self.augmentation)
        require_lengths(self.num_epochs, self.num_steps, self.batch_size, self.learning_rate)
        small = self.network == "small_cnn"
        batch_size = min(self.batch_size, num_images)
        num_steps = self.num_steps or (self.num_epochs or (10 if small else 200)) * (num_images // batch_size)
        if small and self.num_epochs is None and self.num_steps is None:
            num_steps = int(np.clip(10 * num_images // batch_size, _MIN_STEPS, _MAX_STEPS))
        return dataclasses.replace(
            self,
            num_epochs=None,
            num_steps=num_steps,
            batch_size=batch_size,
            learning_rate=self.learning_rate or (1e-3 if small else 0.1),
            augmentation=self.augmentation or ("none" if small else "crop_flip"),
        )


@dataclasses.dataclass(frozen=True)
class ClassifierCard:
    """What is known about a trained classifier; kept in its file.

    Attributes:
        data_name: what it was trained on; empty if nobody said.
        num_classes: C.
        class_names: C names, or None.
        image_shape: (height, width, channels) of the images that it was trained on, before any resizing.
        num_train_images: on which it was trained.
        num_test_images: on which its accuracy was measured.
        test_accuracy: share of right answers on them, in [0, 1].
        options: the fields of `ClassifierOptions`, resolved.
    """

    data_name: str
    num_classes: int
    class_names: tuple[str, ...] | None
    image_shape: tuple[int, int, int]
    num_train_images: int
    num_test_images: int
    test_accuracy: float
    options: dict[str, Any]


@dataclasses.dataclass(frozen=True)
class TrainedClassifier:
    """A classifier of images and its card.

    Attributes:
        model: from images float32 [N, H, W, C] in 0..255 (it scales them itself) to logits float32 [N, num_classes];
            its layer "prelogits" holds the features.
        card: how it was trained, and how good it is.
    """

    model: keras.Model
    card: ClassifierCard


def train_classifier(
    images: np.ndarray,
    labels: np.ndarray,
    *,
    test_images: np.ndarray | None = None,
    test_labels: np.ndarray | None = None,
    num_classes: int | None = None,
    class_names: Sequence[str] | None = None,
    data_name: str = "",
    progress: Progress | None = None,
    on_epoch: Callable[[dict[str, float]], None] | None = None,
    checkpoint: Path | None = None,
    **options: Any,
) -> TrainedClassifier:
    """Trains one of two networks on labelled images and measures its accuracy on images that it has not seen.

    small_cnn: DDM thesis (section 3.3), which names the layers and the initialisation alone. Adam; the learning rate
    falls to 0 along a cosine; images are scaled to [-1, 1].
    wide_resnet: Zagoruyko & Komodakis 2016. SGD with Nesterov momentum 0.9; the learning rate is multiplied by 0.2
    after 30, 60 and 80 % of the steps (epochs 60, 120, 160 of 200); weight decay 5e-4 on all parameters, the norms'
    too, added to the gradient; images are standardised by the training images' mean and standard deviation of each
    channel.
    Images with a side above 64 are shrunk so that the longer side is 64. A last batch that is not full is left out.

    Args:
        images: uint8 [N, H, W, C], N at least 20.
        labels: int [N] in [0, num_classes).
        test_images: images for the accuracy; without them every tenth training image is held out, drawn by the seed.
        test_labels: their labels.
        num_classes: largest label + 1 unless given.
        class_names: for the card.
        data_name: for the card and the embedder's name.
        progress: called as progress(steps done, num_steps).
        on_epoch: called after each epoch, and after the last step, with {"step", "epoch", "train_loss",
            "train_accuracy", "test_accuracy"}.
        checkpoint: a file (.npz) that is written after each epoch; if it exists, the training goes on from it and ends
            with the same weights as an uninterrupted one.
        **options: the fields of `ClassifierOptions`, such as network="wide_resnet".

    Raises:
        ValueError: no labels, labels that do not fit the images or lie out of range, fewer than 20 images, an option
            that is out of its range, or a checkpoint of another training.
        TypeError: an unknown option.
        FloatingPointError: the loss is NaN or infinite.

    Cost: 300 steps of small_cnn on 28x28 images take some seconds on two cores. WRN-28-10 takes 5.2 G multiply-adds for
    a 32x32 image, thrice that for a training step: days without a GPU. WRN-16-2 takes a fiftieth of it.
    """
    images, labels = checked_labels(images, labels, num_classes)
    require_enough_images(len(images), "classifier")
    num_classes = num_classes or int(labels.max()) + 1
    settings = ClassifierOptions(**options)
    if test_images is None:
        images, labels, test_images, test_labels = held_out(images, labels, settings.seed)
    test_images, test_labels = checked_labels(test_images, test_labels, num_classes)
    require_same_shape(test_images, images)
    settings = settings.resolved(len(images))
    model = build_classifier(images, num_classes, settings)

    def test_accuracy() -> float:
        return float((predict_logits(model, test_images).argmax(axis=1) == test_labels).mean())

    def tested(row: dict[str, float]) -> None:
        on_epoch(row | {"test_accuracy": test_accuracy()})

    Loop(model, images, labels, settings, checkpoint).run(progress, None if on_epoch is None else tested)
    card = ClassifierCard(
        data_name=data_name,
        num_classes=num_classes,
        class_names=None if class_names is None else tuple(class_names),
        image_shape=tuple(images.shape[1:]),
        num_train_images=len(images),
        num_test_images=len(test_images),
        test_accuracy=test_accuracy(),
        options=dataclasses.asdict(settings),
    )
    return TrainedClassifier(model, card)


def build_classifier(images: np.ndarray, num_classes: int, options: ClassifierOptions) -> keras.Model:
    """The untrained network for images of this shape, with their scaling inside."""
    shape = training_shape(images.shape[1:])
    if options.network == "small_cnn":
        grey = [127.5] * shape[-1]
        return small_cnn(shape, num_classes, seed=options.seed, preprocess=_standardise(grey, grey))
    means = [float(images[..., channel].mean()) for channel in range(shape[-1])]
    stddevs = [max(1.0, float(images[..., channel].std())) for channel in range(shape[-1])]
    return wide_resnet(
        shape,
        num_classes,
        depth=options.depth,
        widen_factor=options.widen_factor,
        dropout_rate=options.dropout_rate,
        seed=options.seed,
        preprocess=_standardise(means, stddevs),
    )


def held_out(
    images: np.ndarray, labels: np.ndarray, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Images and labels without every tenth, drawn by the seed, and those."""
    kept, out = held_out_rows(len(images), seed)
    return images[kept], labels[kept], images[out], labels[out]


def checked_labels(
    images: np.ndarray, labels: np.ndarray | None, num_classes: int | None
) -> tuple[np.ndarray, np.ndarray]:
    """uint8 images [N, H, W, C] and int32 labels [N] in [0, num_classes), or a `ValueError` that says what is wrong."""
    require(
        labels is not None,
        "the classifier embedder must be given labels, it is trained on them",
        labels=None,
        fix="Use labelled data, or another embedder.",
    )
    require_rank(4, images=images)
    images, labels = np.asarray(images), np.asarray(labels).astype(np.int32)
    require(
        images.dtype == np.uint8 and len(images) == len(labels) > 0,
        "images must be uint8, with one label each",
        dtype=str(images.dtype),
        num_images=len(images),
        num_labels=len(labels),
    )
    limit = num_classes or int(labels.max()) + 1
    require_known(labels=labels, num_classes=limit)
    return images, labels


def _standardise(means: list[float], stddevs: list[float]) -> keras.layers.Layer:
    variances = [stddev**2 for stddev in stddevs]
    return keras.layers.Normalization(mean=means, variance=variances, dtype="float32", name="standardise")
