"""What `recipes.cingan_cifar` says of a run: its report beside the thesis' table, and the card of its sampler.

`settings` are that recipe's `Settings`, `experiment` its `Experiment`.
"""

from typing import Any

from tfgan_suite.runs.experiment import compare_with_clusters
from tfgan_suite.runs.export import export_run
from tfgan_suite.runs.reports import training_report as parts
from tfgan_suite.runs.reports.comparison_report import lineage_table
from tfgan_suite.runs.reports.report import write_report

NUM_LAST_EVALUATIONS = 4  # section 4.1.2: the reported value is the mean of the last four
PAPER_TABLE = {  # table 5.1: method -> (IS, FID)
    "BEGAN": (5.62, 84.0),
    "DCGAN": (6.16, 34.3),
    "WGAN-GP": (7.86, 28.2),
    "iWGAN-AC": (8.62, 21.3),
    "Progressive": (8.80, 19.1),
    "CIN-GAN (best of K)": (9.00, 17.29),
}
NOTES = (
    "The thesis reports IS and FID by the Inception network on the official CIFAR-10, the mean over the last four "
    "measurements and five runs. Values of another embedder, data set or number of samples cannot be set against them.",
)


def export(settings: Any, experiment: Any, gan: Any, place: Any, rows: Any, command: str) -> None:
    """Writes the sampler, with a card that holds the last measurement and its protocol."""
    measured = [row for row in rows if "fid" in row]
    images = experiment.images
    export_run(
        gan,
        place.saved_model,
        images=images.with_labels(None) if settings.self_conditioned else images,  # clusters have no class names
        command=command,
        metrics={name: measured[-1][name] for name in parts.HEADS if name in measured[-1]} if measured else None,
        protocol=experiment.protocol,
        model=settings.model,
        labels=settings.labels_in_words,
        generator_steps=settings.num_steps,
    )


def report(settings: Any, experiment: Any, folder: Any, gan: Any, trials: Any, command: str) -> None:
    """Writes `report.html`: the document's table beside the trials' values, curves, grids, clusters."""
    scores = {place.path.name: parts.reported_scores(rows, NUM_LAST_EVALUATIONS) for place, rows in trials}
    place, rows = trials[-1]
    protocol = experiment.protocol
    measured_by = "" if protocol is None else f"Own values: embedder {protocol.embedder}, {protocol.num_fake} samples."
    tables = [parts.comparison_table("Table 5.1 of the thesis (CIFAR-10)", PAPER_TABLE, scores, measured_by)]
    figures = parts.draw_curves(place, rows)
    evaluations = parts.evaluations_table(rows)
    tables += [evaluations] if evaluations is not None else []
    lineage = lineage_table(place.path / "clusters", experiment.images.train.labels, "Re-clusterings")
    tables += [lineage] if lineage is not None else []
    if experiment.clustering is not None:
        comparison = compare_with_clusters(gan, experiment.images, experiment.clustering, settings.num_samples)
        picture, table = parts.draw_clusters(place, comparison)
        figures.append(picture)
        tables.append(table)
    write_report(
        folder.path,
        title=f"{settings.model} on {settings.dataset}",
        summary=summary(settings, scores),
        key_numbers=parts.key_numbers(scores[place.path.name], settings.num_steps),
        tables=tables,
        figures=figures,
        images=parts.grids(place),
        protocol=None if protocol is None else protocol.to_dict(),
        command=command,
        notes=NOTES,
    )


def summary(settings: Any, scores: Any) -> str:
    """What was done and what came out, in a sentence or two."""
    done = f"{settings.model} trained on {settings.dataset} for {settings.num_steps:,} generator steps."
    fids = [score["fid"].mean for score in scores.values() if "fid" in score]
    measured = f" FID by {settings.embedder}: {sum(fids) / len(fids):.4g}." if fids else ""
    blur = f" Blur of the training images: {settings.blur_in_words}." if settings.blur_px else ""
    return f"{done} Labels: {settings.labels_in_words}.{blur}{measured}"
