"""Work for `test_trials.py`, which other processes find by its name."""

import os
import sys
import time
from pathlib import Path


def square(number):
    return number**2


def where(number):
    import tensorflow as tf

    return number, os.getpid(), tf.config.threading.get_intra_op_parallelism_threads()


def fail(number):
    raise ValueError(f"no trial {number}")


def train_for_long(folder):
    (Path(folder) / str(os.getpid())).touch()
    time.sleep(250)


if __name__ == "__main__":  # a study that is there to be killed
    from trial_work import train_for_long  # by the name that the workers find it under

    from tfgan_suite.runs.trials import run_trials

    run_trials(train_for_long, [(sys.argv[1],)] * 2, 2)
