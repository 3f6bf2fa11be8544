"""Sets of spheres: their counts, their pixels by the thesis' equations, how they are drawn and trained on, errors."""

import itertools
import math
import subprocess
import sys
from functools import partial

import numpy as np
import pytest
import tensorflow as tf

from tfgan_suite.core.schedules import GAUSSIAN_SMOOTH_TO_SHARP, TUNABLE_SMOOTH_TO_SHARP, SmoothToSharp
from tfgan_suite.data import GaussianSmoothing, TunableSmoothing, tunable_sigmoid
from tfgan_suite.data.spheres import SphereSet, sharp_spheres, smooth_spheres, tunable_spheres, two_spheres
from tfgan_suite.metrics.functional.spheres import sphere_rmse

KS = [0.0, -0.2, -0.6, -0.8, -0.99999, -1.0]


def pixel(distance_squared, radius, k):
    """One pixel by the equations of the thesis, as they are printed."""
    if k == -1:
        return float(distance_squared <= radius**2)
    sigma = radius / math.sqrt(2 * math.log(2))
    x = math.exp(-distance_squared / (2 * sigma**2))
    if distance_squared == radius**2:
        return 0.5  # the equations, without the rounding of exp
    return ((2 * x - 1) - k * (2 * x - 1)) / (2 * (k - 2 * k * abs(2 * x - 1) + 1)) + 0.5


def drawn(centers, size, radius, k):
    """[num_spheres, 2] -> [size, size], pixel by pixel."""
    return np.array(
        [
            [max(pixel((row - y) ** 2 + (column - x) ** 2, radius, k) for y, x in centers) for column in range(size)]
            for row in range(size)
        ]
    )


@pytest.mark.parametrize(
    ("arguments", "count"),
    [
        ({}, 400),
        ({"image_size": 48}, 1600),
        ({"num_images": 200}, 200),
        ({"image_size": 48, "num_images": 800}, 800),
        ({"radius": 2}, 576),
        ({"radius": 2, "num_images": 400}, 400),
        ({"image_size": 9, "radius": 4}, 1),
    ],
)
@pytest.mark.parametrize(
    "make", [sharp_spheres, smooth_spheres, lambda **arguments: tunable_spheres(-0.5, **arguments)]
)
def test_counts_of_one_sphere(make, arguments, count):
    spheres = make(**arguments)
    size, radius = arguments.get("image_size", 28), arguments.get("radius", 4)
    assert len(spheres) == spheres.num_images == count
    assert spheres.images.shape == (count, size, size, 1)
    assert spheres.image_shape == (size, size, 1)
    assert len(np.unique(spheres.centers, axis=0)) == count
    assert spheres.centers.min() >= radius
    assert spheres.centers.max() <= size - radius - 1
    assert (spheres.num_spheres, spheres.min_distance) == (1, 0.0)
    if "num_images" not in arguments:
        assert count == (size - 2 * radius) ** 2
        whole = list(itertools.product(range(radius, size - radius), repeat=2))
        np.testing.assert_array_equal(spheres.centers, whole)


def test_count_of_two_spheres():
    spheres = two_spheres()
    assert len(spheres) == 67_230
    lattice = list(itertools.product(range(4, 25), repeat=2))
    pairs = [(a, b) for a, b in itertools.combinations(lattice, 2) if (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 >= 64]
    np.testing.assert_array_equal(spheres.centers, pairs)
    assert (spheres.num_spheres, spheres.min_distance, spheres.area, spheres.k) == (2, 8.0, (3.5, 24.5), -1.0)
    assert len(two_spheres(num_images=1000)) == 1000
    assert len(two_spheres(7, 2)) == 2  # of pixels 2 to 5, only opposite corners are 4 apart
    assert spheres.images.shape == (67_230, 28, 28, 1)
    assert spheres.images.nbytes == 210_833_280


def test_parts_are_drawn_by_the_seed():
    for make, count in ((smooth_spheres, 200), (partial(two_spheres, 12, 2), 100)):
        whole, part = make(), make(num_images=count, seed=3)
        ids = [whole.centers.tolist().index(center) for center in part.centers.tolist()]
        assert ids == sorted(set(ids))
        np.testing.assert_array_equal(part.centers, make(num_images=count, seed=3).centers)
        assert (part.centers != make(num_images=count, seed=4).centers).any()
        smaller = set(map(str, make(num_images=count // 2, seed=3).centers.tolist()))
        assert smaller < set(map(str, part.centers.tolist()))
    np.testing.assert_array_equal(sharp_spheres(num_images=200).centers, tunable_spheres(-0.3, num_images=200).centers)
    # Each quarter of the centres has 50 of 200 on average, with this variance: five standard deviations, odds 1e-6.
    centers = sharp_spheres(num_images=200).centers
    counts = np.bincount((centers[:, 0] - 4) // 5, minlength=4)
    assert np.abs(counts - 50).max() < 5 * math.sqrt(200 * 1 / 4 * 3 / 4 * 200 / 399)


@pytest.mark.parametrize("k", KS)
@pytest.mark.parametrize(("size", "radius"), [(11, 4), (9, 2), (12, 5)])
def test_images_are_those_of_the_equations(size, radius, k):
    spheres = tunable_spheres(k, size, radius)
    assert spheres.images.dtype == np.float32
    assert 0 <= spheres.images.min() <= spheres.images.max() <= 1
    for index in (0, 1, len(spheres) - 1):
        expected = drawn(spheres.centers[index : index + 1], size, radius, k)
        np.testing.assert_allclose(spheres.images[index, :, :, 0], expected, atol=1e-7)


@pytest.mark.parametrize("k", [*KS, None])
def test_two_spheres_are_the_maximum_of_both(k):
    spheres = two_spheres(12, 3, num_images=5, k=k)
    for index in range(5):
        expected = drawn(spheres.centers[index], 12, 3, -1 if k is None else k)
        np.testing.assert_allclose(spheres.images[index, :, :, 0], expected, atol=1e-7)


def test_rows_come_before_columns():
    image = sharp_spheres(12, 2).with_k(-1).render(np.array([[3, 8]]), 12, 12)[0]
    assert image[3, 8] == image[5, 8] == image[3, 10] == 1
    assert image[8, 3] == 0


@pytest.mark.parametrize("make", [tunable_spheres, lambda k: two_spheres(num_images=300, k=k)])
def test_tunable_spheres_tend_to_the_sharp_ones(make):
    """But at a distance of exactly r, where they are 1/2 for every k."""
    sharp, smooth = make(-1).images, make(0).images
    edge = smooth == 0.5
    distances = [np.abs(make(k).images - sharp)[~edge].max() for k in (-0.9, -0.99, -0.999, -0.99999)]
    assert all(later < earlier / 5 for earlier, later in itertools.pairwise(distances))
    assert distances[-1] < 2e-4
    for k in (-0.2, -0.99999):
        assert (make(k).images[edge] == 0.5).all()
    assert (sharp[edge] == 1).all()
    assert set(np.unique(sharp)) == {0.0, 1.0}


def test_sigma():
    spheres = smooth_spheres(radius=3)
    assert spheres.sigma == pytest.approx(3 / math.sqrt(2 * math.log(2)), rel=1e-15)
    center = spheres.render(np.array([[10.0, 10.0]]), 28, 28)[0]
    assert (center[10, 10], center[10, 13]) == (1.0, 0.5)
    assert center[10, 11] == pytest.approx(math.exp(-1 / (2 * spheres.sigma**2)), rel=1e-6)


@pytest.mark.parametrize("k", KS)
def test_are_the_tunable_sigmoid_of_smooth_spheres(k):
    """So that a training that sharpens batches of smooth spheres is one on tunable spheres."""
    for smooth in (smooth_spheres(), two_spheres(num_images=500, k=0)):
        np.testing.assert_allclose(tunable_sigmoid(smooth.images, k), smooth.with_k(k).images, atol=1e-6)


def test_kinds():
    kinds = [tunable_spheres(k, 12, 2).kind for k in (0, -0.5, -1)]
    assert kinds == ["smooth", "tunable", "sharp"]
    assert (sharp_spheres().k, smooth_spheres().k, two_spheres(12, 2, k=-0.2).k) == (-1.0, 0.0, -0.2)
    text = repr(two_spheres(12, 2, num_images=3, k=-0.2))
    assert text == "SphereSet(3 of two spheres, 12 px, r=2, tunable, k=-0.2)"
    assert repr(sharp_spheres()) == "SphereSet(400 of one sphere, 28 px, r=4, sharp, k=-1.0)"


def test_with_k_keeps_the_centres():
    half = smooth_spheres(num_images=200, seed=5)
    other = half.with_k(-0.6)
    np.testing.assert_array_equal(other.centers, half.centers)
    np.testing.assert_array_equal(other.images, tunable_spheres(-0.6, num_images=200, seed=5).images)


def test_what_is_kept_cannot_be_written_to():
    centers = np.array([[4, 5], [6, 6]])
    spheres = SphereSet(centers, 12, 2, -1)
    centers[:] = 0
    np.testing.assert_array_equal(spheres.centers, [[4, 5], [6, 6]])
    for array in (spheres.centers, spheres.images):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    assert spheres.images is spheres.images


def test_blocks_do_not_matter(monkeypatch):
    whole = two_spheres(12, 2, k=-0.3).images
    monkeypatch.setattr("tfgan_suite.data.sphere_set._BLOCK_ROWS", 7)
    np.testing.assert_array_equal(two_spheres(12, 2, k=-0.3).images, whole)


@pytest.mark.parametrize(("k", "middle", "corner"), [(0, 1.0, 0.25), (-1, 1.0, 0.0)])
def test_template(k, middle, corner):
    template = tunable_spheres(k, radius=4).template
    assert (template.shape, template.dtype) == ((9, 9), np.float32)
    assert (template[4, 4], template[0, 0], template[4, 0]) == (middle, corner, 0.5 if k == 0 else 1.0)
    np.testing.assert_array_equal(template, tunable_spheres(k, radius=4).images[0, :9, :9, 0])
    np.testing.assert_array_equal(two_spheres(k=k, num_images=1).template, template)


def test_render_takes_any_centres():
    spheres = smooth_spheres(12, 2)
    images = spheres.render(np.array([[0.0, 0.5], [-3, 20]]), 12, 12)
    assert (images.shape, images.dtype) == ((2, 12, 12), np.float32)
    assert images[0, 0, 0] == images[0, 0, 1] == pytest.approx(0.5 ** (0.25 / 4))
    np.testing.assert_array_equal(spheres.render(spheres.centers[:, None], 12, 12), spheres.images[..., 0])


@pytest.mark.parametrize("shape", [(3, 28, 28), (3, 12, 14, 1), (3, 48, 48, 1)])
def test_images_of_another_size_are_refused(shape):
    spheres, images = sharp_spheres(12, 2), np.zeros(shape, np.float32)
    message = r"size of the sphere set\. Received: received=\(\d+, \d+\), image_size=12"
    with pytest.raises(ValueError, match=message):
        spheres.detection_options(images)
    with pytest.raises(ValueError, match=message):
        sphere_rmse(images, np.zeros((3, 2)), 2, render=spheres.render)


def test_what_are_no_images_or_centres_is_refused():
    spheres = two_spheres(12, 2, num_images=3)
    for shape in ((12, 12), (1, 12, 12, 3)):
        with pytest.raises(ValueError, match=r"`images` must be \[n, H, W\] or \[n, H, W, 1\]"):
            spheres.detection_options(np.zeros(shape))
    for centers in (np.zeros((3, 2)), np.zeros((3, 3, 2)), np.full((3, 2, 2), np.nan), np.zeros(2)):
        with pytest.raises(ValueError, match=r"`centers` must be finite and hold .* of 2 sphere\(s\)"):
            spheres.render(centers, 12, 12)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: sharp_spheres(radius=14), "`radius` must be below half of `image_size`. Received: radius=14"),
        (lambda: smooth_spheres(8, 4), "`radius` must be below half"),
        (lambda: two_spheres(radius=14), "`radius` must be below half"),
        (lambda: two_spheres(13, 4), "must have room for two spheres"),
        (lambda: sharp_spheres(radius=0), "`radius` must be above 0"),
        (lambda: sharp_spheres(radius=2.5), "`radius` must be a whole number"),
        (lambda: sharp_spheres(28.0), "`image_size` must be a whole number"),
        (lambda: tunable_spheres(0.1), r"`k` must be in \[-1, 0\]"),
        (lambda: tunable_spheres(-1.01), r"`k` must be in \[-1, 0\]"),
        (lambda: tunable_spheres(math.nan), r"`k` must be in \[-1, 0\]"),
        (lambda: two_spheres(k=0.5), r"`k` must be in \[-1, 0\]"),
        (lambda: sharp_spheres().with_k(2), r"`k` must be in \[-1, 0\]"),
        (
            lambda: sharp_spheres(num_images=401),
            "at most the size of the whole set. Received: num_images=401, whole_set=400",
        ),
        (lambda: two_spheres(num_images=67_231), "num_images=67231, whole_set=67230"),
        (lambda: sharp_spheres(num_images=0), "`num_images` must be at least 1"),
        (lambda: sharp_spheres(num_images=1.5), "`num_images` must be a whole number"),
        (lambda: sharp_spheres(num_images=3, seed=-1), "`seed` must be at least 0"),
        (lambda: sharp_spheres(num_images=3, seed=0.5), "`seed` must be a whole number"),
        (lambda: SphereSet(np.zeros((0, 2), int), 12, 2, 0), "at least one row"),
        (lambda: SphereSet(np.full((1, 3), 5), 12, 2, 0), r"`centers` must be whole numbers \[N, 2\]"),
        (lambda: SphereSet(np.full((1, 2), 5.0), 12, 2, 0), "`centers` must be whole numbers.*float64"),
        (lambda: SphereSet(np.array([[1, 5]]), 12, 2, 0), "keep the radius from the edges.*smallest=1"),
        (lambda: SphereSet(np.array([[5, 10]]), 12, 2, 0), "keep the radius from the edges.*largest=10"),
        (lambda: SphereSet(np.array([[[5, 5], [5, 8]]]), 12, 2, 0), "at least 2 `radius` apart.*smallest_distance=3.0"),
    ],
)
def test_refuses(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_training_batches_follow_the_plan():
    spheres = smooth_spheres(12, 2)
    plan = SmoothToSharp([0, -0.6, -0.99999], [1, 2, 2])
    batches = spheres.training_batches(8, seed=1, smoothing=TunableSmoothing(plan), with_example_ids=True)
    assert batches.dataset().element_spec[0] == tf.TensorSpec((8, 12, 12, 1), tf.float32)
    for (images, ids), k in zip(batches.dataset().take(6), [0, -0.6, -0.6, -0.99999, -0.99999, -0.99999], strict=True):
        np.testing.assert_allclose(images, spheres.with_k(k).images[ids.numpy()], atol=1e-6)
    plain = next(iter(sharp_spheres(12, 2).training_batches(64)))
    assert set(np.unique(plain)) == {0.0, 1.0}


def test_only_smooth_spheres_are_sharpened():
    smoothing = TunableSmoothing(TUNABLE_SMOOTH_TO_SHARP)
    for k in (-0.2, -1):
        with pytest.raises(ValueError, match=r"needs smooth spheres.*`spheres\.with_k\(0\)`"):
            tunable_spheres(k, 12, 2).training_batches(8, smoothing=smoothing)
    sharp_spheres(12, 2).training_batches(8, smoothing=GaussianSmoothing(GAUSSIAN_SMOOTH_TO_SHARP))


def test_sets_do_not_wait_for_tensorflow():
    code = (
        "import sys; from tfgan_suite.data.spheres import two_spheres; two_spheres(12, 2).images; "
        "sys.exit(bool({'tensorflow', 'keras'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
