"""Checks of the metrics that run on a user's machine: closed forms, known sets, golden numbers, invariances.

The golden inputs are formulas, so that nothing has to be shipped; the expected values come from the code bases named.
"""

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.stats

from tfgan_suite.metrics.functional.clustering import clustering_accuracy, normalized_mutual_information, purity
from tfgan_suite.metrics.functional.ddm import distribution_divergence
from tfgan_suite.metrics.functional.frechet import (
    FeatureStatistics,
    RunningStatistics,
    feature_statistics,
    frechet_distance,
)
from tfgan_suite.metrics.functional.inception import inception_score
from tfgan_suite.metrics.functional.kernel import kernel_distance
from tfgan_suite.metrics.functional.memorisation import memorised_fraction, nearest_training_images
from tfgan_suite.metrics.functional.modes import label_mode_statistics, mode_statistics
from tfgan_suite.metrics.functional.ms_ssim import mean_pairwise_ms_ssim
from tfgan_suite.metrics.functional.parzen import parzen_log_likelihood
from tfgan_suite.metrics.functional.prdc import precision_recall_density_coverage
from tfgan_suite.metrics.functional.quality_diversity import inter_class_diversity, quality_scores
from tfgan_suite.metrics.functional.spheres import detect_centers
from tfgan_suite.metrics.reservoir import Reservoir


@dataclasses.dataclass(frozen=True)
class Outcome:
    """Whether a check passed, and the numbers in words."""

    passed: bool
    text: str


CHECKS: dict[str, Callable[[], Outcome]] = {}
"""Name -> check, in the order in which they run."""


def _check(name: str) -> Callable[[Callable[[], Outcome]], Callable[[], Outcome]]:
    def add(function: Callable[[], Outcome]) -> Callable[[], Outcome]:
        CHECKS[name] = function
        return function

    return add


def _close(found: float, expected: float, tolerance: float) -> Outcome:
    passed = bool(abs(found - expected) <= tolerance)
    return Outcome(passed, f"{found:.10g}, expected {expected:.10g} within {tolerance:.1g}")


def _waves(function: Callable, rows: int, columns: int, frequency: float) -> np.ndarray:
    """function(frequency (row + 1) (column + 1)), float64 [rows, columns]."""
    return function(frequency * np.outer(np.arange(rows) + 1, np.arange(columns) + 1))


def _gaussians(num_rows: int, num_dims: int, shift: float = 0.0, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(num_rows, num_dims)) + shift


@_check("FID: closed form of two diagonal Gaussians")
def _fid_closed_form() -> Outcome:
    a = FeatureStatistics(np.zeros(2), np.diag([1.0, 4.0]), None)
    b = FeatureStatistics(np.array([1.0, 2.0]), np.diag([9.0, 16.0]), None)
    return _close(frechet_distance(a, b).total, 13.0, 1e-9)


@_check("FID: golden number of TTUR")
def _fid_golden() -> Outcome:
    a = _waves(np.sin, 12, 4, 0.5)
    b = 0.8 * _waves(np.cos, 15, 4, 0.3) + 0.1 * np.arange(4)
    return _close(frechet_distance(feature_statistics(a), feature_statistics(b)).total, 0.40517261342261923, 1e-9)


@_check("FID: a set against itself")
def _fid_self() -> Outcome:
    statistics = feature_statistics(_gaussians(500, 16))
    return _close(frechet_distance(statistics, statistics).total, 0.0, 1e-9)


@_check("FID: any batch size and any order")
def _fid_batches() -> Outcome:
    rows = _gaussians(1000, 16, shift=100.0)
    whole, cut = feature_statistics(rows), RunningStatistics()
    for batch in np.array_split(rows[::-1], 37):
        cut.update(batch)
    return _close(frechet_distance(whole, cut.result()).total, 0.0, 1e-9)


@_check("Inception score: golden number of improved-gan, ten splits")
def _inception_golden() -> Outcome:
    logits = 2 * _waves(np.sin, 24, 6, 0.7)
    probs = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return _close(inception_score(probs, 10)[0], 1.4261897140017037, 1e-9)


@_check("Inception score: one-hot predictions of 10 even classes give 10")
def _inception_one_hot() -> Outcome:
    return _close(inception_score(np.eye(10)[np.arange(1000) % 10], 10)[0], 10.0, 1e-9)


@_check("KID: two sets of one Gaussian within 5 standard errors of 0")
def _kid_same() -> Outcome:
    value, standard_error = kernel_distance(_gaussians(2000, 16, seed=1), _gaussians(2000, 16, seed=2), subset_size=200)
    return _close(value, 0.0, 5 * standard_error)


@_check("KID: a shifted Gaussian lies beyond 20 standard errors")
def _kid_shifted() -> Outcome:
    value, standard_error = kernel_distance(_gaussians(2000, 16, seed=1), _gaussians(2000, 16, 1.0, 2), subset_size=200)
    return Outcome(value > 20 * standard_error, f"{value:.4g} with a standard error of {standard_error:.2g}")


@_check("Precision, recall, coverage: a set against itself")
def _prdc_self() -> Outcome:
    found = precision_recall_density_coverage(_gaussians(300, 8), _gaussians(300, 8))
    return _close(min(found.precision, found.recall, found.coverage), 1.0, 0)


@_check("Precision, recall, coverage: two sets far apart")
def _prdc_apart() -> Outcome:
    found = precision_recall_density_coverage(_gaussians(300, 8), _gaussians(300, 8, 100.0))
    return _close(max(found.precision, found.recall, found.density, found.coverage), 0.0, 0)


@_check("DDM: one test point at distances 1 and 3, by hand")
def _ddm_by_hand() -> Outcome:
    found = distribution_divergence(np.zeros((1, 1)), np.array([[1.0], [-3.0]]))
    return _close(found, -math.log((math.exp(-1) + math.exp(-3)) / 2), 1e-12)


@_check("DDM: distances of 10,000 do not underflow")
def _ddm_far() -> Outcome:
    return _close(distribution_divergence(np.zeros((5, 3)), np.full((7, 3), 1e4 / math.sqrt(3))), 1e4, 1e-6)


@_check("Modes: golden counts of PacGAN and self-conditioned GAN on a ring")
def _modes_golden() -> Outcome:
    angles, steps = 2 * np.pi * np.arange(8) / 8, np.arange(60)
    centers = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    radii = 0.01 * (0.1 * (7 * steps % 50) + 0.05)[:, None]
    points = centers[steps % 7] + radii * np.stack([np.cos(0.9 * steps), np.sin(0.9 * steps)], axis=1)
    found = mode_statistics(points, centers, 0.01)
    passed = found.num_modes == 6 and math.isclose(found.high_quality_fraction, 37 / 60)
    difference = abs(found.reverse_kl - 0.1352083425314012)
    text = (
        f"{found.num_modes} modes, {found.high_quality_fraction:.4f} of high quality, reverse KL {found.reverse_kl:.6f}"
    )
    return Outcome(passed and difference < 1e-9, text)


@_check("Modes of labels: golden reverse KL of stacked MNIST")
def _label_modes_golden() -> Outcome:
    steps = np.arange(26_000)
    found = label_mode_statistics((37 * steps * steps + 11 * steps) % 1000, 1000)
    outcome = _close(found.reverse_kl, 1.6804560563843132, 1e-9)
    return Outcome(outcome.passed and found.num_modes == 212, f"{found.num_modes} modes; {outcome.text}")


@_check("NMI, accuracy and purity: names of clusters do not count")
def _clustering_names() -> Outcome:
    labels = np.arange(600) % 6
    renamed = np.array([3, 5, 0, 1, 4, 2])[labels]
    scores = [score(labels, renamed) for score in (normalized_mutual_information, clustering_accuracy, purity)]
    return _close(min(scores), 1.0, 1e-12)


@_check("MS-SSIM: equal images give 1")
def _ms_ssim_equal() -> Outcome:
    image = np.random.default_rng(0).integers(0, 256, (1, 32, 32, 3), dtype=np.uint8)
    return _close(mean_pairwise_ms_ssim(np.repeat(image, 4, axis=0)), 1.0, 1e-9)


@_check("Quality: 1 / 2 at distance 0 with alpha 1; no overflow at 1,000,000")
def _quality() -> Outcome:
    found = quality_scores(np.array([[0.0], [1e6]]), np.zeros((1, 1)), 1.0)
    return Outcome(math.isclose(found[0], 0.5) and found[1] == 0, f"{found[0]:.3g} and {found[1]:.3g}")


@_check("Diversity between classes: even predictions give 1")
def _inter_class() -> Outcome:
    return _close(inter_class_diversity(np.eye(10)[np.arange(1000) % 10]), 1.0, 1e-12)


@_check("Parzen: one sample is SciPy's Gaussian density")
def _parzen() -> Outcome:
    point, sample = np.array([[0.3, -0.2, 1.0]]), np.array([[0.1, 0.4, 0.5]])
    expected = scipy.stats.multivariate_normal.logpdf(point[0], sample[0], 0.25)
    return _close(float(parzen_log_likelihood(point, sample, 0.5)[0]), float(expected), 1e-10)


@_check("Spheres: the centres of drawn discs are found")
def _spheres() -> Outcome:
    rows, columns = np.mgrid[0:28, 0:28]
    centers = np.array([[4, 4], [10, 20], [23, 7]])
    images = np.stack([(rows - y) ** 2 + (columns - x) ** 2 <= 16 for y, x in centers]).astype(np.float32)
    found = detect_centers(images, 4)
    return Outcome(np.array_equal(found, centers), f"{found.tolist()}, expected {centers.tolist()}")


@_check("Reservoir: any batch size keeps the same rows")
def _reservoir() -> Outcome:
    rows, cut = np.arange(5000), Reservoir(100, seed=1)
    for batch in np.array_split(rows, 37):
        cut.update(batch)
    same = np.array_equal(cut.rows, Reservoir(100, seed=1).update(rows).rows)
    return Outcome(same, "the same 100 rows of 5,000" if same else "other rows")


@_check("Embedder: the same features in batches of 1, 7 and all")
def _embedder_batches() -> Outcome:
    embedder, images = _random_network(), _noise_images(23, seed=0)
    whole = embedder.embed(images).features
    differences = [np.abs(embedder.embed(images, batch_size=size).features - whole).max() for size in (1, 7)]
    return _close(float(max(differences)) / float(np.abs(whole).max()), 0.0, 1e-6)


def _random_network() -> Any:
    """An embedder of one convolution, for images of 12x12 that it resizes to 8x8."""
    import tensorflow as tf  # not at the top: most of its checks do without, and `--only` should be quick

    from tfgan_suite.metrics.embedders.base import Embedder

    class RandomNetwork(Embedder):
        name, weights_hash, feature_dim, input_size = "one convolution", "none", 16, (8, 8)

        def forward(self, images: tf.Tensor) -> tuple[tf.Tensor, None]:
            kernel = np.random.default_rng(0).normal(size=(3, 3, 3, 16)).astype(np.float32)
            maps = tf.nn.relu(tf.nn.conv2d(images / 255, kernel, strides=2, padding="SAME"))
            return tf.reduce_mean(maps, axis=(1, 2)), None  # [n, 16]

    return RandomNetwork()


def _noise_images(num_images: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (num_images, 12, 12, 3), dtype=np.uint8)


@_check("Memorisation: copies are found, copies shifted by a pixel are not")
def _memorisation() -> Outcome:
    training, copied = _noise_images(300, seed=0), np.arange(0, 300, 3)
    new = nearest_training_images(_noise_images(1000, seed=1), training).distances
    copies = nearest_training_images(training[copied], training)
    shifted = nearest_training_images(np.roll(training[copied], 1, axis=2), training)
    shares = [memorised_fraction(each.distances, new) for each in (copies, shifted)]
    passed = np.array_equal(copies.indices[:, 0], copied) and copies.distances.max() == 0
    text = f"{shares[0]:.0%} and {shares[1]:.0%}, expected 100% and at most 5%"
    return Outcome(bool(passed and shares[0] == 1 and shares[1] <= 0.05), text)
