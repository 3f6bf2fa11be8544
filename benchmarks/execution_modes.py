"""XLA, `steps_per_execution` and unrolled critic steps, on a convolutional and on a small dense WGAN-GP.

`python -m benchmarks.execution_modes [--quick]`. "looped" runs the critic steps in a `tf.while_loop` where `train_step`
unrolls them; it is written here only, to compare.
"""

from multiprocessing.connection import Connection
from typing import Any

import keras
import tensorflow as tf

from benchmarks import measuring
from benchmarks.measuring import Worker
from benchmarks.paced_fit import random_images, serve_fit
from tfgan_suite.core.seeds import fold_in, make_seed
from tfgan_suite.data.images import load_images
from tfgan_suite.models import WGANGP

BATCH_SIZE = 64
MODES = {
    "plain": {},
    "10 steps per execution": {"steps_per_execution": 10},
    "XLA": {"jit_compile": True},
    "XLA, 10 steps per execution": {"jit_compile": True, "steps_per_execution": 10},
    "critic steps looped": {"looped": True},
    "critic steps looped, XLA": {"looped": True, "jit_compile": True},
}


class LoopedWGANGP(WGANGP):
    """`WGANGP` with the critic steps in a loop of the graph. It logs the generator's loss only."""

    def log_keys(self) -> list[str]:
        return ["g_loss"]

    def train_step(self, data: Any) -> dict[str, tf.Tensor]:
        images, _ = self._unpack(data)
        seed = fold_in(make_seed(self.seed), self.num_steps)

        def critic_step(index: tf.Tensor) -> tuple[tf.Tensor]:
            self.discriminator_step(tf.gather(images, index, axis=1), None, fold_in(seed, index))
            return (index + 1,)

        num_steps = self.num_discriminator_steps
        tf.while_loop(lambda index: index < num_steps, critic_step, [tf.constant(0)], parallel_iterations=1)
        logs = self.generator_step(tf.shape(images)[0], fold_in(seed, num_steps))
        self.num_steps.assign_add(1)
        self._trackers["g_loss"].update_state(logs["g_loss"])
        return logs


def dense_networks() -> tuple[keras.Model, keras.Model]:
    """Generator and critic of three linear layers each, for images of 8x8x3."""
    layers, size, units, latent_dim = keras.layers, 8, 128, 16
    latents, images = keras.Input((latent_dim,), name="latents"), keras.Input((size, size, 3), name="images")
    x = latents
    for _ in range(2):
        x = layers.Dense(units, activation="relu")(x)
    x = layers.Reshape((size, size, 3))(layers.Dense(size * size * 3, activation="tanh")(x))
    generator = keras.Model(latents, x)
    x = layers.Flatten()(images)
    for _ in range(2):
        x = layers.Dense(units, activation="leaky_relu")(x)
    return generator, keras.Model(images, layers.Dense(1)(x))


def contestant(
    connection: Connection, dense: bool, num_filters: int = 32, looped: bool = False, **compile_arguments: Any
) -> None:
    """A worker: one network in one mode."""
    model_class = LoopedWGANGP if looped else WGANGP
    images = load_images(random_images(4096, 8 if dense else 32))
    model = model_class(*dense_networks()) if dense else model_class.for_images(images, num_filters=num_filters)
    model.compile(**compile_arguments)
    serve_fit(connection, model, images.training_batches(BATCH_SIZE), model.steps_per_execution)


def measure(dense: bool, quick: bool) -> dict[str, list[float]]:
    """Seconds per generator step of each mode, in turns."""
    shared = {"dense": dense, "num_filters": 8 if quick else 32}
    workers = {name: Worker(contestant, **mode, **shared) for name, mode in MODES.items()}
    steps = (20 if quick else 500) if dense else 10
    return measuring.contest(workers, 1 if quick else (7 if dense else 3), steps, num_warmups=10)


def main() -> None:
    """Measures both networks and reports."""
    options = measuring.arguments(__doc__)
    seconds = {name: measure(dense, options.quick) for name, dense in (("dense", True), ("convolutional", False))}
    tables = [f"{name} network\n\n{measuring.seconds_table(values, 'plain')}" for name, values in seconds.items()]
    measuring.report("execution_modes", options, tables, {"seconds_per_step": seconds})


if __name__ == "__main__":
    main()
