"""Stateless random seeds: a seed is an int32 tensor of shape [2], and every draw names what it is for.

Noise that is a pure function of (seed, step, purpose) is what makes a resumed run equal an uninterrupted one.
"""

import tensorflow as tf


def make_seed(seed: int | tf.Tensor) -> tf.Tensor:
    """Turns a Python integer (any size, sign) or a scalar integer tensor into a stateless seed, int32 [2]."""
    if isinstance(seed, int):
        seed %= 2**63
    bits = tf.cast(seed, tf.int64)
    low = tf.bitwise.bitwise_and(bits, 2**31 - 1)
    high = tf.bitwise.bitwise_and(tf.bitwise.right_shift(bits, 31), 2**31 - 1)
    return tf.cast(tf.stack([high, low]), tf.int32)


def fold_in(seed: tf.Tensor, *numbers: int | tf.Tensor) -> tf.Tensor:
    """Derives a seed from `seed` and each of `numbers` (a step, a purpose) in turn; int32 [2] in and out.

    Numbers count modulo 2^32. The order matters.
    """
    for number in numbers:
        number = tf.cast(number, tf.int32)
        seed = tf.random.experimental.stateless_fold_in(seed, number)
    return seed
