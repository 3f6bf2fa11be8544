"""A set of sphere images that knows its centres, renders them, and says how generated images are measured against it.

NumPy only, until batches are made. Pixels are float32 in [0, 1], unlike the toolkit's other images, which are in
[-1, 1]: networks for them end in a sigmoid.
"""

import dataclasses
import math
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from tfgan_suite.core.checks import require, require_positive, require_whole

if TYPE_CHECKING:
    from tfgan_suite.data.pipeline import TrainingBatches
    from tfgan_suite.data.smoothing import Smoothing

SHARP, SMOOTH = -1.0, 0.0
"""Values of `k`."""

_LARGEST_K_OF_CONVOLUTION = -0.8
"""Up to here it finds all pairs, tried for radii of 2 to 8; at -0.6 it misses 1 % of the close ones with r = 6."""

_BLOCK_ROWS = 1024


@dataclasses.dataclass(frozen=True, eq=False)
class SphereSet:
    """Images of one or two spheres of one radius and shape, each image a centre or a pair of centres.

    Smooth-to-sharp thesis, section 3.1. A pixel at distance d from the nearest centre is
    sharp (k = -1): 1 where d <= r, 0 elsewhere (eq. 3.1);
    smooth (k = 0): x = exp(-d^2 / (2 sigma^2)) (eq. 3.2), with sigma = r / sqrt(2 ln 2), so that x = 1/2 at d = r;
    tunable (k between): the normalised tunable sigmoid of x (eq. 4.2), which tends to sharp as k tends to -1, in all
    pixels but those at a distance of exactly r: they stay at 1/2 for every k, and only at k = -1 are they 1.

    Two spheres are the pixelwise maximum of the two, the union of both if they are sharp.

    Args:
        centers: whole numbers [N, 2], or [N, 2, 2] for two spheres, N at least 1: (row, column) of pixels, as
            `metrics.functional.spheres` gives them; inside of `area`, and two at least 2 r apart. Copied, int64 and
            read-only from then on.
        image_size: height and width in pixels, above 2 r.
        radius: r in pixels, a whole number of at least 1.
        k: in [-1, 0].

    Raises:
        ValueError: an argument out of its range, centres of another shape or outside of what is allowed.
    """

    centers: np.ndarray
    image_size: int
    radius: int
    k: float

    def __post_init__(self) -> None:
        check_sizes(self.image_size, self.radius)
        require(bool(-1 <= self.k <= 0), "`k` must be in [-1, 0], from sharp to smooth", k=self.k)
        object.__setattr__(self, "k", float(self.k))
        centers = np.array(self.centers)
        require(
            centers.shape[1:] in ((2,), (2, 2)) and len(centers) > 0 and np.issubdtype(centers.dtype, np.integer),
            "`centers` must be whole numbers [N, 2], or [N, 2, 2] for two spheres, with at least one row",
            shape=centers.shape,
            dtype=str(centers.dtype),
        )
        centers = centers.astype(np.int64)
        centers.setflags(write=False)
        object.__setattr__(self, "centers", centers)
        low, high = self.area
        require(
            bool((centers > low).all() and (centers < high).all()),
            "`centers` must keep the radius from the edges",
            smallest=int(centers.min()),
            largest=int(centers.max()),
            area=self.area,
        )
        if self.num_spheres == 2:
            squared = np.square(centers[:, 0] - centers[:, 1]).sum(axis=1)
            require(
                bool((squared >= self.min_distance**2).all()),
                "`centers` of a pair must be at least 2 `radius` apart",
                smallest_distance=math.sqrt(squared.min()),
                radius=self.radius,
            )

    def __len__(self) -> int:
        return len(self.centers)

    def __repr__(self) -> str:
        spheres = "one sphere" if self.num_spheres == 1 else "two spheres"
        return f"SphereSet({len(self)} of {spheres}, {self.image_size} px, r={self.radius}, {self.kind}, k={self.k})"

    @property
    def num_images(self) -> int:
        """N."""
        return len(self.centers)

    @property
    def num_spheres(self) -> int:
        """Spheres in each image, 1 or 2."""
        return 1 if self.centers.ndim == 2 else 2

    @property
    def kind(self) -> Literal["sharp", "smooth", "tunable"]:
        """What `k` makes of the spheres."""
        return {SHARP: "sharp", SMOOTH: "smooth"}.get(self.k, "tunable")

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(height, width, 1)."""
        return self.image_size, self.image_size, 1

    @property
    def sigma(self) -> float:
        """Standard deviation of the smooth sphere in pixels: r / sqrt(2 ln 2)."""
        return self.radius / math.sqrt(2 * math.log(2))

    @property
    def area(self) -> tuple[float, float]:
        """(low, high) of the rows and the columns of true centres: the unit cells of the whole pixels they may be on.

        One sphere: pixels r to size - r - 1, as `metrics.functional.spheres.feasible_area` has it. Two: to size - r.
        """
        last = last_center(self.image_size, self.radius, self.num_spheres)
        return self.radius - 0.5, last + 0.5

    @property
    def min_distance(self) -> float:
        """Least distance of the two centres of an image, 2 r; 0 with one sphere."""
        return 0.0 if self.num_spheres == 1 else 2.0 * self.radius

    @property
    def template(self) -> np.ndarray:
        """One sphere of the set's shape with its centre in the middle, float32 [2 r + 1, 2 r + 1]."""
        side = 2 * self.radius + 1
        return _render(np.full((1, 1, 2), self.radius), side, side, self.radius, self.k)[0]

    @cached_property
    def images(self) -> np.ndarray:
        """float32 [N, H, W, 1] in [0, 1], in the order of `centers`; read-only.

        Rendered when first asked for, then kept: 211 MB for the whole two-sphere set of the thesis.
        """
        images = self.render(self.centers, self.image_size, self.image_size)[..., None]
        images.setflags(write=False)
        return images

    def render(self, centers: np.ndarray, height: int, width: int) -> np.ndarray:
        """The true images at any centres, such as detected ones: the `render` of `sphere_rmse`.

        Args:
            centers: [n, 2], or [n, num_spheres, 2]: (row, column) in pixels, whole or not, inside of `area` or not.
            height: the set's `image_size`; an argument so that images of another size are found out.
            width: the same.

        Returns:
            float32 [n, height, width] in [0, 1].

        Raises:
            ValueError: another size than the set's, or centres of another shape or number, or not finite.

        Cost: O(n H W) time; memory for the result and a block of images.
        """
        self._check_size(height, width)
        centers = np.asarray(centers, np.float64)
        if centers.ndim == 2:
            centers = centers[:, None]  # [n, 2] -> [n, 1, 2]
        require(
            centers.ndim == 3 and centers.shape[1:] == (self.num_spheres, 2) and bool(np.isfinite(centers).all()),
            f"`centers` must be finite and hold (row, column) of {self.num_spheres} sphere(s) per image",
            shape=centers.shape,
        )
        images = np.empty((len(centers), height, width), np.float32)
        for start in range(0, len(centers), _BLOCK_ROWS):
            rows = slice(start, start + _BLOCK_ROWS)
            images[rows] = _render(centers[rows], height, width, self.radius, self.k)
        return images

    def with_k(self, k: float) -> "SphereSet":
        """The same centres in another shape.

        Raises:
            ValueError: `k` not in [-1, 0].
        """
        return dataclasses.replace(self, k=k)

    def detection_options(self, images: np.ndarray) -> dict[str, Any]:
        """What `metrics.functional.spheres.detect_centers` takes beside `images` to find this set's spheres in them.

        The template is the true shape, matched by convolution, as in the thesis. Two spheres smoother than k = -0.8 are
        matched by least squared error instead, for convolution finds a hill between them (see `detect_centers`).

        Args:
            images: [n, H, W] or [n, H, W, 1] in which to look; only their shape counts here.

        Raises:
            ValueError: images of another size or number of channels than the set's.
        """
        shape = np.shape(images)
        require(
            len(shape) == 3 or (len(shape) == 4 and shape[3] == 1),
            "`images` must be [n, H, W] or [n, H, W, 1]",
            **{"images.shape": shape},
        )
        self._check_size(*shape[1:3])
        by_convolution = self.num_spheres == 1 or self.k <= _LARGEST_K_OF_CONVOLUTION
        return {
            "radius": self.radius,
            "num_spheres": self.num_spheres,
            "template": self.template,
            "matching": "convolution" if by_convolution else "squared_error",
        }

    def training_batches(
        self,
        batch_size: int,
        seed: int = 0,
        smoothing: "Smoothing | None" = None,
        with_example_ids: bool = False,
    ) -> "TrainingBatches":
        """Shuffled batches of the images, float32 [B, H, W, 1] in [0, 1]; see `TrainingBatches`.

        Raises:
            ValueError: as `TrainingBatches`, or `TunableSmoothing` of spheres that are not smooth (it would sharpen
                tunable ones twice, and leave sharp ones as they are).
        """
        import tensorflow as tf

        from tfgan_suite.data.pipeline import TrainingBatches
        from tfgan_suite.data.smoothing import TunableSmoothing

        require(
            self.kind == "smooth" or not isinstance(smoothing, TunableSmoothing),
            "`smoothing` by a tunable sigmoid needs smooth spheres",
            "Make the batches from `spheres.with_k(0)`.",
            kind=self.kind,
            k=self.k,
        )
        with tf.device("CPU:0"):
            examples = tf.convert_to_tensor(self.images)
        return TrainingBatches(
            examples, batch_size=batch_size, seed=seed, smoothing=smoothing, with_example_ids=with_example_ids
        )

    def _check_size(self, height: int, width: int) -> None:
        require(
            (height, width) == (self.image_size, self.image_size),
            "images must have the size of the sphere set",
            received=(height, width),
            image_size=self.image_size,
        )


def last_center(image_size: int, radius: int, num_spheres: int) -> int:
    """The largest row or column of a true centre; the smallest is the radius."""
    return image_size - radius - (1 if num_spheres == 1 else 0)


def _render(centers: np.ndarray, height: int, width: int, radius: int, k: float) -> np.ndarray:
    """centers [n, num_spheres, 2] -> images float32 [n, height, width]."""
    rows, columns = centers[..., 0, None], centers[..., 1, None]  # [n, num_spheres, 1] each
    vertical, horizontal = np.square(np.arange(height) - rows), np.square(np.arange(width) - columns)
    # All shapes fall with the distance: the maximum over spheres is the value at the least distance.
    squared = (vertical[..., :, None] + horizontal[..., None, :]).min(axis=1)  # [n, num_spheres, H, W] -> [n, H, W]
    if k == SHARP:
        return (squared <= radius**2).astype(np.float32)
    values = np.exp2(-squared / radius**2)  # exp(-d^2 / (2 sigma^2)), and 1/2 to the last bit at d = r
    if k != SMOOTH:
        # Eq. 4.2 with c = (1 + k) / (1 - k), a form that rounding does not take out of [0, 1].
        offsets, c = 2 * values - 1, (1 + k) / (1 - k)
        values = (1 + offsets / (np.abs(offsets) + c * (1 - np.abs(offsets)))) / 2
    return values.astype(np.float32)


def check_sizes(image_size: int, radius: int) -> None:
    """Refuses what are no whole numbers, or leave no room for a sphere."""
    require_whole(image_size=image_size, radius=radius)
    require_positive(radius=radius)
    require(
        image_size > 2 * radius,
        "`radius` must be below half of `image_size`",
        radius=radius,
        image_size=image_size,
    )
