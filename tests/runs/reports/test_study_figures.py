import numpy as np
import pytest
from PIL import Image

from tfgan_suite.runs.reports import study_figures as figures
from tfgan_suite.runs.reports.figure_style import COLOURS

ROWS = np.zeros((1, 3))


def has_colour(path, colour):
    with Image.open(path) as picture:
        image = np.asarray(picture.convert("RGB"), np.int32)
    wanted = [int(colour[start : start + 2], 16) for start in (1, 3, 5)]
    return bool((np.abs(image - wanted).max(axis=-1) < 8).any())


def test_mean_and_standard_error_by_hand():
    """Seeds 1 and 3: mean 2, standard deviation sqrt 2, of the mean 1."""
    mean, error = figures.mean_and_standard_error([[1.0, 5.0], [3.0, 5.0]])
    np.testing.assert_allclose(mean, [2, 5])
    np.testing.assert_allclose(error, [1, 0])
    np.testing.assert_array_equal(figures.mean_and_standard_error([[4.0]])[1], [0])
    with pytest.raises(ValueError, match="`values` must have 2 axes"):
        figures.mean_and_standard_error([1.0])


def test_curves_of_seeds_are_drawn_with_their_errors(tmp_path):
    curves = {"GAN": np.array([[0.1, 0.2], [0.3, 0.4]]), "MM-GAN": np.array([[0.5, 0.6]])}
    figures.plot_seeds(tmp_path / "a.png", [1, 2], {"score": curves}, xlabel="epoch", references=[{"real": 0.3}])
    assert has_colour(tmp_path / "a.png", COLOURS[0])
    assert has_colour(tmp_path / "a.png", COLOURS[1])
    figures.plot_seeds(tmp_path / "b.svg", [1, 2], {"quality": curves, "diversity": curves}, xlabel="σ", title="Figure")
    text = (tmp_path / "b.svg").read_text(encoding="utf-8")
    assert all(word in text for word in ("GAN", "MM-GAN", "quality", "diversity", "σ", "Figure"))
    assert text.count("FillBetweenPolyCollection") == 4


def test_labelled_points_have_their_colours_over_black_ones(tmp_path):
    points = np.random.default_rng(0).normal(0, 1, (200, 2))
    labels = np.repeat([0, 2], 100)
    panels = {"own": (0.3 * points, labels), "plain": (0.2 * points, None)}
    figures.plot_labelled_points(tmp_path / "a.png", panels, points)
    assert has_colour(tmp_path / "a.png", "#000000")


def test_panels_of_images(tmp_path):
    images = np.full((4, 6, 6, 1), 128, np.uint8)
    figures.plot_image_panels(tmp_path / "a.png", {"σ = 0.5": images, "σ = 1": images}, images_per_row=2)
    figures.plot_image_panels(tmp_path / "b.png", {"σ": np.repeat(images, 3, axis=-1)}, images_per_row=3)
    assert has_colour(tmp_path / "a.png", "#808080")
    assert has_colour(tmp_path / "b.png", "#808080")


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda path: figures.plot_seeds(path, [1], {}, xlabel="x"), "`panels` must each hold a curve"),
        (lambda path: figures.plot_seeds(path, [1], {"y": {}}, xlabel="x"), "`panels` must each hold a curve"),
        (lambda path: figures.plot_seeds(path, [1], {"y": {"a": [[1, 2]]}}, xlabel="x"), "as long as `x`"),
        (lambda path: figures.plot_labelled_points(path, {}, np.zeros((1, 2))), "at least one cloud"),
        (lambda path: figures.plot_labelled_points(path, {"a": (ROWS, None)}, ROWS[:, :2]), r"\[N, 2\]"),
        (lambda path: figures.plot_image_panels(path, {}, images_per_row=1), "at least one grid"),
    ],
)
def test_mistakes_are_refused(tmp_path, draw, message):
    with pytest.raises(ValueError, match=message):
        draw(tmp_path / "a.png")
    assert not (tmp_path / "a.png").exists()
