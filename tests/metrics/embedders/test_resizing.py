import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tfgan_suite.metrics.cached import embedder_key
from tfgan_suite.metrics.embedders import RESIZE_MODES, PixelEmbedder, SavedModelEmbedder, load_embedder

SQUARE = np.float32([[0, 1], [2, 3]])[None, :, :, None]


@pytest.mark.parametrize(
    ("mode", "rows"),
    [
        # Golden numbers of TensorFlow 1's resize_bilinear (as in the Inception graph), and of half-pixel centres.
        ("legacy_tf", [[0, 0.5, 1, 1], [1, 1.5, 2, 2], [2, 2.5, 3, 3], [2, 2.5, 3, 3]]),
        ("bilinear", [[0, 0.25, 0.75, 1], [0.5, 0.75, 1.25, 1.5], [1.5, 1.75, 2.25, 2.5], [2, 2.25, 2.75, 3]]),
    ],
)
def test_golden_numbers(mode, rows):
    resized = RESIZE_MODES[mode].resize(tf.constant(SQUARE), (4, 4))
    np.testing.assert_allclose(resized[0, :, :, 0], rows, atol=1e-6)


@pytest.mark.parametrize(("size", "to"), [((32, 32), (299, 299)), ((64, 48), (20, 13)), ((40, 10), (20, 20))])
def test_clean_is_pillows_bicubic_in_floats(size, to):
    images = np.random.default_rng(0).integers(0, 256, (2, *size, 3)).astype(np.float32)
    resized = RESIZE_MODES["clean"].resize(tf.constant(images), to)
    for image, result in zip(images, resized, strict=True):
        for channel in range(3):
            pillow = Image.fromarray(image[..., channel]).resize(to[::-1], Image.Resampling.BICUBIC)
            np.testing.assert_allclose(result[..., channel], np.clip(np.asarray(pillow), 0, 255), atol=1e-2)
    assert resized.dtype == tf.float32


def test_only_the_old_rule_folds_frequencies_when_shrinking():
    stripes = np.zeros((1, 64, 64, 1), np.float32)
    stripes[:, :, ::2] = 255
    spread = {mode: float(tf.math.reduce_std(RESIZE_MODES[mode].resize(stripes, (24, 24)))) for mode in RESIZE_MODES}
    assert spread["legacy_tf"] > 50
    assert spread["clean"] < 20
    assert spread["bilinear"] < 20


def test_the_mode_is_in_the_protocol_and_the_key(images):
    embedders = {mode: PixelEmbedder((4, 4, 3), mode) for mode in RESIZE_MODES}
    assert PixelEmbedder((4, 4, 3)).resize == embedders["bilinear"].resize
    assert len({embedder.resize for embedder in embedders.values()}) == 3
    assert len({embedder_key(embedder) for embedder in embedders.values()}) == 3
    assert "clean bicubic" in embedders["clean"].resize_for((8, 8, 3))
    assert embedders["clean"].resize_for((4, 4, 3)) == "none"
    batch = images()
    for mode, embedder in embedders.items():
        resized = RESIZE_MODES[mode].resize(tf.cast(batch, tf.float32), (4, 4))
        expected = resized.numpy().reshape(11, -1) / 127.5 - 1
        np.testing.assert_allclose(embedder.embed(batch).features, expected, atol=1e-4)


def test_by_name_and_by_path(save_network, images):
    path = save_network(size=(16, 16))
    assert "legacy bilinear" in load_embedder(path, train_images=images(), resize_mode="legacy_tf").resize
    assert load_embedder("pixels", train_images=images(), resize_mode="clean").resize_mode == "clean"


def test_unknown_mode(save_network):
    for make in (lambda: PixelEmbedder((4, 4, 3), "lanczos"), lambda: SavedModelEmbedder("x", resize_mode="lanczos")):
        with pytest.raises(ValueError, match=r"`resize_mode` must be one of 'bilinear', 'legacy_tf', 'clean'.*lanczos"):
            make()
