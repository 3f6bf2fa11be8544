"""Weights of a trained network, kept in the cache by the content of what it was trained on."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from tfgan_suite.core.cache import cache_dir as default_cache_dir
from tfgan_suite.core.cache import content_key, load_or_compute

_PREFIX = "weight_"


def read_or_train(
    kind: str,
    key: Sequence[Any],
    model: keras.Model,
    train: Callable[[], tuple[keras.Model, Mapping[str, float]]],
    cache_dir: Path | None = None,
) -> dict[str, float]:
    """Gives `model` its trained weights, from the cache if they are there.

    Args:
        kind: the cache's word for such files.
        key: everything that the weights depend on, parts of a `content_key`.
        model: the untrained network.
        train: trains it, or another one of the same structure; returns that and its figures.
        cache_dir: `tfgan_suite.core.cache.cache_dir()` unless given.

    Returns:
        The figures by name.
    """

    def compute() -> dict[str, np.ndarray]:
        trained, figures = train()
        weights = {f"{_PREFIX}{index:03d}": weight for index, weight in enumerate(trained.get_weights())}
        return {name: np.float64(value) for name, value in figures.items()} | weights

    stored = load_or_compute((cache_dir or default_cache_dir()) / f"{kind}-{content_key(*key)}.npz", compute)
    model.set_weights([stored[name] for name in sorted(stored) if name.startswith(_PREFIX)])
    return {name: float(value) for name, value in stored.items() if not name.startswith(_PREFIX)}
