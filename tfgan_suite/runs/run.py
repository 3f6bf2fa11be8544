"""The one path by which recipes train: intervals, callbacks, checkpoints, resuming."""

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

import keras
from rich.console import Console

from tfgan_suite.callbacks.checkpoint import Checkpoint, checkpoint_files, restore_latest
from tfgan_suite.callbacks.metrics_log import MetricsLog, forget_after, read_metrics
from tfgan_suite.callbacks.progress import ProgressBar
from tfgan_suite.callbacks.sample_grid import SampleGrid
from tfgan_suite.callbacks.sample_points import SamplePoints
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
    evaluate: keras.callbacks.Callback | None = None,
    watching: Sequence[keras.callbacks.Callback] = (),
    teaching: Sequence[keras.callbacks.Callback] = (),
    best_of: str = "fid",
    resume: bool = False,
    is_chief: bool = True,
    console: Console | None = None,
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
        watching: further callbacks that look on, such as `ReconstructionGrid`.
        teaching: callbacks that change what is learnt, such as `Recluster`; every worker runs them, after measuring.
        best_of: the logged value whose lowest decides which checkpoint is kept as the best.
        resume: load the latest checkpoint first; a run that was killed before its first one starts anew.
        is_chief: of several workers only the chief measures and writes.
        console: where progress is shown; default: standard error.

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
        lowest = min((row[best_of] for row in rows if best_of in row), default=math.inf)
    callbacks = [StopOnNonFinite(), *teaching]
    if is_chief:
        bar = ProgressBar(plan.num_steps, console=console)
        measuring = [evaluate] if evaluate is not None else []
        callbacks = [StopOnNonFinite(), bar, *measuring, *_pictures(gan, folder, plan), *watching, *teaching]
        # The checkpoint follows the log, so that no row is lost or written twice by a kill between the two.
        callbacks += [
            MetricsLog(folder.metrics, folder.tensorboard),
            Checkpoint(folder.checkpoints, plan.checkpoint_every_steps, best_of=best_of, lowest_so_far=lowest),
            bar.end_of_epoch,
        ]
    gan.fit(
        batches,
        epochs=plan.num_steps // plan.log_every_steps,
        initial_epoch=int(gan.num_steps.numpy()) // plan.log_every_steps,
        steps_per_epoch=plan.log_every_steps,
        callbacks=callbacks,
        verbose=0,
    )
    return read_metrics(folder.metrics)


def _pictures(gan: keras.Model, folder: RunFolder, plan: Plan) -> list[keras.callbacks.Callback]:
    """What keeps samples of the training: grids of images, or points for scatter plots."""
    if not plan.sample_every_steps:
        return []
    of_images = len(gan.generator.output_shape) == 4
    return [(SampleGrid if of_images else SamplePoints)(folder.samples, plan.sample_every_steps)]
