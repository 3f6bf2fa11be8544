"""An exported sampler in the place of its GAN, for what goes through the generator and back: images and gradients."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import tensorflow as tf

from tfgan_suite.runs.saved_sampler import SavedSampler

_PROBE = 4


class SamplerGAN:
    """What `train_encoder` and `reconstruct` need of a GAN, from a SavedModel without the code that trained it.

    Args:
        sampler: loaded.

    Raises:
        ValueError: a sampler whose images pass no gradient to its latents.

    Attributes:
        generator: has `output_shape`, (None, H, W, C), and nothing else.
        latent_dim: length of a latent.
        num_classes: number of labels; None if unconditional.
        label_probs: float32 [num_classes], of labels in training; [1.0] if unconditional.
    """

    def __init__(self, sampler: SavedSampler) -> None:
        self._module = sampler._module
        self.latent_dim, self.num_classes = sampler.latent_dim, sampler.num_classes
        self.generator = SimpleNamespace(output_shape=(None, *sampler.image_shape))
        probs = sampler.card["label_probs"] if self.num_classes is not None else [1.0]
        self.label_probs = np.asarray(probs, np.float32)
        self.inference = tf.function(self.__call__, reduce_retracing=True)
        self._require_gradient()

    def __call__(self, inputs: Any, training: bool = False) -> tf.Tensor:
        """Images float32 [n, H, W, C] of latents [n, d], or of (latents, labels); `training` changes nothing."""
        named = (
            {"latents": inputs} if self.num_classes is None else dict(zip(("latents", "labels"), inputs, strict=True))
        )
        return tf.ensure_shape(self._module.generate(**named)["images"], self.generator.output_shape)

    def sample_latents(self, num_samples: Any, seed: tf.Tensor) -> tf.Tensor:
        """Draws latents, float32 [num_samples, d], by a seed int32 [2]."""
        return self._draw(num_samples, seed)["latents"]

    def sample_labels(self, num_samples: Any, seed: tf.Tensor) -> tf.Tensor | None:
        """Draws labels as in training, int32 [num_samples]; None if unconditional."""
        return self._draw(num_samples, seed).get("labels")

    def _draw(self, num_samples: Any, seed: tf.Tensor) -> dict[str, tf.Tensor]:
        high, low = tf.unstack(tf.cast(seed, tf.int64))
        whole = tf.bitwise.bitwise_xor(tf.bitwise.left_shift(high, tf.constant(31, tf.int64)), low)
        return self._module.draw_inputs(num_images=tf.cast(num_samples, tf.int32), seed=whole)

    def _require_gradient(self) -> None:
        seed = tf.constant([0, 0])
        latents, labels = self.sample_latents(_PROBE, seed), self.sample_labels(_PROBE, seed)
        try:
            with tf.GradientTape() as tape:
                tape.watch(latents)
                images = self(latents if labels is None else (latents, labels))
            gradient = tape.gradient(images, latents)
        except LookupError:  # an operation whose gradient the SavedModel does not have
            gradient = None
        if gradient is None:
            raise ValueError(
                "This sampler passes no gradient from its images to its latents, so that nothing can be optimised "
                "through it. Export it again with this version."
            )
