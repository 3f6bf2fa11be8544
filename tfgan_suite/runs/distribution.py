"""`tf.distribute` strategies by name, and a lost worker told in a sentence.

Use: `with strategy.scope():` around building and compiling the model, then `fit`. Under "multi_worker" every worker
runs the same program; only the chief (`is_chief`) writes files.
"""

import contextlib
import functools
import json
import os
import traceback
from collections.abc import Iterator
from typing import Any

import tensorflow as tf

from tfgan_suite.core.checks import require, require_in, require_positive

STRATEGIES = ("one", "mirrored", "multi_worker")
_EXAMPLE = '{"cluster": {"worker": ["host0:2222", "host1:2222"]}, "task": {"type": "worker", "index": 0}}'
_FIX = f"Set it on every worker, with the worker's own index, as in {_EXAMPLE}."
_LOST_WORKER = (
    tf.errors.AbortedError,
    tf.errors.CancelledError,
    tf.errors.DeadlineExceededError,
    tf.errors.UnavailableError,
)


class ClusterError(ConnectionError):
    """Another worker of the cluster was lost, or could not be reached."""


def make_strategy(name: str, num_devices: int | None = None) -> tf.distribute.Strategy:
    """Makes the strategy that a run is distributed by; the same one when asked again.

    Args:
        name: "one" (one device), "mirrored" (every local GPU) or "multi_worker" (every GPU, or the CPU, of the workers
            in the environment variable TF_CONFIG; waits until all of them have started).
        num_devices: for "mirrored" only: how many of the local GPUs. On a machine without a GPU: how many logical
            devices its CPU is split into, which TensorFlow can do only before its first operation.

    Raises:
        ValueError: an unknown name, more devices than there are, TF_CONFIG missing or malformed.
        ClusterError: the other workers cannot be reached.
    """
    require_in(STRATEGIES, strategy=name)
    require(
        num_devices is None or name == "mirrored",
        "`num_devices` can be given with the strategy 'mirrored' only",
        num_devices=num_devices,
        strategy=name,
    )
    if name == "one":
        return tf.distribute.get_strategy()
    if name == "mirrored":
        return _mirrored(_local_devices(num_devices))
    check_tf_config(os.environ.get("TF_CONFIG"))
    with worker_errors():
        return _multi_worker()


def is_chief(strategy: tf.distribute.Strategy) -> bool:
    """Whether this process is the one that writes files: the only one, the "chief", or worker 0 if there is none."""
    resolver = strategy.cluster_resolver
    if resolver is None or not resolver.task_type:
        return True
    if resolver.task_type == "worker":
        return resolver.task_id == 0 and "chief" not in resolver.cluster_spec().jobs
    return resolver.task_type == "chief"


def check_batch_size(batch_size: int, strategy: tf.distribute.Strategy) -> None:
    """Raises `ValueError` unless the replicas of `strategy` get equal parts of a batch."""
    require_positive(batch_size=batch_size)
    num_replicas = strategy.num_replicas_in_sync
    require(
        batch_size % num_replicas == 0,
        "`batch_size` must be divisible by the number of replicas",
        "It counts the images of all replicas together.",
        batch_size=batch_size,
        num_replicas=num_replicas,
    )


@contextlib.contextmanager
def worker_errors() -> Iterator[None]:
    """Turns the errors that TensorFlow raises when another worker is gone into a `ClusterError`."""
    try:
        yield
    except _LOST_WORKER as error:
        # An all-reduce that fails leaves a thread pool open in its frame; collected at exit, that prints a traceback.
        traceback.clear_frames(error.__traceback__)
        raise ClusterError(
            "The connection to another worker was lost, so this worker stops too "
            f"({type(error).__name__}). Start all workers again with `--resume`."
        ) from error


def check_tf_config(text: str | None) -> None:
    """Checks the value of TF_CONFIG before TensorFlow reads it, which would hang or fail without naming the cause.

    Raises:
        ValueError: `text` is missing, not JSON, without workers, or its task is none of the cluster's.
    """
    require(bool(text), "The strategy 'multi_worker' needs the environment variable TF_CONFIG", _FIX, TF_CONFIG=text)
    try:
        config = json.loads(text)
    except json.JSONDecodeError:
        config = None
    require(isinstance(config, dict), "TF_CONFIG must be a JSON object", _FIX, TF_CONFIG=text)
    cluster, task = config.get("cluster"), config.get("task")
    require(
        isinstance(cluster, dict) and {"worker"} <= set(cluster) <= {"chief", "worker"},
        'TF_CONFIG must have a "cluster" with "worker" and, if wanted, "chief" addresses, and no others',
        _FIX,
        cluster=cluster,
    )
    for job, addresses in cluster.items():
        require(
            isinstance(addresses, list) and bool(addresses) and all(map(_is_address, addresses)),
            f'The addresses of "{job}" in TF_CONFIG must be a list of "host:port"',
            _FIX,
            **{job: addresses},
        )
    known = isinstance(task, dict) and task.get("type") in cluster and isinstance(task.get("index"), int)
    require(
        known and 0 <= task["index"] < len(cluster[task["type"]]),
        'TF_CONFIG must have a "task" whose "type" and "index" are one of the cluster\'s',
        _FIX,
        task=task,
        cluster=cluster,
    )


# One strategy per process and set of devices: a second one numbers its collective operations like the first, whose
# shapes TensorFlow still remembers, and fails.
@functools.cache
def _mirrored(devices: tuple[str, ...]) -> tf.distribute.Strategy:
    return tf.distribute.MirroredStrategy(devices)


@functools.cache
def _multi_worker() -> tf.distribute.Strategy:
    return tf.distribute.MultiWorkerMirroredStrategy()


def _is_address(address: Any) -> bool:
    host, _, port = address.rpartition(":") if isinstance(address, str) else ("", "", "")
    return bool(host) and port.isdigit() and 0 < int(port) < 2**16


def _local_devices(num_devices: int | None) -> tuple[str, ...]:
    gpus = tf.config.list_physical_devices("GPU")
    kind = "GPU" if gpus else "CPU"
    if num_devices is not None:
        require_positive(num_devices=num_devices)
        if not gpus:
            _split_cpu(num_devices)
    devices = tf.config.list_logical_devices(kind)
    wanted = len(devices) if num_devices is None else num_devices
    require(
        wanted <= len(devices),
        f"`num_devices` must be at most the number of {kind} devices of this process",
        num_devices=num_devices,
        num_available=len(devices),
    )
    return tuple(device.name for device in devices[:wanted])


def _split_cpu(num_devices: int) -> None:
    cpu = tf.config.list_physical_devices("CPU")[0]
    if len(tf.config.get_logical_device_configuration(cpu) or [None]) >= num_devices:
        return
    # RuntimeError: TensorFlow has made its devices already. The count is then compared with what is there.
    with contextlib.suppress(RuntimeError):
        tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * num_devices)
