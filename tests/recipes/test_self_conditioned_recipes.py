"""The self-conditioned GAN on images: the three recipes by their smoke presets."""

from types import SimpleNamespace

import pytest
from PIL import Image

from recipes import selfcond_cifar, selfcond_images, selfcond_stacked_mnist
from tfgan_suite.callbacks.metrics_log import read_metrics
from tfgan_suite.runs.folder import RunFolder
from tfgan_suite.runs.self_conditioned.study import ComparisonSettings, fixed_clusters


def test_stacked_mnist_counts_modes_by_a_classifier(runner, digits_classifier):
    folder = runner(selfcond_stacked_mnist)("--embedder", digits_classifier(32, 1))
    for method in ("gan", "self_conditioned"):
        rows = read_metrics(folder / method / "trial_0" / "metrics.jsonl")
        assert 1 <= rows[-1]["num_modes"] <= 40
        assert rows[-1]["reverse_kl"] > 0
    report = (folder / "report.html").read_text()
    assert "Modes of 1,000" in report
    assert "133.4" in report
    trial = folder / "self_conditioned/trial_0"
    assert (trial / "saved_model/saved_model.pb").exists()
    with Image.open(trial / "figures/clusters.png") as picture:
        assert picture.width > 2 * 17 * 32  # eight real, a gap, eight generated, at twice their size


@pytest.mark.parametrize(
    ("method", "strategy"),
    [
        ("self_conditioned", "one"),
        ("class_conditional", "one"),
        ("mgan", "one"),
        ("logo_gan_ae", "mirrored"),
        ("no_matching", "one"),
    ],
)
def test_cifar_measures_each_method(runner, method, strategy):
    folder = runner(selfcond_cifar)("--methods", method, "--strategy", strategy)
    trial = folder / method / "trial_0"
    assert read_metrics(trial / "metrics.jsonl")[-1]["fid"] > 0
    assert 0 < read_metrics(trial / "metrics.jsonl")[-1]["reconstruction_distance"] < 2
    assert (trial / "reconstructions/step_00000002.png").exists()
    assert "real images, below each the nearest" in (folder / "report.html").read_text()
    assert "18.7" in (folder / "report.html").read_text() or method != "self_conditioned"


def test_features_that_do_not_change_are_those_of_the_method(images, monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr("tfgan_suite.runs.experiment.embedder_for", lambda images, name, seed: asked.append(name))
    found = SimpleNamespace(clusters=SimpleNamespace(cluster_ids=[1, 0]))
    monkeypatch.setattr("tfgan_suite.runs.experiment.cluster_labels", lambda *args, **how: found)
    settings = ComparisonSettings(classifier_features="my_network")
    for method in ("logo_gan_ae", "logo_gan_rc", "rotnet"):
        assert fixed_clusters(settings, images, method, RunFolder(tmp_path)) == [1, 0]
    assert asked == ["autoencoder", "my_network", "rotation"]
    assert fixed_clusters(settings, images, "self_conditioned", RunFolder(tmp_path)) is None


def test_samples_are_shown_by_a_classifiers_confidence(runner, digits_classifier):
    folder = runner(selfcond_cifar)("--methods", "gan", "--embedder", digits_classifier(32, 3))
    with Image.open(folder / "gan/trial_0/figures/confidence.png") as picture:
        assert picture.width > 2 * 17 * 32
    assert "surest of" in (folder / "report.html").read_text()


def test_large_images_with_r1(runner):
    folder = runner(selfcond_images)()
    rows = read_metrics(folder / "self_conditioned" / "trial_0" / "metrics.jsonl")
    assert rows[-1]["r1_penalty"] >= 0
    assert "9.76" in (folder / "report.html").read_text()


def test_supervised_start_needs_labels(runner, capsys, tmp_path):
    for number in range(12):
        Image.new("RGB", (32, 32), (number * 20, 0, 0)).save(tmp_path / f"{number}.png")
    with pytest.raises(SystemExit):
        runner(selfcond_cifar)(
            "--dataset", str(tmp_path), "--methods", "gan", "supervised_start", "--num-clustered", "12"
        )
    assert not list(tmp_path.rglob("checkpoints"))  # said before the first method is trained
    assert "supervised_start needs data with true labels" in " ".join(capsys.readouterr().err.split())


def test_replicas_must_share_a_batch_equally(runner, refusal):
    message = refusal(runner(selfcond_cifar), "--strategy", "mirrored", "--batch-size", "7")
    assert "`batch_size` must be divisible by the number of replicas" in message


def test_dry_run_writes_nothing(runner, capsys):
    assert not runner(selfcond_cifar)("--dry-run").exists()
    assert "2 in all, 2 steps each" in capsys.readouterr().out
