import itertools

import numpy as np
import pytest

from tfgan_suite.clustering.matching import cluster_renaming, contingency_table, match_clusters


def formula_ids():
    """The inputs of the golden numbers."""
    steps = np.arange(40)
    old_ids = (steps * steps + steps // 3) % 5
    return old_ids, (3 * old_ids + 1 + (steps % 7 == 0)) % 5


def test_golden():
    old_ids, new_ids = formula_ids()
    expected = [[0, 2, 0, 7, 0], [6, 0, 0, 2, 0], [2, 0, 3, 0, 0], [0, 0, 0, 0, 8], [0, 10, 0, 0, 0]]
    np.testing.assert_array_equal(contingency_table(new_ids, old_ids, 5, 5), expected)
    np.testing.assert_array_equal(cluster_renaming(old_ids, new_ids, 5), [3, 0, 2, 4, 1])
    renamed = match_clusters(old_ids, new_ids, 5)
    np.testing.assert_array_equal(renamed[:10], [2, 1, 4, 0, 2, 1, 3, 3, 1, 4])
    assert (renamed == old_ids).sum() == 34


def test_cost_is_the_least_of_all_permutations():
    """Eq. 4 as it is written, over all 720 permutations."""
    generator = np.random.default_rng(0)
    old_ids, new_ids = generator.integers(6, size=(2, 80))

    def cost(ids):
        return sum(len(set(np.flatnonzero(old_ids == c)) - set(np.flatnonzero(ids == c))) for c in range(6))

    costs = [cost(np.array(permutation)[new_ids]) for permutation in itertools.permutations(range(6))]
    assert cost(match_clusters(old_ids, new_ids, 6)) == min(costs) < np.median(costs)


def test_a_renaming_is_undone():
    generator = np.random.default_rng(1)
    old_ids, permutation = generator.integers(20, size=500).astype(np.int32), generator.permutation(20)
    renamed = match_clusters(old_ids, permutation[old_ids].astype(np.int32), 20)
    np.testing.assert_array_equal(renamed, old_ids)
    assert renamed.dtype == np.int32


def test_empty_clusters_keep_the_matching_a_permutation():
    renaming = cluster_renaming(np.array([0, 0, 3]), np.array([2, 2, 2]), 4)
    assert renaming[2] == 0
    np.testing.assert_array_equal(np.sort(renaming), range(4))


def test_small_integers_do_not_overflow():
    old_ids = np.arange(200, dtype=np.uint8)
    np.testing.assert_array_equal(match_clusters(old_ids, old_ids[::-1].copy(), 200), old_ids)


def test_table_of_different_sizes():
    table = contingency_table(np.array([0, 1, 1]), np.array([2, 0, 2]), 2, 4)
    np.testing.assert_array_equal(table, [[0, 0, 1, 0], [1, 0, 1, 0]])


@pytest.mark.parametrize(
    ("old_ids", "new_ids", "num_clusters", "message"),
    [
        (np.array([0, 5]), np.array([0, 1]), 5, r"`old_ids` must be in \[0, 5\). Received: smallest=0, largest=5"),
        (np.array([0, 1]), np.array([-1, 1]), 5, "`new_ids` must be in"),
        (np.array([0, 1]), np.array([0]), 5, "same samples"),
        (np.array([], int), np.array([], int), 5, "at least one"),
        (np.zeros((2, 2), int), np.zeros((2, 2), int), 5, "1 axes"),
        (np.array([0.0]), np.array([0]), 5, "`old_ids` must be integers"),
        (np.array([0]), np.array([0]), 0, "`num_clusters` must be above 0"),
    ],
)
def test_refuses(old_ids, new_ids, num_clusters, message):
    with pytest.raises(ValueError, match=message):
        match_clusters(old_ids, new_ids, num_clusters)
    with pytest.raises(ValueError, match=message):
        cluster_renaming(old_ids, new_ids, num_clusters)


def test_table_refuses():
    with pytest.raises(ValueError, match=r"`column_ids` must be in \[0, 3\)"):
        contingency_table(np.array([0]), np.array([3]), 1, 3)
    with pytest.raises(ValueError, match="`row_ids` and `column_ids`"):
        contingency_table(np.array([0, 0]), np.array([0]), 1, 3)
