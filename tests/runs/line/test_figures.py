import numpy as np
import pytest
from PIL import Image

from tfgan_suite.runs.line.figures import CURVES, plot_line_panels


def panel(height=0.4, length=51):
    x = np.linspace(-5, 5, length)
    bump = height * np.exp(-np.square(x))
    return {"x": x, "real_density": bump, "generated_density": bump[::-1] / 2, "discriminator": 1 / (1 + np.exp(x))}


def test_all_curves_are_drawn_in_their_colours(tmp_path):
    plot_line_panels(tmp_path / "a.png", {"step 0": panel(), "step 5": panel(3.0)})
    with Image.open(tmp_path / "a.png") as picture:
        image = np.asarray(picture.convert("RGB"), np.int32)
    for _, colour in CURVES.values():
        wanted = [int(colour[start : start + 2], 16) for start in (1, 3, 5)]
        assert (np.abs(image - wanted).max(axis=-1) < 8).any()
    plot_line_panels(tmp_path / "a.svg", {"step 0": panel(), "step 5": panel(3.0)})
    text = (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert all(f">{word}<" in text for word in ("step 0", "step 5", "real density", "generated density", "D(x)"))
    assert "↑ 1.5" in text  # the generated density's peak in the second panel


def test_what_is_refused(tmp_path):
    with pytest.raises(ValueError, match="at least one step"):
        plot_line_panels(tmp_path / "a.png", {})
    with pytest.raises(ValueError, match=r"as long as its `x`.* title='b', name='discriminator'"):
        plot_line_panels(tmp_path / "a.png", {"b": {**panel(), "discriminator": np.zeros(3)}})
    assert list(tmp_path.iterdir()) == []
