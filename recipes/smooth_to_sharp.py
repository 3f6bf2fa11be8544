"""Training from smooth spheres to sharp ones against training on sharp ones (smooth-to-sharp thesis, section 5.4).

    python -m recipes.smooth_to_sharp --preset demo
    python -m recipes.smooth_to_sharp --models gan_28 wgan_28 wgan_48 wgan_two_spheres --num-trials 5

The images of spheres are sharpened by the tunable sigmoid (eq. 4.2): k = 0, -0.2, -0.6 and -0.8 for 2,500 generator
steps each, then -0.99999. Diversity is the KL divergence of the detected centres' density from the uniform one, quality
the RMSE against the true image at the detected centre, both of 10,000 generated images. `recipes.smooth_to_sharp_mnist`
does the same with blurred digits.

Expected (table 5.14, KL / RMSE, direct -> smooth-to-sharp): GAN 28x28 1.1525 / 0.0860 -> 0.8648 / 0.0819; WGAN-GP 28x28
0.0425 / 0.1070 -> 0.0117 / 0.0845; 48x48 0.0480 / 0.0733 -> 0.0260 / 0.0682; two spheres 0.1644 / 0.2684 ->
0.0679 / 0.2062.

Departures: the GAN's generator has the non-saturating loss, not the printed eq. 2.7 (`--adversarial-loss minimax`),
with which it covers fewer places. The thesis' 20,000 steps are read as steps of the generator, with five of the critic
each (`runs.spheres.models.NUM_CRITIC_STEPS` says why). Batches are drawn with replacement. What the thesis does not
state (start values, RMSProp's decay, the range of the latents, the density's bandwidth) is named in the report.
"""

import dataclasses
from typing import Any, Literal

from tfgan_suite.runs import cli
from tfgan_suite.runs.spheres.settings import SHARP_K, SphereSettings

Model = Literal["gan_28", "wgan_28", "wgan_48", "wgan_two_spheres"]
Method = Literal["direct", "smooth_to_sharp"]

TABLE_5_14 = {  # model, method -> (KL, RMSE)
    ("gan_28", "direct"): (1.1525, 0.0860),
    ("gan_28", "smooth_to_sharp"): (0.8648, 0.0819),
    ("wgan_28", "direct"): (0.0425, 0.1070),
    ("wgan_28", "smooth_to_sharp"): (0.0117, 0.0845),
    ("wgan_48", "direct"): (0.0480, 0.0733),
    ("wgan_48", "smooth_to_sharp"): (0.0260, 0.0682),
    ("wgan_two_spheres", "direct"): (0.1644, 0.2684),
    ("wgan_two_spheres", "smooth_to_sharp"): (0.0679, 0.2062),
}


@dataclasses.dataclass(frozen=True)
class Settings(SphereSettings):
    """The thesis' tables 5.10 to 5.13 unless a preset says otherwise."""

    models: tuple[Model, ...] = ("gan_28", "wgan_28", "wgan_48", "wgan_two_spheres")
    """Models, each with its images."""
    methods: tuple[Method, ...] = ("direct", "smooth_to_sharp")
    """Ways of training."""
    smoothness: tuple[float, ...] = (0.0, -0.2, -0.6, -0.8, SHARP_K)
    """k over a training from smooth to sharp; a direct one has the last."""
    smoothness_steps: tuple[int, ...] = (2_500, 2_500, 2_500, 2_500, 10_000)
    """Generator steps of each k."""
    l2_strength: float = 1e-4
    """lambda of the original GAN, for both networks."""
    num_images: int | None = None
    """Training images of one sphere, drawn by the seed; None: all, 400 of 28x28 and 1,600 of 48x48 pixels (table 5.10
    also has half of them, 200 and 800). Of two spheres there are 67,230, always all."""
    evaluate_every_steps: int = 2_500
    """Generator steps between two measurements."""
    log_every_steps: int = 500
    """Generator steps between two lines of metrics.jsonl."""


_SHORT = Settings(
    models=("gan_28", "wgan_28"),
    num_steps=2_000,
    smoothness_steps=(250, 250, 250, 250, 1_000),
    evaluate_every_steps=250,
    log_every_steps=250,
    checkpoint_every_steps=2_000,
    steps_per_execution=50,
    num_trials=2,
)
PRESETS = {
    "smoke": dataclasses.replace(
        _SHORT,
        models=("gan_28",),
        num_steps=5,
        smoothness_steps=(1, 1, 1, 1, 1),
        num_images=40,
        batch_size=8,
        num_samples=50,
        evaluate_every_steps=1,
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


def run(settings: Settings) -> None:
    """Trains every model both ways, and writes the report."""
    from tfgan_suite.runs.spheres.plan import run_sphere_study

    check(settings)
    run_sphere_study("smooth_to_sharp", settings, all_trials(settings), report, may_change=("models", "methods"))


def check(settings: Settings) -> None:
    """Refuses settings that make no study, before anything is drawn."""
    from tfgan_suite.core.checks import require
    from tfgan_suite.runs.spheres.study import check_trials

    settings.check_spheres()
    require(bool(settings.models and settings.methods), "there must be a model and a method")
    plan_of(settings, "smooth_to_sharp").check(settings.num_steps)
    ends = plan_of(settings, "smooth_to_sharp").ends_steps
    require(
        all(end % settings.evaluate_every_steps == 0 for end in ends),
        "each k of `smoothness_steps` must end with a measurement",
        "Take an `evaluate_every_steps` that divides all of them.",
        smoothness_steps=settings.smoothness_steps,
        evaluate_every_steps=settings.evaluate_every_steps,
    )
    check_trials(settings, all_trials(settings))


def plan_of(settings: Settings, method: str) -> Any:
    """k over the steps of a training."""
    from tfgan_suite.core.schedules import SmoothToSharp

    if method == "direct":
        return SmoothToSharp(settings.smoothness[-1:], (settings.num_steps,))
    return SmoothToSharp(settings.smoothness, settings.smoothness_steps)


def all_trials(settings: Settings) -> list[Any]:
    """Every training; the repeats of one kind follow each other."""
    from tfgan_suite.runs.spheres.models import MODELS
    from tfgan_suite.runs.spheres.study import SphereTrial

    return [
        SphereTrial(
            model,
            method,
            plan_of(settings, method),
            num_images=settings.num_images if MODELS[model].num_spheres == 1 else None,
            l2_strength=0.0 if MODELS[model].wasserstein else settings.l2_strength,
            trial=trial,
        )
        for model in dict.fromkeys(settings.models)
        for method in dict.fromkeys(settings.methods)
        for trial in range(settings.num_trials)
    ]


def report(settings: Settings, folder: Any, results: dict[Any, Any]) -> None:
    """Writes `report.html`: table 5.14 beside this run's, curves over the training, figure 5.8, samples, claims."""
    from tfgan_suite.runs.reports.claims import claims_summary, claims_table
    from tfgan_suite.runs.reports.report import write_report
    from tfgan_suite.runs.spheres import smooth_to_sharp_report as parts
    from tfgan_suite.runs.spheres.plan import protocol
    from tfgan_suite.runs.spheres.report import repeats_by_kind

    own = repeats_by_kind(results)
    claims, plan = parts.claims_of(own), plan_of(settings, "smooth_to_sharp")
    write_report(
        folder.path,
        title="Smooth-to-sharp training on spheres",
        summary=f"{len(results)} trainings of {settings.num_steps:,} generator steps. {claims_summary(claims)}",
        tables=[parts.scores_table(own, TABLE_5_14), claims_table(claims)],
        figures=[*parts.curves(folder, own), *parts.stretches(folder, own, plan)],
        images=[*parts.training_images(folder, settings.smoothness), *parts.samples(settings, folder, results)],
        protocol=protocol(settings, results) | {"k over the steps": str(plan)},
        command=cli.command_line("recipes.smooth_to_sharp", settings, PRESETS),
    )


if __name__ == "__main__":
    cli.main(run, PRESETS, __doc__, default_preset="paper")
