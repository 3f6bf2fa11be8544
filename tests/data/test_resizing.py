import numpy as np
import pytest
from PIL import Image

from tfgan_suite.data.resizing import conform, convert_channels, crop_and_resize, describe_resize

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(("size", "box"), [((10, 6), (2, 0, 8, 6)), ((6, 9), (0, 1, 6, 7)), ((7, 7), (0, 0, 7, 7))])
def test_crops_the_centre(size, box):
    picture = Image.fromarray(RNG.integers(0, 256, (size[1], size[0], 3), np.uint8))
    side = min(size)
    assert crop_and_resize(picture, side).tobytes() == picture.crop(box).tobytes()
    smaller = picture.crop(box).resize((4, 4), Image.Resampling.LANCZOS)
    assert crop_and_resize(picture, 4).tobytes() == smaller.tobytes()


def test_reduction_does_not_alias():
    stripes = np.zeros((1, 64, 64, 1), np.uint8)
    stripes[:, :, ::2] = 255
    reduced, _ = conform(stripes, 8, None)
    inner = reduced[0, 2:-2, 2:-2].astype(int)
    assert abs(inner - 128).max() <= 3


def test_conform_leaves_what_fits():
    images = RNG.integers(0, 256, (2, 5, 7, 3), np.uint8)
    for size in (None, 5):
        same, resize = conform(images[:, :, :5], size, 3)
        np.testing.assert_array_equal(same, images[:, :, :5])
        assert resize == "none"
    resized, resize = conform(images, 5, None)
    np.testing.assert_array_equal(resized, images[:, :, 1:6])
    assert resize == describe_resize(5)
    assert "5x5" in resize


def test_channels_as_in_pillow():
    colours = RNG.integers(0, 256, (4, 30, 30, 3), np.uint8)
    grey = convert_channels(colours, 1)
    assert grey.shape == (4, 30, 30, 1)
    for image, expected in zip(grey, colours, strict=True):
        np.testing.assert_array_equal(image[..., 0], Image.fromarray(expected).convert("L"))
    np.testing.assert_array_equal(convert_channels(grey, 3), np.concatenate([grey] * 3, axis=-1))
    assert convert_channels(colours, None) is colours
    assert convert_channels(colours, 3) is colours


def test_bad_channels():
    with pytest.raises(ValueError, match="must have 1 channel"):
        conform(np.zeros((1, 4, 4, 2), np.uint8), None, None)
