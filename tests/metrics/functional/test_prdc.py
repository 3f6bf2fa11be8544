import dataclasses
import tracemalloc
import warnings

import numpy as np
import pytest
import tensorflow as tf
from scipy.spatial.distance import cdist

from tfgan_suite.metrics.functional.prdc import effective_num_neighbors, precision_recall_density_coverage


def normal(seed, num_points, dims, mean=0.0, stddev=1.0):
    return np.random.default_rng(seed).normal(mean, stddev, size=(num_points, dims))


def from_whole_matrices(real, fake, num_neighbors):
    """The definitions, with exact squared distances where the features are integers."""
    radii = [np.sort(cdist(points, points, "sqeuclidean"), axis=1)[:, num_neighbors] for points in (real, fake)]
    between = cdist(real, fake, "sqeuclidean")
    in_real_ball = between < radii[0][:, None]
    return (
        in_real_ball.any(axis=0).mean(),
        (between < radii[1][None, :]).any(axis=1).mean(),
        in_real_ball.sum() / (num_neighbors * len(fake)),
        in_real_ball.any(axis=1).mean(),
    )


def test_worked_by_hand():
    """Real 0, 1, 3 with balls of radius 1, 1, 2; fake 0.5, 2, 10 with balls of radius 1.5, 1.5, 8."""
    real, fake = np.array([[0.0], [1.0], [3.0]]), np.array([[0.5], [2.0], [10.0]])
    result = precision_recall_density_coverage(real, fake, num_neighbors=1)
    # 0.5 is in the balls of 0 and 1; 2 in that of 3, and on the surface of that of 1; 10 in none.
    assert result.precision == pytest.approx(2 / 3)
    assert result.density == pytest.approx(3 / 3)
    assert result.coverage == 1.0
    assert result.recall == 1.0
    assert all(isinstance(value, float) for value in dataclasses.astuple(result))


@pytest.mark.parametrize("num_neighbors", [1, 3, 5, 20])
@pytest.mark.parametrize("max_bytes", [1, 2**27])
def test_equals_the_definitions(num_neighbors, max_bytes):
    real, fake = normal(0, 120, 6, mean=100.0), normal(1, 90, 6, mean=100.4, stddev=1.3)
    result = precision_recall_density_coverage(real, fake, num_neighbors, max_bytes=max_bytes)
    assert dataclasses.astuple(result) == pytest.approx(from_whole_matrices(real, fake, num_neighbors), rel=1e-12)


@pytest.mark.parametrize("num_neighbors", [1, 4])
def test_points_on_the_surface_are_outside(num_neighbors):
    """A lattice, where most distances are equal to some radius and many points are copies."""
    generator = np.random.default_rng(0)
    real, fake = generator.integers(0, 4, (150, 3)), generator.integers(0, 4, (130, 3)) + np.array([1, 0, 0])
    expected = from_whole_matrices(real, fake, num_neighbors)
    assert dataclasses.astuple(precision_recall_density_coverage(real, fake, num_neighbors)) == expected
    rotation = np.linalg.qr(normal(1, 3, 3))[0]  # the same distances up to rounding
    rotated = precision_recall_density_coverage(real @ rotation + 0.1, fake @ rotation + 0.1, num_neighbors)
    assert dataclasses.astuple(rotated) == expected


def test_a_set_against_itself():
    points = normal(0, 200, 30)
    result = precision_recall_density_coverage(points, points.copy(), num_neighbors=4)
    assert dataclasses.astuple(result) == (1.0, 1.0, 1.0, 1.0)  # each point, and its neighbours but the last


def test_sets_far_apart():
    result = precision_recall_density_coverage(normal(0, 50, 4), normal(1, 60, 4, mean=100.0))
    assert dataclasses.astuple(result) == (0.0, 0.0, 0.0, 0.0)


def test_each_number_sees_its_failure():
    real, good = normal(0, 400, 8), normal(1, 400, 8)
    few_modes, wide = np.tile(normal(2, 4, 8), (100, 1)) + 1e-3 * normal(3, 400, 8), 2.0 * normal(4, 400, 8)
    same, collapsed, spread = (precision_recall_density_coverage(real, fake) for fake in (good, few_modes, wide))
    assert collapsed.precision > 0.8
    assert collapsed.recall < 0.1 < 0.8 < same.recall
    assert collapsed.coverage < 0.3 < 0.9 < same.coverage
    assert spread.precision < 0.5 < 0.8 < same.precision
    assert spread.density < 0.3 < 0.9 < same.density < 1.1


def test_equals_the_published_code():
    prdc = pytest.importorskip("prdc", reason="prdc is not installed")
    real, fake = normal(0, 300, 16), normal(1, 250, 16, mean=0.2)
    theirs = prdc.compute_prdc(real_features=real, fake_features=fake, nearest_k=5)
    ours = precision_recall_density_coverage(real, fake, 5)
    assert dataclasses.asdict(ours) == pytest.approx({name: float(value) for name, value in theirs.items()}, rel=1e-9)


def test_tensors_and_single_precision():
    real, fake = normal(0, 60, 5).astype(np.float32), normal(1, 60, 5).astype(np.float32)
    expected = precision_recall_density_coverage(real.astype(np.float64), fake.astype(np.float64))
    assert precision_recall_density_coverage(tf.constant(real), tf.constant(fake)) == expected


def test_memory_is_linear():
    real, fake = normal(0, 2000, 2), normal(1, 2000, 2)  # each of three matrices: 32 MB
    tracemalloc.start()
    precision_recall_density_coverage(real, fake, max_bytes=2**20)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3e6


def test_warns_of_more_neighbors_than_there_are():
    real, fake = normal(0, 6, 3), normal(1, 5, 3)
    with pytest.warns(UserWarning, match="shrunk from 5 to 4"):
        result = precision_recall_density_coverage(real, fake, 5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert precision_recall_density_coverage(real, fake, 4) == result
    assert effective_num_neighbors(5, 6, 5) == 4
    assert effective_num_neighbors(5, 60, 50) == 5


@pytest.mark.parametrize(
    ("real", "fake", "num_neighbors", "message"),
    [
        (np.zeros((5, 2)), np.zeros((5, 2)), 0, "`num_neighbors` must be above 0"),
        (np.zeros((1, 2)), np.zeros((5, 2)), 1, "`real_features` must be real numbers .* N >= 2"),
        (np.zeros((5, 2)), np.full((5, 2), np.nan), 1, "`fake_features` must be finite"),
        (np.zeros((5, 2)), np.zeros((5, 3)), 1, "real_features=2, fake_features=3"),
        (np.zeros((5, 2, 1)), np.zeros((5, 2)), 1, "2 axes"),
    ],
)
def test_refuses(real, fake, num_neighbors, message):
    with pytest.raises(ValueError, match=message):
        precision_recall_density_coverage(real, fake, num_neighbors)
