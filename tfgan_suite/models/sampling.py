"""Drawing images from a trained GAN: the latents, the labels and the batches."""

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from tfgan_suite.core.checks import require, require_positive
from tfgan_suite.core.labels import one_per_image, require_known
from tfgan_suite.core.seeds import fold_in, make_seed
from tfgan_suite.layers.priors import NormalPrior

# What a draw is for, folded into its seed; 6 is that of `layers.noise`.
LATENTS, LABELS, MIXING, FLIPS, REAL_NOISE, FAKE_NOISE = range(6)


Inputs = tuple[tf.Tensor, tf.Tensor | None]
"""Latents float32 [N, d], and labels int32 [N] or None."""


def sample_inputs(
    gan: Any, num_images: int, labels: int | Sequence[int] | None, seed: int, sigma: float = 1.0
) -> Inputs:
    """Latents float32 [num_images, d] and labels int32 [num_images] (None if unconditional) for a seed.

    Row i does not depend on `num_images`. `labels` and `sigma` as in `GAN.sample`.
    """
    require_positive(num_images=num_images)
    base_seed = make_seed(seed)
    latents = gan.sample_latents(num_images, fold_in(base_seed, LATENTS), sigma)
    if labels is None:
        return latents, gan.sample_labels(num_images, fold_in(base_seed, LABELS))
    require(
        gan.num_classes is not None,
        "`labels` must be None, since this GAN is unconditional",
        labels=labels,
    )
    return latents, tf.constant(one_per_image(num_images, gan.num_classes, labels=labels))


def gaussian_inputs(gan: Any, gaussians: Sequence[int] | np.ndarray, seed: int, sigma: float = 1.0) -> Inputs:
    """Latents and labels as of `sample_inputs`, one of each of the prior's Gaussians that are named."""
    num_gaussians = getattr(gan.prior, "num_gaussians", None)
    require(
        num_gaussians is not None,
        "Only a GAN with a `GaussianMixturePrior` can draw from a Gaussian that is named",
        prior=type(gan.prior).__name__,
    )
    rows = np.asarray(gaussians)
    require(
        rows.ndim == 1 and len(rows) > 0 and np.issubdtype(rows.dtype, np.integer),
        "`gaussians` must be one whole number per image",
        shape=rows.shape,
        dtype=str(rows.dtype),
    )
    require_known(gaussians=rows, num_gaussians=num_gaussians)
    return gan.inputs_of_gaussians(tf.constant(rows, tf.int32), make_seed(seed), sigma)


def image_batches(gan: Any, drawn: Inputs, batch_size: int) -> Iterator[np.ndarray]:
    """The images of latents and labels a batch at a time, float32 [up to batch_size, H, W, C]."""
    require_positive(batch_size=batch_size)
    latents, rows = drawn
    for start in range(0, len(latents), batch_size):
        batch = slice(start, start + batch_size)
        inputs = latents[batch] if rows is None else (latents[batch], rows[batch])
        yield gan.inference(inputs).numpy()


class Sampling:
    """What draws images of a `NetworkPair`, of which it is a part."""

    def sample(
        self,
        num_images: int,
        labels: int | Sequence[int] | None = None,
        seed: int = 0,
        batch_size: int = 250,
        sigma: float = 1.0,
    ) -> np.ndarray:
        """Draws images. The same seed gives the same images; image i depends on `num_images` by rounding at most.

        Args:
            num_images: how many, at least 1.
            labels: one class for all, one per image, or None: drawn as in training.
            seed: any integer.
            batch_size: images generated at once.
            sigma: a factor of the prior's covariances, above 0: less makes images better and more alike, more makes
                them more varied (MM-GAN thesis, section 4.3).

        Returns:
            float32 [num_images, H, W, C] in [-1, 1].

        Raises:
            ValueError: `num_images` below 1, a label out of range, labels for an unconditional GAN, a `sigma` out of
                range or for a prior that is not made of Gaussians.
        """
        return np.concatenate(list(self.sample_batches(num_images, labels, seed, batch_size, sigma)))

    def sample_batches(
        self,
        num_images: int,
        labels: int | Sequence[int] | None = None,
        seed: int = 0,
        batch_size: int = 250,
        sigma: float = 1.0,
    ) -> Iterator[np.ndarray]:
        """As `sample`, for more images than fit into memory: yields float32 [up to batch_size, H, W, C]."""
        return image_batches(self, sample_inputs(self, num_images, labels, seed, sigma), batch_size)

    def sample_gaussian(
        self, gaussians: Sequence[int] | np.ndarray, seed: int = 0, batch_size: int = 250, sigma: float = 1.0
    ) -> np.ndarray:
        """Draws an image from each of the Gaussians that are named, of a `GaussianMixturePrior`.

        Args:
            gaussians: indices [N] in [0, K).
            seed, batch_size, sigma: as of `sample`.

        Returns:
            float32 [N, H, W, C] in [-1, 1].

        Raises:
            ValueError: the prior is no mixture, an index out of range, or as `sample`.
        """
        return np.concatenate(list(image_batches(self, gaussian_inputs(self, gaussians, seed, sigma), batch_size)))

    @functools.cached_property
    def inference(self) -> Callable[[Any], tf.Tensor]:
        """The compiled `call` in inference mode."""
        return tf.function(lambda inputs: self(inputs, training=False), reduce_retracing=True)

    @property
    def latents_are_normal(self) -> bool:
        """Whether latents are draws of N(0, I)."""
        return isinstance(self.prior, NormalPrior)

    def sample_latents(self, num_samples: Any, seed: tf.Tensor, sigma: Any = 1.0) -> tf.Tensor:
        """Draws latents, float32 [num_samples, d]; `sigma` is a factor of the prior's covariances."""
        return self.prior.sample(num_samples, seed, sigma)

    def inputs_of_gaussians(
        self, gaussians: tf.Tensor, seed: tf.Tensor, sigma: Any = 1.0
    ) -> tuple[tf.Tensor, tf.Tensor | None]:
        """Latents of given Gaussians of the prior, int32 [N], and labels drawn as in training."""
        num_samples = tf.size(gaussians)
        noise = self.prior.scaled(self.prior.draw([num_samples, self.latent_dim], fold_in(seed, LATENTS)), sigma)
        return self.prior.place(noise, gaussians), self.sample_labels(num_samples, fold_in(seed, LABELS))

    def sample_labels(self, num_samples: Any, seed: tf.Tensor) -> tf.Tensor | None:
        """Draws labels of generated images, int32 [num_samples]; None for an unconditional GAN."""
        if self.num_classes is None:
            return None
        log_probs = tf.math.log(tf.convert_to_tensor(self.label_probs))[tf.newaxis]
        return tf.random.stateless_categorical(log_probs, num_samples, seed, dtype=tf.int32)[0]
