import json
import zipfile

import keras
import numpy as np
import pytest

from tfgan_suite.metrics.embedders import (
    ClassifierEmbedder,
    load_classifier,
    load_embedder,
    save_classifier,
    train_classifier,
)
from tfgan_suite.metrics.embedders.classifier_file import is_classifier_file


@pytest.fixture(scope="module", params=["small_cnn", "wide_resnet"])
def classifier(request):
    images = np.random.default_rng(0).integers(0, 256, (40, 8, 8, 3), np.uint8)
    return train_classifier(
        images,
        np.arange(40) % 4,
        num_steps=3,
        network=request.param,
        depth=10,
        widen_factor=1,
        class_names="abcd",
        data_name="noise",
    )


def test_what_is_saved_is_what_is_loaded(classifier, tmp_path, images):
    path = tmp_path / "folder" / "network.keras"
    save_classifier(path, classifier)
    assert is_classifier_file(path)
    assert load_classifier(path).card == classifier.card
    first, again = ClassifierEmbedder(classifier), load_embedder(path, train_images=images())
    assert isinstance(again, ClassifierEmbedder)
    for attribute in ("name", "weights_hash", "resize", "feature_dim", "num_classes", "test_accuracy"):
        assert getattr(again, attribute) == getattr(first, attribute)
    np.testing.assert_allclose(again.embed(images()).features, first.embed(images()).features, rtol=1e-6)
    np.testing.assert_allclose(again.embed(images()).probs, first.embed(images()).probs, rtol=1e-6)
    assert load_embedder(path, layer="hypercolumns", resize_mode="clean").layer == "hypercolumns"
    # The file by itself is a Keras model of images in 0..255.
    logits = keras.saving.load_model(path)(images().astype(np.float32)).numpy()
    np.testing.assert_allclose(load_embedder(path, layer="logits").embed(images()).features, logits, rtol=1e-5)
    with zipfile.ZipFile(path) as archive:
        assert json.loads(archive.read("classifier.json"))["data_name"] == "noise"


def test_refuses_another_size_and_another_suffix(classifier, tmp_path):
    save_classifier(tmp_path / "network.keras", classifier)
    assert load_embedder(tmp_path / "network.keras", image_size=(8, 8)).input_size == (8, 8)
    with pytest.raises(ValueError, match=r"image_size=\(16, 16\), fixed=\(8, 8\)"):
        load_embedder(f"{tmp_path / 'network.keras'}@16")
    with pytest.raises(ValueError, match=r"`path` must end in \.keras"):
        save_classifier(tmp_path / "network", classifier)


def test_refuses_other_files_and_damaged_ones(classifier, tmp_path):
    other = tmp_path / "other.keras"
    keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Flatten()]).save(other)
    (tmp_path / "text.keras").write_text("no")
    for path in (other, tmp_path / "text.keras", tmp_path / "missing.keras"):
        assert not is_classifier_file(path)
        with pytest.raises(ValueError, match="a file that `save_classifier` wrote"):
            load_classifier(path)
    with zipfile.ZipFile(other, "a") as archive:
        archive.writestr("classifier.json", "{}")
    with pytest.raises(ValueError, match=r"classifier in .* cannot be read"):
        load_embedder(other)
