"""Trains the encoder that inverts a GAN's generator, on images that the generator makes for it."""

import dataclasses
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tfgan_suite.core.checks import require_positive
from tfgan_suite.core.seeds import fold_in, make_seed
from tfgan_suite.losses.auxiliary import classification_loss
from tfgan_suite.metrics.embedders.base import Progress
from tfgan_suite.metrics.embedders.feature_distance import FeatureDistance
from tfgan_suite.metrics.embedders.training_loop import Schedule, TrainingLoop, cosine_adam
from tfgan_suite.models.sampling import LABELS, LATENTS
from tfgan_suite.networks import inversion

_HELD_OUT = -1  # in place of a step


@dataclasses.dataclass(frozen=True)
class TrainedEncoder:
    """An encoder and what it is worth on samples that it was not trained on.

    Attributes:
        encoder: of `networks.inversion.inversion_encoder`.
        latent_error: mean squared error of the latents as a share of their variance: 0 is perfect, 1 is what the mean
            of the prior would have.
        class_accuracy: share of labels found; None for an unconditional GAN.
    """

    encoder: keras.Model
    latent_error: float
    class_accuracy: float | None


def train_encoder(
    gan: Any,
    *,
    num_steps: int = 2000,
    batch_size: int = 64,
    learning_rate: float = 1e-3,
    feature_dims: int = 256,
    num_filters: int = 32,
    num_test_samples: int = 1000,
    seed: int = 0,
    progress: Progress | None = None,
) -> TrainedEncoder:
    """Trains F, F_z and F_c to tell latents and class of generated images (self-conditioned GAN, section 4.4.1).

    Every step draws fresh latents, and labels as in training the GAN, and minimises the mean squared error of the
    latents plus the cross-entropy of the labels. The GAN is not changed. The same seed gives the same encoder.

    Args:
        gan: makes images; its averaged weights are taken if it keeps them.
        num_steps: of Adam, whose learning rate falls to 0 along a cosine.
        batch_size: samples per step.
        learning_rate: at the start.
        feature_dims: length of the features.
        num_filters: of the encoder's first convolution.
        num_test_samples: fresh samples for the error and the accuracy.
        seed: of the encoder's weights and of all samples.
        progress: called as progress(steps done, num_steps).

    Raises:
        ValueError: a number below 1, or a GAN that makes points, not images.
        FloatingPointError: the loss is not finite.

    Cost: that of as many generator and encoder steps; memory of one batch, and 9 bytes per sample.
    Known failings: where the generator maps many latents to one image, no encoder can tell them apart, and
    `latent_error` stays near 1.
    Departure: the paper does not write its loss out; the sum here is unweighted.
    """
    require_positive(
        num_steps=num_steps, batch_size=batch_size, learning_rate=learning_rate, num_test_samples=num_test_samples
    )
    encoder = inversion.inversion_encoder(
        gan.generator.output_shape[1:],
        gan.latent_dim,
        gan.num_classes,
        feature_dims=feature_dims,
        num_filters=num_filters,
        seed=seed,
    )
    _EncoderLoop(encoder, gan, Schedule(num_steps, batch_size, learning_rate, seed)).run(progress)
    return TrainedEncoder(encoder, *_measure(encoder, gan, num_test_samples, batch_size, seed))


def encoder_distance(encoder: keras.Model) -> FeatureDistance:
    """||F(a) - F(b)||^2, the squared distance of the encoder's features, of the equation of section 4.4.1."""
    return FeatureDistance(
        "squared distance of the encoder's features",
        lambda images: [encoder(images, training=False)[inversion.FEATURES]],
        lambda a, b: tf.reduce_sum(tf.math.squared_difference(a[0], b[0]), axis=1),
    )


class _EncoderLoop(TrainingLoop):
    """Its data is drawn by each step's seed; the one epoch is as long as the training."""

    what = "encoder"

    def __init__(self, encoder: keras.Model, gan: Any, schedule: Schedule) -> None:
        self.gan = gan
        places = np.zeros(schedule.num_steps * schedule.batch_size, np.uint8)
        super().__init__(encoder, (places,), cosine_adam(schedule.learning_rate, schedule.num_steps), schedule)

    def objective(self, batch: tuple[tf.Tensor], seed: tf.Tensor) -> dict[str, tf.Tensor]:
        """The sum of both losses, and each."""
        images, latents, labels = _draw(self.gan, tf.shape(batch[0])[0], seed)
        outputs = self.model(images, training=True)
        losses = {"latent_loss": tf.reduce_mean(tf.math.squared_difference(outputs[inversion.LATENTS], latents))}
        if labels is not None:
            losses["class_loss"] = classification_loss(outputs[inversion.CLASS_LOGITS], labels)
        return {"loss": tf.add_n(list(losses.values())), **losses}


def _draw(gan: Any, num_samples: Any, seed: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor | None]:
    """Images as `gan.sample` makes them, their latents and labels."""
    latents = gan.sample_latents(num_samples, fold_in(seed, LATENTS))
    labels = gan.sample_labels(num_samples, fold_in(seed, LABELS))
    return gan(latents if labels is None else (latents, labels), training=False), latents, labels


def _measure(
    encoder: keras.Model, gan: Any, num_samples: int, batch_size: int, seed: int
) -> tuple[float, float | None]:
    """Error of the latents over their variance, and share of right labels, on fresh samples."""

    @tf.function(reduce_retracing=True)
    def answers(num: tf.Tensor, seed: tf.Tensor) -> tuple[tf.Tensor, ...]:
        images, latents, labels = _draw(gan, num, seed)
        outputs = encoder(images, training=False)
        found = (latents, outputs[inversion.LATENTS])
        if labels is None:
            return found
        return (*found, tf.argmax(outputs[inversion.CLASS_LOGITS], axis=1, output_type=tf.int32) == labels)

    base, parts = fold_in(make_seed(seed), _HELD_OUT), []
    for index, start in enumerate(range(0, num_samples, batch_size)):
        num = tf.constant(min(batch_size, num_samples - start))
        parts.append([values.numpy() for values in answers(num, fold_in(base, index))])
    latents, predicted, *right = (np.concatenate(rows).astype(np.float64) for rows in zip(*parts, strict=True))
    variance = np.mean(np.square(latents - latents.mean(axis=0)))
    error = float(np.mean(np.square(predicted - latents)) / max(variance, np.finfo(np.float64).tiny))
    return error, float(right[0].mean()) if right else None
