"""What recipes have in common: an embedder for their images, synthetic labels, measuring, and the time it will take."""

import contextlib
import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import rich.progress
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn

from tfgan_suite.callbacks.evaluate import Evaluate, HeldOut
from tfgan_suite.clustering.kmeans import Clusters, assign_clusters
from tfgan_suite.clustering.statistics import ClusterComparison, compare_clusters
from tfgan_suite.core.cache import load_or_compute
from tfgan_suite.core.checks import require
from tfgan_suite.core.images import to_uint8
from tfgan_suite.core.schedules import SmoothToSharp
from tfgan_suite.data import GaussianSmoothing, Images
from tfgan_suite.metrics.cached import cached_embedding, cached_summary
from tfgan_suite.metrics.embedders import Embedder, load_embedder
from tfgan_suite.metrics.embedders.base import Progress
from tfgan_suite.runs.synthetic_labels import synthetic_labels


@contextlib.contextmanager
def precision(name: str) -> Iterator[None]:
    """Networks built inside compute in "float32" or "bfloat16"; their weights are float32 either way."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy({"float32": "float32", "bfloat16": "mixed_bfloat16"}[name])
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


@contextlib.contextmanager
def told(work: str) -> Iterator[Progress]:
    """Says what is being done, with a bar where there is a terminal; yields progress(done, total)."""
    console = Console(stderr=True)
    if not console.is_terminal:
        console.print(work, highlight=False)
        yield lambda done, total: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with rich.progress.Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(work, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def embedder_for(images: Images | None, name_or_path: str, seed: int = 0, **how: Any) -> Embedder:
    """The embedder of a name or path, tried on these images.

    "classifier" is trained on their labels, "autoencoder" and "rotation" on the images alone.

    Args:
        images: None for an embedder that needs none, untried.
        name_or_path: as `load_embedder`.
        seed: of a classifier's training.
        **how: further arguments of `load_embedder`, such as `layer`.

    Raises:
        ValueError: as `load_embedder`.
    """
    if images is not None:
        how |= {
            "train_images": images.train.images,
            "train_labels": images.train.labels,
            "num_classes": images.num_classes,
        }
        if images.test is not None and images.test.labels is not None:
            how |= {"test_images": images.test.images, "test_labels": images.test.labels}
    with told(f"loading the embedder {name_or_path}") as progress:
        return load_embedder(name_or_path, seed=seed, progress=progress, **how)


def require_classes(embedder: Embedder, num_classes: int) -> None:
    """Refuses an embedder that does not tell `num_classes` classes."""
    require(
        embedder.num_classes == num_classes,
        f"The embedder must tell the {num_classes} classes of the data",
        "Use --embedder classifier, or a network that was trained on these classes.",
        embedder=embedder.name,
        its_classes=embedder.num_classes,
    )


@dataclasses.dataclass(frozen=True)
class Clustering:
    """Synthetic labels, and the embedder in whose feature space they were found."""

    clusters: Clusters
    embedder: Embedder


def cluster_labels(
    images: Images,
    embedder: Embedder,
    num_clusters: int,
    *,
    seed: int,
    keep_in: Path,
) -> Clustering:
    """Clusters the training images (`synthetic_labels`), and keeps the result in a file of the run.

    A resumed run reads the file, so that its labels are those it was started with.
    """

    def compute() -> dict[str, np.ndarray]:
        with told(f"clustering {images.num_images:,} images into {num_clusters}") as progress:
            found = synthetic_labels(images.train.images, embedder, num_clusters, seed=seed, progress=progress)
        return dataclasses.asdict(found)

    arrays = load_or_compute(keep_in, compute)
    clusters = Clusters(arrays["centroids"], arrays["cluster_ids"], float(arrays["cost"]), int(arrays["num_refilled"]))
    return Clustering(clusters, embedder)


def compare_with_clusters(
    gan: keras.Model, images: Images, clustering: Clustering, num_samples: int
) -> ClusterComparison:
    """Assigns generated images to the real data's centroids and compares the clusters (the thesis' section 5.3)."""
    fake = clustering.embedder.embed(to_uint8(gan.sample(num_samples))).features
    centroids = clustering.clusters.centroids
    real = cached_embedding(images.train.images, clustering.embedder).features
    return compare_clusters(clustering.clusters.cluster_ids, assign_clusters(fake, centroids), real, fake, centroids)


def blurring(
    blur_px: Sequence[float], blur_steps: Sequence[int], num_steps: int, batches_per_step: int = 1
) -> GaussianSmoothing | None:
    """What blurs the training batches from smooth to sharp; None where nothing does.

    Args:
        blur_px: standard deviations, one after the other, falling; empty for no blur.
        blur_steps: generator steps of each.
        num_steps: what these must add up to.
        batches_per_step: discriminator steps per generator step.

    Raises:
        ValueError: not as many of both, not falling, or another sum.
    """
    if not blur_px and not blur_steps:
        return None
    plan = SmoothToSharp(tuple(blur_px), tuple(blur_steps))
    require(
        plan.num_steps == num_steps,
        "`blur_steps` must add up to `num_steps`",
        "Lengthen or shorten the last of them.",
        blur_steps=blur_steps,
        num_steps=num_steps,
    )
    return GaussianSmoothing(plan, batches_per_step)


def measuring(
    images: Images,
    embedder: Embedder,
    *,
    every_steps: int,
    num_samples: int,
    num_modes: int | None = None,
    held_out: HeldOut | None = None,
) -> Evaluate:
    """The callback that measures against all training images; `num_modes` and `held_out` as of `Evaluate`."""
    with told(f"statistics of {images.num_images:,} real images by {embedder.name}") as progress:
        statistics = cached_summary(images.train.images, embedder, progress=progress).statistics
    return Evaluate(embedder, statistics, every_steps, num_samples, num_modes=num_modes, held_out=held_out)
