"""Clusters of feature vectors: k-means, PCA, and how two sets of images spread over them."""

from tfgan_suite.clustering.kmeans import (
    Clusters,
    ReducedFeatures,
    assign_clusters,
    fit_kmeans,
    reduce_dimensions,
)
from tfgan_suite.clustering.statistics import ClusterComparison, cluster_histogram, compare_clusters

__all__ = [
    "ClusterComparison",
    "Clusters",
    "ReducedFeatures",
    "assign_clusters",
    "cluster_histogram",
    "compare_clusters",
    "fit_kmeans",
    "reduce_dimensions",
]
