import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mengbi.brief import Brief
from mengbi.engine import ENGINES
from mengbi.engine.onnx_file import check, notes_of
from mengbi.engine.own import Own, nearest_labels
from mengbi.engine.shelf import found, models
from mengbi.errors import AssetError, BriefError, UnknownName
from mengbi.noise import gaussian
from mengbi.pipeline import carry_out, finish, make_plan, paint, paint_many, painting
from mengbi.plan import plan_from_dict
from mengbi.provenance import read

MADE = Path(__file__).parent / "own"
COLORS = (MADE / "colors.onnx").read_bytes()


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("MENGBI_HOME", str(tmp_path))
    return tmp_path


def lay(name, data=COLORS):
    folder = models() / name
    folder.mkdir(parents=True)
    (folder / "model.onnx").write_bytes(data)
    return folder / "model.onnx"


def field(number, value):
    """A field of a protobuf: bytes, or a number."""
    if isinstance(value, int):
        return bytes([number << 3 & 127 | (128 if number > 15 else 0), *([number >> 4] if number > 15 else []), value])
    key = [number << 3 & 127 | 2 | (128 if number > 15 else 0), *([number >> 4] if number > 15 else [])]
    assert len(value) < 128
    return bytes([*key, len(value)]) + value


def test_a_folder_with_a_network_is_an_engine_at_once_and_no_longer_when_it_is_gone():
    assert list(found()) == []
    path = lay("my-colors")
    (models() / "empty").mkdir()
    (models() / ".half-written").mkdir()
    shutil.copy(path, models() / ".half-written")
    assert list(found()) == ["my-colors"]
    assert ENGINES.names()[-1] == "my-colors"
    assert ENGINES.find("my-colors")().title == "three colours"
    with pytest.raises(UnknownName, match="did you mean 'my-colors'"):
        ENGINES.find("my-color")
    shutil.rmtree(path.parent)
    with pytest.raises(UnknownName):
        ENGINES.find("my-colors")


def test_a_name_that_mengbi_has_is_never_one_of_ones_own():
    lay("sketch")
    assert type(ENGINES.find("sketch")()).__name__ == "Sketch"
    assert ENGINES.names().count("sketch") == 1


@pytest.mark.parametrize(("words", "channel"), [("red", 0), ("a green one", 1), ("蓝色", 2)])
def test_the_words_choose_the_nearest_label(words, channel):
    lay("colors")
    picture = paint(words, engine="colors", seed=1, size=(96, 64))
    assert picture.size == (96, 64)
    assert picture.pixels.mean((0, 1)).argmax() == channel
    ((label, share),) = picture.plan.samples[0].labels
    assert (label, share) == (("red", "green", "blue")[channel], 1.0)


def test_several_words_share_by_their_weights():
    lay("colors")
    names = ("red", "green", "blue")
    assert nearest_labels("(red:3), blue", names) == (("red", 0.75), ("blue", 0.25))
    assert nearest_labels("red, red", names) == (("red", 1.0),)
    assert nearest_labels("", names) == nearest_labels("red", ()) == ()
    shown = paint("(red:3), blue", engine="colors", seed=1, size=(64, 64))
    brightness = 0.3 * gaussian((1,), 0, (4,))[0, 0]
    wanted = (np.tanh(0.8 * np.array([0.75 - 0.25, -1, 0.25 - 0.75]) + brightness) + 1) * 127.5
    assert np.abs(shown.pixels.mean((0, 1)) - wanted).max() < 1.5


def test_the_plan_in_the_file_says_what_the_words_were_taken_for_and_paints_the_same_again(home):
    lay("colors")
    picture = paint("blue, green", engine="colors", seed=5, size=(80, 80))
    kept = read(picture.save(home / "a.png")).plan
    assert dict(kept.samples[0].labels) == {"blue": 0.5, "green": 0.5}
    assert np.array_equal(finish(carry_out(kept))[0].pixels, picture.pixels)


def test_a_picture_does_not_depend_on_its_place_in_a_batch():
    lay("colors")
    three = paint_many("red", engine="colors", seed=7, count=3, size=(64, 64))
    alone = paint("red", engine="colors", seed=9, size=(64, 64))
    assert np.array_equal(three[2].pixels, alone.pixels)
    assert not np.array_equal(three[1].pixels, alone.pixels)
    *_, last = painting("red", engine="colors", seed=7, count=3, size=(64, 64))
    assert last.done == 1
    assert last.images.shape == (3, 8, 8, 3)


def test_the_plan_knows_which_file_painted_it():
    path = lay("colors")
    before = Own("colors").weights
    path.write_bytes(COLORS.replace(b"three colours", b"four  colours"))
    assert Own("colors").weights != before


def test_a_network_that_sees_behind_noise_paints_as_dream_does_without_an_underdrawing():
    lay("orange", (MADE / "orange.onnx").read_bytes())
    engine = Own("orange")
    assert "guidance" in engine.uses
    assert engine.defaults["steps"] == 2
    picture = paint("a red house", engine="orange", seed=1, size=(64, 64))
    assert np.abs(picture.pixels.mean((0, 1)) - (np.array([0.9, 0.2, -0.7]) + 1) * 127.5).max() < 1.5
    assert picture.pixels.std((0, 1)).max() < 1.5
    assert (picture.plan.steps, picture.plan.style.name, picture.plan.sketch) == (2, "none", "auto")


def test_a_wish_that_a_generator_cannot_meet_is_refused(home):
    lay("colors")
    photo = paint("red", engine="colors", seed=1, size=(64, 64)).save(home / "photo.png")
    for wish in ({"steps": 5}, {"guidance": 2.0}, {"photo": photo}, {"negative": "blue"}, {"sketch": photo}):
        with pytest.raises(BriefError, match="the colors engine has no"):
            paint("red", engine="colors", size=(64, 64), **wish)


def test_a_plan_for_labels_that_the_network_has_not_is_refused():
    lay("colors")
    plan = make_plan(Brief(prompt="red", engine="colors", seed=1, size=(64, 64)))
    other = plan_from_dict(json.loads(json.dumps(plan.to_dict()).replace('{"red": 1.0}', '{"purple": 1.0}')))
    with pytest.raises(BriefError, match="purple"):
        finish(carry_out(other))
    with pytest.raises(BriefError, match="damaged"):
        plan_from_dict(json.loads(json.dumps(plan.to_dict()).replace('{"red": 1.0}', '{"red": 7.0}')))


GRAPH = field(7, field(2, b"g"))
OUTSIDE = field(7, field(5, field(13, b"location")))
BAD = {
    "nothing": b"",
    "words": b"this is no network at all",
    "cut off": COLORS[:-20],
    "another file's numbers": OUTSIDE,
    "another file's numbers, said so": field(7, field(5, field(14, 1))),
    "another file's numbers in a constant": field(7, field(1, field(5, field(5, field(13, b"x"))))),
    "a program": field(7, field(1, field(4, b"Loop") + field(5, field(6, field(2, b"body"))))),
    "foreign operators": field(7, field(1, field(4, b"Run") + field(7, b"evil.ops"))),
    "functions": GRAPH + field(25, b""),
    "two networks": GRAPH + GRAPH,
    "no notes": GRAPH,
    "another's notes": GRAPH + field(14, field(1, b"port") + field(2, b'"pickle"')),
    "no network in it": GRAPH + field(14, field(1, b"port") + field(2, b'"generator"')),
    "too large pictures": COLORS.replace(b'"size": 8', b'"size":1e9'),
    "labels that do not fit": COLORS.replace(b'["red", "green", "blue"]', b'["red", "green"        ]'),
}


@pytest.mark.parametrize("what", BAD)
def test_a_file_that_is_no_network_of_ours_is_one_clear_line_and_harms_no_other_engine(what):
    path = lay("strange", BAD[what])
    with pytest.raises(AssetError, match=r"strange/model\.onnx — no network that paints") as raised:
        paint("red", engine="strange", size=(64, 64))
    assert "\n" not in str(raised.value)
    engine = Own("strange")
    assert engine.title
    assert engine.uses == frozenset()
    assert dict(engine.defaults) in ({}, {"style": "none"})
    assert path.exists()


def test_a_file_that_went_away_between_the_list_and_the_painting_is_one_clear_line():
    path = lay("colors")
    engine = ENGINES.find("colors")()
    path.unlink()
    with pytest.raises(AssetError, match="cannot be read"):
        _ = engine.weights


def test_a_network_that_paints_something_else_than_it_says_is_one_clear_line():
    lay("strange", COLORS.replace(b'"size": 8', b'"size": 4'))
    with pytest.raises(AssetError, match="which is no picture"):
        paint("red", engine="strange", size=(64, 64))


@given(st.integers(0, len(COLORS) - 1), st.binary(min_size=1, max_size=3))
def test_no_damage_to_a_file_is_more_than_a_value_error(at, bytes_):
    data = COLORS[:at] + bytes_ + COLORS[at + len(bytes_) :]
    for look in (check, notes_of):
        try:
            look(data)
        except ValueError as error:
            assert len(str(error)) < 200
