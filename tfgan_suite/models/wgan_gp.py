"""WGAN-GP (Gulrajani et al. 2017)."""

from typing import Any, Literal, Self

import keras

from tfgan_suite.core.checks import require_in
from tfgan_suite.models.base import GAN, adam
from tfgan_suite.networks.resnet import resnet_discriminator, resnet_generator
from tfgan_suite.networks.wgan_gp import wgan_gp_discriminator, wgan_gp_generator


@keras.saving.register_keras_serializable(package="tfgan_suite")
class WGANGP(GAN):
    """Wasserstein GAN with gradient penalty (Gulrajani et al. 2017, algorithm 1).

    Five critic steps per generator step, E[D(fake)] - E[D(real)] + 10 E[(||grad D(x_hat)||_2 - 1)^2], Adam(1e-4, 0.5,
    0.9): the constants of the authors' convolutional CIFAR-10 script.
    """

    def __init__(self, generator: keras.Model, discriminator: keras.Model, **kwargs: Any) -> None:
        super().__init__(generator, discriminator, **{"num_discriminator_steps": 5, **kwargs})

    def compile(self, *args: Any, **kwargs: Any) -> None:
        """As `GAN.compile`; the Wasserstein loss and a gradient penalty of weight 10 unless told otherwise."""
        super().compile(*args, **{"adversarial_loss": "wasserstein", "gradient_penalty_weight": 10.0, **kwargs})

    def default_optimizer(self) -> keras.optimizers.Optimizer:
        return adam(1e-4, 0.5, 0.9)

    @classmethod
    def for_images(
        cls,
        images: Any,
        *,
        network: Literal["conv", "resnet"] = "conv",
        latent_dim: int = 128,
        num_filters: int = 128,
        **kwargs: Any,
    ) -> Self:
        """Builds the authors' CIFAR-10 networks, convolutional or residual, for images of `images.image_shape`."""
        require_in(("conv", "resnet"), network=network)
        shape = images.image_shape
        if network == "resnet":
            generator = resnet_generator(shape, None, latent_dim, num_filters)
            return cls(generator, resnet_discriminator(shape, None, num_filters), **kwargs)
        generator = wgan_gp_generator(shape, latent_dim, num_filters)
        return cls(generator, wgan_gp_discriminator(shape, num_filters), **kwargs)
