"""Work for `test_trials.py`, which other processes find by its name."""

import os


def square(number):
    return number**2


def where(number):
    import tensorflow as tf

    return number, os.getpid(), tf.config.threading.get_intra_op_parallelism_threads()


def fail(number):
    raise ValueError(f"no trial {number}")
