import numpy as np
import pytest

from tfgan_suite.data import corruption
from tfgan_suite.data.corruption import CORRUPTIONS, blur, corrupt, gaussian_noise, uniform_noise

GREY = np.full((40, 16, 16, 3), 128, np.uint8)


@pytest.fixture(scope="module")
def pictures():
    return np.random.default_rng(0).integers(0, 256, (5, 12, 9, 3), np.uint8)


@pytest.mark.parametrize(
    ("noisy", "stddev"),
    [(gaussian_noise(GREY, 10, seed=1), 10), (uniform_noise(GREY, 10 * np.sqrt(3), seed=1), 10)],
    ids=["gaussian", "uniform"],
)
def test_noise_has_the_stated_moments(noisy, stddev):
    # 30,720 draws: five standard errors of the mean and of the stddev (Gaussian: s / sqrt(2 n); uniform: less).
    # Rounding to whole grey levels adds a variance of 1 / 12.
    difference = noisy.astype(np.float64) - 128
    count = difference.size
    assert difference.mean() == pytest.approx(0, abs=5 * stddev / np.sqrt(count))
    assert difference.std() == pytest.approx(np.sqrt(stddev**2 + 1 / 12), abs=5 * stddev / np.sqrt(2 * count))


def test_noise_is_independent_between_pixels_and_channels():
    difference = gaussian_noise(GREY, 10, seed=1).astype(np.float64) - 128
    for first, second in (
        (difference[..., 0], difference[..., 1]),
        (difference[:, :-1], difference[:, 1:]),
        (difference[:-1], difference[1:]),
    ):
        assert np.corrcoef(first.ravel(), second.ravel())[0, 1] == pytest.approx(0, abs=5 / np.sqrt(first.size))


def test_uniform_noise_stays_in_its_range():
    difference = uniform_noise(GREY, 20, seed=0).astype(int) - 128
    assert (difference.min(), difference.max()) == (-20, 20)


@pytest.mark.parametrize("corrupt", [gaussian_noise, uniform_noise])
def test_noise_is_clipped_and_not_wrapped(corrupt):
    black, white = np.zeros((4, 8, 8, 1), np.uint8), np.full((4, 8, 8, 1), 255, np.uint8)
    # Half of the noise is cut off; wrapped values would lie at the other end.
    assert corrupt(black, 30, seed=0).max() <= 150
    assert corrupt(white, 30, seed=0).min() >= 105
    assert np.median(corrupt(black, 30, seed=0)) <= 2


@pytest.mark.parametrize("corrupt", [gaussian_noise, uniform_noise])
def test_noise_depends_on_the_seed_alone(corrupt, pictures, monkeypatch):
    before = pictures.copy()
    first = corrupt(pictures, 20, seed=3)
    assert first.dtype == np.uint8
    assert first.shape == pictures.shape
    np.testing.assert_array_equal(corrupt(pictures, 20, seed=3), first)
    assert (corrupt(pictures, 20, seed=4) != first).mean() > 0.8
    np.testing.assert_array_equal(pictures, before)
    monkeypatch.setattr(corruption, "_BLOCK_VALUES", 1)  # one image at a time
    np.testing.assert_array_equal(corrupt(pictures, 20, seed=3), first)


@pytest.mark.parametrize("corrupt", [gaussian_noise, uniform_noise])
def test_levels_of_one_seed_are_the_same_noise_scaled(corrupt):
    weak, strong = (corrupt(GREY, level, seed=0).astype(int) - 128 for level in (10, 20))
    assert np.abs(strong - 2 * weak).max() <= 2  # rounding: half a level, and twice half a level


@pytest.mark.parametrize(
    "corrupt", [lambda x: gaussian_noise(x, 0, seed=0), lambda x: uniform_noise(x, 0, seed=0), lambda x: blur(x, 0)]
)
def test_level_zero_is_a_copy(corrupt, pictures):
    same = corrupt(pictures)
    np.testing.assert_array_equal(same, pictures)
    assert not np.shares_memory(same, pictures)


@pytest.mark.parametrize("stddev_px", [0.5, 1.0, 2.0])
def test_blur_is_that_of_the_training_pipeline(pictures, stddev_px, monkeypatch):
    from tfgan_suite.data import gaussian_blur

    expected = gaussian_blur(pictures.astype(np.float32), stddev_px).numpy()
    # The tails beyond 4 stddevs that are cut off here weigh under 1.3e-4: 0.03 grey levels; and rounding.
    assert np.abs(blur(pictures, stddev_px) - expected).max() <= 0.54
    whole = blur(pictures, stddev_px)
    monkeypatch.setattr(corruption, "_BLOCK_VALUES", 1)
    np.testing.assert_array_equal(blur(pictures, stddev_px), whole)


def test_blur_of_a_point_is_a_gaussian():
    point = np.zeros((1, 21, 21, 1), np.uint8)
    point[0, 10, 10, 0] = 255
    weights = np.exp(-0.5 * (np.arange(-4, 5)) ** 2)
    weights /= weights.sum()
    expected = np.zeros((21, 21))
    expected[6:15, 6:15] = 255 * np.outer(weights, weights)
    np.testing.assert_allclose(blur(point, 1.0)[0, :, :, 0], expected, atol=0.5001)


def test_blur_keeps_images_and_channels_apart():
    images = np.zeros((3, 8, 8, 3), np.uint8)
    images[1, :, :, 2] = 200
    np.testing.assert_array_equal(blur(images, 2.0), images)


def test_by_name_all_levels_are_standard_deviations(pictures):
    results = [corrupt(pictures, kind, 2.0, seed=1) for kind in CORRUPTIONS]
    expected = [
        gaussian_noise(pictures, 2.0, seed=1),
        uniform_noise(pictures, 2.0 * np.sqrt(3), seed=1),
        blur(pictures, 2.0),
    ]
    np.testing.assert_array_equal(results, expected)
    with pytest.raises(ValueError, match="`kind` must be one of 'Gaussian noise', 'uniform noise', 'blur'"):
        corrupt(pictures, "jpeg", 1.0, seed=0)


@pytest.mark.parametrize("level", [-1.0, np.nan, np.inf])
def test_levels_must_be_finite_and_not_negative(pictures, level):
    with pytest.raises(ValueError, match="`stddev` must be finite and at least 0"):
        gaussian_noise(pictures, level, seed=0)
    with pytest.raises(ValueError, match="`half_width` must be finite and at least 0"):
        uniform_noise(pictures, level, seed=0)
    with pytest.raises(ValueError, match="`stddev_px` must be finite and at least 0"):
        blur(pictures, level)


@pytest.mark.parametrize(
    "corrupt", [lambda x: gaussian_noise(x, 1, seed=0), lambda x: uniform_noise(x, 1, seed=0), lambda x: blur(x, 1)]
)
def test_images_must_be_uint8_of_rank_4(corrupt, pictures):
    with pytest.raises(ValueError, match="`images_uint8` must be uint8"):
        corrupt(pictures.astype(np.float32))
    with pytest.raises(ValueError, match="`images_uint8` must have 4 axes"):
        corrupt(pictures[0])
