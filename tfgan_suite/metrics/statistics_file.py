"""Files of mean and covariance: TTUR's, which say nothing of their network, and ours, which are checked against it."""

import os
import zipfile
from pathlib import Path

import numpy as np

from tfgan_suite.core.checks import require
from tfgan_suite.metrics.embedders.base import Embedder
from tfgan_suite.metrics.summaries import Summary


def is_statistics_file(source: str | os.PathLike) -> bool:
    """Whether `source` is an .npz file with `mu` and `sigma`, rather than images.

    Raises:
        ValueError: an .npz file that cannot be read.
    """
    path = Path(source).expanduser()
    if path.suffix != ".npz" or not path.is_file():
        return False
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return {"mu", "sigma"} <= set(arrays.files)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path} is damaged, or no .npz file: {error}. Make it again.") from error


def read_statistics(path: str | os.PathLike, embedder: Embedder) -> Summary:
    """A summary without features, of a file with `mu` [D] and `sigma` [D, D].

    Args:
        path: written by `functional.save_statistics`, or published with TTUR.
        embedder: what the other images are embedded by.

    Raises:
        ValueError: a damaged file, one of another embedder or of another number of dimensions.
    """
    path = Path(path).expanduser()
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path} is damaged, or no .npz file: {error}. Make it again.") from error
    summary = Summary.from_arrays(arrays)
    made_by = str(arrays.get("embedder_hash", embedder.weights_hash))
    require(
        made_by == embedder.weights_hash,
        "the statistics must have been made by the embedder that is used now",
        "Make them again, or name the embedder that made them.",
        file=str(path),
        made_by=made_by,
        embedder=embedder.name,
        embedder_hash=embedder.weights_hash,
    )
    require(
        summary.statistics.mean.size == embedder.feature_dim,
        "the statistics must have as many dimensions as the embedder has features",
        file=str(path),
        dims=summary.statistics.mean.size,
        feature_dim=embedder.feature_dim,
    )
    return summary
