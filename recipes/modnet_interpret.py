"""ModNet as an interpreter: which small changes make a classifier see another class (the thesis' section 2.5.3).

    python -m recipes.modnet_interpret --preset demo
    python -m recipes.modnet_interpret --dataset cifar10 --classifier runs/train_classifier-paper/classifier.keras

A classifier of the data is trained, or read from a file of `recipes.train_classifier`, and frozen. A ModNet learns on
the training images to change an image, as little as it can, so that the classifier sees a given other class, while a
discriminator of its own tells changed from real images (figure 2.5). Then every test image is changed towards all other
classes. The report shows source, change and result by pairs of classes, how often the classifier sees the target, how
sure it was before and after, how large the changes are and which pixels move; beside it, at the same mean absolute
change of every image, a move towards the target class's mean image and a gradient-sign attack.

`--no-freeze-classifier` trains the classifier on with the discriminator, and `--form discriminator` has the
discriminator as the classifier; the classifier of before then is the judge all the same, so that it tells whether the
changes mean anything to a network that took no part (`recipes.modnet_augment` tells why they may not;
`--fake-class-weight 0` is the remedy).

The run folder gets the classifier (`classifier.keras`), the modifier (`saved_model/`, with `modify` and `delta`) and
all numbers (`scores.json`).

Expected: the thesis has pictures of a "weak classifier" of CIFAR-10 (figure 2.6: wheels on a cat make a truck), "some
small and also large image changes", and no numbers. The target for MNIST is a classifier that is fooled by at least
95 % of the changed test images. With the thesis' equal weights of the losses the discriminator may win over the class
loss: the changes get smaller and fool less while it learns. `--class-weight 10` is the remedy; found on the digits of
the preset demo, 400 steps: 88.0 % at a mean absolute change of 0.252 of a range of 2 with weight 1, 99.5 % at 0.266
with weight 10; at the same changes the class means get 75.6 % and 88.4 %, the gradient's sign 18.9 % and 22.2 %. A
smaller `--l1-weight` (1e-5 to 1e-3 in the thesis, of the L1 summed over an image) buys fooling with larger changes.

Departures: those of `models.modnet` and `networks.unet`. The thesis gives no number of steps, no sizes of networks and
no learning rate; here 10,000 steps of (1, 2) updates, pix2pix's 64 filters, DCGAN's Adam. lambda is its "average l1
penalty", the mean absolute error with weight 1.
"""

import dataclasses
from pathlib import Path
from typing import Any

from tfgan_suite.runs import cli
from tfgan_suite.runs.modnet.settings import (
    ModNetSettings,
    build_modnet,
    build_scope,
    load_labelled,
    repeated,
    train_modnet,
)


@dataclasses.dataclass(frozen=True)
class Settings(ModNetSettings):
    """Sections 2.5.1 to 2.5.3 on MNIST unless a preset says otherwise."""

    classifier: Path | None = None
    """A classifier.keras of recipes.train_classifier; default: small_cnn is trained on the data."""
    classifier_steps: int | None = None
    """Steps of the classifier that is trained; default: ten epochs, at least 300 and at most 5,000 steps."""
    evaluate_every_steps: int = 1_000
    """Train steps between two measurements; 0: none before the end."""
    num_measured_images: int = 1_000
    """Test images per measurement on the way, drawn by the seed evenly over the classes; at the end all are measured.
    """

    def plan(self) -> Any:
        return dataclasses.replace(super().plan(), evaluate_every_steps=self.evaluate_every_steps)


_DIGITS = Settings(
    dataset="digits",
    image_size=28,
    class_weight=10.0,
    num_filters=16,
    batch_size=64,
    num_steps=400,
    log_every_steps=50,
    evaluate_every_steps=100,
    num_measured_images=100,
    checkpoint_every_steps=200,
)
PRESETS = {
    "smoke": dataclasses.replace(
        _DIGITS,
        num_train_images=200,
        num_test_images=40,
        classifier_steps=20,
        num_filters=4,
        batch_size=16,
        num_steps=4,
        log_every_steps=2,
        evaluate_every_steps=2,
        num_measured_images=20,
        checkpoint_every_steps=2,
    ),
    "demo": _DIGITS,
    "paper": Settings(),
}
MAY_CHANGE = ("strategy",)


def run(settings: Settings) -> None:
    """Trains classifier and ModNet, measures, exports, and writes the report."""
    from tfgan_suite.metrics.embedders import save_classifier
    from tfgan_suite.runs.folder import RunFolder, json_values
    from tfgan_suite.runs.modnet.interpretation import classifier_is_as_given, few_test_images, interpret
    from tfgan_suite.runs.modnet.interpretation_report import report

    check(settings)
    folder = RunFolder(settings.run_dir("modnet_interpret"))
    images = load_labelled(settings)
    if settings.dry_run:
        dry_run(settings, folder, images)
        return
    given = None if settings.classifier is None else read_classifier(settings.classifier, images)
    command = cli.command_line("recipes.modnet_interpret", settings, PRESETS)
    with folder.claim(json_values(settings), resume=settings.resume, may_change=MAY_CHANGE):
        file = folder.path / "classifier.keras"
        if not (settings.resume and file.exists()):
            save_classifier(file, given or train(settings, folder, images))
        classifier = read_classifier(file, images)
        with build_scope(settings):
            own = read_classifier(file, images) if settings.form == "separate" else None  # it may be trained on
            modnet = build_modnet(settings, images, own, settings.seed)
        few = few_test_images(settings, images)
        evaluate = evaluation(settings, images, few, classifier)
        rows = train_modnet(settings, modnet, images, folder, settings.seed, evaluate=evaluate)
        found = interpret(modnet, images, classifier, few)
        found.write(folder.path / "scores.json")
        export(settings, folder, images, modnet, found, command)
        report(
            settings,
            folder,
            images=images,
            classifier=classifier,
            modnet=modnet,
            found=found,
            unchanged=classifier_is_as_given(modnet, classifier) if modnet.has_frozen_classifier else None,
            rows=rows,
            command=command,
        )
    print(f"Report: {folder.report}\nModifier: {folder.saved_model}")


def check(settings: Settings) -> None:
    """Refuses settings that contradict each other, before anything is loaded."""
    from tfgan_suite.core.checks import require, require_positive

    settings.check_modnet()
    require_positive(num_measured_images=settings.num_measured_images)
    if settings.classifier_steps is not None:
        require_positive(classifier_steps=settings.classifier_steps)
        require(
            settings.classifier is None,
            "Only one of `classifier` and `classifier_steps` can be given",
            classifier=str(settings.classifier),
            classifier_steps=settings.classifier_steps,
        )


def read_classifier(file: Path, images: Any) -> Any:
    """The `TrainedClassifier` in a file, refused unless it is one of the data's images and classes."""
    from tfgan_suite.metrics.embedders import load_classifier
    from tfgan_suite.networks.with_classifier import check_classifier, classifier_of_images

    classifier = load_classifier(file)
    network = classifier_of_images(classifier, images.image_shape)
    check_classifier(network, images.image_shape, images.num_classes)
    return classifier


def train(settings: Settings, folder: Any, images: Any) -> Any:
    """A `TrainedClassifier` of the data, on from its checkpoint to resume."""
    from tfgan_suite.metrics.embedders import train_classifier
    from tfgan_suite.runs.experiment import told

    with told(f"training a classifier on {images.num_images:,} images of {images.name}") as progress:
        return train_classifier(
            images.train.images,
            images.train.labels,
            test_images=images.test.images,
            test_labels=images.test.labels,
            num_classes=images.num_classes,
            class_names=images.class_names,
            data_name=images.name,
            num_steps=settings.classifier_steps,
            seed=settings.seed,
            checkpoint=folder.checkpoints / "classifier.npz",
            progress=progress,
        )


def evaluation(settings: Settings, images: Any, few: Any, classifier: Any) -> Any:
    """What measures while the ModNet learns, on these rows of the test images; None: nothing does."""
    from tfgan_suite.callbacks import EvaluateModNet

    if not settings.evaluate_every_steps:
        return None
    return EvaluateModNet(
        images.test.images[few], images.test.labels[few], settings.evaluate_every_steps, classifier=classifier
    )


def export(settings: Settings, folder: Any, images: Any, modnet: Any, found: Any, command: str) -> None:
    """Writes the modifier, with its fooling rate and the size of its changes on its card."""
    from tfgan_suite.runs.export import export_run
    from tfgan_suite.runs.modnet.interpretation import MODNET

    scores = found.scores[MODNET]
    export_run(
        modnet,
        folder.saved_model,
        images=images,
        command=command,
        metrics={
            "test_fooling_rate": scores.mean("fooling_rates"),
            "test_mean_abs_change": scores.mean("mean_abs_changes"),
            "classifier_test_accuracy": found.accuracy,
        },
        protocol={"split": "test", "num_images": int(scores.counts.sum()), "targets": "all other classes"},
        classifier=settings.form_in_words,
    )


def dry_run(settings: Settings, folder: Any, images: Any) -> None:
    """Prints the plan; an untrained classifier stands in for the one that is to be trained."""
    from tfgan_suite.networks import small_cnn
    from tfgan_suite.runs.dry_run import show_plan

    with build_scope(settings):
        classifier = None
        if settings.form == "separate":
            file = settings.classifier
            classifier = read_classifier(file, images) if file else small_cnn(images.image_shape, images.num_classes)
        modnet = build_modnet(settings, images, classifier, settings.seed)
    facts = {
        "classifier": settings.form_in_words,
        "measured": f"{len(images.test):,} test images, each towards {images.num_classes - 1} classes, four ways",
        "run folder": folder.path,
    }
    images = repeated(images, settings.batch_size * modnet.num_batches_per_step)
    show_plan(modnet, images, settings.batch_size, settings.plan(), num_trials=1, facts=facts)


if __name__ == "__main__":
    cli.main(run, PRESETS, __doc__, default_preset="paper")
