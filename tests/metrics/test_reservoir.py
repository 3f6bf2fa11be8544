import numpy as np
import pytest

from tfgan_suite.metrics.reservoir import Reservoir

ROWS = np.arange(200).reshape(100, 2)


@pytest.mark.parametrize("batch_size", [1, 7, 99, 100])
def test_does_not_depend_on_the_batches(batch_size):
    reservoir = Reservoir(10, seed=3)
    for start in range(0, 100, batch_size):
        reservoir.update(ROWS[start : start + batch_size])
    whole = Reservoir(10, seed=3).update(ROWS)
    np.testing.assert_array_equal(reservoir.indices, whole.indices)
    np.testing.assert_array_equal(reservoir.rows, ROWS[whole.indices])
    assert reservoir.num_seen == 100
    assert len(reservoir.rows) == 10
    assert (np.diff(reservoir.indices) > 0).all()


def test_keeps_all_rows_that_fit():
    reservoir = Reservoir(100).update(ROWS[:60]).update(ROWS[60:])
    np.testing.assert_array_equal(reservoir.rows, ROWS)


def test_every_row_is_as_likely():
    counts = np.zeros(20)
    for seed in range(2000):
        counts[Reservoir(5, seed).update(np.arange(8)).update(np.arange(12)).indices] += 1
    # Each count is binomial (2000, 1/4): standard deviation 19.4; all of 20 lie within 4.5 with odds above 0.9998.
    assert np.abs(counts - 500).max() < 4.5 * 19.4


def test_refuses():
    with pytest.raises(ValueError, match="`capacity` must be above 0"):
        Reservoir(0)
    with pytest.raises(ValueError, match="`rows` must keep their shape"):
        Reservoir(5).update(ROWS).update(np.zeros((3, 4)))
    with pytest.raises(ValueError, match="must have been shown rows"):
        _ = Reservoir(5).rows
