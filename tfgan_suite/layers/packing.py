"""Packing: several samples shown to a discriminator as one (PacGAN)."""

import tensorflow as tf

from tfgan_suite.core.checks import require, require_positive


def pack_samples(samples: tf.Tensor, packing: int) -> tf.Tensor:
    """Joins each `packing` consecutive samples along the last axis (Lin et al. 2018, "PacGAN", section 2).

    Args:
        samples: [B, ..., C], of rank 2 or more; all axes but the first of known length.
        packing: samples per pack, at least 1; divides B.

    Returns:
        [B / packing, ..., packing * C] of the same dtype: pack i holds the samples i * packing, i * packing + 1, ...,
        the channels of the first one first.

    Raises:
        ValueError: `packing` below 1, `samples` of rank 1, or a known B that `packing` does not divide. If B is not
            known before the graph runs, it raises `InvalidArgumentError` there.
    """
    samples = tf.convert_to_tensor(samples)
    require_positive(packing=packing)
    require(
        len(samples.shape) >= 2,
        "`samples` must have at least 2 axes [B, ..., C]",
        shape=tuple(samples.shape),
    )
    num_samples, *inner, channels = samples.shape
    require(
        num_samples is None or num_samples % packing == 0,
        "`packing` must divide the number of samples",
        "Choose a batch size that is a multiple of it.",
        packing=packing,
        num_samples=num_samples,
    )
    if packing == 1:
        return samples
    num_packs = -1 if num_samples is None else num_samples // packing
    packs = tf.reshape(samples, [num_packs, packing, *inner, channels])
    if inner:
        rank = len(samples.shape)
        packs = tf.transpose(packs, [0, *range(2, rank), 1, rank])  # [P, m, ..., C] -> [P, ..., m, C]
    return tf.reshape(packs, [num_packs, *inner, packing * channels])
