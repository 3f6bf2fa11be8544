"""Trials in processes of their own."""

import os

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
    assert {threads for *_, threads in found} == {max(1, os.cpu_count() // 2)}
    assert "2 of 2 trials are done" in capfd.readouterr().err


@pytest.mark.timeout(300)
def test_an_error_of_a_trial_is_raised_here():
    with pytest.raises(ValueError, match="no trial 1"):
        run_trials(trial_work.fail, [(1,), (1,)], 2)
