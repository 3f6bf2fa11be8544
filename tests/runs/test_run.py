"""The one path of training: plans, and that a run killed anywhere goes on as if nothing had happened."""

import os
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from tfgan_suite.callbacks.checkpoint import checkpoint_files
from tfgan_suite.callbacks.metrics_log import read_metrics
from tfgan_suite.runs.folder import RunFolder
from tfgan_suite.runs.run import Plan, train

PLAN = {
    "num_steps": 6,
    "log_every_steps": 1,
    "evaluate_every_steps": 0,
    "sample_every_steps": 3,
    "checkpoint_every_steps": 2,
}

SCRIPT = """
import sys
import keras, numpy as np
from tfgan_suite.callbacks import Recluster
from tfgan_suite.data import Images, Split
from tfgan_suite.models import CINGAN
from tfgan_suite.runs.folder import RunFolder
from tfgan_suite.runs.run import Plan, train

pixels = np.random.default_rng(0).integers(0, 256, (48, 8, 8, 1), np.uint8)
images = Images("noise", Split(pixels, np.arange(48, dtype=np.int32) % 3), None, tuple("abc"))
keras.utils.set_random_seed(0)
gan = CINGAN.for_images(
    images, num_filters=2, latent_dim=4, num_discriminator_steps=1, average_decay=0.9, num_examples=48
)
gan.compile()
recluster = Recluster(images.train.pixels, 3, num_clustered=32, num_inits=2, true_labels=images.train.labels)
plan = Plan(num_steps=int(sys.argv[3]), log_every_steps=1, evaluate_every_steps=0, sample_every_steps=0,
            checkpoint_every_steps=2)
train(
    gan,
    images.training_batches(8, seed=1, with_example_ids=True),
    RunFolder(sys.argv[1]),
    plan,
    teaching=[recluster],
    resume=sys.argv[2] == "resume",
)
"""


def start(folder, how, num_steps):
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-c", SCRIPT, str(folder), how, str(num_steps)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def finish(process):
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors


def arrays_of(path):
    with np.load(path) as stored:
        return {name: stored[name] for name in stored.files}


def without_times(rows):
    return [{name: value for name, value in row.items() if not name.endswith("_sec")} for row in rows]


@pytest.mark.timeout(600)
def test_a_run_killed_by_sigkill_and_resumed_equals_an_uninterrupted_one_bit_for_bit(tmp_path):
    """Also across re-clusterings, whose labels are a part of the state."""
    killed = tmp_path / "killed"
    process = start(killed, "new", 100_000)
    deadline = time.monotonic() + 200
    while not checkpoint_files(killed / "checkpoints") and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.3)  # into the steps after a checkpoint, wherever that is
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stderr.close()
    reached = read_metrics(killed / "metrics.jsonl")[-1]["step"]
    num_steps = int(-(-(reached + 5) // 2) * 2)

    whole = tmp_path / "whole"
    shutil.rmtree(whole, ignore_errors=True)
    finish(start(whole, "new", num_steps))
    finish(start(killed, "resume", num_steps))

    expected, actual = (arrays_of(checkpoint_files(folder / "checkpoints")[-1]) for folder in (whole, killed))
    assert expected.keys() == actual.keys()
    for name, values in expected.items():
        np.testing.assert_array_equal(actual[name], values)
    rows = [without_times(read_metrics(folder / "metrics.jsonl")) for folder in (killed, whole)]
    assert rows[0] == rows[1]
    assert any("cluster_moved" in row for row in rows[0])


def test_writes_logs_grids_and_checkpoints_at_their_intervals(make_gan, batches, tmp_path):
    folder = RunFolder(tmp_path)
    rows = train(make_gan(), batches, folder, Plan(**PLAN))
    assert [row["step"] for row in rows] == [1, 2, 3, 4, 5, 6]
    assert [path.name for path in checkpoint_files(folder.checkpoints)] == ["step_00000004.npz", "step_00000006.npz"]
    assert sorted(path.name for path in folder.samples.iterdir()) == ["step_00000003.png", "step_00000006.png"]


def test_a_run_killed_before_its_first_checkpoint_starts_anew(make_gan, batches, tmp_path):
    folder = RunFolder(tmp_path)
    folder.metrics.write_text('{"step": 1, "d_loss": 0.0}\n')
    rows = train(make_gan(), batches, folder, Plan(**{**PLAN, "num_steps": 2, "sample_every_steps": 0}), resume=True)
    assert [row["step"] for row in rows] == [1, 2]
    assert rows[0]["d_loss"] != 0.0


@pytest.mark.parametrize("name", ["num_steps", "evaluate_every_steps", "sample_every_steps", "checkpoint_every_steps"])
def test_lengths_that_do_not_fit_the_logging_interval_are_refused(name):
    with pytest.raises(ValueError, match=f"`{name}` must be a multiple of `log_every_steps`"):
        Plan(**{**dict.fromkeys(PLAN, 4), name: 6})


def test_a_run_of_no_steps_is_refused():
    with pytest.raises(ValueError, match="`num_steps` must be above 0"):
        Plan(**{**PLAN, "num_steps": 0})
