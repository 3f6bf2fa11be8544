"""Folders that are written whole or not at all."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tfgan_suite.core.files import TEMPORARY_PREFIX


@contextlib.contextmanager
def write_whole_folder(path: str | os.PathLike) -> Iterator[Path]:
    """Yields an empty temporary folder beside `path` that becomes `path` when the block ends without an error.

    What was at `path` is replaced; after an error (a full disk, an interrupt) it is still there, untouched, and the
    temporary folder is gone. A folder cannot take another's name in one step: a process killed between the two renames
    leaves the older folder in a hidden `.writing-*` folder beside `path`.
    """
    path = Path(path).absolute()
    path.parent.mkdir(parents=True, exist_ok=True)
    workplace = Path(tempfile.mkdtemp(prefix=TEMPORARY_PREFIX, dir=path.parent))
    new, old = workplace / "new", workplace / "old"
    new.mkdir()
    try:
        yield new
        for file in filter(Path.is_file, new.rglob("*")):
            with open(file, "rb") as written:
                os.fsync(written.fileno())
        if path.exists():
            os.rename(path, old)
        try:
            os.rename(new, path)
        except BaseException:
            if old.exists():
                os.rename(old, path)
            raise
    finally:
        shutil.rmtree(workplace, ignore_errors=True)
