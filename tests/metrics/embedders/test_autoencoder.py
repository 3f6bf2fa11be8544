import numpy as np
import pytest

from tfgan_suite.core.images import to_float
from tfgan_suite.metrics.embedders import AutoencoderOptions, train_autoencoder_embedder
from tfgan_suite.metrics.embedders.autoencoder import reconstruction_error
from tfgan_suite.networks.encoders import conv_decoder, conv_encoder


def two_flat_greys(count=60):
    """Images of 10 or of 245 all over."""
    return np.repeat(np.uint8([10, 245]), count // 2)[:, None, None, None] * np.ones((1, 8, 8, 1), np.uint8)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_learns_two_flat_greys(seed, tmp_path):
    """Grey alone has the error ((245 - 10) / 255)^2 = 0.85; the code of one number is enough for none at all."""
    options = AutoencoderOptions(code_dims=1, num_filters=4, num_steps=150, learning_rate=1e-2)
    embedder = train_autoencoder_embedder(two_flat_greys(), options=options, seed=seed, cache_dir=tmp_path)
    # The bound is a seventeenth of what grey leaves.
    assert 0 <= embedder.test_error < 0.05
    assert f"squared error {embedder.test_error:.4f}" in embedder.name
    codes = embedder.embed(two_flat_greys()).features[:, 0]
    within = max(np.ptp(codes[:30]), np.ptp(codes[30:]))
    assert abs(codes[0] - codes[-1]) > 10 * within + 0.1


def test_the_error_is_of_values_in_minus_one_to_one():
    class Grey:
        """Makes grey of everything."""

        input_shape = (None, 8, 8, 1)

        def __call__(self, images, training):
            return 0.0 * images

    images = np.random.default_rng(0).integers(0, 256, (1100, 8, 8, 1), np.uint8)  # more than two batches
    assert reconstruction_error(Grey(), images) == pytest.approx(np.mean(to_float(images).astype(float) ** 2), rel=1e-6)


def test_the_features_are_the_code_of_the_scaled_images(images, tmp_path):
    batch, options = images(num_images=20, size=9), AutoencoderOptions(code_dims=5, num_filters=2, num_steps=1)
    embedder = train_autoencoder_embedder(batch, options=options, cache_dir=tmp_path)
    assert (embedder.feature_dim, embedder.layer, embedder.input_size) == (5, "code", (9, 9))
    (stored,) = tmp_path.iterdir()
    with np.load(stored) as arrays:
        weights = [arrays[name] for name in sorted(arrays.files) if name.startswith("weight_")]
    encoder, decoder = conv_encoder((9, 9, 3), 5, 2), conv_decoder((9, 9, 3), 5, 2)
    count = len(encoder.get_weights())
    encoder.set_weights(weights[:count])
    decoder.set_weights(weights[count:])
    np.testing.assert_allclose(embedder.embed(batch).features, encoder(to_float(batch)), rtol=1e-5, atol=1e-6)
    held_out = np.random.default_rng(0).permutation(20)[::10]
    expected = np.mean((np.asarray(decoder(encoder(to_float(batch[held_out])))) - to_float(batch[held_out])) ** 2)
    assert embedder.test_error == pytest.approx(expected, rel=1e-5)


def test_images_need_not_be_square(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (20, 12, 7, 1), np.uint8)
    options = AutoencoderOptions(code_dims=2, num_filters=2, num_steps=1)
    embedder = train_autoencoder_embedder(images, options=options, cache_dir=tmp_path)
    assert embedder.embed(images).features.shape == (20, 2)


def test_refuses_a_code_of_nothing(images, tmp_path):
    with pytest.raises(ValueError, match="`code_dims` must be above 0"):
        train_autoencoder_embedder(images(num_images=20), options=AutoencoderOptions(code_dims=0), cache_dir=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_loss_that_is_not_finite_ends_the_training(images, tmp_path):
    options = AutoencoderOptions(num_filters=2, num_steps=200, learning_rate=1e38)
    with pytest.raises(FloatingPointError, match=r"loss of the autoencoder is not finite by step .*`learning_rate`"):
        train_autoencoder_embedder(images(num_images=20), options=options, cache_dir=tmp_path)
