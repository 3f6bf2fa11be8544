"""Improved GAN (Salimans et al. 2016): the generator matches features of the discriminator, which may learn classes."""

from typing import Any, Literal, Self

import keras
import numpy as np
import tensorflow as tf

from tfgan_suite.core.checks import require, require_in, require_positive, require_positive_finite
from tfgan_suite.core.seeds import fold_in
from tfgan_suite.layers.noise import noise_stream
from tfgan_suite.layers.priors import UniformPrior
from tfgan_suite.layers.weight_normalization import initialize_scales
from tfgan_suite.losses.auxiliary import feature_matching_loss, known_class_loss
from tfgan_suite.losses.penalties import l2_penalty
from tfgan_suite.models.base import GAN, Logs, Outputs, adam
from tfgan_suite.models.execution import rows_of_this_replica
from tfgan_suite.models.modifying import checked_images
from tfgan_suite.models.network_checks import check_class_head
from tfgan_suite.models.sampling import FAKE_NOISE, LATENTS, REAL_NOISE
from tfgan_suite.models.training_data import TrainingData
from tfgan_suite.networks.improved_gan import (
    Norm,
    improved_gan_dense_discriminator,
    improved_gan_dense_generator,
    improved_gan_discriminator,
    improved_gan_generator,
)

NUM_INITIAL_IMAGES = 500
_INITIAL = 7  # purpose of the noise of the first scales


@keras.saving.register_keras_serializable(package="tfgan_suite")
class ImprovedGAN(GAN):
    """Feature matching (Salimans et al. 2016, section 3.1) and semi-supervised learning (section 5).

    The generator's loss is the distance of the mean features of a real batch, which it reads for itself, and of its
    own. Unsupervised, the discriminator's is that of the base. Semi-supervised (`num_data_classes` given), it has K
    class logits, whose log-sum-exp is its logit; its loss is the cross-entropy of labelled images plus half the base's.

    Semi-supervised, labels of real images are in [0, K], where K says that the class is not known; such labels are made
    by `data.hide_labels`. Labelled images count among the real ones as well, as in the original.

    The first `fit` sets the scales of weight-normalised layers from its first 500 images; see `initialize`.

    Departures from the authors' code: labelled images come in the batches as they fall, where it takes a second batch
    of labelled ones; no average of the discriminator's weights is kept; Adam's epsilon is outside of the root; the
    learning rate stays, unless the optimizer is given a schedule; samples are drawn with the generator's moving
    statistics of batch norm, where it takes those of the batch that is drawn. Minibatch discrimination and virtual
    batch norm, which the paper also has, are not part of its feature matching scripts, nor of this.

    Args:
        generator: latents [N, d] -> images, without labels.
        discriminator: images -> a dict of "logits" [N, 1], "features" [N, D] and, semi-supervised, "class_logits"
            [N, K].
        num_data_classes: K; None: unsupervised.
        **kwargs: as of `NetworkPair`.

    Raises:
        ValueError: networks that do not fit, or a discriminator without the outputs that the losses need.
    """

    generator_sees_images = True

    def __init__(
        self, generator: keras.Model, discriminator: keras.Model, *, num_data_classes: int | None = None, **kwargs: Any
    ) -> None:
        require(
            kwargs.get("num_classes") is None,
            "An ImprovedGAN's generator is unconditional",
            "For the labels of real images give `num_data_classes`.",
            num_classes=kwargs.get("num_classes"),
        )
        self.num_data_classes = num_data_classes
        super().__init__(generator, discriminator, **kwargs)

    def check_networks(self) -> None:
        super().check_networks()
        outputs = self.discriminator.output if isinstance(self.discriminator.output, dict) else {}
        require(
            "features" in outputs and len(outputs["features"].shape) == 2,
            '`discriminator` must have an output "features" [N, D]',
            outputs=list(outputs),
        )
        if self.needs_labels:
            check_class_head(self.discriminator, self.num_data_classes)

    @property
    def needs_labels(self) -> bool:
        return self.num_data_classes is not None

    @property
    def num_real_classes(self) -> int | None:
        """K + 1: the last label is that of images whose class is not known."""
        return None if self.num_data_classes is None else self.num_data_classes + 1

    def set_label_counts(self, counts: Any) -> None:
        """Nothing: generated images have no labels."""

    def compile(
        self,
        *args: Any,
        feature_distance: Literal["absolute", "squared"] = "absolute",
        unlabelled_weight: float = 1.0,
        **kwargs: Any,
    ) -> None:
        """As `GAN.compile`; of `adversarial_loss` only the discriminator's part is used.

        Args:
            feature_distance: of feature matching; "absolute" as in the authors' CIFAR-10 and SVHN scripts, "squared" as
                in the paper and the MNIST script.
            unlabelled_weight: semi-supervised: of (half) the loss of real against generated images; above 0.

        Raises:
            ValueError: as `GAN.compile`; an unknown distance, or a weight that is not above 0 and finite.
        """
        require_in(("absolute", "squared"), feature_distance=feature_distance)
        require_positive_finite(unlabelled_weight=unlabelled_weight)
        self.feature_distance = feature_distance
        self.unlabelled_weight = unlabelled_weight
        super().compile(*args, **kwargs)

    compile_arguments = (*GAN.compile_arguments, "feature_distance", "unlabelled_weight")

    def default_optimizer(self) -> keras.optimizers.Optimizer:
        return adam(3e-4, 0.5, 0.999)

    def log_keys(self) -> list[str]:
        return [*super().log_keys(), *(["real_class_loss"] if self.needs_labels else [])]

    def discriminator_loss(
        self, real: Outputs, fake: Outputs, real_labels: tf.Tensor | None, fake_labels: None
    ) -> tuple[tf.Tensor, Logs]:
        loss, logs = super().discriminator_loss(real, fake, real_labels, fake_labels)
        if not self.needs_labels:
            return loss, logs
        class_loss = known_class_loss(real["class_logits"], real_labels)
        return class_loss + self.unlabelled_weight * loss / 2, {**logs, "real_class_loss": class_loss}

    def generator_step(self, batch_size: tf.Tensor, seed: tf.Tensor, real_images: tf.Tensor | None = None) -> Logs:
        """One update of the generator, so that its images' mean features come nearer to those of `real_images`."""
        real_images = self.heuristics.noisy(real_images, self.num_steps, seed, REAL_NOISE)
        with noise_stream(seed, rows_of_this_replica), tf.GradientTape() as tape:
            fake_images, _ = self._fake_batch(batch_size, seed)
            fake_images = self.heuristics.noisy(fake_images, self.num_steps, seed, FAKE_NOISE)
            real, fake = (self.discriminate(images, None, training=True) for images in (real_images, fake_images))
            loss = feature_matching_loss(real["features"], fake["features"], self.feature_distance)
            if self.l2_weight:
                loss += self.l2_weight * l2_penalty(self.generator.trainable_variables)
        self._apply(tape, loss, self.generator_variables, self.generator_optimizer)
        return {"g_loss": loss}

    # --- first scales ------------------------------------------------------------------------------------------------

    def prepare(self, data: TrainingData) -> None:
        """Before the first step of all: `initialize` with the first 500 images of the data."""
        if self.num_steps.numpy() > 0:
            return
        batches, num_images = [], 0
        for element in data.dataset:
            read = element if data.draw is None else data.draw(element, self.num_batches_per_step)
            images = read[0] if isinstance(read, tuple) else read
            batches.append(tf.reshape(images, [-1, *images.shape[2:]]))  # [B, n, H, W, C] -> [B n, H, W, C]
            num_images += batches[-1].shape[0]
            if num_images >= NUM_INITIAL_IMAGES:
                break
        self.initialize(tf.concat(batches, 0)[:NUM_INITIAL_IMAGES])

    def initialize(self, images: tf.Tensor | np.ndarray) -> None:
        """Sets scales and biases of weight-normalised layers from images; `fit` does so at step 0.

        Averaged weights, if the model keeps them, start anew from these.

        Args:
            images: real ones, float [N, H, W, C] in [-1, 1]; as many latents are drawn for the generator.
        """
        seed = fold_in(tf.constant(self.noise_seed.numpy()), _INITIAL)
        initialize_scales(self.generator, self.sample_latents(len(images), fold_in(seed, LATENTS)), seed)
        initialize_scales(self.discriminator, tf.convert_to_tensor(images), seed)
        if self.averaged_weights is not None:
            self.averaged_weights.restart()

    # --- using one ---------------------------------------------------------------------------------------------------

    def class_probs(self, images: np.ndarray, batch_size: int = 250) -> np.ndarray:
        """What the discriminator of a semi-supervised model takes images for, float32 [N, K].

        Args:
            images: float [N, H, W, C] in [-1, 1].
            batch_size: images looked at at once.

        Raises:
            ValueError: an unsupervised model, images of another shape, type or range, or a `batch_size` below 1.
        """
        require(self.needs_labels, "Only a semi-supervised ImprovedGAN knows classes", num_data_classes=None)
        require_positive(batch_size=batch_size)
        images = checked_images(images, self.generator.output_shape[1:])
        starts = range(0, len(images), batch_size)
        outputs = [self.discriminator(images[start : start + batch_size], training=False) for start in starts]
        return np.concatenate([tf.nn.softmax(each["class_logits"]).numpy() for each in outputs])

    @classmethod
    def for_images(
        cls,
        images: Any,
        *,
        num_data_classes: int | None = None,
        network: Literal["conv", "dense"] = "conv",
        latent_dim: int = 100,
        norm: Norm = "batch",
        num_filters: int | None = None,
        **kwargs: Any,
    ) -> Self:
        """Builds the networks of the CIFAR-10 script, or the dense ones of the MNIST script; latents are U(0, 1).

        Args:
            images: `Images`; only their shape is looked at.
            num_data_classes: K; None: unsupervised.
            network: "conv" or "dense".
            latent_dim: length of the latents.
            norm: of the convolutional generator; "none" weakens it (ModNet thesis, section 3.3.2).
            num_filters: of the convolutional generator's largest inner map; the discriminator's first has three
                quarters as many. None: 128.
            **kwargs: as of `NetworkPair`.
        """
        require_in(("conv", "dense"), network=network)
        shape = images.image_shape
        if network == "dense":
            require(
                norm == "batch" and num_filters is None,
                '`norm` and `num_filters` are for `network="conv"`',
                norm=norm,
                num_filters=num_filters,
            )
            networks = (
                improved_gan_dense_generator(shape, latent_dim),
                improved_gan_dense_discriminator(shape, num_data_classes),
            )
        else:
            num_filters = 128 if num_filters is None else num_filters
            networks = (
                improved_gan_generator(shape, latent_dim, num_filters, norm),
                improved_gan_discriminator(shape, num_data_classes, -(-3 * num_filters // 4)),
            )
        own = {"prior": UniformPrior(latent_dim, 0.0, 1.0), "num_data_classes": num_data_classes}
        return cls(*networks, **{**own, **kwargs})

    def get_config(self) -> dict[str, Any]:
        config = {**super().get_config(), "num_data_classes": self.num_data_classes}
        del config["num_classes"]
        return config
