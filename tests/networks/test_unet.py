"""The U-Net: pix2pix's parameter counts, its shapes and skips, its label, its errors."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgan_suite.networks import unet
from tfgan_suite.networks.unet import UNET_SIZES, unet_delta_generator

NUM_CLASSES = 10
MNIST, CIFAR = (28, 28, 1), (32, 32, 3)


def num_trainable(network):
    return sum(math.prod(variable.shape) for variable in network.trainable_variables)


@pytest.mark.parametrize(
    ("image_shape", "count"), [((256, 256, 3), 54_419_459), ((128, 128, 3), 41_833_475), (CIFAR, 16_661_507)]
)
def test_parameters_are_those_of_pix2pix_and_the_labels(image_shape, count, monkeypatch):
    monkeypatch.setattr(unet, "dcgan_normal", keras.initializers.Zeros)  # quick to draw
    # The label is NUM_CLASSES more channels of the first 4x4 convolution with 64 filters.
    assert num_trainable(unet_delta_generator(image_shape, NUM_CLASSES)) == count + 16 * 64 * NUM_CLASSES


def inputs(image_shape, num_images=3, seed=0):
    random = np.random.default_rng(seed)
    images = random.uniform(-1, 1, (num_images, *image_shape)).astype(np.float32)
    return tf.constant(images), tf.constant(random.integers(0, NUM_CLASSES, num_images), tf.int32)


@pytest.mark.parametrize(("image_shape", "maps"), [(MNIST, [14, 7, 4, 2, 1]), ((64, 64, 3), [32, 16, 8, 4, 2, 1])])
def test_shapes_range_and_gradients(image_shape, maps):
    network = unet_delta_generator(image_shape, NUM_CLASSES, 2)
    assert [each.name for each in network.inputs] == ["images", "labels"]
    downs = [network.get_layer(f"down{index}_conv").output.shape for index in range(1, len(maps) + 1)]
    assert [shape[1] for shape in downs] == maps
    assert [shape[3] for shape in downs] == [2, 4, 8, 16, 16, 16][: len(maps)]
    images, labels = inputs(image_shape)
    with tf.GradientTape() as tape:
        delta = network([images, labels], training=True)
        total = tf.reduce_sum(delta * np.random.default_rng(1).normal(size=delta.shape))
    assert delta.shape == images.shape
    assert delta.dtype == tf.float32
    assert 0 < np.abs(delta).max() <= 1
    assert all(gradient is not None for gradient in tape.gradient(total, network.trainable_variables))


def test_norms_are_where_pix2pix_has_them():
    names = {layer.name for layer in unet_delta_generator(MNIST, NUM_CLASSES, 2).layers}
    norms = {name for name in names if name.endswith("norm")}
    assert norms == {"down2_norm", "down3_norm", "down4_norm", *(f"up{index}_norm" for index in (1, 2, 3, 4))}
    assert not any("dropout" in name for name in names)


def test_first_output_by_hand():
    """One filter everywhere and the innermost weights 0: only the outer skip is left, two convolutions in a row."""
    network = unet_delta_generator(CIFAR, NUM_CLASSES, 1)
    images, labels = inputs(CIFAR)
    first, last = network.get_layer("down1_conv"), network.get_layer("delta_conv")
    kernel = last.kernel.numpy()
    kernel[:, :, :, 0] = 0  # what comes up from below; channel 1 is the skip
    last.kernel.assign(kernel)
    one_hot = np.broadcast_to(np.eye(NUM_CLASSES)[labels.numpy()][:, None, None], (3, 32, 32, NUM_CLASSES))
    joined = tf.concat([images, tf.cast(one_hot, tf.float32)], -1)
    down = tf.nn.relu(tf.nn.conv2d(joined, first.kernel.value, 2, "SAME"))
    expected = tf.tanh(tf.nn.conv2d_transpose(down, kernel[:, :, :, 1:], (3, 32, 32, 3), 2, "SAME"))
    assert np.abs(expected).max() > 1e-4
    np.testing.assert_allclose(network([images, labels]), expected, rtol=1e-4, atol=1e-7)


def test_the_label_matters_and_the_other_images_do_not():
    network = unet_delta_generator(MNIST, NUM_CLASSES, 4)
    images, labels = inputs(MNIST)
    delta = network([images, labels]).numpy()
    other = network([images, (labels + 1) % NUM_CLASSES]).numpy()
    assert (delta != other).any((1, 2, 3)).all()
    np.testing.assert_allclose(network([images[1:2], labels[1:2]]), delta[1:2], atol=1e-6)


def test_training_and_inference_make_the_same_maps_of_odd_size():
    """From 4 to 7 pixels: the matrix product of training and TensorFlow's own of inference."""
    layer = unet_delta_generator(MNIST, NUM_CLASSES, 2).get_layer("up2_conv")
    maps = tf.constant(np.random.default_rng(0).normal(size=(2, 4, 4, 16)), tf.float32)
    assert layer(maps, training=False).shape == (2, 7, 7, 4)
    np.testing.assert_allclose(layer(maps, training=True), layer(maps, training=False), rtol=1e-4, atol=1e-6)


def test_mixed_precision_and_saving(tmp_path):
    keras.config.set_dtype_policy("mixed_bfloat16")
    network = unet_delta_generator(MNIST, NUM_CLASSES, 2)
    assert network.get_layer("down2_conv").compute_dtype == "bfloat16"
    assert {variable.dtype for variable in network.variables} == {"float32"}
    delta = network(list(inputs(MNIST)))
    assert delta.dtype == tf.float32
    network.save(tmp_path / "network.keras")
    again = keras.models.load_model(tmp_path / "network.keras")
    np.testing.assert_array_equal(again(list(inputs(MNIST))), delta)


@pytest.mark.parametrize("size", [8, 27, 30, 48, 2048])
def test_sizes_that_it_does_not_take(size):
    with pytest.raises(ValueError, match=r"images of size 28, 32, 64, 128, 256, 512, 1024 only.*image_shape"):
        unet_delta_generator((size, size, 1), NUM_CLASSES)
    assert size not in UNET_SIZES


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (((28, 32, 1), 10), r"`image_shape` must be \(size, size, channels\)"),
        ((MNIST, 0), "`num_classes` must be above 0"),
        ((MNIST, 10, 0), "`num_filters` must be above 0"),
    ],
)
def test_errors(arguments, message):
    with pytest.raises(ValueError, match=message):
        unet_delta_generator(*arguments)
