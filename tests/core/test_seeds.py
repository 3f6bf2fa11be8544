import numpy as np
import pytest
import tensorflow as tf

from tfgan_suite.core.seeds import fold_in, make_seed


@pytest.mark.parametrize("value", [0, 1, 2**31 - 1, 2**31, 2**40 + 3, -1, -12345])
def test_number_and_tensor_give_the_same_seed(value):
    seed = make_seed(value)
    assert seed.dtype == tf.int32
    assert seed.shape == [2]
    np.testing.assert_array_equal(seed, make_seed(tf.constant(value, tf.int64)))
    np.testing.assert_array_equal(seed, make_seed(np.int64(value)))


def test_different_numbers_give_different_seeds():
    values = [*range(100), 2**31, 2**31 + 1, 2**40, -1, -2]
    assert len({tuple(make_seed(value).numpy()) for value in values}) == len(values)


def test_any_size_of_number():
    assert make_seed(2**200 + 5).shape == [2]


def test_fold_in_tells_steps_purposes_and_their_order_apart():
    seed = make_seed(3)
    folded = [fold_in(seed, step, purpose) for step in range(8) for purpose in range(8)]
    assert all(one.dtype == tf.int32 and one.shape == [2] for one in folded)
    draws = np.array([tf.random.stateless_normal([4], one).numpy() for one in folded])
    assert len(np.unique(draws, axis=0)) == 64


def test_fold_in_is_the_same_in_a_graph_and_in_steps():
    seed = make_seed(3)
    in_graph = tf.function(lambda step: fold_in(seed, step, 5))(tf.constant(7, tf.int64))
    np.testing.assert_array_equal(in_graph, fold_in(seed, 7, 5))
    np.testing.assert_array_equal(fold_in(seed, 7, 5), fold_in(fold_in(seed, 7), 5))
