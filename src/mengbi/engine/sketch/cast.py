"""Scene -> cast: every single figure of a picture, and what it wears, holds, rides or stands on.

Figures that belong together form a tree: a crown hangs on the cat that wears it, the cat on the table it stands on.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from mengbi.assets import Concept, concepts
from mengbi.engine.sketch.figures import DRESSED
from mengbi.engine.sketch.sprites import Anchors, anchors, aspect
from mengbi.scene import Relation, Scene

WORN = ("wearing", "holding")  # the object follows the subject
CARRIED = ("riding", "on", "in", "under", "above")  # the subject follows the object
SIZES = {"tiny": 0.45, "small": 0.7, "normal": 1.0, "large": 1.4, "huge": 1.9}
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
    how: str = ""  # how it hangs on its parent: one of RELATIONS, "" for a root
    behind: bool = False  # drawn before the figure it hangs on
    children: list["Figure"] = field(default_factory=list)
    height: float = 1.0
    x: float = 0.0
    foot: float = 0.0
    depth: float = 0.5  # 0 far to 1 near
    tilt: float = 0.0  # degrees
    sink: float = 0.0  # share of the height below the waterline

    @property
    def width(self) -> float:
        """Extent across."""
        return self.height * aspect(self.concept, self.variant)

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
        _hang(root, rng)
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


GARMENTS = frozenset("dress coat t-shirt kimono lab-coat sari jeans shorts safety-vest blouse cloak swimsuit".split())


def _parents(scene: Scene, hidden: set[int]) -> dict[int, Relation]:
    """Which relation ties each thing to the one it hangs on; at most one each, and no circles."""
    parents: dict[int, Relation] = {}
    for relation in scene.relations:
        child, parent = _ends(relation)
        if child in hidden or parent in hidden or relation.kind not in (*WORN, *CARRIED) or child in parents:
            continue
        above: int | None = parent
        while above is not None and above != child:
            above = _ends(parents[above])[1] if above in parents else None
        if above is None:
            parents[child] = relation
    return parents


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
        )
        copies.append(figure)
        if hosts:
            hosts[index % len(hosts)].children.append(figure)
    return copies


def _hang(host: Figure, rng: np.random.Generator) -> None:
    """Sizes and places all that hang on a figure, from the figure outwards."""
    for how in dict.fromkeys(child.how for child in host.children):
        group = [child for child in host.children if child.how == how]
        for index, child in enumerate(group):
            HANGERS[how](host, child, (index + 0.5) / len(group) - 0.5, rng)
    for child in host.children:
        _hang(child, rng)


def _relative(host: Figure, child: Figure, power: float, low: float, high: float) -> float:
    ratio = (child.concept.height / host.concept.height) ** power * child.scale / max(host.scale, 1.0)
    return host.height * float(np.clip(ratio, low, high))


def _wear(host: Figure, child: Figure, place: float, rng: np.random.Generator) -> None:
    head = min(host.width, 0.85 * host.height)
    top = host.anchors.top
    wide, drop = WORN_AT.get(child.concept.id, (0.52, 0.16))
    child.height = head * wide * child.scale / max(aspect(child.concept, child.variant), 0.6)
    child.x = (top[0] - 0.5) * host.width
    child.foot = (top[1] - 1) * host.height + drop * head
    child.flip = host.flip


WORN_AT = {
    "glasses": (0.55, 0.46), "sunglasses": (0.55, 0.46), "goggles": (0.55, 0.46), "scarf": (0.6, 0.75),
    "diving-mask": (0.55, 0.46), "necktie": (0.22, 1.05), "medal": (0.25, 1.0), "ribbon": (0.35, 0.14),
    "bow-tie": (0.3, 0.8), "headphones": (0.75, 0.45), "backpack": (0.5, 0.95), "wizard-hat": (0.66, 0.18),
    "top-hat": (0.55, 0.14), "bamboo-hat": (0.75, 0.2), "cowboy-hat": (0.7, 0.18), "flower-crown": (0.6, 0.16),
}  # fmt: skip
"""Width relative to the head, and how far below the top of the head the lower edge comes."""


def _hold(host: Figure, child: Figure, place: float, rng: np.random.Generator) -> None:
    hand = host.anchors.hand
    side = -1 if place < 0 else 1
    child.x = (hand[0] - 0.5) * host.width * side
    child.foot = (hand[1] - 1) * host.height
    if child.concept.id in RAISED:  # over the head, and behind it
        child.height = 1.05 * host.height * min(child.scale, 1.2)
        child.behind = True
    elif child.concept.kind == "animal" and child.concept.height > 0.35 * host.concept.height:  # led along
        child.height = _relative(host, child, 0.6, 0.3, 1.6)
        child.x = side * 0.55 * (host.width + child.width)
        child.foot = 0.02 * host.height
    else:
        child.height = _relative(host, child, 0.4, 0.28, 0.8)
        child.foot += 0.4 * child.height


RAISED = frozenset("umbrella oil-paper-umbrella balloon flag kite".split())


def _ride(host: Figure, child: Figure, place: float, rng: np.random.Generator) -> None:
    if host.concept.kind == "vehicle" and host.concept.id not in ASTRIDE:
        _put_in(host, child, place, rng)
        return
    child.height = _relative(host, child, 0.4, 0.4, 0.95)
    seat = host.anchors.seat
    child.x = (seat[0] - 0.5 + place * 0.3) * host.width
    child.foot = (seat[1] - 1) * host.height + 0.3 * child.height
    child.behind = True  # the mount's near side hides the legs


ASTRIDE = frozenset("bicycle motorcycle scooter kick-scooter skateboard broom rocket skis paper-plane".split())


def _put_on(host: Figure, child: Figure, place: float, rng: np.random.Generator) -> None:
    if host.concept.kind == "animal" and child.concept.kind in ("animal", "person"):
        _ride(host, child, place, rng)
        return
    child.height = _relative(host, child, 0.5, 0.2, 1.0)
    if host.concept.kind == "plant":  # among the leaves
        child.x = place * 0.7 * host.width
        child.foot = -host.height * float(rng.uniform(0.55, 0.72))
        return
    share = 0.8 * host.width
    child.x = place * share
    child.foot = -host.height * SURFACES.get(host.concept.id, 0.92)


SURFACES = {"table": 0.9, "bench": 0.55, "sofa": 0.45, "bed": 0.5, "chair": 0.5, "bridge": 0.75,
            "boat": 0.45, "house": 0.9, "mountain": 0.85, "book": 0.8, "swing": 0.25}  # fmt: skip
"""Height of what one sits or stands on, as a share of the drawing's."""


def _put_in(host: Figure, child: Figure, place: float, rng: np.random.Generator) -> None:
    if host.concept.kind == "plant":
        _put_on(host, child, place, rng)
        return
    child.x = place * 0.6 * host.width
    if host.concept.kind == "building":  # before its door
        child.height = _relative(host, child, 0.45, 0.18, 0.5)
        child.foot = 0.04 * host.height
        return
    child.height = _relative(host, child, 0.45, 0.45, 0.85)
    child.behind = True
    child.foot = -0.45 * host.height


def _put_under(host: Figure, child: Figure, place: float, rng: np.random.Generator) -> None:
    child.height = _relative(host, child, 0.4, 0.3, 0.6)
    side = float(rng.choice((-1.0, 1.0))) if place == 0 else float(np.sign(place))
    child.x = side * 0.22 * host.width + place * 0.6 * host.width
    child.foot = 0.03 * host.height
    if host.concept.home in ("air", "space") or host.concept.kind == "sky":
        child.foot = 1.25 * child.height + 0.15 * host.height


def _put_above(host: Figure, child: Figure, place: float, rng: np.random.Generator) -> None:
    child.height = _relative(host, child, 0.35, 0.25, 0.9)
    child.x = (place * 0.9 + float(rng.uniform(-0.15, 0.15))) * host.width
    child.foot = -host.height * float(rng.uniform(1.12, 1.3))


HANGERS = {
    "wearing": _wear, "holding": _hold, "riding": _ride, "on": _put_on, "in": _put_in, "under": _put_under,
    "above": _put_above,
}  # fmt: skip
