"""Divergences of generated numbers from a Gaussian: by Parzen windows, and exactly for piecewise linear generators."""

import dataclasses
import math
from collections.abc import Callable

import numpy as np

from tfgan_suite.core.checks import require, require_positive

REACH = 9.0  # standard deviations of the Gaussian, and kernels' widths, beyond which nothing is integrated
INTERVALS_PER_STDDEV = 5
_BLOCK_ENTRIES = 2**20  # kernels [block, N] of float64: 8 MiB
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(3)


@dataclasses.dataclass(frozen=True)
class LineDivergences:
    """Of a model's distribution on the line from the data's.

    Attributes:
        kl: D_KL(model || data), nats; infinite where the model has an atom, a number of positive probability.
        js: D_JS(model || data), nats, in [0, log 2].
    """

    kl: float
    js: float

    @property
    def optimal_loss(self) -> float:
        """The loss of the optimal discriminator, -2 D_JS + 2 log 2 (smooth-to-sharp thesis, eq. 2.9)."""
        return 2 * math.log(2) - 2 * self.js


def parzen_bandwidth(samples: np.ndarray, smallest: float = 0.0) -> float:
    """Scott's rule (1992) in one dimension: N^(-1/5) times the samples' standard deviation; at least `smallest`."""
    return max(float(len(samples) ** -0.2 * np.std(samples)), smallest)


def parzen_divergences(
    samples: np.ndarray, mean: float, stddev: float, bandwidth: float | None = None
) -> LineDivergences:
    """Divergences of samples' Parzen estimate from N(mean, stddev^2), by numerical integration.

    Smooth-to-sharp thesis, eq. 2.9 and 2.13, figures 4.2 and 5.2: D_KL(q || p) with q estimated from generated samples
    (its section 3.2) and p known. Composite Gauss-Legendre quadrature with three nodes in each interval, five intervals
    in a standard deviation of the Gaussian and one in a bandwidth, as far as nine of them reach.

    Args:
        samples: float [N], generated.
        mean, stddev: of the data; `stddev` above 0.
        bandwidth: standard deviation of the Gaussian kernel; None: `parzen_bandwidth`, at least `stddev` / 1000, so
            that samples which are all alike have a finite KL.

    Returns:
        LineDivergences.

    Raises:
        ValueError: samples of another rank, none, or not finite; `stddev` or `bandwidth` not above 0.

    Direction: lower is better.
    Cost: O(N R / h) time with R the samples' range and h the bandwidth (0.1 s for 10,000 samples); memory for a block
    of kernels (8 MiB, or one row of N).
    Known failings: the kernel widens the estimate (10,000 true samples have a KL of about 9e-4, not 0) and rounds
    steps and peaks of the density off; `pushforward_divergences` does not.
    """
    samples = np.asarray(samples, np.float64)
    _require_line(samples=samples)
    require_positive(stddev=stddev)
    if bandwidth is None:
        bandwidth = parzen_bandwidth(samples, stddev / 1000)
    require_positive(bandwidth=bandwidth)
    low, high = samples.min() - REACH * bandwidth, samples.max() + REACH * bandwidth
    edges = np.union1d(_data_edges(mean, stddev), np.linspace(low, high, math.ceil((high - low) / bandwidth) + 1))
    return _divergences(edges, lambda x: parzen_density(x, samples, bandwidth), mean, stddev)


def parzen_density(x: np.ndarray, samples: np.ndarray, bandwidth: float) -> np.ndarray:
    """The density at x [M] of a Gaussian of standard deviation `bandwidth` about each of `samples` [N]: float64 [M].

    What `parzen_log_likelihood` is for vectors, faster in one dimension; 0 far from all samples. Cost: O(N M).
    """
    x, samples = np.asarray(x, np.float64) / bandwidth, np.asarray(samples, np.float64) / bandwidth
    density = np.empty(len(x))
    block_size = max(1, _BLOCK_ENTRIES // len(samples))
    for start in range(0, len(x), block_size):
        rows = slice(start, start + block_size)
        density[rows] = np.exp(-0.5 * np.square(x[rows, None] - samples)).mean(axis=1)
    return density / (bandwidth * math.sqrt(2 * math.pi))


def pushforward_divergences(latents: np.ndarray, values: np.ndarray, mean: float, stddev: float) -> LineDivergences:
    """Divergences of a piecewise linear function of uniform latents from N(mean, stddev^2), without an estimate.

    A generator with one layer of ReLU takes latents z from U[a, b] to numbers along straight pieces, so that its
    density is a staircase: each piece spreads its share of [a, b] evenly over the numbers that it passes.

    Args:
        latents: float [K + 1], ascending: a, the latents where the slope changes, b.
        values: float [K + 1], what the generator makes of them.
        mean, stddev: of the data; `stddev` above 0.

    Returns:
        LineDivergences. Where a piece is level, its share of the latents is an atom: `kl` is infinite, and `js` counts
        it as told apart for certain.

    Raises:
        ValueError: arrays of another rank or of different lengths, fewer than two entries, not finite or not ascending;
            `stddev` not above 0.

    Direction: lower is better.
    Cost: O(K (K + 200)) time and memory.
    """
    latents, values = np.asarray(latents, np.float64), np.asarray(values, np.float64)
    _require_line(latents=latents, values=values)
    require_positive(stddev=stddev)
    require(
        latents.shape == values.shape and len(latents) > 1 and bool((np.diff(latents) > 0).all()),
        "`latents` must be ascending, and `values` must have one for each, at least two",
        num_latents=len(latents),
        num_values=len(values),
    )
    shares = np.diff(latents) / (latents[-1] - latents[0])
    low, high = np.minimum(values[:-1], values[1:]), np.maximum(values[:-1], values[1:])
    level = high - low <= 1e-12 * stddev
    low, high, steep = low[~level], high[~level], shares[~level]

    def density(x: np.ndarray) -> np.ndarray:
        passed = (low <= x[:, None]) & (x[:, None] <= high)  # [N, K]
        return passed @ (steep / (high - low))

    edges = np.union1d(_data_edges(mean, stddev), np.concatenate([low, high]))
    found = _divergences(edges, density, mean, stddev)
    atoms = float(shares[level].sum())
    return found if atoms == 0 else LineDivergences(math.inf, min(found.js + atoms * math.log(2) / 2, math.log(2)))


def gaussian_log_density(x: np.ndarray, mean: float, stddev: float) -> np.ndarray:
    """log N(x; mean, stddev^2), nats."""
    return -0.5 * np.square((x - mean) / stddev) - math.log(stddev * math.sqrt(2 * math.pi))


def _data_edges(mean: float, stddev: float) -> np.ndarray:
    return mean + stddev * np.linspace(-REACH, REACH, math.ceil(2 * REACH * INTERVALS_PER_STDDEV) + 1)


def _divergences(
    edges: np.ndarray, density: Callable[[np.ndarray], np.ndarray], mean: float, stddev: float
) -> LineDivergences:
    """Integrals over the intervals between `edges`, none of which has a step of the density inside of it."""
    half = np.diff(edges)[:, None] / 2
    x = (edges[:-1, None] + half + half * _NODES).ravel()
    weights = (half * _WEIGHTS).ravel()
    p, log_q = density(x), gaussian_log_density(x, mean, stddev)
    log_p = np.log(p, where=p > 0, out=np.full_like(p, -np.inf))
    log_m, q = np.logaddexp(log_p, log_q) - math.log(2), np.exp(log_q)
    log_p = np.where(p > 0, log_p, 0.0)  # 0 log 0 = 0
    kl = weights @ (p * (log_p - log_q))
    js = weights @ (p * (log_p - log_m) + q * (log_q - log_m)) / 2
    return LineDivergences(max(float(kl), 0.0), min(max(float(js), 0.0), math.log(2)))


def _require_line(**named: np.ndarray) -> None:
    for name, array in named.items():
        require(
            array.ndim == 1 and array.size > 0 and bool(np.isfinite(array).all()),
            f"`{name}` must be finite numbers [N], at least one",
            **{f"{name}.shape": array.shape},
        )
