"""A run's folder: its files, its settings, and that only one process works in it."""

import contextlib
import dataclasses
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import filelock

from tfgan_suite.core.checks import require
from tfgan_suite.core.files import TEMPORARY_PREFIX, write_text


def json_values(settings: Any) -> dict[str, Any]:
    """The fields of a dataclass of settings as JSON keeps them."""
    return json.loads(json.dumps(dataclasses.asdict(settings), default=str))


ALWAYS_MAY_CHANGE = ("resume", "dry_run", "name", "out_dir")
"""Settings of every recipe on which nothing depends: a run folder may be moved and renamed."""


class RunFolder:
    """The places in a run's folder.

    `config.json` settings and versions; `metrics.jsonl` one line per interval; `samples/` grids; `reconstructions/`
    grids of real images; `figures/`; `checkpoints/`; `tensorboard/`; `saved_model/` the exported sampler;
    `report.html`.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path).absolute()
        self.config = self.path / "config.json"
        self.metrics = self.path / "metrics.jsonl"
        self.samples = self.path / "samples"
        self.reconstructions = self.path / "reconstructions"
        self.figures = self.path / "figures"
        self.checkpoints = self.path / "checkpoints"
        self.tensorboard = self.path / "tensorboard"
        self.saved_model = self.path / "saved_model"
        self.report = self.path / "report.html"
        self._lock = self.path / ".lock"

    @contextlib.contextmanager
    def claim(self, config: Mapping[str, Any], *, resume: bool, may_change: tuple[str, ...] = ()) -> Iterator[None]:
        """Takes the folder for a run, for as long as the block lasts.

        A run that fails before it has written anything that a resumed run would use leaves the folder free, so that the
        mended command works. After that the folder is its own, even without a line of metrics: what is in it was made
        with these settings.

        Args:
            config: the run's settings, of JSON types; written to `config.json`.
            resume: go on with the run that is in the folder.
            may_change: settings in which a resumed run may differ from the one before, beside `ALWAYS_MAY_CHANGE`.

        Raises:
            ValueError: another process works in the folder; there is a run in it and `resume` is off; there is none and
                `resume` is on; or the settings differ from those it was started with.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        with self._alone():
            self._check(config, resume, may_change)
            for unfinished in self.path.rglob(f"{TEMPORARY_PREFIX}*"):
                unfinished.unlink()  # what a kill left
            write_text(self.config, json.dumps(config, indent=2) + "\n")
            try:
                yield
            except BaseException:
                if not self._is_begun():
                    self.config.unlink()
                raise

    def _is_begun(self) -> bool:
        """Whether a resumed run would find a file, here or in the folder of a trial; TensorBoard's are not read."""
        own = {self.config, self._lock}
        return any(
            path.is_file() and path not in own and self.tensorboard.name not in path.relative_to(self.path).parts
            for path in self.path.rglob("*")
        )

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        lock = filelock.FileLock(self._lock)
        try:
            lock.acquire(blocking=False)
        except filelock.Timeout:
            raise ValueError(
                f"The run folder {self.path} is in use by another process. Wait for it, or choose another --name."
            ) from None
        try:
            yield
        finally:
            lock.release()

    def _check(self, config: Mapping[str, Any], resume: bool, may_change: tuple[str, ...]) -> None:
        exists = self.config.exists()
        require(
            resume or not exists,
            "A new run must have a folder of its own",
            "Go on with the run in it by --resume, or choose another --name.",
            folder=str(self.path),
        )
        require(exists or not resume, "There is no run to resume", "Leave --resume out.", folder=str(self.path))
        if not exists:
            return
        before = self.read_config()
        names = sorted((set(before) | set(config)) - set(may_change) - set(ALWAYS_MAY_CHANGE))
        changed = {name: (before.get(name), config.get(name)) for name in names if before.get(name) != config.get(name)}
        require(
            not changed,
            "A resumed run must have the settings it was started with",
            "Each is shown as (then, now).",
            **changed,
        )

    def read_config(self) -> dict[str, Any]:
        """The settings in `config.json`.

        Raises:
            ValueError: the file is missing or damaged.
        """
        try:
            return json.loads(self.config.read_text(encoding="utf-8"))
        except (OSError, json.JSONDecodeError) as error:
            raise ValueError(f"{self.config} cannot be read: {error}") from error
