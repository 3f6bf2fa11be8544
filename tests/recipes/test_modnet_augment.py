import dataclasses
import json

import numpy as np
import pytest
import tensorflow as tf

from recipes import modnet_augment
from tfgan_suite.runs.folder import RunFolder
from tfgan_suite.runs.modnet import augmentation

SMOKE = modnet_augment.PRESETS["smoke"]


def run(out_dir, **changes):
    settings = dataclasses.replace(SMOKE, **{"preset": "smoke", "out_dir": out_dir, "name": "run", **changes})
    modnet_augment.run(settings)
    return RunFolder(out_dir / "run")


def rows_of(folder):
    return [json.loads(line) for line in folder.metrics.read_text().splitlines()]


@pytest.fixture(scope="module")
def smoke_run(tmp_path_factory):
    return run(tmp_path_factory.mktemp("runs"))


JOBS = [
    *((100, "real", 100), (10, "real", 10), (20, "real", 20), (100, "judge", 100), (100, "generated", 100)),
    *((10, "all", 100), (20, "all", 200)),  # nine more for each
]


def test_every_classifier_has_a_row(smoke_run):
    rows = rows_of(smoke_run)
    assert [(row["trial"], row["num_real"], row["kind"], row["num_train"]) for row in rows] == [
        (0, *job) for job in JOBS
    ]
    assert all(0 <= row["test_accuracy"] <= 1 for row in rows)
    made = [row for row in rows if row["kind"] not in ("real", "judge")]
    assert all(0 < row["mean_abs_change"] < 2 and 0 <= row["seen_as_target"] <= 1 for row in made)


def test_report_sets_the_documents_value_beside_its_own(smoke_run):
    page = smoke_run.report.read_text()
    for text in (
        "generated only, the document&#39;s",
        "The thesis has 88%",
        "that no ModNet was trained to fool",
        "With and without generated images",
        "python -m recipes.modnet_augment --preset smoke",
        "the discriminator, trained along",
        "ModNet trained on all training images",
    ):
        assert text in page
    assert page.count("data:image/png;base64") == 1
    assert not list(smoke_run.path.rglob(".writing-*"))


def test_resume_trains_only_what_is_missing(smoke_run, monkeypatch):
    """The last classifier of the first trial, by the ModNet that is there; then a second trial."""
    before = rows_of(smoke_run)
    smoke_run.metrics.write_text("".join(json.dumps(row) + "\n" for row in before[:-1]))
    smoke_run.report.unlink()
    fitted, fit = [], augmentation.Augmentation.fit
    monkeypatch.setattr(
        augmentation.Augmentation, "fit", lambda self, *args: fitted.append(len(args[0])) or fit(self, *args)
    )
    run(smoke_run.path.parent, resume=True, num_trials=2)
    assert fitted == [200] + [num_train for *_, num_train in JOBS]
    after = rows_of(smoke_run)
    assert after[:6] == before[:6]
    for name in ("test_accuracy", "mean_abs_change", "seen_as_target"):
        assert after[6][name] == pytest.approx(before[6][name], abs=1e-6)
    assert [(row["trial"], row["num_real"], row["kind"]) for row in after[7:]] == [(1, *job[:2]) for job in JOBS]
    assert after[4]["mean_abs_change"] != after[11]["mean_abs_change"]  # a ModNet of its own
    assert "±" in smoke_run.report.read_text()


def test_modnets_that_know_the_few_images_only(tmp_path, monkeypatch):
    """With the classifier of the same few images each. Untrained here."""
    known = []
    build = augmentation.build_modnet
    monkeypatch.setattr(augmentation, "train_modnet", lambda *args: None)
    monkeypatch.setattr(
        augmentation,
        "build_modnet",
        lambda settings, images, classifier, seed: (
            known.append((np.bincount(images.train.labels).tolist(), classifier.card.num_train_images))
            or build(settings, images, classifier, seed)
        ),
    )
    folder = run(tmp_path, modnets=("subset",), form="separate")
    assert known[1:] == [([1] * 10, 40), ([2] * 10, 40)]  # repeated to a batch of 32
    assert sum(known[0][0]) == 100
    assert "ModNet trained on the same real images" in folder.report.read_text()
    kinds = [row["kind"] for row in rows_of(folder)]
    assert kinds == ["real"] * 3 + ["judge", "generated"] + ["subset"] * 2


def test_generated_images_are_judged_by_another_classifier_than_the_attacked_one(tmp_path, monkeypatch):
    """The ModNet's own is frozen, so that it sees in the images what the classifier of real images does."""
    looked, attacked = [], []
    load, predict = augmentation.load_classifier, augmentation.predict_logits
    build = augmentation.build_modnet
    monkeypatch.setattr(augmentation, "train_modnet", lambda *args: None)
    monkeypatch.setattr(augmentation, "load_classifier", lambda file: looked.append(file.name) or load(file))
    monkeypatch.setattr(
        augmentation,
        "predict_logits",
        lambda model, images: (
            looked.append([weight.copy() for weight in model.get_weights()]) or predict(model, images)
        ),
    )
    monkeypatch.setattr(
        augmentation,
        "build_modnet",
        lambda settings, images, classifier, seed: (
            attacked.append(classifier.model.get_weights()) or build(settings, images, classifier, seed)
        ),
    )
    folder = run(tmp_path, form="separate", num_real=(10, 100), modnets=("all", "subset"))
    assert [each for each in looked if isinstance(each, str)] == [
        *("classifier_100.keras", "judge.keras", "judge.keras", "judge.keras"),
        *("judge.keras", "classifier_10.keras", "judge.keras"),
    ]
    judge = next(each for each in looked if isinstance(each, list))
    assert not any(np.array_equal(mine, its) for mine, its in zip(judge, attacked[0], strict=True) if mine.ndim > 1)
    assert "by the judge" in folder.report.read_text()


def test_each_modnet_is_trained_once(tmp_path):
    """Also where the largest number of real images is all of them, so that two kinds need the same one."""
    folder = run(tmp_path, num_real=(10, 100), modnets=("all", "subset"))
    for known in (100, 10):
        metrics = folder.path / "trial_0" / f"modnet_{known}" / "metrics.jsonl"
        assert [json.loads(line)["step"] for line in metrics.read_text().splitlines()] == [2]
    rows = {(row["num_real"], row["kind"]): row for row in rows_of(folder)}
    assert rows[100, "subset"]["test_accuracy"] == rows[100, "all"]["test_accuracy"]


def test_presets_add_images_of_both_modnets():
    for preset in ("demo", "paper"):
        assert modnet_augment.PRESETS[preset].modnets == ("all", "subset")


def test_dry_run_writes_nothing(tmp_path, capsys):
    run(tmp_path, dry_run=True)
    printed = " ".join(capsys.readouterr().out.split())
    for text in ("100 of (28, 28, 1), 10 classes", "10, 20", "1 of 2 steps", "7 of 3 steps", "about"):
        assert text in printed
    assert list(tmp_path.iterdir()) == []


def test_dry_run_builds_for_the_devices_that_are_asked_for(tmp_path, monkeypatch):
    scopes = []
    build = modnet_augment.build_modnet
    monkeypatch.setattr(
        modnet_augment, "build_modnet", lambda *args: scopes.append(tf.distribute.get_strategy()) or build(*args)
    )
    run(tmp_path, dry_run=True, strategy="mirrored")
    assert isinstance(scopes[0], tf.distribute.MirroredStrategy)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"num_real": (20, 10)}, "`num_real` must be at least two growing numbers"),
        ({"num_real": (5, 20)}, "`num_real` must lie between the number of classes"),
        ({"num_real": (10, 200)}, "`num_real` must lie between the number of classes"),
        ({"modnets": ()}, "`modnets` must name at least one"),
        ({"modnets": ("all", "all")}, "`modnets` must name at least one, and none twice"),
        ({"num_trials": 0}, "`num_trials` must be above 0"),
        ({"classifier_steps": 0}, "`classifier_steps` must be above 0"),
        ({"classifier_batch_size": 10}, "`classifier_batch_size` must be at least 20"),
        ({"image_size": 12}, "takes images of size 28, 32, 64"),
    ],
)
def test_mistakes_are_answered_before_training(tmp_path, changes, message):
    with pytest.raises(ValueError, match=message):
        run(tmp_path, **changes)
    assert not (tmp_path / "run").exists()
