"""The grammar is AUTOMATIC1111's; the examples up to `mixed` are the ones its own documentation gives."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mengbi.text.prompt import BREAK, attention, parts, plain, schedule

ALTERNATING = [(step, "a" if step % 2 else "(b:1.1)") for step in range(1, 11)]
GRAMMAR = st.text(alphabet="()[]:|\\（）［］：｜ab 1.5-猫ANDBREK\n", max_size=60)
WORDS = st.text(alphabet=st.characters(exclude_characters="()[]\\（）［］", exclude_categories=["Cs"]), max_size=80)


def weights(spans):
    return [(text, pytest.approx(weight)) for text, weight in spans]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("normal text", [("normal text", 1.0)]),
        ("an (important) word", [("an ", 1.0), ("important", 1.1), (" word", 1.0)]),
        ("(unbalanced", [("unbalanced", 1.1)]),
        (r"\(literal\]", [("(literal]", 1.0)]),
        ("(unnecessary)(parens)", [("unnecessaryparens", 1.1)]),
        (
            "a (((house:1.3)) [on] a (hill:0.5), sun, (((sky))).",
            [
                ("a ", 1.0),
                ("house", 1.573),
                (" ", 1.1),
                ("on", 1.0),
                (" a ", 1.1),
                ("hill", 0.55),
                (", sun, ", 1.1),
                ("sky", 1.4641),
                (".", 1.1),
            ],
        ),
        ("[less]", [("less", 1 / 1.1)]),
        ("a (cat: 1.5 )", [("a ", 1.0), ("cat", 1.5)]),
        ("(x:-1)", [("x", -1.0)]),
        ("", [("", 1.0)]),
        ("stray ) and ] :1.2)", [("stray ) and ] :1.2)", 1.0)]),
        ("(two:1.2.3)", [("two:1.2.3", 1.1)]),
        ("一只（红：1.3）狐狸［小］", [("一只", 1.0), ("红", 1.3), ("狐狸", 1.0), ("小", 1 / 1.1)]),
    ],
)
def test_attention_weighs_as_documented(text, expected):
    assert attention(text) == weights(expected)


def test_equal_neighbours_are_one_span_to_the_bit():
    assert attention("((a))((b))") == [("ab", 1.1 * 1.1)]


def test_break_is_a_span_of_its_own_also_within_brackets():
    assert attention("a BREAK b") == [("a", 1.0), (BREAK, -1.0), ("b", 1.0)]
    assert attention("(a BREAK b)") == [("a", 1.1), (BREAK, -1.0), ("b", 1.1)]
    assert attention("BREAKFAST") == [("BREAKFAST", 1.0)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("test", [(10, "test")]),
        ("a [b:3]", [(3, "a "), (10, "a b")]),
        ("a [b: 3]", [(3, "a "), (10, "a b")]),
        ("a [[[b]]:2]", [(2, "a "), (10, "a [[b]]")]),
        ("[(a:2):3]", [(3, ""), (10, "(a:2)")]),
        ("a [b : c : 1] d", [(1, "a b  d"), (10, "a  c  d")]),
        ("a[b:[c:d:2]:1]e", [(1, "abe"), (2, "ace"), (10, "ade")]),
        ("a [unbalanced", [(10, "a [unbalanced")]),
        ("a [b:.5] c", [(5, "a  c"), (10, "a b c")]),
        ("a [{b|d{:.5] c", [(5, "a  c"), (10, "a {b|d{ c")]),
        ("((a][:b:c [d:3]", [(3, "((a][:b:c "), (10, "((a][:b:c d")]),
        ("[a|(b:1.1)]", ALTERNATING),
        ("[fe|]male", [(step, "female" if step % 2 else "male") for step in range(1, 11)]),
        ("[fe|||]male", [(step, "female" if step % 4 == 1 else "male") for step in range(1, 11)]),
        ("[a::4]b", [(4, "ab"), (10, "b")]),
        ("[:a:4]b", [(4, "b"), (10, "ab")]),
        ("[a:b:0]", [(10, "b")]),
        ("[a:b:-1]", [(10, "b")]),
        ("[a:b:1.0]", [(10, "a")]),
        ("[a:b:99]", [(10, "a")]),
        ("[a:b]", [(10, "[a:b]")]),
        ("[a:b:c:3]", [(10, "[a:b:c:3]")]),
        ("[x [a:b] y:3]", [(10, "[x [a:b] y:3]")]),
        (r"\[a:b:3]", [(10, r"\[a:b:3]")]),
        (r"[a\:b:3]", [(3, ""), (10, r"a\:b")]),
        ("[[a|b]:c:3]", [(1, "a"), (2, "b"), (3, "a"), *((step, "c") for step in range(4, 11))]),
        ("［猫：狗：0.5］", [(5, "猫"), (10, "狗")]),
        ("a | b [c:d:3]", [(3, "a | b c"), (10, "a | b d")]),
    ],
)
def test_schedules_change_at_the_documented_steps(text, expected):
    assert schedule(text, 10) == expected


def test_the_long_documented_schedule_has_five_stages():
    prompt = (
        "fantasy landscape with a [mountain:lake:0.25] and [an oak:a christmas tree:0.75]"
        "[ in foreground::0.6][: in background:0.25] [shoddy:masterful:0.5]"
    )
    assert schedule(prompt, 100) == [
        (25, "fantasy landscape with a mountain and an oak in foreground shoddy"),
        (50, "fantasy landscape with a lake and an oak in foreground in background shoddy"),
        (60, "fantasy landscape with a lake and an oak in foreground in background masterful"),
        (75, "fantasy landscape with a lake and an oak in background masterful"),
        (100, "fantasy landscape with a lake and a christmas tree in background masterful"),
    ]


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("a cat", [("a cat", 1.0)]),
        ("a cat AND a dog", [("a cat", 1.0), (" a dog", 1.0)]),
        ("a cat :1.2 AND a dog AND a penguin :2.2", [("a cat", 1.2), (" a dog", 1.0), (" a penguin", 2.2)]),
        ("a AND b :-0.5", [("a", 1.0), (" b", -0.5)]),
        ("SAND AND ANDY", [("SAND", 1.0), (" ANDY", 1.0)]),
        ("meet at 12:30", [("meet at 12:30", 1.0)]),
        ("猫AND狗：0.5", [("猫", 1.0), ("狗", 0.5)]),
    ],
)
def test_and_composes_prompts_with_their_strengths(prompt, expected):
    assert parts(prompt) == expected


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        ("a (red:1.3) fox", "a red fox"),
        ("a [cat:dog:0.5]", "a dog"),
        ("a [cat:dog:1.0]", "a cat"),
        ("a [cat|dog]", "a cat"),
        ("a cat AND a dog :0.5", "a cat, a dog"),
        ("a cat AND a dog :0", "a cat"),
        ("a cat(, a dog:0)(, rain:-1)", "a cat"),
        ("a cat, BREAK a dog", "a cat, a dog"),
        (r"a face \(smiling\)", "a face (smiling)"),
        ("标题：落日", "标题：落日"),
        ("", ""),
    ],
)
def test_plain_says_the_words_without_the_grammar(prompt, words):
    assert plain(prompt) == words


@given(WORDS)
def test_plain_text_is_itself(text):
    if "AND" not in text and "BREAK" not in text:
        assert plain(text) == text.strip()


@given(GRAMMAR | st.text(), st.integers(1, 60))
def test_any_text_is_read_and_its_schedule_covers_all_steps_once(text, steps):
    stages = schedule(text, steps)
    ends = [end for end, _ in stages]
    assert ends == sorted(set(ends))
    assert ends[0] >= 1
    assert ends[-1] == steps
    for _, stage in stages:
        spans = attention(stage)
        assert spans
        assert all(math.isfinite(weight) for _, weight in spans)
    assert all(math.isfinite(strength) for _, strength in parts(text))
    plain(text)


@given(st.lists(st.floats(0.01, 9.99).map(lambda x: round(x, 2)) | st.sampled_from(["(", "["]), min_size=1, max_size=8))
def test_nested_weights_multiply(shells):
    text, weight = "x", 1.0
    for shell in shells:
        if shell == "(":
            text, weight = f"({text})", weight * 1.1
        elif shell == "[":
            text, weight = f"[{text}]", weight / 1.1
        else:
            text, weight = f"({text}:{shell})", weight * shell
        weight = min(weight, 1e6)  # a weight beyond this is cut, lest many shells overflow
    assert attention(text) == [("x", pytest.approx(weight))]


@pytest.mark.parametrize(
    "text", ["[a:" * 1000 + "x" + ":2]" * 500, "(" * 2000 + "x" + ")" * 2000, "[a|" * 1300, "\\" * 4000]
)
def test_deep_nesting_is_read_without_a_limit(text):
    assert schedule(text, 20)[-1][0] == 20
    assert attention(text)
    assert isinstance(plain(text), str)
