"""Batches that the compiled training program draws by itself, for small networks that would wait for a pipeline."""

from typing import Any

import tensorflow as tf

from tfgan_suite.core.checks import require, require_positive
from tfgan_suite.core.images import to_float
from tfgan_suite.core.seeds import fold_in, make_seed
from tfgan_suite.data.pipeline import check_examples
from tfgan_suite.data.smoothing import Smoothing


class ResidentBatches:
    """Batches drawn with replacement from one resident tensor, inside the training step that uses them.

    A network of some ten thousand weights takes a batch faster than an input pipeline can bring it. Here the data set
    of `fit` holds only a seed and a number for each generator step; the examples are gathered, and smoothed, in the
    compiled program. Each batch is a pure function of (seed, step), so a resumed run is the uninterrupted one.

    Args:
        examples: uint8 images [N, H, W, C], or float32 [N, ...]; as a tensor or an array.
        batch_size: examples per discriminator step, at least 1.
        seed: of the draws.
        smoothing: such as `data.TunableSmoothing`; None leaves them as they are.

    Attributes:
        draw: ({"seed", "step"}, num_batches) -> examples [B, num_batches, ...]; one function for this object and those
            that `reseeded` makes of it.

    Raises:
        ValueError: `examples` of another type, none, or outside of the smoothing's range, or `batch_size` below 1.
    """

    def __init__(
        self,
        examples: Any,
        batch_size: int,
        seed: int = 0,
        smoothing: Smoothing | None = None,
    ) -> None:
        examples = tf.convert_to_tensor(examples)
        check_examples(examples, smoothing)
        require(examples.shape[0] > 0, "`examples` must hold at least one", shape=tuple(examples.shape))
        require_positive(batch_size=batch_size)
        self.examples = examples
        self.batch_size = batch_size
        self.seed = seed
        self.draw = _Draw(examples, batch_size, smoothing)

    def __len__(self) -> int:
        """Batches that hold as many examples as there are; at least 1."""
        return max(1, self.examples.shape[0] // self.batch_size)

    def reseeded(self, seed: int) -> "ResidentBatches":
        """The same examples in other draws; a model that was compiled for these batches takes those as well."""
        other = object.__new__(ResidentBatches)
        other.__dict__ = {**self.__dict__, "seed": seed}
        return other

    def steps(self, first_step: int = 0) -> tf.data.Dataset:
        """The endless data set of what `draw` needs for each generator step, from `first_step` on."""
        seed = make_seed(self.seed)
        return tf.data.Dataset.range(first_step, tf.int64.max).map(lambda step: {"seed": seed, "step": step})


class _Draw:
    """The drawing itself, without the seed: what a training program is compiled with."""

    def __init__(self, examples: tf.Tensor, batch_size: int, smoothing: Smoothing | None) -> None:
        self.examples, self.batch_size, self.smoothing = examples, batch_size, smoothing

    def __call__(self, element: dict[str, tf.Tensor], num_batches: int) -> tf.Tensor:
        seed = fold_in(element["seed"], element["step"])
        shape = [num_batches * self.batch_size]
        ids = tf.random.stateless_uniform(shape, seed, 0, self.examples.shape[0], tf.int32, alg="philox")
        examples = tf.gather(self.examples, ids)
        if examples.dtype == tf.uint8:
            examples = to_float(examples)
        if self.smoothing is not None:
            examples = self.smoothing(examples, element["step"] * num_batches)  # the batches of one generator step
        # [num_batches * B, ...] -> [B, num_batches, ...]
        return tf.reshape(examples, [self.batch_size, num_batches, *examples.shape[1:]])
