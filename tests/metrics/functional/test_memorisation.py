import numpy as np
import pytest
import tensorflow as tf
from scipy.spatial.distance import cdist

from tfgan_suite.core.images import to_float
from tfgan_suite.metrics.functional.memorisation import (
    NearestImages,
    conditioned_fraction,
    memorised_fraction,
    nearer_fraction,
    nearest_training_images,
    training_preference,
)


def random_images(seed, count, shape=(6, 5, 3)):
    return np.random.default_rng(seed).integers(0, 256, (count, *shape), np.uint8)


@pytest.mark.parametrize("num_neighbors", [1, 4])
def test_equals_scipy(num_neighbors):
    generated, training = random_images(0, 30), random_images(1, 80)
    found = nearest_training_images(generated, training, num_neighbors)
    distances = cdist(generated.reshape(30, -1).astype(float), training.reshape(80, -1).astype(float))
    np.testing.assert_array_equal(found.indices, np.argsort(distances, axis=1, kind="stable")[:, :num_neighbors])
    np.testing.assert_array_equal(found.distances, np.take_along_axis(distances, found.indices, axis=1))


def test_copies_are_at_zero_and_the_first_of_them_is_found():
    training = random_images(1, 300)
    training[200:] = training[:100]
    found = nearest_training_images(training[[250, 7, 150]], training, num_neighbors=2, max_bytes=2**14)
    np.testing.assert_array_equal(found.indices[:2], [[50, 250], [7, 207]])
    assert found.indices[2, 0] == 150
    np.testing.assert_array_equal(found.distances[:2], 0.0)
    assert found.distances[2, 1] > 0


def test_unit_is_that_of_the_pixels():
    generated, training = random_images(0, 10), random_images(1, 20)
    grey_levels = nearest_training_images(generated, training)
    floats = nearest_training_images(tf.constant(to_float(generated)), to_float(training).astype(np.float64))
    np.testing.assert_array_equal(floats.indices, grey_levels.indices)
    np.testing.assert_allclose(127.5 * floats.distances, grey_levels.distances, rtol=1e-6)


def test_conditioned_fraction():
    """A generator that changes images little, but for two that come out as another image."""
    training = random_images(1, 50)
    sources = np.arange(10) * 4
    generated = np.clip(training[sources].astype(int) + 3, 0, 255).astype(np.uint8)
    generated[[2, 5]] = training[[3, 11]]
    found = nearest_training_images(generated, training, num_neighbors=3)
    assert conditioned_fraction(found.indices, sources) == 0.8
    assert conditioned_fraction(found.indices[:, 0], sources) == 0.8


def test_memorised_fraction():
    reference = np.arange(1.0, 101.0)
    distances = np.array([0.0, 5.0, 10.8, 11.0, 50.0])
    assert memorised_fraction(distances, reference, quantile=0.1) == 0.6  # numpy's quantile: 1 + 0.1 * 99 = 10.9
    assert memorised_fraction(distances[:, None], np.stack([reference, reference + 9], axis=1), 0.1) == 0.6
    assert memorised_fraction(np.zeros(3), np.zeros(5)) == 0.0


def test_memorised_fraction_of_new_images_is_the_quantile():
    """2,000 against 2,000 of one distribution at 10 %: both counts vary; 0.05 is above 5 standard errors."""
    training = np.random.default_rng(0).normal(size=(500, 2, 2, 1))
    test, new = (np.random.default_rng(seed).normal(size=(2000, 2, 2, 1)) for seed in (1, 2))
    reference = nearest_training_images(test, training).distances
    assert abs(memorised_fraction(nearest_training_images(new, training).distances, reference, 0.1) - 0.1) < 0.05
    copies = training[:100] + 0.01
    assert memorised_fraction(nearest_training_images(copies, training).distances, reference, 0.1) == 1.0


@pytest.mark.parametrize(
    ("generated", "training", "message"),
    [
        (np.zeros((2, 12)), np.zeros((3, 12)), "4 axes"),
        (np.zeros((2, 4, 3, 1)), np.zeros((3, 3, 4, 1)), "same height, width and channels"),
        (np.zeros((2, 4, 3, 1), np.uint8), np.zeros((3, 4, 3, 1)), "both be uint8.*to_uint8"),
        (np.full((2, 4, 3, 1), np.nan), np.zeros((3, 4, 3, 1)), "`generated` must be finite"),
        (np.zeros((2, 4, 3, 1)), np.zeros((0, 4, 3, 1)), "`training` must be .* N >= 1"),
    ],
)
def test_refuses_bad_images(generated, training, message):
    with pytest.raises(ValueError, match=message):
        nearest_training_images(generated, training)


def test_refuses_more_neighbors_than_images():
    with pytest.raises(ValueError, match="num_neighbors=4, num_training=3"):
        nearest_training_images(random_images(0, 2), random_images(1, 3), 4)


def test_refuses_bad_indices():
    with pytest.raises(ValueError, match="one index for each generated image"):
        conditioned_fraction(np.arange(3), np.arange(4))
    with pytest.raises(ValueError, match="of which there must be some"):
        conditioned_fraction(np.zeros(0, int), np.zeros(0, int))
    with pytest.raises(ValueError, match="must be integers"):
        conditioned_fraction(np.arange(3), np.arange(3.0))


@pytest.mark.parametrize(
    ("distances", "reference", "quantile", "message"),
    [
        (np.ones(3), np.ones(3), 0.0, "`quantile`"),
        (np.ones(3), np.ones(3), 1.0, "`quantile`"),
        (np.ones(0), np.ones(3), 0.1, "`distances` must be"),
        (np.ones(3), np.array([1.0, np.nan]), 0.1, "`reference_distances` must be finite"),
        (-np.ones(3), np.ones(3), 0.1, "at least 0"),
    ],
)
def test_refuses_bad_distances(distances, reference, quantile, message):
    with pytest.raises(ValueError, match=message):
        memorised_fraction(distances, reference, quantile)
    if quantile == 0.1:
        with pytest.raises(ValueError, match=message):
            nearer_fraction(distances, reference)


def test_nearer_fraction_is_the_area_under_the_curve():
    from sklearn.metrics import roc_auc_score

    random = np.random.default_rng(0)
    own, reference = random.integers(0, 20, 50).astype(float), random.integers(5, 25, 80).astype(float)
    expected = roc_auc_score(np.repeat([0, 1], [50, 80]), np.concatenate([own, reference]))
    assert nearer_fraction(own, reference) == pytest.approx(expected, rel=1e-12)
    assert nearer_fraction(own, own) == 0.5
    assert nearer_fraction(np.array([[1.0, 9.0]]), np.array([2.0, 1.0])) == 0.75


def nearest(distances, indices=None):
    distances = np.asarray(distances, np.float64)[:, None]
    indices = np.arange(len(distances)) if indices is None else np.asarray(indices)
    return NearestImages(indices[:, None], distances)


def test_training_preference_by_hand():
    """Nearer to training, to test, a tie, to training; the coins of five images apart, then with two in common."""
    found = training_preference(nearest([1, 2, 3, 0]), nearest([2, 1, 3, 1]))
    assert found.fraction == 2.5 / 4
    assert found.standard_error == pytest.approx(0.5 / 2)
    in_common = training_preference(nearest([1, 2, 3, 0], [7, 1, 2, 7]), nearest([2, 1, 3, 1]))
    assert in_common.fraction == found.fraction
    assert in_common.standard_error == pytest.approx(np.sqrt(2**2 + 1 + 1) / 8)


def test_training_preference_sees_copies_and_not_smoothness():
    """New images, and their dark smooth kin, prefer neither set (within 4 standard errors); copies their own."""
    pool = random_images(0, 300)
    training, test, new = pool[:120], pool[120:240], pool[240:]

    def preference(images):
        return training_preference(nearest_training_images(images, training), nearest_training_images(images, test))

    for images in (new, (new.astype(np.uint16) // 8 + 90).astype(np.uint8)):
        found = preference(images)
        assert abs(found.fraction - 0.5) < 4 * found.standard_error
    copies = preference(training[:60])
    assert copies.fraction == 1.0
    assert copies.standard_error == pytest.approx(0.5 / np.sqrt(60))


def test_training_preference_refuses_other_images():
    with pytest.raises(ValueError, match="of the same generated images"):
        training_preference(nearest([1, 2]), nearest([1]))
    with pytest.raises(ValueError, match="`to_test` must be finite distances"):
        training_preference(nearest([1.0]), nearest([np.nan]))
