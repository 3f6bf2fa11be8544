import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgan_suite.core.images import to_float
from tfgan_suite.metrics.embedders import SavedModelEmbedder
from tfgan_suite.networks.classifiers import small_cnn


def expected_pool(batch):
    means = batch.astype(np.float64).mean(axis=(1, 2))
    return np.concatenate([means, means**2 / 255], axis=1)


@pytest.mark.parametrize("signature", [True, False])
@pytest.mark.parametrize("outputs", [("pool", "logits"), ("pool_3", "logits"), ("features",), None])
def test_outputs(save_network, images, signature, outputs):
    embedder = SavedModelEmbedder(save_network(signature=signature, outputs=outputs))
    batch = images()
    embedding = embedder.embed(batch, batch_size=4)
    assert (embedder.name, embedder.feature_dim, embedder.input_size) == ("network", 6, None)
    np.testing.assert_allclose(embedding.features, expected_pool(batch), rtol=1e-5)
    if outputs and "logits" in outputs:
        logits = expected_pool(batch) @ (np.full((6, 5), 0.01) * np.arange(5))
        exps = np.exp(logits - logits.max(axis=1, keepdims=True))
        np.testing.assert_allclose(embedding.probs, exps / exps.sum(axis=1, keepdims=True), rtol=1e-4)
        assert embedder.num_classes == 5
    else:
        assert embedding.probs is None


def test_fixed_size_resizes_and_says_so(save_network, images):
    embedder = SavedModelEmbedder(save_network(size=(16, 12)))
    assert "to 16x12 unless of that size; grey repeated" in embedder.resize
    assert embedder.embed(images(size=8)).features.shape == (11, 6)
    flat = np.full((1, 8, 8, 1), 100, np.uint8)
    np.testing.assert_allclose(embedder.embed(flat).features, expected_pool(np.repeat(flat, 3, axis=-1)), rtol=1e-5)


def test_free_size_may_be_enlarged(save_network, images):
    path = save_network()
    enlarged = SavedModelEmbedder(path, image_size=(32, 32))
    assert "to 32x32 unless" in enlarged.resize
    assert SavedModelEmbedder(path).resize == "grey repeated to 3 channels"
    batch = images()
    expected = expected_pool(tf.image.resize(batch, (32, 32)).numpy())
    np.testing.assert_allclose(enlarged.embed(batch).features, expected, rtol=1e-4)


def test_refuses_another_size_than_the_fixed_one(save_network):
    with pytest.raises(ValueError, match=r"image_size=\(32, 32\), fixed=\(16, 16\)"):
        SavedModelEmbedder(save_network(size=(16, 16)), image_size=(32, 32))


def test_hash_is_of_the_weights_alone(save_network):
    first, again = save_network("first"), save_network("again")
    other = save_network("other", weight=0.02)
    hashes = [SavedModelEmbedder(path).weights_hash for path in (first, again, other)]
    assert len(hashes[0]) == 64
    assert hashes[0] != hashes[2]
    (first / "README.md").write_text("about")
    assert SavedModelEmbedder(first).weights_hash == hashes[0]
    variables = first / "variables" / "variables.data-00000-of-00001"
    variables.write_bytes(variables.read_bytes() + b"0")
    assert SavedModelEmbedder(first).weights_hash != hashes[0]


def test_keras_file_with_prelogits(tmp_path, images):
    model = small_cnn((8, 8, 3), 4)
    raw = keras.Input((8, 8, 3))
    whole = keras.Model(raw, model(keras.layers.Rescaling(1 / 127.5, -1)(raw)))
    flat = keras.Sequential(
        [raw, keras.layers.Flatten(), keras.layers.Dense(7, name="prelogits"), keras.layers.Dense(4)]
    )
    flat.save(tmp_path / "flat.keras")
    embedding = SavedModelEmbedder(tmp_path / "flat.keras").embed(images())
    batch = images().astype(np.float32)
    hidden = keras.Model(flat.inputs[0], flat.get_layer("prelogits").output)(batch)
    np.testing.assert_allclose(embedding.features, hidden, rtol=1e-4, atol=1e-3)
    np.testing.assert_allclose(embedding.probs, tf.nn.softmax(flat(batch)), rtol=1e-4, atol=1e-5)
    # Without such a layer the single output is taken as features.
    whole.save(tmp_path / "whole.keras")
    embedding = SavedModelEmbedder(tmp_path / "whole.keras").embed(images())
    np.testing.assert_allclose(embedding.features, model(to_float(images())), rtol=1e-4, atol=1e-5)
    assert embedding.probs is None


@pytest.mark.parametrize("kind", ["missing", "empty folder", "text file", "broken keras file"])
def test_refuses_what_cannot_be_loaded(tmp_path, kind):
    path = tmp_path / ("network.keras" if kind == "broken keras file" else "network")
    if kind == "empty folder":
        path.mkdir()
    elif kind != "missing":
        path.write_text("no network")
    with pytest.raises(ValueError, match=r"SavedModel folder or a \.keras file"):
        SavedModelEmbedder(path)


def test_refuses_a_truncated_saved_model(save_network):
    path = save_network()
    graph = path / "saved_model.pb"
    graph.write_bytes(graph.read_bytes()[:200])
    with pytest.raises(ValueError, match="could not be loaded"):
        SavedModelEmbedder(path)


def test_input_of_unknown_rank_is_taken_for_colour_images(tmp_path, images):
    class Means(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec(None, tf.float32)])
        def __call__(self, images):
            return {"pool": tf.ensure_shape(tf.reduce_mean(images, axis=(1, 2)), (None, 3))}

    tf.saved_model.save(Means(), str(tmp_path / "network"), signatures={})
    embedder = SavedModelEmbedder(tmp_path / "network")
    assert (embedder.input_size, embedder.input_channels) == (None, 3)
    np.testing.assert_allclose(embedder.embed(images()).features, images().mean(axis=(1, 2)), rtol=1e-5)


def test_refuses_a_network_that_fails(tmp_path):
    class NeedsLargeImages(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec((None, None, None, 3), tf.float32)])
        def __call__(self, images):
            with tf.control_dependencies([tf.debugging.assert_greater(tf.shape(images)[1], 200, message="too small")]):
                return {"pool": tf.reduce_mean(images, axis=(1, 2))}

    tf.saved_model.save(NeedsLargeImages(), str(tmp_path / "network"))
    assert SavedModelEmbedder(tmp_path / "network", image_size=(224, 224)).feature_dim == 3
    with pytest.raises(ValueError, match=r"failed on an image of 128x128: .*too small.*`image_size=`"):
        SavedModelEmbedder(tmp_path / "network")


def test_refuses_outputs_that_it_does_not_know(save_network):
    with pytest.raises(ValueError, match=r"one of pool, .* outputs=\{'unknown': \(1, 6\)\}"):
        SavedModelEmbedder(save_network(outputs=("unknown",)))


def test_refuses_a_model_that_takes_no_images(tmp_path):
    class Doubler(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec((None, 3), tf.float32)])
        def __call__(self, values):
            return {"pool": 2 * values}

    doubler = Doubler()
    tf.saved_model.save(doubler, str(tmp_path / "called"), signatures={})
    tf.saved_model.save(doubler, str(tmp_path / "signed"), signatures={"serving_default": doubler.__call__})
    with pytest.raises(ValueError, match="callable on images"):
        SavedModelEmbedder(tmp_path / "called")
    with pytest.raises(ValueError, match=r"must take images .*input_shape=\(None, 3\)"):
        SavedModelEmbedder(tmp_path / "signed")
