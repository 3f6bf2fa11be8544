"""Mixtures of equal Gaussians with known centres: the ring, the grid and the nine Gaussians of the papers' toy data.

They need NumPy only, so that an analysis of points waits for nothing else. `metrics.functional.modes.mode_statistics`
takes the centres and the standard deviation as they are here; `data.points.mixture_points` makes training data.
"""

import dataclasses
import itertools
import math

import numpy as np

from tfgan_suite.core.checks import is_whole, require, require_count, require_positive_finite, require_rank

_LABELS, _NOISE = 0, 1
"""Random streams of a draw. With one for each, a point does not depend on how many are drawn after it."""


@dataclasses.dataclass(frozen=True, eq=False)
class GaussianMixture:
    """K Gaussians of equal weight and of one isotropic covariance, stddev^2 I.

    Args:
        name: of the mixture.
        centers: finite floats [K, D], K and D at least 1; copied, float64 and read-only from then on.
        stddev: standard deviation of each coordinate about its centre, above 0. Not the variance, which is what the
            papers give.

    Raises:
        ValueError: centres of another rank, none at all, or not finite; a `stddev` that is not above 0 and finite.
    """

    name: str
    centers: np.ndarray
    stddev: float

    def __post_init__(self) -> None:
        centers = np.array(self.centers, np.float64)
        require_rank(2, centers=centers)
        require(
            centers.size > 0 and bool(np.isfinite(centers).all()),
            "`centers` must hold at least one centre of one dimension, all finite",
            shape=centers.shape,
        )
        require_positive_finite(stddev=self.stddev)
        centers.setflags(write=False)
        object.__setattr__(self, "centers", centers)
        object.__setattr__(self, "stddev", float(self.stddev))

    @property
    def num_modes(self) -> int:
        """K."""
        return self.centers.shape[0]

    @property
    def num_dims(self) -> int:
        """D."""
        return self.centers.shape[1]

    def sample(self, num_points: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Draws points: of each, a component uniformly, then a Gaussian about its centre.

        Args:
            num_points: N, at least 1.
            seed: at least 0. The same seed gives the same points; point i does not depend on `num_points`.

        Returns:
            Points float32 [N, D], and the component of each, int32 [N] in [0, K).

        Raises:
            ValueError: `num_points` not a whole number above 0, `seed` not one of at least 0.

        Cost: O(N D) time and memory.
        """
        require_count(num_points=num_points)
        require(is_whole(seed) and seed >= 0, "`seed` must be a whole number of at least 0", seed=seed)
        labels = np.random.default_rng((seed, _LABELS)).integers(self.num_modes, size=num_points)
        noise = np.random.default_rng((seed, _NOISE)).standard_normal((num_points, self.num_dims))
        points = self.centers[labels] + self.stddev * noise
        return points.astype(np.float32), labels.astype(np.int32)

    def log_density(self, points: np.ndarray) -> np.ndarray:
        """log p(x) = log (1 / K sum_k N(x; centre k, stddev^2 I)) of each point, in nats.

        The mean of its negative over generated points is the figure 4.3 of the MM-GAN thesis.

        Args:
            points: finite floats [N, D], N at least 1.

        Returns:
            float64 [N]; never -inf, however far a point is from all centres, but where a square overflows.

        Raises:
            ValueError: points of another rank or dimension, none at all, or not finite.

        Direction: higher is more probable.
        Cost: O(N K D) time; memory O(N (K + D)).
        Known failings: as a score of a whole set it rewards points that all lie on one centre, above true points.
        """
        points = np.asarray(points, np.float64)
        require_rank(2, points=points)
        require(
            len(points) > 0 and points.shape[1] == self.num_dims and bool(np.isfinite(points).all()),
            f"`points` must hold at least one point of the mixture's {self.num_dims} dimension(s), all finite",
            shape=points.shape,
        )
        log_norm = math.log(self.num_modes) + self.num_dims * math.log(self.stddev * math.sqrt(2 * math.pi))
        squares = np.stack(
            [np.square((points - center) / self.stddev).sum(axis=1) for center in self.centers]
        )  # [K, N]
        return np.logaddexp.reduce(-squares / 2, axis=0) - log_norm


def ring_mixture(num_modes: int = 8, radius: float = 1.0, stddev: float = 0.01) -> GaussianMixture:
    """2D-ring: Gaussians on a circle, evenly spaced.

    Self-conditioned GAN, section 4.2, after VEEGAN and PacGAN: eight on the unit circle, variance 1e-4. The code that
    the authors of the self-conditioned GAN published has a circle of radius 2 with the same variance: pass `radius=2`
    for its points.

    Args:
        num_modes: K, at least 1.
        radius: of the circle, above 0.
        stddev: of each coordinate, above 0; the square root of the variance 1e-4.

    Returns:
        Mixture "ring". Centre k is at the angle 2 pi k / K from the first axis towards the second, from k = 0 on.

    Raises:
        ValueError: an argument out of its range.
    """
    require_count(num_modes=num_modes)
    require_positive_finite(radius=radius)
    angles = 2 * np.pi * np.arange(num_modes) / num_modes
    return GaussianMixture("ring", radius * np.stack([np.cos(angles), np.sin(angles)], axis=1), stddev)


def grid_mixture(side: int = 5, spacing: float = 2.0, stddev: float = 0.05) -> GaussianMixture:
    """2D-grid: Gaussians on a square grid about the origin.

    Self-conditioned GAN, section 4.2, after VEEGAN and PacGAN: 25 at (2i - 4, 2j - 4), variance 0.0025.

    Args:
        side: Gaussians along a side, at least 1; K = side^2.
        spacing: distance of neighbours, above 0.
        stddev: of each coordinate, above 0; the square root of the variance 0.0025.

    Returns:
        Mixture "grid". Centre side i + j is at (i, j), in units of `spacing` and from the corner of the smallest
        coordinates: the first coordinate changes slowest.

    Raises:
        ValueError: an argument out of its range.
    """
    require_count(side=side)
    require_positive_finite(spacing=spacing)
    return GaussianMixture("grid", _grid_centers(side, spacing), stddev)


def nine_gaussians(spacing: float = 1.0, stddev: float = math.sqrt(0.1)) -> GaussianMixture:
    """Nine Gaussians at {-1, 0, 1}^2 that overlap: neighbours are 3.2 standard deviations apart.

    MM-GAN, section 4.1 (its 5,000 points: `mixture_points(nine_gaussians(), 5_000)`): covariance 0.1 I.

    Args:
        spacing: distance of neighbours, above 0.
        stddev: of each coordinate, above 0; the square root of the variance 0.1.

    Returns:
        Mixture "nine_gaussians". Centre 3 i + j is at spacing (i - 1, j - 1): the first coordinate changes slowest.

    Raises:
        ValueError: an argument out of its range.
    """
    require_positive_finite(spacing=spacing)
    return GaussianMixture("nine_gaussians", _grid_centers(3, spacing), stddev)


def _grid_centers(side: int, spacing: float) -> np.ndarray:
    coordinates = spacing * (np.arange(side) - (side - 1) / 2)
    return np.array(list(itertools.product(coordinates, coordinates)))
