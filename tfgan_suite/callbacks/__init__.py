"""Keras callbacks: measuring, pictures, checkpoints, logs, progress."""

from tfgan_suite.callbacks.checkpoint import Checkpoint
from tfgan_suite.callbacks.evaluate import Evaluate
from tfgan_suite.callbacks.metrics_log import MetricsLog
from tfgan_suite.callbacks.progress import ProgressBar
from tfgan_suite.callbacks.sample_grid import SampleGrid
from tfgan_suite.callbacks.stop_on_nonfinite import StopOnNonFinite

__all__ = ["Checkpoint", "Evaluate", "MetricsLog", "ProgressBar", "SampleGrid", "StopOnNonFinite"]
