"""Memorisation: the training image nearest to each generated image, in pixels."""

import dataclasses
import math

import numpy as np

from tfgan_suite.core.checks import require, require_rank
from tfgan_suite.metrics.functional.pairwise import DEFAULT_MAX_BYTES, as_features, nearest_neighbors


@dataclasses.dataclass(frozen=True)
class NearestImages:
    """The nearest training images of each generated image, nearest first.

    `indices` int64 [N, num_neighbors] into the training images; `distances` float64 [N, num_neighbors], the Euclidean
    norm of the difference of all pixel values, in their unit (grey levels 0..255 for uint8).
    """

    indices: np.ndarray
    distances: np.ndarray


def nearest_training_images(
    generated: np.ndarray,
    training: np.ndarray,
    num_neighbors: int = 1,
    *,
    max_bytes: int = DEFAULT_MAX_BYTES,
) -> NearestImages:
    """The training images nearest to each generated image, by the Euclidean distance of their pixels.

    The thesis on ModNet and DDM, section 2.5.5. Of training images at the same distance the first one comes first.

    Args:
        generated: [N, H, W, C], uint8 or float.
        training: [M, H, W, C], uint8 if `generated` is, else float in the same range; not copied.
        num_neighbors: in [1, M].
        max_bytes: memory for the blocks of distances, in bytes.

    Returns:
        NearestImages.

    Raises:
        ValueError: images of another rank, shape or type, values that are not finite, or `num_neighbors` out of range.

    Direction: a distance near 0 is a copy; what is near depends on the data (`memorised_fraction`).
    Cost: 2 N M H W C operations; memory `max_bytes`.
    Known failings: a copy shifted by a pixel, or mirrored, is far away; smooth and dark images are near to many.
    """
    generated, training = np.asarray(generated), np.asarray(training)
    require_rank(4, generated=generated, training=training)
    require(
        generated.shape[1:] == training.shape[1:],
        "`generated` and `training` must hold images of the same height, width and channels",
        generated=generated.shape,
        training=training.shape,
    )
    require(
        generated.dtype == training.dtype or generated.dtype.kind == training.dtype.kind == "f",
        "`generated` and `training` must both be uint8, or both floats in one range",
        generated=str(generated.dtype),
        training=str(training.dtype),
        fix="`core.images.to_uint8` makes one of the other.",
    )
    num_pixels = math.prod(training.shape[1:])
    generated, training = as_features(
        generated=generated.reshape(len(generated), num_pixels),  # [N, H * W * C]
        training=training.reshape(len(training), num_pixels),  # [M, H * W * C]
    )
    require(
        1 <= num_neighbors <= len(training),
        "`num_neighbors` must be in [1, number of training images]",
        num_neighbors=num_neighbors,
        num_training=len(training),
    )
    distances, indices = nearest_neighbors(generated, training, num_neighbors, max_bytes=max_bytes)
    return NearestImages(indices, distances)


def conditioned_fraction(nearest_indices: np.ndarray, source_indices: np.ndarray) -> float:
    """Share of generated images whose nearest training image is the one they were conditioned on.

    The thesis on ModNet and DDM, section 2.5.5 (SPEC E4), for models that turn an image into another.

    Args:
        nearest_indices: int [N], or [N, num_neighbors] of which the first column counts.
        source_indices: int [N], of the training images that the generator was given.

    Returns:
        A Python float in [0, 1]. The thesis found 1.

    Raises:
        ValueError: arrays that are empty, not integers, or of different lengths.

    Direction: high means that outputs are their inputs, little changed, and not other training images.
    Cost: N comparisons.
    Known failings: says nothing of the distance; a model that returns its input has 1 as well.
    """
    nearest, sources = np.asarray(nearest_indices), np.asarray(source_indices)
    nearest = nearest[:, 0] if nearest.ndim == 2 and nearest.shape[1] else nearest
    require(
        nearest.ndim == 1 and nearest.shape == sources.shape and nearest.size > 0,
        "`source_indices` must hold one index for each generated image, of which there must be some",
        nearest_indices=np.shape(nearest_indices),
        source_indices=sources.shape,
    )
    require(
        nearest.dtype.kind in "iu" and sources.dtype.kind in "iu",
        "indices must be integers",
        nearest_indices=str(nearest.dtype),
        source_indices=str(sources.dtype),
    )
    return float((nearest == sources).mean())


def memorised_fraction(distances: np.ndarray, reference_distances: np.ndarray, quantile: float = 0.01) -> float:
    """Share of generated images that are nearer to the training set than nearly all new real images are.

    `quantile` is the share that real images of a test set would have. A fraction far above it is memorisation.

    Args:
        distances: float [N], or [N, num_neighbors] of which the first column counts: of the generated images to their
            nearest training image.
        reference_distances: the same of images that were not trained on, to the same training images.
        quantile: in (0, 1); needs some 10 / quantile reference images to be more than a guess.

    Returns:
        A Python float in [0, 1]: the share of `distances` strictly below that quantile of `reference_distances`.

    Raises:
        ValueError: no distances, values that are not finite or below 0, or `quantile` out of range.

    Direction: lower is better, down to `quantile`.
    Cost: a sort of the reference distances.
    Known failings: those of the distance; with pixels, smooth images look memorised.
    """
    require(0 < quantile < 1, "`quantile` must be in (0, 1)", quantile=quantile)
    own, reference = _first_columns(distances=distances, reference_distances=reference_distances)
    return float((own < np.quantile(reference, quantile)).mean())


def nearer_fraction(distances: np.ndarray, reference_distances: np.ndarray) -> float:
    """Share of pairs in which the generated image is nearer to the training set than the new real image is.

    Ties count half: the area under the ROC curve of the two kinds of distances. With N and M distances, of which none
    knows of the others, its standard error where both are of one kind is sqrt((N + M + 1) / (12 N M)).

    Args:
        distances: as for `memorised_fraction`.
        reference_distances: likewise.

    Returns:
        A Python float in [0, 1].

    Raises:
        ValueError: no distances, or values that are not finite or below 0.

    Direction: 0.5 is best; above, generated images are nearer to the training set than new real ones are.
    Cost: a sort of the reference distances.
    Known failings: those of the distance; with pixels, smooth images look memorised. A few copies among many images
    do not show; `memorised_fraction` sees them.
    """
    own, reference = _first_columns(distances=distances, reference_distances=reference_distances)
    reference = np.sort(reference)
    further = len(reference) - (np.searchsorted(reference, own, "left") + np.searchsorted(reference, own, "right")) / 2
    return float(further.mean() / len(reference))


@dataclasses.dataclass(frozen=True)
class TrainingPreference:
    """`fraction` in [0, 1] of generated images nearer to training than to test images; its `standard_error` if it is
    by chance."""

    fraction: float
    standard_error: float


def training_preference(to_training: NearestImages, to_test: NearestImages) -> TrainingPreference:
    """Share of generated images whose nearest image, among equally many of training and test, is one of training.

    Of a generator that has learnt the distribution and no images both are as likely, whatever kind of images are near
    to many; the idea is that of the data-copying test of Meehan et al. 2020, with images in the place of distances.
    Ties count half.

    Args:
        to_training: nearest images of each generated image among M training images, drawn at random.
        to_test: the same among M test images.

    Returns:
        TrainingPreference. Generated images with the same nearest image are one toss of a coin in its error.

    Raises:
        ValueError: distances of different numbers of images, none, or not finite.

    Direction: 0.5 is best; above by more than twice the error, the generator knows its training images.
    Cost: N comparisons.
    Known failings: sees a memorised image only where it is among the M, a share M / (number of training images); needs
    training and test images of one distribution.
    """
    own, other = _first_columns(to_training=to_training.distances, to_test=to_test.distances)
    require(
        len(own) == len(other),
        "`to_training` and `to_test` must be of the same generated images",
        to_training=len(own),
        to_test=len(other),
    )
    trained = own < other
    indices = np.where(trained, to_training.indices[:, 0], -1 - to_test.indices[:, 0])
    _, counts = np.unique(indices, return_counts=True)
    fraction = (trained + (own == other) / 2).mean()
    return TrainingPreference(float(fraction), float(np.sqrt((counts.astype(np.float64) ** 2).sum()) / (2 * len(own))))


def _first_columns(**named: np.ndarray) -> list[np.ndarray]:
    """Distances to the nearest image, float [N] each."""
    arrays = {name: np.asarray(values) for name, values in named.items()}
    for name, values in arrays.items():
        require(
            values.ndim in (1, 2) and values.size > 0 and bool(np.isfinite(values).all() and (values >= 0).all()),
            f"`{name}` must be finite distances [N] or [N, num_neighbors], at least 0, with N >= 1",
            shape=values.shape,
        )
    return [values.reshape(len(values), -1)[:, 0] for values in arrays.values()]  # [N]
