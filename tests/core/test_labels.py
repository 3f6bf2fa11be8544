"""Labels for images: one for all or one each, and what is refused."""

import numpy as np
import pytest

from tfgan_suite.core.labels import one_per_image, require_known


@pytest.mark.parametrize("labels", [2, np.int64(2), [2, 2, 2], np.array([2, 2, 2], np.uint8)])
def test_one_for_all_is_one_each(labels):
    rows = one_per_image(3, 4, labels=labels)
    assert rows.dtype == np.int32
    assert rows.tolist() == [2, 2, 2]


@pytest.mark.parametrize("labels", [[0, 1], [[0, 1, 2]], 0.5, [0.0, 1.0, 2.0], [True, False, True]])
def test_another_number_or_type_is_refused(labels):
    with pytest.raises(ValueError, match=r"`targets` must be one label or one per image, whole numbers\. .*images=3"):
        one_per_image(3, 4, targets=labels)


@pytest.mark.parametrize(("labels", "unknown"), [(4, "[4]"), (-1, "[-1]"), ([4, 0, -2], "[-2, 4]")])
def test_labels_out_of_range_are_named(labels, unknown):
    with pytest.raises(ValueError, match=r"`labels` must be in \[0, num_classes\), here 0 to 3\.") as error:
        one_per_image(3, 4, labels=labels)
    assert f"out_of_range={unknown}, num_classes=4" in str(error.value)


def test_the_first_ten_of_many_are_named():
    with pytest.raises(ValueError, match=r"`gaussians` must be in \[0, num_gaussians\), here 0 to 1") as error:
        require_known(gaussians=np.arange(40), num_gaussians=2)
    assert f"out_of_range={list(range(2, 12))}" in str(error.value)
    require_known(gaussians=np.arange(2), num_gaussians=2)
