"""What a document claims, tested on the repeats of a study: means, their spread, and whether a difference is clear."""

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
import scipy.stats

from tfgan_suite.runs.reports.report import Table

MAX_DECIMALS = 5
"""Smaller spreads are written with an exponent."""

SIGNIFICANCE = 0.05
"""A difference is called clear if a two-sided test finds it at this level."""


def with_spread(mean: float, spread: float) -> str:
    """A mean and its spread in words, to the two leading digits of the spread: "24.67 ± 0.33", "1388 ± 177"."""
    decimals = 1 - math.floor(math.log10(spread)) if spread > 0 and math.isfinite(spread) else None
    if decimals is None or decimals > MAX_DECIMALS:
        return f"{mean:.4g} ± {spread:.2g}"
    return f"{mean:.{max(decimals, 0)}f} ± {spread:.{max(decimals, 0)}f}"


@dataclasses.dataclass(frozen=True)
class Spread:
    """Mean and standard deviation of a score over repeats.

    Attributes:
        mean: NaN without any.
        stddev: with divisor n - 1; NaN for fewer than two.
        num_trials: repeats.
    """

    mean: float
    stddev: float = math.nan
    num_trials: int = 0

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """Of one value for each repeat."""
        values = np.asarray(values, np.float64)
        mean = float(values.mean()) if len(values) else math.nan
        return cls(mean, float(values.std(ddof=1)) if len(values) > 1 else math.nan, len(values))

    def __str__(self) -> str:
        if math.isnan(self.mean):
            return "–"
        return f"{self.mean:.4f}" + ("" if math.isnan(self.stddev) else f" ± {self.stddev:.4f}")

    def minus(self, other: "Spread") -> tuple[float, float]:
        """Difference of the means and its standard error, of repeats that are independent; NaN if that is unknown."""
        spreads = (self, other)
        if any(each.num_trials < 2 for each in spreads):
            return self.mean - other.mean, math.nan
        return self.mean - other.mean, math.sqrt(sum(each.stddev**2 / each.num_trials for each in spreads))


@dataclasses.dataclass(frozen=True)
class Comparison:
    """One comparison of two numbers.

    Attributes:
        holds: whether it is as claimed; None: a number is missing.
        words: the numbers.
        clear: whether the difference is more than the repeats' noise; None: that was not tested.
    """

    holds: bool | None
    words: str
    clear: bool | None = None


@dataclasses.dataclass(frozen=True)
class Claim:
    """A claim of the document, and what this run says of it.

    Attributes:
        text: the claim.
        holds: of this run's means; None if the run cannot tell.
        evidence: the numbers in words.
        clear: whether no noise could have made it hold, or fail; None: that was not tested.
    """

    text: str
    holds: bool | None
    evidence: str
    clear: bool | None = None

    @property
    def verdict(self) -> str:
        """In words."""
        if self.holds is None:
            return "not tested"
        words = "holds" if self.holds else "does not hold"
        return words + {True: "", False: ", not clearly", None: ", noise not tested"}[self.clear]


def all_of(text: str, parts: Sequence[Comparison]) -> Claim:
    """A claim that holds if all of its parts do.

    One clear failure makes it fail clearly; it holds clearly if all parts do. Without parts, or where the rest holds
    but a part cannot be told, it is not tested.
    """
    evidence = "; ".join(part.words for part in parts)
    failing = [part.clear for part in parts if part.holds is False]
    if failing:
        return Claim(text, False, evidence, True if True in failing else None if None in failing else False)
    if not parts or any(part.holds is None for part in parts):
        return Claim(text, None, evidence)
    clear = [part.clear for part in parts]
    return Claim(text, True, evidence, False if False in clear else None if None in clear else True)


def lower_mean(name: str, value: Spread, than_name: str, than: Spread) -> Comparison:
    """Whether a mean is below another one, of repeats that are independent; clear by Welch's t-test."""
    difference, error = value.minus(than)
    words = f"{name} {value.mean:.4g}, {than_name} {than.mean:.4g}"
    if math.isnan(difference):
        return Comparison(None, words)
    if math.isnan(error):
        return Comparison(difference < 0, words)
    clear = difference != 0
    if error > 0:
        spreads = [(each.mean, each.stddev, each.num_trials) for each in (value, than)]
        clear = bool(scipy.stats.ttest_ind_from_stats(*spreads[0], *spreads[1], equal_var=False).pvalue < SIGNIFICANCE)
    words += f" ({difference:+.2g} ± {error:.2g} standard error{'' if clear else ', not clear'})"
    return Comparison(difference < 0, words, clear)


def mean_beyond(name: str, value: Spread, limit: float, *, above: bool) -> Comparison:
    """Whether a mean is above or below a number; clear by the t-test of one sample."""
    words = f"{name} {value.mean:.3g}"
    if math.isnan(value.mean):
        return Comparison(None, words)
    holds = value.mean > limit if above else value.mean < limit
    if value.num_trials < 2 or value.stddev == 0:
        return Comparison(holds, words)
    errors = abs(value.mean - limit) / (value.stddev / math.sqrt(value.num_trials))
    clear = bool(2 * scipy.stats.t.sf(errors, value.num_trials - 1) < SIGNIFICANCE)
    return Comparison(holds, words if clear else f"{words} (not clear)", clear)


def lower_stddev(name: str, value: Spread, than_name: str, than: Spread) -> Comparison:
    """Whether a standard deviation is below another one; clear by the F-test of normal repeats."""
    words = f"{name} {value.stddev:.2g}, {than_name} {than.stddev:.2g}"
    if min(value.num_trials, than.num_trials) < 2:
        return Comparison(None, words)
    holds = value.stddev < than.stddev
    if min(value.stddev, than.stddev) == 0:
        return Comparison(holds, words)
    freedom = value.num_trials - 1, than.num_trials - 1
    below = scipy.stats.f.cdf((value.stddev / than.stddev) ** 2, *freedom)
    clear = bool(2 * min(below, 1 - below) < SIGNIFICANCE)
    return Comparison(holds, words if clear else f"{words} (not clear)", clear)


def claims_table(claims: Sequence[Claim], title: str = "The document's claims") -> Table:
    """A row for each claim."""
    note = (
        "Of this run's means and standard deviations. A difference is not clear where a two-sided test at "
        f"{100 * SIGNIFICANCE:g} % does not find it: Welch's t-test of means, the F-test of standard deviations, the "
        "repeats taken as independent and normal, each difference tested by itself."
    )
    rows = [[claim.text, claim.verdict, claim.evidence or None] for claim in claims]
    return Table(title, ("Claim", "In this run", "Numbers"), rows, note)


def claims_summary(claims: Sequence[Claim]) -> str:
    """The claims in sentences: which hold, which do not, which were not tested."""
    verdicts = {
        "hold": "holds",
        "hold, but not clearly": "holds, not clearly",
        "hold, noise not tested": "holds, noise not tested",
        "do not hold": "does not hold",
        "do not hold, but not clearly": "does not hold, not clearly",
        "do not hold, noise not tested": "does not hold, noise not tested",
        "were not tested": "not tested",
    }
    sentences = []
    for words, verdict in verdicts.items():
        texts = [claim.text for claim in claims if claim.verdict == verdict]
        if texts:
            sentences.append(f"{len(texts)} of {len(claims)} claims {words}: {'; '.join(texts)}.")
    return " ".join(sentences)
