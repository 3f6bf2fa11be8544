import numpy as np
import pytest
from PIL import Image

from tfgan_suite.runs.reports import figures

LABELS = {"xlabel": "generator steps", "ylabel": "loss", "title": "Losses"}


def pixels(path):
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"), np.int32)


def has_colour(image, colour):
    wanted = [int(colour[start : start + 2], 16) for start in (1, 3, 5)]
    return bool((np.abs(image - wanted).max(axis=-1) < 8).any())


def test_curves_are_drawn_each_in_its_colour(tmp_path):
    figures.plot_curves(tmp_path / "sub" / "a.png", [0, 1, 2], {"g": [1, 2, 3], "d": [3.0, 2, 1]}, **LABELS)
    image = pixels(tmp_path / "sub" / "a.png")
    assert has_colour(image, figures.COLOURS[0])
    assert has_colour(image, figures.COLOURS[1])
    assert not has_colour(image, figures.COLOURS[2])


def test_text_of_an_svg_and_own_axes_for_each_curve(tmp_path):
    path = tmp_path / "a.svg"
    figures.plot_curves(
        path, {"FID": [0, 5], "IS": [1, 2, 3]}, {"FID": [1, 2], "IS": [1, 2, 3]}, references={"thesis": 1.5}, **LABELS
    )
    text = path.read_text(encoding="utf-8")
    assert all(word in text for word in ("FID", "IS", "thesis", "generator steps", "loss", "Losses"))


def test_a_band_of_errors_is_drawn_where_there_are_errors(tmp_path):
    curves, errors = {"DDM": [1.0, 2.0], "FID": [3.0, 4.0]}, {"DDM": [0.1, 0.2], "FID": [0.0, 0.0]}
    figures.plot_curves(tmp_path / "a.svg", [0, 1], curves, errors=errors, **LABELS)
    assert (tmp_path / "a.svg").read_text(encoding="utf-8").count("FillBetweenPolyCollection") == 1
    with pytest.raises(ValueError, match="`errors` must be as many as the values of their curve"):
        figures.plot_curves(tmp_path / "b.svg", [0, 1], curves, errors={"DDM": [0.1]}, **LABELS)


def test_ticks_of_a_logarithmic_axis_are_plain_numbers(tmp_path):
    figures.plot_curves(tmp_path / "a.svg", range(3), {"KL": [0.05, 0.2, 0.45]}, logy=True, **LABELS)
    text = (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert all(f">{tick}<" in text for tick in ("0.06", "0.1", "0.4"))
    assert "e−" not in text
    assert "×10" not in text


def test_non_finite_values_and_values_below_zero_on_a_logarithmic_axis_leave_gaps(tmp_path):
    values = [1.0, np.nan, 100.0, -1.0, np.inf, 10.0, 20.0]
    figures.plot_curves(tmp_path / "a.png", range(7), {"FID": values}, logy=True, **LABELS)
    assert has_colour(pixels(tmp_path / "a.png"), figures.COLOURS[0])


def test_a_long_curve_is_shortened_to_means_of_equal_stretches():
    x = np.arange(10 * figures.MAX_POINTS, dtype=np.float64)
    short_x, short = figures._shorten(x, 2 * x)
    np.testing.assert_allclose(short_x, 4.5 + 10 * np.arange(figures.MAX_POINTS))
    np.testing.assert_allclose(short, 2 * short_x)


def test_a_curve_with_another_length_than_its_axis_is_refused(tmp_path):
    with pytest.raises(ValueError, match="same length") as caught:
        figures.plot_curves(tmp_path / "a.png", [0, 1], {"g_loss": [1, 2, 3]}, **LABELS)
    assert "name='g_loss'" in str(caught.value)
    with pytest.raises(ValueError, match="at least one curve"):
        figures.plot_curves(tmp_path / "a.png", [0, 1], {}, **LABELS)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("num_bars", [1, 3, 100])
def test_bars_side_by_side(tmp_path, num_bars):
    heights = np.linspace(1, 2, num_bars)
    groups = {"real": heights, "generated": heights[::-1]}
    figures.plot_bars(tmp_path / "a.png", range(num_bars), groups, xlabel="cluster", ylabel="share")
    image = pixels(tmp_path / "a.png")
    assert has_colour(image, figures.COLOURS[0])
    assert has_colour(image, figures.COLOURS[1])


def test_bars_without_a_height_for_each_name_are_refused(tmp_path):
    with pytest.raises(ValueError, match="a height for each name"):
        figures.plot_bars(tmp_path / "a.png", ["a", "b"], {"real": [1]}, xlabel="", ylabel="")
    with pytest.raises(ValueError, match="must not be empty"):
        figures.plot_bars(tmp_path / "a.png", [], {"real": []}, xlabel="", ylabel="")
    with pytest.raises(ValueError, match="must not be empty"):
        figures.plot_bars(tmp_path / "a.png", ["a"], {}, xlabel="", ylabel="")


@pytest.mark.parametrize("num_classes", [3, 40])
def test_confusion_is_darkest_on_its_diagonal(tmp_path, num_classes):
    names = tuple(f"class {index}" for index in range(num_classes))
    figures.plot_confusion(tmp_path / "a.png", np.eye(num_classes, dtype=int), names)
    right = pixels(tmp_path / "a.png")
    figures.plot_confusion(tmp_path / "b.png", np.zeros((num_classes, num_classes), int), names)
    assert right.mean() < pixels(tmp_path / "b.png").mean()


def test_logarithmic_x_spaces_factors_evenly(tmp_path):
    for name, logx in (("straight", False), ("log", True)):
        figures.plot_curves(tmp_path / f"{name}.png", [1, 10, 100], {"g": [1, 2, 3]}, logx=logx, **LABELS)
    assert not np.array_equal(pixels(tmp_path / "straight.png"), pixels(tmp_path / "log.png"))
