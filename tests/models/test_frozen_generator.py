"""Only the discriminator learns, and as it does beside a generator that learns."""

import keras
import numpy as np
from model_cases import image_array

from tfgan_suite.data import ResidentBatches
from tfgan_suite.models import GAN
from tfgan_suite.models.frozen_generator import FrozenGeneratorGAN
from tfgan_suite.networks import dense_discriminator, dense_generator

SHAPE = (4, 4, 1)


def trained(make, num_steps):
    keras.utils.set_random_seed(0)
    gan = make(dense_generator(SHAPE, 2, (8,), "tanh"), dense_discriminator(SHAPE, (8,)), seed=0)
    gan.compile()
    before = [gan.generator.get_weights(), gan.discriminator.get_weights()]
    log = gan.fit(ResidentBatches(image_array(24, 4), 6), epochs=1, steps_per_epoch=num_steps, verbose=0)
    return gan, before, log.history


def test_the_generator_stays():
    gan, (generator, discriminator), history = trained(FrozenGeneratorGAN, 3)
    for value, old in zip(gan.generator.get_weights(), generator, strict=True):
        np.testing.assert_array_equal(value, old)
    assert not np.array_equal(gan.discriminator.get_weights()[0], discriminator[0])
    assert gan.num_steps.numpy() == 3
    assert all(np.isfinite(history[key]).all() for key in ("d_loss", "g_loss"))


def test_the_first_step_is_that_of_a_gan():
    frozen, learning = (trained(make, 1)[0] for make in (FrozenGeneratorGAN, GAN))
    for value, expected in zip(frozen.discriminator.get_weights(), learning.discriminator.get_weights(), strict=True):
        np.testing.assert_allclose(value, expected, rtol=1e-6, atol=1e-8)


def test_config_round_trip():
    gan = trained(FrozenGeneratorGAN, 1)[0]
    again = FrozenGeneratorGAN.from_config(gan.get_config())
    assert again.get_config().keys() == gan.get_config().keys()
    assert again.generator.count_params() == gan.generator.count_params()
