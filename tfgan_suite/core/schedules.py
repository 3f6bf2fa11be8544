"""Schedules: pure functions of the generator step, in eager mode and inside a graph alike."""

from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf

from tfgan_suite.core.checks import require, require_positive

Schedule = Callable[[int | tf.Tensor], tf.Tensor]


def piecewise_constant(values: Sequence[float], lengths_steps: Sequence[int]) -> Schedule:
    """Holds each of `values` for its number of generator steps, and the last one from then on.

    Example: the smooth-to-sharp schedule of natural images is
    `piecewise_constant([2, 1.5, 1, 0.5, 0], [2500, 2500, 2500, 2500, 10000])`.

    Raises:
        ValueError: no values, another number of lengths than values, or a length below 1.
    """
    require(
        0 < len(values) == len(lengths_steps),
        "`values` and `lengths_steps` must have the same length, at least 1",
        values=list(values),
        lengths_steps=list(lengths_steps),
    )
    for length in lengths_steps:
        require_positive(length_steps=length)
    # Arrays and not tensors: a tensor would lie on the accelerator, and the schedule also runs in the input pipeline.
    ends = np.cumsum(lengths_steps, dtype=np.int64)[:-1]
    table = np.array(values, np.float32)

    def schedule(step: int | tf.Tensor) -> tf.Tensor:
        return tf.gather(table, tf.searchsorted(ends, [tf.cast(step, tf.int64)], side="right")[0])

    return schedule


def linear_decay(start: float, num_steps: int, end: float = 0.0) -> Schedule:
    """Goes in a straight line from `start` at step 0 to `end` at step `num_steps`, and stays there.

    Raises:
        ValueError: `num_steps` below 1.
    """
    require_positive(num_steps=num_steps)

    def schedule(step: int | tf.Tensor) -> tf.Tensor:
        share = tf.minimum(tf.cast(step, tf.float32) / num_steps, 1.0)
        return start + share * (end - start)

    return schedule
