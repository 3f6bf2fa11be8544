"""Tables, curves, film strips and lineages of a comparison of methods."""

import numpy as np
import pytest
from PIL import Image

from tfgan_suite.runs.reports import comparison_report as parts

ROWS = [{"step": 1, "num_modes": 2.0}, {"step": 2, "num_modes": 5.0, "reverse_kl": 0.1}]


@pytest.fixture
def clusters(tmp_path):
    """Ten examples in three clusters, two of which swap a member."""
    before = np.array([0, 0, 0, 0, 1, 1, 1, 2, 2, 2], np.int32)
    after = before.copy()
    after[[0, 4]] = [1, 0]
    for step, labels in ((0, before), (50, after)):
        np.savez(tmp_path / f"step_{step:08d}.npz", labels=labels)
    return tmp_path


def test_mean_and_standard_error():
    assert parts.mean_and_error([3.0]) == "3"
    assert parts.mean_and_error([1.0, 3.0], scale=100) == "200 ± 100"
    assert parts.mean_and_error([24.0, 25.0, 25.0]) == "24.67 ± 0.33"


def test_the_last_measurement_counts():
    assert parts.last_value(ROWS, "num_modes") == 5.0
    assert np.isnan(parts.last_value(ROWS, "fid"))


def test_the_documents_values_stand_above_own_ones():
    heads = {"num_modes": ("Modes", 1.0)}
    table = parts.scores_table("T", heads, {"GAN": (6.3,)}, {"GAN": [ROWS, ROWS], "New": [ROWS]})
    assert table.rows == [
        ["GAN", "the document's", "", 6.3],
        ["GAN", "this run's", 2, "5 ± 0"],
        ["New", "this run's", 1, "5"],
    ]
    assert list(table.own_rows) == [1, 2]


def test_curves_are_means_over_trials_at_common_steps(tmp_path):
    own = {"GAN": [ROWS, [{"step": 2, "num_modes": 1.0}]]}
    picture = parts.curves_of(tmp_path / "curve.png", own, "num_modes", "Modes", "Ring")
    assert picture.path.exists()
    assert parts.curves_of(tmp_path / "none.png", own, "fid", "FID", "Ring") is None


def test_curves_have_bands_of_standard_errors_and_lines_of_references(tmp_path):
    own = {"GAN": [ROWS, [{"step": 2, "num_modes": 1.0}], [{"step": 2, "num_modes": 3.0}]]}
    references = {"training images": 4.0}
    picture = parts.curves_of(tmp_path / "curve.svg", own, "num_modes", "Modes", "Ring", True, references)
    text = picture.path.read_text(encoding="utf-8")
    assert text.count("FillBetweenPolyCollection") == 1
    assert "training images" in text
    assert picture.alt == "Ring over generator steps: GAN, training images, with standard errors"


def test_film_strip_of_at_most_eight_panels(tmp_path):
    for step in range(0, 100, 10):
        np.savez(tmp_path / f"step_{step:08d}.npz", points=np.random.default_rng(step).normal(size=(20, 2)))
    picture = parts.film_strip(tmp_path / "strip.png", tmp_path, np.zeros((1, 2)), "GAN")
    with Image.open(picture.path) as strip:
        assert strip.width > strip.height  # two rows of four
    assert parts.film_strip(tmp_path / "none.png", tmp_path / "empty", np.zeros((1, 2)), "GAN") is None


def test_lineage_by_hand(clusters):
    table = parts.lineage_table(clusters, np.array([0] * 4 + [1] * 3 + [2] * 3), "Clusters")
    first, second = table.rows
    assert first == [0, 3, 3, 4, None, None, pytest.approx(1.0)]
    assert second[:5] == [50, 3, 3, 4, 2]
    assert second[5] == second[6] < 1
    assert parts.lineage_table(clusters / "none", None, "Clusters") is None


def test_lineage_figure_needs_two_partitions(clusters):
    assert parts.lineage_figure(clusters / "sizes.png", clusters, "GAN").path.exists()
    (clusters / "step_00000000.npz").unlink()
    assert parts.lineage_figure(clusters / "one.png", clusters, "GAN") is None
