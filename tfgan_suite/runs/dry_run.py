"""`--dry-run`: what a recipe would train, and how long it would take, from a few timed steps."""

import time
from collections.abc import Mapping
from typing import Any

import keras
from rich.console import Console
from rich.table import Table

from tfgan_suite.data import Images
from tfgan_suite.runs.run import Plan

NUM_TIMED_STEPS = 3


def show_plan(
    gan: keras.Model, images: Images, batch_size: int, plan: Plan, *, num_trials: int, facts: Mapping[str, Any]
) -> None:
    """Prints data, networks, lengths and training time; the GAN is trained by a few steps to time them.

    Args:
        gan: compiled.
        images: what it would be trained on.
        batch_size: images per discriminator step.
        plan: lengths of a trial.
        num_trials: runs of that length.
        facts: further lines, name -> value.
    """
    by_ids = gan.num_examples is not None
    lines = {
        "images": f"{images.num_images:,} of {images.image_shape} from {images.name}; resize: {images.resize}",
        "model": type(gan).__name__,
        "steps": f"{plan.num_steps:,}, each on {gan.num_batches_per_step} x {batch_size} images",
        "runs": num_trials,
        "measuring": f"every {plan.evaluate_every_steps:,} steps" if plan.evaluate_every_steps else "never",
        **facts,
    }
    batches = images.training_batches(batch_size, with_example_ids=by_ids)
    show_training(gan, batches, plan.num_steps * num_trials, lines)


def show_training(
    gan: keras.Model,
    batches: Any,
    num_steps: int,
    lines: Mapping[str, Any],
    *,
    num_workers: int = 1,
    model: str = "",
    without: str = "measuring",
) -> None:
    """Prints a plan's lines, the networks, and the training time by a few timed steps.

    Args:
        gan: compiled; it is trained by a few steps.
        batches: as of `fit`.
        num_steps: steps of all trials together.
        lines: what else there is to say, name -> value.
        num_workers: trials at once.
        model: of several models the name of this one.
        without: what the time does not count.
    """
    step_sec = seconds_per_step(gan, batches)
    minutes = step_sec * num_steps / num_workers / 60
    duration = f"{minutes / 60:.2f} h" if minutes >= 60 else f"{minutes:.1f} min"
    workers = f", {num_workers} trainings at once" if num_workers > 1 else ""
    of_model = f" ({model})" if model else ""
    print_plan(
        {
            **lines,
            "generator": f"{gan.generator.count_params():,} parameters{of_model}",
            "discriminator": f"{gan.discriminator.count_params():,} parameters{of_model}",
            "training time": f"about {duration} at {step_sec:.3g} s per generator step{workers}, without {without}",
        }
    )


def print_plan(lines: Mapping[str, Any]) -> None:
    """Prints what a recipe would do, name -> value."""
    table = Table(show_header=False, title="Plan (nothing was written)")
    for name, value in lines.items():
        table.add_row(name, str(value))
    Console().print(table)


def seconds_per_step(gan: keras.Model, batches: Any) -> float:
    """Compiles the train step by a first execution and times the following ones."""
    gan.fit(batches, steps_per_epoch=gan.steps_per_execution, verbose=0)
    num_steps = NUM_TIMED_STEPS * gan.steps_per_execution
    start = time.monotonic()
    gan.fit(batches, steps_per_epoch=num_steps, verbose=0)
    return (time.monotonic() - start) / num_steps
