"""Drawings that stand up in a land: lit once, then set at any place and distance with their shadow and haze."""

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image

from mengbi.engine.sketch.land.terrain import FOCAL, View, shine
from mengbi.engine.sketch.light import Light, Rgb
from mengbi.engine.sketch.texture import Array


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Billboard:
    """A drawing of something that stands, under the light of the picture."""

    image: Image.Image  # RGBA, colour multiplied by alpha
    slim: float  # width by height


def stand(seen: View, figure: Billboard, x: float, z: float, height: float, reach: float = 70.0) -> None:
    """Stands something on the land, behind what is nearer; x: fraction of the width; height in heights of the eye."""
    frame, land = seen.plain.frame, seen.plain
    foot = float(seen.foot(x, z)) / frame.pixel
    tall = FOCAL * height / z / frame.pixel
    size = max(1, round(tall * figure.slim)), max(2, round(tall))
    left, top = round(x * frame.width - size[0] / 2), round(foot - size[1] * 0.985)
    if left >= frame.width or top >= frame.height or left + size[0] <= 0 or top + size[1] <= 0:
        return
    image = figure.image.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
    fade = land.light.haze_strength * (1 - math.exp(-z / reach))
    stamp(seen.rgb, seen.alpha, image, (left, top), (land.light.haze, fade), seen.far > z * 0.97)


def stamp(
    planes: Array,
    alpha: Array,
    image: Image.Image,
    corner: tuple[int, int],
    haze: tuple[Rgb, float] = ((0.0, 0.0, 0.0), 0.0),
    shown: Array | None = None,
) -> None:
    """Lays a drawing (colour multiplied by alpha) over planes (3, h, w) with its corner at a pixel, in place.

    haze: a colour, and how much of it lies before the drawing; shown: (h, w), where nothing stands before it.
    """
    left, top = corner
    box = max(left, 0), max(top, 0), min(left + image.width, alpha.shape[1]), min(top + image.height, alpha.shape[0])
    if box[0] >= box[2] or box[1] >= box[3]:
        return
    part = np.asarray(image.crop((box[0] - left, box[1] - top, box[2] - left, box[3] - top)))
    part = np.moveaxis(part, -1, 0).astype(np.float32) * np.float32(1 / 255)
    place = slice(box[1], box[3]), slice(box[0], box[2])
    if shown is not None:
        part *= shown[place]
    color, fade = haze
    for channel in range(3):
        target = planes[channel][place]
        target *= 1 - part[3]
        target += part[channel] * (1 - fade) + part[3] * (color[channel] * fade)
    alpha[place] = np.maximum(alpha[place], part[3])


def shadow(seen: View, x: float, z: float, width: float) -> None:
    """A soft shadow on the land, under something `width` heights of the eye wide, drawn out away from the light."""
    frame, land = seen.plain.frame, seen.plain
    foot = float(seen.foot(x, z))
    wide = FOCAL * width / z
    lean = np.clip(land.light.shadow[0], -1.2, 1.2) * 0.8
    cx, rx, ry = x * frame.wide + lean * wide, wide * (0.55 + abs(lean)), max(wide * 0.16, frame.pixel)
    rows = slice(max(0, int((foot - 2 * ry) / frame.pixel)), max(0, int((foot + 2 * ry) / frame.pixel) + 1))
    columns = slice(max(0, int((cx - 2 * rx) / frame.pixel)), max(0, int((cx + 2 * rx) / frame.pixel) + 1))
    d = ((frame.x[:, columns] - cx) / rx) ** 2 + ((frame.y[rows] - foot) / ry) ** 2
    if d.size == 0:
        return
    seen.rgb[:, rows, columns] *= 1 - np.exp(-1.6 * d) * min(0.5, land.light.shadow[2])


def lay(seen: View, image: Image.Image, top: int) -> None:
    """Lays a drawing of twice the frame's pixels over the rows of the view from `top`, in place."""
    part = np.moveaxis(np.asarray(image.reduce(2)), -1, 0).astype(np.float32)
    part *= np.float32(1 / 255)
    for channel in range(3):
        target = seen.rgb[channel, top:]
        target *= 1 - part[3]
        target += part[channel]
    np.maximum(seen.alpha[top:], part[3], out=seen.alpha[top:])


def lit_up(light: Light, color: Array, alpha: Array, lit: Array) -> Billboard:
    """A billboard from planes of local colour, its cover, and how lit it is, (h, w) each."""
    color = np.clip(shine(light, color, lit), 0, 1) * alpha
    pixels = np.concatenate([color, alpha[None]])
    image = Image.fromarray((np.moveaxis(pixels, 0, -1) * 255).round().astype(np.uint8), "RGBa")
    return Billboard(image=image, slim=alpha.shape[1] / alpha.shape[0])


def ink(tint: Rgb, color: Rgb, tone: float = 1.0) -> tuple[int, int, int, int]:
    """A colour under a light, as Pillow's pens take it."""
    red, green, blue = (int(min(255.0, 255 * part * tone * tint[c])) for c, part in enumerate(color))
    return red, green, blue, 255
