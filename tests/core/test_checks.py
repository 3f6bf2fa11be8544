import numpy as np
import pytest

from tfgan_suite.core.checks import (
    require,
    require_count,
    require_in,
    require_positive,
    require_positive_finite,
    require_rank,
    require_weight,
    require_whole,
)


def test_message_names_rule_value_and_fix():
    with pytest.raises(ValueError) as caught:
        require(False, "`num_clusters` must be in [2, num_samples]", "Ask for more.", num_clusters=1, num_samples=500)
    expected = "`num_clusters` must be in [2, num_samples]. Received: num_clusters=1, num_samples=500. Ask for more."
    assert str(caught.value) == expected


def test_message_without_fix():
    with pytest.raises(ValueError) as caught:
        require(False, "`labels` must be given", labels=None)
    assert str(caught.value) == "`labels` must be given. Received: labels=None."


def test_what_holds_passes():
    require(True, "never shown", value=1)
    require_positive(a=1, b=0.5)
    require_positive_finite(a=1, b=np.float32(0.5))
    require_weight(a=0, b=0.5)
    require_whole(a=-1, b=np.int64(3))
    require_count(a=1, b=np.int64(3))
    require_in({"one": 1}, name="one")
    require_rank(2, features=np.zeros((3, 4)))


@pytest.mark.parametrize("value", [0, -1, float("nan")])
def test_positive(value):
    with pytest.raises(ValueError, match="`batch_size` must be above 0"):
        require_positive(batch_size=value)


@pytest.mark.parametrize("value", [0, -1.0, float("nan"), float("inf")])
def test_positive_and_finite(value):
    with pytest.raises(ValueError, match="`radius` must be above 0 and finite"):
        require_positive_finite(radius=value)


@pytest.mark.parametrize("value", [-1, float("nan"), float("inf")])
def test_weights(value):
    with pytest.raises(ValueError, match="`l2_weight` must be finite and at least 0"):
        require_weight(l2_weight=value)


@pytest.mark.parametrize("value", [1.0, 1.5, True, "1", None, np.float64(1)])
def test_whole_numbers(value):
    for check in (require_whole, require_count):
        with pytest.raises(ValueError, match="`num_spheres` must be a whole number"):
            check(num_spheres=value)


def test_counts():
    with pytest.raises(ValueError, match="`num_spheres` must be above 0"):
        require_count(num_spheres=0)


def test_in_lists_what_is_known():
    with pytest.raises(ValueError, match=r"`loss` must be one of 'hinge', 'minimax'\. Received: loss='hing'"):
        require_in(["hinge", "minimax"], loss="hing")


def test_rank_shows_shape():
    with pytest.raises(ValueError, match=r"`images` must have 4 axes\. Received: images\.shape=\(3, 4\)"):
        require_rank(4, images=np.zeros((3, 4)))


def test_a_rule_without_values_is_a_sentence_of_its_own():
    with pytest.raises(ValueError, match=r"^There must be data\. Load some\.$"):
        require(False, "There must be data", "Load some.")
