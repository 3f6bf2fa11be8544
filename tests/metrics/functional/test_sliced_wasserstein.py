import numpy as np
import pytest
import tensorflow as tf

from tfgan_suite.core.images import to_float
from tfgan_suite.metrics.embedders.tfgan import load_tfgan
from tfgan_suite.metrics.functional.sliced_wasserstein import sliced_wasserstein_distance


def noise(seed, size=32, count=24):
    return np.random.default_rng(seed).integers(0, 256, (count, size, size, 3), np.uint8)


def stripes(seed, size=32, count=24):
    """Every row of one random colour: patches in which a few directions hold all the variance."""
    return np.broadcast_to(noise(seed, size, count)[:, :, :1], (count, size, size, 3))


def test_equals_tfgan():
    real, fake = noise(0), stripes(1)
    np.random.seed(7)  # noqa: NPY002
    tf.random.set_seed(7)
    theirs = load_tfgan().eval.sliced_wasserstein_distance(
        tf.constant(real, tf.float32), tf.constant(fake, tf.float32), patches_per_image=16
    )
    ours = sliced_wasserstein_distance(real, fake, patches_per_image=16, seed=7)
    assert [level.resolution for level in ours] == [32, 16]
    for level, (real_distance, fake_distance) in zip(ours, theirs, strict=True):
        assert level.real_distance == pytest.approx(float(real_distance), rel=1e-5)
        assert level.fake_distance == pytest.approx(float(fake_distance), rel=1e-5)
        assert type(level.real_distance) is type(level.fake_distance) is float


def test_same_and_different_distributions():
    """Of one distribution only chance is left, which is what the real distance shows."""
    same = sliced_wasserstein_distance(noise(0, count=64), noise(1, count=64), seed=0)
    different = sliced_wasserstein_distance(noise(0, count=64), stripes(1, count=64), seed=0)
    for level in same:
        assert 0.5 < level.fake_distance / level.real_distance < 2
    for level in different:
        assert level.fake_distance > 2.5 * level.real_distance


def test_floats_are_rounded_first():
    real, fake = noise(0, size=16), noise(1, size=16)
    expected = sliced_wasserstein_distance(real, fake, seed=0)
    assert sliced_wasserstein_distance(to_float(real), tf.constant(to_float(fake)), seed=0) == expected


def test_seed_and_random_states():
    real, fake = noise(0, size=16), noise(1, size=16)
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    first, again, other = (sliced_wasserstein_distance(real, fake, seed=seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002
    assert first == again
    assert first != other
    assert sliced_wasserstein_distance(real, fake) != sliced_wasserstein_distance(real, fake)


@pytest.mark.parametrize(
    ("size", "options", "resolutions"),
    [(8, {}, [8]), (24, {}, [24]), (48, {}, [48, 24]), (64, {"resolution_min": 32}, [64, 32]), (20, {}, [20])],
)
def test_sizes(size, options, resolutions):
    images = noise(0, size=size, count=4)
    levels = sliced_wasserstein_distance(images, images, seed=0, **options)
    assert [level.resolution for level in levels] == resolutions


def test_plain_backgrounds():
    real, fake = noise(0, size=16), noise(1, size=16)
    real[:, :9] = fake[:, :9] = 0
    with pytest.raises(ValueError, match=r"constant.*need `dequantise=True`"):
        sliced_wasserstein_distance(real, fake, seed=0)
    (level,) = sliced_wasserstein_distance(real, fake, dequantise=True, seed=0)
    assert 0 < level.fake_distance < 0.5
    assert sliced_wasserstein_distance(real, fake, dequantise=True, seed=0) == (level,)


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((4, 16, 16), "4 axes"),
        ((4, 16, 12, 3), "square"),
        ((4, 16, 16, 1), r"three channels.*np\.repeat"),
        ((0, 16, 16, 3), "N >= 1"),
        ((5, 16, 16, 3), "same shape"),
    ],
)
def test_refuses_shapes(shape, message):
    with pytest.raises(ValueError, match=message):
        sliced_wasserstein_distance(np.zeros((4, 16, 16, 3), np.uint8), np.zeros(shape, np.uint8))


@pytest.mark.parametrize(
    ("size", "options", "message"),
    [
        (33, {"resolution_min": 8}, r"halved.*resolutions=\[33.0, 16.5, 8.25\].*power of two"),
        (32, {"resolution_min": 4}, "must hold a patch"),
        (4, {}, "must hold a patch"),
        (16, {"patch_size": 6}, "`patch_size` must be odd"),
        (16, {"patches_per_image": 0}, "`patches_per_image` must be above 0"),
        (16, {"num_draws": 0}, "`num_draws`"),
        (16, {"num_projections": 0}, "`num_projections`"),
        (16, {"resolution_min": 0}, "`resolution_min`"),
    ],
)
def test_refuses_sizes_and_options(size, options, message):
    images = noise(0, size=size, count=2)
    with pytest.raises(ValueError, match=message):
        sliced_wasserstein_distance(images, images, **options)


@pytest.mark.parametrize("pixels", [2.0, np.nan, 255.0])
def test_refuses_ranges(pixels):
    images = np.full((2, 16, 16, 3), pixels, np.float32)
    with pytest.raises(ValueError, match=r"`real_images` must be uint8, or float in \[-1, 1\]"):
        sliced_wasserstein_distance(images, images)
    with pytest.raises(ValueError, match="dtype='int64'"):
        sliced_wasserstein_distance(images.astype(np.float32).astype(bool).astype(np.int64), noise(0, 16, 2))
