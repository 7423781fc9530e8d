import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mengbi import scene as facts
from mengbi.errors import MengbiError, SceneError
from mengbi.scene import Relation, Scene, Sky, Thing, scene_from_dict

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
THINGS = st.builds(
    Thing,
    concept=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12),
    words=WORDS,
    color=st.none() | st.sampled_from(facts.COLORS),
    count=st.integers(1, facts.MAX_COUNT),
    size=st.sampled_from(facts.SIZES),
    aloft=st.booleans(),
    spread=st.booleans(),
)
SKIES = st.builds(
    Sky,
    time=st.none() | st.sampled_from(facts.TIMES),
    weather=st.none() | st.sampled_from(facts.WEATHERS),
    features=st.sets(st.sampled_from(facts.FEATURES)).map(lambda f: tuple(x for x in facts.FEATURES if x in f)),
)


@st.composite
def scenes(draw):
    """Scenes whose relations hold between things that are there."""
    things = tuple(draw(st.lists(THINGS, max_size=5)))
    pairs = [(a, b) for a in range(len(things)) for b in range(len(things)) if a != b]
    related = draw(st.lists(st.sampled_from(pairs), max_size=4)) if pairs else []
    return Scene(
        things=things,
        relations=tuple(Relation(subject=a, kind=draw(st.sampled_from(facts.RELATIONS)), object=b) for a, b in related),
        sky=draw(SKIES),
        ground=draw(st.none() | st.sampled_from(facts.GROUNDS)),
        season=draw(st.none() | st.sampled_from(facts.SEASONS)),
        mood=draw(st.none() | st.sampled_from(facts.MOODS)),
        unknown=tuple(draw(st.lists(WORDS, max_size=3))),
    )


@given(scenes())
def test_a_scene_survives_json(scene):
    assert scene_from_dict(json.loads(json.dumps(scene.to_dict()))) == scene


def test_everything_in_a_scene_is_optional():
    assert scene_from_dict({}) == Scene()
    assert scene_from_dict({"things": ["cat"]}).things == (Thing(concept="cat"),)


def test_a_scene_of_before_stands_on_the_ground_and_is_counted():
    (thing,) = scene_from_dict(
        {"things": [{"concept": "cat", "words": "", "color": None, "count": 2, "size": "tiny"}]}
    ).things
    assert not thing.aloft and not thing.spread


def test_sky_features_come_in_their_own_order_once():
    assert scene_from_dict({"sky": {"features": ["stars", "sun", "stars"]}}).sky.features == ("sun", "stars")


TWO = [{"concept": "cat"}, {"concept": "crown"}]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (3, "scene 3 — a JSON object with things, relations, sky, ground, season, mood, tint"),
        ([], "scene [] — a JSON object"),
        ({"thing": []}, "scene has no 'thing' — it has things"),
        ({1: []}, "scene has no 1 — it has things"),
        ({"things": {}}, "things {} — a JSON list"),
        ({"things": "cat"}, "things 'cat' — a JSON list"),
        ({"things": [{}]}, "a thing without a concept: {}; write for example {'concept': 'cat'}"),
        ({"things": [{"concept": ""}]}, "a thing without a concept"),
        ({"things": [7]}, "thing 7 — a JSON object with concept, words, color, count, size"),
        ({"things": [{"concept": "cat", "colour": "red"}]}, "thing has no 'colour'"),
        ({"things": [{"concept": "cat", "color": "mauve"}]}, "color 'mauve' — one of red, orange"),
        ({"things": [{"concept": "cat", "color": ["red"]}]}, "color ['red'] — one of"),
        ({"things": [{"concept": "cat", "count": 0}]}, "count 0 of 'cat' — a whole number from 1 to 24"),
        ({"things": [{"concept": "cat", "count": 25}]}, "count 25 of 'cat'"),
        ({"things": [{"concept": "cat", "count": True}]}, "count True of 'cat'"),
        ({"things": [{"concept": "cat", "count": 1.0}]}, "count 1.0 of 'cat'"),
        ({"things": [{"concept": "cat", "size": "big"}]}, "size 'big' — one of tiny, small"),
        ({"things": [{"concept": "cat", "aloft": 1}]}, "aloft 1 of 'cat' — true or false"),
        ({"things": [{"concept": "cat", "spread": "yes"}]}, "spread 'yes' of 'cat' — true or false"),
        ({"things": ["cat"] * 65}, "65 things in a scene — at most 64"),
        ({"things": TWO, "relations": [{"subject": 0, "object": 1}]}, "needs a kind"),
        (
            {"things": TWO, "relations": [{"subject": 0, "kind": "eats", "object": 1}]},
            "relation kind 'eats' — one of on",
        ),
        ({"things": TWO, "relations": [{"subject": 0, "kind": "on", "object": 2}]}, "two numbers of things, from 0"),
        ({"things": TWO, "relations": [{"subject": -1, "kind": "on", "object": 0}]}, "two numbers of things"),
        ({"things": TWO, "relations": [{"subject": 1, "kind": "on", "object": 1}]}, "two numbers of things"),
        ({"things": TWO, "relations": [{"subject": True, "kind": "on", "object": 0}]}, "two numbers of things"),
        ({"sky": []}, "sky [] — a JSON object with time, weather, features"),
        ({"sky": {"time": "noon"}}, "time 'noon' — one of dawn, day, sunset, night"),
        ({"sky": {"weather": 1}}, "weather 1 — one of clear"),
        ({"sky": {"features": ["ufo"]}}, "sky feature 'ufo' — one of sun"),
        ({"sky": {"features": [[]]}}, "sky feature [] — one of sun"),
        ({"ground": "lava"}, "ground 'lava' — one of meadow"),
        ({"season": "rainy"}, "season 'rainy' — one of spring"),
        ({"mood": "hungry"}, "mood 'hungry' — one of calm"),
        ({"unknown": "x"}, "unknown 'x' — a JSON list"),
        ({"ground": "x" * 10**6}, "one of meadow"),
    ],
)
def test_what_is_no_scene_names_the_value_and_what_is_allowed(data, says):
    with pytest.raises(SceneError) as caught:
        scene_from_dict(data)
    assert says in str(caught.value)
    assert len(str(caught.value)) < 400


KEYS = ["things", "relations", "sky", "concept", "color", "count", "subject", "kind", "object", "time", "features", "x"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 30) | st.floats() | st.sampled_from(["cat", "red", "on", "sun", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)


@given(JSON | st.fixed_dictionaries({"things": st.lists(JSON, max_size=3)}))
def test_any_json_is_a_scene_or_one_clear_line(data):
    try:
        scene = scene_from_dict(data)
    except MengbiError as error:
        assert "\n" not in str(error)
    else:
        assert scene_from_dict(scene.to_dict()) == scene
