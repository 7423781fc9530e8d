"""What stands or happens in a sky: sun, moon, stars, aurora, rainbow, meteors, lightning, fireworks."""

import math
from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw

from mengbi.engine.sketch.light import SHADES, Light, Rgb
from mengbi.engine.sketch.texture import Array, Frame, curve, fractal, over, resize, sample, screen, smooth, tile

MOON = 0.062
"""Radius of the moon in units."""


def stars(
    planes: Array,
    frame: Frame,
    horizon: float,
    rng: np.random.Generator,
    clear: Array,
    amount: float,
    color: str | None,
) -> None:
    """Stars with magnitudes and colours, the brightest with a cross of light. clear: how much of each place is seen."""
    count = int(1100 * frame.wide * frame.tall * amount)
    x, y = rng.random(count) * frame.wide, rng.random(count) * frame.tall
    bright = (0.1 + 0.9 * rng.random(count) ** 9).astype(np.float32)
    warm = rng.normal(0, 1, count)
    tints = np.stack([1 + 0.12 * warm, np.ones(count), 1 - 0.16 * warm]).clip(0.6, 1).astype(np.float32)
    if color:
        tints = np.repeat(np.array(SHADES[color], dtype=np.float32)[:, None], count, axis=1)
        bright = np.maximum(bright, 0.3)
    light = np.zeros((3, frame.height, frame.width), dtype=np.float32)
    _splat(light, frame, x, y, bright * tints, 0.00075 + 0.0011 * bright)
    for index in np.flatnonzero(bright > 0.8):
        _cross(light, frame, (x[index], y[index]), tints[:, index] * bright[index], 0.016 * bright[index])
    light *= clear * smooth(0.0, 0.32 * horizon, horizon - frame.y)
    screen(planes, light, 1.0)


def milky_way(planes: Array, frame: Frame, rng: np.random.Generator, clear: Array) -> None:
    """A slanting band of starlight with lanes of dust."""
    slope = float(rng.uniform(0.5, 1.1) * rng.choice([-1, 1]))
    cx, cy = frame.wide * float(rng.uniform(0.35, 0.65)), frame.tall * float(rng.uniform(0.15, 0.3))
    across = (frame.y - cy - slope * (frame.x - cx)) / math.hypot(1, slope)
    along = (frame.x - cx + slope * (frame.y - cy)) / math.hypot(1, slope)
    texture = tile(rng, 8, 6, 0.6)
    cloud = sample(texture, along * 0.12, across * 0.2)
    dust = sample(texture, along * 0.2 + 0.4, across * 0.5 + 0.2)
    across = across + 0.05 * cloud
    band = np.exp(-((across / 0.17) ** 2)) * (0.62 + 0.22 * cloud)
    band -= 0.6 * np.exp(-((across / 0.055) ** 2)) * smooth(-0.3, 1.3, dust)
    band = np.clip(band, 0, 1) * clear
    screen(planes, (0.56, 0.6, 0.86), band * 0.5)
    screen(planes, (0.75, 0.5, 0.6), band * band * 0.22)


def sun(planes: Array, frame: Frame, light: Light, rng: np.random.Generator, clear: Array) -> None:
    """The sun's disc with its glow and faint rays; or as many of them as were asked for."""
    low, said = light.time in ("dawn", "sunset"), light.said("sun").color
    glow = SHADES[said] if said else light.glow
    face = _paler(glow, 0.25) if said else (1.0, 0.96, 0.8) if low else (1.0, 0.985, 0.92)
    several = 0.7 if len(light.places("sun")) > 1 else 0.25
    for index, place in enumerate(light.places("sun")):
        x, y = frame.x - place[0] * frame.wide, frame.y - place[1] * frame.tall
        radius = (0.045 if low else 0.026) * (1.25 if said else 1.0) * (0.8 if index else 1.0)
        far = np.sqrt(x * x + y * y)
        rays = _rays(x, y, rng) * np.exp(-far * (5 if low else 7)) * (0.1 if low else 0.12)
        screen(planes, glow, (np.exp(-np.maximum(far - radius, 0) * (16 if low else 22)) * 0.75 + rays) * clear)
        over(planes, face, smooth(radius * 1.04 + frame.pixel, radius * 0.9, far) * (several + (1 - several) * clear))


def moon(planes: Array, frame: Frame, light: Light, rng: np.random.Generator, clear: Array) -> None:
    """The moon: full with its maria, or a crescent holding its dark part in a faint light; or several of them."""
    young = "crescent" in light.features
    name = "crescent" if young else "moon"
    count, said = light.said(name).count or 1, light.said(name).color
    size = MOON if count < 4 else 0.7 * MOON
    for index, place in enumerate(light.places(name)):
        _moon(planes, frame, light, rng, clear, place, size * (0.75 if index % 2 else 1.0), said, young=young)


def _moon(
    planes: Array,
    frame: Frame,
    light: Light,
    rng: np.random.Generator,
    clear: Array,
    place: tuple[float, float],
    radius: float,
    said: str | None,
    *,
    young: bool,
) -> None:
    cx, cy = place[0] * frame.wide, place[1] * frame.tall
    x, y = (frame.x - cx) / radius, (frame.y - cy) / radius
    far, night, glow = np.sqrt(x * x + y * y), light.time == "night", SHADES[said] if said else light.glow
    halo = 0.3 * np.exp(-np.maximum(far - 1, 0) * 1.5) + 0.2 * np.exp(-np.maximum(far - 1, 0) * 0.34)
    halo *= smooth(0.9, 1.05, far) * 0.4 + 0.6 if young else 1.0
    screen(planes, glow, halo * (1.0 if night else 0.3) * (0.6 if young else 1.0) * clear)
    pad = radius * 1.1
    rows = slice(max(0, int((cy - pad) / frame.pixel)), max(0, int((cy + pad) / frame.pixel) + 2))
    columns = slice(max(0, int((cx - pad) / frame.pixel)), max(0, int((cx + pad) / frame.pixel) + 2))
    x, y, far = x[:, columns], y[rows], far[rows, columns]
    if far.size == 0:
        return
    seas = tile(rng, 8, 5, 0.55, 256)
    u, v = x * 0.14 + 0 * y, y * 0.14 + 0 * x
    face = 0.94 - 0.2 * smooth(0.1, 0.9, sample(seas, u, v)) - 0.05 * sample(seas, u * 4, v * 4)
    face *= 0.72 + 0.28 * np.sqrt(np.clip(1 - far * far, 0, 1))
    disc = np.clip((1 - far) * radius / frame.pixel + 0.5, 0, 1) * (0.3 + 0.7 * clear[rows, columns])
    if young:
        face = 0.6 * face + 0.38
        shade = smooth(-0.08, 0.22, (x * 0.9 + y * 0.43) - 0.5 * np.sqrt(np.clip(1 - (y * 0.9 - x * 0.43) ** 2, 0, 1)))
        screen(planes[:, rows, columns], glow, disc * (0.05 if night else 0.0))
        disc = disc * shade
    own = 0.12 if said else 0.5
    shown = np.stack([face * (own + (1 - own) * part) for part in glow])
    over(planes[:, rows, columns], shown, disc * (1 if night or said else 0.75))


def beside_moon(frame: Frame, light: Light) -> Array:
    """Where a star can be seen beside the moon's disc, 0 or 1."""
    free = np.ones((1, 1), dtype=np.float32)
    for x, y in light.places("crescent" if "crescent" in light.features else "moon"):
        d2 = (frame.x - x * frame.wide) ** 2 + (frame.y - y * frame.tall) ** 2
        free = free * np.asarray(d2 > MOON * MOON, dtype=np.float32)
    return free


def few_stars(planes: Array, frame: Frame, light: Light, horizon: float, rng: np.random.Generator) -> None:
    """As many stars as were asked for: five points and a glow each, apart from each other, in their colour."""
    said = light.said("stars")
    count, color = said.count or 1, SHADES[said.color or "yellow"]
    rows = 1 if count < 4 else 2 if count < 9 else 3
    columns = -(-count // rows)
    size = min(0.055, 0.36 * frame.wide / columns, 0.2 * horizon / rows)
    image, pen, scale = _pad(frame)
    glow = np.zeros((frame.height, frame.width), dtype=np.float32)
    for index in range(count):
        row, place = divmod(index, columns)
        many = min(columns, count - row * columns)
        x = frame.wide * (0.06 + 0.88 * (place + 0.5 + float(rng.uniform(-0.16, 0.16))) / many)
        y = horizon * (0.1 + 0.62 * (row + 0.5 + float(rng.uniform(-0.16, 0.16))) / rows)
        large, turn = size * float(rng.uniform(0.85, 1.12)), float(rng.uniform(-0.25, 0.25))
        points = [
            (
                scale * (x + math.sin(turn + step * math.pi / 5) * large * (0.42 if step % 2 else 1.0)),
                scale * (y - math.cos(turn + step * math.pi / 5) * large * (0.42 if step % 2 else 1.0)),
            )
            for step in range(10)
        ]
        pen.polygon(points, fill=255)
        d2 = (frame.x - x) ** 2 + (frame.y - y) ** 2
        glow += np.exp(-d2 / (1.5 * large) ** 2) * np.float32(0.5)
    screen(planes, color, np.clip(glow, 0, 1))
    over(planes, _paler(color, 0.12), _lifted(image, frame))


def aurora(
    planes: Array, frame: Frame, horizon: float, rng: np.random.Generator, clear: Array, color: str | None
) -> None:
    """Curtains of green light with violet crowns: folds of a ribbon, drawn up into rays."""
    small = frame.at(min(1.0, 400 / frame.width))
    light = np.zeros((3, small.height, small.width), dtype=np.float32)
    for index in range(3):
        fold = curve(small, rng, 1.1, 3, 0.45)
        foot = horizon * (0.74 - 0.2 * index + 0.13 * fold)
        tall = horizon * (0.34 + 0.1 * curve(small, rng, 2.0, 2)).clip(0.15, 0.6)
        rays = 0.55 + 0.34 * curve(small, rng, 9, 4, 0.75)
        veil = np.clip(1.0 + 0.5 * curve(small, rng, 0.9, 2), 0.35, 1.5)
        rise = (foot[None] - small.y) / tall[None]
        body = np.exp(-np.maximum(rise, 0) * 2.3) * smooth(-0.1, 0.04, rise)
        body *= np.clip(rays, 0.08, 1.3)[None] * veil[None] * (0.9 - 0.16 * index)
        high = smooth(0.15, 1.1, rise)
        own = ((0.16, 0.62), (0.95, 0.28), (0.55, 0.9))
        said = tuple((part, 0.35 + 0.5 * part) for part in SHADES[color]) if color else own
        for channel, (near, far) in enumerate(said):
            light[channel] += body * (near + (far - near) * high)
    light = resize(light, (frame.width, frame.height))
    screen(planes, np.clip(light, 0, 1), 0.92 * clear)


def rainbow(planes: Array, frame: Frame, light: Light, horizon: float) -> None:
    """A bow opposite the sun, brighter within, with a faint second bow outside in reversed order (Descartes 1637)."""
    side = 0.5 if light.sun is None else 1 - light.sun[0]
    cx, radius = (0.5 + 0.3 * (side - 0.5)) * frame.wide, min(0.46 * frame.wide, 0.86 * horizon)
    far = np.sqrt((frame.x - cx) ** 2 + (frame.y - horizon * 1.02) ** 2)
    fade = smooth(0.0, 0.3, (horizon - frame.y) / horizon) * 0.5 + 0.5
    second = 0.5 if (light.said("rainbow").count or 1) > 1 else 0.16
    for center, breadth, strength in ((radius, 0.055, 0.62), (radius * 1.27, -0.075, second)):
        t = (far - (center - breadth / 2)) / breadth
        inside = smooth(0.0, 0.2, t) * smooth(1.0, 0.8, t)
        over(planes, _spectrum(np.clip(1 - t, 0, 1)), inside * fade * strength)
    screen(planes, (1, 1, 1), smooth(radius, radius * 0.75, far) * (far < radius) * 0.08 * fade)


def meteors(planes: Array, frame: Frame, light: Light, horizon: float, rng: np.random.Generator) -> None:
    """Shooting stars that fan out from one point of the sky, each brightening to its head."""
    radiant = (float(rng.uniform(0.1, 0.9)) * frame.wide, -0.25 * frame.tall)
    image, pen, scale = _pad(frame)
    said = light.said("meteors")
    for _ in range(said.count or int(rng.integers(6, 10))):
        angle, start = float(rng.uniform(0.15, math.pi - 0.15)), float(rng.uniform(0.3, 0.8)) * frame.tall
        length, glow = float(rng.uniform(0.1, 0.3)), float(rng.uniform(0.55, 1))
        steps = 24
        for step in range(steps):
            near, far = (start + length * (step + more) / steps for more in (0, 1.3))
            ends = [
                (part * scale)
                for reach in (near, far)
                for part in (radiant[0] + math.cos(angle) * reach, radiant[1] + math.sin(angle) * reach)
            ]
            pen.line(
                ends, fill=int(255 * glow * (step / steps) ** 1.6), width=max(1, round(0.0042 * scale * step / steps))
            )
    trail = _lifted(image, frame) * smooth(0.0, 0.15, horizon - frame.y)
    screen(planes, (0.95, 0.97, 1.0), trail)
    screen(planes, SHADES[said.color] if said.color else (0.6, 0.75, 1.0), _haloed(trail, frame, 0.02) * 1.6)


def lightning(planes: Array, frame: Frame, light: Light, horizon: float, rng: np.random.Generator) -> None:
    """A branching bolt by midpoint displacement, and the cloud light around it."""
    image, pen, scale = _pad(frame)
    said = light.said("lightning")
    count = min(said.count or int(rng.integers(1, 3)), 5)
    for bolt in range(count):
        x = float(rng.uniform(0.2, 0.8)) * frame.wide if count < 3 else frame.wide * (bolt + 0.5) / count
        tip = (x + float(rng.uniform(-0.2, 0.2)), horizon)
        _bolt(pen, rng, scale, (x, -0.02), tip, 0.0062 - 0.002 * min(bolt, 1), 4)
    path = _lifted(image, frame)
    shine = SHADES[said.color] if said.color else (0.62, 0.66, 1.0)
    screen(planes, shine, _haloed(path, frame, 0.16) * 1.9)
    screen(planes, _paler(shine, 0.3), _haloed(path, frame, 0.02) * 1.5)
    screen(planes, (1, 1, 1), path)


def fireworks(planes: Array, frame: Frame, light: Light, horizon: float, rng: np.random.Generator) -> None:
    """Bursts of sparks that fall in arcs, each in its own colours, with their light on the air."""
    colors: tuple[Rgb, ...] = (
        (1.0, 0.35, 0.3), (1.0, 0.8, 0.35), (0.4, 0.9, 0.55), (0.4, 0.65, 1.0), (0.85, 0.45, 1.0), (1.0, 0.55, 0.75),
    )  # fmt: skip
    order = rng.permutation(len(colors))
    said = light.said("fireworks")
    usual = int(rng.integers(5, 7))
    for index in range(said.count or usual):
        color = SHADES[said.color] if said.color else colors[order[index % len(colors)]]
        x = frame.wide * (0.12 + 0.76 * (index + float(rng.uniform(0.1, 0.9))) / (said.count or 6))
        center = (x, horizon * float(rng.uniform(0.14, 0.6)))
        image, pen, scale = _pad(frame)
        _burst(pen, rng, scale, center, float(rng.uniform(0.1, 0.21)))
        sparks = _lifted(image, frame)
        screen(planes, color, _haloed(sparks, frame, 0.03) * 1.3)
        screen(planes, _paler(color, 0.45), sparks)


def _burst(
    pen: ImageDraw.ImageDraw, rng: np.random.Generator, scale: float, at: tuple[float, float], size: float
) -> None:
    for _ in range(90):
        angle, speed = float(rng.uniform(0, 2 * math.pi)), size * math.sqrt(float(rng.uniform(0.1, 1)))
        steps = 9
        points = []
        for step in range(steps + 1):
            t = step / steps
            out = speed * (1 - (1 - t) ** 2)
            points.append((at[0] + math.cos(angle) * out, at[1] + math.sin(angle) * out + 0.35 * size * t * t))
        for step in range(1, steps):
            ends = [part * scale for point in points[step : step + 2] for part in point]
            pen.line(ends, fill=int(230 * (step / steps) ** 1.2), width=max(1, round(0.0028 * scale)))
        x, y = points[-1]
        r = 0.0026 * scale
        pen.ellipse((x * scale - r, y * scale - r, x * scale + r, y * scale + r), fill=255)


def _bolt(
    pen: ImageDraw.ImageDraw,
    rng: np.random.Generator,
    scale: float,
    start: tuple[float, float],
    end: tuple[float, float],
    width: float,
    forks: int,
) -> None:
    points = [start, end]
    sway = 0.2 * math.dist(start, end)
    for _ in range(6):
        middles = [
            (
                (a[0] + b[0]) / 2 + float(rng.normal(0, sway * 0.5)),
                (a[1] + b[1]) / 2 + float(rng.normal(0, sway * 0.12)),
            )
            for a, b in pairwise(points)
        ]
        points = [point for pair in zip(points, middles, strict=False) for point in pair] + [points[-1]]
        sway *= 0.54
    for index, (a, b) in enumerate(pairwise(points)):
        thick = width * (1 - 0.75 * index / len(points))
        pen.line([part * scale for point in (a, b) for part in point], fill=255, width=max(1, round(thick * scale)))
    for _ in range(forks):
        fork = points[int(rng.integers(len(points) // 6, len(points) * 2 // 3))]
        reach = float(rng.uniform(0.1, 0.3))
        tip = (fork[0] + float(rng.choice([-1, 1])) * reach, fork[1] + reach * float(rng.uniform(0.6, 1.3)))
        _bolt(pen, rng, scale, fork, tip, width * 0.5, max(0, forks - 2))


def _splat(light: Array, frame: Frame, x: Array, y: Array, color: Array, radius: Array) -> None:
    """Adds soft dots to planes: Gaussians of at least half a pixel, holding their light when they are smaller."""
    sigma = np.maximum(radius, 0.5 * frame.pixel)
    color = color * np.minimum(1, (radius / sigma) ** 1.3)
    column, row = (x / frame.pixel).astype(np.int32), (y / frame.pixel).astype(np.int32)
    for dy in range(-3, 4):
        for dx in range(-3, 4):
            near = sigma * 2.4 > frame.pixel * (max(abs(dx), abs(dy)) - 0.5)
            c, r = column + dx, row + dy
            near &= (c >= 0) & (r >= 0) & (c < frame.width) & (r < frame.height)
            c, r = c[near], r[near]
            d2 = ((c + 0.5) * frame.pixel - x[near]) ** 2 + ((r + 0.5) * frame.pixel - y[near]) ** 2
            weight = np.exp(-d2 / (2 * sigma[near] ** 2)).astype(np.float32)
            for plane, part in zip(light, color[:, near], strict=True):
                plane[r, c] = np.maximum(plane[r, c], part * weight)


def _cross(light: Array, frame: Frame, at: tuple[float, float], color: Array, reach: float) -> None:
    """Adds a star's glow and its four faint spikes."""
    size = 3 * reach
    rows = slice(max(0, int((at[1] - size) / frame.pixel)), max(0, int((at[1] + size) / frame.pixel) + 1))
    columns = slice(max(0, int((at[0] - size) / frame.pixel)), max(0, int((at[0] + size) / frame.pixel) + 1))
    x, y = np.abs(frame.x[:, columns] - at[0]) / reach, np.abs(frame.y[rows] - at[1]) / reach
    spikes = np.exp(-x * 2.2 - y * 22) + np.exp(-y * 2.2 - x * 22) + 0.3 * np.exp(-(x * x + y * y) * 6)
    for plane, part in zip(light, color, strict=True):
        plane[rows, columns] += spikes * part * 0.9


def _paler(color: Rgb, share: float) -> Rgb:
    red, green, blue = (share + (1 - share) * part for part in color)
    return red, green, blue


def _rays(x: Array, y: Array, rng: np.random.Generator) -> Array:
    """Unequal rays around a point, 0..1."""
    turn = np.arctan2(y, x)
    rays = np.zeros_like(turn)
    for count, weight in ((7, 0.5), (13, 0.3), (29, 0.2)):
        rays += np.float32(weight) * (0.5 + 0.5 * np.cos(turn * count + float(rng.uniform(0, 6.3))))
    return rays * rays


def _spectrum(t: Array) -> Array:
    """Colours of the bow: violet at 1 to red at 0."""
    places = (0.0, 0.2, 0.38, 0.55, 0.75, 1.0)
    colors = (
        (1.0, 0.32, 0.3),
        (1.0, 0.68, 0.3),
        (1.0, 0.95, 0.5),
        (0.5, 0.9, 0.55),
        (0.4, 0.62, 0.98),
        (0.68, 0.45, 0.92),
    )
    index = (t * 255).astype(np.int32)
    grid = np.linspace(0, 1, 256)
    return np.stack(
        [np.interp(grid, places, [color[c] for color in colors]).astype(np.float32).take(index) for c in range(3)]
    )


def _pad(frame: Frame) -> tuple[Image.Image, ImageDraw.ImageDraw, float]:
    """A sheet to draw on with twice the frame's pixels a side, its pen, and its pixels a unit."""
    image = Image.new("L", (frame.width * 2, frame.height * 2))
    return image, ImageDraw.Draw(image), 2 / frame.pixel


def _lifted(image: Image.Image, frame: Frame) -> Array:
    return np.asarray(image.reduce(2), dtype=np.float32) / 255


def _haloed(light: Array, frame: Frame, reach: float) -> Array:
    """Light spread over about `reach` units."""
    small = frame.at(min(1.0, frame.pixel / reach * 2.5))
    spread = resize(light, (small.width, small.height), hard=True)
    return np.clip(resize(spread, (frame.width, frame.height)), 0, 1)


def nebula(frame: Frame, rng: np.random.Generator, colors: tuple[Rgb, ...]) -> Array:
    """Planes of glowing gas in the given colours over black: noise bent twice by itself (Quilez, domain warping)."""
    texture = tile(rng, 8, 7, 0.55)
    u, v = frame.x * 0.11 + 0 * frame.y, frame.y * 0.11 + 0 * frame.x
    bend = sample(texture, u + 0.2, v + 0.7)
    fold = sample(texture, u + 0.05 * bend, v - 0.05 * bend + 0.4)
    planes = np.zeros((3, frame.height, frame.width), dtype=np.float32)
    for index, color in enumerate(colors):
        gas = sample(texture, u + 0.07 * fold + 0.31 * index, v + 0.06 * bend + 0.17 * index)
        patch = fractal(frame, rng, 0.8, 2)
        screen(planes, color, smooth(-0.2, 2.4, gas + 0.8 * patch) * 0.95)
    dark = smooth(0.2, 1.6, sample(texture, u * 1.7 + 0.05 * fold, v * 1.7 + 0.6))
    planes *= 1 - 0.7 * dark
    return planes
