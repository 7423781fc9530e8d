"""A colour that was said of a sky, a ground or a whole picture: everything is held in it, light stays light."""

import numpy as np

from mengbi.engine.sketch.texture import Array

SHADES: dict[str, tuple[float, float, float]] = {
    "red": (0.86, 0.16, 0.16), "orange": (0.96, 0.52, 0.12), "yellow": (0.98, 0.84, 0.2), "green": (0.22, 0.66, 0.3),
    "cyan": (0.16, 0.74, 0.76), "blue": (0.2, 0.42, 0.88), "purple": (0.56, 0.3, 0.8), "pink": (0.98, 0.56, 0.72),
    "brown": (0.52, 0.34, 0.2), "black": (0.1, 0.1, 0.12), "white": (0.96, 0.96, 0.97), "gray": (0.55, 0.56, 0.58),
    "gold": (0.94, 0.74, 0.28), "silver": (0.76, 0.79, 0.83), "rainbow": (0.9, 0.6, 0.8),
}  # fmt: skip
"""sRGB, 0 to 1, of COLORS."""
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
