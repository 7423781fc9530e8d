"""Figures as words, curves as SVG, and the report: one file that needs nothing else."""

import math
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pytest

from mengbi.lab.evaluation.curves import MOST, bars, curve, curves
from mengbi.lab.evaluation.figures import beside, cell, figure, reading, table
from mengbi.lab.evaluation.page import write_report
from mengbi.lab.evaluation.sheets import WAYS, Sheet, by_class, grid, pairs, ways

FIGURES = {
    "data": "mnist",
    "n": 500,
    "seeds": [0, 1, 2],
    "figures": {"FID": figure([12.0, 13.0, 14.0], [1.0, 1.1, 1.2]), "NLL-50": figure([90.25])},
    "networks": {"inception": {"about": "InceptionV3", "digest": "ab12", "known": 1000}},
    "notes": ["500 pictures are few."],
    "classes": {"names": ["cat", "<dog>"], "made": [0.75, 0.25], "real": [0.5, 0.5]},
}
VOID = {"meta", "img", "br"}


class Page(HTMLParser):
    """Reads a page, and fails where an element is closed that is not open."""

    def __init__(self, text):
        super().__init__()
        self.open, self.seen, self.words = [], [], ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words += data


def report(path, **given):
    write_report(path / "report.html", given.pop("figures", FIGURES), title="A <run>", **given)
    return (path / "report.html").read_text()


def sheet(side=8, channels=3):
    pixels = np.random.default_rng(0).integers(0, 256, (side, side, channels), dtype=np.uint8)
    return Sheet(title="Made", note="none chosen", rows=[("", pixels)])


def test_a_figure_of_several_seeds_has_a_mean_and_a_deviation_and_one_of_one_seed_no_deviation():
    assert figure([1.0, 2.0, 3.0], [0.0, 0.0, 3.0]) == {
        "made": 2.0, "made_deviation": 1.0, "real": 1.0, "real_deviation": pytest.approx(math.sqrt(3)),
        "seeds": [1.0, 2.0, 3.0],
    }  # fmt: skip
    assert figure([2.5]) == {"made": 2.5, "seeds": [2.5]}


@pytest.mark.parametrize(
    ("mean", "deviation", "said"),
    [
        (170.6912, 1.9321, "170.7 ± 1.9"),
        (0.005742, 0.0000113, "0.00574 ± 0.00001"),
        (10.0, 0.0, "10"),
        (12345.6, None, "12,346"),
        (1234.5, 210.0, "1,234 ± 210"),
        (None, None, "–"),
    ],
)
def test_a_figure_is_said_to_the_digit_that_its_seeds_agree_on(mean, deviation, said):
    found = {} if mean is None else {"made": mean}
    assert cell(found | ({} if deviation is None else {"made_deviation": deviation}), "made") == said


def test_published_figures_stand_beside_their_own_kind_only():
    assert "WGAN-GP 20.3" in beside("mnist", "FID") and "VAE 86.8" in beside("mnist", "NLL-50")
    assert beside("mnist", "FD-lenet") == beside("my photos", "FID") == "–"


def test_a_figure_is_explained_by_what_stands_before_its_hyphen():
    assert reading("recall-lite0")[0] == "higher" and reading("classes covered")[0] == "all"
    assert "No FID" in reading("FD-lite0")[1] and "No FID" not in reading("FID")[1]
    assert reading("charm") == ("", "")


def test_the_table_has_a_row_a_figure():
    shown = table(FIGURES)
    assert [list(column.cells) for column in shown.columns][:3] == [
        ["FID", "NLL-50"],
        ["13.0 ± 1.0", "90.25"],
        ["1.10 ± 0.10", "–"],
    ]


def test_a_grid_holds_each_picture_in_its_place():
    pictures = [np.full((2, 3, 1), value, np.uint8) for value in (10, 20, 30)]
    found = grid(pictures, 2, gap=1)[..., 0]
    assert found.tolist() == [
        [10, 10, 10, 255, 20, 20, 20],
        [10, 10, 10, 255, 20, 20, 20],
        [255] * 7,
        [30, 30, 30, 255, 255, 255, 255],
        [30, 30, 30, 255, 255, 255, 255],
    ]
    assert pairs(pictures[:1], pictures[1:2], 1)[0, :, 0].tolist() == [10, 10, 10, 20, 20, 20]


def test_pictures_stand_in_the_row_of_the_class_that_they_are_read_as():
    pictures = np.arange(4, dtype=np.uint8)[:, None, None, None].repeat(2, 1).repeat(2, 2)
    found = by_class(pictures, np.float32([[0, 1, 0], [1, 0, 0], [0, 1, 0], [0, 1, 0]]), ["a", "b", "c"], 2)
    assert [name for name, _ in found.rows] == ["a: 25.0%", "b: 75.0%", "c: 0.0%"]
    assert found.rows[1][1][0, ::4, 0].tolist() == [0, 2] and (found.rows[2][1] == 255).all()


def shades(one, other, name):
    """Grey pictures from ten times one seed to ten times another, lighter for a name."""
    return [
        np.full((2, 2, 1), shade + 100 * bool(name), np.uint8) for shade in (10 * one, 5 * (one + other), 10 * other)
    ]


def test_a_way_goes_from_seed_to_seed_and_the_next_row_begins_where_it_ends():
    found = ways(shades)
    assert [name for name, _ in found.rows] == [f"seed {seed} to {seed + 1}" for seed in range(WAYS)]
    assert [strip[0, ::4, 0].tolist() for _, strip in found.rows[:2]] == [[0, 5, 10], [10, 15, 20]]


def test_each_name_has_a_way_of_its_own_and_not_more_than_a_sheet_holds():
    found = ways(shades, ["cat", "dog"])
    assert [(name, strip[0, 0, 0]) for name, strip in found.rows] == [
        ("cat: seed 0 to 1", 100),
        ("dog: seed 1 to 2", 110),
    ]
    assert len(ways(shades, [str(number) for number in range(100)]).rows) == WAYS


def test_a_way_stands_in_the_report_with_its_name_a_strip_each(tmp_path):
    page = Page(report(tmp_path, sheets=[ways(shades, ["cat", "<dog>"])]))
    assert "On the way from one picture to another" in page.words and "<dog>: seed 1 to 2" in page.words
    assert [attributes["width"] for tag, attributes in page.seen if tag == "img"] == ["20", "20"]


def test_a_curve_goes_from_its_first_step_to_its_last_and_from_its_lowest_to_its_highest():
    drawn = ElementTree.fromstring(curve("loss", [(0, 1.0), (50, 3.0), (100, 2.0)]))
    path = next(each for each in drawn.iter("path") if each.get("class") == "curve").get("d")
    (x0, y0), (x1, y1), (x2, y2) = [tuple(map(float, spot.split())) for spot in path[1:].split("L")]
    assert x1 - x0 == x2 - x1 > 0 and y0 > y2 > y1
    texts = [each.text for each in drawn.iter("text")]
    assert "3" in texts and "1" in texts and "100" in texts


def test_a_long_curve_is_thinned_and_its_spread_drawn_behind():
    points = [(step, float(step % 2)) for step in range(10 * MOST)]
    drawn = ElementTree.fromstring(curve("loss", points))
    found = {each.get("class"): each.get("d") for each in drawn.iter("path")}
    assert found["curve"].count("L") == MOST - 1 and found["spread"].count("L") == 2 * MOST - 1
    assert "spread" not in curve("loss", points[:MOST])


def test_curves_leave_out_what_is_no_number_and_what_was_said_once():
    log = [{"step": 1, "loss": 2.0, "minutes": 1, "once": 1.0}, {"step": 2, "loss": math.nan}, {"step": 3, "loss": 1.0}]
    ((name, drawn),) = curves(log)
    assert name == "loss" and "nan" not in drawn
    assert curves([{"step": 1, "rate": 0.1}, {"step": 2, "rate": 0.1}])[0][0] == "rate"  # a flat one is a line


def test_bars_are_as_tall_as_their_shares():
    drawn = ElementTree.fromstring(bars(["a", "b"], [0.75, 0.25], [0.5, 0.5]))
    made = [float(each.get("height")) for each in drawn.iter("rect") if each.get("class") == "made"]
    assert made[0] == pytest.approx(3 * made[1], rel=0.01)


def test_the_report_says_all_that_it_was_told(tmp_path):
    log = [{"step": step, "loss": 1 / step} for step in range(1, 30)]
    page = Page(
        report(
            tmp_path,
            sheets=[sheet(), sheet(800), sheet(8, 1)],
            texts={"A sample": "to be <or> not"},
            log=log,
            about={"Recipe": {"model": {"kind": "dcgan"}, "betas": [0.5, 0.99]}, "Machine": {"minutes": 21.5}},
        )
    )
    for words in (
        "A <run>", "13.0 ± 1.0", "NLL-50", "WGAN-GP", "<dog>", "500 pictures are few.", "none chosen",
        "to be <or> not", "dcgan", "0.5, 0.99", "21.5", "InceptionV3",
    ):  # fmt: skip
        assert words in page.words
    assert [tag for tag, _ in page.seen].count("img") == 3


def test_the_report_needs_nothing_from_outside_and_runs_nothing(tmp_path):
    text = report(tmp_path, sheets=[sheet()])
    for tag, attributes in Page(text).seen:
        assert tag not in {"script", "link", "iframe"} and not any(name.startswith("on") for name in attributes)
        assert attributes.get("src", "data:image/webp").startswith("data:image/webp")
    assert not re.search(r"https?:|url\(|@import", text)
    assert "default-src 'none'" in text


def test_the_same_figures_give_the_same_bytes(tmp_path):
    assert report(tmp_path, sheets=[sheet()]) == report(tmp_path, sheets=[sheet()])


def test_figures_of_a_text_alone_are_a_report_too(tmp_path):
    given = {"data": "tiny-shakespeare", "figures": {"bits per character": figure([2.15])}}
    assert "Transformer, 6 layers of 384" in Page(report(tmp_path, figures=given)).words
