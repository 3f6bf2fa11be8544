"""For all tests: two logical CPU devices (to be asked for before TensorFlow makes its devices), and a tiny GAN."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgan_suite.data import Images, Split, TrainingBatches
from tfgan_suite.models import CINGAN

NUM_CLASSES = 3

tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
)


@pytest.fixture(scope="session")
def images() -> Images:
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (48, 8, 8, 1), np.uint8)
    labels = np.arange(48, dtype=np.int32) % NUM_CLASSES
    names = tuple("abc")
    return Images("noise", Split(pixels, labels), Split(pixels[:12], labels[:12]), names)


@pytest.fixture(scope="session")
def batches(images) -> TrainingBatches:
    return images.training_batches(8, seed=1)


@pytest.fixture(scope="session")
def make_gan(images):
    """Builds the same compiled CIN-GAN every time."""

    def make(num_filters: int = 2, **kwargs) -> CINGAN:
        keras.utils.set_random_seed(0)
        gan = CINGAN.for_images(images, num_filters=num_filters, latent_dim=4, num_discriminator_steps=2, **kwargs)
        gan.compile()
        return gan

    return make
