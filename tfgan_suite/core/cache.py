"""Results that are slow to compute, kept on disk under a name that is a hash of everything they depend on."""

import dataclasses
import hashlib
import logging
import os
import re
import sys
import zipfile
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tfgan_suite.core.checks import require
from tfgan_suite.core.files import write_whole

_LOGGER = logging.getLogger(__name__)
_VARIABLE = "TFGAN_SUITE_CACHE"
_FILE_NAME = re.compile(r"(?P<kind>[a-z_]+)-[0-9a-f]{64}\.npz")


def cache_dir() -> Path:
    """The folder for cached results: the environment variable TFGAN_SUITE_CACHE, else the platform's own place."""
    if os.environ.get(_VARIABLE):
        return Path(os.environ[_VARIABLE]).expanduser()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "tfgan_suite" / "cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "tfgan_suite"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tfgan_suite"


@dataclasses.dataclass(frozen=True)
class CacheEntry:
    """A file of the cache: its kind, such as "embedding", size in bytes and time of writing (s)."""

    path: Path
    kind: str
    num_bytes: int
    written_sec: float


def cache_entries(folder: Path | None = None) -> list[CacheEntry]:
    """What is in the cache (`cache_dir()` unless given), largest first; no other files that may be there."""
    folder = folder or cache_dir()
    found = [(path, _FILE_NAME.fullmatch(path.name)) for path in folder.iterdir()] if folder.is_dir() else []
    entries = [
        CacheEntry(path, match["kind"], path.stat().st_size, path.stat().st_mtime) for path, match in found if match
    ]
    return sorted(entries, key=lambda entry: (-entry.num_bytes, entry.path.name))


def clear_cache(kinds: Collection[str] | None = None, folder: Path | None = None) -> list[CacheEntry]:
    """Deletes what `cache_entries` lists (of some kinds, if given); returns what was deleted."""
    chosen = [entry for entry in cache_entries(folder) if kinds is None or entry.kind in kinds]
    for entry in chosen:
        entry.path.unlink(missing_ok=True)
    return chosen


def content_key(*parts: Any) -> str:
    """sha256 (hex) over strings, bytes, numbers, booleans, None and NumPy arrays; order, type, dtype and shape count.

    Raises:
        ValueError: a part is of another type, which has no canonical bytes.
    """
    digest = hashlib.sha256()
    for part in parts:
        if isinstance(part, np.ndarray):
            head, body = f"array {part.dtype.str} {part.shape}", np.ascontiguousarray(part).data
        elif isinstance(part, bytes):
            head, body = f"bytes {len(part)}", part
        else:
            require(
                part is None or isinstance(part, (str, int, float, bool, np.integer, np.floating)),
                "a part of a content key must be text, bytes, a number, None or an array",
                part=part,
            )
            plain = part.item() if isinstance(part, np.generic) else part
            body = repr(plain).encode()
            head = f"{type(plain).__name__} {len(body)}"
        digest.update(head.encode() + b"\0")
        digest.update(body)
    return digest.hexdigest()


def load_or_compute(path: str | os.PathLike, compute: Callable[[], Mapping[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Returns the arrays of the .npz file `path`; if there is none, computes and keeps them.

    A damaged file is computed anew. A file that cannot be written (a full disk) costs only the saving: both
    are told by a log line, and the result is returned all the same.
    """
    path = Path(path)
    if path.exists():
        try:
            with np.load(path, allow_pickle=False) as stored:
                return {name: stored[name] for name in stored.files}
        except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
            _LOGGER.warning("Cached file %s is damaged (%s); computing it again.", path, error)
    arrays = {name: np.asarray(value) for name, value in compute().items()}
    try:
        with write_whole(path) as temporary, open(temporary, "wb") as file:
            np.savez(file, **arrays)
    except OSError as error:
        _LOGGER.warning("Could not keep the result in the cache at %s: %s", path, error)
    return arrays
