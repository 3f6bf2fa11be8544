"""Initialisers: standard deviations of the WGAN-GP code base's layers, drawn values, fresh draws."""

import math

import numpy as np
import pytest

from tfgan_suite.networks.initializers import (
    dcgan_conv,
    dcgan_normal,
    iwgan_conv,
    iwgan_linear,
    iwgan_transposed_conv,
)

# The standard deviations that the code base's rules give for its own layers; the bound is sqrt(3) times as large.
IWGAN_STDDEVS = [
    (iwgan_conv(3, 128, 128), 0.041666666666666664),
    (iwgan_conv(1, 128, 128, he=False), 0.08838834764831845),
    (iwgan_conv(3, 3, 128), 0.058246937110735864),
    (iwgan_conv(1, 3, 128, he=False), 0.1235604126430431),
    (iwgan_conv(3, 128, 3, he=False), 0.0411868042143477),
    (iwgan_conv(5, 3, 128, stride=2), 0.06761234037828133),
    (iwgan_transposed_conv(5, 512, 256), 0.020412414523193152),
    (iwgan_linear(128, 2048), 0.03031695312954162),
    (iwgan_linear(128, 1), 0.12451456127293807),
    (iwgan_linear(512, 512, he=True), 0.0625),
]


@pytest.mark.parametrize(("initializer", "stddev"), IWGAN_STDDEVS)
def test_iwgan_bounds(initializer, stddev):
    assert math.isclose(initializer.maxval, stddev * math.sqrt(3), rel_tol=1e-12)
    assert initializer.minval == -initializer.maxval


def test_iwgan_draws_fill_the_interval():
    initializer = iwgan_conv(3, 128, 128)
    values = np.asarray(initializer((3, 3, 128, 128))).astype(np.float64)
    bound = initializer.maxval
    # 147,456 draws: the standard error of the stddev is 0.0012 of it; six of them.
    assert abs(values.std() / (bound / math.sqrt(3)) - 1) < 0.007
    assert 0.999 * bound < np.abs(values).max() <= bound


def test_dcgan_draws():
    cut, normal = (np.asarray(make()((100_000,))).astype(np.float64) for make in (dcgan_conv, dcgan_normal))
    assert np.abs(cut).max() <= 0.04 < np.abs(normal).max()
    # Cut at two standard deviations a normal keeps 0.8796 of its standard deviation.
    assert abs(cut.std() / 0.01759 - 1) < 0.012
    assert abs(normal.std() / 0.02 - 1) < 0.0135


def test_two_layers_do_not_start_alike():
    assert np.any(np.asarray(dcgan_normal()((9,))) != np.asarray(dcgan_normal()((9,))))
