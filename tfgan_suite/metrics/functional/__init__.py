"""Metrics as pure functions: arrays in, numbers out."""

from tfgan_suite.metrics.functional.frechet import (
    FeatureStatistics,
    FrechetDistance,
    RunningStatistics,
    feature_statistics,
    frechet_distance,
    load_statistics,
    save_statistics,
)
from tfgan_suite.metrics.functional.inception import inception_score

__all__ = [
    "FeatureStatistics",
    "FrechetDistance",
    "RunningStatistics",
    "feature_statistics",
    "frechet_distance",
    "inception_score",
    "load_statistics",
    "save_statistics",
]
