import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mengbi.brief import MAX_PICTURES, MAX_SEED
from mengbi.errors import BriefError
from mengbi.plan import FORMAT, Plan, Sample, plan_from_dict
from mengbi.scene import Scene, Thing
from mengbi.source import Source
from mengbi.style import Style

STYLE = Style(name="night", title="Night", title_zh="夜", sentence="Dark.", brushes=((19, 0.5), (2, 1.0)), color=0.25)
WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40)
SOURCES = st.builds(
    Source, path=st.sampled_from(["cat.png", "猫 1.jpg"]), sha256=st.text("0123456789abcdef", min_size=64, max_size=64)
)
PLANS = st.builds(
    Plan,
    version=st.sampled_from(["0.1.0", "1.2.3rc1"]),
    engine=st.sampled_from(["sketch", "dream"]),
    weights=st.text("0123456789abcdef", max_size=64),
    size=st.tuples(st.integers(64, 4096), st.integers(64, 4096)),
    samples=st.lists(
        st.builds(
            Sample,
            seed=st.integers(0, MAX_SEED),
            prompt=WORDS,
            scene=st.builds(
                Scene, things=st.just((Thing(concept="cat", words="小猫", count=3),)), unknown=st.tuples(WORDS)
            ),
        ),
        min_size=1,
        max_size=3,
    ).map(tuple),
    style=st.just(STYLE),
    negative=WORDS,
    steps=st.none() | st.integers(1, 1000),
    guidance=st.none() | st.floats(0, 50),
    sampler=st.none() | st.sampled_from(["euler", "heun"]),
    photo=st.none() | SOURCES,
    strength=st.none() | st.floats(0, 1),
    mask=st.none() | SOURCES,
    sketch=st.sampled_from(["auto", "none"]) | SOURCES,
)


def make_plan(**fields):
    known = {
        "version": "0.1.0",
        "engine": "sketch",
        "weights": "",
        "size": (768, 512),
        "samples": tuple(Sample(seed=seed, prompt=f"cat {seed}", scene=Scene()) for seed in (5, 6)),
        "style": STYLE,
    }
    return Plan(**known | fields)


@given(PLANS)
def test_a_plan_survives_json(plan):
    assert plan_from_dict(json.loads(json.dumps(plan.to_dict(), allow_nan=False))) == plan


def test_a_plan_of_one_picture_is_the_same_plan_otherwise():
    plan = make_plan()
    assert [sample.seed for sample in plan.only(1).samples] == [6]
    assert plan.only(1).only(0) == plan.only(1)


def test_nobodys_folders_are_written_and_none_is_read():
    plan = make_plan(photo=Source(path="/home/li/photos/cat.png", sha256="0" * 64))
    assert "/home" not in json.dumps(plan.to_dict())
    foreign = plan.to_dict() | {"photo": {"name": "../../etc/passwd", "sha256": "0" * 64}}
    assert plan_from_dict(foreign).photo == Source(path="passwd", sha256="0" * 64)


@pytest.mark.parametrize("data", [None, 3, [], {}, {"format": FORMAT + 1}, {"format": "1"}])
def test_what_is_no_plan_of_this_format_is_said(data):
    with pytest.raises(BriefError, match="not a plan that this version reads"):
        plan_from_dict(data)


@pytest.mark.parametrize(
    "change",
    [
        {"size": [10**9, 64]},
        {"size": [512]},
        {"size": [512.0, 512]},
        {"size": None},
        {"samples": []},
        {"samples": [{"seed": 1}]},
        {"samples": [{"seed": -1, "prompt": "x", "scene": {}}]},
        {"samples": [{"seed": "1", "prompt": "x", "scene": {}}]},
        {"samples": [{"seed": 1, "prompt": "x" * 9999, "scene": {}}]},
        {"samples": [{"seed": 1, "prompt": "\0", "scene": {}}]},
        {"samples": [{"seed": 1, "prompt": "x", "scene": {"ground": "lava"}}]},
        {"samples": [{"seed": 1, "prompt": "x", "scene": {}}] * (MAX_PICTURES + 1)},
        {"steps": "many"},
        {"steps": 0},
        {"guidance": float("inf")},
        {"guidance": "7"},
        {"strength": -1},
        {"photo": "cat.png"},
        {"photo": {"name": "cat.png"}},
        {"sketch": 3},
        {"style": None},
        {"style": {"name": "x"}},
        {"style": STYLE.to_dict() | {"grain": float("nan")}},
        {"style": STYLE.to_dict() | {"color": "blue"}},
        {"style": STYLE.to_dict() | {"brushes": [[1]]}},
        {"style": STYLE.to_dict() | {"glitter": 1}},
    ],
)
def test_a_damaged_plan_is_refused(change):
    with pytest.raises(BriefError) as caught:
        plan_from_dict(make_plan().to_dict() | change)
    assert "\n" not in str(caught.value)


def test_a_plan_that_lacks_anything_is_refused():
    whole = make_plan().to_dict()
    for key in whole.keys() - {"format", "style_image", "finish"}:  # which the first plans did not have
        with pytest.raises(BriefError, match="a damaged plan"):
            plan_from_dict({name: value for name, value in whole.items() if name != key})


def test_a_plan_from_before_there_were_style_pictures_is_read():
    whole = make_plan().to_dict()
    assert plan_from_dict({name: value for name, value in whole.items() if name != "style_image"}) == make_plan()
