"""What all benchmarks share: workers in processes of their own, taken in turns; tables; results written whole.

The machine's speed drifts. Contestants are therefore measured in turns (A B A B ...) in one run, each in a process of
its own that sleeps while it is not its turn, and compared by the medians of the rounds.
"""

import argparse
import json
import multiprocessing
import os
import platform
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import joblib

from tfgan_suite.core.files import write_text

RESULTS = Path(__file__).parent / "results"
PACKAGES = ("tensorflow", "keras", "torch", "numpy")
CPU_FLAGS = ("avx2", "avx512f", "avx512_bf16", "amx_tile", "amx_bf16")

Seconds = float


class Worker:
    """A contestant in its own process: `target(connection, **kwargs)` serves `serve_steps` or an own loop like it."""

    def __init__(self, target: Callable[..., None], **kwargs: Any) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=target, args=(theirs,), kwargs=kwargs, daemon=True)
        self.process.start()
        theirs.close()

    def measure(self, num_steps: int) -> Seconds:
        """Seconds per step over `num_steps` steps."""
        self.connection.send(num_steps)
        return self.connection.recv() / num_steps

    def close(self) -> None:
        """Ends the process."""
        self.connection.send(None)
        self.process.join(timeout=60)
        self.process.terminate()

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


class Pair:
    """Two workers that run at the same time; its seconds per step are those of two steps, halved."""

    def __init__(self, first: Worker, second: Worker) -> None:
        self.workers = first, second

    def measure(self, num_steps: int) -> float:
        """Seconds per step of either, from the slower one."""
        for worker in self.workers:
            worker.connection.send(num_steps)
        return max(worker.connection.recv() for worker in self.workers) / num_steps / 2

    def close(self) -> None:
        """Ends both."""
        for worker in self.workers:
            worker.close()


def serve_steps(connection: Connection, run: Callable[[int], Any]) -> None:
    """Answers each request for n steps with the seconds that `run(n)` took, until None comes."""
    while (num_steps := connection.recv()) is not None:
        start = time.perf_counter()
        run(num_steps)
        connection.send(time.perf_counter() - start)


def in_turns(
    workers: dict[str, Worker | Pair], num_rounds: int, steps: int | dict[str, int], num_warmups: int = 2
) -> dict[str, list[Seconds]]:
    """Seconds per step of each worker in each round, after `num_warmups` unmeasured steps of each."""
    for worker in workers.values():
        worker.measure(num_warmups)
    seconds: dict[str, list[Seconds]] = {name: [] for name in workers}
    for _ in range(num_rounds):
        for name, worker in workers.items():
            seconds[name].append(worker.measure(steps if isinstance(steps, int) else steps[name]))
    return seconds


def contest(
    workers: dict[str, Worker | Pair], num_rounds: int, steps: int | dict[str, int], num_warmups: int = 2
) -> dict[str, list[Seconds]]:
    """`in_turns`, after which the workers end."""
    seconds = in_turns(workers, num_rounds, steps, num_warmups)
    for worker in workers.values():
        worker.close()
    return seconds


def peak_bytes() -> int:
    """Largest resident set of this process so far; the system counts KiB, but bytes on macOS."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def summary(values: list[float]) -> dict[str, Any]:
    """Minimum, median, maximum and the values themselves."""
    return {"min": min(values), "median": statistics.median(values), "max": max(values), "values": values}


def ratio_of_medians(numerator: list[float], denominator: list[float]) -> float:
    """median(numerator) / median(denominator)."""
    return statistics.median(numerator) / statistics.median(denominator)


def machine() -> dict[str, Any]:
    """Facts about the machine that a number cannot be read without."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    fields = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    flags = fields.get("flags", "").split()
    return {
        "processor": fields.get("model name", platform.processor()),
        "cores": joblib.cpu_count(),
        "flags": [flag for flag in CPU_FLAGS if flag in flags],
        "load_average_at_start": os.getloadavg()[0],
        "python": platform.python_version(),
        **{package: _version(package) for package in PACKAGES},
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def arguments(description: str) -> argparse.Namespace:
    """The options that every benchmark has."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help="few repetitions: shows that it runs, measures nothing")
    parser.add_argument("--out", type=Path, help="JSON file (default: benchmarks/results/NAME.json)")
    return parser.parse_args()


def table(header: list[str], rows: list[list[Any]]) -> str:
    """A Markdown table; numbers get three significant digits."""
    cells = [header, *([_cell(value) for value in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in cells
    ]
    return "\n".join([lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]])


def seconds_table(seconds: dict[str, list[Seconds]], baseline: str) -> str:
    """Milliseconds per step of each contestant, and how many times faster than `baseline` it is."""
    rows = []
    for name, values in seconds.items():
        milliseconds = [1000 * function(values) for function in (min, statistics.median, max)]
        rows.append([name, *milliseconds, ratio_of_medians(seconds[baseline], values)])
    return table(["", "min ms", "median ms", "max ms", f"speed / {baseline}"], rows)


def _cell(value: Any) -> str:
    if not isinstance(value, float):
        return str(value)
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def report(name: str, options: argparse.Namespace, tables: list[str], results: dict[str, Any]) -> None:
    """Prints the tables and writes everything to the JSON file."""
    facts = {**machine(), "load_average_at_end": os.getloadavg()[0]}
    print("\n".join(_facts_in_words(facts)))
    for each in tables:
        print("\n" + each)
    out = options.out or RESULTS / f"{name}{'-quick' if options.quick else ''}.json"
    contents = {"benchmark": name, "quick": options.quick, "machine": facts, "tables": tables, **results}
    write_text(out, json.dumps(contents, indent=1) + "\n")
    print(f"\nWritten to {out}")


def _facts_in_words(facts: dict[str, Any]) -> Iterator[str]:
    yield f"{facts['processor']}, {facts['cores']} cores, {' '.join(facts['flags'])}"
    yield ", ".join(f"{package} {facts[package]}" for package in PACKAGES if facts[package])
    if facts["load_average_at_end"] > facts["cores"] + 1:
        yield f"NOISE: the load average is {facts['load_average_at_end']:.1f}; other programs run at the same time."
