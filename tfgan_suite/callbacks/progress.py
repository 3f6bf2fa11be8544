"""One progress bar for a whole run, with the time left, training and measuring time told apart."""

import time
from typing import Any

import keras
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

SHOWN = ("d_loss", "g_loss", "inception_score", "fid", "num_modes", "reverse_kl")
"""Names in the logs that the bar shows."""


class ProgressBar(keras.callbacks.Callback):
    """Shows generator steps, the time left, and what the time went into; a line per epoch where there is no terminal.

    The time left is estimated from the pace of training and of measuring separately. It must stand before the callbacks
    that measure and write, and its `end_of_epoch` after them: what lies between is measuring time.

    Args:
        num_steps: generator steps of the whole run.
        console: where to write; default: standard error.
    """

    def __init__(self, num_steps: int, console: Console | None = None) -> None:
        super().__init__()
        self.num_steps = num_steps
        self.console = console or Console(stderr=True)
        self.training_sec = 0.0
        self.measuring_sec = 0.0
        self.end_of_epoch = _EndOfEpoch(self)
        self._values: dict[str, float] = {}

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._first_step = self._step()
        self._clock = time.monotonic()
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[note]}"),
            console=self.console,
            disable=not self.console.is_terminal,
        )
        self._task = self._bar.add_task("training", total=self.num_steps, completed=self._first_step, note="")
        self._bar.start()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        if self.console.is_terminal:
            self._bar.update(self._task, completed=self._step(), note=self.note())

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.training_sec += self._lap()
        self._bar.update(self._task, description="measuring")

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        self._bar.stop()

    def finish_epoch(self, logs: dict[str, Any]) -> None:
        """Called when measuring and writing are over."""
        self.measuring_sec += self._lap()
        self._values |= {name: logs[name] for name in SHOWN if name in logs}
        self._bar.update(self._task, description="training", note=self.note())
        if not self.console.is_terminal:
            self.console.print(f"step {self._step()}/{self.num_steps}  {self.note()}", soft_wrap=True, highlight=False)

    def note(self) -> str:
        """The latest values, the time left, and the share of each kind of work so far."""
        done = self._step() - self._first_step
        spent = self.training_sec + self.measuring_sec
        left = "" if not done or not spent else f"  left {_clock(spent / done * (self.num_steps - self._step()))}"
        values = "  ".join(f"{name} {value:.4g}" for name, value in self._values.items())
        return f"{values}{left}  (training {_clock(self.training_sec)}, measuring {_clock(self.measuring_sec)})"

    def _step(self) -> int:
        return int(self.model.num_steps.numpy())

    def _lap(self) -> float:
        now = time.monotonic()
        lap, self._clock = now - self._clock, now
        return lap


class _EndOfEpoch(keras.callbacks.Callback):
    """Tells its progress bar that the callbacks between the two are done."""

    def __init__(self, bar: ProgressBar) -> None:
        super().__init__()
        self.bar = bar

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.bar.finish_epoch(logs or {})


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"
