import json

import pytest

from recipes import sphere_l2
from recipes.sphere_l2 import PRESETS, TABLE_5_6, all_trials


@pytest.fixture
def run_study(runner):
    return runner(sphere_l2)


def test_smoke_leaves_the_table_the_claims_and_all_pictures(run_study):
    folder = run_study("--datasets", "sharp")
    report = (folder / "report.html").read_text()
    for words in (
        "Table 5.6, sharp spheres",
        "1.6936 ± 0.7360",
        "training images",
        "black images",
        "moderate λ (1e-05, 0.0001) brings the means of KL and RMSE below those of λ = 0",
        "Units whose weights are noise",
        "Figure 5.3: weights of the generator&#39;s 64 hidden units, sharp spheres, λ = 1e-05: 64 are noise",
        "disagree on the radius",
        "python -m recipes.sphere_l2 --preset smoke",
    ):
        assert words in report, words
    figures = {path.name for path in (folder / "figures").iterdir()}
    assert {"sharp_center_kl.png", "sharp_rmse.png", "sharp_weights_0.png", "sharp_weights_1e-05.png"} <= figures
    assert "sharp_samples_0.png" in figures
    for strength in ("0", "1e-05", "0.003"):
        for trial in (0, 1):
            path = folder / f"gan_28/sharp_l2_{strength}/trial_{trial}"
            rows = [json.loads(line) for line in (path / "metrics.jsonl").read_text().splitlines()]
            assert [row["step"] for row in rows] == [2, 4]
            assert 0 < rows[-1]["rmse"] < 1


def test_a_resumed_study_takes_another_set_and_strength(run_study):
    options = ("--num-trials", "1", "--l2-strengths", "0")
    folder = run_study(*options, "--datasets", "sharp")
    before = (folder / "gan_28/sharp_l2_0/trial_0/metrics.jsonl").read_bytes()
    run_study("--num-trials", "1", "--l2-strengths", "0.01", "0", "--datasets", "smooth", "sharp", "--resume")
    assert (folder / "gan_28/sharp_l2_0/trial_0/metrics.jsonl").read_bytes() == before
    report = (folder / "report.html").read_text()
    assert "Table 5.6, smooth spheres" in report
    assert "2.0718 ± 0.9975" in report


def test_dry_run_writes_nothing(run_study, capsys):
    assert not run_study("--dry-run").exists()
    assert "12 trainings" in " ".join(capsys.readouterr().out.split())


def test_the_full_study_is_the_thesis_own():
    paper = PRESETS["paper"]
    assert (paper.num_trials, paper.num_steps, paper.batch_size, paper.num_images) == (20, 10_000, 128, 400)
    assert set(paper.l2_strengths) == set(TABLE_5_6["sharp"]) == set(TABLE_5_6["smooth"])
    trials = all_trials(paper)
    assert len(trials) == len(set(trials)) == 2 * 8 * 20
    assert [trial.trial for trial in trials[:21]] == [*range(20), 0]
    assert {(trial.model, trial.radius, trial.plan.num_steps) for trial in trials} == {("gan_28", 4, 10_000)}
    assert {trial.kind: trial.plan.values for trial in trials}["sharp_l2_0.0001"] == (-1.0,)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--l2-strengths", "0", "-0.1"], "strengths in [0, 1)"),
        (["--radius", "14"], "`radius` must be below half of `image_size`"),
        (["--num-images", "577"], "`num_images` must be at least 1 and at most the size of the whole set"),
        (["--num-trials", "0"], "`num_trials` must be above 0"),
        (["--evaluate-every-steps", "3"], "`evaluate_every_steps` must be a multiple of `log_every_steps`"),
        (["--num-steps", "6"], "`num_steps` must be a multiple of `evaluate_every_steps`"),
        (["--datasets", "tunable"], "tunable"),
    ],
)
def test_settings_that_make_no_study_are_refused(run_study, refusal, options, sentence):
    assert sentence in refusal(run_study, *options)
