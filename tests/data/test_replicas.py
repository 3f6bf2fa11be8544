"""Batches under `MirroredStrategy` over two logical CPUs, in a process of its own, whose devices it may set up."""

import subprocess
import sys

PROGRAM = """
import itertools
import numpy as np
import tensorflow as tf
tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
)
from tfgan_suite.core.schedules import piecewise_constant
from tfgan_suite.data import GaussianSmoothing, Images, Split

pixels = np.random.default_rng(0).integers(0, 256, (40, 4, 4, 1), np.uint8)
images = Images("some", Split(pixels, np.arange(40) % 4), class_names=tuple("abcd"))
smoothing = GaussianSmoothing(piecewise_constant([1.0, 0.0], [3, 1]))
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
with strategy.scope():
    batches = images.training_batches(8, seed=3, smoothing=smoothing)
    distributed = strategy.experimental_distribute_dataset(batches.dataset())
plain = list(itertools.islice(batches.dataset().as_numpy_iterator(), 12))
for number, element in enumerate(itertools.islice(distributed, 12)):
    for part, expected in zip(element, plain[number], strict=True):
        shares = strategy.experimental_local_results(part)
        assert [len(share) for share in shares] == [4, 4]
        np.testing.assert_array_equal(np.concatenate([share.numpy() for share in shares]), expected)
batches.relabel(np.full(40, 2))
labels = [strategy.experimental_local_results(element[1])[1] for element in itertools.islice(distributed, 2)]
assert all((label.numpy() == 2).all() for label in labels)
print("done")
"""


def test_each_replica_gets_its_half_of_every_batch():
    ended = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=120, check=False)
    assert ended.stdout.endswith("done\n"), ended.stderr[-3000:]
