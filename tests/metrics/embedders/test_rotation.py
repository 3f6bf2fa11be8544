import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgan_suite.core.images import to_float
from tfgan_suite.metrics.embedders import RotationEmbedder, RotationOptions, train_rotation_embedder
from tfgan_suite.metrics.embedders.rotation import RotationLoop, rotated, rotation_accuracy
from tfgan_suite.metrics.embedders.training_loop import Schedule, cosine_adam
from tfgan_suite.networks.encoders import rotation_network


def bright_above(count=60, size=8, seed=0):
    """Noise that is bright in the upper half: upright for every eye."""
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 100, (count, size, size, 1), np.uint8)
    images[:, : size // 2] += 150
    return images


def test_the_four_rotations_by_hand():
    images = np.float32([[[1, 2], [3, 4]], [[5, 6], [7, 8]]])[..., None]
    turned, turns = rotated(tf.constant(images))
    expected = [
        [[1, 2], [3, 4]],
        [[5, 6], [7, 8]],
        [[2, 4], [1, 3]],
        [[6, 8], [5, 7]],
        [[4, 3], [2, 1]],
        [[8, 7], [6, 5]],
        [[3, 1], [4, 2]],
        [[7, 5], [8, 6]],
    ]
    np.testing.assert_array_equal(turned[..., 0], expected)
    np.testing.assert_array_equal(turns, [0, 0, 1, 1, 2, 2, 3, 3])


@pytest.mark.parametrize("size", [3, 4])
def test_rotations_are_numpys(size):
    images = np.random.default_rng(0).normal(size=(5, size, size, 2)).astype(np.float32)
    turned, turns = rotated(tf.constant(images))
    expected = np.concatenate([np.rot90(images, number, axes=(1, 2)) for number in range(4)])
    np.testing.assert_array_equal(turned, expected)
    np.testing.assert_array_equal(turns, np.repeat(np.arange(4), 5))


def test_every_batch_holds_the_four_rotations_of_its_images():
    images, seen = bright_above(count=20), []
    model = rotation_network((8, 8, 1), 2)

    class Seeing(RotationLoop):
        def objective(self, batch, seed):
            seen.append(batch[0].numpy())
            return super().objective(batch, seed)

    loop = Seeing(model, (images,), cosine_adam(1e-3, 2), Schedule(2, 10, 1e-3, 0))
    loop._train_step = loop._step  # eagerly, so that there is something to see
    loop.run()
    assert [len(batch) for batch in seen] == [10, 10]
    together = np.concatenate(seen)
    assert {image.tobytes() for image in together} == {image.tobytes() for image in images}  # an epoch sees each once
    turned, _ = rotated(to_float(tf.constant(seen[0])))
    assert turned.shape == (40, 8, 8, 1)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_learns_what_is_up(seed, tmp_path):
    options = RotationOptions(num_filters=4, num_steps=100, learning_rate=1e-2)
    embedder = train_rotation_embedder(
        bright_above(), test_images=bright_above(seed=1), options=options, seed=seed, cache_dir=tmp_path
    )
    # Which half is brighter tells the rotation for certain; chance is 0.25.
    assert 0.9 < embedder.test_accuracy <= 1
    assert f"rotation accuracy {embedder.test_accuracy:.3f}" in embedder.name


def test_what_has_no_upright_position_is_guessed(tmp_path):
    """Flat images are the same in every rotation: of four equal answers exactly one is right."""
    flat = np.arange(40, dtype=np.uint8)[:, None, None, None] * np.ones((1, 8, 8, 1), np.uint8)
    options = RotationOptions(num_filters=2, num_steps=5)
    embedder = train_rotation_embedder(flat, test_images=flat, options=options, cache_dir=tmp_path)
    assert embedder.test_accuracy == 0.25


def test_accuracy_counts_all_rotations():
    class SaysUpright:
        input_shape = (None, 8, 8, 1)

        def __call__(self, images, training):
            return tf.one_hot(tf.zeros(len(images), tf.int32), 4)

    assert rotation_accuracy(SaysUpright(), bright_above(count=1001)) == 0.25


def test_layers():
    images, network = bright_above(count=20), rotation_network((8, 8, 1), 2)
    usual = RotationEmbedder(network, 0.5)
    for layer, width in (("block1", 2), ("block2", 4), ("block4", 4)):
        embedder = RotationEmbedder(network, 0.5, layer=layer)
        assert (embedder.layer, embedder.feature_dim) == (layer, width)
        assert (embedder.weights_hash == usual.weights_hash) == (layer == "block2")
        assert embedder.name.endswith(f", layer {layer}") == (layer != "block2")
        maps = keras.Model(network.input, network.get_layer(layer).output)(to_float(images))
        np.testing.assert_allclose(embedder.embed(images).features, np.mean(maps, axis=(1, 2)), rtol=1e-4, atol=1e-6)
    assert usual.layer == "block2"


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((20, 8, 12, 1), "must be square .*height=8, width=12.*`image_size=`"),
        ((20, 96, 48, 3), "must be square .*height=96, width=48"),
        ((20, 6, 6, 1), "at least 8 pixels a side"),
    ],
)
def test_refuses_sizes(shape, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        train_rotation_embedder(np.zeros(shape, np.uint8), cache_dir=tmp_path)
