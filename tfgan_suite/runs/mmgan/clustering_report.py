"""A study of clusterings by MM-GANs: the clusters of each seed, the baselines', and the report over all of them."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tfgan_suite.callbacks.evaluate_clustering import clustering_scores
from tfgan_suite.callbacks.sample_grid import class_grid
from tfgan_suite.core.cache import load_or_compute
from tfgan_suite.core.images import save_png, to_uint8
from tfgan_suite.data import Images
from tfgan_suite.metrics.functional.clustering import clustering_accuracy, normalized_mutual_information
from tfgan_suite.models.cluster_classifier import train_cluster_classifier
from tfgan_suite.runs.experiment import embedder_for, told
from tfgan_suite.runs.folder import RunFolder
from tfgan_suite.runs.reports import training_report
from tfgan_suite.runs.reports.comparison_report import Rows, mean_and_error
from tfgan_suite.runs.reports.figures import plot_curves
from tfgan_suite.runs.reports.report import KeyNumber, Picture, Table, write_report
from tfgan_suite.runs.reports.sample_pictures import PER_ROW, draw_by_confidence
from tfgan_suite.runs.synthetic_labels import synthetic_labels

TITLES = {"k_means": "k-means", "autoencoder": "autoencoder + k-means", "mmgan": "MM-GAN"}
MEASURED = {"clustering_accuracy": "ACC", "clustering_nmi": "NMI"}
FREE = {
    "cluster_information": "information (the rule)",
    "classifier_confidence": "mean largest probability",
    "classifier_accuracy": "accuracy on generated images",
    "smallest_cluster": "smallest cluster",
    "largest_cluster": "largest cluster",
}
NOTES = (
    "Labels are used for ACC and NMI, and for nothing else: not for training, nor for the choice of a seed.",
    "Rule without labels: the highest mutual information of image and cluster, by the classifier's soft assignment of "
    "real images, over log K. For k-means: the lowest cost.",
    "Values of another data set cannot be set against the thesis'.",
)
TEST = {f"test_{name}": f"{head}, test images" for name, head in MEASURED.items()}


@dataclasses.dataclass(frozen=True)
class Trial:
    """A clustering by one seed.

    Attributes:
        seed: of it.
        scores: name -> value; `MEASURED` among them if the data has labels.
        merit: by which one of several seeds is chosen without labels; the highest is the best.
        rows: of its metrics while it trained.
        place: its folder; None for a baseline.
        probs: the soft assignment, [N, K]; None for a baseline.
    """

    seed: int
    scores: Mapping[str, float]
    merit: float
    rows: Rows = ()
    place: RunFolder | None = None
    probs: np.ndarray | None = None


Trials = Mapping[str, Sequence[Trial]]


def baseline_trials(
    images: Images, method: str, num_clusters: int, seeds: Sequence[int], num_inits: int
) -> list[Trial]:
    """Clusterings by k-means on pixels ("k_means") or on the code of an autoencoder ("autoencoder")."""
    embedder = embedder_for(images, {"k_means": "pixels"}.get(method, method), seeds[0])
    trials = []
    for seed in seeds:
        with told(f"{TITLES[method]}, seed {seed}") as progress:
            found = synthetic_labels(
                images.train.images, embedder, num_clusters, seed=seed, num_inits=num_inits, progress=progress
            )
        trials.append(Trial(seed, _measured(images.train.labels, found.cluster_ids), -found.cost))
    return trials


def clustered_trial(
    gan: Any,
    images: Images,
    place: RunFolder,
    rows: Rows,
    num_samples_per_cluster: int,
    classifier_steps: int | None,
    seed: int,
) -> Trial:
    """Clusters the images by a trained MM-GAN (algorithm 2), or reads what a finished trial found in its folder.

    `clusters/step_XXXXXXXX.npz` holds the soft assignments: probs [N, K], test_probs, and generated_accuracy.
    """

    def compute() -> dict[str, Any]:
        with told(f"training the classifier of the Gaussians, seed {seed}") as progress:
            classifier = train_cluster_classifier(
                gan,
                num_samples_per_cluster=num_samples_per_cluster,
                classifier_steps=classifier_steps,
                seed=seed,
                progress=progress,
            )
        found = {"probs": classifier.predict_proba(images.train.images)}
        if images.test is not None:
            found["test_probs"] = classifier.predict_proba(images.test.images)
        return {**found, "generated_accuracy": classifier.generated_accuracy}

    found = load_or_compute(place.path / "clusters" / f"step_{int(gan.num_steps):08d}.npz", compute)
    probs = found["probs"]
    scores = clustering_scores(float(found["generated_accuracy"]), probs, images.train.labels)
    if "test_probs" in found:
        tested = _measured(images.test.labels, found["test_probs"].argmax(axis=1))
        scores |= {f"test_{name}": value for name, value in tested.items()}
    return Trial(seed, scores, scores["cluster_information"], rows, place, probs)


def _measured(labels: np.ndarray | None, cluster_ids: np.ndarray) -> dict[str, float]:
    if labels is None:
        return {}
    nmi = normalized_mutual_information(labels, cluster_ids, "geometric")
    return {"clustering_accuracy": clustering_accuracy(labels, cluster_ids), "clustering_nmi": nmi}


def draw_gaussians(place: RunFolder, gan: Any, images: Images, trial: Trial) -> None:
    """`gaussians.png`: a row of samples per Gaussian (figure 5.1). `clusters.png`: the surest real images beside."""
    num_clusters = gan.num_classes
    scale = -(-48 // images.image_shape[0])
    save_png(place.figures / "gaussians.png", class_grid(gan, 10, num_clusters, 0), scale=scale)
    if images.num_images >= PER_ROW:
        rows = np.repeat(np.arange(num_clusters), PER_ROW)
        fake, one_hot = to_uint8(gan.sample_gaussian(rows)), np.eye(num_clusters)[rows]
        draw_by_confidence(place.figures / "clusters.png", images.train.images, trial.probs, fake, one_hot)


def chosen(trials: Sequence[Trial]) -> Trial:
    """The best trial by the rule without labels; of equal ones the first."""
    return max(trials, key=lambda trial: trial.merit)


def report(
    settings: Any,
    folder: RunFolder,
    images: Images,
    trials: Trials,
    paper: tuple[str, Mapping[str, Sequence[float | None]]],
    command: str,
) -> None:
    """Writes `report.html`: table 5.1 beside the seeds' values, the scores of every seed, curves, grids.

    Args:
        settings: of `recipes.mmgan_clustering`.
        folder: of the run.
        images: what was clustered.
        trials: method of `TITLES` -> its trials, of "mmgan" at least one.
        paper: data set of table 5.1, and method -> (ACC, NMI) of it.
        command: the command that runs this again.
    """
    gans, best = trials["mmgan"], chosen(trials["mmgan"])
    labelled = images.train.labels is not None
    tables = [scores_table(trials, *paper)] if labelled else []
    tables.append(seeds_table(gans))
    figures = _curves_of_seeds(folder, trials, paper) + training_report.draw_curves(best.place, best.rows)
    numbers = [KeyNumber("information", best.scores["cluster_information"], f"seed {best.seed}, the best by it")]
    if labelled:
        detail = f"seed {best.seed}, chosen without labels"
        numbers = [KeyNumber(head, best.scores[name], detail) for name, head in MEASURED.items()]
        mean = float(np.mean([trial.scores["clustering_accuracy"] for trial in gans]))
        numbers.append(KeyNumber("mean ACC", mean, f"{len(gans)} seeds"))
    write_report(
        folder.path,
        title=f"Clusters of {images.name} by an MM-GAN",
        summary=f"{len(gans)} unsupervised MM-GANs of {settings.num_steps:,} generator steps, and a classifier of the "
        f"Gaussians of each, on {images.num_images:,} images of {images.name}.",
        key_numbers=numbers,
        tables=tables,
        figures=figures,
        images=[picture for trial in gans for picture in _pictures(trial)],
        protocol=protocol(settings, images, best.probs.shape[1]),
        command=command,
        notes=NOTES,
    )


def protocol(settings: Any, images: Images, num_clusters: int) -> dict[str, Any]:
    """How the numbers were made; `settings` are those of `recipes.mmgan_clustering`."""
    return {
        "dataset": images.name,
        "clustered": f"{images.num_images:,} training images",
        "resize": images.resize,
        "clusters": num_clusters,
        "ACC": "share of images whose cluster has their class's name, under the best one-to-one naming",
        "NMI": "geometric mean of the entropies",
        "classifier": f"small_cnn, {settings.num_samples_per_cluster:,} generated images of each Gaussian",
        "classifier while training": f"{settings.num_samples:,} generated images, {settings.evaluation_steps} steps",
        "networks": f"{settings.network}, {settings.num_filters} filters",
        "prior": f"c = {settings.mean_range:g}, sigma = {settings.variance:g}, d = {settings.latent_dim}, "
        f"covariance {settings.covariance}",
        "k-means": f"k-means++, the best of {settings.num_inits} starts per seed",
        "autoencoder": f"one, of seed {settings.seed}; k-means on its code with every seed",
        "seeds": settings.seeds_in_words,
    }


def scores_table(trials: Trials, paper_data: str, paper: Mapping[str, Sequence[float | None]]) -> Table:
    """ACC and NMI of each method: the thesis', the mean over seeds, and those of the seed chosen without labels."""
    cells, own_rows = [], []
    for method, own in trials.items():
        cells.append([TITLES[method], f"the thesis', {paper_data}", "", *paper[method]])
        best = chosen(own)
        means = [mean_and_error([trial.scores[name] for trial in own]) for name in MEASURED]
        own_rows += [len(cells), len(cells) + 1]
        cells.append([TITLES[method], "this run's, mean", len(own), *means])
        cells.append(
            [TITLES[method], "this run's, chosen", f"seed {best.seed}", *(best.scores[name] for name in MEASURED)]
        )
    note = "Mean and standard error over seeds; chosen: the best by the rule without labels."
    return Table("Table 5.1 of the thesis", ("Method", "Value", "Seeds", *MEASURED.values()), cells, note, own_rows)


def seeds_table(trials: Sequence[Trial]) -> Table:
    """Every score of every seed of the MM-GAN."""
    heads = {name: head for name, head in {**MEASURED, **TEST, **FREE}.items() if name in trials[0].scores}
    best = chosen(trials)
    cells = [
        [trial.seed, *(trial.scores[name] for name in heads), "chosen" if trial is best else ""] for trial in trials
    ]
    note = "Clusters as shares of the images. The last column: the best by the rule without labels."
    return Table("The MM-GAN's seeds", ("Seed", *heads.values(), "Rule"), cells, note)


def _curves_of_seeds(folder: RunFolder, trials: Trials, paper: tuple[str, Mapping[str, Any]]) -> list[Picture]:
    """ACC, NMI and the rule over generator steps, a line per seed, with the thesis' value and the baselines' means."""
    pictures = []
    for name, head in {**MEASURED, "cluster_information": "information"}.items():
        steps, curves = {}, {}
        for trial in trials["mmgan"]:
            measured = [row for row in trial.rows if name in row]
            if measured:
                label = f"seed {trial.seed}"
                steps[label], curves[label] = _column(measured, "step"), _column(measured, name)
        if not curves:
            continue
        references = {}
        if name in MEASURED:
            references = {f"MM-GAN, thesis, {paper[0]}": paper[1]["mmgan"][list(MEASURED).index(name)]}
            ends = [min(map(min, steps.values())), max(map(max, steps.values()))]
            for method in (
                each for each in trials if each != "mmgan"
            ):  # as curves, since lines of reference all look the same
                label = f"{TITLES[method]}, mean"
                steps[label], curves[label] = ends, [float(np.mean([each.scores[name] for each in trials[method]]))] * 2
        path, title = folder.figures / f"{name}.png", f"{head} of the clusters"
        axis = {"xlabel": "generator step", "ylabel": head}
        plot_curves(path, steps, curves, **axis, title=title, references=references)
        pictures.append(Picture(path, f"{title} over generator steps, a line per seed"))
    return pictures


def _column(rows: Rows, name: str) -> list[float]:
    return [row[name] for row in rows]


def _pictures(trial: Trial) -> list[Picture]:
    shown = {
        "gaussians.png": f"Seed {trial.seed}: generated images, a row per Gaussian",
        "clusters.png": f"Seed {trial.seed}: of each cluster the surest real images, left, and generated ones, right",
    }
    paths = {trial.place.figures / name: words for name, words in shown.items()}
    return [Picture(path, words, words) for path, words in paths.items() if path.exists()]
