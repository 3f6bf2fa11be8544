"""Clustering by an MM-GAN: the study by its smoke preset, its tables, resuming, data without labels, mistakes."""

import dataclasses
import json
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from recipes import mmgan_clustering
from tfgan_suite.callbacks.metrics_log import read_metrics
from tfgan_suite.data import load_images
from tfgan_suite.metrics.functional.clustering import clustering_accuracy, normalized_mutual_information
from tfgan_suite.models.cluster_classifier import train_cluster_classifier
from tfgan_suite.runs.folder import RunFolder
from tfgan_suite.runs.mmgan.clustering_report import Trial, chosen, clustered_trial, scores_table, seeds_table
from tfgan_suite.runs.saved_sampler import SavedSampler

SHORT = ("--num-trials", "1", "--baselines", "k_means")


@pytest.fixture
def run_study(runner):
    return runner(mmgan_clustering)


def test_smoke_measures_every_seed_beside_the_baselines(run_study):
    folder = run_study()
    report = (folder / "report.html").read_text()
    for text in ("Table 5.1 of the thesis", "0.9924", "0.8184", "autoencoder + k-means", "chosen without labels"):
        assert text in report
    assert "python -m recipes.mmgan_clustering --preset smoke" in report
    images = load_images("digits")
    for seed in (0, 1):
        place = folder / f"seed_{seed}"
        rows = read_metrics(place / "metrics.jsonl")
        assert [row["step"] for row in rows] == [2, 4]
        assert all(0.1 <= row["clustering_accuracy"] <= 1 and 0 <= row["clustering_nmi"] <= 1 for row in rows)
        with np.load(place / "clusters/step_00000004.npz") as found:
            assert found["probs"].shape == (1437, 10)
            assert found["test_probs"].shape == (360, 10)
            ids = found["probs"].argmax(axis=1)
        card = json.loads((place / "saved_model/card.json").read_text())
        labels = images.train.labels
        assert card["metrics"]["clustering_accuracy"] == pytest.approx(clustering_accuracy(labels, ids))
        nmi = normalized_mutual_information(labels, ids, "geometric")
        assert card["metrics"]["clustering_nmi"] == pytest.approx(nmi)
        with Image.open(place / "figures/gaussians.png") as grid:
            assert grid.size == (6 * 98, 6 * 98)  # ten rows and columns of 8 pixels, six times as large
    assert {path.name for path in (folder / "figures").iterdir()} == {
        "clustering_accuracy.png", "clustering_nmi.png", "cluster_information.png",
    }  # fmt: skip
    sampler = SavedSampler.load(folder / "seed_1")
    again = train_cluster_classifier(sampler, num_samples_per_cluster=8, classifier_steps=4, seed=1)
    np.testing.assert_array_equal(again.predict(images.train.images), ids)  # of the last seed, as of the GAN itself


def test_a_resumed_study_goes_on(run_study):
    folder = run_study(*SHORT, "--num-steps", "2")
    before = read_metrics(folder / "seed_0" / "metrics.jsonl")
    run_study(*SHORT, "--resume", "--num-steps", "4", "--compare-with", "fashion_mnist")
    after = read_metrics(folder / "seed_0" / "metrics.jsonl")
    assert after[:1] == before
    assert [row["step"] for row in after] == [2, 4]
    assert "0.5816" in (folder / "report.html").read_text()
    assert {path.name for path in (folder / "seed_0/clusters").iterdir()} == {
        "step_00000002.npz", "step_00000004.npz",
    }  # fmt: skip


def test_clusters_of_a_finished_trial_are_read(images, tmp_path):
    """Of 48 images with three classes the first 47 are right, and of twelve test images all."""
    probs = np.eye(3)[np.where(np.arange(48) == 47, 0, images.train.labels)]
    place = RunFolder(tmp_path)
    (tmp_path / "clusters").mkdir()
    stored = {"probs": probs, "test_probs": np.eye(3)[images.test.labels], "generated_accuracy": 0.5}
    np.savez(tmp_path / "clusters/step_00000007.npz", **stored)
    gan = SimpleNamespace(num_steps=7)  # there is nothing to draw from
    trial = clustered_trial(gan, images, place, [], 10, None, seed=2)
    assert trial.scores["clustering_accuracy"] == pytest.approx(47 / 48)
    assert trial.scores["test_clustering_accuracy"] == 1
    assert trial.scores["classifier_accuracy"] == 0.5
    assert trial.merit == trial.scores["cluster_information"] > 0.99
    np.testing.assert_array_equal(trial.probs, probs)


def test_images_without_labels_are_clustered_and_not_scored(run_study, tmp_path):
    random = np.random.default_rng(0)
    for number in range(24):
        Image.fromarray(random.integers(0, 256, (8, 8), np.uint8)).save(tmp_path / f"{number}.png")
    options = ("--dataset", str(tmp_path), "--baselines", "--num-trials", "1", "--num-samples-per-cluster", "10")
    folder = run_study(*options, "--num-clusters", "2")
    assert "clustering_accuracy" not in read_metrics(folder / "seed_0" / "metrics.jsonl")[-1]
    report = (folder / "report.html").read_text()
    assert "Table 5.1" not in report
    assert "information (the rule)" in report


def test_dry_run_writes_nothing(run_study, capsys):
    assert not run_study("--dry-run").exists()
    assert "10, covariance full" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--num-clusters", "1"], "`num_clusters` must be at least 2"),
        (["--num-clusters", "1438"], "num_clusters=1438, num_samples=1437"),
        (["--num-samples", "9"], "`num_samples` must be at least one image per cluster"),
        (["--num-samples-per-cluster", "1"], "at least 20 samples in all"),
        (["--evaluate-every-steps", "3"], "`evaluate_every_steps` must be a multiple of `log_every_steps`"),
        (["--discriminator-learning-rate", "0"], "`discriminator_learning_rate` must be above 0"),
        (["--num-trials", "0"], "`num_trials` must be above 0"),
        (["--evaluation-steps", "0"], "`evaluation_steps` must be above 0"),
        (["--covariance", "round"], "round"),
    ],
)
def test_settings_that_make_no_study_are_refused(run_study, refusal, options, sentence):
    assert sentence in refusal(run_study, *options)


def test_each_network_has_its_rate(images):
    settings = mmgan_clustering.PRESETS["smoke"]
    for own, expected in ((None, [1e-3, 1e-3]), (1e-4, [1e-3, 1e-4])):
        settings = dataclasses.replace(settings, learning_rate=1e-3, discriminator_learning_rate=own)
        gan = mmgan_clustering.build_model(settings, images, seed=0)
        optimizers = gan.generator_optimizer, gan.discriminator_optimizer
        np.testing.assert_allclose([float(each.learning_rate) for each in optimizers], expected)


def test_the_paper_preset_has_the_constants_of_algorithm_1():
    paper = dataclasses.asdict(mmgan_clustering.PRESETS["paper"])
    expected = {
        "latent_dim": 100,
        "mean_range": 0.1,
        "variance": 0.15,
        "batch_size": 64,
        "generator_batch_size": 128,
        "learning_rate": 2e-4,
        "dataset": "mnist",
    }
    assert {name: paper[name] for name in expected} == expected


def test_the_table_holds_mean_and_the_seed_chosen_without_labels():
    """The seed with the best ACC is not the one that the rule chooses."""
    trials = {
        "k_means": [Trial(0, {"clustering_accuracy": 0.5, "clustering_nmi": 0.4}, -3.0)],
        "mmgan": [
            Trial(seed, {"clustering_accuracy": acc, "clustering_nmi": acc / 2, "cluster_information": merit}, merit)
            for seed, acc, merit in ((0, 0.9, 0.3), (1, 0.7, 0.8), (2, 0.8, 0.1))
        ],
    }
    assert chosen(trials["mmgan"]).seed == 1
    table = scores_table(trials, "mnist", mmgan_clustering.PAPER_TABLE["mnist"])
    assert [row[2:] for row in table.rows] == [
        ["", 0.5349, 0.5],
        [1, "0.5", "0.4"],
        ["seed 0", 0.5, 0.4],
        ["", 0.9924, 0.9618],
        [3, "0.800 ± 0.058", "0.400 ± 0.029"],  # 0.1 / sqrt(3), and half of it
        ["seed 1", 0.7, 0.35],
    ]
    assert list(table.own_rows) == [1, 2, 4, 5]
    assert [row[-1] for row in seeds_table(trials["mmgan"]).rows] == ["", "chosen", ""]
