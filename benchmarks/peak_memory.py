"""Peak memory of runs of the size of CIFAR-10, each in a process of its own (the largest resident set).

`python -m benchmarks.peak_memory [--quick]`. 50,000 images of 32x32x3, `fit` and a draw of 5,000 samples. The images
are held once, as uint8 (0.15 GB). TensorFlow alone, imported, takes about 0.5 GB.
"""

from multiprocessing.connection import Connection
from typing import Any

import keras
import numpy as np

from benchmarks import measuring
from benchmarks.measuring import Worker
from benchmarks.paced_fit import random_images
from tfgan_suite.data.images import load_images
from tfgan_suite.models import CINGAN, WGANGP

BATCH_SIZE, NUM_IMAGES, NUM_CLASSES = 64, 50_000, 10
GIB = 2**30


def run(connection: Connection, model_class: type, policy: str, num_steps: int, num_samples: int) -> None:
    """A worker that trains and samples, then answers with its peak memory in bytes."""
    connection.recv()
    before = measuring.peak_bytes()
    keras.mixed_precision.set_global_policy(policy)
    labels = np.arange(NUM_IMAGES) % NUM_CLASSES
    images = load_images(random_images(NUM_IMAGES)).with_labels(labels, NUM_CLASSES)
    model = model_class.for_images(images)
    model.compile()
    model.fit(images.training_batches(BATCH_SIZE), steps_per_epoch=num_steps, verbose=0)
    model.sample(num_samples)
    connection.send({"imported": before, "peak": measuring.peak_bytes()})


def measure(quick: bool) -> dict[str, Any]:
    """Peak bytes by model and precision."""
    cases = {
        f"{model_class.__name__}, {policy}": (model_class, policy)
        for model_class in ((CINGAN,) if quick else (CINGAN, WGANGP))
        for policy in ("float32", "mixed_bfloat16")
    }
    peaks = {}
    for name, (model_class, policy) in cases.items():
        worker = Worker(
            run, model_class=model_class, policy=policy, num_steps=1 if quick else 5, num_samples=10 if quick else 5000
        )
        worker.connection.send(1)
        peaks[name] = worker.connection.recv()
        worker.process.join()
    return peaks


def main() -> None:
    """Measures and reports."""
    options = measuring.arguments(__doc__)
    peaks = measure(options.quick)
    rows = [[name, peak["imported"] / GIB, peak["peak"] / GIB] for name, peak in peaks.items()]
    measuring.report(
        "peak_memory", options, [measuring.table(["GiB", "imported", "peak"], rows)], {"peak_bytes": peaks}
    )


if __name__ == "__main__":
    main()
