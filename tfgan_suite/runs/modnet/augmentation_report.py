"""The report of `recipes.modnet_augment`: accuracy from generated images, and the curve over real images.

`settings` are that recipe's `Settings`.
"""

import math
import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import scipy.stats
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatter

from tfgan_suite.runs.modnet.augmentation import GENERATED, JUDGE, REAL, values_of
from tfgan_suite.runs.reports.comparison_report import mean_and_error
from tfgan_suite.runs.reports.figure_style import COLOURS, FINE_DPI, STYLE, save_figure
from tfgan_suite.runs.reports.report import KeyNumber, Picture, Table, write_report
from tfgan_suite.runs.reports.study_figures import mean_and_standard_error

PAPER_ACCURACY = 0.88
TITLES = {
    REAL: "real images only",
    "all": "and generated ones, ModNet trained on all training images",
    "subset": "and generated ones, ModNet trained on the same real images",
}
CONFIDENCE = 0.95
"""Of the interval around a difference, by Student's t over trials, that must not hold 0 for it to count as clear."""
AGREED = 0.5
"""How much more of the images its own classifier must see as targets than the judge, to say that others do not."""
NOTES = (
    "The thesis gives 88 % without naming the data set, its classifier or the number of trainings; the figure of the "
    "same section (2.7) is of SVHN and has no numbers in its text. Values of another data set cannot be set against "
    "it.",
    "A ModNet that was trained on all training images has seen labels of all of them: what its images add to a few "
    "real ones is not what these few alone could give. That is the ModNet trained on the same real images.",
    "All classifiers take the same number of steps with batches of the same size, so that generated images add no "
    "training time; a set below a batch is repeated. Trials differ in the draw of real images and in all seeds. In a "
    "trial the classifiers of real images, whom ModNets are trained to fool, those that learn from generated images, "
    "and the one that judges these have seeds of their own.",
)

Row = Mapping[str, Any]


def report(settings: Any, folder: Any, images: Any, rows: Sequence[Row], command: str) -> None:
    """Writes `report.html` and its figure."""
    alone, whole = (values_of(rows, images.num_images, kind) for kind in (GENERATED, REAL))
    curve = folder.figures / "curve.png"
    draw_curve(curve, settings.num_real, curves_of(settings, rows), {"all real images": float(np.mean(whole))})
    write_report(
        folder.path,
        title=f"Learning {settings.dataset} from ModNet's images",
        summary=" ".join(
            [alone_in_words(alone, whole), seen_in_words(rows, images.num_images), *curve_in_words(settings, rows)]
        ),
        key_numbers=[
            KeyNumber("test accuracy, generated images only", float(np.mean(alone)), f"{len(alone)} trials"),
            KeyNumber("test accuracy, real images only", float(np.mean(whole)), f"{images.num_images:,} images"),
        ],
        tables=[alone_table(rows, images), curve_table(settings, rows), made_table(settings, rows, images)],
        figures=[Picture(curve, "Test accuracy over the number of real images, with and without generated ones.")],
        protocol={
            "dataset": images.name,
            "image_shape": images.image_shape,
            "num_train_images": len(images.train),
            "num_test_images": len(images.test),
            "network": settings.network,
            "classifier steps": settings.classifier_steps,
            "classifier batch size": settings.classifier_batch_size,
            "augmentation": settings.augmentation,
            "num_trials": settings.num_trials,
            "ModNet": settings.facts(),
        },
        command=command,
        notes=NOTES,
    )


def curves_of(settings: Any, rows: Sequence[Row]) -> dict[str, np.ndarray]:
    """Title -> test accuracies [num_trials, numbers of real images]."""
    return {
        TITLES[kind]: np.array([values_of(rows, number, kind) for number in settings.num_real]).T
        for kind in (REAL, *settings.modnets)
    }


def alone_in_words(alone: Sequence[float], whole: Sequence[float]) -> str:
    """The first experiment in a sentence."""
    return (
        f"A classifier that learns from generated images only, none with its source's label, is right about "
        f"{mean_and_error(alone, 100)} % of the real test images; from the real training images it gets "
        f"{mean_and_error(whole, 100)} %. (The thesis has {PAPER_ACCURACY:.0%}, of data that it does not name.)"
    )


def seen_in_words(rows: Sequence[Row], num_images: int) -> str:
    """Whether the generated images mean their targets to others than the ModNet's own classifier."""
    others, own = (
        float(np.mean(values_of(rows, num_images, GENERATED, name))) for name in ("seen_as_target", "own_fooling_rate")
    )
    said = (
        f"A classifier of the real images that no ModNet was trained to fool sees the target in {others:.1%} of them, "
        f"the ModNet's own in {own:.1%}"
    )
    if own - others > AGREED:
        said += ": most of its signs mean nothing to others"
    return f"{said}."


def curve_in_words(settings: Any, rows: Sequence[Row]) -> list[str]:
    """The second experiment: for each ModNet, at which numbers of real images its images help."""
    sentences = []
    for kind in settings.modnets:
        said = [
            f"{verdict(gains(rows, number, kind))} at {number:,} ({in_points(gains(rows, number, kind))})"
            for number in settings.num_real
        ]
        known = "all training images, whose labels it has seen" if kind == "all" else "the same real images"
        sentences.append(f"Added to real images, those of a ModNet trained on {known}: {'; '.join(said)}.")
    return sentences if settings.num_trials > 1 else [*sentences, "With one trial no difference is tested."]


def gains(rows: Sequence[Row], number: int, kind: str) -> np.ndarray:
    """Accuracy with the generated images minus that without, of each trial."""
    return np.array(values_of(rows, number, kind)) - np.array(values_of(rows, number, REAL))


def verdict(differences: np.ndarray) -> str:
    """Whether a difference is clear by Student's t of the trials' differences, in a word or two."""
    num_trials = len(differences)
    if num_trials < 2:
        return "not tested"
    mean = float(differences.mean())
    error = float(differences.std(ddof=1)) / math.sqrt(num_trials)
    if abs(mean) <= scipy.stats.t.ppf((1 + CONFIDENCE) / 2, num_trials - 1) * error:
        return "no clear difference"
    return "better" if mean > 0 else "worse"


def in_points(differences: np.ndarray) -> str:
    """Such as "+1.2 ± 0.3 points"."""
    text = mean_and_error(differences, 100)
    return f"{text if text.startswith('-') else '+' + text} points"


def alone_table(rows: Sequence[Row], images: Any) -> Table:
    """The thesis' 88 % above this run's values."""
    number = images.num_images
    trials = len(values_of(rows, number, REAL))
    cells = [
        ["generated only, the document's", "", "", 100 * PAPER_ACCURACY],
        ["generated only, this run's", number, trials, mean_and_error(values_of(rows, number, GENERATED), 100)],
        ["real only, this run's", number, trials, mean_and_error(values_of(rows, number, REAL), 100)],
    ]
    columns = ("training images", "their number", "trials", "test accuracy, %")
    return Table("From generated images only", columns, cells, "Mean ± standard error over trials.", (1, 2))


def curve_table(settings: Any, rows: Sequence[Row]) -> Table:
    """A row per number of real images."""
    cells = []
    for number in settings.num_real:
        cells.append([number, mean_and_error(values_of(rows, number, REAL), 100)])
        for kind in settings.modnets:
            differences = gains(rows, number, kind)
            cells[-1] += [
                mean_and_error(values_of(rows, number, kind), 100),
                in_points(differences),
                verdict(differences),
            ]
    heads = [head for kind in settings.modnets for head in (TITLES[kind], "gain", "in words")]
    note = (
        "Test accuracy in %, mean ± standard error over trials; gains are within a trial, and clear where their "
        f"interval of {CONFIDENCE:.0%} by Student's t over trials does not hold 0. One trial tests nothing."
    )
    return Table("With and without generated images", ("real images", TITLES[REAL], *heads), cells, note)


def made_table(settings: Any, rows: Sequence[Row], images: Any) -> Table:
    """What the generated images are like, by what they were made of."""
    kinds = [(images.num_images, GENERATED), *((n, kind) for kind in settings.modnets for n in settings.num_real)]
    cells = [
        [
            number,
            "all" if kind == GENERATED else kind,
            mean_and_error(values_of(rows, number, kind, "seen_as_target"), 100),
            mean_and_error(values_of(rows, number, kind, "own_fooling_rate"), 100),
            mean_and_error(values_of(rows, number, kind, "mean_abs_change")),
        ]
        for number, kind in kinds
    ]
    columns = (
        *("made of real images", "ModNet trained on", "seen as their targets by the judge, %"),
        *("by the ModNet's own classifier, %", "mean |change|, of 2"),
    )
    note = (
        "The judge is a classifier of all real images that no ModNet was trained to fool; it is right about "
        f"{mean_and_error(values_of(rows, images.num_images, JUDGE), 100)} % of the test images."
    )
    return Table("The generated images", columns, cells, note)


def draw_curve(
    path: str | os.PathLike,
    numbers: Sequence[int],
    curves: Mapping[str, np.ndarray],
    references: Mapping[str, float],
) -> None:
    """Draws accuracies over numbers of images, with standard errors over trials as bars.

    Args:
        path: the file to write; its suffix is its format.
        numbers: of real images, N.
        curves: name -> values [num_trials, N].
        references: name -> height of a dashed line.
    """
    with rc_context(STYLE):
        figure = Figure(figsize=(7.2, 4.2), layout="constrained")
        axes = figure.add_subplot(
            xlabel="real images", ylabel="test accuracy", title="With and without ModNet's images"
        )
        for (name, values), colour in zip(curves.items(), COLOURS, strict=False):
            mean, error = mean_and_standard_error(values)
            axes.errorbar(numbers, mean, error, label=name, color=colour, marker="o", markersize=4, capsize=4)
        for name, height in references.items():
            axes.axhline(height, color="#767676", linestyle=(0, (4, 3)), linewidth=1.2, label=name)
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(LogFormatter())
        axes.legend(fontsize=9)
        save_figure(path, figure, FINE_DPI)
