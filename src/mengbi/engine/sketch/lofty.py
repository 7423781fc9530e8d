"""What shows that something is in the air that usually stands: its shadow far below, a cloud that bears a castle."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mengbi.engine.sketch.cast import Figure
from mengbi.engine.sketch.heaven.clouds import cumulus
from mengbi.engine.sketch.light import Light
from mengbi.engine.sketch.sheets import Ground
from mengbi.noise import generator

Array = NDArray[np.floating[Any]]

CLOUD = 41
"""The stream of chance of the clouds that bear something."""
BORNE, LEAST = ("building", "place", "plant"), 2.0
"""Kinds of things that have a foot, and how high in life such a thing is at least that a cloud bears."""
BELOW = 0.62
"""Depth of the ground over which what is in the air hangs."""
BILLOWS = ((-0.36, 0.05, 0.62), (0.38, 0.04, 0.56), (0.02, 0.1, 0.86))
"""Clouds under a foot: across and down in widths of it, and their own widths."""


def shade_below(canvas: Array, root: Figure, ground: Ground, light: Light) -> None:
    """A soft shadow on the ground under what hangs over it, fainter the higher it hangs, in place."""
    height, width = canvas.shape[:2]
    unit = min(height, width)
    foot = ground.foot(BELOW, root.x * unit / width) * height
    gap = foot / unit - root.foot
    across, down = round(0.42 * root.width * unit), round(0.05 * root.width * unit)
    if ground.surface not in ("land", "indoors") or not ground.layers or gap < 0.02 or min(across, down) < 2:
        return
    top, left = round(foot) - down, round(root.x * unit) - across
    rows, columns = slice(max(top, 0), min(top + 2 * down, height)), slice(max(left, 0), min(left + 2 * across, width))
    y = (np.arange(rows.start, rows.stop, dtype=np.float32) - top) / down - 1
    x = (np.arange(columns.start, columns.stop, dtype=np.float32) - left) / across - 1
    pool = np.clip(1 - x * x - (y * y)[:, None], 0, 1) ** 1.5
    canvas[rows, columns] *= 1 - (light.shadow[2] * max(0.35, 1 - 1.2 * gap) * pool)[..., None]


def bear(canvas: Array, root: Figure, light: Light) -> None:
    """Clouds before the foot of a castle or a tree that hangs in the air, in place."""
    if root.concept.kind not in BORNE or root.concept.home == "air" or root.concept.height < LEAST:
        return
    unit = min(canvas.shape[:2])
    rng = generator(root.thing, CLOUD)
    for x, y, wide in BILLOWS:
        width = wide * root.width * unit * float(rng.uniform(1.0, 1.15))
        middle = (root.x + x * root.width) * unit, (root.foot + y * root.width) * unit
        _lay(canvas, cumulus(light, rng), middle, width)


def _lay(canvas: Array, cloud: Image.Image, at: tuple[float, float], width: float) -> None:
    """A cloud over the canvas, its lower middle at a place."""
    size = max(2, round(width)), max(2, round(0.6 * width))
    left, top = round(at[0] - size[0] / 2), round(at[1] - 0.8 * size[1])
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + size[0], canvas.shape[1]), min(top + size[1], canvas.shape[0])
    if x0 >= x1 or y0 >= y1:
        return
    part = np.asarray(cloud.resize(size, Image.Resampling.BILINEAR), dtype=np.float32) / np.float32(255)
    part = part[y0 - top : y1 - top, x0 - left : x1 - left]
    under = canvas[y0:y1, x0:x1]
    under *= 1 - part[..., 3:]
    under += part[..., :3]
