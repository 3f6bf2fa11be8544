"""The report of `recipes.modnet_interpret`: pictures, fooling rates, the size of the change, the trivial baselines.

`settings` are that recipe's `Settings`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tfgan_suite.callbacks.evaluate_modnet import ModificationScores
from tfgan_suite.runs.modnet import pictures
from tfgan_suite.runs.modnet.interpretation import (
    GRADIENT_SIGN,
    MEAN_ITSELF,
    MODNET,
    SIZE_FACTORS,
    TOWARDS_MEAN,
    Examples,
    Interpretation,
    changed_examples,
)
from tfgan_suite.runs.reports import training_report
from tfgan_suite.runs.reports.figures import plot_bars, plot_curves
from tfgan_suite.runs.reports.report import KeyNumber, Picture, Table, write_report
from tfgan_suite.runs.studies import in_words

MAX_CLASSES = 10
"""Classes of the matrix of pictures."""
PER_CLASS = 10
"""Images of each class among which the smallest and the largest changes are looked for."""
NUM_CHOSEN = 8
UNCHANGED = "no change"
OTHER_SIZES = (MEAN_ITSELF, UNCHANGED)
SURE = 0.9
"""The classifier's probability of the target from which an image counts as surely fooling it."""
CONFIDENCES = {
    "target_probs_before": "target, before",
    "target_probs_after": "target, after",
    "label_probs_before": "own label, before",
    "label_probs_after": "own label, after",
}
CURVES = {
    "test_fooling_rate": "fooling rate",
    "test_lowest_fooling_rate": "of the hardest pair",
    "test_target_confidence_after": "confidence in the target",
    "test_mean_abs_change": "mean |change|",
}
NOTES = (
    "The thesis shows pictures (figure 2.6, CIFAR-10) and gives no numbers for this.",
    "A change is result - image, what is left of the delta image after bounding; a pixel's range is 2, from -1 to 1. "
    "Fooling rates are of test images, each changed towards all classes but its own, by the classifier named above.",
    "The two baselines change each image, towards each target, by as much as ModNet changed it, exactly. They are "
    "trivial: an attack of many small steps fools a classifier that was not trained against it with smaller changes "
    "than any of these. What ModNet has to show is which changes those are, at one pass of a network.",
)


def report(
    settings: Any,
    folder: Any,
    *,
    images: Any,
    classifier: Any,
    modnet: Any,
    found: Interpretation,
    unchanged: bool | None,
    rows: Sequence[Mapping[str, float]],
    command: str,
) -> None:
    """Writes `report.html` and its pictures.

    Args:
        settings: of the recipe.
        folder: the run's.
        images: `Images`.
        classifier: the `TrainedClassifier` that judges.
        modnet: trained.
        found: what was measured.
        unchanged: whether the frozen classifier is as it was given; None if there is none.
        rows: of metrics.jsonl.
        command: that runs this again.
    """
    names = images.class_names
    scores = found.scores[MODNET]
    shown = min(MAX_CLASSES, images.num_classes)
    examples = changed_examples(modnet, images, classifier, shown, PER_CLASS)
    card = classifier.card
    write_report(
        folder.path,
        title=f"What fools a classifier of {settings.dataset}",
        summary=claims(found, unchanged),
        key_numbers=[
            KeyNumber("fooling rate", scores.mean("fooling_rates"), "higher is better"),
            KeyNumber("mean |change|", scores.mean("mean_abs_changes"), "of a range of 2; lower is better"),
            KeyNumber("classifier's test accuracy", found.accuracy, "of unchanged images"),
        ],
        tables=[*ways_tables(found), targets_table(scores, names)],
        figures=[
            *draw_numbers(folder, found, names),
            *draw_training(folder, rows),
        ],
        images=draw_examples(folder, examples, names),
        protocol={
            "dataset": images.name,
            "image_shape": images.image_shape,
            "num_train_images": len(images.train),
            "num_test_images": len(images.test),
            "classifier trained on": f"{card.num_train_images:,} images of {card.data_name or 'unnamed data'}",
            "classifier network": card.options.get("network"),
            **settings.facts(),
        },
        command=command,
        notes=NOTES,
    )


def claims(found: Interpretation, unchanged: bool | None) -> str:
    """What the numbers say, in sentences."""
    scores = found.scores[MODNET]
    rate, size = scores.mean("fooling_rates"), scores.mean("mean_abs_changes")
    others = {way: found.scores[way].mean("fooling_rates") for way in (TOWARDS_MEAN, GRADIENT_SIGN)}
    compared = in_words([f"{other:.1%} {way}" for way, other in others.items()])
    best = max(others, key=others.get)
    verdict = f"ModNet is ahead of both, by {100 * (rate - others[best]):.1f} points of the better one"
    if rate <= others[best]:
        verdict = f"ModNet is not ahead of the {best}"
    said = [
        f"{rate:.1%} of the changed test images are seen as their targets, at a mean |change| of {size:.3g} of a range "
        f"of 2 (unchanged: {scores.mean('rates_before'):.1%}; the classifier is right about {found.accuracy:.1%}).",
        f"With the same change of each image the baselines get {compared}: {verdict}.",
        f"The hardest pair of classes is at {scores.lowest_fooling_rate():.1%}.",
    ]
    if unchanged is not None:
        said.append(
            "The frozen classifier was compared with the given one after the training: "
            + ("equal, bit for bit." if unchanged else "IT HAS CHANGED, so these numbers are void.")
        )
    if found.own_fooling_rate is not None:
        said.append(f"The ModNet's own classifier sees the target in {found.own_fooling_rate:.1%}.")
    return " ".join(said)


def ways_tables(found: Interpretation) -> list[Table]:
    """The ways that change each image by as much as ModNet does, a row each; and those of another size."""
    cells = {
        way: [
            scores.mean("fooling_rates"),
            scores.lowest_fooling_rate(),
            scores.mean("mean_abs_changes"),
            scores.mean("target_probs_after"),
            scores.mean("label_probs_after"),
        ]
        for way, scores in found.scores.items()
    }
    before = found.scores[MODNET]
    unchanged = [before.mean(name) for name in ("target_probs_before", "label_probs_before")]
    cells[UNCHANGED] = [before.mean("rates_before"), float(np.nanmin(before.rates_before)), 0.0, *unchanged]
    columns = (
        *("way of changing", "fooling rate", "of the hardest pair", "mean |change|"),
        *("confidence in the target", "confidence in the own label"),
    )
    as_large = [way for way in cells if way not in OTHER_SIZES]
    return [
        Table(title, columns, rounded([[way, *cells[way]] for way in ways]), own_rows=own)
        for title, ways, own in (
            ("Beside trivial ways of the same size", as_large, (0,)),
            ("Changes of another size", OTHER_SIZES, ()),
        )
    ]


def targets_table(scores: ModificationScores, names: Sequence[str]) -> Table:
    """A row per target."""
    columns = ("target", "fooling rate", "mean |change|", *(f"confidence, {head}" for head in CONFIDENCES.values()))
    measures = ("fooling_rates", "mean_abs_changes", *CONFIDENCES)
    values = [scores.by_target(name) for name in measures]
    cells = [[name, *(float(column[row]) for column in values)] for row, name in enumerate(names)]
    return Table("By target", columns, rounded(cells), "Means over the test images of all other classes.")


def rounded(cells: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """With numbers to four decimals, which is more than the images tell."""
    return [[round(value, 4) if isinstance(value, float) else value for value in row] for row in cells]


def draw_numbers(folder: Any, found: Interpretation, names: Sequence[str]) -> list[Picture]:
    """Pairs of classes, the size of the change, where pixels move, the classifier's confidence."""
    scores = found.scores[MODNET]
    pairs, sizes, maps = (folder.figures / f"{name}.png" for name in ("pairs", "sizes", "maps"))
    panels = {"Fooling rate": scores.fooling_rates, "Mean |change|": scores.mean_abs_changes}
    pictures.draw_pairs(pairs, panels, names)
    curves = {way: list(zip(*points, strict=True)) for way, points in found.by_size.items()}
    plot_curves(
        sizes,
        {way: x for way, (x, _) in curves.items()},
        {way: y for way, (_, y) in curves.items()},
        xlabel="mean |change|, of a range of 2",
        ylabel="fooling rate",
        title="What a change of this size does",
    )
    pictures.draw_maps(maps, found.maps, names)
    factors = ", ".join(f"{factor:g}" for factor in SIZE_FACTORS)
    return [
        Picture(pairs, "Heat maps by label and target: fooling rate, and mean absolute change."),
        Picture(
            sizes,
            "Fooling rate over mean absolute change.",
            f"Of {found.num_few:,} test images, as many of each class: baselines at {factors} times ModNet's change.",
        ),
        Picture(maps, "Maps: the mean absolute change of each pixel, by target.", "Which pixels move, by target."),
        *(draw_confidence(folder, scores, names, whose) for whose in ("target", "own label")),
    ]


def draw_confidence(folder: Any, scores: ModificationScores, names: Sequence[str], whose: str) -> Picture:
    """The classifier's probability of the target, or of the image's own label, before and after the change."""
    path = folder.figures / f"confidence_{whose.replace(' ', '_')}.png"
    columns = {name: head for name, head in CONFIDENCES.items() if head.startswith(whose)}
    plot_bars(
        path,
        names,
        {head.partition(", ")[2]: np.nan_to_num(scores.by_target(name)) for name, head in columns.items()},
        xlabel="target",
        ylabel="mean probability",
        title=f"The classifier's confidence in the {whose}",
    )
    return Picture(path, f"Bars by target: mean probability of the {whose}, before and after the change.")


def draw_training(folder: Any, rows: Sequence[Mapping[str, float]]) -> list[Picture]:
    """What was measured over the training, and the losses."""
    measured = [row for row in rows if "test_fooling_rate" in row]
    drawn = []
    if measured:
        path = folder.figures / "measurements.png"
        steps = [row["step"] for row in measured]
        curves = {head: [row[name] for row in measured] for name, head in CURVES.items()}
        plot_curves(path, steps, curves, xlabel="train step", ylabel="value", title="Over the training (test images)")
        drawn.append(Picture(path, f"Curves over train steps: {', '.join(curves)}."))
    return [*drawn, *training_report.draw_curves(folder, rows)]


def draw_examples(folder: Any, examples: Examples, names: Sequence[str]) -> list[Picture]:
    """The matrix of pairs of classes, and the smallest, the largest and the least convincing changes."""
    matrix = folder.figures / "matrix.png"
    limit = pictures.draw_matrix(matrix, examples.take(np.flatnonzero(examples.images == 0)))
    shown = [names[label] for label in np.unique(examples.labels)]
    drawn = [
        Picture(
            matrix,
            "Matrix of changed test images, a row per source and a column per target, and the same of the changes.",
            f"Results on the left, changes on the right (grey: none, white: +{limit:.2g}, black: -{limit:.2g}). Rows: "
            f"a test image of {', '.join(shown)}; columns: the targets in this order; the diagonal is the source.",
        )
    ]
    for name, (rows, words) in chosen_rows(examples).items():
        path, chosen = folder.figures / f"{name}.png", examples.take(rows)
        limit = pictures.draw_triples(path, chosen)
        pairs = [f"{names[a]} to {names[b]}" for a, b in zip(chosen.labels, chosen.targets, strict=True)]
        drawn.append(
            Picture(
                path,
                f"Source, change and result of test images: {words}.",
                f"Source, change (white: +{limit:.2g}, black: -{limit:.2g}) and result: {words}. In reading order: "
                f"{'; '.join(pairs)}.",
            )
        )
    return drawn


def chosen_rows(examples: Examples) -> dict[str, tuple[np.ndarray, str]]:
    """File name -> (rows of the examples, in words what they are); no pair of classes twice in a picture."""
    others = np.flatnonzero(examples.labels != examples.targets)
    sure = others[examples.target_probs[others] >= SURE]
    kinds = {
        "smallest": (sure[np.argsort(examples.sizes[sure], kind="stable")], "the smallest changes that surely fool"),
        "largest": (sure[np.argsort(-examples.sizes[sure], kind="stable")], "the largest changes that surely fool"),
        "least": (
            others[np.argsort(examples.target_probs[others], kind="stable")],
            "the least confidence in the target",
        ),
    }
    chosen = {name: (one_per_pair(examples, rows)[:NUM_CHOSEN], words) for name, (rows, words) in kinds.items()}
    return {name: (rows, words) for name, (rows, words) in chosen.items() if len(rows)}


def one_per_pair(examples: Examples, rows: np.ndarray) -> np.ndarray:
    """The first row of each pair of label and target, in the order of `rows`."""
    pairs = np.stack([examples.labels[rows], examples.targets[rows]], axis=1)
    _, first = np.unique(pairs, axis=0, return_index=True)
    return rows[np.sort(first)]
