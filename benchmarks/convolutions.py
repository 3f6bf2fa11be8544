"""Strided convolutions as one matrix product against Keras' own: forward and backward through one layer.

`python -m benchmarks.convolutions [--quick]`. Layers of the WGAN-GP network, batch 64, float32 and bfloat16. A layer of
`tfgan_suite.layers.patch_convolution` takes the matrix product only for the smallest maps; here it always does.
"""

from multiprocessing.connection import Connection

import keras
import tensorflow as tf

from benchmarks import measuring
from benchmarks.measuring import Worker, serve_steps
from tfgan_suite.layers import patch_convolution
from tfgan_suite.layers.patch_convolution import StridedConv2D, StridedConv2DTranspose

BATCH_SIZE = 64
BASELINE = "Keras"
LAYERS = {
    "down": {BASELINE: keras.layers.Conv2D, "matrix product": StridedConv2D},
    "up": {BASELINE: keras.layers.Conv2DTranspose, "matrix product": StridedConv2DTranspose},
}
CASES = (("down", 8, 256, 512), ("up", 4, 512, 256), ("down", 16, 128, 256), ("up", 8, 256, 128))


def contestant(
    connection: Connection, direction: str, name: str, dtype: str, size: int, in_channels: int, filters: int
) -> None:
    """A worker: one layer's outputs, and the gradients for its inputs and weights."""
    patch_convolution.MAX_SMALL_MAP = 256
    layer = LAYERS[direction][name](filters, 5, 2, "same", dtype=dtype)
    maps = tf.cast(tf.random.stateless_normal([BATCH_SIZE, size, size, in_channels], [0, 1]), layer.compute_dtype)
    arguments = {} if name == BASELINE else {"training": True}
    layer(maps, **arguments)

    @tf.function
    def step() -> list[tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(maps)
            loss = tf.reduce_sum(tf.square(layer(maps, **arguments)))
        return tape.gradient(loss, [maps, *layer.trainable_variables])

    serve_steps(connection, lambda num_steps: [step() for _ in range(num_steps)])


def main() -> None:
    """Measures and reports."""
    options = measuring.arguments(__doc__)
    seconds = {}
    for direction, size, in_channels, filters in CASES[:1] if options.quick else CASES:
        for dtype in ("float32", "mixed_bfloat16"):
            shape = {"size": size, "in_channels": in_channels, "filters": filters}
            workers = {
                name: Worker(contestant, direction=direction, name=name, dtype=dtype, **shape)
                for name in LAYERS[direction]
            }
            case = f"{direction} from {size}x{size}x{in_channels} to {filters} channels, {dtype}"
            seconds[case] = measuring.contest(workers, 2 if options.quick else 9, 2 if options.quick else 10)
    tables = [f"{case}\n\n{measuring.seconds_table(each, BASELINE)}" for case, each in seconds.items()]
    measuring.report("convolutions", options, tables, {"seconds_per_pass": seconds})


if __name__ == "__main__":
    main()
