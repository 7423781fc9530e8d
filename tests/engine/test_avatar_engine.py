"""Avatars: what is drawn of words and seeds, what a look has, what a child takes from whom, the same bytes again."""

import tomllib
from dataclasses import replace
from importlib.resources import files

import numpy as np
import pytest

from mengbi import paint
from mengbi.brief import Brief
from mengbi.engine.avatar import cross, draw, face_of, painted, sliders, unmet
from mengbi.engine.avatar.heredity import LINKED, latent
from mengbi.engine.avatar.looks import COLOR, HAIR, MOOD, SKIN, STYLE, fitting, has, looks, numbers, of_group, table
from mengbi.errors import BriefError
from mengbi.face import PARTS, Face
from mengbi.picture import Picture
from mengbi.pipeline import carry_out, finish, make_plan
from mengbi.plan import plan_from_dict
from mengbi.text.traits import groups, traits

SEEDS = range(40)


def test_what_each_look_lacks_is_what_no_face_of_the_lab_has():
    lab = tomllib.loads((files("mengbi.lab.data") / "faces.toml").read_text("utf-8"))
    for look in looks():
        seen = {*lab[look]["hair"], *lab[look]["mood"], *lab[look]["wears"]}
        for kind in set(lab[look]["dyed"].values()):
            seen |= set(lab["colors"][kind])
        seen -= set(lab[look].get("without", ()))
        assert {name for name in traits() if name not in groups()[STYLE] and has(look, name)} == seen


def test_the_words_are_in_the_face_whatever_the_seed():
    for seed in SEEDS:
        face = face_of("短发，戴眼镜，微笑", seed)
        assert {"short", "glasses", "smile"} <= set(face.traits)
        for group in (STYLE, HAIR, COLOR, SKIN, MOOD):
            assert len(of_group(face.traits, group)) == (0 if group == COLOR and "bald" in face.traits else 1)


def test_a_look_that_lacks_what_is_asked_for_is_not_drawn_and_one_that_is_asked_for_says_so():
    assert {most_style(face_of("a hat", seed)) for seed in SEEDS} == {"flat"}
    face = face_of("glasses, ponytail", 1, {"traits": {"toon": 1}})
    assert "bun" in face.traits and "glasses" not in face.traits
    assert set(unmet("glasses, ponytail", {"traits": {"toon": 1}}, face)) == {"glasses", "ponytail"}
    assert unmet("short hair", None, face_of("short hair", 1)) == ()


def most_style(face):
    (look,) = of_group(face.traits, STYLE)
    return look


def test_a_word_more_leaves_the_rest_of_the_face_as_it_was():
    for seed in SEEDS:
        before, after = face_of("ink, smile", seed).traits, face_of("ink, smile, purple hair", seed).traits
        assert after == {name: 1.0 for name in before if name not in groups()[COLOR]} | {"purple-hair": 1.0}


def test_nothing_is_drawn_that_the_words_speak_against():
    for seed in SEEDS:
        assert not {"beard", "moustache"} & set(face_of("a girl", seed).traits)
        assert "glasses" not in face_of("no glasses", seed).traits
        assert "laugh" not in face_of("a man who is not smiling", seed).traits
        assert "gray-hair" in {*face_of("grandmother, long hair", seed).traits}


def test_a_face_given_back_is_the_same_face():
    for seed in SEEDS:
        face = cross(face_of("", seed), face_of("", seed + 100), seed)
        assert face_of("", 12345, face.to_dict()) == face


def test_what_no_look_goes_with_is_left_out():
    made = fitting({"ink": 1.0, "long": 1.0, "beard": 1.0, "earrings": 1.0}, "ink")
    assert made == {"ink": 1.0, "long": 1.0, "earrings": 1.0}
    assert set(fitting({"glasses": 1.0, "sunglasses": 1.0}, "comic")) == {"comic", "glasses"}
    hidden = numbers({"flat": 1.0, "hat": 1.0, "long": 1.0, "red-hair": 1.0})
    assert hidden[list(traits()).index("long")] == hidden[list(traits()).index("red-hair")] == 0


def test_each_part_of_a_child_is_wholly_a_parents_and_both_are_seen_in_it():
    first, second = (
        face_of("comic, short black hair, fair skin, smile", 1),
        face_of("comic, long blond hair, dark skin, sad", 2),
    )
    rows = [latent(face).reshape(len(PARTS), -1) for face in (first, second)]
    kinds = set()
    for seed in SEEDS:
        child = cross(first, second, seed)
        whose = [
            int(not np.array_equal(row, rows[0][index])) for index, row in enumerate(latent(child).reshape(16, -1))
        ]
        assert all(np.array_equal(row, rows[whose[i]][i]) for i, row in enumerate(latent(child).reshape(16, -1)))
        assert {PARTS[index] for index in range(16)} == {part for linked in LINKED.values() for part in linked.parts}
        inherited = {name for name in child.traits if traits()[name].group in (HAIR, COLOR, SKIN, MOOD)}
        assert inherited & set(first.traits) and inherited & set(second.traits)
        assert child.parents == (first, second)
        kinds.add(tuple(sorted(inherited)))
    assert len(kinds) > 5


def test_words_go_before_what_a_child_inherits():
    parents = {"parents": [face_of("short hair, sad", 1).to_dict(), face_of("bald, sad", 2).to_dict()]}
    child = face_of("laughing, not bald", 3, parents)
    assert "laugh" in child.traits and "sad" not in child.traits and "bald" not in child.traits
    assert child.parents is not None and child.genes


def test_the_same_face_is_drawn_alike_alone_and_among_others_with_alpha():
    face = face_of("comic, curly hair", 5)
    pixels = draw(face)
    assert pixels.shape == (128, 128, 4) and pixels.dtype == np.uint8
    assert pixels[0, 0, 3] == 0 and pixels[64, 64, 3] == 255
    pictures = finish(carry_out(make_plan(Brief(engine="avatar", prompt="comic", seed=5, count=2, size=(128, 128)))))
    alone = paint("comic", engine="avatar", seed=6, size=(128, 128))
    assert np.array_equal(pictures[1].pixels, alone.pixels)
    assert np.array_equal(painted(face, (128, 128)), pixels)


def test_a_plan_from_a_file_paints_the_same_bytes(tmp_path):
    wishes = {"traits": {"flat": 1}, "sliders": {"smile": 0.5, "ink": 0.3}}
    plan = make_plan(Brief(engine="avatar", prompt="短发", seed=9, face=wishes, background="auto", size=(192, 160)))
    (picture,) = finish(carry_out(plan))
    (again,) = finish(carry_out(plan_from_dict(plan.to_dict())))
    assert isinstance(picture, Picture) and picture.png() == again.png()
    assert picture.pixels.shape == (160, 192, 3)
    assert plan_from_dict(plan.to_dict()) == plan


def test_a_slider_at_its_end_is_the_face_with_that_trait_and_in_the_middle_lies_between():
    face = face_of("comic, short black hair, calm", 3)
    drawn = {by: draw(replace(face, sliders={"smile": by})).astype(int) for by in (0.0, 0.5, 1.0)}
    laughing = draw(
        replace(face, traits=fitting({**{n: a for n, a in face.traits.items() if n != "calm"}, "laugh": 1.0}, "comic"))
    )
    assert np.abs(drawn[1.0] - laughing).max() <= 1
    assert np.array_equal(drawn[0.0], draw(face))
    assert 0 < np.abs(drawn[0.5] - drawn[0.0]).mean() < np.abs(drawn[1.0] - drawn[0.0]).mean() * 1.2
    other = draw(replace(face, sliders={"ink": 1.0}))
    assert np.abs(other.astype(int) - draw(replace(face, traits=fitting(face.traits, "ink")))).max() <= 1


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        ({"traits": {"glases": 1}}, "no trait 'glases'; did you mean 'glasses'"),
        ({"sliders": {"hare": 1}}, "no slider 'hare'; did you mean 'hair'"),
        ({"sliders": {"ink": -1}}, "slider ink -1.0 — from 0 to 1"),
        ({"parents": [{"seed": 1}, {"seed": 2}]}, "a face without a look"),
    ],
)
def test_a_face_that_cannot_be_drawn_is_refused_before_anything_is_painted(wishes, said):
    with pytest.raises(BriefError, match=said):
        make_plan(Brief(engine="avatar", face=wishes))


def test_only_the_avatar_engine_takes_faces_and_backgrounds():
    for wishes in ({"face": {}}, {"background": "auto"}):
        with pytest.raises(BriefError, match="--engine avatar"):
            make_plan(Brief(prompt="a fox", **wishes))
    plan = make_plan(Brief(engine="avatar", face={}, size=(128, 128)))
    with pytest.raises(BriefError, match="without a face"):
        finish(carry_out(replace(plan, samples=(replace(plan.samples[0], face=None),))))
    damaged = replace(plan, samples=(replace(plan.samples[0], face=Face(seed=1, traits={"x": 1.0})),))
    with pytest.raises(BriefError, match="no trait 'x'"):
        finish(carry_out(damaged))


def test_every_slider_and_every_word_of_the_table_is_a_trait():
    assert set(sliders()) == {"hair", "smile", "age", *looks()}
    for slider in sliders().values():
        assert {name.removeprefix("-") for name in (*slider.low, *slider.high)} <= set(traits())
    for group in ("lacks", "instead", "needs", "together"):
        for words in table()[group].values():
            assert set(words.split()) <= set(traits())


def test_a_style_keeps_what_is_clear_clear():
    plain = paint("comic", engine="avatar", seed=5, size=(128, 128))
    styled = paint("comic", engine="avatar", seed=5, size=(128, 128), style="watercolor")
    assert np.array_equal(plain.pixels[..., 3], styled.pixels[..., 3])
    assert not np.array_equal(plain.pixels[..., :3], styled.pixels[..., :3])
