"""The report on training from smooth to sharp: table 5.14 and its claim tested, curves, figure 5.8, images."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tfgan_suite.core.schedules import SmoothToSharp
from tfgan_suite.data import SphereSet, sharp_spheres, smooth_spheres, tunable_spheres, two_spheres
from tfgan_suite.runs.folder import RunFolder
from tfgan_suite.runs.reports.claims import Claim, Spread, all_of, lower_mean
from tfgan_suite.runs.reports.comparison_report import Rows
from tfgan_suite.runs.reports.figures import plot_bars
from tfgan_suite.runs.reports.report import Picture, Table
from tfgan_suite.runs.reports.study_figures import plot_seeds
from tfgan_suite.runs.spheres.models import MODELS
from tfgan_suite.runs.spheres.report import HEADS, KL, NAMES, sample_grid_picture, sphere_table, spread_of, trained_gan
from tfgan_suite.runs.spheres.settings import SphereSettings

TITLES = {"direct": "direct", "smooth_to_sharp": "smooth to sharp"}

Own = Mapping[tuple[str, str], Sequence[Rows]]
"""Model, method -> the rows of each repeat."""


def scores_table(own: Own, paper: Mapping[tuple[str, str], Sequence[float]]) -> Table:
    """Table 5.14 beside this run's values; `paper` maps the same keys to (KL, RMSE)."""
    names = {key: f"{MODELS[key[0]].title}, {TITLES[key[1]]}" for key in own}
    theirs = {names[key]: [Spread(value) for value in paper[key]] for key in own if key in paper}
    return sphere_table("Table 5.14", theirs, {names[key]: rows for key, rows in own.items()})


def claims_of(own: Own) -> list[Claim]:
    """Smooth-to-sharp is better than direct training in both measures, model by model."""
    claims = []
    for model in dict.fromkeys(model for model, _ in own):
        pair = [own.get((model, method)) for method in ("smooth_to_sharp", "direct")]
        for name in HEADS:
            tested = []
            if all(pair):
                gradual, direct = (spread_of(rows, name) for rows in pair)
                tested = [lower_mean("smooth to sharp", gradual, "direct", direct)]
            claims.append(all_of(f"{MODELS[model].title}: lower {NAMES[name]} than direct training", tested))
    return claims


def curves(folder: RunFolder, own: Own) -> list[Picture]:
    """Both measures over the training, direct and smooth to sharp, a figure per model."""
    pictures = []
    for model in dict.fromkeys(model for model, _ in own):
        kinds = {method: own[model, method] for method in TITLES if (model, method) in own}
        measured = {method: [[row for row in rows if KL in row] for rows in kinds[method]] for method in kinds}
        steps = [row["step"] for row in next(iter(measured.values()))[0]]
        panels = {
            head: {
                TITLES[method]: np.array([[row[name] for row in rows] for rows in trials])
                for method, trials in measured.items()
            }
            for name, head in HEADS.items()
        }
        path, title = folder.figures / f"{model}.png", MODELS[model].title
        plot_seeds(path, steps, panels, xlabel="generator step", title=title)
        pictures.append(Picture(path, f"{title}: KL and RMSE over the training, against the images of the step"))
    return pictures


def stretches(folder: RunFolder, own: Own, plan: SmoothToSharp) -> list[Picture]:
    """Figure 5.8: both measures at the end of each smoothness, against images as smooth."""
    models = [model for model, method in own if method == "smooth_to_sharp"]
    pictures = []
    for name, head in HEADS.items() if models else ():
        heights = {
            MODELS[model].title: [
                np.mean([row[name] for rows in own[model, "smooth_to_sharp"] for row in rows if row["step"] == end])
                for end in plan.ends_steps
            ]
            for model in models
        }
        path = folder.figures / f"stretches_{name}.png"
        plot_bars(path, [f"{k:g}" for k in plan.values], heights, xlabel="k", ylabel=head, title="Figure 5.8")
        pictures.append(Picture(path, f"Figure 5.8: {head} at the end of each k, mean over repeats"))
    return pictures


def training_images(folder: RunFolder, smoothness: Sequence[float]) -> list[Picture]:
    """Figures 3.1 and 4.6: the sets, and one image at every smoothness."""
    sets = {"sharp": sharp_spheres(), "smooth": smooth_spheres(), "two spheres": two_spheres()}
    rows = [_some_images(spheres) for spheres in sets.values()]
    middle = [tunable_spheres(k).images[210] for k in smoothness]
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
            f"One image at k = {', '.join(f'{k:g}' for k in smoothness)}",
            f"One image at k = {', '.join(f'{k:g}' for k in smoothness)}",
            num_columns=len(middle),
        ),
    ]


def _some_images(spheres: SphereSet, num_images: int = 8) -> np.ndarray:
    """Images from all over a set, float32 [num_images, H, W, 1], without rendering the others."""
    centers = spheres.centers[np.linspace(0, len(spheres) - 1, num_images).astype(int)]
    return spheres.render(centers, spheres.image_size, spheres.image_size)[..., None]


def samples(settings: SphereSettings, folder: RunFolder, results: Mapping[Any, Rows]) -> list[Picture]:
    """Generated images of the first repeat of each kind."""
    pictures = []
    for trial in (trial for trial in results if trial.trial == 0):
        images = trained_gan(settings, trial, folder).sample(16)
        name = f"{MODELS[trial.model].title}, {TITLES[trial.kind]}"
        path = folder.figures / f"{trial.model}_{trial.kind}_samples.png"
        pictures.append(sample_grid_picture(path, images, f"16 images generated by {name}", name, num_columns=8))
    return pictures
