"""Means with their spread, and claims in words, by hand."""

import math

import pytest

from tfgan_suite.runs.reports.claims import (
    Claim,
    Comparison,
    Spread,
    all_of,
    claims_summary,
    claims_table,
    lower_mean,
    lower_stddev,
    mean_beyond,
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


def test_a_difference_of_means_is_clear_by_welchs_test():
    low, high = Spread.of([1.0, 1.1]), Spread.of([3.0, 3.3])
    words = "KL at 1e-4 1.05, at 0 3.15 (-2.1 ± 0.16 standard error)"
    assert lower_mean("KL at 1e-4", low, "at 0", high) == Comparison(True, words, True)
    near = "a 2, b 3 (-1 ± 1.4 standard error, not clear)"
    assert lower_mean("a", Spread.of([1, 3]), "b", Spread.of([2, 4])) == Comparison(True, near, False)
    # 2.8 standard errors, but with two degrees of freedom that is nothing: p = 0.11
    assert lower_mean("a", Spread.of([0, 1]), "b", Spread.of([2, 3])).clear is False
    assert lower_mean("a", Spread.of([0, 1] * 5), "b", Spread.of([2, 3] * 5)).clear is True
    assert lower_mean("a", Spread.of([2]), "b", Spread.of([1])) == Comparison(False, "a 2, b 1")
    assert lower_mean("a", Spread.of([]), "b", Spread.of([1])).holds is None
    assert lower_mean("a", Spread(1, 0, 2), "b", Spread(2, 0, 2)).clear is True  # the same in every repeat


def test_a_mean_beyond_a_limit():
    assert mean_beyond("KL", Spread.of([1.1, 1.2, 1.3]), 1, above=True) == Comparison(True, "KL 1.2 (not clear)", False)
    assert mean_beyond("KL", Spread.of([1.1, 1.2, 1.3]), 2, above=False) == Comparison(True, "KL 1.2", True)
    assert mean_beyond("KL", Spread.of([1.1, 1.2, 1.3]), 0, above=False) == Comparison(False, "KL 1.2", True)
    assert mean_beyond("KL", Spread.of([0.5]), 1, above=True) == Comparison(False, "KL 0.5")
    assert mean_beyond("KL", Spread.of([]), 1, above=True).holds is None


def test_a_difference_of_spreads_is_clear_by_the_f_test():
    """F = 0.01 over (4, 4) and (1, 1) degrees of freedom: p = 0.0008 and 0.13, two-sided."""
    few = lower_stddev("std a", Spread(0, 0.1, 2), "b", Spread(0, 1, 2))
    assert few == Comparison(True, "std a 0.1, b 1 (not clear)", False)
    many = lower_stddev("std a", Spread(0, 0.1, 5), "b", Spread(0, 1, 5))
    assert many == Comparison(True, "std a 0.1, b 1", True)
    assert lower_stddev("std a", Spread(0, 1, 5), "b", Spread(0, 0.1, 5)) == Comparison(False, "std a 1, b 0.1", True)
    assert lower_stddev("std a", Spread.of([1]), "b", Spread(0, 1, 5)).holds is None


HOLDS, FAILS = Comparison(True, "x", True), Comparison(False, "y", True)
NEARLY, BARELY = Comparison(True, "n", False), Comparison(False, "b", False)
ALONE, MISSING = Comparison(True, "s"), Comparison(None, "m")


@pytest.mark.parametrize(
    ("parts", "verdict"),
    [
        ([HOLDS, HOLDS], "holds"),
        ([HOLDS, NEARLY], "holds, not clearly"),
        ([HOLDS, ALONE], "holds, noise not tested"),
        ([NEARLY, ALONE], "holds, not clearly"),
        ([HOLDS, FAILS], "does not hold"),
        ([NEARLY, FAILS], "does not hold"),
        ([BARELY, FAILS], "does not hold"),
        ([HOLDS, BARELY], "does not hold, not clearly"),
        ([FAILS, MISSING], "does not hold"),
        ([HOLDS, MISSING], "not tested"),
        ([], "not tested"),
    ],
)
def test_one_clear_failure_makes_a_claim_fail_clearly(parts, verdict):
    assert all_of("A", parts).verdict == verdict


def test_claims_in_words():
    claims = [all_of("A", [HOLDS, HOLDS]), all_of("B", [HOLDS, FAILS]), all_of("C", []), all_of("D", [NEARLY])]
    assert claims[0] == Claim("A", True, "x; x", True)
    assert claims_table(claims).rows[2] == ["C", "not tested", None]
    assert claims_summary(claims) == (
        "1 of 4 claims hold: A. 1 of 4 claims hold, but not clearly: D. 1 of 4 claims do not hold: B. "
        "1 of 4 claims were not tested: C."
    )
