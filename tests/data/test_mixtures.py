import hashlib
import importlib.util
import math
import subprocess
import sys

import numpy as np
import pytest
import scipy.special
import scipy.stats

from tfgan_suite.data.mixtures import GaussianMixture, grid_mixture, nine_gaussians, ring_mixture

MIXTURES = [ring_mixture(), grid_mixture(), nine_gaussians(), GaussianMixture("one", [[1.0, 2.0, 3.0]], 2.0)]
ODDS = 1e-6  # of one draw failing one two-sided test of it; the seeds are fixed


def inside(value, distribution):
    return distribution.ppf(ODDS / 2) < value < distribution.isf(ODDS / 2)


def test_ring_centers_by_hand():
    mixture, half = ring_mixture(), math.sqrt(0.5)
    expected = [[1, 0], [half, half], [0, 1], [-half, half], [-1, 0], [-half, -half], [0, -1], [half, -half]]
    np.testing.assert_allclose(mixture.centers, expected, atol=1e-15)
    assert (mixture.name, mixture.num_modes, mixture.num_dims, mixture.stddev**2) == ("ring", 8, 2, pytest.approx(1e-4))
    np.testing.assert_allclose(ring_mixture(3, radius=2).centers, [[2, 0], [-1, 3**0.5], [-1, -(3**0.5)]], atol=1e-15)


def test_the_rings_of_both_code_bases_have_one_set_of_centers():
    # One goes (cos t, sin t), the other 2 (sin t, cos t): the same places of the circle in another order.
    angles = 2 * np.pi * np.arange(8) / 8
    theirs = 2 * np.stack([np.sin(angles), np.cos(angles)], axis=1)
    distances = np.linalg.norm(theirs[:, None] - ring_mixture(radius=2).centers, axis=-1)
    assert sorted(distances.argmin(axis=1)) == list(range(8))
    assert distances.min(axis=1).max() < 1e-14


def test_grid_centers_by_hand():
    mixture = grid_mixture()
    expected = [[2 * i - 4, 2 * j - 4] for i in range(5) for j in range(5)]
    np.testing.assert_array_equal(mixture.centers, expected)
    assert (mixture.name, mixture.num_modes, mixture.stddev**2) == ("grid", 25, pytest.approx(0.0025))
    np.testing.assert_array_equal(grid_mixture(2, 3).centers, [[-1.5, -1.5], [-1.5, 1.5], [1.5, -1.5], [1.5, 1.5]])


def test_nine_gaussians_by_hand():
    mixture = nine_gaussians()
    expected = [[-1, -1], [-1, 0], [-1, 1], [0, -1], [0, 0], [0, 1], [1, -1], [1, 0], [1, 1]]
    np.testing.assert_array_equal(mixture.centers, expected)
    assert (mixture.name, mixture.stddev**2) == ("nine_gaussians", pytest.approx(0.1))
    np.testing.assert_array_equal(nine_gaussians(spacing=2).centers, 2 * mixture.centers)


@pytest.mark.parametrize("mixture", MIXTURES, ids=lambda mixture: mixture.name)
def test_the_draw_is_that_of_theory(mixture):
    num_points = 100_000
    points, labels = mixture.sample(num_points, seed=1)
    assert (points.shape, points.dtype) == ((num_points, mixture.num_dims), np.float32)
    assert (labels.shape, labels.dtype) == ((num_points,), np.int32)
    noise = (points - mixture.centers[labels]) / mixture.stddev
    if mixture.num_modes > 1:
        counts, mean = np.bincount(labels, minlength=mixture.num_modes), num_points / mixture.num_modes
        assert inside(((counts - mean) ** 2 / mean).sum(), scipy.stats.chi2(mixture.num_modes - 1))
        # Components follow each other independently: the pairs (this one, the next one) are uniform as well.
        pairs = np.bincount(labels[::2] * mixture.num_modes + labels[1::2], minlength=mixture.num_modes**2)
        mean = num_points / 2 / mixture.num_modes**2
        assert inside(((pairs - mean) ** 2 / mean).sum(), scipy.stats.chi2(mixture.num_modes**2 - 1))
    # Sum of squares: chi-squared; means per component and coordinate: normal.
    assert inside((noise**2).sum(), scipy.stats.chi2(noise.size))
    for mode in range(mixture.num_modes):
        of_mode = noise[labels == mode]
        assert (np.abs(of_mode.mean(axis=0)) * math.sqrt(len(of_mode)) < scipy.stats.norm.isf(ODDS / 2)).all()
    # Normal, independent coordinates: Kolmogorov-Smirnov, and the correlation of z times sqrt(N).
    assert scipy.stats.kstest(noise.ravel(), "norm").pvalue > ODDS
    correlations = np.corrcoef(noise.T)[np.triu_indices(mixture.num_dims, 1)]
    assert (np.abs(correlations) * math.sqrt(num_points) < scipy.stats.norm.isf(ODDS / 2)).all()


def test_the_seed_decides_and_the_number_does_not():
    mixture = ring_mixture()
    points, labels = mixture.sample(1000, seed=7)
    for some, whole in zip(mixture.sample(10, seed=7), (points, labels), strict=True):
        np.testing.assert_array_equal(some, whole[:10])
    other_points, other_labels = mixture.sample(1000, seed=8)
    assert (other_points != points).any(axis=1).all()
    assert abs((other_labels == labels).mean() - 1 / 8) < 0.06  # five standard deviations are 0.052


def test_the_draw_is_that_of_earlier_versions():
    points, labels = ring_mixture().sample(1000, seed=7)
    assert hashlib.sha256(labels.astype("<i4")).hexdigest().startswith("3655ea1ff76e75df")
    np.testing.assert_array_equal(labels[:8], [7, 5, 5, 7, 4, 6, 6, 1])
    np.testing.assert_allclose(points[:2], [[0.71058041, -0.73048532], [-0.71049535, -0.71393764]], atol=1e-7)


def test_log_density_by_hand():
    """At 1 between centres 0 and 2 with stddev 0.5: both components have N(1; 0, 0.25)."""
    mixture = GaussianMixture("two", [[0.0], [2.0]], 0.5)
    np.testing.assert_allclose(mixture.log_density([[1.0]]), [-2 - math.log(0.5 * math.sqrt(2 * math.pi))], rtol=1e-14)


@pytest.mark.parametrize("mixture", MIXTURES, ids=lambda mixture: mixture.name)
def test_log_density_is_scipys(mixture):
    points = np.random.default_rng(0).normal(0, 1.5, (60, mixture.num_dims))
    components = [
        scipy.stats.multivariate_normal(center, mixture.stddev**2).logpdf(points) for center in mixture.centers
    ]
    expected = scipy.special.logsumexp(components, axis=0) - math.log(mixture.num_modes)
    np.testing.assert_allclose(mixture.log_density(points), expected, rtol=1e-12)


def test_log_density_does_not_underflow():
    np.testing.assert_allclose(ring_mixture().log_density([[1e6, 0.0]]), [-0.5 * ((1e6 - 1) / 0.01) ** 2], rtol=1e-12)


def test_true_points_have_the_mixtures_entropy():
    """Ring: its Gaussians hardly overlap, so the entropy is log 8 + log(2 pi e 1e-4); that of n points has stddev 1."""
    points, _ = ring_mixture().sample(100_000, seed=0)
    expected = math.log(8) + math.log(2 * math.pi * math.e * 1e-4)
    assert abs(-ring_mixture().log_density(points).mean() - expected) < 6 / math.sqrt(100_000)


def test_the_mixture_owns_its_centers():
    given = np.zeros((2, 2))
    mixture = GaussianMixture("mine", given, 1)
    given[:] = 5
    np.testing.assert_array_equal(mixture.centers, np.zeros((2, 2)))
    assert mixture.centers.dtype == np.float64
    with pytest.raises(ValueError, match="read-only"):
        mixture.centers[0] = 1
    assert isinstance(mixture.stddev, float)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: GaussianMixture("a", [1.0, 2.0], 1), "`centers` must have 2 axes"),
        (lambda: GaussianMixture("a", np.zeros((0, 2)), 1), "`centers` must hold at least one centre"),
        (lambda: GaussianMixture("a", np.zeros((2, 0)), 1), "`centers` must hold at least one centre"),
        (lambda: GaussianMixture("a", [[0, math.nan]], 1), "`centers` must .* finite"),
        (lambda: ring_mixture(stddev=0), "`stddev` must be above 0 and finite. Received: stddev=0"),
        (lambda: grid_mixture(stddev=math.inf), "`stddev` must be above 0 and finite"),
        (lambda: nine_gaussians(stddev=-0.1), "`stddev` must be above 0 and finite"),
        (lambda: ring_mixture(stddev=math.nan), "`stddev` must be above 0 and finite"),
        (lambda: ring_mixture(0), "`num_modes` must be above 0"),
        (lambda: ring_mixture(2.5), "`num_modes` must be a whole number. Received: num_modes=2.5"),
        (lambda: ring_mixture(radius=0), "`radius` must be above 0 and finite"),
        (lambda: grid_mixture(0), "`side` must be above 0"),
        (lambda: grid_mixture(True), "`side` must be a whole number"),
        (lambda: grid_mixture(spacing=-2), "`spacing` must be above 0 and finite"),
        (lambda: nine_gaussians(spacing=math.inf), "`spacing` must be above 0 and finite"),
        (lambda: ring_mixture().sample(0, 0), "`num_points` must be above 0"),
        (lambda: ring_mixture().sample(1.0, 0), "`num_points` must be a whole number"),
        (lambda: ring_mixture().sample(1, -1), "`seed` must be a whole number of at least 0. Received: seed=-1"),
        (lambda: ring_mixture().sample(1, 0.5), "`seed` must be a whole number"),
        (lambda: ring_mixture().log_density(np.zeros(2)), "`points` must have 2 axes"),
        (lambda: ring_mixture().log_density(np.zeros((1, 3))), "`points` must hold .* 2 dimension"),
        (lambda: ring_mixture().log_density(np.zeros((0, 2))), "`points` must hold at least one point"),
        (lambda: ring_mixture().log_density([[0.0, math.inf]]), "`points` must hold .* finite"),
    ],
)
def test_errors(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_it_needs_no_tensorflow():
    path = importlib.util.find_spec("tfgan_suite.data.mixtures").origin
    program = (
        "import importlib.util, sys\n"
        f"spec = importlib.util.spec_from_file_location('mixtures', {path!r})\n"
        "module = sys.modules['mixtures'] = importlib.util.module_from_spec(spec)\n"
        "spec.loader.exec_module(module)\n"
        "module.ring_mixture().sample(3, 0)\n"
        "sys.exit(bool({'tensorflow', 'keras'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
