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
with which it covers fewer places. Batches are drawn with replacement. What the thesis does not state (start values,
RMSProp's decay, the range of the latents, the density's bandwidth) is named in the report.
"""

import dataclasses
from typing import Any, Literal

from tfgan_suite.runs import cli
from tfgan_suite.runs.sphere_settings import SHARP_K, SphereSettings

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
TITLES = {"direct": "direct", "smooth_to_sharp": "smooth to sharp"}


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
    """Training images of one sphere, drawn by the seed; None: all, 400 of 28x28 and 1,600 of 48x48 pixels."""
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
    from tfgan_suite.runs.sphere_plan import run_sphere_study

    check(settings)
    run_sphere_study("smooth_to_sharp", settings, all_trials(settings), report, may_change=("models", "methods"))


def check(settings: Settings) -> None:
    """Refuses settings that make no study, before anything is drawn."""
    from tfgan_suite.core.checks import require

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


def plan_of(settings: Settings, method: str) -> Any:
    """k over the steps of a training."""
    from tfgan_suite.core.schedules import SmoothToSharp

    if method == "direct":
        return SmoothToSharp(settings.smoothness[-1:], (settings.num_steps,))
    return SmoothToSharp(settings.smoothness, settings.smoothness_steps)


def all_trials(settings: Settings) -> list[Any]:
    """Every training; the repeats of one kind follow each other."""
    from tfgan_suite.runs.sphere_models import MODELS
    from tfgan_suite.runs.sphere_study import SphereTrial

    return [
        SphereTrial(
            model,
            method,
            plan_of(settings, method),
            num_images=settings.num_images,
            l2_strength=0.0 if MODELS[model].wasserstein else settings.l2_strength,
            trial=trial,
        )
        for model in settings.models
        for method in settings.methods
        for trial in range(settings.num_trials)
    ]


def report(settings: Settings, folder: Any, results: dict[Any, Any]) -> None:
    """Writes `report.html`: table 5.14 beside this run's, curves over the training, figure 5.8, samples, claims."""
    from tfgan_suite.runs import sphere_report as parts
    from tfgan_suite.runs.report import write_report
    from tfgan_suite.runs.sphere_models import MODELS
    from tfgan_suite.runs.sphere_plan import protocol

    own = parts.repeats_by_kind(results)
    names = {key: f"{MODELS[key[0]].title}, {TITLES[key[1]]}" for key in own}
    paper = {names[key]: [parts.Spread(value) for value in TABLE_5_14[key]] for key in own if key in TABLE_5_14}
    claims = claims_of(own)
    table = parts.sphere_table("Table 5.14", paper, {names[key]: rows for key, rows in own.items()})
    write_report(
        folder.path,
        title="Smooth-to-sharp training on spheres",
        summary=f"{len(results)} trainings of {settings.num_steps:,} generator steps. {parts.claims_summary(claims)}",
        tables=[table, parts.claims_table(claims)],
        figures=[*curves(folder, own), *stretches(settings, folder, own)],
        images=[*training_images(settings, folder), *samples(settings, folder, results)],
        protocol=protocol(settings) | {"k over the steps": str(plan_of(settings, "smooth_to_sharp"))},
        command=cli.command_line("recipes.smooth_to_sharp", settings, PRESETS),
    )


def claims_of(own: dict[Any, Any]) -> list[Any]:
    """Smooth-to-sharp is better than direct training in both measures, model by model."""
    from tfgan_suite.runs import sphere_report as parts
    from tfgan_suite.runs.sphere_models import MODELS

    claims = []
    for model in dict.fromkeys(model for model, _ in own):
        pair = [own.get((model, method)) for method in ("smooth_to_sharp", "direct")]
        for name, head in parts.HEADS.items():
            tested = []
            if all(pair):
                gradual, direct = (parts.spread_of(rows, name) for rows in pair)
                tested = [parts.lower_mean("smooth to sharp", gradual, "direct", direct)]
            claims.append(parts.all_of(f"{MODELS[model].title}: lower {head} than direct training", tested))
    return claims


def curves(folder: Any, own: dict[Any, Any]) -> list[Any]:
    """Both measures over the training, direct and smooth to sharp, a figure per model."""
    import numpy as np

    from tfgan_suite.runs import sphere_report as parts
    from tfgan_suite.runs.report import Picture
    from tfgan_suite.runs.sphere_models import MODELS
    from tfgan_suite.runs.study_figures import plot_seeds

    pictures = []
    for model in dict.fromkeys(model for model, _ in own):
        kinds = {method: own[model, method] for method in TITLES if (model, method) in own}
        measured = {method: [[row for row in rows if parts.KL in row] for rows in kinds[method]] for method in kinds}
        steps = [row["step"] for row in next(iter(measured.values()))[0]]
        panels = {
            head: {
                TITLES[method]: np.array([[row[name] for row in rows] for rows in trials])
                for method, trials in measured.items()
            }
            for name, head in parts.HEADS.items()
        }
        path, title = folder.figures / f"{model}.png", MODELS[model].title
        plot_seeds(path, steps, panels, xlabel="generator step", title=title)
        pictures.append(Picture(path, f"{title}: KL and RMSE over the training, against the images of the step"))
    return pictures


def stretches(settings: Settings, folder: Any, own: dict[Any, Any]) -> list[Any]:
    """Figure 5.8: both measures at the end of each smoothness, against images as smooth."""
    import numpy as np

    from tfgan_suite.runs import sphere_report as parts
    from tfgan_suite.runs.figures import plot_bars
    from tfgan_suite.runs.report import Picture
    from tfgan_suite.runs.sphere_models import MODELS

    ends = plan_of(settings, "smooth_to_sharp").ends_steps
    models = [model for model, method in own if method == "smooth_to_sharp"]
    pictures = []
    for name, head in parts.HEADS.items() if models else ():
        heights = {
            MODELS[model].title: [
                np.mean([row[name] for rows in own[model, "smooth_to_sharp"] for row in rows if row["step"] == end])
                for end in ends
            ]
            for model in models
        }
        path = folder.figures / f"stretches_{name}.png"
        plot_bars(path, [f"{k:g}" for k in settings.smoothness], heights, xlabel="k", ylabel=head, title="Figure 5.8")
        pictures.append(Picture(path, f"Figure 5.8: {head} at the end of each k, mean over repeats"))
    return pictures


def training_images(settings: Settings, folder: Any) -> list[Any]:
    """Figures 3.1 and 4.6: the sets, and one image at every smoothness."""
    import numpy as np

    from tfgan_suite.data import sharp_spheres, smooth_spheres, tunable_spheres, two_spheres
    from tfgan_suite.runs.sphere_report import sample_grid_picture

    sets = {"sharp": sharp_spheres(), "smooth": smooth_spheres(), "two spheres": two_spheres()}
    rows = [spheres.images[np.linspace(0, len(spheres) - 1, 8).astype(int)] for spheres in sets.values()]
    middle = [tunable_spheres(k).images[210] for k in settings.smoothness]
    return [
        sample_grid_picture(
            folder.figures / "sets.png",
            np.concatenate(rows),
            f"Training images, a row each: {', '.join(sets)}",
            f"Training images, a row each: {', '.join(sets)}",
            num_columns=8,
        ),
        sample_grid_picture(
            folder.figures / "strip.png",
            np.stack(middle),
            f"One image at k = {', '.join(f'{k:g}' for k in settings.smoothness)}",
            f"One image at k = {', '.join(f'{k:g}' for k in settings.smoothness)}",
            num_columns=len(middle),
        ),
    ]


def samples(settings: Settings, folder: Any, results: dict[Any, Any]) -> list[Any]:
    """Generated images of the first repeat of each kind."""
    from tfgan_suite.runs import sphere_report as parts
    from tfgan_suite.runs.sphere_models import MODELS

    pictures = []
    for trial in (trial for trial in results if trial.trial == 0):
        images = parts.trained_gan(settings, trial, folder).sample(16)
        name = f"{MODELS[trial.model].title}, {TITLES[trial.kind]}"
        path = folder.figures / f"{trial.model}_{trial.kind}_samples.png"
        pictures.append(parts.sample_grid_picture(path, images, f"16 images generated by {name}", name, num_columns=8))
    return pictures


if __name__ == "__main__":
    cli.main(run, PRESETS, __doc__, default_preset="paper")
