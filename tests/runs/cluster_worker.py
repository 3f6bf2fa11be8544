"""A worker of the tests in `test_distribution.py`, run as a process: trains a tiny GAN and writes its weights.

Usage: cluster_worker.py STRATEGY OUTPUT NUM_EPOCHS STEPS_PER_EXECUTION. Three steps per epoch. Writes a line per epoch.
"""

import sys

import keras
import numpy as np
from keras import layers

from tfgan_suite.data import Images, Split, TrainingBatches
from tfgan_suite.models import GAN
from tfgan_suite.runs.distribution import ClusterError, is_chief, make_strategy, worker_errors

BATCH_SIZE, NUM_STEPS, NUM_DISCRIMINATOR_STEPS = 8, 3, 2


def make_model(steps_per_execution: int) -> GAN:
    keras.utils.set_random_seed(0)
    latents, images = keras.Input((4,)), keras.Input((2, 2, 1))
    generator = keras.Model(latents, layers.Reshape((2, 2, 1))(layers.Dense(4, activation="tanh")(latents)))
    hidden = layers.Dense(6, activation="leaky_relu")(layers.Flatten()(images))
    gan = GAN(
        generator,
        keras.Model(images, layers.Dense(1)(hidden)),
        num_discriminator_steps=NUM_DISCRIMINATOR_STEPS,
        average_decay=0.5,
    )
    gan.compile(gradient_penalty_weight=10.0, steps_per_execution=steps_per_execution)
    return gan


def batches() -> TrainingBatches:
    count = BATCH_SIZE * NUM_STEPS * NUM_DISCRIMINATOR_STEPS
    pixels = np.random.default_rng(0).integers(0, 256, (count, 2, 2, 1), np.uint8)
    return Images("noise", Split(pixels)).training_batches(BATCH_SIZE)


def main(strategy_name: str, output: str, num_epochs: str, steps_per_execution: str) -> None:
    strategy = make_strategy(strategy_name)
    print("chief" if is_chief(strategy) else "helper", strategy.num_replicas_in_sync, flush=True)
    with strategy.scope():
        model = make_model(int(steps_per_execution))
    tell = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: print("epoch", epoch, sorted(logs), flush=True)
    )
    with worker_errors():
        history = model.fit(batches(), epochs=int(num_epochs), callbacks=[tell], verbose=0)
    values = {variable.path: variable.numpy() for variable in model.variables}
    np.savez(output, **values, **{f"log_{key}": value for key, value in history.history.items()})


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except ClusterError as error:
        sys.exit(f"error: {error}")
