"""What metrics are computed from: two sets of images, with what an embedder made of them, and the options."""

import dataclasses
from collections.abc import Callable

import numpy as np

from tfgan_suite.core.checks import require
from tfgan_suite.metrics.functional.frechet import feature_statistics
from tfgan_suite.metrics.options import MetricOptions
from tfgan_suite.metrics.summaries import Summary

_REAL_IMAGES = "Give the real images themselves, not their mean and covariance."


@dataclasses.dataclass(frozen=True)
class ImageSet:
    """Images uint8 [N, H, W, C] (None where only statistics are known) and what an embedder made of them."""

    images: np.ndarray | None
    summary: Summary

    def __len__(self) -> int:
        return len(self.summary.features) if self.images is None else len(self.images)

    def require_all_rows(self, whose: str) -> None:
        """Refuses a bootstrap of a random part of the images, whose interval would be that of the part."""
        require(
            len(self.summary.features) == len(self) > 0,
            f"a bootstrap needs the features of all {whose} images",
            "Raise `max_rows` to their number, or measure fewer." if len(self) else _REAL_IMAGES,
            num_images=len(self),
            features_kept=len(self.summary.features),
        )

    def at(self, rows: np.ndarray) -> "ImageSet":
        """The set of these rows, which may repeat."""
        features, probs = self.summary.features[rows], self.summary.probs
        summary = Summary(feature_statistics(features), features, rows, None if probs is None else probs[rows])
        return ImageSet(None if self.images is None else self.images[rows], summary)


@dataclasses.dataclass(frozen=True)
class Inputs:
    """What metrics are computed from; `train` are the images that the generator was trained on, if known."""

    real: ImageSet
    fake: ImageSet
    options: MetricOptions = dataclasses.field(default_factory=MetricOptions)
    train: ImageSet | None = None

    def with_rows(self, fake_rows: np.ndarray, real_rows: np.ndarray | None = None) -> "Inputs":
        """The same with generated images, and real ones if their rows are given, drawn anew from themselves."""
        real = self.real if real_rows is None else self.real.at(real_rows)
        return dataclasses.replace(self, fake=self.fake.at(fake_rows), real=real)


@dataclasses.dataclass(frozen=True)
class Need:
    """Something that not all inputs have: whether these have it, and how to get it, a sentence."""

    is_there: Callable[[Inputs], bool]
    fix: str


SSIM_WINDOW_PX = 11
NEEDS = {
    "real features": Need(lambda inputs: len(inputs.real.summary.features) > 0, _REAL_IMAGES),
    "real images": Need(lambda inputs: inputs.real.images is not None, _REAL_IMAGES),
    "class probabilities": Need(
        lambda inputs: inputs.fake.summary.probs is not None,
        "Use an embedder that is a classifier: inception, classifier, or a path.",
    ),
    "training images": Need(
        lambda inputs: inputs.train is not None, "Name the images that the generator was trained on by `train`."
    ),
    "colour pyramids": Need(
        lambda inputs: inputs.fake.images is not None and _makes_pyramids(inputs.fake.images.shape[1:]),
        "It takes square colour images of 16, 32, 64 … pixels.",
    ),
    "images of at least 11 pixels": Need(
        lambda inputs: inputs.fake.images is not None and min(inputs.fake.images.shape[1:3]) >= SSIM_WINDOW_PX,
        "The window of MS-SSIM has that size.",
    ),
    "twice as many generated images as features": Need(
        lambda inputs: len(inputs.fake.summary.features) >= 2 * (inputs.fake.summary.features.shape[1] + 1),
        "Draw more, or take an embedder or a layer with fewer features.",
    ),
}
"""What a metric may need beyond statistics of both sets."""


def _makes_pyramids(image_shape: tuple[int, int, int]) -> bool:
    height, width, channels = image_shape
    return height == width >= 16 and height & (height - 1) == 0 and channels == 3
