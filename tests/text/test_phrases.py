import pytest
from hypothesis import given
from hypothesis import strategies as st

from mengbi.text.phrases import spans, split


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("a cat", ["a cat"]),
        ("落日飞车", ["落日飞车"]),
        ("cats and dogs", ["cats and dogs"]),
        ("a cat, a dog; rain\nat night", ["a cat", "a dog", "rain", "at night"]),
        ("一只猫，两条狗、三只鸟。下雨", ["一只猫", "两条狗", "三只鸟", "下雨"]),
        ("St. Mary's church. A bell", ["St. Mary's church", "A bell"]),
        ("版本 3.5 的天空", ["版本 3.5 的天空"]),
        ("قطة، كلب؛ مطر", ["قطة", "كلب", "مطر"]),
        ("🐱👑🌙", ["🐱👑🌙"]),
        ("", []),
        (" ,，\n ", []),
    ],
)
def test_short_text_is_cut_at_punctuation_only(text, phrases):
    assert split(text) == phrases


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("a red fox under the northern lights", ["a red fox", "under the northern lights"]),
        (
            "a black cat wearing a golden crown and a white dog riding a bicycle on the beach",
            ["a black cat", "wearing a golden crown", "a white dog", "riding a bicycle", "on the beach"],
        ),
        ("一只戴着皇冠的橘猫坐在月亮上钓鱼", ["一只戴着皇冠的橘猫", "坐在月亮上钓鱼"]),
        ("一只白色的小猫和一只黑色的小狗在草地上玩耍", ["一只白色的小猫", "一只黑色的小狗", "在草地上玩耍"]),
        ("现在正在温和的春风里和平地生长的一片麦田", ["现在正在温和的春风里和平地生长的一片麦田"]),
        ("赤い屋根の家の前で白い猫と黒い犬が遊んでいる", ["赤い屋根の家の前で白い猫", "黒い犬が遊んでいる"]),
        ("eine rote Katze mit einer Krone und ein Hund", ["eine rote Katze mit einer Krone", "ein Hund"]),
        ("белый кот с короной и черная собака", ["белый кот с короной", "черная собака"]),
        (
            "빨간 모자를 쓴 고양이와 하얀 강아지가 숲속에서 노는 모습",
            ["빨간 모자를 쓴 고양이", "하얀 강아지가 숲속에서 노는 모습"],
        ),
        ("แมวสีส้มนั่งอยู่ใต้ต้นไม้และสุนัข", ["แมวสีส้มนั่งอยู่", "ใต้ต้นไม้", "สุนัข"]),
    ],
)
def test_long_text_is_cut_where_words_connect_in_any_language(text, phrases):
    assert split(text) == phrases


@given(st.text(max_size=200) | st.text(alphabet="a 猫和在,，と.的\n", max_size=80))
def test_phrases_stand_in_the_text_in_order_and_bare_of_spaces(text):
    end = 0
    for (start, stop), phrase in zip(spans(text), split(text), strict=True):
        assert end <= start < stop <= len(text)
        assert phrase == text[start:stop] == phrase.strip() != ""
        end = stop
