"""A classifier that tells which Gaussian of a GAN's prior made an image, and so clusters real images."""

import dataclasses
import math
from collections.abc import Callable
from typing import Any, Self

import keras
import numpy as np

from tfgan_suite.core.checks import require, require_positive, require_rank
from tfgan_suite.core.images import to_uint8
from tfgan_suite.metrics.embedders.base import Progress
from tfgan_suite.metrics.embedders.classifier_loop import predict_logits
from tfgan_suite.metrics.embedders.classifier_training import train_classifier
from tfgan_suite.metrics.functional.inception import inception_score

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

        The confidence will not do: early in a training the classifier may put nearly all digits into one cluster, with
        a confidence of 0.995 and an information of 0.002. It prefers clusters of equal size, as MNIST's classes are.
        """
        return self.information

    @classmethod
    def of(cls, generated_accuracy: float, probs: np.ndarray) -> Self:
        """The scores of real images with the soft assignment `probs` [N, K]."""
        information = math.log(inception_score(probs, 1)[0]) / math.log(probs.shape[1])
        return cls(float(generated_accuracy), float(probs.max(axis=1).mean()), float(np.clip(information, 0, 1)))


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
        return LabelFreeScores.of(self.generated_accuracy, probs)


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
        gan: a trained GAN of images with a `GaussianMixturePrior` (an `MMGAN` or another model), its `SavedSampler`,
            or what draws images of `num_classes` classes by `sample(num_images, labels, seed=...)`.
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
    require_enough_samples(num_clusters, num_samples_per_cluster)
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


def require_enough_samples(num_clusters: int, num_samples_per_cluster: int) -> None:
    """Refuses numbers that give a classifier fewer than 20 images to learn from.

    Raises:
        ValueError: as said.
    """
    require_positive(num_samples_per_cluster=num_samples_per_cluster)
    require(
        num_clusters * num_samples_per_cluster >= _MIN_SAMPLES,
        f"`num_samples_per_cluster` must give at least {_MIN_SAMPLES} samples in all",
        num_samples_per_cluster=num_samples_per_cluster,
        num_clusters=num_clusters,
    )


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
        low >= -1 and high <= 1,  # false for NaN
        "Float `images` must be in [-1, 1]",
        "`core.images.to_float` makes them of uint8.",
        smallest=low,
        largest=high,
    )
    return to_uint8(images)


def _drawing(gan: Any) -> tuple[int, Callable[[np.ndarray, int], np.ndarray]]:
    """K, and what makes float images from cluster ids and a seed."""
    num_gaussians = getattr(getattr(gan, "prior", None), "num_gaussians", None)
    if num_gaussians is None:
        num_gaussians = getattr(gan, "card", {}).get("num_gaussians")  # of a `SavedSampler`
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
