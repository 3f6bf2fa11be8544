import warnings

import numpy as np
import pytest
import scipy.linalg
import tensorflow as tf

from tfgan_suite.metrics.functional.frechet import (
    FeatureStatistics,
    RunningStatistics,
    feature_statistics,
    frechet_distance,
    load_statistics,
    save_statistics,
)


def formula_features():
    """The inputs of the golden numbers: A [12, 4] and B [15, 4]."""
    row_a, column_a = np.mgrid[0:12, 0:4]
    row_b, column_b = np.mgrid[0:15, 0:4]
    features_a = np.sin(0.5 * (row_a + 1) * (column_a + 1))
    features_b = 0.8 * np.cos(0.3 * (row_b + 1) * (column_b + 1)) + 0.1 * column_b
    return features_a, features_b


def random_statistics(seed, num_samples, dims, num_decades=0):
    """Of correlated normal features whose standard deviations span `num_decades` powers of ten."""
    generator = np.random.default_rng(seed)
    scaled = generator.normal(size=(num_samples, dims)) * np.logspace(0, -num_decades, dims)
    return feature_statistics(scaled @ generator.normal(size=(dims, dims)))


singular = pytest.mark.filterwarnings("ignore:The covariance of")


def test_golden_full_rank():
    stats_a, stats_b = map(feature_statistics, formula_features())
    distance = frechet_distance(stats_a, stats_b)
    assert distance.total == pytest.approx(0.40517261342261923, rel=1e-12)
    assert distance.mean_part == pytest.approx(0.1918647944069561, rel=1e-12)
    assert distance.mean_part + distance.covariance_part == pytest.approx(distance.total, rel=1e-15)
    assert all(isinstance(part, float) for part in (distance.total, distance.mean_part, distance.covariance_part))


@singular
def test_golden_rank_deficient():
    features_a, features_b = formula_features()
    distance = frechet_distance(feature_statistics(features_a[:3]), feature_statistics(features_b))
    assert distance.total == pytest.approx(2.681270209412313, rel=1e-10)


def test_golden_diagonal():
    stats_a = FeatureStatistics(np.zeros(2), np.diag([1.0, 4.0]), None)
    stats_b = FeatureStatistics(np.array([1.0, 2.0]), np.diag([9.0, 16.0]), None)
    distance = frechet_distance(stats_a, stats_b)
    # ||(1, 2)||^2 = 5; (1 - 3)^2 + (2 - 4)^2 = 8
    assert (distance.mean_part, distance.covariance_part) == pytest.approx((5.0, 8.0), rel=1e-14)


@singular
@pytest.mark.parametrize("num_samples", [300, 20])
def test_distance_to_itself_is_zero(num_samples):
    stats = random_statistics(0, num_samples, 50)
    assert abs(frechet_distance(stats, stats).total) < 1e-10 * np.trace(stats.covariance)


def test_is_symmetric_and_equals_the_matrix_root():
    stats_a, stats_b = random_statistics(1, 400, 32), random_statistics(2, 300, 32)
    root = scipy.linalg.sqrtm(stats_a.covariance @ stats_b.covariance)
    expected = np.trace(stats_a.covariance + stats_b.covariance) - 2 * np.trace(root).real
    assert frechet_distance(stats_a, stats_b).covariance_part == pytest.approx(expected, rel=1e-9)
    assert frechet_distance(stats_b, stats_a).total == pytest.approx(
        frechet_distance(stats_a, stats_b).total, rel=1e-12
    )


@singular
@pytest.mark.parametrize(
    ("num_a", "num_b", "num_decades"),
    [(400, 300, 4), (400, 300, 8), (20, 30, 0), (20, 300, 0), (300, 20, 4), (63, 64, 0), (20, 15, 3)],
)
def test_equals_the_matrix_root_where_that_is_hard(num_a, num_b, num_decades):
    """64 dimensions: condition numbers up to 1e16, and fewer samples than dimensions (a complex root)."""
    stats_a, stats_b = random_statistics(1, num_a, 64, num_decades), random_statistics(2, num_b, 64, num_decades)
    root = scipy.linalg.sqrtm(stats_a.covariance @ stats_b.covariance)
    expected = np.trace(stats_a.covariance + stats_b.covariance) - 2 * np.trace(root).real
    distance = frechet_distance(stats_a, stats_b)
    assert distance.covariance_part == pytest.approx(expected, rel=1e-6)
    assert all(type(part) is float for part in (distance.total, distance.mean_part, distance.covariance_part))
    for stats in (stats_a, stats_b):
        assert 0 <= frechet_distance(stats, stats).total < 1e-13 * np.trace(stats.covariance)


def test_both_covariances_singular():
    """In the plane of the first two axes against the plane of the second and third: worked by hand."""
    stats_a = FeatureStatistics(np.zeros(4), np.diag([4.0, 9.0, 0.0, 0.0]), None)
    stats_b = FeatureStatistics(np.zeros(4), np.diag([0.0, 1.0, 25.0, 0.0]), None)
    # traces 13 + 26, and only the shared axis has a root: 2 * sqrt(9 * 1) = 6
    assert frechet_distance(stats_a, stats_b).covariance_part == pytest.approx(33.0, rel=1e-14)


def test_covariance_that_is_nearly_singular():
    """Eigenvalues from 1 down to 1e-16, where the root of a squared matrix would keep half of the digits."""
    scales = np.logspace(0, -16, 20)
    generator = np.random.default_rng(0)
    axes = np.linalg.qr(generator.normal(size=(20, 20)))[0]
    stats_a = FeatureStatistics(np.zeros(20), (axes * scales) @ axes.T, None)
    stats_b = FeatureStatistics(np.zeros(20), (axes * (4 * scales)) @ axes.T, None)
    # Same axes, so the distance is sum (2 sqrt(s) - sqrt(s))^2.
    assert frechet_distance(stats_a, stats_b).covariance_part == pytest.approx(scales.sum(), rel=1e-12)


@pytest.mark.parametrize("num_decades", [2, 8, 16])
def test_small_distance(num_decades):
    """Standard deviations one percent larger: the distance is 5e-5 of the traces it is a difference of."""
    scales = np.logspace(0, -num_decades, 40)
    axes = np.linalg.qr(np.random.default_rng(0).normal(size=(40, 40)))[0]
    stats_a = FeatureStatistics(np.zeros(40), (axes * scales) @ axes.T, None)
    stats_b = FeatureStatistics(np.zeros(40), (axes * (1.01**2 * scales)) @ axes.T, None)
    assert frechet_distance(stats_a, stats_b).total == pytest.approx(0.01**2 * scales.sum(), rel=1e-7)


def test_constant_features():
    stats = feature_statistics(np.ones((5, 3)))
    other = feature_statistics(np.full((5, 3), 3.0))
    assert frechet_distance(stats, other).total == pytest.approx(12.0)


def test_statistics_are_those_of_numpy():
    features = formula_features()[0].astype(np.float32)
    stats = feature_statistics(tf.constant(features))
    assert stats.num_samples == 12
    assert stats.covariance.dtype == np.float64
    np.testing.assert_allclose(stats.mean, features.astype(np.float64).mean(axis=0), rtol=0, atol=1e-14)
    np.testing.assert_allclose(stats.covariance, np.cov(features.astype(np.float64), rowvar=False), rtol=0, atol=1e-14)


@pytest.mark.parametrize("batch_size", [1, 7, 64, 1000])
def test_statistics_do_not_depend_on_the_batches(batch_size):
    # A mean far from zero is where sums of squares lose their digits.
    features = np.random.default_rng(3).normal(1000.0, 1.0, size=(500, 6))
    running = RunningStatistics()
    for start in range(0, len(features), batch_size):
        running.update(features[start : start + batch_size])
    np.testing.assert_allclose(running.result().mean, features.mean(axis=0), rtol=1e-13)
    np.testing.assert_allclose(running.result().covariance, np.cov(features, rowvar=False), rtol=0, atol=1e-9)


def test_result_may_be_read_between_updates():
    features = formula_features()[0]
    running = RunningStatistics().update(features[:5])
    early = running.result()
    before = early.mean.copy(), early.covariance.copy()
    running.update(features[5:])
    np.testing.assert_array_equal(early.mean, before[0])
    np.testing.assert_array_equal(early.covariance, before[1])
    np.testing.assert_allclose(running.result().covariance, np.cov(features, rowvar=False), atol=1e-14)


def test_file_round_trip(tmp_path):
    stats = feature_statistics(formula_features()[0])
    save_statistics(tmp_path / "stats.npz", stats)
    read = load_statistics(tmp_path / "stats.npz")
    np.testing.assert_array_equal(read.mean, stats.mean)
    np.testing.assert_array_equal(read.covariance, stats.covariance)
    assert read.num_samples == 12


def test_reads_files_of_the_original_code(tmp_path):
    np.savez(tmp_path / "ttur.npz", mu=np.zeros(3, np.float32), sigma=np.eye(3))
    read = load_statistics(tmp_path / "ttur.npz")
    assert read.num_samples is None
    assert read.mean.dtype == np.float64
    save_statistics(tmp_path / "again.npz", read)
    assert load_statistics(tmp_path / "again.npz").num_samples is None


def test_refuses_files_that_hold_something_else(tmp_path):
    np.savez(tmp_path / "other.npz", mean=np.zeros(3))
    with pytest.raises(ValueError, match="`mu` and `sigma`"):
        load_statistics(tmp_path / "other.npz")
    np.savez(tmp_path / "shapes.npz", mu=np.zeros(3), sigma=np.eye(2))
    with pytest.raises(ValueError, match=r"`sigma` \[D, D\]"):
        load_statistics(tmp_path / "shapes.npz")
    with pytest.raises(FileNotFoundError):
        load_statistics(tmp_path / "missing.npz")


@pytest.mark.parametrize(
    ("features", "message"),
    [
        (np.zeros(3), "2 axes"),
        (np.zeros((1, 3)), "at least 2 samples"),
        (np.array([[0.0, 1.0], [np.nan, 1.0]]), "num_bad_rows=1"),
        (np.array([[0.0, 1.0], [np.inf, 1.0]]), "must be finite"),
    ],
)
def test_refuses_bad_features(features, message):
    with pytest.raises(ValueError, match=message):
        feature_statistics(features)


def test_refuses_features_of_another_width():
    with pytest.raises(ValueError, match="dims=4, before=3"):
        RunningStatistics().update(np.zeros((2, 3))).update(np.zeros((2, 4)))


def test_a_bad_row_is_found_in_any_chunk():
    features = np.zeros((3000, 2), np.float32)
    features[[1500, 2999], 1] = np.nan, -np.inf
    with pytest.raises(ValueError, match="num_bad_rows=1"):
        feature_statistics(features)


def test_warns_of_a_singular_covariance():
    with pytest.warns(UserWarning, match=r"4 samples with 4 dimensions is singular.*far too large.*Use more samples"):
        frechet_distance(feature_statistics(formula_features()[0][:4]), feature_statistics(formula_features()[1]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        frechet_distance(feature_statistics(formula_features()[0][:5]), feature_statistics(formula_features()[1]))


@pytest.mark.parametrize("dtype", [np.float16, np.uint8, np.int64, bool])
def test_any_real_dtype(dtype):
    features = (np.random.default_rng(5).normal(3, 1, size=(50, 4)) > 3).astype(dtype)
    expected = np.cov(features.astype(np.float64), rowvar=False)
    np.testing.assert_allclose(feature_statistics(features).covariance, expected, rtol=0, atol=1e-14)


def test_result_without_features():
    with pytest.raises(ValueError, match="num_samples=0"):
        RunningStatistics().result()


def test_refuses_statistics_that_do_not_fit():
    good = FeatureStatistics(np.zeros(2), np.eye(2), None)
    with pytest.raises(ValueError, match="same number of dimensions"):
        frechet_distance(good, FeatureStatistics(np.zeros(3), np.eye(3), None))
    with pytest.raises(ValueError, match="symmetric"):
        frechet_distance(good, FeatureStatistics(np.zeros(2), np.array([[1.0, 0.5], [0.0, 1.0]]), None))
    with pytest.raises(ValueError, match="positive semi-definite"):
        frechet_distance(good, FeatureStatistics(np.zeros(2), np.array([[1.0, 2.0], [2.0, 1.0]]), None))
