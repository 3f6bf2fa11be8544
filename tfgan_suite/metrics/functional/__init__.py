"""Metrics as pure functions: arrays in, numbers out."""

from tfgan_suite.core.lazy import lazy_names

__all__, __getattr__, __dir__ = lazy_names(
    __name__,
    {
        "ais": ("AnnealedEstimate", "BidirectionalBounds", "annealed_log_likelihood", "bidirectional_bounds"),
        "annealing": ("HMCSettings", "sigmoid_schedule"),
        "bootstrap": ("bootstrap_intervals",),
        "clustering": ("clustering_accuracy", "normalized_mutual_information", "purity"),
        "ddm": ("distribution_divergence", "relative_divergence", "total_divergence"),
        "frechet": (
            "FeatureStatistics",
            "FrechetDistance",
            "RunningStatistics",
            "feature_statistics",
            "frechet_distance",
            "load_statistics",
            "save_statistics",
        ),
        "frechet_infinity": ("FrechetDistanceInfinity", "chance_distance", "frechet_distance_infinity"),
        "inception": ("inception_score",),
        "kernel": ("effective_subset_size", "kernel_distance"),
        "memorisation": (
            "NearestImages",
            "TrainingPreference",
            "conditioned_fraction",
            "memorised_fraction",
            "nearer_fraction",
            "nearest_training_images",
            "training_preference",
        ),
        "modes": ("LabelModeStatistics", "ModeStatistics", "label_mode_statistics", "mode_statistics"),
        "ms_ssim": ("mean_pairwise_ms_ssim", "pairwise_ms_ssim", "scales_for"),
        "pairwise": ("nearest_neighbors",),
        "parzen": ("BandwidthSearch", "parzen_log_likelihood", "search_bandwidth"),
        "prdc": ("PrecisionRecallDensityCoverage", "effective_num_neighbors", "precision_recall_density_coverage"),
        "quality_diversity": (
            "QualityDiversity",
            "combined_score",
            "diversity_score",
            "inter_class_diversity",
            "intra_class_diversity",
            "quality_scores",
            "reference_log_alpha",
        ),
        "reconstruction": ("ReconstructionTable", "reconstruction_table"),
        "sliced_wasserstein": ("SlicedWassersteinLevel", "sliced_wasserstein_distance"),
        "spheres": ("center_divergence", "detect_centers", "feasible_area", "sphere_rmse"),
    },
)
