import numpy as np
import pytest

from tfgan_suite.clustering import assign_clusters
from tfgan_suite.metrics.embedders import PixelEmbedder
from tfgan_suite.runs import synthetic_labels as module
from tfgan_suite.runs.synthetic_labels import synthetic_labels


@pytest.fixture
def images():
    """Red, green and blue images with some noise, 20 of each."""
    generator = np.random.default_rng(0)
    colours = np.repeat(np.eye(3) * 200, 20, axis=0)[:, None, None]
    return (colours + generator.integers(0, 50, (60, 4, 4, 3))).astype(np.uint8)


@pytest.mark.parametrize("max_dims", [2048, 5])
def test_clusters_by_colour(images, tmp_path, max_dims):
    embedder = PixelEmbedder((4, 4, 3))
    clusters = synthetic_labels(images, embedder, 3, seed=0, max_dims=max_dims, cache_dir=tmp_path)
    assert clusters.cluster_ids.dtype == np.int32
    assert len(set(zip(np.repeat(range(3), 20), clusters.cluster_ids, strict=True))) == 3
    # Centroids are in the embedder's space, also after PCA, and label other images.
    assert clusters.centroids.shape == (3, 48)
    np.testing.assert_array_equal(
        assign_clusters(embedder.embed(images).features, clusters.centroids), clusters.cluster_ids
    )


def test_is_cached_by_content_and_arguments(images, tmp_path, monkeypatch):
    embedder = PixelEmbedder((4, 4, 3))
    first = synthetic_labels(images, embedder, 3, seed=0, cache_dir=tmp_path)
    made = sorted(file.name.split("-")[0] for file in tmp_path.iterdir())
    assert made == ["clusters", "embedding"]
    with monkeypatch.context() as patched:
        patched.setattr(module, "fit_kmeans", lambda *args, **kwargs: pytest.fail("clustered again"))
        again = synthetic_labels(images, embedder, 3, seed=0, cache_dir=tmp_path)
    np.testing.assert_array_equal(first.cluster_ids, again.cluster_ids)
    np.testing.assert_array_equal(first.centroids, again.centroids)
    assert (first.cost, first.num_refilled) == (again.cost, again.num_refilled)

    # Another K, seed or size clusters again, from the same features.
    monkeypatch.setattr(embedder, "embed", lambda *args: pytest.fail("embedded again"))
    for change in ({"num_clusters": 4}, {"seed": 1}, {"max_dims": 7}, {"num_inits": 1}, {"mini_batch": True}):
        synthetic_labels(images, embedder, **({"num_clusters": 3, "seed": 0} | change), cache_dir=tmp_path)
    assert len(list(tmp_path.iterdir())) == 7


def test_without_cache_nothing_is_kept(images, tmp_path):
    clusters = synthetic_labels(images, PixelEmbedder((4, 4, 3)), 3, cache=False, cache_dir=tmp_path)
    assert clusters.num_clusters == 3
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("num_clusters", [1, 61])
def test_refuses_a_bad_number_of_clusters_before_embedding(images, tmp_path, monkeypatch, num_clusters):
    embedder = PixelEmbedder((4, 4, 3))
    monkeypatch.setattr(embedder, "embed", lambda *args: pytest.fail("embedded"))
    with pytest.raises(ValueError, match=f"num_clusters={num_clusters}, num_samples=60"):
        synthetic_labels(images, embedder, num_clusters, cache_dir=tmp_path)


def test_refuses_more_clusters_than_distinct_images(tmp_path):
    images = np.zeros((10, 4, 4, 3), np.uint8)
    images[5:] = 255
    with pytest.raises(ValueError, match="num_clusters=3, num_distinct=2"):
        synthetic_labels(images, PixelEmbedder((4, 4, 3)), 3, cache_dir=tmp_path)
    assert [file.name.split("-")[0] for file in tmp_path.iterdir()] == ["embedding"]
