"""Keras callbacks: measuring, pictures, checkpoints, logs, progress, re-clustering."""

from tfgan_suite.callbacks.checkpoint import Checkpoint
from tfgan_suite.callbacks.evaluate import Evaluate, HeldOut
from tfgan_suite.callbacks.evaluate_clustering import EvaluateClustering
from tfgan_suite.callbacks.evaluate_line import EvaluateLine
from tfgan_suite.callbacks.evaluate_modes import EvaluateModes, label_scores, point_scores
from tfgan_suite.callbacks.evaluate_modnet import EvaluateModNet, ModificationScores, modification_scores
from tfgan_suite.callbacks.evaluate_points import EvaluatePoints
from tfgan_suite.callbacks.evaluate_spheres import EvaluateSpheres, sphere_scores
from tfgan_suite.callbacks.evaluate_tradeoff import EvaluateTradeoff
from tfgan_suite.callbacks.metrics_log import MetricsLog
from tfgan_suite.callbacks.progress import ProgressBar
from tfgan_suite.callbacks.recluster import Recluster
from tfgan_suite.callbacks.reconstruction_grid import ReconstructionGrid
from tfgan_suite.callbacks.sample_grid import SampleGrid
from tfgan_suite.callbacks.sample_points import SamplePoints
from tfgan_suite.callbacks.stop_on_nonfinite import StopOnNonFinite

__all__ = [
    "Checkpoint",
    "Evaluate",
    "EvaluateClustering",
    "EvaluateLine",
    "EvaluateModNet",
    "EvaluateModes",
    "EvaluatePoints",
    "EvaluateSpheres",
    "EvaluateTradeoff",
    "HeldOut",
    "MetricsLog",
    "ModificationScores",
    "ProgressBar",
    "Recluster",
    "ReconstructionGrid",
    "SampleGrid",
    "SamplePoints",
    "StopOnNonFinite",
    "label_scores",
    "modification_scores",
    "point_scores",
    "sphere_scores",
]
