"""Tiny ModNets that tests share."""

import keras
import numpy as np
from keras import layers

from tfgan_suite.models.modnet import ModNet
from tfgan_suite.networks.with_classifier import with_classifier

NUM_CLASSES = 3


def dense_delta_generator(size=2):
    images, labels = keras.Input((size, size, 1), name="images"), keras.Input((), dtype="int32", name="labels")
    x = layers.concatenate([layers.Flatten()(images), layers.Embedding(NUM_CLASSES, 2)(labels)])
    x = layers.BatchNormalization(synchronized=True)(layers.Dense(6)(x))
    x = layers.Dense(size * size, activation="tanh", dtype="float32", name="pixels")(layers.LeakyReLU()(x))
    return keras.Model([images, labels], layers.Reshape((size, size, 1), dtype="float32")(x))


def dense_critic(size=2):
    images = keras.Input((size, size, 1), name="images")
    x = layers.Dense(6, activation="leaky_relu", name="features")(layers.Flatten()(images))
    return keras.Model(images, layers.Dense(1, dtype="float32")(x), name="critic")


def dense_classifier(size=2, num_classes=NUM_CLASSES, noisy=False):
    """With a batch normalisation, and if `noisy` a dropout, that training mode would change; both Keras' own."""
    images = keras.Input((size, size, 1), name="images")
    x = layers.BatchNormalization()(layers.Dense(5)(layers.Flatten()(images)))
    x = layers.Dropout(0.3)(x) if noisy else x
    return keras.Model(images, layers.Dense(num_classes, dtype="float32")(x), name="some_classifier")


def dense_modnet(size=2, **kwargs):
    """The discriminator is the classifier too."""
    critic = dense_critic(size)
    class_logits = layers.Dense(NUM_CLASSES, dtype="float32")(critic.layers[-2].output)
    discriminator = keras.Model(critic.input, {"logits": critic.output, "class_logits": class_logits})
    return ModNet(dense_delta_generator(size), discriminator, **{"num_classes": NUM_CLASSES, **kwargs})


def modnet_with_classifier(frozen=True, classifier=None, size=2, **kwargs):
    classifier = classifier or dense_classifier(size)
    discriminator = with_classifier(dense_critic(size), classifier, NUM_CLASSES, frozen)
    return ModNet(dense_delta_generator(size), discriminator, **{"num_classes": NUM_CLASSES, **kwargs})


def noise(num_images=24, size=2, seed=0):
    """Images float32 in [-1, 1] and labels."""
    images = np.random.default_rng(seed).uniform(-1, 1, (num_images, size, size, 1)).astype(np.float32)
    return images, (np.arange(num_images) % NUM_CLASSES).astype(np.int32)


def compiled(model, **kwargs):
    model.compile(**{"run_eagerly": True, **kwargs})
    return model
