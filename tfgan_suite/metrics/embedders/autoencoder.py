"""An embedder that needs neither a download nor labels: the code of an autoencoder trained on the data set itself."""

import dataclasses
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from tfgan_suite.core.cache import content_key
from tfgan_suite.core.images import to_float
from tfgan_suite.metrics.embedders.base import Embedder, Progress
from tfgan_suite.metrics.embedders.layers import require_layer
from tfgan_suite.metrics.embedders.self_supervised import SelfSupervisedOptions, split_images, train_once
from tfgan_suite.metrics.embedders.training_data import training_shape
from tfgan_suite.metrics.embedders.training_loop import TrainingLoop, fitted, in_batches
from tfgan_suite.networks.encoders import CODE, conv_decoder, conv_encoder


@dataclasses.dataclass(frozen=True)
class AutoencoderOptions(SelfSupervisedOptions):
    """As `SelfSupervisedOptions`.

    Attributes:
        code_dims: length of the code.
    """

    code_dims: int = 128


class AutoencoderLoop(TrainingLoop):
    """Mean squared error between images in [-1, 1] and what a model makes of them."""

    what = "autoencoder"

    def objective(self, batch: tuple[tf.Tensor], seed: tf.Tensor) -> dict[str, tf.Tensor]:
        """The mean over all values of all images."""
        images = to_float(fitted(self.model, batch[0]))
        return {"loss": tf.reduce_mean(tf.math.squared_difference(self.model(images, training=True), images))}


class AutoencoderEmbedder(Embedder):
    """Features are an autoencoder's code; there are no probabilities.

    Distances in the code are those of what the autoencoder was trained on; as a measure it is for comparing models on
    one data set.

    Args:
        encoder: from images in [-1, 1] to codes, of `conv_encoder`.
        test_error: mean squared error on images held out.
        layer: "code", the only one.
        resize_mode: a rule of `RESIZE_MODES`.

    Raises:
        ValueError: another layer, or an unknown resize mode.

    Attributes:
        test_error: mean squared error per value in [-1, 1] on images that the autoencoder was not trained on.
    """

    def __init__(
        self, encoder: keras.Model, test_error: float, *, layer: str | None = None, resize_mode: str | None = None
    ) -> None:
        super().__init__(resize_mode)
        self.test_error, self.layer = test_error, CODE
        self.name = f"autoencoder trained on the data (squared error {test_error:.4f} on images held out)"
        require_layer(layer or CODE, [CODE], self.name)
        self.input_size, self.input_channels = tuple(encoder.input_shape[1:3]), encoder.input_shape[3]
        self.feature_dim = encoder.output_shape[-1]
        self.weights_hash = content_key("autoencoder", *(np.asarray(weight) for weight in encoder.get_weights()))
        self._encoder = encoder

    def forward(self, images: tf.Tensor) -> tuple[tf.Tensor, None]:
        """The code."""
        return tf.cast(self._encoder(to_float(images), training=False), tf.float32), None


def train_autoencoder_embedder(
    train_images: np.ndarray,
    *,
    test_images: np.ndarray | None = None,
    options: AutoencoderOptions | None = None,
    seed: int = 0,
    layer: str | None = None,
    resize_mode: str | None = None,
    cache_dir: Path | None = None,
    progress: Progress | None = None,
) -> AutoencoderEmbedder:
    """Trains an autoencoder on images, or reads it from the cache, where it is kept by the content of the data.

    For the clusters of Logo-GAN-AE (Sage et al. 2018; self-conditioned GAN, tables 2 and 3). Mean squared error in
    [-1, 1]. Images with a side above 64 are shrunk so that the longer side is 64.

    Args:
        train_images: uint8 [N, H, W, C], N at least 20.
        test_images: images for the error, at least 20; without them every tenth training image is held out.
        options: sizes and lengths.
        seed: of weights and batches.
        layer: of the embedder; "code".
        resize_mode: of the embedder.
        cache_dir: `tfgan_suite.core.cache.cache_dir()` unless given.
        progress: called as progress(steps done, num_steps).

    Raises:
        ValueError: images of another rank or type or too few, an option out of its range, another layer.
        FloatingPointError: the loss is NaN or infinite.

    Cost: a step of 128 images of 16x16 takes 0.03 s of one core, of 32x32 four times that.
    Known failings: a code keeps what makes pixels alike. Ten k-means clusters of scikit-learn's digits (1,437 of 16x16,
    seed 0; squared error 0.0073) have NMI 0.72 and purity 0.73 with the true digits, those of their pixels 0.74 and
    0.79; with 32 code dimensions 0.70 and 0.75.
    Departure: layers, code length and training are this project's own.
    """
    options = options or AutoencoderOptions()
    images = split_images(train_images, test_images, seed, "autoencoder")
    shape = training_shape(images[0].shape[1:])
    sizes = {"code_dims": options.code_dims, "num_filters": options.num_filters, "seed": seed}
    encoder, decoder = conv_encoder(shape, **sizes), conv_decoder(shape, **sizes)
    model = keras.Model(encoder.input, decoder(encoder.output), name="autoencoder")
    test_error = train_once(
        "autoencoder",
        AutoencoderLoop,
        model,
        images,
        options,
        seed=seed,
        measure=reconstruction_error,
        cache_dir=cache_dir,
        progress=progress,
    )
    return AutoencoderEmbedder(encoder, test_error, layer=layer, resize_mode=resize_mode)


def reconstruction_error(model: keras.Model, images_uint8: np.ndarray) -> float:
    """Mean squared error of an autoencoder, per value in [-1, 1]."""

    def errors(batch: tf.Tensor) -> tf.Tensor:
        images = to_float(fitted(model, batch))
        return tf.reduce_mean(tf.math.squared_difference(model(images, training=False), images), axis=(1, 2, 3))

    return float(in_batches(errors, images_uint8).mean(dtype=np.float64))
