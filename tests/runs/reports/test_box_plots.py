import numpy as np
import pytest
from matplotlib.axes import Axes
from PIL import Image

from tfgan_suite.runs.reports.box_plots import plot_boxes
from tfgan_suite.runs.reports.figure_style import COLOURS

LABELS = {"xlabel": "λ", "ylabel": "KL, nats"}


def has_colour(path, colour):
    with Image.open(path) as picture:
        image = np.asarray(picture.convert("RGB"), np.int32)
    wanted = [int(colour[start : start + 2], 16) for start in (1, 3, 5)]
    return bool((np.abs(image - wanted).max(axis=-1) < 8).any())


@pytest.fixture
def drawn(monkeypatch):
    """What was given to matplotlib's own box plot."""
    seen = []
    own = Axes.boxplot
    monkeypatch.setattr(Axes, "boxplot", lambda self, values, **how: seen.append(values) or own(self, values, **how))
    return seen


def test_boxes_have_their_names_medians_and_references(tmp_path):
    groups = {"0": [1.0, 2.0, 3.0], "1e-3": np.linspace(2, 9, 20), "none": []}
    plot_boxes(tmp_path / "sub" / "a.png", groups, **LABELS)
    assert has_colour(tmp_path / "sub" / "a.png", COLOURS[1])
    plot_boxes(tmp_path / "a.svg", groups, title="Figure 5.2", references={"thesis": 1.5}, **LABELS)
    text = (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert all(f">{word}<" in text for word in ("0", "1e-3", "none", "λ", "KL, nats", "Figure 5.2", "thesis"))


@pytest.mark.parametrize(("logy", "expected"), [(False, [-1, 0, 2]), (True, [2])])
def test_what_cannot_be_drawn_is_left_out(tmp_path, drawn, logy, expected):
    plot_boxes(tmp_path / "a.png", {"a": [-1, np.inf, 0, np.nan, 2], "b": [5.0]}, logy=logy, **LABELS)
    assert [values.tolist() for values in drawn[0]] == [expected, [5]]


@pytest.mark.parametrize(
    ("groups", "sentence"),
    [
        ({}, "at least one group"),
        ({"a": [[1.0]]}, r"one axis. Received: name='a', shape=\(1, 1\)"),
        ({"a": [], "b": [np.nan]}, "a value that can be drawn"),
    ],
)
def test_nothing_to_draw(tmp_path, groups, sentence):
    with pytest.raises(ValueError, match=sentence):
        plot_boxes(tmp_path / "a.png", groups, **LABELS)
    assert list(tmp_path.iterdir()) == []
