"""DCGAN (Radford et al. 2016)."""

from typing import Any, Self

import keras

from tfgan_suite.models.base import GAN
from tfgan_suite.networks.dcgan import Norm, NumConvolutions, dcgan_discriminator, dcgan_generator


@keras.saving.register_keras_serializable(package="tfgan_suite")
class DCGAN(GAN):
    """Deep convolutional GAN: the base's non-saturating loss and Adam(2e-4, 0.5) on the DCGAN-TensorFlow networks.

    Departure from that code base: one generator step per discriminator step instead of two on the same latents.
    """

    @classmethod
    def for_images(
        cls,
        images: Any,
        *,
        latent_dim: int = 100,
        num_filters: int = 64,
        norm: Norm = "batch",
        num_convolutions: NumConvolutions = 4,
        **kwargs: Any,
    ) -> Self:
        """Builds the DCGAN-TensorFlow networks for images of `images.image_shape`; latents are U(-1, 1) as there.

        Args:
            images: `Images`; only their shape is looked at.
            latent_dim: length of the latents.
            num_filters: filters of the largest inner map.
            norm: of both networks; "none" makes the weakened DCGAN of the ModNet thesis (section 3.3.2).
            num_convolutions: of both networks; 3 makes its small DCGAN.
            **kwargs: as of `NetworkPair`.
        """
        variant = {"norm": norm, "num_convolutions": num_convolutions}
        return cls(
            dcgan_generator(images.image_shape, latent_dim, num_filters, **variant),
            dcgan_discriminator(images.image_shape, num_filters, **variant),
            **{"prior": "uniform", **kwargs},
        )
