"""The main thing of a scene: where it stands in its picture, and alone, cut out exactly."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mengbi.engine.sketch.cast import Figure
from mengbi.engine.sketch.compose import draw_family
from mengbi.engine.sketch.drawing import settle
from mengbi.engine.sketch.ground import Ground, paint_ground
from mengbi.engine.sketch.layout import arrange
from mengbi.engine.sketch.light import light_of
from mengbi.scene import Scene, Sky

Array = NDArray[np.floating[Any]]
Box = tuple[float, float, float, float]

NOWHERE = Ground(
    layers=(),
    horizon=0.4,
    surface="land",
    foot=lambda depth, x: 0.6 + 0.35 * depth,
    scale=lambda depth: 0.75 + 0.25 * depth,
)
"""Where what is cut out stands while it is drawn."""
MARGIN = 0.06
"""Of its extent, what is left around what is cut out while it is drawn, for what leans over."""


def find_subject(scene: Scene, size: tuple[int, int], seed: int) -> Box | None:
    """Where the main thing is in the picture of that size (width, height): left, top, right, bottom in pixels.

    Of several of a kind the nearest; of a person or animal that stands tall, the upper part. None without things.
    """
    scene = settle(scene)
    light = light_of(scene, seed)
    roots = _leading(arrange(scene, paint_ground(size, scene, light, light.horizon, seed), size, seed))
    if not roots:
        return None
    nearest = max(roots, key=lambda root: root.height)
    left, top, right, bottom = nearest.box()
    if nearest.concept.kind in ("person", "animal") and bottom - top > 1.15 * (right - left):
        bottom = top + max(0.62 * (bottom - top), 1.0 * (right - left))
    unit = min(size)
    return left * unit, top * unit, right * unit, bottom * unit


def cut_out(scene: Scene, side: int, seed: int) -> NDArray[np.uint8] | None:
    """The main thing with all that hangs on it, and its like, in daylight on nothing.

    uint8 (h, w, 4), straight alpha, cropped to what is drawn; the longer side has about `side` pixels. None without
    things.
    """
    roots = _leading(arrange(scene, NOWHERE, (side, side), seed))
    if not roots:
        return None
    boxes = np.array([root.box() for root in roots])
    low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    extent = float((high - low).max())
    left, top = low - MARGIN * extent
    factor = 1.0 / (extent * (1 + 2 * MARGIN))
    for root in roots:
        root.resize(factor)
        root.x, root.foot = float(root.x - left) * factor, float(root.foot - top) * factor
    light = replace(light_of(replace(scene, sky=Sky(time="day", weather="clear")), seed), haze_strength=0.0)
    black, white = np.zeros((side, side, 3), np.float32), np.ones((side, side, 3), np.float32)
    for canvas in (black, white):
        for root in roots:
            draw_family(canvas, root, light, grounded=False)
    return _matted(black, white)


def _leading(roots: Sequence[Figure]) -> list[Figure]:
    """The family of what was named first, and its like."""
    if not roots:
        return []
    roots = [root for root in roots if not root.spread] or roots
    first = min(roots, key=lambda root: min(figure.thing for figure, _, _ in root.family()))
    return [root for root in roots if root.thing == first.thing]


def _matted(black: Array, white: Array) -> NDArray[np.uint8]:
    """What was drawn on black and on white, without either: what shows no difference is solid. Cropped."""
    alpha = np.clip(1 - (white - black).mean(axis=2), 0, 1)
    rgb = black / np.maximum(alpha, 1e-4)[..., None]
    pixels = np.dstack([np.clip(rgb, 0, 1), alpha])
    down, across = np.flatnonzero(alpha.max(axis=1) > 0.02), np.flatnonzero(alpha.max(axis=0) > 0.02)
    cropped = pixels[down[0] : down[-1] + 1, across[0] : across[-1] + 1]
    return np.ascontiguousarray((cropped * 255 + 0.5).astype(np.uint8))
