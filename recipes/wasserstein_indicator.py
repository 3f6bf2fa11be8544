"""How well the critic's Wasserstein estimate tells diversity and quality (smooth-to-sharp thesis, section 5.6).

    python -m recipes.wasserstein_indicator --preset demo
    python -m recipes.wasserstein_indicator --num-trials 5

WGAN-GP learns smooth and sharp spheres. Every 1,000 generator steps E[D(real)] - E[D(fake)] is recorded beside the two
exact measures, the KL divergence of the detected centres and the RMSE; lines are fitted to log KL and to RMSE over it.

Expected (tables 5.21 and 5.22, r^2 of log KL | RMSE): one sphere 28x28 sharp .92 | .92, smooth .90 | .94; 48x48 sharp
.81 | .81, smooth .86 | .92; two spheres sharp .83 | .81, smooth .92 | .88.

Departures: the thesis' 20,000 steps are read as steps of the generator, with five of the critic each
(`runs.spheres.models.NUM_CRITIC_STEPS` says why). Batches are drawn with replacement. What the thesis does not state
(start values, RMSProp's decay, the range of the latents, the density's bandwidth, which images the estimate is of) is
named in the report.
"""

import dataclasses
from typing import Any, Literal

from tfgan_suite.runs import cli
from tfgan_suite.runs.spheres.settings import SphereSettings

Model = Literal["wgan_28", "wgan_48", "wgan_two_spheres"]
Kind = Literal["sharp", "smooth"]

TABLES_5_21_AND_5_22 = {  # model, kind -> (r^2, p) of log KL, then of RMSE
    ("wgan_28", "sharp"): ((0.9216, 4.0e-58), (0.9216, 6.7e-54)),
    ("wgan_28", "smooth"): ((0.9025, 5.4e-51), (0.9409, 2.8e-61)),
    ("wgan_48", "sharp"): ((0.8104, 3.6e-29), (0.8104, 3.5e-29)),
    ("wgan_48", "smooth"): ((0.8649, 2.0e-45), (0.9216, 2.1e-54)),
    ("wgan_two_spheres", "sharp"): ((0.8281, 1.2e-23), (0.8104, 1.4e-24)),
    ("wgan_two_spheres", "smooth"): ((0.9216, 4.3e-43), (0.8836, 1.3e-38)),
}
SMOOTHNESS = {"sharp": -1.0, "smooth": 0.0}
NUM_IMAGES = {"wgan_28": 200, "wgan_48": 1_600, "wgan_two_spheres": None}  # table 5.18


@dataclasses.dataclass(frozen=True)
class Settings(SphereSettings):
    """The thesis' tables 5.18 to 5.20 unless a preset says otherwise."""

    models: tuple[Model, ...] = ("wgan_28", "wgan_48", "wgan_two_spheres")
    """Models, each with its images."""
    kinds: tuple[Kind, ...] = ("sharp", "smooth")
    """Of the spheres."""
    evaluate_every_steps: int = 1_000
    """Generator steps between two records."""


_SHORT = Settings(
    models=("wgan_28",),
    num_steps=2_000,
    evaluate_every_steps=100,
    log_every_steps=100,
    checkpoint_every_steps=2_000,
    num_trials=1,
)
PRESETS = {
    "smoke": dataclasses.replace(
        _SHORT,
        kinds=("smooth",),
        num_steps=4,
        batch_size=8,
        num_samples=50,
        evaluate_every_steps=1,
        log_every_steps=1,
        checkpoint_every_steps=4,
        steps_per_execution=1,
        jit_compile=False,
        num_workers=1,
    ),
    "demo": _SHORT,
    "paper": Settings(),
}


def run(settings: Settings) -> None:
    """Trains on every kind of images, and writes the report."""
    from tfgan_suite.runs.spheres.plan import run_sphere_study

    check(settings)
    run_sphere_study("wasserstein_indicator", settings, all_trials(settings), report, may_change=("models", "kinds"))


def check(settings: Settings) -> None:
    """Refuses settings that make no study, before anything is drawn."""
    from tfgan_suite.core.checks import require
    from tfgan_suite.runs.spheres.study import check_trials

    settings.check_spheres()
    require(bool(settings.models and settings.kinds), "there must be a model and a kind of images")
    num_records = settings.num_trials * (settings.num_steps // settings.evaluate_every_steps)
    require(num_records >= 3, "there must be at least three records to fit a line to", num_records=num_records)
    check_trials(settings, all_trials(settings))


def all_trials(settings: Settings) -> list[Any]:
    """Every training; the repeats of one kind follow each other."""
    from tfgan_suite.core.schedules import SmoothToSharp
    from tfgan_suite.runs.spheres.study import SphereTrial

    return [
        SphereTrial(
            model,
            kind,
            SmoothToSharp((SMOOTHNESS[kind],), (settings.num_steps,)),
            num_images=NUM_IMAGES[model],
            trial=trial,
        )
        for model in dict.fromkeys(settings.models)
        for kind in dict.fromkeys(settings.kinds)
        for trial in range(settings.num_trials)
    ]


def report(settings: Settings, folder: Any, trials: dict[Any, Any]) -> None:
    """Writes `report.html`: tables 5.21 and 5.22 beside this run's fits, and the scatter plots of both."""
    from tfgan_suite.runs.reports.report import write_report
    from tfgan_suite.runs.spheres.models import MODELS
    from tfgan_suite.runs.spheres.plan import protocol
    from tfgan_suite.runs.spheres.wasserstein_report import MEASURES, fit_table, fits_of, scatter_pictures

    groups: dict[tuple[str, str], list[Any]] = {}
    for trial, rows in trials.items():
        groups.setdefault((trial.model, trial.kind), []).append(rows)
    fits = {key: fits_of(rows) for key, rows in groups.items()}
    titles = {key: (MODELS[key[0]].title, key[1]) for key in groups}
    tables = [
        fit_table(
            f"Table {number}: {MEASURES[name].title} over the Wasserstein estimate",
            name,
            fits,
            titles,
            {key: values[position] for key, values in TABLES_5_21_AND_5_22.items()},
        )
        for position, (number, name) in enumerate([("5.21", "center_kl"), ("5.22", "rmse")])
    ]
    smallest = min(fit.r_squared for of in fits.values() for fit in of.values())
    write_report(
        folder.path,
        title="The critic's Wasserstein estimate as an indicator",
        summary=f"{len(trials)} trainings of {settings.num_steps:,} generator steps, a record every "
        f"{settings.evaluate_every_steps:,}; r^2 of the fits is at least {smallest:.2f}.",
        tables=tables,
        figures=scatter_pictures(folder.figures, groups, fits, titles),
        protocol=protocol(settings, trials),
        command=cli.command_line("recipes.wasserstein_indicator", settings, PRESETS),
        notes=(
            "The records of one training are not independent of each other, so the p-values, as the document's, are "
            "too small; r^2 is what to compare.",
        ),
    )


if __name__ == "__main__":
    cli.main(run, PRESETS, __doc__, default_preset="paper")
