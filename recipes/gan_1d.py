"""A GAN of numbers: is its discriminator optimal, and does an L2 penalty help? (smooth-to-sharp thesis, 4.1 and 5.1).

    python -m recipes.gan_1d --preset demo
    python -m recipes.gan_1d

Networks 1-16-1 with ReLU learn N(-0.6, 1) from uniform latents. Three studies:

- watched: one training without a penalty. Figures 4.1, 5.1: densities and D(x) at several steps. Figure 4.2: the
  discriminator's loss (eq. 2.6) beside the optimal one, -2 D_JS + 2 log 2 (eq. 2.9).
- frozen: only the discriminator learns, beside numbers that are separable from the real ones. Figure 4.3: its loss,
  and the steps until that is below 0.01. Figure 4.4: its output, and the slope that is left at the generated numbers.
- l2: 20 trainings for each strength λ of the penalty λ / 2 ||θ||² on both networks. Figure 5.2: box plots of
  D_KL(generated || real).

Expected (no tables in the thesis): a large gap between both losses; more than 2,000 steps to a loss below 0.01; KL that
falls up to λ = 1e-3 and at 1e-2 grows over that of λ = 0.

Measured (paper preset, 13 min on two shared cores): the gap is there, 1.36 against 1.14 nats on average, and narrows
from 0.41 at step 500 to 0.13. The loss is below 0.01 after 1390 ± 180, 1060 ± 140, 890 ± 140 steps at 4, 5, 8 standard
deviations, less than the thesis says; the slope of D at the generated numbers falls from 0.035 to 4e-4 over 5,000 steps
at 5. KL at λ = 0, 1e-5, 1e-4, 1e-3, 1e-2: means 0.190, 0.166, 0.155, 0.152, 0.190 ± 0.13, 0.08, 0.09, 0.07, 0.04 nats.
So it falls and rises again as the thesis has it, but to no more than without a penalty, and over seeds no change of the
mean is clear (λ = 1e-3 against 0: -0.038 ± 0.026). What shrinks clearly is the spread, most of all at 1e-2, where the
thesis has it grow. With Keras' start values and RMSProp the mean was 0.53 at 0 and 0.19 at 1e-2: a penalty helps a
training that fails now and then.

Departures: RMSProp and start values as PyTorch has them, latents from U[-1, 1]: the thesis states neither. Its "FC.1"
before the hidden layers is read as the input. Real numbers are 100,000 fixed draws; measurements have draws of their
own. A Gaussian has no end, so that nothing is wholly separable from it: the frozen generator is a fresh one, moved so
that its lowest number is 4, 5 or 8 standard deviations above the data's mean. Beside Parzen windows (the thesis) stands
the exact density, since a layer of ReLUs makes a staircase of uniform latents.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any, Literal

from tfgan_suite.runs import cli
from tfgan_suite.runs.training_settings import TrainingSettings


@dataclasses.dataclass(frozen=True)
class Settings(TrainingSettings):
    """The thesis' tables 5.1 and 5.2 unless a preset says otherwise."""

    mean: float = -0.6
    """Of the data."""
    stddev: float = 1.0
    """Of the data."""
    num_points: int = 100_000
    """Real numbers that batches are drawn from, with replacement."""
    hidden_units: int = 16
    """Of the hidden layer of both networks."""
    adversarial_loss: Literal["minimax", "non_saturating"] = "minimax"
    """Of the generator; minimax is the thesis' eq. 2.7."""

    num_steps: int = 5_000
    """Generator steps of a training."""
    batch_size: int = 64
    """Numbers per step, real and generated."""
    learning_rate: float = 1e-3
    """Of RMSProp, for both networks."""
    rho: float = 0.99
    """Of RMSProp; the thesis names none."""
    epsilon: float = 1e-16
    """Of RMSProp, below the root; the thesis names none. PyTorch's 1e-8 beside the root bounds a step as this does."""
    jit_compile: bool = True
    """XLA, which is faster for these networks."""
    steps_per_execution: int = 100
    """Train steps per compiled call; fewer where something is measured more often."""

    l2_strengths: tuple[float, ...] = (0.0, 1e-5, 1e-4, 1e-3, 1e-2)
    """λ: the penalty is λ / 2 times the sum of squared weights and biases."""
    watch_every_steps: int = 20
    """Generator steps between two measurements of the watched training."""
    shown_steps: tuple[int, ...] = (0, 200, 500, 1_000, 1_500, 5_000)
    """Of the watched training: multiples of watch_every_steps."""
    separations: tuple[float, ...] = (4.0, 5.0, 8.0)
    """Distances of frozen generators: from the data's mean to the lowest generated number, in standard deviations."""
    frozen_steps: int = 5_000
    """Discriminator steps beside a frozen generator."""
    frozen_every_steps: int = 50
    """Discriminator steps between two measurements there."""
    frozen_shown_steps: tuple[int, ...] = (0, 500, 2_000, 5_000)
    """Multiples of frozen_every_steps; 0 must be among them."""
    loss_threshold: float = 0.01
    """The discriminator's loss that counts as nearly optimal there, nats."""

    num_samples: int = 10_000
    """Real and generated numbers per measurement."""
    log_every_steps: int = 500
    """Generator steps between two lines of metrics.jsonl of the penalty's study."""
    evaluate_every_steps: int = 500
    """Generator steps between two measurements of the penalty's study."""
    sample_every_steps: int = 0
    """Generator steps between two files of samples; 0: never."""
    checkpoint_every_steps: int = 5_000
    """Generator steps between two checkpoints."""
    num_trials: int = 20
    """Trainings with seeds seed, seed + 1, ... of each strength and of each separation."""
    num_workers: int = 1
    """Strengths and separations at once, each in a process with its share of the cores."""


PRESETS = {
    "smoke": Settings(
        num_points=400,
        num_steps=8,
        batch_size=16,
        jit_compile=False,
        steps_per_execution=1,
        l2_strengths=(0.0, 1e-3, 1e-2),
        watch_every_steps=4,
        shown_steps=(0, 4, 8),
        separations=(5.0,),
        frozen_steps=8,
        frozen_every_steps=4,
        frozen_shown_steps=(0, 8),
        num_samples=200,
        log_every_steps=4,
        evaluate_every_steps=4,
        checkpoint_every_steps=4,
        num_trials=2,
    ),
    "demo": Settings(separations=(5.0,), watch_every_steps=50, num_trials=4),
    "paper": Settings(),
}
MAY_CHANGE = (  # between a run and its resuming: no trial depends on them
    "num_trials", "num_workers", "l2_strengths", "separations", "loss_threshold",
)  # fmt: skip


def run(settings: Settings) -> None:
    """Runs the three studies, and writes the report over them."""
    from tfgan_suite.runs.folder import RunFolder, json_values
    from tfgan_suite.runs.line.study import run_job
    from tfgan_suite.runs.trials import run_trials

    check(settings)
    folder = RunFolder(settings.run_dir("gan_1d"))
    jobs = all_jobs(settings)
    if settings.dry_run:
        dry_run(settings, jobs, folder)
        return
    with folder.claim(json_values(settings), resume=settings.resume, may_change=MAY_CHANGE):
        results = run_trials(run_job, [(settings, job, folder.path) for job in jobs], settings.num_workers)
        report(settings, folder, dict(zip(jobs, results, strict=True)))
    print(f"Report: {folder.report}")


def all_jobs(settings: Settings) -> list[Any]:
    """The watched training, one job for each separation, one for each strength."""
    from tfgan_suite.runs.line.study import Job

    frozen = [Job("frozen", value, settings.num_trials) for value in dict.fromkeys(settings.separations)]
    penalised = [Job("l2", value, settings.num_trials) for value in sorted(set(settings.l2_strengths))]
    return [Job("watched", 0.0, 1), *frozen, *penalised]


def check(settings: Settings) -> None:
    """Refuses settings that make no study, before anything is drawn."""
    from tfgan_suite.core.checks import require, require_positive
    from tfgan_suite.runs.line.study import build_plan

    names = ("num_trials", "num_workers", "num_points", "num_samples", "hidden_units", "batch_size", "stddev",
             "evaluate_every_steps", "loss_threshold", "steps_per_execution")  # fmt: skip
    require_positive(**{name: getattr(settings, name) for name in names})
    require(
        settings.average_decay is None,
        "`average_decay` must be None: the thesis measures the generator that is trained",
        average_decay=settings.average_decay,
    )
    require(
        bool(settings.l2_strengths and settings.separations)
        and min(settings.l2_strengths) >= 0
        and min(settings.separations) > 0,
        "there must be strengths of at least 0 and separations above 0",
        l2_strengths=settings.l2_strengths,
        separations=settings.separations,
    )
    require(
        settings.num_steps % settings.evaluate_every_steps == 0,
        "`num_steps` must be a multiple of `evaluate_every_steps`: the report is on the last step",
        num_steps=settings.num_steps,
        evaluate_every_steps=settings.evaluate_every_steps,
    )
    for job in all_jobs(settings):
        build_plan(settings, job)
    for name, every, last in (
        ("shown_steps", settings.watch_every_steps, settings.num_steps),
        ("frozen_shown_steps", settings.frozen_every_steps, settings.frozen_steps),
    ):
        steps = getattr(settings, name)
        require(
            0 in steps and all(0 <= step <= last and step % every == 0 for step in steps),
            f"`{name}` must hold 0, and else steps at which is measured",
            **{name: steps, "measured_every": every, "last_step": last},
        )


def dry_run(settings: Settings, jobs: list[Any], folder: Any) -> None:
    """Prints what would be trained, and how long it would take by a few timed steps."""
    from tfgan_suite.data import ResidentBatches
    from tfgan_suite.runs.dry_run import show_training
    from tfgan_suite.runs.line.study import build_data, build_model, build_plan

    gan = build_model(settings, jobs[-1], settings.seed)
    num_steps = sum(build_plan(settings, job).num_steps * job.num_trials for job in jobs)
    lines = {
        "data": f"{settings.num_points:,} draws of N({settings.mean:g}, {settings.stddev:g}²)",
        "studies": ", ".join(f"{job.place} ({job.num_trials})" for job in jobs),
        "steps": f"{num_steps:,} in all",
        "run folder": folder.path,
    }
    batches = ResidentBatches(build_data(settings).examples, settings.batch_size)
    about = {"num_workers": settings.num_workers, "without": "compiling and measuring"}
    show_training(gan, batches, num_steps, lines, **about)


def report(settings: Settings, folder: Any, results: Mapping[Any, Any]) -> None:
    """Writes `report.html`: the claims in numbers, figures 4.1 to 4.4, 5.1, 5.2."""
    from tfgan_suite.runs.line.report import LineReport
    from tfgan_suite.runs.reports.report import write_report

    of = LineReport(settings, folder, results)
    write_report(
        folder.path,
        title="A GAN of numbers",
        summary=of.findings(),
        key_numbers=of.key_numbers(),
        tables=[of.kl_table(), of.loss_table(), of.frozen_table()],
        figures=of.figures(),
        protocol=protocol(settings),
        command=cli.command_line("recipes.gan_1d", settings, PRESETS),
        notes=NOTES,
    )


def protocol(settings: Settings) -> dict[str, Any]:
    """How the numbers were made."""
    return {
        "data": f"N({settings.mean:g}, {settings.stddev:g}²), {settings.num_points:,} draws for training",
        "measured on": f"{settings.num_samples:,} other real and as many generated numbers",
        "KL": "D_KL(generated || real), nats; Gaussian windows by Scott's rule, N^(-1/5) std",
        "integrals": "Gauss-Legendre, three nodes in each window's or fifth of the data's standard deviation",
        "exact": "density of the generator's straight pieces, no samples",
        "losses": "of the discriminator, without penalties, logits in float32",
        "networks": f"1-{settings.hidden_units}-1 with ReLU, both",
        "latents": "U[-1, 1], one number",
        "generator's loss": settings.adversarial_loss,
        "optimizer": f"RMSprop({settings.learning_rate:g}, rho={settings.rho:g}, epsilon={settings.epsilon:g})",
        "batch": settings.batch_size,
        "steps": f"{settings.num_steps:,}; frozen {settings.frozen_steps:,}",
        "seeds": settings.seeds_in_words,
    }


NOTES = (
    "The thesis gives no numbers for these figures, only the boxes of figure 5.2 and what it says of them.",
    "Windows round the steps of a generator's density off, so that the optimal loss by Parzen windows is too high and "
    "the KL too low where the density is a staircase; the exact values are beside them.",
    "Trials of the same number share their seed over all strengths, hence changes are of pairs.",
)


if __name__ == "__main__":
    cli.main(run, PRESETS, __doc__, default_preset="paper")
