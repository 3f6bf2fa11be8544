import tracemalloc

import numpy as np
import pytest
import tensorflow as tf
from scipy.spatial.distance import cdist

from tfgan_suite.metrics.functional.pairwise import (
    as_features,
    block_size_for,
    block_slices,
    centered_norms,
    nearest_neighbors,
    rounding_margin,
    squared_distance_blocks,
)


def normal(seed, num_points, dims, mean=0.0):
    return np.random.default_rng(seed).normal(mean, 1.0, size=(num_points, dims))


def whole_matrix(rows, columns, **kwargs):
    squared = np.full((len(rows), len(columns)), np.nan)
    for row_slice, column_slice, block in squared_distance_blocks(rows, columns, **kwargs):
        squared[row_slice, column_slice] = block
    return squared


def sorted_neighbors(distances, num_neighbors):
    order = np.argsort(distances, axis=1, kind="stable")[:, :num_neighbors]
    return np.take_along_axis(distances, order, axis=1), order


def peak_bytes(function):
    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("block_size", [1, 7, 100, None])
def test_blocks_equal_scipy(block_size):
    rows, columns = normal(0, 23, 5), normal(1, 41, 5)
    squared = whole_matrix(rows, columns, block_size=block_size)
    np.testing.assert_allclose(squared, cdist(rows, columns, "sqeuclidean"), rtol=0, atol=1e-13)


def test_a_mean_far_from_zero_costs_no_digits():
    rows, columns = normal(0, 30, 64, mean=1e6), normal(1, 50, 64, mean=1e6)
    np.testing.assert_allclose(whole_matrix(rows, columns), cdist(rows, columns, "sqeuclidean"), rtol=1e-12)


def test_any_real_dtype():
    pixels = np.random.default_rng(0).integers(0, 256, (9, 12), np.uint8)
    exact = cdist(pixels.astype(float), pixels[:4].astype(float), "sqeuclidean")
    for dtype in (np.uint8, np.int32, np.float16, np.float32):
        np.testing.assert_allclose(whole_matrix(pixels.astype(dtype), pixels[:4].astype(dtype)), exact, atol=1e-9)
    distances, indices = nearest_neighbors(tf.constant(pixels), tf.constant(pixels[:4]), 2)
    expected = sorted_neighbors(np.sqrt(exact), 2)
    np.testing.assert_array_equal(distances, expected[0])  # of integers, so exact
    np.testing.assert_array_equal(indices, expected[1])


def test_blocks_keep_their_memory_bound():
    rows, columns = normal(0, 1000, 32), normal(1, 2000, 32)

    def visit():
        for _, _, block in squared_distance_blocks(rows, columns, max_bytes=2**20):
            block.copy()  # the working copy that the bound includes

    assert 2**19 < peak_bytes(visit) < 1.1 * 2**20  # all pairs would be 16 MB


def test_block_sizes():
    for dims in (1, 512, 10_000):
        size = block_size_for(dims, 2**26)
        assert 0.98 * 2**26 < 8 * (2 * size**2 + 2 * size * (dims + 2)) <= 2**26
    assert block_size_for(10**6, 1000) == 16
    assert [(part.start, part.stop) for part in block_slices(10, 4)] == [(0, 3), (3, 6), (6, 10)]
    assert block_slices(4, 4) == [slice(0, 4)]


def test_margin_is_above_the_rounding_and_far_below_the_distances():
    points = normal(0, 400, 200, mean=3.0)
    exact = cdist(points, points, "sqeuclidean")
    center = points.mean(axis=0)
    squared = whole_matrix(points, points, block_size=77)
    margins = np.stack([rounding_margin(centered_norms(points, center), column, 200) for column in exact.T], axis=1)
    assert (np.abs(squared - exact) < margins / 2).all()
    assert (margins < 1e-11 * exact.max()).all()


@pytest.mark.parametrize("max_bytes", [1, 2**16, 2**27])
@pytest.mark.parametrize("num_neighbors", [1, 2, 6, 50, 300])
def test_neighbors_with_many_ties(num_neighbors, max_bytes):
    """Copies of one reference, apart and in one run: the lower index comes first, in blocks of any size."""
    queries, references = normal(0, 60, 37, mean=1000.0), normal(1, 300, 37, mean=1000.0)
    references[::7] = references[0]
    references[100:140] = references[5]
    queries[3], queries[4] = references[0], references[5]
    distances, indices = nearest_neighbors(queries, references, num_neighbors, max_bytes=max_bytes)
    expected = sorted_neighbors(cdist(queries, references), num_neighbors)
    np.testing.assert_array_equal(indices, expected[1])
    np.testing.assert_allclose(distances, expected[0], rtol=1e-13)
    assert distances[3, 0] == distances[4, 0] == 0.0


@pytest.mark.parametrize("max_bytes", [1, 2**27])
def test_neighbors_within_one_set(max_bytes):
    points = normal(2, 70, 3)
    points[50] = points[10]
    matrix = cdist(points, points)
    np.fill_diagonal(matrix, np.inf)
    for num_neighbors in (1, 5, 69):
        distances, indices = nearest_neighbors(points, points, num_neighbors, exclude_self=True, max_bytes=max_bytes)
        expected = sorted_neighbors(matrix, num_neighbors)
        np.testing.assert_array_equal(indices, expected[1])
        np.testing.assert_allclose(distances, expected[0], rtol=1e-13)
    assert distances[10, 0] == 0.0


def test_neighbors_when_nearer_points_come_last():
    references = np.linspace(50.0, 1.0, 500)[:, None] * np.array([[1.0, 0.5]])
    distances, indices = nearest_neighbors(np.zeros((8, 2)), references, 3, max_bytes=2**13)
    np.testing.assert_array_equal(indices, np.tile([499, 498, 497], (8, 1)))
    np.testing.assert_allclose(distances[0], np.linalg.norm(references[[499, 498, 497]], axis=1), rtol=1e-14)


@pytest.mark.parametrize("tied", [False, True])
def test_neighbors_keep_their_memory_bound(tied):
    queries, references = normal(0, 500, 16), normal(1, 3000, 16)
    if tied:
        references[:] = references[0]
    peak = peak_bytes(lambda: nearest_neighbors(queries, references, 3, max_bytes=2**21))
    assert peak < (4 if tied else 1.2) * 2**21


@pytest.mark.parametrize(
    ("features", "message"),
    [
        (np.zeros(3), "`queries` must have 2 axes"),
        (np.zeros((0, 3)), "`queries` must be real numbers"),
        (np.zeros((3, 0)), "D >= 1"),
        (np.zeros((3, 2), complex), "dtype='complex128'"),
        (np.array([["a", "b"]]), "must be real numbers"),
        (np.array([[0.0, np.nan]]), "`queries` must be finite"),
        (np.array([[np.inf, 0.0], [-np.inf, 0.0]]), "`queries` must be finite"),
        (np.zeros((3, 5)), "same number of dimensions. Received: queries=5, references=2"),
    ],
)
def test_refuses_bad_features(features, message):
    with pytest.raises(ValueError, match=message):
        nearest_neighbors(features, np.zeros((4, 2)), 1)


def test_refuses_what_does_not_fit():
    points = np.zeros((4, 2))
    with pytest.raises(ValueError, match="num_neighbors=5, num_references=4"):
        nearest_neighbors(points, points, 5)
    with pytest.raises(ValueError, match=r"less the point itself\. Received: num_neighbors=4"):
        nearest_neighbors(points, points, 4, exclude_self=True)
    with pytest.raises(ValueError, match="num_neighbors=0"):
        nearest_neighbors(points, points, 0)
    with pytest.raises(ValueError, match="within one set"):
        nearest_neighbors(points[:3], points, 1, exclude_self=True)
    with pytest.raises(ValueError, match="`max_bytes`"):
        nearest_neighbors(points, points, 1, max_bytes=0)
    with pytest.raises(ValueError, match="`block_size`"):
        list(squared_distance_blocks(points, points, block_size=0))
    with pytest.raises(ValueError, match="N >= 2"):
        as_features(min_rows=2, real_features=points[:1])
