import dataclasses
import json

import numpy as np
import pytest

from recipes import train_classifier
from tfgan_suite.callbacks.metrics_log import read_metrics
from tfgan_suite.metrics.embedders import ClassifierEmbedder, load_embedder
from tfgan_suite.runs import cli
from tfgan_suite.runs.folder import RunFolder

SMOKE = train_classifier.PRESETS["smoke"]


def run(out_dir, **changes):
    settings = dataclasses.replace(SMOKE, **{"preset": "smoke", "out_dir": out_dir, "name": "run", **changes})
    train_classifier.run(settings)
    return RunFolder(out_dir / "run")


@pytest.fixture(scope="module")
def smoke_run(tmp_path_factory):
    return run(tmp_path_factory.mktemp("runs"))


@pytest.fixture
def labelled(tmp_path):
    """An .npz file of 60 noisy grey images in three classes, without test images."""
    images = np.random.default_rng(0).integers(0, 256, (60, 8, 8, 1), np.uint8)
    np.savez(tmp_path / "noise.npz", images=images, labels=np.arange(60) % 3)
    return str(tmp_path / "noise.npz")


def test_leaves_everything_that_a_run_promises(smoke_run):
    rows = read_metrics(smoke_run.metrics)
    assert [(row["step"], row["epoch"]) for row in rows] == [(11, 1.0), (22, 2.0)]
    assert {path.name for path in smoke_run.figures.iterdir()} == {"accuracy.png", "loss.png", "confusion.png"}
    assert smoke_run.read_config()["num_epochs"] == 2
    page = smoke_run.report.read_text()
    for part in (
        "1,437 images of 10 classes in 22 steps",
        "python -m recipes.train_classifier --preset smoke",
        "Classes",
    ):
        assert part in page
    assert page.count("data:image/png;base64") == 3
    assert "widen" not in page
    assert not list(smoke_run.path.rglob(".writing-*"))


def test_the_saved_classifier_is_an_embedder(smoke_run):
    embedder = load_embedder(smoke_run.path / "classifier.keras")
    assert isinstance(embedder, ClassifierEmbedder)
    assert embedder.card.data_name == "digits"
    assert embedder.test_accuracy == read_metrics(smoke_run.metrics)[-1]["test_accuracy"]
    assert embedder.weights_hash in smoke_run.report.read_text()


def test_a_resumed_run_ends_as_an_uninterrupted_one(tmp_path, smoke_run, monkeypatch):
    class Killed(BaseException):
        pass

    def killed(*args):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(train_classifier, "save", killed)
        with pytest.raises(Killed):
            run(tmp_path)
    folder = RunFolder(tmp_path / "run")
    before = read_metrics(folder.metrics)
    with open(folder.metrics, "a") as file:  # a kill between the line and the checkpoint, and in the middle of a line
        file.write(json.dumps({**before[-1], "step": 33}) + '\n{"step"')
    run(tmp_path, resume=True)
    assert read_metrics(folder.metrics) == before == read_metrics(smoke_run.metrics)
    weights = [load_embedder(each.path / "classifier.keras").weights_hash for each in (folder, smoke_run)]
    assert weights[0] == weights[1]
    with pytest.raises(ValueError, match="settings it was started with"):
        run(tmp_path, resume=True, num_epochs=3)
    with pytest.raises(ValueError, match="folder of its own"):
        run(tmp_path)


def test_wide_resnet_on_images_without_test_images(tmp_path, labelled):
    options = {"network": "wide_resnet", "depth": 10, "widen_factor": 1, "num_epochs": None, "num_steps": 2}
    folder = run(tmp_path, dataset=labelled, augmentation="crop", batch_size=16, **options)
    page = folder.report.read_text()
    assert "held out" in page
    assert "widen factor" in page
    card = load_embedder(folder.path / "classifier.keras").card
    assert (card.num_train_images, card.num_test_images, card.options["augmentation"]) == (54, 6, "crop")


def test_dry_run_writes_nothing(tmp_path, capsys):
    run(tmp_path, dry_run=True)
    printed = capsys.readouterr().out
    for part in ("1,437 of (8, 8, 1), 10 classes", "258,058 parameters", "22 of 128 images", "s per step"):
        assert part in printed
    assert list(tmp_path.iterdir()) == []


def test_table_of_classes():
    confusion = np.array([[3, 1, 0], [0, 0, 0], [2, 1, 1]])
    rows = train_classifier.class_rows(confusion, ("a", "b", "c"))
    assert rows == [["a", 4, 0.75, "b (1)"], ["b", 0, None, None], ["c", 4, 0.25, "a (2)"]]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--dataset", "UNLABELLED"], "must be trained on labelled images"),
        (["--dataset", "./nowhere"], "must be a file or folder that exists"),
        (["--num-steps", "3"], "Only one of `num_epochs` and `num_steps`"),
        (["--network", "wide_resnet", "--depth", "17"], "`depth` must be 6 n + 4"),
        (["--batch-size", "0"], "`batch_size` must be above 0"),
        (["--learning-rate", "1e30", "--num-epochs", "9"], "not finite"),
        (["--resume"], "no run to resume"),
    ],
)
def test_mistakes_are_one_sentence(tmp_path, capsys, arguments, sentence):
    np.savez(tmp_path / "unlabelled.npz", images=np.zeros((30, 8, 8, 1), np.uint8))
    arguments = [str(tmp_path / "unlabelled.npz") if word == "UNLABELLED" else word for word in arguments]
    argv = ["--preset", "smoke", "--out-dir", str(tmp_path), "--name", "run", *arguments]
    with pytest.raises(SystemExit) as stop:
        cli.main(train_classifier.run, train_classifier.PRESETS, train_classifier.__doc__, argv=argv)
    assert stop.value.code == 1
    error = " ".join(capsys.readouterr().err.split())
    assert sentence in error
    assert "Traceback" not in error
    assert not (tmp_path / "run" / "classifier.keras").exists()
