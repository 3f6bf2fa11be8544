"""Measures generated images against real ones: folders, .npz files, data sets, runs and exported samplers alike.

    python -m recipes.evaluate --real digits --fake saved_models/digits --embedder classifier
    python -m recipes.evaluate --real 'mnist:train[:50%]' --fake 'mnist:train[50%:]' --embedder classifier --metrics all
    python -m recipes.evaluate --real cifar10 --fake runs/cingan_cifar-paper/trial_0 --metrics fid kid is --json a.json
    python -m recipes.evaluate --real photos --fake generated --image-size 64 --metrics fid --num-resamples 100

What the real images become in the embedder is kept in the cache (`python -m recipes.cache`). With the numbers goes the
protocol, how they were made; `python -m recipes.compare a.json b.json` sets two results against each other if their
protocols allow it. Metrics: see docs/metrics.md.
"""

import dataclasses
from pathlib import Path
from typing import Any

from tfgan_suite.runs import cli
from tfgan_suite.runs.evaluation_request import Request


@dataclasses.dataclass(frozen=True)
class Settings(Request):
    """What to measure, and what to write."""

    list_metrics: bool = False
    """Only print the table of metrics."""
    json: Path | None = None
    """Also write the result to this file. "-": to standard output, instead of the table."""
    save_statistics: Path | None = None
    """Also write mean and covariance of the real features to this .npz file, in TTUR's layout."""


def run(settings: Settings) -> None:
    """Measures, prints, writes."""
    import json

    from tfgan_suite.metrics.functional import save_statistics
    from tfgan_suite.runs.evaluation import evaluate

    if settings.list_metrics:
        show_metrics()
        return
    result, real = evaluate(settings)
    if settings.save_statistics is not None:
        save_statistics(settings.save_statistics, real.statistics, embedder_hash=result.protocol.embedder_hash)
    if settings.json == Path("-"):
        print(json.dumps(result.to_dict(), indent=1))
        return
    show(result)
    if settings.json is not None:
        result.save(settings.json)
    for path in filter(None, (settings.json, settings.save_statistics)):
        print(f"Written: {path}")


def show_metrics() -> None:
    """Prints every metric with its source, its numbers, its cost and what it needs."""
    from tfgan_suite.metrics.catalogue import METRICS

    arrows = {"higher": " ↑", "lower": " ↓", "": ""}
    print("↑ higher is better, ↓ lower is better; N images, D features")
    for metric in METRICS.values():
        numbers = ", ".join(name + arrows[direction] for name, direction in metric.directions.items())
        print(f"\n{metric.name}: {metric.title}\n    {numbers}\n    source: {metric.source}\n    cost: {metric.cost}")
        if metric.needs:
            print(f"    needs: {', '.join(sorted(metric.needs))}")


def show(result: Any) -> None:
    """Prints the numbers, each with the direction that is better, then the protocol and what deserves attention."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from tfgan_suite.metrics.catalogue import DIRECTIONS

    console = Console(highlight=False)
    table = Table("number", "value", *(["95 % interval"] if result.intervals else []), "better")
    table.columns[1].justify = "right"
    for name, value in result.values.items():
        ends = result.intervals.get(name)
        interval = [f"{ends[0]:.5g} to {ends[1]:.5g}" if ends else ""] if result.intervals else []
        table.add_row(name, f"{value:.5g}", *interval, DIRECTIONS.get(name, ""))
    console.print(table)
    for name, value in result.protocol.to_dict().items():
        text = ", ".join(f"{key} {each}" for key, each in value.items()) if isinstance(value, dict) else str(value)
        console.print(f"{name:<14} {escape(text)}", soft_wrap=True)
    for note in result.notes:
        console.print(f"Note: {escape(note)}", soft_wrap=True)


if __name__ == "__main__":
    cli.main(run, Settings, __doc__)
