import numpy as np
import pytest
import tensorflow as tf

from tfgan_suite.metrics.cached import cached_embedding, cached_summary, embedder_key
from tfgan_suite.metrics.embedders import Embedder, PixelEmbedder
from tfgan_suite.metrics.functional import feature_statistics, load_statistics


class Means(Embedder):
    """Channel means, with or without probabilities; counts what it is asked to embed."""

    name, feature_dim = "means", 3

    def __init__(self, weights_hash="a", num_classes=None):
        super().__init__()
        self.weights_hash, self.num_classes, self.calls = weights_hash, num_classes, 0

    def embed(self, *args, **kwargs):
        self.calls += 1
        return super().embed(*args, **kwargs)

    def forward(self, images):
        features = tf.reduce_mean(images, axis=(1, 2))
        return features, None if self.num_classes is None else tf.nn.softmax(features)


@pytest.fixture
def images():
    return np.random.default_rng(0).integers(0, 256, (50, 4, 4, 3), dtype=np.uint8)


@pytest.mark.parametrize("num_classes", [None, 3])
def test_embeds_once(images, tmp_path, num_classes):
    embedder = Means(num_classes=num_classes)
    results = [cached_embedding(images, embedder, cache_dir=tmp_path) for _ in range(2)]
    assert embedder.calls == 1
    expected = Means(num_classes=num_classes).embed(images)
    for result in results:
        np.testing.assert_array_equal(result.features, expected.features)
        if num_classes is None:
            assert result.probs is None
        else:
            np.testing.assert_array_equal(result.probs, expected.probs)


def test_statistics_are_computed_once_and_in_chunks(images, tmp_path, monkeypatch):
    monkeypatch.setattr("tfgan_suite.metrics.summaries._CHUNK_IMAGES", 16)
    embedder, seen = Means(), []
    results = [
        cached_summary(
            images,
            embedder,
            max_rows=30,
            cache_dir=tmp_path,
            batch_size=10,
            progress=lambda done, total: seen.append((done, total)),
        )
        for _ in range(2)
    ]
    assert embedder.calls == 4
    assert seen == [(done, 50) for done in (10, 16, 26, 32, 42, 48, 50)]
    expected = feature_statistics(Means().embed(images).features)
    for summary in results:
        np.testing.assert_array_equal(summary.features, Means().embed(images).features[summary.indices])
        assert len(summary.features) == 30
    for result in (*(each.statistics for each in results), load_statistics(next(tmp_path.iterdir()))):
        assert result.num_samples == 50
        np.testing.assert_allclose(result.mean, expected.mean, rtol=1e-12)
        np.testing.assert_allclose(result.covariance, expected.covariance, rtol=1e-9)


def test_other_images_or_weights_are_other_results(images, tmp_path):
    cached_embedding(images, Means(), cache_dir=tmp_path)
    cached_embedding(images, Means("b"), cache_dir=tmp_path)
    cached_embedding(images[:-1], Means(), cache_dir=tmp_path)
    assert len(list(tmp_path.iterdir())) == 3


def test_key_depends_on_the_size_that_images_are_brought_to():
    assert embedder_key(PixelEmbedder((8, 8, 3))) != embedder_key(PixelEmbedder((4, 16, 3)))
