"""What nobody said of a face is drawn from its seed, so that it goes with what was said.

Each group has a number of its own, so a word more changes what it names and leaves the rest of the face as it was.
"""

from collections.abc import Iterable, Mapping

from mengbi.engine.avatar.looks import (
    CLOTHES,
    COLOR,
    HAIR,
    MOOD,
    SKIN,
    STYLE,
    Traits,
    fitting,
    goes,
    group_of,
    hair_for,
    has,
    most,
    of_group,
    table,
)
from mengbi.noise import generator
from mengbi.text.portrait import Said
from mengbi.text.traits import ANY, groups, persons, traits

STREAM = 641
"""Of the generator; the network's own numbers are of another."""
DRAWN = (STYLE, HAIR, COLOR, SKIN, MOOD, CLOTHES)


def completed(said: Said, asked: Traits, seed: int) -> Traits:
    """All traits of a face: those asked for, those that words name, and what is open by plausible shares.

    said: what was read of the words; asked: by name, goes before words. Things are worn by chance only where nothing
    was said but a look. Raises BriefError for a trait that is none.
    """
    known, banned, often = together(said, asked), set(said.unwanted), _leaning(said.persons)
    if "smile" in banned:  # who is not to smile is not to laugh
        banned.add("laugh")
    alone = not set(known) - set(groups()[STYLE])
    for person in said.persons:
        banned |= set(persons()[person].never)
    chances = generator(seed, STREAM).random(len(DRAWN) + len(traits()))
    look = most(of_group(known, STYLE))
    for group, chance in zip(DRAWN, chances, strict=False):
        if not of_group(known, group):
            drawn = _one(_open(group, known, look, banned), often[group], float(chance))
            known |= {drawn: 1.0} if drawn else {}
        look = look or most(of_group(known, STYLE))
    assert look is not None  # there is always one to draw
    for name, chance in zip(traits(), chances[len(DRAWN) :], strict=True):
        if alone and chance < often[ANY].get(name, 0.0) and name not in banned and has(look, name):
            known |= {name: 1.0} if goes(name, most(of_group(known, HAIR)), known) else {}
    return fitting(known, look)


def together(said: Said, asked: Traits) -> dict[str, float]:
    """What was asked for by name and by words; of a group, a name goes before a word."""
    named = {group_of(name) for name, amount in asked.items() if amount > 0} - {ANY}
    words = {name: 1.0 for name in said.wanted if group_of(name) not in named}
    return {name: amount for name, amount in (words | dict(asked)).items() if amount > 0}


def missing(said: Said, asked: Traits, face: Traits) -> tuple[str, ...]:
    """What was asked for and is not in the face: its look does not have it, or it does not go with the rest."""
    known = together(said, asked)
    return tuple(name for name in known if name not in face and (group_of(name) != STYLE or not of_group(face, STYLE)))


def _open(group: str, known: Traits, look: str | None, banned: set[str]) -> tuple[str, ...]:
    """What may be drawn of a group: goes with what is known, and is not banned unless there is nothing else."""
    members = groups()[group]
    if group == STYLE:
        return _looks(known, members)
    if look is not None:
        members = tuple(name for name in members if has(look, name))
    if group == HAIR:
        wanted = hair_for(of_group(known, ANY))
        members = tuple(name for name in members if name in wanted) or members
    return tuple(name for name in members if name not in banned) or members


def _looks(known: Traits, members: tuple[str, ...]) -> tuple[str, ...]:
    """Those that have the most of what is known."""
    count = {look: sum(has(look, name) for name in known) for look in members}
    return tuple(look for look in members if count[look] == max(count.values()))


def _leaning(leaners: Iterable[str]) -> Mapping[str, Mapping[str, float]]:
    """How often each is drawn, by group: of some persons, only what is said of them."""
    often = dict(table()["often"])
    for person in leaners:
        often |= persons()[person].often
    return often


def _one(members: tuple[str, ...], often: Mapping[str, float], chance: float) -> str | None:
    """The member at which a chance, 0 to 1, falls; any of them where none is ever drawn."""
    shares = {name: often.get(name, 0.0) for name in members}
    if not any(shares.values()):
        shares = dict.fromkeys(members, 1.0)
    left = chance * sum(shares.values())
    for name, share in shares.items():
        left -= share
        if left < 0:
            return name
    return members[-1] if members else None
