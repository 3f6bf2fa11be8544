import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgan_suite.metrics.cached import embedder_key
from tfgan_suite.metrics.embedders import ClassifierEmbedder, SavedModelEmbedder, load_embedder, train_classifier


@pytest.fixture(scope="module")
def classifier():
    images = np.random.default_rng(0).integers(0, 256, (40, 8, 8, 3), np.uint8)
    return train_classifier(images, np.arange(40) % 4, num_steps=2)


def test_layers_of_a_classifier(classifier, images):
    batch, model = images(), classifier.model
    usual = ClassifierEmbedder(classifier)
    embedders = {name: ClassifierEmbedder(classifier, layer=name) for name in ("prelogits", "logits", "hypercolumns")}
    embeddings = {name: embedder.embed(batch) for name, embedder in embedders.items()}
    logits = model(batch.astype(np.float32)).numpy()
    np.testing.assert_allclose(embeddings["logits"].features, logits, rtol=1e-4, atol=1e-5)
    kernel, bias = model.get_layer("logits").get_weights()
    np.testing.assert_allclose(embeddings["prelogits"].features @ kernel + bias, logits, rtol=1e-4, atol=1e-4)
    hidden, means = model.get_layer("standardise")(batch), []
    for index in range(1, 5):
        hidden = model.get_layer(f"conv{index}")(hidden)
        means.append(hidden.numpy().mean(axis=(1, 2)))
    np.testing.assert_allclose(embeddings["hypercolumns"].features, np.concatenate(means, 1), rtol=1e-4, atol=1e-5)
    assert embeddings["hypercolumns"].features.shape[1] == 32 + 64 + 128 + 128
    for embedding in embeddings.values():
        np.testing.assert_allclose(embedding.probs, tf.nn.softmax(logits), rtol=1e-4, atol=1e-6)
    # The usual layer by its name is the same embedder; others are told apart everywhere.
    assert (usual.layer, usual.name, embedder_key(usual)) == (
        "prelogits",
        embedders["prelogits"].name,
        embedder_key(embedders["prelogits"]),
    )
    assert embedders["logits"].name == f"{usual.name}, layer logits"
    assert len({embedder.weights_hash for embedder in embedders.values()}) == 3
    # conv3 and conv4 are equally wide: the key does not rest on the width.
    keys = {embedder_key(ClassifierEmbedder(classifier, layer=name)) for name in ("conv3", "conv4")}
    assert len(keys) == 2


def test_classifier_without_the_layer(classifier):
    with pytest.raises(ValueError, match=r"prelogits, logits, hypercolumns, .*conv1.*layer='pool_3'.*classifier"):
        ClassifierEmbedder(classifier, layer="pool_3")


@pytest.fixture
def softmax_file(tmp_path):
    """A Keras file with a softmax at its end, without a layer called prelogits."""
    inputs = keras.Input((8, 8, 3))
    hidden = keras.layers.Conv2D(4, 3, activation="relu", name="first")(inputs)
    hidden = keras.layers.GlobalAveragePooling2D(name="means")(keras.layers.Conv2D(6, 3, name="second")(hidden))
    model = keras.Model(inputs, keras.layers.Dense(5, activation="softmax", name="classes")(hidden))
    model.save(tmp_path / "network.keras")
    return tmp_path / "network.keras", model


def test_layers_of_a_keras_file(softmax_file, images):
    path, model = softmax_file
    batch = images()
    probs = model(batch.astype(np.float32)).numpy()
    usual = SavedModelEmbedder(path)
    assert (usual.layer, usual.name, usual.num_classes) == ("output_0", "network.keras", None)
    np.testing.assert_allclose(usual.embed(batch).features, probs, rtol=1e-4, atol=1e-6)
    logits = SavedModelEmbedder(path, layer="logits")
    assert (logits.layer, logits.name) == ("logits", "network.keras, layer logits")
    np.testing.assert_allclose(tf.nn.softmax(logits.embed(batch).features), probs, rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose(logits.embed(batch).probs, probs, rtol=1e-3, atol=1e-6)
    maps = keras.Model(model.inputs[0], [model.get_layer(name).output for name in ("first", "second", "means")])
    first, second, means = (value.numpy() for value in maps(batch.astype(np.float32)))
    columns = np.concatenate([first.mean(axis=(1, 2)), second.mean(axis=(1, 2))], axis=1)
    for layer, expected in (("prelogits", means), ("means", means), ("hypercolumns", columns)):
        embedding = load_embedder(path, layer=layer).embed(batch)
        np.testing.assert_allclose(embedding.features, expected, rtol=1e-4, atol=1e-3)
        np.testing.assert_allclose(embedding.probs, probs, rtol=1e-3, atol=1e-6)
    keys = {layer: embedder_key(load_embedder(path, layer=layer)) for layer in ("second", "means", "prelogits")}
    assert len(set(keys.values())) == 3
    with pytest.raises(ValueError, match=r"has: prelogits, logits, hypercolumns, first, .*classes\. .*layer='conv9'"):
        SavedModelEmbedder(path, layer="conv9")


def test_keras_files_of_other_kinds(tmp_path, images):
    flat = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(4)])
    flat.save(tmp_path / "flat.keras")
    batch = images().astype(np.float32)
    embedding = SavedModelEmbedder(tmp_path / "flat.keras", layer="logits").embed(images())
    np.testing.assert_allclose(embedding.features, flat(batch), rtol=1e-4, atol=1e-3)
    with pytest.raises(ValueError, match=r"embedder has: prelogits, logits, flatten\S*, dense.*layer='hypercolumns'"):
        SavedModelEmbedder(tmp_path / "flat.keras", layer="hypercolumns")

    inputs = keras.Input((8, 8, 3))
    maps = keras.layers.Conv2D(4, 3, name="maps")(inputs)
    other = keras.layers.Conv2D(2, 1, name="other")(maps)
    inner = keras.layers.Dense(3, name="logits")(keras.layers.GlobalAveragePooling2D()(maps))
    model = keras.Model(inputs, {"pool": maps, "fine": other, "more": inner})
    model.save(tmp_path / "named.keras")
    assert SavedModelEmbedder(tmp_path / "named.keras").layer == "pool"
    expected = model(batch)
    for layer, value in (("fine", expected["fine"]), ("other", expected["fine"]), ("pool", expected["pool"])):
        features = SavedModelEmbedder(tmp_path / "named.keras", layer=layer).embed(images()).features
        np.testing.assert_allclose(features, np.mean(value, axis=(1, 2)), rtol=1e-3, atol=1e-3)
    # A layer may be called logits without being the classification.
    features = SavedModelEmbedder(tmp_path / "named.keras", layer="logits").embed(images()).features
    np.testing.assert_allclose(features, expected["more"], rtol=1e-3, atol=1e-3)
    with pytest.raises(ValueError, match=r"embedder has: hypercolumns, .*fine.*layer='prelogits'"):
        SavedModelEmbedder(tmp_path / "named.keras", layer="prelogits")


def test_outputs_of_a_saved_model(save_network, images):
    path = save_network(outputs=("pool_3", "logits"))
    usual, logits = SavedModelEmbedder(path), load_embedder(path, layer="logits")
    assert (usual.layer, SavedModelEmbedder(path, layer="pool_3").weights_hash) == ("pool_3", usual.weights_hash)
    np.testing.assert_allclose(tf.nn.softmax(logits.embed(images()).features), usual.embed(images()).probs, rtol=1e-5)
    assert (logits.feature_dim, logits.num_classes) == (5, 5)
    assert logits.weights_hash != usual.weights_hash
    with pytest.raises(
        ValueError, match=r"embedder has: (logits, pool_3|pool_3, logits)\. Received: layer='hypercolumns'"
    ):
        load_embedder(path, layer="hypercolumns")
    # An output that is not looked for by itself can be named.
    assert SavedModelEmbedder(save_network("b", outputs=("unknown",)), layer="unknown").feature_dim == 6


def test_pixels_have_one_layer(images):
    assert load_embedder("pixels", train_images=images(), layer="pixels").layer == "pixels"
    with pytest.raises(ValueError, match=r"embedder has: pixels\. Received: layer='logits'"):
        load_embedder("pixels", train_images=images(), layer="logits")
