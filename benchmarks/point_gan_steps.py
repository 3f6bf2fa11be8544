"""Training steps per second on the 2-D networks of the mode-collapse study, against a straight PyTorch loop.

`python -m benchmarks.point_gan_steps [--quick]`. Self-conditioned GAN of 50 clusters, batches of 100 points. Ours runs
through `fit` with the real input pipeline, compiled as the recipe does. PyTorch runs with one and with two threads.
"Two trials" are two processes with one thread each that run at the same time, as `--num-workers 2` of the recipe.
"""

import argparse
from multiprocessing.connection import Connection
from typing import Any

from benchmarks import measuring
from benchmarks.measuring import Pair, Worker
from benchmarks.paced_fit import serve_fit
from benchmarks.torch_point_gan import torch_point_gan

NUM_CLUSTERS, BATCH_SIZE, STEPS_PER_EXECUTION = 50, 100, 100


def tensorflow_point_gan(
    connection: Connection, jit_compile: bool, steps_per_execution: int, num_threads: int | None = None
) -> None:
    """A worker: `SelfConditionedGAN` on points, with labels by example id."""
    import numpy as np
    import tensorflow as tf

    from tfgan_suite.data import mixture_points, ring_mixture
    from tfgan_suite.models import SelfConditionedGAN

    if num_threads is not None:
        tf.config.threading.set_intra_op_parallelism_threads(num_threads)
        tf.config.threading.set_inter_op_parallelism_threads(num_threads)
    points = mixture_points(ring_mixture())
    gan = SelfConditionedGAN.for_points(points, num_clusters=NUM_CLUSTERS)
    gan.set_example_labels(np.arange(points.num_points) % NUM_CLUSTERS)
    gan.compile(jit_compile=jit_compile, steps_per_execution=steps_per_execution)
    batches = points.training_batches(BATCH_SIZE, with_example_ids=True)
    serve_fit(connection, gan, batches, steps_per_execution)


def measure(options: argparse.Namespace) -> dict[str, list[float]]:
    """Seconds per step of everything, in turns."""
    ours = {
        "tfgan_suite, segments in XLA": (True, STEPS_PER_EXECUTION, None),
        "tfgan_suite, graph": (False, STEPS_PER_EXECUTION, None),
        "tfgan_suite, segments in XLA, 1 thread": (True, STEPS_PER_EXECUTION, 1),
    }
    workers: dict[str, Any] = {
        name: Worker(tensorflow_point_gan, jit_compile=jit, steps_per_execution=steps, num_threads=threads)
        for name, (jit, steps, threads) in ours.items()
    }
    one_thread = {"jit_compile": True, "steps_per_execution": STEPS_PER_EXECUTION, "num_threads": 1}
    workers["tfgan_suite, two trials"] = Pair(*(Worker(tensorflow_point_gan, **one_thread) for _ in range(2)))
    same = {"num_clusters": NUM_CLUSTERS, "batch_size": BATCH_SIZE}
    for threads in (1, 2):
        workers[f"PyTorch, {threads} thread(s)"] = Worker(torch_point_gan, num_threads=threads, **same)
    workers["PyTorch, two trials"] = Pair(*(Worker(torch_point_gan, num_threads=1, **same) for _ in range(2)))
    num_steps = STEPS_PER_EXECUTION if options.quick else 5 * STEPS_PER_EXECUTION
    return measuring.contest(workers, 1 if options.quick else 7, num_steps, num_warmups=STEPS_PER_EXECUTION)


def main() -> None:
    """Measures and reports."""
    options = measuring.arguments(__doc__)
    seconds = measure(options)
    torch_best = min(
        (name for name in seconds if name.startswith("PyTorch") and "trials" not in name),
        key=lambda name: sorted(seconds[name])[len(seconds[name]) // 2],
    )
    ratios = {
        "one trial over PyTorch's best": measuring.ratio_of_medians(
            seconds[torch_best], seconds["tfgan_suite, segments in XLA"]
        ),
        "two trials over PyTorch's best, one after the other": measuring.ratio_of_medians(
            seconds[torch_best], seconds["tfgan_suite, two trials"]
        ),
        "two trials over two of PyTorch": measuring.ratio_of_medians(
            seconds["PyTorch, two trials"], seconds["tfgan_suite, two trials"]
        ),
    }
    tables = [
        measuring.seconds_table(seconds, torch_best),
        measuring.table(["ratio of medians", ""], [list(item) for item in ratios.items()]),
    ]
    measuring.report("point_gan_steps", options, tables, {"seconds_per_step": seconds, "ratios": ratios})


if __name__ == "__main__":
    main()
