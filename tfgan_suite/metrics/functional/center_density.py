"""Density of detected sphere centres on a grid: Parzen windows in two dimensions, or in four for pairs."""

import math

import numpy as np

from tfgan_suite.core.checks import require, require_positive_finite

MAX_CELLS = 2**23  # of a density in float64: 64 MiB
_BLOCK_ROWS = 1024


def grid_of_cells(area: tuple[float, float], interval: float, bandwidth: float, num_axes: int) -> np.ndarray:
    """Middles of the cells of a density along each of its axes, float64 [G], after checking the numbers.

    Args:
        area: (low, high), where the cells begin and end.
        interval: side of a cell, about: a whole number of cells fills the area.
        bandwidth: of the Gaussian kernel that the density is estimated with.
        num_axes: 2 for one sphere, 4 for two.

    Raises:
        ValueError: an area without extent or end, an interval or a bandwidth out of its range, or too many cells.
    """
    low, high = area
    side = high - low
    require(0 < side < math.inf, "`area` must be (low, high) with low < high, both finite", area=area)
    require_positive_finite(interval=interval)
    require(interval <= side, "`interval` must be at most the side of the area", interval=interval, area=area)
    require(
        interval <= bandwidth <= side,
        "`bandwidth` must be at least `interval`, or else the sums over cells are off, and at most the area's side",
        bandwidth=bandwidth,
        interval=interval,
        area=area,
    )
    require(
        side / interval <= MAX_CELLS and round(side / interval) ** num_axes <= MAX_CELLS,
        f"the density must have at most {MAX_CELLS} cells",
        cells_along_an_axis=side / interval,
        num_axes=num_axes,
        fix="Take a larger `interval`.",
    )
    num_cells = round(side / interval)
    return low + (np.arange(num_cells) + 0.5) * side / num_cells


def feasible_density(
    centers: np.ndarray, grid: np.ndarray, area: tuple[float, float], bandwidth: float, min_distance: float
) -> np.ndarray:
    """Parzen estimate of the density at the feasible cells of a grid, up to a factor: float64, one entry per cell.

    A sample of the uniform density on the feasible cells has the same value in each of them, on average. What is
    estimated and why is said in `spheres.center_divergence`.

    Args:
        centers: float64 [N, 1, 2] or [N, 2, 2], inside of the area.
        grid: float64 [G], from `grid_of_cells`.
        area: (low, high), where the cells begin and end.
        bandwidth: of the Gaussian kernel, in pixels.
        min_distance: between the centres of a feasible pair.

    Raises:
        ValueError: no pair of cells is feasible.
    """
    density = _estimate(centers, grid, area, bandwidth)
    if centers.shape[1] == 1:
        return density
    return _feasible_pairs(density, grid, area, bandwidth, min_distance)


def _estimate(centers: np.ndarray, grid: np.ndarray, area: tuple[float, float], bandwidth: float) -> np.ndarray:
    """The Parzen estimate at all cells, up to a factor: [G^2], or for two spheres [G^2, G^2]."""
    num_cells, num_spheres = len(grid), centers.shape[1]
    density = np.zeros((num_cells**2,) * num_spheres)
    centers, counts = np.unique(centers, axis=0, return_counts=True)  # on whole pixels few of them differ
    for start in range(0, len(centers), _BLOCK_ROWS):
        rows = slice(start, start + _BLOCK_ROWS)
        kernels = _kernel(centers[rows], grid, area, bandwidth)  # [n, num_spheres, 2, G]
        kernels[:, 0, 0] *= counts[rows, None]
        if num_spheres == 1:
            density += (kernels[:, 0, 0].T @ kernels[:, 0, 1]).ravel()
            continue
        planes = kernels[:, :, 0, :, None] * kernels[:, :, 1, None, :]  # [n, 2, G, G]
        first, second = planes.reshape(len(planes), 2, -1).swapaxes(0, 1)  # [n, G^2] each
        density += first.T @ second
    return density


def _kernel(values: np.ndarray, grid: np.ndarray, area: tuple[float, float], bandwidth: float) -> np.ndarray:
    """Gaussians around values [...] at the grid [G], reflected at both ends of the area: [..., G]."""
    low, high = area
    values = values[..., None]
    images = (values, 2 * low - values, 2 * high - values)
    return sum(np.exp(-0.5 * np.square((grid - image) / bandwidth)) for image in images)


def _feasible_pairs(
    density: np.ndarray, grid: np.ndarray, area: tuple[float, float], bandwidth: float, min_distance: float
) -> np.ndarray:
    """The density [G^2, G^2] in either order of the pair, at feasible cells, over the kernel's feasible share."""
    rows, columns = (axis.ravel() for axis in np.meshgrid(grid, grid, indexing="ij"))
    squared = np.square(rows[:, None] - rows) + np.square(columns[:, None] - columns)
    feasible = squared >= min_distance**2 - 1e-9
    require(bool(feasible.any()), "`min_distance` must leave pairs of cells", min_distance=min_distance, area=area)
    kernel = _kernel(grid, grid, area, bandwidth)
    shares = feasible.reshape((len(grid),) * 4).astype(np.float64)
    for axis in range(4):
        shares = np.moveaxis(np.tensordot(kernel, shares, axes=(1, axis)), 0, axis)
    shares = shares.reshape(feasible.shape)  # [G, G, G, G] -> [G^2, G^2]
    return ((density + density.T)[feasible]) / shares[feasible]
