import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mengbi.faces.say import in_words, printable, say_json
from mengbi.scene import scene_from_dict


@pytest.mark.parametrize("text", ["a fox", "落日飞车", "👨‍👩‍👧", "عربي", "हिन्दी", "two\nlines"])
def test_words_of_any_language_are_said_as_they_are(text):
    assert printable(text) == text


@pytest.mark.parametrize(
    "steering", ["\x1b[2J", "\r", "\x07", "\x9b31m", "\u202e", "\u2067", "\x00", "\ud800", "\u2028"]
)
def test_nothing_that_steers_the_terminal_gets_through(steering):
    assert steering[0] not in printable(f"a{steering}b")


@given(st.text())
def test_what_is_printable_stays_so(text):
    assert printable(printable(text)) == printable(text)


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1"])
def test_json_survives_any_terminal(monkeypatch, encoding):
    buffer = io.BytesIO()
    stream = io.TextIOWrapper(buffer, encoding=encoding)
    monkeypatch.setattr("sys.stdout", stream)
    say_json({"prompt": "落日飞车", "path": "\udcff.png"})
    stream.flush()
    assert json.loads(buffer.getvalue().decode(encoding)) == {"prompt": "落日飞车", "path": "\udcff.png"}


def test_a_scene_in_words_leaves_nothing_out():
    scene = scene_from_dict(
        {
            "things": [
                {"concept": "black-cat", "words": "小猫", "color": "white", "count": 3, "size": "tiny"},
                {"concept": "crown"},
                {"concept": "whale", "aloft": True},
                {"concept": "tulip", "count": 7, "spread": True, "color": "red"},
            ],
            "relations": [{"subject": 0, "kind": "wearing", "object": 1}],
            "sky": {
                "time": "night",
                "weather": "snow",
                "features": ["moon", "stars"],
                "color": "purple",
                "marked": [{"name": "stars", "count": 3, "color": "yellow"}],
            },
            "ground": "village",
            "ground_color": "blue",
            "tint": ["gold", "silver"],
            "season": "winter",
            "mood": "calm",
            "unknown": ["blorp", "zzz"],
        }
    )
    said = dict.fromkeys("\n".join(f"{heading}: {words}" for heading, words in in_words(scene)).split("\n"))
    assert list(said) == [
        "sky: night, snow, all purple, moon, 3 × yellow stars",
        "ground: blue village",
        "season: winter",
        "mood: calm",
        "held in: gold, silver",
        "thing: 3 × tiny white black cat   “小猫”",
        "thing: crown",
        "thing: whale in the air",
        "thing: a field of red tulip",
        ": black cat wearing crown",
        "not understood: blorp, zzz",
    ]
