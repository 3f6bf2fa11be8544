"""The mode-collapse benchmarks' networks: inputs, outputs, start values, mixed precision, XLA, files, errors."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from shared_checks import random_inputs

from tfgan_suite.layers.packing import pack_samples
from tfgan_suite.networks.initializers import torch_defaults, torch_uniform
from tfgan_suite.networks.mgan import mgan_discriminator, mgan_generator
from tfgan_suite.networks.point_mlp import point_discriminator, point_generator
from tfgan_suite.networks.self_conditioned import (
    deep_discriminator,
    self_conditioned_generator,
    shallow_discriminator,
)
from tfgan_suite.networks.stability_resnet import stability_resnet_discriminator, stability_resnet_generator
from tfgan_suite.networks.unrolled_mnist import unrolled_mnist_discriminator, unrolled_mnist_generator

GREY, COLOURED, NUM_CLASSES = (8, 8, 1), (16, 16, 3), 3
LABELS = np.array([2, 0, 2, 0], np.int32)
SMALL_POINTS = {"num_units": 6, "num_layers": 2}
SMALL_RESNET = {"num_filters": 2, "max_filters": 4}
PLAIN, HEADS, PER_CLASS = {"logits": 1}, {"logits": 1, "class_logits": NUM_CLASSES}, {"logits": NUM_CLASSES}

GENERATORS = {
    "points": lambda shape: point_generator(latent_dim=5, **SMALL_POINTS),
    "points pacgan": lambda shape: point_generator(latent_dim=5, init="pacgan", **SMALL_POINTS),
    "points embedding": lambda shape: point_generator(NUM_CLASSES, 5, label_dims=4, **SMALL_POINTS),
    "points first layer": lambda shape: point_generator(NUM_CLASSES, 5, conditioning="first_layer", **SMALL_POINTS),
    "self": lambda shape: self_conditioned_generator(shape, None, 5, num_filters=2),
    "self embedding": lambda shape: self_conditioned_generator(shape, NUM_CLASSES, 5, 4, num_filters=2),
    "stability": lambda shape: stability_resnet_generator(shape, None, 5, **SMALL_RESNET),
    "stability embedding": lambda shape: stability_resnet_generator(shape, NUM_CLASSES, 5, 4, **SMALL_RESNET),
    "stability one": lambda shape: stability_resnet_generator(
        shape, NUM_CLASSES, 5, 4, blocks_per_scale=1, **SMALL_RESNET
    ),
    "mgan": lambda shape: mgan_generator(shape, NUM_CLASSES, 5, 2),
    "unrolled": lambda shape: unrolled_mnist_generator(shape, 5, 2),
}
WITHOUT_LABELS = {"points", "points pacgan", "self", "stability", "unrolled"}

DISCRIMINATORS = {
    "points": (PLAIN, lambda shape: point_discriminator(**SMALL_POINTS)),
    "points classes": (PER_CLASS, lambda shape: point_discriminator(NUM_CLASSES, packing=2, **SMALL_POINTS)),
    "points heads": (
        HEADS,
        lambda shape: point_discriminator(num_class_logits=NUM_CLASSES, init="pacgan", **SMALL_POINTS),
    ),
    "deep": (PER_CLASS, lambda shape: deep_discriminator(shape, NUM_CLASSES, num_filters=2)),
    "deep heads": (HEADS, lambda shape: deep_discriminator(shape, 1, 2, NUM_CLASSES, num_filters=2)),
    "shallow": (PER_CLASS, lambda shape: shallow_discriminator(shape, NUM_CLASSES, num_filters=2)),
    "shallow heads": (HEADS, lambda shape: shallow_discriminator(shape, 1, 2, NUM_CLASSES, num_filters=2)),
    "stability": (PER_CLASS, lambda shape: stability_resnet_discriminator(shape, NUM_CLASSES, **SMALL_RESNET)),
    "stability heads": (
        HEADS,
        lambda shape: stability_resnet_discriminator(shape, 1, 2, NUM_CLASSES, blocks_per_scale=1, **SMALL_RESNET),
    ),
    "mgan": (HEADS, lambda shape: mgan_discriminator(shape, NUM_CLASSES, 2)),
    "unrolled": (PLAIN, lambda shape: unrolled_mnist_discriminator(shape, 2, 2)),
}


def values(network):
    inputs = random_inputs(network, LABELS)
    return inputs if len(inputs) > 1 else inputs[0]


@pytest.mark.parametrize("name", GENERATORS)
def test_generator(name):
    network = GENERATORS[name](COLOURED)
    names = ["latents"] if name in WITHOUT_LABELS else ["latents", "labels"]
    assert [each.name for each in network.inputs] == names
    assert network.inputs[0].shape == (None, 5)
    with tf.GradientTape() as tape:
        samples = network(values(network), training=True)
        total = tf.reduce_sum(samples**2 * np.random.default_rng(0).normal(size=samples.shape))
    assert samples.shape == ((4, 2) if "points" in name else (4, *COLOURED))
    assert samples.dtype == tf.float32
    assert "points" in name or np.all(np.abs(samples) <= 1)
    assert np.std(samples) > 0
    gradients = tape.gradient(total, network.trainable_variables)
    assert all(isinstance(gradient, tf.Tensor) for gradient in gradients)


@pytest.mark.parametrize("name", DISCRIMINATORS)
def test_discriminator(name):
    widths, build = DISCRIMINATORS[name]
    network = build(COLOURED)
    assert [each.name for each in network.inputs] == ["images"]
    with tf.GradientTape() as tape:
        outputs = network(values(network), training=True)
        heads = outputs if isinstance(outputs, dict) else {"logits": outputs}
        total = tf.add_n([tf.reduce_sum(tf.tanh(head)) for head in heads.values()])
    assert {key: head.shape[1] for key, head in heads.items()} == widths
    assert {head.dtype for head in heads.values()} == {tf.float32}
    assert all(gradient is not None for gradient in tape.gradient(total, network.trainable_variables))
    assert len(network.get_layer("features").output.shape) == 2


@pytest.mark.parametrize("name", sorted(set(GENERATORS) - WITHOUT_LABELS))
def test_labels_matter(name):
    network = GENERATORS[name](GREY)
    latents, labels = values(network)
    differ = network([latents, labels]) != network([latents, (labels + 1) % NUM_CLASSES])
    assert np.all(np.any(np.reshape(differ, [len(LABELS), -1]), axis=1))


@pytest.mark.parametrize("name", [f"G {name}" for name in GENERATORS] + [f"D {name}" for name in DISCRIMINATORS])
def test_mixed_precision_and_saving(name, tmp_path):
    keras.config.set_dtype_policy("mixed_bfloat16")  # The fixture of all tests sets it back.
    kind, name = name.split(maxsplit=1)
    network = GENERATORS[name](GREY) if kind == "G" else DISCRIMINATORS[name][1](GREY)
    assert {variable.dtype for variable in network.variables} == {"float32"}
    inputs = values(network)
    network(inputs, training=True)  # Moves the running statistics.
    outputs = network(inputs)
    assert {each.dtype for each in tf.nest.flatten(outputs)} == {tf.float32}
    network.save(tmp_path / "network.keras")
    again = keras.models.load_model(tmp_path / "network.keras")
    assert again.name == network.name
    tf.nest.map_structure(np.testing.assert_array_equal, again(inputs), outputs)


@pytest.mark.parametrize("name", ["points", "points embedding", "points first layer"])
def test_points_under_xla(name):
    """Gradients of a generator through a packed discriminator, compiled and not."""
    generator = GENERATORS[name](None)
    discriminator = DISCRIMINATORS["points classes"][1](None)
    inputs = values(generator)

    def gradients():
        with tf.GradientTape() as tape:
            logits = discriminator(pack_samples(generator(inputs, training=True), 2), training=True)
            total = tf.reduce_sum(tf.nn.softplus(logits))
        return tape.gradient(total, generator.trainable_variables + discriminator.trainable_variables)

    pairs = zip(tf.function(gradients, jit_compile=True)(), tf.function(gradients)(), strict=True)
    for compiled, plain in pairs:
        np.testing.assert_allclose(compiled, plain, atol=2e-5, rtol=1e-3)


def test_mgans_generators_normalise_their_own_samples():
    """What generator 2 makes does not depend on the first layer's samples of generator 0."""
    network = mgan_generator(GREY, NUM_CLASSES, 5, 2)
    first = keras.Model(network.inputs, network.get_layer("stem_norm").output)
    latents, labels = values(first)
    changed = tf.where((labels == 0)[:, None], latents + 1, latents)
    before, after = first([latents, labels], training=True), first([changed, labels], training=True)
    np.testing.assert_allclose(before[::2], after[::2], atol=1e-6)


# Bounds of the original code base's layers: fan_in by the layer's kind, and the bound.
TORCH_BOUNDS = [
    (256 * 4 * 4, 0.015625),  # transposed 4x4 convolution, 512 -> 256
    (128 * 4 * 4, 0.02209708691207961),  # 256 -> 128
    (64 * 4 * 4, 0.03125),  # 128 -> 64
    (64 * 3 * 3, 0.041666666666666664),  # 3x3 convolution, 64 -> 3
    (128 + 256, 0.05103103630798288),
    (128, 0.08838834764831845),
    (3 * 3 * 3, 0.19245008972987526),
    (8192, 0.011048543456039806),
]


@pytest.mark.parametrize(("fan_in", "bound"), TORCH_BOUNDS)
def test_torch_bounds(fan_in, bound):
    initializer = torch_uniform(fan_in)
    assert abs(initializer.maxval / bound - 1) < 1e-12
    assert initializer.minval == -initializer.maxval
    both = torch_defaults(fan_in)
    assert {each.maxval for each in both.values()} == {initializer.maxval}
    assert both["kernel_initializer"] is not both["bias_initializer"]


def bounds_of(network):
    """Layer name -> bounds of its kernel and, if it has one, its bias."""
    found = {}
    for layer in network.layers:
        for kind in ("kernel", "bias"):
            initializer = getattr(layer, f"{kind}_initializer", None)
            if initializer is not None and getattr(layer, f"use_{kind}", True):
                found.setdefault(layer.name, set()).add(initializer.maxval)
    return found


def of_fans(**fans):
    """Layer name -> the bound that belongs to its fan_in."""
    return {name: {1 / math.sqrt(fan_in)} for name, fan_in in fans.items()}


def test_torch_start_values_of_every_layer():
    """The layers' fan_in: PyTorch's, which counts a transposed convolution's outputs."""
    with keras.StatelessScope(initialize_variables=False):
        generator = bounds_of(self_conditioned_generator((32, 32, 3), 100))
        discriminator = bounds_of(deep_discriminator((32, 32, 3), 100))
        resnet = bounds_of(stability_resnet_discriminator((16, 16, 3), num_filters=8, max_filters=32))
        points = bounds_of(point_generator(50))
        first_layer = bounds_of(point_generator(50, conditioning="first_layer"))
        point_critic = bounds_of(point_discriminator(50, packing=3))
    assert generator == of_fans(stem_linear=384, up1_conv=4096, up2_conv=2048, up3_conv=1024, images_conv=576)
    pairs = {"down1_conv1": 27, "down1_conv2": 1024, "down2_conv1": 576, "down2_conv2": 2048, "down3_conv1": 1152}
    assert discriminator == of_fans(**pairs, down3_conv2=4096, last_conv=2304, logits=8192)
    some = of_fans(images_conv=27, size16_block2_shortcut=8, size16_block2_conv2=72, logits=512)
    assert some.items() <= resnet.items()
    rest = of_fans(layer2_linear=400, layer3_linear=400, layer4_linear=400, points=400)
    assert points == of_fans(layer1_linear=34) | rest
    assert first_layer == of_fans(layer1_linear=2) | rest
    assert point_critic == of_fans(layer1=6, layer2=200, features=200, logits=200)


def test_pacgan_start_values_and_norms():
    generator, discriminator = point_generator(init="pacgan"), point_discriminator(init="pacgan")
    for layer in (generator.get_layer("layer2_linear"), discriminator.get_layer("layer2")):
        assert abs(layer.get_weights()[0].std() / 0.02 - 1) < 0.011  # 160,000 draws: six standard errors
    np.testing.assert_array_equal(discriminator.get_layer("layer2").bias, np.zeros(1000))
    constants = {(each.epsilon, each.momentum) for each in generator.layers if "norm" in each.name}
    assert constants == {(1e-4, 0.95)}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: point_generator(init="keras"), "`init` must be one of 'torch', 'pacgan'"),
        (lambda: point_discriminator(init="keras"), "`init` must be one of 'torch', 'pacgan'"),
        (lambda: point_generator(3, conditioning="last"), "`conditioning` must be one of"),
        (lambda: point_generator(conditioning="first_layer"), "`num_classes` must be given with"),
        (lambda: point_generator(0), "`num_classes` must be above 0"),
        (lambda: point_generator(num_layers=0), "`num_layers` must be above 0"),
        (lambda: point_discriminator(0), "`num_outputs` must be above 0"),
        (lambda: point_discriminator(packing=0), "`packing` must be above 0"),
        (lambda: point_discriminator(num_class_logits=0), "`num_class_logits` must be above 0"),
        (lambda: deep_discriminator(COLOURED, packing=0), "`packing` must be above 0"),
        (lambda: self_conditioned_generator(COLOURED, num_filters=0), "`num_filters` must be above 0"),
        (lambda: mgan_generator(COLOURED, 0), "`num_classes` must be above 0"),
        (lambda: mgan_discriminator(COLOURED, 0), "`num_generators` must be above 0"),
        (lambda: unrolled_mnist_discriminator(num_filters=0), "`num_filters` must be above 0"),
        (lambda: stability_resnet_generator(COLOURED, blocks_per_scale=3), "`blocks_per_scale` must be one of 1, 2"),
        (lambda: stability_resnet_generator(COLOURED, max_filters=8), "`max_filters` must be at least"),
    ],
)
def test_bad_arguments(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    "build",
    [
        self_conditioned_generator,
        deep_discriminator,
        shallow_discriminator,
        mgan_generator,
        stability_resnet_generator,
        stability_resnet_discriminator,
    ],
)
def test_size_that_cannot_be_made_names_those_that_can(build):
    with pytest.raises(ValueError, match=r"of size 8, 16, 32, 64, 128, 256.* only\. Received: .*dcgan"):
        build((28, 28, 3))
