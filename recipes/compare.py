"""Sets two results of recipes.evaluate against each other, and refuses if they were not made by the same protocol.

    python -m recipes.compare a.json b.json
    python -m recipes.compare a.json b.json --ignore versions

What was measured may differ, and nothing else: the fields that differ are named.
"""

import dataclasses
from pathlib import Path

from tfgan_suite.runs import cli


@dataclasses.dataclass(frozen=True)
class Settings:
    """Two files, and what may differ between them."""

    a: Path
    """A result: --json of recipes.evaluate."""
    b: Path
    """Another one."""
    ignore: tuple[str, ...] = ()
    """Fields of the protocol that may differ, such as versions or seed."""


def run(settings: Settings) -> None:
    """Prints the numbers of both, and which is better."""
    from rich.console import Console
    from rich.table import Table

    from tfgan_suite.metrics.evaluation import Evaluation, compare

    a, b = Evaluation.load(settings.a), Evaluation.load(settings.b)
    rows = compare(a, b, settings.ignore)
    names = {"a": a.protocol.fake_source or str(settings.a), "b": b.protocol.fake_source or str(settings.b), "": ""}
    table = Table("number", f"a: {names['a']}", f"b: {names['b']}", "better")
    for row in rows:
        table.add_row(row.name, f"{row.value_a:.5g}", f"{row.value_b:.5g}", row.better)
    Console(highlight=False).print(table)


if __name__ == "__main__":
    cli.main(run, Settings, __doc__)
