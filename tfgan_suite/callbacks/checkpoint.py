"""Checkpoints: everything that a training run is made of, in one file that is written whole or not at all."""

import logging
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np

from tfgan_suite.callbacks.every_steps import EverySteps
from tfgan_suite.core.checks import require, require_positive
from tfgan_suite.core.files import write_whole
from tfgan_suite.models.state import training_state

_LOGGER = logging.getLogger(__name__)


class Checkpoint(EverySteps):
    """Writes `step_XXXXXXXX.npz` every `every_steps` generator steps, and keeps the last `max_to_keep` of them.

    A file holds all variables of the model (`models.state`) and of
    both optimizers. Noise and the position in the data are functions of the step counter, so a run that goes on from a
    checkpoint is the run that was not interrupted.

    Args:
        folder: where the files go.
        every_steps: generator steps between two files, as of `EverySteps`.
        max_to_keep: how many are kept.
        best_of: a logged value; the checkpoint with its lowest value so far is also kept as `best.npz`.
        lowest_so_far: that lowest value in the part of the run before a resume.
    """

    def __init__(
        self,
        folder: str | Path,
        every_steps: int,
        max_to_keep: int = 2,
        best_of: str | None = None,
        lowest_so_far: float = float("inf"),
    ) -> None:
        super().__init__(every_steps)
        require_positive(every_steps=every_steps, max_to_keep=max_to_keep)
        self.folder = Path(folder)
        self.max_to_keep = max_to_keep
        self.best_of = best_of
        self.lowest = lowest_so_far

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if self.best_of in (logs or {}) and logs[self.best_of] < self.lowest:
            self.lowest = logs[self.best_of]
            save_state(self.model, self.folder / "best.npz")
        super().on_epoch_end(epoch, logs)

    def act(self, step: int, logs: dict[str, Any]) -> None:
        save_state(self.model, self.folder / f"step_{step:08d}.npz")
        for old in checkpoint_files(self.folder)[: -self.max_to_keep]:
            old.unlink()


def checkpoint_files(folder: str | Path) -> list[Path]:
    """The numbered checkpoints of a folder, oldest first."""
    return sorted(Path(folder).glob("step_*.npz"))


def save_state(model: keras.Model, path: str | Path) -> None:
    """Writes the state of a compiled GAN, whole or not at all.

    Raises:
        FloatingPointError: a weight is NaN or infinite; nothing is written then.
    """
    arrays = {f"{index:05d}": variable.numpy() for index, variable in enumerate(training_state(model))}
    for key, variable in zip(arrays, training_state(model), strict=True):
        if np.issubdtype(arrays[key].dtype, np.floating) and not np.isfinite(arrays[key]).all():
            raise FloatingPointError(f"`{variable.path}` holds a value that is not finite; no checkpoint was written.")
    with write_whole(path) as temporary:
        np.savez(temporary, **arrays)


def load_state(model: keras.Model, path: str | Path) -> None:
    """Puts a state written by `save_state` into a compiled GAN of the same make.

    Raises:
        ValueError: the file is damaged, or is from a model of another make. The model is left as it was.
    """
    variables = training_state(model)
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = [stored[key] for key in sorted(stored.files)]
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise ValueError(f"The checkpoint {path} is damaged or not a checkpoint: {error}") from error
    shapes = [tuple(variable.shape) for variable in variables]
    require(
        [array.shape for array in arrays] == shapes,
        f"the checkpoint {path} must be of a model with the same variables",
        "Resume with the settings that the run was started with.",
        num_arrays=len(arrays),
        num_variables=len(variables),
    )
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)


def restore_latest(model: keras.Model, folder: str | Path) -> Path:
    """Loads the newest checkpoint of a folder; if that is damaged, says so and loads the one before it.

    Returns:
        The file that was loaded.

    Raises:
        ValueError: there is no checkpoint, or none that can be read.
    """
    files = checkpoint_files(folder)
    problems = []
    for path in reversed(files):
        try:
            load_state(model, path)
        except ValueError as error:
            problems.append(str(error))
            _LOGGER.warning("%s Trying the checkpoint before it.", error)
        else:
            return path
    raise ValueError(" ".join(problems) or f"There is no checkpoint to go on from in {folder}. Start the run anew.")
