import numpy as np
import pytest

from recipes import gan_1d
from recipes.gan_1d import PRESETS
from tfgan_suite.callbacks.evaluate_line import linear_pieces
from tfgan_suite.callbacks.metrics_log import read_metrics
from tfgan_suite.data import ResidentBatches
from tfgan_suite.runs.line.study import Job, build_callback, build_data, build_model, run_job


@pytest.fixture
def run_study(runner):
    return runner(gan_1d)


def test_smoke_leaves_all_figures_and_claims_in_numbers(run_study):
    folder = run_study()
    report = (folder / "report.html").read_text()
    for words in (
        "Without a penalty the discriminator&#39;s loss is",
        "Beside a frozen generator, 5 standard deviations away, it is below 0.01 after",
        "The thesis&#39; claim, that it falls at each step up to 0.001",
        "KL divergence over the strength of the L2 penalty (figure 5.2)",
        "Is the discriminator optimal? (figure 4.2)",
        "Discriminator beside a frozen generator (figures 4.3, 4.4)",
        "Figures 4.1 and 5.1",
        "python -m recipes.gan_1d --preset smoke",
    ):
        assert words in report, words
    figures = {path.stem for path in (folder / "figures").iterdir()}
    assert figures == {"densities", "optimality", "frozen_loss", "frozen_5", "kl_over_l2"}
    assert len(list((folder / "watched/trial_0/curves").iterdir())) == 3
    for trial in range(2):
        frozen = folder / f"frozen_5/trial_{trial}"
        assert [row["step"] for row in read_metrics(frozen / "metrics.jsonl")] == [4, 8]
        assert "kl_divergence" not in read_metrics(frozen / "metrics.jsonl")[0]
        for strength in ("0", "0.001", "0.01"):
            rows = read_metrics(folder / f"l2_{strength}/trial_{trial}" / "metrics.jsonl")
            assert [row["step"] for row in rows] == [4, 8]
            assert all(np.isfinite(row["kl_divergence"]) for row in rows)
            assert all(("l2_penalty" in row) == (strength != "0") for row in rows)
    both = [read_metrics(folder / f"l2_0/trial_{trial}" / "metrics.jsonl")[-1]["kl_divergence"] for trial in range(2)]
    assert abs(both[0] - both[1]) > 1e-6  # two seeds, not one twice


def test_the_watched_training_is_the_first_one_without_a_penalty(run_study):
    folder = run_study("--l2-strengths", "0", "--num-trials", "1")
    watched, unpenalised = (
        read_metrics(folder / place / "trial_0" / "metrics.jsonl")[-1] for place in ("watched", "l2_0")
    )
    assert watched["discriminator_loss"] == pytest.approx(unpenalised["discriminator_loss"], rel=1e-6)
    assert "by medians" not in (folder / "report.html").read_text()  # one strength tells nothing


def test_a_trial_that_shares_its_program_is_the_trial_alone(run_study, tmp_path):
    """The second trial of a job, and a new model with its seed on the same data."""
    settings, job = PRESETS["smoke"], Job("l2", 1e-3, 2)
    run_job(settings, job, tmp_path / "both")
    kept = read_metrics(tmp_path / "both/l2_0.001/trial_1" / "metrics.jsonl")
    data = build_data(settings)
    gan = build_model(settings, job, 1)
    evaluate = build_callback(settings, job, 1, tmp_path)
    log = gan.fit(
        ResidentBatches(data.examples, settings.batch_size, seed=1),
        epochs=2,
        steps_per_epoch=4,
        callbacks=[evaluate],
        verbose=0,
    ).history
    assert [row["kl_divergence"] for row in kept] == pytest.approx(log["kl_divergence"], rel=1e-5)


def test_a_resumed_study_takes_trials_more(run_study):
    folder = run_study("--num-trials", "1", "--l2-strengths", "0.001")
    before = (folder / "l2_0.001/trial_0/metrics.jsonl").read_bytes()
    run_study("--num-trials", "2", "--l2-strengths", "0.001", "--resume")
    assert (folder / "l2_0.001/trial_0/metrics.jsonl").read_bytes() == before
    assert len(read_metrics(folder / "l2_0.001/trial_1" / "metrics.jsonl")) == 2


def test_frozen_generators_begin_at_their_distance():
    paper = PRESETS["paper"]
    for distance in (4.0, 8.0):
        gan = build_model(paper, Job("frozen", distance, 1), seed=3)
        values = linear_pieces(gan.generator, -1, 1)[1]
        assert values.min() == pytest.approx(-0.6 + distance, abs=1e-5)
        assert np.ptp(values) > 0.01


def test_dry_run_writes_nothing(run_study, capsys):
    assert not run_study("--dry-run").exists()
    assert "72 in all" in capsys.readouterr().out  # 8 steps of 1 + 2 + 3 x 2 trials


def test_the_full_study_is_the_thesis():
    paper = PRESETS["paper"]
    assert (paper.mean, paper.stddev, paper.hidden_units) == (-0.6, 1.0, 16)
    assert (paper.num_steps, paper.batch_size, paper.learning_rate, paper.num_trials) == (5000, 64, 1e-3, 20)
    assert paper.l2_strengths == (0, 1e-5, 1e-4, 1e-3, 1e-2)
    gan = build_model(paper, Job("l2", 1e-3, 1), seed=0)
    assert gan.l2_weight == 5e-4  # l2_penalty is not halved
    assert gan.adversarial_loss.name == "minimax"
    assert {(each.rho, each.epsilon) for each in (gan.generator_optimizer, gan.discriminator_optimizer)} == {
        (0.99, 1e-16)
    }
    assert gan.generator.count_params() == gan.discriminator.count_params() == 49
    numbers = build_data(paper).train
    assert numbers.mean() == pytest.approx(-0.6, abs=4 / 100_000**0.5)
    assert numbers.std() == pytest.approx(1.0, abs=4 / 200_000**0.5)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--shown-steps", "0", "5"], "`shown_steps` must hold 0, and else steps at which is measured"),
        (["--frozen-shown-steps", "8"], "`frozen_shown_steps` must hold 0"),
        (["--frozen-shown-steps", "0", "12"], "last_step=8"),
        (["--watch-every-steps", "3"], "must be a multiple of `log_every_steps`"),
        (["--frozen-steps", "10"], "`num_steps` must be a multiple of `log_every_steps`"),
        (["--evaluate-every-steps", "0"], "`evaluate_every_steps` must be above 0"),
        (["--l2-strengths=-1"], "there must be strengths of at least 0 and separations above 0"),
        (["--separations", "0"], "separations above 0"),
        (["--average-decay", "0.9"], "`average_decay` must be None"),
        (["--num-trials", "0"], "`num_trials` must be above 0"),
        (["--loss-threshold", "0"], "`loss_threshold` must be above 0"),
        (["--frozen-every-steps", "3"], "must be a multiple of `log_every_steps`"),
        (["--adversarial-loss", "hinge"], "hinge"),
    ],
)
def test_settings_that_make_no_study_are_refused(run_study, refusal, options, sentence):
    assert sentence in refusal(run_study, *options)
