"""`load_images`: one way in for a data set by name, a folder, a file or an array."""

import dataclasses
import os
from pathlib import Path
from typing import Any

import numpy as np

from tfgan_suite.core.checks import require, require_in, require_positive
from tfgan_suite.data.arrays import is_array, load_arrays, load_npz
from tfgan_suite.data.digits import load_digits
from tfgan_suite.data.folder import load_folder
from tfgan_suite.data.image_set import Images, Split
from tfgan_suite.data.stacked_mnist import stacked_digits
from tfgan_suite.data.tfds import load_tfds

__all__ = ["Images", "Split", "load_images"]


def load_images(
    source: Any,
    *,
    data_dir: str | os.PathLike | None = None,
    image_size: int | None = None,
    channels: int | None = None,
    labels: np.ndarray | None = None,
    name: str | None = None,
    max_corrupt_fraction: float = 0.01,
    download: bool = True,
) -> Images:
    """Loads images, all at once, into memory.

    Sources:
        "digits": scikit-learn's handwritten digits, 8x8, with no download (1,437 to train, 360 to test).
        "stacked_mnist", "stacked_digits": Stacked-MNIST, 100,000 images of 32x32x3 in 1,000 modes, made of MNIST (from
            TensorFlow Datasets) or of the digits above; `stacked_digits` has it in other counts and seeds.
        A folder: pictures, or one sub-folder per class (in order of their names, by value if all are numbers); inside
            of `train` and `test` (or `val`, `validation`, `valid`) if there is a `train`. Pictures of any size, aspect
            ratio and mode; see `data.pictures`. Files that cannot be read are left out and listed in `skipped`.
        An .npz file: `images` and `labels` (`test_images`, `test_labels`, `class_names`), or `x_train`, `y_train`,
            `x_test`, `y_test`.
        An array: [N, H, W] or [N, H, W, C]; uint8, or float in [-1, 1] or [0, 1]; see `data.arrays`.
        Any other name: a data set of TensorFlow Datasets. A file or folder of that name goes first.

    Args:
        source: see above.
        data_dir: for TensorFlow Datasets, the folder of prepared data sets; its own default if None.
        image_size: pixels a side. Images of another size are cropped to the square in their centre, which is resized
            with Pillow's Lanczos filter (antialiased). None leaves the size; in a folder whose pictures differ in size
            it takes the largest power of two that the median shorter side reaches, at most 64.
        channels: 1 (grey, ITU-R 601 luma) or 3 (colour); None takes the images' own; in a folder, 1 if all are grey.
        labels: ints [N] for the training images, instead of the source's own.
        name: name of the images; by default that of the source.
        max_corrupt_fraction: share of a folder's picture files, 0 to 1, that may be unreadable.
        download: whether a data set that is not on this machine may be downloaded.

    Raises:
        ValueError: no such source, an unreadable one, one without images, or an argument out of its range.
    """
    require_in((None, 1, 3), channels=channels)
    require(0 <= max_corrupt_fraction <= 1, "`max_corrupt_fraction` must be in [0, 1]", received=max_corrupt_fraction)
    if image_size is not None:
        require_positive(image_size=image_size)
    if is_array(source):
        return load_arrays(source, labels, image_size=image_size, channels=channels, name=name or "array")
    require(
        isinstance(source, (str, os.PathLike)) and str(source) != "",
        "`source` must be a name, a path or an array",
        type=type(source).__name__,
    )
    path = Path(os.path.expanduser(source))
    if source == "digits":
        images = load_digits(image_size, channels)
    elif source in ("stacked_mnist", "stacked_digits"):
        require(channels in (None, 3), f"`channels` of '{source}' must be 3: a digit in each", channels=channels)
        digits = load_digits() if source == "stacked_digits" else load_tfds("mnist", data_dir, download=download)
        images = stacked_digits(digits, image_size=image_size or 32)
    elif path.is_dir():
        images = load_folder(path, image_size, channels, max_corrupt_fraction)
    elif path.is_file() or _looks_like_path(source):
        require(path.exists(), "`source` must be a file or folder that exists", path=str(path))
        require(path.suffix == ".npz", "A file of images must be an .npz file", path=str(path))
        images = load_npz(path, image_size, channels, labels)
    else:
        images = load_tfds(str(source), data_dir, image_size, channels, download=download)
    if labels is not None and path.suffix != ".npz":
        images = images.with_labels(labels)
    return images if name is None else dataclasses.replace(images, name=name)


def _looks_like_path(source: str | os.PathLike) -> bool:
    """Whether a source that does not exist was meant as a path: TFDS names hold one slash at most, for the
    configuration, and no suffix."""
    text = os.fspath(source)
    return not isinstance(source, str) or text.startswith((".", "~", os.sep)) or text.endswith(".npz")
