"""Clusters of images by an MM-GAN, as an estimator in the style of scikit-learn."""

import dataclasses
import math
from typing import Any, Literal, Self

import keras
import numpy as np
import sklearn.base
import sklearn.utils.validation
import tensorflow as tf

from tfgan_suite.core.checks import require, require_positive
from tfgan_suite.core.images import to_float
from tfgan_suite.models.base import adam_pair
from tfgan_suite.models.cluster_classifier import (
    checked_images_uint8,
    require_enough_samples,
    train_cluster_classifier,
)
from tfgan_suite.models.mmgan import MMGAN


class MMGANClusterer(sklearn.base.ClusterMixin, sklearn.base.BaseEstimator):
    """Clusters images by an unsupervised MM-GAN (MM-GAN thesis, chapter 5, algorithm 2; SPEC C8); scikit-learn style.

    `fit` trains an `MMGAN` with K = `n_clusters` and then `train_cluster_classifier` on its samples. With `n_init`
    above 1 it does so with the seeds seed, seed + 1, ... and keeps the one with the highest
    `LabelFreeScores.selection_score`.

    Args:
        n_clusters: K, at least 2.
        num_steps: generator steps.
        batch_size: real images per discriminator step, or all if there are fewer.
        generator_batch_size: generated images per generator step.
        num_samples_per_cluster, classifier_steps: as of `train_cluster_classifier`.
        covariance, mean_range, variance, latent_dim: of the prior.
        network, num_filters: as of `MMGAN.for_images`.
        learning_rate, beta_1: of Adam, for both networks.
        discriminator_learning_rate: of the discriminator, if another one.
        average_decay: sample from averaged generator weights with this decay.
        n_init: GANs trained.
        verbose: as of `keras.Model.fit`.
        seed: of everything; `fit` sets the global seeds of Keras, NumPy and Python by it.

    Attributes:
        gan_: the MMGAN that was kept.
        classifier_: its `ClusterClassifier`.
        labels_: int32 [N], the clusters of the images that it was fitted to.
        scores_: `LabelFreeScores` on these.
        seed_: with which it was trained.

    Cost: K, image size and `num_steps` decide; see the model. Memory: the images as uint8, the classifier's samples.
    Known failings: nothing makes a Gaussian a class; two may share one. The defaults are algorithm 1's on DCGAN's
    networks; on few and small images they fail: of scikit-learn's digits (16x16) they made noise, as the discriminator
    won. There `network="infogan", num_filters=32, mean_range=0.5, learning_rate=1e-3, discriminator_learning_rate=2e-4`
    gave accuracies of 0.76 and 0.82 after 1,000 steps (two seeds; k-means on the pixels 0.79), and the label-free rule
    chose the better one. Float images in [0, 1] pass for [-1, 1].
    """

    def __init__(
        self,
        n_clusters: int = 10,
        *,
        num_steps: int = 10_000,
        batch_size: int = 64,
        generator_batch_size: int = 128,
        num_samples_per_cluster: int = 1000,
        classifier_steps: int | None = None,
        covariance: Literal["fixed", "diagonal", "full"] = "full",
        mean_range: float = 0.1,
        variance: float = 0.15,
        latent_dim: int = 100,
        network: Literal["dcgan", "infogan"] = "dcgan",
        num_filters: int = 64,
        learning_rate: float = 2e-4,
        discriminator_learning_rate: float | None = None,
        beta_1: float = 0.5,
        average_decay: float | None = None,
        n_init: int = 1,
        verbose: int = 0,
        seed: int = 0,
    ) -> None:
        self.n_clusters = n_clusters
        self.num_steps = num_steps
        self.batch_size = batch_size
        self.generator_batch_size = generator_batch_size
        self.num_samples_per_cluster = num_samples_per_cluster
        self.classifier_steps = classifier_steps
        self.covariance = covariance
        self.mean_range = mean_range
        self.variance = variance
        self.latent_dim = latent_dim
        self.network = network
        self.num_filters = num_filters
        self.learning_rate = learning_rate
        self.discriminator_learning_rate = discriminator_learning_rate
        self.beta_1 = beta_1
        self.average_decay = average_decay
        self.n_init = n_init
        self.verbose = verbose
        self.seed = seed

    def fit(self, images: np.ndarray, y: Any = None) -> Self:
        """Trains the GAN and the classifier.

        Args:
            images: uint8 [N, H, H, C], or float in [-1, 1]; C is 1 or 3.
            y: ignored.

        Raises:
            ValueError: images of another shape, type or range, fewer than `n_clusters`, or an argument of the
                constructor out of its range.
            FloatingPointError: a loss is not finite.
        """
        pixels = checked_images_uint8(images)
        require(self.n_clusters >= 2, "`n_clusters` must be at least 2", n_clusters=self.n_clusters)
        require_positive(num_steps=self.num_steps, batch_size=self.batch_size, n_init=self.n_init)
        rates = {name: getattr(self, name) for name in ("learning_rate", "discriminator_learning_rate")}
        require_positive(**{name: rate for name, rate in rates.items() if rate is not None})
        require(
            len(pixels) >= self.n_clusters,
            "There must be at least as many images as clusters",
            "Give more images, or ask for fewer clusters.",
            num_images=len(pixels),
            n_clusters=self.n_clusters,
        )
        require_enough_samples(self.n_clusters, self.num_samples_per_cluster)  # before the long training
        best = None
        for seed in range(self.seed, self.seed + self.n_init):
            gan = self._trained_gan(pixels, seed)
            classifier = train_cluster_classifier(
                gan,
                num_samples_per_cluster=self.num_samples_per_cluster,
                classifier_steps=self.classifier_steps,
                seed=seed,
            )
            probs = classifier.predict_proba(pixels)
            scores = classifier.scores(probs)
            if best is None or scores.selection_score > best:
                best, self.gan_, self.classifier_ = scores.selection_score, gan, classifier
                self.labels_ = probs.argmax(axis=1).astype(np.int32)
                self.scores_, self.seed_ = scores, seed
        return self

    def predict(self, images: np.ndarray) -> np.ndarray:
        """The cluster of each image, int32 [N].

        Raises:
            NotFittedError: before `fit`.
            ValueError: as `ClusterClassifier.predict_proba`.
        """
        sklearn.utils.validation.check_is_fitted(self)
        return self.classifier_.predict(images)

    def predict_proba(self, images: np.ndarray) -> np.ndarray:
        """The soft assignment of each image, float64 [N, n_clusters]; errors as of `predict`."""
        sklearn.utils.validation.check_is_fitted(self)
        return self.classifier_.predict_proba(images)

    def _trained_gan(self, pixels: np.ndarray, seed: int) -> MMGAN:
        keras.utils.set_random_seed(seed)
        gan = MMGAN.for_images(
            _Described(tuple(pixels.shape[1:])),
            num_gaussians=self.n_clusters,
            covariance=self.covariance,
            mean_range=self.mean_range,
            variance=self.variance,
            latent_dim=self.latent_dim,
            network=self.network,
            num_filters=self.num_filters,
            average_decay=self.average_decay,
            seed=seed,
        )
        gan.compile(
            *adam_pair(self.learning_rate, self.discriminator_learning_rate, self.beta_1, 0.999),
            generator_batch_size=self.generator_batch_size,
        )
        batches = _endless_batches(pixels, min(self.batch_size, len(pixels)), seed)
        history = gan.fit(batches, steps_per_epoch=self.num_steps, verbose=self.verbose).history
        losses = {name: float(values[-1]) for name, values in history.items()}
        if not all(map(math.isfinite, losses.values())):
            raise FloatingPointError(f"A loss is not finite: {losses}. Choose a lower `learning_rate`.")
        return gan


@dataclasses.dataclass(frozen=True)
class _Described:
    """What `MMGAN.for_images` looks at of images without labels."""

    image_shape: tuple[int, ...]
    num_classes: None = None


def _endless_batches(pixels: np.ndarray, batch_size: int, seed: int) -> tf.data.Dataset:
    """Shuffled float batches; only the order is buffered, not the images."""
    order = tf.data.Dataset.range(len(pixels)).shuffle(len(pixels), seed=seed).repeat()
    with tf.device("CPU:0"):
        held = tf.constant(pixels)
    return order.batch(batch_size, drop_remainder=True).map(lambda rows: to_float(tf.gather(held, rows))).prefetch(2)
