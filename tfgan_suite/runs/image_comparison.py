"""Trains, measures and compares methods on images, over several trials, by what a `Study` says.

A recipe gives its settings, its models, how samples are measured, and the paper's values; `run` does the rest.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

from tfgan_suite.runs import cli
from tfgan_suite.runs.image_study import Measuring, MethodsSettings, Study

MAY_CHANGE = ("strategy", "num_steps", "num_trials", "methods", "reconstruct_every_steps")
NUM_SORTED = 2_000
"""Images of each kind among which the classifier's surest are shown."""
SAMPLE_PICTURES = {  # file -> what its rows are
    "clusters.png": "the largest clusters",
    "confidence.png": "of each class those that the classifier is surest of",
}
RECONSTRUCTED = {"reconstruction_distance": ("Mean |x - G(z)| of reconstructed training images", 1.0)}


def run(settings: MethodsSettings, study: Study) -> None:
    """Trains and measures every trial of every method, exports the samplers, and writes the report."""
    from tfgan_suite.runs.distribution import check_batch_size, make_strategy
    from tfgan_suite.runs.folder import RunFolder, json_values

    check(settings, study)
    check_batch_size(settings.batch_size, make_strategy(settings.strategy))
    folder = RunFolder(settings.run_dir(study.recipe))
    if settings.dry_run:
        dry_run(settings, study, folder)
        return
    with folder.claim(json_values(settings), resume=settings.resume, may_change=MAY_CHANGE):
        images = study.load(settings)
        measuring = study.measure(settings, images)
        own: dict[str, list[Any]] = {}
        for trial in range(settings.num_trials):
            for method in settings.methods:
                rows = run_trial(settings, study, images, measuring, place_of(folder, method, trial), method)
                own.setdefault(method, []).append(rows)
        report(settings, study, folder, images, own, measuring)
    print(f"Report: {folder.report}")


def place_of(folder: Any, method: str, trial: int) -> Any:
    """The folder of a trial in that of the run."""
    from tfgan_suite.runs.folder import RunFolder

    return RunFolder(folder.path / method / f"trial_{trial}")


def check(settings: MethodsSettings, study: Study) -> None:
    """Refuses settings that make no study, before anything is loaded."""
    from tfgan_suite.core.checks import require, require_positive

    require_positive(num_trials=settings.num_trials, batch_size=settings.batch_size)
    require(bool(settings.methods), "there must be a method to train", methods=settings.methods)
    study.check(settings)
    settings.plan()
    settings.require_logged("reconstruct_every_steps")


def build(settings: MethodsSettings, study: Study, images: Any, method: str, seed: int, folder: Any) -> Any:
    """The trial of a method in the precision that the settings ask for."""
    from tfgan_suite.runs.experiment import precision

    with precision(settings.precision):
        return study.build(settings, images, method, seed, folder)


def run_trial(
    settings: MethodsSettings, study: Study, images: Any, measuring: Measuring, folder: Any, method: str
) -> Any:
    """Trains one GAN in its folder, draws its samples, and exports its sampler; returns the rows of its metrics."""
    from tfgan_suite.callbacks.reconstruction_grid import ReconstructionGrid
    from tfgan_suite.runs.export import export_run
    from tfgan_suite.runs.method_names import DATA_CLASSES
    from tfgan_suite.runs.run import train

    seed = settings.seed + int(folder.path.name.removeprefix("trial_"))
    trial = build(settings, study, images, method, seed, folder)
    watching = []
    if settings.reconstruct_every_steps:
        watching = [ReconstructionGrid(images.train.images, folder.reconstructions, settings.reconstruct_every_steps)]
    rows = train(
        trial.gan,
        trial.batches,
        folder,
        settings.plan(),
        evaluate=measuring.evaluate,
        watching=watching,
        teaching=trial.teaching,
        best_of=study.best_of,
        resume=settings.resume,
    )
    draw_samples(folder, trial.gan, images, measuring.classifier)
    measured = [row for row in rows if study.best_of in row]
    export_run(
        trial.gan,
        folder.saved_model,
        images=images if trial.labels == DATA_CLASSES else images.with_labels(None),  # clusters have no class names
        command=cli.command_line(f"recipes.{study.recipe}", settings, study.presets),
        metrics={name: measured[-1][name] for name in study.heads if name in measured[-1]} if measured else None,
        protocol=measuring.protocol,
        model=method,
        labels=trial.labels,
        generator_steps=settings.num_steps,
    )
    return rows


def draw_samples(folder: Any, gan: Any, images: Any, classifier: Any) -> None:
    """The pictures of SPEC B8: real beside generated images, by cluster and by the classifier's confidence."""
    from tfgan_suite.core.images import to_uint8
    from tfgan_suite.metrics.cached import cached_embedding
    from tfgan_suite.runs.reports.sample_pictures import draw_by_confidence, draw_clusters

    if gan.num_examples is not None:
        draw_clusters(folder.figures / "clusters.png", gan, images)
    if classifier is not None:
        real = images.train.images[:NUM_SORTED]
        fake = to_uint8(gan.sample(NUM_SORTED))
        real_probs, fake_probs = cached_embedding(real, classifier).probs, classifier.embed(fake).probs
        draw_by_confidence(folder.figures / "confidence.png", real, real_probs, fake, fake_probs)


def dry_run(settings: MethodsSettings, study: Study, folder: Any) -> None:
    """Prints what would be trained, and how long it would take, by a few timed steps of the first method or of each."""
    from tfgan_suite.runs.dry_run import print_plan, seconds_per_step

    images = study.load(settings)
    timed, networks = {}, {}
    for method in settings.methods[:1] if study.alike else settings.methods:
        trial = build(settings, study, images, method, settings.seed, folder)
        timed[method] = seconds_per_step(trial.gan, trial.batches)
        for name in ("generator", "discriminator"):
            count = getattr(trial.gan, name).count_params()
            networks.setdefault(name, []).append(f"{count:,} parameters ({study.titles[method]})")
    step_sec = sum(timed.values()) / len(timed)
    num_trials = settings.num_trials * len(settings.methods)
    print_plan(
        {
            "images": f"{images.num_images:,} of {images.image_shape} from {images.name}; resize: {images.resize}",
            "methods": ", ".join(study.titles[method] for method in settings.methods),
            **study.facts(settings),
            **{name: ", ".join(counts) for name, counts in networks.items()},
            "trials": f"{num_trials} in all, {settings.num_steps:,} steps each",
            "run folder": folder.path,
            "training time": f"about {step_sec * settings.num_steps * num_trials / 3600:.2f} h at {step_sec:.3g} s per "
            "step, without measuring and clustering",
        }
    )


def report(
    settings: MethodsSettings, study: Study, folder: Any, images: Any, own: Mapping[str, Any], measuring: Measuring
) -> None:
    """Writes `report.html`: the document's table beside the trials' values, curves, clusters, lineages."""
    from tfgan_suite.runs.methods import labels_of
    from tfgan_suite.runs.reports import comparison_report as parts
    from tfgan_suite.runs.reports import training_report
    from tfgan_suite.runs.reports.report import Picture, write_report

    titled = {study.titles[method]: trials for method, trials in own.items()}
    paper = {study.titles[method]: values for method, values in study.paper.items()}
    note = "The last measurement, mean and standard error over trials."
    further = study.report(settings, own, measuring.references)
    tables = [*further.tables, parts.scores_table("The document's table", study.heads, paper, titled, note)]
    figures = [
        parts.curves_of(
            folder.figures / f"{name}.png",
            titled,
            name,
            head,
            head,
            logy=name in study.log_curves,
            references=measuring.references.get(name),
        )
        for name, (head, _) in {**study.heads, **RECONSTRUCTED}.items()
    ]
    grids = []
    for method in settings.methods:
        place, title = place_of(folder, method, 0), study.titles[method]
        lineage = parts.lineage_table(place.path / "clusters", labels_of(images), f"Clusters: {title}, first trial")
        tables += [lineage] if lineage is not None else []
        figures.append(parts.lineage_figure(place.figures / "lineage.png", place.path / "clusters", title))
        for name, rows in SAMPLE_PICTURES.items():
            if (place.figures / name).exists():
                caption = f"{title}: {rows}, real images on the left, generated ones on the right"
                grids.append(Picture(place.figures / name, caption, caption))
        for kind in (training_report.grids(place), training_report.reconstructions(place)):
            grids += [dataclasses.replace(each, caption=f"{title} {each.caption}") for each in kind[:1]]
    lengths = f"{sum(map(len, own.values()))} trials of {settings.num_steps:,} steps on {images.name}."
    write_report(
        folder.path,
        title=study.title,
        summary=" ".join(filter(None, (lengths, further.summary))),
        key_numbers=further.key_numbers,
        tables=tables,
        figures=[figure for figure in figures if figure is not None],
        images=grids,
        protocol={**study.facts(settings), **measuring.protocol},
        command=cli.command_line(f"recipes.{study.recipe}", settings, study.presets),
        notes=study.notes,
    )
