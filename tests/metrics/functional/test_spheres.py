import itertools
import math

import numpy as np
import pytest
import scipy.stats

from tfgan_suite.metrics.functional.spheres import center_divergence, detect_centers, feasible_area, sphere_rmse

RADIUS = 4
SIGMA = RADIUS / math.sqrt(2 * math.log(2))
SINGLE = np.array(list(itertools.product(range(4, 24), repeat=2)))  # 28 x 28
AREA, PAIR_AREA = (3.5, 23.5), (3.5, 24.5)


def squared_distances(centers, height, width):
    rows, columns = centers[..., 0, None, None], centers[..., 1, None, None]
    return np.square(np.arange(height)[:, None] - rows) + np.square(np.arange(width) - columns)


def sharp(centers, height=28, width=28):
    """[n, num_spheres, 2] -> [n, H, W]"""
    return (squared_distances(centers, height, width) <= RADIUS**2).any(axis=1).astype(np.float32)


def smooth(centers, height=28, width=28):
    return np.exp(-squared_distances(centers, height, width) / (2 * SIGMA**2)).max(axis=1)


def feasible_pairs(last=24, radius=RADIUS):
    """The 67,230 pairs of the two-sphere set, or those of a smaller one."""
    lattice = np.array(list(itertools.product(range(radius, last + 1), repeat=2)))
    first, second = np.triu_indices(len(lattice), k=1)
    far = np.square(lattice[first] - lattice[second]).sum(axis=1) >= (2 * radius) ** 2
    return np.stack([lattice[first[far]], lattice[second[far]]], axis=1)


def some_pairs(count, seed=0):
    """Random pairs, and as many of touching spheres."""
    pairs, generator = feasible_pairs(), np.random.default_rng(seed)
    close = pairs[np.square(pairs[:, 0] - pairs[:, 1]).sum(axis=1) <= 65]
    return np.concatenate([generator.choice(each, count, replace=False) for each in (pairs, close)])


def in_order(centers):
    """Pairs of centres, the smaller one first."""
    return np.array([sorted(map(tuple, pair)) for pair in centers.tolist()])


SMOOTH_TEMPLATE = smooth(np.array([[[4, 4]]]), 9, 9)[0]


@pytest.mark.parametrize("images", [sharp(SINGLE[:, None]), smooth(SINGLE[:, None])[..., None]])
def test_finds_every_single_sphere(images):
    centers = detect_centers(images, RADIUS)
    np.testing.assert_array_equal(centers, SINGLE)
    assert centers.dtype == np.int64
    noisy = np.clip(images + np.random.default_rng(0).normal(0, 0.05, images.shape), 0, 1)
    assert np.abs(detect_centers(noisy, RADIUS) - SINGLE).max() <= 1


def test_finds_single_spheres_with_the_smooth_template():
    images = smooth(SINGLE[:, None])
    np.testing.assert_array_equal(detect_centers(images, RADIUS, template=SMOOTH_TEMPLATE), SINGLE)
    centers = detect_centers(images, RADIUS, template=SMOOTH_TEMPLATE, matching="squared_error")
    np.testing.assert_array_equal(centers, SINGLE)


def test_finds_both_sharp_spheres():
    pairs = some_pairs(150)
    centers = detect_centers(sharp(pairs), RADIUS, num_spheres=2)
    assert centers.shape == (300, 2, 2)
    np.testing.assert_array_equal(in_order(centers), in_order(pairs))


def test_two_smooth_spheres_need_the_squared_error():
    pairs = some_pairs(150)
    images = smooth(pairs)
    centers = detect_centers(images, RADIUS, 2, template=SMOOTH_TEMPLATE, matching="squared_error")
    np.testing.assert_array_equal(in_order(centers), in_order(pairs))
    by_convolution = detect_centers(images, RADIUS, 2, template=SMOOTH_TEMPLATE)
    assert (in_order(by_convolution) != in_order(pairs)).any(axis=(1, 2)).mean() > 0.3


def test_the_stronger_sphere_comes_first_and_is_found_once():
    image = np.maximum(sharp(np.array([[[6, 6]]])), 0.5 * sharp(np.array([[[20, 15]]])))
    np.testing.assert_array_equal(detect_centers(image, RADIUS, 2)[0], [[6, 6], [20, 15]])
    # Without suppression the second detection is a neighbour of the first.
    neighbours = detect_centers(image, RADIUS, 2, suppression_distance=1)[0]
    assert np.abs(neighbours[0] - neighbours[1]).max() == 1


def test_images_of_nothing_have_one_centre_for_all():
    for value in (0.0, 0.3):
        assert len(np.unique(detect_centers(np.full((20, 28, 28), value), RADIUS), axis=0)) == 1
    np.testing.assert_array_equal(detect_centers(np.zeros((1, 28, 28)), RADIUS), [[0, 0]])


def test_rmse_worked_by_hand():
    images = sharp(SINGLE[:3, None])
    assert sphere_rmse(images, SINGLE[:3], RADIUS) == 0.0
    images[0, 0, 0] = 0.5
    images[1] = 0.0
    num_inside = (np.square(np.arange(-4, 5)[:, None]) + np.square(np.arange(-4, 5)) <= 16).sum()
    expected = (math.sqrt(0.25 / 784) + math.sqrt(num_inside / 784) + 0) / 3
    assert sphere_rmse(images[..., None], SINGLE[:3], RADIUS) == pytest.approx(expected, rel=1e-12)


def test_rmse_of_other_shapes_and_of_pairs():
    pairs = some_pairs(5)
    assert sphere_rmse(smooth(pairs), pairs, RADIUS, render=smooth) == 0.0
    assert sphere_rmse(sharp(pairs), pairs, RADIUS) == 0.0
    expected = np.sqrt(np.square(smooth(pairs) - sharp(pairs)).mean(axis=(1, 2))).mean()
    assert sphere_rmse(smooth(pairs), pairs, RADIUS) == pytest.approx(expected, rel=1e-12)


def test_blocks_do_not_matter(monkeypatch):
    pairs = some_pairs(10)
    images = np.clip(sharp(pairs) + np.random.default_rng(1).normal(0, 0.2, (20, 28, 28)), 0, 1)
    whole = detect_centers(images, RADIUS, 2)
    rmse, divergence = sphere_rmse(images, whole, RADIUS), center_divergence(whole, PAIR_AREA, min_distance=8)
    assert rmse > 0.01
    monkeypatch.setattr("tfgan_suite.metrics.functional.spheres._BLOCK_ROWS", 3)
    monkeypatch.setattr("tfgan_suite.metrics.functional.center_density._BLOCK_ROWS", 3)
    np.testing.assert_array_equal(detect_centers(images, RADIUS, 2), whole)
    assert sphere_rmse(images, whole, RADIUS) == pytest.approx(rmse, rel=1e-13)
    assert center_divergence(whole, PAIR_AREA, min_distance=8) == pytest.approx(divergence, rel=1e-10)


def test_all_true_centres_have_no_divergence():
    assert feasible_area(28, RADIUS) == AREA
    assert center_divergence(SINGLE, AREA) < 1e-12
    assert len(feasible_pairs()) == 67_230
    assert center_divergence(feasible_pairs(14, 2), (1.5, 14.5), min_distance=4) < 1e-12


@pytest.mark.parametrize(("num_centers", "bandwidth"), [(500, 2.0), (3000, 1.0), (10_000, 1.0)])
@pytest.mark.parametrize("whole_pixels", [True, False])
def test_divergence_of_true_centres_tends_to_zero(num_centers, bandwidth, whole_pixels):
    """Figure 3.4. A density's cosine modes k = (a, b) keep the share exp(-(pi h |k| / m)^2 / 2) of their amplitude.

    Twice N times the divergence is then, up to terms of order 1 / N, a sum of chi-squared variables with the squares of
    these shares as weights. Bound: five standard deviations and 5 % of the mean for the higher terms: once in 10^5.
    """
    generator = np.random.default_rng(0)
    low, high = AREA
    centers = (
        SINGLE[generator.integers(400, size=num_centers)]
        if whole_pixels
        else generator.uniform(low, high, (num_centers, 2))
    )
    axis = np.exp(-np.square(np.pi * np.arange(400) * bandwidth / (high - low)))
    mean, variance = axis.sum() ** 2 - 1, 2 * (np.square(axis).sum() ** 2 - 1)
    bound = 5 * math.sqrt(variance) + 0.05 * mean
    assert abs(2 * num_centers * center_divergence(centers, AREA, bandwidth=bandwidth) - mean) < bound


def test_divergence_of_true_pairs_falls_with_their_number():
    """As 1 / N: a sum of some hundred chi-squared terms, whose ratio of 4 has a standard deviation of about 0.5."""
    pairs, generator = feasible_pairs(14, 2), np.random.default_rng(1)
    few, many = (
        center_divergence(pairs[generator.integers(len(pairs), size=count)], (1.5, 14.5), min_distance=4)
        for count in (2000, 8000)
    )
    assert 2 < few / many < 7
    assert many < 0.02


def test_divergence_of_half_the_area():
    """q is uniform on one half: log 2, less what the kernel smooths; far below 0.1 of it for h = 0.5 of 20 pixels."""
    half = center_divergence(SINGLE[SINGLE[:, 0] < 14], AREA, bandwidth=0.5)
    assert math.log(2) - 0.07 < half < math.log(2)
    one = center_divergence(np.full((50, 2), 13.5), AREA)
    assert one == pytest.approx(math.log(400) - math.log(2 * math.pi * math.e), rel=1e-4)  # of a Gaussian


def test_divergence_is_the_integral_it_stands_for():
    """Against a density that SciPy makes of the reflected centres, on the same cells."""
    centers = np.random.default_rng(2).beta(2, 3, (60, 2)) * 20 + 3.5
    axes = [[value, 7 - value, 47 - value] for value in centers.T]
    reflected = np.concatenate([np.stack([x, y], axis=1) for x in axes[0] for y in axes[1]])
    grid = 3.5 + 0.1 * (np.arange(200) + 0.5)
    kernels = scipy.stats.norm.pdf(grid, loc=reflected[..., None])  # [540, 2, 200]
    density = kernels[:, 0].T @ kernels[:, 1]
    q = density / density.sum()
    expected = (q * np.log(q * 40_000)).sum()
    assert center_divergence(centers, AREA) == pytest.approx(expected, rel=1e-10)


def test_order_of_pairs_does_not_matter_and_centres_outside_count_at_the_edge():
    pairs = some_pairs(100)
    expected = center_divergence(pairs, PAIR_AREA, min_distance=8)
    assert center_divergence(pairs[:, ::-1], PAIR_AREA, min_distance=8) == pytest.approx(expected, rel=1e-10)
    edge, outside = np.tile([[3.5, 10.0]], (9, 1)), np.tile([[-2.0, 10.0]], (9, 1))
    assert center_divergence(outside, AREA) == center_divergence(edge, AREA)


GOOD = np.zeros((2, 28, 28))


@pytest.mark.parametrize(
    ("images", "options", "message"),
    [
        (np.zeros((2, 28, 28, 3)), {}, r"\[N, H, W, 1\]"),
        (np.zeros((0, 28, 28)), {}, "at least one image"),
        (np.full((2, 28, 28), -1.0), {}, r"in \[0, 1\].*\(images \+ 1\) / 2"),
        (np.full((2, 28, 28), np.nan), {}, "must be finite"),
        (GOOD, {"radius": 0}, "`radius` must be above 0"),
        (GOOD, {"num_spheres": 0}, "`num_spheres` must be above 0"),
        (GOOD, {"template": np.ones((4, 5))}, "odd sides"),
        (GOOD, {"template": np.ones(5)}, "2 axes"),
        (GOOD, {"matching": "fft"}, "'convolution', 'squared_error'"),
        (GOOD, {"radius": float("inf")}, "`radius` must be above 0 and finite"),
        (GOOD, {"radius": 14}, "`radius` must be below half of the images' side"),
        (np.zeros((2, 28, 9)), {"radius": 4.5}, "`radius` must be below half of the images' side"),
        (GOOD, {"num_spheres": 1.5}, "`num_spheres` must be a whole number"),
        (GOOD, {"template": np.ones((29, 5))}, "`template` must be no larger than the images"),
        (np.zeros((2, 28, 9)), {"template": np.ones((5, 11))}, "`template` must be no larger than the images"),
        (GOOD, {"suppression_distance": 0}, "`suppression_distance` must be above 0"),
        (GOOD, {"suppression_distance": float("nan")}, "`suppression_distance` must be above 0"),
        (GOOD, {"suppression_distance": 39, "num_spheres": 2}, "room for `num_spheres` spheres"),
    ],
)
def test_detection_refuses(images, options, message):
    with pytest.raises(ValueError, match=message):
        detect_centers(images, **{"radius": RADIUS, **options})


@pytest.mark.parametrize(
    ("centers", "render", "message"),
    [
        (np.zeros((3, 2)), None, "one row per image"),
        (np.zeros((2, 3)), None, r"\[N, 2\] or \[N, num_spheres, 2\]"),
        (np.full((2, 2), np.nan), None, "`centers` must be finite"),
        (np.zeros((2, 2)), lambda centers, height, width: np.zeros((2, height, width, 1)), "`render` must return"),
    ],
)
def test_rmse_refuses(centers, render, message):
    with pytest.raises(ValueError, match=message):
        sphere_rmse(GOOD, centers, RADIUS, render=render)


@pytest.mark.parametrize(
    ("centers", "options", "message"),
    [
        (np.zeros((0, 2)), {}, "at least one row"),
        (np.zeros((5, 3, 2)), {}, "one or two spheres"),
        (np.full((5, 2), np.inf), {}, "must be finite"),
        (SINGLE, {"area": (3.0, 3.0)}, "`area` must be"),
        (SINGLE, {"area": (0.0, float("inf"))}, "`area` must be"),
        (SINGLE, {"area": (float("nan"), 20.0)}, "`area` must be"),
        (SINGLE, {"area": (0.0, 1e308)}, "Take a larger `interval`"),
        (SINGLE, {"bandwidth": float("inf")}, "`bandwidth` must be .* at most the area's side"),
        (SINGLE, {"bandwidth": 20.1}, "`bandwidth` must be .* at most the area's side"),
        (SINGLE, {"bandwidth": float("nan")}, "`bandwidth` must be at least `interval`"),
        (SINGLE, {"interval": 20.1}, "`interval` must be at most the side of the area"),
        (SINGLE, {"interval": float("nan")}, "`interval` must be above 0"),
        (np.zeros((5, 2, 2)), {"min_distance": -8.0}, "`min_distance` must be finite and at least 0"),
        (np.zeros((5, 2, 2)), {"min_distance": float("inf")}, "`min_distance` must be finite and at least 0"),
        (SINGLE, {"bandwidth": 0.05}, "`bandwidth` must be at least `interval`"),
        (SINGLE, {"interval": 0.0}, "`interval` must be above 0"),
        (SINGLE, {"interval": 1e-3}, "Take a larger `interval`"),
        (SINGLE, {"min_distance": 8.0}, "`min_distance` is for two spheres"),
        (np.zeros((5, 2, 2)), {"interval": 0.1}, "Take a larger `interval`"),
        (np.zeros((5, 2, 2)), {"min_distance": 50.0}, "`min_distance` must leave pairs"),
    ],
)
def test_divergence_refuses(centers, options, message):
    with pytest.raises(ValueError, match=message):
        center_divergence(centers, **{"area": AREA, **options})


def test_pairs_that_are_nowhere_near_feasible_ones():
    with pytest.raises(ValueError, match="come near feasible ones"):
        center_divergence(np.full((5, 2, 2), 20.0), (0.0, 40.0), min_distance=55.0)


def test_infinite_radius_of_rmse():
    with pytest.raises(ValueError, match="`radius` must be above 0 and finite"):
        sphere_rmse(GOOD, np.zeros((2, 2)), float("inf"))


def test_the_largest_sizes_are_taken():
    np.testing.assert_array_equal(detect_centers(sharp(np.array([[[4, 4]]]), 9, 9), RADIUS), [[4, 4]])
    centers = np.random.default_rng(0).uniform(0, 2, (50, 2))
    assert center_divergence(centers, (0.0, 2.0), bandwidth=2.0, interval=2.0) == 0


def test_area_refuses():
    with pytest.raises(ValueError, match="`image_size` must be a whole number"):
        feasible_area(float("inf"), 4)
    with pytest.raises(ValueError, match="`radius` must be above 0"):
        feasible_area(28, 0)
    with pytest.raises(ValueError, match="above 2 `radius`"):
        feasible_area(8, 4)
