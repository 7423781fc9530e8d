"""Places sprites on a backdrop by the facts of a Scene: what `engine.sketch` does with care, done for millions.

Sizes, depths, relations and light follow the underdrawing's own rules (`layout`, `cast`, `compose`), with slots in
place of a search. All places are in fractions of the square picture.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mengbi.assets import Concept, concepts
from mengbi.engine.sketch.cast import SIZES
from mengbi.engine.sketch.compose import DARKEST, GLOWING
from mengbi.engine.sketch.hangers import RAISED, SURFACES, WORN_AT
from mengbi.lab.data.backdrops import COLUMNS, DEPTHS, Backdrop
from mengbi.lab.data.pack import Row
from mengbi.lab.data.render import Pixels
from mengbi.lab.data.wardrobe import Wardrobe
from mengbi.scene import Relation, Scene

Array = NDArray[np.float32]

HANGING = ("on", "under", "above", "wearing", "holding", "riding")
"""Relations in which one thing's place follows from the other's; the rest is a matter of slots."""
CARRIERS = ("wearing", "holding")


@dataclass(slots=True)
class Figure:
    """A sprite on the picture."""

    number: int  # in the pack's rows
    thing: int
    concept: Concept | None
    color: str | None
    height: float
    width: float
    x: float = 0.5  # of its middle
    foot: float = 0.8  # of its lower edge
    depth: float = 0.6
    flip: bool = False
    tilt: float = 0.0  # degrees
    grounded: bool = True
    anchors: tuple[tuple[float, float], ...] = ()


def arrange(
    scene: Scene, rows: Sequence[tuple[int, Row]], backdrop: Backdrop | None, rng: np.random.Generator
) -> list[Figure]:
    """Figures from far to near. rows: of each thing, its number in the pack and its row; backdrop: None is plain."""
    links = {_child(relation): relation for relation in scene.relations if relation.kind in HANGING}
    hidden = {r.subject: r for r in scene.relations if r.kind in ("behind", "in front of") and r.subject not in links}
    roots = [index for index in range(len(scene.things)) if index not in links and index not in hidden]
    order = _order(roots, scene.relations, rng)
    figures = [figure for index in order for figure in _copies(scene, index, rows[index], rng)]
    _size(figures, scene, crowded=len(links) + len(hidden))
    _spread(figures, backdrop, rng)
    placed = list(figures)
    for index, relation in hidden.items():
        others = [figure for figure in placed if figure.thing == relation.object]
        placed += [_half_hidden(each, others, relation.kind, scene, backdrop, rng)
                   for each in _copies(scene, index, rows[index], rng)]  # fmt: skip
    waiting = dict(links)
    while waiting:
        ready = [child for child, r in waiting.items() if any(f.thing == _parent(r) for f in placed)]
        if not ready:
            break
        for child in ready:
            relation = waiting.pop(child)
            hosts = [figure for figure in placed if figure.thing == _parent(relation)]
            copies = _copies(scene, child, rows[child], rng)
            if relation.kind in CARRIERS and len(copies) < len(hosts):
                copies = [replace(copies[0]) for _ in hosts]
            for place, copy in enumerate(copies):
                _hang(hosts[place % len(hosts)], copy, relation.kind, scene, place, len(copies), rng)
            placed += copies
    _pull_inside(placed)
    return sorted(placed, key=lambda figure: figure.depth)


def _child(relation: Relation) -> int:
    return relation.object if relation.kind in CARRIERS else relation.subject


def _parent(relation: Relation) -> int:
    return relation.subject if relation.kind in CARRIERS else relation.object


def _order(roots: list[int], relations: Sequence[Relation], rng: np.random.Generator) -> list[int]:
    """Things from left to right as the relations say, else by chance."""
    order = [roots[place] for place in rng.permutation(len(roots))]
    for _ in range(2):
        for relation in relations:
            if relation.kind in ("left of", "right of") and {relation.subject, relation.object} <= set(order):
                first, last = order.index(relation.subject), order.index(relation.object)
                if (first < last) != (relation.kind == "left of"):
                    order[first], order[last] = order[last], order[first]
    return order


def _copies(scene: Scene, index: int, row: tuple[int, Row], rng: np.random.Generator) -> list[Figure]:
    thing = scene.things[index]
    number, known = row
    concept = concepts().get(thing.concept)
    tall = (concept.height if concept else 0.5) ** 0.25 * SIZES[thing.size]
    flip = bool(rng.integers(2))
    return [
        Figure(
            number=number,
            thing=index,
            concept=concept,
            color=thing.color,
            height=tall,
            width=tall * known.size[0] / known.size[1],
            flip=bool(rng.integers(2)) if thing.count > 2 else flip,
            anchors=known.anchors,
        )
        for _ in range(thing.count)
    ]


def _size(figures: list[Figure], scene: Scene, crowded: int) -> None:
    """Figures share the picture and keep their proportions to each other."""
    usual = math.exp(sum(math.log(figure.height) for figure in figures) / len(figures))
    sizes = {scene.things[figure.thing].size for figure in figures}
    alone = SIZES[sizes.pop()] ** 0.8 if len(sizes) == 1 else 1.0  # one tiny cat is tiny in its picture
    share = (0.56 if not crowded else 0.46) / len(figures) ** 0.38 * alone
    for figure in figures:
        _resize(figure, share * min(max(figure.height / usual, 0.4), 1.9) / figure.height)
        _resize(figure, min(1.0, 0.82 / figure.height, 0.88 / figure.width))


def _resize(figure: Figure, factor: float) -> None:
    figure.height *= factor
    figure.width *= factor


def _spread(figures: list[Figure], backdrop: Backdrop | None, rng: np.random.Generator) -> None:
    """One row of slots for few figures, two rows for many."""
    rows = 1 if len(figures) <= 4 else 2
    across = math.ceil(len(figures) / rows)
    total = sum(figure.width for figure in figures[:across])
    squeeze = min(1.0, 0.94 / max(total, 1e-6))
    for place, figure in enumerate(figures):
        row, column = (place % rows, place // rows) if rows > 1 else (0, place)
        wide = 1 / across
        _resize(figure, max(squeeze, min(1.0, 1.1 * wide / figure.width)) if across > 1 else 1.0)
        loose = max(0.0, wide - figure.width) / 2 if across > 1 else max(0.0, 0.9 - figure.width) / 3
        figure.x = (column + 0.5) * wide + float(rng.uniform(-1, 1)) * loose
        _stand(figure, backdrop, row / max(rows - 1, 1) if rows > 1 else 0.5, rng)


def _stand(figure: Figure, backdrop: Backdrop | None, row: float, rng: np.random.Generator) -> None:
    """How far away a figure is and where its lower edge comes. row: 0 the far row to 1 the near one."""
    jitter = float(rng.uniform(-1, 1))
    figure.depth = 0.6 + 0.12 * jitter + 0.3 * (row - 0.5)
    if backdrop is None:
        middle = 0.5 + 0.52 * (row - 0.5) + 0.07 * jitter
        figure.foot, figure.grounded = middle + figure.height / 2, False
        return
    tall = figure.concept.height if figure.concept else 0.5
    figure.depth = min(
        max(0.8 - 0.17 * math.log10(max(tall, 0.05) / 0.4) + 0.08 * jitter + 0.3 * (row - 0.5), 0.3), 0.95
    )
    if floats(figure.concept, backdrop.surface):
        low = 0.92 if backdrop.surface in ("underwater", "space") else max(backdrop.horizon, 0.4)
        top = 0.06 + figure.height
        figure.foot = float(rng.uniform(min(top, low), max(top, low)))
        figure.tilt, figure.grounded = 8 * jitter, False
    else:
        figure.foot = foot(backdrop, figure.depth, figure.x)


def floats(concept: Concept | None, surface: str) -> bool:
    """Whether it hangs in the air, in water or in space."""
    home = concept.home if concept else "land"
    if surface == "underwater":
        return home in ("underwater", "water", "air")
    return surface == "space" or home in ("air", "space")


def foot(backdrop: Backdrop, depth: float, x: float) -> float:
    """Where a thing stands: bilinear in the backdrop's table."""
    row = min(max((depth - DEPTHS[0]) / (DEPTHS[-1] - DEPTHS[0]) * (len(DEPTHS) - 1), 0.0), len(DEPTHS) - 1.001)
    column = min(max((x - 0.1) / 0.8 * (COLUMNS - 1), 0.0), COLUMNS - 1.001)
    i, j, down, right = int(row), int(column), row % 1, column % 1
    upper = backdrop.feet[i][j] * (1 - right) + backdrop.feet[i][j + 1] * right
    lower = backdrop.feet[i + 1][j] * (1 - right) + backdrop.feet[i + 1][j + 1] * right
    return min(upper * (1 - down) + lower * down, 0.985)


def _half_hidden(
    figure: Figure,
    others: Sequence[Figure],
    kind: str,
    scene: Scene,
    backdrop: Backdrop | None,
    rng: np.random.Generator,
) -> Figure:
    """Beside another, a little further away or nearer, so that one covers a part of the other."""
    other = others[int(rng.integers(len(others)))]
    ratio = figure.height / (other.concept.height**0.25 * SIZES[scene.things[other.thing].size] if other.concept else 1)
    _resize(figure, other.height * min(max(ratio, 0.5), 1.5) * (0.85 if kind == "behind" else 1.0) / figure.height)
    side = -1.0 if other.x > 0.55 or (other.x > 0.45 and rng.random() < 0.5) else 1.0
    figure.x = other.x + side * 0.36 * (figure.width + other.width)
    step = -0.2 if kind == "behind" else 0.15
    figure.depth = other.depth + step
    figure.grounded = other.grounded
    if backdrop is None or not other.grounded:
        figure.foot = other.foot + 0.35 * step
    else:
        figure.foot = other.foot + foot(backdrop, figure.depth, figure.x) - foot(backdrop, other.depth, other.x)
    return figure


def _hang(
    host: Figure, child: Figure, kind: str, scene: Scene, place: int, count: int, rng: np.random.Generator
) -> None:
    """Size and place of what hangs on another figure."""
    spread = (place + 0.5) / count - 0.5 if kind not in CARRIERS else 0.0
    top, hand, seat = host.anchors or ((0.5, 0.03), (0.85, 0.6), (0.5, 0.35))
    if host.flip:
        top, hand, seat = ((1 - x, y) for x, y in (top, hand, seat))
    upper = host.foot - host.height
    size = SIZES[scene.things[child.thing].size]
    name = child.concept.id if child.concept else ""
    over = child.depth = host.depth + 0.01 * (1 + place)
    child.grounded = False
    if kind == "wearing":
        head = min(host.width, 0.85 * host.height)
        wide, drop = WORN_AT.get(name, (0.52, 0.16))
        _resize(child, head * wide * size / max(child.width, 0.6 * child.height))
        child.x = host.x + (top[0] - 0.5) * host.width
        child.foot = upper + top[1] * host.height + drop * head
        child.flip = host.flip
    elif kind == "holding":
        behind = name in RAISED
        _fit(child, host, 1.05 * min(size, 1.2) if behind else _ratio(child, host, 0.4, 0.28, 0.8) * size)
        child.x = host.x + (hand[0] - 0.5) * host.width
        child.foot = upper + hand[1] * host.height + (0.0 if behind else 0.4 * child.height)
        child.depth = host.depth - 0.005 if behind else over
    elif kind == "riding":
        _fit(child, host, _ratio(child, host, 0.4, 0.4, 0.95) * size)
        child.x = host.x + (seat[0] - 0.5 + 0.3 * spread) * host.width
        child.foot = upper + seat[1] * host.height + 0.3 * child.height
        child.depth = host.depth - 0.005
    elif kind == "on":
        _fit(child, host, _ratio(child, host, 0.5, 0.3, 0.95) * size)
        plant = host.concept is not None and host.concept.kind == "plant"
        share = 0.62 if plant else SURFACES.get(host.concept.id if host.concept else "", 0.92)
        child.x = host.x + 0.75 * spread * host.width
        child.foot = host.foot - share * host.height
    elif kind == "above":
        _fit(child, host, _ratio(child, host, 0.35, 0.35, 0.9) * size)
        child.x = host.x + 0.9 * spread * host.width
        child.foot = upper - float(rng.uniform(0.03, 0.1))
    else:  # under
        _fit(child, host, _ratio(child, host, 0.4, 0.3, 0.6) * size)
        child.x = host.x + (0.8 * spread + 0.1 * float(rng.uniform(-1, 1))) * host.width
        child.foot = host.foot + (0.02 if host.grounded else child.height + 0.03)


def _ratio(child: Figure, host: Figure, power: float, low: float, high: float) -> float:
    tall, other = (figure.concept.height if figure.concept else 0.5 for figure in (child, host))
    return min(max((tall / other) ** power, low), high)


def _fit(child: Figure, host: Figure, share: float) -> None:
    _resize(child, share * host.height / child.height)
    _resize(child, min(1.0, 1.6 * host.width / child.width))


def _pull_inside(figures: Sequence[Figure]) -> None:
    """Moves, and if need be shrinks, the whole cast so that nothing is cut off."""
    left = min(figure.x - figure.width / 2 for figure in figures)
    right = max(figure.x + figure.width / 2 for figure in figures)
    top = min(figure.foot - figure.height for figure in figures)
    bottom = max(figure.foot for figure in figures)
    factor = min(1.0, 0.97 / (right - left), 0.97 / (bottom - top))
    middle, base = (left + right) / 2, bottom
    for figure in figures:
        _resize(figure, factor)
        figure.x = middle + (figure.x - middle) * factor
        figure.foot = base + (figure.foot - base) * factor
    half, tall = (right - left) * factor / 2, (bottom - top) * factor
    across = min(max(middle, 0.015 + half), 0.985 - half) - middle
    down = min(max(base, 0.015 + tall), 0.985) - base
    for figure in figures:
        figure.x, figure.foot = figure.x + across, figure.foot + down


def paint(
    ground: Pixels, figures: Sequence[Figure], backdrop: Backdrop | None, wardrobe: Wardrobe, *, flat: bool = False
) -> Pixels:
    """Figures over a ground, uint8 (side, side, 3). flat: each in the one colour that is its mean, as a child draws."""
    canvas = ground.astype(np.float32)
    for figure in figures:
        if figure.grounded and not flat:
            _shadow(canvas, figure)
        _draw(canvas, figure, backdrop, wardrobe, flat=flat)
    return np.clip(canvas + 0.5, 0, 255).astype(np.uint8)


def _draw(canvas: Array, figure: Figure, backdrop: Backdrop | None, wardrobe: Wardrobe, *, flat: bool) -> None:
    side = canvas.shape[0]
    image = wardrobe.picture(figure.number, figure.color)
    size = (max(2, round(figure.width * side)), max(2, round(figure.height * side)))
    image = image.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0) if size != image.size else image
    if abs(figure.tilt) > 1:
        image = image.rotate(figure.tilt, Image.Resampling.BILINEAR, expand=True)
    pixels = np.asarray(image, np.float32)
    pixels = pixels[:, ::-1] if figure.flip else pixels
    rgb, alpha = pixels[..., :3], pixels[..., 3:] * np.float32(1 / 255)
    if flat:
        rgb = np.broadcast_to((rgb * alpha).sum(axis=(0, 1)) / max(float(alpha.sum()), 1.0), rgb.shape)
    if backdrop is not None:
        rgb = _lit(rgb, figure, backdrop)
    height, width = alpha.shape[:2]
    left, top = round(figure.x * side - width / 2), round(figure.foot * side) - height
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + width, side), min(top + height, side)
    if x0 < x1 and y0 < y1:
        cut = (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))
        under = canvas[y0:y1, x0:x1]
        under += alpha[cut] * (rgb[cut] - under)


def _lit(rgb: Array, figure: Figure, backdrop: Backdrop) -> Array:
    """The hour's colour and haze with distance."""
    if figure.concept is not None and figure.concept.id in GLOWING and backdrop.time == "night":
        return rgb
    ambient = np.array(backdrop.ambient, np.float32)
    ambient *= max(1.0, DARKEST / float(ambient.mean()))
    far = np.float32(backdrop.haze_strength * max(0.0, 0.75 - figure.depth) ** 1.5)
    hazed: Array = rgb * (ambient * (1 - far)) + far * np.float32(255) * np.array(backdrop.haze, np.float32)
    return hazed


def _shadow(canvas: Array, figure: Figure) -> None:
    """A soft dark pool where it stands."""
    side = canvas.shape[0]
    width, height = max(4, round(figure.width * side * 1.05)), max(3, round(figure.width * side * 0.2))
    x = np.linspace(-1, 1, width, dtype=np.float32)
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    pool = np.clip(1 - (x * x + y * y), 0, 1) * 0.45
    left, top = round(figure.x * side - width / 2), round(figure.foot * side - height / 2)
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + width, side), min(top + height, side)
    if x0 < x1 and y0 < y1:
        canvas[y0:y1, x0:x1] *= 1 - pool[y0 - top : y1 - top, x0 - left : x1 - left, None]
