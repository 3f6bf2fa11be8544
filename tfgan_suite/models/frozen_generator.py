"""A GAN of which only the discriminator learns."""

import keras
import tensorflow as tf

from tfgan_suite.layers.noise import noise_stream
from tfgan_suite.models.base import GAN, Logs
from tfgan_suite.models.execution import rows_of_this_replica
from tfgan_suite.models.sampling import FAKE_NOISE


@keras.saving.register_keras_serializable(package="tfgan_suite")
class FrozenGeneratorGAN(GAN):
    """A GAN whose generator stays as it is, so that one sees how near its discriminator comes to the optimal one.

    Smooth-to-sharp thesis, section 4.1, figures 4.3 and 4.4. The generator's loss is logged, its weights are not moved.

    Its arguments are those of `GAN`.
    """

    def generator_step(self, batch_size: tf.Tensor, seed: tf.Tensor, real_images: tf.Tensor | None = None) -> Logs:
        """The generator's loss on a fresh batch of its images, without an update."""
        images, labels = self._fake_batch(batch_size, seed)
        images = self.heuristics.noisy(images, self.num_steps, seed, FAKE_NOISE)
        with noise_stream(seed, rows_of_this_replica):
            loss, logs = self.generator_loss(self.discriminate(images, labels, training=True), labels)
        return {"g_loss": loss, **logs}
