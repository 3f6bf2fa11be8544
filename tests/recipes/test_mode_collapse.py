import dataclasses
import json

import numpy as np
import pytest

from recipes import mode_collapse
from recipes.mode_collapse import PRESETS, all_jobs
from tfgan_suite.runs.self_conditioned.mixture_report import Job


@pytest.fixture
def run_study(runner):
    return runner(mode_collapse)


def test_smoke_leaves_tables_curves_and_film_strips(run_study):
    folder = run_study("--sweep-clusters", "4", "8")
    report = (folder / "report.html").read_text()
    assert "Table 1, 2D-ring" in report
    assert "Table 4, 2D-ring: clusters" in report
    assert "python -m recipes.mode_collapse --preset smoke" in report
    figures = {path.name for path in (folder / "figures").iterdir()}
    assert {"ring_gan.png", "ring_self_conditioned.png", "ring_reverse_kl.png"} <= figures
    assert "ring_num_modes_over_clusters.png" in figures
    trial = folder / "ring/self_conditioned-k8/trial_0"
    rows = [json.loads(line) for line in (trial / "metrics.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows] == [4, 8]
    assert all(0 <= row["num_modes"] <= 8 and 0 < row["cluster_purity"] <= 1 for row in rows)
    assert [path.name for path in sorted((trial / "clusters").iterdir())] == [
        f"step_{step:08d}.npz" for step in (0, 4, 8)
    ]
    assert np.load(trial / "samples/step_00000008.npz")["points"].shape == (2500, 2)


def test_a_resumed_study_does_not_train_what_is_done(run_study, monkeypatch):
    folder = run_study("--methods", "gan")
    before = (folder / "ring/gan-k8/trial_0/metrics.jsonl").read_bytes()
    (folder / "report.html").unlink()
    run_study("--methods", "gan", "pacgan2", "--resume")
    assert (folder / "ring/gan-k8/trial_0/metrics.jsonl").read_bytes() == before
    assert (folder / "ring/pacgan2-k8/trial_0/metrics.jsonl").exists()  # a method may join a study
    assert "PacGAN2" in (folder / "report.html").read_text()


def test_a_falling_learning_rate_fixes_the_length(run_study, capsys):
    options = ("--methods", "gan", "--decay-steps", "4")
    run_study(*options)
    with pytest.raises(SystemExit):
        run_study(*options, "--resume", "--num-steps", "12")
    assert "num_steps" in capsys.readouterr().err


def test_dry_run_writes_nothing(run_study, capsys):
    assert not run_study("--dry-run").exists()
    assert "2 in all, 8 generator steps each" in capsys.readouterr().out


def test_jobs_go_trial_by_trial_and_the_sweep_repeats_none():
    settings = dataclasses.replace(PRESETS["paper"], num_trials=2, datasets=("grid",), sweep_clusters=(50, 10))
    jobs = all_jobs(settings)
    assert len(jobs) == len(set(jobs)) == 2 * (7 + 2)
    assert [job.trial for job in jobs] == [0] * 9 + [1] * 9
    assert Job("grid", "mgan", 10, 1) in jobs


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--num-clusters", "201"], "2 <= num_clusters <= num_clustered <= num_points"),
        (["--recluster-every-steps", "3"], "`recluster_every_steps` must be a multiple of `log_every_steps`"),
        (["--decay-steps", "9"], "`decay_steps` must be in [0, num_steps]"),
        (["--num-workers", "0"], "`num_workers` must be above 0"),
        (["--methods", "gann"], "gann"),
    ],
)
def test_settings_that_make_no_study_are_refused(run_study, refusal, options, sentence):
    assert sentence in refusal(run_study, *options)
