"""Lines fitted to records of a training: against a line known beforehand, SciPy, and by what they refuse."""

import numpy as np
import pytest
import scipy.stats

from tfgan_suite.runs.spheres.wasserstein_report import fit_table, fits_of, records_of, scatter_pictures

KEY = ("wgan_28", "sharp")
TITLES = {KEY: ("WGAN-GP (28x28)", "sharp")}


def rows_of(estimates, kls, rmses):
    records = [
        {"step": step, "wasserstein_distance": estimate, "center_kl": kl, "rmse": rmse}
        for step, (estimate, kl, rmse) in enumerate(zip(estimates, kls, rmses, strict=True), start=1)
    ]
    return [{"step": 0, "d_loss": 1.0}, *records]  # a line of the log without a measurement


def noisy_trials(num_trials=2, num_records=50):
    random = np.random.default_rng(0)
    trials = []
    for _ in range(num_trials):
        x = random.uniform(0, 2, num_records)
        trials.append(rows_of(x, np.exp(3 * x - 1 + 0.3 * random.normal(size=num_records)), 0.2 * x + 0.1))
    return trials


def test_an_exact_line():
    x = np.array([0.5, 1.0, 2.0])
    fit = fits_of([rows_of(x, np.exp(2 * x - 1), 5 - 3 * x)])
    assert (fit["center_kl"].slope, fit["center_kl"].intercept) == pytest.approx((2, -1))
    assert (fit["rmse"].slope, fit["rmse"].intercept) == pytest.approx((-3, 5))
    assert fit["rmse"].r_squared == pytest.approx(1)
    assert fit["rmse"].num_records == 3


def test_all_trials_together_equal_scipy():
    trials = noisy_trials()
    x, y, left_out = records_of(trials, "center_kl")
    assert (len(x), left_out) == (100, 0)
    correlation, p_value = scipy.stats.pearsonr(x, y)
    fit = fits_of(trials)["center_kl"]
    assert fit.r_squared == pytest.approx(correlation**2)
    assert 0.9 < fit.r_squared < 0.99
    assert fit.p_value == pytest.approx(p_value, rel=1e-6)
    assert fit.slope == pytest.approx(np.polyfit(x, y, 1)[0])


def test_a_divergence_of_zero_has_no_logarithm():
    fits = fits_of([rows_of([1, 2, 3, 4], [np.e, 0, np.e**3, np.e**4], [1, 2, 3, 4])])
    assert (fits["center_kl"].num_records, fits["center_kl"].num_left_out) == (3, 1)
    assert fits["center_kl"].slope == pytest.approx(1)
    assert (fits["rmse"].num_records, fits["rmse"].num_left_out) == (4, 0)
    assert "1 records of a divergence of 0" in fit_table("t", "center_kl", {KEY: fits}, TITLES, {}).note


def test_too_few_records():
    with pytest.raises(ValueError, match="at least three records"):
        fits_of([rows_of([1, 2], [1, 2], [1, 2])])


def test_table_has_the_documents_values_above_its_own():
    table = fit_table("Table", "rmse", {KEY: fits_of(noisy_trials())}, TITLES, {KEY: (0.9216, 6.7e-54)})
    assert list(table.own_rows) == [1]
    assert table.rows[0][2:6] == ["the document's", None, "0.9216", "6.7e-54"]
    assert table.rows[1][3:5] == [100, "1.0000"]
    assert table.rows[1][6] == "0.2"


def test_pictures(tmp_path):
    trials = noisy_trials()
    pictures = scatter_pictures(tmp_path, {KEY: trials}, {KEY: fits_of(trials)}, TITLES)
    assert [picture.path.name for picture in pictures] == ["wgan_28_center_kl.png", "wgan_28_rmse.png"]
    assert all(picture.path.stat().st_size > 5_000 for picture in pictures)
