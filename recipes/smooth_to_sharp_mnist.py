"""Digits from blurred to sharp, and L2 penalties: how many trainings succeed (smooth-to-sharp thesis, section 5.5).

    python -m recipes.smooth_to_sharp_mnist --preset demo
    python -m recipes.smooth_to_sharp_mnist --data-dir DIR --num-trials 20

A dense GAN, 48-512-512-784 and 784-128-128-1, learns MNIST with an L2 penalty of strength lambda on both networks:
directly, or on digits blurred by a Gaussian of 2, 1.5, 1 and 0.5 pixels for 2,500 generator steps each, then on sharp
ones. A training counts as successful by a stated rule: how sure a classifier of the digits is, and how many classes it
finds.

Expected (figure 5.11, successes of 20 by eye): direct 1 with lambda 0, 18 with 1e-4, 2 with 1e-3; smooth to sharp 20
with each lambda.

Departures: the generator's loss is the non-saturating one, not the printed eq. 2.7 (`--adversarial-loss minimax`).
Success is decided by the rule, not by eye. Batches are drawn with replacement. What the thesis does not state (start
values, RMSProp's decay, the range of the latents) is named in the report.
"""

import dataclasses
from pathlib import Path
from typing import Any, Literal

from tfgan_suite.runs import cli
from tfgan_suite.runs.spheres.settings import SphereSettings

Method = Literal["direct", "smooth_to_sharp"]

TITLES = {"direct": "direct", "smooth_to_sharp": "smooth to sharp"}
FIGURE_5_11 = {  # method, lambda -> successes of 20; the thesis gives no number for direct training with 1e-5
    ("direct", 0.0): 1,
    ("direct", 1e-4): 18,
    ("direct", 1e-3): 2,
    ("smooth_to_sharp", 0.0): 20,
    ("smooth_to_sharp", 1e-5): 20,
    ("smooth_to_sharp", 1e-4): 20,
    ("smooth_to_sharp", 1e-3): 20,
}


@dataclasses.dataclass(frozen=True)
class Settings(SphereSettings):
    """The thesis' tables 5.15 to 5.17 unless a preset says otherwise."""

    dataset: str = "mnist"
    """TFDS name, folder of images, .npz file, or digits (no download); with labels, for the classifier."""
    data_dir: Path | None = None
    """Where TFDS data sets are; default: TFDS' own place."""
    embedder: str = "classifier"
    """What recognises the digits: classifier (trained on them), or the path of a network with their classes."""
    methods: tuple[Method, ...] = ("direct", "smooth_to_sharp")
    """Ways of training."""
    l2_strengths: tuple[float, ...] = (0.0, 1e-5, 1e-4, 1e-3)
    """lambda, for both networks."""
    blur_px: tuple[float, ...] = (2.0, 1.5, 1.0, 0.5, 0.0)
    """Standard deviation of the blur over a training from smooth to sharp; a direct one has the last."""
    blur_steps: tuple[int, ...] = (2_500, 2_500, 2_500, 2_500, 10_000)
    """Generator steps of each."""
    latent_dim: int = 48
    """Length of the latents."""
    generator_units: tuple[int, ...] = (512, 512)
    """Of the generator's hidden layers."""
    discriminator_units: tuple[int, ...] = (128, 128)
    """Of the discriminator's hidden layers."""
    num_samples: int = 2_000
    """Generated images per measurement."""
    evaluate_every_steps: int = 2_500
    """Generator steps between two measurements."""
    log_every_steps: int = 500
    """Generator steps between two lines of metrics.jsonl."""
    num_trials: int = 20
    """Repeats of each training with seeds seed, seed + 1, ..."""
    min_confidence: float = 0.8
    """Of success: the classifier's mean confidence in its class."""
    min_classes: int = 8
    """Of success: so many classes in at least 2 % of the images each."""


_SHORT = Settings(
    dataset="digits",
    l2_strengths=(0.0, 1e-4),
    num_steps=2_000,
    blur_px=(1.0, 0.75, 0.5, 0.25, 0.0),  # digits have 8x8 pixels
    blur_steps=(250, 250, 250, 250, 1_000),
    evaluate_every_steps=500,
    log_every_steps=250,
    checkpoint_every_steps=2_000,
    steps_per_execution=50,
    num_trials=2,
)
PRESETS = {
    "smoke": dataclasses.replace(
        _SHORT,
        l2_strengths=(1e-4,),
        num_steps=5,
        blur_steps=(1, 1, 1, 1, 1),
        batch_size=8,
        num_samples=40,
        generator_units=(8, 8),
        discriminator_units=(8, 8),
        embedder="classifier",
        evaluate_every_steps=5,
        log_every_steps=1,
        checkpoint_every_steps=5,
        steps_per_execution=1,
        jit_compile=False,
        num_trials=1,
        num_workers=1,
    ),
    "demo": _SHORT,
    "paper": Settings(),
}
MAY_CHANGE = ("num_trials", "num_workers", "methods", "l2_strengths")
"""Settings in which a resumed run may differ from the one before. No trial's noise depends on them; another
`num_workers` gives each another share of the cores, whose sums may round differently."""


def run(settings: Settings) -> None:
    """Trains with every lambda in every way, and writes the report."""
    from tfgan_suite.runs.folder import RunFolder, json_values
    from tfgan_suite.runs.spheres.recognition_study import Job, load_scores, run_trial
    from tfgan_suite.runs.trials import run_trials

    check(settings)
    folder = RunFolder(settings.run_dir("smooth_to_sharp_mnist"))
    jobs = [
        Job(method, l2_strength, trial)
        for method in dict.fromkeys(settings.methods)
        for l2_strength in dict.fromkeys(settings.l2_strengths)
        for trial in range(settings.num_trials)
    ]
    if settings.dry_run:
        dry_run(settings, jobs, folder)
        return
    with folder.claim(json_values(settings), resume=settings.resume, may_change=MAY_CHANGE):
        load_scores(settings)  # the classifier is trained and cached here, not in every worker
        rows = run_trials(run_trial, [(settings, job, folder.path) for job in jobs], settings.num_workers)
        report(settings, folder, dict(zip(jobs, rows, strict=True)))
    print(f"Report: {folder.report}")


def check(settings: Settings) -> None:
    """Refuses settings that make no study, before anything is loaded."""
    from tfgan_suite.core.checks import require
    from tfgan_suite.runs.spheres.recognition_study import plan_of, rule_of, smoothing_of

    settings.check_spheres()
    require(bool(settings.l2_strengths and settings.methods), "there must be a lambda and a method")
    for l2_strength in settings.l2_strengths:
        require(l2_strength >= 0, "`l2_strengths` must be at least 0", l2_strength=l2_strength)
    plan_of(settings, "smooth_to_sharp").check(settings.num_steps)
    smoothing_of(settings, "smooth_to_sharp")
    rule_of(settings)


def dry_run(settings: Settings, jobs: list[Any], folder: Any) -> None:
    """Prints what would be trained, and how long it would take by a few timed steps."""
    from tfgan_suite.runs.dry_run import show_training
    from tfgan_suite.runs.spheres.recognition_study import load_data, rule_of, training_program

    gan, batches = training_program(settings, jobs[0])
    lines = {
        "images": repr(load_data(settings)),
        "trainings": f"{len(jobs)}, {settings.num_steps:,} generator steps each",
        "success": str(rule_of(settings)),
        "run folder": folder.path,
    }
    show_training(gan, batches, settings.num_steps * len(jobs), lines, num_workers=settings.num_workers)


def report(settings: Settings, folder: Any, results: dict[Any, Any]) -> None:
    """Writes `report.html`: successes of each method and lambda, curves, grids of the first repeats."""
    from tfgan_suite.runs.spheres.recognition_report import RecognitionReport
    from tfgan_suite.runs.spheres.recognition_study import build, rule_of

    RecognitionReport(rule_of(settings), folder).write(
        results,
        TITLES,
        paper=FIGURE_5_11,
        models=lambda job: build(settings, job),
        protocol=protocol(settings),
        command=cli.command_line("recipes.smooth_to_sharp_mnist", settings, PRESETS),
    )


def protocol(settings: Settings) -> dict[str, Any]:
    """How the numbers were made."""
    from tfgan_suite.runs.spheres.recognition_study import load_scores, plan_of, rule_of

    scores = load_scores(settings)
    return {
        "success": str(rule_of(settings)),
        "classifier": scores.embedder.name,
        "classifier hash": scores.embedder.weights_hash,
        "samples": settings.num_samples,
        "FID": "of the classifier's features, generated images against the training images",
        "blur over the steps": str(plan_of(settings, "smooth_to_sharp")),
        "loss": settings.adversarial_loss,
        "optimizer": "RMSProp, rate 0.001; decay 0.99 and epsilon, not stated in the thesis, are PyTorch's",
        "L2": "lambda / 2 ||theta||^2 over all weights of either network",
        "batch": f"{settings.batch_size}, drawn with replacement",
        "latents": "U[-1, 1]; the range is not stated in the thesis",
        "start values": "PyTorch's U(-1, 1) / sqrt(inputs), not in the thesis",
        "generator steps": settings.num_steps,
        "seeds": settings.seeds_in_words,
    }


if __name__ == "__main__":
    cli.main(run, PRESETS, __doc__, default_preset="paper")
