"""Several of a kind: they stand or fly in staggered rows, with clear air between them, so that one can count them.

Each has a cell of the picture to itself and moves about in it by chance: a company, not a grid of stamps.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from mengbi.engine.sketch.cast import Figure
from mengbi.engine.sketch.footing import Canvas, air, floats, sink, sky, swims, turn
from mengbi.engine.sketch.sheets import Ground

COUNTED = 12
"""More than these are a crowd: they may hide each other in part."""
AIR, CROWDED = (1.2, 1.12), (0.85, 0.6)
"""Room that each has across and down, in widths and heights of it: of those that are counted, and in a crowd."""
VARIED = 0.12
"""How far sizes differ from each other: each is so much larger or smaller at most."""
MARGIN = 0.04
"""Share of the canvas that stays free on each side."""
APART = 0.24
"""How far apart the middles of thin things are, in units of the canvas, if there is room."""
DEPTHS = tuple(float(depth) for depth in np.linspace(0.2, 0.94, 16))
PLACES = tuple((place + 0.5) / 24 for place in range(24))
"""Where across the canvas the ground is asked whether one can stand there."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """Where some may stand beside each other: lower edge and free part across in units, and how far away it is."""

    foot: float
    depth: float
    left: float
    right: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Formation:
    """Rows from far to near, how many stand in each, how much smaller they are there, and how high the nearest are."""

    rows: tuple[Row, ...]
    numbers: tuple[int, ...]
    sizes: tuple[float, ...]
    height: float


def muster(roots: Sequence[Figure], ground: Ground, canvas: Canvas, usual: float, rng: np.random.Generator) -> None:
    """Sizes and places all roots of one thing. usual: height of one of them, in units, where there is room for it."""
    boxes = [root.box() for root in roots]
    wide = max((box[2] - box[0]) / root.height for box, root in zip(boxes, roots, strict=True))
    tall = max((box[3] - box[1]) / root.height for box, root in zip(boxes, roots, strict=True))
    afloat = floats(roots[0], ground)
    lowest = sky(ground) if roots[0].aloft else air(ground)
    rows = list(_in_the_air(lowest, canvas) if afloat else _on_the_ground(roots[0], ground, canvas))
    room = AIR if len(roots) <= COUNTED else CROWDED
    extent = (wide * room[0], tall * room[1])
    ways = list(_formations(len(roots), rows, extent, usual, ground, canvas, afloat=afloat))
    way = max(ways, key=lambda way: _beauty(way, canvas, afloat=afloat) * float(rng.uniform(0.93, 1.0)))
    waiting, spare = iter(roots), _spare(way, extent[1], canvas, afloat=afloat)
    for row, number, size, shift in zip(way.rows, way.numbers, way.sizes, _shifts(way.numbers), strict=True):
        line = [next(waiting) for _ in range(number)]
        cell = min((row.right - row.left) / (number + 2 * abs(shift)), _pitch(extent[0] * way.height * size, rng))
        slack = row.right - row.left - cell * (number + 2 * abs(shift))
        start = row.left + slack * float(rng.uniform(0.35, 0.65)) + cell * (shift + abs(shift))
        for place, root in enumerate(line):
            root.resize(way.height * size * float(rng.uniform(1 - VARIED, 1 + VARIED)) / root.height)
            _stand(root, row, (start + cell * place, start + cell * (place + 1)), spare, ground, canvas, rng)


def _beauty(way: Formation, canvas: Canvas, *, afloat: bool) -> float:
    """Large figures, and their middle where one likes to look: on the ground rather low."""
    middle = (way.rows[0].foot + way.rows[-1].foot) / 2 / canvas.height
    away = abs(middle - (0.45 if afloat else 0.8))
    return way.height * sum(way.sizes) / len(way.sizes) * (1 - 0.6 * away)


def _stand(
    root: Figure,
    row: Row,
    cell: tuple[float, float],
    spare: float,
    ground: Ground,
    canvas: Canvas,
    rng: np.random.Generator,
) -> None:
    """Places a root somewhere in its cell."""
    root.x = root.foot = 0.0
    left, _, right, _ = root.box()
    free = max(cell[1] - cell[0] - (right - left), 0.0)
    root.x = cell[0] - left + free * float(rng.uniform(0.12, 0.88))
    stray = float(rng.uniform(-1, 1)) * spare
    if floats(root, ground):
        root.depth, root.foot = row.depth, row.foot + stray
        root.tilt = float(rng.uniform(-9, 9))
    else:
        across = root.x / canvas.width
        root.depth = _depth(ground, across, (row.foot + stray) / canvas.height)
        if ground.wet(root.depth, across) != ground.wet(row.depth, across):  # it strayed over the shore
            root.depth = row.depth
        root.foot = canvas.height * ground.foot(root.depth, root.x / canvas.width)
        root.resize(min(_smaller(ground, root.depth, row.depth), 1 + VARIED / 2))
        sink(root, ground, canvas)
    turn(root, canvas, rng)


def _pitch(width: float, rng: np.random.Generator) -> float:
    """How far apart those of a row would like to be whose extent with its air is `width`."""
    return max(width * float(rng.uniform(1.1, 1.6)), APART)


def _spare(way: Formation, tall: float, canvas: Canvas, *, afloat: bool) -> float:
    """How far each may stray up or down from its row without coming before or behind those of another."""
    gaps = [
        near.foot - far.foot - tall * way.height * size
        for (far, near), size in zip(pairwise(way.rows), way.sizes[1:], strict=True)
    ]
    above = way.rows[0].foot - tall * way.height * way.sizes[0] - MARGIN * canvas.height
    most = 0.16 if afloat else 0.07
    return max(min([*(gap / 2 for gap in gaps), above, most]), 0.0)


def _in_the_air(lowest: float, canvas: Canvas) -> Iterator[Row]:
    """Rows from above to below."""
    for foot in np.linspace(0.2, lowest, 14):
        yield Row(
            foot=float(foot) * canvas.height, depth=0.5, left=MARGIN * canvas.width, right=(1 - MARGIN) * canvas.width
        )


def _on_the_ground(root: Figure, ground: Ground, canvas: Canvas) -> Iterator[Row]:
    """Rows from far to near, each as wide as there is land for those of the land, or water for those of the water."""
    wet = {depth: [ground.wet(depth, place) for place in PLACES] for depth in DEPTHS}
    mixed = any(map(any, wet.values())) and ground.surface != "water"
    fits = {
        depth: _widest([each == swims(root) for each in row]) if mixed else (0.0, 1.0) for depth, row in wet.items()
    }
    if not any(right > left for left, right in fits.values()):
        fits = dict.fromkeys(DEPTHS, (0.0, 1.0))
    for depth, (left, right) in fits.items():
        if right > left:
            yield Row(
                foot=canvas.height * ground.foot(depth, (left + right) / 2),
                depth=depth,
                left=canvas.width * max(left, MARGIN),
                right=canvas.width * min(right, 1 - MARGIN),
            )


def _widest(fits: Sequence[bool]) -> tuple[float, float]:
    """Where the longest run of True begins and ends, as fractions; both 0 where there is none."""
    best, start = (0, 0), 0
    for place, fit in enumerate([*fits, False]):
        if not fit:
            best, start = max(best, (start, place), key=lambda run: run[1] - run[0]), place + 1
    return best[0] / len(fits), best[1] / len(fits)


def _formations(
    number: int,
    standing: Sequence[Row],
    extent: tuple[float, float],
    usual: float,
    ground: Ground,
    canvas: Canvas,
    *,
    afloat: bool,
) -> Iterator[Formation]:
    """Every way to stand in one to four rows, with figures as large as there is room for.

    extent: room that one needs across and down, in heights of it.
    """
    wide, tall = extent
    for count in range(1, min(4, number) + 1):
        numbers = _shares(number, count)
        shifts = _shifts(numbers)
        for nearest in range(count - 1, len(standing)):
            for step in range(1, nearest // (count - 1) + 1) if count > 1 else (1,):
                rows = tuple(standing[nearest - step * back] for back in reversed(range(count)))
                sizes = tuple(1.0 if afloat else _smaller(ground, row.depth, rows[-1].depth) for row in rows)
                fits = [
                    min(
                        (row.right - row.left) / (wide * size * (many + 2 * abs(shift))),
                        (row.foot - MARGIN * canvas.height) / (tall * size),
                    )
                    for row, size, many, shift in zip(rows, sizes, numbers, shifts, strict=True)
                ]
                fits += [
                    (near.foot - far.foot) / (tall * size)
                    for (far, near), size in zip(pairwise(rows), sizes[1:], strict=True)
                ]
                yield Formation(rows=rows, numbers=numbers, sizes=sizes, height=max(min(usual, *fits), 0.02))


def _shares(number: int, rows: int) -> tuple[int, ...]:
    """So many in so many rows, neighbouring rows as unlike as they can be: 7 in 3 rows are 2, 3 and 2."""
    each, more = divmod(number, rows)
    order = [*range(rows - 1, -1, -2), *range(rows - 2, -1, -2)] if 2 * more >= rows else [*range(1, rows, 2), 0]
    longer = set(order[:more])
    return tuple(each + (row in longer) for row in range(rows))


def _shifts(numbers: Sequence[int]) -> list[float]:
    """How far each row stands aside, in cells, so that those in it look through the gaps of the row before it."""
    shifts = [0.0]
    for far, near in pairwise(numbers[::-1]):
        aside = -1.0 if shifts[-1] > 0 else 1.0
        shifts.append(shifts[-1] + 0.5 * aside if (far - near) % 2 == 0 else shifts[-1])
    middle = (max(shifts) + min(shifts)) / 2
    return [shift - middle for shift in shifts[::-1]]


def _smaller(ground: Ground, far: float, near: float) -> float:
    """How large those of a far row are against the nearest: half of what perspective asks, or nobody is counted."""
    return float(np.sqrt(ground.scale(far) / ground.scale(near)))


def _depth(ground: Ground, x: float, foot: float) -> float:
    """The depth at which one stands so low."""
    depths = np.linspace(0.05, 1.0, 39)
    feet = [ground.foot(float(depth), x) for depth in depths]
    return float(np.interp(foot, np.maximum.accumulate(feet), depths))
