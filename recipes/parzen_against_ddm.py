"""Parzen against DDM: which sets of images a Parzen-window log-likelihood prefers, and which DDM.

    python -m recipes.parzen_against_ddm --preset demo
    python -m recipes.parzen_against_ddm --dataset mnist --num-images 2000

DDM thesis, section 3.4.1, figure 3.3, after Theis et al. 2016, "A note on the evaluation of generative models": the
Parzen-window log-likelihood of test images, in pixels in [0, 1] and after PCA that keeps 95 % of the variance, against
DDM, for sets whose worth is known: training images; the same blurred, or with noise; the centroids of as many clusters
of training images (k-means), which are averages and no real images; a few images repeated.

Expected: Parzen windows prefer the centroids to real images, in pixels and under PCA alike (Theis et al., table 1: a
k-means "generator" scores above true images), and slightly blurred images too. DDM puts what cannot be recognised last.
Found on MNIST (2,000 images of 20,000 in each set, logits): in pixels the centroids are 125 nats above the training
images and blur of 1 px 85, under PCA 23 and 14. DDM has that blur behind by 1.3 nats; but the centroids, which look
like clean digits, and weak noise are ahead of the training images by 0.13 and 0.05, of 9.8 between best and worst set.

Departures: the thesis compares Improved GAN with and without batch normalisation over training; sets with a known order
stand in for it. The bandwidth is searched for each set as in the code of Goodfellow et al. (2014) that the thesis used:
ten values from 0.1 to 1 on validation images, here training images that are in no set.
"""

import dataclasses
import time
from typing import Any

import numpy as np

from tfgan_suite.runs import cli, studies


@dataclasses.dataclass(frozen=True)
class Settings(studies.CandidateSettings):
    """Section 3.4.1 unless a preset says otherwise."""

    layer: str = "logits"
    """Features for DDM: logits, prelogits, hypercolumns, or another layer or output of the embedder."""
    num_images: int = 10_000
    """Images in each set, and clusters of k-means."""
    num_validation_images: int = 1000
    """Training images that are kept for the search of the bandwidth."""
    noise_stddevs: tuple[float, ...] = (16, 64)
    """Levels of Gaussian noise, growing, in grey levels (of 255)."""
    blur_stddevs_px: tuple[float, ...] = (1, 2)
    """Levels of blur, growing: standard deviations in pixels."""
    num_repeated: tuple[int, ...] = (10, 100)
    """Numbers of distinct images of the sets that repeat a few, growing."""
    kept_variance: float = 0.95
    """Share of the training images' variance that PCA keeps."""


PRESETS = {
    "smoke": Settings(
        dataset="digits", num_images=120, num_validation_images=80, num_repeated=(5, 20), blur_stddevs_px=(0.5, 1)
    ),
    "demo": Settings(dataset="digits", num_images=400, num_validation_images=200, blur_stddevs_px=(0.5, 1)),
    "paper": Settings(dataset="mnist"),
}


def run(settings: Settings) -> None:
    """Measures every set by all three measures, and writes the ranks, the figures and the report."""
    from tfgan_suite.runs.ddm.parzen_against_ddm_report import report
    from tfgan_suite.runs.folder import RunFolder, json_values

    check(settings)
    folder = RunFolder(settings.run_dir("parzen_against_ddm"))
    if settings.dry_run:
        dry_run(settings, folder)
        return
    with folder.claim(json_values(settings), resume=settings.resume):
        source = load(settings)
        rows = measure_all(source, folder)
        report(settings, folder, source, rows, cli.command_line("recipes.parzen_against_ddm", settings, PRESETS))
    print(f"Report: {folder.report}")


def check(settings: Settings) -> None:
    """Refuses numbers and levels that make no study, before anything is loaded."""
    from tfgan_suite.core.checks import require, require_positive

    settings.check_candidates()
    require_positive(num_validation_images=settings.num_validation_images)
    require(0 < settings.kept_variance < 1, "`kept_variance` must be in (0, 1)", kept_variance=settings.kept_variance)


@dataclasses.dataclass(frozen=True)
class Source:
    """What is compared.

    Attributes:
        images: of the data set.
        sets: name -> how to get its images.
        validation: images uint8 for the search of the bandwidth.
        pca: fitted to the training images without those.
        embedder: for DDM.
    """

    images: Any
    sets: Any
    validation: np.ndarray
    pca: Any
    embedder: Any


def load(settings: Settings) -> Source:
    """Divides the training images by the seed, and fits PCA and the classifier."""
    import sklearn.decomposition

    from tfgan_suite.core.checks import require
    from tfgan_suite.runs.ddm.parzen_against_ddm_report import CENTROIDS
    from tfgan_suite.runs.experiment import embedder_for

    images = studies.load_split_images(settings)
    count, num_validation = len(images.train), settings.num_validation_images
    require(
        settings.num_images + num_validation < count,
        "`num_images` and `num_validation_images` must together be below the number of training images",
        num_images=settings.num_images,
        num_validation_images=num_validation,
        training_images=count,
    )
    order = np.random.default_rng(settings.seed).permutation(count)
    validation = images.train.images[order[:num_validation]]
    others = images.train.images[order[num_validation:]]
    sets = settings.candidates(others[: settings.num_images])
    sets[CENTROIDS] = lambda: centroids(others, settings.num_images, settings.seed)
    pca = sklearn.decomposition.PCA(settings.kept_variance, svd_solver="covariance_eigh").fit(points(others))
    embedder = embedder_for(images, settings.embedder, settings.seed, layer=settings.layer)
    return Source(images, sets, validation, pca, embedder)


def points(images_uint8: np.ndarray) -> np.ndarray:
    """Pixels in [0, 1], flattened: float32 [N, D]."""
    return images_uint8.reshape(len(images_uint8), -1).astype(np.float32) / np.float32(255)  # [N, H * W * C]


def centroids(images_uint8: np.ndarray, num_clusters: int, seed: int) -> np.ndarray:
    """The centroids of k-means in pixels, as uint8 images."""
    from tfgan_suite.clustering import fit_kmeans

    found = fit_kmeans(points(images_uint8), num_clusters, seed=seed, num_inits=1).centroids
    return np.rint(np.clip(found * 255, 0, 255)).astype(np.uint8).reshape(-1, *images_uint8.shape[1:])  # [K, H, W, C]


def measure_all(source: Source, folder: Any) -> list[dict[str, Any]]:
    """One row per set; rows of a resumed run are not computed again."""
    from tfgan_suite.metrics.functional.ddm import distribution_divergence
    from tfgan_suite.runs.ddm.parzen_against_ddm_report import picture_of

    rows = studies.Rows(folder.metrics, "set")
    test_features = studies.embed_kept(source.images.test.images, source.embedder, "test images").features
    test, validation = points(source.images.test.images), points(source.validation)
    test_pca, validation_pca = source.pca.transform(test), source.pca.transform(validation)
    for name, get_images in source.sets.items():
        if rows.find(name) is None:
            start = time.monotonic()
            images = get_images()
            samples = points(images)
            row = {"set": name, "num_distinct": len(images)}
            row |= parzen("pixels", test, validation, samples)
            row |= parzen("pca", test_pca, validation_pca, source.pca.transform(samples))
            row["ddm"] = distribution_divergence(test_features, source.embedder.embed(images).features)
            studies.save_row_of_images(picture_of(folder, name), images)
            rows.add({**row, "sec": time.monotonic() - start})
    return rows.all


def parzen(space: str, test: np.ndarray, validation: np.ndarray, samples: np.ndarray) -> dict[str, Any]:
    """Mean log-likelihood of the test points, its error, the bandwidth, and whether that is at an end of the grid."""
    from tfgan_suite.metrics.functional.parzen import parzen_log_likelihood, search_bandwidth

    found = search_bandwidth(validation, samples)
    likelihoods = parzen_log_likelihood(test, samples, found.bandwidth)
    return {
        space: float(likelihoods.mean()),
        f"{space}_error": float(likelihoods.std(ddof=1) / np.sqrt(len(likelihoods))) if len(test) > 1 else None,
        f"{space}_bandwidth": found.bandwidth,
        f"{space}_at_edge": found.is_at_edge,
    }


def dry_run(settings: Settings, folder: Any) -> None:
    """Prints data, sets and the time they will take; writes nothing."""
    from tfgan_suite.runs.dry_run import print_plan

    source = load(settings)
    images, embedder, num_test = source.images, source.embedder, len(source.images.test)
    num_points = settings.num_images * (len(source.sets) - len(settings.num_repeated)) + sum(settings.num_repeated)
    # A Parzen window computes a distance and an exponential per pair of points, ten more exponentials in the search.
    pairs = num_points * (3 * num_test + 2 * 11 * settings.num_validation_images)
    embedding_sec, distance_sec = studies.seconds_of(
        images.test.images, embedder, num_embedded=num_points + num_test, num_pairs=pairs
    )
    print_plan(
        {
            "run folder": folder.path,
            "images": f"{len(images.train):,} to draw from, {settings.num_validation_images:,} of them for the "
            f"bandwidth, {num_test:,} test images {images.image_shape} of {images.name}",
            "sets": f"{len(source.sets)} of {settings.num_images:,} images: {', '.join(source.sets)}",
            "embedder": f"{embedder.name}, {embedder.feature_dim} dimensions",
            "PCA": f"{source.pca.n_components_} components",
            "time": f"features about {embedding_sec:.0f} s, densities about {distance_sec:.0f} s, and k-means",
        }
    )


if __name__ == "__main__":
    cli.main(run, PRESETS, __doc__, default_preset="paper")
