"""`mengbi avatar`: words, files and photos become faces, sheets, stickers and trees, and the same bytes again."""

import json

import numpy as np
import pytest
from PIL import Image

from mengbi.provenance import read


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def face_in(path):
    return read(path).plan.samples[0].face


def test_words_become_a_face_and_repeat_gives_the_same_bytes(here, mengbi):
    code, said, _ = mengbi("avatar", "短发，戴眼镜，微笑", "--seed", 7)
    assert code == 0 and "mengbi-avatar-7.png" in said
    made = here / "mengbi-avatar-7.png"
    with Image.open(made) as image:
        assert image.size == (512, 512) and image.mode == "RGBA"
    assert {"short", "glasses", "smile"} <= set(face_in(made).traits)
    code, said, _ = mengbi("repeat", made, "-o", "again.png")
    assert code == 0 and "every one" in said
    assert (here / "again.png").read_bytes() == made.read_bytes()


def test_a_face_goes_on_from_a_file_with_other_words(here, mengbi):
    mengbi("avatar", "comic, short black hair, smile", "--seed", 3, "--size", 64, "-o", "a.png", "-q")
    code, _, _ = mengbi(
        "avatar", "sad", "--of", "a.png", "--hair", 0.5, "--mix", "ink:0.25", "--size", 64, "-o", "b.png"
    )
    assert code == 0
    before, after = face_in(here / "a.png"), face_in(here / "b.png")
    assert after.seed == before.seed and after.sliders == {"hair": 0.5, "ink": 0.25}
    assert {"short", "black-hair", "sad"} <= set(after.traits) and "smile" not in after.traits


def test_two_of_a_sheet_have_a_child_and_its_tree_repeats(here, mengbi):
    assert mengbi("avatar", "comic", "--sheet", "--seed", 1, "--size", 64, "-o", "sheet.png", "-q")[0] == 0
    plan = read(here / "sheet.png").plan
    faces = plan.finish[0].settings["faces"]
    assert len(faces) == 16 and [face["seed"] for face in faces] == list(range(1, 17))
    arguments = ("--cross", "sheet.png:2", "sheet.png:5", "--seed", 9, "--size", 64, "--tree", "-o", "tree.png", "-q")
    assert mengbi("avatar", *arguments)[0] == 0
    child = face_in(here / "tree.png")
    assert [parent.seed for parent in child.parents] == [2, 5]
    assert mengbi("repeat", "tree.png", "-o", "again.png", "-q")[0] == 0
    assert (here / "again.png").read_bytes() == (here / "tree.png").read_bytes()


def test_a_pack_of_stickers_is_one_file_a_mood(here, mengbi):
    code, said, _ = mengbi("avatar", "toon", "--seed", 2, "--stickers", "-o", "pack/", "--json")
    lines = [json.loads(line) for line in said.splitlines()]
    assert code == 0 and len(lines) == 7
    assert {path.name for path in (here / "pack").iterdir()} == {f"mengbi-sticker-2-{n}.png" for n in range(1, 8)}
    moods = [set(line["plan"]["samples"][0]["face"]["traits"]) & {"smile", "sad", "laugh"} for line in lines]
    assert {frozenset(mood) for mood in moods} >= {frozenset({"smile"}), frozenset({"sad"}), frozenset({"laugh"})}


def test_what_a_look_lacks_and_what_was_not_understood_are_said(here, mengbi):
    code, said, errors = mengbi("avatar", "glasses, short hair, 蓝眼睛", "--look", "toon", "--size", 64, "-o", "a.png")
    assert code == 0 and "glasses — the toon look has none" in errors
    assert "not understood: 蓝眼睛" in said


def test_a_photo_becomes_a_face_that_is_like_it(here, mengbi, monkeypatch):
    from mengbi.makers import landmarks

    monkeypatch.setattr(landmarks.importlib, "import_module", no_module)
    photo = np.full((600, 480, 3), (150, 190, 220), np.uint8)
    photo[70:160, 130:350] = (28, 22, 20)
    photo[160:400, 150:330] = (245, 214, 192)
    photo[480:, 60:420] = (60, 110, 200)
    Image.fromarray(photo).save("me.png")
    code, _, errors = mengbi("avatar", "--like", "me.png", "--look", "flat", "--size", 64, "-o", "a.png")
    assert code == 0 and "read fair-skin" in errors and "not read: hair, mood, wears" in errors
    assert {"flat", "fair-skin", "clothes-blue"} <= set(face_in(here / "a.png").traits)


def no_module(name):
    raise ImportError(name)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--sheet", "--stickers"], "ask for one of them"),
        (["--tree", "-o", "x.png"], "comes from nobody"),
        (["--of", "fox.png"], "no avatar of ours"),
        (["--of", "gone.png"], "there is no such file"),
        (["--mix", "oil:0.5"], "looks are comic"),
        (["--mix", "ink:much"], "a share from 0 to 1"),
        (["--background", "sky-ish"], "none, auto, or a colour"),
        (["--stickers", "--background", "auto"], "stand on nothing"),
        (["--like", "fox.png", "--of", "fox.png"], "from one of them"),
        (["--out", ""], "a file, a folder/ or a pattern"),
        (["--of", "fox.png", "--count", 3], "the file is of one face"),
        (["--sheet", "--count", 3], "a sheet has 16 faces"),
        (["--sheet", "--size", 2048], "are 8807x8807 pixels; try --size 1904x1904"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(here, mengbi, arguments, said):
    Image.new("RGB", (64, 64), "#88aaff").save("fox.png")
    code, _, errors = mengbi("avatar", *arguments)
    assert code == 2 and said in errors and errors.count("\n") == 1


def test_our_own_avatar_is_no_photo_to_be_read(here, mengbi):
    mengbi("avatar", "--seed", 5, "--size", 64, "-o", "a.png", "-q")
    code, _, errors = mengbi("avatar", "--like", "a.png")
    assert code == 2 and "take --of a.png" in errors and errors.count("\n") == 1


def test_words_may_be_left_out(mengbi):
    assert "avatar [OPTIONS] [WORDS]..." in mengbi("avatar", "--help")[1]
