"""Trials of a study side by side, each in a process and a folder of its own."""

import contextlib
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any, TypeVar

import joblib
from rich.console import Console

R = TypeVar("R")


def run_trials(work: Callable[..., R], jobs: Sequence[tuple[Any, ...]], num_workers: int) -> list[R]:
    """Calls `work(*job)` for each job, in `num_workers` processes with an equal share of the cores each.

    Small networks leave most of a machine idle: several trials at once then take little longer than one.

    Args:
        work: a function of a module (it is found by its name in the other processes).
        jobs: arguments of each call; they must be picklable.
        num_workers: processes; 1 calls everything here, one after the other.

    Returns:
        What the calls returned, in the order of `jobs`.

    Raises:
        The first error of a call; jobs that have not begun are given up.
    """
    if num_workers == 1:
        return [work(*job) for job in jobs]
    console = Console(stderr=True)
    num_threads = max(1, joblib.cpu_count() // num_workers)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(num_workers, context, initializer=_begin_worker, initargs=(num_threads,)) as pool:
        futures = {pool.submit(work, *job): index for index, job in enumerate(jobs)}
        try:
            for done, future in enumerate(as_completed(futures), start=1):
                future.result()
                console.print(f"{done} of {len(jobs)} trials are done", highlight=False)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return [future.result() for future in futures]


def _begin_worker(num_threads: int) -> None:
    """Gives this process its share of the cores, and ends it when the study is killed: else it would train on alone."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.environ["OMP_NUM_THREADS"] = str(num_threads)  # before scikit-learn is imported
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(num_threads)
    tf.config.threading.set_inter_op_parallelism_threads(num_threads)


def _end_with_parent() -> None:
    multiprocessing.parent_process().join()
    os._exit(1)


@contextlib.contextmanager
def trial_console(place: Path, num_workers: int) -> Iterator[Console | None]:
    """Where a trial shows its progress: in its folder's `train.log` if others train beside it, else as usual (None)."""
    if num_workers == 1:
        yield None
        return
    with logged_console(place / "train.log") as console:
        yield console


@contextlib.contextmanager
def logged_console(path: Path) -> Iterator[Console]:
    """A console that appends to a file, for the progress of a trial that has no terminal of its own."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a", encoding="utf-8") as file:
        yield Console(file=file, width=160)
