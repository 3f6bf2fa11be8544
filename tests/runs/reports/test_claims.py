"""Means with their spread, and claims in words, by hand."""

import math

import pytest

from tfgan_suite.runs.reports.claims import (
    Claim,
    Spread,
    all_of,
    claims_summary,
    claims_table,
    lower_mean,
    lower_stddev,
    with_spread,
)


@pytest.mark.parametrize(
    ("mean", "spread", "words"),
    [
        (24.6667, 0.3333, "24.67 ± 0.33"),
        (1388.4, 177.2, "1388 ± 177"),
        (0.1897, 0.13, "0.19 ± 0.13"),
        (5.0, 0.0, "5 ± 0"),
        (3.348e-07, 2.71e-07, "3.348e-07 ± 2.7e-07"),
        (math.nan, math.nan, "nan ± nan"),
    ],
)
def test_digits_are_those_that_the_spread_leaves(mean, spread, words):
    assert with_spread(mean, spread) == words


def test_spreads_by_hand():
    spread = Spread.of([1, 2, 6])
    assert (spread.mean, spread.stddev, spread.num_trials) == (3, pytest.approx(7**0.5), 3)
    assert str(spread) == "3.0000 ± 2.6458"
    assert str(Spread.of([0.25])) == "0.2500"
    assert str(Spread.of([])) == "–"
    assert str(Spread(1.6936, 0.736)) == "1.6936 ± 0.7360"


def test_difference_of_means_and_its_error():
    """Variances 2 and 8 over two repeats each: the error is sqrt(2 / 2 + 8 / 2)."""
    difference, error = Spread.of([1, 3]).minus(Spread.of([5, 9]))
    assert (difference, error) == (-5, pytest.approx(5**0.5))
    assert math.isnan(Spread.of([1]).minus(Spread.of([5, 9]))[1])


def test_claims_in_words():
    low, high = Spread.of([1.0, 1.1]), Spread.of([3.0, 3.3])
    holds, words = lower_mean("KL at 1e-4", low, "at 0", high)
    assert holds
    assert words == "KL at 1e-4 1.05, at 0 3.15 (-2.1 ± 0.16 standard error)"
    assert lower_mean("a", Spread.of([1, 3]), "b", Spread.of([2, 4])) == (
        True,
        "a 2, b 3 (-1 ± 1.4 standard error, not clear)",
    )
    assert lower_mean("a", Spread.of([2]), "b", Spread.of([1])) == (False, "a 2, b 1")
    assert lower_stddev("std a", low, "b", high) == (True, "std a 0.071, b 0.21")
    assert lower_stddev("std a", Spread.of([1]), "b", high)[0] is False
    claims = [all_of("A", [(True, "x"), (True, "y")]), all_of("B", [(True, "x"), (False, "y")]), all_of("C", [])]
    assert claims[0] == Claim("A", True, "x; y")
    assert [claim.verdict for claim in claims] == ["holds", "does not hold", "not tested"]
    unclear = all_of("D", [lower_mean("a", Spread.of([1, 3]), "b", Spread.of([2, 4]))])
    assert (unclear.holds, unclear.clear, unclear.verdict) == (True, False, "holds, not clearly")
    assert claims_summary([unclear]) == "1 of 1 claims hold, but not clearly: D."
    assert claims_table(claims).rows[2] == ["C", "not tested", None]
    assert claims_summary(claims) == (
        "1 of 3 claims hold: A. 1 of 3 claims do not hold: B. 1 of 3 claims were not tested: C."
    )
