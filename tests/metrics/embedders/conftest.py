import numpy as np
import pytest
import tensorflow as tf


@pytest.fixture
def save_network(tmp_path):
    """A function that writes a small SavedModel: pool = channel means (and their squares), logits = pool W."""

    def save(name="network", *, size=(None, None), channels=3, signature=True, outputs=("pool", "logits"), weight=0.01):
        class Network(tf.Module):
            def __init__(self):
                self.weights = tf.Variable(tf.fill((2 * channels, 5), weight) * tf.range(5.0))

            @tf.function(input_signature=[tf.TensorSpec((None, *size, channels), tf.float32, name="images")])
            def __call__(self, images):
                means = tf.reduce_mean(images, axis=(1, 2))
                pool = tf.concat([means, means**2 / 255.0], axis=1)
                made = {
                    "pool": pool,
                    "features": pool,
                    "pool_3": pool[:, None, None],
                    "logits": pool @ self.weights,
                    "unknown": pool,
                }
                return pool if outputs is None else {output: made[output] for output in outputs}

        network = Network()
        path = tmp_path / name
        signatures = {"serving_default": network.__call__} if signature else {}
        tf.saved_model.save(network, str(path), signatures=signatures)
        return path

    return save


@pytest.fixture
def images():
    """A function that makes uint8 images."""

    def make(num_images=11, size=8, channels=3, seed=0):
        shape = (num_images, size, size, channels)
        return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)

    return make
