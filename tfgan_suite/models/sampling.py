"""Drawing images from a trained GAN: the latents, the labels and the batches."""

from collections.abc import Sequence
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


def images_in_batches(gan: Any, latents: tf.Tensor, labels: tf.Tensor | None, batch_size: int) -> np.ndarray:
    """Images of `gan` for given inputs, float32 [N, H, W, C], made `batch_size` at a time."""
    require_positive(batch_size=batch_size)
    inputs = latents if labels is None else (latents, labels)
    batches = tf.data.Dataset.from_tensors(inputs).unbatch().batch(batch_size)
    run = tf.function(lambda batch: gan(batch, training=False), reduce_retracing=True)
    return np.concatenate([run(batch).numpy() for batch in batches])
