"""A prompt cut into the phrases that an encoder reads, in any language."""

import re

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_LONG = 6
"""A phrase of more words than this is cut where words connect; two Chinese or Japanese characters are one word."""

_PUNCTUATION = re.compile(r"[,，、。．;；!！?？،؛؟|｜\n\r]+|(?<!\bSt)(?<!\bMr)(?<!\bDr)(?<!\bMrs)\.(?=\s|$)|…+")

# Words that only join: they fall away.
_AND = re.compile(
    rf"""
    \s+(?:and|und|et|y|e|en|i|и|ve|ile|و|그리고|&|\+)\s+            # between spaces, as most languages write them
    | (?<=[가-힣])(?:와|과|하고)\s+                                   # Korean: on the word before
    | และ
    | 以及 | 还有 | 還有 | 并且 | 並且 | それから | そして
    | (?<=[{_CJK}])(?<![温暖柔缓平共祥调饱亲随谦附应])[和与與跟及](?![平尚服谐諧睦气氣蔼弦风風室食紙])(?=[{_CJK}])
    | (?<=[\u30a0-\u30ff\u4e00-\u9fff])[とや](?=[\u30a0-\u30ff\u4e00-\u9fff])   # Japanese: between nouns only
    """,
    re.VERBOSE | re.IGNORECASE,
)

_STAYS = "坐站躺飞飛走跑住停挂掛飘飄游睡趴蹲漂浮落立照映洒灑长長开開建"

# Words that open a new phrase: they stay with it.
_OPENS = re.compile(
    rf"""
    \s+(?=(?:
        with|under|beneath|below|on|in|inside|at|over|above|behind|beside|near|by|through|around|against|between|among
        |wearing|holding|riding|carrying|standing|sitting|lying|flying|swimming|running|walking
        |mit|unter|auf|über|hinter|neben|vor|bei
        |avec|sous|sur|dans|derrière|devant|près
        |con|bajo|sobre|detrás|junto|sotto|nel|nella|sulla|sul|dietro
        |com|sob|atrás
        |met|onder|op|boven|achter|naast
        |ze?|pod|nad|za|obok|w
        |со?|под|на|над|за|возле|в|у
        |تحت|فوق|في|على|مع
    )\s)
    | (?<=[上下中前後横隣側内奥])(?:で|に)                              # Japanese: the place ends here
    | (?<=[가-힣](?:에서|위에|래에|속에|옆에))\s+                        # Korean, likewise
    | (?=ใต้|ข้าง|กับ)
    | (?=(?<=[{_CJK}])[{_STAYS}]在)
    | (?=(?<=[{_CJK}])(?<![正现現存自实實所内外潜好{_STAYS}])在(?!线|線|乎))
    """,
    re.VERBOSE | re.IGNORECASE,
)


def split(text: str) -> list[str]:
    """The phrases of a text, in order: at punctuation and line ends, long ones also where words connect."""
    return [text[start:end] for start, end in spans(text)]


def spans(text: str) -> list[tuple[int, int]]:
    """Where the phrases of `split` start and end in the text."""
    found = []
    for start, end in _between(_PUNCTUATION, text, 0, len(text)):
        if _words(text[start:end]) <= _LONG:
            found.append((start, end))
        else:
            for first, last in _between(_AND, text, start, end):
                found += _between(_OPENS, text, first, last) if _words(text[first:last]) > _LONG else [(first, last)]
    return found


def _between(cut: re.Pattern[str], text: str, start: int, end: int) -> list[tuple[int, int]]:
    """What lies between the cuts, without the spaces around it."""
    edges = [start, *(edge for m in cut.finditer(text, start, end) for edge in m.span()), end]
    pieces = [(first, text[first:last]) for first, last in zip(edges[::2], edges[1::2], strict=True)]
    stripped = [(first + len(piece) - len(piece.lstrip()), piece.strip()) for first, piece in pieces]
    return [(first, first + len(piece)) for first, piece in stripped if piece]


def _words(text: str) -> float:
    return len(re.findall(f"[{_CJK}]", text)) / 2 + len(re.findall(rf"[^\W{_CJK}]+", text))
