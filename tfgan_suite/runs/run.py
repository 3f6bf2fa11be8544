"""The one path by which recipes train: intervals, callbacks, checkpoints, resuming."""

import dataclasses
import math
from typing import Any

import keras

from tfgan_suite.callbacks.checkpoint import Checkpoint, checkpoint_files, restore_latest
from tfgan_suite.callbacks.evaluate import Evaluate
from tfgan_suite.callbacks.metrics_log import MetricsLog, forget_after, read_metrics
from tfgan_suite.callbacks.progress import ProgressBar
from tfgan_suite.callbacks.sample_grid import SampleGrid
from tfgan_suite.callbacks.stop_on_nonfinite import StopOnNonFinite
from tfgan_suite.core.checks import require, require_positive
from tfgan_suite.runs.folder import RunFolder


@dataclasses.dataclass(frozen=True)
class Plan:
    """Lengths of a run, in generator steps.

    Attributes:
        num_steps: of the whole run.
        log_every_steps: between two lines of `metrics.jsonl`, each the mean over the steps since the one before.
        evaluate_every_steps: between two measurements; 0: never.
        sample_every_steps: between two sample grids; 0: never.
        checkpoint_every_steps: between two checkpoints.
    """

    num_steps: int
    log_every_steps: int
    evaluate_every_steps: int
    sample_every_steps: int
    checkpoint_every_steps: int

    def __post_init__(self) -> None:
        require_positive(
            num_steps=self.num_steps,
            log_every_steps=self.log_every_steps,
            checkpoint_every_steps=self.checkpoint_every_steps,
        )
        for name, steps in dataclasses.asdict(self).items():
            require(
                steps >= 0 and steps % self.log_every_steps == 0,
                f"`{name}` must be a multiple of `log_every_steps`",
                **{name: steps, "log_every_steps": self.log_every_steps},
            )


def train(
    gan: keras.Model,
    batches: Any,
    folder: RunFolder,
    plan: Plan,
    *,
    evaluate: Evaluate | None = None,
    resume: bool = False,
    is_chief: bool = True,
) -> list[dict[str, float]]:
    """Trains a compiled GAN to `plan.num_steps`, writing into `folder`; a killed run goes on exactly where it was.

    An epoch of `fit` is one logging interval. The data is a function of the step, so nothing else needs to be known to
    go on.

    Args:
        gan: compiled; inside a strategy's scope if there is one.
        batches: what `gan.fit` takes; must be infinite or a function of the step (`TrainingBatches`).
        folder: claimed by the caller.
        plan: lengths.
        evaluate: measures; None: nothing is measured.
        resume: load the latest checkpoint first; a run that was killed before its first one starts anew.
        is_chief: of several workers only the chief measures and writes.

    Returns:
        The rows of `metrics.jsonl`.

    Raises:
        FloatingPointError: a value became NaN or infinite; the checkpoints before it are kept.
        ValueError: no checkpoint of the run can be read.
    """
    lowest = math.inf
    if resume and checkpoint_files(folder.checkpoints):
        restore_latest(gan, folder.checkpoints)
    if resume and is_chief:
        rows = forget_after(folder.metrics, int(gan.num_steps.numpy()))
        lowest = min((row["fid"] for row in rows if "fid" in row), default=math.inf)
    callbacks = [StopOnNonFinite()]
    if is_chief:
        callbacks += _chief_callbacks(folder, plan, evaluate, lowest)
    gan.fit(
        batches,
        epochs=plan.num_steps // plan.log_every_steps,
        initial_epoch=int(gan.num_steps.numpy()) // plan.log_every_steps,
        steps_per_epoch=plan.log_every_steps,
        callbacks=callbacks,
        verbose=0,
    )
    return read_metrics(folder.metrics)


def _chief_callbacks(
    folder: RunFolder, plan: Plan, evaluate: Evaluate | None, lowest_fid: float
) -> list[keras.callbacks.Callback]:
    """In the order in which they must run: measure, draw, log, and only then the checkpoint that follows the log."""
    bar = ProgressBar(plan.num_steps)
    grids = [SampleGrid(folder.samples, plan.sample_every_steps)] if plan.sample_every_steps else []
    return [
        bar,
        *([evaluate] if evaluate is not None else []),
        *grids,
        MetricsLog(folder.metrics, folder.tensorboard),
        Checkpoint(folder.checkpoints, plan.checkpoint_every_steps, best_of="fid", lowest_so_far=lowest_fid),
        bar.end_of_epoch,
    ]
