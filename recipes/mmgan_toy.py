"""MM-GAN on nine Gaussians in the plane: samples by Gaussian, quality against diversity, speed (thesis, section 4.1).

    python -m recipes.mmgan_toy --preset demo
    python -m recipes.mmgan_toy --num-trials 10 --num-workers 4

GAN, AC-GAN, and both MM-GANs with K = 9 learn 5,000 points of nine Gaussians at {-1, 0, 1}^2 with covariance 0.1 I.
Figure 4.1: samples, coloured by their Gaussian or class, over the training points. Figure 4.2: samples of latents whose
covariances are multiplied by sigma. Figure 4.3: the mean negative log-likelihood of generated points under the true
mixture against epochs.

Expected: MM-GAN's likelihood converges faster than the baselines', and each of its Gaussians makes points of almost
one mode, also without labels. The report tests both over the seeds: epochs until the negative log-likelihood is at most
that of the training points + 0.2 nats while the modes are evenly covered (reverse KL at most 0.1 nats: without that,
points that all lie on one centre would pass), at one measurement and for three epochs, and the mutual information of
Gaussian and nearest mode.

Departures: the thesis names neither networks nor prior for these points. All models have a generator of three layers of
128 units with batch norm and ReLU, and a discriminator of three maxout layers of 64 units with three pieces. c is 0.5:
by algorithm 1's c = 0.1 the prior's means lie two standard deviations apart, and the Gaussians, which overlap, all make
points of all modes (--mean-range 0.1). Otherwise algorithm 1's defaults; the baselines' generator batch is 128, too.
"""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from tfgan_suite.runs import cli
from tfgan_suite.runs.training_settings import TrainingSettings

Model = Literal["gan", "acgan", "mmgan", "supervised_mmgan"]


@dataclasses.dataclass(frozen=True)
class Settings(TrainingSettings):
    """The thesis' section 4.1 and algorithm 1 unless a preset says otherwise."""

    models: tuple[Model, ...] = ("gan", "acgan", "mmgan", "supervised_mmgan")
    """Models to compare."""
    num_points: int = 5_000
    """Training points."""
    num_gaussians: int = 9
    """K of the MM-GANs' prior."""
    latent_dim: int = 100
    """d, of all models."""
    mean_range: float = 0.5
    """c: the Gaussians' means are drawn from U[-c, c]^d. Algorithm 1's default is 0.1."""
    variance: float = 0.15
    """sigma of algorithm 1, of each coordinate of a Gaussian."""
    generator_units: int = 128
    """Units of the generator's inner layers."""
    discriminator_units: int = 64
    """Units of the discriminator's maxout layers."""

    num_steps: int = 15_600
    """Generator steps; 78 are an epoch."""
    batch_size: int = 64
    """Points of a discriminator step."""
    generator_batch_size: int = 128
    """Points of a generator step."""
    learning_rate: float = 2e-4
    """Of Adam, for both networks."""
    beta_1: float = 0.5
    """Of Adam; the thesis names none."""
    beta_2: float = 0.999
    """Of Adam."""
    jit_compile: bool = True
    """XLA, which is faster for these networks."""
    steps_per_execution: int = 26
    """Train steps per compiled call."""

    sigmas: tuple[float, ...] = (0.5, 1.0, 1.5, 2.0)
    """Factors of the covariances in figure 4.2; 1 must be among them."""
    likelihood_margin: float = 0.2
    """Nats above the training points' negative log-likelihood that count as converged."""
    max_reverse_kl: float = 0.1
    """Reverse KL of the modes, nats, up to which they count as evenly covered."""
    hold_epochs: float = 3.0
    """How long both must hold for a convergence that lasts; the report has it beside the first passage."""
    num_samples: int = 5_000
    """Generated points per measurement."""
    log_every_steps: int = 26
    """Generator steps between two lines of metrics.jsonl."""
    evaluate_every_steps: int = 26
    """Generator steps between two measurements."""
    sample_every_steps: int = 0
    """Generator steps between two files of samples; 0: never."""
    checkpoint_every_steps: int = 3_120
    """Generator steps between two checkpoints."""
    num_trials: int = 5
    """Runs of each model with seeds seed, seed + 1, ..."""
    num_workers: int = 1
    """Trials trained at once, each in a process with its share of the cores."""


PRESETS = {
    "smoke": Settings(
        num_points=200,
        latent_dim=4,
        generator_units=8,
        discriminator_units=4,
        num_steps=4,
        batch_size=20,
        generator_batch_size=20,
        jit_compile=False,
        steps_per_execution=1,
        sigmas=(0.5, 1.0),
        num_samples=100,
        log_every_steps=2,
        evaluate_every_steps=2,
        checkpoint_every_steps=2,
        num_trials=1,
    ),
    "demo": Settings(num_steps=3_900, checkpoint_every_steps=1_950, num_trials=2),
    "paper": Settings(),
}
MAY_CHANGE = (  # between a run and its resuming: no trial depends on them
    "num_steps", "num_trials", "num_workers", "models", "likelihood_margin", "max_reverse_kl",
    "hold_epochs",
)  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Job:
    """One trial of a model."""

    model: str
    trial: int

    @property
    def place(self) -> str:
        """Its folder in that of the run."""
        return f"{self.model}/trial_{self.trial}"


def build_data(settings: Settings) -> Any:
    """The training points, labelled by their Gaussian; the same for every model and trial."""
    from tfgan_suite.data.mixtures import nine_gaussians
    from tfgan_suite.data.points import mixture_points

    return mixture_points(nine_gaussians(), settings.num_points, settings.seed)


def build_model(settings: Settings, model: str, points: Any, seed: int) -> Any:
    """One of the four models, compiled."""
    from tfgan_suite.runs.mmgan.toy_models import ToyOptions, build_toy_model

    return build_toy_model(model, points, ToyOptions.of(settings), seed=seed)


def run_trial(settings: Settings, job: Job, path: Path) -> list[dict[str, float]]:
    """Trains one model in its folder, keeps points of it at each sigma; returns the rows of its metrics."""
    from tfgan_suite.callbacks.evaluate_points import EvaluatePoints
    from tfgan_suite.runs.folder import RunFolder
    from tfgan_suite.runs.mmgan.toy_report import FINAL_POINTS
    from tfgan_suite.runs.run import train
    from tfgan_suite.runs.trials import trial_console

    folder, points = RunFolder(path / job.place), build_data(settings)
    seed = settings.seed + job.trial
    gan = build_model(settings, job.model, points, seed)
    with trial_console(folder.path, settings.num_workers) as console:
        rows = train(
            gan,
            points.training_batches(settings.batch_size, seed=seed),
            folder,
            settings.plan(),
            evaluate=EvaluatePoints(points.mixture, settings.evaluate_every_steps, settings.num_samples),
            best_of="reverse_kl",
            resume=settings.resume,
            console=console,
        )
    keep_points(settings, gan, folder.path / FINAL_POINTS)
    return rows


def keep_points(settings: Settings, gan: Any, path: Path) -> None:
    """Writes `points` float32 [sigmas, num_samples, 2] of the same noise, and their `labels` where there are any."""
    import numpy as np

    from tfgan_suite.core.files import write_whole
    from tfgan_suite.models.sampling import sample_inputs

    labels = sample_inputs(gan, settings.num_samples, None, 0)[1]
    arrays = {"points": np.stack([gan.sample(settings.num_samples, sigma=sigma) for sigma in settings.sigmas])}
    arrays |= {} if labels is None else {"labels": labels.numpy()}
    with write_whole(path) as temporary:
        np.savez(temporary, sigmas=settings.sigmas, **arrays)


def run(settings: Settings) -> None:
    """Runs every trial of every model, and writes the report over all of them."""
    from tfgan_suite.runs.folder import RunFolder, json_values
    from tfgan_suite.runs.trials import run_trials

    check(settings)
    folder = RunFolder(settings.run_dir("mmgan_toy"))
    jobs = [Job(model, trial) for trial in range(settings.num_trials) for model in dict.fromkeys(settings.models)]
    if settings.dry_run:
        dry_run(settings, jobs, folder)
        return
    with folder.claim(json_values(settings), resume=settings.resume, may_change=MAY_CHANGE):
        rows = run_trials(run_trial, [(settings, job, folder.path) for job in jobs], settings.num_workers)
        report(settings, folder, dict(zip(jobs, rows, strict=True)))
    print(f"Report: {folder.report}")


def check(settings: Settings) -> None:
    """Refuses settings that make no study, before anything is drawn."""
    from tfgan_suite.core.checks import require, require_positive

    names = ("num_trials", "num_workers", "batch_size", "evaluate_every_steps", "num_gaussians", "likelihood_margin",
             "max_reverse_kl", "hold_epochs")  # fmt: skip
    require_positive(**{name: getattr(settings, name) for name in names})
    require(bool(settings.models), "there must be a model", models=settings.models)
    require(
        1.0 in settings.sigmas and all(sigma > 0 for sigma in settings.sigmas),
        "`sigmas` must be above 0, and 1 among them",
        sigmas=settings.sigmas,
    )
    settings.plan()


def dry_run(settings: Settings, jobs: list[Job], folder: Any) -> None:
    """Prints what would be trained, and how long it would take by a few timed steps."""
    from tfgan_suite.runs.dry_run import show_training
    from tfgan_suite.runs.mmgan.toy_models import TITLES

    points = build_data(settings)
    gan = build_model(settings, "mmgan", points, settings.seed)
    lines = {
        "data": f"{settings.num_points:,} points of nine Gaussians",
        "models": ", ".join(TITLES[model] for model in settings.models),
        "trials": f"{len(jobs)} in all, {settings.num_steps:,} generator steps each",
        "run folder": folder.path,
    }
    batches, num_steps = points.training_batches(settings.batch_size), settings.num_steps * len(jobs)
    show_training(gan, batches, num_steps, lines, num_workers=settings.num_workers, model="MM-GAN")


def report(settings: Settings, folder: Any, trials: Mapping[Job, Any]) -> None:
    """Writes `report.html`: both claims in numbers, figures 4.1 to 4.3."""
    from tfgan_suite.runs.mmgan.toy_report import ToyReport
    from tfgan_suite.runs.reports.report import write_report

    of = ToyReport(settings, folder, build_data(settings), trials)
    write_report(
        folder.path,
        title="MM-GAN on nine Gaussians",
        summary=f"{len(trials)} trials of {settings.num_steps:,} generator steps ({of.epochs(settings.num_steps):.4g} "
        f"epochs), seeds from {settings.seed} on. {of.findings()}",
        key_numbers=of.key_numbers(),
        tables=[of.convergence_table(), of.sigma_table()],
        figures=[of.likelihood_figure()],
        images=[of.samples_figure(), *of.sigma_figures()],
        protocol=protocol(settings),
        command=cli.command_line("recipes.mmgan_toy", settings, PRESETS),
        notes=NOTES,
    )


def protocol(settings: Settings) -> dict[str, Any]:
    """How the numbers were made."""
    return {
        "samples": settings.num_samples,
        "likelihood": "under the true mixture, nats",
        "converged": f"negative log-likelihood at most that of the training points + {settings.likelihood_margin:g}, "
        f"and reverse KL at most {settings.max_reverse_kl:g}, at one measurement",
        "lasting": f"at every measurement of {settings.hold_epochs:g} epochs",
        "measured every": f"{settings.evaluate_every_steps} steps",
        "NMI": "of label (Gaussian or class) and nearest centre, geometric mean",
        "prior": f"d = {settings.latent_dim}, c = {settings.mean_range:g}, sigma = {settings.variance:g}; baselines "
        "N(0, I)",
        "networks": f"generator 3 x {settings.generator_units}, discriminator 3 x {settings.discriminator_units}",
        "optimizer": f"Adam({settings.learning_rate:g}, {settings.beta_1:g}, {settings.beta_2:g})",
        "batch": f"{settings.batch_size}, of the generator {settings.generator_batch_size}",
        "seeds": settings.seeds_in_words,
    }


NOTES = (
    "The negative log-likelihood of generated points alone is lowest where all lie on one centre, so it is read beside "
    "the reverse KL. Neither sees classes that shrink about their centres: below the training points' likelihood and "
    "standard deviation within modes, a model makes too few kinds of points.",
    "A first passage can be an accident of a training that overshoots; what lasts is given beside it.",
    "Both models of a pair have the same seed, the same data and the same order of it.",
)


if __name__ == "__main__":
    cli.main(run, PRESETS, __doc__, default_preset="paper")
