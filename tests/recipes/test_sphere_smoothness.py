import json

import pytest

from recipes import sphere_smoothness
from recipes.sphere_smoothness import PRESETS, all_trials


@pytest.fixture
def run_study(runner):
    return runner(sphere_smoothness)


def test_smoke_leaves_all_values_the_claims_and_all_pictures(run_study):
    folder = run_study()
    report = (folder / "report.html").read_text()
    for words in (
        "Diversity and quality over smoothness (figure 5.7)",
        "WGAN-GP (28x28), k = -0.99999",
        "WGAN-GP (28x28), k = -0.99999, training images",
        "0.0425",
        "GAN (28x28): KL falls from above 1, sharp, to below 0.1, smooth",
        "Figure 5.7: means and standard deviations over repeats.",
        "Figure 5.6: GAN (28x28), first repeats.",
        "table 5.14, which has the same settings",
        "python -m recipes.sphere_smoothness --preset smoke",
    ):
        assert words in report, words
    figures = {path.name for path in (folder / "figures").iterdir()}
    assert figures == {"smoothness.png"} | {
        f"{model}_{what}.png"
        for model in ("gan_28", "wgan_28")
        for what in ("centers", "samples_0", "samples_-0.99999")
    }
    for model in ("gan_28", "wgan_28"):
        for k in ("0", "-0.99999"):
            for trial in (0, 1):
                lines = (folder / model / f"k_{k}" / f"trial_{trial}/metrics.jsonl").read_text().splitlines()
                rows = [json.loads(line) for line in lines]
                assert [row["step"] for row in rows] == [2, 4]
                assert 0 < rows[-1]["rmse"] < 1


def test_a_resumed_study_of_two_spheres_takes_another_smoothness(run_study):
    options = ("--models", "wgan_two_spheres", "--num-trials", "1", "--smoothness")
    folder = run_study(*options, "0")
    before = (folder / "wgan_two_spheres/k_0/trial_0/metrics.jsonl").read_bytes()
    run_study(*options, "0", "-0.5", "--resume")
    assert (folder / "wgan_two_spheres/k_0/trial_0/metrics.jsonl").read_bytes() == before
    assert (folder / "wgan_two_spheres/k_-0.5/trial_0/metrics.jsonl").exists()


def test_dry_run_writes_nothing(run_study, capsys):
    assert not run_study("--dry-run").exists()
    assert "4 trainings" in " ".join(capsys.readouterr().out.split())


def test_the_full_study_is_the_thesis_own():
    paper = PRESETS["paper"]
    assert (paper.num_trials, paper.num_steps, paper.batch_size, paper.num_images) == (5, 20_000, 64, None)
    trials = all_trials(paper)
    assert len(trials) == len(set(trials)) == 4 * 3 * 5
    assert [trial.trial for trial in trials[:6]] == [0, 1, 2, 3, 4, 0]
    assert {trial.model: trial.l2_strength for trial in trials} == {
        "gan_28": 1e-4, "wgan_28": 0, "wgan_48": 0, "wgan_two_spheres": 0,
    }  # fmt: skip
    assert {trial.radius for trial in trials} == {4}
    assert {trial.plan.values for trial in trials} == {(0.0,), (-0.2,), (-0.99999,)}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--smoothness", "0", "-1.1"], "`k` must be in [-1, 0]"),
        (["--smoothness", "-0.9999999", "-1"], "each training must have a folder of its own"),
        (["--l2-strength=-1"], "`l2_strength` must be at least 0"),
        (["--num-images", "401"], "`num_images` must be at least 1 and at most the size of the whole set"),
        (["--num-workers", "0"], "`num_workers` must be above 0"),
        (["--checkpoint-every-steps", "6"], "`num_steps` must be a multiple of `checkpoint_every_steps`"),
        (["--models", "gan_48"], "gan_48"),
    ],
)
def test_settings_that_make_no_study_are_refused(run_study, refusal, options, sentence):
    assert sentence in refusal(run_study, *options)
