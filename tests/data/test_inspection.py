import numpy as np
import pytest

from tfgan_suite.data import Images, Split, load_images
from tfgan_suite.data.inspection import contact_sheet, summarize_splits

RNG = np.random.default_rng(0)


def test_summaries():
    train = RNG.integers(3, 250, (10, 4, 4, 3), np.uint8)
    train[4] = train[7] = train[1]
    test = RNG.integers(0, 256, (5, 4, 4, 3), np.uint8)
    test[3] = train[0]
    labels = np.array([0, 0, 0, 0, 0, 0, 2, 2, 2, 2])
    images = Images("some", Split(train, labels), Split(test), ("a", "b", "c"))
    summaries = summarize_splits(images)
    assert list(summaries) == ["train", "test"]
    summary = summaries["train"]
    assert (summary.num_images, summary.label_counts) == (10, (6, 0, 4))
    assert (summary.minimum, summary.maximum) == (train.min(), train.max())
    np.testing.assert_allclose(summary.channel_means, train.mean((0, 1, 2)), rtol=1e-12)
    np.testing.assert_allclose(summary.channel_stddevs, train.std((0, 1, 2)), rtol=1e-12)
    assert (summary.num_duplicates, summary.num_in_train) == (2, None)
    assert (summaries["test"].label_counts, summaries["test"].num_duplicates) == (None, 0)
    assert summaries["test"].num_in_train == 1


def filled(values, size=40):
    return np.ones((len(values), size, size, 1), np.uint8) * np.uint8(values)[:, None, None, None]


def test_contact_sheet_has_a_row_per_class_and_test_on_the_right():
    # Grey value = 20 * (class + 1) in training, 100 more in test.
    labels = np.array([2, 0, 2, 1, 0])
    test_labels = np.array([1, 1])
    images = Images(
        "some",
        Split(filled(20 * (labels + 1)), labels),
        Split(filled(120 + 20 * test_labels), test_labels),
        ("ant", "bee", "cat"),
    )
    sheet = contact_sheet(images, num_columns=2)
    assert sheet.dtype == np.uint8
    assert sheet.shape[-1] == 3
    middle = sheet.shape[1] - 12 - 82 - 12  # right margin, grid of two images, half the space between the grids
    left, right = sheet[:, :middle], sheet[:, middle:]
    pixels = 40 * 40 * 3
    assert [(left == value).sum() >= pixels for value in (20, 40, 60)] == [True] * 3
    rows = [np.flatnonzero((left == value).all(axis=2).sum(axis=1) >= 40) for value in (20, 40, 60)]
    assert rows[0].max() < rows[1].min() < rows[1].max() < rows[2].min()
    tests = np.flatnonzero((right == 140).all(axis=2).sum(axis=1) >= 40)
    np.testing.assert_array_equal(tests, rows[1])


def test_contact_sheet_enlarges_small_images():
    sheet = contact_sheet(load_images("digits"), num_columns=3)
    assert sheet.shape[0] > 10 * 32
    assert contact_sheet(load_images("digits"), num_columns=3, max_rows=2).shape[0] < 4 * 32


@pytest.mark.parametrize("count", [1, 3, 200])
def test_contact_sheet_without_labels(count):
    images = Images("some", Split(filled(np.full(count, 90))))
    sheet = contact_sheet(images, num_columns=5)
    assert ((sheet == 90).sum() / (40 * 40 * 3)) >= min(count, 40) - 0.5


def test_contact_sheet_errors():
    with pytest.raises(ValueError, match="`num_columns` must be above 0"):
        contact_sheet(load_images("digits"), num_columns=0)
    with pytest.raises(ValueError, match="`max_rows` must be above 0"):
        contact_sheet(load_images("digits"), max_rows=0)
