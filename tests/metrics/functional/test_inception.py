import numpy as np
import pytest
import tensorflow as tf

from tfgan_suite.metrics.functional.inception import inception_score


def formula_probs():
    """The input of the golden numbers: softmax of 2 sin(0.7 (i + 1) (c + 1)), [24, 6]."""
    row, column = np.mgrid[0:24, 0:6]
    exps = np.exp(2 * np.sin(0.7 * (row + 1) * (column + 1)))
    return exps / exps.sum(axis=1, keepdims=True)


@pytest.mark.parametrize(
    ("num_splits", "mean", "std"),
    [
        (1, 1.6391394873944913, 0.0),
        (2, 1.6297589458628083, 0.011738858031749788),
        (3, 1.6291415057130483, 0.08759736898954788),
        (5, 1.570809751929601, 0.038306169497115135),
        (7, 1.5054162941253986, 0.1321957573177622),
        (10, 1.4261897140017037, 0.14991040128917182),
    ],
)
def test_golden(num_splits, mean, std):
    score = inception_score(formula_probs(), num_splits)
    assert score == pytest.approx((mean, std), rel=1e-12, abs=1e-14)
    assert all(isinstance(value, float) for value in score)


def test_ten_splits_unless_told_otherwise():
    assert inception_score(tf.constant(formula_probs()))[0] == pytest.approx(1.4261897140017037, rel=1e-12)


def test_bounds():
    assert inception_score(np.full((30, 7), 1 / 7)) == pytest.approx((1.0, 0.0), abs=1e-12)
    # Sure of every image and all classes alike: as many as there are classes, although log(0) occurs.
    assert inception_score(np.eye(5)[np.arange(50) % 5], num_splits=2) == pytest.approx((5.0, 0.0), abs=1e-12)


@pytest.mark.parametrize(
    ("probs", "num_splits", "message"),
    [
        (np.full(4, 0.25), 1, "2 axes"),
        (np.full((4, 2), 0.5), 0, "`num_splits` must be above 0"),
        (np.full((4, 2), 0.5), 5, "num_splits=5, num_samples=4"),
        (np.array([[3.0, -2.0]]), 1, "Apply a softmax"),
        (np.array([[0.5, 0.6]]), 1, "rows that sum to 1"),
        (np.array([[np.nan, 0.6]]), 1, "rows that sum to 1"),
    ],
)
def test_refuses(probs, num_splits, message):
    with pytest.raises(ValueError, match=message):
        inception_score(probs, num_splits)
