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

WHOLE, PART = 0.72, 0.82
"""How near a meaning must be, for a whole unknown phrase and for a part of one.

Chosen on 65 words that name a concept and 101 that name none, in thirteen languages: at 0.72, and with the words below
that name nothing, 47 of the first and at most 4 of the second are taken for something.
"""

_MAX_SPANS = 160  # of one text: about 50 ms
_NOTHING = """beautiful, powerful, delicate, wonderful, mysterious, elegant, broken, gigantic, enormous, shiny, soft, smooth, wooden,
mechanical, crystal clear, fluffy, quickly, slowly, suddenly, very, always, freedom, justice, hope, love, happiness, sadness, imagination,
thought, philosophy, economy, government, politics, mathematics, science, software, quality, style, detail, texture, symmetry, dancing,
jumping, spinning, sitting, thinking, holding, glowing, shining, running, talking, between, nevertheless, because, tomorrow, yesterday,
dream, memory, energy, story, idea, number, meaning, work, company, information, sacred, ancient, modern"""
_FACTS = {"grounds": "ground", "times": "time", "weathers": "weather", "features": "feature", "seasons": "season", "colors": "color"}
_NO_NOUN = re.compile(r"(ing|ed|ly|ness|ful|ous|ive|less|able|ible|ic|ism|ity)$")


def guess(reading: Reading, encoder: Encoder) -> Reading:
    """The same reading with unknown phrases replaced by what they probably mean."""
    spans = _spans(reading)[:_MAX_SPANS]
    if not spans:
        return reading
    tokens = list(reading.tokens)
    meanings, rows = _meanings(encoder)
    scores = encoder.encode([_text(tokens[a:b]) for a, b in spans]) @ rows.T
    best = scores.argmax(axis=1)
    ranked = sorted(zip(spans, best, scores.max(axis=1), strict=True), key=lambda item: (-round(_worth(item), 4), item[0]))
    taken = [False] * len(tokens)
    found: dict[int, tuple[int, Meaning]] = {}
    for (a, b), row, score in ranked:
        meaning, whole = meanings[row], _whole(tokens, a, b)
        if meaning is not None and score >= (WHOLE if whole else PART) and not any(taken[a:b]):
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
            tokens[-1] = replace(tokens[-1], text=_text([tokens[-1], token]))
        else:
            tokens.append(token)
    return replace(reading, tokens=tuple(tokens))


def _worth(item: tuple[tuple[int, int], int, float]) -> float:
    (a, b), _, score = item
    return float(score) + 0.02 * (b - a)  # of two that are equally near, the longer


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
                if not (reading.language == "en" and b - a == 1 and _NO_NOUN.search(tokens[a].text)):
                    spans.append((a, b))
        start = max(end, start + 1)
    return spans


def _whole(tokens: Sequence[Token], a: int, b: int) -> bool:
    """Words are whole by themselves; characters only where the unknown phrase begins and ends with them."""
    if tokens[a].spaced:
        return True
    inside = (a and tokens[a - 1].role == "unknown") or (b < len(tokens) and tokens[b].role == "unknown")
    return not inside and not (b < len(tokens) and is_character(tokens[b]) and tokens[b - 1].role == "unknown")


def _text(tokens: Sequence[Token]) -> str:
    return (" " if tokens[0].spaced else "").join(token.text for token in tokens)


def _replaced(tokens: list[Token], found: dict[int, tuple[int, Meaning]]) -> list[Token]:
    result: list[Token] = []
    i = 0
    while i < len(tokens):
        end, meaning = found.get(i, (i + 1, None))
        if meaning is None:
            result.append(tokens[i])
        else:
            result.append(replace(tokens[i], role=meaning.role, value=meaning.value, text=_text(tokens[i:end])))
        i = end
    return result


@cache
def _meanings(encoder: Encoder) -> tuple[list[Meaning | None], NDArray[np.float32]]:
    """Meanings and their vectors, a row each: concepts by all their names, facts and colours by English words."""
    ids, rows = vectors()
    drawn = [i for i, id in enumerate(ids) if concepts()[id].kind in DRAWN]
    meanings: list[Meaning | None] = [Meaning("thing", ids[i]) for i in drawn]
    said: dict[str, Meaning | None] = dict.fromkeys((word.strip() for word in _NOTHING.split(",")), None)
    for word, phrase in lexicon("en").phrases.items():
        if len(phrase) == 1 and phrase[0].role in _FACTS.values() and " " not in word:
            said[word] = phrase[0]
    return meanings + list(said.values()), np.concatenate([rows[drawn], encoder.encode(list(said))])
