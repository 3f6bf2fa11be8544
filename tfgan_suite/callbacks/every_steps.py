"""What callbacks that act every so many generator steps have in common."""

from typing import Any

import keras
import numpy as np

from tfgan_suite.core.checks import require


class EverySteps(keras.callbacks.Callback):
    """Calls `act(step, logs)` at the end of each epoch of `fit` in which a multiple of `every_steps` was reached.

    Where an epoch's length divides the interval, that is exactly every `every_steps` generator steps; else at the first
    end of an epoch after them, so that no interval is passed over.

    Args:
        every_steps: generator steps between two calls; 0: never.
    """

    def __init__(self, every_steps: int) -> None:
        super().__init__()
        require(every_steps >= 0, "`every_steps` must be at least 0", every_steps=every_steps)
        self.every_steps = every_steps
        self._last_step = 0

    def act(self, step: int, logs: dict[str, Any]) -> None:
        """What is done after `step` generator steps; it may add to `logs`."""
        raise NotImplementedError

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._last_step = int(self.model.num_steps.numpy())

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        step, before = int(self.model.num_steps.numpy()), self._last_step
        self._last_step = step
        if self.every_steps and step // self.every_steps > before // self.every_steps:
            self.act(step, {} if logs is None else logs)


def require_finite(samples: np.ndarray, **where: Any) -> None:
    """Refuses generated samples that are not finite, of which no score can be told.

    Args:
        samples: of any shape.
        **where: which they are, for the error: the seed, or the number of the batch.

    Raises:
        ValueError: as said.
    """
    require(bool(np.isfinite(samples).all()), "generated samples must be finite to be measured", **where)
