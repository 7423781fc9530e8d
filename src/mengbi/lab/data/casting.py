"""What a scene of the stream holds: one to four things, their colours, counts and sizes, and what ties them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mengbi.assets import Concept, concepts
from mengbi.lab.data.pack import Pack
from mengbi.scene import COLORS, Relation, Thing
from mengbi.text.lexicon import traits

Facts = tuple[tuple[Thing, ...], tuple[Relation, ...]]

DYEABLE = frozenset("animal plant building vehicle food object clothing".split())
"""Kinds of things that come in any colour; people come in their clothes."""
COMMON = {"animal": 3.0, "person": 2.0, "plant": 1.6, "vehicle": 1.6, "food": 1.2, "building": 1.2}
"""How much oftener than other things they stand in scenes."""
NEVER = ("sky", "place", "symbol")
PARTS = frozenset("brain anatomical-heart tooth eye ear lips hand bone wave window shower droplet".split())
"""Parts of bodies, and what the ground or the weather shows by itself: they stand in no scene."""
SIZES = ("tiny", "small", "normal", "large", "huge")
FITTING = {
    "underwater": ("underwater", "water"),
    "water": ("water", "underwater", "air"),
    "space": ("space", "air"),
    "air": ("air", "space"),
    "indoors": ("indoors", "land"),
    "land": ("land", "air", "indoors"),
}
"""Where things are at home that stand on a surface."""
STRANGE = 0.15
"""How often a thing is not at home where it stands, as in dreams; but nothing of the land stands on the sea."""
RELATIONS = {
    "left of": 0.16, "right of": 0.16, "on": 0.1, "under": 0.08, "above": 0.09, "behind": 0.06, "in front of": 0.06,
    "beside": 0.09, "wearing": 0.08, "holding": 0.06, "riding": 0.06,
}  # fmt: skip
ROLES = {"wearing": "wearable", "holding": "portable", "riding": "rideable"}


class Casting:
    """Chooses things that a pack has pictures of."""

    def __init__(self, pack: Pack) -> None:
        known = [row for row in concepts().values() if f"thing/{row.id}" in pack.shelves]
        rows = [row for row in known if row.kind not in NEVER and row.id not in PARTS]
        hosts = {row.id for row in rows if f"host/{row.id}" in pack.shelves}
        self._all = _Weighed(rows)
        self._fitting = {
            surface: _Weighed([row for row in rows if row.home in homes] or rows) for surface, homes in FITTING.items()
        }
        played = {role: [row for row in rows if row.id in traits()[role]] for role in ("animate", *ROLES.values())}
        self._hosts = [row for row in played["animate"] if row.id in hosts]
        self._props = {
            kind: [row for row in played[role] if kind != "riding" or row.id in hosts] for kind, role in ROLES.items()
        }

    def facts(self, surface: str | None, rng: np.random.Generator) -> Facts:
        """Things and relations for a surface (None: a plain ground)."""
        number = int(rng.choice((1, 2, 3, 4), p=(0.4, 0.42, 0.13, 0.05)))
        if number == 1:
            count = int(rng.choice((1, 2, 3, 4, 5, 6, 7), p=(0.55, 0.14, 0.13, 0.08, 0.06, 0.02, 0.02)))
            return (_thing(self._one(surface, rng), rng, count=count),), ()
        pair = self._pair(surface, rng) if rng.random() < 0.62 else None
        if pair is None:
            counts = rng.choice((1, 2, 3), size=number, p=(0.7, 0.2, 0.1))
            return _different([_thing(self._one(surface, rng), rng, count=int(count)) for count in counts]), ()
        first, last, kind = pair
        twins = kind in ("on", "beside") and rng.random() < 0.15
        things = [_thing(first, rng, count=2 if twins else 1), _thing(last, rng)]
        things += [_thing(self._one(surface, rng), rng) for _ in range(number - 2)]
        return _different(things), (Relation(subject=0, kind=kind, object=1),)

    def _pair(self, surface: str | None, rng: np.random.Generator) -> tuple[Concept, Concept, str] | None:
        kind = str(rng.choice(list(RELATIONS), p=list(RELATIONS.values())))
        if kind in ROLES:
            if not self._hosts or not self._props[kind]:
                return None
            first = self._hosts[int(rng.integers(len(self._hosts)))]
            last = self._props[kind][int(rng.integers(len(self._props[kind])))]
        else:
            first, last = self._one(surface, rng), self._one(surface, rng)
        if kind in ("on", "under") and first.height > 1.6 * last.height:
            first, last = last, first
        return None if first.id == last.id else (first, last, kind)

    def _one(self, surface: str | None, rng: np.random.Generator) -> Concept:
        strange = rng.random() < STRANGE and surface != "water"
        return (self._all if surface is None or strange else self._fitting[surface]).draw(rng)


class _Weighed:
    """Concepts, the common ones oftener."""

    def __init__(self, rows: Sequence[Concept]) -> None:
        self._rows = rows
        self._ends: NDArray[np.float64] = np.cumsum([COMMON.get(row.kind, 1.0) for row in rows])

    def draw(self, rng: np.random.Generator) -> Concept:
        """One of them."""
        return self._rows[int(np.searchsorted(self._ends, rng.random() * self._ends[-1], side="right"))]


def color(rng: np.random.Generator) -> str:
    """One of COLORS; metals and the rainbow are rarer."""
    return COLORS[int(np.searchsorted(SHARES, rng.random() * SHARES[-1], side="right"))]


SHARES = np.cumsum([0.4 if name in ("gold", "silver", "rainbow") else 1.0 for name in COLORS])


def takes_color(concept: Concept) -> bool:
    """Whether it may be said and drawn in any colour: not people, and not what its name gives a colour."""
    return concept.kind in DYEABLE and not set(concept.id.split("-")) & set(COLORS)


def _thing(concept: Concept, rng: np.random.Generator, count: int = 1) -> Thing:
    dyed = takes_color(concept) and rng.random() < 0.5
    size = str(rng.choice(SIZES, p=(0.02, 0.06, 0.84, 0.06, 0.02)))
    return Thing(concept=concept.id, color=color(rng) if dyed else None, count=count, size=size)


def _different(things: Sequence[Thing]) -> tuple[Thing, ...]:
    """The same thing twice is said once; the first two keep their places."""
    seen: dict[str, Thing] = {}
    for thing in things:
        seen.setdefault(thing.concept, thing)
    return tuple(seen.values())
