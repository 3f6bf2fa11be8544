"""Trainings on spheres that are exactly measured: the trials of a study, and their running."""

import collections
import dataclasses
import functools
from pathlib import Path
from typing import Any

from tfgan_suite.core.checks import require
from tfgan_suite.core.schedules import SmoothToSharp
from tfgan_suite.runs.spheres.settings import SphereSettings


@dataclasses.dataclass(frozen=True)
class SphereTrial:
    """One training.

    Attributes:
        model: name in `models.MODELS`.
        kind: what tells it from the others of the study, such as "direct"; its folder is named by it.
        plan: k of the tunable sigmoid over the steps, from -1, sharp, to 0, smooth; one value for images of one kind.
        radius: of the spheres, in pixels.
        num_images: training images, drawn by the seed of the study; None: all that there are.
        l2_strength: lambda.
        trial: number of the repeat; its seed is that of the study plus it.
    """

    model: str
    kind: str
    plan: SmoothToSharp
    radius: int = 4
    num_images: int | None = None
    l2_strength: float = 0.0
    trial: int = 0

    @property
    def place(self) -> str:
        """Its folder in that of the run."""
        return f"{self.model}/{self.kind}/trial_{self.trial}"


def check_trials(settings: SphereSettings, trials: list[SphereTrial]) -> None:
    """Refuses trainings that cannot be made, before the first of them.

    Raises:
        ValueError: two trainings in one folder, a penalty below 0, k outside of [-1, 0], or a set that has not as many
            images.
    """
    places = collections.Counter(trial.place for trial in trials)
    require(
        len(places) == len(trials),
        "each training must have a folder of its own",
        "Two settings are the same, or so near to each other that their names are.",
        twice=[place for place, count in places.items() if count > 1],
    )
    for trial in dict.fromkeys(dataclasses.replace(trial, trial=0) for trial in trials):
        require(trial.l2_strength >= 0, "`l2_strength` must be at least 0", l2_strength=trial.l2_strength)
        for k in trial.plan.values:
            sphere_set(settings.seed, trial, k)


def run_sphere_trials(settings: SphereSettings, trials: list[SphereTrial], folder: Any) -> dict[SphereTrial, Any]:
    """Trains every trial in its folder, and returns the rows of its metrics."""
    from tfgan_suite.runs.trials import run_trials

    rows = run_trials(run_sphere_trial, [(settings, trial, folder.path) for trial in trials], settings.num_workers)
    return dict(zip(trials, rows, strict=True))


def run_sphere_trial(settings: SphereSettings, trial: SphereTrial, path: Path) -> list[dict[str, float]]:
    """Trains one GAN in its folder; returns the rows of its metrics."""
    from tfgan_suite.callbacks.evaluate_spheres import EvaluateSpheres
    from tfgan_suite.models.state import become
    from tfgan_suite.runs.folder import RunFolder
    from tfgan_suite.runs.run import train
    from tfgan_suite.runs.trials import trial_console

    folder = RunFolder(path / trial.place)
    seed = settings.seed + trial.trial
    gan, batches = training_program(settings, dataclasses.replace(trial, trial=0))
    become(gan, build(settings, trial, seed))
    measured = settings.num_samples, sphere_model(trial).wasserstein
    evaluate = EvaluateSpheres(lambda step: spheres_at(settings, trial, step), settings.evaluate_every_steps, *measured)
    with trial_console(folder.path, settings.num_workers) as console:
        return train(
            gan,
            batches.reseeded(seed),
            folder,
            settings.plan(),
            evaluate=evaluate,
            best_of="center_kl",
            resume=settings.resume,
            console=console,
        )


@functools.lru_cache(maxsize=1)
def training_program(settings: SphereSettings, trial: SphereTrial) -> tuple[Any, Any]:
    """The model and the batches of a kind of training, which is compiled once for all its repeats in a row."""
    from tfgan_suite.data.resident import ResidentBatches
    from tfgan_suite.data.smoothing import TunableSmoothing

    gan = build(settings, trial, settings.seed)
    num_batches = gan.num_discriminator_steps
    if len(trial.plan.values) > 1:  # the smoothing makes them from smooth images
        k, smoothing = 0.0, TunableSmoothing(trial.plan, num_batches)
    else:
        k, smoothing = trial.plan.values[0], None
    images = sphere_set(settings.seed, trial, k).images
    return gan, ResidentBatches(images, settings.batch_size, settings.seed, smoothing)


def build(settings: SphereSettings, trial: SphereTrial, seed: int) -> Any:
    """The compiled model of a trial."""
    from tfgan_suite.runs.spheres.models import build_sphere_model

    return build_sphere_model(
        sphere_model(trial),
        l2_strength=trial.l2_strength,
        adversarial_loss=settings.adversarial_loss,
        jit_compile=settings.jit_compile,
        steps_per_execution=settings.steps_per_execution,
        seed=seed,
    )


def sphere_model(trial: SphereTrial) -> Any:
    """Its `SphereModel`."""
    from tfgan_suite.runs.spheres.models import MODELS

    return MODELS[trial.model]


def spheres_at(settings: SphereSettings, trial: SphereTrial, step: int) -> Any:
    """The `SphereSet` that is learnt in generator step number `step` (from 1)."""
    stretch = next(index for index, end in enumerate(trial.plan.ends_steps) if step <= end)
    return sphere_set(settings.seed, dataclasses.replace(trial, trial=0), trial.plan.values[stretch])


@functools.lru_cache(maxsize=2)
def sphere_set(seed: int, trial: SphereTrial, k: float) -> Any:
    """The images of a kind of training, which all its repeats share, at one smoothness."""
    from tfgan_suite.data.spheres import tunable_spheres, two_spheres

    model = sphere_model(trial)
    size = {"image_size": model.image_size, "radius": trial.radius, "num_images": trial.num_images, "seed": seed}
    return two_spheres(k=k, **size) if model.num_spheres == 2 else tunable_spheres(k, **size)
