"""Tables and pictures of the reports on spheres, from numbers that are given."""

import numpy as np
import pytest
from PIL import Image

from tfgan_suite.core.schedules import SmoothToSharp
from tfgan_suite.data.spheres import sharp_spheres
from tfgan_suite.runs.reports.claims import Spread
from tfgan_suite.runs.spheres.report import (
    reference_scores,
    repeats_by_kind,
    sample_grid_picture,
    sphere_table,
    spread_of,
)
from tfgan_suite.runs.spheres.study import SphereTrial


def rows(kl, rmse):
    return [{"step": 1, "center_kl": 9.0, "rmse": 9.0}, {"step": 2, "center_kl": kl, "rmse": rmse}, {"step": 3}]


def test_table_sets_both_values_beside_each_other():
    own = {"0": [rows(2, 0.2), rows(4, 0.4)], "1e-4": [rows(1, 0.5), rows(1, 0.7)], "new": [rows(7, 0.9)]}
    paper = {"0": [Spread(1.5, 0.25), Spread(0.1, 0.01)], "1e-4": [Spread(1.25, 0.5), Spread(0.3, 0.02)]}
    references = {"true images": {"center_kl": 0.0, "rmse": 0.0}}
    table = sphere_table("T", paper, own, row_head="λ", references=references, mark_lowest=True, note="N.")
    assert table.columns == ("λ", "Value", "Repeats", "KL, nats", "RMSE")
    assert table.rows[0] == ["0", "the document's", None, "1.5000 ± 0.2500", "0.1000 ± 0.0100 (lowest)"]
    assert table.rows[1] == ["0", "this run's", 2, "3.0000 ± 1.4142", "0.3000 ± 0.1414 (lowest)"]
    assert table.rows[2][3] == "1.2500 ± 0.5000 (lowest)"
    assert table.rows[3][3] == "1.0000 ± 0.0000 (lowest)"
    assert table.rows[4] == ["new", "this run's", 1, "7.0000", "0.9000"]
    assert [str(cell) for cell in table.rows[5][3:]] == ["0.0000", "0.0000"]
    assert table.own_rows == [1, 3, 4]
    assert table.note == "N. Mean ± standard deviation over repeats."
    assert "lowest" not in str(sphere_table("T", paper, own).rows)
    assert len(sphere_table("T", {}, own).rows) == 3


def test_repeats_are_grouped_by_kind():
    plan = SmoothToSharp((0.0,), (2,))
    results = {SphereTrial("gan_28", kind, plan, trial=t): rows(t, 0.5) for kind in "ab" for t in range(2)}
    grouped = repeats_by_kind(results)
    assert list(grouped) == [("gan_28", "a"), ("gan_28", "b")]
    assert spread_of(grouped["gan_28", "b"], "center_kl") == Spread.of([0, 1])


def test_true_images_have_hardly_a_divergence_and_no_error_and_black_ones_much_of_both():
    scores = reference_scores(sharp_spheres(), 2_000)
    assert scores["training images"]["rmse"] == 0
    assert 0 < scores["training images"]["center_kl"] < 0.03  # (S^2 - 1) / (2 N) = 0.009 is expected
    # the quarter of a sphere of radius 4 at a corner has 17 pixels of the 49
    assert scores["black images"]["rmse"] == pytest.approx((17 / 28**2) ** 0.5)
    assert scores["black images"]["center_kl"] > 4


def test_grids_are_of_unit_images(tmp_path):
    images = np.stack([np.zeros((4, 4, 1)), np.ones((4, 4, 1)), np.full((4, 4, 1), 0.5)]).astype(np.float32)
    picture = sample_grid_picture(tmp_path / "grid.png", images, "three", num_columns=3, scale=1)
    with Image.open(picture.path) as opened:
        pixels = np.asarray(opened)
    assert pixels.shape == (4, 16)
    assert [pixels[0, column] for column in (0, 4, 6, 12)] == [0, 255, 255, 128]
    with pytest.raises(ValueError, match=r"`images` must be in \[0, 1\]"):
        sample_grid_picture(tmp_path / "grid.png", 2 * images - 1, "three")
