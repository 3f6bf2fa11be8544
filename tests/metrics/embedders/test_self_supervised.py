"""What the autoencoder and the rotation network have in common as embedders."""

import numpy as np
import pytest

from tfgan_suite.metrics.embedders import (
    AutoencoderOptions,
    RotationOptions,
    self_supervised,
    train_autoencoder_embedder,
    train_rotation_embedder,
)

KINDS = {
    "autoencoder": (train_autoencoder_embedder, AutoencoderOptions(code_dims=3, num_filters=2, num_steps=3)),
    "rotation": (train_rotation_embedder, RotationOptions(num_filters=2, num_steps=3)),
}


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


def train(kind, images, tmp_path, **change):
    function, options = KINDS[kind]
    return function(images, **{"options": options, "cache_dir": tmp_path, **change})


def test_features_by_seed_and_not_by_batch(kind, images, tmp_path):
    batch, steps = images(num_images=30), []
    first = train(kind, batch, tmp_path / "a", seed=5, progress=lambda done, total: steps.append((done, total)))
    again, other = train(kind, batch, tmp_path / "b", seed=5), train(kind, batch, tmp_path / "a", seed=6)
    assert steps == [(1, 3), (2, 3), (3, 3)]
    assert first.weights_hash == again.weights_hash != other.weights_hash
    whole = first.embed(batch, batch_size=30)
    np.testing.assert_array_equal(again.embed(batch, batch_size=30).features, whole.features)
    assert not np.allclose(other.embed(batch).features, whole.features)
    assert whole.features.shape == (30, first.feature_dim)
    assert whole.features.dtype == np.float32
    assert whole.probs is first.num_classes is None
    for batch_size in (1, 7):
        np.testing.assert_allclose(first.embed(batch, batch_size).features, whole.features, rtol=1e-4, atol=1e-5)


def test_kept_by_content(kind, images, tmp_path, monkeypatch):
    batch = images(num_images=30)
    first = train(kind, batch, tmp_path)
    kept = {path.name.partition("-")[0] for path in tmp_path.iterdir()}
    assert kept == {kind}
    monkeypatch.setattr(self_supervised.TrainingLoop, "run", lambda *args: pytest.fail("trained again"))
    again = train(kind, batch, tmp_path)
    assert (again.weights_hash, again.name) == (first.weights_hash, first.name)
    np.testing.assert_array_equal(again.embed(batch).features, first.embed(batch).features)
    for change in (
        {"seed": 1},
        {"options": type(KINDS[kind][1])(num_filters=2, num_steps=4)},
        {"test_images": images(num_images=20, seed=1)},
    ):
        with pytest.raises(pytest.fail.Exception):
            train(kind, batch, tmp_path, **change)
    with pytest.raises(pytest.fail.Exception):
        train(kind, images(num_images=30, seed=1), tmp_path)


def test_large_images_are_shrunk(kind, tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (20, 96, 96, 3), np.uint8)
    options = type(KINDS[kind][1])(num_filters=2, num_steps=1, batch_size=2)
    embedder = train(kind, images, tmp_path, options=options)
    assert embedder.input_size == (64, 64)
    assert "to 64x64" in embedder.resize_for((96, 96, 3))
    assert len(embedder.embed(images[:2]).features) == 2


@pytest.mark.parametrize(
    ("given", "num_images", "expected"),
    [
        ({}, 50_000, (2000, 128)),
        ({}, 9_600, (1500, 128)),
        ({}, 90, (500, 90)),
        ({"num_epochs": 3}, 1000, (21, 128)),
        ({"num_steps": 7, "batch_size": 10}, 1000, (7, 10)),
    ],
)
def test_lengths(given, num_images, expected):
    schedule = AutoencoderOptions(**given).schedule(num_images, seed=4)
    assert (schedule.num_steps, schedule.batch_size, schedule.seed) == (*expected, 4)
    assert schedule.learning_rate == 1e-3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"train_images": np.zeros((19, 8, 8, 1), np.uint8)}, "must have at least 20 images.*num_images=19"),
        ({"train_images": np.zeros((40, 8, 8, 1), np.float32)}, "must be uint8 .*dtype='float32'.*to_uint8"),
        ({"train_images": np.zeros((40, 8, 8), np.uint8)}, "4 axes"),
        ({"test_images": np.zeros((40, 9, 9, 1), np.uint8)}, "must have the shape of the training images"),
        ({"test_images": np.zeros((0, 8, 8, 1), np.uint8)}, "num_images=0"),
        ({"options": {"num_steps": 0}}, "`num_steps` must be above 0"),
        ({"options": {"num_steps": 1, "num_epochs": 1}}, "Only one of"),
        ({"options": {"learning_rate": -1.0}}, "`learning_rate` must be above 0"),
        ({"options": {"num_filters": 0}}, "`num_filters` must be above 0"),
        ({"layer": "logits"}, "`layer` must be one that the embedder has"),
        ({"resize_mode": "nearest"}, "`resize_mode` must be one of"),
    ],
)
def test_refuses(kind, tmp_path, change, message):
    function, options = KINDS[kind]
    if "options" in change:
        change = {"options": type(options)(**change["options"])}
    given = {"train_images": np.zeros((40, 8, 8, 1), np.uint8), "options": options, "cache_dir": tmp_path, **change}
    with pytest.raises(ValueError, match=message):
        function(**given)
