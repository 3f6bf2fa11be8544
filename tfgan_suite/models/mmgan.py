"""MM-GAN (Ben-Yosef 2018): latents from a mixture of Gaussians, each of which comes to mean a kind of image."""

from collections.abc import Sequence
from typing import Any, Literal, Self

import keras
import numpy as np
import tensorflow as tf

from tfgan_suite.core.checks import require, require_in
from tfgan_suite.core.seeds import fold_in
from tfgan_suite.layers.gaussian_mixture import GaussianMixturePrior
from tfgan_suite.losses.auxiliary import one_vs_rest_loss
from tfgan_suite.models.base import GAN, Logs, Outputs
from tfgan_suite.models.network_checks import check_networks
from tfgan_suite.models.sampling import LATENTS, Inputs
from tfgan_suite.networks.dcgan import dcgan_discriminator, dcgan_generator
from tfgan_suite.networks.infogan import infogan_discriminator, infogan_generator
from tfgan_suite.networks.point_mlp import point_discriminator, point_generator

NETWORKS = {
    "dcgan": (dcgan_generator, dcgan_discriminator),
    "infogan": (infogan_generator, infogan_discriminator),
}


@keras.saving.register_keras_serializable(package="tfgan_suite")
class MMGAN(GAN):
    """Multi-modal GAN (MM-GAN thesis, chapter 2, algorithm 1; SPEC C1 to C3).

    The label of a generated image is the index k of its Gaussian, the latents are the noise e, and the generator sees
    z = A_k e + mu_k. A dynamic prior is trained with the generator.

    Unsupervised: eq. 2.2 and 2.3; real images have no labels. Supervised (`num_data_classes` given): the discriminator
    has an output per class, and the losses are eq. 2.5 and 2.6. `class_map` is the thesis' f: with at least as many
    Gaussians as classes, f[k] is the class that Gaussian k shall make; with fewer, f[y] is the Gaussian that shall make
    class y, and classes of one Gaussian count as one.

    Departures: none in the rule. The prior is a part of any model (`prior=`); this one also keeps the Gaussian's index.

    Args:
        generator: latents [N, d] -> images, without labels.
        discriminator: images -> logits [N, 1], or supervised [N, min(K, num_data_classes)].
        prior: the mixture.
        num_data_classes: classes of the real images, to learn from their labels; None: unsupervised.
        class_map: int [max(K, num_data_classes)], onto the smaller number; None: index modulo that number.
        **kwargs: as of `NetworkPair`.

    Raises:
        ValueError: a prior that is no mixture, a `class_map` of a wrong length or range or that misses a class (or a
            Gaussian), a map without classes, or networks that do not fit.
    """

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        *,
        prior: GaussianMixturePrior,
        num_data_classes: int | None = None,
        class_map: Sequence[int] | None = None,
        **kwargs: Any,
    ) -> None:
        require(
            isinstance(prior, GaussianMixturePrior),
            "`prior` must be a `GaussianMixturePrior`",
            prior=getattr(prior, "name", prior),
        )
        self.num_data_classes = num_data_classes
        self.class_map = checked_class_map(class_map, prior.num_gaussians, num_data_classes)
        own = {"num_classes": prior.num_gaussians, "prior": prior, "label_distribution": "uniform"}
        super().__init__(generator, discriminator, **{**kwargs, **own})
        self.label_probs.assign(prior.weights_of_gaussians)

    def compile(self, *args: Any, **kwargs: Any) -> None:
        """As `GAN.compile`; the generator's batch is 128 unless told otherwise (algorithm 1)."""
        super().compile(*args, **{"generator_batch_size": 128, **kwargs})

    @property
    def needs_labels(self) -> bool:
        return self.num_data_classes is not None

    @property
    def learns_adversarial_loss(self) -> bool:
        return not self.needs_labels

    @property
    def num_real_classes(self) -> int | None:
        return self.num_data_classes

    def check_networks(self) -> None:
        num_outputs = min(self.num_classes, self.num_data_classes) if self.needs_labels else 1
        require(
            self.discriminator.output_shape == (None, num_outputs),
            "`discriminator` must make one logit, or supervised one per class or Gaussian, whichever are fewer",
            output_shape=self.discriminator.output_shape,
            needed=num_outputs,
        )
        check_networks(self.generator, self.discriminator, num_outputs)
        require(
            len(self.generator.inputs) == len(self.discriminator.inputs) == 1,
            "The networks of an MMGAN must not take labels",
            "The Gaussian's index enters through the latents.",
        )

    # --- latents -----------------------------------------------------------------------------------------------------

    latents_are_normal = True

    def sample_latents(self, num_samples: Any, seed: tf.Tensor, sigma: Any = 1.0) -> tf.Tensor:
        """Draws the noise e, float32 [num_samples, d]."""
        return self.prior.scaled(self.prior.draw([num_samples, self.latent_dim], seed), sigma)

    def sample_labels(self, num_samples: Any, seed: tf.Tensor) -> tf.Tensor:
        """Draws the index of each image's Gaussian, int32 [num_samples]."""
        return self.prior.sample_gaussians(num_samples, seed)

    def inputs_of_gaussians(self, gaussians: tf.Tensor, seed: tf.Tensor, sigma: Any = 1.0) -> Inputs:
        return self.sample_latents(tf.size(gaussians), fold_in(seed, LATENTS), sigma), gaussians

    def set_label_counts(self, counts: Any) -> None:
        """Nothing: the prior's weights decide which Gaussian an image is of, whatever the labels of real images."""

    def _generator_inputs(self, latents: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        return self.prior.place(latents, labels)

    # --- losses ------------------------------------------------------------------------------------------------------

    def discriminate(self, images: tf.Tensor, labels: tf.Tensor | None, training: bool) -> Outputs:
        """As of the base; supervised, "logits" are those of all classes [N, M]."""
        logits = self.discriminator(images, training=training)
        return {"logits": logits if self.needs_labels else logits[:, 0]}

    def discriminator_loss(
        self, real: Outputs, fake: Outputs, real_labels: tf.Tensor | None, fake_labels: tf.Tensor
    ) -> tuple[tf.Tensor, Logs]:
        """Eq. 2.3 or 2.6, times 1/2 as in algorithm 1, line 16."""
        if not self.needs_labels:
            loss, logs = super().discriminator_loss(real, fake, real_labels, fake_labels)
            return loss / 2, logs
        targets = self._merged(real_labels, self.num_data_classes)
        return (one_vs_rest_loss(real["logits"], targets) + one_vs_rest_loss(fake["logits"], None)) / 2, {}

    def generator_loss(self, fake: Outputs, fake_labels: tf.Tensor) -> tuple[tf.Tensor, Logs]:
        """Eq. 2.2 or 2.5."""
        if not self.needs_labels:
            return super().generator_loss(fake, fake_labels)
        return one_vs_rest_loss(fake["logits"], self._merged(fake_labels, self.num_classes)), {}

    def _merged(self, labels: tf.Tensor, count: int) -> tf.Tensor:
        """f of labels of the side that has more of them; the other side's are what f leads to."""
        return tf.gather(tf.constant(self.class_map, tf.int32), labels) if count == len(self.class_map) else labels

    # --- making one --------------------------------------------------------------------------------------------------

    @classmethod
    def for_images(
        cls,
        images: Any,
        *,
        num_gaussians: int = 10,
        supervised: bool = False,
        covariance: Literal["fixed", "diagonal", "full"] = "fixed",
        mean_range: float = 0.1,
        variance: float = 0.15,
        latent_dim: int = 100,
        network: Literal["dcgan", "infogan"] = "dcgan",
        num_filters: int = 64,
        **kwargs: Any,
    ) -> Self:
        """Builds DCGAN's or InfoGAN's networks with the thesis' prior; the thesis names none.

        Args:
            images: `Images`; their shape, and supervised their number of classes, are looked at.
            num_gaussians: K.
            supervised: learn from the labels.
            covariance, mean_range, variance: of the prior.
            latent_dim: d.
            network: dcgan (any size), or infogan, which learns small images such as MNIST's far sooner.
            num_filters: of the networks' largest maps.
            **kwargs: as of the constructor.

        Raises:
            ValueError: as the constructor and the networks; labels missing; another network.
        """
        seed = kwargs.get("seed", 0)
        prior = GaussianMixturePrior(latent_dim, num_gaussians, mean_range, variance, covariance, seed=seed)
        num_data_classes = cls._classes_of(images, supervised)
        num_outputs = min(num_gaussians, num_data_classes) if supervised else 1
        require_in(NETWORKS, network=network)
        generator, discriminator = NETWORKS[network]
        return cls(
            generator(images.image_shape, latent_dim, num_filters),
            discriminator(images.image_shape, num_filters, num_outputs),
            **{"prior": prior, "num_data_classes": num_data_classes, **kwargs},
        )

    @classmethod
    def for_points(
        cls,
        points: Any,
        *,
        num_gaussians: int = 9,
        supervised: bool = False,
        covariance: Literal["fixed", "diagonal", "full"] = "fixed",
        mean_range: float = 0.5,
        variance: float = 0.15,
        latent_dim: int = 100,
        **kwargs: Any,
    ) -> Self:
        """Builds the dense networks for points; the arguments are as of `for_images`.

        Departure: means from U[-0.5, 0.5]. With the thesis' 0.1 neighbouring Gaussians are two standard deviations
        apart, and none comes to mean a mode of the data (`recipes.mmgan_toy`: NMI 0.01 against 0.8, one seed).
        """
        seed = kwargs.get("seed", 0)
        prior = GaussianMixturePrior(latent_dim, num_gaussians, mean_range, variance, covariance, seed=seed)
        num_data_classes = cls._classes_of(points, supervised)
        num_outputs = min(num_gaussians, num_data_classes) if supervised else 1
        return cls(
            point_generator(latent_dim=latent_dim, num_dims=points.point_dims),
            point_discriminator(num_outputs, num_dims=points.point_dims),
            **{"prior": prior, "num_data_classes": num_data_classes, **kwargs},
        )

    @staticmethod
    def _classes_of(data: Any, supervised: bool) -> int | None:
        require(
            not supervised or data.num_classes is not None,
            "A supervised MMGAN must be given labelled data",
            "Use labelled data, or `supervised=False`.",
            num_classes=data.num_classes,
        )
        return data.num_classes if supervised else None

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["num_classes"], config["label_distribution"]
        return {**config, "num_data_classes": self.num_data_classes, "class_map": self.class_map}


def checked_class_map(
    class_map: Sequence[int] | None, num_gaussians: int, num_data_classes: int | None
) -> list[int] | None:
    """The map f of a supervised MM-GAN as a list, from the larger of the two numbers onto the smaller.

    Raises:
        ValueError: a wrong length or range, something that nothing leads to, or a map without classes.
    """
    if num_data_classes is None:
        require(class_map is None, "`class_map` belongs to a supervised MMGAN", "Give `num_data_classes`.")
        return None
    larger, smaller = max(num_gaussians, num_data_classes), min(num_gaussians, num_data_classes)
    given = np.arange(larger) % smaller if class_map is None else np.asarray(class_map)
    require(
        given.shape == (larger,)
        and np.issubdtype(given.dtype, np.integer)
        and bool(((given >= 0) & (given < smaller)).all()),
        "`class_map` must hold max(K, classes) whole numbers in [0, min(K, classes))",
        class_map=class_map,
        num_gaussians=num_gaussians,
        num_data_classes=num_data_classes,
    )
    missing = np.setdiff1d(np.arange(smaller), given)
    require(
        missing.size == 0,
        "`class_map` must miss no class and no Gaussian: some are never made",
        missing=missing.tolist(),
        class_map=given.tolist(),
    )
    return [int(index) for index in given]
