import dataclasses
import json

import numpy as np
import pytest
import tensorflow as tf

from recipes import modnet_interpret
from tfgan_suite.callbacks.metrics_log import read_metrics
from tfgan_suite.core.images import to_float
from tfgan_suite.data import load_images
from tfgan_suite.runs.folder import RunFolder
from tfgan_suite.runs.modnet.interpretation import GRADIENT_SIGN, MEAN_ITSELF, MODNET, TOWARDS_MEAN

SMOKE = modnet_interpret.PRESETS["smoke"]


def run(out_dir, **changes):
    settings = dataclasses.replace(SMOKE, **{"preset": "smoke", "out_dir": out_dir, "name": "run", **changes})
    modnet_interpret.run(settings)
    return RunFolder(out_dir / "run")


@pytest.fixture(scope="module")
def smoke_run(tmp_path_factory):
    return run(tmp_path_factory.mktemp("runs"))


def test_leaves_everything_that_a_run_promises(smoke_run):
    rows = read_metrics(smoke_run.metrics)
    assert [row["step"] for row in rows] == [2, 4]
    assert all(0 <= row["test_fooling_rate"] <= 1 for row in rows)
    assert {path.stem for path in smoke_run.figures.iterdir()} >= {
        *(
            "matrix",
            "least",
            "pairs",
            "sizes",
            "maps",
            "confidence_target",
            "confidence_own_label",
            "measurements",
            "losses",
        ),
    }
    assert not list(smoke_run.path.rglob(".writing-*"))


def test_every_way_but_the_mean_itself_changes_images_by_as_much(smoke_run):
    scores = json.loads((smoke_run.path / "scores.json").read_text())["scores"]
    assert list(scores) == [MODNET, TOWARDS_MEAN, GRADIENT_SIGN, MEAN_ITSELF]
    sizes = {way: np.array(values["mean_abs_changes"], np.float64) for way, values in scores.items()}
    assert np.isnan(np.diag(sizes[MODNET])).all()
    for way in (TOWARDS_MEAN, GRADIENT_SIGN):
        np.testing.assert_allclose(sizes[way], sizes[MODNET], rtol=1e-5)
    assert np.nanmean(sizes[MEAN_ITSELF]) > 2 * np.nanmean(sizes[MODNET])
    assert sum(scores[MODNET]["counts"]) == SMOKE.num_test_images


def test_report_tells_of_the_frozen_classifier_and_the_baselines(smoke_run):
    page = smoke_run.report.read_text()
    for text in (
        "equal, bit for bit",
        "Beside trivial ways of the same size",
        "Changes of another size",
        "Of 20 test images, as many of each class",
        "gradient-sign attack, one step",
        "python -m recipes.modnet_interpret --preset smoke",
        "a network of its own, frozen",
        "The hardest pair of classes",
    ):
        assert text in page
    assert page.count("data:image/png;base64") == len(list(smoke_run.figures.iterdir()))


def test_the_modifier_loads_and_knows_what_it_does(smoke_run):
    card = json.loads((smoke_run.saved_model / "card.json").read_text())
    assert card["class_names"] == [str(digit) for digit in range(10)]
    assert {"test_fooling_rate", "test_mean_abs_change"} <= set(card["metrics"])
    images = to_float(load_images("digits", image_size=28).test.images[:3])
    modifier = tf.saved_model.load(str(smoke_run.saved_model))
    results = modifier.signatures["modify"](images=tf.constant(images), target_labels=tf.constant([1, 2, 3]))["images"]
    assert results.shape == (3, 28, 28, 1)


def test_resume_after_the_end_makes_the_same_numbers(smoke_run, monkeypatch):
    def not_again(*args):
        raise AssertionError("the classifier was trained again")

    before = json.loads((smoke_run.path / "scores.json").read_text())
    monkeypatch.setattr(modnet_interpret, "train", not_again)
    run(smoke_run.path.parent, resume=True)
    after = json.loads((smoke_run.path / "scores.json").read_text())
    for way, values in before["scores"].items():
        for name, numbers in values.items():
            np.testing.assert_allclose(
                np.array(after["scores"][way][name], np.float64), np.array(numbers, np.float64), atol=1e-6
            )


@pytest.mark.parametrize("strategy", ["one", "mirrored"])
def test_a_given_classifier_trained_on(tmp_path, smoke_run, strategy):
    file = smoke_run.path / "classifier.keras"
    before = file.read_bytes()
    how = {"freeze_classifier": False, "num_steps": 2, "strategy": strategy}
    folder = run(tmp_path, classifier=file, classifier_steps=None, **how)
    assert file.read_bytes() == before
    page = folder.report.read_text()
    assert "own classifier sees the target in" in page
    assert "bit for bit" not in page
    assert "real_class_loss" in read_metrics(folder.metrics)[0]


def test_facts_name_the_weights_of_losses_that_there_are():
    weight = "class weight of changed images in the discriminator"
    assert weight not in SMOKE.facts()
    assert dataclasses.replace(SMOKE, freeze_classifier=False, fake_class_weight=0.5).facts()[weight] == 0.5
    assert dataclasses.replace(SMOKE, form="discriminator").facts()[weight] == 1.0


def test_dry_run_prints_the_plan_and_writes_nothing(tmp_path, capsys):
    run(tmp_path, dry_run=True, form="discriminator")
    printed = " ".join(capsys.readouterr().out.split())
    for text in ("200 of (28, 28, 1)", "ModNet", "the discriminator, trained along", "40 test images", "training time"):
        assert text in printed
    assert list(tmp_path.iterdir()) == []


def test_dry_run_builds_for_the_devices_that_are_asked_for(tmp_path, monkeypatch):
    scopes = []
    build = modnet_interpret.build_modnet
    monkeypatch.setattr(
        modnet_interpret, "build_modnet", lambda *args: scopes.append(tf.distribute.get_strategy()) or build(*args)
    )
    run(tmp_path, dry_run=True, strategy="mirrored")
    assert isinstance(scopes[0], tf.distribute.MirroredStrategy)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"image_size": 20}, "takes images of size 28, 32, 64"),
        ({"num_steps": 3}, "`num_steps` must be a multiple"),
        ({"l1_weight": -1.0}, "`l1_weight` must be finite and at least 0"),
        ({"class_weight": -1.0}, "`class_weight` must be finite and at least 0"),
        ({"fake_class_weight": -1.0}, "`fake_class_weight` must be finite and at least 0"),
        ({"fake_class_weight": 0.0}, "a loss that a frozen classifier does not have"),
        ({"average_decay": 1.0}, r"`average_decay` must be in \[0, 1\)"),
        ({"num_filters": 0}, "`num_filters` must be above 0"),
        ({"num_test_images": 5_000}, "`num_test_images` must be in"),
        ({"classifier": "no/such.keras", "classifier_steps": None}, "must be a file that `save_classifier` wrote"),
        ({"classifier": "a.keras"}, "Only one of `classifier` and `classifier_steps`"),
        ({"steps_per_execution": 3}, "`log_every_steps` must be a multiple of `steps_per_execution`"),
        ({"checkpoint_every_steps": 8}, "`num_steps` must be a multiple of `checkpoint_every_steps`"),
        ({"num_classes": 3}, "`classifier` must make one logit per class"),
        ({"unlabelled": True}, "A ModNet needs labelled images"),
        ({"empty_class": True}, r"Every class must have training images.*without=\['1'\].*`num_train_images`"),
    ],
)
def test_mistakes_are_answered_before_training(tmp_path, smoke_run, changes, message):
    if "num_classes" in changes:  # a data set of another number of classes than the classifier's
        pixels = np.zeros((40, 28, 28, 1), np.uint8)
        np.savez(
            tmp_path / "three.npz",
            images=pixels,
            labels=np.arange(40) % 3,
            test_images=pixels[:9],
            test_labels=np.arange(9) % 3,
        )
        given = {"dataset": str(tmp_path / "three.npz"), "num_train_images": None, "num_test_images": None}
        changes = {**given, "classifier": smoke_run.path / "classifier.keras", "classifier_steps": None}
    if "empty_class" in changes:
        pixels, labels = np.zeros((30, 28, 28, 1), np.uint8), np.arange(30) % 3
        np.savez(
            tmp_path / "gap.npz",
            images=pixels,
            labels=np.where(labels == 1, 0, labels),
            test_images=pixels,
            test_labels=labels,
        )
        changes = {"dataset": str(tmp_path / "gap.npz"), "num_train_images": None, "num_test_images": None}
    if "unlabelled" in changes:
        np.savez(
            tmp_path / "bare.npz",
            images=np.zeros((30, 28, 28, 1), np.uint8),
            test_images=np.zeros((5, 28, 28, 1), np.uint8),
        )
        changes = {"dataset": str(tmp_path / "bare.npz"), "num_train_images": None, "num_test_images": None}
    with pytest.raises(ValueError, match=message):
        run(tmp_path, **changes)
    assert not (tmp_path / "run").exists()
