"""ModNet: a generator that changes an image so that a classifier sees another class."""

import contextlib
import contextvars
import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, NoReturn, Self

import keras
import tensorflow as tf

from tfgan_suite.core.checks import require, require_in
from tfgan_suite.core.seeds import fold_in
from tfgan_suite.layers.frozen import Frozen
from tfgan_suite.losses.modification import mean_absolute_change, modification_loss
from tfgan_suite.models.acgan import ACGAN, num_classes_of
from tfgan_suite.models.base import GAN, Logs, Outputs
from tfgan_suite.models.execution import rows_of_this_replica
from tfgan_suite.models.modifying import BOUNDINGS, Modifying
from tfgan_suite.models.sampling import LABELS
from tfgan_suite.models.saved_modifier import export_modifier
from tfgan_suite.networks.dcgan import acgan_discriminator, dcgan_discriminator
from tfgan_suite.networks.unet import unet_delta_generator
from tfgan_suite.networks.with_classifier import Classifier, with_classifier

Batch = tuple[tf.Tensor, tf.Tensor]
"""Images float32 [B, H, W, C] and their labels int32 [B]."""


class _Sources:
    """The batches that the generator changes in a train step, and what it made of the one it changed last."""

    def __init__(self, batches: Iterable[Batch]) -> None:
        self.batches = iter(batches)
        self.images = self.modified = None


_current: contextvars.ContextVar[_Sources | None] = contextvars.ContextVar("sources", default=None)


@contextlib.contextmanager
def source_batches(batches: Iterable[Batch]) -> Iterator[None]:
    """Within it, each discriminator step and each generator step of a `ModNet` takes the next of `batches` to change.

    `ModNet.train_step` gives it a batch of data for each of its steps.
    """
    token = _current.set(_Sources(batches))
    try:
        yield
    finally:
        _current.reset(token)


@keras.saving.register_keras_serializable(package="tfgan_suite")
class ModNet(Modifying, ACGAN):
    """ModNet (the thesis' section 2.5; SPEC E1): delta = U-Net(image, target label), result = bounded image + delta.

    Discriminator: L_D (eq. 2.4) + cross-entropy of real images with their labels and of results with the targets
    (eq. 2.5). Generator: L_G (eq. 2.3) + cross-entropy of results with the targets + lambda * L1 (eq. 2.6, 2.7).

    Two forms: the discriminator is the classifier too (class logits beside its own), or it holds a separate classifier
    (`networks.with_classifier`). A separate one that is not frozen learns with the discriminator and its optimizer, by
    eq. 2.5, on several replicas as on one; of a frozen one only the generator's loss has a class part, since it has
    nothing to learn.

    A train step is j = `num_discriminator_steps` and then k = `num_generator_steps` updates; the thesis has (1, 2) and
    (1, 1). As in its algorithm each update changes a batch of its own: a train step reads 2 j + k batches.

    Target labels are uniform over the classes other than the image's own, a function of (`seed`, `num_steps`). The
    labels in a plain `tf.data.Dataset` are looked at by nobody: with a frozen classifier one out of range counts as
    its remainder modulo `num_classes`.
    Departures: the thesis' algorithm draws targets from the data's labels, which include the source's own; it prints
    the generator's gradient with log(1 - D) and the L1 with a minus, against eq. 2.3 and 2.6, which are followed here.

    Args:
        generator: `keras.Model` from [images float [N, H, W, C], target labels int [N]] to deltas in [-1, 1].
        discriminator: from images to {"logits": [N, 1], "class_logits": [N, num_classes]}.
        bounding: of the sum of image and delta; one of `modifying.BOUNDINGS`.
        **kwargs: as of `NetworkPair`; `num_classes` is needed. There are no latents, so `prior` is of no account.

    Raises:
        ValueError: networks that do not fit each other, fewer than two classes, an unknown bounding.
    """

    compile_arguments = (*ACGAN.compile_arguments, "l1_weight")

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        *,
        bounding: Literal["clip", "renormalise", "tanh"] = "clip",
        **kwargs: Any,
    ) -> None:
        require_in(BOUNDINGS, bounding=bounding)
        super().__init__(generator, discriminator, **kwargs)
        self.bounding = bounding
        self.autocast = False  # images to change are float32, whatever the precision of the networks

    def check_networks(self) -> None:
        inputs = self.generator.inputs
        require(
            len(inputs) == 2 and tuple(inputs[0].shape) == tuple(self.generator.output_shape),
            "`generator` must take images and labels, and make deltas of the images' shape",
            inputs=[tuple(each.shape) for each in inputs],
            output=tuple(self.generator.output_shape),
        )
        require(
            self.num_classes is not None and self.num_classes >= 2,
            "`num_classes` must be at least 2, since a target is another class than the image's",
            num_classes=self.num_classes,
        )
        super().check_networks()

    def compile(self, *args: Any, l1_weight: float | Literal["mean"] = "mean", **kwargs: Any) -> None:
        """As `ACGAN.compile`, whose losses and weights are those of eq. 2.2 to 2.5, with the weight of the change.

        Args:
            l1_weight: lambda of eq. 2.7, at least 0, of the L1 summed over an image; the thesis has 1e-5 to 1e-3. Or
                "mean": the mean absolute error with weight 1, which is lambda = 1 / (H * W * C), the thesis' way
                without tuning.

        Raises:
            ValueError: as `ACGAN.compile`; a lambda that is negative or not finite, or a `generator_batch_size`, since
                the generator changes whole batches of the data.
        """
        require(
            l1_weight == "mean" or (not isinstance(l1_weight, str) and 0 <= l1_weight < math.inf),
            '`l1_weight` must be a finite number of at least 0, or "mean"',
            l1_weight=l1_weight,
        )
        require(
            kwargs.get("generator_batch_size") is None,
            "`generator_batch_size` must be None: a ModNet changes the images of the data's batches",
            generator_batch_size=kwargs.get("generator_batch_size"),
        )
        self.l1_weight = l1_weight
        super().compile(*args, **kwargs)

    @property
    def has_frozen_classifier(self) -> bool:
        """Whether the classifier is a separate one that stays as it is."""
        return any(isinstance(layer, Frozen) for layer in self.discriminator.layers)

    @property
    def num_batches_per_step(self) -> int:
        """Two batches per discriminator step, a real one and one to change, and one per generator step."""
        return 2 * self.num_discriminator_steps + self.num_generator_steps

    def log_keys(self) -> list[str]:
        left_out = {"real_class_loss"} if self.has_frozen_classifier else set()
        return [*(key for key in super().log_keys() if key not in left_out), "mean_abs_change", "fooling_rate"]

    def discriminator_loss(
        self, real: Outputs, fake: Outputs, real_labels: tf.Tensor, fake_labels: tf.Tensor
    ) -> tuple[tf.Tensor, Logs]:
        learns = GAN if self.has_frozen_classifier else ACGAN
        return learns.discriminator_loss(self, real, fake, real_labels, fake_labels)

    def generator_loss(self, fake: Outputs, fake_labels: tf.Tensor) -> tuple[tf.Tensor, Logs]:
        """Eq. 2.7 without L_D; also logged: mean |result - image|, and the share of results seen as their targets."""
        loss, logs = super().generator_loss(fake, fake_labels)
        change = mean_absolute_change(_sources().images, _sources().modified)
        if self.l1_weight == "mean":
            loss += change
        elif self.l1_weight:
            loss += self.l1_weight * modification_loss(_sources().images, _sources().modified)
        seen = tf.argmax(fake["class_logits"], axis=1, output_type=tf.int32)
        fooling_rate = tf.reduce_mean(tf.cast(seen == fake_labels, tf.float32))
        return loss, {**logs, "mean_abs_change": change, "fooling_rate": fooling_rate}

    def sample_targets(self, labels: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        """Draws a target for each label int32 [N], uniform over the other classes; int32 [N]."""

        def draw(num_rows: Any) -> tf.Tensor:
            return tf.random.stateless_uniform([num_rows], seed, 1, self.num_classes, tf.int32, alg="philox")

        return (labels + rows_of_this_replica(tf.shape(labels)[0], draw)) % self.num_classes

    def train_step(self, data: Any) -> Logs:
        """j discriminator steps and k generator steps.

        Args:
            data: (images [B, 2 j + k, H, W, C], labels [B, 2 j + k]): j real batches, then those to change; `fit`
                makes these from batches.
        """
        images, labels = self._unpack(data)
        indices = range(self.num_discriminator_steps, self.num_batches_per_step)
        with source_batches((images[:, index], labels[:, index]) for index in indices):
            return super().train_step(data)

    def _fake_batch(self, batch_size: tf.Tensor, seed: tf.Tensor) -> Batch:
        sources = _sources()
        sources.images, labels = next(sources.batches)
        targets = self.sample_targets(labels, fold_in(seed, LABELS))
        sources.modified = self.generate(sources.images, targets, training=True)
        return sources.modified, targets

    def generate(self, latents: tf.Tensor, labels: tf.Tensor, training: bool) -> tf.Tensor:
        """Results of images float32 [N, H, W, C] (here in the place of latents) and target labels int32 [N]."""
        return self.bound(latents, self.generator([latents, labels], training=training))

    def call(self, inputs: Any, training: bool = False) -> tf.Tensor:
        """Results of [images, target labels]; what `predict` runs."""
        images, targets = inputs
        return self.bound(images, self.deltas(images, targets, training))

    def sample_latents(self, num_samples: Any, seed: tf.Tensor, sigma: Any = 1.0) -> NoReturn:
        """Raises `ValueError`: there is nothing to draw."""
        require(False, "A ModNet changes images and draws none", "Call `modify(images, targets)`.")
        raise AssertionError

    def export(self, path: Any, card: Mapping[str, Any] | None = None) -> Path:
        """Writes `modify` and `delta` as a plain SavedModel; see `saved_modifier.export_modifier`."""
        return export_modifier(self, path, card)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "bounding": self.bounding}

    @classmethod
    def for_images(
        cls,
        images: Any,
        *,
        num_classes: int | None = None,
        num_filters: int = 64,
        classifier: Classifier | None = None,
        freeze_classifier: bool = True,
        **kwargs: Any,
    ) -> Self:
        """Builds the U-Net, and DCGAN's discriminator with a class head or a classifier of its own.

        Args:
            images: `Images`; only their shape and number of classes are looked at.
            num_classes: default: the images' own.
            num_filters: of the first map of both networks; pix2pix and DCGAN have 64.
            classifier: None: the discriminator is the classifier too. Else a separate one, trained or not: a
                `keras.Model` from images in [-1, 1] to logits, or a `TrainedClassifier`.
            freeze_classifier: whether a separate classifier stays as it is; else it is trained on, as
                `networks.with_classifier` says.
            **kwargs: as of `ModNet`, such as `bounding`, `num_generator_steps`.

        Raises:
            ValueError: images without labels, of a size that is not one of `networks.unet.UNET_SIZES`, or a classifier
                that `networks.with_classifier` refuses.
        """
        shape, num_classes = images.image_shape, num_classes_of(images, num_classes)
        generator = unet_delta_generator(shape, num_classes, num_filters)
        if classifier is None:
            discriminator = acgan_discriminator(shape, num_classes, num_filters)
        else:
            critic = dcgan_discriminator(shape, num_filters)
            discriminator = with_classifier(critic, classifier, num_classes, freeze_classifier)
        return cls(generator, discriminator, **{"num_classes": num_classes, **kwargs})


def _sources() -> _Sources:
    sources = _current.get()
    require(
        sources is not None,
        "A step of a ModNet needs images to change",
        "Call `train_step`, or a single step within `source_batches([(images, labels)])`.",
    )
    return sources
