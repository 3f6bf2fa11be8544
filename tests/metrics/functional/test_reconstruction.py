import numpy as np
import pytest

from tfgan_suite.metrics.functional.reconstruction import reconstruction_table


def test_by_hand():
    table = reconstruction_table([1.0, 3.0, 5.0, 0.5, 0.5], [2, 2, 0, 1, 1], num_clusters=4)
    assert table.mean == pytest.approx(2.0, abs=1e-12)
    # Squared deviations 1 + 1 + 9 + 2.25 + 2.25 = 15.5; over 5 * 4.
    assert table.standard_error == pytest.approx(np.sqrt(15.5 / 20), abs=1e-12)
    np.testing.assert_allclose(table.cluster_means, [5.0, 0.5, 2.0, np.nan], atol=1e-12)
    np.testing.assert_allclose(table.cluster_standard_errors, [np.nan, 0.0, 1.0, np.nan], atol=1e-12)
    np.testing.assert_array_equal(table.cluster_sizes, [1, 2, 2, 0])
    np.testing.assert_array_equal(table.worst_first, [0, 2, 1])


def test_against_a_loop():
    rng = np.random.default_rng(0)
    distances, ids = rng.random(500), rng.integers(0, 20, 500)
    table = reconstruction_table(distances, ids)
    parts = [distances[ids == cluster] for cluster in range(20)]
    np.testing.assert_allclose(table.cluster_means, [part.mean() for part in parts], rtol=1e-12)
    errors = [part.std(ddof=1) / np.sqrt(len(part)) for part in parts]
    np.testing.assert_allclose(table.cluster_standard_errors, errors, rtol=1e-12)
    assert list(table.worst_first) == sorted(range(20), key=lambda cluster: -parts[cluster].mean())
    assert table.standard_error == pytest.approx(distances.std(ddof=1) / np.sqrt(500), rel=1e-12)


def test_equal_means_keep_the_order_of_the_clusters_and_one_image_has_no_error():
    table = reconstruction_table(np.float32([2, 2, 2]), np.uint8([1, 0, 3]))
    np.testing.assert_array_equal(table.worst_first, [0, 1, 3])
    assert np.isnan(reconstruction_table([2.0], [0]).standard_error)


@pytest.mark.parametrize(
    ("distances", "ids", "options", "sentence"),
    [
        ([], [], {}, "`distances` must be finite numbers of at least 0, one per image, at least one"),
        ([-0.1], [0], {}, "`distances` must be finite"),
        ([np.nan], [0], {}, "`distances` must be finite"),
        ([[1.0]], [0], {}, "`distances` must be finite"),
        ([1.0], [0, 1], {}, "`cluster_ids` must be whole numbers, one per distance"),
        ([1.0], [0.0], {}, "`cluster_ids` must be whole numbers"),
        ([1.0], [-1], {}, r"`cluster_ids` must be in \[0, num_clusters\)"),
        ([1.0], [3], {"num_clusters": 3}, r"Received: out_of_range=\[3\], num_clusters=3"),
    ],
)
def test_errors(distances, ids, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        reconstruction_table(np.array(distances), np.array(ids), **options)
