"""Trainings of the sphere studies per second, against a straight PyTorch loop.

`python -m benchmarks.sphere_study [--quick]`. Each model of the smooth-to-sharp thesis. Ours are two processes with one
thread each that run at the same time, as the recipes do with `--num-workers 2`, through `fit`, batches drawn inside of
the compiled program. PyTorch runs alone with one and with two threads, and as two processes with one thread each. Ours
is compared, in seconds per step of one training, with the best of these and with the better one of a single loop.
"""

import argparse
import statistics
from multiprocessing.connection import Connection
from typing import Any

from benchmarks import measuring
from benchmarks.measuring import Pair, Worker
from benchmarks.paced_fit import serve_fit
from benchmarks.torch_dense_gan import torch_dense_gan

OURS = "tfgan_suite, two at once"
LOOPS = ("PyTorch, 1 thread", "PyTorch, 2 threads")
PAIR = "PyTorch, two at once"
STEPS_PER_EXECUTION = 100
BATCH_SIZES = {"gan_28, batch 128": 128, "gan_28": 64, "wgan_28": 64, "wgan_48": 64, "wgan_two_spheres": 64}
TRAININGS = {  # steps of the studies in thousands: tables 5.6 and 5.14, as weights of the whole
    "gan_28, batch 128": 320 * 10,
    "gan_28": 10 * 20,
    "wgan_28": 10 * 20,
    "wgan_48": 10 * 20,
    "wgan_two_spheres": 10 * 20,
}


def tensorflow_sphere_gan(connection: Connection, name: str, batch_size: int) -> None:
    """A worker with one thread."""
    import numpy as np
    import tensorflow as tf

    from tfgan_suite.data import ResidentBatches
    from tfgan_suite.runs.spheres.models import MODELS, build_sphere_model

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    model = MODELS[name]
    gan = build_sphere_model(model, l2_strength=1e-4, steps_per_execution=STEPS_PER_EXECUTION)
    shape = (400, model.image_size, model.image_size, 1)
    images = (np.random.default_rng(0).uniform(size=shape) > 0.9).astype(np.float32)
    serve_fit(connection, gan, ResidentBatches(images, batch_size), STEPS_PER_EXECUTION)


def sizes_of(name: str, batch_size: int) -> dict[str, int]:
    """The same model as PyTorch's `Trainer` has it."""
    from tfgan_suite.runs.spheres.models import MODELS, NUM_CRITIC_STEPS

    model = MODELS[name]
    return {
        "side": model.image_size,
        "latent_dim": model.latent_dim,
        "units": model.hidden_units,
        "batch_size": batch_size,
        "critic_steps": NUM_CRITIC_STEPS if model.wasserstein else 0,
    }


def measure(options: argparse.Namespace, title: str) -> dict[str, list[float]]:
    """Seconds per step of one training, of everything in turns, for one model."""
    name, batch_size = title.split(",")[0], BATCH_SIZES[title]
    sizes = sizes_of(name, batch_size)
    workers: dict[str, Any] = {
        OURS: Pair(*(Worker(tensorflow_sphere_gan, name=name, batch_size=batch_size) for _ in range(2))),
        **{loop: Worker(torch_dense_gan, num_threads=count, **sizes) for count, loop in enumerate(LOOPS, start=1)},
        PAIR: Pair(*(Worker(torch_dense_gan, num_threads=1, **sizes) for _ in range(2))),
    }
    num_steps = STEPS_PER_EXECUTION if options.quick else 3 * STEPS_PER_EXECUTION
    return measuring.contest(workers, 1 if options.quick else 5, num_steps, num_warmups=STEPS_PER_EXECUTION)


def ratios_to(medians: dict[str, dict[str, float]], contestants: tuple[str, ...]) -> dict[str, float]:
    """How much faster ours is than the fastest of these, model by model and over both tables."""
    theirs = {title: min(of[name] for name in contestants) for title, of in medians.items()}
    ours = {title: of[OURS] for title, of in medians.items()}
    totals = [sum(TRAININGS[title] * each[title] for title in medians) for each in (theirs, ours)]
    return {title: theirs[title] / ours[title] for title in medians} | {"both tables": totals[0] / totals[1]}


def main() -> None:
    """Measures and reports."""
    options = measuring.arguments(__doc__)
    seconds = {title: measure(options, title) for title in BATCH_SIZES}
    medians = {title: {name: statistics.median(values) for name, values in of.items()} for title, of in seconds.items()}
    ratios = {"PyTorch's best": ratios_to(medians, (*LOOPS, PAIR)), "one PyTorch loop": ratios_to(medians, LOOPS)}
    tables = [f"{title}\n\n{measuring.seconds_table(of, PAIR)}" for title, of in seconds.items()]
    ours = {title: of[OURS] for title, of in medians.items()}
    minutes = {
        "table 5.6": TRAININGS["gan_28, batch 128"] * 1000 * ours["gan_28, batch 128"] / 60,
        "table 5.14": sum(TRAININGS[title] * 1000 * ours[title] for title in ours if "," not in title) / 60,
    }
    rows = [[title, *(of[title] for of in ratios.values())] for title in (*ours, "both tables")]
    tables.append(measuring.table(["speed over", *ratios], rows))
    tables.append(measuring.table(["training, without measuring", "minutes"], [list(item) for item in minutes.items()]))
    results = {"seconds_per_step": seconds, "ratios": ratios, "minutes": minutes}
    measuring.report("sphere_study", options, tables, results)


if __name__ == "__main__":
    main()
