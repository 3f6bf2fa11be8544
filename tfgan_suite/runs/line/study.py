"""The trainings of `recipes.gan_1d`: GANs of numbers, watched, with a frozen generator, or with a penalty.

`settings` are that recipe's `Settings`.
"""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


@dataclasses.dataclass(frozen=True)
class Job:
    """The trials of one setting; they share a training program.

    Attributes:
        kind: "watched", "frozen" or "l2".
        value: the strength of the penalty, or of a frozen generator its distance.
        num_trials: how many.
    """

    kind: str
    value: float
    num_trials: int

    @property
    def place(self) -> str:
        """Its folder in that of the run."""
        return self.kind if self.kind == "watched" else f"{self.kind}_{self.value:g}"


def build_data(settings: Any) -> Any:
    """The real numbers, float32 [N, 1]; the same for every trial."""
    from tfgan_suite.data.mixtures import GaussianMixture
    from tfgan_suite.data.points import mixture_points

    return mixture_points(
        GaussianMixture("line", [[settings.mean]], settings.stddev), settings.num_points, settings.seed
    )


def build_model(settings: Any, job: Job, seed: int) -> Any:
    """A GAN of 1-16-1 networks, compiled; of a frozen kind, moved to its distance."""
    import keras

    from tfgan_suite.callbacks.evaluate_line import linear_pieces
    from tfgan_suite.models import GAN
    from tfgan_suite.models.frozen_generator import FrozenGeneratorGAN
    from tfgan_suite.networks import dense_discriminator, dense_generator

    keras.utils.set_random_seed(seed)
    hidden = (settings.hidden_units,)
    networks = dense_generator((1,), 1, hidden, None), dense_discriminator((1,), hidden)
    gan = (FrozenGeneratorGAN if job.kind == "frozen" else GAN)(*networks, prior="uniform", seed=seed)
    if job.kind == "frozen":
        lowest = linear_pieces(gan.generator, gan.prior.low, gan.prior.high)[1].min()
        bias = gan.generator.trainable_variables[-1]
        bias.assign_add([settings.mean + job.value * settings.stddev - lowest])
    optimizers = [
        keras.optimizers.RMSprop(settings.learning_rate, rho=settings.rho, epsilon=settings.epsilon) for _ in range(2)
    ]
    gan.compile(
        *optimizers,
        adversarial_loss=settings.adversarial_loss,
        l2_weight=job.value / 2 if job.kind == "l2" else 0.0,  # the thesis' penalty is half the sum of squares
        jit_compile=settings.jit_compile,
        steps_per_execution=math.gcd(settings.steps_per_execution, build_plan(settings, job).log_every_steps),
    )
    return gan


def build_plan(settings: Any, job: Job) -> Any:
    """The lengths of a trial, checked."""
    every = {"watched": settings.watch_every_steps, "frozen": settings.frozen_every_steps}.get(job.kind)
    plan = settings.plan()
    if every is None:
        return plan
    num_steps = settings.frozen_steps if job.kind == "frozen" else settings.num_steps
    return dataclasses.replace(plan, num_steps=num_steps, log_every_steps=every, evaluate_every_steps=every)


def build_callback(settings: Any, job: Job, seed: int, folder: Path) -> Any:
    """What measures a trial."""
    from tfgan_suite.callbacks.evaluate_line import EvaluateLine
    from tfgan_suite.runs.line.report import CURVES_FOLDER

    shown = {"watched": settings.shown_steps, "frozen": settings.frozen_shown_steps}.get(job.kind, ())
    return EvaluateLine(
        settings.mean,
        settings.stddev,
        build_plan(settings, job).evaluate_every_steps,
        settings.num_samples,
        seed,
        divergences=job.kind != "frozen",
        folder=folder / CURVES_FOLDER,
        curve_steps=shown,
    )


def run_job(settings: Any, job: Job, path: Path) -> list[Sequence[Mapping[str, float]]]:
    """Trains each trial in its folder, all by one training program; returns the rows of each one's metrics."""
    from tfgan_suite.data import ResidentBatches
    from tfgan_suite.models.state import become
    from tfgan_suite.runs.folder import RunFolder
    from tfgan_suite.runs.run import train
    from tfgan_suite.runs.trials import logged_console

    batches = ResidentBatches(build_data(settings).examples, settings.batch_size)
    gan, found = None, []
    for trial in range(job.num_trials):
        seed = settings.seed + trial
        fresh = build_model(settings, job, seed)
        if gan is None:
            gan = fresh
        else:
            become(gan, fresh)
        folder = RunFolder(path / job.place / f"trial_{trial}")
        with logged_console(folder.path / "train.log") as console:
            rows = train(
                gan,
                batches.reseeded(seed),
                folder,
                build_plan(settings, job),
                evaluate=build_callback(settings, job, seed, folder.path),
                resume=settings.resume,
                console=console,
            )
        found.append(rows)
    print(f"{job.place}: {job.num_trials} trial(s)", flush=True)
    return found
