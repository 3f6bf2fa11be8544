"""Features to statistics, against matrix products; statistics to Fréchet distance, against `scipy.linalg.sqrtm`.

`python -m benchmarks.feature_statistics [--quick]`. 50,000 x 2,048 float32 features, as Inception gives them for
CIFAR-10. "Matrix product" is X^T Y of two float64 arrays of that size; "X^T X" half of the work, since NumPy takes a
symmetric product for it. The Fréchet distance is once of covariances with full rank and once of 1,000 samples.
"""

import functools
import warnings
from multiprocessing.connection import Connection

import numpy as np
import scipy.linalg

from benchmarks import measuring
from benchmarks.measuring import Worker, serve_steps

PRODUCT, MATRIX_ROOT = "matrix product", "scipy.linalg.sqrtm"
NUM_SAMPLES, DIMS, FEW_SAMPLES = 50_000, 2048, 1000
QUICK_SHAPE, QUICK_FEW_SAMPLES = (2000, 128), 60


def random_features(seed: int, num_samples: int, dims: int) -> np.ndarray:
    """Correlated float32 features whose spectrum falls by three powers of ten."""
    generator = np.random.default_rng(seed)
    axes = generator.standard_normal((dims, dims), np.float32) * np.logspace(0, -1.5, dims, dtype=np.float32)[:, None]
    return generator.standard_normal((num_samples, dims), np.float32) @ axes


def with_numpy(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and covariance in float64, the plain way."""
    return features.mean(axis=0, dtype=np.float64), np.cov(features, rowvar=False, dtype=np.float64)


def statistics_contestant(connection: Connection, name: str, shape: tuple[int, int]) -> None:
    """A worker: features to mean and covariance, or what it is measured against."""
    from tfgan_suite.metrics.functional.frechet import feature_statistics

    features = np.random.default_rng(0).standard_normal(shape, np.float32)
    if name == "feature_statistics":
        step = functools.partial(feature_statistics, features)
    elif name == "np.mean and np.cov":
        step = functools.partial(with_numpy, features)
    else:
        left = features.astype(np.float64)
        step = functools.partial(np.matmul, left.T, left if name == "X^T X" else left.copy())
    serve_steps(connection, lambda num_steps: [step() for _ in range(num_steps)])


def distance_contestant(connection: Connection, name: str, num_samples: int, dims: int) -> None:
    """A worker: the distance of ready statistics."""
    from tfgan_suite.metrics.functional.frechet import feature_statistics, frechet_distance

    warnings.simplefilter("ignore")  # of the singular covariances
    stats_a, stats_b = (feature_statistics(random_features(seed, num_samples, dims)) for seed in range(2))

    def with_matrix_root() -> float:
        root = scipy.linalg.sqrtm(stats_a.covariance @ stats_b.covariance)
        shift = stats_a.mean - stats_b.mean
        return float(shift @ shift + np.trace(stats_a.covariance + stats_b.covariance) - 2 * np.trace(root).real)

    distances = []

    def run(num_steps: int) -> None:
        for _ in range(num_steps):
            ours = name == "frechet_distance"
            distances.append(frechet_distance(stats_a, stats_b).total if ours else with_matrix_root())

    serve_steps(connection, run)
    connection.send(distances[-1])


def measure_statistics(shape: tuple[int, int], quick: bool) -> dict[str, list[float]]:
    """Seconds from features to statistics."""
    names = ("feature_statistics", PRODUCT, "X^T X", "np.mean and np.cov")
    workers = {name: Worker(statistics_contestant, name=name, shape=shape) for name in names}
    return measuring.contest(workers, 1 if quick else 5, 1, num_warmups=1)


def measure_distance(num_samples: int, dims: int, quick: bool) -> dict[str, list[float]]:
    """Seconds from statistics to the distance; the contestants must agree within 1e-6."""
    names = ("frechet_distance", MATRIX_ROOT)
    workers = {name: Worker(distance_contestant, name=name, num_samples=num_samples, dims=dims) for name in names}
    seconds = measuring.in_turns(workers, 1 if quick else 3, 1, num_warmups=1)
    distances = []
    for worker in workers.values():
        worker.connection.send(None)
        distances.append(worker.connection.recv())
        worker.process.join()
    np.testing.assert_allclose(*distances, rtol=1e-6)
    return seconds


def main() -> None:
    """Measures and reports."""
    options = measuring.arguments(__doc__)
    shape = QUICK_SHAPE if options.quick else (NUM_SAMPLES, DIMS)
    few = QUICK_FEW_SAMPLES if options.quick else FEW_SAMPLES
    title = f"{shape[0]} x {shape[1]} features to statistics"
    seconds = {title: measure_statistics(shape, options.quick)}
    tables = [f"{title}\n\n{measuring.seconds_table(seconds[title], PRODUCT)}"]
    for num_samples in (5 * shape[1], few):
        title = f"Fréchet distance in {shape[1]} dimensions, covariances of {num_samples} samples"
        seconds[title] = measure_distance(num_samples, shape[1], options.quick)
        tables.append(f"{title}\n\n{measuring.seconds_table(seconds[title], MATRIX_ROOT)}")
    measuring.report("feature_statistics", options, tables, {"seconds": seconds})


if __name__ == "__main__":
    main()
