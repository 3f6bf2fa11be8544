"""CIN-GAN: AC-GAN's classifier, WGAN-GP's critic, and conditional instance normalisation in the generator."""

from typing import Any, Literal, Self

import keras

from tfgan_suite.core.checks import require_in
from tfgan_suite.models.acgan import ACGAN, num_classes_of
from tfgan_suite.models.base import adam
from tfgan_suite.networks.cingan import cingan_discriminator, cingan_generator
from tfgan_suite.networks.resnet import resnet_discriminator, resnet_generator


@keras.saving.register_keras_serializable(package="tfgan_suite")
class CINGAN(ACGAN):
    """CIN-GAN (the thesis' section 3.5; SPEC A1).

    Critic: E[D(fake)] - E[D(real)] + 10 E[(||grad D(x_hat)||_2 - 1)^2] + class loss on real images.
    Generator: -E[D(fake)] + 0.1 class loss on generated images.
    Adam(1e-4, 0.5, 0.9), five critic steps per generator step.
    """

    def __init__(self, generator: keras.Model, discriminator: keras.Model, **kwargs: Any) -> None:
        super().__init__(generator, discriminator, **{"num_discriminator_steps": 5, **kwargs})

    def compile(self, *args: Any, **kwargs: Any) -> None:
        """As `ACGAN.compile`, with the thesis' losses and weights unless told otherwise."""
        thesis = {
            "adversarial_loss": "wasserstein",
            "gradient_penalty_weight": 10.0,
            "real_class_weight": 1.0,
            "fake_class_weight": 0.0,
            "generator_class_weight": 0.1,
        }
        super().compile(*args, **{**thesis, **kwargs})

    def default_optimizer(self) -> keras.optimizers.Optimizer:
        return adam(1e-4, 0.5, 0.9)

    @classmethod
    def for_images(
        cls,
        images: Any,
        *,
        num_classes: int | None = None,
        network: Literal["conv", "resnet"] = "conv",
        latent_dim: int = 128,
        num_filters: int | None = None,
        generator_norm: Literal["cin", "cbn"] = "cin",
        critic_norm: Literal["layer", "cin", "none"] = "layer",
        **kwargs: Any,
    ) -> Self:
        """Builds networks for images of `images.image_shape`.

        Args:
            images: `Images`; only their shape and number of classes are looked at.
            num_classes: labels or clusters; default: the images' own.
            network: the thesis' convolutional networks, or the residual ones of the WGAN-GP code base.
            latent_dim: size of the latents.
            num_filters: filters of the largest map. Default for "conv": 64 as in DCGAN-TensorFlow, on which the thesis
                builds without naming a width; for "resnet": 128, the original's.
            generator_norm: conditional instance normalisation, or conditional batch normalisation (iWGAN-AC).
            critic_norm: of the convolutional critic's first two blocks. "layer" is right under a gradient penalty and
                tells the class head nothing; "cin" is the thesis' letter; "none".
            **kwargs: as for `GAN`.

        Raises:
            ValueError: no number of classes, an unknown network or norm, or an image size that the network cannot make.
        """
        require_in(("conv", "resnet"), network=network)
        shape, num_classes = images.image_shape, num_classes_of(images, num_classes)
        num_filters = {"conv": 64, "resnet": 128}[network] if num_filters is None else num_filters
        if network == "resnet":
            generator = resnet_generator(shape, num_classes, latent_dim, num_filters, generator_norm)
            critic = resnet_discriminator(shape, num_classes, num_filters)
        else:
            generator = cingan_generator(shape, num_classes, latent_dim, num_filters, generator_norm)
            critic = cingan_discriminator(shape, num_classes, num_filters, critic_norm)
        return cls(generator, critic, **{"num_classes": num_classes, **kwargs})
