"""Images from a folder: flat, or one sub-folder per class; with or without a split into train and test."""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import joblib
import numpy as np

from tfgan_suite.core.checks import require
from tfgan_suite.data.image_set import Images, Split
from tfgan_suite.data.pictures import SUFFIXES, Header, read_header, read_picture, reason
from tfgan_suite.data.resizing import describe_resize

_TEST_NAMES = ("test", "val", "validation", "valid")
_LARGEST_DEFAULT_SIZE = 64

Skipped = tuple[tuple[str, str], ...]


class PictureFile(NamedTuple):
    """A file to read, its class if the folder has classes, and the split that it belongs to."""

    path: Path
    class_name: str | None
    is_test: bool


def load_folder(
    folder: Path, image_size: int | None = None, channels: int | None = None, max_corrupt_fraction: float = 0.01
) -> Images:
    """Loads every picture of a folder; the rules are those of `load_images`.

    Raises:
        ValueError: no pictures; pictures both in the folder and in sub-folders; test classes that are not in training;
            more than `max_corrupt_fraction` of the files unreadable.
    """
    files = list_pictures(folder)
    headers, skipped = _read_all(files, lambda index, file: read_header(file.path))
    _check_skipped(folder, len(files), skipped, max_corrupt_fraction)
    known = [header for header in headers if header is not None]
    require(bool(known), f"{folder} has no readable pictures", skipped=len(skipped))
    channels = channels or (1 if all(header.is_grey for header in known) else 3)
    size, description = _choose_size(known, image_size)
    shape = (known[0].height, known[0].width, channels) if size is None else (size, size, channels)

    parts = {}
    for is_test in (False, True):
        chosen = [file for file, header in zip(files, headers, strict=True) if header and file.is_test == is_test]
        *parts[is_test], unreadable = _read_pictures(chosen, size, shape)
        skipped += unreadable
    _check_skipped(folder, len(files), skipped, max_corrupt_fraction, warn=True)
    require(len(parts[False][0]) > 0, f"{folder} has no readable pictures to train on", skipped=len(skipped))
    class_names = _class_names([file.class_name for file in parts[False][0]])
    train = Split(parts[False][1], _labels(parts[False][0], class_names))
    test = Split(parts[True][1], _labels(parts[True][0], class_names)) if parts[True][0] else None
    return Images(folder.resolve().name, train, test, class_names, tuple(sorted(skipped)), description)


def list_pictures(folder: Path) -> list[PictureFile]:
    """Finds the picture files (by their suffix) of a folder, in an order that is the same on every machine.

    Hidden files and folders, and files with other suffixes, are left out.

    Raises:
        ValueError: there are none, or some lie beside sub-folders that hold others.
    """
    roots = [(folder, False)]
    if (folder / "train").is_dir():
        tests = [folder / name for name in _TEST_NAMES if (folder / name).is_dir()]
        roots = [(folder / "train", False), *((test, True) for test in tests[:1])]
    files = [file for root, is_test in roots for file in _list_root(root, is_test)]
    require(bool(files), "A folder must hold pictures", f"Known suffixes: {', '.join(SUFFIXES)}.", folder=str(folder))
    return files


def _list_root(root: Path, is_test: bool) -> list[PictureFile]:
    entries = sorted(entry for entry in root.iterdir() if not entry.name.startswith("."))
    flat = [PictureFile(entry, None, is_test) for entry in entries if _is_picture(entry)]
    by_class = [
        PictureFile(path, entry.name, is_test)
        for entry in entries
        if entry.is_dir()
        for path in sorted(entry.rglob("*"))
        if _is_picture(path)
    ]
    require(
        not (flat and by_class),
        f"{root} must hold pictures, or one sub-folder per class, but not both",
        "Move the pictures into sub-folders, or the sub-folders elsewhere.",
        pictures=len(flat),
        pictures_in_sub_folders=len(by_class),
    )
    return flat or by_class


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file()


def _read_pictures(
    files: Sequence[PictureFile], size: int | None, shape: tuple[int, int, int]
) -> tuple[list[PictureFile], np.ndarray, Skipped]:
    """The files that could be read, their pixels uint8 [N, *shape], and the files that could not."""
    pixels = np.empty((len(files), *shape), np.uint8)

    def read(index: int, file: PictureFile) -> bool:
        pixels[index] = read_picture(file.path, size, shape[-1])
        return True

    done, skipped = _read_all(files, read)
    kept = [index for index, is_done in enumerate(done) if is_done]
    return [files[index] for index in kept], pixels if not skipped else pixels[kept], skipped


def _read_all(
    files: Sequence[PictureFile], read: Callable[[int, PictureFile], Any]
) -> tuple[list[Any | None], Skipped]:
    """Reads files side by side; None for each that cannot be read, and these with the reason."""

    def attempt(index: int) -> tuple[Any, str | None]:
        try:
            return read(index, files[index]), None
        except Exception as error:  # A damaged file can make its decoder raise anything (SyntaxError, struct.error …).
            return None, reason(error)

    with ThreadPoolExecutor(joblib.cpu_count()) as pool:
        results = list(pool.map(attempt, range(len(files))))
    skipped = tuple((str(file.path), why) for file, (_, why) in zip(files, results, strict=True) if why is not None)
    return [result for result, _ in results], skipped


def _check_skipped(
    folder: Path, num_files: int, skipped: Skipped, max_corrupt_fraction: float, *, warn: bool = False
) -> None:
    if not skipped:
        return
    named = "; ".join(f"{path} ({why})" for path, why in skipped[:5]) + ("; …" if len(skipped) > 5 else "")
    require(
        len(skipped) <= max_corrupt_fraction * num_files,
        f"{folder}: {len(skipped)} of {num_files} picture files cannot be read, a larger share than "
        f"`max_corrupt_fraction` allows: {named}",
        "Mend or remove them, or allow a larger share.",
        max_corrupt_fraction=max_corrupt_fraction,
    )
    if warn:
        logging.getLogger(__name__).warning("Skipped %d of %d picture files: %s", len(skipped), num_files, named)


def _choose_size(headers: Sequence[Header], image_size: int | None) -> tuple[int | None, str]:
    """The size to resize to (None: leave as it is), and what was done in words."""
    sizes = {(header.width, header.height) for header in headers}
    if image_size is None and len(sizes) == 1:
        return None, "none"
    if sizes == {(image_size, image_size)}:
        return None, "none"
    if image_size is not None:
        return image_size, describe_resize(image_size)
    shorter = np.median([min(header.width, header.height) for header in headers])
    chosen = min(2 ** int(np.log2(max(shorter, 1))), _LARGEST_DEFAULT_SIZE)
    return chosen, f"{describe_resize(chosen)}, a size chosen from the files'"


def _class_names(names: Sequence[str | None]) -> tuple[str, ...] | None:
    """Distinct names in order: by value if all are numbers (0, 1, 2, 10), else as text."""
    distinct = set(names)
    if distinct <= {None}:
        return None
    return tuple(sorted(distinct, key=int if all(name.isdecimal() for name in distinct) else str))


def _labels(files: Sequence[PictureFile], class_names: tuple[str, ...] | None) -> np.ndarray | None:
    names = [file.class_name for file in files]
    if class_names is None or None in names:
        return None
    require(
        set(names) <= set(class_names),
        "Classes of the test pictures must be classes of the training pictures too",
        not_in_training=sorted(set(names) - set(class_names)),
    )
    return np.array([class_names.index(name) for name in names], np.int32)
