"""What no table knows: the nearest meaning in the encoder's space, or none."""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from mengbi.assets import concepts, vectors
from mengbi.text.encoder import Encoder
from mengbi.text.lexicon import DRAWN, Meaning, lexicon
from mengbi.text.tokens import Reading, Token, is_character

SURE, LIKELY, PART = 0.8, 0.72, 0.88
"""How near a meaning must be: in English and Chinese; elsewhere; and for a part of an unknown run of characters.

The encoder is sure of many words that it hardly knows, so a word must also mean the same when it is said twice. On
4,688 emoji labels of eight languages that leaves 2,671 at 0.72, of which 86 % are right, and 1,692 at 0.8, of which
92 % are (without saying it twice: 2,917 and 80 %). What the large English and Chinese tables do not know is seldom
something that can be drawn, hence the higher figure there.
"""

_MAX_SPANS = 128  # of one text: about 50 ms
_PER_UNIT = 0.02  # of two spans that are equally near, the longer
_NOTHING = """\
beautiful, powerful, delicate, wonderful, mysterious, elegant, broken, gigantic, enormous, shiny, soft,
smooth, wooden, mechanical, crystal clear, fluffy, quickly, slowly, suddenly, very, always, freedom, justice,
hope, love, happiness, sadness, imagination, thought, philosophy, economy, government, politics, mathematics,
science, software, quality, style, detail, texture, symmetry, dancing, jumping, spinning, sitting, thinking,
holding, glowing, shining, running, talking, between, nevertheless, because, tomorrow, yesterday, dream,
memory, energy, story, idea, number, meaning, work, company, information, sacred, ancient, modern,
齉龘, 魑魅魍魉, blorptz, qwvx"""
_FACTS = ("ground", "time", "weather", "feature", "season", "color")
_NO_NOUN = re.compile(r"(ing|ed|ly|ness|ful|ous|ive|less|able|ible|ic|ism|ity)$")


def guess(reading: Reading, encoder: Encoder) -> Reading:
    """The same reading with unknown phrases replaced by what they probably mean."""
    spans = _spans(reading)[:_MAX_SPANS]
    if not spans:
        return reading
    tokens = list(reading.tokens)
    texts = [_text(tokens[a:b]) for a, b in spans]
    near = _nearest(texts, encoder)
    order = list(near)
    twice = _nearest([f"{texts[i]}, {texts[i]}" for i in order], encoder)
    same = {i: twice[k][0] == near[i][0] for k, i in enumerate(order) if k in twice}
    taken = [False] * len(tokens)
    found: dict[int, tuple[int, Meaning]] = {}
    for i in sorted(near, key=lambda i: (-round(near[i][1] + _PER_UNIT * (spans[i][1] - spans[i][0]), 4), i)):
        (a, b), (meaning, score) = spans[i], near[i]
        if score >= _bar(reading, a, b) and same.get(i) and not any(taken[a:b]):
            taken[a:b] = [True] * (b - a)
            found[a] = (b, meaning)
    return replace(reading, tokens=tuple(_replaced(tokens, found)))


def needs_guessing(reading: Reading) -> bool:
    """Whether there is an unknown phrase that could name something: only then is the encoder worth loading."""
    return bool(_spans(reading))


def join_unknown(reading: Reading) -> Reading:
    """Neighbours that nobody knows become one phrase."""
    tokens: list[Token] = []
    for token in reading.tokens:
        if token.role == "unknown" and tokens and tokens[-1].role == "unknown" and tokens[-1].spaced == token.spaced:
            own = _text([tokens[-1], token], own=True)
            tokens[-1] = replace(tokens[-1], text=_text([tokens[-1], token]), own=own)
        else:
            tokens.append(token)
    return replace(reading, tokens=tuple(tokens))


def _nearest(texts: list[str], encoder: Encoder) -> dict[int, tuple[Meaning, float]]:
    """For each text that is near to something: what, and how near."""
    meanings, rows = _meanings(encoder)
    scores = encoder.encode(texts) @ rows.T
    best = scores.argmax(axis=1) if texts else []
    found = {i: (meanings[row], float(scores[i, row])) for i, row in enumerate(best)}
    return {i: (meaning, score) for i, (meaning, score) in found.items() if meaning is not None and score >= 0.5}


def _bar(reading: Reading, a: int, b: int) -> float:
    if not _whole(reading.tokens, a, b):
        return PART
    return SURE if reading.language in ("en", "zh") else LIKELY


def _spans(reading: Reading) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    tokens, start = reading.tokens, 0
    while start < len(tokens):
        end = start
        while end < len(tokens) and tokens[end].role == "unknown" and tokens[end].spaced == tokens[start].spaced:
            end += 1
        longest, shortest = (3, 1) if tokens[start].spaced else (12 if reading.language == "th" else 6, 2)
        if end > start and end < len(tokens) and is_character(tokens[end]):
            end += 1  # 海賊船: the last character alone would be any ship
        for a in range(start, end):
            for b in range(a + shortest, min(a + longest, end) + 1):
                if not (b - a == 1 and _names_nothing(tokens[a], reading.language)):
                    spans.append((a, b))
        start = max(end, start + 1)
    return spans


def _names_nothing(token: Token, language: str) -> bool:
    if language == "en" and _NO_NOUN.search(token.text):
        return True
    return not (4 if language == "en" else 3) <= len(token.text) <= 40


def _whole(tokens: Sequence[Token], a: int, b: int) -> bool:
    """Words are whole by themselves; characters only where the unknown phrase begins and ends with them."""
    if tokens[a].spaced:
        return True
    inside = (a and tokens[a - 1].role == "unknown") or (b < len(tokens) and tokens[b].role == "unknown")
    return not inside and not (b < len(tokens) and is_character(tokens[b]) and tokens[b - 1].role == "unknown")


def _text(tokens: Sequence[Token], own: bool = False) -> str:
    return (" " if tokens[0].spaced else "").join(token.own if own else token.text for token in tokens)


def _replaced(tokens: list[Token], found: dict[int, tuple[int, Meaning]]) -> list[Token]:
    result: list[Token] = []
    i = 0
    while i < len(tokens):
        end, meaning = found.get(i, (i + 1, None))
        if meaning is None:
            result.append(tokens[i])
        else:
            whole, own = _text(tokens[i:end]), _text(tokens[i:end], own=True)
            result.append(replace(tokens[i], role=meaning.role, value=meaning.value, text=whole, own=own))
        i = end
    return result


@cache
def _meanings(encoder: Encoder) -> tuple[list[Meaning | None], NDArray[np.float32]]:
    """Meanings and their vectors, a row each: concepts by all their names, facts and colours by English words."""
    ids, rows = vectors()
    drawn = [i for i, name in enumerate(ids) if concepts()[name].kind in DRAWN]
    meanings: list[Meaning | None] = [Meaning("thing", ids[i]) for i in drawn]
    said: dict[str, Meaning | None] = dict.fromkeys((word.strip() for word in _NOTHING.split(",")), None)
    for word, phrase in lexicon("en").phrases.items():
        if len(phrase) == 1 and phrase[0].role in _FACTS and " " not in word:
            said[word] = phrase[0]
    return meanings + list(said.values()), np.concatenate([rows[drawn], encoder.encode(list(said))])
