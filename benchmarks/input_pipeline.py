"""What the input pipeline costs: steps with it against steps on one cached batch, and the pipeline alone.

`python -m benchmarks.input_pipeline [--quick]`. 50,000 images of 32x32x3, the convolutional WGAN-GP, batch 64, and a
DCGAN of 16 filters, whose short steps make the share of the pipeline larger than any network of the papers does.
"""

import time
from multiprocessing.connection import Connection

import tensorflow as tf

from benchmarks import measuring
from benchmarks.measuring import Worker
from benchmarks.paced_fit import random_images, serve_fit
from tfgan_suite.data.images import load_images
from tfgan_suite.models import DCGAN, WGANGP

BATCH_SIZE, NUM_IMAGES = 64, 50_000
MODELS = {"WGAN-GP, 64 filters": (WGANGP, 64), "DCGAN, 16 filters": (DCGAN, 16)}


def contestant(connection: Connection, model_name: str, num_filters: int | None, pipeline: bool) -> None:
    """A worker: training on the pipeline, or on one batch that is repeated."""
    model_class, own_num_filters = MODELS[model_name]
    images = load_images(random_images(NUM_IMAGES))
    batches = images.training_batches(BATCH_SIZE)
    model = model_class.for_images(images, num_filters=num_filters or own_num_filters)
    model.compile()
    cached = tf.data.Dataset.from_tensors(next(iter(batches))).repeat()
    serve_fit(connection, model, batches if pipeline else cached)


def pipeline_alone(num_batches: int) -> float:
    """Seconds per batch when nothing else runs."""
    iterator = iter(load_images(random_images(NUM_IMAGES)).training_batches(BATCH_SIZE).dataset())
    for _ in range(20):
        next(iterator)
    start = time.perf_counter()
    for _ in range(num_batches):
        next(iterator)
    return (time.perf_counter() - start) / num_batches


def measure(model_name: str, quick: bool) -> dict[str, list[float]]:
    """Seconds per generator step with the pipeline and with a cached batch, in turns."""
    workers = {
        name: Worker(contestant, model_name=model_name, num_filters=8 if quick else None, pipeline=pipeline)
        for name, pipeline in (("cached batch", False), ("pipeline", True))
    }
    steps = 2 if quick or "WGAN" in model_name else 40
    return measuring.contest(workers, 2 if quick else 9, steps)


def main() -> None:
    """Measures and reports."""
    options = measuring.arguments(__doc__)
    alone = [pipeline_alone(50 if options.quick else 1000) for _ in range(3)]
    seconds = {name: measure(name, options.quick) for name in MODELS}
    shares = {
        name: 1 - 1 / measuring.ratio_of_medians(each["pipeline"], each["cached batch"])
        for name, each in seconds.items()
    }
    tables = [f"{name}\n\n{measuring.seconds_table(each, 'cached batch')}" for name, each in seconds.items()]
    tables.append(measuring.table(["", "share of a step"], [[name, f"{share:.1%}"] for name, share in shares.items()]))
    tables.append(f"The pipeline alone: {1 / min(alone):.0f} batches/s.")
    results = {"seconds_per_step": seconds, "share_of_a_step": shares, "pipeline_alone_seconds": alone}
    measuring.report("input_pipeline", options, tables, results)


if __name__ == "__main__":
    main()
