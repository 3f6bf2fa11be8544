"""Tiny models and data that the tests of this folder share; a new model adds one row to `CASES`."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from modnet_cases import dense_classifier, dense_modnet, modnet_with_classifier, noise

from tfgan_suite.core.schedules import ExponentialDecay
from tfgan_suite.data.pipeline import TrainingBatches
from tfgan_suite.layers import GaussianMixturePrior
from tfgan_suite.models import (
    ACGAN,
    CINGAN,
    DCGAN,
    GAN,
    MGAN,
    MMGAN,
    WGANGP,
    ImprovedGAN,
    ModNet,
    OnlineSelfConditionedGAN,
    PacGAN,
    SelfConditionedGAN,
)
from tfgan_suite.models.heuristics import Heuristics
from tfgan_suite.models.modnet import source_batches
from tfgan_suite.networks import improved_gan_dense_discriminator, improved_gan_dense_generator

NUM_CLASSES = 3
LATENT_DIM = 5
BATCH_SIZE = 4
NUM_EXAMPLES = 16


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


def dense_discriminator(size: int = 2, num_logits: int = 1, num_hidden: int = 6, channels: int = 1) -> keras.Model:
    images = keras.Input((size, size, channels), name="images")
    x = layers.Dense(num_hidden, activation="leaky_relu", name="features")(layers.Flatten()(images))
    return keras.Model(images, layers.Dense(num_logits, dtype="float32")(x))


def dense_acgan(size: int = 2, gan_class: type[ACGAN] = ACGAN, **kwargs: Any) -> ACGAN:
    trunk = dense_discriminator(size)
    classes = layers.Dense(NUM_CLASSES, dtype="float32")(trunk.layers[-2].output)
    critic = keras.Model(trunk.inputs, {"logits": trunk.output, "class_logits": classes})
    return gan_class(dense_generator(size, num_classes=NUM_CLASSES), critic, num_classes=NUM_CLASSES, **kwargs)


def dense_mgan(**kwargs: Any) -> MGAN:
    return dense_acgan(gan_class=MGAN, **kwargs)


def dense_pacgan(size: int = 2, **kwargs: Any) -> PacGAN:
    return PacGAN(dense_generator(size), dense_discriminator(size, channels=2), packing=2, **kwargs)


def dense_self_conditioned(gan_class: type[GAN] = SelfConditionedGAN, **kwargs: Any) -> SelfConditionedGAN:
    """Clustered, with labels in place of a first partition."""
    networks = dense_generator(num_classes=NUM_CLASSES), dense_discriminator(num_logits=NUM_CLASSES)
    gan = gan_class(*networks, num_classes=NUM_CLASSES, num_examples=NUM_EXAMPLES, **kwargs)
    gan.set_example_labels(label_array(NUM_EXAMPLES))
    return gan


def dense_online(**kwargs: Any) -> OnlineSelfConditionedGAN:
    gan = dense_self_conditioned(OnlineSelfConditionedGAN, **kwargs)
    gan.set_centroids(np.random.default_rng(0).normal(size=gan.centroids.shape))
    return gan


def dense_mmgan(covariance: str = "full", num_logits: int = 1, **kwargs: Any) -> MMGAN:
    prior = GaussianMixturePrior(LATENT_DIM, num_gaussians=4, mean_range=1.0, covariance=covariance)
    return MMGAN(dense_generator(), dense_discriminator(num_logits=num_logits), prior=prior, **kwargs)


def dense_supervised_mmgan(**kwargs: Any) -> MMGAN:
    return dense_mmgan("fixed", NUM_CLASSES, num_data_classes=NUM_CLASSES, **kwargs)


def dense_improved_gan(num_data_classes: int | None = None, **kwargs: Any) -> ImprovedGAN:
    shape = (2, 2, 1)
    generator = improved_gan_dense_generator(shape, LATENT_DIM, [6])
    discriminator = improved_gan_dense_discriminator(shape, num_data_classes, [6, 5])
    return ImprovedGAN(generator, discriminator, num_data_classes=num_data_classes, **kwargs)


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
        by_ids: whether it needs example ids; of `NUM_EXAMPLES` examples.
        compile_arguments: of its kind of training.
    """

    build: Callable[..., GAN]
    log_keys: tuple[str, ...]
    image_size: int = 8
    labelled: bool = False
    by_ids: bool = False
    compile_arguments: dict[str, Any] = field(default_factory=dict)

    def compiled(self, compile_arguments: dict[str, Any] | None = None, **kwargs: Any) -> GAN:
        """The same weights at every call."""
        keras.utils.set_random_seed(1)
        model = self.build(**kwargs)
        model.compile(**self.compile_arguments, **compile_arguments or {})
        return model

    def data(self, num_images: int = 16) -> tuple[np.ndarray, np.ndarray | None]:
        return image_array(num_images, self.image_size), label_array(num_images) if self.labelled else None

    def examples(self) -> tf.Tensor:
        """What example ids refer to."""
        return tf.constant(image_array(NUM_EXAMPLES, self.image_size))

    def fit(self, model: GAN, num_steps: int = 2, **kwargs: Any) -> keras.callbacks.History:
        if self.by_ids:
            batches = TrainingBatches(self.examples(), batch_size=BATCH_SIZE, with_example_ids=True)
            return model.fit(batches, steps_per_epoch=num_steps, verbose=0, **kwargs)
        images, labels = self.data(num_steps * BATCH_SIZE * model.num_batches_per_step)
        return model.fit(images, labels, batch_size=BATCH_SIZE, verbose=0, **kwargs)

    def single_steps(self, model: GAN, *batch: tf.Tensor | None) -> contextlib.AbstractContextManager[None]:
        """Within it a step of each network can be called by itself."""
        return source_batches([batch] * 2) if isinstance(model, ModNet) else contextlib.nullcontext()

    def sample(self, model: GAN, num_images: int, seed: int, **kwargs: Any) -> np.ndarray:
        """Images of the model: draws, or what it makes of noise."""
        if isinstance(model, ModNet):
            return model.modify(*noise(num_images, self.image_size, seed), **kwargs)
        return model.sample(num_images, seed=seed, **kwargs)


def _convolutional(model: type[GAN], size: int = 8, **fixed: Any) -> Callable[..., GAN]:
    return lambda **kwargs: model.for_images(described(size), latent_dim=LATENT_DIM, num_filters=2, **fixed, **kwargs)


HEURISTICS = Heuristics(
    real_target=0.9,
    flip_probability=0.25,
    input_noise=ExponentialDecay(0.1, half_life_steps=10),
    frozen_layers=["features"],
    frozen_steps=1,
)
WASSERSTEIN_KEYS = ("d_loss", "g_loss", "wasserstein_estimate", "gradient_penalty")
CLASS_KEYS = ("real_class_loss", "fake_class_loss")
MODNET_KEYS = ("mean_abs_change", "fooling_rate")
CASES = {
    "gan": Case(dense_gan, ("d_loss", "g_loss"), image_size=2),
    "heuristics": Case(
        lambda **kwargs: dense_gan(num_generator_steps=2, **kwargs),
        ("d_loss", "g_loss"),
        image_size=2,
        compile_arguments={"heuristics": HEURISTICS},
    ),
    "dcgan": Case(_convolutional(DCGAN), ("d_loss", "g_loss")),
    "wgan_gp": Case(_convolutional(WGANGP, num_discriminator_steps=2), WASSERSTEIN_KEYS),
    "acgan": Case(dense_acgan, ("d_loss", "g_loss", *CLASS_KEYS), image_size=2, labelled=True),
    "cingan": Case(
        _convolutional(CINGAN, 16, num_discriminator_steps=2),
        (*WASSERSTEIN_KEYS, *CLASS_KEYS),
        image_size=16,
        labelled=True,
    ),
    "improved_gan": Case(dense_improved_gan, ("d_loss", "g_loss"), image_size=2),
    "improved_gan_classes": Case(  # labels in [0, 2], of which the last says that the class is not known
        lambda **kwargs: dense_improved_gan(NUM_CLASSES - 1, **kwargs),
        ("d_loss", "g_loss", "real_class_loss"),
        image_size=2,
        labelled=True,
    ),
    "mgan": Case(dense_mgan, ("d_loss", "g_loss", "fake_class_loss"), image_size=2),
    "mmgan": Case(dense_mmgan, ("d_loss", "g_loss"), image_size=2),
    "mmgan_supervised": Case(dense_supervised_mmgan, ("d_loss", "g_loss"), image_size=2, labelled=True),
    "pacgan": Case(dense_pacgan, ("d_loss", "g_loss"), image_size=2),
    "self_conditioned": Case(dense_self_conditioned, ("d_loss", "g_loss"), image_size=2, labelled=True, by_ids=True),
    "online_self_conditioned": Case(dense_online, ("d_loss", "g_loss"), image_size=2, labelled=True, by_ids=True),
    "modnet": Case(dense_modnet, ("d_loss", "g_loss", *CLASS_KEYS, *MODNET_KEYS), image_size=2, labelled=True),
    "modnet_frozen": Case(
        lambda **kwargs: modnet_with_classifier(num_generator_steps=2, **kwargs),
        ("d_loss", "g_loss", "fake_class_loss", *MODNET_KEYS),
        image_size=2,
        labelled=True,
    ),
    "modnet_trained_on": Case(  # a classifier with Keras' own dropout and batch norm
        lambda **kwargs: modnet_with_classifier(False, dense_classifier(noisy=True), **kwargs),
        ("d_loss", "g_loss", *CLASS_KEYS, *MODNET_KEYS),
        image_size=2,
        labelled=True,
    ),
    "cingan_label_critic": Case(
        _convolutional(CINGAN, 16, num_discriminator_steps=2, critic_norm="cin"),
        (*WASSERSTEIN_KEYS, *CLASS_KEYS),
        image_size=16,
        labelled=True,
    ),
}
