"""How one figure hangs on another: worn, held, ridden, on it, in it, under it, above it.

Each hanger sizes a child and places it relative to the lower middle of its host, in the host's units. Several that hang
alike get room beside each other.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from mengbi.engine.sketch.sprites import aspect

if TYPE_CHECKING:
    from mengbi.engine.sketch.cast import Figure

AIR = 1.1
"""Room that each of several takes, in widths of it."""
ENOUGH, SMALLEST = 0.6, 0.3
"""They stand in more rows rather than be made smaller than the first; nothing is made smaller than the second."""
ROWS = {"on": 1, "in": 3, "under": 2, "above": 3, "riding": 1, "holding": 1}
PEAKED = frozenset("iceberg mountain snow-mountain house pyramid tent rock hut cabin volcano".split())
"""Higher in the middle than at the sides."""
ROOM = {"on": 0.94, "in": 0.85, "under": 1.2, "above": 1.7, "riding": 0.85, "holding": 1.7}
"""How wide a row of them may be, in widths of the host."""


def hang(host: "Figure", rng: np.random.Generator) -> None:
    """Sizes and places all that hang on a figure, from the figure outwards."""
    for how in dict.fromkeys(child.how for child in host.children):
        group = [child for child in host.children if child.how == how]
        for child in group:
            HANGERS[how](host, child, rng)
        if how == "wearing":
            _put_on_feet(host, [child for child in group if child.concept.id in FOOTWEAR])
        elif how == "holding" and len(group) > 1 and group[0].concept.id in RAISED:
            _bunch(host, group, rng)
        elif len(group) > 1:
            _spread(host, group, how, rng)
    for child in host.children:
        hang(child, rng)


def _relative(host: "Figure", child: "Figure", power: float, low: float, high: float) -> float:
    ratio = (child.concept.height / host.concept.height) ** power * child.scale / max(host.scale, 1.0)
    return host.height * float(np.clip(ratio, low, high))


def _spread(host: "Figure", group: list["Figure"], how: str, rng: np.random.Generator) -> None:
    """Several in rows, smaller where there is no room for them; a heap of apples looks over the rim of its basket."""
    rim = host.anchors.rim if how in ("in", "riding") else None
    room = host.width * (rim[2] * 1.1 if rim else ROOM[how])
    wide = max(child.width for child in group) * AIR
    heaped = group[0].concept.kind not in ("animal", "person") or len(group) > 6
    fits = [min(1.0, room / (wide * -(-len(group) // rows))) for rows in range(1, (ROWS[how] if heaped else 1) + 1)]
    rows = next((rows for rows, fit in enumerate(fits, 1) if fit > ENOUGH), len(fits))
    columns, factor = -(-len(group) // rows), max(fits[rows - 1], SMALLEST)
    pitch = min(max(wide * factor, room / columns), 2 * wide * factor)
    middle = sum(child.x for child in group) / len(group) if how != "under" else 0.0
    for index, child in enumerate(group):
        row, place = divmod(index, columns)
        many = min(columns, len(group) - row * columns)
        child.foot -= child.cut * child.height * (1 - factor)
        child.height *= factor * float(rng.uniform(0.92, 1.0))
        child.x = middle + (place - (many - 1) / 2 + 0.5 * (row % 2) * (many == columns)) * pitch
        if row and rim:
            child.foot -= child.cut * child.height
            child.cut = 0.0
        child.foot -= row * child.height * (0.62 if rim else 1.12 if how == "above" else 0.55)
        if how in ("above", "under"):
            child.foot += float(rng.uniform(-0.12, 0.12)) * child.height
        if how == "on":
            child.foot += _lower(host, child, rng)
    for child in group:  # far rows first
        host.children.remove(child)
    host.children += group[::-1]


def _lower(host: "Figure", child: "Figure", rng: np.random.Generator) -> float:
    """How much lower one stands beside the middle of what it stands on."""
    if host.concept.kind == "plant":
        return float(rng.uniform(-0.16, 0.16)) * host.height
    return abs(child.x) / host.width * host.height if host.concept.id in PEAKED else 0.0


# Worn


def _wear(host: "Figure", child: "Figure", rng: np.random.Generator) -> None:
    name, anchors = child.concept.id, host.anchors
    child.flip = host.flip
    if name in NECKWEAR:
        wide, low = NECKWEAR[name]
        across = 0.62 * host.width if host.bodied else 0.42 * host.height
        neck = NECKS.get(host.concept.id, anchors.neck[1])
        child.height = across * wide * child.scale / aspect(child.concept, child.variant)
        child.x = (anchors.neck[0] - 0.5) * host.width
        child.foot = (neck - 1) * host.height + low * child.height
    elif name in GARMENTS:
        child.height = (1.02 - anchors.neck[1]) * host.height * 0.8
        child.x = (0.5 - anchors.neck[0]) * 0.1 * host.width
        child.foot = -0.12 * host.height
    elif name in ON_HANDS:
        child.height = 0.24 * host.height
        child.x, child.foot = (anchors.hand[0] - 0.5) * host.width, (anchors.hand[1] - 0.9) * host.height
    elif name == "backpack":
        front = host.concept.faces == "front"
        child.height = 0.36 * host.height * child.scale
        child.x = (anchors.seat[0] - 0.5) * host.width + (0.32 * host.width if front else 0.0)
        child.foot = (anchors.neck[1] - 0.58 if front else anchors.seat[1] - 0.92) * host.height
        child.behind = front
    else:
        _on_head(host, child)


def _on_head(host: "Figure", child: "Figure") -> None:
    head = min(host.width, 0.85 * host.height)
    wide, drop = WORN_AT.get(child.concept.id, (0.52, 0.16))
    child.height = head * wide * child.scale / max(aspect(child.concept, child.variant), 0.6)
    child.cut = CUT.get(child.concept.id, 0.0)
    child.x = (host.anchors.top[0] - 0.5) * host.width
    child.foot = (host.anchors.top[1] - 1) * host.height + drop * head + child.cut * child.height


def _put_on_feet(host: "Figure", group: Sequence["Figure"]) -> None:
    for index, child in enumerate(group):
        side = (index + 0.5) / len(group) - 0.5
        child.height = min(0.26 * host.height, 0.3 * host.width / aspect(child.concept, child.variant)) * child.scale
        child.x, child.foot = side * (0.5 if host.bodied else 0.62) * host.width, 0.02 * host.height


GARMENTS = frozenset("dress coat t-shirt kimono lab-coat sari jeans shorts safety-vest blouse cloak swimsuit".split())
FOOTWEAR = frozenset("shoe hiking-boot boot high-heels sandal roller-skate ice-skate skis".split())
"""Worn in pairs, of which the drawing shows one."""
ON_HANDS = frozenset("gloves ring watch boxing-glove ballet-shoes socks".split())
NECKWEAR = {"scarf": (0.85, 0.8), "necktie": (0.5, 0.98), "medal": (0.42, 0.95), "bow-tie": (0.5, 0.7)}
"""Width relative to the neck, and how much of it is below the neck's middle."""
NECKS = {"snowman": 0.58}
WORN_AT = {
    "glasses": (0.55, 0.46), "sunglasses": (0.55, 0.46), "goggles": (0.55, 0.46), "scarf": (0.45, 0.9),
    "diving-mask": (0.55, 0.46), "necktie": (0.22, 1.05), "medal": (0.25, 1.0), "ribbon": (0.35, 0.14),
    "bow-tie": (0.3, 0.8), "headphones": (0.75, 0.45), "backpack": (0.5, 0.95), "wizard-hat": (0.66, 0.18),
    "top-hat": (0.55, 0.14), "bamboo-hat": (0.75, 0.2), "cowboy-hat": (0.7, 0.18), "flower-crown": (0.6, 0.16),
    "helmet": (0.66, 0.2),
}  # fmt: skip
"""Width relative to the head, and how far below the top of the head the lower edge comes."""
CUT = {"helmet": 0.4}
"""Share of the height, from below, that is not drawn: a strap that would lie across the face."""


# Held


def _hold(host: "Figure", child: "Figure", rng: np.random.Generator) -> None:
    hand = host.anchors.hand
    child.x = (hand[0] - 0.5) * host.width
    child.foot = (hand[1] - 1) * host.height
    child.height = _relative(host, child, 0.4, 0.28, 0.8)
    if child.concept.id in RAISED:  # over the head, and behind it
        child.height = 1.05 * host.height * min(child.scale, 1.2)
        child.behind = True
    elif _led(host, child):
        child.height = _relative(host, child, 0.6, 0.3, 1.6)
        side = -1 if hand[0] < 0.5 else 1
        child.x = side * 0.55 * (host.width + child.width)
        child.foot = 0.02 * host.height
    else:
        child.foot += 0.4 * child.height


def _led(host: "Figure", child: "Figure") -> bool:
    """Whether it is too large to be carried: a dog is led, a cart is pulled."""
    large = child.concept.height > 0.35 * host.concept.height
    return large and child.concept.kind in ("animal", "person", "vehicle")


def _bunch(host: "Figure", group: Sequence["Figure"], rng: np.random.Generator) -> None:
    """Balloons on strings: a bunch of them over the hand, in staggered rows."""
    hand = ((host.anchors.hand[0] - 0.5) * host.width, (host.anchors.hand[1] - 1) * host.height)
    columns = min(len(group), 2 if len(group) < 5 else 3)
    for index, child in enumerate(group):
        row, place = divmod(index, columns)
        many = min(columns, len(group) - row * columns)
        child.height = host.height * (0.62 if len(group) < 4 else 0.5) * float(rng.uniform(0.92, 1.05))
        child.tilt, child.behind = float(rng.uniform(-8, 8)), True
        child.x = hand[0] + (place - (many - 1) / 2 + 0.3 * (-1) ** row * (many == columns)) * 1.08 * child.width
        child.foot = -host.height * (0.92 if child.concept.id == "balloon" else 1.05) - row * 0.78 * child.height
        child.tie = (hand[0] - child.x, hand[1] - child.foot)


RAISED = frozenset("umbrella oil-paper-umbrella balloon flag kite".split())


# Ridden, and where something stands


def _ride(host: "Figure", child: "Figure", rng: np.random.Generator) -> None:
    if host.concept.kind == "vehicle" and host.concept.id not in ASTRIDE:
        _put_in(host, child, rng)
        return
    child.height = _relative(host, child, 0.4, 0.4, 0.95)
    seat = host.anchors.seat
    child.x = (seat[0] - 0.5) * host.width
    child.foot = (seat[1] - 1) * host.height + 0.3 * child.height
    child.behind = host.concept.id not in ON_TOP  # the mount's near side hides the legs


ASTRIDE = frozenset("bicycle motorcycle scooter kick-scooter skateboard broom rocket skis paper-plane airplane".split())
ON_TOP = frozenset("rocket airplane paper-plane skateboard kick-scooter".split())
"""One sits or stands on their near side."""


def _put_on(host: "Figure", child: "Figure", rng: np.random.Generator) -> None:
    if host.concept.kind == "animal" and child.concept.kind in ("animal", "person"):
        _ride(host, child, rng)
        return
    child.height = _relative(host, child, 0.5, 0.28, 1.0)
    child.x = 0.0
    if host.concept.kind == "plant":  # among the leaves
        child.foot = -host.height * float(rng.uniform(0.55, 0.72))
    elif host.concept.kind in ("animal", "person"):  # on the back or the shoulder
        seat = host.anchors.seat if host.concept.kind == "animal" else host.anchors.top
        child.height = min(child.height, 0.5 * host.height)
        child.x, child.foot = (seat[0] - 0.5) * host.width, (seat[1] - 1.03) * host.height
    else:
        child.foot = -host.height * SURFACES.get(host.concept.id, 0.92)


SURFACES = {
    "table": 0.9, "bench": 0.55, "sofa": 0.45, "bed": 0.5, "chair": 0.5, "bridge": 0.75, "boat": 0.45, "house": 0.9,
    "mountain": 0.85, "book": 0.8, "swing": 0.25, "cake": 0.66, "plate": 0.55, "island": 0.3, "sleigh": 0.55,
    "log": 0.8, "rock": 0.85, "drum": 0.75, "fireplace": 0.95, "floating-island": 0.75, "iceberg": 0.85, "ladder": 0.5,
    "scooter": 0.4, "skateboard": 0.75, "piano": 0.85, "slice-of-cake": 0.7, "pancakes": 0.7, "canoe": 0.5,
}  # fmt: skip
"""Height of what one sits or stands on, as a share of the drawing's."""


def _put_in(host: "Figure", child: "Figure", rng: np.random.Generator) -> None:
    rim = host.anchors.rim
    if host.concept.kind == "plant":
        _put_on(host, child, rng)
    elif rim:  # it looks over the rim, or out of the window
        x, y, wide, tall = rim
        child.cut = 0.42 if child.concept.kind in ("animal", "person") else 0.28
        child.height = _relative(host, child, 0.45, 0.4, 1.6)
        child.height = min(child.height, tall * host.height / (1 - child.cut))
        child.height = min(child.height, 1.1 * wide * host.width / aspect(child.concept, child.variant))
        child.x = (x - 0.5) * host.width
        child.foot = (y - 1) * host.height + child.cut * child.height
    elif host.concept.kind == "building":  # before its door
        child.height = _relative(host, child, 0.45, 0.18, 0.5)
        child.foot = 0.04 * host.height
    else:
        child.height = _relative(host, child, 0.45, 0.45, 0.85)
        child.behind = True
        child.foot = -0.45 * host.height


def _put_under(host: "Figure", child: "Figure", rng: np.random.Generator) -> None:
    child.height = _relative(host, child, 0.4, 0.3, 0.6)
    child.x = float(rng.choice((-1.0, 1.0))) * 0.22 * host.width
    child.foot = 0.03 * host.height
    if host.concept.kind != "plant" and host.concept.id not in ROOFS:  # nobody gets under it: it lies before it
        child.foot = 0.9 * child.height
    if host.concept.home in ("air", "space") or host.concept.kind == "sky":
        child.foot = 1.25 * child.height + 0.15 * host.height


ROOFS = frozenset(
    "table bench bridge umbrella oil-paper-umbrella beach-umbrella mushroom brown-mushroom gate street-lamp bed chair"
    " swing ferris-wheel tower greek-temple pavilion ladder slide fountain elephant giraffe camel horse".split()
)
"""There is room below them, between their legs."""


def _put_above(host: "Figure", child: "Figure", rng: np.random.Generator) -> None:
    child.height = _relative(host, child, 0.35, 0.25, 0.9)
    child.x = float(rng.uniform(-0.15, 0.15)) * host.width
    child.foot = -host.height * float(rng.uniform(1.12, 1.3))


HANGERS: dict[str, Callable[["Figure", "Figure", np.random.Generator], None]] = {
    "wearing": _wear, "holding": _hold, "riding": _ride, "on": _put_on, "in": _put_in, "under": _put_under,
    "above": _put_above,
}  # fmt: skip
