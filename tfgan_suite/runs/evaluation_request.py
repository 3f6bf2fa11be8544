"""What an evaluation is asked for: the options of `recipes.evaluate`. Imports no TensorFlow: `--help` is quick."""

import dataclasses
from pathlib import Path
from typing import Literal

from tfgan_suite.metrics.options import MetricOptions

ALL = ("all",)
"""Asks for every metric that the inputs allow."""


@dataclasses.dataclass(frozen=True)
class Request:
    """What to measure, against what, and by what."""

    real: str = ""
    """Real images: TFDS name, folder, .npz or digits; with :train, :test or a part, as in mnist:train[:50%]; or an .npz
    of ready statistics (mu, sigma), for fid alone."""
    fake: str = ""
    """Generated images: the same, or a run folder or an exported sampler."""
    train: str = ""
    """Images that the generator was trained on, for memorisation and for the baseline of ddm."""
    metrics: tuple[str, ...] = ("fid", "kid", "is", "prdc")
    """Any of fid, fid_infinity, kid, is, prdc, ddm, quality_diversity, classes, swd, memorisation; or all of them that
    the inputs allow."""
    embedder: str = "inception"
    """inception (TF-GAN's, from TF-Hub), classifier (trained on the real data set), pixels, resnet50 and so on, or the
    path of a SavedModel or .keras file."""
    layer: str = ""
    """Layer of the embedder, such as logits, prelogits, hypercolumns; default: its features."""
    weights: Path | None = None
    """A local copy of inception (SavedModel) or of a keras.applications network (weights file)."""
    resize_mode: Literal["", "bilinear", "legacy_tf", "clean"] = ""
    """How images get the embedder's size; default: its own way. See docs/metrics.md."""
    data_dir: Path | None = None
    """Where TFDS data sets are; default: TFDS' own place."""
    image_size: int | None = None
    """Side length in pixels that images are brought to; default: a sampler's size, else their own."""
    num_fake: int = 10_000
    """Images drawn from a run or a sampler."""
    num_resamples: int = 0
    """Bootstrap resamples of the generated images (of both sets with `--resample both`), for 95 % confidence intervals;
    0: none, 100 is a start."""
    metric: MetricOptions = dataclasses.field(default_factory=MetricOptions)
    """Options of the metrics."""
