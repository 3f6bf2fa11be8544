"""Lists or clears what is kept on this machine: features, summaries, clusters and classifiers of data sets.

    python -m recipes.cache list
    python -m recipes.cache clear
    python -m recipes.cache clear --kinds embedding

The folder is that of the environment variable TFGAN_SUITE_CACHE, else the system's own place for caches. Nothing in
it is needed: what is missing is computed again.
"""

import dataclasses
import time
from typing import Literal

from tfgan_suite.core.cache import cache_dir, cache_entries, clear_cache
from tfgan_suite.runs import cli

KINDS = {"embedding", "summary", "statistics", "clusters", "classifier", "autoencoder", "rotation"}


@dataclasses.dataclass(frozen=True)
class Settings:
    """What to do with the cache."""

    action: Literal["list", "clear"]
    """list or clear."""
    kinds: tuple[str, ...] = ()
    """Of these kinds only: embedding, summary, clusters, classifier, autoencoder, rotation; default: all."""


def run(settings: Settings) -> None:
    """Prints what is there, or what was deleted."""
    from rich.console import Console
    from rich.table import Table

    from tfgan_suite.core.checks import require_in

    entries = cache_entries()
    kinds = settings.kinds or tuple(sorted({entry.kind for entry in entries}))
    for kind in settings.kinds:
        require_in(sorted({entry.kind for entry in entries} | KINDS), kinds=kind)
    chosen = [entry for entry in entries if entry.kind in kinds]
    console = Console(highlight=False)
    total = f"{len(chosen)} files, {sum(entry.num_bytes for entry in chosen) / 2**20:,.1f} MiB in {cache_dir()}"
    if settings.action == "clear":
        clear_cache(kinds)
        console.print(f"Deleted: {total}", soft_wrap=True)
        return
    table = Table("kind", "MiB", "written", "file")
    for entry in chosen:
        written = time.strftime("%Y-%m-%d %H:%M", time.localtime(entry.written_sec))
        table.add_row(entry.kind, f"{entry.num_bytes / 2**20:,.1f}", written, entry.path.name[:24] + "…")
    console.print(table)
    console.print(total, soft_wrap=True)


if __name__ == "__main__":
    cli.main(run, Settings, __doc__)
