"""A colour that was said of a sky, a ground or a whole picture: everything is held in it, light stays light."""

import numpy as np

from mengbi.engine.sketch.light import SHADES
from mengbi.engine.sketch.texture import Array

HELD = 0.74
"""How much of a picture is held in its colour; the rest keeps its own."""


def tinted(planes: Array, color: str, amount: float = HELD) -> Array:
    """Planes (3, h, w), 0 to 1, in one colour: black to the colour to white by their own light (a duotone)."""
    light = 0.3 * planes[0] + 0.59 * planes[1] + 0.11 * planes[2]
    if color in ("black", "white", "gray", "silver"):
        low, high = {"black": (0.0, 0.45), "white": (0.5, 1.0)}.get(color, (0.05, 0.95))
        held = np.broadcast_to(low + (high - low) * light, planes.shape)
    else:
        shade = SHADES[color]
        middle = 0.3 * shade[0] + 0.59 * shade[1] + 0.11 * shade[2]
        dark, bright = np.clip(light / middle, 0, 1), np.clip((light - middle) / (1 - middle), 0, 1)
        held = np.stack([part * dark + (1 - part) * bright for part in shade])
    return (planes + (held - planes) * np.float32(amount)).astype(np.float32)
