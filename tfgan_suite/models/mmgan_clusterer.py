"""Clusters of images by an MM-GAN: a classifier learns which Gaussian made an image, and is asked of real ones."""

import dataclasses
import math
from collections.abc import Callable
from typing import Any, Literal, Self

import keras
import numpy as np
import sklearn.base
import sklearn.utils.validation
import tensorflow as tf

from tfgan_suite.core.checks import require, require_positive, require_rank
from tfgan_suite.core.images import to_float, to_uint8
from tfgan_suite.metrics.embedders.base import Progress
from tfgan_suite.metrics.embedders.classifier_loop import predict_logits
from tfgan_suite.metrics.embedders.classifier_training import train_classifier
from tfgan_suite.metrics.functional.inception import inception_score
from tfgan_suite.models.base import adam
from tfgan_suite.models.mmgan import MMGAN

_MIN_SAMPLES = 20  # that a classifier is trained on
_TEST_SHARE = 5  # as many samples are drawn to train on as this times those to test on


@dataclasses.dataclass(frozen=True)
class LabelFreeScores:
    """What tells a good clustering from a bad one without labels; higher is better, each in [0, 1].

    Attributes:
        generated_accuracy: share of fresh generated images whose Gaussian the classifier names. Low where Gaussians
            make the same images.
        confidence: mean over real images of the largest probability. Low where real images lie between clusters or
            are unlike all generated ones; high, too, if one cluster swallows everything.
        information: mutual information of image and cluster over log K, (H(mean_x c(x)) - mean_x H(c(x))) / log K.
            1 for sure assignments to clusters of equal size; 0 if one cluster swallows everything.
    """

    generated_accuracy: float
    confidence: float
    information: float

    @property
    def selection_score(self) -> float:
        """The rule by which one of several seeds is chosen: `information`.

        It is the only one of the three that an MM-GAN whose Gaussians collapsed onto few clusters cannot score high
        in. It prefers clusters of equal size, as MNIST's classes are.
        """
        return self.information


@dataclasses.dataclass(frozen=True)
class ClusterClassifier:
    """The classifier c of algorithm 2, which assigns images to the Gaussians of an MM-GAN.

    Attributes:
        model: images float32 in 0..255 -> logits [N, K].
        num_clusters: K.
        image_shape: (height, width, channels) of the images it takes.
        generated_accuracy: as of `LabelFreeScores`.
    """

    model: keras.Model
    num_clusters: int
    image_shape: tuple[int, int, int]
    generated_accuracy: float

    def predict_proba(self, images: np.ndarray) -> np.ndarray:
        """The soft assignment c(x), float64 [N, K]; rows sum to 1.

        Args:
            images: uint8 [N, H, W, C], or float in [-1, 1].

        Raises:
            ValueError: images of another shape, type or range.
        """
        pixels = checked_images_uint8(images)
        require(
            pixels.shape[1:] == self.image_shape,
            "`images` must have the shape that the GAN makes",
            shape=pixels.shape[1:],
            of_the_gan=self.image_shape,
        )
        logits = predict_logits(self.model, pixels).astype(np.float64)
        exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
        return exponentials / exponentials.sum(axis=1, keepdims=True)

    def predict(self, images: np.ndarray) -> np.ndarray:
        """The hard assignment argmax_k c(x)_k, int32 [N]; arguments and errors as of `predict_proba`."""
        return self.predict_proba(images).argmax(axis=1).astype(np.int32)

    def scores(self, probs: np.ndarray) -> LabelFreeScores:
        """How sure the clustering is of real images, from their soft assignment `predict_proba(images)`."""
        information = math.log(inception_score(probs, 1)[0]) / math.log(self.num_clusters)
        return LabelFreeScores(
            self.generated_accuracy, float(probs.max(axis=1).mean()), float(np.clip(information, 0, 1))
        )


def train_cluster_classifier(
    gan: Any,
    *,
    num_samples_per_cluster: int = 1000,
    classifier_steps: int | None = None,
    batch_size: int = 128,
    learning_rate: float = 1e-3,
    seed: int = 0,
    progress: Progress | None = None,
) -> ClusterClassifier:
    """Trains a classifier to tell from which Gaussian a generated image is (MM-GAN thesis, algorithm 2, lines 2 to 7).

    Args:
        gan: a trained GAN of images with a `GaussianMixturePrior` (an `MMGAN` or another model), or what draws images
            of `num_classes` classes by `sample(num_images, labels, seed=...)`, such as the `SavedSampler` of an MMGAN.
        num_samples_per_cluster: M, images drawn from each Gaussian; a fifth as many more are drawn to test on.
        classifier_steps: of Adam; None: 10 epochs, but at least 300 and at most 5000 steps.
        batch_size: images per step.
        learning_rate: at the start; it falls to 0 along a cosine.
        seed: of the samples and of the classifier's weights and batches.
        progress: called as progress(steps done, all steps).

    Raises:
        ValueError: a number that is not above 0, fewer than 20 samples in all, or a GAN without Gaussians or classes,
            with fewer than two, or of points.
        FloatingPointError: the loss is not finite.

    Cost: K (M + M / 5) generated images, held as uint8, and the training of `small_cnn`: with ten Gaussians and the
    defaults some 20 s on two cores for images of 16x16.
    Known failings: Gaussians of the static prior overlap (with its constants neighbours are two standard deviations
    apart), so that `generated_accuracy` has a bound below 1 unless the generator pulls them apart.
    Departure: the thesis names neither M nor the classifier; the network is the DDM thesis' (`networks.small_cnn`).
    """
    num_clusters, draw = _drawing(gan)
    require_positive(num_samples_per_cluster=num_samples_per_cluster)
    require(
        num_clusters * num_samples_per_cluster >= _MIN_SAMPLES,
        f"`num_samples_per_cluster` must give at least {_MIN_SAMPLES} samples in all",
        num_samples_per_cluster=num_samples_per_cluster,
        num_clusters=num_clusters,
    )
    num_tested = -(-num_samples_per_cluster // _TEST_SHARE)
    images, labels = _generated(draw, num_clusters, num_samples_per_cluster, seed, "train")
    test_images, test_labels = _generated(draw, num_clusters, num_tested, seed, "test")
    trained = train_classifier(
        images,
        labels,
        test_images=test_images,
        test_labels=test_labels,
        num_classes=num_clusters,
        progress=progress,
        num_steps=classifier_steps,
        batch_size=batch_size,
        learning_rate=learning_rate,
        seed=seed,
    )
    return ClusterClassifier(trained.model, num_clusters, tuple(images.shape[1:]), trained.card.test_accuracy)


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
        num_filters: of DCGAN's largest maps.
        learning_rate, beta_1: of Adam, for both networks.
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
    Known failings: nothing makes a Gaussian a class; two may share one. Float images in [0, 1] pass for [-1, 1].
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
        num_filters: int = 64,
        learning_rate: float = 2e-4,
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
        self.num_filters = num_filters
        self.learning_rate = learning_rate
        self.beta_1 = beta_1
        self.average_decay = average_decay
        self.n_init = n_init
        self.verbose = verbose
        self.seed = seed

    def fit(self, X: np.ndarray, y: Any = None) -> Self:  # noqa: N803 (scikit-learn's name)
        """Trains the GAN and the classifier.

        Args:
            X: images, uint8 [N, H, H, C], or float in [-1, 1]; C is 1 or 3.
            y: ignored.

        Raises:
            ValueError: images of another shape, type or range, fewer than `n_clusters`, or an argument of the
                constructor out of its range.
            FloatingPointError: a loss is not finite.
        """
        pixels = checked_images_uint8(X)
        require(self.n_clusters >= 2, "`n_clusters` must be at least 2", n_clusters=self.n_clusters)
        require_positive(num_steps=self.num_steps, batch_size=self.batch_size, n_init=self.n_init)
        require(
            len(pixels) >= self.n_clusters,
            "There must be at least as many images as clusters",
            "Give more images, or ask for fewer clusters.",
            num_images=len(pixels),
            n_clusters=self.n_clusters,
        )
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

    def predict(self, X: np.ndarray) -> np.ndarray:  # noqa: N803
        """The cluster of each image, int32 [N].

        Raises:
            NotFittedError: before `fit`.
            ValueError: as `ClusterClassifier.predict_proba`.
        """
        sklearn.utils.validation.check_is_fitted(self)
        return self.classifier_.predict(X)

    def predict_proba(self, X: np.ndarray) -> np.ndarray:  # noqa: N803
        """The soft assignment of each image, float64 [N, n_clusters]; errors as of `predict`."""
        sklearn.utils.validation.check_is_fitted(self)
        return self.classifier_.predict_proba(X)

    def _trained_gan(self, pixels: np.ndarray, seed: int) -> MMGAN:
        keras.utils.set_random_seed(seed)
        gan = MMGAN.for_images(
            _Described(tuple(pixels.shape[1:])),
            num_gaussians=self.n_clusters,
            covariance=self.covariance,
            mean_range=self.mean_range,
            variance=self.variance,
            latent_dim=self.latent_dim,
            num_filters=self.num_filters,
            average_decay=self.average_decay,
            seed=seed,
        )
        gan.compile(
            adam(self.learning_rate, self.beta_1, 0.999),
            adam(self.learning_rate, self.beta_1, 0.999),
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


def checked_images_uint8(images: np.ndarray) -> np.ndarray:
    """Images as uint8 [N, H, W, C].

    Args:
        images: uint8 [N, H, W, C], or float in [-1, 1]; C is 1 or 3.

    Raises:
        ValueError: another rank or type, other channels, no images, or values that are not finite or out of range.
    """
    images = np.asarray(images)
    require_rank(4, images=images)
    require(
        len(images) > 0 and images.shape[-1] in (1, 3),
        "`images` must be at least one, of 1 or 3 channels",
        "Grey images [N, H, W] become [N, H, W, 1] by `images[..., np.newaxis]`.",
        shape=images.shape,
    )
    if images.dtype == np.uint8:
        return images
    require(
        np.issubdtype(images.dtype, np.floating),
        "`images` must be uint8 in 0..255 or float in [-1, 1]",
        dtype=str(images.dtype),
    )
    low, high = float(images.min()), float(images.max())
    require(
        -1 <= low and high <= 1,  # false for NaN
        "Float `images` must be in [-1, 1]",
        "`core.images.to_float` makes them of uint8.",
        smallest=low,
        largest=high,
    )
    return to_uint8(images)


def _drawing(gan: Any) -> tuple[int, Callable[[np.ndarray, int], np.ndarray]]:
    """K, and what makes float images from cluster ids and a seed."""
    num_gaussians = getattr(getattr(gan, "prior", None), "num_gaussians", None)
    num_clusters = num_gaussians or getattr(gan, "num_classes", None)
    require(
        num_clusters is not None and num_clusters >= 2,
        "`gan` must have a `GaussianMixturePrior` of at least two Gaussians, or as many classes",
        type=type(gan).__name__,
        num_gaussians=num_gaussians,
        num_classes=getattr(gan, "num_classes", None),
    )
    if num_gaussians is None:
        return num_clusters, lambda ids, seed: gan.sample(len(ids), ids, seed=seed)
    return num_clusters, lambda ids, seed: gan.sample_gaussian(ids, seed=seed)


def _generated(
    draw: Callable[[np.ndarray, int], np.ndarray], num_clusters: int, num_each: int, seed: int, what: str
) -> tuple[np.ndarray, np.ndarray]:
    """Lines 2 to 6 of algorithm 2: uint8 images [K * num_each, H, W, C] and the index of each one's Gaussian."""
    parts = []
    for cluster in range(num_clusters):  # one after the other, so that only these are held as floats
        own_seed = int(np.random.default_rng((seed % 2**63, cluster, what == "test")).integers(2**62))
        images = draw(np.full(num_each, cluster, np.int32), own_seed)
        require(bool(np.isfinite(images).all()), "generated images must be finite", cluster=cluster)
        parts.append(to_uint8(images))
    return np.concatenate(parts), np.repeat(np.arange(num_clusters, dtype=np.int32), num_each)


def _endless_batches(pixels: np.ndarray, batch_size: int, seed: int) -> tf.data.Dataset:
    """Shuffled float batches; only the order is buffered, not the images."""
    order = tf.data.Dataset.range(len(pixels)).shuffle(len(pixels), seed=seed).repeat()
    with tf.device("CPU:0"):
        held = tf.constant(pixels)
    return (
        order.batch(batch_size, drop_remainder=True).map(lambda rows: to_float(tf.gather(held, rows))).prefetch(2)
    )
