"""DCGAN (Radford et al. 2016)."""

from typing import Any, Self

import keras

from tfgan_suite.models.base import GAN
from tfgan_suite.networks.dcgan import dcgan_discriminator, dcgan_generator


@keras.saving.register_keras_serializable(package="tfgan_suite")
class DCGAN(GAN):
    """Deep convolutional GAN: the base's non-saturating loss and Adam(2e-4, 0.5) on the DCGAN-TensorFlow networks.

    Departure from that code base: one generator step per discriminator step instead of two on the same latents.
    """

    @classmethod
    def for_images(cls, images: Any, *, latent_dim: int = 100, num_filters: int = 64, **kwargs: Any) -> Self:
        """Builds the DCGAN-TensorFlow networks for images of `images.image_shape`; latents are U(-1, 1) as there."""
        return cls(
            dcgan_generator(images.image_shape, latent_dim, num_filters),
            dcgan_discriminator(images.image_shape, num_filters),
            **{"prior": "uniform", **kwargs},
        )
