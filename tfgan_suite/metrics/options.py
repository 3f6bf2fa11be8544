"""Options of the metrics, in one place, since all of them belong to the protocol of a number."""

import dataclasses
from typing import Literal

from tfgan_suite.core.checks import require, require_in, require_positive


@dataclasses.dataclass(frozen=True)
class MetricOptions:
    """Options of the metrics.

    Raises:
        ValueError: a number that must be above 0 is not, an unknown `resample`, or a negative seed.
    """

    num_splits: int = 10
    """Splits of the Inception score."""
    num_neighbors: int = 5
    """k of precision, recall, density and coverage."""
    kid_subset_size: int = 1000
    """Images in each subset of the kernel distance; smaller sets are taken whole."""
    ddm_distance: Literal["euclidean", "squared_euclidean"] = "euclidean"
    """Distance of the distribution divergence measure."""
    ddm_bandwidth: float = 1.0
    """Divides that distance."""
    quality_alpha: float | None = None
    """alpha of the quality score; default: by the real images' own distances, so that one of them scores a half."""
    max_rows: int = 10_000
    """Feature vectors kept of each set for metrics that compare all pairs; of a larger set, a random part."""
    max_diversity_images: int = 500
    """Generated images whose pairs are compared by MS-SSIM; of more, a random part."""
    max_swd_images: int = 2_000
    """Images of each set for the sliced Wasserstein distance; of more, a random part."""
    resample: Literal["fake", "both"] = "fake"
    """What a bootstrap draws anew: the generated images, so that the real ones count as fixed; or both sets."""
    seed: int = 0
    """Of samples, random parts and resamples."""

    def __post_init__(self) -> None:
        unbounded = {"ddm_distance", "resample", "seed", *(["quality_alpha"] if self.quality_alpha is None else [])}
        values = dataclasses.asdict(self)
        require_positive(**{name: value for name, value in values.items() if name not in unbounded})
        require_in(("fake", "both"), resample=self.resample)
        require(self.seed >= 0, "`seed` must be at least 0", seed=self.seed)
