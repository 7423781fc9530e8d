"""Colours of a photo as the traits name them."""

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Colors = NDArray[np.uint8]


def lab(colors: Colors) -> NDArray[np.float32]:
    """CIELAB of uint8 (n, 3): float32 (n, 3), L from 0 to 100."""
    found = np.asarray(Image.fromarray(colors.reshape(-1, 1, 3)).convert("LAB"), np.float32).reshape(-1, 3)
    found[:, 1:] -= 256 * (found[:, 1:] > 127)  # Pillow keeps a and b as signed bytes
    found[:, 0] *= 100 / 255
    return found


def typical(colors: Colors) -> NDArray[np.float32]:
    """The median of colours, CIELAB float32 (3,)."""
    return np.asarray(np.median(lab(colors), axis=0), np.float32)


def skin(color: NDArray[np.float32]) -> str:
    """The shade of a skin, by its typology angle (Chardon et al. 1991, "Skin colour typology"). color: CIELAB."""
    angle = math.degrees(math.atan2(float(color[0]) - 50, max(float(color[2]), 1e-3)))
    if angle > 41:
        return "fair-skin"
    if angle > 12:
        return "tan-skin"
    return "brown-skin" if angle > -28 else "dark-skin"


def hair(color: NDArray[np.float32]) -> str:
    """The shade of hair. color: CIELAB."""
    light, turn, full = _polar(color)
    if light < 17 or (full < 7 and light < 32):
        return "black-hair"
    if full < 9:
        return "gray-hair"
    if full > 22 and not 5 < turn < 100:
        return next(name for end, name in _VIVID if turn < end) + "-hair"
    if turn < 55 and full > 26 and light > 24:
        return "red-hair"
    return "blond-hair" if light > 52 else "brown-hair"


def clothes(color: NDArray[np.float32]) -> str:
    """The colour of what is worn. color: CIELAB."""
    light, turn, full = _polar(color)
    if full < 12:
        return "clothes-white" if light > 62 else "clothes-black"
    if turn < 40 or turn > 345:
        return "clothes-red"
    if turn < 105:
        return "clothes-yellow"
    return f"clothes-{'green' if turn < 190 else 'blue' if turn < 295 else 'purple'}"


_VIVID = ((5, "pink"), (100, "red"), (175, "green"), (285, "blue"), (325, "purple"), (361, "pink"))
"""Where hues of CIELAB end, in degrees."""


def _polar(color: NDArray[np.float32]) -> tuple[float, float, float]:
    """Lightness 0 to 100, hue 0 to 360, and how full the colour is."""
    light, a, b = (float(part) for part in color)
    return light, math.degrees(math.atan2(b, a)) % 360, math.hypot(a, b)
