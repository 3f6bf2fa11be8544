"""Metrics: images to features (embedders), features to statistics to numbers (functional), and how they were made.

Names are imported when they are first used, so that what needs no TensorFlow does not wait for it.
"""

import importlib
from typing import Any

_HOMES = {
    "embedders": ("Embedder", "Embedding", "load_embedder"),
    "cached": ("cached_embedding", "cached_summary"),
    "summaries": ("Summary", "summarise"),
    "options": ("MetricOptions",),
    "catalogue": ("METRICS", "ImageSet", "Inputs"),
    "evaluation": ("Evaluation", "compare", "measure"),
    "protocol": ("Protocol",),
    "functional": (
        "FeatureStatistics",
        "FrechetDistance",
        "RunningStatistics",
        "feature_statistics",
        "frechet_distance",
        "inception_score",
    ),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME_OF)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME_OF[name]}"), name)


def __dir__() -> list[str]:
    return __all__
