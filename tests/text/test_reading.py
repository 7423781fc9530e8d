import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from score import languages, pairs, score, table

from mengbi.assets import concepts
from mengbi.scene import FEATURES, GROUNDS, MOODS, SEASONS, TIMES, WEATHERS, Scene, scene_from_dict
from mengbi.text.encoder import load_encoder
from mengbi.text.lexicon import LATIN, emoji, lexicon, traits
from mengbi.text.reading import read_scene

TABLES = ("en", "zh", "ja", "ko", "ru", "ar", "th", *LATIN)
LEAST = {"things": 0.95, "colours": 0.95, "counts": 0.95, "relations": 0.93, "sky": 0.95, "ground": 0.95}


@dataclass(frozen=True)
class NoEncoder:
    """Fails the test if it is asked for anything."""

    name: str = "none"
    digest: str = ""
    dim: int = 512

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        pytest.fail(f"the encoder was asked for {list(texts)}")


def read(words: str) -> Scene:
    return read_scene(words, NoEncoder())


def things(scene: Scene) -> list[str]:
    """ "3 red cat": count, colour and concept of each, as far as said."""
    return [
        " ".join(str(part) for part in (thing.count if thing.count > 1 else None, thing.color, thing.concept) if part)
        for thing in scene.things
    ]


def relations(scene: Scene) -> set[str]:
    names = [thing.concept for thing in scene.things]
    return {f"{names[link.subject]} {link.kind} {names[link.object]}" for link in scene.relations}


def test_the_sentences_are_read_right_in_english_and_chinese_alike():
    english, chinese = score(pairs(), "en"), score(pairs(), "zh")
    print("\n" + table(pairs()))
    for kind, least in LEAST.items():
        for tallies in (english, chinese):
            assert tallies[kind].f1 >= least, "\n".join([kind, *tallies[kind].mistakes])
        assert chinese[kind].f1 >= english[kind].f1 - 0.03, "\n".join([kind, *chinese[kind].mistakes])


def test_the_other_languages_are_read_too():
    for language, tallies in languages().items():
        print(language, *(f"{kind} {tally.f1:.0%}" for kind, tally in tallies.items()))
        for kind in ("things", "colours", "counts", "sky", "ground"):
            assert tallies[kind].f1 >= 0.8, "\n".join([language, kind, *tallies[kind].mistakes])


def test_every_word_of_the_tables_means_something_that_a_scene_can_hold():
    allowed = {
        "thing": concepts(), "ground": GROUNDS, "time": TIMES, "weather": WEATHERS, "feature": FEATURES,
        "season": SEASONS, "mood": MOODS,
    }  # fmt: skip
    for language in TABLES:
        for word, meanings in lexicon(language).phrases.items():
            for meaning in meanings:
                known = allowed.get(meaning.role)
                assert known is None or meaning.value in known, f"{language}: {word} is {meaning}"
    for word, meanings in emoji().items():
        for meaning in meanings:
            assert meaning.value in allowed.get(meaning.role, [meaning.value]), f"{word} is {meaning}"
    for trait, members in traits().items():
        assert members - {""} <= set(concepts()), trait


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("a red cat and a blue dog", ["red cat", "blue dog"]),
        ("红猫和蓝狗", ["red cat", "blue dog"]),
        ("the cat is black and the dog is white", ["black cat", "white dog"]),
        ("猫是黑色的，狗是白色的", ["black cat", "white dog"]),
        ("an orange and two lemons on a blue plate", ["orange-fruit", "2 lemon", "blue plate"]),
        ("several wolves, a dozen geese and children", ["4 wolf", "12 goose", "3 child"]),
        ("十二只天鹅，两三匹马，一群羊，女孩们", ["12 swan", "3 horse", "7 sheep", "3 girl"]),
        ("hundreds of butterflies", ["24 butterfly"]),
        ("12 cats and 3只狗", ["12 cat", "3 dog"]),
        ("a pair of sunglasses", ["sunglasses"]),
        ("a robot cat", ["cat"]),
        ("戴著金色皇冠的黑貓與紅氣球", ["gold crown", "black cat", "red balloon"]),
        ("一只胖猫", ["cat"]),
        ("金属感的机器人", ["robot"]),
        ("red and blue balloons", ["2 red balloon", "2 blue balloon"]),
        ("five red, blue and yellow balloons", ["2 red balloon", "2 blue balloon", "yellow balloon"]),
        ("红色和蓝色的气球", ["red balloon", "blue balloon"]),
        ("a black and white cat", ["black cat"]),
        ("hot air balloons over the desert", ["3 hot-air-balloon"]),
        ("two oranges and a bowl of noodles", ["2 orange-fruit", "noodles"]),
        ("seven black cats", ["7 black cat"]),
        ("一盏盏红灯笼", ["7 red lantern"]),
        ("a cat in a golden flurbcage", ["cat"]),
        ("three sleeping bears", ["3 bear"]),
        ("a portrait of a woman with long blonde hair and blue eyes", ["woman"]),
    ],
)
def test_colours_and_counts_go_to_the_right_noun(words: str, expected: list[str]):
    assert things(read_scene(words)) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("a cat under the table", {"cat under table"}),
        ("Under the table, a cat", {"cat under table"}),
        ("桌子下的猫", {"cat under table"}),
        ("猫在桌子下面睡觉", {"cat under table"}),
        ("桌子下面有一只猫", {"cat under table"}),
        ("猫头上戴着一顶红帽子", {"cat wearing sun-hat"}),
        ("a girl in a red dress", {"girl wearing dress"}),
        ("a table with a cake on it", {"cake on table"}),
        ("a man on a horse", {"man riding horse"}),
        ("a dog between a cat and a fox", {"dog right of cat", "dog left of fox"}),
        ("在猫和狐狸之间的狗", {"dog right of cat", "dog left of fox"}),
        ("a cat on the left and a dog on the right", {"cat left of dog"}),
        ("左边是一只猫，右边是一条狗", {"cat left of dog"}),
        ("桌子上有苹果和香蕉", {"apple on table", "banana on table"}),
        ("a crown worn by a fox", {"fox wearing crown"}),
        ("a dog chased by two cats", {"cat behind dog"}),
        ("小狗被两只猫追着", {"cat behind dog"}),
        ("被猫追着的小狗", {"cat behind dog"}),
        ("behind the temple grows a tree, next to it a fox", {"tree behind temple", "fox beside tree"}),
        ("a house with a crow above the roof", {"crow above house"}),
        ("a house, and in front of it a dog", {"dog in front of house"}),
        ("一座城堡，屋顶上有一只乌鸦", {"crow on castle"}),
        ("a bowl in which there are apples", {"apple in bowl"}),
        ("a fish next to a sleeping cat", {"fish beside cat"}),
        ("男孩抱着戴帽子的猫", {"boy holding cat", "cat wearing sun-hat"}),
        ("海豚在船后面，美人鱼在它旁边", {"dolphin behind ship", "mermaid beside dolphin"}),
        ("a girl playing in a forest full of mushrooms", set()),
        ("🐱👑", {"cat wearing crown"}),
        ("🐻🎩🧣🌙", {"bear wearing top-hat", "bear wearing scarf"}),
        ("a cat on the beach", set()),
        ("the moon above the castle", set()),
    ],
)
def test_relations_join_the_right_things(words: str, expected: set[str]):
    assert relations(read(words)) == expected


@pytest.mark.parametrize(
    ("words", "expected", "links"),
    [
        ("a room with a sofa, a cat on the sofa and a window", ["sofa", "cat", "window"], {"cat on sofa"}),
        ("房间里有一张沙发，沙发上睡着一只猫", ["sofa", "cat"], {"cat on sofa"}),
        ("a red ball and a dog, the red ball on the dog", ["red ball", "dog"], {"ball on dog"}),
        ("a red ball beside the blue ball", ["red ball", "blue ball"], {"ball beside ball"}),
        ("children flying kites, dozens of red kites", ["3 child", "12 red kite"], {"child holding kite"}),
        ("two cats and a cat", ["2 cat", "cat"], set()),
    ],
)
def test_what_was_named_before_is_not_drawn_twice(words: str, expected: list[str], links: set[str]):
    scene = read(words)
    assert (things(scene), relations(scene)) == (expected, links)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("clouds like sheep over a meadow", []),
        ("a horse as white as snow", ["white horse"]),
        ("镜子一样的湖面，一只天鹅", ["swan"]),
        ("the cat's crown", ["crown"]),
        ("公主的马车", ["carriage"]),
        ("a girl dressed as a fairy", ["fairy"]),
        ("a cat dressed as a king", ["cat"]),
        ("two panda chefs", ["2 panda"]),
        ("熊猫厨师", ["panda"]),
    ],
)
def test_likenesses_owners_and_costumes_are_nobody(words: str, expected: list[str]):
    assert things(read_scene(words)) == expected


def test_a_house_with_furniture_is_seen_from_inside():
    scene = read("a fox by the fireplace in a cabin")
    assert (things(scene), scene.ground) == (["fox", "fireplace"], "room")


def test_a_thing_keeps_the_spelling_of_the_person():
    assert [thing.words for thing in read("戴著皇冠的黑貓 and TWO Foxes").things] == ["皇冠", "黑貓", "Foxes"]


@pytest.mark.parametrize(
    "words",
    [
        "등불이 떠 있는 밤의 강",
        "Laternen schweben auf einem Fluss bei Nacht",
        "des lanternes flottantes sur une rivière la nuit",
        "faroles flotando en un río de noche",
        "lanterne galleggianti su un fiume di notte",
        "фонари плывут по реке ночью",
        "夜の川に浮かぶ灯籠",
    ],
)
def test_floating_is_understood_in_every_language(words: str):
    scene = read(words)
    assert (things(scene)[0].split()[-1], scene.sky.time, scene.ground) == ("lantern", "night", "river")
    assert scene.unknown == ()


def test_idioms_are_whole_dreams():
    scene = read("落日飞车")
    assert (things(scene), scene.sky.time) == (["roller-coaster"], "sunset")
    scene = read("小桥流水人家")
    assert (things(scene), scene.ground) == (["bridge", "house"], "river")
    scene = read("火树银花")
    assert (scene.sky.time, scene.sky.features) == ("night", ("fireworks",))
    assert read("星空").sky.features == ("stars",)


def test_emoji_are_words():
    scene = read("🐱👑🌙")
    assert things(scene) == ["cat", "crown"]
    assert scene.sky.features == ("crescent",)
    assert things(read("🐱🐱🐱")) == ["3 cat"]
    assert things(read("🧜🏽‍♀️")) == ["mermaid"], "skin tones and sequences are one emoji"
    assert things(read("👩🏽‍🌾🐄")) == ["farmer", "cow"]
    assert things(read("❤️")) == things(read("❤")) == ["red heart"]


@pytest.mark.parametrize("words", ["a beach, no people, without clouds or rain", "海滩，没有人，没有云，没有雨"])
def test_what_is_denied_is_not_there(words: str):
    scene = read(words)
    assert scene == Scene(ground="beach")


def test_what_was_not_said_stays_open():
    assert read("") == Scene()
    scene = read("a cat")
    assert (scene.sky, scene.ground, scene.season, scene.mood) == (Scene().sky, None, None, None)
    assert scene.things[0].color is None


def test_words_about_how_it_is_painted_are_passed_over_in_silence():
    assert read("masterpiece, best quality, 4k, oil painting of a cat, trending on artstation").unknown == ()
    assert read("一只猫，动漫风格，水墨画，高清，吉卜力风格，杰作").unknown == ()


def test_what_was_not_understood_is_told():
    assert read_scene("a cat with a zorblatt").unknown == ("zorblatt",)
    assert "蒯缑" in read_scene("一只猫和蒯缑").unknown
    assert read("a wooden cat").unknown == ("wooden",)
    many = read(", ".join(["cat"] * 30))
    assert len(many.things) == 24
    assert many.unknown == ("cat",)


@pytest.mark.parametrize(
    ("words", "concept"),
    [
        ("the bovine", "cow"),
        ("un violonista", "violin"),
        ("бабушка", "old-woman"),
        ("요정", "fairy"),
        ("un pompiere", "firefighter"),
    ],
)
def test_the_encoder_finds_what_the_tables_do_not_hold(words: str, concept: str):
    assert [thing.concept for thing in read_scene(words, load_encoder()).things] == [concept]


@pytest.mark.parametrize(
    "words", ["freedom and justice", "quantum entropy", "la libertà", "свобода", "自由と経済", "xqwz brrpt"]
)
def test_what_cannot_be_drawn_is_not_made_up(words: str):
    scene = read_scene(words)
    assert scene.things == ()
    assert scene.unknown


def test_a_place_in_the_snow_keeps_its_ground():
    scene = read("a village in the snow")
    assert (scene.ground, scene.sky.weather) == ("village", "snow")
    scene = read("in the snow, a small village")
    assert (scene.ground, scene.sky.weather) == ("village", "snow")


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=60))
def test_any_string_is_read_to_a_scene_that_holds(words: str):
    scene = read_scene(words)
    assert scene_from_dict(scene.to_dict()) == scene
    assert read_scene(words) == scene


_VOCABULARY = [word for language in TABLES for word in list(lexicon(language).phrases)[::23]] + [
    "，",
    ".",
    "12",
    "只",
    "🐱",
]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from(_VOCABULARY), max_size=25), st.sampled_from(["", " ", ", "]))
def test_any_row_of_known_words_is_read_to_a_scene_that_holds(words: list[str], between: str):
    scene = read_scene(between.join(words))
    assert scene_from_dict(scene.to_dict()) == scene


@pytest.mark.parametrize("words", ["a red cat on a chair, ", "红猫坐在椅子上，", "🐱", "a", "的", "in "])
def test_four_thousand_characters_take_less_than_a_second(words: str):
    read(words)
    began = time.perf_counter()
    read((words * 4000)[:4000])
    assert time.perf_counter() - began < 1
