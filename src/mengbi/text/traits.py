"""What can be said of a face: traits in groups, one of a group at most, and any number of things that it wears."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mengbi.errors import BriefError
from mengbi.registry import nearest

ANY = "wears"
"""The group of which a face has as many as it likes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Trait:
    """One thing that a face can have. en, zh: how people say it, the usual words first."""

    name: str
    group: str
    en: tuple[str, ...]
    zh: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """Whom words speak of, and what that makes likely where nothing is said."""

    words: tuple[str, ...]  # in both languages
    never: tuple[str, ...]  # traits that are not drawn by chance
    often: Mapping[str, Mapping[str, float]]  # by group, how often each of its traits


@cache
def traits() -> Mapping[str, Trait]:
    """All of them, in the order in which a network takes them."""
    found = {}
    for group, members in _table("traits").items():
        for name, words in members.items():
            en, zh = (tuple(word.strip() for word in side.split(",")) for side in words.split("|"))
            found[name] = Trait(name=name, group=group, en=en, zh=zh)
    return found


@cache
def persons() -> Mapping[str, Person]:
    """All of whom something is likely."""
    found = {}
    for name, entry in _table("persons").items():
        words = tuple(word.strip() for word in entry["words"].replace("|", ",").split(","))
        often = {group: shares for group, shares in entry.items() if group not in ("words", "never")}
        found[name] = Person(words=words, never=tuple(entry["never"].split()), often=often)
    return found


def groups() -> Mapping[str, tuple[str, ...]]:
    """The names of the traits of each group."""
    found: dict[str, tuple[str, ...]] = {}
    for trait in traits().values():
        found[trait.group] = (*found.get(trait.group, ()), trait.name)
    return found


def as_numbers(names: Iterable[str]) -> NDArray[np.float32]:
    """float32 (len(traits()),), 1 for each that is named. Raises BriefError for one that is none, or two of a group."""
    known = list(traits())
    numbers, seen = np.zeros(len(known), np.float32), dict[str, str]()
    for name in names:
        if name not in known:
            raise BriefError(f"no trait {name!r}; {nearest(name, known)}")
        group = traits()[name].group
        if group != ANY and seen.setdefault(group, name) != name:
            raise BriefError(f"{seen[group]} and {name} — a face has one {group}")
        numbers[known.index(name)] = 1
    return numbers


def as_names(numbers: NDArray[np.floating]) -> tuple[str, ...]:
    """The traits that numbers, 0 or 1 each, stand for."""
    return tuple(name for name, number in zip(traits(), numbers, strict=True) if number > 0.5)


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / f"{name}.toml").read_text("utf-8"))
