"""MS-SSIM over all pairs of 1,000 images of 32 x 32 x 3, against tf.image.ssim_multiscale on a small share of them.

`python -m benchmarks.ms_ssim [--quick]`. TensorFlow's function takes pairs: one call per pair, as it is often used, and
compiled for 256 pairs at a time. Both are timed on few pairs, and the time of all 499,500 is that times their number.
Ours takes all pairs. Before anything is timed, the two have to agree within 2e-5 (TensorFlow works in float32).
"""

import itertools
from collections.abc import Callable
from multiprocessing.connection import Connection

import numpy as np

from benchmarks import measuring
from benchmarks.measuring import Worker, serve_steps
from tfgan_suite.metrics.functional.ms_ssim import mean_pairwise_ms_ssim, pairwise_ms_ssim, scales_for

NUM_IMAGES, QUICK_IMAGES, SIDE, CHANNELS, BATCH_PAIRS = 1000, 200, 32, 3, 256
TOLERANCE = 2e-5
OURS, SINGLE, BATCHED = "all pairs (ours)", "tf.image, pair by pair", f"tf.image, {BATCH_PAIRS} pairs, compiled"


def make_images(num_images: int) -> np.ndarray:
    """Smooth shapes with some noise, float32 in [0, 1]."""
    random = np.random.default_rng(0)
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    slopes = random.uniform(-0.4, 0.4, (2, num_images, 1, 1, CHANNELS))
    waves = np.sin(slopes[0] * x[..., None] + slopes[1] * y[..., None])
    return np.clip(0.5 + 0.4 * waves + random.normal(0, 0.05, waves.shape), 0, 1).astype(np.float32)


def pairs_per_step(name: str, num_images: int) -> int:
    """How many pairs a contestant compares in one step."""
    return {OURS: num_images * (num_images - 1) // 2, SINGLE: 1, BATCHED: BATCH_PAIRS}[name]


def tensorflow_function(compiled: bool) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """tf.image.ssim_multiscale with our scales for this size."""
    import tensorflow as tf

    weights = tuple(scale.weight for scale in scales_for(SIDE, SIDE))

    def similarities(images_a: tf.Tensor, images_b: tf.Tensor) -> tf.Tensor:
        return tf.image.ssim_multiscale(images_a, images_b, 1.0, weights)

    function = tf.function(similarities) if compiled else similarities
    return lambda images_a, images_b: function(images_a, images_b).numpy()


def contestant(connection: Connection, name: str, num_images: int) -> None:
    """A worker: OURS compares all pairs of the set in a step, the others the next pairs."""
    images = make_images(num_images)
    if name == OURS:
        serve_steps(
            connection,
            lambda num_steps: [mean_pairwise_ms_ssim(images, value_range=(0, 1)) for _ in range(num_steps)],
        )
        return
    function, per_step = tensorflow_function(name == BATCHED), pairs_per_step(name, num_images)
    pairs = itertools.cycle(itertools.combinations(range(num_images), 2))

    def step() -> None:
        first, second = map(list, zip(*itertools.islice(pairs, per_step), strict=True))
        function(images[first], images[second])

    serve_steps(connection, lambda num_steps: [step() for _ in range(num_steps)])


def require_agreement() -> float:
    """The largest difference on 45 pairs; ends the run if it is too large."""
    images = make_images(10)
    first, second = np.triu_indices(10, k=1)
    theirs = tensorflow_function(compiled=False)(images[first], images[second])
    largest = float(np.abs(pairwise_ms_ssim(images, images, value_range=(0, 1))[first, second] - theirs).max())
    if largest > TOLERANCE:
        raise SystemExit(f"Ours and TensorFlow's MS-SSIM differ by {largest:.2g}, more than {TOLERANCE:.2g}.")
    return largest


def operations_per_pair() -> int:
    """Multiplications and additions of the local covariances of one pair: 2 K per position and channel."""
    positions = [
        (scale.height - scale.window + 1) * (scale.width - scale.window + 1) * 2 * scale.window**2
        for scale in scales_for(SIDE, SIDE)
    ]
    return CHANNELS * sum(positions)


def main() -> None:
    """Measures and reports."""
    options = measuring.arguments(__doc__)
    num_images = QUICK_IMAGES if options.quick else NUM_IMAGES
    largest = require_agreement()
    workers = {name: Worker(contestant, name=name, num_images=num_images) for name in (SINGLE, BATCHED, OURS)}
    steps = {SINGLE: 5, BATCHED: 1, OURS: 1} if options.quick else {SINGLE: 100, BATCHED: 8, OURS: 1}
    seconds = measuring.contest(workers, 2 if options.quick else 5, steps, num_warmups=1)
    num_pairs = pairs_per_step(OURS, num_images)
    whole = {
        name: [each / pairs_per_step(name, num_images) * num_pairs for each in values]
        for name, values in seconds.items()
    }
    rows = []
    for name, values in whole.items():
        facts = measuring.summary(values)
        speed = measuring.ratio_of_medians(whole[SINGLE], values)
        rows.append([name, facts["min"], facts["median"], facts["max"], num_pairs / facts["median"], speed])
    header = [f"{num_pairs:,} pairs", "min s", "median s", "max s", "pairs/s", "speed / pair by pair"]
    work = operations_per_pair() * num_pairs
    rate = work / measuring.summary(whole[OURS])["median"]
    note = f"Work of ours: {work:.3g} operations in float64, {rate / 1e9:.3g} G/s. Largest difference: {largest:.2g}."
    results = {"num_images": num_images, "seconds_for_all_pairs": whole, "operations": work, "difference": largest}
    measuring.report("ms_ssim", options, [measuring.table(header, rows) + "\n\n" + note], results)


if __name__ == "__main__":
    main()
