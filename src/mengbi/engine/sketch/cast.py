"""Scene -> cast: every single figure of a picture, and what it wears, holds, rides or stands on.

Figures that belong together form a tree: a crown hangs on the cat that wears it, the cat on the table it stands on.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from mengbi.assets import Concept, concepts
from mengbi.engine.sketch.figures import DRESSED
from mengbi.engine.sketch.hangers import FOOTWEAR, GARMENTS, hang
from mengbi.engine.sketch.sprites import Anchors, anchors, aspect
from mengbi.scene import Relation, Scene

WORN = ("wearing", "holding")  # the object follows the subject
CARRIED = ("riding", "on", "in", "under", "above")  # the subject follows the object
SIZES = {"tiny": 0.45, "small": 0.7, "normal": 1.0, "large": 1.4, "huge": 1.9}
FIELD = 96
"""So many figures are a field of them."""
FIRST_HAND = 0.6
"""How often the best drawing of a concept is taken without looking at the others."""


@dataclass(kw_only=True, slots=True, eq=False)
class Figure:
    """One drawing of the picture, with those that hang on it.

    x, foot: its place, its middle and its lower edge, relative to the lower middle of the figure it hangs on, or for a
    root to the canvas's upper left; width, height: its extent. All in units of the canvas's shorter side.
    """

    thing: int
    concept: Concept
    color: str | None
    scale: float  # what the words said of its size
    variant: int
    flip: bool
    aloft: bool = False  # it hangs in the air, whatever it is
    spread: bool = False  # it is one of a field
    how: str = ""  # how it hangs on its parent: one of RELATIONS, "" for a root
    behind: bool = False  # drawn before the figure it hangs on
    children: list["Figure"] = field(default_factory=list)
    height: float = 1.0
    x: float = 0.0
    foot: float = 0.0
    depth: float = 0.5  # 0 far to 1 near
    tilt: float = 0.0  # degrees
    sink: float = 0.0  # share of the height below the waterline
    tie: tuple[float, float] | None = None  # a string goes from its lower middle so far across and down
    cut: float = 0.0  # share of the height, from below, that is not seen: behind a rim, under a window

    @property
    def width(self) -> float:
        """Extent across."""
        return self.height * aspect(self.concept, self.variant)

    @property
    def bodied(self) -> bool:
        """Whether it has a body of ours under its face."""
        return self.anchors.bodied

    @property
    def anchors(self) -> Anchors:
        """Top, hand and seat in the drawing's own box, flipped when it is."""
        return anchors(self.concept, self.variant, flip=self.flip)

    def family(self, x: float = 0.0, foot: float = 0.0) -> Iterator[tuple["Figure", float, float]]:
        """This figure and all that hang on it in drawing order, each with the place of its lower middle."""
        x, foot = x + self.x, foot + self.foot
        for child in self.children:
            if child.behind:
                yield from child.family(x, foot)
        yield self, x, foot
        for child in self.children:
            if not child.behind:
                yield from child.family(x, foot)

    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom of the whole family."""
        boxes = [(x - f.width / 2, y - f.height, x + f.width / 2, y) for f, x, y in self.family()]
        lows, highs = np.min(boxes, axis=0), np.max(boxes, axis=0)
        return float(lows[0]), float(lows[1]), float(highs[2]), float(highs[3])

    def resize(self, factor: float) -> None:
        """Makes the whole family larger or smaller; its root's place stays."""
        self.height *= factor
        for child in self.children:
            child.x, child.foot = child.x * factor, child.foot * factor
            child.tie = child.tie and (child.tie[0] * factor, child.tie[1] * factor)
            child.resize(factor)


def assemble(scene: Scene, rng: np.random.Generator) -> list[Figure]:
    """The roots of the cast, each a family of height about its real one to the power ¼, not yet placed."""
    clothes = _clothes(scene)
    parents = _parents(scene, hidden=set(clothes))
    figures: dict[int, list[Figure]] = {}
    order = sorted(range(len(scene.things)), key=lambda thing: _generation(thing, parents))
    for thing in order:
        if thing not in clothes and (scene.ground, scene.things[thing].concept) not in PART_OF_THE_GROUND:
            figures[thing] = _copies(scene, thing, parents, figures, clothes, rng)
    roots = [figure for copies in figures.values() for figure in copies if not figure.how]
    for root in roots:
        root.height = root.concept.height**0.25 * root.scale
        root.aloft = root.aloft or any(child.aloft and child.how == "riding" for child in root.children)
        hang(root, rng)
    return roots


PART_OF_THE_GROUND = frozenset({("room", "window"), ("river", "wave"), ("sea", "wave"), ("mountains", "mountain")})
"""What the ground itself shows is not drawn a second time."""


def _clothes(scene: Scene) -> dict[int, int]:
    """Clothing that is drawn by colouring its wearer: thing -> wearer."""
    found = {}
    for relation in scene.relations:
        wearer, worn = scene.things[relation.subject], scene.things[relation.object]
        if (
            relation.kind == "wearing"
            and worn.concept in GARMENTS
            and concepts()[wearer.concept].body in DRESSED
            and wearer.color is None
        ):
            found[relation.object] = relation.subject
    return found


def _parents(scene: Scene, hidden: set[int]) -> dict[int, Relation]:
    """Which relation ties each thing to the one it hangs on; at most one each, and no circles."""
    parents: dict[int, Relation] = {}
    for relation in map(partial(_upright, scene), scene.relations):
        child, parent = _ends(relation)
        if scene.things[child].spread or (scene.things[parent].spread and relation.kind in CARRIED):
            continue  # nobody hangs on a field
        if child in hidden or parent in hidden or relation.kind not in (*WORN, *CARRIED) or child in parents:
            continue
        above: int | None = parent
        while above is not None and above != child:
            above = _ends(parents[above])[1] if above in parents else None
        if above is None:
            parents[child] = relation
    return parents


def _upright(scene: Scene, relation: Relation) -> Relation:
    """A house under a flying whale stands on the ground: the whale is above the house."""
    if relation.kind == "under" and scene.things[relation.object].aloft and not scene.things[relation.subject].aloft:
        return Relation(subject=relation.object, kind="above", object=relation.subject)
    return relation


def _ends(relation: Relation) -> tuple[int, int]:
    """The thing that hangs, the thing that it hangs on."""
    if relation.kind in WORN:
        return relation.object, relation.subject
    return relation.subject, relation.object


def _generation(thing: int, parents: dict[int, Relation]) -> int:
    return 1 + _generation(_ends(parents[thing])[1], parents) if thing in parents else 0


def _copies(
    scene: Scene,
    thing: int,
    parents: dict[int, Relation],
    figures: dict[int, list[Figure]],
    clothes: dict[int, int],
    rng: np.random.Generator,
) -> list[Figure]:
    what = scene.things[thing]
    concept = concepts()[what.concept]
    hosts = figures.get(_ends(parents[thing])[1], []) if thing in parents else []
    how = parents[thing].kind if hosts else ""
    count = max(what.count, len(hosts)) if how in WORN else what.count
    if how == "wearing" and what.concept in FOOTWEAR:
        count = 2 * len(hosts)
    if what.spread:
        count = FIELD // sum(thing.spread for thing in scene.things)
    garments = [scene.things[worn].color for worn, wearer in clothes.items() if wearer == thing]
    variant = 0 if rng.random() < FIRST_HAND else int(rng.integers(len(concept.drawings)))
    flip = bool(rng.integers(2))
    copies = []
    for index in range(count):
        figure = Figure(
            thing=thing,
            concept=concept,
            color=next((color for color in garments if color), what.color),
            scale=SIZES[what.size],
            variant=variant,
            flip=bool(rng.integers(2)) if count > 2 else flip,
            how=how,
            aloft=what.aloft,
            spread=what.spread,
        )
        copies.append(figure)
        if hosts:
            hosts[index % len(hosts)].children.append(figure)
    return copies
