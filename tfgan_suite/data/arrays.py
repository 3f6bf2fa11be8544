"""Images from NumPy arrays and .npz files."""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tfgan_suite.core.checks import require
from tfgan_suite.data.image_set import Images, Split
from tfgan_suite.data.pipeline import check_labels
from tfgan_suite.data.resizing import conform

_LAYOUTS = (
    ("images", "labels", "test_images", "test_labels"),
    ("x_train", "y_train", "x_test", "y_test"),
)


def load_npz(
    path: Path, image_size: int | None = None, channels: int | None = None, labels: np.ndarray | None = None
) -> Images:
    """Loads an .npz file with the arrays `images` and, if there are, `labels`, `test_images`, `test_labels` and
    `class_names`; or `x_train`, `y_train`, `x_test`, `y_test`.

    Args:
        path: the file.
        image_size, channels: as in `load_images`.
        labels: labels of the training images instead of the file's.

    Raises:
        ValueError: not an .npz file, a damaged one, one without these arrays, or arrays that are no images.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = dict(archive)
    except (ValueError, EOFError, zipfile.BadZipFile, AttributeError, TypeError) as error:
        raise ValueError(f"{path} cannot be read as an .npz file of plain arrays: {error}") from error
    layout = next((names for names in _LAYOUTS if names[0] in arrays), None)
    require(
        layout is not None,
        f"{path} must hold an array named `images` or `x_train`",
        arrays=sorted(arrays),
    )
    images, own_labels, test_images, test_labels = map(arrays.get, layout)
    names = arrays.get("class_names")
    return load_arrays(
        images,
        own_labels if labels is None else labels,
        test_images=test_images,
        test_labels=test_labels if labels is None else None,
        class_names=None if names is None or labels is not None else tuple(map(str, names)),
        image_size=image_size,
        channels=channels,
        name=path.stem,
    )


def load_arrays(
    images: Any,
    labels: np.ndarray | None = None,
    *,
    test_images: Any = None,
    test_labels: np.ndarray | None = None,
    class_names: tuple[str, ...] | None = None,
    image_size: int | None = None,
    channels: int | None = None,
    name: str = "array",
) -> Images:
    """Makes `Images` of arrays or tensors.

    Args:
        images: [N, H, W] or [N, H, W, C] with C = 1 or 3; values as `to_uint8_images` takes them.
        labels: ints [N] or [N, 1], at least 0; or None.
        test_images, test_labels: the same for the test split.
        class_names: one per class; "0", "1" … if None. Ignored without labels.
        image_size, channels: as in `load_images`.
        name: of the source.

    Raises:
        ValueError: an array that is no set of images, or labels that do not fit.
    """
    parts = {"images": images} | ({} if test_images is None else {"test_images": test_images})
    converted = {key: conform(to_uint8_images(value, key), image_size, channels) for key, value in parts.items()}
    if labels is None:
        class_names = test_labels = None
    else:
        labels = check_labels(labels, len(images), None)
        test_labels = None if test_labels is None else check_labels(test_labels, len(test_images), None)
        largest = max(int(part.max(initial=0)) for part in (labels, test_labels) if part is not None)
        class_names = tuple(map(str, range(largest + 1))) if class_names is None else class_names
    train = Split(converted["images"][0], labels)
    test = Split(converted["test_images"][0], test_labels) if test_images is not None else None
    return Images(name, train, test, class_names, resize=converted["images"][1])


def to_uint8_images(images: Any, name: str = "images") -> np.ndarray:
    """Reads an array of images, of whatever type it is, as uint8 [N, H, W, C].

    Integers must be in 0..255 and use more than 0 and 1 (uint8 is taken as it is); booleans become 0 and 255. Floats
    must be finite and in [-1, 1], or in [0, 1]: with no value below 0 they are taken as [0, 1].

    Args:
        images: [N, H, W] or [N, H, W, C], C = 1 or 3.
        name: of the argument, for the error.

    Raises:
        ValueError: another rank, type, number of channels or range of values.
    """
    images = np.asarray(images)
    require(
        images.ndim in (3, 4) and images.size > 0,
        f"`{name}` must have the shape [N, H, W] or [N, H, W, C], with N at least 1",
        shape=images.shape,
    )
    if images.ndim == 3:
        images = images[..., np.newaxis]  # [N, H, W] -> [N, H, W, 1]
    if images.dtype == np.uint8:
        return images
    if images.dtype == bool:
        return images.astype(np.uint8) * np.uint8(255)
    is_float, is_integer = (np.issubdtype(images.dtype, kind) for kind in (np.floating, np.integer))
    require(is_float or is_integer, f"`{name}` must be numbers", dtype=str(images.dtype))
    smallest, largest = float(images.min()), float(images.max())
    if is_integer:
        require(
            smallest >= 0 and 1 < largest <= 255,
            f"`{name}` of an integer type must use the range 0..255",
            "Masks of 0 and 1 go in as booleans.",
            smallest=smallest,
            largest=largest,
        )
        return images.astype(np.uint8)
    require(
        -1 <= smallest <= largest <= 1,  # False for NaN, which compares as false with everything.
        f"`{name}` of a float type must be finite and in [-1, 1] or [0, 1]",
        "Cast images in 0..255 to uint8.",
        smallest=smallest,
        largest=largest,
    )
    low, high = (0.0, 1.0) if smallest >= 0 else (-1.0, 1.0)
    return np.rint((images - low) * (255.0 / (high - low))).astype(np.uint8)


def is_array(source: Any) -> bool:
    """Whether `source` is an array or a tensor, and not a name, path or mapping."""
    return hasattr(source, "shape") and hasattr(source, "dtype") and not isinstance(source, (str, Mapping))
