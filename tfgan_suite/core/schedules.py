"""Schedules: pure functions of the generator step, in eager mode and inside a graph alike."""

import dataclasses
import math
from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf

from tfgan_suite.core.checks import require, require_positive, require_weight

Schedule = Callable[[int | tf.Tensor], tf.Tensor]


def piecewise_constant(values: Sequence[float], lengths_steps: Sequence[int]) -> Schedule:
    """Holds each of `values` for its number of generator steps, and the last one from then on.

    Example: `piecewise_constant([1e-3, 1e-4], [30_000, 10_000])`. A smooth-to-sharp plan is a `SmoothToSharp`, which
    can also be checked against the length of a training.

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


@dataclasses.dataclass(frozen=True)
class ExponentialDecay:
    """A schedule that halves every so many steps: start * 2^(-step / half_life_steps).

    Args:
        start: value at step 0, at least 0.
        half_life_steps: steps in which the value halves, above 0; infinity holds it.

    Raises:
        ValueError: a `start` that is negative or not finite, or a half-life that is not above 0.
    """

    start: float
    half_life_steps: float

    def __post_init__(self) -> None:
        require_weight(start=self.start)
        require_positive(half_life_steps=self.half_life_steps)

    def __call__(self, step: int | tf.Tensor) -> tf.Tensor:
        """The value at step `step` (from 0), a float32 scalar."""
        return self.start * tf.pow(0.5, tf.cast(step, tf.float32) / self.half_life_steps)


@dataclasses.dataclass(frozen=True)
class SmoothToSharp:
    """A schedule of smoothness that goes from smooth to sharp in stretches of generator steps, and can be checked.

    Smooth-to-sharp thesis, section 4.2. Called with a step it gives the smoothness of that step, as any schedule does;
    the last value holds from its first step on.

    Args:
        values: smoothness of each stretch, the smaller the sharper: `k` of the tunable sigmoid in [-1, 0], or the
            standard deviation of a Gaussian in pixels, at least 0. They never rise.
        lengths_steps: generator steps of each stretch, whole numbers of at least 1.

    Raises:
        ValueError: no values, another number of lengths than values, a length that is no whole number above 0, values
            that are not finite, or that go from sharp back to smooth.
    """

    values: tuple[float, ...]
    lengths_steps: tuple[int, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", tuple(map(float, self.values)))
        require(
            all(math.isfinite(length) and length == int(length) for length in self.lengths_steps),
            "`lengths_steps` must be whole numbers",
            lengths_steps=list(self.lengths_steps),
        )
        object.__setattr__(self, "lengths_steps", tuple(map(int, self.lengths_steps)))
        piecewise_constant(self.values, self.lengths_steps)
        require(bool(np.isfinite(self.values).all()), "`values` must be finite", values=self.values)
        require(
            bool((np.diff(self.values) <= 0).all()),
            "`values` must go from smooth to sharp: none may be larger than the one before it",
            "For a schedule that goes backwards take `piecewise_constant`.",
            values=self.values,
        )

    def __call__(self, step: int | tf.Tensor) -> tf.Tensor:
        """The smoothness of generator step `step` (from 0), a float32 scalar."""
        return piecewise_constant(self.values, self.lengths_steps)(step)

    @property
    def num_steps(self) -> int:
        """Steps of all stretches together."""
        return sum(self.lengths_steps)

    @property
    def ends_steps(self) -> tuple[int, ...]:
        """For each stretch, the number of steps made when it ends; the last one is `num_steps`."""
        return tuple(np.cumsum(self.lengths_steps).tolist())

    def scaled_to(self, num_steps: int) -> "SmoothToSharp":
        """The same values in the same proportions over another number of steps.

        Each stretch ends at the nearest whole step, and has at least one.

        Raises:
            ValueError: `num_steps` that is no whole number, or below the number of stretches.
        """
        num_stretches = len(self.values)
        require(
            math.isfinite(num_steps) and num_steps == int(num_steps) and num_steps >= num_stretches,
            "`num_steps` must be a whole number, at least one step for each value",
            num_steps=num_steps,
            num_values=num_stretches,
        )
        stretches = np.arange(num_stretches)
        ends = np.array(
            [(2 * end * int(num_steps) + self.num_steps) // (2 * self.num_steps) for end in self.ends_steps]
        )
        ends = np.maximum.accumulate(np.maximum(ends, 1) - stretches) + stretches
        ends = np.minimum(ends, int(num_steps) - num_stretches + 1 + stretches)
        return dataclasses.replace(self, lengths_steps=tuple(np.diff(ends, prepend=0).tolist()))

    def check(self, num_steps: int) -> None:
        """Refuses a training whose steps the plan does not cover exactly; call it before the training starts.

        Args:
            num_steps: generator steps of the whole training, those before a resume included.

        Raises:
            ValueError: the stretches are not `num_steps` long together: the training would end before its images are
                sharp, or go on after the plan.
        """
        require(
            self.num_steps == num_steps,
            "`lengths_steps` must add up to the generator steps of the training",
            f"`scaled_to({num_steps})` keeps the plan's proportions.",
            lengths_steps=self.lengths_steps,
            sum=self.num_steps,
            num_steps=num_steps,
        )


TUNABLE_SMOOTH_TO_SHARP = SmoothToSharp((0.0, -0.2, -0.6, -0.8, -0.99999), (2500, 2500, 2500, 2500, 10_000))
"""Plan of the thesis for spheres (table 5.13): `k` of the tunable sigmoid, 20,000 steps."""

GAUSSIAN_SMOOTH_TO_SHARP = SmoothToSharp((2.0, 1.5, 1.0, 0.5, 0.0), (2500, 2500, 2500, 2500, 10_000))
"""Plan of the thesis for natural images (table 5.17): standard deviation in pixels, 20,000 steps."""
