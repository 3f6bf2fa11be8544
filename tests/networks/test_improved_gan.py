"""Improved GAN's networks: shapes of every layer for CIFAR-10, sizes, heads, noise, files."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgan_suite import networks
from tfgan_suite.core.seeds import make_seed
from tfgan_suite.layers import noise_stream

SHAPE = (12, 12, 3)
NETWORKS = {
    "generator": lambda: networks.improved_gan_generator(SHAPE, 5, 2),
    "weak generator": lambda: networks.improved_gan_generator(SHAPE, 5, 2, norm="none"),
    "dense generator": lambda: networks.improved_gan_dense_generator(SHAPE, 5, [6, 7]),
    "discriminator": lambda: networks.improved_gan_discriminator(SHAPE, None, 2),
    "classifying": lambda: networks.improved_gan_discriminator(SHAPE, 4, 2),
    "dense discriminator": lambda: networks.improved_gan_dense_discriminator(SHAPE, None, [6, 5]),
    "dense classifying": lambda: networks.improved_gan_dense_discriminator(SHAPE, 4, [6, 5]),
}


def run(network, training=True, seed=0):
    shape = (3, *network.inputs[0].shape[1:])
    inputs = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    with noise_stream(make_seed(seed)):
        return network(inputs, training=training)


def maps(network, kind):
    return [each.output.shape[1:] for each in network.layers if kind in type(each).__name__]


def test_maps_for_cifar():
    discriminator = networks.improved_gan_discriminator((32, 32, 3), 10)
    sizes = [32, 32, 16, 16, 16, 8, 6, 6, 6]
    assert maps(discriminator, "Conv2D") == [(size, size, 96 if i < 3 else 192) for i, size in enumerate(sizes)]
    assert maps(discriminator, "Dropout") == [(32, 32, 3), (16, 16, 96), (8, 8, 192)]
    assert [each.rate for each in discriminator.layers if "Dropout" in type(each).__name__] == [0.2, 0.5, 0.5]
    generator = networks.improved_gan_generator((32, 32, 3))
    assert maps(generator, "Reshape") == [(4, 4, 512)]
    assert maps(generator, "Transpose") == [(8, 8, 256), (16, 16, 128), (32, 32, 3)]


@pytest.mark.parametrize("size", [9, 28, 33])
def test_any_size_from_nine(size):
    generator = networks.improved_gan_generator((size, size, 1), 5, 2)
    images = run(generator)
    assert images.shape == (3, size, size, 1)
    assert networks.improved_gan_discriminator((size, size, 1), None, 2)(images)["logits"].shape == (3, 1)


@pytest.mark.parametrize("name", NETWORKS)
def test_outputs_and_gradients(name):
    network = NETWORKS[name]()
    with tf.GradientTape() as tape:
        outputs = run(network)
        total = tf.add_n([tf.reduce_sum(tf.sin(each)) for each in tf.nest.flatten(outputs)])
    assert all(gradient is not None for gradient in tape.gradient(total, network.trainable_variables))
    assert {each.dtype for each in tf.nest.flatten(outputs)} == {tf.float32}
    if "generator" in name:
        assert outputs.shape == (3, *SHAPE)
        assert np.abs(outputs).max() <= 1
    else:
        width = 5 if "dense" in name else 4
        classes = {"class_logits": (3, 4)} if "classifying" in name else {}
        expected = {"logits": (3, 1), "features": (3, width), **classes}
        assert {key: tuple(value.shape) for key, value in outputs.items()} == expected
        assert network.get_layer("features").output.shape == (None, width)


@pytest.mark.parametrize("name", ["classifying", "dense classifying"])
def test_the_logit_is_the_log_sum_of_the_classes(name):
    outputs = run(NETWORKS[name](), training=False)
    np.testing.assert_allclose(
        outputs["logits"][:, 0], np.log(np.exp(outputs["class_logits"].numpy()).sum(1)), rtol=1e-5
    )


@pytest.mark.parametrize("name", ["discriminator", "dense discriminator"])
def test_noise_is_of_the_seed_and_in_training_only(name):
    network = NETWORKS[name]()
    first, again, other = (run(network, seed=seed)["logits"] for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert (first != other).numpy().any()
    plain = [run(network, training=False, seed=seed)["logits"] for seed in (0, 1)]
    np.testing.assert_array_equal(*plain)
    with pytest.raises(ValueError, match="trains inside a `noise_stream` only"):
        network(np.zeros((1, *SHAPE), np.float32), training=True)


@pytest.mark.parametrize("name", NETWORKS)
def test_mixed_precision_and_saving(name, tmp_path):
    keras.config.set_dtype_policy("mixed_bfloat16")
    network = NETWORKS[name]()
    assert {variable.dtype for variable in network.variables} == {"float32"}
    run(network)
    outputs = run(network, training=False)
    assert {each.dtype for each in tf.nest.flatten(outputs)} == {tf.float32}
    network.save(tmp_path / "network.keras")
    again = keras.models.load_model(tmp_path / "network.keras")
    tf.nest.map_structure(np.testing.assert_array_equal, run(again, training=False), outputs)


def test_the_weakened_generator_has_no_norm():
    kinds = {type(each).__name__ for each in NETWORKS["weak generator"]().layers}
    assert "BatchNormalization" not in kinds


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: networks.improved_gan_discriminator((8, 8, 3)), "size of the images must be at least 9"),
        (lambda: networks.improved_gan_discriminator((9, 8, 3)), r"`image_shape` must be \(size, size, channels\)"),
        (lambda: networks.improved_gan_discriminator(SHAPE, 0), "`num_classes` must be above 0"),
        (lambda: networks.improved_gan_discriminator(SHAPE, num_filters=0), "`num_filters` must be above 0"),
        (lambda: networks.improved_gan_generator(SHAPE, norm="layer"), "`norm` must be one of 'batch', 'none'"),
        (lambda: networks.improved_gan_generator(SHAPE, num_filters=0), "`num_filters` must be above 0"),
        (lambda: networks.improved_gan_generator(SHAPE, 0), "`latent_dim` must be above 0"),
        (lambda: networks.improved_gan_dense_generator(SHAPE, hidden_units=[3, 0]), "`units` must be above 0"),
        (lambda: networks.improved_gan_dense_discriminator(SHAPE, hidden_units=[]), "must name at least one layer"),
        (lambda: networks.improved_gan_dense_discriminator(SHAPE, hidden_units=[0]), "`units` must be above 0"),
    ],
)
def test_bad_arguments(make, message):
    with pytest.raises(ValueError, match=message):
        make()
