import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mengbi.brief import MAX_PICTURES, MAX_PROMPT, MAX_SEED, MAX_SIDE, MIN_SIDE, Brief, check_words
from mengbi.errors import BriefError, MengbiError, PromptError


def test_words_are_all_that_a_wish_needs():
    brief = Brief(prompt="落日飞车")
    assert (brief.size, brief.count, brief.sketch) == (None, 1, "auto")


@pytest.mark.parametrize(
    "wishes",
    [
        {"size": (MIN_SIDE, MAX_SIDE)},
        {"seed": 0},
        {"seed": MAX_SEED},
        {"count": MAX_PICTURES},
        {"steps": 1000},
        {"guidance": 0},
        {"photo": "a.png", "strength": 0.0},
        {"photo": "a.png", "mask": "b.png", "strength": 1},
        {"prompt": "x" * MAX_PROMPT},
        {"prompt": "two\nlines\tand a tab"},
        {"prompt": "🐱👑🌙"},
        {"prompt": "", "scene": {}},
        {"prompt": "", "photo": "a.png"},
        {"photo": "a.png", "influence": "high"},
        {"photo": "a.png", "size": "photo"},
        {"photo": "a.png", "size": (8000, 6000)},
    ],
)
def test_wishes_at_the_edge_of_what_can_be_are_taken(wishes):
    Brief(**{"prompt": "a cat"} | wishes)


@pytest.mark.parametrize(
    ("wishes", "says"),
    [
        ({"size": (7000, 20)}, "size 7000x20 — each side must be 64 to 4096; try --size 1024x512"),
        ({"size": (0, 512)}, "size 0x512 — each side"),
        ({"size": (512, 10**6)}, "size 512x1000000 — each side"),
        ({"size": (512.0, 512)}, "size 512.0x512 — each side"),
        ({"size": 512}, "size 512 — two numbers"),
        ({"size": (1, 2, 3)}, "size (1, 2, 3) — two numbers"),
        ({"seed": -1}, f"seed -1 — a whole number from 0 to {MAX_SEED}"),
        ({"seed": MAX_SEED + 1}, "seed 9223372036854775808 — a whole number"),
        ({"seed": 1.5}, "seed 1.5 — a whole number"),
        ({"count": 0}, "count 0 — a whole number from 1 to 64"),
        ({"count": True}, "count True — a whole number"),
        ({"steps": 1001}, "steps 1001 — a whole number from 1 to 1000"),
        ({"guidance": 51.0}, "guidance 51.0 — a number from 0 to 50"),
        ({"guidance": math.nan}, "guidance nan — a number"),
        ({"photo": "a.png", "strength": 1.01}, "strength 1.01 — a number from 0 to 1"),
        ({"strength": 0.5}, "a strength without a photo"),
        ({"influence": "high"}, "an influence without a photo"),
        ({"photo": "a.png", "influence": "most"}, "influence 'most' — choose from low, medium, high"),
        ({"photo": "a.png", "influence": "low", "strength": 0.3}, "both a strength and an influence"),
        ({"size": "photo"}, "size photo without a photo"),
        ({"photo": "a.png", "size": "large"}, "size 'large' — two numbers"),
        ({"size": (8000, 6000)}, "size 8000x6000 — each side must be 64 to 4096"),
        ({"photo": "a.png", "size": (20000, 100)}, "size 20000x100 — each side must be 64 to 16384"),
        ({"photo": "a.png", "size": (16000, 16000)}, "a picture of 16000x16000 — more pixels than fit in memory"),
        ({"photo": "a.png", "size": (8000, 6000), "count": 2}, "2 pictures of 8000x6000"),
        ({"mask": "m.png"}, "a mask without a photo"),
        ({"prompt": ""}, "the prompt is empty"),
        ({"prompt": " \n\u3000"}, "the prompt is empty"),
        ({"prompt": "x" * 10_000}, "the prompt has 10000 characters; at most 4000"),
        ({"negative": "x" * 4001}, "the negative prompt has 4001 characters"),
        ({"prompt": "bell \x07"}, "the prompt has a control character (U+0007)"),
        ({"prompt": "half \ud83d"}, "the prompt has a control character (U+D83D)"),
        ({"negative": "nul \0"}, "the negative prompt has a control character (U+0000)"),
    ],
)
def test_a_wish_that_cannot_be_names_the_value_and_what_is_allowed(wishes, says):
    with pytest.raises(BriefError) as caught:
        Brief(**{"prompt": "a cat"} | wishes)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


@given(st.text(max_size=50) | st.text(alphabet=st.characters(max_codepoint=160)))
def test_words_that_are_taken_can_be_written_as_utf8(words):
    try:
        check_words("prompt", words)
    except PromptError as error:
        assert "control character" in str(error)
    else:
        assert words.encode().decode() == words


@given(
    st.text(max_size=30),
    st.tuples(st.integers(), st.integers()),
    st.none() | st.integers(),
    st.integers(),
    st.none() | st.floats(),
)
def test_any_wish_is_taken_or_refused_in_one_line(prompt, size, seed, count, guidance):
    try:
        Brief(prompt=prompt, size=size, seed=seed, count=count, guidance=guidance)
    except MengbiError as error:
        assert "\n" not in str(error)


def test_a_run_is_refused_when_its_pictures_would_not_fit_in_memory():
    Brief(prompt="cat", size=(4096, 4096), count=4)
    with pytest.raises(BriefError, match="at most 4 of that size"):
        Brief(prompt="cat", size=(4096, 4096), count=5)
