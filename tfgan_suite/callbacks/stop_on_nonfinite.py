"""Stops training at the first value that is not finite."""

import math
from typing import Any

import keras


class StopOnNonFinite(keras.callbacks.Callback):
    """Raises `FloatingPointError`, naming the value and the step, as soon as a logged value is NaN or infinite.

    It must stand before the callbacks that write files, so that what they have written last is from before.
    """

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        for name, value in (logs or {}).items():
            if not math.isfinite(value):
                raise FloatingPointError(
                    f"`{name}` became {value} by generator step {int(self.model.num_steps.numpy())}. The checkpoints "
                    "written before it are kept. Lower the learning rate, or look at the images for values that are "
                    "not numbers."
                )
