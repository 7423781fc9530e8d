"""A field of them: many of a kind all over the ground, small at the horizon, large at our feet.

Rows follow each other as perspective asks; who would hide something else of the picture is left out.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from mengbi.engine.sketch.cast import Figure
from mengbi.engine.sketch.footing import Canvas, swims
from mengbi.engine.sketch.sheets import Ground

NEAREST, LIMITS = 0.2, (0.13, 0.36)
"""Height where it stands nearest, in units, of what is half a unit high in life; and the bounds for all others."""
SHORTER = 0.8
"""How much smaller a field is that something else stands in."""
NEARER = 1.26
"""How much larger those of a row are than those of the row behind."""
APART, LOOSE = 1.1, 1.7
"""Room of each across, in widths of it: of plants, and of what has room to move."""
HIDDEN = 0.1
"""Share of something else that one of a field may hide."""
DEPTHS = np.linspace(0.0, 1.0, 81)

Box = tuple[float, float, float, float]


def sow(
    field: Sequence[Figure], others: Sequence[Figure], ground: Ground, canvas: Canvas, rng: np.random.Generator
) -> list[Figure]:
    """Those of the field that find a place among the others, placed and sized; the rest are not needed."""
    waiting = list(field)
    kinds = {root.thing: root for root in waiting}
    aspect = max((root.box()[2] - root.box()[0]) / root.height for root in kinds.values())
    usual = float(np.mean([root.concept.height for root in kinds.values()]))
    tall = NEAREST * (usual / 0.5) ** 0.2 * waiting[0].scale * (SHORTER if others else 1.0)
    tall = float(np.clip(tall, *LIMITS))
    room = aspect * (APART if waiting[0].concept.kind == "plant" else LOOSE)
    boxes = [(other, other.box()) for other in others]
    order = rng.permutation(len(waiting))
    sown: list[Figure] = []
    for depth, x, height in _places(tall, room, len(waiting), ground, canvas, rng):
        if len(sown) == len(waiting):
            break
        root = waiting[order[len(sown)]]
        if ground.wet(depth, x / canvas.width) != swims(root) and ground.surface != "water":
            continue
        root.resize(height / root.height)
        root.x, root.depth = x, depth
        root.foot = canvas.height * ground.foot(depth, x / canvas.width) + max(depth - 0.97, 0.0) * 8 * height
        if not any(_hides(root, other, box) for other, box in boxes):
            sown.append(root)
    return sown


def _places(
    tall: float, room: float, most: int, ground: Ground, canvas: Canvas, rng: np.random.Generator
) -> Iterator[tuple[float, float, float]]:
    """Depth, middle across and height of each, from the nearest row to the farthest, about `most` at most.

    room: how much one needs across, in heights of it.
    """
    scales = np.array([ground.scale(float(depth)) for depth in DEPTHS])
    sizes = [1.0]
    while sizes[-1] / NEARER > scales[0] / scales[-1]:
        sizes.append(sizes[-1] / NEARER)
    numbers = np.array([canvas.width / (room * tall * size) + 1 for size in sizes])
    numbers = np.maximum(numbers * min(1.0, (most - len(sizes)) / numbers.sum()), 2)  # a row may hang over by one
    for row, (size, number) in enumerate(zip(sizes, numbers, strict=True)):
        depth = float(np.interp(size * scales[-1], scales, DEPTHS))
        pitch, aside = canvas.width / number, float(rng.uniform(-0.2, 0.2)) + 0.5 * (row % 2)
        for place in range(int(number) + 1):
            x = (place + aside + float(rng.uniform(-0.22, 0.22))) * pitch
            near = min(max(depth + float(rng.uniform(-0.5, 0.5)) * 0.2 * size, 0.02), 1.0)
            grown = float(np.interp(near, DEPTHS, scales)) / scales[-1]
            yield near, x, tall * grown * float(rng.uniform(0.9, 1.1))


def _hides(root: Figure, other: Figure, there: Box) -> bool:
    """Whether one of a field stands before something else and hides more of it than its feet."""
    box = root.box()
    across, down = min(box[2], there[2]) - max(box[0], there[0]), min(box[3], there[3]) - max(box[1], there[1])
    if root.depth < other.depth or across <= 0 or down <= 0:
        return False
    return across * down > HIDDEN * min(
        (there[2] - there[0]) * (there[3] - there[1]), (box[2] - box[0]) * (box[3] - box[1]) * 4
    )
