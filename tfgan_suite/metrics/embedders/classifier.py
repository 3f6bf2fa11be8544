"""An embedder that needs no download: a small classifier trained on the labelled data set itself."""

from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from tfgan_suite.core.cache import cache_dir as default_cache_dir
from tfgan_suite.core.cache import content_key, load_or_compute
from tfgan_suite.core.checks import require, require_positive, require_rank
from tfgan_suite.core.images import to_float
from tfgan_suite.metrics.embedders.base import Embedder, Progress
from tfgan_suite.networks.classifiers import small_cnn

_BATCH_SIZE = 128
_MAX_SIDE_PX = 64


class ClassifierEmbedder(Embedder):
    """Features are the penultimate layer of `small_cnn`, probabilities its softmax.

    Scores of such a network are for following a training and for comparing models on one data set; they are
    not the Inception score or the FID of the papers.

    Attributes:
        test_accuracy: share of right answers on images that it was not trained on.
        num_test_images: how many those were.
    """

    def __init__(self, model: keras.Model, *, test_accuracy: float, num_test_images: int) -> None:
        super().__init__()
        self.input_size, self.input_channels = tuple(model.input_shape[1:3]), model.input_shape[3]
        self.feature_dim, self.num_classes = model.get_layer("prelogits").units, model.output_shape[-1]
        self.weights_hash = content_key(*(np.asarray(weight) for weight in model.get_weights()))
        self.name = f"classifier trained on the data (test accuracy {test_accuracy:.3f})"
        self.test_accuracy, self.num_test_images = test_accuracy, num_test_images
        self._model = keras.Model(model.inputs[0], (model.get_layer("prelogits").output, model.output))

    def forward(self, images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Penultimate features and class probabilities."""
        features, logits = self._model(to_float(images), training=False)
        return features, tf.nn.softmax(logits)


def train_classifier_embedder(
    train_images: np.ndarray,
    train_labels: np.ndarray,
    *,
    test_images: np.ndarray | None = None,
    test_labels: np.ndarray | None = None,
    num_classes: int | None = None,
    num_steps: int | None = None,
    seed: int = 0,
    cache_dir: Path | None = None,
    progress: Progress | None = None,
) -> ClassifierEmbedder:
    """Trains `small_cnn` on labelled images, or reads it from the cache, where it is kept by the content of the data.

    Adam with a learning rate that falls from 1e-3 to 0 along a cosine, batches of 128. Images with a side above 64
    are shrunk so that the longer side is 64.

    Args:
        train_images: uint8 [N, H, W, C].
        train_labels: int [N] in [0, num_classes).
        test_images: images for the accuracy; without them every tenth training image is held out.
        test_labels: their labels.
        num_classes: largest label + 1 unless given.
        num_steps: ten epochs unless given, but at least 300 and at most 5000 steps.
        seed: of weights and batches.
        cache_dir: `tfgan_suite.core.cache.cache_dir()` unless given.
        progress: called as progress(steps done, num_steps).

    Raises:
        ValueError: no labels, labels that do not fit the images or lie out of range, or fewer than 20 images.
    """
    train_images, train_labels = _checked(train_images, train_labels, num_classes)
    require(len(train_images) >= 20, "the classifier must have at least 20 images", num_images=len(train_images))
    num_classes = num_classes or int(train_labels.max()) + 1
    if test_images is None:
        order = np.random.default_rng(seed).permutation(len(train_images))
        held_out, kept = order[::10], np.setdiff1d(order, order[::10])
        test_images, test_labels = train_images[held_out], train_labels[held_out]
        train_images, train_labels = train_images[kept], train_labels[kept]
    test_images, test_labels = _checked(test_images, test_labels, num_classes)
    num_steps = num_steps if num_steps is not None else int(np.clip(10 * len(train_images) // _BATCH_SIZE, 300, 5000))
    require_positive(num_steps=num_steps)
    model = small_cnn(_shrunk_shape(train_images.shape[1:]), num_classes, seed=seed)

    def compute() -> dict[str, np.ndarray]:
        _train(model, train_images, train_labels, num_steps, seed, progress)
        accuracy = np.float64(_accuracy(model, test_images, test_labels))
        weights = {f"weight_{index:02d}": weight for index, weight in enumerate(model.get_weights())}
        return {"test_accuracy": accuracy, **weights}

    key = content_key("small_cnn", train_images, train_labels, test_images, test_labels, num_classes, num_steps, seed)
    stored = load_or_compute((cache_dir or default_cache_dir()) / f"classifier-{key}.npz", compute)
    model.set_weights([stored[name] for name in sorted(stored) if name.startswith("weight_")])
    return ClassifierEmbedder(model, test_accuracy=float(stored["test_accuracy"]), num_test_images=len(test_images))


def _checked(images: np.ndarray, labels: np.ndarray | None, num_classes: int | None) -> tuple[np.ndarray, np.ndarray]:
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
    require(
        labels.min() >= 0 and labels.max() < limit,
        "labels must be in [0, num_classes)",
        smallest=int(labels.min()),
        largest=int(labels.max()),
        num_classes=limit,
    )
    return images, labels


def _shrunk_shape(image_shape: tuple[int, int, int]) -> tuple[int, int, int]:
    height, width, channels = image_shape
    scale = min(1.0, _MAX_SIDE_PX / max(height, width))
    return max(1, round(height * scale)), max(1, round(width * scale)), channels


def _inputs(model: keras.Model, images_uint8: tf.Tensor) -> tf.Tensor:
    images = tf.cast(images_uint8, tf.float32)
    size = model.input_shape[1:3]
    if tuple(images.shape[1:3]) != tuple(size):
        images = tf.image.resize(images, size, method="bilinear", antialias=True)
    return to_float(images)


def _train(
    model: keras.Model,
    images: np.ndarray,
    labels: np.ndarray,
    num_steps: int,
    seed: int,
    progress: Progress | None,
) -> None:
    optimizer = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(1e-3, num_steps))
    optimizer.build(model.trainable_variables)

    @tf.function
    def step(batch_images: tf.Tensor, batch_labels: tf.Tensor) -> None:
        with tf.GradientTape() as tape:
            logits = model(_inputs(model, batch_images), training=True)
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=batch_labels, logits=logits)
            loss = tf.reduce_mean(losses)
        optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)

    generator = np.random.default_rng(seed)
    batch_size = min(_BATCH_SIZE, len(images))
    order, start = generator.permutation(len(images)), 0
    for done in range(1, num_steps + 1):
        if start + batch_size > len(images):
            order, start = generator.permutation(len(images)), 0
        batch = order[start : start + batch_size]
        start += batch_size
        step(tf.constant(images[batch]), tf.constant(labels[batch]))
        if progress is not None:
            progress(done, num_steps)


def _accuracy(model: keras.Model, images: np.ndarray, labels: np.ndarray) -> float:
    right = 0
    for start in range(0, len(images), 500):
        batch = slice(start, start + 500)
        logits = model(_inputs(model, tf.constant(images[batch])), training=False)
        right += int((np.argmax(logits, axis=1) == labels[batch]).sum())
    return right / len(images)
