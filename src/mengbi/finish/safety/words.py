"""Finding words that are listed in words.toml, also where somebody hides them a little.

Whole words in scripts that have spaces, so that Scunthorpe, Essex and the great tit are safe; patterns with their
harmless neighbours in scripts that have none (出口交通 holds 口交).
"""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal

Kind = Literal["minors", "bare", "sexual", "gore"]
_ALIKE = str.maketrans("ıłøđ", "ilod")
_DIGITS = str.maketrans("013457@$", "oieastas")
_LETTERS_APART = re.compile(r"(?<!\w)(?:[^\W\d_][ .*_\-]+){2,}[^\W\d_](?!\w)")
_MIXED = re.compile(r"[\w@$]*[^\W\d_][\w@$]*")
_NO_SPACES = r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]"
_GAPS = (r"\s+(?:\S+\s+){0,2}?", r"\S{0,3}?")
"""Between neighbours: at most two words, or three characters where there are no spaces."""


def find_words(text: str) -> Mapping[Kind, tuple[str, ...]]:
    """What was found of each kind, as it was understood; nothing of it twice."""
    texts = tuple(harmless.sub(" ", text) for harmless, text in zip(_lists()["harmless"], _folded(text), strict=True))
    sexual, gore, minors, children = (_hits(name, texts) for name in ("sexual", "gore", "minors", "children"))
    if children and sexual and not minors:
        minors = (*children, *sexual)
    return {"minors": minors, "bare": _bare(texts), "sexual": sexual, "gore": gore}


def _hits(name: str, texts: tuple[str, ...]) -> tuple[str, ...]:
    found = (match[0] for pattern, text in zip(_lists()[name], texts, strict=True) for match in pattern.finditer(text))
    return tuple(dict.fromkeys(found))


def _bare(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Children who are said to be naked, in neighbouring words."""
    found: list[str] = []
    for child, bare, text, gap in zip(_lists()["children"], _lists()["bare"], texts, _GAPS, strict=True):
        for one, other in ((child, bare), (bare, child)):
            near = re.compile(f"(?:{one.pattern}){gap}(?:{other.pattern})")
            found += [match[0] for match in near.finditer(text)]
    return tuple(dict.fromkeys(found))


def _folded(text: str) -> tuple[str, str]:
    """The text twice: as words with single spaces between them, and with the scripts that have none written solid."""
    text = unicodedata.normalize("NFKC", text).casefold()
    text = "".join(c for c in text if unicodedata.category(c) != "Cf")  # invisible characters between letters
    text = _without_accents(text)
    text = _LETTERS_APART.sub(lambda match: re.sub(r"[ .*_\-]", "", match[0]), text)
    text = _MIXED.sub(_as_letters, text)
    joined = re.sub(rf"(?<={_NO_SPACES})[\s·.・*_\-]+(?={_NO_SPACES})", "", text)
    spaced = " ".join(re.sub(r"[^\w]|_", " ", text).split())
    return spaced, joined


def _without_accents(text: str) -> str:
    """Latin, Greek and Cyrillic letters without their marks, but for ñ; in other scripts marks are vowels."""
    out: list[str] = []
    for c in unicodedata.normalize("NFD", text):
        if not (unicodedata.category(c) == "Mn" and out and out[-1] < "\u0530") or [*out[-1:], c] == ["n", "\u0303"]:
            out.append(c)
    return unicodedata.normalize("NFC", "".join(out)).translate(_ALIKE)


def _as_letters(match: re.Match[str]) -> str:
    """Digits that stand for letters, and letters held down too long."""
    word = match[0]
    if any(c.isdigit() or c in "@$" for c in word):
        word = word.translate(_DIGITS)
    return re.sub(r"([^\W\d_])\1{2,}", r"\1", word)


@cache
def _lists() -> Mapping[str, tuple[re.Pattern[str], re.Pattern[str]]]:
    data = tomllib.loads((files("mengbi.finish.safety") / "words.toml").read_text(encoding="utf-8"))
    return {name: (_whole_words(lists["words"]), _patterns(lists["patterns"])) for name, lists in data.items()}


def _whole_words(by_language: Mapping[str, str]) -> re.Pattern[str]:
    """One pattern of all words; a trailing * stands for any ending, and a + for the space inside a phrase."""
    words = sorted({_without_accents(word.casefold()) for text in by_language.values() for word in text.split()})
    parts = [re.escape(word.rstrip("*")).replace(r"\+", " ") + (r"\w*" if word.endswith("*") else "") for word in words]
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)")


def _patterns(listed: list[str]) -> re.Pattern[str]:
    return re.compile(unicodedata.normalize("NFKC", "|".join(listed)))
