"""Clusters of images by an unsupervised MM-GAN, beside k-means (MM-GAN thesis, chapter 5, algorithm 2, table 5.1).

    python -m recipes.mmgan_clustering --preset demo
    python -m recipes.mmgan_clustering --dataset fashion_mnist --data-dir DIR

An MM-GAN with as many Gaussians as clusters learns the images without labels. A classifier learns which Gaussian made a
generated image, and is asked of the real ones. Labels serve to measure only, over the steps of the training and at its
end: accuracy under the best naming of the clusters (ACC, eq. 5.1), and normalised mutual information (NMI, geometric
mean, eq. 5.2). The mean over seeds is reported, and the seed that is best by a rule without labels: the mutual
information of image and cluster under the classifier's soft assignment; for k-means, the lowest cost.

Expected (table 5.1, ACC | NMI): MNIST 0.9924 | 0.9618, Fashion-MNIST 0.5816 | 0.5690, traffic signs (ten classes)
0.8974 | 0.9274; k-means 0.5349 | 0.500, 0.4714 | 0.5115, 0.2447 | 0.1977.

The networks are InfoGAN's for MNIST, as the thesis names none: DCGAN's (`--network dcgan`), of 32 filters, make but a
few kinds of images in their first thousand steps on MNIST (ACC 0.19 to 0.23 after 500). The preset demo clusters
scikit-learn's digits with c = 0.5 and InfoGAN's learning rates, 1e-3 and 2e-4 for the discriminator. MNIST was measured
with these and `--mean-range 1 --latent-dim 10 --num-filters 32`; ACC of five seeds 0.57 to 0.75 after 4,000 steps.

Departures: the thesis says neither whether the prior learns, nor how long it trained, nor how many samples its
classifier saw, nor whether its values are means or the best of several runs.
"""

import dataclasses
from pathlib import Path
from typing import Any, Literal

from tfgan_suite.runs import cli
from tfgan_suite.runs.training_settings import TrainingSettings

PaperData = Literal["mnist", "fashion_mnist", "traffic_signs"]
Baseline = Literal["k_means", "autoencoder"]

PAPER_TABLE = {  # table 5.1: data -> method -> (ACC, NMI)
    "mnist": {"k_means": (0.5349, 0.500), "autoencoder": (0.8184, None), "mmgan": (0.9924, 0.9618)},
    "fashion_mnist": {"k_means": (0.4714, 0.5115), "autoencoder": (0.5353, 0.5261), "mmgan": (0.5816, 0.5690)},
    "traffic_signs": {"k_means": (0.2447, 0.1977), "autoencoder": (0.2932, 0.2738), "mmgan": (0.8974, 0.9274)},
}


@dataclasses.dataclass(frozen=True)
class Settings(TrainingSettings):
    """Algorithm 1's constants unless a preset says otherwise."""

    dataset: str = "mnist"
    """TFDS name such as mnist or fashion_mnist, folder of images, .npz file, or digits (no download)."""
    data_dir: Path | None = None
    """Where TFDS data sets are; default: TFDS' own place."""
    image_size: int | None = None
    """Side length in pixels that images are brought to; default: their own."""
    num_clusters: int | None = None
    """K, Gaussians and clusters; default: as many as the data has classes."""
    baselines: tuple[Baseline, ...] = ("k_means", "autoencoder")
    """Also cluster by k-means on the pixels, and on the code of an autoencoder."""
    num_inits: int = 10
    """k-means++ starts of the baselines."""
    compare_with: PaperData | None = None
    """Whose rows of table 5.1 stand beside; default: the data set's own, or else those of mnist."""

    covariance: Literal["fixed", "diagonal", "full"] = "full"
    """Of the Gaussians: fixed (static MM-GAN), or learnt with the means (dynamic)."""
    mean_range: float = 0.1
    """c: the Gaussians' means are drawn from U[-c, c]^d."""
    variance: float = 0.15
    """sigma of algorithm 1, of each coordinate of a Gaussian."""
    latent_dim: int = 100
    """d."""
    network: Literal["dcgan", "infogan"] = "infogan"
    """infogan: its networks for MNIST, sizes that are multiples of 4; dcgan: any size."""
    num_filters: int = 64
    """Filters of the networks' largest maps."""
    generator_batch_size: int = 128
    """Images of a generator step."""
    learning_rate: float = 2e-4
    """Of Adam."""
    discriminator_learning_rate: float | None = None
    """Of the discriminator's Adam; default: `learning_rate`."""
    beta_1: float = 0.5
    """Of Adam; the thesis names none."""
    beta_2: float = 0.999
    """Of Adam."""
    jit_compile: bool = False
    """XLA."""

    num_samples: int = 2_000
    """Generated images, of all Gaussians together, that the classifier of a measurement while training learns."""
    evaluation_steps: int = 300
    """Steps of that classifier."""
    num_samples_per_cluster: int = 2_000
    """M: images of each Gaussian that the last classifier learns."""
    classifier_steps: int | None = None
    """Steps of the last classifier; default: 10 epochs, but at least 300 and at most 5000 steps."""
    num_trials: int = 5
    """Runs with seeds seed, seed + 1, ...; their mean and the best by the rule without labels are reported."""


_DIGITS = Settings(
    dataset="digits",
    image_size=16,
    # Not algorithm 1's constants. With c = 0.1 the Gaussians lie two standard deviations apart, and on these few images
    # make the same; the learning rates are InfoGAN's.
    mean_range=0.5,
    learning_rate=1e-3,
    discriminator_learning_rate=2e-4,
    num_filters=32,
    num_steps=1_000,
    log_every_steps=50,
    evaluate_every_steps=500,
    sample_every_steps=500,
    checkpoint_every_steps=250,
    num_samples_per_cluster=500,
    num_trials=2,
)
PRESETS = {
    "smoke": dataclasses.replace(
        _DIGITS,
        image_size=8,
        num_filters=2,
        latent_dim=4,
        batch_size=16,
        generator_batch_size=16,
        num_steps=4,
        log_every_steps=2,
        evaluate_every_steps=2,
        sample_every_steps=2,
        checkpoint_every_steps=2,
        num_inits=1,
        num_samples=40,
        evaluation_steps=2,
        num_samples_per_cluster=8,
        classifier_steps=4,
    ),
    "demo": _DIGITS,
    "paper": Settings(),
}
MAY_CHANGE = ("num_steps", "num_trials", "baselines", "compare_with")
RULE = "cluster_doubt"  # the lowest is the best, which is how checkpoints are kept


def run(settings: Settings) -> None:
    """Trains and clusters with every seed, and writes the report over all of them."""
    from tfgan_suite.runs.folder import RunFolder, json_values
    from tfgan_suite.runs.mmgan.clustering_report import baseline_trials, report

    check(settings)
    folder = RunFolder(settings.run_dir("mmgan_clustering"))
    images = load(settings)
    if settings.dry_run:
        dry_run(settings, images, folder)
        return
    seeds = range(settings.seed, settings.seed + settings.num_trials)
    with folder.claim(json_values(settings), resume=settings.resume, may_change=MAY_CHANGE):
        num_clusters = num_clusters_of(settings, images)
        trials = {
            method: baseline_trials(images, method, num_clusters, seeds, settings.num_inits)
            for method in settings.baselines
        }
        trials["mmgan"] = [run_trial(settings, images, folder, seed) for seed in seeds]
        paper = settings.compare_with or (settings.dataset if settings.dataset in PAPER_TABLE else "mnist")
        command = cli.command_line("recipes.mmgan_clustering", settings, PRESETS)
        report(settings, folder, images, trials, (paper, PAPER_TABLE[paper]), command)
    print(f"Report: {folder.report}")


def check(settings: Settings) -> None:
    """Refuses settings that make no study, before anything is loaded."""
    from tfgan_suite.core.checks import require, require_positive

    names = ("num_trials", "batch_size", "num_inits", "num_samples_per_cluster", "evaluation_steps")
    names += ("learning_rate", "discriminator_learning_rate")
    given = {name: getattr(settings, name) for name in names}
    require_positive(**{name: value for name, value in given.items() if value is not None})
    require(
        settings.num_clusters is None or settings.num_clusters >= 2,
        "`num_clusters` must be at least 2",
        num_clusters=settings.num_clusters,
    )
    settings.plan()


def load(settings: Settings) -> Any:
    """The images to cluster; their labels, if they have any, are looked at by measurements only."""
    from tfgan_suite.clustering.kmeans import require_clusters_fit
    from tfgan_suite.core.checks import require
    from tfgan_suite.data import load_images
    from tfgan_suite.models.cluster_classifier import require_enough_samples

    images = load_images(settings.dataset, data_dir=settings.data_dir, image_size=settings.image_size)
    require(
        settings.num_clusters is not None or images.num_classes is not None,
        "`num_clusters` must be given for images without labels",
        dataset=settings.dataset,
    )
    num_clusters = num_clusters_of(settings, images)
    require_clusters_fit(num_clusters, images.num_images)
    for name in ("num_samples_per_cluster", "num_samples"):
        of_each = getattr(settings, name) // (num_clusters if name == "num_samples" else 1)
        require(of_each >= 1, f"`{name}` must be at least one image per cluster", **{name: getattr(settings, name)})
        require_enough_samples(num_clusters, of_each)
    return images


def num_clusters_of(settings: Settings, images: Any) -> int:
    """K."""
    return images.num_classes if settings.num_clusters is None else settings.num_clusters


def build_model(settings: Settings, images: Any, seed: int) -> Any:
    """The compiled MM-GAN."""
    import keras

    from tfgan_suite.models import MMGAN
    from tfgan_suite.models.base import adam_pair

    keras.utils.set_random_seed(seed)
    gan = MMGAN.for_images(
        images,
        num_gaussians=num_clusters_of(settings, images),
        covariance=settings.covariance,
        mean_range=settings.mean_range,
        variance=settings.variance,
        latent_dim=settings.latent_dim,
        network=settings.network,
        num_filters=settings.num_filters,
        average_decay=settings.average_decay,
        seed=seed,
    )
    optimizers = adam_pair(
        settings.learning_rate, settings.discriminator_learning_rate, settings.beta_1, settings.beta_2
    )
    gan.compile(*optimizers, generator_batch_size=settings.generator_batch_size, jit_compile=settings.jit_compile)
    return gan


def run_trial(settings: Settings, images: Any, folder: Any, seed: int) -> Any:
    """Trains one MM-GAN in its folder, clusters by it, draws its Gaussians and exports its sampler."""
    from tfgan_suite.callbacks.evaluate_clustering import EvaluateClustering
    from tfgan_suite.runs.export import export_run
    from tfgan_suite.runs.folder import RunFolder
    from tfgan_suite.runs.mmgan.clustering_report import clustered_trial, draw_gaussians, protocol
    from tfgan_suite.runs.run import train

    place, unlabelled = RunFolder(folder.path / f"seed_{seed}"), images.with_labels(None)
    gan = build_model(settings, images, seed)
    evaluate = None
    if settings.evaluate_every_steps:
        evaluate = EvaluateClustering(
            images.train.images,
            images.train.labels,
            settings.evaluate_every_steps,
            num_samples_per_cluster=settings.num_samples // gan.num_classes,
            classifier_steps=settings.evaluation_steps,
            seed=seed,
        )
    batches = unlabelled.training_batches(settings.batch_size, seed=seed)
    rows = train(gan, batches, place, settings.plan(), evaluate=evaluate, best_of=RULE, resume=settings.resume)
    trial = clustered_trial(gan, images, place, rows, settings.num_samples_per_cluster, settings.classifier_steps, seed)
    draw_gaussians(place, gan, images, trial)
    measured = ("clustering_accuracy", "clustering_nmi", "cluster_information")
    export_run(
        gan,
        place.saved_model,
        images=unlabelled,
        command=cli.command_line("recipes.mmgan_clustering", settings, PRESETS),
        metrics={name: trial.scores[name] for name in measured if name in trial.scores},
        protocol=protocol(settings, images, gan.num_classes),
        model="mmgan",
        labels=f"the index of one of {gan.num_classes} Gaussians",
        generator_steps=settings.num_steps,
    )
    return trial


def dry_run(settings: Settings, images: Any, folder: Any) -> None:
    """Prints the plan, with the time of a few timed steps."""
    from tfgan_suite.runs.dry_run import show_plan

    gan = build_model(settings, images, settings.seed)
    facts = {
        "Gaussians": f"{gan.num_classes}, covariance {settings.covariance}",
        "baselines": ", ".join(settings.baselines) or "none",
        "run folder": folder.path,
    }
    unlabelled = images.with_labels(None)
    show_plan(gan, unlabelled, settings.batch_size, settings.plan(), num_trials=settings.num_trials, facts=facts)


if __name__ == "__main__":
    cli.main(run, PRESETS, __doc__, default_preset="paper")
