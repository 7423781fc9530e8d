"""Rows, packs of moods, sheets and family trees."""

import numpy as np
import pytest

from mengbi.brief import Brief
from mengbi.engine.avatar import cross, face_of, painted
from mengbi.engine.avatar.heredity import latent
from mengbi.engine.avatar.looks import MOOD, has, of_group
from mengbi.errors import BriefError
from mengbi.makers.avatar import WIDTH, row, sheet, sheet_size, sheet_touch, stickers, tree, tree_touch, with_faces
from mengbi.pipeline import carry_out, finish, make_plan
from mengbi.text.traits import groups


@pytest.fixture(scope="module")
def plan():
    return make_plan(Brief(engine="avatar", prompt="comic, short hair", seed=3, size=(64, 64)))


def test_a_row_has_the_same_words_and_sixteen_different_faces():
    faces = row("short hair, glasses", 7)
    assert len(faces) == 16 and all({"short", "glasses"} <= set(face.traits) for face in faces)
    assert len({latent(face).tobytes() for face in faces}) == 16
    assert faces[3] == face_of("short hair, glasses", 10)


def test_a_row_of_a_child_has_its_brothers_and_sisters():
    child = cross(face_of("comic", 1), face_of("comic", 2), 3)
    faces = row("", child.seed, child.to_dict(), count=4)
    assert faces[0] == child and len({latent(face).tobytes() for face in faces}) == 4


def test_a_pack_is_one_face_in_every_mood_that_its_look_has():
    for look in ("comic", "ink", "toon", "flat"):
        face = face_of(f"{look}, bob, earrings", 5)
        pack = stickers(face)
        moods = [next(iter(of_group(one.traits, MOOD))) for one in pack]
        assert moods == [mood for mood in groups()[MOOD] if has(look, mood)] and len(moods) >= 6
        for one in pack:
            assert np.array_equal(latent(one), latent(face))
            rest = {name for name in one.traits if name not in groups()[MOOD]}
            assert rest == {name for name in face.traits if name not in groups()[MOOD]}


def test_stickers_have_a_white_border_on_nothing(plan):
    brief = Brief(engine="avatar", prompt="comic, short hair", seed=3, purpose="sticker")
    of_one = make_plan(brief)
    pictures = finish(carry_out(with_faces(of_one, stickers(of_one.samples[0].face)[:2])))
    for picture in pictures:
        pixels = picture.pixels
        assert pixels.shape == (512, 512, 4) and pixels[:4, :, 3].max() == 0
        ring = pixels[(pixels[..., 3] > 250) & (pixels[..., :3].min(2) > 250)]
        assert len(ring) > 2000
    assert not np.array_equal(pictures[0].pixels, pictures[1].pixels)


def test_a_sheet_shows_each_face_as_it_is_alone(plan):
    faces = row("comic, short hair", 3, count=3)
    touch = sheet_touch(faces, columns=2)
    own = painted(faces[0], (64, 64))
    made = sheet(own, plan, touch.settings)
    gap = 4
    assert made.shape == (2 * (64 + gap) + gap, 2 * (64 + gap) + gap, 4)
    assert np.array_equal(made[gap : gap + 64, gap : gap + 64], own)
    assert np.array_equal(made[gap : gap + 64, 2 * gap + 64 : -gap], painted(faces[1], (64, 64)))
    assert np.array_equal(made[2 * gap + 64 : -gap, gap : gap + 64], painted(faces[2], (64, 64)))
    assert sheet_size(3, (64, 64), columns=2) == made.shape[1::-1]
    assert made[2 * gap + 64 :, 2 * gap + 64 :, 3].max() == 0


@pytest.mark.parametrize("settings", [{}, {"faces": [], "columns": 1}, {"faces": [{"seed": 1}] * 65, "columns": 4},
                                      {"faces": [{"seed": 1}], "columns": 0}, {"faces": [{"seed": 1}]}])  # fmt: skip
def test_a_sheet_from_anybodys_file_is_refused_in_one_line(plan, settings):
    with pytest.raises(BriefError, match="a damaged plan"):
        sheet(np.zeros((64, 64, 4), np.uint8), plan, settings)


def test_a_tree_shows_parents_above_their_child():
    first, second = face_of("comic", 1), face_of("flat", 2)
    child = cross(cross(first, second, 3), face_of("ink", 4), 5)
    plan = make_plan(Brief(engine="avatar", face=child.to_dict(), size=(64, 64)))
    own = painted(child, (64, 64))
    made = tree(own, plan, tree_touch().settings)
    assert made.shape[1] == WIDTH and made.shape[2] == 3
    alone = make_plan(Brief(engine="avatar", face=first.to_dict(), size=(64, 64)))
    assert tree(own, alone, {}).shape[0] < made.shape[0] / 1.5
    with pytest.raises(BriefError, match="without a face"):
        tree(own, make_plan(Brief(prompt="a fox")), {})
