import itertools

import keras
import numpy as np
import pytest

from tfgan_suite.networks.encoders import conv_decoder, conv_encoder, rotation_network

SHAPES = [(32, 32, 3), (28, 28, 1), (8, 8, 1), (1, 1, 3), (17, 30, 3), (5, 4, 1), (64, 64, 1)]


@pytest.mark.parametrize("image_shape", SHAPES)
def test_an_autoencoder_of_any_size(image_shape):
    encoder, decoder = (build(image_shape, code_dims=7, num_filters=2) for build in (conv_encoder, conv_decoder))
    images = np.random.default_rng(0).uniform(-1, 1, (2, *image_shape)).astype(np.float32)
    code = encoder(images)
    assert code.shape == (2, 7)
    made = np.asarray(decoder(code))
    assert made.shape == images.shape
    assert np.abs(made).max() <= 1
    assert encoder.input.name == "images"


def test_parameters_counted_by_hand():
    """32x32x3 is halved three times, to 4x4 maps of 8, 16 and 32 filters; kernels 4x4, and biases."""
    convolutions = 16 * 3 * 8 + 8 + 16 * 8 * 16 + 16 + 16 * 16 * 32 + 32
    flat = 4 * 4 * 32
    assert conv_encoder((32, 32, 3), 10, 8).count_params() == convolutions + flat * 10 + 10
    transposed = 16 * 32 * 16 + 16 + 16 * 16 * 8 + 8 + 16 * 8 * 3 + 3
    assert conv_decoder((32, 32, 3), 10, 8).count_params() == transposed + 10 * flat + flat


def test_filters_widen_eight_times_at_most():
    encoder = conv_encoder((256, 256, 1), num_filters=2)
    widths = [layer.filters for layer in encoder.layers if isinstance(layer, keras.layers.Conv2D)]
    assert widths == [2, 4, 8, 16, 16, 16]
    assert encoder.get_layer("down6_conv").output.shape[1:3] == (4, 4)


def test_the_rotation_networks_parameters_and_blocks():
    model = rotation_network((32, 32, 3), num_filters=4)
    convolutions = 9 * 3 * 4 + 2 * 4 * 4 + 9 * 4 * 8 + 2 * 8 * 8 + 2 * (9 * 8 * 8 + 2 * 8 * 8)
    norms = 2 * (3 * 4 + 9 * 8)  # gamma and beta
    trainable = sum(np.prod(variable.shape) for variable in model.trainable_variables)
    assert trainable == convolutions + norms + 8 * 4 + 4
    shapes = [model.get_layer(f"block{index}").output.shape[1:] for index in range(1, 5)]
    assert shapes == [(32, 32, 4), (16, 16, 8), (8, 8, 8), (8, 8, 8)]
    images = np.random.default_rng(0).uniform(-1, 1, (3, 32, 32, 3)).astype(np.float32)
    assert model(images).shape == (3, 4)


@pytest.mark.parametrize("build", [conv_encoder, conv_decoder, rotation_network])
def test_the_seed_decides_the_weights(build):
    weights = [build((8, 8, 1), num_filters=2, seed=seed).get_weights() for seed in (1, 1, 2)]
    for first, again, other in zip(*weights, strict=True):
        np.testing.assert_array_equal(first, again)
        assert first.ndim == 1 or not np.array_equal(first, other)
    for first, second in itertools.combinations([each for each in weights[0] if each.ndim > 1], 2):
        assert first.shape != second.shape or not np.array_equal(first, second)  # layers draw their own numbers


def test_outputs_are_float32_under_mixed_precision():
    keras.config.set_dtype_policy("mixed_bfloat16")  # The fixture of all tests sets it back.
    images = np.zeros((1, 8, 8, 1), np.float32)
    code = conv_encoder((8, 8, 1), 3, 2)(images)
    assert code.dtype == "float32"
    assert conv_decoder((8, 8, 1), 3, 2)(code).dtype == "float32"
    assert rotation_network((8, 8, 1), 2)(images).dtype == "float32"


@pytest.mark.parametrize("build", [conv_encoder, conv_decoder])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (((8, 8), 3, 2), "three positive numbers"),
        (((8, 0, 1), 3, 2), "three positive numbers"),
        (((None, None, 1), 3, 2), "three positive numbers"),
        (((8, 8, 1), 0, 2), "`code_dims` must be above 0"),
        (((8, 8, 1), 3, 0), "`num_filters` must be above 0"),
    ],
)
def test_autoencoders_refuse(build, arguments, message):
    with pytest.raises(ValueError, match=message):
        build(*arguments)


@pytest.mark.parametrize(
    ("image_shape", "num_filters", "message"),
    [
        ((8, 9, 1), 2, r"must be \(size, size, channels\)"),
        ((7, 7, 1), 2, r"at least 8 pixels a side .*image_shape=\(7, 7, 1\).* `image_size=`"),
        ((8, 8, 1), 0, "`num_filters` must be above 0"),
    ],
)
def test_rotation_networks_refuse(image_shape, num_filters, message):
    with pytest.raises(ValueError, match=message):
        rotation_network(image_shape, num_filters)
