import itertools

import numpy as np
import pytest
import tensorflow as tf

from tfgan_suite.metrics.functional.ms_ssim import WEIGHTS, mean_pairwise_ms_ssim, pairwise_ms_ssim, scales_for


def formula_images(size):
    """The inputs of the golden numbers: two pairs of images of values 0 to 255."""
    b, y, x, c = np.ogrid[0:2, 0:size, 0:size, 0:3]
    phase = 0.2 * x + 0.13 * y + c + 0.7 * b
    images_1 = np.floor(127.5 * (1 + np.sin(phase)))
    return images_1, np.floor(127.5 * (1 + np.sin(phase + 0.3 + 0.6 * b)))


def random_images(count, height, width, channels=3, seed=0):
    """Smooth shapes that many images share, and some noise: similarities of every size."""
    generator = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    waves = np.sin(0.25 * x * generator.uniform(0.5, 1.5, (count, 1, 1)) + 0.2 * y)[..., None]
    noise = generator.normal(0, 0.2, (count, height, width, channels))
    return np.clip(0.7 * waves + noise, -1, 1).astype(np.float32)


def tf_ms_ssim(images_a, images_b, num_scales):
    weights = np.array(WEIGHTS[:num_scales]) / sum(WEIGHTS[:num_scales])
    unit_a, unit_b = (images_a + 1) / 2, (images_b + 1) / 2
    return tf.image.ssim_multiscale(unit_a, unit_b, 1.0, tuple(weights)).numpy()


@pytest.mark.parametrize(
    ("size", "expected"), [(32, 0.7565605776407855), (64, 0.7654368081119698), (128, 0.7696165572408463)]
)
def test_golden_progressive_gan(size, expected):
    images_1, images_2 = formula_images(size)
    matrix = pairwise_ms_ssim(images_1, images_2, variant="progressive_gan", value_range=(0, 255))
    assert np.diag(matrix).mean() == pytest.approx(expected, rel=1e-6)  # its code works in float32


def test_golden_tf_image():
    images_1, images_2 = formula_images(256)
    assert (images_1.sum(), images_2.sum()) == (49953857.0, 49938120.0)
    matrix = pairwise_ms_ssim(images_1.astype(np.uint8), images_2.astype(np.uint8))
    np.testing.assert_allclose(np.diag(matrix), [0.94676274061203, 0.5924871563911438], rtol=2e-6)  # of float32


@pytest.mark.parametrize(
    ("height", "width", "channels", "num_scales"),
    [(32, 32, 3, 2), (28, 28, 1, 2), (11, 14, 3, 1), (45, 57, 2, 3)],
)
def test_all_pairs_are_those_of_tensorflow(height, width, channels, num_scales):
    images = random_images(5, height, width, channels)
    matrix = pairwise_ms_ssim(images, images, block_size=2)
    firsts, seconds = zip(*itertools.product(range(5), repeat=2), strict=True)
    expected = tf_ms_ssim(images[list(firsts)], images[list(seconds)], num_scales)
    np.testing.assert_allclose(matrix.ravel(), expected, rtol=0, atol=2e-5)  # TensorFlow's float32
    np.testing.assert_allclose(np.diag(matrix), 1.0, rtol=1e-13)
    np.testing.assert_allclose(matrix, matrix.T, rtol=1e-12)
    upper = matrix[np.triu_indices(5, k=1)]
    assert mean_pairwise_ms_ssim(images) == pytest.approx(upper.mean(), rel=1e-12)
    assert upper.max() - upper.min() > 0.05


@pytest.mark.parametrize("block_size", [1, 3, 7, 100])
def test_blocks_and_threads_do_not_matter(block_size, monkeypatch):
    images = random_images(7, 16, 12)
    expected = mean_pairwise_ms_ssim(images, num_threads=1)
    assert mean_pairwise_ms_ssim(images, block_size=block_size) == pytest.approx(expected, rel=1e-13)
    monkeypatch.setattr("tfgan_suite.metrics.functional.ms_ssim._CHUNK_ENTRIES", 30)
    assert mean_pairwise_ms_ssim(images, block_size=block_size, num_threads=3) == pytest.approx(expected, rel=1e-13)
    matrices = [pairwise_ms_ssim(images, images[:2], block_size=block_size, num_threads=number) for number in (1, 3)]
    np.testing.assert_allclose(*matrices, rtol=1e-13)


def test_opposite_images_count_as_zero():
    images = random_images(1, 32, 32)
    assert mean_pairwise_ms_ssim(np.concatenate([images, -images])) == 0.0


def test_constant_images_differ_by_their_luminance_only():
    """Contrast terms are 1; the last scale has (2 a b + c1) / (a^2 + b^2 + c1), here of 0.25 and 0.75."""
    images = np.stack([np.full((32, 32, 1), 0.25), np.full((32, 32, 1), 0.75)])
    luminance = (2 * 0.25 * 0.75 + 1e-4) / (0.25**2 + 0.75**2 + 1e-4)
    expected = luminance ** (WEIGHTS[1] / (WEIGHTS[0] + WEIGHTS[1]))
    assert mean_pairwise_ms_ssim(images, value_range=(0, 1)) == pytest.approx(expected, rel=1e-12)


def test_uint8_and_float_images_agree():
    pixels = np.random.default_rng(0).integers(0, 256, (4, 20, 20, 3), np.uint8)
    expected = mean_pairwise_ms_ssim(pixels)
    assert mean_pairwise_ms_ssim(pixels / 127.5 - 1) == pytest.approx(expected, rel=1e-9)
    assert mean_pairwise_ms_ssim(pixels / 255, value_range=(0, 1)) == pytest.approx(expected, rel=1e-12)


def test_scales():
    for size, num_scales in (
        (11, 1),
        (20, 1),
        (21, 2),
        (28, 2),
        (32, 2),
        (40, 2),
        (41, 3),
        (81, 4),
        (161, 5),
        (256, 5),
    ):
        scales = scales_for(size, size + 5)
        assert len(scales) == num_scales
        assert sum(scale.weight for scale in scales) == pytest.approx(1.0001 if num_scales == 5 else 1.0, rel=1e-12)
        assert {(scale.window, scale.window_stddev) for scale in scales} == {(11, 1.5)}
    two = scales_for(32, 32)
    assert [scale.weight for scale in two] == pytest.approx([0.0448 / 0.3304, 0.2856 / 0.3304])
    five = scales_for(32, 32, "progressive_gan")
    assert [(scale.height, scale.window) for scale in five] == [(32, 11), (16, 11), (8, 8), (4, 4), (2, 2)]
    assert five[2].window_stddev == pytest.approx(8 * 1.5 / 11)


@pytest.mark.parametrize(
    ("images", "options", "message"),
    [
        (np.zeros((3, 32, 32)), {}, "4 axes"),
        (np.zeros((1, 32, 32, 1)), {}, "at least 2"),
        (np.zeros((0, 32, 32, 1)), {}, "must not be empty"),
        (np.zeros((2, 10, 32, 1)), {}, "at least 11 pixels.*progressive_gan"),
        (np.full((2, 32, 32, 1), np.nan), {}, "must be finite"),
        (np.full((2, 32, 32, 1), 255.0), {}, r"must be in `value_range`.*largest=255.0"),
        (np.zeros((2, 32, 32, 1)), {"value_range": (1, 0)}, "lowest, highest"),
        (np.zeros((2, 32, 32, 1)), {"variant": "matlab"}, "'tf_image', 'progressive_gan'"),
        (np.zeros((2, 32, 32, 1)), {"block_size": 0}, "`block_size` must be above 0"),
        (np.zeros((2, 32, 32, 1)), {"num_threads": 0}, "`num_threads` must be above 0"),
    ],
)
def test_refuses(images, options, message):
    with pytest.raises(ValueError, match=message):
        mean_pairwise_ms_ssim(images, **options)


def test_refuses_sets_of_different_shapes():
    with pytest.raises(ValueError, match="same height, width and channels"):
        pairwise_ms_ssim(np.zeros((1, 32, 32, 1)), np.zeros((1, 32, 32, 3)))
    with pytest.raises(ValueError, match="`height` must be above 0"):
        scales_for(0, 32)
