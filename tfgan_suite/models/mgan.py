"""MGAN: several generators that share their body, and a classifier that tells them apart."""

from typing import Any, Self

import keras
import tensorflow as tf

from tfgan_suite.losses.auxiliary import classification_loss
from tfgan_suite.models.acgan import ACGAN
from tfgan_suite.models.base import GAN, Logs, Outputs, adam
from tfgan_suite.models.self_conditioned import ImageNetwork, image_networks, self_conditioned_adam
from tfgan_suite.networks.mgan import mgan_discriminator, mgan_generator
from tfgan_suite.networks.point_mlp import point_discriminator, point_generator


@keras.saving.register_keras_serializable(package="tfgan_suite")
class MGAN(ACGAN):
    """MGAN (Hoang et al. 2018, eq. 1 to 3; SPEC B3).

    The label of a generated image is the number of its generator, drawn uniformly. The discriminator's loss gains the
    cross-entropy of that number on generated images, the generators' loss `generator_class_weight` (beta) times it:
    each generator is pushed to where it can be told from the others. Real images have no labels here.

    Departure: the original gives all generators the same latents; here every image has its own.
    """

    needs_labels = False

    def __init__(self, generator: keras.Model, discriminator: keras.Model, **kwargs: Any) -> None:
        super().__init__(generator, discriminator, **{"label_distribution": "uniform", **kwargs})

    def compile(self, *args: Any, **kwargs: Any) -> None:
        """As `ACGAN.compile`; beta is 0.01 unless told otherwise."""
        original = {"real_class_weight": 0.0, "fake_class_weight": 1.0, "generator_class_weight": 0.01}
        super().compile(*args, **{**original, **kwargs})

    def default_optimizer(self) -> keras.optimizers.Optimizer:
        """Adam(2e-4, 0.5, 0.999) for images; for points as of `SelfConditionedGAN`."""
        images = len(self.generator.output_shape) == 4
        return adam(2e-4, 0.5, 0.999) if images else self_conditioned_adam(self.generator)

    def log_keys(self) -> list[str]:
        return [*GAN.log_keys(self), "fake_class_loss"]

    def discriminator_loss(
        self, real: Outputs, fake: Outputs, real_labels: None, fake_labels: tf.Tensor
    ) -> tuple[tf.Tensor, Logs]:
        loss, logs = GAN.discriminator_loss(self, real, fake, real_labels, fake_labels)
        return loss + self.fake_class_weight * classification_loss(fake["class_logits"], fake_labels), logs

    @classmethod
    def for_images(
        cls,
        images: Any,
        *,
        num_generators: int = 10,
        network: ImageNetwork | None = None,
        num_filters: int | None = None,
        **kwargs: Any,
    ) -> Self:
        """Builds MGAN's own networks (CIFAR-10), or those of the self-conditioned GAN paper with a first layer each.

        Args:
            images: `Images`; only their shape is looked at.
            num_generators: K.
            network: None for MGAN's own; else as of `SelfConditionedGAN.for_images`.
            num_filters: filters of the largest maps; default: the network's own (MGAN's: 128, else 64).
            **kwargs: as of `NetworkPair`; MGAN's own latents are uniform.
        """
        if network is None:
            width = 128 if num_filters is None else num_filters
            generator = mgan_generator(images.image_shape, num_generators, num_filters=width)
            discriminator = mgan_discriminator(images.image_shape, num_generators, num_filters=width)
            own = {"num_classes": num_generators, "prior": "uniform"}
            return cls(generator, discriminator, **{**own, **kwargs})
        generator, discriminator = image_networks(
            images.image_shape,
            num_generators,
            network,
            64 if num_filters is None else num_filters,
            num_logits=1,
            num_class_logits=num_generators,
        )
        return cls(generator, discriminator, **{"num_classes": num_generators, **kwargs})

    @classmethod
    def for_points(cls, points: Any, *, num_generators: int = 50, **kwargs: Any) -> Self:
        """Builds the networks of the self-conditioned GAN paper's mixtures with a first layer per generator."""
        generator = point_generator(num_generators, num_dims=points.point_dims, conditioning="first_layer")
        discriminator = point_discriminator(num_dims=points.point_dims, num_class_logits=num_generators)
        return cls(generator, discriminator, **{"num_classes": num_generators, **kwargs})
