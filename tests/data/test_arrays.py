import numpy as np
import pytest
import tensorflow as tf

from tfgan_suite.data import load_images

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (5, 6, 6, 3), np.uint8)


def test_uint8_is_taken_as_it_is():
    images = load_images(PIXELS)
    np.testing.assert_array_equal(images.train.images, PIXELS)
    assert (images.name, images.test, images.class_names, images.resize) == ("array", None, None, "none")
    np.testing.assert_array_equal(load_images(tf.constant(PIXELS), name="mine").train.images, PIXELS)
    np.testing.assert_array_equal(load_images(PIXELS[..., 0]).train.images, PIXELS[..., :1])


@pytest.mark.parametrize(
    "images",
    [
        PIXELS / 255,
        (PIXELS / 127.5 - 1).astype(np.float32),
        (PIXELS / 255).astype(np.float64),
        PIXELS.astype(np.int64),
        PIXELS.astype(np.uint16),
    ],
)
def test_other_types_give_the_same_pixels(images):
    np.testing.assert_array_equal(load_images(images).train.images, PIXELS)


def test_booleans():
    masks = PIXELS > 100
    np.testing.assert_array_equal(load_images(masks).train.images, np.where(masks, 255, 0))


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (PIXELS.astype(np.float32), r"must be finite and in \[-1, 1\] or \[0, 1\]"),
        (PIXELS / 255 * 1.1, "must be finite"),
        (np.full((2, 4, 4, 1), np.nan), "must be finite"),
        (np.full((2, 4, 4, 1), -1.01), "must be finite"),
        (PIXELS.astype(np.int32) - 1, "must use the range 0..255"),
        (PIXELS.astype(np.int32) + 1, "must use the range 0..255"),
        ((PIXELS > 100).astype(np.int32), "Masks of 0 and 1 go in as booleans"),
        (PIXELS.astype(np.complex64), "must be numbers"),
        (PIXELS[0, 0], r"must have the shape \[N, H, W\] or"),
        (PIXELS[:0], "with N at least 1"),
        (PIXELS.transpose(0, 3, 1, 2), "Transpose images that have the channels first"),
        (np.zeros((2, 4, 4, 4), np.uint8), "1 channel .* or 3"),
    ],
)
def test_bad_arrays(images, message):
    with pytest.raises(ValueError, match=message):
        load_images(images)


def test_labels():
    images = load_images(PIXELS, labels=[[2], [0], [0], [2], [3]])
    np.testing.assert_array_equal(images.train.labels, [2, 0, 0, 2, 3])
    np.testing.assert_array_equal(images.label_counts, [2, 0, 2, 1])
    for labels in ([0, 1], [0, 1, 2, 3, -1], [0.0] * 5):
        with pytest.raises(ValueError, match="`labels` must"):
            load_images(PIXELS, labels=labels)


def test_npz(tmp_path):
    arrays = {"images": PIXELS, "labels": [0, 1, 1, 0, 2], "test_images": PIXELS[:2], "test_labels": [1, 2]}
    np.savez(tmp_path / "mine.npz", **arrays, class_names=["cat", "dog", "owl"])
    images = load_images(tmp_path / "mine.npz")
    np.testing.assert_array_equal(images.train.images, PIXELS)
    np.testing.assert_array_equal(images.train.labels, arrays["labels"])
    np.testing.assert_array_equal(images.test.images, PIXELS[:2])
    np.testing.assert_array_equal(images.test.labels, [1, 2])
    assert (images.name, images.class_names) == ("mine", ("cat", "dog", "owl"))
    relabelled = load_images(str(tmp_path / "mine.npz"), labels=[0, 0, 0, 0, 1], name="other")
    assert (relabelled.name, relabelled.num_classes, relabelled.test.labels) == ("other", 2, None)


def test_npz_as_keras_writes_it(tmp_path):
    np.savez(tmp_path / "k.npz", x_train=PIXELS[..., 0], y_train=[0, 1, 1, 0, 2], x_test=PIXELS[:1, ..., 0], y_test=[3])
    images = load_images(tmp_path / "k.npz")
    assert images.image_shape == (6, 6, 1)
    assert images.num_classes == 4
    np.savez(tmp_path / "plain.npz", images=PIXELS)
    assert load_images(tmp_path / "plain.npz").class_names is None


def test_bad_npz(tmp_path):
    np.savez(tmp_path / "other.npz", features=PIXELS)
    with pytest.raises(ValueError, match=r"an array named `images` or `x_train`\. Received: arrays=\['features'\]"):
        load_images(tmp_path / "other.npz")
    (tmp_path / "text.npz").write_text("no archive")
    whole = (tmp_path / "other.npz").read_bytes()
    (tmp_path / "half.npz").write_bytes(whole[: len(whole) // 2])
    np.savez(tmp_path / "objects.npz", images=np.array([PIXELS, None], object))
    (tmp_path / "empty.npz").write_bytes(b"")
    for name in ("text", "half", "objects", "empty"):
        with pytest.raises(ValueError, match=r"cannot be read as an \.npz file of plain arrays"):
            load_images(tmp_path / f"{name}.npz")
