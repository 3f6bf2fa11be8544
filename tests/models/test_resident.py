"""Training on batches drawn inside of the step, and several trials by one training program."""

import keras
import numpy as np
import pytest
from model_cases import image_array

from tfgan_suite.data import ResidentBatches
from tfgan_suite.models import GAN, WGANGP
from tfgan_suite.models.state import become, training_state
from tfgan_suite.networks import dense_discriminator, dense_generator
from tfgan_suite.runs.distribution import make_strategy

SHAPE = (4, 4, 1)
BATCHES = ResidentBatches(image_array(24, 4), 6, seed=3)


def compiled(seed=0, make=GAN, jit_compile=False, steps_per_execution=1, l2_weight=0.0, hidden=(8,)):
    keras.utils.set_random_seed(seed)
    gan = make(dense_generator(SHAPE, 2, hidden, "tanh"), dense_discriminator(SHAPE, (8,)), prior="uniform", seed=seed)
    optimizers = [keras.optimizers.RMSprop(1e-2) for _ in range(2)]
    gan.compile(*optimizers, l2_weight=l2_weight, jit_compile=jit_compile, steps_per_execution=steps_per_execution)
    return gan


def values(gan):
    return [variable.numpy() for variable in training_state(gan)]


def assert_equal(gan, other):
    for value, expected in zip(values(gan), values(other), strict=True):
        np.testing.assert_array_equal(value, expected)


@pytest.mark.parametrize("make", [GAN, WGANGP])
def test_equals_training_on_the_same_batches_from_outside(make):
    """The same batches as elements of a data set, drawn eagerly beforehand."""
    import tensorflow as tf

    inside, outside = compiled(make=make), compiled(make=make)
    inside.fit(BATCHES, epochs=1, steps_per_epoch=4, verbose=0)
    num_batches = outside.num_discriminator_steps
    groups = [BATCHES.draw(element, num_batches) for element in BATCHES.steps().take(4)]
    batches = tf.data.Dataset.from_tensor_slices(
        tf.concat([tf.transpose(group, [1, 0, 2, 3, 4]) for group in groups], 0)
    )
    outside.fit(batches, epochs=1, verbose=0)
    assert outside.num_steps.numpy() == 4
    for value, expected in zip(values(inside), values(outside), strict=True):
        np.testing.assert_allclose(value, expected, rtol=2e-4, atol=1e-6)


@pytest.mark.parametrize(("jit_compile", "steps_per_execution"), [(False, 1), (True, 2)])
def test_cut_in_two_is_uncut(jit_compile, steps_per_execution):
    how = {"jit_compile": jit_compile, "steps_per_execution": steps_per_execution}
    whole, cut = compiled(**how), compiled(**how)
    whole.fit(BATCHES, epochs=1, steps_per_epoch=6, verbose=0)
    cut.fit(BATCHES, epochs=1, steps_per_epoch=2, verbose=0)
    cut.fit(BATCHES, epochs=1, steps_per_epoch=4, verbose=0)
    assert_equal(cut, whole)


def test_one_program_for_two_trials():
    second = compiled(seed=2, jit_compile=True, steps_per_execution=2)
    second.fit(BATCHES.reseeded(9), epochs=1, steps_per_epoch=4, verbose=0)
    gan = compiled(seed=1, jit_compile=True, steps_per_execution=2)
    gan.fit(BATCHES, epochs=1, steps_per_epoch=2, verbose=0)
    program = gan.train_function
    become(gan, compiled(seed=2, jit_compile=True, steps_per_execution=2))
    assert gan.num_steps.numpy() == 0
    gan.fit(BATCHES.reseeded(9), epochs=1, steps_per_epoch=4, verbose=0)
    assert gan.train_function is program
    assert_equal(gan, second)
    np.testing.assert_array_equal(gan.sample(3), second.sample(3))


def test_other_batches_make_another_program():
    gan, same = compiled(), compiled()
    gan.fit(BATCHES, epochs=1, steps_per_epoch=2, verbose=0)
    program = gan.train_function
    others = ResidentBatches(-image_array(24, 4), 6, seed=3)
    gan.fit(others, epochs=1, steps_per_epoch=2, verbose=0)
    assert gan.train_function is not program
    same.fit(BATCHES, epochs=1, steps_per_epoch=4, verbose=0)
    assert not np.array_equal(gan.sample(3), same.sample(3))


@pytest.mark.parametrize(
    "other", [lambda: compiled(hidden=(9,)), lambda: compiled(l2_weight=0.1), lambda: compiled(make=WGANGP)]
)
def test_of_another_make(other):
    gan = compiled()
    before = values(gan)
    with pytest.raises(ValueError, match="the same make"):
        become(gan, other())
    for value, old in zip(values(gan), before, strict=True):
        np.testing.assert_array_equal(value, old)


def test_on_replicas():
    with make_strategy("mirrored", num_devices=2).scope():
        gan = compiled()
    with pytest.raises(ValueError, match="one device"):
        gan.fit(BATCHES, epochs=1, steps_per_epoch=2, verbose=0)


def test_images_of_another_size():
    with pytest.raises(ValueError, match="shape that the generator makes"):
        compiled().fit(ResidentBatches(image_array(24, 6), 6), epochs=1, steps_per_epoch=2, verbose=0)
