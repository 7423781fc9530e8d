"""Cast -> places: how large each family is, how far away, and where it stands.

Near things stand low and large, far things high and small. For each family in turn many places are tried and the best
is taken: nothing important covered, nothing cut off, relations kept, the main thing near the middle or a third. What
finds no room of its own makes itself smaller and tries again. Several of one kind alone form a company of their own.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from mengbi.engine.sketch.cast import Figure, assemble
from mengbi.engine.sketch.company import COUNTED, muster
from mengbi.engine.sketch.field import sow
from mengbi.engine.sketch.footing import Canvas, air, ashore, floats, sink, sky, swims, turn, wetness
from mengbi.engine.sketch.ground import Ground
from mengbi.noise import generator
from mengbi.scene import Relation, Scene

STREAM = 1
UPRIGHT = 0.4
"""How little what usually stands is tilted in the air."""
TRIES = 48
LEAD = 1.35
"""How much larger the first thing is drawn than its real size asks for."""
SIDEWAYS = ("left of", "right of", "behind", "in front of", "beside")
ROUNDS, SMALLER = 7, 0.88
"""How often everything is placed anew where there was no room, and how much smaller it is each time."""
AIR = 0.035
"""Clear air around each of several, in units."""
ALOFT = 0.8
"""How much smaller several stay that are in the air: there is much sky around them."""
SKY = 0.12
"""Share of the canvas above and below what is in the air that stays sky."""
HIDDEN = 0.2
"""Share of a thing that another may cover."""

Box = tuple[float, float, float, float]


def arrange(scene: Scene, ground: Ground, size: tuple[int, int], seed: int) -> list[Figure]:
    """The roots of the cast, placed and ordered from far to near. size: width and height in pixels, for its shape."""
    rng = generator(seed, STREAM)
    canvas = Canvas(width=size[0] / min(size), height=size[1] / min(size))
    cast = assemble(scene, rng)
    roots = [root for root in cast if not root.spread]
    if not roots:
        pass
    elif len(roots) > 1 and len({root.thing for root in roots}) == 1:
        muster(roots, ground, canvas, _share(roots, canvas) * (ALOFT if roots[0].aloft else 1.0), rng)
        _scatter(roots, ground, canvas, rng)
    else:
        _size(roots, canvas)
        _lift(roots, ground, canvas)
        _stagger(roots, scene.relations, ground, rng)
        _settle(roots, scene.relations, ground, canvas, rng)
    if field := [root for root in cast if root.spread]:
        roots += sow(field, roots, ground, canvas, rng)
    return sorted(roots, key=lambda root: root.depth)


def _share(roots: Sequence[Figure], canvas: Canvas) -> float:
    """How high a family of the usual size is, among so many."""
    words = math.exp(0.5 * sum(math.log(root.scale) for root in roots) / len(roots))
    return float(words * 0.5 / len(roots) ** 0.4 * math.sqrt(canvas.width * canvas.height))


def _size(roots: Sequence[Figure], canvas: Canvas) -> None:
    """The families share the canvas: many are smaller than one; proportions stay, but what was named first leads."""
    if len({root.thing for root in roots}) > 1:
        for root in roots:
            root.resize(LEAD if root.thing == roots[0].thing else 1.0)
    usual = math.exp(sum(math.log(root.height) for root in roots) / len(roots))
    share = _share(roots, canvas)
    for root in roots:
        root.resize(share * float(np.clip(root.height / usual, 0.4, 1.9)) / root.height)
        left, top, right, bottom = root.box()
        limit = min(0.8 * canvas.height / (bottom - top), 0.86 * canvas.width / (right - left))
        root.resize(min(limit, 1.0))


def _lift(roots: Sequence[Figure], ground: Ground, canvas: Canvas) -> None:
    """What is in the air, but at home elsewhere, is not so large that it comes down to the ground."""
    for root in roots:
        if root.aloft:
            left, top, right, bottom = root.box()
            room = (sky(ground) - SKY) * canvas.height
            root.resize(min(1.0, room / (bottom - top), 0.7 * canvas.width / (right - left)))


def _scatter(roots: Sequence[Figure], ground: Ground, canvas: Canvas, rng: np.random.Generator) -> None:
    """Those in the air are near and far, and none strays down to the ground."""
    for root in roots:
        if root.aloft:
            root.resize(float(rng.uniform(0.62, 1.0)))
            root.foot = min(root.foot, sky(ground) * canvas.height)


def _stagger(roots: Sequence[Figure], relations: Sequence[Relation], ground: Ground, rng: np.random.Generator) -> None:
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


def _settle(
    roots: Sequence[Figure], relations: Sequence[Relation], ground: Ground, canvas: Canvas, rng: np.random.Generator
) -> None:
    """Places every root; what stands in another's way grows smaller, and all are placed again."""
    for root in roots:
        if not floats(root, ground):
            ashore(root, ground)
    order = sorted(roots, key=lambda r: (r.thing != roots[0].thing, -r.height))
    wishes: dict[int, float] = {}
    for root in order:
        alone = len(roots) == 1
        wishes[root.thing] = wishes.get(root.thing, _wish(root, relations, alone=alone, first=not wishes, rng=rng))
    for _ in range(ROUNDS):
        placed: list[Figure] = []
        for root in order:
            wish = wishes[root.thing]
            if any(other.thing == root.thing for other in placed):  # copies stand anywhere, near their first
                wish = _wish(root, relations, alone=False, first=False, rng=rng)
            _place(root, placed, relations, ground, canvas, wish, rng)
            placed.append(root)
        crowded = _crowded(roots, relations)
        if not crowded:
            break
        for root in roots:
            root.resize(SMALLER if root.thing in crowded else 1.0)
    for root in roots:
        sink(root, ground, canvas)
        turn(root, canvas, rng)


@dataclass(slots=True)
class _Try:
    """A place for a root: its middle and lower edge in units, its depth, and how much smaller it is there."""

    x: float
    foot: float
    depth: float
    size: float = 1.0


def _place(
    root: Figure,
    placed: Sequence[Figure],
    relations: Sequence[Relation],
    ground: Ground,
    canvas: Canvas,
    wish: float,
    rng: np.random.Generator,
) -> None:
    afloat, home = floats(root, ground), root.depth
    low = sky(ground) - SKY / 3 if root.aloft else air(ground)
    root.x = root.foot = 0.0
    extent, others = root.box(), [other.box() for other in placed]
    tied = any(root.thing in (r.subject, r.object) and r.kind in ("behind", "in front of") for r in relations)
    if afloat:
        root.tilt = float(rng.uniform(-9, 9)) * (UPRIGHT if root.aloft else 1.0)
    best, lowest = _Try(x=0.5 * canvas.width, foot=0.8 * canvas.height, depth=home), math.inf
    for index in range(TRIES):
        stray = 0.0 if tied or afloat else float(rng.uniform(-1, 1)) * 0.3 * (index / TRIES)
        trial = _Try(x=canvas.width * ((index * 0.618034 + wish) % 1.0), foot=0.0, depth=home)
        if stray:
            trial.depth = min(max(home + stray, 0.15), 0.95)
            trial.size = math.sqrt(ground.scale(trial.depth) / ground.scale(home))
        box: Box = (extent[0] * trial.size, extent[1] * trial.size, extent[2] * trial.size, extent[3] * trial.size)
        if afloat:
            trial.foot = _height_in_air(-box[1], low * canvas.height, canvas, rng)
            trial.foot = min(trial.foot, low * canvas.height) if root.aloft else trial.foot
        else:
            trial.foot = canvas.height * ground.foot(trial.depth, trial.x / canvas.width)
        _pull_inside(trial, box, canvas)
        root.x, root.foot, root.depth = trial.x, trial.foot, trial.depth
        cost = 0.5 * abs(trial.x / canvas.width - wish) + 0.8 * abs(trial.depth - home)
        cost += _cost(root, _moved(box, trial), placed, others, relations, canvas)
        if not afloat:
            wet = wetness(root, ground, canvas)
            cost += 8.0 * (1 - wet if swims(root) else wet)
        if cost < lowest:
            best, lowest = trial, cost
    root.x, root.foot, root.depth = best.x, best.foot, best.depth
    root.resize(best.size)


def _moved(box: Box, to: _Try) -> Box:
    return box[0] + to.x, box[1] + to.foot, box[2] + to.x, box[3] + to.foot


def _wish(root: Figure, relations: Sequence[Relation], *, alone: bool, first: bool, rng: np.random.Generator) -> float:
    """Where across the canvas a family would like to stand, 0 to 1."""
    if alone:
        return 0.5 + float(rng.uniform(-0.06, 0.06))
    third = 1 / 3 if rng.integers(2) else 2 / 3
    for relation in relations:
        if relation.kind in ("left of", "right of") and root.thing in (relation.subject, relation.object):
            return 0.27 if (relation.kind == "left of") == (root.thing == relation.subject) else 0.73
    return third if first else float(rng.uniform(0.12, 0.88))


def _height_in_air(height: float, low: float, canvas: Canvas, rng: np.random.Generator) -> float:
    clear = 0.26 if canvas.height > 1.7 * canvas.width else 0.08  # a phone's clock stands in its upper quarter
    top = clear * canvas.height + height
    return float(rng.uniform(min(top, low), max(low, top)))


def _pull_inside(trial: _Try, box: Box, canvas: Canvas) -> None:
    margin = 0.03
    trial.x += max(margin - box[0] - trial.x, 0.0) - max(box[2] + trial.x - canvas.width + margin, 0.0)
    trial.foot += max(margin - box[1] - trial.foot, 0.0) - max(box[3] + trial.foot - canvas.height + margin, 0.0)


def _cost(
    root: Figure,
    box: Box,
    placed: Sequence[Figure],
    others: Sequence[Box],
    relations: Sequence[Relation],
    canvas: Canvas,
) -> float:
    cost = 4.0 * (max(-box[0], 0.0) + max(box[2] - canvas.width, 0.0))
    aired = _aired(box)
    for other, there in zip(placed, others, strict=True):
        if other.thing == root.thing:  # copies keep together, but not in a row
            cost += 6.0 * _overlap(aired, there) + 0.12 * abs(root.x - other.x) / canvas.width
        else:
            cost += 3.0 * _overlap(box, there)
        cost += sum(_against(relation.kind, *pair) for relation, pair in _ties(root, other, relations))
    return cost


def _ties(root: Figure, other: Figure, relations: Sequence[Relation]) -> list[tuple[Relation, tuple[Figure, Figure]]]:
    """Relations between two families, and which of them is the subject."""
    found = []
    for relation in relations:
        if (relation.subject, relation.object) == (root.thing, other.thing):
            found.append((relation, (root, other)))
        elif (relation.subject, relation.object) == (other.thing, root.thing):
            found.append((relation, (other, root)))
    return found


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


def _crowded(roots: Sequence[Figure], relations: Sequence[Relation]) -> set[int]:
    """Things that hide each other, or do not stand to each other as they should."""
    many = {root.thing for root in roots if sum(other.thing == root.thing for other in roots) > COUNTED}
    boxes = {id(root): root.box() for root in roots}
    crowded: set[int] = set()
    for root, other in combinations(roots, 2):
        ties = _ties(root, other, relations)
        box, there = boxes[id(root)], boxes[id(other)]
        if root.thing == other.thing:
            hides = _overlap(box, there) > 0.4 if root.thing in many else _overlap(_aired(box), there) > 0
        else:
            hides = _overlap(box, there) > (
                0.7 if any(r.kind in ("behind", "in front of") for r, _ in ties) else HIDDEN
            )
        if hides or any(r.kind in ("left of", "right of") and _against(r.kind, *pair) > 0.3 for r, pair in ties):
            crowded |= {root.thing, other.thing}
    return crowded


def _aired(box: Box) -> Box:
    return box[0] - AIR, box[1] - AIR / 3, box[2] + AIR, box[3] + AIR / 3


def _overlap(a: Box, b: Box) -> float:
    """Shared area relative to the smaller of two boxes."""
    across = min(a[2], b[2]) - max(a[0], b[0])
    down = min(a[3], b[3]) - max(a[1], b[1])
    if across <= 0 or down <= 0:
        return 0.0
    return across * down / min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))
