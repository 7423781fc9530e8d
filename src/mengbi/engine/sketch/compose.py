"""Figures onto a canvas: shadow, light, haze, water, glow.

A canvas is float32 (h, w, 3), 0 to 1, and is painted in place.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from mengbi.engine.sketch.cast import Figure
from mengbi.engine.sketch.light import Light
from mengbi.engine.sketch.sprites import sprite

Array = NDArray[np.floating[Any]]

GLOWING = frozenset(
    "lantern sky-lantern oil-lamp desk-lamp street-lamp light-bulb flashlight candle fire campfire jack-o-lantern "
    "lighthouse star moon sparkles comet firefly magic-wand crystal-ball ufo rocket volcano lightning".split()
)
"""They shine, and no night dims them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Spot:
    """Where a figure is drawn: its middle and lower edge, and its height, in pixels."""

    x: float
    foot: float
    height: float


def draw_family(canvas: Array, root: Figure, light: Light, *, grounded: bool) -> None:
    """Paints a placed root and all that hang on it. grounded: it stands on something, so it throws a shadow."""
    unit = min(canvas.shape[:2])
    if grounded:
        _cast_shadow(canvas, root, light, unit)
    for figure, x, foot in root.family():
        spot = Spot(x=x * unit, foot=foot * unit, height=figure.height * unit)
        if figure.tie:
            _string(canvas, spot, (figure.tie[0] * unit, figure.tie[1] * unit), unit)
        _draw(canvas, figure, spot, light, root.depth, sink=root.sink if figure is root else 0.0)


def _draw(canvas: Array, figure: Figure, spot: Spot, light: Light, depth: float, sink: float) -> None:
    rgba = _rendered(figure, spot)
    rgb, alpha = rgba[..., :3], rgba[..., 3]
    if figure.concept.id in GLOWING and light.time == "night":
        _glow(canvas, rgb, alpha, spot)
    else:
        rgb = _lit(rgb, alpha, light, depth)
    if sink > 0 or figure.cut > 0:
        alpha = alpha * _waterline(alpha.shape, max(sink, figure.cut))
    _over(canvas, rgb, alpha, spot)
    if sink > 0:
        _reflect(canvas, rgb, alpha, spot, sink)


def _string(canvas: Array, spot: Spot, tie: tuple[float, float], unit: int) -> None:
    """A thin string from a figure's lower middle to where it is held."""
    steps = max(8, round(np.hypot(*tie)))
    along = np.linspace(0.0, 1.0, steps)
    sag = 0.06 * tie[1] * np.sin(along * np.pi) * np.sign(tie[0] or 1.0)
    dot = _ellipse(*2 * (max(3, round(unit / 160)),))
    grey = np.full((*dot.shape, 3), 0.35, dtype=np.float32)
    for x, y in zip(spot.x + along * tie[0] + sag, spot.foot + along * tie[1], strict=True):
        _over(canvas, grey, dot * 0.55, Spot(x=float(x), foot=float(y), height=0))


def _rendered(figure: Figure, spot: Spot) -> Array:
    """The drawing, float32 (h, w, 4), turned by its tilt."""
    pixels = sprite(
        figure.concept, max(8, round(spot.height)), color=figure.color, variant=figure.variant, flip=figure.flip
    )
    if figure.tilt:
        turned = Image.fromarray(pixels).rotate(figure.tilt, Image.Resampling.BICUBIC, expand=True)
        pixels = np.asarray(turned)
    return pixels.astype(np.float32) / np.float32(255)


def _lit(rgb: Array, alpha: Array, light: Light, depth: float) -> Array:
    """The hour's colour, a round body's light and shade, and haze with distance."""
    shade = _volume(alpha, -1.0 if light.shadow[0] > 0 else 1.0)[..., None]
    rim = np.array(light.rim, dtype=np.float32)
    rgb = rgb * _ambient(light)
    rgb = rgb * (1 + 0.3 * np.minimum(shade, 0)) + 0.22 * np.maximum(shade, 0) * rim * (0.35 + rgb)
    far = light.haze_strength * max(0.0, 0.75 - depth) ** 1.5
    hazy: Array = rgb + far * (np.array(light.haze, dtype=np.float32) - rgb)
    return np.clip(hazy, 0, 1)


def _ambient(light: Light) -> Array:
    """The hour's colour, but never so dark that the subject is lost: painters light their sitters."""
    ambient = np.array(light.ambient, dtype=np.float32)
    return ambient * max(1.0, DARKEST / float(ambient.mean()))


DARKEST = 0.66


def _volume(alpha: Array, toward: float) -> Array:
    """How much each point of a flat outline, taken as a cushion, faces a light from above on one side: -1 to 1, (h, w).

    The cushion's height is the blurred outline; its slope is what faces the light.
    """
    height, width = alpha.shape
    small = (max(4, round(width * CUSHION / max(height, width))), max(4, round(height * CUSHION / max(height, width))))
    outline = Image.fromarray(alpha).resize(small, Image.Resampling.BOX)
    padded = np.pad(np.asarray(outline), 8)
    wide, tall = padded.shape[1], padded.shape[0]
    cushion = np.asarray(Image.fromarray(padded).resize((wide // 4, tall // 4), Image.Resampling.BOX))
    cushion = np.asarray(Image.fromarray(cushion).resize((wide, tall), Image.Resampling.BICUBIC))
    heights = cushion + 0.5 * padded
    down, across = np.gradient(heights, axis=0), np.gradient(heights, axis=1)
    facing = (0.8 * down - 0.6 * toward * across)[8:-8, 8:-8]
    facing = facing / max(float(np.abs(facing).max()), 1e-6)
    return np.asarray(Image.fromarray(facing.astype(np.float32)).resize((width, height), Image.Resampling.BICUBIC))


CUSHION = 64
"""Pixels of the longer side at which the shading of a figure is worked out: it is soft anyway."""


def _over(canvas: Array, rgb: Array, alpha: Array, spot: Spot) -> None:
    """Lays a sheet onto the canvas, its lower middle at the spot; what hangs over the edge is cut."""
    height, width = alpha.shape
    left, top = round(spot.x - width / 2), round(spot.foot - height)
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + width, canvas.shape[1]), min(top + height, canvas.shape[0])
    if x0 >= x1 or y0 >= y1:
        return
    cut = (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))
    under = canvas[y0:y1, x0:x1]
    under += alpha[cut][..., None] * (rgb[cut] - under)


def _cast_shadow(canvas: Array, root: Figure, light: Light, unit: int) -> None:
    """A soft dark pool where it stands, and the family's own outline laid flat away from the light."""
    dx, dy, opacity = light.shadow
    width, foot, x = root.width * unit, root.foot * unit, root.x * unit
    pool_w, pool_h = max(6, round(width * 1.1)), max(4, round(width * 0.22))
    pool = _ellipse(pool_w, pool_h) * min(0.75, opacity + 0.15)
    dark = np.zeros((*pool.shape, 3), dtype=np.float32) + np.array(light.haze, dtype=np.float32) * 0.12
    _over(canvas, dark, pool, Spot(x=x, foot=foot + pool.shape[0] * 0.5, height=0))
    if opacity < 0.05:
        return
    outline = sprite(root.concept, max(8, round(root.height * unit)), variant=root.variant, flip=root.flip)[..., 3]
    fallen = _lay_flat(outline, dx, dy)
    dark = np.zeros((*fallen.shape, 3), dtype=np.float32) + np.array(light.haze, dtype=np.float32) * 0.12
    reach = dx * root.height * unit
    _over(
        canvas,
        dark,
        fallen * opacity * 0.6,
        Spot(x=x + reach / 2, foot=foot + (fallen.shape[0] if dy > 0 else 0), height=0),
    )


def _lay_flat(outline: NDArray[np.uint8], dx: float, dy: float) -> Array:
    """An outline thrown onto the ground: sheared by dx, squeezed to |dy| of its height, blurred. float32 0 to 1."""
    height, width = outline.shape
    flat = max(4, round(height * max(abs(dy), 0.12)))
    reach = dx * height
    wide = width + abs(round(reach))
    # From a shadow pixel back to the outline's: row 0 of the shadow is its tip (dy < 0) or its foot (dy > 0).
    up = height / flat
    shear = abs(reach) / flat
    if dy > 0:  # towards us: the foot is the upper row
        matrix = (1, -shear if reach > 0 else shear, 0 if reach > 0 else -abs(reach), 0, -up, height)
    else:
        matrix = (1, shear if reach > 0 else -shear, -abs(reach) if reach > 0 else 0, 0, up, 0)
    image = Image.fromarray(outline).transform((wide, flat), Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR)
    image = image.filter(ImageFilter.GaussianBlur(max(1.0, height / 90)))
    fade = np.linspace(1.0, 0.35, flat, dtype=np.float32)[:, None]
    shadow: Array = np.asarray(image, dtype=np.float32) / 255 * (fade if dy > 0 else fade[::-1])
    return shadow


def _ellipse(width: int, height: int) -> Array:
    x = np.linspace(-1, 1, width, dtype=np.float32)
    y = np.linspace(-1, 1, height, dtype=np.float32)
    disc: Array = np.clip(1 - (x * x + (y * y)[:, None]), 0, 1) ** 1.3
    return disc


def _waterline(shape: tuple[int, ...], sink: float) -> Array:
    """Fades a hull out below the water. (h, 1)"""
    y = np.linspace(0, 1, shape[0], dtype=np.float32)[:, None]
    dry: Array = np.clip((1 - sink - y) * 40 + 0.5, 0, 1)
    return dry


def _reflect(canvas: Array, rgb: Array, alpha: Array, spot: Spot, sink: float) -> None:
    """The mirror image on the water: upside down, squeezed, broken by ripples, fading out."""
    height = alpha.shape[0]
    dry = max(2, round(height * (1 - sink)))
    deep = max(4, round(dry * 0.55))
    rows = np.linspace(dry - 1, 0, deep).astype(int)
    shift = np.round(np.sin(np.arange(deep) ** 0.8 * 1.1) * (height / 70)).astype(int)
    columns = (np.arange(alpha.shape[1])[None] + shift[:, None]).clip(0, alpha.shape[1] - 1)
    mirror, cover = rgb[rows[:, None], columns], alpha[rows[:, None], columns]
    fade = np.linspace(0.5, 0.05, deep, dtype=np.float32)[:, None]
    line = spot.foot - height * sink
    _over(canvas, mirror * 0.8, cover * fade, Spot(x=spot.x, foot=line + deep, height=0))


def _glow(canvas: Array, rgb: Array, alpha: Array, spot: Spot) -> None:
    """Light around what shines in the dark."""
    height, width = alpha.shape
    colour = (rgb * alpha[..., None]).sum(axis=(0, 1)) / max(float(alpha.sum()), 1.0)
    side = round(max(height, width) * 3.2)
    halo = _ellipse(side, side) ** 3 * 0.55
    left, top = round(spot.x - side / 2), round(spot.foot - height / 2 - side / 2)
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + side, canvas.shape[1]), min(top + side, canvas.shape[0])
    if x0 < x1 and y0 < y1:
        part = canvas[y0:y1, x0:x1]
        part += (1 - part) * halo[y0 - top : y1 - top, x0 - left : x1 - left, None] * (0.3 + 0.7 * colour)
