"""Colour changed on demand: a drawing's main colour becomes another, its shading, eyes and small colours stay.

All of it happens on the few colours that an SVG names, in OKLCH (Ottosson 2020, "A perceptual color space for image
processing"), so a dyed drawing is as sharp as the plain one at any size.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

TARGETS = {
    "red": (0.58, 0.215, 27.0), "orange": (0.74, 0.175, 55.0), "yellow": (0.88, 0.175, 97.0),
    "green": (0.64, 0.175, 144.0), "cyan": (0.79, 0.125, 205.0), "blue": (0.55, 0.185, 260.0),
    "purple": (0.55, 0.2, 303.0), "pink": (0.77, 0.14, 355.0), "brown": (0.46, 0.085, 52.0),
    "black": (0.29, 0.012, 275.0), "white": (0.955, 0.006, 90.0), "gray": (0.64, 0.008, 260.0),
    "gold": (0.78, 0.15, 86.0), "silver": (0.79, 0.015, 250.0),
}  # fmt: skip
"""What a colour's name means: lightness 0 to 1, chroma, hue in degrees (OKLCH)."""
BOWS = (25.0, 62.0, 98.0, 146.0, 245.0, 303.0)
"""The rainbow's hues, which run across the drawing from its upper left."""
METALS = ("gold", "silver")
COLOR = re.compile(r'(?<=")#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{3})(?=")')
NEUTRAL = 0.045
"""Below this chroma a colour counts as a grey."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Family:
    """The colours that make up most of a drawing. hue: degrees, None for greys; the means weigh by area."""

    hue: float | None
    lightness: float
    chroma: float
    share: float  # of the drawing's area, 0 to 1


def dye(
    svg: str,
    color: str,
    pixels: NDArray[np.uint8],
    *,
    only: Collection[str] = (),
    keep: Collection[str] = (),
    hue: float | None = None,
    alive: bool,
) -> list[str]:
    """The drawing in another colour: one SVG, or one for each of BOWS, which `blend` mixes into a rainbow.

    color: one of COLORS; pixels: uint8 (h, w, 4) of the plain drawing, small is enough; only: where given, the colours
    (#rrggbb) that change, as the clothes of a figure; keep: colours that never change, as skin and hair; hue: where
    given, the one that counts as the main colour's, in degrees; alive: it may have eyes, which stay visible on black.
    """
    names = sorted(set(COLOR.findall(svg)))
    lab = to_oklab(np.array([_rgb(name) for name in names]))
    fixed = np.array([_long(name) in keep for name in names])
    if only:
        chosen = np.array([_long(name) in only for name in names])
        family = _family(lab[chosen], np.ones(int(chosen.sum())))
        share = chosen.astype(float)
    else:
        family = main_family(pixels, keep, hue)
        share = np.where(fixed, 0.0, _membership(lab, family))
    if color != "rainbow" and not only and _is_already(family, color):
        return [svg]

    def version(target: tuple[float, float, float]) -> str:
        changed = _change(lab, family, target)
        mixed = lab + share[:, None] * (changed - lab)
        if color == "black" and alive:
            details = (share < 0.5) & (lab[:, 0] < 0.38) & (np.hypot(lab[:, 1], lab[:, 2]) < 0.08) & ~fixed
            mixed[details] = np.array([0.86, 0.0, 0.06])
        table = dict(zip(names, _names(mixed), strict=True))
        return COLOR.sub(lambda found: table[found[0]], svg)

    if color == "rainbow":
        return [version((0.82 - 0.16 * abs(np.sin(np.radians(hue - 98))), 0.16, hue)) for hue in BOWS]
    return [version(TARGETS[color])]


def blend(versions: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Renderings of one drawing in the colours of BOWS, uint8 (h, w, 4) each, mixed into one that runs through them."""
    place = _across(versions[0]) * (len(versions) - 1)
    mixed = np.zeros(versions[0].shape, np.float32)
    for index, pixels in enumerate(versions):
        mixed += np.clip(1 - np.abs(place - index), 0, 1)[..., None] * pixels
    mixed[..., 3] = versions[0][..., 3]
    rounded: NDArray[np.uint8] = np.rint(mixed).astype(np.uint8)
    return rounded


def polish(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Two gleams run across metal, uint8 (h, w, 4); what is dark stays dark."""
    place = _across(pixels)
    gleam = np.exp(-(((place - 0.4) / 0.07) ** 2)) + 0.6 * np.exp(-(((place - 0.66) / 0.035) ** 2))
    shining: NDArray[np.uint8] = np.minimum(pixels * (1 + 0.2 * gleam[..., None]), 255).astype(np.uint8)
    shining[..., 3] = pixels[..., 3]
    return shining


def _across(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """0 in the upper left corner, 1 in the lower right, float32 (h, w)."""
    height, width = pixels.shape[:2]
    y, x = np.linspace(0, 0.66 * height, height)[:, None], np.linspace(0, 0.75 * width, width)[None]
    return np.asarray((x + y) / (0.66 * height + 0.75 * width), np.float32)


def main_family(pixels: NDArray[np.uint8], keep: Collection[str] = (), near: float | None = None) -> Family:
    """The family that covers most of a drawing: the greys, or all hues within about 45° of the commonest.

    pixels: uint8 (h, w, 4); pixels of the colours in `keep` (#rrggbb) and close to them do not count, unless all are,
    and greys count less then: a runner's shirt goes before the trousers. near: the hue to take, not the commonest.
    """
    least = min(200, int(pixels[..., 3].max()) - 1)  # a drawing of mist is nowhere quite there
    seen = pixels[pixels[..., 3] > least][:, :3]
    lab = to_oklab(seen / 255.0)
    if len(keep):
        kept = to_oklab(np.array([_rgb(name) for name in sorted(keep)]))
        close = (((lab[:, None] - kept[None]) ** 2).sum(axis=-1)).min(axis=1) < 0.035**2
        lab = lab if close.all() else lab[~close]
    chroma, hue = np.hypot(lab[:, 1], lab[:, 2]), np.degrees(np.arctan2(lab[:, 2], lab[:, 1]))
    colourful = chroma > NEUTRAL
    grey = ~colourful & (lab[:, 0] > 0.3)
    counts = np.bincount((hue[colourful] % 360 // 5).astype(int) % 72, chroma[colourful] ** 0.5, minlength=72)
    around = np.exp(-((np.minimum(np.arange(72), 72 - np.arange(72)) / 4.5) ** 2))
    smooth = np.real(np.fft.ifft(np.fft.fft(counts) * np.fft.fft(around)))
    members = colourful & (_apart(hue, float(np.argmax(smooth)) * 5 + 2.5 if near is None else near) < 45)
    if near is None and members.sum() * (5.0 if len(keep) else 1.4) < grey.sum():
        members = grey
    if not members.any():
        members = np.ones(len(lab), bool)
    found = _family(lab[members], np.ones(int(members.sum())))
    return Family(
        hue=found.hue, lightness=found.lightness, chroma=found.chroma, share=float(members.sum() / max(len(seen), 1))
    )


def lift(color: str, by: float) -> str:
    """A colour (#rrggbb) lighter or darker by so much of OKLab's lightness; its hue stays."""
    lab = to_oklab(np.array([_rgb(color)]))
    chroma, angle = np.hypot(lab[:, 1], lab[:, 2]), np.arctan2(lab[:, 2], lab[:, 1])
    return _names(_fit(np.clip(lab[:, 0] + by, 0.0, 1.0), chroma, angle))[0]


def to_oklab(rgb: Array) -> Array:
    """sRGB 0 to 1 (…, 3) -> OKLab (…, 3): lightness 0 to 1, then green-red and blue-yellow."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return np.asarray(np.cbrt(linear @ TO_LMS.T) @ TO_LAB.T)


def from_oklab(lab: Array) -> Array:
    """OKLab (…, 3) -> sRGB (…, 3), outside 0 to 1 where the screen has no such colour."""
    linear = (lab @ np.linalg.inv(TO_LAB).T) ** 3 @ np.linalg.inv(TO_LMS).T
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * np.abs(linear) ** (1 / 2.4) - 0.055)


TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def _family(lab: Array, area: Array) -> Family:
    mean = np.average(lab, axis=0, weights=area)
    chroma = float(np.average(np.hypot(lab[:, 1], lab[:, 2]), weights=area))
    hue = float(np.degrees(np.arctan2(mean[2], mean[1]))) if chroma > NEUTRAL else None
    return Family(hue=hue, lightness=float(mean[0]), chroma=chroma, share=1.0)


def _membership(lab: Array, family: Family) -> Array:
    """0 to 1 for each colour: soft at the family's edge, so that no shade is torn apart; leaves stay off warm fruit."""
    chroma = np.hypot(lab[:, 1], lab[:, 2])
    if family.hue is None:
        light = _ramp(lab[:, 0], 0.24, 0.4) if family.lightness > 0.45 else np.ones(len(lab))
        return light * (1 - _ramp(chroma, 0.04, 0.075))
    hue = np.degrees(np.arctan2(lab[:, 2], lab[:, 1]))
    leaves = _ramp(hue, 110, 116) * (1 - _ramp(hue, 165, 171)) if -20 < family.hue < 106 else np.zeros(len(lab))
    return (1 - leaves) * (1 - _ramp(_apart(hue, family.hue), 42, 62)) * _ramp(chroma, 0.012, 0.035)


def _change(lab: Array, family: Family, target: tuple[float, float, float]) -> Array:
    """Every colour moved as if it belonged to the family wholly."""
    lightness, chroma, hue = target
    plain = chroma < NEUTRAL
    contrast = 0.62 if (plain and lightness > 0.9) or lightness < 0.35 else 1.0
    middle = family.lightness + (1.0 if plain else 0.82) * (lightness - family.lightness)
    slope_down = np.clip(middle / max(family.lightness, 0.05), 0.45, 1.5) * contrast
    slope_up = np.clip((1 - middle) / max(1 - family.lightness, 0.05), 0.45, 1.5) * contrast
    offset = lab[:, 0] - family.lightness
    new = np.clip(middle + offset * np.where(offset < 0, slope_down, slope_up), 0.04, 0.995)
    own = np.hypot(lab[:, 1], lab[:, 2])
    ratio = np.ones(len(lab)) if family.hue is None else np.clip(own / max(family.chroma, 0.03), 0.3, 1.25)
    drift = np.zeros(len(lab))
    if family.hue is not None and not plain:
        own_hue = np.degrees(np.arctan2(lab[:, 2], lab[:, 1]))
        drift = np.clip(0.35 * ((own_hue - family.hue + 180) % 360 - 180), -14, 14)
    angle = np.radians(hue + drift)
    return _fit(new, chroma * ratio, angle)


def _fit(lightness: Array, chroma: Array, angle: Array) -> Array:
    """OKLab of OKLCH, each chroma lowered until the screen can show the colour."""
    low, high = np.zeros_like(chroma), np.ones_like(chroma)
    for _ in range(12):
        middle = (low + high) / 2
        rgb = from_oklab(_polar(lightness, chroma * middle, angle))
        fits = ((rgb > -0.002) & (rgb < 1.002)).all(axis=-1)
        low, high = np.where(fits, middle, low), np.where(fits, high, middle)
    return _polar(lightness, chroma * np.where(high > 0.999, 1.0, low), angle)


def _polar(lightness: Array, chroma: Array, angle: Array) -> Array:
    return np.stack([lightness, chroma * np.cos(angle), chroma * np.sin(angle)], axis=-1)


def _is_already(family: Family, color: str) -> bool:
    lightness, chroma, hue = TARGETS[color]
    if color in METALS:
        return False
    if chroma < NEUTRAL:
        return family.hue is None and abs(family.lightness - lightness) < (0.12 if color == "gray" else 0.08)
    if family.hue is None or not 0.55 * chroma < family.chroma < 1.55 * chroma:
        return False
    return bool(_apart(np.array(family.hue), hue) < 14) and abs(family.lightness - lightness) < 0.13


def _apart(hue: Array, other: float) -> Array:
    return np.asarray(np.abs((hue - other + 180) % 360 - 180))


def _ramp(value: Array, low: float, high: float) -> Array:
    return np.clip((value - low) / (high - low), 0.0, 1.0)


def _long(name: str) -> str:
    digits = name[1:].lower()
    return "#" + (digits if len(digits) == 6 else "".join(2 * digit for digit in digits))


def _rgb(name: str) -> tuple[float, float, float]:
    digits = _long(name)[1:]
    red, green, blue = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    return red, green, blue


def _names(lab: Array) -> list[str]:
    rgb = np.rint(np.clip(from_oklab(lab), 0, 1) * 255).astype(int)
    return [f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in rgb]
