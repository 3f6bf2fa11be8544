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
from pathlib import Path
from typing import Any

import numpy as np

from tfgan_suite.runs import cli, studies


@dataclasses.dataclass(frozen=True)
class Settings(studies.StudySettings):
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

CENTROIDS = "k-means centroids"
MEASURES = {"pixels": "Parzen, pixels", "pca": "Parzen, PCA", "ddm": "DDM"}

NOTES = (
    "Log-likelihoods are in nats per image, of densities in pixels in [0, 1] or in the components kept by PCA: numbers "
    "of the two spaces do not compare. The error is that of a mean over the test images.",
    "DDM is a density estimate too, with a fixed bandwidth, in a space where a classifier decides what counts: a set "
    "that is a little narrower than the test images, such as averages, gets a slightly better value than real images.",
    "All sets have the same number of images, since a Parzen-window estimate rises with it; a set of repeated images "
    "has the density of its distinct ones.",
)


def run(settings: Settings) -> None:
    """Measures every set by all three measures, and writes the ranks, the figures and the report."""
    from tfgan_suite.runs.folder import RunFolder, json_values

    check(settings)
    folder = RunFolder(settings.run_dir("parzen_against_ddm"))
    if settings.dry_run:
        show_plan(settings, folder)
        return
    with folder.claim(json_values(settings), resume=settings.resume, may_change=("resume", "dry_run")):
        source = load(settings)
        rows = measure_all(source, folder)
        report(settings, folder, source, rows)
    print(f"Report: {folder.report}")


def check(settings: Settings) -> None:
    """Refuses numbers and levels that make no study, before anything is loaded."""
    from tfgan_suite.core.checks import require, require_positive

    settings.check_study()
    require_positive(num_validation_images=settings.num_validation_images)
    studies.require_growing(
        noise_stddevs=settings.noise_stddevs,
        blur_stddevs_px=settings.blur_stddevs_px,
        num_repeated=settings.num_repeated,
    )
    require(
        settings.num_repeated[-1] < settings.num_images,
        "`num_repeated` must be below `num_images`",
        num_repeated=settings.num_repeated,
        num_images=settings.num_images,
    )
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
    sets = studies.candidate_sets(
        others[: settings.num_images],
        noise_stddevs=settings.noise_stddevs,
        blur_stddevs_px=settings.blur_stddevs_px,
        num_repeated=settings.num_repeated,
        seed=settings.seed,
    )
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


def picture_of(folder: Any, name: str) -> Path:
    """Where the first images of a set are kept."""
    return folder.samples / f"{name.replace(' ', '_').replace(',', '').lower()}.png"


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


def places(rows: list[dict[str, Any]]) -> dict[str, list[int]]:
    """Measure -> rank of each set, 1 for the best."""
    return {each: studies.ranks([row[each] for row in rows], higher_is_better=each != "ddm") for each in MEASURES}


def findings(rows: list[dict[str, Any]]) -> str:
    """Where each measure has the training images, and by how much it prefers the centroids."""
    names = [row["set"] for row in rows]
    real, centroid = names.index(studies.REAL), names.index(CENTROIDS)
    sentences = []
    for measure, ranks in places(rows).items():
        values = [row[measure] for row in rows]
        ahead = [name for name, rank in zip(names, ranks, strict=True) if rank < ranks[real]]
        place = f"behind {studies.in_words(ahead)}" if ahead else "first"
        gain, width = (values[centroid] - values[real]) * (-1 if measure == "ddm" else 1), max(values) - min(values)
        better = "better" if gain > 0 else "worse"
        sentences.append(
            f"{MEASURES[measure]}: the training images are {place}; the centroids are {better} by {abs(gain):.3g} "
            f"nats, {abs(gain) / width:.0%} of what is between the best and the worst set."
        )
    return " ".join(sentences)


def report(settings: Settings, folder: Any, source: Source, rows: list[dict[str, Any]]) -> None:
    """Writes the figures and `report.html`."""
    from tfgan_suite.runs.report import Picture, Table, write_report

    ranks = places(rows)
    table = []
    for index, row in enumerate(rows):
        cells: list[Any] = [row["set"]]
        for space in ("pixels", "pca"):
            bandwidth = f"{row[f'{space}_bandwidth']:.3g}" + "*" * row[f"{space}_at_edge"]
            cells += [row[space], row[f"{space}_error"], bandwidth, ranks[space][index]]
        table.append([*cells, row["ddm"], ranks["ddm"][index]])
    parzen_columns = [
        f"{head}{space}" for space in ("", " under PCA") for head in ("Parzen", "error", "bandwidth", "rank")
    ]
    num_components = source.pca.n_components_
    write_report(
        folder.path,
        title=f"Parzen windows against DDM on {settings.dataset}",
        summary=findings(rows),
        tables=[
            Table(
                f"Sets of {settings.num_images:,} images",
                ("set", *parzen_columns, "DDM", "rank by DDM"),
                table,
                note="Parzen: mean log-likelihood of the test images in nats, higher is better. DDM: nats, lower is "
                "better. Rank 1 is the best. A bandwidth with * is at an end of the grid.",
            )
        ],
        figures=draw_figures(settings, folder, rows),
        images=[
            Picture(picture_of(folder, row["set"]), f"Row of images: {row['set']}.", row["set"])
            for row in rows
            if picture_of(folder, row["set"]).exists()
        ],
        protocol=studies.study_protocol(
            source.images,
            [source.embedder],
            layer=settings.layer,
            num_images=settings.num_images,
            num_validation_images=settings.num_validation_images,
            pixels="in [0, 1]",
            pca=f"{num_components} components, {settings.kept_variance:.0%} of the variance",
            seed=settings.seed,
        ),
        command=cli.command_line("recipes.parzen_against_ddm", settings, PRESETS),
        notes=NOTES,
    )


def draw_figures(settings: Settings, folder: Any, rows: list[dict[str, Any]]) -> list[Any]:
    """Bars for each measure: by how much a set is better than the training images."""
    from tfgan_suite.runs.figures import plot_bars
    from tfgan_suite.runs.report import Picture

    real = next(row for row in rows if row["set"] == studies.REAL)
    others = [row for row in rows if row is not real]
    pictures = []
    for measure, name in MEASURES.items():
        sign = -1 if measure == "ddm" else 1
        plot_bars(
            folder.figures / f"{measure}.png",
            [short_name(row["set"]) for row in others],
            {name: [sign * (row[measure] - real[measure]) for row in others]},
            xlabel="set",
            ylabel="nats better than the training images",
            title=f"{settings.dataset}: {name}",
        )
        pictures.append(Picture(Path("figures") / f"{measure}.png", f"Bars: {name} of each set, as gain."))
    return pictures


def short_name(name: str) -> str:
    """The name of a set, for the axis of a figure."""
    return name.removeprefix("Gaussian ").removeprefix("k-means ").replace(" images repeated", " only")


def show_plan(settings: Settings, folder: Any) -> None:
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
