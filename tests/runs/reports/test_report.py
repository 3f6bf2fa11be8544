import base64
import html.parser
import re

import numpy as np
import pytest

from tfgan_suite.core.images import save_png
from tfgan_suite.runs.reports.report import KeyNumber, Picture, Table, format_cell, format_columns, write_report

VOID = {"meta", "img"}


class Page(html.parser.HTMLParser):
    """Checks that tags are closed in order; collects elements with their attributes, and the text."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.open, self.text = [], [], ""
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


def grid_file(folder, name="grid.png", width=20):
    save_png(folder / name, np.full((10, width, 1), 7, np.uint8))
    return name


def full_report(folder):
    return write_report(
        folder,
        title="CIN-GAN on <digits>",
        summary="It reached FID 20.4 & more.",
        key_numbers=[KeyNumber("FID", 20.4123, "K = 10"), KeyNumber("Time", "4 min")],
        tables=[
            Table("Table 5.1", ("Method", "IS", "FID"), [("thesis", 9.0, 17.29), ("ours", 7.5, None)], "note", {1}),
            Table("Clusters", ("Cluster", "Images"), [(index, 10 * index) for index in range(30)]),
        ],
        figures=[Picture(folder / grid_file(folder, "figure.png"), "FID falls")],
        images=[Picture(grid_file(folder), "Generated digits", "Step 3,000")],
        protocol={"embedder": "classifier", "num_real": 50000, "versions": {"keras": "3.15.1"}},
        command="python -m recipes.thing --data-dir '<a b>'",
        notes=["A departure."],
        environment={"devices": "1 CPU"},
    )


def test_the_report_is_one_well_formed_file_with_everything_inside(tmp_path):
    path = full_report(tmp_path)
    text = path.read_text(encoding="utf-8")
    page = Page(text)
    assert path == tmp_path / "report.html"
    for part in ("CIN-GAN on <digits>", "FID 20.4 & more", "20.41", "K = 10", "17.29", "A departure.", "3.15.1"):
        assert part in page.text
    for part in ("num real", "50,000", "1 CPU", "tensorflow", "python -m recipes.thing --data-dir '<a b>'"):
        assert part in page.text
    assert "<digits>" not in text
    assert all(picture["src"].startswith("data:image/png;base64,") for picture in page.all("img"))
    assert re.findall(r"(?:src|href)=\"(?!data:)|https?://|@import|url\(", text) == []


def test_pictures_have_words_sizes_and_their_own_bytes(tmp_path):
    page = Page(full_report(tmp_path).read_text(encoding="utf-8"))
    grid, figure = page.all("img")
    assert (grid["alt"], figure["alt"]) == ("Generated digits", "FID falls")
    assert (grid["width"], grid["height"], grid["class"]) == ("960", "480", "enlarged")
    assert (figure["width"], figure["height"]) == ("20", "10")
    assert base64.b64decode(grid["src"].partition(",")[2]) == (tmp_path / "grid.png").read_bytes()


def test_own_rows_are_marked_and_long_tables_folded(tmp_path):
    page = Page(full_report(tmp_path).read_text(encoding="utf-8"))
    assert page.text.count("this run") == 1
    assert len(page.all("details")) == 1
    assert "Show 30 rows" in page.text
    assert {"scope": "row"} in page.all("th")


def test_what_is_left_out_leaves_no_empty_section(tmp_path):
    page = Page(write_report(tmp_path, title="A", summary="B").read_text(encoding="utf-8"))
    assert len(page.all("h2")) == 1
    assert "Environment" in page.text


def test_several_grids_are_sized_to_stand_side_by_side(tmp_path):
    pictures = [Picture(grid_file(tmp_path), "one"), Picture(grid_file(tmp_path, "wide.png", 900), "two")]
    page = Page(write_report(tmp_path, title="A", summary="B", images=pictures).read_text(encoding="utf-8"))
    assert [picture["width"] for picture in page.all("img")] == ["460", "900"]


def test_an_svg_is_embedded(tmp_path):
    (tmp_path / "a.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    page = Page(write_report(tmp_path, title="A", summary="", figures=[Picture("a.svg", "x")]).read_text("utf-8"))
    assert page.all("img")[0]["src"].startswith("data:image/svg+xml;base64,")


def test_bad_pictures_leave_the_older_report_in_place(tmp_path):
    path = write_report(tmp_path, title="Old", summary="")
    (tmp_path / "a.tiff").touch()
    with pytest.raises(FileNotFoundError, match=r"missing\.png"):
        write_report(tmp_path, title="New", summary="", figures=[Picture("missing.png", "x")])
    with pytest.raises(ValueError, match=r"must end in one of \.png"):
        write_report(tmp_path, title="New", summary="", figures=[Picture("a.tiff", "x")])
    with pytest.raises(ValueError, match="`alt` must say"):
        write_report(tmp_path, title="New", summary="", figures=[Picture(grid_file(tmp_path), " ")])
    with pytest.raises(ValueError, match="`title` must not be empty"):
        write_report(tmp_path, title=" ", summary="")
    assert "Old" in path.read_text(encoding="utf-8")


def test_a_row_with_too_few_cells_is_refused():
    with pytest.raises(ValueError, match=r"as many cells.*row=1, num_cells=1, num_columns=2"):
        Table("t", ("a", "b"), [(1, 2), (3,)])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (float("nan"), "–"),
        (float("inf"), "inf"),
        (True, "yes"),
        (50000, "50,000"),
        (np.int64(-1234), "−1,234"),
        (np.float32(20.41234), "20.41"),
        (123456.7, "123,457"),
        (0.00012345, "0.0001234"),
        ("name", "name"),
        ((1, 2.5), "1, 2.5"),
        ({"keras": "3"}, "keras 3"),
    ],
)
def test_values_are_written_for_readers(value, text):
    assert format_cell(value) == text


def test_fractions_of_a_column_share_their_decimals():
    rows = [("a", 84.0, 1), ("b", 17.29, 2.5), ("c", -0.5, None), ("d", None, float("nan"))]
    assert format_columns(rows) == [
        ["a", "84.00", "1"],
        ["b", "17.29", "2.5"],
        ["c", "−0.50", "–"],
        ["d", "–", "–"],
    ]
    assert format_columns([]) == []
