"""What the self-conditioned GAN and its baselines have of their own, against values worked by hand."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from model_cases import BATCH_SIZE, dense_discriminator, dense_generator, dense_mgan, dense_online, dense_pacgan

from tfgan_suite.core.seeds import make_seed
from tfgan_suite.data import Images, Split, mixture_points, ring_mixture
from tfgan_suite.models import MGAN, PacGAN, SelfConditionedGAN


@pytest.fixture(scope="module")
def points():
    return mixture_points(ring_mixture(), 40, seed=0)


@pytest.fixture(scope="module")
def images_32():
    return Images("noise", Split(np.zeros((5, 32, 32, 3), np.uint8)))


def test_a_pack_is_consecutive_samples_side_by_side():
    gan = dense_pacgan()
    images = tf.random.stateless_normal([4, 2, 2, 1], [1, 2])
    packs = tf.concat([images[::2], images[1::2]], axis=-1)
    expected = gan.discriminator(packs)[:, 0]
    np.testing.assert_allclose(gan.discriminate(images, None, training=False)["logits"], expected, rtol=1e-6)
    np.testing.assert_allclose(gan.discriminate(packs, None, training=False)["logits"], expected, rtol=1e-6)


def test_penalties_are_on_packs():
    """The gradient penalty of a linear critic, 2 * sum over a pack of 8 entries: (2 sqrt(8) - 1)^2."""
    pack = keras.Input((2, 2, 2))
    sums = keras.layers.Dense(1, kernel_initializer=keras.initializers.Constant(2.0))(keras.layers.Flatten()(pack))
    gan = PacGAN(dense_generator(), keras.Model(pack, sums), packing=2)
    gan.compile(gradient_penalty_weight=1.0, r1_weight=1.0)
    real = tf.random.stateless_normal([4, 2, 2, 1], [1, 2])
    _, logs = gan.penalty(real, -real, None, make_seed(0))
    assert float(logs["gradient_penalty"]) == pytest.approx((2 * np.sqrt(8) - 1) ** 2, rel=1e-5)
    assert float(logs["r1_penalty"]) == pytest.approx(32.0, rel=1e-5)


def test_packing_that_does_not_divide_the_batch_is_refused(points):
    gan = PacGAN.for_points(points, packing=3)
    gan.compile()
    with pytest.raises(ValueError, match=r"packing.*3"):
        gan.fit(points.training_batches(4), steps_per_epoch=1, verbose=0)


def test_networks_that_do_not_fit_the_packing_are_refused():
    with pytest.raises(ValueError, match="`generator` must make images of the shape that `discriminator` takes"):
        PacGAN(dense_generator(), dense_discriminator(), packing=2)


def test_mgan_learns_without_labels_and_draws_generators_evenly():
    gan = dense_mgan()
    gan.compile(run_eagerly=True)
    images = np.zeros((BATCH_SIZE, 2, 2, 1), np.float32)
    assert gan.fit(images, batch_size=BATCH_SIZE, verbose=0).history["fake_class_loss"][0] > 0
    np.testing.assert_allclose(gan.label_probs.numpy(), 1 / 3, rtol=1e-6)
    assert gan.generator_class_weight == 0.01


def test_online_centroids_are_running_means():
    """Two batches by hand: c is the mean of all that it was ever given, as the first count is 0."""
    gan = dense_online()
    gan.compile(run_eagerly=True)
    given, shares = [[] for _ in range(3)], gan.label_probs.numpy()
    for seed in (1, 2):
        images = tf.random.stateless_normal([BATCH_SIZE, 2, 2, 1], [seed, 0])
        before = gan.centroids.numpy()
        features = gan._features(images).numpy()
        nearest = np.linalg.norm(features[:, None] - before, axis=2).argmin(axis=1)
        np.testing.assert_array_equal(gan.assign_and_move(images), nearest)
        for row, cluster in zip(features, nearest, strict=True):
            given[cluster].append(row)
        for cluster, rows in enumerate(given):
            expected = np.mean(rows, axis=0) if rows else before[cluster]
            np.testing.assert_allclose(gan.centroids.numpy()[cluster], expected, rtol=1e-4, atol=1e-6)
        shares = 0.99 * shares + 0.01 * np.bincount(nearest, minlength=3) / BATCH_SIZE
        np.testing.assert_allclose(gan.label_probs.numpy(), shares, rtol=1e-6)
    counts = np.array(list(map(len, given)))
    np.testing.assert_array_equal(gan.centroid_counts.numpy(), counts)


def test_centroids_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"`centroids` must be \[num_classes, dimensions of the features\]"):
        dense_online().set_centroids(np.zeros((2, 2)))


def test_for_points_and_images_have_the_papers_sizes(points, images_32):
    assert SelfConditionedGAN.for_points(points).generator.count_params() == 500_802 + 2 * 4 * 400  # moving statistics
    assert SelfConditionedGAN.for_points(points).discriminator.count_params() == 415_050
    assert PacGAN.for_points(points, packing=3).discriminator.count_params() == 409_201
    gan = SelfConditionedGAN.for_images(images_32, num_clusters=10)
    assert gan.discriminator.count_params() == 3_009_610
    assert (gan.num_examples, gan.num_classes) == (5, 10)
    assert (
        MGAN.for_images(images_32, network="shallow", num_generators=4).discriminator.output["class_logits"].shape[1]
        == 4
    )


def test_the_papers_optimizers(points, images_32):
    of_points, of_images = (
        SelfConditionedGAN.for_points(points),
        SelfConditionedGAN.for_images(images_32, num_clusters=2),
    )
    for gan, (rate, beta_1, beta_2) in ((of_points, (1e-3, 0.8, 0.999)), (of_images, (1e-4, 0.0, 0.99))):
        config = gan.default_optimizer().get_config()
        assert (config["learning_rate"], config["beta_1"], config["beta_2"]) == pytest.approx((rate, beta_1, beta_2))
