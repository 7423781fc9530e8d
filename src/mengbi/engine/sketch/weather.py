"""Weather and mood in front of everything: rain, snow, fog, leaves, and the grading of the finished canvas."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from mengbi.engine.sketch.light import Light, Rgb
from mengbi.engine.sketch.sheets import BAND
from mengbi.engine.sketch.texture import Array, Frame, fractal, frame_of, over, resize, smooth
from mengbi.noise import generator
from mengbi.scene import Scene

WEATHER, GRAIN = 36, 37
"""Streams of chance."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Grade:
    """How a finished canvas is toned; 0 leaves it, each is a share."""

    color: float = 0.08  # more of it; less than 0 takes it away
    contrast: float = 0.12
    bloom: float = 0.16  # how far bright parts shine over their neighbours
    vignette: float = 0.12
    tint: Rgb = (1.0, 1.0, 1.0)  # multiplies
    lift: Rgb = (0.0, 0.0, 0.0)  # added to the darks


GRADES = {
    "calm": Grade(contrast=0.02, bloom=0.2, vignette=0.08, lift=(0.01, 0.015, 0.02)),
    "happy": Grade(color=0.2, contrast=0.1, bloom=0.2, vignette=0.04, tint=(1.03, 1.02, 0.98)),
    "sad": Grade(color=-0.4, contrast=0.0, bloom=0.1, vignette=0.26, tint=(0.93, 0.97, 1.05)),
    "spooky": Grade(color=-0.22, contrast=0.3, vignette=0.5, tint=(0.86, 1.0, 0.86), lift=(0.0, 0.02, 0.01)),
    "romantic": Grade(color=0.05, contrast=0.02, bloom=0.36, tint=(1.04, 0.96, 0.98), lift=(0.05, 0.01, 0.035)),
    "mysterious": Grade(color=-0.1, contrast=0.2, bloom=0.26, vignette=0.4, tint=(0.94, 0.95, 1.08)),
    "epic": Grade(color=0.18, contrast=0.38, bloom=0.2, vignette=0.32),
    "cozy": Grade(contrast=0.08, bloom=0.3, vignette=0.28, tint=(1.05, 0.99, 0.9), lift=(0.025, 0.012, 0.0)),
    "dreamy": Grade(color=0.04, contrast=-0.04, bloom=0.55, vignette=0.06, lift=(0.045, 0.03, 0.06)),
}


def paint_weather(canvas: Array, scene: Scene, light: Light, seed: int) -> Array:
    """The canvas, float32 (h, w, 3) 0..1, with the weather before it and toned to the mood; a new array."""
    height, width = canvas.shape[:2]
    frame = frame_of((width, height))
    veils = list(_veils(frame, scene, light, generator(seed, WEATHER)))
    out = np.empty((3, height, width), dtype=np.float32)
    glow = _glow(canvas, frame)
    grade = GRADES.get(light.mood or "", Grade())
    grain = generator(seed, GRAIN)
    for top in range(0, height, BAND):
        rows = slice(top, min(top + BAND, height))
        part = out[:, rows]
        for channel in range(3):
            part[channel] = canvas[rows, :, channel]
        for color, alpha in veils:
            over(part, _cut(color, rows, (width, height)), _cut(alpha, rows, (width, height)))
        _toned(part, grade, _cut(glow, rows, (width, height)), _corners((width, height), rows))
        part += (grain.random(part.shape[1:], dtype=np.float32) - 0.5) * np.float32(2.4 / 255)
        np.clip(part, 0, 1, out=part)
    return np.moveaxis(out, 0, -1)


def _veils(frame: Frame, scene: Scene, light: Light, rng: np.random.Generator) -> Iterator[tuple[Array, Array]]:
    """What hangs or flies in the air: colours, (3, 1, 1) or (3, h, w), and their cover (h, w), far ones first."""
    indoors = light.ground in ("room", "underwater", "space")
    if light.weather == "fog" and not indoors:
        yield _plain(light.haze), _fog(frame, light, rng, 0.75)
    if light.mood in ("mysterious", "spooky") and not indoors:
        yield _plain(light.haze), _fog(frame, light, rng, 0.34)
    if indoors:
        return
    if light.weather in ("rain", "storm"):
        yield _plain(tuple(0.5 + 0.5 * part for part in light.clouds[0])), _rain(frame, light, rng)
    if light.weather == "snow":
        yield _plain((0.97, 0.98, 1.0)), _snow(frame, rng)
    if light.weather == "wind" or scene.season in ("autumn", "spring"):
        yield _leaves(frame, light, rng, 46 if light.weather == "wind" else 18)


def _rain(frame: Frame, light: Light, rng: np.random.Generator) -> Array:
    """Slanting streaks: many short and faint ones far away, a few long ones near."""
    slant = float(rng.uniform(0.12, 0.3)) * (1.7 if light.weather == "storm" else 1.0) * float(rng.choice([-1, 1]))
    image = Image.new("L", (frame.width * 2, frame.height * 2))
    pen, scale = ImageDraw.Draw(image), 2 / frame.pixel
    count = int((900 if light.weather == "storm" else 700) * frame.wide * frame.tall)
    near = np.sort(rng.random(count) ** 2.4)
    x, y = rng.random(count) * frame.wide * scale, rng.uniform(-0.1, 1.0, count) * frame.tall * scale
    length = (0.03 + 0.12 * near) * scale
    bright, width = 34 + 70 * near, np.maximum(1, (0.0009 + 0.0016 * near) * scale)
    ends = np.stack([x, y, x + length * slant, y + length], axis=1)
    for line, value, thick in zip(ends.tolist(), bright.tolist(), width.tolist(), strict=True):
        pen.line(line, fill=int(value), width=round(thick))
    return np.asarray(image.reduce(2), dtype=np.float32) / 255


def _snow(frame: Frame, rng: np.random.Generator) -> Array:
    """Flakes by depth: dust far away, dots, and a few large ones out of focus."""
    cover = np.zeros((frame.height, frame.width), dtype=np.float32)
    area = frame.wide * frame.tall
    for count, radius, value, blur in (
        (900, 0.0017, 165, 1),
        (260, 0.0038, 215, 1),
        (60, 0.009, 190, 4),
        (12, 0.021, 120, 10),
    ):
        image = Image.new("L", (frame.width * 2, frame.height * 2))
        pen, scale = ImageDraw.Draw(image), 2 / frame.pixel
        many = round(count * area)
        x, y = rng.random(many) * frame.wide * scale, rng.random(many) * frame.tall * scale
        r = np.maximum(0.7, radius * rng.uniform(0.5, 1.3, many) * scale)
        bright = (value * rng.uniform(0.6, 1.0, many)).astype(int)
        for box, fill in zip(np.stack([x - r, y - r, x + r, y + r], axis=1).tolist(), bright.tolist(), strict=True):
            pen.ellipse(box, fill=fill)
        flakes = np.asarray(image.reduce(2), dtype=np.float32) / 255
        if blur > 1:
            small = frame.at(min(1.0, frame.pixel / (0.0012 * blur)))
            flakes = resize(resize(flakes, (small.width, small.height), hard=True), (frame.width, frame.height))
        np.maximum(cover, flakes, out=cover)
    return cover


def _fog(frame: Frame, light: Light, rng: np.random.Generator, strength: float) -> Array:
    """Drifting banks, thickest along the horizon, thin at our feet."""
    small = frame.at(0.25)
    banks = fractal(small, rng, (0.9, 3.0), 4, 0.55)
    y = small.y / small.tall
    low = np.exp(-(((y - light.horizon - 0.02) / 0.2) ** 2))
    cover = np.clip((0.5 + 0.26 * banks) * low * 1.15 + 0.16 + 0.05 * banks, 0, 1) * strength
    return resize(cover, (frame.width, frame.height))


def _leaves(frame: Frame, light: Light, rng: np.random.Generator, count: int) -> tuple[Array, Array]:
    """Leaves or petals on the wind, near ones large and soft."""
    colors: tuple[Rgb, ...] = {
        "autumn": ((0.86, 0.42, 0.13), (0.93, 0.66, 0.2), (0.7, 0.25, 0.14)),
        "winter": ((0.95, 0.96, 1.0),),
        "spring": ((1.0, 0.78, 0.84), (1.0, 0.9, 0.92)),
    }.get(light.season, ((0.45, 0.62, 0.25), (0.62, 0.7, 0.3)))
    image = Image.new("RGBa", (frame.width * 2, frame.height * 2))
    pen, scale = ImageDraw.Draw(image), 2 / frame.pixel
    for near in np.sort(rng.random(count) ** 2):
        size = (0.006 + 0.016 * float(near)) * scale
        cx, cy = float(rng.random()) * frame.wide * scale, float(rng.random()) * frame.tall * scale
        turn, fold = float(rng.uniform(0, math.pi)), float(rng.uniform(0.25, 0.6))
        color = colors[int(rng.integers(len(colors)))]
        shade = float(rng.uniform(0.8, 1.1))
        fill = tuple(int(min(255.0, 255 * part * shade * light.ambient[c])) for c, part in enumerate(color))
        points = []
        for step in range(12):
            angle = step * math.pi / 6
            along, across = math.cos(angle) * size, math.sin(angle) * size * fold * (0.75 + 0.25 * math.cos(angle))
            points.append(
                (
                    cx + along * math.cos(turn) - across * math.sin(turn),
                    cy + along * math.sin(turn) + across * math.cos(turn),
                )
            )
        pen.polygon(points, fill=(*fill, 255))
    part = np.asarray(image.reduce(2), dtype=np.float32) / 255
    cover = part[..., 3]
    return np.moveaxis(part[..., :3], -1, 0) / np.maximum(cover, 1e-3), cover * 0.95


def _glow(canvas: Array, frame: Frame) -> Array:
    """The light of the brighter parts, spread: planes of a sheet 48 pixels high or wide."""
    small = frame.at(min(1.0, 96 / max(frame.width, frame.height)))
    glow = np.stack(
        [
            resize(np.ascontiguousarray(canvas[..., channel]), (small.width, small.height), hard=True)
            for channel in range(3)
        ]
    )
    bright = smooth(0.45, 0.95, glow.max(axis=0))
    glow *= bright
    half = max(2, small.width // 2), max(2, small.height // 2)
    return resize(resize(glow, half, hard=True), (small.width, small.height))


def _toned(part: Array, grade: Grade, glow: Array, corners: Array) -> None:
    """Tones planes in place."""
    part += (1 - part) * np.clip(glow, 0, 1) * grade.bloom
    grey = 0.3 * part[0] + 0.59 * part[1] + 0.11 * part[2]
    shade = 1 - grade.vignette * corners
    for channel, plane in enumerate(part):
        plane += (plane - grey) * grade.color
        np.clip(plane, 0, 1, out=plane)
        plane += (plane * plane * (3 - 2 * plane) - plane) * grade.contrast
        plane *= grade.tint[channel]
        plane += (1 - plane) * grade.lift[channel]
        plane *= shade


def _corners(size: tuple[int, int], rows: slice) -> Array:
    """How far towards the corners each place lies, 0..1."""
    width, height = size
    x = (np.arange(width, dtype=np.float32)[None] + 0.5) / width * 2 - 1
    y = (np.arange(rows.start, rows.stop, dtype=np.float32)[:, None] + 0.5) / height * 2 - 1
    return smooth(0.35, 2.0, x * x + y * y)


def _plain(color: Rgb | tuple[float, ...]) -> Array:
    return np.asarray(color, dtype=np.float32)[:, None, None]


def _cut(field: Array, rows: slice, size: tuple[int, int]) -> Array:
    """Rows of a field, (h, w) or planes of them, enlarged to a canvas of size (w, h)."""
    if field.shape[-1] == 1:
        return field
    if field.ndim == 3:
        return np.stack([_cut(plane, rows, size) for plane in field])
    width, height = size
    if field.shape == (height, width):
        return field[rows]
    down = field.shape[0] / height
    box = (0, rows.start * down, field.shape[1], rows.stop * down)
    return resize(np.ascontiguousarray(field), (width, rows.stop - rows.start), box)
