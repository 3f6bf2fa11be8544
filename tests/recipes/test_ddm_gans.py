"""`recipes.ddm_gans` by its smoke preset."""

import dataclasses
import json
import typing

import numpy as np
import pytest

from recipes import ddm_gans
from tfgan_suite.runs.ddm.gans_report import MNIST_ORDER, REAL, TABLE_3_1


@pytest.fixture
def run_study(runner):
    return runner(ddm_gans)


def rows_of(trial):
    return [json.loads(line) for line in (trial / "metrics.jsonl").read_text().splitlines()]


def test_methods_have_titles():
    assert set(typing.get_args(ddm_gans.Method)) == set(ddm_gans.TITLES)
    assert set(TABLE_3_1) - {REAL} | set(MNIST_ORDER) <= set(ddm_gans.TITLES)


def test_smoke_measures_and_resumes_with_another_method(run_study):
    folder = run_study("--methods", "small_dcgan")
    trial = folder / "small_dcgan/trial_0"
    rows = rows_of(trial)
    assert [row["step"] for row in rows] == [1, 2]
    assert all(row["ddm"] > 0 and row["fid"] > 0 and row["inception_score"] >= 1 for row in rows)
    assert all((trial / name).exists() for name in ("checkpoints/best.npz", "figures/confidence.png"))
    card = json.loads((trial / "saved_model/card.json").read_text())
    assert card["metrics"]["ddm"] == pytest.approx(rows[-1]["ddm"])
    assert "layer logits, 360 test images, Euclidean" in card["protocol"]["settings"]["ddm"]

    run_study("--methods", "small_dcgan", "weakened_improved_gan", "--resume")
    assert rows_of(trial) == rows
    assert len(rows_of(folder / "weakened_improved_gan/trial_0")) == 2
    report = (folder / "report.html").read_text()
    assert all(words in report for words in ("Order of the GANs", "DDM(train, test)", "Weakened Improved GAN"))
    assert "40 training images, FID of 40 test images" in report


def test_the_fid_of_real_images_is_of_as_many_as_there_are_samples(digits_classifier):
    from tfgan_suite.metrics.functional.frechet import feature_statistics, frechet_distance
    from tfgan_suite.runs.studies import draw

    settings = dataclasses.replace(ddm_gans.PRESETS["smoke"], embedder=digits_classifier(16, 1))
    images = ddm_gans.load(settings)
    found = ddm_gans.measure(settings, images)
    few = images.test.images[draw(len(images.test), 40, settings.seed, "num_samples")]
    statistics = feature_statistics(found.evaluate.embedder.embed(few).features)
    expected = frechet_distance(found.evaluate.real_statistics, statistics).total
    assert found.references["fid"]["test images"] == pytest.approx(expected, rel=1e-4)
    assert len(ddm_gans.as_many_as_samples(dataclasses.replace(settings, num_samples=5_000), images.test)) == 360


def test_variants_differ_from_dcgan_as_the_document_says():
    from tfgan_suite.data import load_images

    images = load_images("digits", image_size=16)
    settings = ddm_gans.PRESETS["smoke"]
    models = {method: ddm_gans.build_model(settings, images, method, 0) for method in ddm_gans.TITLES}
    norms = {
        method: sum("norm" in layer.name for layer in gan.generator.layers + gan.discriminator.layers)
        for method, gan in models.items()
    }
    assert norms["dcgan"] > 0 == norms["weakened_dcgan"]
    assert len(models["small_dcgan"].generator.layers) < len(models["dcgan"].generator.layers)
    assert models["wgan_gp"].num_discriminator_steps == 5
    twice = {method for method, gan in models.items() if gan.num_generator_steps == 2}
    assert twice == {"dcgan", "small_dcgan", "weakened_dcgan"}
    assert all(gan.num_classes is None for gan in models.values())


def test_paper_preset_is_the_thesis():
    settings = ddm_gans.PRESETS["paper"]
    assert (settings.dataset, settings.layer, settings.num_samples) == ("cifar10", "logits", 5_000)
    assert settings.methods == tuple(ddm_gans.TITLES)  # with the one that the document found the worst
    assert ddm_gans.study_of(settings).paper["improved_gan"] == (-232.74, None, None)
    assert ddm_gans.study_of(ddm_gans.PRESETS["demo"]).paper == {}


def test_dry_run_times_every_method_and_writes_nothing(run_study, capsys):
    assert not run_study("--dry-run", "--methods", "dcgan", "wgan_gp").exists()
    printed = capsys.readouterr().out
    assert "(DCGAN)" in printed
    assert "2 in all, 2 steps each" in printed


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--image-size", "20"], "image_shape"),
        (["--num-filters", "0"], "`num_filters` must be above 0"),
        (["--num-dcgan-generator-steps", "0"], "`num_dcgan_generator_steps` must be above 0"),
        (["--num-trials", "0"], "`num_trials` must be above 0"),
        (["--evaluate-every-steps", "0"], "`evaluate_every_steps` must be above 0"),
        (["--evaluate-every-steps", "5"], "`num_steps` must be at least `evaluate_every_steps`"),
        (["--embedder", "pixels"], "class probabilities for the Inception score"),
        (["--layer", "nothing"], "`layer` must be one that the embedder has"),
    ],
)
def test_mistakes_are_one_sentence_before_anything_is_trained(run_study, capsys, monkeypatch, arguments, sentence):
    monkeypatch.setattr(ddm_gans, "build", lambda *args: pytest.fail("trained"))
    with pytest.raises(SystemExit) as stop:
        run_study(*arguments)
    assert stop.value.code == 1
    error = " ".join(capsys.readouterr().err.split())
    assert sentence in error
    assert "Traceback" not in error


def test_a_data_set_without_test_images_is_refused(run_study, capsys, tmp_path):
    np.savez(tmp_path / "images.npz", images=np.zeros((30, 16, 16, 1), np.uint8), labels=np.arange(30) % 2)
    with pytest.raises(SystemExit):
        run_study("--dataset", str(tmp_path / "images.npz"))
    assert "DDM needs test images" in capsys.readouterr().err
