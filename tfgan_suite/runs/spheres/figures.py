"""Figures of the studies on spheres: scores with their spread, where generated centres are, weights as images."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import LogFormatter

from tfgan_suite.core.checks import require, require_rank
from tfgan_suite.core.images import image_grid, save_png
from tfgan_suite.runs.reports.figure_style import COLOURS, FINE_DPI, STYLE, save_figure

NOISE_CORRELATION = 0.1
"""Below it a unit's weights are noise: of independent ones it is 0 ± 0.026 for 28 x 28 pixels."""
SMALLEST_WEIGHT = 0.05
"""A unit none of whose weights is larger has vanished; new ones of 64 -> 784 are uniform up to 0.084."""

Spreads = Mapping[str, Sequence[Any]]


def plot_spreads(
    path: str | os.PathLike,
    names: Sequence[str],
    panels: Mapping[str, Spreads],
    *,
    xlabel: str,
    title: str = "",
    logy: Sequence[bool] = (),
) -> None:
    """Draws means over repeats with their standard deviations at a few named places, a panel for each score.

    Args:
        path: the file to write; its suffix is its format.
        names: of the places on the horizontal axis, in their order and evenly spaced.
        panels: label of the vertical axis -> (name of a curve -> at each place a `Spread`).
        xlabel: what the names are.
        title: short, above the figure.
        logy: for each panel, whether its axis is logarithmic; none of them is unless given.

    Raises:
        ValueError: no panel or no curve, or a curve of another length than `names`.
    """
    require(bool(panels) and all(panels.values()), "`panels` must each hold a curve", panels=list(panels))
    with rc_context(STYLE):
        figure = Figure(figsize=(1.0 + 4.4 * len(panels), 4.1), layout="constrained")
        figure.suptitle(title, x=0.02, ha="left", fontsize=12, fontweight="bold")
        for position, (ylabel, curves) in enumerate(panels.items()):
            axes = figure.add_subplot(1, len(panels), position + 1, xlabel=xlabel, ylabel=ylabel)
            if logy and logy[position]:
                axes.set_yscale("log")
                axes.yaxis.set_major_formatter(LogFormatter())
                axes.yaxis.set_minor_formatter(LogFormatter(minor_thresholds=(1.5, 0.5)))
            for number, (name, spreads) in enumerate(curves.items()):
                require(len(spreads) == len(names), "A curve must have a value for each of `names`", name=name)
                places = np.arange(len(names)) + 0.05 * (number - (len(curves) - 1) / 2)  # bars stay apart
                means, stddevs = (np.array([getattr(each, what) for each in spreads]) for what in ("mean", "stddev"))
                below = np.minimum(stddevs, 0.9 * np.abs(means)) if logy and logy[position] else stddevs
                line = {"color": COLOURS[number % len(COLOURS)], "marker": "o", "markersize": 4, "capsize": 3}
                axes.errorbar(places, means, np.nan_to_num([below, stddevs]), label=name, elinewidth=1.1, **line)
            axes.set_xticks(range(len(names)), list(names))
            if position == 0 and len(curves) > 1:
                axes.legend(fontsize=9)
        save_figure(path, figure, FINE_DPI)


def plot_centers(
    path: str | os.PathLike, panels: Mapping[str, tuple[np.ndarray, tuple[float, float]]], image_size: int
) -> None:
    """Draws where spheres were found, side by side, in the red frame of where true centres can be (figure 5.6).

    Detected centres are whole pixels: the area of a dot is the share of the centres that are there. Evenly spread ones
    have dots that just touch.

    Args:
        path: the file to write; its suffix is its format.
        panels: title -> (centres [N, 2] or [N, 2, 2] as (row, column), feasible area (low, high) of both axes).
        image_size: height and width of the images in pixels.

    Raises:
        ValueError: no panels, or centres of another shape.
    """
    require(bool(panels), "`panels` must hold at least one set of centres", panels=list(panels))
    with rc_context({**STYLE, "axes.grid": False}):
        figure = Figure(figsize=(3.3 * len(panels), 3.6), layout="constrained")
        for position, (title, (centers, (low, high))) in enumerate(panels.items(), start=1):
            centers = np.asarray(centers)
            require(centers.ndim in (2, 3) and centers.shape[-1] == 2, "Centres must be [N, 2]", shape=centers.shape)
            places, counts = np.unique(centers.reshape(-1, 2), axis=0, return_counts=True)
            axes = figure.add_subplot(1, len(panels), position)
            axes.set(xlim=(-0.5, image_size - 0.5), ylim=(image_size - 0.5, -0.5), aspect="equal")
            pixel_points = 72 * 2.9 / image_size
            even = counts.sum() / (high - low) ** 2
            sizes = pixel_points**2 * np.minimum(counts / even, 25)  # one dot cannot hide all others
            axes.scatter(places[:, 1], places[:, 0], s=0.8 * sizes, color=COLOURS[0], alpha=0.6, linewidths=0)
            axes.add_patch(
                Rectangle((low, low), high - low, high - low, fill=False, edgecolor="#D00000", linewidth=1.4)
            )
            axes.set_title(title, fontsize=10, fontweight="normal")
            axes.set_xlabel("column")
            if position == 1:
                axes.set_ylabel("row")
        save_figure(path, figure)


def neighbor_correlation(images: np.ndarray) -> np.ndarray:
    """How much neighbouring pixels are alike in each image: correlation of horizontal and vertical pairs (Moran's I).

    Independent pixels have 0 on average, with a standard deviation of about one over the root of the number of pairs;
    smooth patterns come near 1.

    Args:
        images: float [N, H, W].

    Returns:
        float64 [N]; 0 for an image whose pixels are all equal.
    """
    require_rank(3, images=images)
    offsets = np.asarray(images, np.float64)
    offsets = offsets - offsets.mean(axis=(1, 2), keepdims=True)
    products = offsets[:, 1:] * offsets[:, :-1], offsets[:, :, 1:] * offsets[:, :, :-1]
    num_pairs = sum(each[0].size for each in products)
    covariance = sum(each.sum(axis=(1, 2)) for each in products) / num_pairs
    variance = np.square(offsets).mean(axis=(1, 2))
    return np.where(variance > 0, covariance / np.where(variance > 0, variance, 1), 0.0)


def count_noise(images: np.ndarray) -> tuple[int, int]:
    """How many units' weights are noise, and how many have vanished, of weights as images [N, H, W].

    Noise: `neighbor_correlation` below `NOISE_CORRELATION`, unless they have vanished: none above `SMALLEST_WEIGHT`.
    """
    vanished = np.abs(images).max(axis=(1, 2)) < SMALLEST_WEIGHT
    noise = ~vanished & (neighbor_correlation(images) < NOISE_CORRELATION)
    return int(noise.sum()), int(vanished.sum())


def draw_weights(path: Path, images: np.ndarray, *, num_columns: int = 8, scale: int = 2) -> None:
    """Draws each unit's weights as an image, 0 as middle grey (figure 5.3).

    Every image has its own scale, but for units that have vanished, whose scale is `SMALLEST_WEIGHT`.

    Args:
        path: the PNG file to write.
        images: float [N, H, W].
        num_columns: images per row.
        scale: pixels of the picture for a weight.
    """
    require_rank(3, images=images)
    reach = np.maximum(np.abs(images).max(axis=(1, 2), keepdims=True), SMALLEST_WEIGHT)
    grey = np.rint(127.5 + 127.5 * np.asarray(images, np.float64) / reach).astype(np.uint8)
    save_png(path, image_grid(grey[..., None], num_columns), scale)
