"""Drawing images from a trained GAN: the latents, the labels and the batches."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from tfgan_suite.core.checks import require, require_positive
from tfgan_suite.core.seeds import fold_in, make_seed

LATENTS, LABELS, MIXING = 0, 1, 2  # what a draw is for, folded into its seed


def sample_inputs(
    gan: Any, num_images: int, labels: int | Sequence[int] | None, seed: int
) -> tuple[tf.Tensor, tf.Tensor | None]:
    """Latents float32 [num_images, d] and labels int32 [num_images] (None if unconditional) for a seed.

    Row i does not depend on `num_images`. `labels` as in `GAN.sample`.
    """
    require_positive(num_images=num_images)
    base_seed = make_seed(seed)
    latents = gan.sample_latents(num_images, fold_in(base_seed, LATENTS))
    if labels is None:
        return latents, gan.sample_labels(num_images, fold_in(base_seed, LABELS))
    require(
        gan.num_classes is not None,
        "`labels` must be None, since this GAN is unconditional",
        labels=labels,
    )
    given = np.asarray(labels)
    rows = np.full(num_images, given) if given.ndim == 0 else given
    require(
        rows.shape == (num_images,)
        and np.issubdtype(rows.dtype, np.integer)
        and bool(((rows >= 0) & (rows < gan.num_classes)).all()),
        "`labels` must be one class or one per image, whole numbers in [0, num_classes)",
        labels=labels,
        num_images=num_images,
        num_classes=gan.num_classes,
    )
    return latents, tf.constant(rows, tf.int32)


def image_batches(
    gan: Any, num_images: int, labels: int | Sequence[int] | None, seed: int, batch_size: int
) -> Iterator[np.ndarray]:
    """The images of `GAN.sample` a batch at a time, float32 [up to batch_size, H, W, C]."""
    require_positive(batch_size=batch_size)
    latents, rows = sample_inputs(gan, num_images, labels, seed)
    for start in range(0, num_images, batch_size):
        batch = slice(start, start + batch_size)
        inputs = latents[batch] if rows is None else (latents[batch], rows[batch])
        yield gan.inference(inputs).numpy()
