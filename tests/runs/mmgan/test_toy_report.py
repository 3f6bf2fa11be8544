"""The claims' arithmetic: when a trial converged, and by how much one model leads another over seeds."""

import math

import numpy as np
import pytest

from recipes.mmgan_toy import Job, Settings
from tfgan_suite.data import mixture_points, nine_gaussians
from tfgan_suite.metrics.functional.clustering import normalized_mutual_information
from tfgan_suite.runs.folder import RunFolder
from tfgan_suite.runs.mmgan.toy_report import Lead, ToyReport, converged_at


def row(step, nll, kl=0.0, **more):
    return {"step": step, "negative_log_likelihood": nll, "reverse_kl": kl, "within_mode_stddev": 0.3, **more}


ROWS = [row(10, 1.7, 2.2), {"step": 15, "d_loss": 1.0}, row(20, 2.9, 0.3), row(30, 2.55, 0.05), row(40, 3.0, 0.0)]


def test_convergence_needs_both_scores_at_one_measurement():
    assert converged_at(ROWS, 2.6, 0.1) == 30
    assert converged_at(ROWS, 2.6) == 10  # points that all lie at one place
    assert converged_at(ROWS, 2.95, 0.3) == 20
    assert converged_at(ROWS, 1.0, 0.1) == math.inf


def test_convergence_that_lasts():
    rows = [row(10, 1.0), row(20, 3.0), row(30, 1.0), row(40, 1.0), row(50, 1.0), row(60, 3.0), row(70, 1.0)]
    assert converged_at(rows, 2.0) == 10
    assert converged_at(rows, 2.0, hold_steps=10) == converged_at(rows, 2.0, hold_steps=20) == 30
    assert converged_at(rows, 2.0, hold_steps=25) == 30  # as far as it was measured
    assert converged_at(rows, 2.0, hold_steps=30) == math.inf
    assert converged_at(rows[-1:], 2.0, hold_steps=10) == math.inf  # the end is not known


def test_leads_by_hand():
    """Gains 10 and 20 where both converged; ahead there and where the baseline never did; never and never is a tie."""
    lead = Lead.of([10, 30, 5, math.inf, math.inf], [20, 50, math.inf, math.inf, 7])
    assert (lead.num_seeds, lead.num_faster, lead.num_slower) == (5, 3, 1)
    assert (lead.mean, lead.error) == (15, pytest.approx(5))  # stddev 50^0.5 over root 2
    alone = Lead.of([10, math.inf], [12, 3])
    assert (alone.mean, alone.num_faster, alone.num_slower) == (2, 1, 1)
    assert math.isnan(alone.error)
    assert math.isnan(Lead.of([math.inf], [1]).mean)


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    settings = Settings(batch_size=50, num_points=1000, hold_epochs=1)
    points = mixture_points(nine_gaussians(), 1000, 0)
    trials = {
        Job("gan", 0): [row(20, 9.0, 1.0), row(40, 2.4, 0.0)],
        Job("mmgan", 0): [row(20, 2.4, 0.0, label_nmi=0.5), row(40, 2.4, 0.0, label_nmi=0.6)],
        Job("gan", 1): [row(20, 2.4, 0.0), row(40, 2.4, 0.0)],
        Job("mmgan", 1): [row(20, 9.0, 0.0, label_nmi=0.5), row(40, 9.0, 0.0, label_nmi=0.8)],
    }
    return ToyReport(settings, RunFolder(tmp_path_factory.mktemp("run")), points, trials)


def test_epochs_of_each_model_seed_by_seed(report):
    assert report.epochs(20) == 1
    assert report.convergence("gan") == [2, 1]
    assert report.convergence("mmgan") == [1, math.inf]


def test_the_verdict_says_what_came_out(report):
    verdict = report.findings()
    assert "MM-GAN converged before GAN in 1 of 2 seeds, after it in 1." in verdict
    assert "share an NMI of 0.70 ± 0.10 " in verdict
    assert "AC-GAN" not in verdict
    assert "MM-GAN converged for 1 epochs before GAN in 1 of 2 seeds, after it in 1." in verdict
    first, lasting = report.key_numbers()
    assert first.value == 1
    assert math.isnan(lasting.value)  # no seed in which both lasted


def test_the_table_has_the_training_points_beside_the_models(report):
    table = report.convergence_table()
    assert [cells[0] for cells in table.rows] == ["GAN", "MM-GAN", "Training points"]
    assert table.rows[0][2:5] == ["1.50 ± 0.50 (2 of 2)", "1 (1 of 2)", "1.50 ± 0.50 (2 of 2)"]
    assert table.rows[1][2:5] == ["1 (1 of 2)", "1 (1 of 2)", "1 (1 of 2)"]
    assert table.rows[0][-1] is None  # a GAN has no labels
    assert table.rows[2][5] == f"{report.real_nll:.4g}"


def test_the_training_points_scores(report):
    mixture, points = report.points.mixture, report.points
    assert report.real_nll == pytest.approx(-mixture.log_density(points.train).mean())
    nearest = np.linalg.norm(points.train[:, None] - mixture.centers, axis=-1).argmin(axis=1)
    assert report.real_nmi == pytest.approx(normalized_mutual_information(points.labels, nearest, "geometric"))
    assert 0.6 < report.real_nmi < 0.85  # components overlap
