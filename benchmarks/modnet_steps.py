"""Train steps per second of ModNet against a straight PyTorch version of the same networks and losses.

`python -m benchmarks.modnet_steps [--quick]`. Images of 32x32x3 in ten classes, batches of 64, U-Net and discriminator
of 64 filters, the discriminator is the classifier too; a train step is one discriminator and two generator updates, as
in the thesis, in float32. Ours runs through `fit` with the real input pipeline, of which each step reads four batches.
PyTorch's trains on one cached batch, with the best of one or two threads, both memory layouts, and `torch.compile`
where that works, searched first. Before anything is timed the two must agree: `same_modnet.py`.
"""

import argparse
import itertools
import math
import statistics
from multiprocessing.connection import Connection
from typing import Any

from benchmarks import measuring
from benchmarks.measuring import Worker
from benchmarks.paced_fit import random_images, serve_fit
from benchmarks.same_modnet import NUM_CLASSES, differences, require_same
from benchmarks.torch_modnet import torch_modnet

NUM_FILTERS, BATCH_SIZE = 64, 64
OURS, TORCH = "tfgan_suite", "PyTorch"


def tensorflow_modnet(connection: Connection, num_filters: int, batch_size: int) -> None:
    """A worker: `ModNet` on batches from the real input pipeline."""
    import numpy as np

    from tfgan_suite.data.images import load_images
    from tfgan_suite.models import ModNet

    pixels = random_images(4096)
    images = load_images(pixels, labels=(np.arange(len(pixels)) % NUM_CLASSES).astype(np.int32))
    modnet = ModNet.for_images(images, num_filters=num_filters, num_generator_steps=2)
    modnet.compile()
    serve_fit(connection, modnet, images.training_batches(batch_size))


def best_torch_setting(sizes: dict[str, int], quick: bool) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """PyTorch's fastest setting, and all that were tried with seconds per step (the better of two; None: failed)."""
    cores = measuring.machine()["cores"]
    every = itertools.product(sorted({1, cores}), (False, True), (False, True))
    settings = [dict(zip(("num_threads", "channels_last", "compiled"), each, strict=True)) for each in every]
    if quick:
        settings = [each for each in settings if each["num_threads"] == cores and not each["channels_last"]]
    tried = []
    for setting in settings:
        with Worker(torch_modnet, num_classes=NUM_CLASSES, **sizes, **setting) as worker:
            worker.measure(1)
            tried.append({**setting, "seconds": min(worker.measure(1) for _ in range(1 if quick else 2))})
    best = min(tried, key=lambda each: each["seconds"])
    found = [{**each, "seconds": each["seconds"] if math.isfinite(each["seconds"]) else None} for each in tried]
    return {key: value for key, value in best.items() if key != "seconds"}, found


def measure(options: argparse.Namespace, num_filters: int) -> dict[str, Any]:
    """Everything that is measured, by name."""
    sizes = {"num_filters": num_filters, "batch_size": BATCH_SIZE}
    setting, tried = best_torch_setting(sizes, options.quick)
    workers = {
        OURS: Worker(tensorflow_modnet, **sizes),
        TORCH: Worker(torch_modnet, num_classes=NUM_CLASSES, **sizes, **setting),
    }
    seconds = measuring.in_turns(workers, 1 if options.quick else 9, 1 if options.quick else 3)
    for worker in workers.values():
        worker.close()
    return {"num_filters": num_filters, "torch_setting": setting, "torch_search": tried, "seconds_per_step": seconds}


def tables(measured: dict[str, Any], ratio: float) -> list[str]:
    """What is printed."""
    rows = []
    for name, values in measured["seconds_per_step"].items():
        rates = [1 / function(values) for function in (max, statistics.median, min)]
        setting = measured["torch_setting"] if name == TORCH else {}
        rows.append([name, *rates, ", ".join(f"{key}={value}" for key, value in setting.items())])
    tried = [
        [each["num_threads"], each["channels_last"], each["compiled"], each["seconds"] or "does not work"]
        for each in measured["torch_search"]
    ]
    return [
        measuring.table(["train steps / s", "min", "median", "max", "setting"], rows),
        measuring.table(["ratio of medians", ""], [["speed over PyTorch, float32", ratio]]),
        measuring.table(["PyTorch's threads", "channels_last", "compiled", "seconds per step"], tried),
    ]


def main() -> None:
    """Checks that both versions are the same, measures, reports."""
    options = measuring.arguments(__doc__)
    num_filters = 16 if options.quick else NUM_FILTERS
    checker = Worker(differences, num_filters=num_filters).connection  # ends after its answer
    checker.send(1)
    found = checker.recv()
    require_same(found)
    measured = measure(options, num_filters)
    seconds = measured["seconds_per_step"]
    ratio = measuring.ratio_of_medians(seconds[TORCH], seconds[OURS])
    results = {"differences_from_torch": found, "speed_over_torch_float32": ratio, **measured}
    measuring.report("modnet_steps", options, tables(measured, ratio), results)


if __name__ == "__main__":
    main()
