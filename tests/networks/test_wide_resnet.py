import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgan_suite.networks.wide_resnet import wide_resnet


def trainable(model):
    return sum(int(np.prod(variable.shape)) for variable in model.trainable_variables)


@pytest.mark.parametrize(
    ("depth", "widen_factor", "num_classes", "count"),
    [
        (16, 1, 10, 175_066),
        (16, 4, 10, 2_748_890),
        (16, 8, 10, 10_961_370),
        (22, 8, 10, 17_158_106),
        (28, 2, 10, 1_467_610),
        (28, 10, 10, 36_479_194),
        (40, 4, 10, 8_949_210),
        (28, 10, 100, 36_536_884),
    ],
)
def test_parameter_counts_are_the_originals(depth, widen_factor, num_classes, count):
    with keras.StatelessScope():  # makes no weights
        model = wide_resnet((32, 32, 3), num_classes, depth=depth, widen_factor=widen_factor)
    assert trainable(model) == count


def test_default_is_28_10():
    with keras.StatelessScope():
        assert trainable(wide_resnet((32, 32, 3), 10)) == 36_479_194


def reference(model, images, widen_factor):
    """WRN-10 written with plain TensorFlow operations from the original's description, in inference."""

    def norm_relu(x, name):
        scale, shift, mean, variance = model.get_layer(f"{name}_norm").get_weights()
        return tf.nn.relu((x - mean) / np.sqrt(variance + 1e-5) * scale + shift)

    def conv(x, name, stride, pad):
        (kernel,) = model.get_layer(name).get_weights()
        return tf.nn.conv2d(tf.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0))), kernel, stride, "VALID")

    x = conv(images, "stem", 1, 1)
    for group, stride in ((1, 1), (2, 2), (3, 2)):
        name = f"group{group}_block1"
        activated = norm_relu(x, f"{name}_1")
        shortcut = x if (group, widen_factor) == (1, 1) else conv(activated, f"{name}_shortcut", stride, 0)
        y = norm_relu(conv(activated, f"{name}_conv1", stride, 1), f"{name}_2")
        x = shortcut + conv(y, f"{name}_conv2", 1, 1)
    kernel, bias = model.get_layer("logits").get_weights()
    return tf.reduce_mean(norm_relu(x, "last"), axis=(1, 2)) @ kernel + bias


@pytest.mark.parametrize(("image_shape", "widen_factor"), [((8, 8, 3), 2), ((7, 6, 1), 1)])
def test_computes_what_the_original_does(image_shape, widen_factor):
    model = wide_resnet(image_shape, 5, depth=10, widen_factor=widen_factor, seed=3)
    random = np.random.default_rng(0)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.set_weights([random.uniform(0.5, 1.5, weight.shape) for weight in layer.get_weights()])
    images = random.normal(size=(3, *image_shape)).astype(np.float32)
    np.testing.assert_allclose(model(images), reference(model, images, widen_factor), rtol=1e-4, atol=1e-4)
    assert model.get_layer("prelogits").output.shape == (None, 64 * widen_factor)


def test_initial_values():
    model = wide_resnet((32, 32, 3), 10, depth=16, widen_factor=2)
    kernel = model.get_layer("group3_block2_conv1").get_weights()[0]
    # 147,456 normal draws: the standard error of their deviation is 0.2 %.
    assert kernel.std() == pytest.approx(np.sqrt(2 / (9 * 128)), rel=0.01)
    assert np.abs(kernel).max() > 3 * kernel.std()  # not cut off
    kernel, bias = model.get_layer("logits").get_weights()
    assert kernel.std() == pytest.approx(np.sqrt(2 / 128), rel=0.1)
    assert not bias.any()
    scale, shift = model.get_layer("last_norm").get_weights()[:2]
    assert scale.min() >= 0
    assert scale.max() <= 1
    assert scale.mean() == pytest.approx(0.5, abs=0.15)  # 128 draws: standard error 0.026
    assert not shift.any()
    scales = [layer.get_weights()[0] for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    assert len({scale[0] for scale in scales}) == len(scales)


def test_the_seed_decides_the_weights():
    first, again, other = (
        wide_resnet((8, 8, 1), 3, depth=10, widen_factor=1, seed=seed).get_layer("stem").get_weights()[0]
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_dropout_and_preprocessing():
    model = wide_resnet(
        (8, 8, 1), 3, depth=10, widen_factor=1, dropout_rate=0.3, preprocess=keras.layers.Rescaling(0.5)
    )
    assert sum(isinstance(layer, keras.layers.Dropout) for layer in model.layers) == 3
    plain = wide_resnet((8, 8, 1), 3, depth=10, widen_factor=1)
    plain.set_weights(model.get_weights())
    images = np.random.default_rng(0).normal(size=(2, 8, 8, 1)).astype(np.float32)
    np.testing.assert_allclose(model(images), plain(images / 2), rtol=1e-5, atol=1e-5)


def test_logits_are_float32_under_mixed_precision():
    keras.config.set_dtype_policy("mixed_bfloat16")
    model = wide_resnet((8, 8, 1), 3, depth=10, widen_factor=1)
    assert model(np.zeros((1, 8, 8, 1), np.float32)).dtype == "float32"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"depth": 20}, "`depth` must be 6 n"),
        ({"depth": 4}, "`depth` must be 6 n"),
        ({"widen_factor": 0}, "`widen_factor` must be above 0"),
        ({"dropout_rate": 1.0}, r"`dropout_rate` must be in \[0, 1\)"),
        ({"num_classes": 1}, "`num_classes` must be at least 2"),
        ({"image_shape": (8, 8)}, "three positive numbers"),
    ],
)
def test_refuses(change, message):
    with pytest.raises(ValueError, match=message):
        wide_resnet(**{"image_shape": (8, 8, 1), "num_classes": 3, **change})
