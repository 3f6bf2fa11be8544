"""DDM and precision, recall, density, coverage against the `prdc` package: time, and peak memory above the inputs.

`python -m benchmarks.pairwise_metrics [--quick]`. Needs `prdc` (`pip install tfgan-suite[bench]`). Features are normal,
float32. `prdc` has no DDM: its contestant takes the distances from `prdc` and works on in the same array. Before
anything is reported, the contestants' results must agree.
"""

import contextlib
import dataclasses
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

import joblib
import numpy as np

from benchmarks import measuring
from benchmarks.measuring import Worker

OURS, THEIRS = "tfgan_suite", "prdc"
SIZES = {"DDM": (10_000, 50_000, 512), "PRDC": (10_000, 10_000, 2048)}
QUICK_SIZES = {"DDM": (300, 1_000, 32), "PRDC": (300, 300, 64)}
GIB = 2**30


def our_ddm(test: np.ndarray, generated: np.ndarray) -> list[float]:
    """Eq. 3.4, in blocks."""
    from tfgan_suite.metrics.functional.ddm import distribution_divergence

    return [distribution_divergence(test, generated)]


def their_ddm(test: np.ndarray, generated: np.ndarray) -> list[float]:
    """Eq. 3.4 from the whole matrix of distances."""
    from prdc.prdc import compute_pairwise_distance

    with joblib.parallel_config(backend="threading"):  # keeps its eight threads, which a daemon may not have otherwise
        exponents = compute_pairwise_distance(test, generated)
    np.negative(exponents, out=exponents)
    largest = exponents.max(axis=1, keepdims=True)
    exponents -= largest
    sums = np.exp(exponents, out=exponents).sum(axis=1, dtype=np.float64)
    return [float(-(largest[:, 0] + np.log(sums / len(generated))).mean())]


def our_prdc(real: np.ndarray, fake: np.ndarray) -> list[float]:
    """The four numbers, in blocks."""
    from tfgan_suite.metrics.functional.prdc import precision_recall_density_coverage

    return list(dataclasses.astuple(precision_recall_density_coverage(real, fake, num_neighbors=5)))


def their_prdc(real: np.ndarray, fake: np.ndarray) -> list[float]:
    """The four numbers, from three whole matrices of distances."""
    from prdc import compute_prdc

    with joblib.parallel_config(backend="threading"), contextlib.redirect_stdout(None):
        result = compute_prdc(real_features=real, fake_features=fake, nearest_k=5)
    return [float(result[name]) for name in ("precision", "recall", "density", "coverage")]


CONTESTANTS: dict[str, dict[str, Callable[..., list[float]]]] = {
    "DDM": {OURS: our_ddm, THEIRS: their_ddm},
    "PRDC": {OURS: our_prdc, THEIRS: their_prdc},
}


def contestant(connection: Connection, metric: str, name: str, size: tuple[int, int, int]) -> None:
    """A worker: seconds of each call; at the question "outcome" its result and peak memory above the inputs."""
    function, generator = CONTESTANTS[metric][name], np.random.default_rng(0)
    num_rows, num_columns, dims = size
    rows = generator.standard_normal((num_rows, dims), np.float32)
    columns = generator.standard_normal((num_columns, dims), np.float32)
    function(rows[:20], columns[:20])  # imports
    before, result = measuring.peak_bytes(), []
    while (request := connection.recv()) is not None:
        if request == "outcome":
            connection.send({"result": result, "bytes_above_inputs": measuring.peak_bytes() - before})
            continue
        start = time.perf_counter()
        for _ in range(request):
            result = function(rows, columns)
        connection.send(time.perf_counter() - start)


def measure(metric: str, size: tuple[int, int, int], quick: bool) -> dict[str, Any]:
    """Seconds and outcome of each contestant, in turns; results must agree to single precision."""
    workers = {name: Worker(contestant, metric=metric, name=name, size=size) for name in CONTESTANTS[metric]}
    seconds = measuring.in_turns(workers, 1 if quick else 5, 1, num_warmups=1)
    outcomes = {}
    for name, worker in workers.items():
        worker.connection.send("outcome")
        outcomes[name] = worker.connection.recv()
        worker.close()
    np.testing.assert_allclose(outcomes[OURS]["result"], outcomes[THEIRS]["result"], rtol=1e-4, atol=2e-4)
    return {"size": size, "seconds": seconds, "outcomes": outcomes}


def table(measured: dict[str, dict[str, Any]]) -> str:
    """A row for each contestant."""
    rows = []
    for metric, each in measured.items():
        num_rows, num_columns, dims = each["size"]
        for name, seconds in each["seconds"].items():
            summary = measuring.summary(seconds)
            ratio = measuring.ratio_of_medians(each["seconds"][THEIRS], seconds)
            memory = each["outcomes"][name]["bytes_above_inputs"] / GIB
            times = [summary["min"], summary["median"], summary["max"]]
            rows.append([f"{metric} {num_rows} x {num_columns} x {dims}", name, *times, ratio, memory])
    return measuring.table(
        ["", "contestant", "min s", "median s", "max s", f"speed / {THEIRS}", "GiB above inputs"], rows
    )


def main() -> None:
    """Measures and reports."""
    options = measuring.arguments(__doc__)
    sizes = QUICK_SIZES if options.quick else SIZES
    measured = {metric: measure(metric, size, options.quick) for metric, size in sizes.items()}
    measuring.report("pairwise_metrics", options, [table(measured)], {"measured": measured})


if __name__ == "__main__":
    main()
