"""Metrics: images to features (embedders), features to statistics to numbers (functional), and how they were made."""

from tfgan_suite.metrics.cached import cached_embedding, cached_summary
from tfgan_suite.metrics.embedders import Embedder, Embedding, load_embedder
from tfgan_suite.metrics.functional import (
    FeatureStatistics,
    FrechetDistance,
    RunningStatistics,
    feature_statistics,
    frechet_distance,
    inception_score,
)
from tfgan_suite.metrics.protocol import Protocol

__all__ = [
    "Embedder",
    "Embedding",
    "FeatureStatistics",
    "FrechetDistance",
    "Protocol",
    "RunningStatistics",
    "cached_embedding",
    "cached_summary",
    "feature_statistics",
    "frechet_distance",
    "inception_score",
    "load_embedder",
]
