"""KL and JS on the line: against closed forms, against SciPy's adaptive quadrature, and each way against the other."""

import math

import numpy as np
import pytest
import scipy.integrate
import scipy.stats

from tfgan_suite.metrics.functional.line_divergences import (
    LineDivergences,
    gaussian_log_density,
    parzen_bandwidth,
    parzen_density,
    parzen_divergences,
    pushforward_divergences,
)

MEAN, STDDEV = -0.6, 1.5
DATA = scipy.stats.norm(MEAN, STDDEV)


def js_by_quadrature(density, points=None):
    """1/2 D_KL(p || m) + 1/2 D_KL(q || m), from its definition."""

    def integrand(x):
        p, q = density(x), DATA.pdf(x)
        m = (p + q) / 2
        return 0.5 * sum(each * math.log(each / m) for each in (p, q) if each > 1e-300)

    return scipy.integrate.quad(integrand, -40, 40, points=points, limit=500, epsabs=1e-11)[0]


@pytest.mark.parametrize(("center", "width"), [(-0.6, 1.5), (0.4, 1.5), (-0.6, 0.1), (2.0, 0.03), (30.0, 1.0)])
def test_one_kernel_is_a_gaussian(center, width):
    """KL of two Gaussians: log(s / b) + (b^2 + (c - m)^2) / (2 s^2) - 1 / 2."""
    found = parzen_divergences(np.array([center]), MEAN, STDDEV, bandwidth=width)
    expected = math.log(STDDEV / width) + (width**2 + (center - MEAN) ** 2) / (2 * STDDEV**2) - 0.5
    assert found.kl == pytest.approx(expected, abs=1e-6, rel=1e-6)
    nearby = [center + k * width for k in (-8, -1, 0, 1, 8)]
    assert found.js == pytest.approx(js_by_quadrature(scipy.stats.norm(center, width).pdf, nearby), abs=1e-6)
    assert found.optimal_loss == 2 * math.log(2) - 2 * found.js


def test_parzen_of_many_is_scipys_estimate():
    samples = np.random.default_rng(0).normal(0.5, 0.7, 200)
    estimate = scipy.stats.gaussian_kde(samples, bw_method=parzen_bandwidth(samples) / samples.std(ddof=1))
    found = parzen_divergences(samples, MEAN, STDDEV)
    assert found.js == pytest.approx(js_by_quadrature(lambda x: estimate(x)[0]), abs=1e-6)
    x = np.linspace(-6, 8, 20_001)
    density = estimate(x)
    np.testing.assert_allclose(parzen_density(x, samples, parzen_bandwidth(samples)), density, rtol=1e-9, atol=1e-30)
    terms = density * (np.log(np.maximum(density, 1e-300)) - DATA.logpdf(x))
    assert found.kl == pytest.approx(np.trapezoid(terms, x), abs=1e-6)


def test_true_samples_have_nearly_none():
    """Scott's rule has an integrated squared error of order N^(-4/5), 6e-4 here; the KL is of that order."""
    found = parzen_divergences(DATA.rvs(10_000, random_state=1), MEAN, STDDEV)
    assert 1e-5 < found.kl < 4e-3
    assert 1e-6 < found.js < 1e-3


def test_samples_that_are_all_alike_have_a_finite_divergence():
    """The smallest bandwidth is a thousandth of the standard deviation."""
    found = parzen_divergences(np.zeros(50), MEAN, STDDEV)
    expected = math.log(1000) + (1e-6 * STDDEV**2 + MEAN**2) / (2 * STDDEV**2) - 0.5
    assert found.kl == pytest.approx(expected, abs=1e-6)
    assert parzen_bandwidth(np.zeros(50)) == 0
    assert parzen_bandwidth(np.array([-1.0, 1.0] * 16)) == pytest.approx(0.5)  # 32^(-1/5)


@pytest.mark.parametrize(("low", "high"), [(-0.7, 1.0), (-1.0, -0.9), (20.0, 22.0), (-60.0, 50.0)])
def test_one_piece_makes_a_uniform_density(low, high):
    """KL = -log(b - a) + log(s sqrt(2 pi)) + E(x - m)^2 / (2 s^2)."""
    moment = ((low + high) / 2 - MEAN) ** 2 + (high - low) ** 2 / 12
    expected = math.log(STDDEV * math.sqrt(2 * math.pi) / (high - low)) + moment / (2 * STDDEV**2)
    js = js_by_quadrature(scipy.stats.uniform(low, high - low).pdf, [low, high])
    for values in ([low, high], [high, low]):
        found = pushforward_divergences([-1, 1], values, MEAN, STDDEV)
        assert found.kl == pytest.approx(expected, abs=1e-7)
        if low > -40 and high < 40:  # where the quadrature above looks
            assert found.js == pytest.approx(js, abs=1e-6)


def test_a_fold_and_a_bend():
    """|z| on U[-1, 1] is uniform on [0, 1], a point on a straight line changes nothing, shares are those of z."""
    uniform = pushforward_divergences([-1, 1], [0, 1], MEAN, STDDEV)
    fold = pushforward_divergences([-1, 0, 1], [1, 0, 1], MEAN, STDDEV)
    straight = pushforward_divergences([0, 0.3, 1], [0, 0.3, 1], MEAN, STDDEV)
    for same in (fold, straight):
        assert (same.kl, same.js) == (pytest.approx(uniform.kl, abs=1e-9), pytest.approx(uniform.js, abs=1e-9))
    bend = pushforward_divergences([-1, 0.5, 1], [-2, 0, 3], MEAN, STDDEV)  # 3/4 on [-2, 0], 1/4 on [0, 3]

    def density(x):
        return 0.375 * (-2 <= x < 0) + (0 <= x <= 3) / 12

    assert bend.js == pytest.approx(js_by_quadrature(density, [-2, 0, 3]), abs=1e-6)
    kl = scipy.integrate.quad(lambda x: density(x) * (math.log(density(x)) - DATA.logpdf(x)), -2, 3, points=[0])[0]
    assert bend.kl == pytest.approx(kl, abs=1e-7)


def test_an_atom():
    """A quarter of the latents makes the number 1: infinite KL, and told apart for certain."""
    found = pushforward_divergences([0, 1, 4], [1, 1, 3], MEAN, STDDEV)
    assert found.kl == math.inf
    rest = js_by_quadrature(lambda x: 0.375 * (1 < x <= 3), [1, 3])
    assert found.js == pytest.approx(rest + 0.25 * math.log(2) / 2, abs=1e-6)
    only = pushforward_divergences([-1, 1], [0.0, 0.0], MEAN, STDDEV)
    assert (only.kl, only.js) == (math.inf, pytest.approx(math.log(2), abs=1e-12))


def test_samples_of_a_piecewise_function_have_nearly_its_divergences():
    latents, values = np.array([-1.0, -0.2, 1.0]), np.array([-4.0, 0.0, 1.5])
    samples = np.interp(np.random.default_rng(0).uniform(-1, 1, 20_000), latents, values)
    exact = pushforward_divergences(latents, values, MEAN, STDDEV)
    estimated = parzen_divergences(samples, MEAN, STDDEV, bandwidth=0.05)
    assert estimated.kl == pytest.approx(exact.kl, abs=0.02)
    assert estimated.js == pytest.approx(exact.js, abs=0.005)


def test_far_apart_the_optimal_discriminator_has_no_loss():
    assert pushforward_divergences([0, 1], [30, 31], MEAN, STDDEV).optimal_loss == pytest.approx(0, abs=1e-12)
    assert LineDivergences(0.0, 0.0).optimal_loss == pytest.approx(math.log(4))


def test_log_density():
    x = np.linspace(-5, 5, 7)
    np.testing.assert_allclose(gaussian_log_density(x, MEAN, STDDEV), DATA.logpdf(x), rtol=1e-12)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: parzen_divergences(np.zeros((3, 1)), 0, 1), r"`samples` must be finite numbers \[N\]"),
        (lambda: parzen_divergences([], 0, 1), "at least one"),
        (lambda: parzen_divergences([0.0, np.nan], 0, 1), "`samples` must be finite"),
        (lambda: parzen_divergences([0.0], 0, 0), "`stddev` must be above 0"),
        (lambda: parzen_divergences([0.0], 0, 1, bandwidth=0), "`bandwidth` must be above 0"),
        (lambda: pushforward_divergences([0, 1], [0, 1], 0, -1), "`stddev` must be above 0"),
        (lambda: pushforward_divergences([0, 1], [0, np.inf], 0, 1), "`values` must be finite"),
        (lambda: pushforward_divergences([0, 1], [0, 1, 2], 0, 1), "one for each"),
        (lambda: pushforward_divergences([0, 0], [0, 1], 0, 1), "`latents` must be ascending"),
        (lambda: pushforward_divergences([0], [0], 0, 1), "at least two"),
    ],
)
def test_what_is_refused(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
