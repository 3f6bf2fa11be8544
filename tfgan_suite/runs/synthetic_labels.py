"""Labels for unlabelled images: the clusters of their features (CIN-GAN thesis, section 3.4; SPEC A2)."""

from pathlib import Path
from typing import Literal

import numpy as np

from tfgan_suite.clustering.kmeans import Clusters, fit_kmeans, reduce_dimensions, require_clusters_fit
from tfgan_suite.core.cache import cache_dir as default_cache_dir
from tfgan_suite.core.cache import content_key, load_or_compute
from tfgan_suite.metrics.cached import cached_embedding, embedder_key
from tfgan_suite.metrics.embedders.base import Embedder, Progress


def synthetic_labels(
    images_uint8: np.ndarray,
    embedder: Embedder,
    num_clusters: int,
    *,
    seed: int = 0,
    max_dims: int = 2048,
    num_inits: int = 3,
    mini_batch: bool | Literal["auto"] = "auto",
    cache: bool = True,
    cache_dir: Path | None = None,
    progress: Progress | None = None,
) -> Clusters:
    """Embeds images, reduces the features by PCA, and clusters them by k-means++; `cluster_ids` are the labels.

    Features and clusters are kept in the cache by content: of the images, the embedder's weights and all arguments
    that matter. The centroids are in the embedder's feature space, also when PCA came between, so
    `assign_clusters(embedder.embed(generated).features, clusters.centroids)` labels other images.

    Args:
        images_uint8: uint8 [N, H, W, C].
        embedder: source of the features.
        num_clusters: K in [2, N].
        seed: of k-means++ and PCA.
        max_dims: features with more dimensions are reduced to that many.
        num_inits: k-means++ starts.
        mini_batch: see `fit_kmeans`.
        cache: False computes everything and keeps nothing.
        cache_dir: the user's cache folder unless given.
        progress: called as progress(images embedded, N).

    Raises:
        ValueError: K out of range or above the number of distinct feature vectors, or images that the embedder
            does not take.
    """
    require_clusters_fit(num_clusters, len(images_uint8))
    folder = cache_dir or default_cache_dir()

    def compute() -> dict[str, np.ndarray]:
        if cache:
            embedding = cached_embedding(images_uint8, embedder, cache_dir=folder, progress=progress)
        else:
            embedding = embedder.embed(images_uint8, progress=progress)
        reduced = reduce_dimensions(embedding.features, max_dims, seed)
        clusters = fit_kmeans(reduced.features, num_clusters, seed=seed, num_inits=num_inits, mini_batch=mini_batch)
        return {
            "centroids": reduced.restore(clusters.centroids),
            "cluster_ids": clusters.cluster_ids,
            "cost": np.float64(clusters.cost),
            "num_refilled": np.int64(clusters.num_refilled),
        }

    if cache:
        settings = (num_clusters, seed, max_dims, num_inits, mini_batch)
        key = content_key("clusters", images_uint8, embedder_key(embedder), *settings)
        arrays = load_or_compute(folder / f"clusters-{key}.npz", compute)
    else:
        arrays = compute()
    return Clusters(arrays["centroids"], arrays["cluster_ids"], float(arrays["cost"]), int(arrays["num_refilled"]))
