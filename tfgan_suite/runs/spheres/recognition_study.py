"""The trainings of `recipes.smooth_to_sharp_mnist`: dense GANs on digits, from blurred to sharp or directly.

`settings` are that recipe's `Settings`.
"""

import dataclasses
import functools
from pathlib import Path
from typing import Any


@dataclasses.dataclass(frozen=True)
class Job:
    """One training."""

    method: str
    l2_strength: float
    trial: int = 0

    @property
    def place(self) -> str:
        """Its folder in that of the run."""
        return f"{self.method}/lambda_{self.l2_strength:g}/trial_{self.trial}"


def plan_of(settings: Any, method: str) -> Any:
    """Standard deviation of the blur over the steps of a training."""
    from tfgan_suite.core.schedules import SmoothToSharp

    if method == "direct":
        return SmoothToSharp(settings.blur_px[-1:], (settings.num_steps,))
    return SmoothToSharp(settings.blur_px, settings.blur_steps)


def smoothing_of(settings: Any, method: str) -> Any:
    """What blurs the digits of a training; None: nothing does.

    Raises:
        ValueError: a blur below 0.
    """
    from tfgan_suite.data import GaussianSmoothing

    plan = plan_of(settings, method)
    return GaussianSmoothing(plan) if any(plan.values) else None


def rule_of(settings: Any) -> Any:
    """When a training counts as successful."""
    from tfgan_suite.runs.spheres.recognition import SuccessRule

    return SuccessRule(settings.min_confidence, settings.min_classes)


@functools.lru_cache(maxsize=1)
def load_data(settings: Any) -> Any:
    """The labelled images."""
    from tfgan_suite.data import load_images

    return load_images(settings.dataset, data_dir=settings.data_dir, channels=1)


@functools.lru_cache(maxsize=1)
def load_scores(settings: Any) -> Any:
    """What measures generated images."""
    from tfgan_suite.metrics.cached import cached_embedding
    from tfgan_suite.metrics.functional.frechet import feature_statistics
    from tfgan_suite.runs.experiment import embedder_for
    from tfgan_suite.runs.spheres.recognition import RecognitionScores

    images = load_data(settings)
    embedder = embedder_for(images, settings.embedder, settings.seed)
    real = feature_statistics(cached_embedding(images.train.images, embedder).features)
    return RecognitionScores(embedder, real, rule_of(settings))


def build(settings: Any, job: Job) -> Any:
    """The compiled model of a training."""
    import keras

    from tfgan_suite.models import GAN
    from tfgan_suite.networks import dense_discriminator, dense_generator
    from tfgan_suite.runs.spheres.models import rmsprop

    seed = settings.seed + job.trial
    keras.utils.set_random_seed(seed)
    shape = load_data(settings).image_shape
    generator = dense_generator(shape, settings.latent_dim, settings.generator_units)
    gan = GAN(generator, dense_discriminator(shape, settings.discriminator_units), prior="uniform", seed=seed)
    gan.compile(
        rmsprop(),
        rmsprop(),
        adversarial_loss=settings.adversarial_loss,
        l2_weight=job.l2_strength / 2,
        jit_compile=settings.jit_compile,
        steps_per_execution=settings.steps_per_execution,
    )
    return gan


@functools.lru_cache(maxsize=1)
def training_program(settings: Any, kind: Job) -> tuple[Any, Any]:
    """The model and the batches, digits in [0, 1], of a kind of training; compiled once for its repeats in a row."""
    import numpy as np

    from tfgan_suite.data import ResidentBatches

    smoothing = smoothing_of(settings, kind.method)
    images = load_data(settings).train.images.astype(np.float32) / 255
    return build(settings, kind), ResidentBatches(images, settings.batch_size, settings.seed, smoothing)


def run_trial(settings: Any, job: Job, path: Path) -> list[dict[str, float]]:
    """Trains one GAN in its folder; returns the rows of its metrics."""
    from tfgan_suite.callbacks.evaluate_modes import EvaluateModes
    from tfgan_suite.models.state import become
    from tfgan_suite.runs.folder import RunFolder
    from tfgan_suite.runs.run import train
    from tfgan_suite.runs.trials import trial_console

    folder = RunFolder(path / job.place)
    gan, batches = training_program(settings, dataclasses.replace(job, trial=0))
    become(gan, build(settings, job))
    with trial_console(folder.path, settings.num_workers) as console:
        return train(
            gan,
            batches.reseeded(settings.seed + job.trial),
            folder,
            settings.plan(),
            evaluate=EvaluateModes(load_scores(settings), settings.evaluate_every_steps, settings.num_samples),
            resume=settings.resume,
            console=console,
        )
