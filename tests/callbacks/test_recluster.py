"""Labels by the discriminator's features: what is clustered, when, and what the model learns of it."""

import numpy as np
import pytest

from tfgan_suite.callbacks.recluster import Recluster
from tfgan_suite.clustering.kmeans import assign_clusters
from tfgan_suite.core.images import to_float
from tfgan_suite.metrics.functional.clustering import normalized_mutual_information

NUM_EXAMPLES = 48


@pytest.fixture
def ids_batches(images):
    return images.training_batches(8, seed=1, with_example_ids=True)


def features_of(gan, images):
    """The critic's flattened last map, computed layer by layer."""
    import keras

    network = keras.Model(gan.discriminator.inputs[0], gan.discriminator.get_layer("features").output)
    return network(to_float(images.train.pixels), training=False).numpy()


def test_clusters_before_the_first_step_and_at_its_intervals(make_gan, images, ids_batches, tmp_path):
    gan = make_gan(num_examples=NUM_EXAMPLES)
    recluster = Recluster(images.train.pixels, 2, num_inits=2, true_labels=images.train.labels, folder=tmp_path)
    history = gan.fit(ids_batches, epochs=5, steps_per_epoch=1, callbacks=[recluster], verbose=0).history
    files = sorted(tmp_path.iterdir())
    assert [path.name for path in files] == [f"step_{step:08d}.npz" for step in (0, 2, 4)]
    kept = [np.load(path)["labels"] for path in files]
    np.testing.assert_array_equal(gan.example_labels.numpy(), kept[-1])
    assert history["cluster_moved"] == pytest.approx([(kept[1] != kept[0]).mean(), (kept[2] != kept[1]).mean()])
    expected = [normalized_mutual_information(images.train.labels, labels) for labels in kept[1:]]
    assert history["cluster_nmi"] == pytest.approx(expected)
    assert history["smallest_cluster"][-1] == np.bincount(kept[-1], minlength=3).min()


def test_every_example_gets_its_nearest_centroid_and_counts_follow(make_gan, images):
    gan = make_gan(num_examples=NUM_EXAMPLES)
    recluster = Recluster(images.train.pixels, 2, num_clustered=30, num_inits=2, batch_size=7)
    recluster.set_model(gan)
    recluster.recluster()
    labels, features = gan.example_labels.numpy(), features_of(gan, images)
    means = np.stack(
        [features[recluster.clustered_ids][labels[recluster.clustered_ids] == c].mean(0) for c in range(3)]
    )
    others = np.setdiff1d(np.arange(NUM_EXAMPLES), recluster.clustered_ids)
    np.testing.assert_array_equal(labels[others], assign_clusters(features[others], means))
    np.testing.assert_allclose(gan.label_probs.numpy(), np.bincount(labels, minlength=3) / NUM_EXAMPLES, rtol=1e-6)


def test_the_step_looks_labels_up_by_example_id(make_gan, images, ids_batches):
    gan = make_gan(num_examples=NUM_EXAMPLES)
    gan.set_example_labels(np.arange(NUM_EXAMPLES, dtype=np.int32) // 16)
    pixels, ids = next(iter(ids_batches))
    _, labels = gan._unpack((pixels[:, None], ids[:, None]))
    np.testing.assert_array_equal(labels.numpy()[:, 0], ids.numpy() // 16)


def test_a_model_with_given_first_labels_starts_with_them(make_gan, images, ids_batches):
    gan = make_gan(num_examples=NUM_EXAMPLES)
    recluster = Recluster(images.train.pixels, 0, initial_labels=images.train.labels)
    gan.fit(ids_batches, epochs=1, steps_per_epoch=1, callbacks=[recluster], verbose=0)
    np.testing.assert_array_equal(gan.example_labels.numpy(), images.train.labels)


def test_a_resumed_model_is_not_clustered_anew(make_gan, images, ids_batches):
    gan = make_gan(num_examples=NUM_EXAMPLES)
    gan.num_steps.assign(4)
    labels = np.roll(images.train.labels, 1)
    gan.set_example_labels(labels)
    recluster = Recluster(images.train.pixels, 0)
    gan.fit(ids_batches, epochs=1, steps_per_epoch=1, callbacks=[recluster], verbose=0)
    np.testing.assert_array_equal(gan.example_labels.numpy(), labels)


def test_labels_in_place_of_ids_are_refused(make_gan, batches):
    with pytest.raises(ValueError, match="A GAN with `num_examples` must be given batches with as many example ids"):
        make_gan(num_examples=NUM_EXAMPLES).fit(batches, steps_per_epoch=1, verbose=0)


def test_ids_of_other_examples_are_refused(make_gan, ids_batches):
    with pytest.raises(ValueError, match="as many example ids"):
        make_gan(num_examples=NUM_EXAMPLES + 1).fit(ids_batches, steps_per_epoch=1, verbose=0)


def test_examples_of_another_number_are_refused(make_gan, images):
    with pytest.raises(ValueError, match="`num_examples` of the model must be the number of `examples`"):
        Recluster(images.train.pixels[:40], 1).set_model(make_gan(num_examples=NUM_EXAMPLES))


def test_more_clusters_than_clustered_examples_are_refused(make_gan, images):
    with pytest.raises(ValueError, match=r"The number of clusters must be in \[2, num_clustered\]"):
        Recluster(images.train.pixels, 1, num_clustered=2).set_model(make_gan(num_examples=NUM_EXAMPLES))


def test_an_unknown_layer_is_refused_with_a_list(make_gan, images):
    with pytest.raises(ValueError, match=r"`layer` must be one of the discriminator's: .*features"):
        Recluster(images.train.pixels, 1, feature_layer="body").set_model(make_gan(num_examples=NUM_EXAMPLES))


def test_labels_of_another_number_are_refused(images):
    with pytest.raises(ValueError, match="`true_labels` must have one label per example"):
        Recluster(images.train.pixels, 1, true_labels=np.zeros(3, int))


def test_ids_belong_to_a_conditional_gan(make_gan):
    from tfgan_suite.models import GAN

    gan = make_gan()
    with pytest.raises(ValueError, match="`num_examples` must be at least 1 and belongs to a conditional GAN"):
        GAN(gan.generator, gan.discriminator, num_examples=4)


def test_labels_for_another_number_of_examples_are_refused(make_gan):
    with pytest.raises(ValueError, match="`labels` must have one label for each of the model's `num_examples`"):
        make_gan(num_examples=NUM_EXAMPLES).set_example_labels(np.zeros(3, np.int32))
