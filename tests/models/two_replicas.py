"""Trains every case of `model_cases` on two logical CPUs and on one; a process of `test_every_model.py`.

Usage: two_replicas.py OUTPUT. Writes the largest differences as JSON.
"""

import json
import sys
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from model_cases import CASES, Case

from tfgan_suite.callbacks import Recluster
from tfgan_suite.models import GAN
from tfgan_suite.runs.distribution import make_strategy


def train(case: Case, strategy: tf.distribute.Strategy, compiled: bool) -> GAN:
    # Adam would magnify rounding: it divides by the size of a gradient that is 0 in exact arithmetic, as that of a bias
    # before batch normalisation.
    optimizers = ("generator_optimizer", "discriminator_optimizer")
    with strategy.scope():
        arguments = {name: keras.optimizers.SGD(0.01) for name in optimizers}
        how = {"steps_per_execution": 2} if compiled else {"run_eagerly": True}
        model = case.compiled({**how, **arguments}, average_decay=0.5)
    case.fit(model, 2, callbacks=[Recluster(case.examples(), 1, num_inits=2)] if case.by_ids else [])
    return model


def differences(case: Case, compiled: bool) -> dict:
    strategy = make_strategy("mirrored", num_devices=2)
    assert strategy.num_replicas_in_sync == 2
    start = case.compiled().trainable_variables[0].numpy()
    one_device, two_devices = train(case, tf.distribute.get_strategy(), compiled), train(case, strategy, compiled)
    between, from_one = 0.0, {}
    for one, two in zip(one_device.variables, two_devices.variables, strict=True):
        first, second = (copy.numpy().astype(float) for copy in strategy.experimental_local_results(two.value))
        between = max(between, float(np.abs(first - second).max()))
        from_one[one.path] = float(np.abs(first - one.numpy()).max())
    moved = float(np.abs(one_device.trainable_variables[0].numpy() - start).max())
    return {"between_replicas": between, "from_one_device": from_one, "weights_moved": moved}


if __name__ == "__main__":
    make_strategy("mirrored", num_devices=2)  # splits the CPU, before any other operation
    # Compiled is slow to trace: once is enough, as the replicas' steps are the same.
    found = {name: differences(case, compiled=name == "gan") for name, case in CASES.items()}
    Path(sys.argv[1]).write_text(json.dumps(found))
