"""A face gets a body: seated and soft for animals, standing and dressed for people, large heads on small bodies.

Emoji often show only a face or a bust; a scene needs the whole creature. The body is painted in the manner of the
face: flat soft shapes in two or three tones. All lengths are units of the figure's own box, 160 wide; a face's chin
lies at y = 100 in every figure, a bust's lower edge at y = 116.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mengbi.assets import Mark
from mengbi.engine.sketch import dye

Point = tuple[float, float]
Box = tuple[float, float, float, float]

DRESSED = ("child", "adult", "dress", "gown", "baby")
"""Bodies that wear clothes, which take the colour that is asked for."""
PEOPLE = frozenset(
    "#f9ddbd #edc391 #dba689 #edbd82 #edbd94 #ffd29c #ba8d68 #99674f #a47b62 #91674d #a56c43 #7a4c32 #875334 #8d5738"
    " #63351e #312d2d #454140 #444444 #211e1e #543930 #6d4c41 #613e31 #5d4037 #49362e #3c2c23 #554138 #42312c #473530"
    " #404040 #261a14 #ffca28 #ffca27 #ffca26 #e59600 #e59700".split()
)
"""Skin, hair and eyes of people as noto paints them: they keep their colours whatever the clothes do."""
SKIN = {"-medium-dark-skin": "#a56c43", "-medium-skin": "#ba8d68", "-light-skin": "#f9ddbd"}
INNER = re.compile(r'<svg[^>]*?viewBox="([^"]+)"[^>]*>(.*)</svg>', re.DOTALL)
CHIN, EDGE = 100.0, 116.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Outfit:
    """What a body is painted with."""

    colors: tuple[str, ...]  # fur, belly, limbs of an animal; upper part, lower part, shoes of a person
    skin: str
    tail: str = ""
    shoulders: tuple[float, float] | None = None  # x of a bust's lower corners; None under a mere face


@dataclass(frozen=True, kw_only=True, slots=True)
class Stance:
    """A way of standing or sitting, and where things go on it."""

    paint: Callable[[Outfit], str]  # what is drawn behind the head
    tall: float
    hand: Point
    seat: Point


def complete(svg: str, mark: Mark, pixels: NDArray[np.uint8]) -> str:
    """The drawing of a face or bust with the body that its mark names.

    pixels: uint8 (h, w, 4) of the drawing, small is enough: its extent and a bust's colours are read from it.
    """
    found = INNER.search(svg)
    if not found:
        return svg
    stance = STANCES[mark.body]
    left, top, width, height = _extent(pixels, found[1])
    bust = _bust(pixels)
    bottom = EDGE if bust else CHIN
    scale = min(bottom / height, 126 / width)
    shift = 80 - (left + width / 2) * scale
    colors = mark.colors or DEFAULTS[mark.body]
    shoulders = None
    if bust:
        unit = float(found[1].split()[2]) / pixels.shape[1]
        shoulders = (bust[0] * unit * scale + shift, bust[1] * unit * scale + shift)
        colors = colors if mark.colors else (bust[2], *colors[1:])
    outfit = Outfit(colors=colors, skin=_skin(mark.name, pixels), tail=mark.tail, shoulders=shoulders)
    place = f"translate({shift:.2f} {bottom - (top + height) * scale:.2f}) scale({scale:.4f})"
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="0 0 160 {stance.tall:.0f}">{stance.paint(outfit)}<g transform="{place}">{found[2]}</g></svg>'
    )


def is_bust(pixels: NDArray[np.uint8]) -> bool:
    """Whether a drawing shows shoulders, cut straight, and not only a face."""
    return _bust(pixels) is not None


def garments(mark: Mark) -> tuple[str, ...]:
    """The colours (#rrggbb) of the clothes that we painted; none under a bust, which shows its own."""
    return tuple(tone for color in mark.colors[:1] or DEFAULTS[mark.body][:1] for tone in _tones(color))


def points(mark: Mark) -> tuple[Point, Point, Point]:
    """Where a hat, a hand and a rider go, in the figure's own units."""
    stance = STANCES[mark.body]
    x, y = mark.top or (0.5, 0.07)
    return (80 + (x - 0.5) * 100, y * CHIN), mark.hand or stance.hand, mark.seat or stance.seat


def _seated(outfit: Outfit) -> str:
    fur, belly, limbs = outfit.colors
    dark, sole = _shade(fur, -0.1), _shade(limbs, 0.12)
    legs = "".join(
        f'<ellipse cx="{x}" cy="181" rx="21" ry="18" fill="{limbs}"/>'
        f'<ellipse cx="{x}" cy="183" rx="11.5" ry="10" fill="{sole}"/>'
        for x in (44, 116)
    )
    arms = "".join(
        f'<path d="M{a} 112Q{b} 140 {c} 153" fill="none" stroke="{limbs}" stroke-width="23" stroke-linecap="round"/>'
        for a, b, c in ((49, 36, 57), (111, 124, 103))
    )
    return (
        f"{TAILS[outfit.tail].format(fur=fur, dark=dark, tip=belly, limbs=limbs)}"
        f'<path fill="{fur}" d="M80 78c26 0 38 22 46 52 11 40-8 66-46 66s-57-26-46-66c8-30 20-52 46-52"/>'
        f'<path fill="{dark}" opacity=".5"'
        f' d="M80 196c38 0 57-26 46-66l-4-13c4 48-12 69-42 69s-46-21-42-69l-4 13c-11 40 8 66 46 66"/>'
        f'<ellipse cx="80" cy="152" rx="29" ry="34" fill="{belly}"/>{legs}{arms}'
        f'<path fill="{_shade(fur, -0.25)}" opacity=".3" d="M52 94h56q3 5 5 10q-33 18-66 0q2-5 5-10"/>'
    )


TAILS = {
    "": "",
    "short": '<circle cx="126" cy="172" r="12" fill="{dark}"/>',
    "tuft": '<path d="M112 184q36 6 36-28" fill="none" stroke="{dark}" stroke-width="9" stroke-linecap="round"/>'
    '<path fill="{limbs}" d="M148 132c11 10 12 22 3 32-4 4-11 3-13-2-4-11 0-22 10-30"/>',
    "bushy": '<path fill="{dark}" d="M108 190c30 8 50-8 50-38 0-26-12-44-24-54 4 24-10 34-18 50-7 14-14 30-8 42"/>'
    '<path fill="{tip}" d="M156 132c-3-14-12-26-22-34 3 15-2 25-8 34 8 6 20 6 30 0"/>',
}


def _grown(outfit: Outfit) -> str:
    _, lower, shoes = outfit.colors
    legs = "".join(
        f'<path fill="{lower}" d="M{x} 138h23l-1 52h-21z"/>{_shoe(x + 11.5, 199, shoes)}' for x in (55.5, 81.5)
    )
    return f"{legs}{_sleeves(outfit, 146)}{_torso(outfit, 152)}"


def _small(outfit: Outfit) -> str:
    _, lower, shoes = outfit.colors
    legs = "".join(
        f'<path fill="{outfit.skin}" d="M{x + 3} 144h15v30h-15z"/>'
        f'<path fill="#fff" d="M{x + 3} 168h15v8h-15z"/>{_shoe(x + 10.5, 182, shoes)}'
        f'<path fill="{lower}" d="M{x - 2} 134h25l1 20q-13 5-27 0z"/>'
        for x in (57.5, 81.5)
    )
    return f"{legs}{_sleeves(outfit, 136)}{_torso(outfit, 142)}"


def _skirt(outfit: Outfit) -> str:
    upper, dark, light = _tones(outfit.colors[0])
    shoes = outfit.colors[2]
    legs = "".join(
        f'<path fill="{outfit.skin}" d="M{x} 160h13v30h-13z"/>{_shoe(x + 6.5, 195, shoes)}' for x in (60.0, 87.0)
    )
    skirt = (
        f'<path fill="{upper}" d="M54 120h52c13 13 20 28 24 44q-50 14-100 0c4-16 11-31 24-44"/>'
        f'<path fill="{dark}" opacity=".6"'
        f' d="M63 128c-5 12-8 26-9 41l-9-2c3-15 9-28 18-39m34 0c5 12 8 26 9 41l9-2c-3-15-9-28-18-39"/>'
        f'<path fill="{light}" d="M31.300 159q48.700 14 97.400 0l1.300 5q-50 14-100 0z"/>'
    )
    return f"{legs}{_sleeves(outfit, 138)}{skirt}{_torso(outfit, 126)}{_sash(dark)}"


def _gown(outfit: Outfit) -> str:
    upper, dark, light = _tones(outfit.colors[0])
    shoes = outfit.colors[2]
    skirt = (
        f"{_shoe(66, 198, shoes)}{_shoe(94, 198, shoes)}"
        f'<path fill="{upper}" d="M54 122h52c16 20 26 44 31 70q-57 11-114 0c5-26 15-50 31-70"/>'
        f'<path fill="{dark}" opacity=".6"'
        f' d="M63 130c-8 20-12 42-13 66l-12-2c3-24 11-46 25-64m34 0c8 20 12 42 13 66l12-2c-3-24-11-46-25-64"/>'
        f'<path fill="{light}" d="M24.500 185q55.500 12 111 0l1.500 7q-57 11-114 0z"/>'
    )
    return f"{_sleeves(outfit, 140)}{skirt}{_torso(outfit, 126)}{_sash(dark)}"


def _torso(outfit: Outfit, hem: float) -> str:
    """From the shoulders to the hem; under a bust it goes on from the bust's own corners."""
    upper, dark, light = _tones(outfit.colors[0])
    if outfit.shoulders:
        left, right = outfit.shoulders
        waist = max(27.0, (right - left) * 0.3)
        return (
            f'<path fill="{upper}"'
            f' d="M{left:.1f} 110H{right:.1f}C{right - 6:.1f} 122 {80 + waist:.1f} 130 {80 + waist:.1f} {hem}'
            f'q{-waist:.1f} 6 {-2 * waist:.1f} 0C{80 - waist:.1f} 130 {left + 6:.1f} 122 {left:.1f} 110"/>'
        )
    return (
        f'<path fill="{upper}" d="M60 90h40c10 2 14 8 14 18l-7 {hem - 108}q-27 7-54 0l-7-{hem - 108}c0-10 4-16 14-18"/>'
        f'<path fill="{dark}" opacity=".45" d="M60 90h40l-3 13q-17 9-34 0z"/>'
        f'<path fill="{outfit.skin}" d="M69 88h22v9q-11 9-22 0z"/>'
        f'<path fill="{light}" d="M66 96q14 14 28 0l3 4q-17 17-34 0z"/>'
    )


def _sleeves(outfit: Outfit, reach: float) -> str:
    """Both arms with their hands, drawn before the body that half covers them."""
    dark = _tones(outfit.colors[0])[1]
    left, right = outfit.shoulders or (46.0, 114.0)
    top = 116 if outfit.shoulders else 106
    arms = ""
    for x, out in ((left + 9, -1), (right - 9, 1)):
        end = x + 7 * out
        arms += (
            f'<circle cx="{end + 1.5 * out:.1f}" cy="{reach + 5}" r="9" fill="{outfit.skin}"/>'
            f'<path d="M{x:.1f} {top}Q{x + 6 * out:.1f} {(top + reach) / 2} {end:.1f} {reach - 6}"'
            f' fill="none" stroke="{dark}" stroke-width="18" stroke-linecap="round"/>'
        )
    return arms


def _shoe(x: float, y: float, color: str) -> str:
    return (
        f'<path fill="{color}" d="M{x - 14} {y}c-2-11 4-16 14-16s16 5 14 16q0 3-3 3h-22q-3 0-3-3"/>'
        f'<path fill="{_shade(color, -0.12)}" d="M{x - 14} {y - 1}h28v1q0 3-3 3h-22q-3 0-3-3z"/>'
    )


def _sash(color: str) -> str:
    return f'<path fill="{color}" d="M53 119q27 6 54 0l1 8q-28 6-56 0z"/>'


STANCES = {
    "sitting": Stance(paint=_seated, tall=202, hand=(106, 150), seat=(80, 92)),
    "baby": Stance(paint=_seated, tall=202, hand=(106, 150), seat=(80, 92)),
    "child": Stance(paint=_small, tall=187, hand=(124, 140), seat=(80, 96)),
    "adult": Stance(paint=_grown, tall=204, hand=(124, 150), seat=(80, 96)),
    "dress": Stance(paint=_skirt, tall=199, hand=(124, 142), seat=(80, 96)),
    "gown": Stance(paint=_gown, tall=203, hand=(124, 144), seat=(80, 96)),
}
DEFAULTS = {
    "sitting": ("#c58f5e", "#f0d2a8", "#a9744a"),
    "baby": ("#9fd3f0", "#d4edfb", "#86c2e6"),
    "child": ("#3f8fd8", "#3d4f73", "#d9534a"),
    "adult": ("#3a9d8f", "#455a74", "#6b4a3a"),
    "dress": ("#e8578f", "#e8578f", "#b5366b"),
    "gown": ("#8e5bd0", "#8e5bd0", "#5e3a96"),
}


def _skin(name: str, pixels: NDArray[np.uint8]) -> str:
    """A person's tone as the drawing's name says it, else the commonest colour of the face's middle: a demon's."""
    for tone, color in SKIN.items():
        if tone in name:
            return color
    height, width = pixels.shape[:2]
    middle = pixels[2 * height // 5 : 9 * height // 10, width // 4 : 3 * width // 4]
    face = middle[middle[..., 3] > 200][:, :3]
    shades, counts = np.unique(face // 16, axis=0, return_counts=True)
    return _hex(np.median(face[(face // 16 == shades[counts.argmax()]).all(axis=1)], axis=0))


def _tones(color: str) -> tuple[str, str, str]:
    return color, _shade(color, -0.07), _shade(color, 0.1)


def _shade(color: str, lift: float) -> str:
    """Lighter or darker, as the light would do it: the hue stays."""
    return dye.lift(color, lift)


def _extent(pixels: NDArray[np.uint8], box: str) -> Box:
    left, top, width, height = (float(number) for number in box.split())
    columns, rows = (np.flatnonzero(pixels[..., 3].max(axis=axis) > 60) for axis in (0, 1))
    across, down = width / pixels.shape[1], height / pixels.shape[0]
    return (
        left + columns[0] * across,
        top + rows[0] * down,
        (columns[-1] + 1 - columns[0]) * across,
        (rows[-1] + 1 - rows[0]) * down,
    )


def _bust(pixels: NDArray[np.uint8]) -> tuple[float, float, str] | None:
    """A bust ends in a straight cut: its first and last column there in pixels, and its colour near the corners."""
    rows = np.flatnonzero(pixels[..., 3].max(axis=1) > 60)
    cut = pixels[max(rows[-1] - 2, 0)]
    solid = np.flatnonzero(cut[:, 3] > 200)
    if len(solid) < 0.5 * pixels.shape[1]:
        return None
    edges = cut[np.concatenate([solid[3:14], solid[-14:-3]]), :3]
    return float(solid[0]), float(solid[-1] + 1), _hex(np.median(edges, axis=0))


def _hex(rgb: NDArray[np.floating]) -> str:
    red, green, blue = rgb.astype(int)
    return f"#{red:02x}{green:02x}{blue:02x}"
