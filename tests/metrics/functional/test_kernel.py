import math
import warnings

import numpy as np
import pytest
import tensorflow as tf
from sklearn.metrics.pairwise import polynomial_kernel

from tfgan_suite.metrics.embedders.tfgan import load_tfgan
from tfgan_suite.metrics.functional import kernel
from tfgan_suite.metrics.functional.kernel import effective_subset_size, kernel_distance

shrunk = pytest.mark.filterwarnings("ignore:`subset_size` is larger")


def two_sets(num_a, num_b, dims=24, shift=0.3, seed=0):
    generator = np.random.default_rng(seed)
    return generator.normal(size=(num_a, dims)), shift + 1.2 * generator.normal(size=(num_b, dims))


def unbiased_discrepancy(a, b, **kernel_options):
    within_a, within_b = (polynomial_kernel(points, **kernel_options) for points in (a, b))
    return (
        (within_a.sum() - np.trace(within_a)) / (len(a) * (len(a) - 1))
        + (within_b.sum() - np.trace(within_b)) / (len(b) * (len(b) - 1))
        - 2 * polynomial_kernel(a, b, **kernel_options).mean()
    )


def test_worked_by_hand():
    """k(x, y) = x y + 1 of 0, 2 and 1, 3: within 1 and 4, between (1 + 1 + 3 + 7) / 4 = 3."""
    a, b = np.array([[0.0], [2.0]]), np.array([[1.0], [3.0]])
    value, error = kernel_distance(a, b, subset_size=2, degree=1)
    assert value == pytest.approx(1 + 4 - 2 * 3, abs=1e-15)
    assert math.isnan(error)
    assert isinstance(value, float)
    assert isinstance(error, float)


@shrunk
@pytest.mark.parametrize(
    ("num_a", "num_b", "max_block_size"),
    [(150, 150, 1024), (200, 130, 1024), (150, 150, 50), (157, 203, 40), (203, 158, 40), (101, 101, 100), (90, 60, 7)],
)
def test_equals_tfgan(num_a, num_b, max_block_size):
    a, b = two_sets(num_a, num_b)
    theirs = load_tfgan().eval.kernel_classifier_distance_and_std_from_activations(
        tf.constant(a), tf.constant(b), max_block_size=max_block_size
    )
    ours = kernel_distance(a, b, subset_size=max_block_size)
    assert ours == pytest.approx([float(number) for number in theirs], rel=1e-10, nan_ok=True)


@shrunk
def test_equals_tfgan_in_single_precision():
    """As far as their own arithmetic allows, of features that are at least 0 like Inception's."""
    a, b = (np.abs(points).astype(np.float32) for points in two_sets(400, 400, dims=64))
    theirs = load_tfgan().eval.kernel_classifier_distance_from_activations(tf.constant(a), tf.constant(b))
    assert kernel_distance(a, b)[0] == pytest.approx(float(theirs), rel=1e-5)


def test_default_blocks_are_those_of_tfgan():
    a, b = two_sets(2500, 2500, dims=4)
    theirs = load_tfgan().eval.kernel_classifier_distance_and_std_from_activations(tf.constant(a), tf.constant(b))
    assert kernel_distance(a, b) == pytest.approx([float(number) for number in theirs], rel=1e-10)


@shrunk
@pytest.mark.parametrize("options", [{"degree": 1}, {"degree": 2, "gamma": 0.7}, {"coef0": 0.0}, {"degree": 5}])
def test_kernels_are_those_of_scikit_learn(options, monkeypatch):
    monkeypatch.setattr(kernel, "_TILE", 16)
    a, b = two_sets(45, 61, dims=5)
    expected = unbiased_discrepancy(a, b, **{"degree": 3, "gamma": None, "coef0": 1.0, **options})
    assert kernel_distance(a, b, **options)[0] == pytest.approx(expected, rel=1e-10)


@shrunk
def test_random_subsets():
    a, b = two_sets(300, 200)
    whole = kernel_distance(a, b)[0]
    value, error = kernel_distance(a, b, num_subsets=60, subset_size=100)
    assert value != whole
    assert abs(value - whole) < 5 * error  # the standard error is that of two disjoint subsets
    assert kernel_distance(a, b, num_subsets=60, subset_size=100, seed=0) == (value, error)
    assert kernel_distance(a, b, num_subsets=60, subset_size=100, seed=1) != (value, error)


def test_error_of_random_subsets_counts_disjoint_ones():
    """Overlapping subsets are no more data: ten times as many leave the standard error about as it was."""
    a, b = two_sets(400, 400)
    few, many = (kernel_distance(a, b, num_subsets=count, subset_size=100)[1] for count in (100, 1000))
    assert 0.6 < few / many < 1.6
    assert math.isnan(kernel_distance(a, b, num_subsets=5, subset_size=201)[1])
    assert math.isnan(kernel_distance(a, b, num_subsets=1, subset_size=100)[1])


def test_unbiased_with_an_honest_error():
    """Two samples of one distribution, 200 times: the mean is 0 within 4 of its standard errors (odds 1 : 15,000)."""
    scores = []
    for seed in range(200):
        value, error = kernel_distance(*two_sets(128, 128, dims=6, seed=seed, shift=0.0), subset_size=16)
        other, _ = kernel_distance(*two_sets(128, 128, dims=6, seed=1000 + seed, shift=0.0), subset_size=16)
        scores.append(((value - other), error))
    differences, errors = np.array(scores).T
    assert abs(differences.mean()) < 4 * differences.std() / math.sqrt(200)
    assert np.sqrt(2 * np.mean(errors**2)) == pytest.approx(differences.std(), rel=0.25)


@shrunk
def test_same_distribution_is_near_zero_and_distance_grows():
    a, _ = two_sets(500, 2)
    values = [kernel_distance(a, two_sets(500, 500, shift=shift, seed=1)[0] + shift)[0] for shift in (0, 0.2, 0.5, 1)]
    assert abs(values[0]) < 0.02
    assert values == sorted(values)


def test_exchanging_the_sets_changes_nothing():
    a, b = two_sets(120, 97)
    assert kernel_distance(a, b, subset_size=40) == pytest.approx(kernel_distance(b, a, subset_size=40), rel=1e-12)


def test_effective_subset_size():
    assert effective_subset_size(1024, 10_000, 10_000) == 1000
    assert effective_subset_size(1024, 500, 300) == 500
    assert effective_subset_size(7, 15, 9) == 5
    assert effective_subset_size(1000, 50_000, 700, num_subsets=100) == 700
    assert effective_subset_size(1000, 50_000, 10_000, num_subsets=100) == 1000


@pytest.mark.parametrize(("num_subsets", "used"), [(None, 40), (3, 30)])
def test_warns_of_a_subset_larger_than_the_set(num_subsets, used):
    a, b = two_sets(40, 30)
    with pytest.warns(UserWarning, match=f"larger than the set: shrunk from 41 to {used}"):
        kernel_distance(a, b, subset_size=41, num_subsets=num_subsets)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        kernel_distance(a, b, subset_size=30, num_subsets=num_subsets)


@pytest.mark.parametrize(
    ("num_a", "num_b", "options", "message"),
    [
        (1, 5, {}, "`features_a` must be real numbers .* N >= 2"),
        (5, 5, {"subset_size": 1}, "`subset_size` must be at least 2"),
        (5, 5, {"num_subsets": 0}, "`num_subsets` must be above 0"),
        (5, 5, {"degree": 0}, "`degree` must be above 0"),
        (5, 5, {"gamma": 0.0}, "`gamma` must be above 0"),
        (5, 5, {"coef0": -1.0}, "`coef0` must be at least 0"),
        (100, 5, {"subset_size": 20}, "at least 2 rows of each set.*num_blocks=5. Take a larger `subset_size`"),
    ],
)
def test_refuses(num_a, num_b, options, message):
    with pytest.raises(ValueError, match=message):
        kernel_distance(*two_sets(num_a, num_b), **options)


def test_refuses_bad_features():
    a, b = two_sets(10, 10)
    with pytest.raises(ValueError, match="same number of dimensions"):
        kernel_distance(a, b[:, :3])
    b[2, 3] = np.nan
    with pytest.raises(ValueError, match="`features_b` must be finite"):
        kernel_distance(a, b)
