from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mengbi.errors import OutputError
from mengbi.faces.where import free, keep, path_for, place, slug
from mengbi.picture import Picture
from mengbi.plan import Plan, Sample
from mengbi.scene import Scene
from mengbi.style import Style


def plan(prompt="a red fox", seed=42):
    sample = Sample(seed=seed, prompt=prompt, scene=Scene())
    style = Style(name="starry", title="", title_zh="", sentence="")
    return Plan(version="0", engine="sketch", weights="", size=(8, 8), samples=(sample,), style=style)


def picture(value=0, **changes):
    return Picture(pixels=np.full((8, 8, 3), value, dtype=np.uint8), plan=plan(**changes))


def as_it_is(data, _):
    return data


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("A red fox!", "a-red-fox"),
        ("落日飞车，海边", "落日飞车-海边"),
        ("हिन्दी में", "हिन्दी-में"),
        ("été à Paris", "été-à-paris"),
        ("🐱👑🌙", "cat-face-crown-crescent-moon"),
        ("../../etc/passwd", "etc-passwd"),
        ("con: a\\b|c?", "con-a-b-c"),
        ("   ", "dream"),
        ("…!?", "dream"),
    ],
)
def test_words_become_part_of_a_name(words, name):
    assert slug(words) == name


@given(st.text())
def test_any_words_become_a_name_that_every_file_system_takes(words):
    name = slug(words)
    assert name and len(name.encode()) <= 200
    assert not set(name) & set('/\\:*?"<>|.\0') and name.isprintable()


def test_the_usual_name_tells_prompt_and_seed():
    assert path_for(place(None, 1), plan(), 1, 1) == Path("mengbi-a-red-fox-42.png")


def test_a_pattern_is_filled_in():
    where = place("{engine}/{style}-{n}-{prompt}-{seed}.webp", 12)
    assert path_for(where, plan(), 3, 12) == Path("sketch/starry-03-a-red-fox-42.webp")


def test_a_folder_takes_the_usual_name(tmp_path):
    (tmp_path / "boats").mkdir()
    assert path_for(place("boats", 1), plan(), 1, 1) == Path("boats/mengbi-a-red-fox-42.png")
    assert path_for(place("new/", 1), plan(), 1, 1) == Path("new/mengbi-a-red-fox-42.png")
    assert path_for(place("{style}/", 1), plan(), 1, 1) == Path("starry/mengbi-a-red-fox-42.png")


def test_a_folder_with_braces_that_is_there_is_meant_as_it_stands(tmp_path):
    (tmp_path / "{seed}").mkdir()
    assert path_for(place("{seed}", 1), plan(), 1, 1).parent == Path("{seed}")


@pytest.mark.parametrize("out", [None, "pictures/", "{prompt}.png"])
def test_nothing_is_overwritten_that_was_not_named(out):
    paths = [keep(picture(value), place(out, 1), 1, 1, as_it_is) for value in range(3)]
    assert len(set(paths)) == 3
    assert [path.stem.removeprefix(paths[0].stem) for path in paths] == ["", "-2", "-3"]
    assert [int(np.asarray(_open(path)).max()) for path in paths] == [0, 1, 2]


def test_a_named_file_is_replaced():
    for value in range(2):
        assert keep(picture(value), place("fox.png", 1), 1, 1, as_it_is) == Path("fox.png")
    assert np.asarray(_open("fox.png")).max() == 1


def test_a_name_that_is_taken_at_the_last_moment_is_not_overwritten(tmp_path, monkeypatch):
    calls = []

    def late(path):
        found = free(path)
        if not calls:  # somebody else saves between our look and our write
            found.write_bytes(b"theirs")
        calls.append(found)
        return found

    monkeypatch.setattr("mengbi.faces.where.free", late)
    kept = keep(picture(), place(None, 1), 1, 1, as_it_is)
    assert kept.name == "mengbi-a-red-fox-42-2.png"
    assert (tmp_path / "mengbi-a-red-fox-42.png").read_bytes() == b"theirs"
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize(
    ("out", "count", "message"),
    [
        ("fox.png", 2, r"one file for 2 pictures; try --out 'fox-\{n\}\.png'"),
        ("fox", 1, r"ends in \.png, \.jpg"),
        ("fox.bmp", 1, r"ends in \.png, \.jpg"),
        ("{sead}.png", 1, r"no field \{sead\}; did you mean 'seed'"),
        ("{seed.real}.png", 1, "no field"),
        ("{0}.png", 1, "no field"),
        ("{seed:99999999999}.png", 1, "stands alone"),
        ("{seed!r}.png", 1, "stands alone"),
        ("{seed.png", 1, "brace"),
        ("fox}.png", 1, "brace"),
        ("file/fox.png", 1, "a file, not a folder"),
        ("file/deeper/", 1, "a file, not a folder"),
    ],
)
def test_a_place_that_cannot_be_is_refused_before_anything_is_painted(tmp_path, out, count, message):
    (tmp_path / "file").write_text("I am a file")
    with pytest.raises(OutputError, match=message):
        place(out, count)


def _open(path):
    from PIL import Image

    return Image.open(path)
