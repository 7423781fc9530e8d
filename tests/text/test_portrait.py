"""What words say of a face."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mengbi.text.portrait import read_traits
from mengbi.text.traits import ANY, persons, traits


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("短发，戴眼镜，微笑", "short glasses smile"),
        ("short hair, glasses, smile", "short glasses smile"),
        ("一个戴眼镜的女孩，黑色长发，大笑", "glasses long black-hair laugh"),
        ("黑色短卷发的男生", "curly black-hair"),
        ("金色双马尾，红衣服，雀斑", "blond-hair pigtails clothes-red freckles"),
        ("头发是红色的，皮肤很黑，穿着蓝色毛衣", "red-hair dark-skin clothes-blue"),
        ("短髮，戴眼鏡，鬍鬚", "short glasses beard"),
        ("a girl with long wavy red hair, freckles and earrings", "wavy red-hair freckles earrings"),
        ("her hair is long and blond", "long blond-hair"),
        ("dark-skinned woman with an afro, pink dress", "dark-skin curly clothes-purple"),
        ("very short hair", "buzz"),
        ("ink style, black buzz cut, moustache", "ink buzz black-hair moustache"),
        ("👓😊", "glasses smile"),
        ("expecting a hatter in Manhattan", ""),
        ("a man in a hat with a white beard", "hat beard gray-hair"),
        ("黑人女孩，微笑", "dark-skin smile"),
        ("a white woman with black hair", "fair-skin black-hair"),
        ("眼鏡をかけた女の子、長い黒髪", "glasses long black-hair"),
    ],
)
def test_english_and_chinese_are_read_word_by_word(words, wanted):
    assert set(read_traits(words).wanted) == set(wanted.split())


@pytest.mark.parametrize(
    ("words", "wanted", "unwanted"),
    [
        ("no glasses or earrings, curly hair", "curly", "glasses earrings"),
        ("a bald man without a beard", "bald", "beard"),
        ("she isn't smiling", "", "smile"),
        ("没有戴眼镜也没有胡子", "", "glasses moustache"),
        ("不笑，墨镜", "sunglasses", "smile"),
        ("没有头发", "bald", ""),
        ("不开心", "sad", ""),
        ("no long hair, bald", "bald", "long"),
        ("without any curly red hair", "", "curly red-hair"),
        ("hair that isn't long, glasses: no", "", "long glasses"),
        ("she does not have long hair", "", "long"),
        ("not blond", "", "blond-hair"),
        ("without glasses, beard or hat", "", "glasses beard hat"),
        ("no glasses, beard", "beard", "glasses"),
        ("眼镜不要", "", "glasses"),
        ("眼镜不要帽子", "glasses", "hat"),
        ("帽子なし", "", "hat"),
        ("眼鏡をかけていない女の子", "", "glasses"),
        ("眼鏡をかけた髭のない男", "glasses", ""),
        ("ohne Brille, kurze Haare", "short", "glasses"),
        ("メガネなし、金髪", "blond-hair", "glasses"),
        ("девушка без очков, рыжие волосы", "red-hair", "glasses"),
    ],
)
def test_what_must_not_be_is_told_from_what_must(words, wanted, unwanted):
    said = read_traits(words)
    assert set(said.wanted) == set(wanted.split())
    assert set(said.unwanted) == set(unwanted.split())


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("cheveux longs, lunettes, souriante", "long glasses smile"),
        ("pelo corto, gafas, sonriendo", "short glasses smile"),
        ("短い髪、眼鏡、笑顔の女の子", "short glasses smile"),
        ("короткие волосы, очки, улыбка", "short glasses smile"),
        ("cabelo curto, óculos, triste", "short glasses sad"),
        ("검은 머리, 안경, 슬픈", "black-hair glasses sad"),
    ],
)
def test_other_languages_go_by_the_encoder(words, wanted):
    assert set(read_traits(words).wanted) == set(wanted.split())


def test_whom_the_words_speak_of_is_read_and_what_nobody_here_has_is_said():
    said = read_traits("an old woman with blue eyes and a scarf")
    assert set(said.persons) == {"old", "woman"} and said.wanted == ()
    assert {phrase.split()[-1] for phrase in said.unknown} == {"eyes", "scarf"}
    assert read_traits("一个小女孩，蓝眼睛").unknown == ("蓝眼睛",)


@pytest.mark.parametrize(
    ("words", "wanted", "unknown"),
    [
        ("戴红帽子的小男孩", "hat", "红帽子"),
        ("a pink hat, red glasses", "hat glasses", "pink hat, red glasses"),
        ("a man with a long beard", "beard", "long beard"),
        ("a man with a long white beard", "beard gray-hair", "long beard"),
        ("白色长胡子", "moustache gray-hair", "长胡子"),
        ("金髪、赤い帽子", "blond-hair hat", "赤い帽子"),
        ("red, 红", "", "red, 红"),
        ("没有红帽子", "", ""),
    ],
)
def test_a_colour_that_nothing_here_has_is_said_and_colours_nothing_else(words, wanted, unknown):
    said = read_traits(words)
    assert set(said.wanted) == set(wanted.split()) and ", ".join(said.unknown) == unknown


def test_of_a_group_there_is_never_more_than_one():
    said = read_traits("short hair, long hair, smiling, sad, glasses, earrings, red shirt, blue shirt")
    members = [traits()[name].group for name in said.wanted if traits()[name].group != ANY]
    assert len(members) == len(set(members)) and {"glasses", "earrings"} <= set(said.wanted)


def test_a_person_leans_only_to_traits_that_there_are():
    for person in persons().values():
        assert set(person.never) <= set(traits())
        for group, often in person.often.items():
            assert all(traits()[name].group == group for name in often)


@given(st.text(alphabet="a 不没戴短黑发hair,，no,and-\n", max_size=60))
def test_no_words_break_it(words):
    read_traits(words)


def test_long_words_are_read_in_no_time():
    for words in (
        "and " * 1000,
        "hair" * 1000,
        "短" * 4000,
        "black " * 600 + "hair",
        "色的" * 2000,
        "长" * 3998 + "帽子",
    ):
        read_traits(words[:4000])
