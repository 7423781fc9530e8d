"""What words mean: tables of words by language, and the concept table's own names."""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import product

from mengbi.assets import concepts

KANA = re.compile("[\u3040-\u30ff]")

LATIN = ("de", "es", "fr", "it", "nl", "pl", "pt", "tr")
"""Languages in Latin letters besides English: which one it is has to be found out from the words."""

_ROLES = {
    "colors": "color", "counts": "count", "sizes": "size", "relations": "relation", "verbs": "verb",
    "grounds": "ground", "times": "time", "weathers": "weather", "features": "feature", "seasons": "season",
    "moods": "mood", "things": "thing", "done": "done",
    "parts": "part",
}  # fmt: skip
DRAWN = ("person", "animal", "plant", "building", "vehicle", "food", "object", "clothing", "place")
"""Kinds of concepts whose names are read as things; symbols and sky come in by the tables alone."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one word does in a sentence."""

    role: str  # thing, color, count, size, relation, verb, ground, time, weather, feature, season, mood, and, not…
    value: str  # concept, colour, number, kind of relation…


_NOTHING = (Meaning("", ""),)
_SMALL = Meaning("size", "small")


@dataclass(frozen=True, kw_only=True, slots=True)
class Lexicon:
    """Phrases of one language and their meanings, with what a reader must know about its grammar."""

    phrases: Mapping[str, tuple[Meaning, ...]]
    alone: Mapping[str, tuple[Meaning, ...]]  # what a colour word means where no noun follows: an orange
    plurals: Mapping[str, str]  # those that no rule makes: mice -> mouse
    stems: tuple[tuple[str, tuple[Meaning, ...]], ...] = ()  # beginnings of inflected words, the longest first
    beginnings: tuple[str, ...] = ()  # what may be taken off a word: an article that is written with it
    endings: tuple[str, ...] = ()
    many: tuple[str, ...] = ()  # those endings that make a plural
    order: str = "prepositions"  # or "postpositions"
    color_after: bool = False  # a colour follows its noun


@cache
def lexicon(language: str) -> Lexicon:
    """The table of a language by its two letters; raises FileNotFoundError for one that has none."""
    data = tomllib.loads((files("mengbi.text") / "words" / f"{language}.toml").read_text(encoding="utf-8"))
    japanese = language == "ja"
    phrases: dict[str, tuple[Meaning, ...]] = {}
    for section, role in _ROLES.items():
        for value, words in data.get(section, {}).items():
            phrases.update(dict.fromkeys(_split(words, japanese), (Meaning(role, value),)))
    for section in ("words", "quiet"):
        for role, words in data.get(section, {}).items():
            for word in _split(words, japanese):
                if section == "words" or word not in phrases:
                    phrases[word] = (Meaning(role, ""),)
    for part, words in data.get("his", {}).items():
        for who, word in product(("his", "her", "its", "their"), _split(words)):
            if part.endswith(" of"):  # on her left
                said = Meaning("relation", part), Meaning("him", part)
                phrases |= {f"{where} {who} {word}": said for where in ("on", "to", "at")}
            else:
                each = (f"{side}{word}" for side in ("", "left ", "right "))
                phrases |= dict.fromkeys((f"{who} {word}" for word in each), (Meaning("him", part),))
    phrases = _names(language, phrases) | phrases
    if language == "en":  # "balloons" in a name of the table is the plural of a balloon, and no name of one
        phrases = {word: said for word, said in phrases.items() if not _is_plural(word, said, phrases)}
    phrases.update({_key(phrase, japanese): _meanings(text) for phrase, text in data.get("idioms", {}).items()})
    grammar = data.get("grammar", {})
    stems = {word[:-1]: meaning for word, meaning in phrases.items() if word.endswith("*")}
    if grammar.get("stem"):  # languages whose nouns change their last vowel
        long = {word: meaning for word, meaning in phrases.items() if len(word) > 4 and meaning[0].role == "thing"}
        stems |= {word[:-1]: meaning for word, meaning in long.items() if word[-1] in "aeiouyаеёиоуыьюяйąęó"}
    return Lexicon(
        phrases={word: meaning for word, meaning in phrases.items() if not word.endswith("*")},
        alone={word: _meanings(text) for word, text in data.get("alone", {}).items()},
        plurals=data.get("plurals", {}),
        stems=tuple(sorted(stems.items(), key=lambda item: -len(item[0]))),
        beginnings=tuple(_split(grammar.get("prefixes", ""))),
        endings=tuple(_split(grammar.get("endings", ""))),
        many=tuple(_split(grammar.get("plural", ""))),
        order=grammar.get("order", "prepositions"),
        color_after=grammar.get("color_after", False),
    )


@cache
def emoji() -> dict[str, tuple[Meaning, ...]]:
    """Emoji without variation selectors and skin tones, and what they mean; 👩‍🚀 and 👨‍🚀 are 🧑‍🚀."""
    drawn = {plain(each): row for row in concepts().values() for each in (row.emoji, *row.also) if each}
    known = {each: (Meaning("thing", row.id),) for each, row in drawn.items()}
    for each, row in drawn.items():
        if row.kind == "person":
            alike = [each.replace("🧑", other, 1) for other in "👩👨"] if each.startswith("🧑\u200d") else []
            for other in (*alike, f"{each}\u200d♀", f"{each}\u200d♂"):
                known.setdefault(other, known[each])
    data = tomllib.loads((files("mengbi.text") / "words" / "emoji.toml").read_text(encoding="utf-8"))
    return known | {plain(key): _meanings(text) for key, text in data["emoji"].items()}


@cache
def traits() -> dict[str, frozenset[str]]:
    """Sets of concepts that grammar asks for: animate, person, wearable, portable, heavy, rideable, container…"""
    data = tomllib.loads((files("mengbi.text") / "words" / "traits.toml").read_text(encoding="utf-8"))
    kinds: dict[str, list[str]] = data["kinds"]
    named = {trait: frozenset(each.strip() for each in more.split(",")) for trait, more in data["traits"].items()}
    return {
        trait: (frozenset(row.id for row in concepts().values() if row.kind in kinds.get(trait, ())) | more)
        - (named["heavy"] if trait == "portable" else frozenset())
        for trait, more in named.items()
    }


@cache
def general() -> dict[str, frozenset[str]]:
    """Concepts whose names may speak of another that was named before: "the boat" of a canoe."""
    data = tomllib.loads((files("mengbi.text") / "words" / "traits.toml").read_text(encoding="utf-8"))
    return {name: frozenset(each.strip() for each in more.split(",")) for name, more in data["general"].items()}


def plain(text: str) -> str:
    """Text without the variation selectors and skin tones of emoji."""
    return "".join(c for c in text if c not in "\ufe0e\ufe0f" and not 0x1F3FB <= ord(c) <= 0x1F3FF)


def fold(text: str, japanese: bool | None = None) -> str:
    """Text in lower case and in one spelling: full width becomes half width, traditional Chinese simplified.

    Japanese keeps its characters; None finds out by whether there is kana.
    """
    text = unicodedata.normalize("NFKC", plain(text)).lower()
    if japanese is None:
        japanese = KANA.search(text) is not None
    return text if japanese else text.translate(_simplified())


def _is_plural(word: str, said: tuple[Meaning, ...], phrases: dict[str, tuple[Meaning, ...]]) -> bool:
    pair = said[0].value.endswith("s") or said[0].value in traits()["wearable"]  # noodles, shoes
    return said[0].role == "thing" and word.endswith("s") and not pair and phrases.get(word[:-1]) == said


def _names(language: str, known: dict[str, tuple[Meaning, ...]]) -> dict[str, tuple[Meaning, ...]]:
    """The concept table's names, save for "red fox" where "fox" is one as well: colours are read by themselves."""
    if language not in ("en", "zh"):
        return {}
    rows = [row for row in concepts().values() if row.kind in DRAWN]
    names = {
        _key(name): (Meaning("thing", row.id),) for row in rows for name in (row.en if language == "en" else row.zh)
    }

    def described(name: str) -> bool:
        for end in range(1, len(name)):
            said = known.get(name[:end].strip(), _NOTHING)[0]
            if (said.role == "color" or said == _SMALL or (said.role == "size" and len(name) - end > 1)) and names.get(
                name[end:].strip()
            ) == names[name]:
                return True
        return False

    return {name: meaning for name, meaning in names.items() if not described(name)}


@cache
def _simplified() -> dict[int, str]:
    data = tomllib.loads((files("mengbi.text") / "words" / "traditional.toml").read_text(encoding="utf-8"))
    return {ord(old): new for old, new in zip(data["traditional"], data["simplified"], strict=True)}


def _split(words: str, japanese: bool = False) -> list[str]:
    return [_key(word, japanese) for word in words.replace("\n", " ").split(",") if word.strip()]


def _key(word: str, japanese: bool = False) -> str:
    word = fold(word, japanese)
    return " ".join("".join(c if c.isalnum() or c in "*&" or not c.isascii() else " " for c in word).split())


def _meanings(text: str) -> tuple[Meaning, ...]:
    return tuple(Meaning(*part.strip().split("/", 1)) for part in text.split(","))
