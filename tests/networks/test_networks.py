"""What every network keeps: names, shapes, dtypes, ranges, gradients, mixed precision, files, errors."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from shared_checks import random_inputs

from tfgan_suite import networks
from tfgan_suite.networks.dcgan import halved_sizes

SMALL, COLOURED = (8, 8, 1), (16, 16, 3)
NUM_CLASSES = 3
LABELS = np.array([2, 0], np.int32)

GENERATORS = {
    "dcgan": lambda shape: networks.dcgan_generator(shape, 5, 2),
    "small_dcgan": lambda shape: networks.dcgan_generator(shape, 5, 2, num_convolutions=3),
    "weak_dcgan": lambda shape: networks.dcgan_generator(shape, 5, 2, norm="none"),
    "acgan": lambda shape: networks.acgan_generator(shape, NUM_CLASSES, 5, 2),
    "dcgan_conditional": lambda shape: networks.dcgan_conditional_generator(NUM_CLASSES, shape, 5, 2, 8),
    "infogan": lambda shape: networks.infogan_generator(shape, 5, 2),
    "infogan_labels": lambda shape: networks.infogan_generator(shape, 5, 2, NUM_CLASSES),
    "wgan_gp": lambda shape: networks.wgan_gp_generator(shape, 5, 2),
    "cingan": lambda shape: networks.cingan_generator(shape, NUM_CLASSES, 5, 2),
    "cingan_cbn": lambda shape: networks.cingan_generator(shape, NUM_CLASSES, 5, 2, norm="cbn"),
    "resnet": lambda shape: networks.resnet_generator(shape, None, 5, 2),
    "resnet_cbn": lambda shape: networks.resnet_generator(shape, NUM_CLASSES, 5, 2),
    "resnet_cin": lambda shape: networks.resnet_generator(shape, NUM_CLASSES, 5, 2, norm="cin"),
}
DISCRIMINATORS = {
    "dcgan": lambda shape: networks.dcgan_discriminator(shape, 2),
    "small_dcgan": lambda shape: networks.dcgan_discriminator(shape, 2, num_convolutions=3),
    "weak_dcgan": lambda shape: networks.dcgan_discriminator(shape, 2, norm="none"),
    "acgan": lambda shape: networks.acgan_discriminator(shape, NUM_CLASSES, 2),
    "dcgan_conditional": lambda shape: networks.dcgan_conditional_discriminator(NUM_CLASSES, shape, 2, 8),
    "infogan": lambda shape: networks.infogan_discriminator(shape, 2),
    "infogan_classes": lambda shape: networks.infogan_discriminator(shape, 2, num_classes=NUM_CLASSES),
    "wgan_gp": lambda shape: networks.wgan_gp_discriminator(shape, 2),
    "wgan_gp_batch": lambda shape: networks.wgan_gp_discriminator(shape, 2, norm="batch"),
    "wgan_gp_layer": lambda shape: networks.wgan_gp_discriminator(shape, 2, norm="layer"),
    "cingan": lambda shape: networks.cingan_discriminator(shape, NUM_CLASSES, 2),
    "cingan_cin": lambda shape: networks.cingan_discriminator(shape, NUM_CLASSES, 2, norm="cin"),
    "cingan_none": lambda shape: networks.cingan_discriminator(shape, NUM_CLASSES, 2, norm="none"),
    "resnet": lambda shape: networks.resnet_discriminator(shape, None, 2),
    "resnet_classes": lambda shape: networks.resnet_discriminator(shape, NUM_CLASSES, 2),
}
WITH_CLASS_HEAD = {"acgan", "cingan", "cingan_cin", "cingan_none", "infogan_classes", "resnet_classes"}
WITHOUT_LABELS = {"dcgan", "small_dcgan", "weak_dcgan", "infogan", "wgan_gp", "resnet"}


def values(network):
    return random_inputs(network, LABELS)


def call(network, inputs, **arguments):
    return network(inputs if len(inputs) > 1 else inputs[0], **arguments)


@pytest.mark.parametrize("name", GENERATORS)
def test_generator(name):
    network = GENERATORS[name](COLOURED)
    names = ["latents"] if name in WITHOUT_LABELS else ["latents", "labels"]
    assert [each.name for each in network.inputs] == names
    assert network.inputs[0].shape == (None, 5)
    if len(names) == 2:
        assert (network.inputs[1].shape, network.inputs[1].dtype) == ((None,), "int32")
    with tf.GradientTape() as tape:
        images = call(network, values(network), training=True)
        total = tf.reduce_sum(images**2 * np.random.default_rng(0).normal(size=images.shape))
    assert images.shape == (2, *COLOURED)
    assert images.dtype == tf.float32
    assert np.all(np.abs(images) <= 1)
    assert np.std(images) > 0
    assert all(gradient is not None for gradient in tape.gradient(total, network.trainable_variables))


@pytest.mark.parametrize("name", DISCRIMINATORS)
def test_discriminator(name):
    network = DISCRIMINATORS[name](COLOURED)
    names = ["images", "labels"] if name in ("dcgan_conditional", "cingan_cin") else ["images"]
    assert [each.name for each in network.inputs] == names
    with tf.GradientTape() as tape:
        outputs = call(network, values(network), training=True)
        heads = outputs if name in WITH_CLASS_HEAD else {"logits": outputs}
        total = tf.add_n([tf.reduce_sum(tf.tanh(head)) for head in heads.values()])
    widths = {"logits": 1, "class_logits": NUM_CLASSES} if name in WITH_CLASS_HEAD else {"logits": 1}
    assert {key: head.shape[1] for key, head in heads.items()} == widths
    assert {head.dtype for head in heads.values()} == {tf.float32}
    assert all(gradient is not None for gradient in tape.gradient(total, network.trainable_variables))
    assert len(network.get_layer("features").output.shape) == 2


@pytest.mark.parametrize("name", GENERATORS)
def test_labels_matter(name):
    network = GENERATORS[name](SMALL)
    if len(network.inputs) == 1:
        return
    for variable in network.trainable_variables:  # Tables of scales start alike for all classes.
        if variable.name in ("gamma", "beta"):
            variable.assign(variable + np.random.default_rng(0).normal(size=variable.shape))
    latents, labels = values(network)
    assert np.any(network([latents, labels]) != network([latents, tf.constant([1, 1])]))


@pytest.mark.parametrize("name", [f"G {name}" for name in GENERATORS] + [f"D {name}" for name in DISCRIMINATORS])
def test_mixed_precision_and_saving(name, tmp_path):
    keras.config.set_dtype_policy("mixed_bfloat16")  # The fixture of all tests sets it back.
    kind, name = name.split()
    network = (GENERATORS if kind == "G" else DISCRIMINATORS)[name](SMALL)
    assert {variable.dtype for variable in network.variables} == {"float32"}
    inputs = values(network)
    call(network, inputs, training=True)  # Moves the running statistics.
    outputs = call(network, inputs)
    assert {each.dtype for each in tf.nest.flatten(outputs)} == {tf.float32}
    network.save(tmp_path / "network.keras")
    again = keras.models.load_model(tmp_path / "network.keras")
    assert again.name == network.name
    tf.nest.map_structure(np.testing.assert_array_equal, call(again, inputs), outputs)


def test_saved_model_gives_the_same_images_and_gradients(tmp_path):
    """The conditional norms define their own gradients, which a SavedModel must carry."""
    network = GENERATORS["cingan"](SMALL)
    latents, labels = values(network)
    network.export(str(tmp_path), verbose=False)
    again = tf.saved_model.load(str(tmp_path))
    results = []
    for generate in (network, again.serve):
        with tf.GradientTape() as tape:
            tape.watch(latents)
            images = generate([latents, labels])
        results.append((images, tape.gradient(images, latents)))
    np.testing.assert_array_equal(results[0][0], results[1][0])
    np.testing.assert_allclose(results[0][1], results[1][1], atol=1e-6)


@pytest.mark.parametrize(
    ("size", "sizes"),
    [(28, [28, 14, 7, 4, 2]), (32, [32, 16, 8, 4, 2]), (25, [25, 13, 7, 4, 2]), (1, [1, 1, 1, 1, 1])],
)
def test_dcgan_makes_any_size(size, sizes):
    assert halved_sizes(size, 4) == sizes
    images = networks.dcgan_generator((size, size, 1), 5, 2)(np.ones([2, 5]))
    assert images.shape == (2, size, size, 1)
    discriminator = networks.dcgan_discriminator((size, size, 1), 2)
    assert discriminator(images).shape == (2, 1)
    maps = [discriminator.get_layer(f"down{index}_conv").output.shape[1] for index in range(1, 5)]
    assert maps == sizes[1:]


@pytest.mark.parametrize("size", [28, 32, 25, 27, 10, 1])
def test_small_dcgan_has_one_convolution_fewer_and_the_same_maps(size):
    generator = networks.dcgan_generator((size, size, 1), 5, 2, num_convolutions=3)
    whole = networks.dcgan_generator((size, size, 1), 5, 2)
    assert generator(np.ones([2, 5])).shape == generator(np.ones([2, 5]), training=True).shape == (2, size, size, 1)
    for name in ("up1_conv", "up2_conv"):
        assert generator.get_layer(name).output.shape == whole.get_layer(name).output.shape
    small, full = (networks.dcgan_discriminator((size, size, 1), 2, num_convolutions=number) for number in (3, 4))
    assert small.get_layer("down3_conv").output.shape == full.get_layer("down4_conv").output.shape
    kinds = [[type(each).__name__ for each in network.layers] for network in (generator, whole, small, full)]
    assert [sum("Conv2D" in name for name in names) for names in kinds] == [3, 4, 3, 4]


@pytest.mark.parametrize(
    ("in_size", "stride", "missing"), [(1, 2, 1), (4, 2, 1), (7, 2, 1), (3, 4, 2), (7, 4, 0), (2, 4, 3)]
)
def test_odd_transposed_convolution_equals_tensorflows(in_size, stride, missing):
    """Keras with that `output_padding` gives what conv2d_transpose gives when it is asked for the size."""
    from tfgan_suite.networks.dcgan import conv_up

    size = stride * in_size - missing
    inputs = keras.Input((in_size, in_size, 2))
    model = keras.Model(inputs, conv_up(inputs, 3, size, "up", stride))
    x = tf.random.stateless_normal([2, in_size, in_size, 2], [0, 1])
    kernel = model.get_layer("up").kernel
    expected = tf.nn.conv2d_transpose(x, kernel.value, [2, size, size, 3], stride, "SAME")
    for training in (False, True):
        np.testing.assert_allclose(model(x, training=training), expected, atol=1e-6)


def test_filters_follow_the_size():
    from tfgan_suite.networks.wgan_gp import block_filters

    assert block_filters((8, 8, 3), 128) == [128]
    assert block_filters((32, 32, 3), 128) == [512, 256, 128]
    assert block_filters((256, 256, 3), 16) == [128, 128, 128, 64, 32, 16]


@pytest.mark.parametrize("name", ["wgan_gp", "cingan", "resnet"])
@pytest.mark.parametrize("size", [28, 4, 512, 24])
def test_size_that_cannot_be_made_names_those_that_can(name, size):
    for build in (GENERATORS[name], DISCRIMINATORS[name]):
        with pytest.raises(ValueError, match=r"of size 8, 16, 32, 64, 128, 256 only\. Received: .*dcgan"):
            build((size, size, 3))


@pytest.mark.parametrize("name", ["dcgan", "acgan", "dcgan_conditional", "wgan_gp", "cingan", "resnet"])
@pytest.mark.parametrize("shape", [(32, 16, 3), (32, 32), (32, 32, 0), (None, None, 3)])
def test_bad_image_shape(name, shape):
    for build in (GENERATORS[name], DISCRIMINATORS[name]):
        with pytest.raises(ValueError, match=r"`image_shape` must be \(size, size, channels\)"):
            build(shape)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: networks.wgan_gp_discriminator(COLOURED, norm="cin"), "'none', 'batch', 'layer'"),
        (lambda: networks.cingan_generator(COLOURED, 3, norm="batch"), "'cin', 'cbn'"),
        (lambda: networks.cingan_discriminator(COLOURED, 3, norm="batch"), "'layer', 'cin', 'none'"),
        (lambda: networks.resnet_generator(COLOURED, 3, norm="layer"), "'batch', 'cbn', 'cin'"),
        (lambda: networks.resnet_generator(COLOURED, norm="cin"), 'and "batch" without'),
        (lambda: networks.resnet_generator(COLOURED, 3, norm="batch"), 'must be "cbn" or "cin" with'),
        (lambda: networks.cingan_generator(COLOURED, 0), "`num_classes` must be above 0"),
        (lambda: networks.acgan_discriminator(COLOURED, 0), "`num_classes` must be above 0"),
        (lambda: networks.resnet_discriminator(COLOURED, 0), "`num_classes` must be above 0"),
        (lambda: networks.dcgan_generator(COLOURED, 0), "`latent_dim` must be above 0"),
        (lambda: networks.dcgan_generator(COLOURED, norm="layer"), "'batch', 'none'"),
        (lambda: networks.dcgan_discriminator(COLOURED, num_convolutions=5), "`num_convolutions` must be one of 3, 4"),
        (lambda: networks.wgan_gp_generator(COLOURED, num_filters=0), "`num_filters` must be above 0"),
        (lambda: networks.dcgan_conditional_discriminator(3, num_units=0), "`num_units` must be above 0"),
    ],
)
def test_bad_arguments(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_unknown_norm():
    with pytest.raises(ValueError, match="`norm` must be one of"):
        networks.blocks.norm("group", keras.Input((4, 4, 2)), "norm")
