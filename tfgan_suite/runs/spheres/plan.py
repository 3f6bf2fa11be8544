"""How a study on spheres runs: its trainings and report, or the plan of `--dry-run`; the protocol of its numbers."""

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tfgan_suite.runs.spheres.settings import SphereSettings

MAY_CHANGE = ("num_trials", "num_workers")
"""Settings in which a resumed run may differ from the one before. No trial's noise depends on them; another
`num_workers` gives each another share of the cores, whose sums may round differently."""


def run_sphere_study(
    recipe: str,
    settings: SphereSettings,
    trials: list[Any],
    report: Callable[[SphereSettings, Any, dict[Any, Any]], None],
    may_change: tuple[str, ...],
) -> None:
    """Trains every trial and writes the report over them, or prints the plan: the `run` of a recipe on spheres.

    Args:
        recipe: its short name.
        settings: checked.
        trials: `SphereTrial`s; the repeats of one kind follow each other, so that they share a program.
        report: settings, `RunFolder`, trial -> rows of its metrics; writes `report.html`.
        may_change: settings in which a resumed run may differ from the one before, beside those of every sphere study.
    """
    from tfgan_suite.runs.folder import RunFolder, json_values
    from tfgan_suite.runs.spheres.study import run_sphere_trials

    folder = RunFolder(settings.run_dir(recipe))
    if settings.dry_run:
        print_sphere_plan(settings, trials, folder)
        return
    with folder.claim(json_values(settings), resume=settings.resume, may_change=(*MAY_CHANGE, *may_change)):
        report(settings, folder, run_sphere_trials(settings, trials, folder))
    print(f"Report: {folder.report}")


def print_sphere_plan(settings: SphereSettings, trials: Sequence[Any], folder: Any) -> None:
    """Prints what would be trained, and how long it would take by a few timed steps of each kind of network."""
    from tfgan_suite.runs.dry_run import print_plan, seconds_per_step
    from tfgan_suite.runs.spheres.models import MODELS
    from tfgan_suite.runs.spheres.study import training_program

    counts = Counter(trial.model for trial in trials)
    lines, total_sec = {}, 0.0
    for model, count in counts.items():
        trial = next(trial for trial in trials if trial.model == model)
        gan, batches = training_program(settings, dataclasses.replace(trial, trial=0))
        step_sec = seconds_per_step(gan, batches)
        total_sec += count * settings.num_steps * step_sec
        lines[MODELS[model].title] = (
            f"{count} trainings, generator {gan.generator.count_params():,} and discriminator "
            f"{gan.discriminator.count_params():,} parameters, {1000 * step_sec:.3g} ms per generator step"
        )
    hours = total_sec / settings.num_workers / 3600
    print_plan(
        {
            **lines,
            "steps": f"{settings.num_steps:,} generator steps each, measured every {settings.evaluate_every_steps:,}",
            "run folder": folder.path,
            "training time": f"about {hours:.2f} h with {settings.num_workers} at once, without measuring",
        }
    )


def protocol(settings: SphereSettings, trials: Iterable[Any]) -> dict[str, Any]:
    """How the numbers were made; what the thesis does not state is marked so.

    Args:
        settings: of the study.
        trials: its `SphereTrial`s.
    """
    from tfgan_suite.runs.spheres.models import LEARNING_RATE, MODELS, NUM_CRITIC_STEPS, PENALTY_WEIGHT
    from tfgan_suite.runs.spheres.study import spheres_at

    trials = list(trials)
    models = {name: MODELS[name] for name in dict.fromkeys(trial.model for trial in trials)}
    sets = {trial.model: spheres_at(settings, trial, settings.num_steps) for trial in trials}
    strengths = dict.fromkeys(trial.l2_strength for trial in trials if not models[trial.model].wasserstein)
    of_gan = {
        "GAN": f"{settings.adversarial_loss} loss; L2 lambda / 2 ||theta||^2 over all weights of either network",
        "lambda": ", ".join(f"{strength:g}" for strength in strengths),
    }
    of_wgan = {
        "WGAN-GP": f"{NUM_CRITIC_STEPS} critic steps in each generator step, penalty {PENALTY_WEIGHT:g}",
        "Wasserstein estimate": "E[D(real)] over all training images less E[D(fake)] over the samples",
    }
    return {
        "samples": settings.num_samples,
        "training images": ", ".join(f"{models[name].title} {len(spheres):,}" for name, spheres in sets.items()),
        "radius": f"{', '.join(str(each) for each in dict.fromkeys(trial.radius for trial in trials))} pixels",
        "KL divergence": "of the Parzen density of detected centres (Gaussian of 1 pixel, not stated in the thesis; "
        "cells of 0.1 pixels, 1 pixel for pairs) from the uniform one, nats",
        "detection": "template matching with the true shape by convolution; by least squares for pairs smoother than "
        "k = -0.8, between which convolution finds a hill",
        "RMSE": "against the true image at the detected centres, mean over images",
        "optimizer": f"RMSProp, rate {LEARNING_RATE:g}; decay 0.99 and epsilon, not in the thesis, are PyTorch's",
        "batch": f"{settings.batch_size}, drawn with replacement",
        **(of_gan if strengths else {}),
        **(of_wgan if any(model.wasserstein for model in models.values()) else {}),
        "latents": "U[-1, 1]; the range is not stated in the thesis",
        "start values": "PyTorch's U(-1, 1) / sqrt(inputs), not in the thesis",
        "generator steps": settings.num_steps,
        "seeds": settings.seeds_in_words,
    }
