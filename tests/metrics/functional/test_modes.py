import math

import numpy as np
import pytest
import scipy.stats

from tfgan_suite.metrics.functional.modes import label_mode_statistics, mode_statistics

ANGLES = 2 * np.pi * np.arange(8) / 8
RING = np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1)
WIDE_RING = 2 * np.stack([np.sin(ANGLES), np.cos(ANGLES)], axis=1)
GRID = np.array([(x, y) for x in range(-4, 5, 2) for y in range(-4, 5, 2)], float)
GOLDEN = [(RING, 0.01, 7), (WIDE_RING, 0.01, 7), (GRID, 0.05, 20)]
RING_HIGH_QUALITY = [1, 8, 9, 9, 8, 2, 0, 0]
GRID_HIGH_QUALITY = [1, 1, 2, 3, 3, 2, 1, 1, 1, 2, 3, 3, 2, 1, 1, 1, 2, 2, 3, 2, 0, 0, 0, 0, 0]


def formula_points(centers, stddev, num_used):
    """The inputs of the golden numbers: 60 points on growing circles around the first modes."""
    steps = np.arange(60)
    radii = (0.1 * ((7 * steps) % 50) + 0.05) * stddev
    offsets = radii[:, None] * np.stack([np.cos(0.9 * steps), np.sin(0.9 * steps)], axis=1)
    return centers[steps % num_used] + offsets


def test_inputs_are_those_of_the_golden_numbers():
    np.testing.assert_allclose(formula_points(*GOLDEN[2])[1], [-3.97668962618985, -1.9706252408889693], rtol=1e-14)


@pytest.mark.parametrize(("mixture", "num_modes"), list(zip(GOLDEN, (6, 6, 20), strict=True)))
def test_golden_euclidean(mixture, num_modes):
    centers, stddev, _ = mixture
    result = mode_statistics(formula_points(*mixture), centers, stddev)
    assert result.num_modes == num_modes
    assert result.high_quality_fraction == pytest.approx(0.6166666666666667, rel=1e-15)
    expected = GRID_HIGH_QUALITY if len(centers) == 25 else RING_HIGH_QUALITY
    np.testing.assert_array_equal(result.high_quality_counts, expected)


@pytest.mark.parametrize(
    ("mixture", "num_modes", "counts", "reverse_kl"),
    [
        (GOLDEN[0], 7, [9, 9, 9, 9, 8, 8, 8, 0], 0.1352083425314012),
        (GOLDEN[1], 7, [9, 9, 9, 9, 8, 8, 8, 0], 0.1352083425314012),
        (GOLDEN[2], 20, [3] * 20 + [0] * 5, 0.22314355131420988),
    ],
)
def test_golden_per_coordinate(mixture, num_modes, counts, reverse_kl):
    centers, stddev, _ = mixture
    result = mode_statistics(formula_points(*mixture), centers, stddev, rule="per_coordinate")
    assert result.num_modes == num_modes
    assert result.high_quality_fraction == pytest.approx(0.7, rel=1e-15)
    np.testing.assert_array_equal(result.counts, counts)
    assert result.reverse_kl == pytest.approx(reverse_kl, rel=1e-13)


def test_golden_label_statistics():
    steps = np.arange(26_000)
    labels = (37 * steps * steps + 11 * steps) % 1000
    result = label_mode_statistics(labels, 1000)
    assert result.num_modes == 212
    assert result.reverse_kl == pytest.approx(1.6804560563843132, rel=1e-13)
    assert label_mode_statistics(labels, 1000, log_base=10).reverse_kl == pytest.approx(0.7298127923686071, rel=1e-13)
    counts = [5, 0, 3, 1, 0, 0, 7, 2, 2, 0]
    small = label_mode_statistics(np.repeat(np.arange(10), counts), 10)
    assert (small.num_modes, small.reverse_kl) == (6, pytest.approx(0.693702129130145, rel=1e-13))
    np.testing.assert_array_equal(small.counts, counts)


def test_rules_differ_in_the_corner_and_at_the_edge():
    centers = np.array([[0.0, 0.0], [100.0, 0.0]])
    corner = np.array([[2.5, 2.5]])
    assert mode_statistics(corner, centers, 1.0).num_modes == 0
    assert mode_statistics(corner, centers, 1.0, rule="per_coordinate").num_modes == 1
    edge = np.array([[3.0, 0.0]])  # exactly three standard deviations do not count
    for rule in ("euclidean", "per_coordinate"):
        assert mode_statistics(edge, centers, 1.0, rule=rule).high_quality_fraction == 0.0
        assert mode_statistics(edge, centers, 1.0, 3.001, rule=rule).high_quality_fraction == 1.0


def test_overlapping_squares_give_the_point_to_the_first_and_the_histogram_to_the_nearest():
    centers = np.array([[0.0, 0.0], [1.0, 0.0]])
    result = mode_statistics(np.array([[0.9, 0.0]]), centers, 1.0, rule="per_coordinate")
    np.testing.assert_array_equal(result.high_quality_counts, [1, 0])
    np.testing.assert_array_equal(result.counts, [0, 1])


def test_shares_of_true_gaussians():
    """1 - exp(-4.5) in the disk, erf(3 / sqrt 2)^2 in the square; 40,000 points, five standard errors: 1 in 10^6."""
    generator = np.random.default_rng(0)
    points = GRID[generator.integers(25, size=40_000)] + 0.05 * generator.normal(size=(40_000, 2))
    for rule, share in (
        ("euclidean", 1 - math.exp(-4.5)),
        ("per_coordinate", math.erf(3 / math.sqrt(2)) ** 2),
    ):
        result = mode_statistics(points, GRID, 0.05, rule=rule)
        bound = 5 * math.sqrt(share * (1 - share) / 40_000)
        assert abs(result.high_quality_fraction - share) < bound
        # 2 N KL is chi-squared with 24 degrees of freedom; outside these bounds once in 10^5.
        assert 2 * 40_000 * result.reverse_kl < scipy.stats.chi2.isf(1e-5, 24)
        assert 2 * 40_000 * result.reverse_kl > scipy.stats.chi2.ppf(1e-5, 24)


def test_reverse_kl_against_another_target():
    counts, target = np.array([3, 1, 0]), np.array([0.5, 0.25, 0.25])
    labels = np.repeat(np.arange(3), counts)
    expected = 0.75 * math.log(0.75 / 0.5) + 0.25 * math.log(0.25 / 0.25)
    assert label_mode_statistics(labels, 3, target_probs=target).reverse_kl == pytest.approx(expected, rel=1e-14)
    points = np.repeat(np.eye(3), counts, axis=0)
    assert mode_statistics(points, np.eye(3), 0.1, target_probs=target).reverse_kl == pytest.approx(expected, rel=1e-14)
    assert label_mode_statistics(np.arange(3), 3).reverse_kl == pytest.approx(0.0, abs=1e-15)


def test_blocks_do_not_matter(monkeypatch):
    points = formula_points(*GOLDEN[2])
    whole = mode_statistics(points, GRID, 0.05, rule="per_coordinate")
    monkeypatch.setattr("tfgan_suite.metrics.functional.modes._BLOCK_ENTRIES", 7 * GRID.size)
    blocked = mode_statistics(points, GRID, 0.05, rule="per_coordinate")
    np.testing.assert_array_equal(blocked.high_quality_counts, whole.high_quality_counts)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"points": np.zeros(2)}, "2 axes"),
        ({"points": np.zeros((0, 2))}, "at least one row"),
        ({"points": np.zeros((4, 3))}, "the same D"),
        ({"points": np.array([[0.0, np.nan]])}, "`points` must be finite. Received: num_bad_rows=1"),
        ({"centers": np.array([[0.0, np.inf]])}, "`centers` must be finite"),
        ({"stddev": 0.0}, "`stddev` must be above 0"),
        ({"num_stddevs": -1.0}, "`num_stddevs` must be above 0"),
        ({"rule": "box"}, "`rule` must be one of 'euclidean', 'per_coordinate'"),
        ({"target_probs": np.array([0.5, 0.5])}, "`target_probs`"),
    ],
)
def test_refuses_bad_points(changes, message):
    arguments = {"points": np.zeros((4, 2)), "centers": RING, "stddev": 0.1, **changes}
    with pytest.raises(ValueError, match=message):
        mode_statistics(**arguments)


@pytest.mark.parametrize(
    ("labels", "options", "message"),
    [
        (np.zeros((2, 2), int), {}, "1 axes"),
        (np.array([], int), {}, "must not be empty"),
        (np.array([0.0, 1.0]), {}, "must be integers"),
        (np.array([0, 3]), {}, r"out_of_range=\[3\]"),
        (np.array([-1, 0]), {}, r"out_of_range=\[-1\]"),
        (np.array([0]), {"log_base": 1.0}, "`log_base` must be above 1"),
        (np.array([0]), {"target_probs": np.array([1.0, 0.0, 0.0])}, "above 0 for each mode"),
        (np.array([0]), {"target_probs": np.array([0.5, 0.4, 0.4])}, "sum 1"),
    ],
)
def test_refuses_bad_labels(labels, options, message):
    with pytest.raises(ValueError, match=message):
        label_mode_statistics(labels, 3, **options)


def test_refuses_no_modes():
    with pytest.raises(ValueError, match="`num_modes` must be above 0"):
        label_mode_statistics(np.array([0]), 0)
