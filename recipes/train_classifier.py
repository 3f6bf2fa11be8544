"""Trains a classifier on labelled images, an embedder for metrics where Inception does not fit.

    python -m recipes.train_classifier --preset demo
    python -m recipes.train_classifier --dataset cifar10 --network wide_resnet
    python -m recipes.train_classifier --dataset my_photos/ --network wide_resnet --depth 16 --widen-factor 2

DDM thesis, section 3.3: images are embedded by a classifier of the same data, a CNN of four layers and a fully
connected one for MNIST, wide residual networks for CIFAR-10 and SVHN. The preset paper trains the first on MNIST; the
second command trains WRN-28-10 as Zagoruyko & Komodakis 2016 do. Digits and letters must not be mirrored: give
`--augmentation crop` with wide_resnet.

The run folder gets `classifier.keras`, which every `--embedder` option takes: it scales images itself and knows its
test accuracy.

Expected: WRN-28-10 has 4.00 % test errors on CIFAR-10 (table of its code base); the thesis names no accuracy.
Departures: those of `networks.classifiers`, `networks.wide_resnet` and `train_classifier`, each named there.
"""

import dataclasses
import json
from pathlib import Path
from typing import Any, Literal

from tfgan_suite.runs import cli

PAPER_ACCURACY = {("cifar10", "wide_resnet", 28, 10): 0.96}
"""(data set, network, depth, widen factor): share of right answers."""
NUM_TIMED_STEPS = 2
WIDE_OPTIONS = ("depth", "widen_factor", "dropout_rate")


@dataclasses.dataclass(frozen=True)
class Settings(cli.CommonSettings):
    """The small CNN on MNIST unless a preset says otherwise; None is the network's own value."""

    dataset: str = "mnist"
    """TFDS name, folder with a sub-folder per class, .npz file, or digits (no download)."""
    data_dir: Path | None = None
    """Where TFDS data sets are; default: TFDS' own place."""
    image_size: int | None = None
    """Side length in pixels that images are brought to; default: their own."""

    network: Literal["small_cnn", "wide_resnet"] = "small_cnn"
    """Four convolutions and a dense layer, or the wide residual network."""
    depth: int = 28
    """wide_resnet: layers, 6 n + 4."""
    widen_factor: int = 10
    """wide_resnet: its groups have 16, 32 and 64 times that many filters."""
    dropout_rate: float = 0.0
    """wide_resnet: dropout inside the blocks."""

    num_epochs: int | None = None
    """Passes over the training images. Default of small_cnn: 10, at least 300 and at most 5,000 steps; of wide_resnet:
    200."""
    num_steps: int | None = None
    """Steps, in place of epochs."""
    batch_size: int = 128
    """Images per step."""
    learning_rate: float | None = None
    """At the start; default: 1e-3 (small_cnn, Adam) or 0.1 (wide_resnet, SGD)."""
    augmentation: Literal["none", "crop", "crop_flip"] | None = None
    """Random crops, also mirrored; default: none (small_cnn) or crop_flip (wide_resnet)."""


PRESETS = {
    "smoke": Settings(dataset="digits", num_epochs=2),
    "demo": Settings(dataset="digits", num_epochs=60),
    "paper": Settings(),
}


def run(settings: Settings) -> None:
    """Trains, measures, saves the classifier and writes the report."""
    from tfgan_suite.runs.folder import RunFolder, json_values

    folder = RunFolder(settings.run_dir("train_classifier"))
    images = load(settings)
    if settings.dry_run:
        dry_run(settings, folder, images)
        return
    with folder.claim(json_values(settings), resume=settings.resume):
        classifier = train(settings, folder, images)
        file = save(folder, classifier)
        report(settings, folder, classifier, images)
    print(f"Test accuracy: {classifier.card.test_accuracy:.4f}\nEmbedder: {file}\nReport: {folder.report}")


def load(settings: Settings) -> Any:
    """The labelled images."""
    from tfgan_suite.core.checks import require
    from tfgan_suite.data import load_images

    images = load_images(settings.dataset, data_dir=settings.data_dir, image_size=settings.image_size)
    require(
        images.train.labels is not None,
        "A classifier must be trained on labelled images",
        "Give a folder with one sub-folder per class, an .npz file with `labels`, or a labelled data set.",
        dataset=settings.dataset,
    )
    return images


def arguments(settings: Settings, images: Any) -> dict[str, Any]:
    """What `train_classifier` is given besides the training images."""
    test = images.test if images.test is not None and images.test.labels is not None else None
    names = ("network", "depth", "widen_factor", "dropout_rate", "num_epochs", "num_steps", "batch_size")
    return {
        "test_images": None if test is None else test.images,
        "test_labels": None if test is None else test.labels,
        "num_classes": images.num_classes,
        "class_names": images.class_names,
        "data_name": images.name,
        **{name: getattr(settings, name) for name in (*names, "learning_rate", "augmentation", "seed")},
    }


def train(settings: Settings, folder: Any, images: Any) -> Any:
    """Trains to the last step, from the checkpoint if there is one; a line of metrics after each epoch."""
    from tfgan_suite.callbacks.metrics_log import forget_after
    from tfgan_suite.metrics.embedders import train_classifier
    from tfgan_suite.metrics.embedders.classifier_loop import checkpoint_step
    from tfgan_suite.runs.experiment import told

    checkpoint = folder.checkpoints / "classifier.npz"
    if settings.resume:
        forget_after(folder.metrics, checkpoint_step(checkpoint))

    def log(row: dict[str, float]) -> None:
        with open(folder.metrics, "a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")

    with told(f"training {settings.network} on {images.num_images:,} images of {images.name}") as progress:
        return train_classifier(
            images.train.images,
            images.train.labels,
            progress=progress,
            on_epoch=log,
            checkpoint=checkpoint,
            **arguments(settings, images),
        )


def save(folder: Any, classifier: Any) -> Path:
    """Writes the classifier into the run folder."""
    from tfgan_suite.metrics.embedders import save_classifier

    file = folder.path / "classifier.keras"
    save_classifier(file, classifier)
    return file


def test_predictions(settings: Settings, classifier: Any, images: Any) -> tuple[Any, Any]:
    """Labels and predictions of the test images, or of those that were held out."""
    from tfgan_suite.metrics.embedders.classifier_loop import predict_logits
    from tfgan_suite.metrics.embedders.classifier_training import held_out

    given = arguments(settings, images)
    test_images, test_labels = given["test_images"], given["test_labels"]
    if test_images is None:
        test_images, test_labels = held_out(images.train.images, images.train.labels, settings.seed)[2:]
    return test_labels, predict_logits(classifier.model, test_images).argmax(axis=1)


def class_rows(confusion: Any, names: tuple[str, ...]) -> list[list[Any]]:
    """Per class: name, test images, share of right answers, and what the others are most often taken for."""
    rows = []
    for index, counts in enumerate(confusion):
        wrong = counts.copy()
        wrong[index] = 0
        total = int(counts.sum())
        mistaken = f"{names[wrong.argmax()]} ({wrong.max()})" if wrong.any() else None
        rows.append([names[index], total, float(counts[index] / total) if total else None, mistaken])
    return rows


def report(settings: Settings, folder: Any, classifier: Any, images: Any) -> None:
    """Writes the figures and `report.html`."""
    from sklearn.metrics import confusion_matrix

    from tfgan_suite.callbacks.metrics_log import read_metrics
    from tfgan_suite.metrics.embedders import ClassifierEmbedder
    from tfgan_suite.runs.reports.report import KeyNumber, Table, write_report

    card, embedder = classifier.card, ClassifierEmbedder(classifier)
    labels, predictions = test_predictions(settings, classifier, images)
    confusion = confusion_matrix(labels, predictions, labels=range(card.num_classes))
    key = (settings.dataset, settings.network, settings.depth, settings.widen_factor)
    accuracy = ["share of right answers", card.test_accuracy, PAPER_ACCURACY.get(key)]
    left_out = ("num_epochs", *(WIDE_OPTIONS if settings.network == "small_cnn" else ()))
    beside = Table("Beside the paper", ("", "this run", "paper"), [accuracy], own_rows=(0,))
    classes = Table(
        "Classes", ("class", "test images", "right", "else most often"), class_rows(confusion, card.class_names)
    )
    write_report(
        folder.path,
        title=f"Classifier of {images.name}",
        summary=f"{settings.network}, {classifier.model.count_params():,} parameters, trained on "
        f"{card.num_train_images:,} images of {card.num_classes} classes in {card.options['num_steps']:,} steps: "
        f"{card.test_accuracy:.2%} of {card.num_test_images:,} test images are put in their class.",
        key_numbers=[KeyNumber("test accuracy", card.test_accuracy, f"{card.num_test_images:,} images")],
        tables=[beside, classes] if key in PAPER_ACCURACY else [classes],
        figures=draw_figures(folder, read_metrics(folder.metrics), confusion, images),
        protocol={
            "dataset": images.name,
            "num_train_images": card.num_train_images,
            "num_test_images": card.num_test_images,
            "test_images": "the data set's own"
            if arguments(settings, images)["test_labels"] is not None
            else "held out",
            "resize": images.resize,
            "network_input": embedder.resize_for(images.image_shape),
            "weights_hash": embedder.weights_hash,
            **{name: value for name, value in card.options.items() if name not in left_out},
        },
        command=cli.command_line("recipes.train_classifier", settings, PRESETS),
        notes=(
            "classifier.keras in this folder is an embedder: give its path to --embedder. Its scores compare models of "
            "this data set with each other; they are not the Inception score or the FID of the papers.",
        ),
    )


def draw_figures(folder: Any, rows: list[dict[str, float]], confusion: Any, images: Any) -> list[Any]:
    """The curves of accuracy and loss, and the confusion matrix."""
    from tfgan_suite.runs.reports.figures import plot_confusion, plot_curves
    from tfgan_suite.runs.reports.report import Picture

    epochs = [row["epoch"] for row in rows]
    curves = {"training images": "train_accuracy", "test images": "test_accuracy"}
    plot_curves(
        folder.figures / "accuracy.png",
        epochs,
        {name: [row[key] for row in rows] for name, key in curves.items()},
        xlabel="epochs",
        ylabel="share of right answers",
        title="Accuracy",
    )
    plot_curves(
        folder.figures / "loss.png",
        epochs,
        {"training images": [row["train_loss"] for row in rows]},
        xlabel="epochs",
        ylabel="cross-entropy (nats), mean of the epoch",
        title="Loss",
        logy=True,
    )
    plot_confusion(folder.figures / "confusion.png", confusion, images.class_names)
    return [
        Picture(Path("figures") / "accuracy.png", "Curves: accuracy on training and test images against epochs."),
        Picture(Path("figures") / "loss.png", "Curve: cross-entropy on the training images against epochs."),
        Picture(Path("figures") / "confusion.png", "Matrix: share of each class's test images by predicted class."),
    ]


def dry_run(settings: Settings, folder: Any, images: Any) -> None:
    """Prints data, network, steps and time, from a few timed steps; writes nothing."""
    import time

    from tfgan_suite.metrics.embedders import train_classifier
    from tfgan_suite.metrics.embedders.classifier_training import ClassifierOptions
    from tfgan_suite.runs.dry_run import print_plan

    given = arguments(settings, images)
    names = {field.name for field in dataclasses.fields(ClassifierOptions)}
    held_out = 0 if given["test_images"] is not None else -(-images.num_images // 10)
    plan = ClassifierOptions(**{name: given[name] for name in names}).resolved(images.num_images - held_out)
    few = {"num_epochs": None, "num_steps": 1 + NUM_TIMED_STEPS}
    if given["test_images"] is not None:
        few |= {"test_images": given["test_images"][:1], "test_labels": given["test_labels"][:1]}
    times: list[float] = []
    tried = train_classifier(
        images.train.images,
        images.train.labels,
        progress=lambda done, total: times.append(time.monotonic()),
        **{**given, **few},
    )
    step_sec = (times[-1] - times[0]) / NUM_TIMED_STEPS
    print_plan(
        {
            "run folder": folder.path,
            "images": f"{images.num_images:,} of {images.image_shape}, {images.num_classes} classes, {images.name}",
            "network": f"{plan.network}, {tried.model.count_params():,} parameters",
            "steps": f"{plan.num_steps:,} of {plan.batch_size} images; augmentation: {plan.augmentation}",
            "time": f"about {plan.num_steps * step_sec / 60:.1f} min at {step_sec:.3g} s per step",
        }
    )


if __name__ == "__main__":
    cli.main(run, PRESETS, __doc__, default_preset="paper")
