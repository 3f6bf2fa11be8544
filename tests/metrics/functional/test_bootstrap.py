import numpy as np
import pytest
import scipy.stats

from tfgan_suite.metrics.functional.bootstrap import bootstrap_intervals

VALUES = np.random.default_rng(1).normal(3.0, 2.0, 200)


def test_equals_scipy():
    def both(rows):
        return VALUES[rows].mean(), VALUES[rows].std(ddof=1)

    ours = bootstrap_intervals(both, 200, num_resamples=4000, seed=5)
    for (low, high), statistic in zip(ours, (np.mean, lambda x, axis: np.std(x, axis, ddof=1)), strict=True):
        theirs = scipy.stats.bootstrap(
            (VALUES,), statistic, method="basic", n_resamples=4000, rng=np.random.default_rng(6)
        ).confidence_interval
        # Ends are quantiles of 4,000 draws, each with a standard error of about 0.005; six of them.
        assert (low, high) == pytest.approx((theirs.low, theirs.high), abs=0.03)


def test_several_sets_are_drawn_independently():
    """The difference of two means: the interval is as wide as the root of the sum of both squared errors."""
    others = np.random.default_rng(3).normal(1.0, 4.0, 120)

    def difference(rows, other_rows):
        assert (len(rows), len(other_rows)) == (200, 120)
        return [VALUES[rows].mean() - others[other_rows].mean()]

    ((low, high),) = bootstrap_intervals(difference, [200, 120], num_resamples=2000)
    standard_error = np.sqrt(VALUES.var() / 200 + others.var() / 120)
    assert high - low == pytest.approx(2 * 1.96 * standard_error, rel=0.1)  # the ends scatter by 3 %
    assert (low + high) / 2 == pytest.approx(VALUES.mean() - others.mean(), abs=0.2 * standard_error)


def test_one_set_may_be_a_sequence():
    def mean(rows):
        return [VALUES[rows].mean()]

    assert bootstrap_intervals(mean, [200]) == bootstrap_intervals(mean, 200)


def test_covers_the_truth_as_often_as_it_says():
    generator, covered = np.random.default_rng(2), 0
    for seed in range(200):
        sample = generator.normal(size=60)
        ((low, high),) = bootstrap_intervals(
            lambda rows, sample=sample: [sample[rows].mean()], 60, num_resamples=100, confidence=0.9, seed=seed
        )
        covered += low <= 0 <= high
    # Binomial (200, about .88): mean 176, standard deviation 4.6; four of them on either side.
    assert 157 <= covered <= 195


def test_same_seed_gives_the_same_interval_and_progress_is_told():
    def mean(rows):
        return [VALUES[rows].mean()]

    seen = []
    first = bootstrap_intervals(mean, 200, num_resamples=10, progress=lambda done, total: seen.append((done, total)))
    assert first == bootstrap_intervals(mean, 200, num_resamples=10)
    assert first != bootstrap_intervals(mean, 200, num_resamples=10, seed=1)
    assert seen == [(done, 10) for done in range(1, 11)]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"num_rows": 1}, "at least 2 rows"),
        ({"num_rows": [5, 1]}, "at least 2 rows"),
        ({"num_rows": []}, "at least 2 rows"),
        ({"num_resamples": 9}, "`num_resamples` must be at least 10"),
        ({"confidence": 1.0}, "`confidence` must be in"),
    ],
)
def test_refuses(options, sentence):
    with pytest.raises(ValueError, match=sentence):
        bootstrap_intervals(lambda rows: [0.0], **{"num_rows": 5, **options})
