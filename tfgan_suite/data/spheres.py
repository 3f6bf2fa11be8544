"""The sphere images of the smooth-to-sharp thesis, whose centres are all known: sharp, smooth, tunable, two spheres.

They need NumPy only. Pixels are float32 in [0, 1], unlike the toolkit's other images, which are in [-1, 1].
`metrics.functional.spheres` measures generated images by what a set knows of itself:

    centers = detect_centers(images, **spheres.detection_options(images))
    rmse = sphere_rmse(images, centers, spheres.radius, render=spheres.render)
    divergence = center_divergence(centers, spheres.area, min_distance=spheres.min_distance)
"""

import itertools

import numpy as np

from tfgan_suite.core.checks import require, require_whole
from tfgan_suite.data.sphere_set import SHARP, SMOOTH, SphereSet, check_sizes, last_center

__all__ = ["SphereSet", "sharp_spheres", "smooth_spheres", "tunable_spheres", "two_spheres"]


def sharp_spheres(image_size: int = 28, radius: int = 4, num_images: int | None = None, seed: int = 0) -> SphereSet:
    """One sharp sphere, at every whole pixel where it fits.

    Smooth-to-sharp thesis, eq. 3.1 and tables 5.3, 5.7, 5.10: (size - 2 r)^2 images, 400 of 28 x 28 and 1,600 of
    48 x 48 pixels with r = 4, and half-size sets of 200 and 800. With r = 2, table 5.3 has 400 images of 28 x 28, where
    576 centres fit: `sharp_spheres(radius=2, num_images=400)` draws them.

    Args:
        image_size: height and width in pixels, above 2 r.
        radius: r in pixels, a whole number of at least 1.
        num_images: size of a random part of the set, in the order of the whole; all of it if None. A smaller part is
            inside of a larger one of the same seed.
        seed: of the part, at least 0.

    Returns:
        Set whose centres go row by row through the pixels r to size - r - 1.

    Raises:
        ValueError: an argument out of its range, or a larger `num_images` than there are.
    """
    return _one_sphere(image_size, radius, num_images, seed, SHARP)


def smooth_spheres(image_size: int = 28, radius: int = 4, num_images: int | None = None, seed: int = 0) -> SphereSet:
    """One smooth sphere, at every whole pixel where the sharp one fits.

    Smooth-to-sharp thesis, eq. 3.2 and tables 5.3, 5.7; sigma = r / sqrt(2 ln 2). Arguments, order and errors as
    `sharp_spheres`: the same seed gives the same centres.
    """
    return _one_sphere(image_size, radius, num_images, seed, SMOOTH)


def tunable_spheres(
    k: float, image_size: int = 28, radius: int = 4, num_images: int | None = None, seed: int = 0
) -> SphereSet:
    """One sphere between smooth (`k` = 0) and sharp (`k` = -1), at every whole pixel where it fits.

    Smooth-to-sharp thesis, eq. 4.2 and tables 5.7, 5.10. The other arguments, order and errors as `sharp_spheres`: the
    same seed gives the same centres.

    Raises:
        ValueError: as `sharp_spheres`, or `k` not in [-1, 0].
    """
    return _one_sphere(image_size, radius, num_images, seed, k)


def two_spheres(
    image_size: int = 28, radius: int = 4, num_images: int | None = None, seed: int = 0, k: float | None = None
) -> SphereSet:
    """Two spheres that do not overlap, at every pair of whole pixels where they fit.

    Smooth-to-sharp thesis, section 3.1 and tables 5.7, 5.10: 67,230 images of 28 x 28 with r = 4. That is the number of
    unordered pairs at least 2 r apart on the 21 x 21 pixels r to size - r (28 - 2 * 4 + 1 = 21), while the thesis' 400
    images of one sphere have 20 x 20, r to size - r - 1. Both are kept. A sphere at size - r lacks the one pixel that
    would lie beyond the edge.

    Args:
        image_size: height and width in pixels; two spheres must fit.
        radius: r in pixels, a whole number of at least 1.
        num_images: size of a random part of the set, in the order of the whole; all of it if None. A smaller part is
            inside of a larger one of the same seed.
        seed: of the part, at least 0.
        k: shape in [-1, 0], from sharp to smooth; sharp if None.

    Returns:
        Set of centres [N, 2, 2] in lexicographic order, the first centre of a pair before the second.

    Raises:
        ValueError: an argument out of its range, or a larger `num_images` than there are.

    Cost: O(size^4) time and memory to list the pairs: 8 MB for 28 x 28, 150 MB for 48 x 48.
    """
    check_sizes(image_size, radius)
    last = last_center(image_size, radius, 2)
    require(
        2 * (last - radius) ** 2 >= (2 * radius) ** 2,
        "`image_size` must have room for two spheres",
        image_size=image_size,
        radius=radius,
    )
    lattice = _lattice(radius, last)
    first, second = np.triu_indices(len(lattice), k=1)
    far = np.square(lattice[first] - lattice[second]).sum(axis=1) >= (2 * radius) ** 2
    first, second = _part(np.stack([first[far], second[far]], axis=1), num_images, seed).T
    pairs = np.stack([lattice[first], lattice[second]], axis=1)  # [N, 2, 2]
    return SphereSet(pairs, image_size, radius, SHARP if k is None else k)


def _one_sphere(image_size: int, radius: int, num_images: int | None, seed: int, k: float) -> SphereSet:
    check_sizes(image_size, radius)
    lattice = _lattice(radius, last_center(image_size, radius, 1))
    return SphereSet(_part(lattice, num_images, seed), image_size, radius, k)


def _lattice(first: int, last: int) -> np.ndarray:
    """All (row, column) with first <= row, column <= last, row by row: int64 [n, 2]."""
    return np.array(list(itertools.product(range(first, last + 1), repeat=2)))


def _part(rows: np.ndarray, num_images: int | None, seed: int) -> np.ndarray:
    if num_images is None:
        return rows
    require_whole(num_images=num_images)
    require(
        1 <= num_images <= len(rows),
        "`num_images` must be at least 1 and at most the size of the whole set",
        num_images=num_images,
        whole_set=len(rows),
    )
    require_whole(seed=seed)
    require(seed >= 0, "`seed` must be at least 0", seed=seed)
    return rows[np.sort(np.random.default_rng(seed).permutation(len(rows))[:num_images])]
