"""Faces as JSON, which may be anybody's."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mengbi.errors import BriefError
from mengbi.face import MAX_GENERATIONS, PARTS, Face, face_from_dict, remembered, wishes_from_dict


def test_a_face_is_the_same_after_a_trip_through_json():
    child = Face(seed=3, traits={"smile": 1.0}, sliders={"age": -0.5}, genes=tuple(range(16)), parents=(FIRST, SECOND))
    assert face_from_dict(json.loads(json.dumps(child.to_dict()))) == child


FIRST, SECOND = Face(seed=1, traits={"ink": 1.0}), Face(seed=2, traits={"toon": 1.0, "laugh": 0.5})


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ([], "a face is an object"),
        ({}, "seed None of a face"),
        ({"seed": True}, "seed True"),
        ({"seed": 2**63}, "a whole number from 0 to"),
        ({"seed": 1, "traits": {"smile": float("nan")}}, "trait 'smile' nan of a face — a number from 0 to 1"),
        ({"seed": 1, "traits": {"smile": -0.1}}, "from 0 to 1"),
        ({"seed": 1, "traits": {"": 1}}, "without a name"),
        ({"seed": 1, "traits": {str(n): 1 for n in range(65)}}, "65 traits"),
        ({"seed": 1, "sliders": {"age": -1.01}}, "from -1 to 1"),
        ({"seed": 1, "genes": [1, 2]}, f"{len(PARTS)} seeds"),
        ({"seed": 1, "parents": [{"seed": 1}]}, "two faces"),
    ],
)
def test_what_is_no_face_is_refused_in_one_line(data, said):
    with pytest.raises(BriefError, match=said):
        face_from_dict(data)


def test_a_family_is_remembered_for_so_many_generations_and_no_file_brings_more():
    face = Face(seed=0)
    for seed in range(1, 9):
        face = Face(seed=seed, parents=(face, Face(seed=100 + seed)))
    with pytest.raises(BriefError, match="generations"):
        face_from_dict(face.to_dict())
    kept = face_from_dict(remembered(face).to_dict())
    depth = 0
    while kept.parents:
        kept, depth = kept.parents[0], depth + 1
    assert depth == MAX_GENERATIONS - 1


def test_a_wish_may_be_any_part_of_a_face_and_nothing_else():
    assert wishes_from_dict({"traits": {"smile": 1}, "parents": None}) == {"traits": {"smile": 1.0}}
    with pytest.raises(BriefError, match="no 'colour'"):
        wishes_from_dict({"colour": "red"})


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["seed", "traits", "sliders", "genes",
                                                                               "parents", "x"]), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(json_values)
def test_no_json_breaks_the_reader(data):
    try:
        face = face_from_dict(data)
    except BriefError:
        return
    assert face_from_dict(face.to_dict()) == face
