"""Cast -> places: how large each family is, how far away, and where it stands.

Near things stand low and large, far things high and small. For each family in turn many places are tried and the best
is taken: nothing important covered, nothing cut off, relations kept, the main thing near the middle or a third.
"""

import math
from dataclasses import dataclass

import numpy as np

from mengbi.engine.sketch.cast import Figure, assemble
from mengbi.engine.sketch.ground import Ground
from mengbi.noise import generator
from mengbi.scene import Relation, Scene

STREAM = 1
TRIES = 40
LEAD = 1.35
"""How much larger the first thing is drawn than its real size asks for."""
SIDEWAYS = ("left of", "right of", "behind", "in front of", "beside")


@dataclass(frozen=True, kw_only=True, slots=True)
class Canvas:
    """Extent in units of the shorter side."""

    width: float
    height: float


def arrange(scene: Scene, ground: Ground, size: tuple[int, int], seed: int) -> list[Figure]:
    """The roots of the cast, placed and ordered from far to near. size: width and height in pixels, for its shape."""
    rng = generator(seed, STREAM)
    canvas = Canvas(width=size[0] / min(size), height=size[1] / min(size))
    roots = assemble(scene, rng)
    if not roots:
        return []
    _size(roots, canvas)
    _stagger(roots, scene.relations, ground, rng)
    placed: list[Figure] = []
    for root in sorted(roots, key=lambda r: (r.thing != roots[0].thing, -r.height)):
        _place(root, placed, scene.relations, ground, canvas, alone=len(roots) == 1, rng=rng)
        placed.append(root)
    return sorted(roots, key=lambda root: root.depth)


def _size(roots: list[Figure], canvas: Canvas) -> None:
    """The families share the canvas: many are smaller than one; proportions stay, but what was named first leads."""
    if len({root.thing for root in roots}) > 1:
        for root in roots:
            root.resize(LEAD if root.thing == roots[0].thing else 1.0)
    usual = math.exp(sum(math.log(root.height) for root in roots) / len(roots))
    share = 0.5 / len(roots) ** 0.4 * math.sqrt(canvas.width * canvas.height)
    for root in roots:
        root.resize(share * float(np.clip(root.height / usual, 0.4, 1.9)) / root.height)
        left, top, right, bottom = root.box()
        limit = min(0.8 * canvas.height / (bottom - top), 0.86 * canvas.width / (right - left))
        root.resize(min(limit, 1.0))


def _stagger(roots: list[Figure], relations: tuple[Relation, ...], ground: Ground, rng: np.random.Generator) -> None:
    """Depth: large things stand further away; then what the words say of behind and in front of."""
    for root in roots:
        usual = 0.8 - 0.17 * math.log10(max(root.concept.height, 0.05) / 0.4)
        root.depth = float(np.clip(usual + rng.uniform(-0.1, 0.1), 0.22, 0.9))
    main: dict[int, Figure] = {}
    for root in roots:
        main.setdefault(root.thing, root)
    for _ in range(2):  # twice, so that chains settle
        for relation in relations:
            subject, other = main.get(relation.subject), main.get(relation.object)
            if subject is None or other is None or relation.kind not in SIDEWAYS:
                continue
            gap = {"behind": -0.22, "in front of": 0.22}.get(relation.kind, 0.0)
            other.depth = float(np.clip(other.depth, 0.2 - min(gap, 0.0), 0.95 - max(gap, 0.0)))
            for root in roots:
                if root.thing == relation.subject:
                    root.depth = other.depth + gap + float(rng.uniform(-0.02, 0.02))
    for root in roots:  # copies differ in size as they differ in distance
        root.resize(ground.scale(root.depth) / ground.scale(main[root.thing].depth))


def _place(
    root: Figure,
    placed: list[Figure],
    relations: tuple[Relation, ...],
    ground: Ground,
    canvas: Canvas,
    *,
    alone: bool,
    rng: np.random.Generator,
) -> None:
    best, lowest = (0.5 * canvas.width, 0.8 * canvas.height), math.inf
    afloat, swims = floats(root, ground), root.concept.home in SINKS
    wish = _wish(root, relations, alone=alone, first=not placed, rng=rng)
    if afloat:
        root.tilt = float(rng.uniform(-9, 9))
    else:
        _ashore(root, ground, swims)
    for index in range(TRIES):
        root.x = canvas.width * ((index * 0.618034 + wish) % 1.0)
        root.foot = canvas.height * ground.foot(root.depth, root.x / canvas.width)
        if afloat:
            root.foot = _height_in_air(root, ground, canvas, rng)
        _pull_inside(root, canvas)
        cost = _cost(root, placed, relations, canvas, wish)
        if not afloat:
            wet = _wetness(root, ground, canvas)
            cost += 8.0 * (1 - wet if swims else wet)
        if cost < lowest:
            best, lowest = (root.x, root.foot), cost
    root.x, root.foot = best
    if swims and not afloat and (ground.surface == "water" or _wetness(root, ground, canvas) > 0.5):
        root.sink = SINKS[root.concept.home]
    turn(root, canvas, rng)


SINKS = {"water": 0.07, "underwater": 0.24}
"""How much of what lives on the water or in it is below the surface."""


def _ashore(root: Figure, ground: Ground, swims: bool) -> None:
    """Moves what swims to the water and what does not to dry land, near its own depth, if there is any to move to."""
    if ground.surface == "water":
        return
    depths = [float(depth) for depth in np.linspace(0.12, 0.92, 17)]
    water = [sum(ground.wet(depth, (place + 0.5) / 12) for place in range(12)) for depth in depths]
    room = water if swims else [12 - share for share in water]
    if max(room) == 0 or max(water) == 0:
        return
    score = [min(share, 9) - 6 * abs(depth - root.depth) for share, depth in zip(room, depths, strict=True)]
    before = root.depth
    root.depth = depths[int(np.argmax([s if share else -math.inf for s, share in zip(score, room, strict=True)]))]
    root.resize(float(np.clip(ground.scale(root.depth) / ground.scale(before), 0.45, 1.1)))


def _wetness(root: Figure, ground: Ground, canvas: Canvas) -> float:
    """Share of a root's foot that stands where water lies."""
    places = (root.x + root.width * offset for offset in (-0.4, -0.2, 0.0, 0.2, 0.4))
    return sum(ground.wet(root.depth, float(np.clip(x / canvas.width, 0, 1))) for x in places) / 5


SEABED = frozenset("coral seaweed shell starfish crab lobster oyster shrimp anchor treasure-chest".split())
WALL = frozenset("painting mirror clock".split())


def floats(root: Figure, ground: Ground) -> bool:
    """Whether a root hangs in the air, in the water, in space or on a wall rather than standing on something."""
    home, kind = root.concept.home, root.concept.kind
    if ground.surface == "underwater":
        return home in ("underwater", "water", "air") and root.concept.id not in SEABED
    if ground.surface == "space":
        return home in ("air", "space") or kind in ("animal", "person", "food", "object", "symbol")
    if ground.surface == "indoors" and root.concept.id in WALL:
        return True
    return home in ("air", "space")


def _wish(
    root: Figure, relations: tuple[Relation, ...], *, alone: bool, first: bool, rng: np.random.Generator
) -> float:
    """Where across the canvas a family would like to stand, 0 to 1."""
    if alone:
        return 0.5 + float(rng.uniform(-0.06, 0.06))
    third = 1 / 3 if rng.integers(2) else 2 / 3
    for relation in relations:
        if relation.kind in ("left of", "right of") and root.thing in (relation.subject, relation.object):
            return 0.27 if (relation.kind == "left of") == (root.thing == relation.subject) else 0.73
    return third if first else float(rng.uniform(0.12, 0.88))


def _height_in_air(root: Figure, ground: Ground, canvas: Canvas, rng: np.random.Generator) -> float:
    low = 0.9 if ground.surface in ("underwater", "space") else max(ground.horizon - 0.02, 0.3)
    top = 0.08 * canvas.height + root.height
    return float(rng.uniform(min(top, low * canvas.height), max(low * canvas.height, top)))


def _pull_inside(root: Figure, canvas: Canvas) -> None:
    left, top, right, bottom = root.box()
    margin = 0.03
    root.x += max(margin - left, 0.0) - max(right - canvas.width + margin, 0.0)
    root.foot += max(margin - top, 0.0) - max(bottom - canvas.height + margin, 0.0)


def _cost(root: Figure, placed: list[Figure], relations: tuple[Relation, ...], canvas: Canvas, wish: float) -> float:
    box = root.box()
    cost = 0.5 * abs(root.x / canvas.width - wish)
    cost += 4.0 * (max(-box[0], 0.0) + max(box[2] - canvas.width, 0.0))
    for other in placed:
        cost += 3.0 * _overlap(box, other.box())
        if other.thing == root.thing:  # copies keep together, but not in a row
            cost += 0.12 * abs(root.x - other.x) / canvas.width
    for relation in relations:
        for other in placed:
            if (relation.subject, relation.object) == (root.thing, other.thing):
                cost += _against(relation.kind, root, other)
            elif (relation.subject, relation.object) == (other.thing, root.thing):
                cost += _against(relation.kind, other, root)
    return cost


def _against(kind: str, subject: Figure, other: Figure) -> float:
    """How badly two families keep a relation: 0 is well."""
    apart = subject.x - other.x
    reach = (subject.width + other.width) / 2
    if kind == "left of":
        return 5.0 * max(apart + reach, 0.0) + (4.0 if apart > 0 else 0.0)
    if kind == "right of":
        return 5.0 * max(reach - apart, 0.0) + (4.0 if apart < 0 else 0.0)
    if kind == "beside":
        return 2.0 * abs(abs(apart) - 1.1 * reach)
    if kind in ("behind", "in front of"):  # half hidden is the point; wholly hidden is not
        return 2.0 * abs(abs(apart) - 0.55 * reach)
    return 0.0


def _overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> float:
    """Shared area relative to the smaller of two boxes."""
    across = min(a[2], b[2]) - max(a[0], b[0])
    down = min(a[3], b[3]) - max(a[1], b[1])
    if across <= 0 or down <= 0:
        return 0.0
    return across * down / min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))


def turn(root: Figure, canvas: Canvas, rng: np.random.Generator) -> None:
    """Mostly, a figure that looks to one side looks into the picture."""
    if root.concept.faces == "front" or rng.random() > 0.75 or 0.4 < root.x / canvas.width < 0.6:
        return
    inward = "right" if root.x / canvas.width < 0.5 else "left"
    wanted = root.concept.faces != inward
    if root.flip != wanted:
        _mirror(root)


def _mirror(figure: Figure) -> None:
    figure.flip = not figure.flip
    for child in figure.children:
        child.x = -child.x
        _mirror(child)
