import numpy as np
import pytest
import sklearn.datasets

from tfgan_suite.metrics.embedders import classifier, train_classifier_embedder


@pytest.fixture(scope="module")
def digits():
    data = sklearn.datasets.load_digits()
    return (data.images * (255 / 16)).astype(np.uint8)[..., None], data.target


def test_learns_digits_and_is_cached(digits, tmp_path, monkeypatch):
    images, labels = digits
    steps = []
    train, test = slice(0, 1500), slice(1500, None)
    data = {"test_images": images[test], "test_labels": labels[test], "cache_dir": tmp_path, "num_steps": 200}
    first = train_classifier_embedder(
        images[train], labels[train], progress=lambda done, total: steps.append((done, total)), **data
    )
    # 200 steps reach about 0.94 on this split (a linear classifier 0.9); guessing is 0.1.
    assert first.test_accuracy > 0.8
    assert first.num_test_images == 297
    assert steps[0] == (1, 200)
    assert steps[-1] == (200, 200)
    embedding = first.embed(images[test])
    assert embedding.features.shape == (297, 128)
    right = embedding.probs.argmax(axis=1) == labels[test]
    assert right.mean() == pytest.approx(first.test_accuracy, abs=1e-9)
    assert f"{first.test_accuracy:.3f}" in first.name

    monkeypatch.setattr(classifier, "train_classifier", lambda *args, **kwargs: pytest.fail("trained again"))
    again = train_classifier_embedder(images[train], labels[train], **data)
    assert again.weights_hash == first.weights_hash
    np.testing.assert_array_equal(again.embed(images[test]).features, embedding.features)


def test_same_seed_gives_the_same_network(digits, tmp_path):
    images, labels = digits
    made = [
        train_classifier_embedder(images, labels, num_steps=3, seed=seed, cache_dir=tmp_path / str(index))
        for index, seed in enumerate((5, 5, 6))
    ]
    assert made[0].weights_hash == made[1].weights_hash
    assert made[0].weights_hash != made[2].weights_hash
    assert made[0].num_test_images == 180


def test_large_images_are_shrunk(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (24, 128, 96, 3), np.uint8)
    embedder = train_classifier_embedder(images, np.arange(24) % 3, num_steps=1, cache_dir=tmp_path)
    assert embedder.input_size == (64, 48)
    assert "to 64x48" in embedder.resize_for((128, 96, 3))
    assert embedder.embed(images).probs.shape == (24, 3)


def test_classes_without_images_count_when_told(digits, tmp_path):
    images, labels = digits
    embedder = train_classifier_embedder(images[:100], labels[:100], num_classes=12, num_steps=2, cache_dir=tmp_path)
    assert embedder.num_classes == 12
    assert embedder.embed(images[:5]).probs.shape == (5, 12)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"train_labels": None}, "must be given labels"),
        ({"train_labels": np.zeros(3, int)}, "num_images=40, num_labels=3"),
        ({"train_labels": np.full(40, -1)}, r"out_of_range=\[-1\]"),
        ({"num_classes": 2}, r"out_of_range=\[2, 3\], num_classes=2"),
        ({"train_images": np.zeros((40, 8, 8, 1), np.float32)}, "must be uint8"),
        ({"train_images": np.zeros((40, 8, 8), np.uint8)}, "4 axes"),
        ({"train_images": np.zeros((19, 8, 8, 1), np.uint8), "train_labels": np.arange(19) % 4}, "at least 20 images"),
        ({"train_labels": np.zeros(40, int)}, "`num_classes` must be at least 2"),
        ({"test_images": np.zeros((2, 8, 8, 1), np.uint8), "test_labels": np.array([0, 9])}, r"out_of_range=\[9\]"),
        ({"num_steps": -1}, "`num_steps` must be above 0"),
    ],
)
def test_refuses(tmp_path, change, message):
    arguments = {"train_images": np.zeros((40, 8, 8, 1), np.uint8), "train_labels": np.arange(40) % 4} | change
    with pytest.raises(ValueError, match=message):
        train_classifier_embedder(**arguments, cache_dir=tmp_path)
    assert list(tmp_path.iterdir()) == []
