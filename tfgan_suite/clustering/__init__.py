"""Clusters of feature vectors: k-means, PCA, and how two sets of images spread over them."""

from tfgan_suite.clustering.kmeans import (
    Clusters,
    ReducedFeatures,
    assign_clusters,
    fit_kmeans,
    reduce_dimensions,
)
from tfgan_suite.clustering.matching import cluster_renaming, contingency_table, match_clusters
from tfgan_suite.clustering.reclustering import Reclustering, recluster
from tfgan_suite.clustering.statistics import ClusterComparison, cluster_histogram, compare_clusters

__all__ = [
    "ClusterComparison",
    "Clusters",
    "Reclustering",
    "ReducedFeatures",
    "assign_clusters",
    "cluster_histogram",
    "cluster_renaming",
    "compare_clusters",
    "contingency_table",
    "fit_kmeans",
    "match_clusters",
    "recluster",
    "reduce_dimensions",
]
