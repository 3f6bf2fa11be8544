"""Runs the real `GAN.fit` in a worker, so that what is timed is what a user gets: data, step, logs and callbacks."""

import time
from multiprocessing.connection import Connection
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from benchmarks.measuring import serve_steps
from tfgan_suite.data.images import load_images
from tfgan_suite.models import GAN, WGANGP


class Paced(keras.callbacks.Callback):
    """Holds a running `fit` between two requests for steps, and answers each with the seconds that they took.

    One `fit` goes on all the time, so that its start is not a part of the measurement.
    """

    def __init__(self, connection: Connection, steps_per_execution: int = 1) -> None:
        super().__init__()
        self.connection = connection
        self.steps_per_execution = steps_per_execution
        self.num_left = 0
        self.start = 0.0

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._wait()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self.num_left -= self.steps_per_execution
        if self.num_left <= 0:
            self.connection.send(time.perf_counter() - self.start)
            self._wait()

    def _wait(self) -> None:
        num_steps = self.connection.recv()
        self.model.stop_training = num_steps is None
        self.num_left = num_steps or 0
        self.start = time.perf_counter()


def random_images(num_images: int, size: int = 32) -> np.ndarray:
    """uint8 [num_images, size, size, 3]; the speed does not depend on what they show."""
    return np.random.default_rng(0).integers(0, 256, (num_images, size, size, 3), np.uint8)


def serve_fit(connection: Connection, model: GAN, batches: Any, steps_per_execution: int = 1) -> None:
    """`fit` of a compiled model, paced by `connection`."""
    paced = Paced(connection, steps_per_execution)
    model.fit(batches, steps_per_epoch=10**9, verbose=0, callbacks=[paced])


def tensorflow_wgan_gp(connection: Connection, policy: str, num_filters: int, batch_size: int) -> None:
    """A worker: `WGANGP` with its convolutional network on batches from the real input pipeline."""
    keras.mixed_precision.set_global_policy(policy)
    images = load_images(random_images(4096))
    model = WGANGP.for_images(images, num_filters=num_filters)
    model.compile()
    serve_fit(connection, model, images.training_batches(batch_size))


def tensorflow_matrix_product(connection: Connection, size: int) -> None:
    """A worker: products of two float32 [size, size] matrices."""
    left, right = (tf.random.stateless_uniform([size, size], [seed, 0]) for seed in (1, 2))
    serve_steps(connection, lambda num_steps: [tf.matmul(left, right) for _ in range(num_steps)])
