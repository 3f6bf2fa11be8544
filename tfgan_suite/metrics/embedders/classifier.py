"""An embedder that needs no download: a classifier trained on the labelled data set itself."""

import dataclasses
import json
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from tfgan_suite.core.cache import content_key
from tfgan_suite.metrics.embedders.base import Embedder, Progress
from tfgan_suite.metrics.embedders.classifier_training import (
    ClassifierCard,
    ClassifierOptions,
    TrainedClassifier,
    build_classifier,
    checked_labels,
    held_out,
    train_classifier,
)
from tfgan_suite.metrics.embedders.layers import LOGITS, PRELOGITS, layer_names, layer_output, require_layer
from tfgan_suite.metrics.embedders.trained_weights import read_or_train
from tfgan_suite.metrics.embedders.training_data import require_enough_images


class ClassifierEmbedder(Embedder):
    """Features are a layer of a trained classifier, the one before the logits unless told; probabilities its softmax.

    Scores of such a network are for following a training and for comparing models on one data set; they are
    not the Inception score or the FID of the papers.

    Args:
        classifier: of `train_classifier` or `load_classifier`.
        layer: "prelogits", "logits", "hypercolumns" (the means of all convolutions), or a layer by name.
        resize_mode: a rule of `RESIZE_MODES`.

    Raises:
        ValueError: a layer that the classifier does not have, or an unknown resize mode.

    Attributes:
        card: how it was trained.
        test_accuracy: share of right answers on images that it was not trained on.
        num_test_images: how many those were.
    """

    def __init__(
        self, classifier: TrainedClassifier, *, layer: str | None = None, resize_mode: str | None = None
    ) -> None:
        super().__init__(resize_mode)
        model, self.card = classifier.model, classifier.card
        self.test_accuracy, self.num_test_images = self.card.test_accuracy, self.card.num_test_images
        where = self.card.data_name or "the data"
        self.name = f"classifier trained on {where} (test accuracy {self.test_accuracy:.3f})"
        self.input_size, self.input_channels = tuple(model.input_shape[1:3]), model.input_shape[3]
        scaling = model.get_layer("standardise").get_config()
        scaling = [np.asarray(scaling[name], np.float64) for name in ("mean", "variance")]
        self.weights_hash = content_key(*scaling, *(np.asarray(weight) for weight in model.get_weights()))
        layer = layer or PRELOGITS
        require_layer(layer, layer_names(model), self.name)
        self._say_layer(layer, usual=PRELOGITS)
        features, logits = layer_output(model, layer), layer_output(model, LOGITS)
        self.feature_dim, self.num_classes = features.shape[-1], logits.shape[-1]
        self._model = keras.Model(model.inputs[0], (features, logits))

    def forward(self, images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Features of the layer and class probabilities."""
        features, logits = self._model(images, training=False)
        return tf.cast(features, tf.float32), tf.nn.softmax(logits)


def train_classifier_embedder(
    train_images: np.ndarray,
    train_labels: np.ndarray,
    *,
    test_images: np.ndarray | None = None,
    test_labels: np.ndarray | None = None,
    num_classes: int | None = None,
    num_steps: int | None = None,
    seed: int = 0,
    layer: str | None = None,
    resize_mode: str | None = None,
    cache_dir: Path | None = None,
    progress: Progress | None = None,
) -> ClassifierEmbedder:
    """Trains `small_cnn` on labelled images, or reads it from the cache, where it is kept by the content of the data.

    Args:
        train_images: uint8 [N, H, W, C].
        train_labels: int [N] in [0, num_classes).
        test_images: images for the accuracy; without them every tenth training image is held out.
        test_labels: their labels.
        num_classes: largest label + 1 unless given.
        num_steps: ten epochs unless given, but at least 300 and at most 5000 steps.
        seed: of weights and batches.
        layer: of the embedder, "prelogits" unless given.
        resize_mode: of the embedder.
        cache_dir: `tfgan_suite.core.cache.cache_dir()` unless given.
        progress: called as progress(steps done, num_steps).

    Raises:
        ValueError, FloatingPointError: as `train_classifier` and `ClassifierEmbedder`.
    """
    train_images, train_labels = checked_labels(train_images, train_labels, num_classes)
    require_enough_images(len(train_images), "classifier")
    num_classes = num_classes or int(train_labels.max()) + 1
    if test_images is None:
        train_images, train_labels, test_images, test_labels = held_out(train_images, train_labels, seed)
    test_images, test_labels = checked_labels(test_images, test_labels, num_classes)
    options = ClassifierOptions(num_steps=num_steps, seed=seed).resolved(len(train_images))
    model = build_classifier(train_images, num_classes, options)

    def train() -> tuple[keras.Model, dict[str, float]]:
        trained = train_classifier(
            train_images,
            train_labels,
            test_images=test_images,
            test_labels=test_labels,
            num_classes=num_classes,
            progress=progress,
            **dataclasses.asdict(options),
        )
        return trained.model, {"test_accuracy": trained.card.test_accuracy}

    data = (train_images, train_labels, test_images, test_labels, num_classes)
    key = ("classifier 2", json.dumps(dataclasses.asdict(options)), *data)
    figures = read_or_train("classifier", key, model, train, cache_dir)
    card = ClassifierCard(
        data_name="",
        num_classes=num_classes,
        class_names=None,
        image_shape=tuple(train_images.shape[1:]),
        num_train_images=len(train_images),
        num_test_images=len(test_images),
        test_accuracy=figures["test_accuracy"],
        options=dataclasses.asdict(options),
    )
    return ClassifierEmbedder(TrainedClassifier(model, card), layer=layer, resize_mode=resize_mode)
