import numpy as np
import pytest

from tfgan_suite.data import hide_labels

LABELS = np.arange(30) % 3


def test_as_many_of_each_class_are_kept():
    kept = hide_labels(LABELS, 3, 4)
    assert kept.dtype == np.int32
    np.testing.assert_array_equal(np.bincount(kept), [4, 4, 4, 18])
    known = kept < 3
    np.testing.assert_array_equal(kept[known], LABELS[known])
    np.testing.assert_array_equal(hide_labels(LABELS, 3, 4), kept)
    assert (hide_labels(LABELS, 3, 4, seed=1) != kept).any()
    np.testing.assert_array_equal(hide_labels(LABELS, 3, 10), LABELS)


@pytest.mark.parametrize(
    ("labels", "num_classes", "num_per_class", "message"),
    [
        (LABELS, 2, 1, r"`labels` must be whole numbers \[N\] in \[0, num_classes\)"),
        (LABELS.astype(float), 3, 1, "`labels` must be whole numbers"),
        (LABELS[None], 3, 1, "`labels` must be whole numbers"),
        (LABELS, 3, 11, "Every class must have `num_per_class` images"),
        (LABELS, 4, 1, "Every class must have `num_per_class` images"),
        (LABELS, 3, 0, "`num_per_class` must be above 0"),
    ],
)
def test_bad_input(labels, num_classes, num_per_class, message):
    with pytest.raises(ValueError, match=message):
        hide_labels(labels, num_classes, num_per_class)
