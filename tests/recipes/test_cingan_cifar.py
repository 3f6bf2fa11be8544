"""The main recipe, run as a user runs it: what it leaves, its baselines, and an answer to every mistake."""

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from recipes import cingan_cifar
from tfgan_suite.callbacks.metrics_log import read_metrics
from tfgan_suite.runs import cli
from tfgan_suite.runs.folder import RunFolder

SMOKE = cingan_cifar.PRESETS["smoke"]


def run(out_dir, **changes):
    settings = dataclasses.replace(SMOKE, **{"preset": "smoke", "out_dir": out_dir, "name": "run", **changes})
    cingan_cifar.run(settings)
    return RunFolder(out_dir / "run")


@pytest.fixture(scope="module", autouse=True)
def own_cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TFGAN_SUITE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def smoke_run(tmp_path_factory):
    return run(tmp_path_factory.mktemp("runs"))


def test_leaves_everything_that_a_run_promises(smoke_run):
    steps = [row["step"] for row in read_metrics(smoke_run.metrics)]
    assert steps == [2, 4]
    assert {path.name for path in smoke_run.checkpoints.iterdir()} == {
        "best.npz",
        "step_00000002.npz",
        "step_00000004.npz",
    }
    assert {path.name for path in smoke_run.samples.iterdir()} == {"step_00000002.png", "step_00000004.png"}
    assert {path.stem for path in smoke_run.figures.iterdir()} >= {"losses", "fid", "clusters"}
    assert list(smoke_run.tensorboard.iterdir())
    assert not list(smoke_run.path.rglob(".writing-*"))


def test_report_holds_the_documents_table_the_runs_values_and_the_command(smoke_run):
    page = smoke_run.report.read_text()
    for text in ("Table 5.1", "17.29", "iWGAN-AC", "python -m recipes.cingan_cifar --preset smoke", "pixels"):
        assert text in page
    assert "http://" not in page.replace("http://www.w3.org", "")


def test_sampler_loads_without_the_project_and_knows_how_it_was_made(smoke_run):
    code = (
        "import sys, tensorflow as tf; s = tf.saved_model.load(sys.argv[1]);"
        "print(sorted(s.signatures)); assert not any(m.startswith('tfgan_suite') for m in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(smoke_run.saved_model)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    card = json.loads((smoke_run.saved_model / "card.json").read_text())
    assert card["metrics"]["fid"] == read_metrics(smoke_run.metrics)[-1]["fid"]
    assert card["protocol"]["num_fake"] == SMOKE.num_samples


def test_the_run_can_be_resumed_to_more_steps(smoke_run):
    settings = dataclasses.replace(SMOKE, preset="smoke", out_dir=smoke_run.path.parent, name="run", num_steps=6)
    cingan_cifar.run(dataclasses.replace(settings, resume=True))
    assert [row["step"] for row in read_metrics(smoke_run.metrics)] == [2, 4, 6]


def test_a_taken_run_folder_is_refused(smoke_run):
    with pytest.raises(ValueError, match="must have a folder of its own"):
        run(smoke_run.path.parent)


@pytest.mark.parametrize(
    "changes",
    [
        {"model": "dcgan", "num_discriminator_steps": None},
        {"model": "wgan_gp", "network": "resnet", "image_size": 16},
        {"model": "acgan", "labels": "true"},
        {"network": "resnet", "generator_norm": "cbn", "labels": "true"},
    ],
    ids=["dcgan", "wgan_gp", "acgan", "iwgan_ac"],
)
def test_baselines_run_in_the_same_harness(tmp_path, monkeypatch, changes):
    monkeypatch.chdir(tmp_path)
    folder = run(Path("runs"), num_steps=2, **changes)  # relative, as by default
    (row,) = read_metrics(folder.metrics)
    assert np.isfinite(list(row.values())).all()
    assert folder.report.exists()


def test_smooth_to_sharp_training_is_another_one_until_the_images_are_sharp(tmp_path):
    how = {"num_steps": 4, "model": "wgan_gp", "log_every_steps": 2}
    plans = {
        "sharp": {},
        "blurred": {"blur_px": (3.0, 0.0), "blur_steps": (2, 2)},
        "never blurred": {"blur_px": (0.0,), "blur_steps": (4,)},
    }
    losses = {
        name: [row["d_loss"] for row in read_metrics(run(tmp_path / name, **how, **plan).metrics)]
        for name, plan in plans.items()
    }
    assert losses["never blurred"] == losses["sharp"]
    assert losses["blurred"][0] != losses["sharp"][0]


def test_trials_have_seeds_of_their_own_and_one_report(tmp_path):
    folder = run(tmp_path, num_steps=2, num_trials=2, model="dcgan", num_discriminator_steps=1)
    rows = [read_metrics(folder.path / f"trial_{trial}" / "metrics.jsonl")[-1] for trial in range(2)]
    assert rows[0]["d_loss"] != rows[1]["d_loss"]
    page = folder.report.read_text()
    assert "trial_0" in page
    assert "trial_1" in page


def test_bfloat16_with_averaged_weights_runs(tmp_path):
    folder = run(tmp_path, num_steps=2, precision="bfloat16", average_decay=0.9)
    assert np.isfinite(read_metrics(folder.metrics)[-1]["gradient_penalty"])
    assert keras.config.dtype_policy().name == "float32"


def test_dry_run_prints_the_plan_and_writes_nothing(tmp_path, capsys):
    cingan_cifar.run(dataclasses.replace(SMOKE, preset="smoke", out_dir=tmp_path, name="run", dry_run=True))
    printed = capsys.readouterr().out
    for text in ("1,437", "CINGAN", "parameters", "training time", "4, each on "):
        assert text in printed
    assert list(tmp_path.iterdir()) == []


def test_deterministic_is_told_to_tensorflow_before_anything_is_built(tmp_path, monkeypatch):
    def enabled():
        raise ValueError("repeatable")

    monkeypatch.setattr("tensorflow.config.experimental.enable_op_determinism", enabled)
    with pytest.raises(ValueError, match="repeatable"):
        run(tmp_path, deterministic=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labels": "none"}, "must have labels"),
        ({"learning_rate": -1.0}, "`learning_rate` must be above 0 and finite"),
        ({"learning_rate": float("nan")}, "`learning_rate` must be above 0 and finite"),
        ({"num_filters": 0}, "num_filters"),
        ({"strategy": "multi_worker", "name": ""}, "`name` must be given"),
        ({"num_clusters": 5_000}, "`num_clusters` must be in"),
        ({"batch_size": 5_000}, "`batch_size` must be at most the number of images"),
        ({"image_size": 12}, "size"),
        ({"dataset": "no/such/folder"}, "no/such/folder"),
        ({"embedder": "no/such/network"}, "no/such/network"),
        ({"num_steps": 3}, "`num_steps` must be a multiple"),
        ({"blur_px": (2.0, 0.0), "blur_steps": (2, 4)}, "`blur_steps` must add up to `num_steps`"),
        ({"blur_px": (0.0, 2.0), "blur_steps": (2, 2)}, "from smooth to sharp"),
        ({"blur_px": (2.0, 0.0)}, "same length"),
    ],
)
def test_mistakes_are_answered_before_training(tmp_path, changes, message):
    with pytest.raises((ValueError, OSError), match=message):
        run(tmp_path, **changes)
    assert not (tmp_path / "run" / "checkpoints").exists()


def test_an_unknown_preset_names_those_there_are(capsys):
    with pytest.raises(SystemExit) as stop:
        cli.parse(cingan_cifar.PRESETS, ["--preset", "huge"])
    assert stop.value.code == 2
    assert "smoke" in capsys.readouterr().err


def test_cingan_on_clusters_of_its_own_critic(tmp_path):
    folder = run(tmp_path, features="discriminator", recluster_every_steps=2, num_steps=4)
    rows = read_metrics(folder.metrics)
    assert all(0 <= row["cluster_moved"] <= 1 and row["smallest_cluster"] > 0 for row in rows)
    assert len(list((folder.path / "clusters").iterdir())) == 3
    assert "Re-clusterings" in folder.report.read_text()
    assert json.loads((folder.saved_model / "card.json").read_text())["class_names"] is None


def test_reclustering_must_fit_the_logging_interval(tmp_path):
    with pytest.raises(ValueError, match="`recluster_every_steps` must be a multiple of `log_every_steps`"):
        run(tmp_path, features="discriminator", recluster_every_steps=3)
