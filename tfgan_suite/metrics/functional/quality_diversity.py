"""Quality, diversity and combined scores of generated images (MM-GAN thesis, section 3.3; SPEC C6)."""

import dataclasses
import math
from typing import Literal

import numpy as np
import scipy.special
import scipy.stats
import sklearn.metrics

from tfgan_suite.core.checks import require, require_in, require_positive, require_rank
from tfgan_suite.metrics.functional.ms_ssim import mean_pairwise_ms_ssim
from tfgan_suite.metrics.functional.pairwise import as_features, nearest_neighbors

_BLOCK_ROWS = 1024


@dataclasses.dataclass(frozen=True)
class QualityDiversity:
    """The scores of one set of images, each in [0, 1], higher is better; the names are those of eq. 3.3 to 3.7."""

    quality: float
    intra_class: float
    inter_class: float
    diversity: float
    combined: float


def reference_log_alpha(reference_features: np.ndarray) -> float:
    """log(alpha) of the quality score by which a real image scores one half: the median distance to the nearest other.

    MM-GAN thesis, eq. 3.2, gives no alpha. There q(x) = 1 / 2 where e^d = alpha, d the distance to the nearest training
    image; so with the median of the training images' own nearest distances as log(alpha), half of all images that are
    as real as they score above one half. A logarithm, since alpha itself is too large for a float where distances are
    above 709.

    Args:
        reference_features: float [M, D] of the training set, M at least 2.

    Returns:
        A Python float, at least 0: in units of the features' distance.

    Raises:
        ValueError: not of rank 2, fewer than two rows, or values that are not finite.

    Cost: 2 M^2 D operations, blocked; memory of `pairwise.nearest_neighbors`.
    Known failings: grows as M gets smaller, so scores of reference sets of other sizes do not compare. It moves the
    middle of the scale, not its width, which stays one unit of distance (the score falls from .73 to .27 over two):
    where distances between real images vary by far more, scores are nearly 0 or 1; by far less, nearly one half.
    """
    (reference_features,) = as_features(min_rows=2, reference_features=reference_features)
    distances, _ = nearest_neighbors(reference_features, reference_features, 1, exclude_self=True)
    return float(np.median(distances))


def quality_scores(
    features: np.ndarray,
    reference_features: np.ndarray,
    alpha: float | None = None,
    *,
    log_alpha: float | None = None,
) -> np.ndarray:
    """Quality of each image by its distance to the nearest training image.

    MM-GAN thesis, eq. 3.2: q(x) = 1 - e^d / (e^d + alpha), d the Euclidean distance from the features of x to those of
    its nearest training sample, in a layer of a classifier trained on the same data. Computed as the logistic function
    of log(alpha) - d, which does not overflow. The mean over the set is q(X), eq. 3.3.

    Args:
        features: float [N, D], of generated images.
        reference_features: float [M, D], of the training set.
        alpha: above 0; e^d = alpha is where the quality is a half. The thesis gives no value; None takes the one of
            `reference_log_alpha(reference_features)`.
        log_alpha: in place of `alpha`, its logarithm.

    Returns:
        float64 [N], each in [0, alpha / (1 + alpha)].

    Raises:
        ValueError: not of rank 2, no rows, different D, values that are not finite, or `alpha` not above 0; both
            `alpha` and `log_alpha`; with neither, a single reference.

    Direction: higher is better.
    Cost: O(N M D) time, without `alpha` O((N + M) M D), blocked; memory linear in the inputs.
    Known failings: an image copied from the training set has the highest score there is; that score is
    alpha / (1 + alpha), not 1; the scale of the features decides with alpha what is good, so numbers of different
    layers, classifiers or alphas cannot be compared.
    """
    if alpha is not None:
        require(log_alpha is None, "only one of `alpha` and `log_alpha` may be given", alpha=alpha, log_alpha=log_alpha)
        require_positive(alpha=alpha)
        log_alpha = math.log(alpha)
    require(log_alpha is None or math.isfinite(log_alpha), "`log_alpha` must be finite", log_alpha=log_alpha)
    features, reference_features = as_features(features=features, reference_features=reference_features)
    if log_alpha is None:
        log_alpha = reference_log_alpha(reference_features)
    return scipy.special.expit(log_alpha - _nearest_distances(features, reference_features))


def intra_class_diversity(
    images: np.ndarray,
    *,
    pairs: Literal["all", "distinct"] = "all",
    variant: Literal["tf_image", "progressive_gan"] = "tf_image",
    value_range: tuple[float, float] | None = None,
) -> float:
    """One minus the mean MS-SSIM over all pairs of images.

    MM-GAN thesis, eq. 3.4: d_intra(X) = 1 - 1 / |X|^2 sum over (x, x') in X x X of MS-SSIM(x, x'). Over the whole set,
    in spite of its name: for one class, pass that class' images.

    Args:
        images: [N, H, W, C], N at least 2; uint8, or float in `value_range`.
        pairs: "all": X x X as printed, so that each image also meets itself, with a similarity of 1; the highest value
            is 1 - 1 / N. "distinct": pairs of different images only, which does not depend on N on average; it is
            the "all" value times N / (N - 1).
        variant: of MS-SSIM, see `ms_ssim.scales_for`: images below 161 pixels use fewer than five scales.
        value_range: lowest and highest value an image can have, (-1, 1) for floats and (0, 255) for uint8 unless given.

    Returns:
        A float in [0, 1]; 0 if all images are equal.

    Raises:
        ValueError: as `ms_ssim.mean_pairwise_ms_ssim`, or unknown `pairs`.

    Direction: higher is better.
    Cost: that of `ms_ssim.mean_pairwise_ms_ssim`: half a minute on one core for 1,000 images of 32 x 32 x 3.
    Known failings: noise and broken images are diverse.
    """
    require_in(("all", "distinct"), pairs=pairs)
    diversity = 1 - mean_pairwise_ms_ssim(images, variant=variant, value_range=value_range)
    return diversity * (len(images) - 1) / len(images) if pairs == "all" else diversity


def inter_class_diversity(probs: np.ndarray) -> float:
    """Entropy of the mean one-hot prediction, divided by the logarithm of the number of classes.

    MM-GAN thesis, eq. 3.5. The prediction of an image is the one-hot vector of its most probable class (the first one
    of equals), so the score does not see how sure the classifier is.

    Args:
        probs: float [N, C], C at least 2: class probabilities, or logits; only the largest of each row matters.

    Returns:
        A float in [0, 1]; 1 if all classes are predicted equally often, 0 if one class is.

    Raises:
        ValueError: not of rank 2, no rows, fewer than two classes, or values that are not finite.

    Direction: higher is better, where the data's classes are equally frequent.
    Cost: O(N C).
    Known failings: blind to everything inside a class, and to wrong predictions; unequal true class frequencies
    score below 1.
    """
    probs = np.asarray(probs)
    require_rank(2, probs=probs)
    require(
        len(probs) > 0 and probs.shape[1] >= 2,
        "`probs` must have at least one row and two classes",
        **{"probs.shape": probs.shape},
    )
    num_bad_rows = int((~np.isfinite(probs)).any(axis=1).sum())
    require(num_bad_rows == 0, "`probs` must be finite", num_bad_rows=num_bad_rows)
    counts = np.bincount(probs.argmax(axis=1), minlength=probs.shape[1])
    return float(np.clip(scipy.stats.entropy(counts) / math.log(probs.shape[1]), 0.0, 1.0))  # outside by rounding only


def diversity_score(intra_class: float, inter_class: float) -> float:
    """sqrt(d_intra d_inter), in [0, 1]; higher is better. MM-GAN thesis, eq. 3.6.

    Raises:
        ValueError: a score outside [0, 1].
    """
    return _geometric_mean(intra_class=intra_class, inter_class=inter_class)


def combined_score(quality: float, diversity: float) -> float:
    """sqrt(q d), in [0, 1]; higher is better. MM-GAN thesis, eq. 3.7, `quality` being the mean of `quality_scores`.

    Raises:
        ValueError: a score outside [0, 1].
    """
    return _geometric_mean(quality=quality, diversity=diversity)


def quality_diversity(
    images: np.ndarray,
    probs: np.ndarray,
    features: np.ndarray,
    reference_features: np.ndarray,
    alpha: float | None = None,
    *,
    pairs: Literal["all", "distinct"] = "all",
    variant: Literal["tf_image", "progressive_gan"] = "tf_image",
    value_range: tuple[float, float] | None = None,
) -> QualityDiversity:
    """All scores of one set of generated images (MM-GAN thesis, eq. 3.2 to 3.7).

    Args:
        images: [N, H, W, C], see `intra_class_diversity`.
        probs: float [N, C], their class probabilities, see `inter_class_diversity`.
        features: float [N, D], see `quality_scores`.
        reference_features: float [M, D], of the training set.
        alpha: above 0, or None, see `quality_scores`.
        pairs: as in `intra_class_diversity`.
        variant: as in `intra_class_diversity`.
        value_range: as in `intra_class_diversity`.

    Raises:
        ValueError: as the functions named, or not the same number of images, predictions and features.

    Direction: higher is better, each in [0, 1].
    Cost: that of the three functions.
    Known failings: theirs.
    """
    require(
        len(images) == len(probs) == len(features),
        "`images`, `probs` and `features` must be of the same images",
        lengths=(len(images), len(probs), len(features)),
    )
    quality = float(quality_scores(features, reference_features, alpha).mean())
    inter_class = inter_class_diversity(probs)
    intra_class = intra_class_diversity(images, pairs=pairs, variant=variant, value_range=value_range)
    diversity = diversity_score(intra_class, inter_class)
    return QualityDiversity(quality, intra_class, inter_class, diversity, combined_score(quality, diversity))


def _nearest_distances(features: np.ndarray, reference_features: np.ndarray) -> np.ndarray:
    """Euclidean distance of each row to the nearest reference row: float64 [N].

    The nearest is searched by products, where close distances lose digits; the distance itself by differences.
    """
    dtype = np.float32 if features.dtype == reference_features.dtype == np.float32 else np.float64
    nearest = sklearn.metrics.pairwise_distances_argmin(
        np.asarray(features, dtype), np.asarray(reference_features, dtype)
    )
    distances = np.empty(len(features))
    for start in range(0, len(features), _BLOCK_ROWS):
        rows = slice(start, start + _BLOCK_ROWS)
        differences = features[rows].astype(np.float64) - reference_features[nearest[rows]].astype(np.float64)
        distances[rows] = np.linalg.norm(differences, axis=1)
    return distances


def _geometric_mean(**scores: float) -> float:
    for name, score in scores.items():
        require(0 <= score <= 1, f"`{name}` must be in [0, 1]", **{name: score})
    return math.sqrt(math.prod(scores.values()))
