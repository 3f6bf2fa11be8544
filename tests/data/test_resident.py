"""Batches drawn inside of the training step: what is drawn, from which seed, smoothed by which schedule."""

import numpy as np
import pytest
import tensorflow as tf

from tfgan_suite.data import ResidentBatches, TunableSmoothing
from tfgan_suite.data.smoothing import Smoothing

POINTS = np.arange(30, dtype=np.float32).reshape(10, 3)


def first(batches, num_batches=1, step=0):
    return batches.draw(next(iter(batches.steps(step))), num_batches).numpy()


def test_rows_are_examples():
    batch = first(ResidentBatches(POINTS, 8, seed=1), num_batches=3)
    assert batch.shape == (8, 3, 3)
    np.testing.assert_array_equal(batch, POINTS[(batch[..., 0] / 3).astype(int)])


def test_every_example_is_drawn_equally_often():
    counts = np.bincount((first(ResidentBatches(POINTS, 10_000))[:, 0, 0] / 3).astype(int), minlength=10)
    expected, deviation = 1_000, np.sqrt(10_000 * 0.1 * 0.9)
    assert np.abs(counts - expected).max() < 4 * deviation
    assert np.abs(counts - expected).max() > 0


def test_a_step_is_a_function_of_seed_and_number():
    batches = ResidentBatches(POINTS, 8, seed=1)
    steps = [batches.draw(element, 1).numpy() for element in batches.steps().take(4)]
    np.testing.assert_array_equal(first(batches, step=3), steps[3])
    assert not np.array_equal(steps[0], steps[1])
    other = batches.reseeded(2)
    assert other.draw is batches.draw
    assert not np.array_equal(first(other), steps[0])
    np.testing.assert_array_equal(first(ResidentBatches(POINTS, 8, seed=2)), first(other))


def test_bytes_become_floats():
    images = np.array([0, 255], np.uint8).reshape(2, 1, 1, 1)
    assert set(first(ResidentBatches(images, 20)).ravel()) == {-1.0, 1.0}


class Numbering(Smoothing):
    """Writes the value of its schedule into every pixel."""

    def smooth(self, images, smoothness):
        return 0 * images + smoothness


def test_smoothing_follows_the_generator_step():
    images = np.zeros((10, 2, 2, 1), np.float32)
    smoothing = Numbering(lambda step: tf.cast(step, tf.float32), batches_per_step=5)
    batches = ResidentBatches(images, 4, smoothing=smoothing)
    np.testing.assert_array_equal(first(batches, num_batches=5, step=7), np.full((4, 5, 2, 2, 1), 7.0))


def test_smoothing_of_another_range():
    images = np.full((10, 2, 2, 1), -1, np.float32)
    with pytest.raises(ValueError, match="range of the images"):
        ResidentBatches(images, 4, smoothing=TunableSmoothing(lambda step: 0.0))


def test_length():
    assert len(ResidentBatches(POINTS, 4)) == 2
    assert len(ResidentBatches(POINTS, 40)) == 1


@pytest.mark.parametrize("examples", [POINTS.astype(np.float64), POINTS[:0], POINTS[:, 0]])
def test_examples_of_another_kind(examples):
    with pytest.raises(ValueError, match="`examples` must"):
        ResidentBatches(examples, 4)


def test_an_empty_batch():
    with pytest.raises(ValueError, match="batch_size"):
        ResidentBatches(POINTS, 0)
