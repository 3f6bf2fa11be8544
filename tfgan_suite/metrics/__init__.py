"""Metrics: images to features (embedders), features to statistics to numbers (functional), and how they were made."""

from tfgan_suite.core.lazy import lazy_names

__all__, __getattr__, __dir__ = lazy_names(
    __name__,
    {
        "embedders": (
            "Embedder",
            "Embedding",
            "load_classifier",
            "load_embedder",
            "save_classifier",
            "train_classifier",
        ),
        "cached": ("cached_embedding", "cached_summary"),
        "summaries": ("Summary", "summarise"),
        "inputs": ("ImageSet", "Inputs"),
        "options": ("MetricOptions",),
        "catalogue": ("DIRECTIONS", "METRICS"),
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
    },
)
