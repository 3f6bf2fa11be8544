"""What a document claims, tested on the repeats of a study: means, their spread, and whether a difference is clear."""

import dataclasses
import math
from collections.abc import Sequence

import numpy as np

from tfgan_suite.runs.reports.report import Table

MAX_DECIMALS = 5
"""Smaller spreads are written with an exponent."""

NOT_CLEAR = ", not clear"
CLEAR_ERRORS = 2.0
"""A difference of means is called clear above so many of its standard errors."""


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
class Claim:
    """A claim of the document, and what this run says of it.

    Attributes:
        text: the claim.
        holds: of this run's means; None if the run cannot tell.
        evidence: the numbers in words.
    """

    text: str
    holds: bool | None
    evidence: str

    @property
    def clear(self) -> bool:
        """Whether no difference that counts for it is within the repeats' noise."""
        return NOT_CLEAR not in self.evidence

    @property
    def verdict(self) -> str:
        """In words."""
        words = {True: "holds", False: "does not hold", None: "not tested"}[self.holds]
        return words if self.clear else f"{words}, not clearly"


def all_of(text: str, parts: Sequence[tuple[bool, str]]) -> Claim:
    """A claim that holds if all of its parts do, each (whether it holds, numbers in words); without any: not tested."""
    return Claim(text, all(holds for holds, _ in parts) if parts else None, "; ".join(words for _, words in parts))


def lower_mean(name: str, value: Spread, than_name: str, than: Spread) -> tuple[bool, str]:
    """Whether a mean is below another one, and the numbers in words, with whether the difference is clear."""
    difference, error = value.minus(than)
    words = f"{name} {value.mean:.4g}, {than_name} {than.mean:.4g}"
    if not math.isnan(error):
        clear = "" if abs(difference) > CLEAR_ERRORS * error else NOT_CLEAR
        words += f" ({difference:+.2g} ± {error:.2g} standard error{clear})"
    return bool(difference < 0), words


def lower_stddev(name: str, value: Spread, than_name: str, than: Spread) -> tuple[bool, str]:
    """Whether a standard deviation is below another one, and both in words; below two repeats there is none."""
    return bool(value.stddev < than.stddev), f"{name} {value.stddev:.2g}, {than_name} {than.stddev:.2g}"


def claims_table(claims: Sequence[Claim], title: str = "The document's claims") -> Table:
    """A row for each claim."""
    note = (
        f"Of this run's means. A difference is not clear where it is within {CLEAR_ERRORS:g} of its standard errors, "
        "the repeats taken as independent."
    )
    rows = [[claim.text, claim.verdict, claim.evidence or None] for claim in claims]
    return Table(title, ("Claim", "In this run", "Numbers"), rows, note)


def claims_summary(claims: Sequence[Claim]) -> str:
    """The claims in sentences: which hold, which do not, which were not tested."""
    verdicts = {
        "hold": "holds",
        "hold, but not clearly": "holds, not clearly",
        "do not hold": "does not hold",
        "do not hold, but not clearly": "does not hold, not clearly",
        "were not tested": "not tested",
    }
    sentences = []
    for words, verdict in verdicts.items():
        texts = [claim.text for claim in claims if claim.verdict == verdict]
        if texts:
            sentences.append(f"{len(texts)} of {len(claims)} claims {words}: {'; '.join(texts)}.")
    return " ".join(sentences)
