"""Trials in processes of their own."""

import os
import subprocess
import sys
import time

import joblib
import pytest
import trial_work

from tfgan_suite.runs.trials import run_trials


def test_results_come_in_the_order_of_the_jobs():
    assert run_trials(trial_work.square, [(3,), (2,)], 1) == [9, 4]


@pytest.mark.timeout(300)
def test_workers_are_other_processes_with_fewer_threads(capfd):
    found = run_trials(trial_work.where, [(0,), (1,)], 2)
    assert [number for number, *_ in found] == [0, 1]
    assert all(process != os.getpid() for _, process, _ in found)
    assert {threads for *_, threads in found} == {max(1, joblib.cpu_count() // 2)}
    assert "2 of 2 trials are done" in capfd.readouterr().err


@pytest.mark.timeout(300)
def test_an_error_of_a_trial_is_raised_here():
    with pytest.raises(ValueError, match="no trial 1"):
        run_trials(trial_work.fail, [(1,), (1,)], 2)


@pytest.mark.timeout(300)
def test_workers_end_with_a_study_that_is_killed(tmp_path):
    study = subprocess.Popen([sys.executable, trial_work.__file__, tmp_path])
    workers = []
    while len(workers) < 2:
        assert study.poll() is None
        time.sleep(0.1)
        workers = [int(path.name) for path in tmp_path.iterdir()]
    study.kill()
    study.wait()
    end = time.monotonic() + 60
    while alive := [worker for worker in workers if is_running(worker)]:
        assert time.monotonic() < end, alive
        time.sleep(0.1)


def is_running(process):
    """Whether there is such a process, other than one that has ended and only waits to be noticed."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    status = subprocess.run(["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True, check=False)
    return bool(status.stdout.strip()) and not status.stdout.startswith("Z")
