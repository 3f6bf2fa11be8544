"""CIN-GAN: AC-GAN's classifier, WGAN-GP's critic, and conditional instance normalisation in the generator."""

from typing import Any, Literal, Self

import keras

from tfgan_suite.models.acgan import ACGAN, num_classes_of
from tfgan_suite.models.base import adam
from tfgan_suite.networks.cingan import cingan_discriminator, cingan_generator


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
        latent_dim: int = 128,
        num_filters: int = 128,
        critic_norm: Literal["layer", "cin", "none"] = "layer",
        **kwargs: Any,
    ) -> Self:
        """Builds the thesis' networks for images of `images.image_shape`.

        Args:
            images: `Images`; only their shape and number of classes are looked at.
            num_classes: labels or clusters; default: the images' own.
            latent_dim: size of the latents.
            num_filters: filters of the critic's first block.
            critic_norm: of the critic's first two blocks. "layer" is right under a gradient penalty and tells the class
                head nothing; "cin" is the thesis' letter; "none".
            **kwargs: as for `GAN`.
        """
        num_classes = num_classes_of(images, num_classes)
        return cls(
            cingan_generator(images.image_shape, num_classes, latent_dim, num_filters),
            cingan_discriminator(images.image_shape, num_classes, num_filters, critic_norm),
            **{"num_classes": num_classes, **kwargs},
        )
