"""Elbow curve: the cost of k-means on image features against the number of clusters, mean of several runs.

    python -m recipes.elbow --preset demo
    python -m recipes.elbow --dataset my_photos/ --features resnet50 --num-clusters 8 16 32 64

CIN-GAN thesis, sections 2.3.2 and 4.1.1, figure 4.1: features of a pretrained classifier, PCA to at most 2048
dimensions, k-means++; for each K the mean cost of three runs with different seeds. An elbow would suggest a K.

Expected (CIFAR-10, ResNet features): no elbow; the cost falls about linearly from each K to the next of
8, 10, 16, 32, ... 4096, and runs with the same K differ little.

Departures: features of ResNet-152 where the thesis has ResNet-200, which keras.applications lacks; the layer before the
last (2048 values) where it says the last (1000). The cost is given per image (eq. 2.11 divided by the number of
images), so that data sets of different sizes can be compared.
"""

import dataclasses
from pathlib import Path
from typing import Any

from tfgan_suite.runs import cli, studies


@dataclasses.dataclass(frozen=True)
class Settings(cli.CommonSettings):
    """Sections 3.4 and 4.1.1 unless a preset says otherwise."""

    dataset: str = "cifar10"
    """TFDS name, folder of images, .npz file, or digits (no download)."""
    data_dir: Path | None = None
    """Where TFDS data sets are; default: TFDS' own place."""
    image_size: int | None = None
    """Side length in pixels that images are brought to; default: their own."""
    num_images: int | None = None
    """Cluster this many training images, drawn by the seed; default: all."""
    features: str = "resnet152"
    """What is clustered: resnet50, resnet101, resnet152, vgg16, classifier, autoencoder, rotation, pixels, or a
    SavedModel's PATH or PATH@SIZE."""
    max_dims: int = 2048
    """Features with more dimensions are reduced to that many by PCA."""
    num_clusters: tuple[int, ...] = (8, 10, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096)
    """The values of K."""
    num_runs: int = 3
    """Runs of k-means++ per K, with the seeds seed, seed + 1, ..."""


PRESETS = {
    "smoke": Settings(dataset="digits", num_images=120, features="pixels", num_clusters=(2, 4, 8), num_runs=2),
    "demo": Settings(dataset="digits", features="pixels", num_clusters=(2, 4, 6, 8, 10, 12, 16, 24, 32, 64, 128)),
    "paper": Settings(),
}

NOTES = (
    "Cost: the mean squared distance of an image's features to its cluster's centroid (eq. 2.11 divided by the number "
    "of images). It always falls as K grows; a K after which it falls much more slowly is an elbow.",
    "From 512 clusters on, k-means works on mini-batches, which costs a little more than Lloyd's algorithm would.",
)


def run(settings: Settings) -> None:
    """Embeds the images, clusters them for every K, and writes the table, the figures and the report."""
    from tfgan_suite.runs.folder import RunFolder, json_values

    check(settings)
    folder = RunFolder(settings.run_dir("elbow"))
    if settings.dry_run:
        dry_run(settings, folder)
        return
    with folder.claim(json_values(settings), resume=settings.resume):
        source = load(settings)
        features = reduced_features(settings, source)
        rows = cluster_all(settings, features, folder)
        report(settings, folder, source, features.shape[1], rows)
    print(f"Report: {folder.report}")


def check(settings: Settings) -> None:
    """Refuses values of K that make no curve, before anything is loaded."""
    from tfgan_suite.core.checks import require, require_positive

    require_positive(num_runs=settings.num_runs, max_dims=settings.max_dims)
    values = settings.num_clusters
    require(
        len(values) >= 2 and min(values) >= 2 and list(values) == sorted(set(values)),
        "`num_clusters` must be at least two growing numbers, each at least 2",
        num_clusters=values,
    )


@dataclasses.dataclass(frozen=True)
class Source:
    """What is clustered: images uint8 [N, H, W, C] of a data set, by the features of an embedder."""

    dataset: str
    images: Any
    embedder: Any


def load(settings: Settings) -> Source:
    """The images to cluster, drawn by the seed if they are fewer than the data set's, and the embedder."""
    import numpy as np

    from tfgan_suite.clustering.kmeans import require_clusters_fit
    from tfgan_suite.core.checks import require
    from tfgan_suite.data import load_images
    from tfgan_suite.runs.experiment import embedder_for

    images = load_images(settings.dataset, data_dir=settings.data_dir, image_size=settings.image_size)
    chosen = np.asarray(images.train.images)
    if settings.num_images is not None:
        require(
            1 <= settings.num_images <= len(chosen),
            "`num_images` must be in [1, images in the data set]",
            num_images=settings.num_images,
            images=len(chosen),
        )
        order = np.random.default_rng(settings.seed).permutation(len(chosen))
        chosen = chosen[np.sort(order[: settings.num_images])]
    require_clusters_fit(max(settings.num_clusters), len(chosen))
    return Source(images.name, chosen, embedder_for(images, settings.features, settings.seed))


def reduced_features(settings: Settings, source: Source) -> Any:
    """Features float32 [N, at most max_dims]; the embedder's are kept in the cache."""
    from tfgan_suite.clustering import reduce_dimensions

    embedding = studies.embed_kept(source.images, source.embedder, "images")
    return reduce_dimensions(embedding.features, settings.max_dims, settings.seed).features


def cluster_all(settings: Settings, features: Any, folder: Any) -> list[dict[str, Any]]:
    """One row per K and run; those that a resumed run finds in `metrics.jsonl` are not computed again."""
    import time

    import numpy as np

    from tfgan_suite.clustering import fit_kmeans

    rows = studies.Rows(folder.metrics, "num_clusters", "seed")
    for num_clusters in settings.num_clusters:
        for seed in range(settings.seed, settings.seed + settings.num_runs):
            if rows.find(num_clusters, seed) is not None:
                continue
            start = time.monotonic()
            clusters = fit_kmeans(features, num_clusters, seed=seed, num_inits=1)
            sizes = np.bincount(clusters.cluster_ids)
            row = {
                "num_clusters": num_clusters,
                "seed": seed,
                "cost_per_image": clusters.cost / len(features),
                "smallest_cluster": int(sizes.min()),
                "largest_cluster": int(sizes.max()),
                "sec": time.monotonic() - start,
            }
            rows.add(row)
    return rows.all


def curve(settings: Settings, rows: list[dict[str, Any]]) -> list[list[Any]]:
    """Per K: K, mean and standard deviation of the cost over the runs, smallest and largest cluster, mean seconds."""
    import numpy as np

    table = []
    for num_clusters in settings.num_clusters:
        own = [row for row in rows if row["num_clusters"] == num_clusters]
        costs = [row["cost_per_image"] for row in own]
        table.append(
            [
                num_clusters,
                float(np.mean(costs)),
                float(np.std(costs, ddof=1)) if len(costs) > 1 else None,
                min(row["smallest_cluster"] for row in own),
                max(row["largest_cluster"] for row in own),
                float(np.mean([row["sec"] for row in own])),
            ]
        )
    return table


def report(settings: Settings, folder: Any, source: Source, num_dims: int, rows: list[dict[str, Any]]) -> None:
    """Writes the two figures and `report.html`."""
    from tfgan_suite.runs.reports.report import Table, write_report

    table, embedder = curve(settings, rows), source.embedder
    columns = ("K", "cost per image", "stddev over runs", "smallest cluster", "largest cluster", "seconds per run")
    write_report(
        folder.path,
        title=f"Elbow curve of {settings.dataset}",
        summary=f"k-means cost of {len(source.images):,} images of {source.dataset} for {len(table)} values of K, in "
        f"the feature space of {embedder.name} ({num_dims} dimensions).",
        tables=[Table("Cost against K", columns, table, note=f"Means over {settings.num_runs} runs for each K.")],
        figures=draw_figures(settings, folder, table),
        protocol={
            "dataset": source.dataset,
            "num_images": len(source.images),
            "features": embedder.name,
            "features_hash": embedder.weights_hash,
            "resize": embedder.resize_for(source.images.shape[1:]),
            "num_dims": num_dims,
            "num_runs": settings.num_runs,
            "seed": settings.seed,
        },
        command=cli.command_line("recipes.elbow", settings, PRESETS),
        notes=NOTES,
    )


def draw_figures(settings: Settings, folder: Any, table: list[list[Any]]) -> list[Any]:
    """The cost against K, and against its logarithm, where the thesis' curve is nearly straight."""
    import numpy as np

    from tfgan_suite.runs.reports.figures import plot_curves
    from tfgan_suite.runs.reports.report import Picture

    clusters, costs = np.array([row[0] for row in table]), np.array([row[1] for row in table])
    pictures = []
    for file, x, xlabel in (
        ("elbow.png", clusters, "number of clusters K"),
        ("elbow_log2.png", np.log2(clusters), "log2 of the number of clusters K"),
    ):
        plot_curves(
            folder.figures / file,
            x,
            {"cost": costs},
            xlabel=xlabel,
            ylabel=f"k-means cost per image, mean of {settings.num_runs} runs",
            title=f"{settings.dataset}: cost against {'K' if x is clusters else 'log2 K'}",
        )
        pictures.append(Picture(Path("figures") / file, f"Line: k-means cost per image against the {xlabel}."))
    return pictures


def dry_run(settings: Settings, folder: Any) -> None:
    """Prints data, features and the time they will take, from a few timed pieces; writes nothing."""
    import time

    import numpy as np

    from tfgan_suite.clustering import fit_kmeans
    from tfgan_suite.runs.dry_run import print_plan

    source = load(settings)
    count, num_dims = len(source.images), min(source.embedder.feature_dim, settings.max_dims)
    start = time.monotonic()
    tried = source.embedder.embed(source.images[:256]).features[:, :num_dims]
    embedding_sec = (time.monotonic() - start) * count / len(tried)
    smallest = min(*settings.num_clusters, len(np.unique(tried, axis=0)))
    start = time.monotonic()
    fit_kmeans(tried, smallest, seed=settings.seed, num_inits=1)
    run_sec = (time.monotonic() - start) * count / len(tried) / smallest  # a run's time grows about as N * K
    clustering_sec = run_sec * sum(settings.num_clusters) * settings.num_runs
    print_plan(
        {
            "run folder": folder.path,
            "images": f"{count:,} of {source.images.shape[1:]} from {source.dataset}",
            "features": f"{source.embedder.name}, {num_dims} dimensions",
            "clusters": f"{', '.join(map(str, settings.num_clusters))}; {settings.num_runs} runs each",
            "time": f"features about {embedding_sec:.0f} s unless cached, k-means about {clustering_sec:.0f} s",
        }
    )


if __name__ == "__main__":
    cli.main(run, PRESETS, __doc__, default_preset="paper")
