import logging

import numpy as np
import pytest
from PIL import Image

from tfgan_suite.data import load_images

RNG = np.random.default_rng(0)


def put(path, width=8, height=8, channels=3):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = RNG.integers(0, 256, (height, width, channels), np.uint8)
    Image.fromarray(pixels[..., 0] if channels == 1 else pixels).save(path)
    return pixels


def test_flat(tmp_path):
    pixels = [put(tmp_path / name) for name in ("a.png", "b.PNG", "c.png")]
    (tmp_path / "notes.txt").write_text("left out")
    (tmp_path / ".hidden.png").write_text("left out")
    images = load_images(tmp_path)
    np.testing.assert_array_equal(images.train.images, pixels)
    assert (images.name, images.resize, images.skipped) == (tmp_path.name, "none", ())
    assert images.class_names is images.test is None


def test_a_sub_folder_per_class(tmp_path):
    expected = {name: [put(tmp_path / name / f"{i}.png") for i in range(2)] for name in ("cat", "Dog", "ant")}
    (tmp_path / "__empty").mkdir()
    images = load_images(str(tmp_path))
    assert images.class_names == ("Dog", "ant", "cat")
    np.testing.assert_array_equal(images.label_counts, [2, 2, 2])
    for index, name in enumerate(images.class_names):
        np.testing.assert_array_equal(images.train.images[images.train.labels == index], expected[name])


def test_classes_that_are_numbers_are_in_order_of_value(tmp_path):
    for name in ("0", "1", "2", "10"):
        put(tmp_path / name / "deeper" / "a.png")
    assert load_images(tmp_path).class_names == ("0", "1", "2", "10")


@pytest.mark.parametrize("test_name", ["test", "val", "validation", "valid"])
def test_split(tmp_path, test_name):
    for name in ("a", "b"):
        put(tmp_path / "train" / name / "1.png")
        put(tmp_path / "train" / name / "2.png")
    pixels = put(tmp_path / test_name / "b" / "3.png")
    images = load_images(tmp_path)
    assert (len(images.train), len(images.test), images.num_classes) == (4, 1, 2)
    np.testing.assert_array_equal(images.test.images[0], pixels)
    np.testing.assert_array_equal(images.test.labels, [1])


def test_test_class_unknown_in_training(tmp_path):
    put(tmp_path / "train" / "a" / "1.png")
    put(tmp_path / "test" / "z" / "1.png")
    with pytest.raises(ValueError, match=r"must be classes of the training pictures.*not_in_training=\['z'\]"):
        load_images(tmp_path)


def test_sizes_differ(tmp_path):
    for index, (width, height) in enumerate([(30, 40), (50, 36), (9, 9)]):
        put(tmp_path / f"{index}.png", width, height)
    images = load_images(tmp_path)
    assert images.image_shape == (16, 16, 3)  # the median shorter side is 30
    assert "16x16, a size chosen" in images.resize
    images = load_images(tmp_path, image_size=20)
    assert images.image_shape == (20, 20, 3)
    assert images.resize == "centre square crop, Lanczos (Pillow, antialiased) to 20x20"


def test_default_size_is_bounded(tmp_path):
    for index in range(2):
        put(tmp_path / f"{index}.png", 300, 200 + index)
    assert load_images(tmp_path).image_shape == (64, 64, 3)


def test_equal_sizes_are_kept(tmp_path):
    put(tmp_path / "a.png", 12, 7)
    put(tmp_path / "b.png", 12, 7)
    assert load_images(tmp_path).image_shape == (7, 12, 3)
    assert load_images(tmp_path, image_size=7).image_shape == (7, 7, 3)


def test_grey_if_all_are_grey(tmp_path):
    put(tmp_path / "a.png", channels=1)
    assert load_images(tmp_path).image_shape == (8, 8, 1)
    assert load_images(tmp_path, channels=3).image_shape == (8, 8, 3)
    put(tmp_path / "b.png")
    assert load_images(tmp_path).image_shape == (8, 8, 3)
    assert load_images(tmp_path, channels=1).image_shape == (8, 8, 1)


@pytest.fixture
def partly_damaged(tmp_path):
    for index in range(18):
        put(tmp_path / f"{index:02}.png", 40, 40)
    (tmp_path / "text.jpg").write_text("no picture")
    whole = (tmp_path / "00.png").read_bytes()
    (tmp_path / "half.png").write_bytes(whole[: len(whole) // 2])
    return tmp_path


def test_damaged_files_are_named_and_counted(partly_damaged, caplog):
    with caplog.at_level(logging.WARNING):
        images = load_images(partly_damaged, max_corrupt_fraction=0.1)
    assert images.num_images == 18
    assert [path.rpartition("/")[2] for path, _ in images.skipped] == ["half.png", "text.jpg"]
    assert images.skipped[1][1] == "not a picture in a known format"
    assert "truncated" in images.skipped[0][1]
    assert "Skipped 2 of 20 picture files" in caplog.text


def test_too_many_damaged_files(partly_damaged):
    with pytest.raises(ValueError, match=r"2 of 20 picture files cannot be read.*half\.png.*Mend or remove") as caught:
        load_images(partly_damaged, max_corrupt_fraction=0.09)
    assert "text.jpg (not a picture in a known format)" in str(caught.value)


def test_only_damaged_files(tmp_path):
    (tmp_path / "a.png").write_text("no picture")
    for fraction in (0.5, 1.0):
        with pytest.raises(ValueError, match=r"cannot be read|no readable pictures"):
            load_images(tmp_path, max_corrupt_fraction=fraction)


def test_no_pictures(tmp_path):
    (tmp_path / "notes.txt").write_text("")
    with pytest.raises(ValueError, match=r"A folder must hold pictures.*Known suffixes: \.bmp"):
        load_images(tmp_path)


def test_pictures_beside_class_folders(tmp_path):
    put(tmp_path / "a.png")
    put(tmp_path / "cat" / "b.png")
    with pytest.raises(ValueError, match="one sub-folder per class, but not both"):
        load_images(tmp_path)
