"""`recipes.memorization` on a sampler, on arrays and on a ModNet."""

import json
from pathlib import Path

import numpy as np
import pytest

from recipes import memorization
from tfgan_suite.runs.modnet import memorization_report

SAMPLER = str(Path(__file__).parents[2] / "saved_models" / "digits")


@pytest.fixture
def run_study(runner):
    return runner(memorization)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Noise of 28 pixels in three classes: 60 to train, 30 to test."""
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (90, 28, 28, 1), np.uint8)
    labels = np.arange(90) % 3
    path = tmp_path_factory.mktemp("data") / "noise.npz"
    np.savez(path, images=pixels[:60], labels=labels[:60], test_images=pixels[60:], test_labels=labels[60:])
    return str(path)


@pytest.fixture(scope="module")
def modnet(data, tmp_path_factory):
    from tfgan_suite.data import load_images
    from tfgan_suite.models import ModNet

    path = tmp_path_factory.mktemp("modnet") / "modifier"
    ModNet.for_images(load_images(data), num_filters=1).export(path)
    return str(path)


def numbers_of(folder):
    return json.loads((folder / "metrics.jsonl").read_text())


def test_a_sampler(run_study):
    folder = run_study("--source", SAMPLER)
    numbers = numbers_of(folder)
    assert (numbers["num_generated"], numbers["num_test"], numbers["num_copies"]) == (40, 360, 0)
    assert 0 <= numbers["nearer_fraction"] <= 1
    assert "own_source" not in numbers
    report = (folder / "report.html").read_text()
    assert report.count("data:image/png;base64") == 3
    assert "Of 40 generated images" in report
    assert f"40 samples of {SAMPLER}" in report


def test_copies_of_training_images_are_found(run_study, data, tmp_path):
    with np.load(data) as stored:
        np.savez(tmp_path / "copies.npz", images=stored["images"][:25])
    numbers = numbers_of(run_study("--source", str(tmp_path / "copies.npz"), "--dataset", data, "--num-images", "20"))
    assert (numbers["num_generated"], numbers["num_copies"]) == (20, 20)
    assert numbers["nearer_than_test_0.01"] == 1.0
    assert numbers["nearer_fraction"] == 1.0


def test_a_modnet_that_changes_little_keeps_its_sources(run_study, data, modnet):
    arguments = ("--source", modnet, "--dataset", data)
    folder = run_study(*arguments)
    numbers = numbers_of(folder)
    assert numbers["num_generated"] == 18 * 2  # floor(20 / 3) of each of three classes, towards two others
    assert numbers["own_source"] == numbers["own_source_with_noise"] == 1.0
    assert numbers["mean_abs_change"] > 0
    report = (folder / "report.html").read_text()
    assert "all have, holds." in report
    assert "Pairs of classes" in report
    assert {path.name for path in (folder / "figures").iterdir()} == {
        *("changed_random.png", "distances.png", "own_sources.png"),
    }

    before = {name: (folder / name).stat().st_mtime_ns for name in ("nearest.npz", "nearest_of_noise.npz")}
    (folder / "report.html").unlink()
    run_study(*arguments, "--resume")
    assert (folder / "report.html").exists()
    assert {name: (folder / name).stat().st_mtime_ns for name in before} == before


def test_an_interrupted_run_goes_on_with_its_own_settings_only(run_study, refusal, data, tmp_path, monkeypatch):
    """What it has looked up is of its settings: others would find the nearest images of other generated ones."""
    with np.load(data) as stored:
        np.savez(tmp_path / "copies.npz", images=stored["images"][:25])
    source = ("--source", str(tmp_path / "copies.npz"), "--dataset", data)

    def interrupt(*args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(memorization_report, "numbers_of", interrupt)
        with pytest.raises(SystemExit):
            run_study(*source)
    assert (tmp_path / "study" / "nearest.npz").exists()
    other = (*source, "--num-images", "20")
    assert "A new run must have a folder of its own" in refusal(run_study, *other)
    assert "must have the settings it was started with" in refusal(run_study, *other, "--resume")
    assert numbers_of(run_study(*source, "--resume"))["num_copies"] == 25


def test_dry_run_writes_nothing(run_study, capsys):
    assert not run_study("--source", SAMPLER, "--dry-run").exists()
    printed = " ".join(capsys.readouterr().out.split())
    assert "1,437 (16, 16, 1) of digits" in printed
    assert "nearest images about" in printed


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--source", ""], "`source` and `dataset` must both be named"),
        (["--dataset", ""], "`source` and `dataset` must both be named"),
        (["--source", SAMPLER, "--num-images", "0"], "`num_images` must be above 0"),
        (["--source", SAMPLER, "--num-neighbors", "2000"], "`num_neighbors` must not exceed the number of training"),
        (["--source", SAMPLER, "--image-size", "8"], "the training images must have the shape of the generated ones"),
        (["--source", SAMPLER, "--seed", "-1"], "`seed` must be at least 0"),
    ],
)
def test_mistakes_are_one_sentence(run_study, capsys, arguments, sentence):
    with pytest.raises(SystemExit) as stop:
        run_study(*arguments)
    assert stop.value.code == 1
    error = " ".join(capsys.readouterr().err.split())
    assert sentence in error
    assert "Traceback" not in error


def test_a_modnet_needs_labels_of_its_classes_and_enough_sources(run_study, capsys, data, modnet, tmp_path):
    with np.load(data) as stored:
        np.savez(tmp_path / "a.npz", images=stored["images"], test_images=stored["test_images"])
    for arguments, sentence in (
        (["--dataset", str(tmp_path / "a.npz")], "a ModNet's source images need labels of its own classes"),
        (["--dataset", data, "--num-sources", "2"], "`num_sources` must be at least the number of classes"),
    ):
        with pytest.raises(SystemExit):
            run_study("--source", modnet, *arguments)
        assert sentence in " ".join(capsys.readouterr().err.split())


def test_a_data_set_without_test_images_is_refused(run_study, capsys, data, tmp_path):
    np.savez(tmp_path / "images.npz", images=np.zeros((30, 28, 28, 1), np.uint8))
    with pytest.raises(SystemExit):
        run_study("--source", data, "--dataset", str(tmp_path / "images.npz"))
    assert "memorisation needs test images" in capsys.readouterr().err
