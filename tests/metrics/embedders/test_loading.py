import numpy as np
import pytest
import tensorflow as tf

from tfgan_suite.metrics.embedders import (
    EMBEDDER_NAMES,
    AutoencoderEmbedder,
    ClassifierEmbedder,
    PixelEmbedder,
    RotationEmbedder,
    SavedModelEmbedder,
    load_embedder,
)
from tfgan_suite.metrics.embedders.training_loop import TrainingLoop


def test_by_name_and_by_path(save_network, images, tmp_path, monkeypatch):
    monkeypatch.setattr(TrainingLoop, "run", lambda *args: None)
    batch = images(num_images=30)
    assert isinstance(load_embedder("pixels", train_images=batch), PixelEmbedder)
    network = load_embedder(save_network(), train_images=batch, image_size=[16, 16])
    assert isinstance(network, SavedModelEmbedder)
    assert network.input_size == (16, 16)
    trained = load_embedder("classifier", train_images=batch, train_labels=np.arange(30) % 3, cache_dir=tmp_path)
    assert isinstance(trained, ClassifierEmbedder)
    assert (trained.num_classes, trained.num_test_images) == (3, 3)


@pytest.mark.parametrize(
    ("name", "kind", "layer"), [("autoencoder", AutoencoderEmbedder, "code"), ("rotation", RotationEmbedder, "block3")]
)
def test_trained_without_labels(name, kind, layer, images, tmp_path, monkeypatch):
    monkeypatch.setattr(TrainingLoop, "run", lambda *args: None)
    assert name in EMBEDDER_NAMES
    batch, tests = images(num_images=30), images(num_images=20, seed=1)
    trained = load_embedder(
        name, train_images=batch, train_labels=np.arange(30) % 3, test_images=tests, layer=layer, cache_dir=tmp_path
    )
    assert isinstance(trained, kind)
    assert trained.layer == layer
    assert trained.num_classes is None
    other_seed = load_embedder(name, train_images=batch, test_images=tests, layer=layer, seed=1, cache_dir=tmp_path)
    assert other_seed.weights_hash != trained.weights_hash


@pytest.mark.parametrize(("suffix", "size"), [("@16", (16, 16)), ("@12x20", (12, 20)), ("", None)])
def test_size_after_the_path(save_network, images, suffix, size):
    embedder = load_embedder(f"{save_network()}{suffix}", train_images=images())
    assert (embedder.name, embedder.input_size) == ("network", size)
    # A folder that is really called so is not taken for a size.
    assert load_embedder(save_network("other@16")).input_size is None


def test_unknown_name_lists_the_known_ones():
    with pytest.raises(
        ValueError,
        match=r"inception, classifier, pixels, autoencoder, rotation, resnet50, .* or the path .*embedder='inseption'",
    ):
        load_embedder("inseption")


@pytest.mark.parametrize("name", ["pixels", "classifier", "autoencoder", "rotation"])
def test_needs_images(name):
    with pytest.raises(ValueError, match=f"'{name}' must be given `train_images`"):
        load_embedder(name)


def test_classifier_needs_labels(images):
    with pytest.raises(ValueError, match="must be given labels"):
        load_embedder("classifier", train_images=images())


def test_a_network_that_fails_on_these_images_is_refused_at_loading(tmp_path, images):
    class NeedsLargeImages(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec((None, None, None, 3), tf.float32)])
        def __call__(self, images):
            with tf.control_dependencies([tf.debugging.assert_greater(tf.shape(images)[1], 30, message="too small")]):
                return {"pool": tf.reduce_mean(images, axis=(1, 2))}

    tf.saved_model.save(NeedsLargeImages(), str(tmp_path / "network"))
    load_embedder(tmp_path / "network", train_images=images(size=32))
    load_embedder(tmp_path / "network", train_images=images(size=8), image_size=(32, 32))
    with pytest.raises(ValueError, match=r"does not take images of shape \(8, 8, 3\).*`image_size=`"):
        load_embedder(tmp_path / "network", train_images=images(size=8))
