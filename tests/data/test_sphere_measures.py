"""The measures of spheres on true ones, in which they must find no fault."""

import numpy as np
import pytest

from tfgan_suite.data.spheres import SphereSet, sharp_spheres, smooth_spheres, tunable_spheres, two_spheres
from tfgan_suite.metrics.functional.spheres import center_divergence, detect_centers, feasible_area, sphere_rmse

KS = [0.0, -0.2, -0.6, -0.8, -0.99999, -1.0]


def in_order(centers):
    return np.array([sorted(map(tuple, pair)) for pair in centers.tolist()])


def test_the_area_is_that_of_the_metric():
    for size, radius in ((28, 4), (48, 4), (28, 2)):
        assert sharp_spheres(size, radius).area == feasible_area(size, radius)


@pytest.mark.parametrize("make", [sharp_spheres, smooth_spheres])
@pytest.mark.parametrize(("size", "radius"), [(28, 4), (28, 2), (48, 4)])
def test_measures_of_the_true_images(make, size, radius):
    spheres = make(size, radius)
    centers = detect_centers(spheres.images, **spheres.detection_options(spheres.images))
    np.testing.assert_array_equal(centers, spheres.centers)
    assert sphere_rmse(spheres.images, centers, spheres.radius, render=spheres.render) == 0.0
    assert center_divergence(centers, spheres.area, min_distance=spheres.min_distance) < 1e-12


@pytest.mark.parametrize("k", KS)
def test_measures_of_the_true_tunable_images(k):
    spheres = tunable_spheres(k)
    centers = detect_centers(spheres.images, **spheres.detection_options(spheres.images))
    np.testing.assert_array_equal(centers, spheres.centers)
    assert sphere_rmse(spheres.images, centers, spheres.radius, render=spheres.render) == 0.0


@pytest.mark.parametrize("k", KS)
def test_measures_of_true_pairs(k):
    """Half of them close to each other, where detection is hardest."""
    whole, generator = two_spheres(k=k), np.random.default_rng(0)
    close = np.flatnonzero(np.square(whole.centers[:, 0] - whole.centers[:, 1]).sum(axis=1) <= 100)
    ids = np.concatenate([generator.choice(len(whole), 200), generator.choice(close, 200)])
    spheres = SphereSet(whole.centers[ids], 28, 4, k)
    centers = detect_centers(spheres.images, **spheres.detection_options(spheres.images))
    np.testing.assert_array_equal(in_order(centers), in_order(spheres.centers))
    assert sphere_rmse(spheres.images, centers, spheres.radius, render=spheres.render) == 0.0


def test_divergence_of_all_true_pairs():
    spheres = two_spheres()
    assert center_divergence(spheres.centers, spheres.area, min_distance=spheres.min_distance) < 1e-12


@pytest.mark.parametrize("make", [sharp_spheres, two_spheres])
def test_divergence_of_drawn_true_centres_tends_to_zero(make):
    """As 1 / N, by theory; the ratio of 8 has a standard deviation below 2 (see the metric's own test)."""
    spheres, generator = make(16, 2), np.random.default_rng(1)
    few, many = (
        center_divergence(
            spheres.centers[generator.integers(len(spheres), size=count)],
            spheres.area,
            min_distance=spheres.min_distance,
        )
        for count in (1000, 8000)
    )
    assert 3 < few / many < 21
    assert many < 0.05


def test_rmse_sees_another_shape():
    sharp, smooth = sharp_spheres(), smooth_spheres()
    assert sphere_rmse(smooth.images, smooth.centers, 4, render=sharp.render) > 0.1
