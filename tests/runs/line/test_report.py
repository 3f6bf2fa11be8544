"""The claims' arithmetic on made-up trials: gaps, first passages, changes of pairs, and what is said of them."""

import math

import numpy as np
import pytest

from recipes.gan_1d import Settings
from tfgan_suite.runs.folder import RunFolder
from tfgan_suite.runs.line.claims import first_below, mean_and_stddev, paired_change, penalty_findings
from tfgan_suite.runs.line.report import CURVES_FOLDER, LineReport
from tfgan_suite.runs.line.study import Job


def row(step, loss, optimal=1.0, kl=0.5, **more):
    slopes = {"generated_slope": 0.1 / step, "generated_logit_slope": 2.0}
    found = {"optimal_loss": optimal + 0.1, "exact_optimal_loss": optimal, "kl_divergence": kl, "exact_kl": kl + 0.25}
    return {"step": step, "discriminator_loss": loss, **found, **slopes, **more}


def test_words_of_trials():
    assert mean_and_stddev([1.0, 3.0]) == "2.0 ± 1.4"
    assert mean_and_stddev([0.25]) == "0.25"
    assert mean_and_stddev([]) == "–"


def test_first_passage():
    rows = [row(10, 0.5), {"step": 15}, row(20, 0.009), row(30, 0.02)]
    assert first_below(rows, 0.01) == 20
    assert first_below(rows, 0.6) == 10
    assert first_below(rows, 0.009) == math.inf


def test_change_of_pairs_by_hand():
    """Differences 1 and 3: mean 2, standard deviation sqrt 2, of the mean 1."""
    assert paired_change([1, 1], [2, 4]) == (2, pytest.approx(1))
    assert math.isnan(paired_change([1], [2])[1])


@pytest.mark.parametrize(
    ("kl", "words"),
    [
        ((4, 3, 2, 1, 9), "holds: by means it falls at 3 of 3 and then grows so; by medians it falls at 3 of 3 and"),
        ((4, 3, 2, 1, 0.5), "does not hold: by means it falls at 3 of 3 and then does not grow so; by medians"),
        ((4, 5, 2, 1, 9), "does not hold: by means it falls at 2 of 3 and then grows so;"),
        (
            (1, 2, 3, 4, 0.5),
            "by medians it falls at 0 of 3 and then does not grow so. From λ = 0 to 0.01 it changes by -0.5 ",
        ),
    ],
)
def test_the_penaltys_claim(kl, words):
    groups = {s: [each, each + 0.5] for s, each in zip((0, 1e-5, 1e-4, 1e-3, 1e-2), kl, strict=True)}
    assert words in penalty_findings(groups)


def test_means_and_medians_may_differ_and_changes_have_their_errors():
    groups = {0: [1.0, 1.0, 1.0], 1e-3: [0.5, 0.5, 6.5], 1e-2: [2.0, 2.1, 2.2]}
    text = penalty_findings(groups)
    assert "Mean KL is 1, 2.5, 2.1 nats at λ = 0, 0.001, 0.01" in text
    assert "rises at 0.001 (+1.5 ± 2, not clear), falls at 0.01 (-0.4 ± 2, not clear)" in text
    assert "holds by one only: by means it falls at 0 of 1 and then grows so; by medians it falls at 1 of 1" in text
    assert "not clear" not in penalty_findings({0: [1.0, 1.1], 1e-3: [0.5, 0.6]})


def test_without_the_strengths_of_the_claim_nothing_is_said_of_it():
    for strengths in ((0, 1e-3), (1e-4, 1e-3, 1e-2), (0, 1e-2), (0,)):
        assert "claim" not in penalty_findings({strength: [1.0, 2.0] for strength in strengths})


@pytest.fixture
def report(tmp_path):
    watched, frozen = Job("watched", 0.0, 1), Job("frozen", 5.0, 2)
    results = {
        watched: [[row(10, 1.5, 1.0), row(20, 1.3, 1.1)]],
        frozen: [[row(10, 0.5), row(20, 0.005)], [row(10, 0.5), row(20, 0.02)]],
        Job("l2", 0.0, 2): [
            [row(10, 1.4, 1.0), row(20, 1.3, 1.2, kl=1.0)],
            [row(10, 1.5, 1.0), row(20, 1.4, 1.0, kl=3.0)],
        ],
        Job("l2", 1e-3, 2): [[row(20, 1.4, kl=0.5)], [row(20, 1.4, kl=0.1, exact_kl=math.inf)]],
        Job("l2", 1e-2, 2): [[row(20, 1.4, kl=4.0)], [row(20, 1.4, kl=5.0)]],
    }
    x = np.linspace(-5, 5, 9)
    curves = {"x": x, "real_density": x * 0, "generated_density": x * 0, "discriminator": x * 0 + 0.5}
    for job in (watched, frozen):
        for trial in range(job.num_trials):
            folder = tmp_path / job.place / f"trial_{trial}" / CURVES_FOLDER
            folder.mkdir(parents=True)
            for step in (0, 20):
                np.savez(folder / f"step_{step:08d}.npz", **curves, discriminator_loss=1.0, generated_slope=0.04)
    return LineReport(Settings(num_samples=1000, num_trials=2), RunFolder(tmp_path), results)


def test_sentences(report):
    """Losses 1.4, 1.3, 1.5, 1.4 over 1.0, 1.2, 1.0, 1.0; the second frozen trial never gets there."""
    text = report.findings()
    assert "loss is 1.4 nats on average over the training, that of the optimal one 1.05: a gap of 0.35." in text
    assert (
        "Beside a frozen generator, 5 standard deviations away, it is below 0.01 after 20 steps in 1 of 2 trials"
        in text
    )
    assert "holds: by means it falls at 1 of 1 and then grows so" in text
    gap, best = report.key_numbers()
    assert gap.value == pytest.approx(0.35)
    assert best.value == "0.001"


def test_tables(report):
    table = report.kl_table()
    assert table.rows[0][:5] == ["0", 2, "2.0 ± 1.4", 2.0, "–"]
    assert table.rows[1] == ["0.001", 2, "0.30 ± 0.28", pytest.approx(0.3), "-1.7 ± 1.2", math.inf, "0.75", 1]
    assert 1e-4 < report.true_kl() < 0.02
    assert [cells[0] for cells in table.rows] == ["0", "0.001", "0.01", "true samples"]
    losses = report.loss_table().rows
    assert [cells[0] for cells in losses] == [10, 20]
    assert losses[0][1:] == ["1.450 ± 0.071", "1 ± 0", "1.1 ± 0", "0.450 ± 0.071"]
    (frozen,) = report.frozen_table().rows
    assert frozen[:3] == ["5", "20 (20 to 20)", "1 of 2"]
    assert frozen[3:6] == ["0.04 ± 0", "0.005", "0.005 ± 0"]


def test_figures(report):
    pictures = report.figures()
    names = [picture.path.name for picture in pictures]
    assert names == ["densities.png", "optimality.png", "frozen_loss.png", "frozen_5.png", "kl_over_l2.png"]
    assert all(picture.path.stat().st_size > 5_000 for picture in pictures)
