import numpy as np
import pytest
import tensorflow as tf

from tfgan_suite.data.mixtures import grid_mixture, nine_gaussians, ring_mixture
from tfgan_suite.data.points import Points, mixture_points

VALUES = np.random.default_rng(0).normal(size=(7, 3)).astype(np.float32)
LABELS = np.array([0, 2, 2, 0, 3, 2, 0])


def test_facts():
    points = Points("some", VALUES, LABELS, 5)
    assert (points.name, points.point_dims, points.num_points, len(points)) == ("some", 3, 7, 7)
    np.testing.assert_array_equal(points.train, VALUES)
    assert (points.train.dtype, points.labels.dtype, points.label_counts.dtype) == (np.float32, np.int32, np.int64)
    assert points.num_classes == 5
    np.testing.assert_array_equal(points.label_counts, [3, 0, 3, 1, 0])
    assert Points("some", VALUES, LABELS).num_classes == 4
    assert repr(points) == "Points('some', 7 of 3 dimensions, 5 classes)"
    assert not hasattr(points, "image_shape")


def test_without_labels():
    points = Points("some", VALUES)
    assert points.labels is points.num_classes is points.label_counts is points.mixture is None
    assert "no labels" in repr(points)


def test_values_are_held_once_and_apart_from_the_callers_array():
    given = VALUES.copy()
    points = Points("some", given)
    given[:] = 0
    np.testing.assert_array_equal(points.train, VALUES)
    assert not points.train.flags.writeable
    other = points.with_labels(LABELS)
    assert np.shares_memory(other.train, points.train)
    tensor = tf.constant(VALUES)
    assert np.shares_memory(Points("tensor", tensor).train, np.asarray(tensor))
    np.testing.assert_array_equal(Points("double", VALUES.astype(np.float64)).train, VALUES)


def test_with_labels():
    mixture = ring_mixture()
    points = mixture_points(mixture, 50, seed=2)
    clustered = points.with_labels(np.zeros(50, np.int64), 3)
    assert (clustered.name, clustered.mixture, clustered.num_classes) == ("ring", mixture, 3)
    np.testing.assert_array_equal(clustered.label_counts, [50, 0, 0])
    assert points.with_labels(np.ones((50, 1), np.int64)).num_classes == 2
    assert points.with_labels(None, 3).labels is points.with_labels(None).num_classes is None
    assert points.num_classes == 8


def test_content_hash_is_of_shape_and_values():
    content_hash = Points("some", VALUES).content_hash()
    assert content_hash == Points("other", VALUES, LABELS).content_hash()
    assert len(content_hash) == 64
    changed = VALUES.copy()
    changed[3, 1] += 1
    assert content_hash != Points("some", changed).content_hash()
    assert content_hash != Points("some", VALUES.reshape(3, 7)).content_hash()


@pytest.mark.parametrize("mixture", [ring_mixture(), grid_mixture(), nine_gaussians()], ids=lambda made: made.name)
def test_points_of_a_mixture(mixture):
    points = mixture_points(mixture, 200, seed=3)
    expected, labels = mixture.sample(200, 3)
    np.testing.assert_array_equal(points.train, expected)
    np.testing.assert_array_equal(points.labels, labels)
    assert (points.name, points.num_classes, points.mixture) == (mixture.name, mixture.num_modes, mixture)
    assert points.content_hash() == mixture_points(mixture, 200, seed=3).content_hash()
    assert points.content_hash() != mixture_points(mixture, 200, seed=4).content_hash()


def test_defaults_are_the_papers():
    points = mixture_points(ring_mixture())
    assert points.train.shape == (100_000, 2)


def test_training_batches():
    points = Points("some", VALUES, LABELS, 5)
    batches = points.training_batches(2, seed=1)
    assert (len(batches), batches.num_examples, batches.num_classes) == (3, 7, 5)
    assert batches.dataset().element_spec == (tf.TensorSpec((2, 3), tf.float32), tf.TensorSpec((2,), tf.int32))
    for (values, labels), (same, ids) in zip(
        batches, points.training_batches(2, seed=1, with_example_ids=True), strict=True
    ):
        np.testing.assert_array_equal(values, same)
        np.testing.assert_array_equal(values, VALUES[ids.numpy()])
        np.testing.assert_array_equal(labels, LABELS[ids.numpy()])
    unlabelled = points.with_labels(None).training_batches(2)
    assert unlabelled.dataset().element_spec == tf.TensorSpec((2, 3), tf.float32)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"train": VALUES[0]}, "`train` must have 2 axes"),
        ({"train": VALUES.astype(int)}, "`train` must be floats. Received: dtype='int64'"),
        ({"train": VALUES[:0]}, "`train` must hold at least one point"),
        ({"train": VALUES[:, :0]}, "`train` must hold at least one point"),
        ({"train": VALUES * np.nan}, "`train` .* all finite"),
        ({"train": np.full((2, 2), 1e300)}, "`train` .* all finite"),  # too large for float32
        ({"labels": LABELS[1:]}, "`labels` must have one label per point. Received: num_labels=6, num_points=7"),
        ({"labels": LABELS * 1.0}, "`labels` must be whole numbers"),
        ({"labels": LABELS, "num_classes": 3}, r"`labels` must be in \[0, num_classes\)"),
        ({"labels": LABELS - 1}, r"`labels` must be in \[0, num_classes\)"),
        ({"labels": LABELS, "num_classes": 0}, "`num_classes` must be above 0"),
        ({"num_classes": 3}, "`num_classes` must be None without labels"),
        ({"mixture": ring_mixture()}, "`mixture` must have the dimension.*mixture_dims=2, point_dims=3"),
    ],
)
@pytest.mark.filterwarnings("ignore:overflow")
def test_errors(arguments, message):
    with pytest.raises(ValueError, match=message):
        Points("some", **{"train": VALUES, **arguments})


def test_errors_of_the_methods():
    points = Points("some", VALUES)
    with pytest.raises(ValueError, match="one label per point"):
        points.with_labels([0])
    with pytest.raises(ValueError, match=r"`batch_size` must be at most the number of images or points.*=8, .*=7"):
        points.training_batches(8)
    with pytest.raises(ValueError, match="`num_points` must be above 0"):
        mixture_points(ring_mixture(), 0)
