"""Priors: moments within stated bounds, rows that do not depend on their number, look-up and saving."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgan_suite.core.seeds import fold_in, make_seed
from tfgan_suite.layers import PRIORS, NormalPrior, Prior, UniformPrior, get_prior

SEED = make_seed(7)


@pytest.mark.parametrize("name", sorted(PRIORS))
@pytest.mark.parametrize("dim", [1, 3, 128])
def test_rows_do_not_depend_on_their_number(name, dim):
    prior = get_prior(name, dim)
    many = prior.sample(2000, SEED).numpy()
    for num_samples in (1, 2, 5, 64, 1001):
        np.testing.assert_array_equal(prior.sample(num_samples, SEED), many[:num_samples])


@pytest.mark.parametrize("name", sorted(PRIORS))
def test_graph_and_eager_draw_the_same(name):
    prior = get_prior(name, 5)
    in_graph = tf.function(prior.sample)
    drawn = in_graph(tf.constant(9), SEED)
    assert drawn.dtype == tf.float32
    np.testing.assert_array_equal(drawn, prior.sample(9, SEED))
    assert np.any(prior.sample(9, fold_in(SEED, 1)) != drawn)


def test_no_samples():
    assert NormalPrior(4).sample(0, SEED).shape == (0, 4)


def test_normal_moments():
    values = NormalPrior(100).sample(2000, SEED).numpy().astype(np.float64)
    # 200,000 values: the mean's standard error is 0.0022, the variance's 0.0032; six of each.
    assert abs(values.mean()) < 0.0135
    assert abs(values.var() - 1) < 0.019


def test_uniform_moments_and_range():
    values = UniformPrior(100, low=-2, high=1).sample(2000, SEED).numpy().astype(np.float64)
    # Mean -0.5 with standard error 0.866 / 447; six of them.
    assert abs(values.mean() + 0.5) < 0.0117
    assert -2 <= values.min() < -1.99
    assert 0.99 < values.max() < 1


@pytest.mark.parametrize("prior", [NormalPrior(6, name="z"), UniformPrior(6, low=0.0, high=2.0)])
def test_serialisation_round_trip(prior):
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(prior))
    assert type(again) is type(prior)
    assert again.get_config() == prior.get_config()
    np.testing.assert_array_equal(again.sample(3, SEED), prior.sample(3, SEED))


def test_get_prior_hands_objects_through():
    prior = UniformPrior(8)
    assert get_prior(prior) is prior
    assert get_prior(prior, 8) is prior


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: get_prior("gauss", 3), "'normal', 'uniform'"),
        (lambda: get_prior("normal"), "`dim` must be given"),
        (lambda: get_prior(NormalPrior(3), 4), "must equal the `dim` of the prior"),
        (lambda: get_prior(3.0, 4), "a name or an object"),
        (lambda: NormalPrior(0), "`dim` must be above 0"),
        (lambda: UniformPrior(2, low=1, high=1), "`low` must be below `high`"),
        (lambda: NormalPrior(2).sample(-1, SEED), "`num_samples` must be 0 or more"),
    ],
)
def test_bad_arguments(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_base_prior_has_no_draw():
    with pytest.raises(NotImplementedError, match="`draw`"):
        Prior(2).sample(1, SEED)
