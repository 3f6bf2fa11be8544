import numpy as np
import pytest
import tensorflow as tf

from tfgan_suite.core.images import to_float
from tfgan_suite.metrics.embedders import Embedder, PixelEmbedder


class ColourMeans(Embedder):
    """Features: the mean of each channel, at 4x4 pixels."""

    name, weights_hash, feature_dim, num_classes, input_size = "means", "none", 3, 2, (4, 4)

    def forward(self, images):
        features = tf.reduce_mean(images, axis=(1, 2))
        return features, tf.nn.softmax(features[:, :2] / 255.0)


def test_pixels(images):
    batch = images()
    embedding = PixelEmbedder((8, 8, 3)).embed(batch)
    np.testing.assert_allclose(embedding.features, to_float(batch).reshape(11, 192), rtol=0, atol=1e-6)
    assert embedding.features.dtype == np.float32
    assert embedding.probs is None


def test_pixels_of_another_size_are_resized(images):
    embedder = PixelEmbedder((4, 4, 3))
    assert embedder.resize.startswith("bilinear")
    flat = np.full((2, 8, 8, 3), 255, np.uint8)
    np.testing.assert_allclose(embedder.embed(flat).features, np.ones((2, 48)), atol=1e-6)


@pytest.mark.parametrize("batch_size", [1, 4, 11, 500])
def test_result_does_not_depend_on_the_batch_size(images, batch_size):
    batch = images()
    whole, parts = ColourMeans().embed(batch, batch_size=11), ColourMeans().embed(batch, batch_size=batch_size)
    np.testing.assert_allclose(parts.features, whole.features, rtol=1e-6)
    np.testing.assert_allclose(parts.probs, whole.probs, rtol=1e-6)
    np.testing.assert_allclose(parts.probs.sum(axis=1), 1, rtol=1e-6)


def test_grey_images_are_repeated_to_three_channels(images):
    embedder = ColourMeans()
    grey = images(size=4, channels=1)
    np.testing.assert_array_equal(embedder.embed(grey).features, embedder.embed(np.repeat(grey, 3, axis=-1)).features)


def test_resize_keeps_means(images):
    batch = images(size=8)
    expected = batch.astype(np.float64).mean(axis=(1, 2))
    features = ColourMeans().embed(batch).features
    # The anti-aliasing filter gives pixels at the border a little more weight than those inside.
    assert np.abs(features - expected).max() < 20
    np.testing.assert_allclose(
        ColourMeans().embed(batch[:, ::2, ::2]).features, batch[:, ::2, ::2].mean(axis=(1, 2)), 1e-5
    )


def test_says_what_is_done_to_the_images():
    embedder = ColourMeans()
    assert embedder.resize == (
        "bilinear (half-pixel centres, anti-aliased when shrinking) to 4x4 unless of that size; "
        "grey repeated to 3 channels"
    )
    assert embedder.resize_for((4, 4, 3)) == "none"
    assert embedder.resize_for((4, 4, 1)) == "grey repeated to 3 channels"
    assert embedder.resize_for((28, 20, 1)).startswith("28x20 to 4x4, bilinear")
    assert embedder.resize_for((28, 20, 1)).endswith("; grey repeated to 3 channels")


def test_reports_progress(images):
    seen = []
    ColourMeans().embed(images(), batch_size=4, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(4, 11), (8, 11), (11, 11)]


def test_one_compiled_function_per_image_shape(images):
    traces = []

    class Traced(ColourMeans):
        def forward(self, images):
            traces.append(images.shape)
            return super().forward(images)

    embedder = Traced()
    for batch in (images(5), images(7), images(3, size=6), images(2)):
        embedder.embed(batch, batch_size=4)
    assert len(traces) == 2


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (np.zeros((2, 4, 4), np.uint8), "4 axes"),
        (np.zeros((2, 4, 4, 3), np.float32), "to_uint8"),
        (np.zeros((0, 4, 4, 3), np.uint8), "at least one image"),
        (np.zeros((2, 4, 4, 2), np.uint8), "takes=3, channels=2"),
    ],
)
def test_refuses_bad_images(bad, message):
    with pytest.raises(ValueError, match=message):
        ColourMeans().embed(bad)


def test_refuses_bad_batch_size(images):
    with pytest.raises(ValueError, match="`batch_size` must be above 0"):
        ColourMeans().embed(images(), batch_size=0)


def test_colour_images_for_a_grey_embedder(images):
    with pytest.raises(ValueError, match="takes=1, channels=3"):
        PixelEmbedder((8, 8, 1)).embed(images())
