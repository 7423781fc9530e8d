"""The prompts with known answers."""

from collections import Counter

import pytest

from mengbi.assets import concepts
from mengbi.lab.data.casting import takes_color
from mengbi.lab.evaluation.prompts import COLORS_ASKED, KINDS, NUMBERS, ZH_COLORS, chinese, english, prompts, wordings
from mengbi.lab.evaluation.words import ASKED, COLORS, DYED, THINGS, WORDS
from mengbi.scene import COLORS as SCENE_COLORS
from mengbi.scene import RELATIONS, Thing

ALL = prompts()


def test_there_are_at_least_three_hundred_as_many_of_each_kind_and_no_two_alike():
    assert len(ALL) >= 300
    assert len(set(Counter(prompt.kind for prompt in ALL).values())) == 1
    for language in ("en", "zh"):
        assert len({prompt.texts[language] for prompt in ALL}) > 0.97 * len(ALL)


def test_they_are_the_same_every_time_and_the_first_ones_hold_every_kind():
    assert prompts() == ALL
    assert {prompt.kind for prompt in ALL[:4]} == set(KINDS)


@pytest.mark.parametrize("prompt", ALL, ids=[prompt.texts["en"] for prompt in ALL])
def test_both_texts_say_the_facts(prompt):
    en, zh = prompt.texts["en"].lower(), prompt.texts["zh"]
    for thing in prompt.scene.things:
        word = WORDS[thing.concept]
        assert (word.many if thing.count > 1 else word.one).lower() in en
        assert word.zh in zh
        if thing.color:
            assert thing.color in en and f"{ZH_COLORS[thing.color]}色" in zh
        if thing.count > 1:
            assert NUMBERS["en"][thing.count] in en and NUMBERS["zh"][thing.count] + word.measure in zh
    for relation in prompt.scene.relations:
        assert relation.kind in RELATIONS
        clue = {"left of": ("left", "左"), "right of": ("right", "右")}.get(relation.kind)
        assert clue is None or (clue[0] in en and clue[1] in zh)


def test_each_kind_asks_for_what_it_is_scored_by():
    for prompt in ALL:
        things = prompt.scene.things
        assert len({thing.concept for thing in things}) == len(things)
        assert all((thing.color is not None) == (prompt.kind == "color") for thing in things)
        assert all((thing.count > 1) == (prompt.kind == "count") for thing in things)
        assert len(prompt.scene.relations) == (prompt.kind == "position")


def test_the_words_are_of_concepts_that_can_be_drawn_and_the_dyed_ones_of_any_color():
    assert set(THINGS) <= set(concepts())
    assert set(DYED) <= set(ASKED) <= set(THINGS)
    assert len(ASKED) >= 40
    assert all(takes_color(concepts()[name]) for name in DYED)
    assert set(COLORS_ASKED) <= set(COLORS) <= set(SCENE_COLORS)


def test_every_concept_and_color_has_its_turn():
    asked = Counter(thing.concept for prompt in ALL for thing in prompt.scene.things)
    assert set(asked) == set(ASKED)
    shades = Counter(thing.color for prompt in ALL for thing in prompt.scene.things if thing.color)
    assert set(shades) == set(COLORS_ASKED)
    assert max(shades.values()) - min(shades.values()) <= 1


def test_articles_and_measure_words_are_right():
    assert english(Thing(concept="umbrella")) == "an umbrella"
    assert english(Thing(concept="umbrella", color="red")) == "a red umbrella"
    assert english(Thing(concept="car", color="orange")) == "an orange car"
    assert english(Thing(concept="hourglass")) == "an hourglass"
    assert english(Thing(concept="cactus", count=3)) == "three cacti"
    assert chinese(Thing(concept="car", count=2)) == "两辆汽车"
    assert chinese(Thing(concept="cat", color="black")) == "一只黑色的猫"


def test_patterns_name_everything_that_they_are_given():
    for wording, languages in wordings().items():
        for patterns in languages.values():
            for pattern in patterns:
                assert "{a}" in pattern or "{A}" in pattern
                if wording not in ("object", "color", "count"):
                    assert "{b}" in pattern or "{B}" in pattern
