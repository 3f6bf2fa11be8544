"""Reconstructs real images by a GAN's generator: what it cannot make, it omits."""

import dataclasses
import functools
import math
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tfgan_suite.core.checks import require, require_positive
from tfgan_suite.core.images import to_float
from tfgan_suite.core.seeds import fold_in, make_seed
from tfgan_suite.metrics.embedders.base import Progress
from tfgan_suite.metrics.embedders.feature_distance import FeatureDistance
from tfgan_suite.models.encoder_training import encoder_distance
from tfgan_suite.models.latent_search import LatentSearch
from tfgan_suite.models.sampling import LATENTS
from tfgan_suite.networks import inversion

_MIN_STARTS, _STARTS_PER_CLASS = 64, 8


@dataclasses.dataclass(frozen=True)
class Reconstruction:
    """Images as near to given ones as the optimisation found.

    Attributes:
        images: float32 [N, H, W, C] in [-1, 1], of the generator.
        latents: float32 [N, d], of these images.
        labels: int32 [N]; None for an unconditional GAN.
        pixel_distance: float64 [N], mean |x - G(z)| over an image's values, in [0, 2].
        feature_distance: float64 [N], of the distance that was optimised; None without one.
        distance_name: of that distance, or None.
    """

    images: np.ndarray
    latents: np.ndarray
    labels: np.ndarray | None
    pixel_distance: np.ndarray
    feature_distance: np.ndarray | None
    distance_name: str | None


def reconstruct(
    gan: Any,
    images: np.ndarray,
    encoder: keras.Model | None = None,
    *,
    feature_distance: FeatureDistance | None = None,
    feature_weight: float = 5e-4,
    num_steps: int = 500,
    learning_rate: float = 0.05,
    num_starts: int | None = None,
    seed: int = 0,
    batch_size: int = 64,
    progress: Progress | None = None,
) -> Reconstruction:
    """Optimises latents so that the generator's images come near to given ones (self-conditioned GAN, section 4.4.1).

    Per image, by Adam, L(z) = ||G(z, c) - x||_1 + feature_weight * ||F(G(z, c)) - F(x)||^2, from z = F_z(x) with
    c = arg max F_c(x), which stays. Both norms are sums. The best z on the way is kept, the start included. Images are
    optimised in batches, but none depends on the others: the loss is a sum over images, and Adam works by coordinates.

    Args:
        gan: its averaged weights are taken if it keeps them; it is not changed.
        images: uint8 or float in [-1, 1], [N, H, W, C] as the generator makes them; for a GAN of points float [N, D].
        encoder: of `train_encoder`. Without it the start is the best of `num_starts` in pixels, label and latents
            together: drawn latents, and 0 for each label.
        feature_distance: in place of the encoder's; None without an encoder: pixels alone.
        feature_weight: lambda_f, at least 0. The paper's value is for the sum over the encoder's features; a distance
            of unit features (`network_distance`, LPIPS) is at most some units and needs a weight of the order of the
            number of pixels to count.
        num_steps: of Adam; 0: the start.
        learning_rate: at the first step, in the latents' units; it falls to 0 along a cosine.
        num_starts: unless given 64, or 8 per label if that is more; without an encoder.
        seed: of the drawn starts; with an encoder nothing is random.
        batch_size: images at once.
        progress: called as progress(steps done of all batches, their number).

    Returns:
        The reconstructions, in the order of the images.

    Raises:
        ValueError: images of another shape, type or range than the generator's, an encoder of another latent size or
            number of classes, or a number out of its range.
        FloatingPointError: a loss or a gradient is not finite.

    Cost: `num_steps` + 1 times the generator's and F's forward and backward pass of every image; memory of one
    batch, of the images and of what is returned.
    Known failings: the optimisation ends in a local minimum, so that a large distance is a bound of what the generator
    can do, not a proof. Latents may leave the region where the prior has its weight. Without an encoder, a wrong label
    of the start stays.
    Departure: the paper names neither optimizer nor steps, nor does it say whether its norms are sums or means.
    """
    require_positive(batch_size=batch_size, learning_rate=learning_rate)
    require(num_steps >= 0, "`num_steps` must be at least 0", num_steps=num_steps)
    require(
        math.isfinite(feature_weight) and feature_weight >= 0,
        "`feature_weight` must be a finite number of at least 0",
        feature_weight=feature_weight,
    )
    targets = _checked_images(images, tuple(gan.generator.output_shape[1:]))
    if encoder is not None:
        _check_encoder(encoder, gan)
        feature_distance = feature_distance or encoder_distance(encoder)
        latents, labels = _encoded(encoder, targets, batch_size)
    else:
        latents, labels = _best_starts(gan, targets, num_starts, seed, batch_size)
    search = LatentSearch(gan, feature_distance, feature_weight, num_steps, learning_rate)
    found, made, pixels, features = _in_batches(search, targets, latents, labels, batch_size, progress)
    name = None if feature_distance is None else feature_distance.name
    return Reconstruction(made, found, labels, pixels, features, name)


def _in_batches(
    search: LatentSearch,
    images: np.ndarray,
    latents: np.ndarray,
    labels: np.ndarray | None,
    batch_size: int,
    progress: Progress | None,
) -> Iterator[np.ndarray | None]:
    """What `search.run` gives, for all images."""
    count, size, parts = len(images), min(batch_size, len(images)), []
    total = -(-count // size) * search.num_steps
    for start in range(0, count, size):
        rows = np.minimum(np.arange(start, start + size), count - 1)  # the last one fills a short batch
        done = len(parts) * search.num_steps
        follow = None if progress is None else functools.partial(_report, progress, done, total)
        batch = search.run(images[rows], latents[rows], None if labels is None else labels[rows], follow)
        parts.append([None if values is None else values[: count - start] for values in batch])
    return (None if rows[0] is None else np.concatenate(rows) for rows in zip(*parts, strict=True))


def _report(progress: Progress, done: int, total: int, step: int, num_steps: int) -> None:
    progress(done + step, total)


def _checked_images(images: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """float32 images in [-1, 1], or points."""
    images = np.asarray(images)
    require(
        images.shape[1:] == shape and len(images) > 0,
        f"`images` must have the generator's shape [N, {', '.join(map(str, shape))}], N at least 1",
        "Load the data with the options that the GAN was trained with.",
        shape=images.shape,
    )
    is_uint8 = images.dtype == np.uint8 and len(shape) == 3
    require(
        is_uint8 or images.dtype.kind == "f",
        "`images` must be uint8 in 0..255 or floats in [-1, 1]; points must be floats",
        dtype=str(images.dtype),
    )
    if is_uint8:
        return to_float(images)
    largest = float(np.abs(images).max())
    require(
        math.isfinite(largest) and (largest <= 1 + 1e-3 or len(shape) != 3),
        "`images` of floats must be finite, and in [-1, 1] unless they are points",
        "uint8 images become floats with `tfgan_suite.core.images.to_float`.",
        largest_absolute_value=largest,
    )
    return images.astype(np.float32)


def _check_encoder(encoder: keras.Model, gan: Any) -> None:
    outputs, input_shape = getattr(encoder, "output", None), tuple(getattr(encoder, "input_shape", ()))
    outputs = outputs if isinstance(outputs, dict) else {}
    shapes = {name: tuple(value.shape[1:]) for name, value in outputs.items() if name != inversion.FEATURES}
    needed = {inversion.LATENTS: (gan.latent_dim,)}
    if gan.num_classes is not None:
        needed[inversion.CLASS_LOGITS] = (gan.num_classes,)
    image_shape = tuple(gan.generator.output_shape[1:])
    require(
        shapes == needed and inversion.FEATURES in outputs and input_shape[1:] == image_shape,
        "`encoder` must be one that `train_encoder` made for a GAN of this image shape, latent size and classes",
        encoder_images=input_shape[1:],
        encoder_outputs=shapes,
        gan_images=image_shape,
        gan_inputs=needed,
    )


def _encoded(encoder: keras.Model, images: np.ndarray, batch_size: int) -> tuple[np.ndarray, np.ndarray | None]:
    """F_z and arg max F_c of images."""
    answer = tf.function(lambda batch: encoder(batch, training=False), reduce_retracing=True)
    parts = [answer(tf.constant(images[start : start + batch_size])) for start in range(0, len(images), batch_size)]
    latents = np.concatenate([part[inversion.LATENTS] for part in parts]).astype(np.float32)
    if inversion.CLASS_LOGITS not in parts[0]:
        return latents, None
    return latents, np.concatenate([part[inversion.CLASS_LOGITS] for part in parts]).argmax(axis=1).astype(np.int32)


def _best_starts(
    gan: Any, images: np.ndarray, num_starts: int | None, seed: int, batch_size: int
) -> tuple[np.ndarray, np.ndarray | None]:
    """For each image the latents and the label, of the same few for all, whose image is the nearest in pixels."""
    classes = [0] if gan.num_classes is None else np.flatnonzero(np.asarray(gan.label_probs) > 0)
    count = max(_MIN_STARTS, _STARTS_PER_CLASS * len(classes)) if num_starts is None else num_starts
    require(
        count >= len(classes),
        "`num_starts` must be at least 1, and at least the number of labels that are drawn in training",
        num_starts=num_starts,
        num_labels=len(classes),
    )
    latents = gan.sample_latents(count, fold_in(make_seed(seed), LATENTS)).numpy()
    latents[: len(classes)] = 0
    labels = np.resize(classes, count).astype(np.int32)  # each in turn
    inputs = [latents] if gan.num_classes is None else [latents, labels]
    made = []
    for start in range(0, count, batch_size):
        batch = [tf.constant(values[start : start + batch_size]) for values in inputs]
        made.append(gan.inference(batch[0] if len(batch) == 1 else tuple(batch)).numpy())
    made = np.concatenate(made)
    axes = tuple(range(1, made.ndim))
    nearest = np.array([np.abs(made - image).mean(axis=axes).argmin() for image in images])
    return latents[nearest], None if gan.num_classes is None else labels[nearest]
