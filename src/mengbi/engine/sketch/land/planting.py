"""Where things grow on a land: groves, woods, grass with flowers."""

from collections.abc import Callable

import numpy as np

from mengbi.engine.sketch.land import billboards, herbs, trees
from mengbi.engine.sketch.land.billboards import Billboard
from mengbi.engine.sketch.land.terrain import View

Spot = tuple[float, float, float, int]
"""Distance, column (fraction of the width), height in heights of the eye, kind."""


def broadleaves(seen: View, rng: np.random.Generator, count: int) -> None:
    """Trees in groves over the middle distance, and one nearer at a side."""
    light = seen.plain.light
    kinds = [trees.tree(light, rng, kind) for kind in range(3)] + [trees.pine(light, rng)]
    groves = [(float(rng.random()), 13 / (0.12 + 0.88 * float(rng.random()))) for _ in range(7)]
    spots = []
    for _ in range(count):
        x, z = groves[int(rng.integers(7))]
        z *= float(rng.uniform(0.8, 1.25))
        x += float(rng.normal(0, 0.03 + 0.9 / z))
        spots.append((z, x, float(rng.uniform(0.7, 1.9)), int(rng.choice([0, 0, 1, 2, 3]))))
    side = float(rng.choice([-1, 1]))
    spots.append(
        (6.5 + 2 * float(rng.random()), 0.5 + side * float(rng.uniform(0.38, 0.48)), 2.3, int(rng.integers(3)))
    )
    plant(seen, kinds, spots, 0.6)


def conifers(seen: View, rng: np.random.Generator, count: int) -> None:
    """Pine woods that thin out towards us, and a few tall ones at a side."""
    kinds = [trees.pine(seen.plain.light, rng) for _ in range(3)]
    plant(seen, kinds, wood_spots(rng, count, 10.0) + flank_spots(rng), 0.36)


def wood_spots(
    rng: np.random.Generator, count: int, nearest: float, dry: Callable[[float, float], bool] = lambda x, z: True
) -> list[Spot]:
    """Spots in nine groves from `nearest` outward, where it is dry."""
    groves = [(float(rng.random()), nearest / (0.14 + 0.86 * float(rng.random()))) for _ in range(9)]
    spots: list[Spot] = []
    for _ in range(count):
        x, z = groves[int(rng.integers(9))]
        z *= float(rng.uniform(0.8, 1.3))
        spot = (z, x + float(rng.normal(0, 0.03 + 0.7 / z)), float(rng.uniform(0.7, 2.0)), int(rng.integers(3)))
        if dry(spot[1], z):
            spots.append(spot)
    return spots


def flank_spots(rng: np.random.Generator) -> list[Spot]:
    """Three tall and near ones that frame the picture at one side."""
    side = float(rng.choice([-1, 1]))
    return [
        (
            z * float(rng.uniform(0.9, 1.1)),
            0.5 + side * float(rng.uniform(0.36, 0.5)),
            float(rng.uniform(1.9, 2.6)),
            int(rng.integers(3)),
        )
        for z in (5.2, 6.4, 7.8)
    ]


def turf(seen: View, rng: np.random.Generator) -> None:
    """Grass and the season's flowers near by; nothing under snow."""
    if seen.plain.light.season == "winter":
        return
    herbs.grass(seen, rng, 3200)
    herbs.flowers(seen, rng, {"spring": 420, "summer": 300}.get(seen.plain.light.season, 40))


def plant(seen: View, kinds: list[Billboard], spots: list[Spot], broad: float) -> None:
    """Stands plants on their spots, the far ones first, with their shadows. broad: width of a shadow to the height."""
    for z, x, height, _ in spots:
        billboards.shadow(seen, x, z, height * broad)
    for z, x, height, kind in sorted(spots, reverse=True):
        billboards.stand(seen, kinds[kind], x, z, height)
