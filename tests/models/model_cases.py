"""Tiny models and data that the tests of this folder share; a new model adds one row to `CASES`."""

from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
from keras import layers

from tfgan_suite.models import ACGAN, CINGAN, DCGAN, GAN, WGANGP

NUM_CLASSES = 3
LATENT_DIM = 5
BATCH_SIZE = 4


def image_array(num_images: int = 16, size: int = 8) -> np.ndarray:
    return np.random.default_rng(0).uniform(-1, 1, (num_images, size, size, 1)).astype(np.float32)


def label_array(num_images: int = 16) -> np.ndarray:
    return (np.arange(num_images) % NUM_CLASSES).astype(np.int32)


def described(size: int = 8, num_classes: int | None = NUM_CLASSES) -> Any:
    """What `for_images` looks at."""
    return SimpleNamespace(image_shape=(size, size, 1), num_classes=num_classes)


def dense_generator(size: int = 2, latent_dim: int = LATENT_DIM, num_classes: int | None = None) -> keras.Model:
    inputs = latents = keras.Input((latent_dim,), name="latents")
    if num_classes is not None:
        labels = keras.Input((), dtype="int32", name="labels")
        inputs = [latents, labels]
        latents = layers.concatenate([latents, layers.Embedding(num_classes, 2)(labels)])
    x = layers.Dense(size * size, activation="tanh", dtype="float32", name="pixels")(latents)
    return keras.Model(inputs, layers.Reshape((size, size, 1))(x))


def dense_discriminator(size: int = 2, num_logits: int = 1, num_hidden: int = 6) -> keras.Model:
    images = keras.Input((size, size, 1), name="images")
    x = layers.Dense(num_hidden, activation="leaky_relu")(layers.Flatten()(images))
    return keras.Model(images, layers.Dense(num_logits, dtype="float32")(x))


def dense_acgan(size: int = 2, **kwargs: Any) -> ACGAN:
    trunk = dense_discriminator(size)
    classes = layers.Dense(NUM_CLASSES, dtype="float32")(trunk.layers[-2].output)
    critic = keras.Model(trunk.inputs, {"logits": trunk.output, "class_logits": classes})
    return ACGAN(dense_generator(size, num_classes=NUM_CLASSES), critic, num_classes=NUM_CLASSES, **kwargs)


def dense_gan(size: int = 2, **kwargs: Any) -> GAN:
    return GAN(dense_generator(size), dense_discriminator(size), **kwargs)


@dataclass(frozen=True)
class Case:
    """A model for the checks that every model must pass.

    Attributes:
        build: makes it, not compiled, from keyword arguments of the base.
        log_keys: what a train step must log, no more and no less.
        image_size: of the images it makes.
        labelled: whether `fit` needs labels.
    """

    build: Callable[..., GAN]
    log_keys: tuple[str, ...]
    image_size: int = 8
    labelled: bool = False

    def compiled(self, compile_arguments: dict[str, Any] | None = None, **kwargs: Any) -> GAN:
        """The same weights at every call."""
        keras.utils.set_random_seed(1)
        model = self.build(**kwargs)
        model.compile(**compile_arguments or {})
        return model

    def data(self, num_images: int = 16) -> tuple[np.ndarray, np.ndarray | None]:
        return image_array(num_images, self.image_size), label_array(num_images) if self.labelled else None

    def fit(self, model: GAN, num_steps: int = 2, **kwargs: Any) -> keras.callbacks.History:
        images, labels = self.data(num_steps * BATCH_SIZE * model.num_discriminator_steps)
        return model.fit(images, labels, batch_size=BATCH_SIZE, verbose=0, **kwargs)


def _convolutional(model: type[GAN], size: int = 8, **fixed: Any) -> Callable[..., GAN]:
    return lambda **kwargs: model.for_images(described(size), latent_dim=LATENT_DIM, num_filters=2, **fixed, **kwargs)


WASSERSTEIN_KEYS = ("d_loss", "g_loss", "wasserstein_estimate", "gradient_penalty")
CLASS_KEYS = ("real_class_loss", "fake_class_loss")
CASES = {
    "gan": Case(dense_gan, ("d_loss", "g_loss"), image_size=2),
    "dcgan": Case(_convolutional(DCGAN), ("d_loss", "g_loss")),
    "wgan_gp": Case(_convolutional(WGANGP, num_discriminator_steps=2), WASSERSTEIN_KEYS),
    "acgan": Case(dense_acgan, ("d_loss", "g_loss", *CLASS_KEYS), image_size=2, labelled=True),
    "cingan": Case(
        _convolutional(CINGAN, 16, num_discriminator_steps=2),
        (*WASSERSTEIN_KEYS, *CLASS_KEYS),
        image_size=16,
        labelled=True,
    ),
    "cingan_label_critic": Case(
        _convolutional(CINGAN, 16, num_discriminator_steps=2, critic_norm="cin"),
        (*WASSERSTEIN_KEYS, *CLASS_KEYS),
        image_size=16,
        labelled=True,
    ),
}
