"""The file format of an exported sampler: a SavedModel and its `card.json` in one folder."""

import json
from pathlib import Path
from typing import Any

from tfgan_suite.core.checks import require

SAMPLER_FORMAT = "tfgan_suite sampler 1"
"""Marks a `card.json`; the number grows when an older reader could not read it."""


def find_sampler(path: str | Path) -> Path:
    """The folder of the sampler that `path` names: `path` itself, or `saved_model/` in it if `path` is a run folder.

    Raises:
        FileNotFoundError: there is no such folder.
        ValueError: it is neither a sampler nor a run folder that has one.
    """
    path = Path(path)
    if not path.is_dir():
        raise FileNotFoundError(f"There is no folder {path}. Give a run folder or an exported sampler.")
    for folder in (path, path / "saved_model"):
        if (folder / "saved_model.pb").is_file() and (folder / "card.json").is_file():
            return folder
    require(
        False,
        "`path` must be an exported sampler (a folder with saved_model.pb and card.json) or a run folder with one",
        _what_to_do(path),
        path=str(path),
    )
    raise AssertionError


def _what_to_do(path: Path) -> str:
    """Where a folder without a sampler keeps those of its trials, or how it gets one; empty if it is no run."""
    trials = sorted(card.parent.parent for card in path.glob("**/trial_*/saved_model/card.json"))
    if trials:
        return f"This run has a sampler for each of its {len(trials)} trials: name one, such as {trials[0]}."
    unfinished = (path / "config.json").is_file()
    return "This run has not exported its sampler yet; finish it with --resume." if unfinished else ""


def read_card(folder: Path) -> dict[str, Any]:
    """The card of the sampler in `folder`.

    Raises:
        ValueError: it is damaged, or of another format.
    """
    try:
        card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"The card of the sampler is damaged: {folder / 'card.json'} ({error}).") from error
    found = card.get("format") if isinstance(card, dict) else None
    require(found == SAMPLER_FORMAT, f"The card of a sampler must have the format {SAMPLER_FORMAT!r}", format=found)
    return card
