import os

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tfgan_suite.core.images import image_grid, save_png, to_float, to_uint8

ALL_VALUES = np.arange(256, dtype=np.uint8)


@pytest.mark.parametrize("convert", [np.asarray, tf.constant])
def test_round_trip_of_all_values(convert):
    images = to_float(convert(ALL_VALUES))
    assert np.asarray(images).dtype == np.float32
    np.testing.assert_allclose(images, ALL_VALUES / 127.5 - 1, atol=1e-7)
    assert (np.min(images), np.max(images)) == (-1, 1)
    back = to_uint8(images)
    assert np.asarray(back).dtype == np.uint8
    np.testing.assert_array_equal(back, ALL_VALUES)


def test_same_in_a_graph():
    np.testing.assert_allclose(tf.function(to_float)(tf.constant(ALL_VALUES)), to_float(ALL_VALUES), atol=1.2e-7)
    floats = np.linspace(-1.2, 1.2, 1001, dtype=np.float32)
    np.testing.assert_array_equal(tf.function(to_uint8)(tf.constant(floats)), to_uint8(floats))


@pytest.mark.parametrize("convert", [np.asarray, tf.constant])
def test_to_uint8_clips_and_rounds(convert):
    floats = np.array([-3.0, -1.0, 0.0, 0.9999, 1.0, 7.0], np.float32)
    np.testing.assert_array_equal(to_uint8(convert(floats)), [0, 0, 128, 255, 255, 255])


def test_grid_places_images():
    images = np.arange(1, 6, dtype=np.uint8)[:, None, None, None] * np.ones((1, 2, 3, 1), np.uint8)
    grid = image_grid(images, num_columns=2, gap_px=1)
    assert grid.shape == (3 * 3 - 1, 2 * 4 - 1, 1)
    assert grid[0, 0, 0] == 1
    assert grid[1, 6, 0] == 2
    assert grid[3, 2, 0] == 3
    assert grid[7, 0, 0] == 5
    assert grid[2].min() == grid[:, 3].min() == 255  # gaps
    assert grid[6:, 4:].min() == 255  # no sixth image


@pytest.mark.parametrize(
    ("images", "columns", "message"),
    [
        (np.zeros((2, 4, 4), np.uint8), 1, "must have 4 axes"),
        (np.zeros((0, 4, 4, 1), np.uint8), 1, "at least one image"),
        (np.zeros((2, 4, 4, 1), np.float32), 1, "must be uint8"),
        (np.zeros((2, 4, 4, 1), np.uint8), 0, "`num_columns` must be above 0"),
    ],
)
def test_grid_errors(images, columns, message):
    with pytest.raises(ValueError, match=message):
        image_grid(images, columns)


@pytest.mark.parametrize("channels", [1, 3])
def test_png_holds_the_pixels(tmp_path, channels):
    image = np.random.default_rng(0).integers(0, 256, (4, 5, channels), np.uint8)
    save_png(tmp_path / "image.png", image, scale=2)
    read = np.asarray(Image.open(tmp_path / "image.png")).reshape(8, 10, channels)
    np.testing.assert_array_equal(read, image.repeat(2, axis=0).repeat(2, axis=1))
    assert os.listdir(tmp_path) == ["image.png"]


@pytest.mark.parametrize(
    ("image", "scale", "message"),
    [
        (np.zeros((4, 4), np.uint8), 1, "must have 3 axes"),
        (np.zeros((4, 4, 2), np.uint8), 1, "1 or 3 channels"),
        (np.zeros((4, 4, 3), np.float32), 1, "must be uint8"),
        (np.zeros((4, 4, 3), np.uint8), 0, "`scale` must be above 0"),
    ],
)
def test_png_errors(tmp_path, image, scale, message):
    with pytest.raises(ValueError, match=message):
        save_png(tmp_path / "image.png", image, scale)
    assert not any(tmp_path.iterdir())
