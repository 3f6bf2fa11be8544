"""Figures of the studies on spheres, and when a unit's weights count as noise."""

import numpy as np
import pytest
from PIL import Image

from tfgan_suite.data.spheres import sharp_spheres, smooth_spheres
from tfgan_suite.runs.reports.claims import Spread
from tfgan_suite.runs.spheres.figures import (
    NOISE_CORRELATION,
    count_noise,
    draw_weights,
    neighbor_correlation,
    plot_centers,
    plot_spreads,
)


def size_of(path):
    with Image.open(path) as opened:
        return opened.size


def test_correlation_of_neighbours_by_hand():
    """Rows of +1 and -1 in turn: horizontal pairs agree, vertical ones disagree; a chess board: none agrees."""
    stripes = np.tile([[1.0], [-1.0]], (2, 4))
    board = np.indices((4, 4)).sum(axis=0) % 2
    halves = np.repeat([[1.0, 1.0, -1.0, -1.0]], 4, axis=0)
    expected = [0.0, -1.0, (12 + 4) / 24, 0.0]
    images = np.stack([stripes, board, halves, np.full((4, 4), 3.0)])
    np.testing.assert_allclose(neighbor_correlation(images), expected, atol=1e-12)


def test_noise_is_found_among_patterns():
    """Of 200 images of noise none is above 0.1, which is 3.8 standard deviations: 7e-5 each, 1.5 % in all."""
    noise = np.random.default_rng(0).uniform(-0.084, 0.084, (200, 28, 28))
    correlations = neighbor_correlation(noise)
    assert abs(correlations.mean()) < 0.01
    assert correlations.std() == pytest.approx(0.026, abs=0.005)
    assert correlations.max() < NOISE_CORRELATION
    patterns = smooth_spheres().images[:5, :, :, 0]
    assert neighbor_correlation(patterns).min() > 0.7
    assert count_noise(np.concatenate([noise[:7], patterns, noise[:3] / 100])) == (7, 3)


def test_weights_are_drawn_each_in_its_scale(tmp_path):
    images = np.array([[[-2.0, 0.0, 2.0]], [[0.0, 0.001, 0.0]]])
    draw_weights(tmp_path / "weights.png", images, num_columns=2, scale=1)
    with Image.open(tmp_path / "weights.png") as opened:
        pixels = np.asarray(opened)
    assert pixels.tolist() == [[0, 128, 255, 255, 255, 128, 130, 128]]


def test_spreads_need_a_value_for_each_place(tmp_path):
    spreads = {"a": [Spread(1, 2, 3), Spread(0.5), Spread.of([])], "b": [Spread(2, 0.1, 2)] * 3}
    plot_spreads(tmp_path / "s.png", "xyz", {"KL": spreads, "RMSE": spreads}, xlabel="k", logy=(True, False))
    assert size_of(tmp_path / "s.png")[0] > 1000
    with pytest.raises(ValueError, match="A curve must have a value for each of `names`"):
        plot_spreads(tmp_path / "s.png", "xy", {"KL": spreads}, xlabel="k")
    with pytest.raises(ValueError, match="`panels` must each hold a curve"):
        plot_spreads(tmp_path / "s.png", "xy", {"KL": {}}, xlabel="k")


def test_centers_of_one_and_of_two_spheres(tmp_path):
    centers = sharp_spheres().centers
    panels = {"one": (centers, (3.5, 23.5)), "two": (np.stack([centers, centers[::-1]], axis=1), (3.5, 24.5))}
    plot_centers(tmp_path / "c.png", panels, 28)
    assert size_of(tmp_path / "c.png")[0] > size_of(tmp_path / "c.png")[1]
    with pytest.raises(ValueError, match=r"Centres must be \[N, 2\]"):
        plot_centers(tmp_path / "c.png", {"x": (centers[:, 0], (3.5, 23.5))}, 28)
    with pytest.raises(ValueError, match="`panels` must hold"):
        plot_centers(tmp_path / "c.png", {}, 28)
