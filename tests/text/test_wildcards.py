import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mengbi.assets import concepts
from mengbi.brief import MAX_PROMPT
from mengbi.errors import PromptError
from mengbi.text.wildcards import expand, names

SEEDS = range(200)


def drawn(prompt, folder=None):
    return Counter(expand(prompt, seed, folder) for seed in SEEDS)


def test_text_without_choices_stays_as_it_is():
    for text in ("a cat", r"a \(b\)", "snake_case __ _____ 100%", "unpaired } and {", "(a:1.2) [b|c] AND d", ""):
        assert expand(text, 7) == text


def test_the_same_seed_draws_the_same_words_for_ever():
    assert [expand("a {red|green|blue} __animal__ __动物__", seed) for seed in (0, 1, 2**63 - 1)] == [
        "a green bee 绵羊",
        "a green elephant 鹦鹉",
        "a red octopus 猫头鹰",
    ]


def test_other_seeds_draw_other_words_evenly():
    counts = drawn("{a|b|c|d}")
    assert set(counts) == set("abcd")
    assert min(counts.values()) > len(SEEDS) / 8


def test_weights_make_a_choice_more_likely_and_zero_makes_it_impossible():
    counts = drawn("{9::a|b|0::c}")
    assert counts["a"] > 4 * counts["b"] > 0
    assert counts["c"] == 0


def test_several_draws_are_different_ones_and_joined():
    for words in drawn("{2$$a|b|c}"):
        assert re.fullmatch("[abc], [abc]", words)
        assert words[0] != words[-1]
    assert {len(words.split(" and ")) for words in drawn("{1-3$$ and $$a|b|c}")} == {1, 2, 3}


def test_choices_nest_and_escapes_are_literal():
    assert set(drawn("{a|{b|c}d}")) == {"a", "bd", "cd"}
    assert set(drawn("｛红｜蓝｝色")) == {"红色", "蓝色"}
    assert expand(r"\{a\|b\} {c}", 1) == "{a|b} c"


def test_every_shipped_list_has_a_chinese_twin_of_distinct_entries():
    shipped = names()
    assert len([name for name in shipped if name.isascii()]) == len([name for name in shipped if not name.isascii()])
    for name in shipped:
        assert len(drawn(f"__{name}__")) > 3
        assert all(word and word.isascii() == name.isascii() for word in drawn(f"__{name}__"))


@pytest.mark.parametrize("name", ["animal", "building", "flower", "food", "fruit", "person", "vehicle"])
def test_every_thing_of_a_shipped_list_can_be_drawn(name):
    twins = {
        "animal": "动物",
        "building": "建筑",
        "flower": "花",
        "food": "食物",
        "fruit": "水果",
        "person": "人物",
        "vehicle": "交通",
    }
    english = {words.lower() for concept in concepts().values() for words in concept.en}
    chinese = {words for concept in concepts().values() for words in concept.zh}
    assert {words.lower() for words in drawn(f"__{name}__")} <= english
    assert set(drawn(f"__{twins[name]}__")) <= chinese


def test_a_persons_own_lists_come_first_and_may_hold_choices(tmp_path):
    (tmp_path / "animal.txt").write_text("# mine\n\n  yeti  \n", "utf-8-sig")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "神兽.txt").write_text("{green|gold} __animal__\r\n0::never", "utf-8")
    assert expand("a __animal__", 1, tmp_path) == "a yeti"
    assert set(drawn("__sub/神兽__", tmp_path)) == {"green yeti", "gold yeti"}
    assert {"animal", "sub/神兽", "color"} <= set(names(tmp_path))


def test_a_folder_that_is_not_there_holds_no_lists(tmp_path):
    assert expand("__color__", 3, tmp_path / "none") == expand("__color__", 3)


@pytest.mark.parametrize(
    ("prompt", "says"),
    [
        ("__anmal__", "no wildcard __anmal__; did you mean 'animal'"),
        ("__../secret__ __no/such__", "no wildcard __no/such__"),
        ("{5$$a|b}", "5 words to draw from 2 choices"),
        ("{3-2$$a|b|c}", "smaller number first"),
        ("{0::a}", "1 words to draw from 0 choices"),
        ("{" * 30 + "}" * 30, "nested more than 16 deep"),
        ("{a}" * 1100, "more than 1000 wildcards"),
        ("__loop__", "__loop__ calls itself (loop > back > loop)"),
        ("__empty__", "no entries"),
        ("__latin__", "not UTF-8"),
        ("__folder__", "no wildcard __folder__"),
        ("__long__", f"at most {MAX_PROMPT}"),
        ("__bomb0__", "grows past|more than 1000|at most"),
        ("__bell__", "control character"),
    ],
)
def test_what_cannot_be_drawn_is_said_in_one_line(tmp_path, prompt, says):
    lists = {"loop": "__back__", "back": "__loop__", "empty": "# nothing\n", "long": "x" * 5000, "bell": "a\x07"}
    lists |= {f"bomb{i}": f"__bomb{i + 1}__" * 9 for i in range(12)} | {"bomb12": "b"}
    for name, text in lists.items():
        (tmp_path / f"{name}.txt").write_text(text, "utf-8")
    (tmp_path / "latin.txt").write_bytes("caf\u00e9".encode("latin-1"))
    (tmp_path / "folder.txt").mkdir()
    with pytest.raises(PromptError, match="|".join(map(re.escape, says.split("|")))) as caught:
        expand(prompt, 1, tmp_path)
    assert "\n" not in str(caught.value)


@given(st.text(alphabet="{}|$:_-12\\ab 猫｛｝｜.", max_size=60) | st.text(max_size=60), st.integers(0, 2**63 - 1))
def test_any_text_expands_alike_twice_or_is_refused_alike_twice(text, seed):
    def once():
        try:
            return expand(text, seed)
        except PromptError as error:
            return str(error)

    assert once() == once()
