"""Figures and pictures on memorisation: distances, generated images beside their nearest training images."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure

from tfgan_suite.core.checks import require
from tfgan_suite.core.files import write_whole
from tfgan_suite.runs.modnet.memorization_study import Changed, Nearness, OwnSources, by_pair
from tfgan_suite.runs.modnet.pictures import draw_pairs
from tfgan_suite.runs.reports.figures import STYLE, plot_curves
from tfgan_suite.runs.reports.report import Picture

NUM_ROWS = 8


def draw_figures(folder: Path, nearness: Nearness) -> list[Picture]:
    """The distances' distributions."""
    path = folder / "distances.png"
    curves = {"generated": nearness.generated, "test": nearness.test}
    distances = {name: np.sort(found.distances[:, 0]) for name, found in curves.items()}
    plot_curves(
        path,
        distances,
        {name: np.arange(1, len(values) + 1) / len(values) for name, values in distances.items()},
        xlabel="distance to the nearest training image, grey levels",
        ylabel="share of images within it",
        title="Generated and test images: distance to the training images",
    )
    return [Picture(path, "Share of images over the distance to the nearest training image, generated and test images")]


def draw_own(folder: Path, found: OwnSources, changed: Changed, names: Sequence[str]) -> Picture:
    """Shares of own sources per pair of classes, of changed images and of the control."""
    path = folder / "own_sources.png"
    panels = {
        "Changed images": by_pair(found.own, changed, len(names)),
        "Sources with noise of the same norm": by_pair(found.own_with_noise, changed, len(names)),
    }
    draw_pairs(path, panels, names)
    return Picture(path, "Share of images whose nearest training image is their own source, by label and target")


def chosen_rows(distances: np.ndarray, seed: int) -> dict[str, np.ndarray]:
    """Which generated images are shown: those nearest to the training images, and some at random."""
    order = np.argsort(distances, kind="stable")
    random = np.random.default_rng(seed).permutation(len(distances))
    return {"nearest": order[:NUM_ROWS], "random": np.sort(random[:NUM_ROWS])}


def draw_neighbours(
    folder: Path, generated: np.ndarray, training: np.ndarray, nearness: Nearness, seed: int
) -> list[Picture]:
    """Rows: generated image | nearest training images with their distances."""
    num_neighbors = nearness.generated.indices.shape[1]
    heads = ("generated", *(f"nearest {rank}" for rank in range(1, num_neighbors + 1)))
    words = {
        "nearest": "The generated images that are nearest to training images",
        "random": "Generated images drawn at random",
    }
    pictures = []
    for name, rows in chosen_rows(nearness.generated.distances[:, 0], seed).items():
        shown = [
            [
                (generated[row], ""),
                *(
                    (training[index], f"{distance:.0f}")
                    for index, distance in zip(
                        nearness.generated.indices[row], nearness.generated.distances[row], strict=True
                    )
                ),
            ]
            for row in rows
        ]
        path = folder / f"neighbours_{name}.png"
        draw_rows(path, heads, shown)
        caption = f"{words[name]}, each with its nearest training images and their distances in grey levels."
        pictures.append(Picture(path, caption, caption))
    return pictures


def draw_changed(
    folder: Path,
    changed: Changed,
    found: OwnSources,
    nearness: Nearness,
    training: np.ndarray,
    names: Sequence[str],
    seed: int,
) -> list[Picture]:
    """Rows: source | changed image | its nearest training image, at random and of those that are not their sources."""
    random = np.random.default_rng(seed)
    astray = np.flatnonzero(~found.own)
    groups = {
        "random": (np.arange(len(found.own)), "Changed images drawn at random"),
        "astray": (astray, "Changed images whose nearest training image is not their source, drawn at random"),
    }
    pictures = []
    for name, (rows, words) in groups.items():
        if not len(rows):
            continue
        shown = []
        for row in np.sort(random.permutation(rows)[:NUM_ROWS]):
            index, distance = nearness.generated.indices[row, 0], nearness.generated.distances[row, 0]
            whose = "its source" if found.own[row] else "another image"
            shown.append(
                [
                    (training[changed.source_indices[row]], names[changed.labels[row]]),
                    (changed.images[row], f"to {names[changed.targets[row]]}"),
                    (training[index], f"{whose}, {distance:.0f}"),
                ]
            )
        path = folder / f"changed_{name}.png"
        draw_rows(path, ("source", "changed", "nearest"), shown)
        caption = f"{words}: source, result, and the nearest training image with its distance in grey levels."
        pictures.append(Picture(path, caption, caption))
    return pictures


def draw_rows(path: Path, heads: Sequence[str], rows: Sequence[Sequence[tuple[np.ndarray, str]]]) -> None:
    """Draws rows of images in two columns of rows, with a few words under each image.

    Args:
        path: the file to write; its suffix is its format.
        heads: of the columns.
        rows: (image uint8 [H, W, 1 or 3], words) for each head.

    Raises:
        ValueError: no rows, or a row without an image for each head.
    """
    require(bool(rows), "`rows` must hold at least one row of images", rows=len(rows))
    num_rows, width = -(-len(rows) // 2), len(heads)
    with rc_context({**STYLE, "axes.grid": False}):
        figure = Figure(figsize=(1.05 * 2 * width + 0.6, 1.3 * num_rows + 0.2), layout="constrained")
        halves = figure.subfigures(1, 2, wspace=0.06)
        for position, row in enumerate(rows):
            require(len(row) == width, "Each row must have an image for each head", heads=heads, num_images=len(row))
            half, line = halves[position // num_rows], position % num_rows
            for column, (image, words) in enumerate(row):
                axes = half.add_subplot(num_rows, width, 1 + line * width + column)
                axes.imshow(image if image.shape[-1] == 3 else image[..., 0], cmap="gray", vmin=0, vmax=255)
                axes.set(xticks=[], yticks=[])
                axes.spines[:].set_visible(False)
                axes.set_xlabel(words, fontsize=7.5, labelpad=2)
                if line == 0:
                    axes.set_title(heads[column], fontsize=8.5, fontweight="normal", loc="center")
        with write_whole(path) as temporary:
            figure.savefig(temporary, dpi=150, facecolor="white")
