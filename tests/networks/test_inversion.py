import numpy as np
import pytest

from tfgan_suite.networks.encoders import conv_encoder
from tfgan_suite.networks.inversion import inversion_encoder


def test_shapes_parts_and_parameters():
    encoder = inversion_encoder((9, 7, 3), 5, 4, feature_dims=6, num_filters=2, seed=3)
    images = np.random.default_rng(0).uniform(-1, 1, (2, 9, 7, 3)).astype(np.float32)
    outputs = encoder(images)
    assert {name: tuple(value.shape) for name, value in outputs.items()} == {
        "features": (2, 6),
        "latents": (2, 5),
        "class_logits": (2, 4),
    }
    trunk = conv_encoder((9, 7, 3), 6, 2, seed=3)
    np.testing.assert_allclose(outputs["features"], trunk(images), atol=1e-6)
    heads = 2 * (6 * 6 + 6) + (6 * 5 + 5) + (6 * 4 + 4)
    assert encoder.count_params() == trunk.count_params() + heads
    for name in ("latents_hidden", "latents", "down1_conv"):
        kernels = [
            inversion_encoder((9, 7, 3), 5, 4, feature_dims=6, num_filters=2, seed=seed)
            .get_layer(name)
            .get_weights()[0]
            for seed in (3, 3, 4)
        ]
        np.testing.assert_array_equal(kernels[0], kernels[1])
        assert np.abs(kernels[0] - kernels[2]).max() > 1e-2
    assert set(inversion_encoder((9, 7, 3), 5).output) == {"features", "latents"}


def test_a_row_depends_on_its_image_alone():
    encoder = inversion_encoder((8, 8, 1), 3, 2, num_filters=2)
    images = np.random.default_rng(0).uniform(-1, 1, (4, 8, 8, 1)).astype(np.float32)
    for name, values in encoder(images, training=True).items():
        np.testing.assert_allclose(values[:1], encoder(images[:1])[name], atol=1e-5)


def test_errors():
    with pytest.raises(ValueError, match="`latent_dim` must be above 0"):
        inversion_encoder((8, 8, 1), 0)
    with pytest.raises(ValueError, match="`num_classes` must be None or at least 1"):
        inversion_encoder((8, 8, 1), 2, 0)
    with pytest.raises(ValueError, match="`image_shape` must be three positive numbers"):
        inversion_encoder((8,), 2)
