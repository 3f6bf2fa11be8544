import json

import numpy as np
import pytest

from recipes import mmgan_toy
from recipes.mmgan_toy import PRESETS
from tfgan_suite.runs.mmgan.toy_models import TITLES


@pytest.fixture
def run_study(runner):
    return runner(mmgan_toy)


def test_smoke_leaves_both_claims_and_all_figures(run_study):
    folder = run_study()
    report = (folder / "report.html").read_text()
    for words in (
        "MM-GAN converged before GAN in",
        "Supervised MM-GAN converged before AC-GAN in",
        "Gaussians of MM-GAN and modes share an NMI of",
        "Convergence, and what labels mean",
        "Covariances of the latents times sigma",
        "Figure 4.1",
        "Figure 4.2: GAN.",
        "python -m recipes.mmgan_toy --preset smoke",
    ):
        assert words in report, words
    figures = {path.name for path in (folder / "figures").iterdir()}
    assert figures == {"likelihood.png", "samples.png", "sigmas_gan.png", "sigmas_mmgan.png"}
    for model in TITLES:
        trial = folder / model / "trial_0"
        rows = [json.loads(line) for line in (trial / "metrics.jsonl").read_text().splitlines()]
        assert [row["step"] for row in rows] == [2, 4]
        assert all(np.isfinite(row["negative_log_likelihood"]) for row in rows)
        assert all(("label_nmi" in row) == (model != "gan") for row in rows)
        kept = np.load(trial / "final_points.npz")
        assert kept["points"].shape == (2, 100, 2)
        assert (np.abs(kept["points"][0] - kept["points"][1]) > 0).any()


def test_a_resumed_study_goes_on_and_takes_a_model_more(run_study):
    folder = run_study("--models", "mmgan")
    assert "converged before" not in (folder / "report.html").read_text()  # there is no baseline
    before = (folder / "mmgan/trial_0/metrics.jsonl").read_bytes()
    run_study("--models", "mmgan", "gan", "--resume")
    assert (folder / "mmgan/trial_0/metrics.jsonl").read_bytes() == before
    assert (folder / "gan/trial_0/metrics.jsonl").exists()
    assert "MM-GAN converged before GAN in" in (folder / "report.html").read_text()


def test_dry_run_writes_nothing(run_study, capsys):
    assert not run_study("--dry-run").exists()
    assert "4 in all, 4 generator steps each" in capsys.readouterr().out


def test_the_full_study_has_five_seeds_and_the_thesis_data():
    paper = PRESETS["paper"]
    assert (paper.num_trials, paper.num_points, paper.num_gaussians) == (5, 5000, 9)
    assert (paper.latent_dim, paper.variance) == (100, 0.15)
    assert (paper.batch_size, paper.generator_batch_size, paper.learning_rate) == (64, 128, 2e-4)
    points = mmgan_toy.build_data(paper)
    assert points.train.shape == (5000, 2)
    assert points.mixture.stddev**2 == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--sigmas", "0.5", "2"], "`sigmas` must be above 0, and 1 among them"),
        (["--sigmas", "0", "1"], "`sigmas` must be above 0, and 1 among them"),
        (["--evaluate-every-steps", "3"], "`evaluate_every_steps` must be a multiple of `log_every_steps`"),
        (["--evaluate-every-steps", "0"], "`evaluate_every_steps` must be above 0"),
        (["--likelihood-margin", "0"], "`likelihood_margin` must be above 0"),
        (["--max-reverse-kl", "0"], "`max_reverse_kl` must be above 0"),
        (["--num-trials", "0"], "`num_trials` must be above 0"),
        (["--models", "wgan"], "wgan"),
    ],
)
def test_settings_that_make_no_study_are_refused(run_study, refusal, options, sentence):
    assert sentence in refusal(run_study, *options)
