"""GANs whose generator is tanh of a fixed random linear map, so that what it can make is known."""

import keras
import numpy as np
from keras import layers

from tfgan_suite.models import GAN

SIZE, LATENT_DIM = 4, 3


def linear_gan(seed=0, num_classes=None, **kwargs):
    """Makes 4x4 images of three latents; labels shift the map's 16 values before tanh."""
    rng = np.random.default_rng(seed)
    inputs = latents = keras.Input((LATENT_DIM,), name="latents")
    values = layers.Dense(SIZE * SIZE, use_bias=False, name="map")(latents)
    if num_classes is not None:
        labels = keras.Input((), dtype="int32", name="labels")
        inputs = [latents, labels]
        values = values + layers.Embedding(num_classes, SIZE * SIZE, name="shifts")(labels)
    generator = keras.Model(inputs, layers.Reshape((SIZE, SIZE, 1))(layers.Activation("tanh")(values)))
    generator.set_weights([rng.normal(0, 0.6, weight.shape) for weight in generator.get_weights()])
    images = keras.Input((SIZE, SIZE, 1), name="images")
    discriminator = keras.Model(images, layers.Dense(1)(layers.Flatten()(images)))
    return GAN(generator, discriminator, num_classes=num_classes, **kwargs)


def shuffled_pixels(images, seed=0):
    """The same values in other places: images that the generator, of three degrees of freedom, cannot make."""
    rows = images.reshape(len(images), -1)
    return np.random.default_rng(seed).permuted(rows, axis=1).reshape(images.shape)
