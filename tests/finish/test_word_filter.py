import time
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mengbi.finish.safety import check_words
from mengbi.ideas import ideas, modifiers

WORDS = tomllib.loads((Path(__file__).parent / "filter_words.toml").read_text(encoding="utf-8"))
HARMLESS = WORDS["harmless"].strip().split("\n")

EXPLICIT = WORDS["explicit"].strip().split("\n")

GORE = WORDS["gore"].strip().split("\n")

MINORS = WORDS["minors"].strip().split("\n")

BARE = (
    "a naked child|nude little girl|a toddler, naked|裸体的小女孩|幼女裸体|全裸の子供|голый ребенок|niño desnudo".split(
        "|"
    )
)


@pytest.mark.parametrize("words", HARMLESS)
def test_harmless_words_that_look_like_others_pass(words):
    assert check_words(words).fine, check_words(words).reason


@pytest.mark.parametrize("words", EXPLICIT)
def test_explicit_words_are_found_also_when_hidden_a_little(words):
    verdict = check_words(f"in the style of Monet, {words}, masterpiece")
    assert verdict.kind == "sexual"
    assert not verdict.always


@pytest.mark.parametrize("words", GORE)
def test_gore_is_found(words):
    assert check_words(words).kind == "gore"


@pytest.mark.parametrize("words", MINORS)
def test_children_and_sex_together_are_refused_whatever_is_switched_off(words):
    verdict = check_words(words)
    assert verdict.kind == "minors"
    assert verdict.always


@pytest.mark.parametrize("words", BARE)
def test_naked_children_are_refused_whatever_is_switched_off(words):
    verdict = check_words(words)
    assert verdict.kind == "bare"
    assert verdict.always


def test_the_reason_names_what_was_understood():
    assert check_words("a p0rn star").reason == "explicit sexual words (porn)"
    assert check_words("child porn").reason == "sexual words about children (child porn)"
    assert check_words("a cat").reason == "nothing found"


def test_no_idea_of_the_library_and_no_modifier_alarms():
    said = [idea.en for idea in (*ideas(), *modifiers())] + [idea.zh for idea in (*ideas(), *modifiers())]
    assert len(said) > 900
    assert [words for words in said if not check_words(words).fine] == []


@given(st.text(max_size=200))
def test_any_text_gets_a_verdict(text):
    assert check_words(text).of == "words"


def test_long_and_hostile_words_take_no_time():
    check_words("")
    start = time.perf_counter()
    for text in (
        "a " * 2000,
        "ab" * 2000,
        "naked " * 600,
        "child " * 600,
        "p." * 2000,
        "做" * 4000,
        "@$" * 2000,
        "裸" * 4000,
    ):
        check_words(text)
    assert time.perf_counter() - start < 4
