"""Quality against diversity of trained samplers, over the variance of their latents (MM-GAN thesis, section 4.3).

    python -m recipes.tradeoff runs/study/mmgan --dataset digits
    python -m recipes.tradeoff runs/study/gan runs/study/mmgan --dataset cifar10 --out runs/tradeoff

The covariances of each sampler's prior are multiplied by sigma = 0.5, 0.6, ... 2.0. At each sigma: quality (eq. 3.3),
diversity (eq. 3.6) and the combined score (eq. 3.7) by a classifier trained on the same data, figure 4.5; the Inception
score by it, figure 3.1; images, figure 4.4. A RUN is a run folder, an exported sampler, or a folder of trials
(trial_0, trial_1, ...), which are seeds of one model. Several runs of one model are taken as its seeds, too; models are
told apart by their samplers' cards, or by --names, one for each RUN.

Expected: quality falls and diversity rises with sigma; the Inception score is highest below sigma = 1; at equal quality
MM-GAN is more diverse than its baseline.

Departures: the thesis gives no alpha of eq. 3.2 (here the one by which half the training images score above one half),
no number of images, and not the network; its Inception scores of figure 3.1 are Inception's: give that as --embedder
PATH, where it tells the classes of the data.
"""

import dataclasses
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tfgan_suite.runs import cli

IMAGES_PER_PANEL, IMAGES_PER_ROW = 25, 5
SIGMA = "sample_sigma"  # the function of a sampler that takes sigma
GAUSSIAN_PRIORS = ("NormalPrior", "GaussianMixturePrior")


@dataclasses.dataclass(frozen=True)
class Settings:
    """What to measure, and how."""

    runs: tuple[Path, ...]
    """Run folders, exported samplers, or folders of trials."""
    dataset: str = "cifar10"
    """What they were trained on: TFDS name, folder of images, .npz file, or digits (no download)."""
    data_dir: Path | None = None
    """Where TFDS data sets are; default: TFDS' own place."""
    image_size: int | None = None
    """Side length that the data is brought to; default: the samplers', if they make squares."""
    embedder: str = "classifier"
    """A classifier of the data: classifier (trained on it), or a path."""
    names: tuple[str, ...] = ()
    """Names of the models, one for each RUN; default: by their cards."""
    sigmas: tuple[float, ...] = tuple(tenths / 10 for tenths in range(5, 21))
    """Factors of the covariances."""
    num_images: int = 1_000
    """Images drawn at each sigma; the time for diversity grows with its square."""
    num_splits: int = 10
    """Of the Inception score."""
    log_alpha: float | None = None
    """Logarithm of alpha of eq. 3.2; default: the median distance of a training image to the nearest other."""
    seed: int = 0
    """Of the latents, the same at every sigma, and of the classifier's training."""
    out: Path = Path("tradeoff")
    """Folder to make: report.html, tradeoff.json, figures/."""


@dataclasses.dataclass(frozen=True)
class Trial:
    """A sampler: the model that it is a seed of, its folder, its card."""

    model: str
    path: Path
    card: Mapping[str, Any]


NOTES = (
    "All scores look at the images through one classifier; what it does not see, they do not. Quality and diversity of "
    "other classifiers, values of alpha, or numbers of images do not compare.",
    "The noise of an image is the same at every sigma, so that only sigma makes the difference between points of a "
    "curve.",
)


def run(settings: Settings) -> None:
    """Measures every sampler at every sigma, writes the folder."""
    from tfgan_suite.core.checks import require

    check(settings)
    free = not settings.out.exists() or (settings.out.is_dir() and not any(settings.out.iterdir()))
    require(free, "`--out` must be a new or empty folder", out=str(settings.out))
    trials = find_trials(settings.runs, settings.names)
    shape = common_shape(trials)
    from tfgan_suite.metrics.cached import cached_embedding
    from tfgan_suite.runs.experiment import embedder_for, told

    images = load_data(settings, shape)
    embedder = embedder_for(images, settings.embedder, settings.seed)
    with told(f"features of {images.num_images:,} training images") as progress:
        references = cached_embedding(images.train.images, embedder, progress=progress).features
    found, panels = sweep(settings, trials, embedder, references)
    write(settings, images, embedder, trials, found, panels)
    print(f"Report: {settings.out / 'report.html'}")


def check(settings: Settings) -> None:
    """Refuses numbers out of their range, before anything is loaded."""
    from tfgan_suite.core.checks import require, require_positive

    require(bool(settings.runs), "there must be a RUN: a run folder, an exported sampler, or a folder of trials")
    require_positive(num_splits=settings.num_splits)
    require(
        settings.num_images >= max(2, settings.num_splits),
        "`--num-images` must be at least 2 and at least `--num-splits`",
        num_images=settings.num_images,
        num_splits=settings.num_splits,
    )
    require(
        len(settings.sigmas) > 0 and all(0 < sigma < math.inf for sigma in settings.sigmas),
        "`--sigmas` must be above 0: they are factors of covariances",
        sigmas=settings.sigmas,
    )
    require(
        list(settings.sigmas) == sorted(set(settings.sigmas)),
        "`--sigmas` must rise, each once",
        sigmas=settings.sigmas,
    )


# --- samplers --------------------------------------------------------------------------------------------------------


def find_trials(runs: Sequence[Path], names: Sequence[str] = ()) -> list[Trial]:
    """The samplers that the runs name, with their models.

    Raises:
        FileNotFoundError: there is no such folder.
        ValueError: a folder without a sampler, another number of names than of runs, or a prior that is not Gaussian.
    """
    from tfgan_suite.core.checks import require
    from tfgan_suite.core.sampler_format import find_sampler, read_card

    require(
        len(names) in (0, len(runs)), "`--names` must be one for each RUN", num_names=len(names), num_runs=len(runs)
    )
    trials = []
    for position, folder in enumerate(runs):
        for place in trial_folders(folder.expanduser()):
            path = find_sampler(place)
            card = read_card(path)
            trials.append(Trial(names[position] if names else model_name(card), path, card))
    for trial in trials:
        named, able = {"prior": trial.card["prior"], "sampler": str(trial.path)}, SIGMA in trial.card["functions"]
        require(
            able or trial.card["prior"] in GAUSSIAN_PRIORS,
            "A sampler's prior must be made of Gaussians: others have no covariances to multiply by sigma",
            **named,
        )
        require(able, "A sampler must take sigma, which older versions did not export", "Export it again.", **named)
    return trials


def trial_folders(folder: Path) -> list[Path]:
    """`trial_0`, `trial_1`, ... in a folder, in the order of their numbers; the folder itself if it has none."""
    found = [each for each in folder.glob("trial_*") if each.is_dir() and each.name.removeprefix("trial_").isdigit()]
    return sorted(found, key=lambda each: int(each.name.removeprefix("trial_"))) or [folder]


def model_name(card: Mapping[str, Any]) -> str:
    """The model of a card, with the recipe's own name for it and the number of Gaussians where these tell more."""
    parts, method = [card["model"]], str(card["made_by"].get("model", ""))
    if method and method.replace("_", "").lower() != card["model"].lower():
        parts.append(method)
    if card.get("num_gaussians"):
        parts.append(f"K = {card['num_gaussians']}")
    return ", ".join(parts)


def common_shape(trials: Sequence[Trial]) -> tuple[int, int, int]:
    """(H, W, C) of all samplers' images."""
    from tfgan_suite.core.checks import require

    shapes = {str(trial.path): tuple(trial.card["image_shape"]) for trial in trials}
    require(len(set(shapes.values())) == 1, "All samplers must make images of one shape", **{"image shapes": shapes})
    return next(iter(shapes.values()))


def load_data(settings: Settings, shape: tuple[int, int, int]) -> Any:
    """The data, in the samplers' shape."""
    from tfgan_suite.core.checks import require
    from tfgan_suite.data import load_images

    size = settings.image_size or (shape[0] if shape[0] == shape[1] else None)
    images = load_images(settings.dataset, data_dir=settings.data_dir, image_size=size)
    require(
        images.image_shape == shape,
        "The samplers must make images of the data's shape",
        "Give the --dataset that they were trained on.",
        data=images.image_shape,
        samplers=shape,
    )
    return images


# --- measuring -------------------------------------------------------------------------------------------------------


def sweep(
    settings: Settings, trials: Sequence[Trial], embedder: Any, references: Any
) -> tuple[dict[str, list[Any]], dict[str, dict[str, Any]]]:
    """Of each model the `Tradeoff` of each of its trials, and of the first one its images: title -> uint8 array."""
    from tfgan_suite.metrics.functional.quality_diversity import reference_log_alpha
    from tfgan_suite.metrics.tradeoff import measure_tradeoff
    from tfgan_suite.runs.experiment import told
    from tfgan_suite.runs.saved_sampler import SavedSampler

    log_alpha = settings.log_alpha
    if log_alpha is None:
        with told(f"distances of {len(references):,} training images to their nearest others"):
            log_alpha = reference_log_alpha(references)
    found, panels = {}, {}
    for position, trial in enumerate(trials, start=1):
        sampler, shown = SavedSampler.load(trial.path), {}

        def draw(sigma: float, sampler: Any = sampler, shown: dict[str, Any] = shown) -> Any:
            images = sampler.sample_uint8(settings.num_images, seed=settings.seed, sigma=sigma)
            shown[f"σ = {sigma:g}"] = images[:IMAGES_PER_PANEL]
            return images

        how = {"log_alpha": log_alpha, "num_splits": settings.num_splits}
        with told(f"{trial.model}: sampler {position} of {len(trials)}, {len(settings.sigmas)} sigmas") as progress:
            measured = measure_tradeoff(draw, embedder, references, settings.sigmas, progress=progress, **how)
        found.setdefault(trial.model, []).append(measured)
        panels.setdefault(trial.model, shown)
    return found, panels


# --- writing ---------------------------------------------------------------------------------------------------------


def write(
    settings: Settings,
    images: Any,
    embedder: Any,
    trials: Sequence[Trial],
    found: Mapping[str, list[Any]],
    panels: Mapping[str, Mapping[str, Any]],
) -> None:
    """The JSON file, the figures and the report."""
    from tfgan_suite.core.files import write_text
    from tfgan_suite.runs.mmgan.tradeoff_report import draw_figures, ends_table, peaks_table
    from tfgan_suite.runs.reports.report import write_report

    first = next(iter(found.values()))[0]
    protocol = {
        "data": f"{images.name}, {images.num_images:,} training images {list(images.image_shape)}",
        "embedder": embedder.name,
        "embedder_hash": embedder.weights_hash,
        "num_images": settings.num_images,
        "log_alpha": first.log_alpha,
        "num_splits": settings.num_splits,
        "seed": settings.seed,
    }
    models = {
        name: {
            "samplers": [str(trial.path) for trial in trials if trial.model == name],
            "trials": [each.to_dict() for each in measured],
        }
        for name, measured in found.items()
    }
    write_text(settings.out / "tradeoff.json", json.dumps({"protocol": protocol, "models": models}, indent=1) + "\n")
    figures, grids = draw_figures(settings.out / "figures", found, panels, IMAGES_PER_ROW)
    write_report(
        settings.out,
        title="Quality against diversity",
        summary=f"{len(trials)} samplers of {len(found)} models, {len(settings.sigmas)} sigmas, {settings.num_images:,}"
        f" images at each, measured against {images.name} by {embedder.name}.",
        tables=[ends_table(found), peaks_table(found)],
        figures=figures,
        images=grids,
        protocol=protocol,
        command=cli.command_line("recipes.tradeoff", settings),
        notes=NOTES,
    )


if __name__ == "__main__":
    cli.main(run, Settings, __doc__)
