"""Conditional normalisation against Keras' GroupNormalization: forward and backward through one layer.

`python -m benchmarks.normalization [--quick]`. Maps of the thesis' generator, batch 64. `GroupNormalization(groups=-1)`
is an instance norm without labels; its second gradient is wrong, that of ours is not.
"""

from multiprocessing.connection import Connection

import keras
import tensorflow as tf

from benchmarks import measuring
from benchmarks.measuring import Worker, serve_steps
from tfgan_suite.layers import ConditionalBatchNormalization, ConditionalInstanceNormalization

BATCH_SIZE, NUM_CLASSES = 64, 64
MAPS = ((8, 256), (16, 128), (32, 128))
BASELINE = "Keras GroupNormalization(-1)"
LAYERS = {
    BASELINE: lambda: keras.layers.GroupNormalization(groups=-1, epsilon=1e-5),
    "Keras BatchNormalization": lambda: keras.layers.BatchNormalization(epsilon=1e-5),
    "ConditionalInstanceNormalization": lambda: ConditionalInstanceNormalization(NUM_CLASSES),
    "ConditionalBatchNormalization": lambda: ConditionalBatchNormalization(NUM_CLASSES),
}


def contestant(connection: Connection, layer_name: str, size: int, channels: int) -> None:
    """A worker: one layer's outputs and gradients for its inputs and weights."""
    layer = LAYERS[layer_name]()
    maps = tf.random.stateless_normal([BATCH_SIZE, size, size, channels], [0, 1])
    labels = tf.range(BATCH_SIZE, dtype=tf.int32) % NUM_CLASSES
    inputs = maps if "Keras" in layer_name else [maps, labels]
    layer(inputs, training=True)

    @tf.function
    def step() -> list[tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(maps)
            outputs = layer(inputs, training=True)
            loss = tf.reduce_sum(outputs * maps)
        return tape.gradient(loss, [maps, *layer.trainable_variables])

    serve_steps(connection, lambda num_steps: [step() for _ in range(num_steps)])


def measure(size: int, channels: int, quick: bool) -> dict[str, list[float]]:
    """Seconds per forward and backward pass of each layer, in turns."""
    workers = {name: Worker(contestant, layer_name=name, size=size, channels=channels) for name in LAYERS}
    return measuring.contest(workers, 2 if quick else 9, 2 if quick else 50)


def main() -> None:
    """Measures and reports."""
    options = measuring.arguments(__doc__)
    shapes = MAPS[:1] if options.quick else MAPS
    seconds = {f"{size}x{size}x{channels}": measure(size, channels, options.quick) for size, channels in shapes}
    tables = [f"{name}\n\n{measuring.seconds_table(each, BASELINE)}" for name, each in seconds.items()]
    measuring.report("normalization", options, tables, {"seconds_per_pass": seconds})


if __name__ == "__main__":
    main()
