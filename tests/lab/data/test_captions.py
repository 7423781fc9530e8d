"""Facts in words."""

import numpy as np
import pytest

from mengbi.lab.data.captions import LANGUAGES, Told, caption, phrases_of, plural
from mengbi.noise import generator
from mengbi.scene import Relation, Scene, Sky, Thing
from mengbi.text.condition import make_conditioning
from mengbi.text.encoder import load_encoder

CAT = {"en": ("cat",), "zh": ("猫",), "de": ("Katze",), "ja": ("ネコ",)}
TREE = {"en": ("tree",), "zh": ("树",), "de": ("Baum",), "ja": ("木",)}
SCENE = Scene(
    things=(Thing(concept="cat", color="red", count=2), Thing(concept="tree")),
    relations=(Relation(subject=0, kind="left of", object=1),),
    sky=Sky(time="night", features=("moon",)),
    ground="beach",
)


def said(scene, language, seed=0, **changes):
    told = Told(**{"names": [CAT, TREE][: len(scene.things)], "kinds": ["animal", "plant"], **changes})
    return caption(scene, told, language, generator(seed, 0))


def test_an_english_caption_says_every_fact():
    for seed in range(20):
        text = said(SCENE, "en", seed)
        assert "red cats left of a tree" in text or "red cats to the left of a tree" in text
        assert text.startswith(("two", "2"))
        assert any(word in text for word in ("beach", "seaside")) and "night" in text and "moon" in text


def test_a_chinese_caption_says_every_fact():
    for seed in range(20):
        text = said(SCENE, "zh", seed)
        assert "两只红" in text and "树的左边" in text
        assert any(word in text for word in ("沙滩", "海滩", "海边")) and "月" in text


def test_traditional_characters_are_written_for_those_who_read_them():
    texts = {said(Scene(things=(Thing(concept="cat", color="red", count=2),)), "zh-hant", seed) for seed in range(8)}
    assert any("兩隻紅" in text for text in texts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_other_languages_list_the_same_facts(language):
    text = said(SCENE, language)
    assert text.count("、" if language == "ja" else ",") >= 4


def test_a_caption_is_phrased_in_many_ways():
    assert len({said(SCENE, "en", seed) for seed in range(40)}) > 15
    assert len({said(SCENE, "zh", seed) for seed in range(40)}) > 15


def test_a_background_and_a_hand_are_told_when_they_are_known():
    text = said(Scene(things=(Thing(concept="cat"),)), "en", background="blue", hand="3d")
    assert "blue background" in text and "3d" in text


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("cat", "cats"), ("wolf", "wolves"), ("cherry", "cherries"), ("box", "boxes"), ("sheep", "sheep"),
        ("woman running", "women running"), ("mug of beer", "mugs of beer"), ("glasses", "glasses"),
        ("octopus", "octopi"), ("knife", "knives"), ("bus", "buses"), ("wedding ring", "wedding rings"),
    ],
)  # fmt: skip
def test_plurals(one, many):
    assert plural(one) == many


@pytest.mark.parametrize(
    "text",
    [
        "a red cat",
        "two red cats to the left of a tree on the beach at night, under the moon, 3d render",
        "a, b, c, d, e, f, g, h, i, j, k",
        "沙滩上，两只红色的猫在树的左边，夜晚，月亮",
    ],
)
def test_the_painter_learns_from_the_vectors_that_it_will_be_asked_with(text):
    asked = make_conditioning(text, "", 1, load_encoder()).at(0).toward[0][0].vectors
    learnt = load_encoder().encode(phrases_of(text))
    assert learnt.shape == asked.shape
    assert np.abs(learnt - asked).max() < 1e-5
