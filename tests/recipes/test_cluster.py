"""The main recipe on two workers: a lost worker ends the run with a sentence, and a restart goes on."""

import json
import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from tfgan_suite.callbacks.checkpoint import checkpoint_files
from tfgan_suite.callbacks.metrics_log import read_metrics
from tfgan_suite.runs.folder import RunFolder

OPTIONS = {
    "--preset": "smoke",
    "--strategy": "multi_worker",
    "--name": "run",
    "--evaluate-every-steps": "0",
    "--sample-every-steps": "0",
}


def free_addresses(number):
    sockets = [socket.socket() for _ in range(number)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    addresses = [f"127.0.0.1:{each.getsockname()[1]}" for each in sockets]
    for each in sockets:
        each.close()
    return addresses


def start_workers(out_dir, *options):
    workers = free_addresses(2)
    words = [word for option in OPTIONS.items() for word in option]
    command = [sys.executable, "-m", "recipes.cingan_cifar", *words, "--out-dir", str(out_dir), *options]
    processes = []
    for index in range(2):
        config = {"cluster": {"worker": workers}, "task": {"type": "worker", "index": index}}
        environment = {**os.environ, "TF_CONFIG": json.dumps(config), "CUDA_VISIBLE_DEVICES": ""}
        # To a file: a pipe that nobody reads would stop a worker that prints much.
        with open(out_dir / f"worker_{index}.log", "w") as log:
            processes.append(subprocess.Popen(command, env=environment, stderr=log))
    return processes


@pytest.mark.timeout(500)
def test_a_lost_worker_ends_the_run_with_a_sentence_and_a_restart_resumes(tmp_path):
    folder = RunFolder(tmp_path / "run")
    chief, other = start_workers(tmp_path, "--num-steps", "100000")
    try:
        deadline = time.monotonic() + 200
        while not checkpoint_files(folder.checkpoints) and chief.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)
        os.kill(other.pid, signal.SIGKILL)
        chief.wait(timeout=120)
        errors = (tmp_path / "worker_0.log").read_text()
        assert chief.returncode == 1, errors
        assert "connection to another worker was lost" in errors.lower()
        assert "Traceback" not in errors
    finally:
        for process in (chief, other):
            process.kill()
            process.wait()

    reached = int(checkpoint_files(folder.checkpoints)[-1].stem.removeprefix("step_"))
    processes = start_workers(tmp_path, "--resume", "--num-steps", str(reached + 4))
    codes = [process.wait(timeout=200) for process in processes]
    assert codes == [0, 0], [(tmp_path / f"worker_{index}.log").read_text() for index in range(2)]
    assert [row["step"] for row in read_metrics(folder.metrics)] == list(range(2, reached + 5, 2))
    assert folder.report.exists()
