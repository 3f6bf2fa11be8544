"""An embedder that needs neither a download nor labels: a network trained to tell how images were rotated."""

import dataclasses
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from tfgan_suite.core.cache import content_key
from tfgan_suite.core.checks import require
from tfgan_suite.core.images import to_float
from tfgan_suite.metrics.embedders.base import Embedder, Progress
from tfgan_suite.metrics.embedders.layers import pooled, require_layer
from tfgan_suite.metrics.embedders.self_supervised import SelfSupervisedOptions, split_images, train_once
from tfgan_suite.metrics.embedders.training_data import training_shape
from tfgan_suite.metrics.embedders.training_loop import TrainingLoop, fitted, in_batches
from tfgan_suite.networks.encoders import ROTATION_BLOCKS, rotation_network

NUM_TURNS = 4
USUAL_LAYER = "block2"


@dataclasses.dataclass(frozen=True)
class RotationOptions(SelfSupervisedOptions):
    """As `SelfSupervisedOptions`; the network sees four times `batch_size` images per step."""

    batch_size: int = 32


class RotationLoop(TrainingLoop):
    """Cross-entropy of the number of quarter turns; every batch holds all four rotations of each of its images."""

    what = "rotation network"

    def objective(self, batch: tuple[tf.Tensor], seed: tf.Tensor) -> dict[str, tf.Tensor]:
        """Mean cross-entropy, and the share of right answers."""
        images, turns = rotated(to_float(fitted(self.model, batch[0])))
        logits = self.model(images, training=True)
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=turns, logits=logits))
        right = tf.argmax(logits, axis=1, output_type=tf.int32) == turns
        return {"loss": loss, "accuracy": tf.reduce_mean(tf.cast(right, tf.float32))}


class RotationEmbedder(Embedder):
    """Features are the second block of a network that tells rotations apart, averaged over its map.

    There are no probabilities: the network's four are of rotations, which no score of classes may take.

    Args:
        network: of `rotation_network`.
        test_accuracy: share of right rotations on images held out.
        layer: "block1" to "block4"; "block2" unless given, the paper's best for telling classes.
        resize_mode: a rule of `RESIZE_MODES`.

    Raises:
        ValueError: another layer, or an unknown resize mode.

    Attributes:
        test_accuracy: share of right answers on the four rotations of images that it was not trained on; by chance 1/4.
    """

    def __init__(
        self, network: keras.Model, test_accuracy: float, *, layer: str | None = None, resize_mode: str | None = None
    ) -> None:
        super().__init__(resize_mode)
        self.test_accuracy = test_accuracy
        self.name = f"rotation network trained on the data (rotation accuracy {test_accuracy:.3f} on images held out)"
        layer = layer or USUAL_LAYER
        require_layer(layer, ROTATION_BLOCKS, self.name)
        self.input_size, self.input_channels = tuple(network.input_shape[1:3]), network.input_shape[3]
        self.weights_hash = content_key("rotation", *(np.asarray(weight) for weight in network.get_weights()))
        self._say_layer(layer, usual=USUAL_LAYER)
        features = pooled(network.get_layer(layer).output)
        self.feature_dim = features.shape[-1]
        self._network_of_features = keras.Model(network.inputs[0], features)

    def forward(self, images: tf.Tensor) -> tuple[tf.Tensor, None]:
        """The block's averaged map."""
        return tf.cast(self._network_of_features(to_float(images), training=False), tf.float32), None


def train_rotation_embedder(
    train_images: np.ndarray,
    *,
    test_images: np.ndarray | None = None,
    options: RotationOptions | None = None,
    seed: int = 0,
    layer: str | None = None,
    resize_mode: str | None = None,
    cache_dir: Path | None = None,
    progress: Progress | None = None,
) -> RotationEmbedder:
    """Trains a rotation network (Gidaris et al. 2018) on images, or reads it from the cache, by the data's content.

    For the RotNet feature clusters of the self-conditioned GAN (table 3). Images with a side above 64 are shrunk to 64.

    Args:
        train_images: uint8 [N, S, S, C], N at least 20, S at least 8.
        test_images: images for the accuracy, at least 20; without them every tenth training image is held out.
        options: sizes and lengths.
        seed: of weights and batches.
        layer: of the embedder: "block1" to "block4", "block2" unless given.
        resize_mode: of the embedder.
        cache_dir: `tfgan_suite.core.cache.cache_dir()` unless given.
        progress: called as progress(steps done, num_steps).

    Raises:
        ValueError: images of another rank or type, too few, too small or not square, an option out of its range, an
            unknown layer.
        FloatingPointError: the loss is NaN or infinite.

    Cost: a step of 32 images of 16x16 takes 0.12 s of one core, of 32x32 four times that: the usual 2,000 steps on
    CIFAR-10 about 16 minutes of one core.
    Known failings: where images have no upright position (textures, satellite images, many digits), there is little to
    learn. What tells rotations apart need not tell classes apart: ten k-means clusters of scikit-learn's digits (1,437
    of 16x16, seed 0; rotation accuracy 0.94) have NMI 0.46 and purity 0.56 with the true digits, those of their pixels
    0.74 and 0.79; of block1 0.33 and 0.41, of block3 0.38 and 0.51, of block4 0.08 and 0.20.
    Departure: the paper trains by SGD with momentum for 200 epochs and flips images at random.
    """
    options = options or RotationOptions()
    images = split_images(train_images, test_images, seed, "rotation network")
    height, width, _ = images[0].shape[1:]
    require(
        height == width,
        "images must be square to be told apart by their rotation",
        "Crop them to a square with `image_size=`, or take another embedder.",
        height=height,
        width=width,
    )
    model = rotation_network(training_shape(images[0].shape[1:]), options.num_filters, seed=seed)
    test_accuracy = train_once(
        "rotation",
        RotationLoop,
        model,
        images,
        options,
        seed=seed,
        measure=rotation_accuracy,
        cache_dir=cache_dir,
        progress=progress,
    )
    return RotationEmbedder(model, test_accuracy, layer=layer, resize_mode=resize_mode)


def rotated(images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Images [n, S, S, C] turned counter-clockwise by 0, 90, 180 and 270 degrees, and the number of turns.

    Returns:
        [4 n, S, S, C]: first all images as they are, then all turned once, and so on; int32 [4 n] in 0..3.
    """
    across = tf.transpose(images, (0, 2, 1, 3))  # rows become columns
    turns = (images, tf.reverse(across, [1]), tf.reverse(images, [1, 2]), tf.reverse(across, [2]))
    return tf.concat(turns, axis=0), tf.repeat(tf.range(NUM_TURNS), tf.shape(images)[0], axis=0)


def rotation_accuracy(model: keras.Model, images_uint8: np.ndarray) -> float:
    """Share of right answers of a rotation network on all four rotations of images."""

    def num_right(batch: tf.Tensor) -> tf.Tensor:
        images, turns = rotated(to_float(fitted(model, batch)))
        right = tf.argmax(model(images, training=False), axis=1, output_type=tf.int32) == turns
        return tf.reduce_sum(tf.reshape(tf.cast(right, tf.int32), (NUM_TURNS, -1)), axis=0)  # [n], 0..4 of each image

    return float(in_batches(num_right, images_uint8).mean(dtype=np.float64)) / NUM_TURNS
