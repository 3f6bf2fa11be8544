"""Checks every metric on this machine, offline and in under a minute: closed forms, known mixtures, golden numbers.

    python -m recipes.selftest

One line for each check, with the value found and the value expected; exit code 1 if one fails. The golden numbers are
those of the original code bases (TTUR, improved-gan, PacGAN, self-conditioned GAN) on inputs given by formulas.
"""

import dataclasses
import time

from tfgan_suite.runs import cli


@dataclasses.dataclass(frozen=True)
class Settings:
    """Which checks to run."""

    only: str = ""
    """Checks whose name holds this text; default: all."""


def run(settings: Settings) -> None:
    """Runs the checks, prints a line for each, and ends with exit code 1 if any failed."""
    from rich.console import Console

    from tfgan_suite.core.checks import require
    from tfgan_suite.metrics.selftest import CHECKS

    console = Console(highlight=False)
    chosen = {name: check for name, check in CHECKS.items() if settings.only in name}
    require(bool(chosen), "`only` must be part of a check's name", "Known: " + ", ".join(CHECKS), only=settings.only)
    start, num_failed, width = time.monotonic(), 0, max(map(len, chosen))
    for name, check in chosen.items():
        outcome = check()
        num_failed += not outcome.passed
        mark = "[green]ok  [/green]" if outcome.passed else "[red]FAIL[/red]"
        console.print(f"{mark} {name:<{width}} {outcome.text}", soft_wrap=True)
    console.print(f"{len(chosen) - num_failed} of {len(chosen)} checks passed in {time.monotonic() - start:.1f} s")
    if num_failed:
        raise SystemExit(1)


if __name__ == "__main__":
    cli.main(run, Settings, __doc__)
