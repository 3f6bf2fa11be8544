"""Generator steps per second of WGAN-GP: against PyTorch, bfloat16 against float32, and against matrix products.

`python -m benchmarks.wgan_gp_steps [--quick]`. Convolutional CIFAR-10 network, batch 64, five critic steps. Ours runs
through `fit` with the real input pipeline; PyTorch's on one cached batch, with the best of one or two threads and of
both memory layouts, searched first for each precision. bfloat16 is measured where the processor multiplies it in
hardware (AMX); elsewhere it is slower than float32 for both.
"""

import argparse
import itertools
import statistics
from typing import Any

from benchmarks import measuring, operations
from benchmarks.measuring import Worker
from benchmarks.paced_fit import tensorflow_matrix_product, tensorflow_wgan_gp
from benchmarks.same_networks import TOLERANCE, largest_difference
from benchmarks.torch_wgan_gp import torch_matrix_product, torch_wgan_gp

NUM_FILTERS, BATCH_SIZE, NUM_CRITIC_STEPS = 64, 64, 5  # the DCGAN size: about 240 GFLOP per generator step
MATRIX_SIZE = 2048
POLICIES = {"float32": "float32", "bfloat16": "mixed_bfloat16"}


def precisions() -> dict[str, str]:
    """The precisions worth measuring on this machine, with Keras' names."""
    has_amx = "amx_bf16" in measuring.machine()["flags"]
    return {name: policy for name, policy in POLICIES.items() if name == "float32" or has_amx}


def best_torch_setting(bfloat16: bool, num_filters: int, quick: bool) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """PyTorch's fastest setting and all that were tried, with seconds per step (the better of two)."""
    tried = []
    for num_threads, channels_last in itertools.product((2,) if quick else (1, 2), (False, True)):
        setting = {"num_threads": num_threads, "channels_last": channels_last}
        with Worker(
            torch_wgan_gp, num_filters=num_filters, batch_size=BATCH_SIZE, bfloat16=bfloat16, **setting
        ) as worker:
            worker.measure(1)
            tried.append({**setting, "seconds": min(worker.measure(1) for _ in range(1 if quick else 2))})
    best = min(tried, key=lambda each: each["seconds"])
    return {key: best[key] for key in ("num_threads", "channels_last")}, tried


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Everything that is measured, by name."""
    num_filters = 32 if options.quick else NUM_FILTERS
    shared = {"num_filters": num_filters, "batch_size": BATCH_SIZE}
    settings, searches, workers = {}, {}, {}
    for precision in precisions():
        settings[precision], searches[precision] = best_torch_setting(
            precision == "bfloat16", num_filters, options.quick
        )
    for precision, policy in precisions().items():
        workers[f"tfgan_suite {precision}"] = Worker(tensorflow_wgan_gp, policy=policy, **shared)
        workers[f"PyTorch {precision}"] = Worker(
            torch_wgan_gp, bfloat16=precision == "bfloat16", **settings[precision], **shared
        )
    products = {
        "TensorFlow": Worker(tensorflow_matrix_product, size=MATRIX_SIZE),
        "PyTorch": Worker(torch_matrix_product, size=MATRIX_SIZE, num_threads=measuring.machine()["cores"]),
    }
    steps = dict.fromkeys(workers, 1 if options.quick else 2) | dict.fromkeys(products, 10)
    seconds = measuring.contest(workers | products, 1 if options.quick else 7, steps)
    return {
        "num_filters": num_filters,
        "torch_search": searches,
        "torch_settings": settings,
        "seconds_per_step": {name: seconds[name] for name in workers},
        "seconds_per_product": {name: seconds[name] for name in products},
    }


def derive(measured: dict[str, Any]) -> dict[str, Any]:
    """Rates, shares and ratios from the medians."""
    seconds = measured["seconds_per_step"]
    products = {name: statistics.median(values) for name, values in measured["seconds_per_product"].items()}
    matrix_rate = 2 * MATRIX_SIZE**3 / min(products.values())
    count = _count(measured["num_filters"])
    median = {name: statistics.median(values) for name, values in seconds.items()}
    ours = median["tfgan_suite float32"]
    ratios = {"speed_over_torch_float32": median["PyTorch float32"] / ours}
    if "tfgan_suite bfloat16" in median:
        ratios["speed_over_torch_bfloat16"] = median["PyTorch bfloat16"] / median["tfgan_suite bfloat16"]
        ratios["bfloat16_over_float32"] = ours / median["tfgan_suite bfloat16"]
    return {
        "operations_per_step": count._asdict(),
        "matrix_product_gflops": matrix_rate / 1e9,
        "share_of_matrix_product_rate": {
            name: {"nominal": count.nominal / time / matrix_rate, "inside": count.inside / time / matrix_rate}
            for name, time in median.items()
            if "float32" in name
        },
        **ratios,
    }


def _count(num_filters: int) -> operations.Count:
    from tfgan_suite.networks.wgan_gp import wgan_gp_discriminator, wgan_gp_generator

    networks = [make((32, 32, 3), num_filters=num_filters) for make in (wgan_gp_generator, wgan_gp_discriminator)]
    return operations.wgan_gp_step(*networks, BATCH_SIZE, NUM_CRITIC_STEPS)


def tables(measured: dict[str, Any], derived: dict[str, Any]) -> list[str]:
    """What is printed."""
    rows = []
    for name, values in measured["seconds_per_step"].items():
        precision = name.split()[1]
        setting = measured["torch_settings"][precision] if "PyTorch" in name else {}
        rates = [1 / function(values) for function in (max, statistics.median, min)]
        rows.append([name, *rates, ", ".join(f"{key}={value}" for key, value in setting.items())])
    shares = [[name, *share.values()] for name, share in derived["share_of_matrix_product_rate"].items()]
    ratios = [[key, derived[key]] for key in derived if "_over_" in key]
    count = derived["operations_per_step"]
    return [
        measuring.table(["generator steps / s", "min", "median", "max", "setting"], rows),
        measuring.table(["ratio of medians", ""], ratios),
        f"{count['nominal'] / 1e9:.0f} GFLOP per generator step ({count['inside'] / 1e9:.0f} without taps on padding); "
        f"float32 matrix product {derived['matrix_product_gflops']:.0f} GFLOP/s.",
        measuring.table(["share of the matrix-product rate", "all taps", "without padding"], shares),
    ]


def main() -> None:
    """Checks that both versions are the same, measures, reports."""
    options = measuring.arguments(__doc__)
    checker = Worker(largest_difference)
    difference = checker.measure(1)
    if not difference < TOLERANCE:
        raise RuntimeError(f"The two versions differ by {difference:.1e} of the largest entry.")
    measured = measure(options)
    derived = derive(measured)
    results = {"difference_from_torch": difference, **derived, **measured}
    measuring.report("wgan_gp_steps", options, tables(measured, derived), results)


if __name__ == "__main__":
    main()
