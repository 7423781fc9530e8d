"""Words that stand together and mean one thing: a panda chef, a penguin family, a baby dragon, an apple orchard."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from mengbi.assets import concepts
from mengbi.text.lexicon import traits
from mengbi.text.noun import MODIFIERS
from mengbi.text.tokens import MANY, Reading, Token

_SIZES = dict.fromkeys(
    ("妈妈", "爸爸", "mother", "mom", "mum", "mama", "father", "dad", "papa"), "large"
) | dict.fromkeys(("宝宝", "baby", "babies"), "small")
_KIN = frozenset(("family", "families", "一家", "一家人", "一家子", "一家三口", "一家四口"))
_PLACES = {"田": "meadow", "地": "meadow", "园": "meadow", "林": "forest", "树林": "forest"}
_SEAS = {"花海": "meadow", "花田": "meadow", "海": "meadow", "海中": "meadow", "海里": "meadow", "海洋": "meadow"}
"""After the name of a flower, it is a sea of them: 郁金香花海, 玫瑰花海中."""


def join_compounds(reading: Reading) -> Reading:
    """The same reading, each such pair of words as what it means."""
    return replace(reading, tokens=tuple(_in_costume(_families(_seas(_fields(reading.tokens))))))


def _in_costume(tokens: list[Token]) -> list[Token]:
    """A panda chef is a panda: of the two nouns, what is drawn comes last. A baby dragon and 鸭妈妈 have their size."""
    for i, (first, second) in enumerate(pairwise(tokens)):
        if _is_beast(first) and not first.plural and second.role == "thing":
            if second.text in _SIZES:
                tokens[i : i + 2] = [replace(second, role="size", value=_SIZES[second.text]), first]
            elif second.value in traits()["costume"]:
                tokens[i : i + 2] = [replace(second, plural=False), replace(first, plural=second.plural)]
        elif first.text in _SIZES and _is_beast(second):
            tokens[i] = replace(first, role="size", value=_SIZES[first.text])
        elif first.text.endswith(("its", "their")) and second.text in _SIZES:
            beasts = [token for token in tokens[:i] if _is_beast(token)]
            tokens[i + 2 : i + 2] = [replace(second, value=each.value) for each in beasts[-1:]]  # its mother bear
    return tokens


def _is_beast(token: Token) -> bool:
    return token.role == "thing" and token.value in traits()["animate"] - traits()["person"]


def _fields(tokens: Sequence[Token]) -> list[Token]:
    """向日葵地 and 郁金香花海 are full of them, 苹果园 has many."""
    result: list[Token] = []
    for token, after in pairwise([*tokens, Token(role="break")]):
        place, kind = _place(token, after)
        if place and kind in ("plant", "food"):
            if result and result[-1].role == "count" and result[-1].value == "1":
                result.pop()  # 一片
            counted = bool(result) and result[-1].role == "count"
            many = Token(role="spread" if kind == "plant" else "count", value=str(MANY), spaced=False)
            result += [] if counted else [many]
            result += [replace(token, implied=True), replace(after, role="ground", value=place)]
        elif result and result[-1].role == "ground" and token.text in _SEAS and token.text == result[-1].text:
            continue
        elif not (result and result[-1].role == "ground" and token.text in _PLACES and token.text == result[-1].text):
            result.append(token)
    return result


def _place(token: Token, after: Token) -> tuple[str | None, str]:
    """The ground that two words name which are one, and the kind of what grows there."""
    if token.role != "thing" or token.spaced:
        return None, ""
    if after.text in _SEAS and (token.text[-1] in "花草菊" or "花" in after.text):
        return _SEAS[after.text], concepts()[token.value].kind
    known = _PLACES.get(after.text) if after.role in ("unknown", "de", "ground") else None
    return known, concepts()[token.value].kind


def _seas(tokens: list[Token]) -> list[Token]:
    """A sea of tulips is a meadow of them, and a forest of skyscrapers a city."""
    for i, (first, second) in enumerate(pairwise(tokens)):
        rest = [token for token in tokens[i + 2 : i + 6] if token.role not in (*MODIFIERS, "other")]
        kind = concepts()[rest[0].value].kind if rest and rest[0].role == "thing" else ""
        if kind == "plant" and first.role == "ground" and first.value == "sea" and second.role == "of":
            tokens[i] = replace(first, value="meadow")
            tokens[i + 1] = replace(second, role="spread", value=str(MANY))
        elif kind == "building" and (first.value, second.role) == ("forest", "spread"):
            tokens[i] = replace(first, value="city")
    return tokens


def _families(tokens: list[Token]) -> list[Token]:
    """A penguin family is some penguins, and no man, woman and child with them."""
    result: list[Token] = []
    for token in tokens:
        before = result[-1] if result else None
        if before and _is_beast(before) and token.text in _KIN:
            result.append(replace(token, role="group", value="4"))
        elif not (before and before.role == "group" and token.text == before.text and token.text in _KIN):
            result.append(token)
    return result
