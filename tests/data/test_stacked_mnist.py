"""Stacked-MNIST, by the embedded digits and by made ones; the real MNIST is where TensorFlow Datasets has it."""

import numpy as np
import pytest
import scipy.stats
from PIL import Image

from tfgan_suite.data import Images, Split, load_images
from tfgan_suite.data import images as images_module
from tfgan_suite.data.stacked_mnist import digit_labels, split_channels, stacked_digits, stacked_labels

DIGITS = load_images("digits")
NAMES = tuple("0123456789")


def numbered(num_images, size=2, num_test=5):
    """Digits whose first pixel is their number and whose label is the last digit of it; test digits from 200 on."""
    pixels = np.zeros((num_images + num_test, size, size, 1), np.uint8)
    numbers = np.concatenate([np.arange(num_images), 200 + np.arange(num_test)])
    pixels[:, 0, 0, 0] = numbers
    train = Split(pixels[:num_images], numbers[:num_images] % 10)
    test = Split(pixels[num_images:], numbers[num_images:] % 10) if num_test else None
    return Images("numbers", train, test, NAMES)


def test_facts():
    stacked = stacked_digits(DIGITS, 20, num_test_images=8)
    assert (stacked.num_images, len(stacked.test), stacked.image_shape) == (20, 8, (32, 32, 3))
    assert (stacked.name, stacked.num_classes) == ("stacked_digits", 1000)
    assert (stacked.class_names[0], stacked.class_names[42], stacked.class_names[999]) == ("000", "042", "999")
    assert stacked.resize == "each digit bilinear (Pillow) to 32x32"
    assert stacked.train.images.dtype == np.uint8


def test_channels_are_digits_of_their_split_and_labels_are_theirs():
    stacked = stacked_digits(numbered(150), 700, num_test_images=300, image_size=2)
    assert stacked.resize == "none"
    for split, first, count in ((stacked.train, 0, 150), (stacked.test, 200, 5)):
        numbers = split.images[:, 0, 0].astype(int)
        assert (split.images.reshape(len(split), 4, 3)[:, 1:] == 0).all()
        assert set(numbers.ravel()) <= set(range(first, first + count))
        np.testing.assert_array_equal(digit_labels(split.labels), numbers % 10)
        np.testing.assert_array_equal(split.labels, (numbers % 10) @ [100, 10, 1])
    assert len(set(stacked.train.images[:, 0, 0].ravel())) == 150  # 2,100 draws miss one of 150 with odds 1.2e-4


def test_the_three_digits_are_uniform_and_independent():
    # Of ten numbers, each of the 1,000 triples is as frequent; chi-squared with 999 degrees of freedom, odds 1e-6.
    counts = stacked_digits(numbered(10, num_test=0), 50_000, seed=1, image_size=2).label_counts
    distribution = scipy.stats.chi2(999)
    assert distribution.ppf(5e-7) < ((counts - 50) ** 2 / 50).sum() < distribution.isf(5e-7)


def test_digits_are_resized_by_bilinear_interpolation():
    stacked = stacked_digits(DIGITS, 3, num_test_images=0)
    small = stacked_digits(DIGITS, 3, num_test_images=0, image_size=8)
    assert stacked.test is None
    np.testing.assert_array_equal(stacked.train.labels, small.train.labels)
    digits = DIGITS.train.images.reshape(1437, 64)
    for image, small_image in zip(stacked.train.images, small.train.images, strict=True):
        for channel in range(3):
            assert (digits == small_image[..., channel].ravel()).all(axis=1).any()
            expected = Image.fromarray(small_image[..., channel]).resize((32, 32), Image.Resampling.BILINEAR)
            np.testing.assert_array_equal(image[..., channel], np.asarray(expected))


def test_the_seed_decides():
    first, again, other = (stacked_digits(DIGITS, 50, seed=seed, num_test_images=50) for seed in (3, 3, 4))
    assert first.content_hash() == again.content_hash() != other.content_hash()
    np.testing.assert_array_equal(first.test.images, again.test.images)
    assert (first.train.labels != other.train.labels).any()
    assert (first.train.labels != first.test.labels).any()


def test_images_are_those_of_earlier_versions():
    stacked = stacked_digits(DIGITS, 5, seed=3, num_test_images=4, image_size=8)
    np.testing.assert_array_equal(stacked.train.labels, [166, 854, 965, 832, 121])
    np.testing.assert_array_equal(stacked.test.labels, [669, 633, 787, 368])
    assert stacked.content_hash().startswith("9d7c1eed7f70444c")
    resized = stacked_digits(DIGITS, 5, seed=3, num_test_images=4)
    assert resized.content_hash().startswith("ef6271cb2800d726")


def test_labels_of_digits_and_back():
    digits = digit_labels(np.array([0, 7, 42, 305, 999]))
    np.testing.assert_array_equal(digits, [[0, 0, 0], [0, 0, 7], [0, 4, 2], [3, 0, 5], [9, 9, 9]])
    labels = stacked_labels(digit_labels(np.arange(1000)))
    np.testing.assert_array_equal(labels, np.arange(1000))
    assert digits.dtype == labels.dtype == np.int32
    assert stacked_labels(np.array([[1, 2, 3]], np.uint8)).tolist() == [123]
    assert digit_labels(np.zeros(0, int)).shape == (0, 3)


def test_split_channels():
    images = np.random.default_rng(0).integers(0, 256, (4, 5, 6, 3), np.uint8)
    channels = split_channels(images)
    assert (channels.shape, channels.dtype) == ((12, 5, 6, 1), np.uint8)
    for index in range(12):
        np.testing.assert_array_equal(channels[index, ..., 0], images[index // 3, ..., index % 3])
    assert split_channels(images.astype(np.float32)).dtype == np.float32


def test_a_perfect_classifier_of_digits_finds_the_labels():
    stacked = stacked_digits(numbered(100), 200, image_size=2, num_test_images=0)
    predictions = split_channels(stacked.train.images)[:, 0, 0, 0] % 10
    np.testing.assert_array_equal(predictions, digit_labels(stacked.train.labels).ravel())
    np.testing.assert_array_equal(stacked_labels(predictions.reshape(-1, 3)), stacked.train.labels)


def test_no_test_images_without_labels_of_them():
    unlabelled = Images("some", DIGITS.train, Split(DIGITS.test.pixels), NAMES)
    assert stacked_digits(unlabelled, 5, image_size=8).test is None


@pytest.mark.parametrize(
    ("source", "arguments", "message"),
    [
        (DIGITS, {"num_images": 0}, "`num_images` must be above 0"),
        (DIGITS, {"image_size": 0}, "`image_size` must be above 0"),
        (DIGITS, {"num_test_images": -1}, "`num_test_images` must be at least 0"),
        (DIGITS, {"seed": -1}, "`seed` must be at least 0"),
        (load_images("digits", channels=3), {}, r"grey, square images. Received: image_shape=\(8, 8, 3\)"),
        (Images("wide", Split(np.zeros((3, 4, 5, 1), np.uint8), np.arange(3)), None, NAMES), {}, "grey, square"),
        (DIGITS.with_labels(None), {}, "labels of ten classes.*num_classes=None"),
        (DIGITS.with_labels(DIGITS.train.labels // 2), {}, "labels of ten classes.*num_classes=5"),
    ],
)
def test_errors(source, arguments, message):
    with pytest.raises(ValueError, match=message):
        stacked_digits(source, **arguments)


@pytest.mark.parametrize(
    ("function", "values", "message"),
    [
        (digit_labels, np.zeros((2, 1), int), r"`labels` must be \[N\]"),
        (digit_labels, np.zeros(2), "`labels` must be whole numbers"),
        (digit_labels, np.array([3, 1000]), r"`labels` must be in \[0, 1000\). Received: smallest=0, largest=1000"),
        (digit_labels, np.array([-1]), r"`labels` must be in \[0, 1000\)"),
        (stacked_labels, np.zeros(3, int), r"`digits` must be \[N, 3\]"),
        (stacked_labels, np.zeros((3, 2), int), r"`digits` must be \[N, 3\]. Received: shape=\(3, 2\)"),
        (stacked_labels, np.zeros((2, 3)), "`digits` must be whole numbers"),
        (stacked_labels, np.array([[0, 0, 10]]), r"`digits` must be in \[0, 10\)"),
        (split_channels, np.zeros((2, 4, 4, 1)), r"`images` must be \[N, H, W, 3\]. Received: shape=\(2, 4, 4, 1\)"),
        (split_channels, np.zeros((4, 4, 3)), r"`images` must be \[N, H, W, 3\]"),
    ],
)
def test_errors_of_the_label_functions(function, values, message):
    with pytest.raises(ValueError, match=message):
        function(values)


def test_by_name(monkeypatch):
    loaded, small = [], lambda source, image_size: stacked_digits(source, 6, 0, image_size, 4)
    monkeypatch.setattr(images_module, "stacked_digits", small)  # 100,000 take seconds
    monkeypatch.setattr(images_module, "load_tfds", lambda *args, **kwargs: loaded.append((args, kwargs)) or DIGITS)
    assert load_images("stacked_digits").image_shape == (32, 32, 3)
    assert load_images("stacked_digits", image_size=16, channels=3, name="mine").name == "mine"
    assert load_images("stacked_digits", image_size=16).image_shape == (16, 16, 3)
    assert load_images("stacked_digits", labels=np.arange(6)).num_classes == 6
    assert not loaded
    assert load_images("stacked_mnist", data_dir="somewhere", download=False).num_images == 6
    assert loaded == [(("mnist", "somewhere"), {"download": False})]


def test_by_name_in_grey():
    with pytest.raises(ValueError, match="`channels` of 'stacked_digits' must be 3: a digit in each"):
        load_images("stacked_digits", channels=1)
