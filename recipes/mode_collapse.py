"""Mode collapse on mixtures of Gaussians, and its cure (self-conditioned GAN paper, section 4.2; tables 1 and 4).

    python -m recipes.mode_collapse --preset demo
    python -m recipes.mode_collapse --datasets ring grid --methods gan pacgan2 self_conditioned --num-trials 3

Every method learns 8 Gaussians on a ring and 25 on a grid. 50,000 samples tell how many modes it covers, which share of
the samples is within three standard deviations of one, and how unevenly they spread (reverse KL, nats).
`--sweep-clusters 5 10 25 50 100` also draws figure 3: the self-conditioned GAN and MGAN over the number of clusters.

Expected (table 1, ring | grid): GAN 6.3 modes, 98.2 %, 0.45 | 17.3, 94.8 %, 0.70; PacGAN2 7.9, 95.6 %, 0.07 | 23.8,
91.3 %, 0.13; self-conditioned 8.0, 99.5 %, 0.0014 | 25.0, 99.5 %, 0.0063.

Departures: latents and labels are drawn anew for the generator's update; the ring has radius 1, as in the paper, and
not 2, as in its code.
"""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from tfgan_suite.runs import cli
from tfgan_suite.runs.training_settings import TrainingSettings

Dataset = Literal["ring", "grid"]
Method = Literal[
    "gan", "pacgan2", "pacgan3", "pacgan4", "mgan", "random_labels", "class_conditional",
    "self_conditioned", "online", "supervised_start", "no_start", "no_matching",
]  # fmt: skip

PAPER_TABLE = {  # table 1: method -> (modes, high quality %, reverse KL) of the ring, then of the grid
    "gan": ((6.3, 98.2, 0.45), (17.3, 94.8, 0.70)),
    "pacgan2": ((7.9, 95.6, 0.07), (23.8, 91.3, 0.13)),
    "pacgan3": ((7.8, 97.7, 0.10), (24.6, 94.2, 0.06)),
    "pacgan4": ((7.8, 95.9, 0.07), (24.8, 93.6, 0.04)),
    "mgan": ((7.6, 80.3, 0.32), (22.5, 51.1, 0.36)),
    "random_labels": ((7.9, 96.3, 0.07), (16.0, 90.6, 0.57)),
    "self_conditioned": ((8.0, 99.5, 0.0014), (25.0, 99.5, 0.0063)),
    "online": ((8.0, 99.9, 0.00349), (25.0, 99.1, 0.00122)),
}
PAPER_CLUSTERS = {"ring": (1.0, 1.0), "grid": (0.9716, 0.9921)}  # table 4: NMI, purity


@dataclasses.dataclass(frozen=True)
class Settings(TrainingSettings):
    """The paper's section 4.1 unless a preset says otherwise."""

    datasets: tuple[Dataset, ...] = ("ring", "grid")
    """Mixtures to learn."""
    methods: tuple[Method, ...] = (
        "gan", "pacgan2", "pacgan3", "pacgan4", "mgan", "random_labels", "self_conditioned",
    )  # fmt: skip
    """Methods to compare."""
    num_clusters: int = 50
    """K: clusters, labels, or generators of MGAN."""
    sweep_clusters: tuple[int, ...] = ()
    """Also train self_conditioned and mgan with each of these K (figure 3)."""
    num_points: int = 100_000
    """Training points of each mixture."""
    num_clustered: int = 10_000
    """Points that k-means sees."""
    recluster_every_steps: int = 10_000
    """Generator steps between two re-clusterings."""

    num_steps: int = 400_000
    """Generator steps (400 epochs of 1,000)."""
    batch_size: int = 100
    """Points per step; packs for PacGAN."""
    learning_rate: float = 1e-3
    """Of Adam, for both networks. The code that the authors published has 1e-4."""
    beta_1: float = 0.8
    """Of Adam, as in the published code; the paper names none."""
    beta_2: float = 0.999
    """Of Adam."""
    decay_steps: int = 0
    """Over the last so many steps the learning rate falls to 0 along a cosine; 0: it stays, as in the paper."""
    jit_compile: bool = True
    """XLA, which is faster for these networks."""
    steps_per_execution: int = 100
    """Train steps per compiled call."""

    num_samples: int = 50_000
    """Generated points per measurement."""
    log_every_steps: int = 1_000
    """Generator steps between two lines of metrics.jsonl."""
    evaluate_every_steps: int = 10_000
    """Generator steps between two measurements."""
    sample_every_steps: int = 50_000
    """Generator steps between two scatter plots."""
    checkpoint_every_steps: int = 10_000
    """Generator steps between two checkpoints."""
    num_trials: int = 10
    """Runs of each method with seeds seed, seed + 1, ..."""
    num_workers: int = 1
    """Trials trained at once, each in a process with its share of the cores."""


PRESETS = {
    "smoke": Settings(
        datasets=("ring",),
        methods=("gan", "self_conditioned"),
        num_clusters=8,
        num_points=400,
        num_clustered=200,
        recluster_every_steps=4,
        num_steps=8,
        batch_size=20,
        jit_compile=False,
        steps_per_execution=1,
        num_samples=200,
        log_every_steps=4,
        evaluate_every_steps=4,
        sample_every_steps=4,
        checkpoint_every_steps=4,
        num_trials=1,
    ),
    "demo": Settings(
        datasets=("ring",),
        methods=("gan", "self_conditioned"),
        num_steps=10_000,
        recluster_every_steps=2_000,
        log_every_steps=500,
        evaluate_every_steps=1_000,
        sample_every_steps=1_000,
        checkpoint_every_steps=2_000,
        num_trials=1,
    ),
    "paper": Settings(),
}
MAY_CHANGE = (  # between a run and its resuming: no trial depends on them
    "num_steps", "num_trials", "num_workers", "datasets", "methods", "sweep_clusters",
)  # fmt: skip


def build_data(settings: Settings, dataset: Dataset) -> Any:
    """The training points of a mixture; the same for every method and trial."""
    from tfgan_suite.data.mixtures import grid_mixture, ring_mixture
    from tfgan_suite.data.points import mixture_points

    mixture = {"ring": ring_mixture, "grid": grid_mixture}[dataset]()
    return mixture_points(mixture, settings.num_points, settings.seed)


def run_trial(settings: Settings, job: Any, path: Path) -> list[dict[str, float]]:
    """Trains one GAN in its folder; returns the rows of its metrics."""
    from tfgan_suite.callbacks.evaluate_modes import EvaluateModes, point_scores
    from tfgan_suite.runs.folder import RunFolder
    from tfgan_suite.runs.methods import MethodOptions, build_trial
    from tfgan_suite.runs.run import train
    from tfgan_suite.runs.trials import trial_console

    folder = RunFolder(path / job.place)
    data = build_data(settings, job.dataset)
    trial = build_trial(
        job.method,
        data,
        MethodOptions.of(settings, num_clusters=job.num_clusters),
        seed=settings.seed + job.trial,
        folder=folder.path / "clusters",
    )
    with trial_console(folder.path, settings.num_workers) as console:
        return train(
            trial.gan,
            trial.batches,
            folder,
            settings.plan(),
            evaluate=EvaluateModes(point_scores(data.mixture), settings.evaluate_every_steps, settings.num_samples),
            teaching=trial.teaching,
            best_of="reverse_kl",
            resume=settings.resume,
            console=console,
        )


def run(settings: Settings) -> None:
    """Runs every trial of every method, and writes the report over all of them."""
    from tfgan_suite.runs.folder import RunFolder, json_values
    from tfgan_suite.runs.trials import run_trials

    check(settings)
    folder = RunFolder(settings.run_dir("mode_collapse"))
    jobs = all_jobs(settings)
    if settings.dry_run:
        dry_run(settings, jobs, folder)
        return
    may_change = tuple(name for name in MAY_CHANGE if name != "num_steps" or not settings.decay_steps)
    with folder.claim(json_values(settings), resume=settings.resume, may_change=may_change):
        rows = run_trials(run_trial, [(settings, job, folder.path) for job in jobs], settings.num_workers)
        report(settings, folder, dict(zip(jobs, rows, strict=True)))
    print(f"Report: {folder.report}")


def all_jobs(settings: Settings) -> list[Any]:
    """Every trial of the run, trial by trial, so that a run that is cut off has some of each method."""
    from tfgan_suite.runs.self_conditioned.mixture_report import Job

    kinds = [(dataset, method, settings.num_clusters) for dataset in settings.datasets for method in settings.methods]
    kinds += [
        (dataset, method, num_clusters)
        for dataset in settings.datasets
        for method in ("self_conditioned", "mgan")
        for num_clusters in settings.sweep_clusters
    ]
    return [Job(*kind, trial) for trial in range(settings.num_trials) for kind in dict.fromkeys(kinds)]


def check(settings: Settings) -> None:
    """Refuses settings that make no study, before anything is drawn."""
    from tfgan_suite.core.checks import require, require_positive

    require_positive(num_trials=settings.num_trials, num_workers=settings.num_workers, batch_size=settings.batch_size)
    require(bool(settings.datasets and settings.methods), "there must be a data set and a method")
    for num_clusters in (settings.num_clusters, *settings.sweep_clusters):
        require(
            2 <= num_clusters <= settings.num_clustered <= settings.num_points,
            "the numbers must be such that 2 <= num_clusters <= num_clustered <= num_points",
            num_clusters=num_clusters,
            num_clustered=settings.num_clustered,
            num_points=settings.num_points,
        )
    require(
        0 <= settings.decay_steps <= settings.num_steps,
        "`decay_steps` must be in [0, num_steps]",
        decay_steps=settings.decay_steps,
        num_steps=settings.num_steps,
    )
    settings.require_logged("recluster_every_steps")
    settings.plan()


def dry_run(settings: Settings, jobs: list[Any], folder: Any) -> None:
    """Prints what would be trained, and how long it would take by a few timed steps."""
    from tfgan_suite.runs.dry_run import show_training
    from tfgan_suite.runs.method_names import TITLES
    from tfgan_suite.runs.methods import MethodOptions, build_trial

    data = build_data(settings, settings.datasets[0])
    trial = build_trial("gan", data, MethodOptions.of(settings), seed=settings.seed)
    lines = {
        "data": ", ".join(f"{settings.num_points:,} points of {name}" for name in settings.datasets),
        "methods": ", ".join(TITLES[method] for method in settings.methods),
        "clusters": settings.num_clusters,
        "trials": f"{len(jobs)} in all, {settings.num_steps:,} generator steps each",
        "run folder": folder.path,
    }
    num_steps, num_workers = settings.num_steps * len(jobs), settings.num_workers
    about = {"num_workers": num_workers, "model": "GAN", "without": "clustering"}
    show_training(trial.gan, trial.batches, num_steps, lines, **about)


def report(settings: Settings, folder: Any, trials: Mapping[Any, Any]) -> None:
    """Writes `report.html`: tables 1 and 4 beside the trials' values, curves, film strips, lineages, figure 3."""
    from tfgan_suite.runs.reports.report import write_report
    from tfgan_suite.runs.self_conditioned.mixture_report import NOTES, MixtureReport, protocol

    tables, figures, strips = [], [], []
    note = f"K = {settings.num_clusters}, {settings.num_samples:,} samples; mean and standard error over trials."
    for dataset in settings.datasets:
        column = ("ring", "grid").index(dataset)
        of = MixtureReport(folder, dataset, build_data(settings, dataset), trials, settings.num_clusters, note)
        tables += of.tables({method: row[column] for method, row in PAPER_TABLE.items()}, PAPER_CLUSTERS[dataset])
        figures += of.curves() + of.over_clusters(settings.sweep_clusters)
        strips += of.strips()
    write_report(
        folder.path,
        title="Mode collapse on mixtures of Gaussians",
        summary=f"{len(trials)} trials of {settings.num_steps:,} generator steps, seeds from {settings.seed} on.",
        tables=tables,
        figures=figures,
        images=strips,
        protocol=protocol(settings),
        command=cli.command_line("recipes.mode_collapse", settings, PRESETS),
        notes=NOTES,
    )


if __name__ == "__main__":
    cli.main(run, PRESETS, __doc__, default_preset="paper")
