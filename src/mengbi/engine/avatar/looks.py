"""What the network has seen of each look, and the nearest that it has of what it never saw."""

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mengbi.errors import BriefError
from mengbi.registry import nearest
from mengbi.text.traits import ANY, groups, traits

Traits = Mapping[str, float]
"""By name, how much of each, 0 to 1."""
STYLE, HAIR, COLOR, SKIN, MOOD, CLOTHES = "style", "hair", "color", "skin", "mood", "clothes"
"""Groups of traits."""
HAT, BALD = "hat", "bald"


@cache
def table() -> Mapping[str, Any]:
    """The file as it is."""
    return tomllib.loads(Path(__file__).with_name("looks.toml").read_text("utf-8"))


def group_of(name: str) -> str:
    """The group of a trait. Raises BriefError for one that is none."""
    if name not in traits():
        said = f"no trait {name[:60]!r}; {nearest(name, list(traits()))}"
        raise BriefError(said, code="unknown-name", kind="trait", name=name[:100])
    return traits()[name].group


def of_group(asked: Traits, group: str) -> Traits:
    """Those of one group."""
    return {name: amount for name, amount in asked.items() if group_of(name) == group}


def has(look: str, name: str) -> bool:
    """Whether the network has seen a trait in a look."""
    return name not in table()["lacks"][look].split()


def looks() -> tuple[str, ...]:
    """All of them: the names of the group "style"."""
    return groups()[STYLE]


def fitting(asked: Traits, look: str) -> Traits:
    """The nearest that was seen in a look: other hair or another mood for one that it lacks, and no more than goes.

    What is worn gives way to the hair; of two things that are never together, the first stays.
    """
    found: dict[str, float] = {look: 1.0}
    for name, amount in asked.items():
        if amount > 0 and group_of(name) not in (STYLE, ANY):
            seen = _seen(name, look)
            if seen is not None:
                found[seen] = min(1.0, found.get(seen, 0.0) + amount)
    hair = most(of_group(found, HAIR))
    for name, amount in asked.items():
        if amount > 0 and group_of(name) == ANY:
            seen = _seen(name, look)
            if seen is not None and goes(seen, hair, found):
                found[seen] = amount
    return found


def goes(name: str, hair: str | None, worn: Iterable[str]) -> bool:
    """Whether a thing is worn with that hair and beside those things."""
    needs = table()["needs"].get(name)
    if hair is not None and needs is not None and hair not in needs.split():
        return False
    others = set(worn) - {name}
    return not any(name in group.split() and others & set(group.split()) for group in table()["together"].values())


def hair_for(worn: Iterable[str]) -> tuple[str, ...]:
    """All hair that goes with all of these."""
    worn = tuple(worn)
    return tuple(hair for hair in groups()[HAIR] if all(goes(name, hair, ()) for name in worn))


def most(some: Traits) -> str | None:
    """The one of which there is most."""
    return max(some, key=lambda name: some[name], default=None)


def numbers(asked: Traits) -> NDArray[np.float32]:
    """As the network takes them, float32 (len(traits()),): a hat hides the hair, and who has none has no colour of it.

    Raises BriefError for a trait that is none.
    """
    hat = min(1.0, asked.get(HAT, 0.0))
    hidden = {HAIR: hat, COLOR: max(hat, min(1.0, asked.get(BALD, 0.0)))}
    found = np.zeros(len(traits()), np.float32)
    for index, (name, trait) in enumerate(traits().items()):
        found[index] = asked.get(name, 0.0) * (1 - hidden.get(trait.group, 0.0))
    for name in asked:
        group_of(name)
    return found


def _seen(name: str, look: str) -> str | None:
    instead = table()["instead"].get(name, "").split()
    return next((one for one in (name, *instead) if has(look, one)), None)
