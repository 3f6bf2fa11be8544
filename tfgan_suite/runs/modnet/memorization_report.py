"""Tables and sentences on memorisation: how near generated images are to training images (ModNet thesis, 2.5.5)."""

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tfgan_suite.metrics.functional.memorisation import memorised_fraction, nearer_fraction
from tfgan_suite.runs.modnet.memorization_study import Changed, Nearness, OwnSources, by_pair
from tfgan_suite.runs.reports.report import KeyNumber, Table

QUANTILES = (0.01, 0.1, 0.5)
CLEAR_ERRORS = 2.0
NUM_LOWEST_PAIRS = 10


@dataclasses.dataclass(frozen=True)
class Share:
    """A share of the generated images, what it would be of new real ones, and its standard error if they are alike."""

    name: str
    value: float
    expected: float
    standard_error: float

    @property
    def verdict(self) -> str:
        """Whether it is clearly another share."""
        if abs(self.value - self.expected) <= CLEAR_ERRORS * self.standard_error:
            return "as new images"
        return "more" if self.value > self.expected else "fewer"


def shares_of(nearness: Nearness) -> list[Share]:
    """The shares that tell memorisation."""
    own, test = nearness.generated.distances[:, 0], nearness.test.distances[:, 0]
    both = 1 / len(own) + 1 / len(test)
    shares = [
        Share(
            f"nearer to a training image than {1 - quantile:.0%} of the test images are",
            memorised_fraction(own, test, quantile),
            quantile,
            math.sqrt(quantile * (1 - quantile) * both),
        )
        for quantile in QUANTILES
    ]
    error = math.sqrt((len(own) + len(test) + 1) / (12 * len(own) * len(test)))
    found = nearness.preference
    even = f"nearer to one of {nearness.num_even:,} training images than to any of as many test images"
    return [
        *shares,
        Share("nearer to a training image than a test image is, of all pairs", nearer_fraction(own, test), 0.5, error),
        Share(even, found.fraction, 0.5, found.standard_error),
    ]


def shares_table(nearness: Nearness, *, independent: bool = True) -> Table:
    """Every share beside what is expected of new real images.

    Args:
        nearness: what was measured.
        independent: whether the generated images came one by one; without, as for the results of a ModNet, of which
            many have one source, there are no errors and no verdicts.
    """
    rows = [
        [each.name, f"{each.value:.2%}", f"{each.expected:.0%}", f"{each.standard_error:.2%}", each.verdict]
        for each in shares_of(nearness)
    ]
    copies = [float((each.distances[:, 0] == 0).mean()) for each in (nearness.generated, nearness.test)]
    rows.append(["a copy of a training image, to the last bit", f"{copies[0]:.2%}", f"{copies[1]:.2%}", None, None])
    heads = ("Share of the generated images", "This run", "Expected", "Standard error", "Verdict")
    note = "Expected: of new real images; for copies, what test images have."
    if independent:
        note += (
            " The error is that of a share as expected, by the numbers of images; a share is another one beyond "
            f"{CLEAR_ERRORS:g} of it. The last share but one is the only one that smooth images do not raise."
        )
    else:
        heads, rows = heads[:3], [row[:3] for row in rows]
        note += " Without a verdict: changed images are made of training images, and many of one."
    return Table("Nearer to the training images than new real images are?", heads, rows, note, range(len(rows)))


def distances_table(nearness: Nearness) -> Table:
    """Distances of generated and of test images to the nearest training image."""
    rows = []
    for name, found in (("generated", nearness.generated), ("test", nearness.test)):
        distances = found.distances[:, 0]
        quantiles = np.quantile(distances, (0.0, 0.01, 0.5, 0.99, 1.0))
        rows.append([name, len(distances), *map(float, quantiles), len(np.unique(found.indices[:, 0]))])
    heads = ("Images", "number", "smallest", "1 %", "median", "99 %", "largest", "different nearest images")
    return Table("Distance to the nearest training image", heads, rows, "Euclidean, in grey levels of 255.")


def findings(nearness: Nearness) -> str:
    """What the shares say, in sentences."""
    first, *_, even = shares_of(nearness)
    found = nearness.generated.distances[:, 0]
    verdicts = {"more": "more than", "fewer": "fewer than", "as new images": "no more and no fewer than"}
    copies = int((found == 0).sum())
    return (
        f"Of {len(found):,} generated images {first.value:.2%} are {first.name}: {verdicts[first.verdict]} of new real "
        f"images ({first.expected:.0%} ± {first.standard_error:.2%}). {even.value:.1%} are {even.name}, "
        f"{verdicts[even.verdict]} without memorisation (50% ± {even.standard_error:.1%}). "
        + {0: "None is", 1: "One is"}.get(copies, f"{copies:,} are")
        + " a copy of a training image to the last bit."
    )


# --- changed images --------------------------------------------------------------------------------------------------


def difference_of(found: OwnSources, changed: Changed) -> tuple[float, float]:
    """The changed images' share of own sources minus the control's, and its standard error; NaN for a single source.

    Paired, over the means of the sources: what was made of one source does not count as several findings.
    """
    _, sources, counts = np.unique(changed.source_indices, return_inverse=True, return_counts=True)
    means = np.bincount(sources, found.own.astype(np.float64) - found.own_with_noise) / counts
    error = float(means.std(ddof=1)) / math.sqrt(len(means)) if len(means) > 1 else math.nan
    return float(means.mean()), error


def own_findings(found: OwnSources, changed: Changed) -> str:
    """What was found of changed images and their sources, beside the document's claim and the control."""
    own, control = float(found.own.mean()), float(found.own_with_noise.mean())
    holds = "holds" if own == 1 else "does not hold to the last image"
    difference, error = difference_of(found, changed)
    if not abs(difference) > CLEAR_ERRORS * error:
        means = "as many, so that the share says no more of this model than how small its changes are"
    elif difference < 0:
        means = "more, so that the changes do lead towards other training images"
    else:
        means = "fewer, so that the changes stay nearer to their source than noise does"
    return (
        f"Of {len(found.own):,} changed images {own:.2%} have the image that they were made of as nearest training "
        f"image; the document's claim, that all have, {holds}. {found.other_of_target.mean():.2%} are nearest to "
        f"another one of their target class, {found.other_of_label.mean():.2%} to another one of their source's. Of "
        f"the sources with noise of the same norm {control:.2%} have: {means} (difference {100 * difference:+.2f} ± "
        f"{100 * error:.2f} points, paired over {len(np.unique(changed.source_indices)):,} sources)."
    )


def own_table(found: OwnSources) -> Table:
    """Changed images, the control, and the document's."""
    rows = [["changed images, the document's", "all", None, None, None, None]]
    changed = (found.own, found.other_of_target, found.other_of_label, found.change_norms, found.mean_abs_changes)
    rows.append(
        ["changed images", *(f"{values.mean():.2%}" for values in changed[:3])]
        + [float(np.median(values)) for values in changed[3:]]
    )
    noise = found.noise_mean_abs_changes
    control = [f"{found.own_with_noise.mean():.2%}", None, None, float(np.median(found.change_norms))]
    rows.append(["their sources with noise of the same norm", *control, float(np.median(noise))])
    heads = (
        *(
            "Images",
            "nearest is the own source",
            "another one of the target class",
            "another one of the source's class",
        ),
        *("norm of the change, median", "mean |change|, median"),
    )
    return Table("Changed images and their sources", heads, rows, "Changes in grey levels of 255.", (1, 2))


def pairs_table(found: OwnSources, changed: Changed, names: Sequence[str]) -> Table:
    """The pairs of classes with the lowest shares."""
    matrices = [
        by_pair(values, changed, len(names))
        for values in (found.own, found.own_with_noise, found.other_of_target, found.mean_abs_changes)
    ]
    pairs = np.argwhere(~np.isnan(matrices[0]))
    order = np.argsort([matrices[0][tuple(pair)] for pair in pairs], kind="stable")
    rows = []
    for label, target in pairs[order][:NUM_LOWEST_PAIRS]:
        own, control, other, change = (float(matrix[label, target]) for matrix in matrices)
        rows.append([f"{names[label]} to {names[target]}", *(f"{each:.1%}" for each in (own, control, other)), change])
    heads = ("Label, target", "own source", "with noise", "another one of the target class", "mean |change|")
    return Table("Pairs of classes whose nearest images are least often their sources", heads, rows)


# --- both -------------------------------------------------------------------------------------------------------------


def key_numbers(nearness: Nearness, found: OwnSources | None) -> list[KeyNumber]:
    """The numbers at the head of the report."""
    first, *_, even = shares_of(nearness)
    numbers = [
        KeyNumber(f"nearer than {1 - QUANTILES[0]:.0%} of test images", f"{first.value:.2%}", "1% of new real images"),
        KeyNumber("nearest is a training image", f"{even.value:.1%}", "of as many training and test images; 50%"),
    ]
    if found is not None:
        numbers += [
            KeyNumber("nearest is the own source", f"{found.own.mean():.2%}", "of changed images"),
            KeyNumber("the same of noise", f"{found.own_with_noise.mean():.2%}", "of the same norm"),
        ]
    return numbers


def numbers_of(nearness: Nearness, found: OwnSources | None) -> dict[str, Any]:
    """Every number of the study, for `metrics.jsonl`."""
    first, tenth, half, pairs, even = shares_of(nearness)
    numbers: dict[str, Any] = {
        "num_generated": len(nearness.generated.distances),
        "num_test": len(nearness.test.distances),
        **{f"nearer_than_test_{each.expected:g}": each.value for each in (first, tenth, half)},
        "nearer_fraction": pairs.value,
        "training_preference": even.value,
        "num_copies": int((nearness.generated.distances[:, 0] == 0).sum()),
        "median_distance": float(np.median(nearness.generated.distances[:, 0])),
        "median_test_distance": float(np.median(nearness.test.distances[:, 0])),
    }
    if found is None:
        numbers["training_preference_error"] = even.standard_error
    else:
        numbers |= {
            "own_source": float(found.own.mean()),
            "own_source_with_noise": float(found.own_with_noise.mean()),
            "other_of_target": float(found.other_of_target.mean()),
            "mean_abs_change": float(found.mean_abs_changes.mean()),
        }
    return numbers
