"""What the tests of exported samplers share."""

import keras
import numpy as np
from keras import layers
from model_cases import LATENT_DIM

from tfgan_suite.models import GAN


def shifted(variables, seed=0):
    """Moves weights away from their initial values, as training does."""
    rng = np.random.default_rng(seed)
    for variable in variables:
        value = variable.numpy()
        variable.assign(value + rng.uniform(0.1, 0.5, value.shape).astype(value.dtype))


def small_gan(prior="normal", **kwargs):
    """Unconditional, 2x2 pixels, with a batch normalisation."""
    latents = keras.Input((LATENT_DIM,), name="latents")
    x = layers.BatchNormalization(name="norm")(layers.Dense(4)(latents))
    generator = keras.Model(
        latents, layers.Reshape((2, 2, 1), dtype="float32")(layers.Activation("tanh", dtype="float32")(x))
    )
    images = keras.Input((2, 2, 1), name="images")
    return GAN(generator, keras.Model(images, layers.Dense(1)(layers.Flatten()(images))), prior=prior, **kwargs)


def assert_close(images, expected):
    assert images.dtype == np.float32
    np.testing.assert_allclose(images, expected, rtol=0, atol=1e-5)
