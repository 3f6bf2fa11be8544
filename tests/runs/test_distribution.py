"""Strategies: their devices, TF_CONFIG, and two worker processes on this machine."""

import json
import multiprocessing.pool
import os
import signal
import socket
import subprocess
import sys
import time
import weakref
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from tfgan_suite.runs.distribution import (
    ClusterError,
    check_batch_size,
    check_tf_config,
    is_chief,
    make_strategy,
    worker_errors,
)

WORKER = Path(__file__).with_name("cluster_worker.py")
ADDRESSES = ["host0:2222", "host1:2222"]


def tf_config(addresses=ADDRESSES, index=0, job="worker"):
    return json.dumps({"cluster": {"worker": addresses}, "task": {"type": job, "index": index}})


def test_one_device():
    strategy = make_strategy("one")
    assert strategy.num_replicas_in_sync == 1
    assert is_chief(strategy)


def test_mirrored_takes_the_devices_asked_for():
    strategy = make_strategy("mirrored", num_devices=2)
    assert strategy.num_replicas_in_sync == 2
    assert is_chief(strategy)
    assert make_strategy("mirrored", num_devices=1).num_replicas_in_sync == 1
    assert make_strategy("mirrored", num_devices=2) is strategy


def test_strategy_arguments_are_checked():
    with pytest.raises(ValueError, match=r"`strategy` must be one of 'one', 'mirrored', 'multi_worker'\."):
        make_strategy("tpu")
    with pytest.raises(ValueError, match="`num_devices` can be given with the strategy 'mirrored' only"):
        make_strategy("one", num_devices=2)
    with pytest.raises(ValueError, match="`num_devices` must be above 0"):
        make_strategy("mirrored", num_devices=0)
    tf.config.list_logical_devices()  # from now on no device can be added
    with pytest.raises(ValueError, match=r"`num_devices` must be at most the number of .* devices .*num_devices=100"):
        make_strategy("mirrored", num_devices=100)


def test_batch_size_must_fit_the_replicas():
    strategy = make_strategy("mirrored", num_devices=2)
    check_batch_size(6, strategy)
    with pytest.raises(ValueError, match=r"divisible by the number of replicas.*batch_size=7, num_replicas=2"):
        check_batch_size(7, strategy)
    with pytest.raises(ValueError, match="`batch_size` must be above 0"):
        check_batch_size(0, strategy)


def test_tf_config_is_needed(monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    with pytest.raises(
        ValueError, match=r"'multi_worker' needs the environment variable TF_CONFIG\..* Set it on every"
    ):
        make_strategy("multi_worker")


@pytest.mark.parametrize("index", [0, 1])
def test_good_tf_config(index):
    check_tf_config(tf_config(index=index))
    check_tf_config(
        json.dumps({"cluster": {"chief": ["a:1"], "worker": ["b:1"]}, "task": {"type": "chief", "index": 0}})
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "needs the environment variable TF_CONFIG"),
        ("{", "TF_CONFIG must be a JSON object"),
        ("[1]", "TF_CONFIG must be a JSON object"),
        ("{}", 'must have a "cluster" with "worker"'),
        ('{"cluster": {"worker": ["a:1"], "ps": ["b:1"]}}', 'must have a "cluster" with "worker".* and no others'),
        (tf_config(addresses=[]), 'addresses of "worker" in TF_CONFIG must be a list of "host:port"'),
        (tf_config(addresses=["host"]), 'must be a list of "host:port"'),
        (tf_config(addresses=["host:99999"]), 'must be a list of "host:port"'),
        (tf_config(addresses=[7]), 'must be a list of "host:port"'),
        (tf_config(index=2), '"task" whose "type" and "index" are one of the cluster\'s'),
        (tf_config(index="0"), '"task" whose "type" and "index"'),
        (tf_config(job="chief"), '"task" whose "type" and "index"'),
        (json.dumps({"cluster": {"worker": ADDRESSES}}), '"task" whose "type" and "index"'),
    ],
)
def test_malformed_tf_config(text, message):
    with pytest.raises(ValueError, match=message):
        check_tf_config(text)


@pytest.mark.parametrize(
    ("job", "index", "jobs", "expected"),
    [
        ("worker", 0, ("worker",), True),
        ("worker", 1, ("worker",), False),
        ("worker", 0, ("chief", "worker"), False),
        ("chief", 0, ("chief", "worker"), True),
    ],
)
def test_chief(job, index, jobs, expected):
    cluster = tf.train.ClusterSpec(dict.fromkeys(jobs, ADDRESSES))

    class Strategy:
        cluster_resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(cluster, task_type=job, task_id=index)

    assert is_chief(Strategy()) is expected


def test_a_lost_worker_is_told_in_a_sentence():
    with (
        pytest.raises(ClusterError, match=r"connection to another worker was lost.*\(UnavailableError\).*--resume"),
        worker_errors(),
    ):
        raise tf.errors.UnavailableError(None, None, "Connection reset by peer")
    with pytest.raises(KeyError), worker_errors():
        raise KeyError("another error")


@pytest.mark.filterwarnings("ignore:unclosed running multiprocessing pool:ResourceWarning")
def test_what_a_lost_worker_leaves_open_is_collected_at_once():
    pools = []

    def all_reduce():
        pool = multiprocessing.pool.ThreadPool(1)  # as TensorFlow's, which it closes only if all went well
        pools.append(weakref.ref(pool))
        raise tf.errors.UnavailableError(None, None, "Connection reset by peer")

    with pytest.raises(ClusterError) as caught, worker_errors():
        all_reduce()
    assert pools[0]() is None
    assert caught.value.__cause__.__traceback__ is not None  # where it happened can still be shown


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("localhost", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def start(strategy, output, num_epochs, steps_per_execution, config=None):
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    if config is not None:
        environment["TF_CONFIG"] = config
    command = [sys.executable, WORKER, strategy, output, str(num_epochs), str(steps_per_execution)]
    # To a file: a pipe that nobody reads would stop a worker that prints much.
    with open(output.with_suffix(".log"), "w") as log:
        return subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)


def start_cluster(folder, num_epochs, steps_per_execution):
    addresses = [f"localhost:{port}" for port in free_ports(2)]
    outputs = [folder / f"worker_{index}.npz" for index in range(2)]
    workers = [
        start("multi_worker", output, num_epochs, steps_per_execution, tf_config(addresses, index))
        for index, output in enumerate(outputs)
    ]
    return workers, outputs


def log_of(output):
    return output.with_suffix(".log").read_text()


@pytest.fixture(scope="module")
def on_one_device(tmp_path_factory):
    output = tmp_path_factory.mktemp("one") / "one.npz"
    assert start("one", output, 2, 1).wait(timeout=300) == 0, log_of(output)
    return dict(np.load(output))


@pytest.mark.timeout(600)
@pytest.mark.parametrize("steps_per_execution", [1, 3])
def test_two_workers_equal_one_process(tmp_path, steps_per_execution, on_one_device):
    workers, outputs = start_cluster(tmp_path, 2, steps_per_execution)
    for worker, output in zip(workers, outputs, strict=True):
        assert worker.wait(timeout=300) == 0, log_of(output)
    first, second, one = *(dict(np.load(output)) for output in outputs), on_one_device
    assert set(first) == set(second) == set(one)
    assert {"gan/num_steps", "log_d_loss", "log_gradient_penalty"} < set(one)
    assert one["gan/num_steps"] == 6
    for name, value in one.items():
        np.testing.assert_array_equal(first[name], second[name], err_msg=name)
        np.testing.assert_allclose(first[name], value, atol=1e-5, err_msg=name)
    assert "chief 2\n" in log_of(outputs[0])
    assert "helper 2\n" in log_of(outputs[1])


@pytest.mark.timeout(600)
def test_a_killed_worker_ends_the_other_one_with_a_sentence(tmp_path):
    (victim, survivor), outputs = reversed_pair(*start_cluster(tmp_path, 10**6, 3))
    try:
        deadline = time.monotonic() + 300
        while "epoch 2 " not in log_of(outputs[1]):
            assert survivor.poll() is None, log_of(outputs[1])
            assert time.monotonic() < deadline, log_of(outputs[1])
            time.sleep(0.2)
        os.kill(victim.pid, signal.SIGKILL)
        assert survivor.wait(timeout=120) == 1
        told = log_of(outputs[1])
        assert "error: The connection to another worker was lost" in told
        assert "Traceback" not in told
    finally:
        for worker in (victim, survivor):
            worker.kill()
            worker.wait()


def reversed_pair(workers, outputs):
    """The chief is the survivor: it has the report to write."""
    return workers[::-1], outputs[::-1]
