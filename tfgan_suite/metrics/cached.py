"""Features and statistics of data sets, kept on disk by the content of the images and of the embedder."""

from pathlib import Path

import numpy as np

from tfgan_suite.core.cache import cache_dir as default_cache_dir
from tfgan_suite.core.cache import content_key, load_or_compute
from tfgan_suite.metrics.embedders.base import Embedder, Embedding, Progress
from tfgan_suite.metrics.functional.frechet import FeatureStatistics, RunningStatistics

_CHUNK_IMAGES = 4096


def embedder_key(embedder: Embedder) -> str:
    """A hash of what the embedder makes of an image: its weights, and how images are brought to its size."""
    return content_key(embedder.weights_hash, embedder.resize, str(embedder.input_size), embedder.feature_dim)


def cached_embedding(
    images_uint8: np.ndarray,
    embedder: Embedder,
    *,
    cache_dir: Path | None = None,
    batch_size: int = 128,
    progress: Progress | None = None,
) -> Embedding:
    """`embedder.embed(images_uint8)`, computed once and then read from the cache (4 bytes per feature).

    Args:
        images_uint8: uint8 [N, H, W, C].
        embedder: any embedder.
        cache_dir: the user's cache folder unless given.
        batch_size: images per call of the network; does not change the result beyond rounding.
        progress: called as progress(images done, N); not at all when the result is in the cache.
    """
    key = content_key("embedding", images_uint8, embedder_key(embedder))

    def compute() -> dict[str, np.ndarray]:
        embedding = embedder.embed(images_uint8, batch_size, progress)
        return {"features": embedding.features, **({} if embedding.probs is None else {"probs": embedding.probs})}

    arrays = load_or_compute((cache_dir or default_cache_dir()) / f"embedding-{key}.npz", compute)
    return Embedding(arrays["features"], arrays.get("probs"))


def real_statistics(
    images_uint8: np.ndarray,
    embedder: Embedder,
    *,
    cache_dir: Path | None = None,
    batch_size: int = 128,
    progress: Progress | None = None,
) -> FeatureStatistics:
    """Mean and covariance of the features of a data set, computed once and then read from the cache.

    The arguments are those of `cached_embedding`. The features themselves are not kept, in memory or on disk. The
    file is in the layout of the TTUR code base, so `load_statistics` reads it too.
    """
    key = content_key("statistics", images_uint8, embedder_key(embedder))

    def compute() -> dict[str, np.ndarray]:
        running, count = RunningStatistics(), len(images_uint8)
        for start in range(0, count, _CHUNK_IMAGES):
            chunk = images_uint8[start : start + _CHUNK_IMAGES]
            report = None if progress is None else lambda done, _, start=start: progress(start + done, count)
            running.update(embedder.embed(chunk, batch_size, report).features)
        result = running.result()
        return {"mu": result.mean, "sigma": result.covariance, "num_samples": np.int64(result.num_samples)}

    arrays = load_or_compute((cache_dir or default_cache_dir()) / f"statistics-{key}.npz", compute)
    return FeatureStatistics(arrays["mu"], arrays["sigma"], int(arrays["num_samples"]))
