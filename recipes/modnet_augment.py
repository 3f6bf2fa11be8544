"""ModNet as a source of training images: alone, and beside a few real ones (the thesis' section 2.5.4).

    python -m recipes.modnet_augment --preset demo
    python -m recipes.modnet_augment --data-dir DATA --modnets subset

Two experiments, each with `--num-trials` seeds and accuracies on the real test images:

(a) A ModNet is trained on the training images, and changes each of them towards one other class. A new classifier
    learns from these images only, so that no label is that of its source.
(b) 10, 100, 1,000 and 10,000 real images, as many of each class, are each changed towards the other nine classes. A
    classifier learns from real and generated images together, another one from the real ones alone.

A run that was killed goes on with `--resume`: classifiers that have a row in `metrics.jsonl` are not trained again, and
a ModNet goes on from its checkpoint.

How the thesis does it: (a) "using only generated images under the condition that the target label not equal the source
label"; (b) a subset of the training data, "using only those images as the conditional images to generate the other
labels". Its algorithm, with one network as discriminator and classifier and equal weights of the losses (eq. 2.3 to
2.7), is `--form discriminator --class-weight 1`.

What it leaves open: the data set of (a) (the figure of this section is SVHN's), which form of ModNet it is (training
for interpretation "requires" a separate classifier, that for augmentation does not), the classifier that learns and its
training, how many images are generated in (a) (here one of each training image), lambda, and in (b) what the ModNet
itself was trained on. Its words have the subset as the images to be changed only, by the ModNet of (a), which has seen
the labels of all training images: what its images add is more than the few real ones could give. So (b) is done with it
(`--modnets all`), with one that was trained on the same few images (`--modnets subset`), or, by default, with both.

Expected: (a) 88 %, "rather low ... compared to state of the art"; (b) figure 2.7, without numbers in the text.

Whether the generated images look like their targets is judged by a classifier of all real images that no ModNet was
trained to fool, beside the ModNet's own. With `--form discriminator --class-weight 1` generator and discriminator agree
on faint signs: the discriminator, which is taught that a changed image has its target's class, sees the target in
nearly all of them, the judge in hardly any, and a classifier that learns from them is right about few real images. With
`--class-weight 10 --fake-class-weight 0` the discriminator learns classes from real images only, and the changes are
larger and mean more to others. Hence the presets' form and weight: a frozen classifier of its own cannot agree with the
generator.

Departures: those of `models.modnet`; the presets' form, a frozen classifier of its own that was trained on the images
that the ModNet knows, and their class weight. All classifiers are small_cnn unless `--network wide_resnet`, with equal
numbers of steps. Generated images are rounded to 256 grey levels, as real ones are.
"""

import dataclasses
import time
from typing import Any, Literal

from tfgan_suite.runs import cli
from tfgan_suite.runs.modnet.settings import ModNetSettings, build_modnet, build_scope, load_labelled, repeated


@dataclasses.dataclass(frozen=True)
class Settings(ModNetSettings):
    """Section 2.5.4 on MNIST unless a preset says otherwise."""

    class_weight: float = 10.0
    """Weight of the generator's class loss; 1 in the thesis."""
    num_real: tuple[int, ...] = (10, 100, 1_000, 10_000)
    """Numbers of real images of experiment (b)."""
    modnets: tuple[Literal["all", "subset"], ...] = ("all", "subset")
    """Experiment (b): what the ModNet was trained on: all training images, or the real ones that it changes."""
    num_trials: int = 3
    """Repeats with seeds seed, seed + 1, ..., of everything."""

    network: Literal["small_cnn", "wide_resnet"] = "small_cnn"
    """The classifiers that learn."""
    depth: int = 16
    """wide_resnet: layers, 6 n + 4."""
    widen_factor: int = 2
    """wide_resnet: its groups have 16, 32 and 64 times that many filters."""
    augmentation: Literal["none", "crop", "crop_flip"] = "none"
    """Random crops of the classifiers' images, also mirrored."""
    classifier_steps: int = 3_000
    """Steps of each classifier."""
    classifier_batch_size: int = 128
    """Images per step of a classifier."""


_DIGITS = Settings(
    dataset="digits",
    image_size=28,
    num_real=(10, 100, 1_000),
    num_trials=2,
    num_filters=16,
    batch_size=64,
    num_steps=400,
    log_every_steps=50,
    checkpoint_every_steps=200,
    classifier_steps=200,
)
PRESETS = {
    "smoke": dataclasses.replace(
        _DIGITS,
        form="discriminator",
        num_train_images=100,
        num_test_images=50,
        num_real=(10, 20),
        modnets=("all",),
        num_trials=1,
        num_filters=2,
        batch_size=16,
        num_steps=2,
        log_every_steps=2,
        checkpoint_every_steps=2,
        classifier_steps=3,
        classifier_batch_size=32,
    ),
    "demo": _DIGITS,
    "paper": Settings(),
}
MAY_CHANGE = ("strategy", "num_trials", "num_real", "modnets")
NUM_TIMED_STEPS = 3


def run(settings: Settings) -> None:
    """Trains what is missing of ModNets and classifiers, and writes the report."""
    from tfgan_suite.runs.folder import RunFolder, json_values
    from tfgan_suite.runs.modnet.augmentation import Augmentation
    from tfgan_suite.runs.modnet.augmentation_report import report

    check(settings)
    folder = RunFolder(settings.run_dir("modnet_augment"))
    images = load(settings)
    if settings.dry_run:
        dry_run(settings, folder, images)
        return
    with folder.claim(json_values(settings), resume=settings.resume, may_change=MAY_CHANGE):
        rows = Augmentation(settings, folder, images).run()
        report(settings, folder, images, rows, cli.command_line("recipes.modnet_augment", settings, PRESETS))
    print(f"Report: {folder.report}")


def check(settings: Settings) -> None:
    """Refuses settings that make no study, before anything is loaded."""
    from tfgan_suite.core.checks import require, require_positive
    from tfgan_suite.runs.studies import require_growing

    settings.check_modnet()
    names = ("num_trials", "classifier_steps", "classifier_batch_size")
    require_positive(**{name: getattr(settings, name) for name in names})
    require_growing(num_real=settings.num_real)
    require(
        len(settings.modnets) == len(set(settings.modnets)) > 0,
        "`modnets` must name at least one, and none twice",
        modnets=settings.modnets,
    )
    require(
        settings.classifier_batch_size >= 20,
        "`classifier_batch_size` must be at least 20",
        classifier_batch_size=settings.classifier_batch_size,
    )


def load(settings: Settings) -> Any:
    """The images, of which there must be enough for every number of real images."""
    from tfgan_suite.core.checks import require

    images = load_labelled(settings)
    require(
        images.num_classes <= settings.num_real[0] and settings.num_real[-1] <= images.num_images,
        "`num_real` must lie between the number of classes and that of training images",
        num_real=settings.num_real,
        num_classes=images.num_classes,
        training_images=images.num_images,
    )
    return images


def dry_run(settings: Settings, folder: Any, images: Any) -> None:
    """Prints data, trainings and the time they will take, from a few timed steps; writes nothing."""
    from tfgan_suite.networks import small_cnn
    from tfgan_suite.runs.dry_run import print_plan, seconds_per_step
    from tfgan_suite.runs.modnet.augmentation import Augmentation, jobs_of, modnets_of

    jobs = jobs_of(settings, images.num_images)
    num_modnets = len(list(modnets_of(jobs, images.num_images)))
    with build_scope(settings):
        stand_in = small_cnn(images.image_shape, images.num_classes) if settings.form == "separate" else None
        modnet = build_modnet(settings, images, stand_in, settings.seed)
    enough = repeated(images, settings.batch_size * modnet.num_batches_per_step)
    modnet_sec = seconds_per_step(modnet, enough.training_batches(settings.batch_size))
    short = dataclasses.replace(settings, classifier_steps=NUM_TIMED_STEPS)
    times: list[float] = []
    few = slice(settings.classifier_batch_size)
    Augmentation(short, folder, images).fit(
        images.train.images[few],
        images.train.labels[few],
        0,
        progress=lambda done, total: times.append(time.monotonic()),
    )
    classifier_sec = (times[-1] - times[0]) / (NUM_TIMED_STEPS - 1)
    hours = (
        num_modnets * settings.num_steps * modnet_sec + len(jobs) * settings.classifier_steps * classifier_sec
    ) / 3600
    print_plan(
        {
            "run folder": folder.path,
            "images": f"{images.num_images:,} of {images.image_shape}, {images.num_classes} classes, {images.name}",
            "test images": f"{len(images.test):,}",
            "real images": ", ".join(f"{number:,}" for number in settings.num_real),
            "ModNets": f"{num_modnets} of {settings.num_steps:,} steps at {modnet_sec:.3g} s; generator "
            f"{modnet.generator.count_params():,}, discriminator {modnet.discriminator.count_params():,} parameters",
            "classifiers": f"{len(jobs)} of {settings.classifier_steps:,} steps at {classifier_sec:.3g} s, "
            f"{settings.network}",
            "trials": settings.num_trials,
            "training time": f"about {hours:.2f} h, without making images and testing",
        }
    )


if __name__ == "__main__":
    cli.main(run, PRESETS, __doc__, default_preset="paper")
