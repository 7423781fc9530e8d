"""Clouds: heaped cumulus, high wisps, streaks of evening, decks in perspective, ceilings of storm."""

import math
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from mengbi.engine.sketch.light import Light, Rgb
from mengbi.engine.sketch.texture import Array, Frame, fractal, over, resize, sample, screen, smooth, tile


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Air:
    """A sky being painted: its planes (3, h, w) and how much of it clouds hide (h, w)."""

    frame: Frame
    light: Light
    horizon: float  # in units from the top
    planes: Array
    cover: Array

    def lay(self, color: Array, alpha: Array, rows: slice = slice(None), columns: slice = slice(None)) -> None:
        """Lays a cloud over a part of the sky."""
        over(self.planes[:, rows, columns], color, alpha)
        part = self.cover[rows, columns]
        part += (1 - part) * alpha


def sunward(air: Air) -> tuple[float, float]:
    """The place of the sun or the moon in units; where there is none, up and to one side."""
    place = air.light.sun or air.light.moon or (0.3, -0.4)
    return place[0] * air.frame.wide, place[1] * air.frame.tall


def wisps(air: Air, rng: np.random.Generator, amount: float) -> None:
    """High, thin, combed clouds: noise drawn out along a slanting wind and bent by itself."""
    frame = air.frame
    slant = float(rng.uniform(-0.5, 0.5))
    bend = fractal(frame, rng, 1.1, 3)
    texture = tile(rng, 8, 6, 0.62)
    u = (frame.x + slant * frame.y) * 0.11 + bend * 0.02
    v = (frame.y - slant * frame.x * 0.35) * 0.55 + bend * 0.05
    strands = sample(texture, u, v)
    strands += 0.55 * sample(texture, u * 3.1 + 0.3, v * 2.3 + 0.6)
    patches = fractal(frame, rng, 0.9, 2)
    strands += 0.9 * patches
    up = np.clip((air.horizon - frame.y) / air.horizon, 0, 1)
    alpha = smooth(0.35, 2.6, strands) * (amount * smooth(0.06, 0.4, up))
    air.lay(_toward(air, _shade(air, np.full_like(alpha, 0.85))), alpha)


def streaks(air: Air, rng: np.random.Generator, amount: float) -> None:
    """Long level bands of evening and dawn, glowing from below where they are near the sun."""
    frame = air.frame
    above = np.clip(air.horizon - frame.y, 0, None)
    texture = tile(rng, 8, 6, 0.55)
    rows = 1 / (above + 0.16)
    bend = fractal(frame, rng, 1.4, 3)
    u = (frame.x - frame.wide / 2) * (0.045 * rows) + bend * 0.014 + float(rng.random())
    v = rows * 0.115 + bend * 0.018
    bands = sample(texture, u, v)
    bands += 0.5 * sample(texture, u * 2.7, v * 2.9 + 0.37)
    below = sample(texture, u, v + 0.012) + 0.5 * sample(texture, u * 2.7, v * 2.9 + 0.405)
    alpha = smooth(0.15, 1.7, bands) * amount
    alpha *= smooth(0.0, 0.05, above)
    lit = np.clip(0.5 + 0.55 * (below - bands), 0, 1)
    air.lay(_toward(air, _shade(air, lit)), alpha)


def deck(air: Air, rng: np.random.Generator, cover: float, opaque: float) -> None:
    """A layer of clouds seen from below, running to the horizon in perspective. cover: 0 none to 1 all."""
    frame = air.frame
    above = np.clip(air.horizon - frame.y, 0.0, None)
    depth = 1 / (above + 0.13)
    texture = tile(rng, 8, 6, 0.52)
    wind = float(rng.random())
    u = (frame.x - frame.wide / 2) * depth * 0.05 + wind
    v = depth * 0.075
    bend = sample(texture, u * 0.7, v * 0.7)
    u = u + bend * 0.016
    v = v + bend * 0.016
    density = sample(texture, u, v) + 0.45 * sample(texture, u * 3.3, v * 3.3)
    sx, _ = sunward(air)
    step = 0.012 * np.tanh((sx - frame.x) * 4)
    toward = sample(texture, u + step, v - 0.008) + 0.45 * sample(texture, u * 3.3 + 3.3 * step, v * 3.3 - 0.026)
    edge = 1.9 - 3.4 * cover
    alpha = smooth(edge, edge + 1.5, density)
    lit = np.clip(0.66 + 0.5 * (density - toward) - 0.6 * smooth(edge + 0.6, edge + 3.2, density), 0, 1)
    alpha *= opaque * smooth(0.0, 0.08, above)
    air.lay(_toward(air, _shade(air, lit)), alpha)


def heaps(air: Air, rng: np.random.Generator, count: int, big: float) -> None:
    """Cumulus towers: heaps of puffs on flat bases, far ones small and low, lit from where the sun stands."""
    frame = air.frame
    warp = (fractal(frame, rng, 5, 4, 0.55), fractal(frame, rng, 5, 4, 0.55))
    detail = fractal(frame, rng, 14, 4, 0.6)
    for nearness in np.sort(rng.random(count)):
        near = float(nearness)
        width = big * (0.3 + 0.8 * near) * float(rng.uniform(0.8, 1.3))
        base = air.horizon * (0.99 - 0.5 * near * float(rng.uniform(0.55, 1)))
        center = float(rng.uniform(-0.05, 1.05)) * frame.wide
        _heap(air, rng, warp, detail, (center, base), width, near)


def few(air: Air, rng: np.random.Generator, count: int) -> None:
    """So many clouds and no more, with sky between them."""
    frame = air.frame
    warp = (fractal(frame, rng, 5, 4, 0.55), fractal(frame, rng, 5, 4, 0.55))
    detail = fractal(frame, rng, 14, 4, 0.6)
    rows = 1 if count < 4 else 2 if count < 9 else 3
    columns = -(-count // rows)
    for index in range(count):
        row, place = divmod(index, columns)
        many = min(columns, count - row * columns)
        aside = place + 0.5 + 0.25 * (row % 2) + float(rng.uniform(-0.1, 0.1))
        center = frame.wide * aside / (many + 0.5 * (rows > 1))
        base = air.horizon * (0.35 + 0.5 * (row + 0.5 + float(rng.uniform(-0.2, 0.2))) / rows)
        width = min(0.42, 0.56 * frame.wide / columns) * float(rng.uniform(0.85, 1.1))
        _heap(air, rng, warp, detail, (center, base), width, 0.8)


def ceiling(air: Air, rng: np.random.Generator) -> None:
    """The underside of a storm: dark rolls overhead, a pale slit along the horizon."""
    deck(air, rng, 0.97, 0.9)
    frame = air.frame
    rolls = fractal(frame, rng, (1.3, 3.2), 5, 0.55)
    above = np.clip((air.horizon - frame.y) / air.horizon, 0, 1)
    alpha = smooth(-0.6, 1.4, rolls + 1.6 * (above - 0.45)) * smooth(0.04, 0.3, above)
    dark = np.asarray(air.light.clouds[1], dtype=np.float32)[:, None, None] * 0.62
    over(air.planes, np.broadcast_to(dark, air.planes.shape), alpha * 0.72)
    air.cover[:] = np.maximum(air.cover, alpha)


def _heap(
    air: Air,
    rng: np.random.Generator,
    warp: tuple[Array, Array],
    detail: Array,
    at: tuple[float, float],
    width: float,
    near: float,
) -> None:
    """One cumulus: hemispheres of three sizes make a relief, the relief is lit."""
    puffs = _puffs(rng, width)
    frame, (cx, base) = air.frame, at
    top = base - float((puffs[:, 1] + puffs[:, 3]).max()) - 0.04
    reach = float((np.abs(puffs[:, 0]) + puffs[:, 3]).max()) + 0.05
    columns = slice(*(round(min(max(x / frame.wide, 0), 1) * frame.width) for x in (cx - reach, cx + reach)))
    rows = slice(*(round(min(max(y / frame.tall, 0), 1) * frame.height) for y in (top, base + 0.05)))
    if columns.stop - columns.start < 3 or rows.stop - rows.start < 3:
        return
    bump = detail[rows, columns]
    x = frame.x[:, columns] - cx + warp[0][rows, columns] * (0.02 * width)
    y = base - frame.y[rows] + warp[1][rows, columns] * (0.02 * width)
    relief, thick = np.zeros_like(bump), np.zeros_like(bump)
    corner = (columns.start * frame.pixel - cx, base - rows.start * frame.pixel)
    for puff in puffs:
        _raise(relief, thick, x, y, puff, corner, frame.pixel)
    relief += bump * (0.002 * width)
    alpha = smooth(0.0, 0.075 * width, thick + bump * (0.004 * width))
    alpha *= smooth(-0.03 * width, 0.05 * width, y + bump * (0.012 * width))
    lit = _lighting(air, relief, y / (0.5 * width), (cx, base - 0.2 * width), 0.05 * width / frame.pixel)
    color = _shade(air, np.clip(lit + bump * 0.03, 0, 1))
    _silver(air, color, thick / width, rows, columns)
    air.lay(_toward(air, color, rows, far=0.75 * (1 - near)), alpha, rows, columns)


def _puffs(rng: np.random.Generator, width: float) -> Array:
    """Hemispheres, rows of (x, height above the base, towards us, radius): large, small upon them, smaller yet."""
    peak, towering = float(rng.uniform(-0.25, 0.25)), float(rng.uniform(0.5, 1.1))
    x = np.linspace(-0.5, 0.5, 10) + rng.uniform(-0.04, 0.04, 10)
    tall = np.exp(-(((x - peak) / 0.3) ** 2))
    radius = (0.045 + 0.11 * tall) * rng.uniform(0.8, 1.15, 10)
    crown = np.stack([x, 0.02 + 0.26 * towering * tall, 0 * x, radius], axis=1)
    foot = np.stack([x, 0.07 * tall, 0.02 + 0 * x, radius], axis=1)
    puffs = [np.concatenate([crown, foot])]
    for share, many, depth in ((0.55, 5, 0.75), (0.52, 2, 0.7)):
        parents = np.repeat(puffs[-1], many, axis=0)
        angle = rng.uniform(-0.35, math.pi + 0.35, len(parents))
        out = np.sqrt(rng.uniform(0.1, 1.0, len(parents)))
        toward = np.sqrt(np.clip(1 - out * out, 0, 1)) * depth
        size = parents[:, 3] * share * rng.uniform(0.65, 1.15, len(parents))
        puffs.append(
            np.stack(
                [
                    parents[:, 0] + np.cos(angle) * out * parents[:, 3] * 0.85,
                    parents[:, 1] + np.sin(angle) * out * parents[:, 3] * 0.85,
                    parents[:, 2] + toward * parents[:, 3],
                    size,
                ],
                axis=1,
            )
        )
    return (np.concatenate(puffs) * width).astype(np.float32)


def _raise(
    relief: Array, thick: Array, x: Array, y: Array, puff: Array, corner: tuple[float, float], pixel: float
) -> None:
    """Raises a relief, and the cloud's thickness, to a hemisphere; in place, looking only where it can reach."""
    px, py, pz, radius = (float(part) for part in puff)
    slack = radius + 0.04
    left, right = ((px + side * slack - corner[0]) / pixel for side in (-1, 1))
    upper, lower = ((corner[1] - py + side * slack) / pixel for side in (-1, 1))
    part = slice(max(int(upper), 0), max(int(lower), 0)), slice(max(int(left), 0), max(int(right), 0))
    if relief[part].size == 0:
        return
    dome = (x[part] - px) ** 2
    dome += (y[part] - py) ** 2
    np.subtract(radius * radius, dome, out=dome)
    inside = dome > 0
    np.maximum(dome, 0, out=dome)
    np.sqrt(dome, out=dome)
    np.maximum(thick[part], dome, out=thick[part])
    dome += pz
    dome *= inside
    np.maximum(relief[part], dome, out=relief[part])


def _lighting(air: Air, relief: Array, height: Array, at: tuple[float, float], reach: float) -> Array:
    """How lit a relief is, 0..1: by the slopes of its masses and of its puffs, its hollows, its height above the base.

    reach: pixels over which puffs melt into masses.
    """
    sx, sy = sunward(air)
    dx, dy = sx - at[0], sy - at[1]
    far = math.hypot(dx, dy) + 1e-6
    mass = _melt(relief, reach)
    lit = 0.42 + 0.5 * (np.clip(height, 0, 1) - 0.3)
    for surface, weight in ((relief, 0.2), (_melt(relief, reach / 4), 0.22), (mass, 0.42)):
        down, across = np.gradient(surface, air.frame.pixel)
        facing = across * (-dx / far) + down * (-dy / far)
        facing /= np.sqrt(1 + across * across + down * down)
        lit += weight * facing
    return lit + (relief - mass) / (reach * air.frame.pixel) * 0.1


def _melt(field: Array, reach: float) -> Array:
    """A field blurred over `reach` pixels, by passing through fewer."""
    height, width = field.shape
    small = resize(field, (max(2, round(width / max(reach, 1))), max(2, round(height / max(reach, 1)))), hard=True)
    return resize(small, (width, height))


def _silver(air: Air, color: Array, thick: Array, rows: slice, columns: slice) -> None:
    """Thin edges near the sun let its light through."""
    if not (air.light.sun or air.light.moon):
        return
    sx, sy = sunward(air)
    frame = air.frame
    near = np.exp(-(((frame.x[:, columns] - sx) ** 2 + (frame.y[rows] - sy) ** 2) * 9))
    screen(color, air.light.glow, near * np.exp(-thick * 30) * 0.9)


def _shade(air: Air, lit: Array) -> Array:
    """Cloud colour from shadow through body to light, with a warm or cool turn between."""
    bright, dark = air.light.clouds
    middle: Rgb = (
        dark[0] * 0.45 + bright[0] * 0.55,
        dark[1] * 0.45 + bright[1] * 0.55,
        dark[2] * 0.4 + bright[2] * 0.6,
    )
    places = np.array([0, 0.45, 0.8, 1], dtype=np.float32)
    index = np.clip(lit * 255, 0, 255).astype(np.int32)
    grid = np.linspace(0, 1, 256)
    return np.stack(
        [
            np.interp(grid, places, (dark[c], middle[c], bright[c], min(1.0, bright[c] * 1.03)))
            .astype(np.float32)
            .take(index)
            for c in range(3)
        ]
    )


def _toward(air: Air, color: Array, rows: slice = slice(None), far: float = 0.0) -> Array:
    """Clouds near the horizon take the colour of the air before them."""
    low = np.clip(1 - (air.horizon - air.frame.y[rows]) / 0.4, 0, 1) ** 2 * 0.5 + far * 0.45
    low = np.clip(low, 0, 0.85)
    for plane, part in zip(color, air.light.sky[0][1], strict=True):
        plane += (part - plane) * low
    return color


def floor(air: Air, rng: np.random.Generator) -> None:
    """Clouds seen from above: rows of heaps that grow towards us and hide one another's feet."""
    frame = air.frame
    heads = [cumulus(air.light, rng) for _ in range(3)]
    rows = 8
    for row in range(rows):
        near = (row + 0.5) / rows
        base = air.horizon + (frame.tall - air.horizon) * (near**1.5 * 1.25 + 0.03)
        width = 0.14 + 0.8 * near**1.4
        x = float(rng.uniform(-0.6, -0.1)) * width
        while x < frame.wide + 0.4 * width:
            foot = base + float(rng.uniform(-0.03, 0.03)) * (0.3 + near)
            _stamp(air, heads[int(rng.integers(3))], (x, foot), width * float(rng.uniform(0.8, 1.25)), near)
            x += width * float(rng.uniform(0.4, 0.66))
        veil = np.exp(-(((frame.y - base) / (0.02 + 0.07 * near)) ** 2)) + 0 * frame.x
        lit, low = air.light.clouds[0], air.light.sky[0][1]
        mist = (
            lit[0] * near + low[0] * (1 - near),
            lit[1] * near + low[1] * (1 - near),
            lit[2] * near + low[2] * (1 - near),
        )
        over(air.planes, mist, veil * (0.5 - 0.25 * near))
        np.maximum(air.cover, veil * (frame.y > air.horizon), out=air.cover)


def cumulus(light: Light, rng: np.random.Generator) -> Image.Image:
    """One cumulus by itself, colour multiplied by cover ("RGBa"), to be stamped at many sizes."""
    frame = Frame(width=300, height=180, wide=1.67, tall=1.0)
    place = light.sun or light.moon or (0.3, 0.2)
    light = replace(light, sun=(place[0], -1.0), moon=None)
    planes = np.zeros((3, 180, 300), dtype=np.float32)
    alone = Air(frame=frame, light=light, horizon=3.0, planes=planes, cover=np.zeros((180, 300), dtype=np.float32))
    warp = (fractal(frame, rng, 5, 4, 0.55), fractal(frame, rng, 5, 4, 0.55))
    _heap(alone, rng, warp, fractal(frame, rng, 14, 4, 0.6), (0.83, 0.9), 1.25, 1.0)
    pixels = np.clip(np.concatenate([alone.planes, alone.cover[None]]), 0, 1)
    return Image.fromarray((np.moveaxis(pixels, 0, -1) * 255).round().astype(np.uint8), "RGBa")


def _stamp(air: Air, head: Image.Image, at: tuple[float, float], width: float, near: float) -> None:
    """Lays a modelled cumulus over the sky, its foot at a place, hazed when it is far, in place."""
    frame = air.frame
    size = max(2, round(width * 1.34 / frame.pixel)), max(2, round(width * 0.8 / frame.pixel))
    left, top = round(at[0] / frame.pixel - size[0] / 2), round(at[1] / frame.pixel - size[1] * 0.86)
    box = max(left, 0), max(top, 0), min(left + size[0], frame.width), min(top + size[1], frame.height)
    if box[0] >= box[2] or box[1] >= box[3]:
        return
    part = np.asarray(head.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0))
    part = np.moveaxis(part[box[1] - top : box[3] - top, box[0] - left : box[2] - left], -1, 0).astype(np.float32)
    part *= np.float32(1 / 255)
    fade = 0.7 * (1 - near) ** 2
    for channel in range(3):
        target = air.planes[channel, box[1] : box[3], box[0] : box[2]]
        target *= 1 - part[3]
        target += part[channel] * (1 - fade) + part[3] * (air.light.sky[0][1][channel] * fade)
    cover = air.cover[box[1] : box[3], box[0] : box[2]]
    cover += (1 - cover) * part[3]
