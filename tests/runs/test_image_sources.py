from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tfgan_suite.runs.image_sources import draw_samples, is_sampler, load_source, sampler_image_shape, training_images

SAMPLER = str(Path(__file__).parents[2] / "saved_models" / "digits")


@pytest.fixture
def arrays(tmp_path):
    """An .npz file: 20 training images whose first pixel is their number, 10 test images."""
    pixels = np.zeros((30, 4, 4, 1), np.uint8)
    pixels[:, 0, 0, 0] = np.arange(30)
    path = tmp_path / "arrays.npz"
    np.savez(path, images=pixels[:20], labels=np.arange(20) % 2, test_images=pixels[20:], test_labels=np.arange(10) % 2)
    return str(path)


@pytest.mark.parametrize(
    ("part", "first", "count"),
    [
        ("", 0, 20),
        (":train", 0, 20),
        (":test", 20, 10),
        (":train[:50%]", 0, 10),
        (":train[50%:]", 10, 10),
        (":train[5:8]", 5, 3),
        (":test[90%:]", 29, 1),
        (":train[15:99]", 15, 5),
    ],
)
def test_parts(arrays, part, first, count):
    source = load_source(arrays + part)
    np.testing.assert_array_equal(source.images[:, 0, 0, 0], np.arange(first, first + count))
    np.testing.assert_array_equal(source.labels, np.arange(first, first + count) % 2)
    assert source.split == (part[1:] or "train")
    assert source.num_classes == 2
    assert not source.is_sampler


@pytest.mark.parametrize(
    ("part", "sentence"),
    [
        (":train[20:]", "the part of a data set must hold images"),
        (":train[5:5]", "the part of a data set must hold images"),
        (":validation", "must be a file or folder that exists|not"),
    ],
)
def test_wrong_parts(arrays, part, sentence):
    with pytest.raises(ValueError, match=sentence):
        load_source(arrays + part)


def test_missing_test_images(tmp_path):
    np.savez(tmp_path / "a.npz", images=np.zeros((3, 4, 4, 1), np.uint8))
    with pytest.raises(ValueError, match="must have test images to measure them"):
        load_source(f"{tmp_path / 'a.npz'}:test")


def test_folder_and_size(tmp_path):
    for index in range(3):
        Image.fromarray(np.full((6, 8, 3), index, np.uint8)).save(tmp_path / f"{index}.png")
    source = load_source(str(tmp_path), image_size=4)
    assert source.images.shape == (3, 4, 4, 3)
    assert source.labels is None
    assert "4" in source.resize


def test_training_images_are_all_of_them(arrays):
    assert training_images(arrays + ":train[:10%]").num_images == 20


def test_sampler():
    assert is_sampler(SAMPLER)
    assert sampler_image_shape(SAMPLER) == (16, 16, 1)
    source = draw_samples(SAMPLER, 5, seed=3)
    assert source.images.shape == (5, 16, 16, 1)
    assert source.images.dtype == np.uint8
    assert source.is_sampler
    assert source.split == "samples"
    np.testing.assert_array_equal(source.images, draw_samples(SAMPLER, 5, seed=3).images)
    assert not is_sampler("digits")
