"""What the smooth-to-sharp thesis says of its numbers (sections 4.1, 5.1), as arithmetic on trials."""

import itertools
import math
from collections.abc import Mapping, Sequence

import numpy as np

from tfgan_suite.runs.reports.claims import with_spread
from tfgan_suite.runs.reports.comparison_report import Rows

LOSS = "discriminator_loss"
"""Of `EvaluateLine`, in the rows."""

CLAIMED_BEST = 1e-3
"""The thesis: KL falls up to this strength, and beyond it grows over that without a penalty (figure 5.2)."""


def mean_and_stddev(values: Sequence[float]) -> str:
    """Mean and standard deviation of trials in words, "0.12 ± 0.03"; a dash for none, of one only its value."""
    if len(values) < 2:
        return f"{values[0]:.4g}" if len(values) else "–"
    return with_spread(float(np.mean(values)), float(np.std(values, ddof=1)))


def first_below(rows: Rows, threshold: float) -> float:
    """The generator step of the first measurement with a discriminator loss below `threshold`; infinity for none."""
    return next((float(row["step"]) for row in rows if row.get(LOSS, math.inf) < threshold), math.inf)


def paired_change(before: Sequence[float], after: Sequence[float]) -> tuple[float, float]:
    """Mean of the differences of trials that share their seeds, and its standard error (NaN for one trial)."""
    differences = np.asarray(after, np.float64) - np.asarray(before, np.float64)
    error = differences.std(ddof=1) / math.sqrt(len(differences)) if len(differences) > 1 else math.nan
    return float(differences.mean()), float(error)


def penalty_findings(groups: Mapping[float, Sequence[float]]) -> str:
    """Whether KL falls up to `CLAIMED_BEST` and grows beyond it, in sentences made from the numbers.

    Args:
        groups: strength -> KL of each trial, in the order of seeds that all strengths share.
    """
    strengths = sorted(groups)
    means = {strength: float(np.mean(groups[strength])) for strength in strengths}
    changes = []
    for before, after in itertools.pairwise(strengths):
        mean, error = paired_change(groups[before], groups[after])
        clear = "" if abs(mean) > 2 * error else ", not clear"
        changes.append(f"{'falls' if mean < 0 else 'rises'} at {after:g} ({mean:+.2g} ± {error:.2g}{clear})")
    text = f"Mean KL is {', '.join(f'{means[each]:.3g}' for each in strengths)} nats at λ = "
    text += f"{', '.join(f'{each:g}' for each in strengths)}"
    text += f": it {', '.join(changes)}." if changes else "."
    if 0 not in groups or sum(each <= CLAIMED_BEST for each in strengths) < 2 or strengths[-1] <= CLAIMED_BEST:
        return text
    medians = {strength: float(np.median(groups[strength])) for strength in strengths}
    claims = [_claim_of(means, "means"), _claim_of(medians, "medians")]
    holds = {(True, True): "holds", (False, False): "does not hold"}.get(
        (claims[0][0], claims[1][0]), "holds by one only"
    )
    mean, error = paired_change(groups[0], groups[strengths[-1]])
    return (
        f"{text} The thesis' claim, that it falls at each step up to {CLAIMED_BEST:g} and beyond that grows over its "
        f"value without a penalty, {holds}: {'; '.join(words for _, words in claims)}. From λ = 0 to "
        f"{strengths[-1]:g} it changes by {mean:+.2g} ± {error:.2g}."
    )


def _claim_of(values: Mapping[float, float], kind: str) -> tuple[bool, str]:
    """Whether the claim holds for these means or medians by strength, and what they do."""
    weak = [value for strength, value in values.items() if strength <= CLAIMED_BEST]
    num_falls = sum(after < before for before, after in itertools.pairwise(weak))
    grows = min(value for strength, value in values.items() if strength > CLAIMED_BEST) > values[0]
    words = f"by {kind} it falls at {num_falls} of {len(weak) - 1} and then {'grows' if grows else 'does not grow'} so"
    return num_falls == len(weak) - 1 and grows, words
