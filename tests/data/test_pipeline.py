import itertools

import numpy as np
import pytest
import tensorflow as tf

from tfgan_suite.core.images import to_float
from tfgan_suite.core.schedules import (
    GAUSSIAN_SMOOTH_TO_SHARP,
    TUNABLE_SMOOTH_TO_SHARP,
    SmoothToSharp,
    piecewise_constant,
)
from tfgan_suite.data import (
    GaussianSmoothing,
    Images,
    Split,
    TrainingBatches,
    TunableSmoothing,
    gaussian_blur,
    tunable_sigmoid,
)

NUM_IMAGES = 23
PIXELS = np.random.default_rng(0).integers(0, 256, (NUM_IMAGES, 6, 5, 1), np.uint8)
LABELS = np.arange(NUM_IMAGES) % 4
IMAGES = Images("some", Split(PIXELS, LABELS), class_names=tuple("abcd"))


def first(dataset, num_batches):
    return list(itertools.islice(dataset.as_numpy_iterator(), num_batches))


def ids_of(batches, num_batches, start_batch=0):
    return np.array([ids for _, ids in first(batches.dataset(start_batch), num_batches)])


def test_elements():
    images, labels = first(IMAGES.training_batches(4).dataset(), 1)[0]
    assert (images.shape, images.dtype) == ((4, 6, 5, 1), np.float32)
    assert (labels.shape, labels.dtype) == ((4,), np.int32)
    spec = IMAGES.training_batches(4).dataset().element_spec
    assert spec == (tf.TensorSpec((4, 6, 5, 1), tf.float32), tf.TensorSpec((4,), tf.int32))
    assert IMAGES.with_labels(None).training_batches(4).dataset().element_spec == spec[0]


def test_labels_and_example_ids_belong_to_the_images():
    for (images, labels), (same_images, ids) in zip(
        IMAGES.training_batches(4, seed=5), IMAGES.training_batches(4, seed=5, with_example_ids=True), strict=True
    ):
        np.testing.assert_array_equal(images, same_images)
        np.testing.assert_allclose(images, to_float(PIXELS[ids.numpy()]), atol=1.2e-7)
        np.testing.assert_array_equal(labels, LABELS[ids.numpy()])
        assert ids.dtype == tf.int32


def test_an_epoch_visits_every_image_at_most_once_and_epochs_differ():
    batches = IMAGES.training_batches(4, with_example_ids=True)
    assert len(batches) == 5
    assert len(list(batches)) == 5
    epochs = ids_of(batches, 50).reshape(10, -1)
    for epoch in epochs:
        assert len(set(epoch)) == 20
        assert set(epoch) <= set(range(NUM_IMAGES))
    assert len(np.unique(epochs, axis=0)) == 10
    assert set(epochs.ravel()) == set(range(NUM_IMAGES))  # 3 of 23 are left out at random: all ten miss i with 2e-8


def test_whole_data_set_in_a_batch():
    ids = ids_of(IMAGES.training_batches(NUM_IMAGES, with_example_ids=True), 3)
    np.testing.assert_array_equal(np.sort(ids, axis=1), np.tile(np.arange(NUM_IMAGES), (3, 1)))
    single = Images("one", Split(PIXELS[:1])).training_batches(1, with_example_ids=True)
    np.testing.assert_array_equal(ids_of(single, 3), np.zeros((3, 1)))


def test_orders_are_uniform_and_do_not_repeat():
    # Chi-squared with 22 degrees of freedom passes 60 with odds under 3e-5 (two places looked at); the seed is fixed.
    orders = ids_of(IMAGES.training_batches(NUM_IMAGES, seed=1, with_example_ids=True), 20 * NUM_IMAGES)
    for place in (0, 11):
        counts = np.bincount(orders[:, place], minlength=NUM_IMAGES)
        assert ((counts - 20) ** 2 / 20).sum() < 60
    assert len(np.unique(orders, axis=0)) == len(orders)


def test_batches_are_random_samples_of_sorted_images():
    # Of 64 from 6,400 images, the number k from the first half has variance 64 / 4 * (6400 - 64) / 6399 = 15.84. Over
    # 1,000 batches the standard error of the estimate is 0.7: five of them, odds under 1e-6. `index_shuffle` gives 8.
    many = Images("many", Split(np.zeros((6400, 1, 1, 1), np.uint8)))
    ids = ids_of(many.training_batches(64, seed=1, with_example_ids=True), 1000)
    assert abs(np.var((ids < 3200).sum(axis=1)) - 15.84) < 3.5


def test_the_seed_decides_the_order():
    orders = [ids_of(IMAGES.training_batches(4, seed=seed, with_example_ids=True), 15) for seed in (0, 1, 0)]
    np.testing.assert_array_equal(orders[0], orders[2])
    assert (orders[0] != orders[1]).any()


@pytest.mark.parametrize("start_batch", [1, 4, 5, 13])
def test_start_batch_goes_on_where_it_was(start_batch):
    smoothing = GaussianSmoothing(piecewise_constant([2, 1, 0], [2, 3, 1]), batches_per_step=2)
    batches = IMAGES.training_batches(4, seed=2, smoothing=smoothing)
    whole = first(batches.dataset(), start_batch + 7)[start_batch:]
    again = IMAGES.training_batches(4, seed=2, smoothing=smoothing).dataset(start_batch)
    for (images, labels), (same_images, same_labels) in zip(whole, first(again, 7), strict=True):
        np.testing.assert_array_equal(images, same_images)
        np.testing.assert_array_equal(labels, same_labels)


def test_endless():
    assert IMAGES.training_batches(4).dataset().cardinality() == tf.data.INFINITE_CARDINALITY
    assert len(first(IMAGES.training_batches(4).dataset(10**12), 2)) == 2


def test_smoothing_follows_the_generator_step():
    schedule = piecewise_constant([1.5, 0.5, 0], [1, 2, 1])
    plain = first(IMAGES.training_batches(4).dataset(), 10)
    smooth = first(IMAGES.training_batches(4, smoothing=GaussianSmoothing(schedule, 2)).dataset(), 10)
    for number, stddev in enumerate([1.5, 1.5, 0.5, 0.5, 0.5, 0.5, 0, 0, 0, 0]):
        expected = gaussian_blur(plain[number][0], stddev)
        np.testing.assert_allclose(smooth[number][0], expected, atol=1e-6)
        if stddev == 0:
            np.testing.assert_array_equal(smooth[number][0], plain[number][0])


@pytest.mark.parametrize("batches_per_step", [1, 5])
def test_batches_follow_the_plan_of_the_thesis_to_the_step(batches_per_step):
    """Before and after each of its boundaries, a batch of one grey value in the middle of the sigmoid's slope."""
    images = tf.fill([3, 1, 1, 1], 0.625)
    smoothing = TunableSmoothing(TUNABLE_SMOOTH_TO_SHARP, batches_per_step)
    batches = TrainingBatches(images, batch_size=1, smoothing=smoothing)
    values = TUNABLE_SMOOTH_TO_SHARP.values
    for stretch, end in enumerate(TUNABLE_SMOOTH_TO_SHARP.ends_steps[:-1]):
        start = end * batches_per_step - 2
        found = np.ravel(first(batches.dataset(start), 4))
        expected = [float(tunable_sigmoid(0.625, values[stretch + later])) for later in (0, 0, 1, 1)]
        np.testing.assert_allclose(found, expected, rtol=1e-6)
    assert len({float(tunable_sigmoid(0.625, k)) for k in values}) == 5


def test_a_plan_is_one_graph_for_all_steps():
    """The schedule is looked up inside of the pipeline's graph: Python sees it once, not once a step."""
    calls = []

    def schedule(step):
        calls.append(step)
        return SmoothToSharp([0, -0.5, -1], [2, 2, 2])(step)

    images = tf.constant(np.random.default_rng(0).uniform(0, 1, (6, 4, 4, 1)).astype(np.float32))
    batches = TrainingBatches(images, batch_size=2, seed=1, smoothing=TunableSmoothing(schedule))
    smooth = first(batches.dataset(), 8)
    assert len(calls) == 1
    assert tf.is_tensor(calls[0])
    plain = first(TrainingBatches(images, batch_size=2, seed=1).dataset(), 8)
    for before, after, k in zip(plain, smooth, [0, 0, -0.5, -0.5, -1, -1, -1, -1], strict=True):
        np.testing.assert_allclose(after, tunable_sigmoid(before, k), atol=1e-6)


def test_tunable_smoothing_of_bytes():
    smoothing = TunableSmoothing(SmoothToSharp([0, -0.6], [1, 1]), value_range=(-1, 1))
    plain = first(IMAGES.training_batches(4).dataset(), 3)
    smooth = first(IMAGES.training_batches(4, smoothing=smoothing).dataset(), 3)
    for (before, _), (after, _), k in zip(plain, smooth, [0, -0.6, -0.6], strict=True):
        np.testing.assert_allclose(after, tunable_sigmoid(before, k, (-1, 1)), atol=1e-6)


def test_smoothing_needs_images_of_its_range():
    smoothing = TunableSmoothing(TUNABLE_SMOOTH_TO_SHARP)
    message = r"`value_range`\. Received: value_range=\(0\.0, 1\.0\), images_in_batches=\(-1\.0, 1\.0\)\. .*\(-1, 1\)"
    with pytest.raises(ValueError, match=message):
        IMAGES.training_batches(4, smoothing=smoothing)
    with pytest.raises(ValueError, match="`value_range`"):
        TrainingBatches(tf.fill([3, 2, 2, 1], 1.5), batch_size=1, smoothing=smoothing)
    with pytest.raises(ValueError, match="`value_range`"):
        TrainingBatches(tf.fill([3, 2, 2, 1], np.float32(np.nan)), batch_size=1, smoothing=smoothing)
    TrainingBatches(tf.fill([3, 2, 2, 1], 1.5), batch_size=1, smoothing=GaussianSmoothing(GAUSSIAN_SMOOTH_TO_SHARP))


def test_relabel_reaches_data_sets_made_before():
    batches = IMAGES.training_batches(4, seed=3)
    ids = ids_of(IMAGES.training_batches(4, seed=3, with_example_ids=True), 40)
    iterator = iter(batches.dataset())
    np.testing.assert_array_equal(next(iterator)[1], LABELS[ids[0]])
    new_labels = (LABELS + 1) % 4
    batches.relabel(new_labels)
    labels = np.array([next(iterator)[1] for _ in range(39)])
    np.testing.assert_array_equal(labels[10:], new_labels[ids[11:]])  # at most ten were under way
    np.testing.assert_array_equal(first(batches.dataset(), 1)[0][1], new_labels[ids[0]])
    np.testing.assert_array_equal(first(IMAGES.training_batches(4, seed=3).dataset(), 1)[0][1], LABELS[ids[0]])


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.full(NUM_IMAGES, 4), r"in \[0, num_classes\), here 0 to 3\. Received: out_of_range=\[4\], num_classes=4"),
        (np.full(NUM_IMAGES, -1), r"in \[0, num_classes\)"),
        (LABELS[:-1], "one label per image"),
        (LABELS.astype(np.float32), "whole numbers"),
    ],
)
def test_relabel_errors_change_nothing(labels, message):
    batches = IMAGES.training_batches(4)
    before = first(batches.dataset(), 1)[0][1]
    with pytest.raises(ValueError, match=message):
        batches.relabel(labels)
    np.testing.assert_array_equal(first(batches.dataset(), 1)[0][1], before)


def test_errors():
    with pytest.raises(ValueError, match=r"Received: batch_size=24, num_examples=23\. Lower the batch size"):
        IMAGES.training_batches(24)
    with pytest.raises(ValueError, match="`batch_size` must be above 0"):
        IMAGES.training_batches(0)
    with pytest.raises(ValueError, match="`start_batch` must be at least 0"):
        IMAGES.training_batches(4).dataset(-1)
    with pytest.raises(ValueError, match="made with labels"):
        IMAGES.with_labels(None).training_batches(4).relabel(LABELS)
    with pytest.raises(ValueError, match=r"in \[0, num_classes\)"):
        TrainingBatches(IMAGES.train.pixels, LABELS, 3, batch_size=4)


POINTS = np.random.default_rng(1).normal(size=(NUM_IMAGES, 2)).astype(np.float32) * 1e3


@pytest.mark.parametrize("shape", [(2,), (3, 1), (2, 3, 1), (2, 1, 1, 2)])
def test_floats_of_any_rank_come_as_they_are(shape):
    examples = np.random.default_rng(1).normal(0, 1e3, (NUM_IMAGES, *shape)).astype(np.float32)
    batches = TrainingBatches(tf.constant(examples), batch_size=4, seed=5, with_example_ids=True)
    assert batches.dataset().element_spec == (tf.TensorSpec((4, *shape), tf.float32), tf.TensorSpec((4,), tf.int32))
    for batch, ids in batches:
        np.testing.assert_array_equal(batch, examples[ids.numpy()])


def test_points_come_in_the_order_of_images():
    points = TrainingBatches(tf.constant(POINTS), LABELS, 4, batch_size=4, seed=5)
    assert points.num_examples == IMAGES.training_batches(4).num_examples == NUM_IMAGES
    pairs = zip(first(points.dataset(3), 9), first(IMAGES.training_batches(4, seed=5).dataset(3), 9), strict=True)
    for (_, labels), (_, labels_of_images) in pairs:
        np.testing.assert_array_equal(labels, labels_of_images)
    whole = first(TrainingBatches(tf.constant(POINTS), batch_size=4, seed=5).dataset(), 12)
    for (batch, _), same in zip(first(points.dataset(3), 9), whole[3:], strict=True):
        np.testing.assert_array_equal(batch, same)


def test_the_order_is_that_of_earlier_versions():
    ids = ids_of(IMAGES.training_batches(4, seed=5, with_example_ids=True), 7)[[0, 6]]
    np.testing.assert_array_equal(ids, [[11, 8, 12, 2], [3, 13, 15, 22]])


@pytest.mark.parametrize(
    ("examples", "message"),
    [
        (np.zeros(5, np.float32), "float32 .* of two axes at least.*float32"),
        (np.zeros((5, 2)), "must be uint8 images .* or float32 .*float64.*cast them"),
        (np.zeros((5, 2), np.int32), "must be uint8 images"),
        (np.zeros((5, 2), np.uint8), "must be uint8 images"),
    ],
)
def test_other_examples(examples, message):
    with pytest.raises(ValueError, match=message):
        TrainingBatches(tf.constant(examples), batch_size=2)


def test_smoothing_needs_images():
    smoothing = GaussianSmoothing(piecewise_constant([1, 0], [1, 1]), batches_per_step=1)
    with pytest.raises(ValueError, match=r"`smoothing` needs images.*shape=\(23, 2\)"):
        TrainingBatches(tf.constant(POINTS), batch_size=2, smoothing=smoothing)


def test_label_counts_follow_the_labels():
    batches = TrainingBatches(tf.zeros([5, 8, 8, 1], tf.uint8), np.array([0, 2, 2, 0, 0]), 4, batch_size=2)
    np.testing.assert_array_equal(batches.label_counts, [3, 0, 2, 0])
    batches.relabel(np.array([1, 1, 1, 1, 3]))
    np.testing.assert_array_equal(batches.label_counts, [0, 4, 0, 1])
    assert TrainingBatches(tf.zeros([5, 8, 8, 1], tf.uint8), batch_size=2).label_counts is None
