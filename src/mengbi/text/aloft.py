"""Who is in the air: flying cars, a whale in the sky, 飞在天上的鲸鱼."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mengbi.text import ahead, nearby
from mengbi.text.draft import Draft
from mengbi.text.noun import FLIES, FLOATS
from mengbi.text.tokens import Token

HOW = {"flying": FLIES, "floating": FLOATS}
_VERB = re.compile(r"fly|flies|soar|hover|飞|掠过|翱翔|盘旋|悬浮|(?P<floats>float|漂|浮|飘)")
"""Beginnings of verbs and of 在-words by which one is in the air."""
FAR = 24
"""So many tokens are looked at for the noun that a clause is about."""
_ALONE = ("thing", "color", "size", "other", "unknown")


@dataclass(kw_only=True, slots=True)
class Aloft:
    """Lifts those named before; or those that are still to come."""

    draft: Draft
    coming: int = 0  # how surely whoever is named next is in the air
    lifted: int = 0  # whoever was named last

    def name(self, numbers: list[int], *, joined: bool) -> None:
        """Somebody is named; joined: and is where the one before is."""
        self.lifted = self.coming or (self.lifted if joined else 0)
        self.draft.lift(numbers, self.lifted)
        self.coming = 0

    def of(self, numbers: list[int], how: int) -> None:
        """These are in the air; if nobody is named yet, whoever comes."""
        self.draft.lift(numbers, how)
        self.coming = self.coming if numbers else how


def rises(token: Token) -> int:
    """How surely a verb takes whose doing it is into the air: flying over, 飞过, 飞在. Not flying a kite."""
    verb = _VERB.match(token.text)
    if not verb or token.value in ("riding", "holding"):
        return 0
    return FLOATS if verb["floats"] else FLIES


def describes(tokens: Sequence[Token], i: int) -> bool:
    """In "a flying red car" the word is about the noun to come; in "a whale flying high" about the one before."""
    return ahead.at(tokens, i + 1).role in _ALONE and ahead.at(tokens, i - 1).role not in ("thing", "and", "him")


def stays(tokens: Sequence[Token], i: int) -> bool:
    """ "floating on the water", "flying kites": nobody is in the air for that."""
    after, before = ahead.at(tokens, i + 1), ahead.at(tokens, i - 1)
    on = after.text in ("on", "in", "down", "along", "upon", "at", "to", "into")
    return (on and tokens[i].value == "floating") or (before.role == "thing" and after.role in ("thing", "color"))


def doers(draft: Draft, topic: list[int], last: list[int]) -> list[int]:
    """Who flies in "a castle with a dragon flying": the nearest noun if it can, or whom the sentence is about."""
    able = [each for each in last if draft.is_a("animate", each) or draft.is_a("vehicle", each)]
    able = able or [each for each in last if draft.at_home(each) == "air" and not draft.is_a("wearable", each)]
    return able or topic or last


def in_the_sky(tokens: Sequence[Token], i: int) -> bool:
    """天上, and 在天空 or 天空里 as well; but not 天空下."""
    after = ahead.at(tokens, i + 1)
    inside = after.role == "relation" and after.value in ("on", "inside", "above")
    if after.role == "relation" and not inside:
        return False
    return tokens[i].value == "high" or (inside and tokens[i].text in ("天空", "蓝天", "夜空", "星空", "天"))


def place(tokens: Sequence[Token], i: int) -> int:
    """How surely a small word of Chinese puts somebody into the air: 天上, 飞在, 飞翔."""
    if tokens[i].role == "sky":
        return FLIES if in_the_sky(tokens, i) else 0
    return rises(tokens[i]) if tokens[i].role == "at" else HOW.get(tokens[i].value, 0)


def about_next(tokens: Sequence[Token], i: int) -> bool:
    """Whether a noun follows after 的 that is not itself a place: in 飞在天上的鲸鱼, but not in 飞在城市的上空."""
    end = min(i + FAR, len(tokens))
    for j in range(i + 1, end):
        if tokens[j].role == "break":
            return False
        if tokens[j].role == "de":
            rest = [k for k in range(j + 1, end) if tokens[k].role not in ("color", "size", "count", "stop")]
            return bool(rest) and tokens[rest[0]].role == "thing" and not nearby.before_localizer(tokens, rest[0])
    return False
