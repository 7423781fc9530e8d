"""Treatments of what a picture is painted on and with: paper, cloth, plaster, pigment, grain."""

import math

import numpy as np

from mengbi.finish.treatments.field import Array, blur, color, detail, grid, luma, mix, noise, ramp, sample, slopes
from mengbi.finish.treatments.screen import _cells


def paper(
    picture: Array, unit: float, rng: np.random.Generator, *,
    amount: float = 0.06, size: float = 5.0, color_: str = "#ffffff", blotch: float = 0.0,
) -> Array:  # fmt: skip
    """A sheet beneath: fine fibres lit from the upper left, the sheet's own colour, and broad unevenness (`blotch`)."""
    relief = noise(rng, picture.shape, size * unit, 3, 0.8)
    down, right = slopes(relief)
    shade = 1 + np.float32(amount) * np.clip(-(down + right) * np.float32(size * unit / 4.5), -1.2, 1.2)
    if blotch > 0:
        shade += np.float32(blotch) * noise(rng, picture.shape, 180 * unit, 3)
    return np.asarray(picture * color(color_) * shade[..., None], dtype=np.float32)


def weave(picture: Array, unit: float, rng: np.random.Generator, *, amount: float = 0.1, size: float = 4.0) -> Array:
    """Canvas or silk: threads over and under, uneven as woven ones are."""
    y, x = grid(picture.shape)
    bent = noise(rng, picture.shape, 30 * unit) * np.float32(0.25)
    v, u = y / np.float32(max(size * unit, 2.0)) + bent, x / np.float32(max(size * unit, 2.0)) + bent
    over = np.cos(np.float32(math.pi) * v) * np.cos(np.float32(math.pi) * u)
    threads = np.where(over > 0, np.abs(np.cos(np.float32(math.pi) * v)), np.abs(np.cos(np.float32(math.pi) * u)))
    rough = noise(rng, picture.shape, 2.5 * unit) * np.float32(0.15)
    return np.asarray(picture * (1 - np.float32(amount) * (0.6 - threads + rough))[..., None], dtype=np.float32)


def tooth(
    picture: Array, unit: float, rng: np.random.Generator, *,
    amount: float = 0.8, size: float = 3.0, color_: str = "#fbf6ea", press: float = 0.4, slant: float = 0.0,
) -> Array:  # fmt: skip
    """A dry stick over rough paper: pigment stays on the heights, `color_` shows in the hollows.

    press: how deep the pigment reaches; slant: above 0, the hollows run in strokes of that length.
    """
    hollow = noise(rng, picture.shape, size * unit, 2, 0.8)
    if slant > 0:
        hollow = hollow * np.float32(0.6) + _slanted(rng, picture.shape, size * unit, slant * unit) * np.float32(0.8)
    ground = color(color_)
    far = np.abs(picture - ground).max(axis=-1)  # pigment that differs much from the paper was laid on thickly
    bare = ramp(hollow, -0.2 + 2.2 * press, 1.0 + 2.2 * press) * (1 - np.float32(0.6) * far)
    return mix(picture, np.broadcast_to(ground, picture.shape), np.float32(amount) * bare)


def pigment(
    picture: Array, unit: float, rng: np.random.Generator, *,
    rim: float = 1.0, flow: float = 0.35, grain: float = 0.25, width: float = 2.0,
) -> Array:  # fmt: skip
    """Watercolour: pigment gathers at the rims of a wash, drifts in it and settles in the paper (Bousseau et al. 2006).

    Density d changes a colour to C − (C − C²)(d − 1): white paper stays white.
    """
    even = blur(picture, width * unit)
    edge = np.zeros(picture.shape[:2], dtype=np.float32)
    for channel in range(3):
        down, right = slopes(np.ascontiguousarray(even[..., channel]))
        edge = np.maximum(edge, np.hypot(down, right))
    density = np.float32(rim) * np.clip(edge * np.float32(unit * 9), 0, 1)
    density += np.float32(flow) * noise(rng, picture.shape, 130 * unit, 4, 0.7)
    density += np.float32(grain) * noise(rng, picture.shape, 3.2 * unit, 2, 0.8)
    picture = np.clip(picture, 0, 1)
    return np.asarray(picture - (picture - picture * picture) * density[..., None], dtype=np.float32)


def bleed(
    picture: Array,
    unit: float,
    rng: np.random.Generator,
    *,
    radius: float = 7.0,
    amount: float = 0.7,
    feather: float = 3.0,
) -> Array:
    """Ink that runs into wet paper: dark spreads over light, unevenly, with feathered edges.

    Spread: the softened minimum, a blur of exp(−k·light) (Koenderink & van Doorn 1999, "blur and disorder").
    """
    spread = -np.log(np.maximum(blur(np.exp(-9 * np.clip(picture, 0, 1)), radius * unit), 1e-6)) / np.float32(9)
    wet = ramp(noise(rng, picture.shape, 70 * unit, 3, 0.7), -0.9, 1.1) * np.float32(amount)
    y, x = grid(picture.shape)
    dy = noise(rng, picture.shape, 7 * unit, 2) * np.float32(feather * unit)
    dx = noise(rng, picture.shape, 7 * unit, 2) * np.float32(feather * unit)
    fibres = sample(spread.astype(np.float32), y + dy, x + dx)
    return mix(picture, fibres, wet)


def crackle(
    picture: Array, unit: float, rng: np.random.Generator, *,
    size: float = 26.0, width: float = 0.7, color_: str = "#20140a", amount: float = 0.5,
) -> Array:  # fmt: skip
    """Fine cracks of old varnish or glaze: the borders of jittered cells, bent and broken by noise."""
    y, x = grid(picture.shape)
    between = _cells(picture.shape, max(size * unit, 3.0), 1.0, rng)[1]
    bend = noise(rng, picture.shape, 14 * unit, 2) * np.float32(2.2 * unit)
    crack = ramp(sample(between, y + bend, x - bend) * np.float32(size * unit), (width + 0.7) * unit, 0.1 * unit)
    broken = ramp(noise(rng, picture.shape, 45 * unit, 2), -0.6, 0.6)
    return mix(picture, np.broadcast_to(color(color_), picture.shape), np.float32(amount) * crack * broken)


def flakes(
    picture: Array, unit: float, rng: np.random.Generator, *,
    size: float = 90.0, share: float = 0.2, color_: str = "#d8c4a0", amount: float = 0.8,
) -> Array:  # fmt: skip
    """Paint that has come off a wall in places; what is under it shows, with a shadow at the upper edge."""
    off = noise(rng, picture.shape, size * unit, 6, 0.7)
    limit = float(np.quantile(off[::7, ::7], 1 - share))
    off = off - detail(luma(picture), unit)  # what the picture is about was worth mending
    bare = ramp(off, limit, limit + 0.1) * np.float32(amount)
    down, right = slopes(blur(bare, 1.2 * unit))
    shade = np.clip((down + right) * np.float32(1.2 * unit), -0.2, 0.15)
    return (
        mix(picture, np.broadcast_to(color(color_), picture.shape), bare)
        * np.asarray(1 - shade, dtype=np.float32)[..., None]
    )


def bricks(picture: Array, unit: float, rng: np.random.Generator, *, size: float = 26.0, amount: float = 0.35) -> Array:
    """Sprayed on a wall: courses of brick beneath the paint, rough and lit from above."""
    y, x = grid(picture.shape)
    high = max(size * unit, 4.0)
    wander = noise(rng, picture.shape, 20 * unit, 2) * np.float32(0.03)
    row = y / np.float32(high) + wander
    course = np.floor(row)
    column = x / np.float32(2.3 * high) + np.float32(0.5) * (course % 2) + wander
    v, u = row - course, column - np.floor(column)
    joint = np.minimum(np.minimum(v, 1 - v), 2.3 * np.minimum(u, 1 - u))
    seam = ramp(joint, 0.1, 0.03)
    lip = ramp(v, 0.16, 0.05) * (1 - seam)
    rough = noise(rng, picture.shape, 5 * unit, 3, 0.8)
    light = 1 - np.float32(amount) * (1.1 * seam - 0.35 * lip + 0.16 * rough)
    return np.asarray(picture * light[..., None], dtype=np.float32)


def grain(
    picture: Array,
    unit: float,
    rng: np.random.Generator,
    *,
    amount: float = 0.05,
    size: float = 1.3,
    chroma: float = 0.0,
) -> Array:
    """Film grain: strongest in the middle tones; `chroma`: how much of it is coloured."""
    fine = noise(rng, picture.shape, max(size * unit, 1.0))
    light = luma(picture)
    seen = np.float32(amount) * (0.35 + 2.6 * light * (1 - light))
    out = picture + (seen * fine)[..., None]
    if chroma > 0:
        for channel in range(3):
            out[..., channel] += np.float32(chroma) * seen * noise(rng, picture.shape, max(size * unit, 1.0))
    return np.asarray(out, dtype=np.float32)


def spray(
    picture: Array, unit: float, rng: np.random.Generator, *,
    size: float = 2.2, share: float = 0.03, spread: float = 5.0, color_: str = "#ffffff",
) -> Array:  # fmt: skip
    """A spray can: edges scattered by `spread` pixels, and specks of `color_` over a `share` of the picture."""
    y, x = grid(picture.shape)
    fine_y, fine_x = (noise(rng, picture.shape, max(1.2 * unit, 1.0)) * np.float32(spread * unit) for _ in range(2))
    light = luma(picture)
    edge = ramp(np.abs(blur(light, 2 * unit) - blur(light, 6 * unit)), 0.01, 0.06)
    out = sample(picture, y + fine_y * edge, x + fine_x * edge)
    near, _, tile, _ = _cells(picture.shape, max(4 * size * unit, 3.0), 1.0, rng)
    lots = rng.random(int(tile.max()) + 1, dtype=np.float32)
    cloud = ramp(noise(rng, picture.shape, 120 * unit, 2), -0.4, 1.4)
    speck = ramp(near, 0.22, 0.1) * (lots[tile] < np.float32(share) * 8 * cloud)
    return mix(out, np.broadcast_to(color(color_), picture.shape), speck)


def border(
    picture: Array,
    unit: float,
    rng: np.random.Generator,
    *,
    width: float = 26.0,
    rough: float = 9.0,
    color_: str = "#f4efe0",
) -> Array:
    """The sheet round the picture, left bare where the brush stopped. width, rough: of the margin and its edge."""
    height, breadth = picture.shape[:2]
    y, x = grid(picture.shape)
    near = np.minimum(np.minimum(y, height - 1 - y), np.minimum(x, breadth - 1 - x))
    streak = noise(rng, picture.shape, 70 * unit, 5, 0.5) * np.float32(rough * unit)
    bare = ramp(near + streak, (width + 2.5) * unit, (width - 2.5) * unit)
    return mix(picture, np.broadcast_to(color(color_), picture.shape), bare)


def _slanted(rng: np.random.Generator, shape: tuple[int, ...], cell: float, length: float) -> Array:
    """Noise drawn out along a falling diagonal, deviation about 1."""
    fine = noise(rng, shape, max(cell, 1.0))
    y, x = grid(shape)
    total = np.zeros_like(fine)
    steps = 8
    for step in range(steps):
        way = np.float32(length * (step / (steps - 1) - 0.5) * 0.707)
        total += sample(fine, y + way + 0 * x, x - way + 0 * y)
    return total / np.float32(max(float(total.std()), 1e-6))
