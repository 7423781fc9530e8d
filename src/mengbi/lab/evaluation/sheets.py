"""Pictures side by side, for a report."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mengbi.lab.data.render import Pixels
from mengbi.lab.evaluation.compare import Pictures

PAPER = 255
GAP = 2
"""Pixels between pictures; pairs stand four times as far from each other."""
WAYS = 8
"""Ways on a sheet."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Sheet:
    """Pictures with words: a strip a row, each with what it is called; one without a name is the whole sheet."""

    title: str
    note: str
    rows: Sequence[tuple[str, Pixels]]


def grid(pictures: Pictures, columns: int, gap: int = GAP) -> Pixels:
    """Pictures of one size in rows of so many, uint8 (h, w, c)."""
    height, width, channels = pictures[0].shape
    lines = -(-len(pictures) // columns)
    sheet = np.full((lines * (height + gap) - gap, columns * (width + gap) - gap, channels), PAPER, np.uint8)
    for place, picture in enumerate(pictures):
        y, x = place // columns * (height + gap), place % columns * (width + gap)
        sheet[y : y + height, x : x + width] = picture
    return sheet


def pairs(left: Pictures, right: Pictures, columns: int) -> Pixels:
    """Each picture beside another one, in rows of so many pairs."""
    both = [np.concatenate([a, b], axis=1) for a, b in zip(left, right, strict=True)]
    return grid(both, columns, 4 * GAP)


def by_class(pictures: NDArray[np.uint8], shares: NDArray[np.float32], names: Sequence[str], columns: int) -> Sheet:
    """The first pictures that a classifier reads as each class; a row stays empty where there is none."""
    read = shares.argmax(axis=1)
    rows = []
    for place, name in enumerate(names):
        found = np.flatnonzero(read == place)
        strip = [pictures[each] for each in found[:columns]] or [np.full_like(pictures[0], PAPER)]
        rows.append((f"{name}: {len(found) / len(read):.1%}", grid(strip, columns)))
    note = "The first that the classifier reads as each class, and what share of all it reads so."
    return Sheet(title="What is made of each class", note=note, rows=rows)


def ways(between: Callable[[int, int, str], Pictures], names: Sequence[str] = ()) -> Sheet:
    """Ways from one point to another, a row each: of each of the first names, or without a wish where there are none.

    between: `between(seed, other, name)`: pictures from the point of one seed to that of another, in order.
    """
    rows = []
    for place, name in enumerate(names[:WAYS] or [""] * WAYS):
        way = between(place, place + 1, name)
        rows.append((f"{name and f'{name}: '}seed {place} to {place + 1}", grid(way, len(way))))
    note = (
        "From the point of one seed to that of the next, in equal steps (Radford et al. 2016). Where every picture is "
        "one that could be, it has learnt what lies between pictures; where it leaps, or two shine through each other, "
        "it has learnt pictures by heart; where nothing changes, it makes one picture of all points."
    )
    return Sheet(title="On the way from one picture to another", note=note, rows=rows)
