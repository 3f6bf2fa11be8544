"""The values of a run: one line of JSON per interval, and TensorBoard's event files."""

import json
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from tfgan_suite.core.files import write_text


class MetricsLog(keras.callbacks.Callback):
    """Appends {"step": ..., name: value, ...} to a file after every epoch of `fit`, and tells TensorBoard the same.

    It must stand after the callbacks that add values to the logs.

    Args:
        path: the `metrics.jsonl`.
        tensorboard_dir: folder of the event files; None: none are written.
    """

    def __init__(self, path: str | Path, tensorboard_dir: str | Path | None = None) -> None:
        super().__init__()
        self.path = Path(path)
        self.tensorboard_dir = tensorboard_dir
        self._writer = None

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        if self.tensorboard_dir is not None:
            self._writer = tf.summary.create_file_writer(str(self.tensorboard_dir))

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        step = int(self.model.num_steps.numpy())
        values = {name: float(value) for name, value in (logs or {}).items()}
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(json.dumps({"step": step, **values}) + "\n")
        if self._writer is not None:
            with self._writer.as_default(step):
                for name, value in values.items():
                    tf.summary.scalar(name, value)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        if self._writer is not None:
            self._writer.close()


def read_metrics(path: str | Path) -> list[dict[str, float]]:
    """The rows of a `metrics.jsonl`, oldest first; a last line that was cut off by a kill is left out."""
    path = Path(path)
    if not path.exists():
        return []
    *lines, unfinished = path.read_text(encoding="utf-8").split("\n")
    del unfinished  # what follows the last line end: empty, or the part of a line that a kill left
    return [json.loads(line) for line in lines]


def forget_after(path: str | Path, step: int) -> list[dict[str, float]]:
    """Drops the rows after `step`, for a run that goes on from a checkpoint of that step; returns the others."""
    rows = [row for row in read_metrics(path) if row["step"] <= step]
    write_text(path, "".join(json.dumps(row) + "\n" for row in rows))
    return rows
