"""Self-conditioned GAN: a conditional GAN whose labels are clusters of its discriminator's own features."""

from typing import Any, Literal, Self

import keras

from tfgan_suite.core.checks import require_in
from tfgan_suite.models.base import GAN, adam
from tfgan_suite.networks.point_mlp import point_discriminator, point_generator
from tfgan_suite.networks.self_conditioned import deep_discriminator, self_conditioned_generator, shallow_discriminator
from tfgan_suite.networks.stability_resnet import stability_resnet_discriminator, stability_resnet_generator

ImageNetwork = Literal["deep", "shallow", "resnet"]


@keras.saving.register_keras_serializable(package="tfgan_suite")
class SelfConditionedGAN(GAN):
    """Self-conditioned GAN (Liu et al. 2020, section 3; SPEC B1).

    min_G max_D E_c E_{x in c} [log D(x)_c] + E_c E_z [log(1 - D(G(z, c))_c)], where c is drawn in proportion to the
    clusters' sizes and D has one output per cluster; the generator's loss is the non-saturating one.

    `callbacks.Recluster` makes the clusters and renews them. With labels that come with the batches (`num_examples`
    None) this is the class-conditional GAN that the paper compares with; with `num_clusters` None, the plain GAN.

    Departure: the original gives the same latents and labels to both networks' updates; here each draws its own.
    """

    def default_optimizer(self) -> keras.optimizers.Optimizer:
        """Adam(1e-4, 0, 0.99) for images; Adam(1e-3, 0.8, 0.999) for points (section 4.1; betas as in its code)."""
        return self_conditioned_adam(self.generator)

    @classmethod
    def for_images(
        cls,
        images: Any,
        *,
        num_clusters: int | None = 100,
        network: ImageNetwork = "deep",
        num_filters: int = 64,
        **kwargs: Any,
    ) -> Self:
        """Builds the networks of the paper's image experiments, ready for `Recluster`.

        Args:
            images: `Images`; only their shape and number are looked at.
            num_clusters: K, or the number of classes; None for an unconditional GAN.
            network: "deep" (CIFAR-10), "shallow" (Stacked-MNIST), or "resnet" (64 to 256 pixels).
            num_filters: filters of the largest maps; 64 in the paper.
            **kwargs: as for `GAN`; `num_examples=None` for labels that come with the batches.

        Raises:
            ValueError: an unknown network, or an image size that it cannot make.
        """
        generator, discriminator = image_networks(images.image_shape, num_clusters, network, num_filters)
        own = {"num_classes": num_clusters, "num_examples": None if num_clusters is None else images.num_images}
        return cls(generator, discriminator, **{**own, **kwargs})

    @classmethod
    def for_points(cls, points: Any, *, num_clusters: int | None = 50, **kwargs: Any) -> Self:
        """Builds the networks of the paper's experiments on mixtures; the arguments are as of `for_images`."""
        generator = point_generator(num_clusters, num_dims=points.point_dims)
        discriminator = point_discriminator(num_clusters or 1, num_dims=points.point_dims)
        own = {"num_classes": num_clusters, "num_examples": None if num_clusters is None else points.num_points}
        return cls(generator, discriminator, **{**own, **kwargs})


def self_conditioned_adam(generator: keras.Model) -> keras.optimizers.Optimizer:
    """The optimizer of the paper's experiments, for all methods that it compares."""
    images = len(generator.output_shape) == 4
    return adam(1e-4, 0.0, 0.99) if images else adam(1e-3, 0.8, 0.999)


def image_networks(
    image_shape: tuple[int, int, int],
    num_classes: int | None,
    network: ImageNetwork,
    num_filters: int = 64,
    num_logits: int | None = None,
    **kwargs: Any,
) -> tuple[keras.Model, keras.Model]:
    """Generator and discriminator of the paper's image experiments.

    Args:
        image_shape: (size, size, channels).
        num_classes: labels of the generator; None: it takes none.
        network: "deep", "shallow" or "resnet".
        num_filters: filters of the largest maps.
        num_logits: outputs of the discriminator; default: one per class.
        **kwargs: for the discriminator.
    """
    require_in(("deep", "shallow", "resnet"), network=network)
    num_logits = num_logits or num_classes or 1
    kwargs |= {"num_filters": num_filters}
    if network == "resnet":
        generator = stability_resnet_generator(image_shape, num_classes, num_filters=num_filters)
        return generator, stability_resnet_discriminator(image_shape, num_logits, **kwargs)
    discriminator = {"deep": deep_discriminator, "shallow": shallow_discriminator}[network]
    generator = self_conditioned_generator(image_shape, num_classes, num_filters=num_filters)
    return generator, discriminator(image_shape, num_logits, **kwargs)
