"""Diversity and quality of generated sphere images: detected centres, their divergence from uniform, and RMSE."""

from collections.abc import Callable
from typing import Literal

import numpy as np
import scipy.ndimage
import scipy.special

from tfgan_suite.core.checks import (
    require,
    require_count,
    require_in,
    require_positive,
    require_positive_finite,
    require_rank,
    require_weight,
    require_whole,
)
from tfgan_suite.metrics.functional.center_density import feasible_density, grid_of_cells

Renderer = Callable[[np.ndarray, int, int], np.ndarray]  # centers [n, num_spheres, 2], height, width -> [n, H, W]
_BLOCK_ROWS = 1024


def detect_centers(
    images: np.ndarray,
    radius: float,
    num_spheres: int = 1,
    *,
    template: np.ndarray | None = None,
    matching: Literal["convolution", "squared_error"] = "convolution",
    suppression_distance: float | None = None,
) -> np.ndarray:
    """The pixels at which spheres are found, by template matching.

    Smooth-to-sharp thesis, section 3.2 (SPEC D2): the place where the convolution of the image with the true shape is
    largest. The next sphere is looked for where no detection is close by (non-maximum suppression). Whole pixels; the
    first one in row order where several are equal, so an image of nothing has its centre at (0, 0).

    Args:
        images: float [N, H, W] or [N, H, W, 1], in [0, 1].
        radius: r in pixels, above 0 and below half of the images' shorter side.
        num_spheres: per image, at least 1.
        template: float [h, w], both odd, no larger than the images, the true shape with its centre in the middle; the
            sharp disk of pixels no farther than `radius` unless given. The disk also finds smooth and tunable single
            spheres.
        matching: "convolution" as in the thesis. "squared_error" takes the least mean squared difference between
            image and template instead, and needs the very shape, cut to 2 r + 1 pixels. To be taken for two smooth
            spheres, whose convolution with the smooth shape can have one hill between them: that finds 78 % of the
            pairs of the two-sphere set, this all.
        suppression_distance: two detections are at least this far apart, above 0; 2 r unless given, the nearest that
            spheres can be without overlap.

    Returns:
        int64 [N, 2], or [N, num_spheres, 2] for more than one: (row, column), the strongest sphere first.

    Raises:
        ValueError: no images, not one channel, values not in [0, 1] or not finite, `num_spheres` no whole number above
            0, a radius, template or distance out of its range, a template of even sides, unknown `matching`, or no
            pixel left for another sphere.

    Cost: O(N H W h w) time; memory for a block of images.
    Known failings: always finds `num_spheres` centres, in images without spheres too (`sphere_rmse` shows that).
    """
    images = _checked_images(images)
    size = images.shape[1:]
    require_positive_finite(radius=radius)
    require_count(num_spheres=num_spheres)
    require(2 * radius < min(size), "`radius` must be below half of the images' side", radius=radius, image_size=size)
    require_in(("convolution", "squared_error"), matching=matching)
    template = _disk(radius) if template is None else np.asarray(template, np.float64)
    require_rank(2, template=template)
    require(
        template.shape[0] % 2 == 1 and template.shape[1] % 2 == 1 and bool(np.isfinite(template).all()),
        "`template` must be finite and have odd sides, with the centre of the shape in the middle",
        **{"template.shape": template.shape},
    )
    require(
        template.shape[0] <= size[0] and template.shape[1] <= size[1],
        "`template` must be no larger than the images",
        image_size=size,
        **{"template.shape": template.shape},
    )
    distance = 2 * radius if suppression_distance is None else suppression_distance
    require_positive_finite(suppression_distance=distance)
    centers = np.empty((len(images), num_spheres, 2), np.int64)
    for start in range(0, len(images), _BLOCK_ROWS):
        rows = slice(start, start + _BLOCK_ROWS)
        centers[rows] = _strongest(_responses(images[rows], template, matching), num_spheres, distance)
    return centers[:, 0] if num_spheres == 1 else centers


def sphere_rmse(images: np.ndarray, centers: np.ndarray, radius: float, *, render: Renderer | None = None) -> float:
    """Root mean square error of each image against the true image at its detected centres, mean over images.

    Smooth-to-sharp thesis, eq. 3.3 (SPEC D2).

    Args:
        images: float [N, H, W] or [N, H, W, 1], in [0, 1].
        centers: [N, 2] or [N, num_spheres, 2], (row, column), from `detect_centers`.
        radius: r in pixels, above 0; of the sharp spheres that are drawn unless `render` is given.
        render: (centers [n, num_spheres, 2], height, width) -> true images float [n, height, width] in [0, 1]: the
            smooth, tunable or other shape that the images were to have.

    Returns:
        A float in [0, 1].

    Raises:
        ValueError: as `detect_centers` for images, a radius that is not above 0 and finite, centres of another number
            or shape, or a `render` that returns another shape.

    Direction: lower is better.
    Cost: O(N H W num_spheres); memory for a block of images.
    Known failings: a sphere half a pixel off the grid counts as an error; does not see whether spheres differ
    (`center_divergence` does).
    """
    images = _checked_images(images)
    require_positive_finite(radius=radius)
    centers = _checked_centers(centers)
    require(
        len(centers) == len(images),
        "`centers` must be one row per image",
        num_images=len(images),
        **{"centers.shape": centers.shape},
    )
    height, width = images.shape[1:]
    total = 0.0
    for start in range(0, len(images), _BLOCK_ROWS):
        rows = slice(start, start + _BLOCK_ROWS)
        some = centers[rows]
        true_images = _sharp(some, height, width, radius) if render is None else np.asarray(render(some, height, width))
        require(
            true_images.shape == images[rows].shape,
            "`render` must return one image per row of centres, [n, height, width]",
            returned=true_images.shape,
            expected=images[rows].shape,
        )
        total += np.sqrt(np.square(images[rows].astype(np.float64) - true_images).mean(axis=(1, 2))).sum()
    return float(total / len(images))


def feasible_area(image_size: int, radius: float) -> tuple[float, float]:
    """Where one sphere's centre can be along each axis: (r - 1/2, size - r - 1/2).

    The unit cells of the whole pixels r to size - r - 1, of which the one-sphere sets have size - 2 r (SPEC D1).

    Raises:
        ValueError: `image_size` no whole number, `radius` not above 0, or no room for a sphere.
    """
    require_whole(image_size=image_size)
    require_positive(radius=radius)
    require(image_size > 2 * radius, "`image_size` must be above 2 `radius`", image_size=image_size, radius=radius)
    return radius - 0.5, image_size - radius - 0.5


def center_divergence(
    centers: np.ndarray,
    area: tuple[float, float],
    *,
    min_distance: float = 0.0,
    bandwidth: float = 1.0,
    interval: float | None = None,
) -> float:
    """KL divergence of the centres' estimated density q from the uniform density p of true centres.

    Smooth-to-sharp thesis, section 3.2 (SPEC D2): D_KL(q || p), q by Parzen windows (Gaussian) on 10,000 detected
    centres, summed over cells of 0.1 pixels; p = 1 / m^2 on a square of side m.

    Args:
        centers: [N, 2], or [N, 2, 2] for two spheres, whose order does not matter: (row, column), in pixels. Centres
            outside the area are moved to its edge, where they count as too many.
        area: (low, high) of the rows and of the columns that p allows, m = high - low; from `feasible_area`, or for
            whole pixels a to b (a - 1/2, b + 1/2).
        min_distance: between the two centres, 2 r for spheres that do not overlap; p is uniform over pairs that keep
            it. At least 0, which it is for one sphere.
        bandwidth: h, the Gaussian's standard deviation in pixels, in [interval, m]. The thesis gives none. With 1,
            centres on whole pixels smooth to an even density: its ripple is 2 exp(-2 pi^2 h^2), and 5e-9 of it.
        interval: side of a cell in pixels, above 0, at most m; 0.1 for one sphere unless given. For two, 1, as the
            four dimensions at 0.1 would be 1.9e9 cells; sums of a density as smooth as h = 1 are exact to 1e-8 at that
            interval already.

    Returns:
        A float of at least 0, in nats.

    Raises:
        ValueError: no centres, shapes other than above, values not finite, an area without extent or end, an
            `interval`, `bandwidth` or `min_distance` out of its range, too many cells, or no pair of centres near the
            feasible ones.

    Direction: lower is better.
    Cost: for one sphere O(N G + G^2 N) with G = m / interval for 10,000 centres under a second; for two O(N G^4),
    a few seconds. Memory: the density and a block of centres.
    Known failings: N true centres do not give 0 but about (S^2 - 1) / (2 N), S = m / (2 sqrt(pi) h) + 1/2, for one
    sphere: 0.0018 for 28 x 28, r = 4, h = 1 and N = 10,000. Blind to all that is finer than h.
    Departure: kernels are reflected at the edges of the area, and for pairs q is divided by the share of the kernel
    that is feasible; without that q falls to a half at the edges and true centres keep a divergence for any N. q is
    taken over feasible cells only, as p is 0 elsewhere, with sum 1.
    """
    centers = _checked_centers(centers)
    num_spheres = centers.shape[1]
    require(num_spheres <= 2, "`centers` must be of one or two spheres", num_spheres=num_spheres)
    require_weight(min_distance=min_distance)
    require(min_distance == 0 or num_spheres == 2, "`min_distance` is for two spheres", min_distance=min_distance)
    interval = (0.1 if num_spheres == 1 else 1.0) if interval is None else interval
    grid = grid_of_cells(area, interval, bandwidth, num_axes=2 * num_spheres)
    density = feasible_density(np.clip(centers, *area), grid, area, bandwidth, min_distance)
    total = density.sum()
    require(total > 0, "`centers` must come near feasible ones", area=area, min_distance=min_distance)
    shares = density / total
    return max(0.0, float(np.log(len(shares)) - scipy.special.entr(shares).sum()))  # below 0 only by rounding


def _checked_images(images: np.ndarray) -> np.ndarray:
    images = np.asarray(images)
    if images.ndim == 4 and images.shape[3] == 1:
        images = images[..., 0]
    require(
        images.ndim == 3 and images.size > 0,
        "`images` must be [N, H, W] or [N, H, W, 1], with at least one image",
        **{"images.shape": images.shape},
    )
    smallest, largest = float(images.min()), float(images.max())
    require(
        smallest >= -1e-3 and largest <= 1 + 1e-3,  # NaN fails, rounding does not
        "`images` must be finite and in [0, 1]",
        smallest=smallest,
        largest=largest,
        fix="Bring images in [-1, 1] there with (images + 1) / 2.",
    )
    return images


def _checked_centers(centers: np.ndarray) -> np.ndarray:
    """As float64 [N, num_spheres, 2]."""
    centers = np.asarray(centers, np.float64)
    if centers.ndim == 2:
        centers = centers[:, None, :]  # [N, 2] -> [N, 1, 2]
    require(
        centers.ndim == 3 and centers.size > 0 and centers.shape[2] == 2,
        "`centers` must be [N, 2] or [N, num_spheres, 2], with at least one row",
        **{"centers.shape": centers.shape},
    )
    require(bool(np.isfinite(centers).all()), "`centers` must be finite", num_centers=len(centers))
    return centers


def _disk(radius: float) -> np.ndarray:
    reach = int(radius)
    offsets = np.square(np.arange(-reach, reach + 1))
    return (offsets[:, None] + offsets <= radius**2).astype(np.float64)


def _sharp(centers: np.ndarray, height: int, width: int, radius: float) -> np.ndarray:
    """1 inside of any sphere, 0 elsewhere: float64 [n, H, W]."""
    rows, columns = centers[..., 0, None, None], centers[..., 1, None, None]  # [n, num_spheres, 1, 1]
    squared = np.square(np.arange(height)[:, None] - rows) + np.square(np.arange(width) - columns)
    return (squared <= radius**2).any(axis=1).astype(np.float64)


def _responses(images: np.ndarray, template: np.ndarray, matching: str) -> np.ndarray:
    """How well the template fits around each pixel, with nothing beyond the edges: float64 [n, H, W].

    Sums in pixel space and not by FFT, whose rounding would scatter the centres of images that fit nowhere better.
    """
    images = images.astype(np.float64)
    convolution = scipy.ndimage.correlate(images, template[None], mode="constant")
    if matching == "convolution":
        return convolution
    # -mean (image - template)^2 over the part of the window that is inside of the image.
    window, inside = np.ones_like(template), np.ones(images.shape[1:])
    energy = scipy.ndimage.correlate(np.square(images), window[None], mode="constant")
    template_energy = scipy.ndimage.correlate(inside, np.square(template), mode="constant")
    return (2 * convolution - energy - template_energy) / scipy.ndimage.correlate(inside, window, mode="constant")


def _strongest(responses: np.ndarray, num_spheres: int, suppression_distance: float) -> np.ndarray:
    """The places of the largest responses, no two closer than the distance: int64 [n, num_spheres, 2]."""
    count, height, width = responses.shape
    centers = np.empty((count, num_spheres, 2), np.int64)
    for sphere in range(num_spheres):
        best = responses.reshape(count, -1).argmax(axis=1)  # [n, H, W] -> [n, H * W]
        rows, columns = np.unravel_index(best, (height, width))
        require(
            bool((responses[np.arange(count), rows, columns] > -np.inf).all()),
            "images must have room for `num_spheres` spheres at their distance",
            num_spheres=num_spheres,
            suppression_distance=suppression_distance,
            image_size=(height, width),
        )
        centers[:, sphere, 0], centers[:, sphere, 1] = rows, columns
        squared = np.square(np.arange(height)[:, None] - rows[:, None, None]) + np.square(
            np.arange(width) - columns[:, None, None]
        )
        responses = np.where(squared < suppression_distance**2, -np.inf, responses)
    return centers
