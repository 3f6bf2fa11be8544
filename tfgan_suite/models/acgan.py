"""AC-GAN (Odena et al. 2017): the discriminator also tells the class."""

from typing import Any, Self

import keras
import tensorflow as tf

from tfgan_suite.core.checks import require, require_weight
from tfgan_suite.losses.auxiliary import classification_loss
from tfgan_suite.models.base import GAN, Logs, Outputs
from tfgan_suite.models.network_checks import check_class_head
from tfgan_suite.networks.dcgan import acgan_discriminator, acgan_generator


@keras.saving.register_keras_serializable(package="tfgan_suite")
class ACGAN(GAN):
    """GAN with an auxiliary classifier (Odena et al. 2017, eq. 1 to 3).

    The discriminator's outputs hold "class_logits" [N, num_classes] beside "logits". Both networks lower the class
    loss; its weights are those of `compile`.
    """

    compile_arguments = (
        *GAN.compile_arguments,
        "real_class_weight",
        "fake_class_weight",
        "generator_class_weight",
    )

    def check_networks(self) -> None:
        super().check_networks()
        check_class_head(self.discriminator, self.num_classes)

    def compile(
        self,
        *args: Any,
        real_class_weight: float = 1.0,
        fake_class_weight: float = 1.0,
        generator_class_weight: float = 1.0,
        **kwargs: Any,
    ) -> None:
        """As `GAN.compile`, with the weights of the class loss.

        Args:
            real_class_weight: on real images, in the discriminator's loss.
            fake_class_weight: on generated images, in the discriminator's loss.
            generator_class_weight: on generated images, in the generator's loss.

        Raises:
            ValueError: as `GAN.compile`, also for these weights.
        """
        require_weight(
            real_class_weight=real_class_weight,
            fake_class_weight=fake_class_weight,
            generator_class_weight=generator_class_weight,
        )
        self.real_class_weight = real_class_weight
        self.fake_class_weight = fake_class_weight
        self.generator_class_weight = generator_class_weight
        super().compile(*args, **kwargs)

    def log_keys(self) -> list[str]:
        return [*super().log_keys(), "real_class_loss", "fake_class_loss"]

    def discriminator_loss(
        self, real: Outputs, fake: Outputs, real_labels: tf.Tensor, fake_labels: tf.Tensor
    ) -> tuple[tf.Tensor, Logs]:
        loss, logs = super().discriminator_loss(real, fake, real_labels, fake_labels)
        real_class_loss = classification_loss(real["class_logits"], real_labels)
        loss += self.real_class_weight * real_class_loss
        if self.fake_class_weight:
            loss += self.fake_class_weight * classification_loss(fake["class_logits"], fake_labels)
        return loss, {**logs, "real_class_loss": real_class_loss}

    def generator_loss(self, fake: Outputs, fake_labels: tf.Tensor) -> tuple[tf.Tensor, Logs]:
        loss, logs = super().generator_loss(fake, fake_labels)
        fake_class_loss = classification_loss(fake["class_logits"], fake_labels)
        return loss + self.generator_class_weight * fake_class_loss, {**logs, "fake_class_loss": fake_class_loss}

    @classmethod
    def for_images(
        cls, images: Any, *, num_classes: int | None = None, latent_dim: int = 100, num_filters: int = 64, **kwargs: Any
    ) -> Self:
        """Builds DCGAN networks with labels in G and a class head in D; `num_classes` defaults to the images' own."""
        num_classes = num_classes_of(images, num_classes)
        return cls(
            acgan_generator(images.image_shape, num_classes, latent_dim, num_filters),
            acgan_discriminator(images.image_shape, num_classes, num_filters),
            **{"num_classes": num_classes, "prior": "uniform", **kwargs},
        )


def num_classes_of(images: Any, num_classes: int | None) -> int:
    """`num_classes` if given, else that of `images`, which must then be labelled."""
    num_classes = num_classes or images.num_classes
    require(
        num_classes is not None,
        "`num_classes` must be given for images without labels",
        "Label them with `images.with_labels(cluster_ids, num_classes)`.",
        num_classes=num_classes,
    )
    return num_classes
