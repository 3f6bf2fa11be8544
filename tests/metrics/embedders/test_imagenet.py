import keras
import numpy as np
import pytest

from tfgan_suite.metrics.embedders import ImageNetEmbedder, imagenet, load_embedder


def tiny_network(weights=None, input_shape=None, include_top=True, pooling=None):
    inputs = keras.Input(input_shape)
    hidden = keras.layers.Conv2D(5, 7, strides=32, name="conv")(inputs)
    hidden = keras.layers.GlobalAveragePooling2D(name="avg_pool")(hidden)
    outputs = keras.layers.Dense(4, activation="softmax", name="predictions")(hidden) if include_top else hidden
    return keras.Model(inputs, outputs, name="tiny")


@pytest.fixture
def tiny(monkeypatch):
    network = imagenet._Network(
        tiny_network, keras.applications.resnet.preprocess_input, "avg_pool", "http://127.0.0.1:9/tiny.h5"
    )
    monkeypatch.setitem(imagenet.IMAGENET_NETWORKS, "tiny", network)


def test_local_weights_with_top(tiny, tmp_path, images):
    model = tiny_network(input_shape=(224, 224, 3))
    model.save_weights(tmp_path / "tiny.weights.h5")
    embedder = ImageNetEmbedder("tiny", weights=tmp_path / "tiny.weights.h5")
    assert (embedder.feature_dim, embedder.num_classes, embedder.name) == (5, 4, "tiny (ImageNet)")
    assert "to 224x224 unless of that size" in embedder.resize
    batch = images(num_images=3, size=224)
    embedding = embedder.embed(batch)
    # Caffe preprocessing: BGR minus the ImageNet means.
    prepared = batch[..., ::-1].astype(np.float32) - np.float32([103.939, 116.779, 123.68])
    np.testing.assert_allclose(embedding.probs, model(prepared), rtol=1e-4, atol=1e-5)
    hidden = keras.Model(model.inputs[0], model.get_layer("avg_pool").output)(prepared)
    np.testing.assert_allclose(embedding.features, hidden, rtol=1e-4, atol=1e-3)
    assert embedder.embed(images(size=8, channels=1)).features.shape == (11, 5)


def test_layers(tiny, tmp_path, images):
    model = tiny_network(input_shape=(224, 224, 3))
    model.save_weights(tmp_path / "tiny.weights.h5")
    path, batch = tmp_path / "tiny.weights.h5", images(num_images=3, size=224)
    usual = ImageNetEmbedder("tiny", weights=path).embed(batch)
    for layer in ("prelogits", "avg_pool", "hypercolumns"):
        embedder = load_embedder("tiny", weights=path, layer=layer, resize_mode="clean")
        # The only convolution is the one before the mean.
        np.testing.assert_allclose(embedder.embed(batch).features, usual.features, rtol=1e-4, atol=1e-3)
        assert embedder.name == ("tiny (ImageNet)" if layer == "prelogits" else f"tiny (ImageNet), layer {layer}")
    logits = ImageNetEmbedder("tiny", weights=path, layer="logits").embed(batch)
    exps = np.exp(logits.features - logits.features.max(axis=1, keepdims=True))
    np.testing.assert_allclose(exps / exps.sum(axis=1, keepdims=True), logits.probs, rtol=1e-3, atol=1e-6)
    with pytest.raises(ValueError, match=r"prelogits, logits, hypercolumns, conv, .*layer='fc9'.*tiny \(ImageNet\)"):
        ImageNetEmbedder("tiny", weights=path, layer="fc9")


def test_local_weights_without_top(tiny, tmp_path, images):
    tiny_network(input_shape=(224, 224, 3), include_top=False).save_weights(tmp_path / "tiny_notop.weights.h5")
    embedder = load_embedder("tiny", weights=tmp_path / "tiny_notop.weights.h5", train_images=images())
    assert embedder.num_classes is None
    assert embedder.embed(images()).probs is None
    assert embedder.feature_dim == 5


def test_weights_that_do_not_fit(tiny, tmp_path):
    tiny_network(input_shape=(224, 224, 3), include_top=False).save_weights(tmp_path / "tiny.weights.h5")
    with pytest.raises(ValueError, match="'notop' in its name"):
        ImageNetEmbedder("tiny", weights=tmp_path / "tiny.weights.h5")
    with pytest.raises(ValueError, match="must be an existing file"):
        ImageNetEmbedder("tiny", weights=tmp_path / "missing.weights.h5")


def test_unknown_network():
    with pytest.raises(ValueError, match="'resnet50', 'resnet101', 'resnet152', 'vgg16'"):
        ImageNetEmbedder("alexnet")


def test_no_network_and_no_local_copy(tiny, monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    with pytest.raises(ValueError, match=r"ImageNet weights of tiny could not be downloaded .*`weights=`"):
        ImageNetEmbedder("tiny")


def test_cached_weights_are_found(tiny, monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(imagenet, "require_reachable", lambda *args: pytest.fail("looked at the network"))
    (tmp_path / "models").mkdir()
    monkeypatch.setitem(
        imagenet.IMAGENET_NETWORKS,
        "tiny",
        imagenet._Network(tiny_network, lambda images: images, "avg_pool", "http://127.0.0.1:9/tiny.weights.h5"),
    )
    tiny_network(input_shape=(224, 224, 3)).save_weights(tmp_path / "models" / "tiny.weights.h5")
    assert ImageNetEmbedder("tiny").feature_dim == 5


@pytest.mark.parametrize(("name", "dims"), [("resnet50", 2048), ("vgg16", 4096)])
def test_real_networks_have_the_feature_layer(name, dims):
    network = imagenet.IMAGENET_NETWORKS[name]
    with keras.StatelessScope():  # makes no weights: shapes are enough
        model = network.build(weights=None, input_shape=(224, 224, 3))
    assert model.get_layer(network.feature_layer).output.shape == (None, dims)
    assert model.output.shape == (None, 1000)
