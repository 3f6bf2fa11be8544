"""Features and summaries of data sets, kept on disk by the content of the images and of the embedder."""

from pathlib import Path

import numpy as np

from tfgan_suite.core.cache import cache_dir as default_cache_dir
from tfgan_suite.core.cache import content_key, load_or_compute
from tfgan_suite.metrics.embedders.base import Embedder, Embedding, Progress
from tfgan_suite.metrics.summaries import MAX_ROWS, Summary, summarise


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


def cached_summary(
    images_uint8: np.ndarray,
    embedder: Embedder,
    *,
    max_rows: int = MAX_ROWS,
    seed: int = 0,
    cache_dir: Path | None = None,
    batch_size: int = 128,
    progress: Progress | None = None,
) -> Summary:
    """`summarise` without class probabilities, computed once and then read from the cache.

    The file is one of the TTUR code base too: `load_statistics` reads it. Arguments as in `summarise`; `progress` is
    not called when the result is in the cache.
    """
    key = content_key("summary", images_uint8, embedder_key(embedder), max_rows, seed)

    def compute() -> dict[str, np.ndarray]:
        return summarise(
            images_uint8, embedder, max_rows=max_rows, seed=seed, batch_size=batch_size, progress=progress
        ).arrays()

    return Summary.from_arrays(load_or_compute((cache_dir or default_cache_dir()) / f"summary-{key}.npz", compute))
