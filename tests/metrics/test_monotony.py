"""Real digits against real digits, and against noisier and more blurred ones: which distances grow, and which do not.

Features are pixels. The digits are scikit-learn's, 8x8, in two random halves of 898.
"""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from tfgan_suite.data.corruption import corrupt
from tfgan_suite.metrics.functional.ddm import distribution_divergence, relative_divergence
from tfgan_suite.metrics.functional.frechet import feature_statistics, frechet_distance
from tfgan_suite.metrics.functional.frechet_infinity import chance_distance
from tfgan_suite.metrics.functional.kernel import kernel_distance
from tfgan_suite.metrics.functional.sliced_wasserstein import sliced_wasserstein_distance

LEVELS = {"Gaussian noise": (16, 32, 64, 128), "blur": (0.5, 0.75, 1, 1.5, 2)}  # grey levels; pixels
NARROW = 0.1  # of DDM: small against the distance of an image to its nearest neighbour, which is about 3


def fid(real, fake):
    return frechet_distance(feature_statistics(pixels(real)), feature_statistics(pixels(fake))).total


def kid(real, fake):
    return kernel_distance(pixels(real), pixels(fake), subset_size=449)[0]


def narrow_ddm(real, fake):
    return distribution_divergence(pixels(real), pixels(fake), bandwidth=NARROW)


def ddm(real, fake):
    return distribution_divergence(pixels(real), pixels(fake))


def swd(real, fake):
    (level,) = sliced_wasserstein_distance(colour_16x16(real), colour_16x16(fake), dequantise=True, seed=0)
    return level.fake_distance


def pixels(images):
    return images.reshape(len(images), -1) / 127.5 - 1  # [n, 64]


def colour_16x16(images):
    return images[:200].repeat(2, axis=1).repeat(2, axis=2).repeat(3, axis=3)


@pytest.fixture(scope="module")
def halves():
    images = np.rint(load_digits().images * (255 / 16)).astype(np.uint8)[..., None]
    order = np.random.default_rng(0).permutation(len(images))
    return images[order[:898]], images[order[898:1796]]


@pytest.mark.parametrize("distance", [fid, kid, narrow_ddm, swd])
@pytest.mark.parametrize("kind", LEVELS)
def test_grows_with_every_level(halves, kind, distance):
    real, other = halves
    found = [distance(real, other)]
    found += [distance(real, corrupt(other, kind, level, seed=0)) for level in LEVELS[kind]]
    assert (np.diff(found) > 0).all(), found


def test_two_halves_are_as_near_as_chance_says(halves):
    real, other = halves
    everything = feature_statistics(pixels(np.concatenate(halves)))
    # One distance scatters around the bias by an eighth.
    assert fid(real, other) == pytest.approx(chance_distance(everything, 898, 898), rel=0.5)
    assert fid(real, other) < 0.2 * fid(real, corrupt(other, "blur", 0.5, seed=0))
    value, standard_error = kernel_distance(pixels(real), pixels(other), subset_size=100)
    assert abs(value) < 4 * standard_error
    (level,) = sliced_wasserstein_distance(colour_16x16(real), colour_16x16(other), dequantise=True, seed=0)
    assert level.fake_distance < 1.5 * level.real_distance
    a, b, c = pixels(real[:449]), pixels(real[449:]), pixels(other[:449])
    assert abs(relative_divergence(a, b, c)) < 0.1  # of 5.4


def test_ddm_with_its_own_bandwidth_prefers_a_slight_blur(halves):
    """The known failing: pixels lie 3 to 10 apart, and a blurred set is narrower, so that it is nearer on average."""
    real, other = halves
    clean, slight, strong = (ddm(real, corrupt(other, "blur", level, seed=0)) for level in (0, 0.75, 2))
    assert slight < clean - 0.4
    assert slight < strong
