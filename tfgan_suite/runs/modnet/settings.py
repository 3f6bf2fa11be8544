"""The settings of the recipes that train a ModNet, and its training. Importing this does not import TensorFlow."""

import dataclasses
from pathlib import Path
from typing import Any, Literal

from tfgan_suite.core.checks import require, require_positive, require_weight
from tfgan_suite.runs import cli


@dataclasses.dataclass(frozen=True)
class ModNetSettings(cli.CommonSettings):
    """The ModNet thesis' sections 2.5 and 2.6; what it leaves open is the code base's (pix2pix, DCGAN)."""

    dataset: str = "mnist"
    """TFDS name, folder with a sub-folder per class, .npz file, or digits (no download). It must have labels and test
    images."""
    data_dir: Path | None = None
    """Where TFDS data sets are; default: TFDS' own place."""
    image_size: int | None = None
    """Side length in pixels that images are brought to; default: their own. The U-Net takes 28, 32, 64, 128, ... 1024.
    """
    num_train_images: int | None = None
    """Use this many training images, drawn by the seed; default: all."""
    num_test_images: int | None = None
    """Use this many test images, drawn by the seed; default: all."""

    form: Literal["separate", "discriminator"] = "separate"
    """Who is the classifier: a network of its own, trained before, or the discriminator, trained along."""
    freeze_classifier: bool = True
    """Form separate: leave the classifier as it is; else it is trained on with the discriminator."""
    bounding: Literal["clip", "renormalise", "tanh"] = "clip"
    """How image + delta is brought into [-1, 1]."""
    l1_weight: float | Literal["mean"] = "mean"
    """lambda of the L1 of the change, summed over an image (the thesis: 1e-5 to 1e-3), or "mean": its mean absolute
    error with weight 1."""
    class_weight: float = 1.0
    """Weight of the generator's class loss."""
    fake_class_weight: float = 1.0
    """Weight of the class loss on changed images in the discriminator's loss, where the classifier learns along. 0: it
    learns classes from real images only, so that it cannot agree with the generator on signs that nobody else sees."""
    num_filters: int = 64
    """Filters of the first map of the U-Net and of the discriminator."""
    average_decay: float | None = None
    """Keep averaged generator weights with this decay, and change images by them."""
    num_discriminator_steps: int = 1
    """j of the thesis' (j, k)."""
    num_generator_steps: int = 2
    """k of the thesis' (j, k)."""
    learning_rate: float = 2e-4
    """Of both optimizers (Adam)."""
    batch_size: int = 128
    """Images per update, over all replicas."""
    strategy: Literal["one", "mirrored"] = "one"
    """One device, or all local GPUs."""
    precision: Literal["float32", "bfloat16"] = "float32"
    """Of the networks' computations; weights stay float32."""

    num_steps: int = 10_000
    """Train steps, each of j + k updates."""
    log_every_steps: int = 100
    """Train steps between two lines of metrics.jsonl."""
    checkpoint_every_steps: int = 1_000
    """Train steps between two checkpoints."""
    jit_compile: bool = False
    """XLA: faster on a GPU, slower on a CPU."""
    steps_per_execution: int = 1
    """Train steps per compiled call; must divide log_every_steps."""

    def plan(self) -> Any:
        """The lengths of a training as a `runs.run.Plan`, which checks them."""
        from tfgan_suite.runs.run import Plan

        names = ("num_steps", "log_every_steps", "checkpoint_every_steps")
        return Plan(**{name: getattr(self, name) for name in names}, evaluate_every_steps=0, sample_every_steps=0)

    def check_modnet(self) -> None:
        """Refuses what makes no training, before anything is loaded.

        Raises:
            ValueError: a number out of its range, a weight of a loss that there is not, lengths that are no `Plan`, a
                last step that is not kept, or batches that the replicas cannot share equally.
        """
        from tfgan_suite.runs.distribution import check_batch_size, make_strategy

        names = ("num_filters", "num_discriminator_steps", "num_generator_steps", "learning_rate", "batch_size")
        require_positive(**{name: getattr(self, name) for name in names})
        given = {"num_train_images": self.num_train_images, "num_test_images": self.num_test_images}
        require_positive(**{name: value for name, value in given.items() if value is not None})
        require(self.seed >= 0, "`seed` must be at least 0", seed=self.seed)
        if self.l1_weight != "mean":
            require_weight(l1_weight=self.l1_weight)
        require_weight(class_weight=self.class_weight, fake_class_weight=self.fake_class_weight)
        require(
            self.classifier_learns_along or self.fake_class_weight == ModNetSettings.fake_class_weight,
            "`fake_class_weight` weighs a loss that a frozen classifier does not have",
            "Leave it out, or choose `form` discriminator or `freeze_classifier` off.",
            fake_class_weight=self.fake_class_weight,
        )
        require(
            self.average_decay is None or 0 <= self.average_decay < 1,
            "`average_decay` must be in [0, 1)",
            average_decay=self.average_decay,
        )
        check_batch_size(self.batch_size, make_strategy(self.strategy))
        self.plan()
        require_positive(
            checkpoint_every_steps=self.checkpoint_every_steps, steps_per_execution=self.steps_per_execution
        )
        require(
            self.num_steps % self.checkpoint_every_steps == 0,
            "`num_steps` must be a multiple of `checkpoint_every_steps`, so that the last step is kept",
            num_steps=self.num_steps,
            checkpoint_every_steps=self.checkpoint_every_steps,
        )
        require(
            self.log_every_steps % self.steps_per_execution == 0,
            "`log_every_steps` must be a multiple of `steps_per_execution`",
            log_every_steps=self.log_every_steps,
            steps_per_execution=self.steps_per_execution,
        )

    @property
    def classifier_learns_along(self) -> bool:
        """Whether the classifier is trained with the discriminator, so that it has a loss there."""
        return self.form == "discriminator" or not self.freeze_classifier

    @property
    def form_in_words(self) -> str:
        """Who is the classifier."""
        if self.form == "discriminator":
            return "the discriminator, trained along"
        return "a network of its own, " + ("frozen" if self.freeze_classifier else "trained on")

    def facts(self) -> dict[str, Any]:
        """How the ModNet was made, for plans and reports."""
        learning = {"class weight of changed images in the discriminator": self.fake_class_weight}
        return {
            "classifier": self.form_in_words,
            "updates (j, k)": f"({self.num_discriminator_steps}, {self.num_generator_steps})",
            "l1 weight": "mean absolute error" if self.l1_weight == "mean" else self.l1_weight,
            "class weight": self.class_weight,
            **(learning if self.classifier_learns_along else {}),
            "bounding": self.bounding,
            "num filters": self.num_filters,
            "batch size": self.batch_size,
            "learning rate": self.learning_rate,
            "train steps": self.num_steps,
            "precision": self.precision,
            "seed": self.seed,
        }


def load_labelled(settings: ModNetSettings) -> Any:
    """`Images` with labelled training and test images, of a size that the U-Net takes.

    Raises:
        ValueError: labels or test images are missing, a class has no training images, another size, or more images
            asked for than there are.
    """
    from tfgan_suite.networks.unet import checked_shape
    from tfgan_suite.runs.studies import load_split_images

    images = load_split_images(settings)
    require(
        images.train.labels is not None and images.test.labels is not None,
        "A ModNet needs labelled images: without labels no other class can be named",
        "Give a folder with one sub-folder per class, an .npz file with `labels`, or a labelled data set.",
        dataset=settings.dataset,
    )
    without = [images.class_names[label] for label in (images.label_counts == 0).nonzero()[0]]
    require(
        not without,
        "Every class must have training images",
        "Use more images (`num_train_images`), or leave these classes out of the data set.",
        without=without,
    )
    checked_shape(images.image_shape)
    return images


def build_scope(settings: ModNetSettings) -> Any:
    """The scope in which classifier and ModNet are made so that they are trained on the devices asked for."""
    from tfgan_suite.runs.distribution import make_strategy

    return make_strategy(settings.strategy).scope()


def build_modnet(settings: ModNetSettings, images: Any, classifier: Any, seed: int) -> Any:
    """The compiled ModNet; to be called in `build_scope`.

    Args:
        settings: form, sizes, weights.
        images: labelled `Images`.
        classifier: form separate: whom it shall fool, a `TrainedClassifier` or a `keras.Model`; else None.
        seed: of weights and noise.

    Raises:
        ValueError: as `ModNet.for_images`.
    """
    import keras

    from tfgan_suite.models import ModNet
    from tfgan_suite.models.base import adam
    from tfgan_suite.runs.experiment import precision

    keras.utils.set_random_seed(seed)
    names = ("num_filters", "freeze_classifier", "bounding", "num_discriminator_steps", "num_generator_steps")
    options = {name: getattr(settings, name) for name in (*names, "average_decay")}
    with precision(settings.precision):
        modnet = ModNet.for_images(images, classifier=classifier, seed=seed, **options)
    modnet.compile(
        adam(settings.learning_rate, 0.5, 0.999),
        adam(settings.learning_rate, 0.5, 0.999),
        l1_weight=settings.l1_weight,
        generator_class_weight=settings.class_weight,
        fake_class_weight=settings.fake_class_weight,
        jit_compile=settings.jit_compile,
        steps_per_execution=settings.steps_per_execution,
    )
    return modnet


def train_modnet(
    settings: ModNetSettings, modnet: Any, images: Any, folder: Any, seed: int, *, evaluate: Any = None
) -> list[dict[str, float]]:
    """Trains on batches of the training images in a folder, on from its checkpoint to resume; the rows of its metrics.

    Images that are too few for the batches of a train step are repeated.
    """
    from tfgan_suite.runs.run import train

    images = repeated(images, settings.batch_size * modnet.num_batches_per_step)
    batches = images.training_batches(settings.batch_size, seed=seed)
    return train(modnet, batches, folder, settings.plan(), evaluate=evaluate, resume=settings.resume)


def repeated(images: Any, least: int) -> Any:
    """`Images` with all training images as often as it takes to have at least so many; themselves if they have."""
    import numpy as np

    copies = -(-least // images.num_images)
    if copies <= 1:
        return images
    train = images.train
    more = type(train)(np.concatenate([train.images] * copies), np.concatenate([train.labels] * copies))
    return dataclasses.replace(images, train=more)
