"""PacGAN: the discriminator judges several samples at once, and so sees when they are too much alike."""

from typing import Any, Self

import keras
import tensorflow as tf

from tfgan_suite.core.checks import require_positive
from tfgan_suite.layers.packing import pack_samples
from tfgan_suite.models.base import GAN, Logs, Outputs
from tfgan_suite.models.network_checks import check_networks
from tfgan_suite.models.self_conditioned import ImageNetwork, image_networks, self_conditioned_adam
from tfgan_suite.networks.point_mlp import point_discriminator, point_generator


@keras.saving.register_keras_serializable(package="tfgan_suite")
class PacGAN(GAN):
    """PacGAN (Lin et al. 2018, section 3; SPEC B3): min_G max_D V over packs of m samples.

    A pack holds `packing` consecutive samples of a batch, side by side on the last axis; a batch of B samples makes
    B / m packs. The original's 100 packs per step are a batch size of 100 m.

    Args:
        generator: as of `NetworkPair`; unconditional.
        discriminator: takes m times as many channels (or dimensions) as the generator makes.
        packing: m; 1 is the plain GAN.
        **kwargs: as of `NetworkPair`.

    Raises:
        ValueError: networks that do not fit; when training, a batch size that `packing` does not divide.

    Departure: the original updates both networks at once by gradients at the same weights; here one after the other,
    as in the self-conditioned GAN paper, which compares with it.
    """

    def __init__(self, generator: keras.Model, discriminator: keras.Model, *, packing: int = 2, **kwargs: Any) -> None:
        require_positive(packing=packing)
        self.packing = packing
        super().__init__(generator, discriminator, **kwargs)

    def check_networks(self) -> None:
        check_networks(self.generator, self.discriminator, self.num_classes, self.packing)

    def default_optimizer(self) -> keras.optimizers.Optimizer:
        """As of `SelfConditionedGAN`."""
        return self_conditioned_adam(self.generator)

    def discriminate(self, images: tf.Tensor, labels: tf.Tensor | None, training: bool) -> Outputs:
        """Outputs of the discriminator on samples [N, ...], "logits" [N / m]; or on packs."""
        packed = images.shape[-1] != self.generator.output_shape[-1]
        packs = images if packed else pack_samples(images, self.packing)
        return super().discriminate(packs, labels, training)

    def penalty(
        self, real_images: tf.Tensor, fake_images: tf.Tensor, labels: tf.Tensor | None, seed: tf.Tensor
    ) -> tuple[tf.Tensor, Logs]:
        """As of `GAN`, on the gradients with respect to packs."""
        real_packs, fake_packs = (pack_samples(images, self.packing) for images in (real_images, fake_images))
        return super().penalty(real_packs, fake_packs, labels, seed)

    @classmethod
    def for_images(
        cls, images: Any, *, packing: int = 2, network: ImageNetwork = "deep", num_filters: int = 64, **kwargs: Any
    ) -> Self:
        """Builds the networks of the self-conditioned GAN paper without labels; see `SelfConditionedGAN`."""
        generator, discriminator = image_networks(images.image_shape, None, network, num_filters, packing=packing)
        return cls(generator, discriminator, packing=packing, **kwargs)

    @classmethod
    def for_points(cls, points: Any, *, packing: int = 2, **kwargs: Any) -> Self:
        """Builds the networks of the experiments on mixtures, which are PacGAN's own but for their initial values."""
        discriminator = point_discriminator(num_dims=points.point_dims, packing=packing)
        return cls(point_generator(num_dims=points.point_dims), discriminator, packing=packing, **kwargs)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "packing": self.packing}
