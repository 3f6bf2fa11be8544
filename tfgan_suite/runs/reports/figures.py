"""Figures for run folders and reports: curves, bars, a confusion matrix, points, fits."""

import os
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tfgan_suite.core.checks import require
from tfgan_suite.runs.reports.figure_style import (
    COLOURS,
    DASHES,
    FINE_DPI,
    PANELS_PER_ROW,
    STYLE,
    PlainLogFormatter,
    save_figure,
)

MAX_POINTS = 2000
"""A curve with more points is drawn as means of equal stretches; more could not be told apart at this width."""

MAX_LABELLED_BARS = 24
"""Above this many groups of bars, only some of their names are written, evenly spaced."""

MAX_NUMBERED_CLASSES = 12
"""A confusion matrix of more classes has no numbers in its cells."""

Curve = Sequence[float] | np.ndarray


def plot_curves(
    path: str | os.PathLike,
    x: Curve | Mapping[str, Curve],
    curves: Mapping[str, Curve],
    *,
    xlabel: str,
    ylabel: str,
    title: str = "",
    logx: bool = False,
    logy: bool = False,
    references: Mapping[str, float] | None = None,
    errors: Mapping[str, Curve] | None = None,
) -> None:
    """Draws lines over a common axis; the file's suffix (.png, .svg, .pdf) is its format.

    A value that is not finite leaves a gap. A curve of up to 30 points shows a dot at each.

    Args:
        path: the file to write.
        x: values [N] of the horizontal axis, the same for all curves, or name of a curve -> its own values.
        curves: name in the legend -> values, as many as its `x` has.
        xlabel: what `x` is, with its unit.
        ylabel: what the curves are, with their unit.
        title: short, above the figure.
        logx: logarithmic horizontal axis; all of `x` must be above 0.
        logy: logarithmic vertical axis; values that are not above 0 are left out.
        references: name -> height of a dashed horizontal line, such as a paper's value.
        errors: name of a curve -> half the height of a band around it, as many as it has values.

    Raises:
        ValueError: no curve, or a curve or its errors whose length is not that of its `x`.
    """
    require(bool(curves), "`curves` must hold at least one curve", curves=dict(curves))
    with rc_context(STYLE):
        figure, axes = _new_figure(title, xlabel, ylabel)
        for position, (name, values) in enumerate(curves.items()):
            own_x = np.asarray(x[name] if isinstance(x, Mapping) else x, np.float64)
            values = np.asarray(values, np.float64)
            require(
                own_x.shape == values.shape and values.ndim == 1,
                "`x` and each of `curves` must be one axis of the same length",
                name=name,
                x_shape=own_x.shape,
                curve_shape=values.shape,
            )
            if errors and name in errors:
                _draw_band(axes, name, own_x, values, errors[name], COLOURS[position % len(COLOURS)])
            own_x, values = _shorten(own_x, np.where(np.isfinite(values) & ((values > 0) | (not logy)), values, np.nan))
            axes.plot(own_x, values, label=name, **_line(position, len(values)))
        for name, height in (references or {}).items():
            axes.axhline(height, color="#767676", linestyle=(0, (4, 3)), linewidth=1.2, label=name)
        if logx:
            axes.set_xscale("log")
            axes.xaxis.set_major_formatter(PlainLogFormatter())
        if logy:
            axes.set_yscale("log")
            axes.yaxis.set_major_formatter(PlainLogFormatter())
            axes.yaxis.set_minor_formatter(PlainLogFormatter(minor_thresholds=(1.5, 0.5)))
        _finish(path, figure, axes, len(curves) + len(references or {}))


def plot_confusion(path: str | os.PathLike, confusion: np.ndarray, names: Sequence[str]) -> None:
    """Draws a row per true class, shaded by the share of its images that went to each predicted class.

    Args:
        path: the file to write; its suffix is its format.
        confusion: int [C, C], images by true class (rows) and predicted class (columns); numbers are shown for up to
            `MAX_NUMBERED_CLASSES` classes.
        names: of the classes.
    """
    shares = confusion / np.maximum(1, confusion.sum(axis=1, keepdims=True))
    with rc_context({**STYLE, "axes.grid": False}):
        figure = Figure(figsize=(6.0, 5.4), layout="constrained")
        axes = figure.add_subplot(title="Confusion", xlabel="predicted class", ylabel="true class")
        figure.colorbar(axes.imshow(shares, cmap="Blues", vmin=0, vmax=1), label="share of the class's images")
        stride = -(-len(names) // (2 * MAX_NUMBERED_CLASSES))
        ticks, shown = range(0, len(names), stride), names[::stride]
        axes.set_xticks(ticks, shown, rotation=90 if max(map(len, shown)) > 2 else 0)
        axes.set_yticks(ticks, shown)
        if len(names) <= MAX_NUMBERED_CLASSES:
            for (row, column), count in np.ndenumerate(confusion):
                colour = "white" if shares[row, column] > 0.5 else "#333333"
                axes.text(column, row, str(count), ha="center", va="center", color=colour, fontsize=8)
        save_figure(path, figure, FINE_DPI)


def plot_bars(
    path: str | os.PathLike,
    names: Sequence[str | int],
    groups: Mapping[str, Sequence[float] | np.ndarray],
    *,
    xlabel: str,
    ylabel: str,
    title: str = "",
) -> None:
    """Draws a bar for each name, and side by side where there are several groups (such as real beside generated).

    Args:
        path: the file to write; its suffix is its format.
        names: what each bar stands for, such as cluster numbers.
        groups: name in the legend -> heights, as many as there are `names`.
        xlabel: what the names are.
        ylabel: what the heights are, with their unit.
        title: short, above the figure.

    Raises:
        ValueError: no names or no groups, or a group with another number of heights than there are names.
    """
    require(len(names) > 0 and bool(groups), "`names` and `groups` must not be empty", names=names, groups=dict(groups))
    positions = np.arange(len(names))
    width = 0.84 / len(groups)
    with rc_context(STYLE):
        figure, axes = _new_figure(title, xlabel, ylabel)
        for number, (group, heights) in enumerate(groups.items()):
            require(
                len(heights) == len(names),
                "Each of `groups` must have a height for each name",
                group=group,
                num_heights=len(heights),
                num_names=len(names),
            )
            offset = (number - (len(groups) - 1) / 2) * width
            colour = COLOURS[number % len(COLOURS)]
            axes.bar(positions + offset, heights, width * 0.94, label=group, color=colour)
        stride = -(-len(names) // MAX_LABELLED_BARS)
        crowded = sum(len(str(name)) + 1 for name in names[::stride]) > 80
        axes.set_xticks(positions[::stride], [str(name) for name in names[::stride]], rotation=90 if crowded else 0)
        axes.grid(axis="x", visible=False)
        axes.margins(x=0.02, y=0.16)  # room for the legend above the bars
        _finish(path, figure, axes, len(groups))


def plot_points(path: str | os.PathLike, panels: Mapping[str, np.ndarray], centers: np.ndarray | None = None) -> None:
    """Draws clouds of points in the plane side by side, all in one frame: a film strip of a training.

    Args:
        path: the file to write; its suffix is its format.
        panels: title -> points float [N, 2].
        centers: float [K, 2], where the modes are; they decide the frame. None: the last cloud does.

    Raises:
        ValueError: no panels, or points that are not in the plane.
    """
    require(bool(panels), "`panels` must hold at least one cloud of points", panels=list(panels))
    for title, points in panels.items():
        require(np.ndim(points) == 2 and np.shape(points)[1] == 2, "Points must be [N, 2]", **{title: np.shape(points)})
    frame = np.asarray(list(panels.values())[-1] if centers is None else centers)
    middle = (frame.max(axis=0) + frame.min(axis=0)) / 2
    reach = 0.65 * max(np.ptp(frame, axis=0).max(), 1e-6)
    columns = min(PANELS_PER_ROW, len(panels))
    num_rows = -(-len(panels) // columns)
    with rc_context({**STYLE, "axes.grid": False}):
        figure = Figure(figsize=(2.1 * columns, 2.3 * num_rows), layout="constrained")
        for position, (title, points) in enumerate(panels.items(), start=1):
            axes = figure.add_subplot(num_rows, columns, position)
            if centers is not None:
                axes.scatter(centers[:, 0], centers[:, 1], s=60, color="#dddddd", linewidths=0)
            axes.scatter(points[:, 0], points[:, 1], s=2, color=COLOURS[0], alpha=0.5, linewidths=0)
            axes.set(xlim=(middle[0] - reach, middle[0] + reach), ylim=(middle[1] - reach, middle[1] + reach))
            axes.set(xticks=[], yticks=[], aspect="equal")
            axes.set_title(title, fontsize=10, fontweight="normal")
        save_figure(path, figure)


def plot_fits(
    path: str | os.PathLike,
    clouds: Mapping[str, tuple[np.ndarray, np.ndarray]],
    lines: Mapping[str, tuple[float, float]],
    *,
    xlabel: str,
    ylabel: str,
    title: str = "",
) -> None:
    """Draws clouds of points, each with the line that was fitted to it.

    Args:
        path: the file to write; its suffix is its format.
        clouds: name in the legend -> (x [N], y [N]), N at least 1.
        lines: the same names -> (slope, intercept).
        xlabel: what x is.
        ylabel: what y is.
        title: short, above the figure.

    Raises:
        ValueError: no clouds, or lines of other names.
    """
    require(bool(clouds) and set(clouds) == set(lines), "each of `clouds` must have a line", names=list(clouds))
    with rc_context(STYLE):
        figure, axes = _new_figure(title, xlabel, ylabel)
        for position, (name, (x, y)) in enumerate(clouds.items()):
            colour, (slope, intercept) = COLOURS[position % len(COLOURS)], lines[name]
            ends = np.array([np.min(x), np.max(x)])
            axes.scatter(x, y, s=14, color=colour, alpha=0.6, linewidths=0, label=name)
            axes.plot(ends, slope * ends + intercept, color=colour)
        _finish(path, figure, axes, len(clouds))


def _new_figure(title: str, xlabel: str, ylabel: str) -> tuple[Figure, Axes]:
    # `Figure` itself and not pyplot: nothing global, no display, safe in a callback's thread.
    figure = Figure(figsize=(6.6, 3.9), layout="constrained")
    axes = figure.add_subplot()
    axes.set(title=title, xlabel=xlabel, ylabel=ylabel)
    return figure, axes


def _draw_band(axes: Axes, name: str, x: np.ndarray, values: np.ndarray, errors: Curve, colour: str) -> None:
    """Shades one error to both sides of a curve; nothing where the errors are 0, as of one trial."""
    errors = np.asarray(errors, np.float64)
    require(
        errors.shape == values.shape,
        "`errors` must be as many as the values of their curve",
        name=name,
        errors_shape=errors.shape,
        curve_shape=values.shape,
    )
    if (errors > 0).any():
        (x, low), (_, high) = (_shorten(x, values + sign * errors) for sign in (-1, 1))
        axes.fill_between(x, low, high, color=colour, alpha=0.2, linewidth=0)


def _line(position: int, num_points: int) -> dict[str, object]:
    style = {
        "color": COLOURS[position % len(COLOURS)],
        "linestyle": DASHES[position // len(COLOURS) % len(DASHES)],
    }
    return style | ({"marker": "o", "markersize": 4} if num_points <= 30 else {})


def _shorten(x: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if len(x) <= MAX_POINTS:
        return x, values
    starts = np.linspace(0, len(x), MAX_POINTS, endpoint=False).astype(np.int64)
    counts = np.diff(np.append(starts, len(x)))
    return np.add.reduceat(x, starts) / counts, np.add.reduceat(values, starts) / counts


def _finish(path: str | os.PathLike, figure: Figure, axes: Axes, num_entries: int) -> None:
    if num_entries > 1:
        outside = num_entries > 6
        place = {"loc": "center left", "bbox_to_anchor": (1.0, 0.5)} if outside else {"loc": "best"}
        axes.legend(fontsize=9, **place)
    save_figure(path, figure, FINE_DPI)
