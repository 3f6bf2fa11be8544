"""Packing: which samples and channels end up where, with known and unknown batch sizes, and its errors."""

import numpy as np
import pytest
import tensorflow as tf

from tfgan_suite.layers.packing import pack_samples


def test_points_by_hand():
    points = np.array([[1, 2], [3, 4], [5, 6], [7, 8]], np.float32)
    np.testing.assert_array_equal(pack_samples(points, 2), [[1, 2, 3, 4], [5, 6, 7, 8]])
    np.testing.assert_array_equal(pack_samples(points, 4), [[1, 2, 3, 4, 5, 6, 7, 8]])
    np.testing.assert_array_equal(pack_samples(points, 1), points)


def test_images_are_joined_along_channels():
    images = np.random.default_rng(0).normal(size=(6, 4, 5, 3)).astype(np.float32)
    packs = pack_samples(images, 3)
    assert packs.shape == (2, 4, 5, 9)
    for index in range(2):
        np.testing.assert_array_equal(packs[index], np.concatenate(images[3 * index : 3 * index + 3], axis=-1))


@pytest.mark.parametrize("shape", [(6, 2), (6, 3, 4, 2)])
def test_batch_size_unknown_or_compiled(shape):
    samples = tf.constant(np.random.default_rng(0).normal(size=shape))
    signature = [tf.TensorSpec([None, *shape[1:]], samples.dtype)]
    unknown = tf.function(lambda x: pack_samples(x, 2), input_signature=signature)
    assert unknown.get_concrete_function().output_shapes == (None, *shape[1:-1], 4)
    compiled = tf.function(lambda x: pack_samples(x, 2), jit_compile=True)
    np.testing.assert_array_equal(unknown(samples), pack_samples(samples, 2))
    np.testing.assert_array_equal(compiled(samples), pack_samples(samples, 2))
    with pytest.raises(tf.errors.InvalidArgumentError):
        unknown(samples[:5])


@pytest.mark.parametrize(
    ("shape", "packing", "message"),
    [
        ((5, 2), 2, "`packing` must divide the number of samples. Received: packing=2, num_samples=5"),
        ((4, 2), 0, "`packing` must be above 0"),
        ((4,), 2, "`samples` must have at least 2 axes"),
    ],
)
def test_errors(shape, packing, message):
    with pytest.raises(ValueError, match=message):
        pack_samples(np.zeros(shape), packing)
