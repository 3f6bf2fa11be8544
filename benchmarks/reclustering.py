"""Seconds of a re-clustering against those of the training between two of them.

`python -m benchmarks.reclustering [--quick]`. The self-conditioned GAN of CIFAR-10: 50,000 images (stacked digits) at
32 pixels, of which 25,000 are clustered into 100 by their 8,192 features; 25,000 generator steps between two. A
re-clustering is features, k-means, matching, and a label for every image. The share is that of the later ones, which
begin at the old clusters' means, after some steps of training. The first is measured with one k-means++ start; a
training makes ten.
"""

import time
from collections.abc import Callable
from typing import Any

from benchmarks import measuring

NUM_IMAGES, NUM_CLUSTERED, NUM_CLUSTERS, EVERY_STEPS, BATCH_SIZE = 50_000, 25_000, 100, 25_000, 64


def seconds_of(work: Callable[[], Any]) -> float:
    """How long a call takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measure(quick: bool) -> dict[str, list[float]]:
    """Seconds of the first re-clustering, of later ones, and of a training step before each of them."""
    from tfgan_suite.callbacks import Recluster
    from tfgan_suite.data import load_images, stacked_digits
    from tfgan_suite.models import SelfConditionedGAN

    scale, num_steps = (20, 3) if quick else (1, 50)
    images = stacked_digits(load_images("digits"), NUM_IMAGES // scale, seed=0, image_size=32)
    gan = SelfConditionedGAN.for_images(images, num_clusters=NUM_CLUSTERS)
    gan.compile()
    callback = Recluster(images.train.pixels, EVERY_STEPS, num_clustered=NUM_CLUSTERED // scale, num_inits=1)
    callback.set_model(gan)
    seconds = {
        "first clustering, one start": [seconds_of(callback.recluster)],
        "later re-clustering": [],
        "training step": [],
    }
    batches = images.training_batches(BATCH_SIZE, with_example_ids=True)
    gan.fit(batches, steps_per_epoch=num_steps, verbose=0)
    for _ in range(1 if quick else 3):
        training = seconds_of(lambda: gan.fit(batches, steps_per_epoch=num_steps, verbose=0))
        seconds["training step"].append(training / num_steps)
        seconds["later re-clustering"].append(seconds_of(callback.recluster))
    return seconds


def main() -> None:
    """Measures and reports."""
    options = measuring.arguments(__doc__)
    seconds = measure(options.quick)
    later, step = (measuring.summary(seconds[name])["median"] for name in ("later re-clustering", "training step"))
    share = later / (EVERY_STEPS * step)
    rows = [[name, min(values), measuring.summary(values)["median"], max(values)] for name, values in seconds.items()]
    tables = [
        measuring.table(["", "min s", "median s", "max s"], rows),
        measuring.table(["share of a re-clustering in the training between two", ""], [["in %", 100 * share]]),
    ]
    measuring.report("reclustering", options, tables, {"seconds": seconds, "share": share})


if __name__ == "__main__":
    main()
