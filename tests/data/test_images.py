import numpy as np
import pytest
from PIL import Image
from sklearn import datasets

from tfgan_suite.data import load_images


def test_digits():
    images = load_images("digits")
    assert images.image_shape == (8, 8, 1)
    assert (len(images.train), len(images.test)) == (1437, 360)
    assert images.class_names == tuple("0123456789")
    assert (images.train.images.min(), images.train.images.max()) == (0, 255)
    assert images.content_hash() == load_images("digits").content_hash()


def test_digits_are_split_by_class_and_all_there():
    images, source = load_images("digits"), datasets.load_digits()
    test_counts = np.bincount(images.test.labels)
    counts = images.label_counts + test_counts
    np.testing.assert_array_equal(counts, np.bincount(source.target))
    assert abs(test_counts - counts / 5).max() < 1
    rows = np.concatenate([images.train.images, images.test.images]).reshape(1797, 64)
    expected = np.rint(source.images.reshape(1797, 64) / 16 * 255)
    labels = np.concatenate([images.train.labels, images.test.labels])
    ours, theirs = np.column_stack([rows, labels]), np.column_stack([expected, source.target])
    np.testing.assert_array_equal(ours[np.lexsort(ours.T)], theirs[np.lexsort(theirs.T)])


def test_digits_resized():
    images = load_images("digits", image_size=32, channels=3)
    assert images.image_shape == images.test.images.shape[1:] == (32, 32, 3)
    assert "Lanczos" in images.resize
    small = load_images("digits").train.images[0, ..., 0]
    expected = np.asarray(Image.fromarray(small).resize((32, 32), Image.Resampling.LANCZOS))
    np.testing.assert_array_equal(images.train.images[0], np.stack([expected] * 3, axis=-1))


def test_labels_and_name_replace_the_sources_own():
    images = load_images("digits", labels=np.arange(1437) % 3, name="thirds")
    assert (images.name, images.num_classes, images.test.labels) == ("thirds", 3, None)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"channels": 2}, "`channels` must be one of None, 1, 3"),
        ({"image_size": 0}, "`image_size` must be above 0"),
        ({"max_corrupt_fraction": 1.5}, r"`max_corrupt_fraction` must be in \[0, 1\]"),
        ({"labels": [0, 1]}, "one label per image"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        load_images("digits", **arguments)


@pytest.mark.parametrize("source", ["./nowhere", "/nowhere/at/all", "nowhere.npz", "~/nowhere"])
def test_missing_path(source):
    with pytest.raises(ValueError, match="must be a file or folder that exists"):
        load_images(source)


def test_other_file(tmp_path):
    (tmp_path / "images.zip").write_bytes(b"")
    with pytest.raises(ValueError, match=r"must be an \.npz file"):
        load_images(tmp_path / "images.zip")


@pytest.mark.parametrize("source", [None, 3, {"images": 1}, ""])
def test_other_source(source):
    with pytest.raises(ValueError, match="must be a name, a path or an array"):
        load_images(source)
