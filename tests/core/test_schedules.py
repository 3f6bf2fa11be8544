import numpy as np
import pytest
import tensorflow as tf

from tfgan_suite.core.schedules import ExponentialDecay, linear_decay, piecewise_constant


def test_piecewise_constant_at_every_step():
    schedule = piecewise_constant([2, 1.5, 0], [2, 1, 3])
    values = [2, 2, 1.5, 0, 0, 0, 0, 0]
    assert [float(schedule(step)) for step in range(8)] == values
    in_graph = tf.function(schedule)
    assert [float(in_graph(tf.constant(step, tf.int64))) for step in range(8)] == values
    in_map = tf.data.Dataset.range(8).map(schedule)
    assert list(in_map.as_numpy_iterator()) == values


def test_one_value_holds_for_ever():
    assert float(piecewise_constant([0.5], [1])(10**9)) == 0.5


@pytest.mark.parametrize(("values", "lengths"), [([], []), ([1.0], [1, 2]), ([1.0, 2.0], [1])])
def test_piecewise_constant_needs_a_length_per_value(values, lengths):
    with pytest.raises(ValueError, match="must have the same length"):
        piecewise_constant(values, lengths)


def test_piecewise_constant_refuses_an_empty_stretch():
    with pytest.raises(ValueError, match="`length_steps` must be above 0"):
        piecewise_constant([1.0, 2.0], [1, 0])


def test_linear_decay():
    schedule = linear_decay(1e-4, 100, end=2e-5)
    values = [float(schedule(step)) for step in (0, 50, 100, 1000)]
    np.testing.assert_allclose(values, [1e-4, 6e-5, 2e-5, 2e-5], rtol=1e-6)
    np.testing.assert_allclose(tf.function(schedule)(tf.constant(25, tf.int64)), 8e-5, rtol=1e-6)


def test_linear_decay_refuses_no_steps():
    with pytest.raises(ValueError, match="`num_steps` must be above 0"):
        linear_decay(1.0, 0)


def test_exponential_decay():
    schedule = ExponentialDecay(0.8, half_life_steps=10)
    np.testing.assert_allclose([schedule(step) for step in (0, 10, 20, 5)], [0.8, 0.4, 0.2, 0.8 / 2**0.5], rtol=1e-6)
    np.testing.assert_allclose(tf.function(schedule)(tf.constant(30, tf.int64)), 0.1, rtol=1e-6)
    assert [float(ExponentialDecay(0.5, float("inf"))(step)) for step in (0, 10**9)] == [0.5, 0.5]


@pytest.mark.parametrize(
    ("start", "half_life_steps", "message"),
    [
        (-1.0, 10, "`start` must be finite and at least 0"),
        (float("nan"), 10, "`start` must be finite"),
        (1.0, 0, "`half_life_steps` must be above 0"),
    ],
)
def test_exponential_decay_out_of_range(start, half_life_steps, message):
    with pytest.raises(ValueError, match=message):
        ExponentialDecay(start, half_life_steps)
