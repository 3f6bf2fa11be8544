"""Do GANs learn smooth spheres better than sharp ones? (smooth-to-sharp thesis, section 5.3).

    python -m recipes.sphere_smoothness --preset demo
    python -m recipes.sphere_smoothness --models wgan_28 wgan_48 --num-trials 5

Four models learn spheres of smoothness k of the tunable sigmoid (eq. 4.2): 0 is smooth, -0.99999 sharp. Diversity is
the KL divergence of the detected centres' density from the uniform one, quality the RMSE against the true image at the
detected centre, both of 10,000 generated images.

Expected (figure 5.7, which has no numbers, and what the thesis says of it): the KL of the GAN falls from above 1 to
below 0.1 as k rises to 0; that of WGAN-GP is lower, most of all on 28x28 pixels, and falls too; RMSE falls as k rises
but for the GAN. The trainings at k = -0.99999 are the direct ones of table 5.14.

Departures: the GAN's generator has the non-saturating loss, not the printed eq. 2.7 (`--adversarial-loss minimax`).
The thesis' 20,000 steps are read as steps of the generator, with five of the critic each
(`runs.spheres.models.NUM_CRITIC_STEPS` says why). Batches are drawn with replacement. What the thesis does not state
(start values, RMSProp's decay and epsilon, the range of the latents, the density's bandwidth) is named in the report.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any, Literal

from tfgan_suite.runs import cli
from tfgan_suite.runs.spheres.settings import SHARP_K, SphereSettings

Model = Literal["gan_28", "wgan_28", "wgan_48", "wgan_two_spheres"]

TABLE_5_14 = {  # model -> KL, RMSE of direct training at k = -0.99999
    "gan_28": (1.1525, 0.0860),
    "wgan_28": (0.0425, 0.1070),
    "wgan_48": (0.0480, 0.0733),
    "wgan_two_spheres": (0.1644, 0.2684),
}


@dataclasses.dataclass(frozen=True)
class Settings(SphereSettings):
    """The thesis' tables 5.7 to 5.9 unless a preset says otherwise."""

    models: tuple[Model, ...] = ("gan_28", "wgan_28", "wgan_48", "wgan_two_spheres")
    """Models, each with its images."""
    smoothness: tuple[float, ...] = (0.0, -0.2, SHARP_K)
    """k of the images, in [-1, 0]; from smooth to sharp."""
    l2_strength: float = 1e-4
    """λ of the original GAN, for both networks."""
    num_images: int | None = None
    """Training images, drawn by the seed; None: all, 400 of 28x28 and 1,600 of 48x48 pixels, 67,230 of two spheres."""


PRESETS = {
    "smoke": Settings(
        models=("gan_28", "wgan_28"),
        smoothness=(0.0, SHARP_K),
        num_images=40,
        num_steps=4,
        batch_size=8,
        num_samples=100,
        evaluate_every_steps=4,
        log_every_steps=2,
        checkpoint_every_steps=2,
        num_trials=2,
        jit_compile=False,
        steps_per_execution=1,
        num_workers=1,
    ),
    "demo": Settings(
        models=("gan_28", "wgan_28"),
        num_steps=2_000,
        evaluate_every_steps=2_000,
        checkpoint_every_steps=2_000,
        num_trials=2,
    ),
    "paper": Settings(),
}


def run(settings: Settings) -> None:
    """Trains every repeat of every model at every smoothness, and writes the report."""
    from tfgan_suite.runs.spheres.plan import run_sphere_study

    check(settings)
    run_sphere_study("sphere_smoothness", settings, all_trials(settings), report, may_change=("models", "smoothness"))


def check(settings: Settings) -> None:
    """Refuses settings that make no study, before anything is drawn."""
    from tfgan_suite.core.checks import require
    from tfgan_suite.runs.spheres.study import check_trials

    settings.check_spheres()
    require(
        bool(settings.models and settings.smoothness),
        "there must be a model and a `smoothness`",
        models=settings.models,
        smoothness=settings.smoothness,
    )
    check_trials(settings, all_trials(settings))


def all_trials(settings: Settings) -> list[Any]:
    """Every training; the repeats of one kind follow each other."""
    from tfgan_suite.core.schedules import SmoothToSharp
    from tfgan_suite.runs.spheres.models import MODELS
    from tfgan_suite.runs.spheres.study import SphereTrial

    return [
        SphereTrial(
            model,
            f"k_{k:g}",
            SmoothToSharp((k,), (settings.num_steps,)),
            num_images=settings.num_images,
            l2_strength=0.0 if MODELS[model].wasserstein else settings.l2_strength,
            trial=trial,
        )
        for model in dict.fromkeys(settings.models)
        for k in dict.fromkeys(settings.smoothness)
        for trial in range(settings.num_trials)
    ]


def report(settings: Settings, folder: Any, results: Mapping[Any, Any]) -> None:
    """Writes `report.html`: all values, the thesis' claims tested, figures 5.6 and 5.7."""
    from tfgan_suite.runs.reports.claims import Spread, claims_summary, claims_table
    from tfgan_suite.runs.reports.report import write_report
    from tfgan_suite.runs.spheres.plan import protocol
    from tfgan_suite.runs.spheres.smoothness_report import SmoothnessReport

    paper = {(model, SHARP_K): tuple(map(Spread, scores)) for model, scores in TABLE_5_14.items()}
    of = SmoothnessReport(settings, folder, results, paper)
    claims = of.claims()
    write_report(
        folder.path,
        title="Spheres of different smoothness",
        summary=f"{len(results)} trainings of {settings.num_steps:,} generator steps. {claims_summary(claims)}",
        key_numbers=of.key_numbers(),
        tables=[of.table(), claims_table(claims)],
        figures=[of.spreads_figure(), *of.center_figures()],
        images=of.samples(),
        protocol=protocol(settings, results),
        command=cli.command_line("recipes.sphere_smoothness", settings, PRESETS),
        notes=NOTES,
    )


NOTES = (
    "Figure 5.7 of the thesis has no numbers. At k = -0.99999 the document's values are those of direct training in "
    "table 5.14, which has the same settings and no standard deviations.",
    "RMSE at different k is of images of different contrast, against true images as smooth: a black image has less "
    "error where the true one is smoother, too.",
    "Two spheres: the images' feasible area has a row and a column more than that of one sphere.",
)


if __name__ == "__main__":
    cli.main(run, PRESETS, __doc__, default_preset="paper")
