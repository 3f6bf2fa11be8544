"""A run's report: one HTML file that needs nothing else, with figures and image grids inside."""

import base64
import dataclasses
import datetime
import math
import os
import platform
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
from PIL import Image

from tfgan_suite.core.checks import require
from tfgan_suite.core.files import write_text
from tfgan_suite.metrics.protocol import package_versions

MEDIA_TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".svg": "image/svg+xml"}

LONG_TABLE_ROWS = 20
"""A table with more rows is folded until the reader opens it."""

WIDTHS_PX = {"figures": 0, "one_grid": 960, "grids": 464}
"""Image grids are enlarged by the largest whole factor that keeps them within the page, or two side by side."""


@dataclasses.dataclass(frozen=True)
class KeyNumber:
    """A number for the top of the report, such as KeyNumber("FID", 17.29, "K = 10, 50,000 images")."""

    label: str
    value: Any
    detail: str = ""


@dataclasses.dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        title: what it shows.
        columns: the heads of the columns; the first column names the rows.
        rows: as many cells as there are columns; text, numbers, or None for "not measured".
        note: a line above the table, such as the protocol of its numbers.
        own_rows: positions of the rows that this run measured; they are set off from those of a paper.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    note: str = ""
    own_rows: Collection[int] = ()

    def __post_init__(self):
        for position, row in enumerate(self.rows):
            require(
                len(row) == len(self.columns),
                "Each of `rows` must have as many cells as there are `columns`",
                row=position,
                num_cells=len(row),
                num_columns=len(self.columns),
            )


@dataclasses.dataclass(frozen=True)
class Picture:
    """A picture file: a figure or a grid of images.

    Attributes:
        path: a .png, .jpg or .svg file, absolute or inside the run folder.
        alt: what it shows, for readers who cannot see it.
        caption: a line under it; empty for none.
    """

    path: str | os.PathLike
    alt: str
    caption: str = ""


def write_report(
    run_dir: str | os.PathLike,
    *,
    title: str,
    summary: str,
    key_numbers: Sequence[KeyNumber] = (),
    tables: Sequence[Table] = (),
    figures: Sequence[Picture] = (),
    images: Sequence[Picture] = (),
    protocol: Mapping[str, Any] | None = None,
    command: str = "",
    notes: Sequence[str] = (),
    environment: Mapping[str, Any] | None = None,
) -> Path:
    """Writes `run_dir/report.html`, whole or not at all; an older one is replaced.

    All text is plain text: nothing in it is read as HTML.

    Args:
        run_dir: the run folder.
        title: the head of the page.
        summary: a sentence or two: what was done and what came out.
        key_numbers: the few numbers to see first.
        tables: in their order; put the paper's values beside the run's own first.
        figures: curves and bars.
        images: grids of images, shown enlarged without smoothing.
        protocol: how the numbers were made, name -> value; `Protocol.to_dict()` will do.
        command: the exact command that runs this again.
        notes: paragraphs on departures and doubts.
        environment: name -> value, added to the versions and the machine, which are always named; such as the devices.

    Returns:
        The path of the report.

    Raises:
        ValueError: no title, a picture without `alt`, or of a kind that browsers do not show.
        FileNotFoundError: a picture does not exist.
    """
    run_dir = Path(run_dir)
    require(bool(title.strip()), "`title` must not be empty", title=title)
    template = jinja2.Environment(
        loader=jinja2.PackageLoader("tfgan_suite.runs.reports", package_path=""),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    template.filters |= {"cell": format_cell, "columns": format_columns}
    template.tests["number"] = _is_number
    page = template.get_template("report.html.jinja").render(
        title=title,
        summary=summary,
        run_name=run_dir.resolve().name,
        written=datetime.datetime.now(datetime.UTC),
        key_numbers=key_numbers,
        tables=tables,
        long_table_rows=LONG_TABLE_ROWS,
        figures=[_embed(run_dir, picture, WIDTHS_PX["figures"]) for picture in figures],
        images=[_embed(run_dir, picture, WIDTHS_PX["grids" if len(images) > 1 else "one_grid"]) for picture in images],
        protocol={name.replace("_", " "): value for name, value in (protocol or {}).items()},
        command=command,
        notes=notes,
        environment={**_environment(), **(environment or {})},
    )
    path = run_dir / "report.html"
    write_text(path, page)
    return path


def format_cell(value: Any) -> str:
    """A value as a reader wants it: four significant digits, thousands set apart, a dash for None or NaN.

    Tuples, lists and mappings are written in one line.
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {format_cell(each)}" for key, each in value.items())
    if isinstance(value, (tuple, list)):
        return ", ".join(map(format_cell, value))
    if not _is_number(value):
        return str(value)
    number = float(value)
    if math.isfinite(number) and (number == int(number) or abs(number) >= 10_000):
        return f"{number:,.0f}".replace("-", "−")
    return f"{number:.4g}".replace("-", "−")


def format_columns(rows: Sequence[Sequence[Any]]) -> list[list[str]]:
    """The cells of a table as text; the fractions of a column get as many decimals as the one that needs most."""
    texts = [[format_cell(value) for value in row] for row in rows]
    for column in range(len(rows[0]) if rows else 0):
        fractions = [
            row
            for row in range(len(rows))
            if isinstance(rows[row][column], (float, np.floating))
            and "e" not in texts[row][column]
            and math.isfinite(rows[row][column])
        ]
        decimals = max((len(texts[row][column].partition(".")[2]) for row in fractions), default=0)
        for row in fractions:
            texts[row][column] = f"{rows[row][column]:,.{decimals}f}".replace("-", "−")
    return texts


def _is_number(value: Any) -> bool:
    return hasattr(value, "__float__") and not isinstance(value, bool) and getattr(value, "shape", ()) == ()


def _embed(run_dir: Path, picture: Picture, enlarge_to_px: int) -> dict[str, Any]:
    """What the template needs of a picture: its bytes as a data address, its size and its words."""
    path = run_dir / picture.path
    media_type = MEDIA_TYPES.get(path.suffix.lower())
    require(media_type is not None, f"`path` must end in one of {', '.join(MEDIA_TYPES)}", path=str(picture.path))
    require(bool(picture.alt.strip()), "`alt` must say what the picture shows", path=str(picture.path))
    content = base64.b64encode(path.read_bytes()).decode("ascii")
    size, factor = None, 1
    if path.suffix.lower() != ".svg":
        with Image.open(path) as opened:
            size = opened.size
        factor = max(1, enlarge_to_px // size[0])
        size = (size[0] * factor, size[1] * factor)
    return {
        "source": f"data:{media_type};base64,{content}",
        "size": size,
        "enlarged": factor > 1,
        "alt": picture.alt,
        "caption": picture.caption,
    }


def _environment() -> dict[str, str]:
    return {
        "Python": platform.python_version(),
        **dict(package_versions()),
        "system": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
    }
