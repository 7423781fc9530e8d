"""Where a family can stand: on dry land, on the water, in the air; and which way it looks."""

from dataclasses import dataclass

import numpy as np

from mengbi.engine.sketch.cast import Figure
from mengbi.engine.sketch.sheets import Ground

SINKS = {"water": 0.07, "underwater": 0.24}
"""How much of what lives on the water or in it is below the surface."""
SEABED = frozenset("coral seaweed shell starfish crab lobster oyster shrimp anchor treasure-chest".split())
WALL = frozenset("painting mirror clock".split())


@dataclass(frozen=True, kw_only=True, slots=True)
class Canvas:
    """Extent in units of the shorter side."""

    width: float
    height: float


def floats(root: Figure, ground: Ground) -> bool:
    """Whether a root hangs in the air, in the water, in space or on a wall rather than standing on something."""
    if root.aloft:
        return True
    home, kind = root.concept.home, root.concept.kind
    if ground.surface == "underwater":
        return home in ("underwater", "water", "air") and root.concept.id not in SEABED
    if ground.surface == "space":
        return home in ("air", "space") or kind in ("animal", "person", "food", "object", "symbol")
    if ground.surface == "indoors" and root.concept.id in WALL:
        return True
    return home in ("air", "space")


def air(ground: Ground) -> float:
    """How far down what floats may hang, as a fraction of the canvas."""
    return 0.9 if ground.surface in ("underwater", "space") else max(ground.horizon - 0.02, 0.3)


def sky(ground: Ground) -> float:
    """How far down what is aloft may hang: above the hills of an open land, but between the towers of a city."""
    if ground.surface not in ("land", "water", "air") or not ground.layers:
        return air(ground)
    cover = ground.layers[0].alpha > 0.5
    tops = np.where(cover.any(axis=0), cover.argmax(axis=0), len(cover)) / len(cover)
    skyline = float(np.quantile(tops, 0.1))
    return min(air(ground), skyline - 0.02) if skyline > LOWEST else air(ground)


LOWEST = 0.42
"""A skyline that is higher than this leaves no sky to be in: what is aloft hangs before it."""


def swims(root: Figure) -> bool:
    """Whether it is at home in the water or on it."""
    return root.concept.home in SINKS


def ashore(root: Figure, ground: Ground) -> None:
    """Moves what swims to the water and what does not to dry land, near its own depth, if there is any to move to."""
    if ground.surface == "water":
        return
    depths = [float(depth) for depth in np.linspace(0.12, 0.92, 17)]
    water = [sum(ground.wet(depth, (place + 0.5) / 12) for place in range(12)) for depth in depths]
    room = water if swims(root) else [12 - share for share in water]
    if max(room) == 0 or max(water) == 0:
        return
    score = [min(share, 9) - 6 * abs(depth - root.depth) for share, depth in zip(room, depths, strict=True)]
    before = root.depth
    root.depth = depths[int(np.argmax([s if share else -np.inf for s, share in zip(score, room, strict=True)]))]
    root.resize(float(np.clip(ground.scale(root.depth) / ground.scale(before), 0.45, 1.1)))


def wetness(root: Figure, ground: Ground, canvas: Canvas) -> float:
    """Share of a root's foot that stands where water lies."""
    places = (root.x + root.width * offset for offset in (-0.4, -0.2, 0.0, 0.2, 0.4))
    return sum(ground.wet(root.depth, min(max(x / canvas.width, 0.0), 1.0)) for x in places) / 5


def sink(root: Figure, ground: Ground, canvas: Canvas) -> None:
    """Lets what swims down into the water that it stands in."""
    if swims(root) and not floats(root, ground) and (ground.surface == "water" or wetness(root, ground, canvas) > 0.5):
        root.sink = SINKS[root.concept.home]


def turn(root: Figure, canvas: Canvas, rng: np.random.Generator) -> None:
    """Mostly, a figure that looks to one side looks into the picture."""
    if root.concept.faces == "front" or rng.random() > 0.75 or 0.4 < root.x / canvas.width < 0.6:
        return
    inward = "right" if root.x / canvas.width < 0.5 else "left"
    wanted = root.concept.faces != inward
    if root.flip != wanted:
        mirror(root)


def mirror(figure: Figure) -> None:
    """Turns a family around."""
    figure.flip = not figure.flip
    for child in figure.children:
        child.x, child.tilt = -child.x, -child.tilt
        child.tie = child.tie and (-child.tie[0], child.tie[1])
        mirror(child)
