"""The table of metrics: names, directions, what each needs, and how it is computed from two sets of images."""

import dataclasses
import math
from collections.abc import Callable, Mapping
from typing import Literal

import numpy as np

from tfgan_suite.core.checks import require
from tfgan_suite.metrics.functional import ddm, inception, kernel, memorisation, prdc, quality_diversity
from tfgan_suite.metrics.functional.frechet import frechet_distance
from tfgan_suite.metrics.functional.frechet_infinity import frechet_distance_infinity
from tfgan_suite.metrics.functional.modes import label_mode_statistics
from tfgan_suite.metrics.functional.sliced_wasserstein import sliced_wasserstein_distance
from tfgan_suite.metrics.inputs import NEEDS, Inputs
from tfgan_suite.metrics.reservoir import Reservoir

Values = dict[str, float]


@dataclasses.dataclass(frozen=True)
class Metric:
    """One entry of the table.

    Attributes:
        name: on the command line.
        title: in full.
        source: paper.
        directions: number -> "higher" or "lower" is better, or "" where neither is.
        compute: inputs -> numbers, with the keys of `directions`.
        needs: names in `NEEDS`.
        cost: in images N and feature dimensions D.
        resampled: whether a bootstrap of it is worth its time.
    """

    name: str
    title: str
    source: str
    directions: Mapping[str, Literal["higher", "lower", ""]]
    compute: Callable[[Inputs], Values]
    needs: frozenset[str] = frozenset()
    cost: str = ""
    resampled: bool = True

    def missing(self, inputs: Inputs) -> list[str]:
        """What it needs and these inputs lack."""
        return sorted(need for need in self.needs if not NEEDS[need].is_there(inputs))

    def require_inputs(self, inputs: Inputs) -> None:
        """Refuses inputs that lack something, saying how to get it."""
        for need in self.missing(inputs):
            require(False, f"the metric {self.name} needs {need}", NEEDS[need].fix)


def _fid(inputs: Inputs) -> Values:
    found = frechet_distance(inputs.real.summary.statistics, inputs.fake.summary.statistics)
    return {"fid": found.total, "fid_mean_part": found.mean_part, "fid_covariance_part": found.covariance_part}


def _fid_infinity(inputs: Inputs) -> Values:
    found = frechet_distance_infinity(
        inputs.real.summary.statistics, inputs.fake.summary.features, seed=inputs.options.seed
    )
    return {"fid_infinity": found.value, "fid_infinity_slope": found.slope}


def _kid(inputs: Inputs) -> Values:
    generator = np.random.default_rng(inputs.options.seed)  # images of a folder come class by class
    real, fake = (generator.permutation(each.summary.features) for each in (inputs.real, inputs.fake))
    value, standard_error = kernel.kernel_distance(real, fake, subset_size=inputs.options.kid_subset_size)
    return {"kid": value, "kid_standard_error": standard_error}


def _inception_score(inputs: Inputs) -> Values:
    mean, stddev = inception.inception_score(inputs.fake.summary.probs, inputs.options.num_splits)
    return {"inception_score": mean, "inception_score_stddev": stddev}


def _prdc(inputs: Inputs) -> Values:
    found = prdc.precision_recall_density_coverage(
        inputs.real.summary.features, inputs.fake.summary.features, inputs.options.num_neighbors
    )
    return dataclasses.asdict(found)


def _ddm(inputs: Inputs) -> Values:
    how = {"distance": inputs.options.ddm_distance, "bandwidth": inputs.options.ddm_bandwidth}
    real, fake = inputs.real.summary.features, inputs.fake.summary.features
    values = {"ddm": ddm.distribution_divergence(real, fake, **how)}
    if inputs.train is not None:
        values["ddm_of_train"] = ddm.distribution_divergence(real, inputs.train.summary.features, **how)
    return values


def _classes(inputs: Inputs) -> Values:
    probs = inputs.fake.summary.probs
    found = label_mode_statistics(probs.argmax(axis=1), probs.shape[1])
    return {"num_classes_found": float(found.num_modes), "class_reverse_kl": found.reverse_kl}


def _quality_diversity(inputs: Inputs) -> Values:
    fake, limit = inputs.fake, inputs.options.max_diversity_images
    images = Reservoir(limit, inputs.options.seed).update(fake.images).rows
    alpha, references = inputs.options.quality_alpha, inputs.real.summary.features
    log_alpha = quality_diversity.reference_log_alpha(references) if alpha is None else math.log(alpha)
    quality = quality_diversity.quality_scores(fake.summary.features, references, log_alpha=log_alpha).mean()
    intra = quality_diversity.intra_class_diversity(images)
    inter = quality_diversity.inter_class_diversity(fake.summary.probs)
    diversity = quality_diversity.diversity_score(intra, inter)
    return {
        "quality_score": float(quality),
        "intra_class_diversity": intra,
        "inter_class_diversity": inter,
        "diversity_score": diversity,
        "combined_score": quality_diversity.combined_score(float(quality), diversity),
        "quality_log_alpha": log_alpha,
    }


def _sliced_wasserstein(inputs: Inputs) -> Values:
    count = min(len(inputs.real), len(inputs.fake), inputs.options.max_swd_images)
    real, fake = (Reservoir(count, inputs.options.seed).update(each.images).rows for each in (inputs.real, inputs.fake))
    levels = sliced_wasserstein_distance(real, fake, dequantise=True, seed=inputs.options.seed)
    return {
        "sliced_wasserstein_distance": float(np.mean([level.fake_distance for level in levels])),
        "sliced_wasserstein_distance_of_real": float(np.mean([level.real_distance for level in levels])),
    }


def _memorisation(inputs: Inputs) -> Values:
    training = inputs.train.images
    fake = memorisation.nearest_training_images(inputs.fake.images, training).distances
    real = memorisation.nearest_training_images(inputs.real.images, training).distances
    return {
        "memorised_fraction": memorisation.memorised_fraction(fake, real),
        "nearest_training_distance": float(np.median(fake)),
        "nearest_training_distance_of_real": float(np.median(real)),
    }


METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric(
            "fid",
            "Fréchet distance (FID) with its mean and covariance parts",
            "Heusel et al. 2017; CIN-GAN thesis, 4.1.2",
            {"fid": "lower", "fid_mean_part": "lower", "fid_covariance_part": "lower"},
            _fid,
            cost="N D² and D³",
        ),
        Metric(
            "fid_infinity",
            "Fréchet distance extrapolated to infinitely many samples",
            "Chong and Forsyth 2020",
            {"fid_infinity": "lower", "fid_infinity_slope": ""},
            _fid_infinity,
            frozenset({"twice as many generated images as features"}),
            cost="15 times fid",
            resampled=False,
        ),
        Metric(
            "kid",
            "Kernel distance (KID)",
            "Bińkowski et al. 2018",
            {"kid": "lower", "kid_standard_error": ""},
            _kid,
            frozenset({"real features"}),
            cost="N D times the subset size",
            resampled=False,
        ),
        Metric(
            "is",
            "Inception score, mean over ten splits",
            "Salimans et al. 2016",
            {"inception_score": "higher", "inception_score_stddev": ""},
            _inception_score,
            frozenset({"class probabilities"}),
            cost="N times classes",
        ),
        Metric(
            "prdc",
            "Precision, recall, density, coverage",
            "Kynkäänniemi et al. 2019; Naeem et al. 2020",
            {"precision": "higher", "recall": "higher", "density": "higher", "coverage": "higher"},
            _prdc,
            frozenset({"real features"}),
            cost="6 N² D",
            resampled=False,
        ),
        Metric(
            "ddm",
            "Distribution divergence measure; with `train`, what the training images get",
            "ModNet and DDM thesis, eq. 3.4",
            {"ddm": "lower", "ddm_of_train": ""},
            _ddm,
            frozenset({"real features"}),
            cost="2 N² D",
        ),
        Metric(
            "quality_diversity",
            "Quality, diversity within and between classes, and both combined",
            "MM-GAN thesis, eq. 3.2 to 3.7",
            {
                "quality_score": "higher",
                "intra_class_diversity": "higher",
                "inter_class_diversity": "higher",
                "diversity_score": "higher",
                "combined_score": "higher",
                "quality_log_alpha": "",
            },
            _quality_diversity,
            frozenset({"real features", "class probabilities", "images of at least 11 pixels"}),
            cost="2 N² D; MS-SSIM of all pairs of 500 images",
            resampled=False,
        ),
        Metric(
            "classes",
            "Classes found, and KL of their frequencies from even ones",
            "Self-conditioned GAN, section 4 (reverse KL of the mode histogram)",
            {"num_classes_found": "higher", "class_reverse_kl": "lower"},
            _classes,
            frozenset({"class probabilities"}),
            cost="N times classes",
        ),
        Metric(
            "swd",
            "Sliced Wasserstein distance of Laplacian pyramids, mean of the levels (TF-GAN)",
            "Karras et al. 2018",
            {"sliced_wasserstein_distance": "lower", "sliced_wasserstein_distance_of_real": ""},
            _sliced_wasserstein,
            frozenset({"real images", "colour pyramids"}),
            cost="N log N times patches and projections",
            resampled=False,
        ),
        Metric(
            "memorisation",
            "Share of generated images nearer to the training set than 99 % of the real ones, in pixels",
            "ModNet and DDM thesis, 2.5.5",
            {
                "memorised_fraction": "lower",
                "nearest_training_distance": "",
                "nearest_training_distance_of_real": "",
            },
            _memorisation,
            frozenset({"real images", "training images"}),
            cost="2 N M pixels",
            resampled=False,
        ),
    )
}
"""Every metric of `recipes.evaluate`, by its name."""

DIRECTIONS = {name: direction for metric in METRICS.values() for name, direction in metric.directions.items()}
"""Number -> "higher" or "lower" is better; "" where neither is."""
