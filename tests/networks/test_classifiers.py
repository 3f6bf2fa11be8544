import keras
import numpy as np
import pytest

from tfgan_suite.networks.classifiers import small_cnn


def convolutions_and_dense(height, width, channels, num_classes):
    """The parameters counted by hand: kernels and biases."""
    total, before = 0, channels
    for filters in (32, 64, 128, 128):
        total += 9 * before * filters + filters
        before = filters
    flat = -(-height // 8) * -(-width // 8) * 128
    return total + flat * 128 + 128 + 128 * num_classes + num_classes


@pytest.mark.parametrize("image_shape", [(28, 28, 1), (32, 32, 3), (8, 8, 1), (1, 1, 3), (30, 17, 3)])
def test_shapes_and_parameter_count(image_shape):
    model = small_cnn(image_shape, 10)
    assert model.count_params() == convolutions_and_dense(*image_shape, 10)
    assert model(np.zeros((2, *image_shape), np.float32)).shape == (2, 10)
    assert model.get_layer("prelogits").output.shape == (None, 128)
    assert model.input.name == "images"


def test_the_seed_decides_the_weights():
    weights = [small_cnn((8, 8, 1), 3, seed=seed).get_weights() for seed in (1, 1, 2)]
    for first, again, other in zip(*weights, strict=True):
        np.testing.assert_array_equal(first, again)
        assert first.ndim == 1 or not np.array_equal(first, other)


def test_logits_are_float32_under_mixed_precision():
    keras.config.set_dtype_policy("mixed_bfloat16")  # The fixture of all tests sets it back.
    assert small_cnn((8, 8, 1), 3)(np.zeros((1, 8, 8, 1), np.float32)).dtype == "float32"


@pytest.mark.parametrize(
    ("image_shape", "num_classes", "message"),
    [((8, 8), 3, "three positive numbers"), ((0, 8, 1), 3, "three positive"), ((8, 8, 1), 1, "at least 2")],
)
def test_refuses(image_shape, num_classes, message):
    with pytest.raises(ValueError, match=message):
        small_cnn(image_shape, num_classes)


def test_preprocessing_comes_first():
    scaled = small_cnn((8, 8, 1), 3, preprocess=keras.layers.Rescaling(1 / 127.5, -1))
    plain = small_cnn((8, 8, 1), 3)
    images = np.random.default_rng(0).integers(0, 256, (2, 8, 8, 1)).astype(np.float32)
    np.testing.assert_allclose(scaled(images), plain(images / 127.5 - 1), rtol=1e-4, atol=1e-5)
    assert scaled.count_params() == plain.count_params()
