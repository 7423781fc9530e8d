"""A ground as sheets from far to near, and where things stand between them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from mengbi.engine.sketch.texture import Array

BAND = 256
"""Rows that are enlarged at a time, so that a large canvas costs little more than itself."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Layer:
    """A sheet of ground. rgb float32 (h, w, 3) and alpha (h, w), 0..1, at the painter's own size: `lay` fits it."""

    rgb: Array
    alpha: Array
    depth: float  # 0 far to 1 near: things nearer than this are drawn after it

    def lay(self, canvas: Array) -> None:
        """Paints the sheet over a canvas, in place. canvas: float32 (H, W, 3) of any size."""
        height, width = canvas.shape[:2]
        shown = np.flatnonzero(self.alpha.max(axis=1) > 0)
        if not len(shown):
            return
        planes = [self.alpha, *(self.rgb[..., channel] * self.alpha for channel in range(3))]
        images = [Image.fromarray(np.ascontiguousarray(plane)) for plane in planes]
        across, down = self.alpha.shape[1], self.alpha.shape[0] / height
        fits = self.alpha.shape == (height, width)
        start = max(0, int((shown[0] - 2) / down))
        for top in range(start, height, height if fits else BAND):
            rows = slice(top, height if fits else min(top + BAND, height))
            box = (0, rows.start * down, across, rows.stop * down)
            parts = (
                [plane[rows] for plane in planes]
                if fits
                else [
                    np.asarray(image.resize((width, rows.stop - top), Image.Resampling.BICUBIC, box=box))
                    for image in images
                ]
            )
            hidden = 1 - np.clip(parts[0], 0, 1)
            for channel in range(3):
                target = canvas[rows, :, channel]
                target *= hidden
                target += parts[channel + 1]
                np.clip(target, 0, 1, out=target)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Ground:
    """Sheets from far to near, and where things stand."""

    layers: tuple[Layer, ...]
    horizon: float
    surface: str  # land, water, air, indoors, underwater, space
    foot: Callable[[float, float], float]  # (depth 0 far..1 near, x fraction) -> y fraction where a thing stands
    scale: Callable[[float], float]  # depth -> size of a thing, 1 at the front
    wet: Callable[[float, float], bool] = lambda depth, x: False  # (depth, x): whether water lies where land could


def layer(planes: Array, alpha: Array, depth: float) -> Layer:
    """A sheet from planes (3, h, w) and cover (h, w)."""
    return Layer(rgb=np.moveaxis(np.clip(planes, 0, 1, out=planes), 0, -1), alpha=alpha, depth=depth)


def level(
    top: float, bottom: float, smallest: float
) -> tuple[Callable[[float, float], float], Callable[[float], float]]:
    """`foot` and `scale` of a level floor that runs from y fraction `top` (far) to `bottom` (near)."""

    def foot(depth: float, x: float) -> float:
        return top + (bottom - top) * min(max(depth, 0.0), 1.0)

    return foot, lambda depth: smallest + (1 - smallest) * min(max(depth, 0.0), 1.0)
