import numpy as np
import pytest
import tensorflow as tf

from tfgan_suite.metrics.embedders import (
    ClassifierEmbedder,
    PixelEmbedder,
    SavedModelEmbedder,
    classifier_loop,
    load_embedder,
)


def test_by_name_and_by_path(save_network, images, tmp_path, monkeypatch):
    monkeypatch.setattr(classifier_loop.Loop, "run", lambda *args: None)
    batch = images(num_images=30)
    assert isinstance(load_embedder("pixels", train_images=batch), PixelEmbedder)
    network = load_embedder(save_network(), train_images=batch, image_size=[16, 16])
    assert isinstance(network, SavedModelEmbedder)
    assert network.input_size == (16, 16)
    trained = load_embedder("classifier", train_images=batch, train_labels=np.arange(30) % 3, cache_dir=tmp_path)
    assert isinstance(trained, ClassifierEmbedder)
    assert (trained.num_classes, trained.num_test_images) == (3, 3)


@pytest.mark.parametrize(("suffix", "size"), [("@16", (16, 16)), ("@12x20", (12, 20)), ("", None)])
def test_size_after_the_path(save_network, images, suffix, size):
    embedder = load_embedder(f"{save_network()}{suffix}", train_images=images())
    assert (embedder.name, embedder.input_size) == ("network", size)
    # A folder that is really called so is not taken for a size.
    assert load_embedder(save_network("other@16")).input_size is None


def test_unknown_name_lists_the_known_ones():
    with pytest.raises(
        ValueError, match=r"inception, classifier, pixels, resnet50, .* or the path .*embedder='inseption'"
    ):
        load_embedder("inseption")


@pytest.mark.parametrize("name", ["pixels", "classifier"])
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
