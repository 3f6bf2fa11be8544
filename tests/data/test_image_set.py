import numpy as np
import pytest
import tensorflow as tf

from tfgan_suite.data import Images, Split

PIXELS = np.random.default_rng(0).integers(0, 256, (6, 4, 5, 3), np.uint8)
LABELS = np.array([0, 2, 2, 1, 0, 2])


def labelled():
    return Images("some", Split(PIXELS, LABELS), Split(PIXELS[:2], LABELS[:2]), ("a", "b", "c"))


def test_facts():
    images = labelled()
    assert images.image_shape == (4, 5, 3)
    assert (images.num_images, images.num_classes) == (6, 3)
    np.testing.assert_array_equal(images.label_counts, [2, 1, 3])
    assert images.label_counts.dtype == np.int64
    assert images.train.labels.dtype == np.int32
    assert (len(images.train), len(images.test)) == (6, 2)
    assert "6 images" in repr(images)


def test_without_labels():
    images = Images("some", Split(PIXELS))
    assert images.num_classes is images.label_counts is images.test is images.class_names is None


def test_pixels_are_held_once_and_apart_from_the_callers_array():
    given = PIXELS.copy()
    split = Split(given)
    given[:] = 0
    np.testing.assert_array_equal(split.images, PIXELS)
    assert np.shares_memory(split.images, split.images)
    assert not split.images.flags.writeable
    images = Images("some", split)
    other = images.with_labels(LABELS, 3)
    assert np.shares_memory(other.train.images, split.images)
    assert np.shares_memory(other.with_labels(None).train.images, split.images)


def test_with_labels():
    images = labelled().with_labels(np.array([[1], [1], [0], [3], [3], [3]]), 5)
    np.testing.assert_array_equal(images.label_counts, [1, 2, 0, 3, 0])
    assert images.class_names == ("0", "1", "2", "3", "4")
    assert images.test.labels is None
    assert len(images.test) == 2
    assert labelled().with_labels(LABELS).num_classes == 3
    assert labelled().with_labels(LABELS, 3, ["x", "y", "z"]).class_names == ("x", "y", "z")
    unlabelled = images.with_labels(None)
    assert unlabelled.num_classes is unlabelled.train.labels is None


@pytest.mark.parametrize(
    ("labels", "num_classes", "message"),
    [
        ([0, 1, 2, 3, 4, 5], 5, r"in \[0, num_classes\), here 0 to 4\. Received: out_of_range=\[5\], num_classes=5"),
        ([0, 1, -1, 0, 0, 0], 2, r"in \[0, num_classes\)"),
        ([0, 1], 2, "one label per image. Received: num_labels=2, num_images=6"),
        ([0.0] * 6, 2, "whole numbers"),
        (np.eye(6, dtype=int), 6, "must have 1 axes"),
    ],
)
def test_bad_labels(labels, num_classes, message):
    with pytest.raises(ValueError, match=message):
        labelled().with_labels(np.array(labels), num_classes)


def test_wrong_number_of_class_names():
    with pytest.raises(ValueError, match="one name per class"):
        labelled().with_labels(LABELS, 3, ("a", "b"))


def test_content_hash_follows_shape_and_pixels():
    images = labelled()
    assert images.content_hash() == images.with_labels(None).content_hash()
    assert len(images.content_hash()) == 64
    changed = PIXELS.copy()
    changed[-1, -1, -1, -1] ^= 1
    others = [changed, PIXELS.reshape(6, 5, 4, 3), PIXELS[:5]]
    hashes = {Images("x", Split(other)).content_hash() for other in others} | {images.content_hash()}
    assert len(hashes) == 4


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (PIXELS[0], "must have 4 axes"),
        (PIXELS.astype(np.float32), "must be uint8"),
        (tf.constant(PIXELS, tf.int32), "must be uint8"),
        (PIXELS[:0], "at least one image"),
        (PIXELS[..., :2], "1 or 3 channels"),
    ],
)
def test_bad_images(images, message):
    with pytest.raises(ValueError, match=message):
        Split(images)


def test_bad_combinations():
    with pytest.raises(ValueError, match="`class_names` must be given if and only if"):
        Images("some", Split(PIXELS, LABELS))
    with pytest.raises(ValueError, match="`class_names` must be given if and only if"):
        Images("some", Split(PIXELS), class_names=("a",))
    with pytest.raises(ValueError, match="shape of the training images"):
        Images("some", Split(PIXELS), Split(PIXELS[:, :3]))
    with pytest.raises(ValueError, match=r"in \[0, num_classes\)"):
        Images("some", Split(PIXELS, LABELS), class_names=("a", "b"))
    with pytest.raises(ValueError, match=r"in \[0, num_classes\)"):
        Images("some", Split(PIXELS, LABELS), Split(PIXELS, LABELS + 1), ("a", "b", "c"))
