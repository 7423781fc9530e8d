"""Water: sea, beach, lake and river, mirroring the sky that stands over them."""

from dataclasses import replace

import numpy as np
from PIL import Image

from mengbi.engine.sketch.heaven.firmament import open_sky
from mengbi.engine.sketch.land import billboards, herbs, trees
from mengbi.engine.sketch.land.planting import Spot, flank_spots, plant, turf, wood_spots
from mengbi.engine.sketch.land.terrain import (
    FOCAL,
    Plain,
    View,
    feet,
    hazy,
    paint,
    plain,
    relief,
    roughen,
    shine,
    standing,
    view,
)
from mengbi.engine.sketch.land.wilds import GRASS
from mengbi.engine.sketch.light import Light, Rgb
from mengbi.engine.sketch.sheets import Ground, layer, level
from mengbi.engine.sketch.texture import Array, Frame, fractal, over, sample, screen, smooth, tile

DEPTHS: dict[str, tuple[Rgb, Rgb]] = {
    "dawn": ((0.22, 0.36, 0.5), (0.46, 0.66, 0.68)),
    "day": ((0.0, 0.24, 0.46), (0.2, 0.7, 0.7)),
    "sunset": ((0.2, 0.19, 0.38), (0.52, 0.46, 0.56)),
    "night": ((0.02, 0.06, 0.16), (0.06, 0.2, 0.3)),
}
"""Colours of the water itself by the hour: deep, shallow."""


def sea(frame: Frame, horizon: float, light: Light, rng: np.random.Generator, seed: int) -> Ground:
    """Open sea with swell, foam and the path of light under the sun or the moon."""
    planes, slope = _waves(frame, horizon, light, rng, open_sky(frame, light, horizon, seed))
    below = frame.y[-slope.shape[0] :] - horizon
    crest = smooth(1.2, 2.6, slope) * smooth(0.03, 0.2, below)
    over(planes[:, -slope.shape[0] :], _foam(light), crest * (0.8 if light.weather in ("storm", "wind") else 0.3))
    foot, scale = level(horizon / frame.tall + 0.03, 0.95, 0.14)
    return _flat(frame, horizon, planes, "water", foot, scale)


def beach(frame: Frame, horizon: float, light: Light, rng: np.random.Generator, seed: int, *, palms: bool) -> Ground:
    """Sand, a surf line and the sea beyond it; palms: whether two of them lean in from the side."""
    planes, slope = _waves(frame, horizon, light, rng, open_sky(frame, light, horizon, seed))
    part = planes[:, -slope.shape[0] :]
    z = FOCAL / np.maximum(frame.y[-slope.shape[0] :] - horizon, 1e-3)
    x = (frame.x - frame.wide / 2) * z
    texture = tile(rng, 8, 5, 0.55)
    lean = float(rng.choice([-1, 1]) * rng.uniform(0.3, 0.7))
    nearest = FOCAL / (frame.tall - horizon)
    # distance out from the water's edge, in heights of the eye; the edge swings like a bay
    out = z - 2.0 * nearest - lean * x + 0.55 * sample(texture, x * 0.03, z * 0.015)
    lap = out + 0.25 * sample(texture, x * 0.1 + 0.3, z * 0.05)
    over(part, DEPTHS[light.time][1], smooth(6.5, 0.2, out) * 0.66)
    _surf(part, light, lap, sample(texture, x * 0.3, z * 0.16))
    _sand(part, light, lap, 0.4 * sample(texture, x * 2.1, z * 2.1), sample(texture, x * 0.045, z * 0.05 + 0.4))
    alpha = np.clip((frame.y - horizon) / frame.pixel + 0.5, 0, 1) + 0 * frame.x
    if palms:
        _palms(planes, alpha, frame, light, rng, 1.0 if lean > 0 else 0.0)
    far = horizon / frame.tall + 0.15 * (1 - horizon / frame.tall)
    foot, scale = level(far, 0.95, 0.3)
    first = frame.height - lap.shape[0]

    def wet(depth: float, x: float) -> bool:
        row = round(foot(depth, x) * frame.height) - first
        column = round(min(max(x, 0.0), 1.0) * (frame.width - 1))
        return bool(lap[min(max(row, 0), lap.shape[0] - 1), column] > -0.15)

    return Ground(
        layers=(layer(planes, alpha, 0.0),),
        horizon=horizon / frame.tall,
        surface="land",
        foot=foot,
        scale=scale,
        wet=wet,
    )


def _palms(planes: Array, alpha: Array, frame: Frame, light: Light, rng: np.random.Generator, side: float) -> None:
    """Two palms that lean in from the landward side, in place."""
    for share, tall in ((0.07, 0.66), (0.19, 0.5)):
        palm = trees.palm(light, rng, side < 0.5)
        size = round(tall * palm.slim / frame.pixel), round(tall / frame.pixel)
        image = palm.image.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
        foot = frame.tall * (0.93 - 0.6 * share)
        left = round(abs(side - share) * frame.width - size[0] * (0.3 if side < 0.5 else 0.7))
        base = abs(side - share) * frame.wide - (0.16 if side < 0.5 else -0.16) * tall + light.shadow[0] * 0.1 * tall
        d = ((frame.x - base) / (0.16 * tall)) ** 2 + ((frame.y - foot) / (0.026 * tall)) ** 2
        planes *= 1 - np.exp(-d) * min(0.5, light.shadow[2])
        billboards.stamp(planes, alpha, image, (left, round(foot / frame.pixel) - size[1]))


def lake(frame: Frame, horizon: float, light: Light, rng: np.random.Generator, seed: int) -> Ground:
    """A still lake that holds the hills of its far shore."""
    land = plain(frame, horizon, light, rng)
    nearest = FOCAL / (frame.tall - horizon)
    tilt = float(rng.uniform(-0.3, 0.3))
    near = 1.75 * nearest + 0.45 * land.swell(0.02, 0.2) + tilt * land.x
    far = 27 + 7 * land.swell(0.005, 0.5)
    shore = np.maximum(near - land.z, 0)
    back = np.maximum(land.z - far, 0)
    peaks = np.maximum(0, 5 + 13 * (1 - 1.2 * np.abs(land.swell(0.0022, 0.63)))) * smooth(80, 160, land.z)
    hills = np.maximum(0.4, 1.6 + 2.6 * land.swell(0.006, 0.3)) * smooth(0, 22, back) + 0.2 * smooth(0, 1, back)
    height = (hills + peaks) * (back > 0) + smooth(0, 1.5, shore) * (0.06 + 0.05 * land.read(0.05, 0.8))
    wet = np.clip(0.5 + (land.z - near) / 0.16, 0, 1) * np.clip(0.5 + (far - land.z) / 1.5, 0, 1)
    return _mirrored(land, height.astype(np.float32), wet, rng, seed, 90)


def river(frame: Frame, horizon: float, light: Light, rng: np.random.Generator, seed: int) -> Ground:
    """A river that winds out of the hills through meadows."""
    land = plain(frame, horizon, light, rng)
    phase, side = float(rng.uniform(0, 6.28)), float(rng.choice([-1, 1]))
    middle = side * (
        0.7 + 1.3 * np.sin(np.sqrt(land.z) * 1.9 + phase) + 7 * np.sin(land.z * 0.05 + phase) * smooth(10, 70, land.z)
    )
    away = np.abs(land.x - middle) - (0.95 + 0.012 * land.z + 0.1 * land.read(0.03, 0.4))
    bank = smooth(0.0, 0.9, away)
    rolling = (0.1 + 0.12 * land.read(0.03, 0.1)) * smooth(1.5, 6, land.z)
    hills = np.maximum(0, 0.8 + 2.6 * land.swell(0.008, 0.35)) * smooth(18, 60, land.z) * smooth(2, 9, away)
    far = np.maximum(0, 6 + 8 * land.swell(0.003, 0.6)) * smooth(90, 170, land.z)
    height = (np.maximum(rolling, 0) + 0.07) * bank + hills + far
    return _mirrored(land, height, np.clip(0.5 - away / 0.16, 0, 1) * (land.z < 150), rng, seed, 60)


def _mirrored(land: Plain, height: Array, wet: Array, rng: np.random.Generator, seed: int, pines: int) -> Ground:
    """Grassy land and still water that mirrors the far land and the sky. wet: (s, c), 1 where there is water."""
    frame, horizon, light = land.frame, land.horizon, land.light
    lit = relief(land, height)
    body, bright, deep, _ = GRASS[light.season]
    rough = land.read(0.06, 0.2)
    color = paint(
        (body, bright, deep, (0.6, 0.54, 0.42), (0.42, 0.42, 0.46), (0.92, 0.94, 1.0)),
        (
            smooth(-0.6, 1.6, rough),
            smooth(0.3, 1.5, height * 0.3 + rough),
            smooth(0.05, 0.0, height) * smooth(30, 8, land.z) * 0.8,
            smooth(7, 12, height + rough),
            smooth(10, 15, height + 2 * rough),
        ),
        lit.shape,
    )
    color = shine(light, color, lit)
    hazy(light, color, land.z, 75)
    seen = view(land, height, np.concatenate([color, wet[None]]))
    water = smooth(0.4, 0.6, seen.rgb[3])
    seen = replace(seen, rgb=seen.rgb[:3])
    roughen(seen, 0.5, 0.08, 0.5)
    kinds = [trees.pine(light, rng) for _ in range(2)] + [trees.tree(light, rng, 0)]
    spots = wood_spots(rng, pines, 9.0, lambda x, z: _dry(land, wet, x, z))
    spots += wood_spots(rng, pines, 27.0, lambda x, z: _dry(land, wet, x, z))
    plant(seen, kinds, [spot for spot in spots if spot[0] >= FAR_SHORE], 0.3)
    sky = open_sky(frame, light, horizon, seed)
    whole = np.stack([sky[c] + (seen.rgb[c] - sky[c]) * seen.alpha for c in range(3)])
    planes, slope = _waves(frame, horizon, light, rng, whole, calm=0.3)
    rows = slice(frame.height - slope.shape[0], None)
    for target, plane in zip(seen.rgb, planes, strict=True):
        target[rows] += (plane[rows] - target[rows]) * water[rows]
    _shore(seen, wet, rng)
    near: list[Spot] = [spot for spot in spots if spot[0] < FAR_SHORE]
    near += [spot for spot in flank_spots(rng) if _dry(land, wet, spot[1], spot[0])]
    grown = seen.rgb.copy()
    turf(replace(seen, rgb=grown), rng)
    seen.rgb[:] += (grown - seen.rgb) * (1 - water)
    plant(seen, kinds, near, 0.3)
    foot, scale = feet(seen)
    return Ground(
        layers=(layer(seen.rgb, seen.alpha, 0.0),),
        horizon=horizon / frame.tall,
        surface="land",
        foot=foot,
        scale=scale,
        wet=lambda depth, x: not _dry(land, wet, x, float(standing(frame, horizon, depth))),
    )


FAR_SHORE = 24.0
"""What grows beyond this distance is mirrored in the water before it."""


def _shore(seen: View, wet: Array, rng: np.random.Generator) -> None:
    """Reeds where the near land meets the water."""
    land = seen.plain
    clumps = [herbs.reeds(land.light, rng) for _ in range(3)]
    spots: list[Spot] = []
    for x in np.mod(rng.random(5)[rng.integers(0, 5, 34)] + rng.normal(0, 0.06, 34), 1.0):
        column = wet[:, int(x * (wet.shape[1] - 1))]
        edges = np.flatnonzero((column[1:] > 0.5) != (column[:-1] > 0.5))
        if len(edges) and 1.3 * land.z[0, 0] < land.z[edges[0], 0] < 12:
            z = float(land.z[edges[0] + (1 if column[0] < 0.5 else 0), 0]) * float(rng.uniform(0.97, 1.0))
            spots.append((z, float(x), float(rng.uniform(0.2, 0.42)), int(rng.integers(3))))
    plant(seen, clumps, spots, 0.2)


def _dry(land: Plain, wet: Array, x: float, z: float) -> bool:
    row = int(np.clip(np.searchsorted(land.z[:, 0], z), 0, wet.shape[0] - 1))
    column = int(np.clip(x, 0, 0.999) * wet.shape[1])
    return bool(wet[row, max(0, column - 3) : column + 4].max() < 0.5)


def _waves(
    frame: Frame, horizon: float, light: Light, rng: np.random.Generator, above: Array, calm: float = 1.0
) -> tuple[Array, Array]:
    """Water below the horizon, planes (3, h, w), and the slope of its waves, (rows below the horizon, w).

    Each place mirrors what stands over the horizon as high as it lies below, shifted by the slope of the wave; the
    nearer, the more we look into the water itself. above: planes (3, h, w) to mirror; calm: 1 open sea, 0 a mirror.
    """
    top = min(int(horizon / frame.pixel), frame.height - 2)
    below = np.maximum(frame.y[top:] - horizon, 0.25 * frame.pixel)
    z = FOCAL / below
    x = (frame.x - frame.wide / 2) * z
    texture = tile(rng, 8, 5, 0.6)
    bend = 0.012 * sample(texture, x * 0.02, z * 0.02)
    slope = sample(texture, x * 0.024 + bend, z * 0.07) * np.exp(-z / 40)
    swell = 1 - 1.5 * np.abs(sample(texture, x * 0.04 + 0.3, z * 0.13 + 2 * bend))
    slope = 0.55 * slope + (0.75 * calm * np.exp(-z / 26)) * swell
    chop = 1 - 1.5 * np.abs(sample(texture, x * 0.13 + 0.6, z * 0.33 + bend))
    slope += (0.5 * np.exp(-z / 9)) * (chop * calm + 0.4 * (1 - calm) * chop)
    slope += (0.35 * np.exp(-z / 3.5)) * (1 - 1.5 * np.abs(sample(texture, x * 0.37, z * 0.8 + bend))) * calm
    far = replace(frame, height=len(below), tall=frame.tall * len(below) / frame.height)
    slope += 0.55 * fractal(far, rng, (5, 60), 4, 0.7) * smooth(5, 22, z)
    rise = below * (min(1.0, horizon / (frame.tall - horizon)) * 0.92)
    mirrored = (horizon - rise - slope * (0.02 + 0.12 * rise) * calm) / frame.pixel
    row = np.clip(mirrored, 0, top).astype(np.int32) * frame.width
    aside = np.clip(np.arange(frame.width)[None] + (slope * (0.012 * calm / frame.pixel)), 0, frame.width - 1)
    place = row + aside.astype(np.int32)
    deep = DEPTHS[light.time][0]
    depth = np.clip(0.18 + 0.6 * (below / (frame.tall - horizon)) ** 0.8, 0, 1) - 0.13 * slope
    depth = np.clip(depth * (0.5 + 0.5 * calm), 0.02, 0.88)
    planes = np.zeros((3, frame.height, frame.width), dtype=np.float32)
    for channel in range(3):
        body = deep[channel] * 0.86 + light.haze[channel] * 0.14 * light.ambient[channel]
        part = np.ascontiguousarray(above[channel]).ravel().take(place)
        part += (body - part) * depth
        part *= 1 + 0.12 * slope * calm
        planes[channel, top:] = part
    _glitter(planes[:, top:], frame, light, below, slope, calm)
    return planes, slope


def _glitter(part: Array, frame: Frame, light: Light, below: Array, slope: Array, calm: float) -> None:
    """The broken path of light that leads to the sun or the moon, in place."""
    place = light.sun or light.moon
    if place is None:
        return
    away = np.abs(frame.x - place[0] * frame.wide) / (0.035 + 0.2 * below)
    path = np.exp(-away * away)
    sparks = smooth(0.35, 1.5, slope + 1.1 * path)
    strength = {"day": 0.5, "night": 0.6}.get(light.time, 0.85)
    screen(part, light.glow, path * (0.28 + sparks) * strength * (0.4 + 0.6 * calm))


def _surf(part: Array, light: Light, lap: Array, lace: Array) -> None:
    """Lines of foam that run up the sand, the last one broken into lace, in place."""
    foam = np.exp(-(((lap - 0.12) / 0.1) ** 2)) * 0.95
    foam += smooth(0.1, 1.4, lace) * np.exp(-(((lap - 0.55) / 0.4) ** 2)) * 0.75
    foam += smooth(0.3, 1.6, lace) * np.exp(-(((lap - 2.1) / 0.3) ** 2)) * 0.7
    foam += smooth(0.4, 1.6, lace) * np.exp(-(((lap - 4.6) / 0.35) ** 2)) * 0.5
    over(part, _foam(light), np.clip(foam, 0, 0.95))


def _sand(part: Array, light: Light, lap: Array, grain: Array, drift: Array) -> None:
    """Dry sand, and a wet band that holds the sky, in place."""
    dry = smooth(0.0, -0.035, lap)
    lit = np.clip(0.6 + 0.025 * drift + 0.05 * grain, 0, 1)
    sand = shine(light, paint(((0.9, 0.8, 0.64), (0.95, 0.88, 0.74)), (smooth(-1.6, 2.2, drift),), lit.shape), lit)
    sand *= 1 + 0.035 * grain
    wet = smooth(-1.5, -0.2, lap + 0.12 * drift)
    for channel, plane in enumerate(sand):
        mirror = plane * 0.5 + light.sky[1][1][channel] * 0.42
        plane += (mirror - plane) * wet * 0.75
    over(part, sand, dry)


def _foam(light: Light) -> Rgb:
    red, green, blue = (
        min(1.0, 0.3 * haze + 0.7 * cloud) for haze, cloud in zip(light.haze, light.clouds[0], strict=True)
    )
    return red, green, blue


def _flat(frame: Frame, horizon: float, planes: Array, surface: str, foot, scale) -> Ground:  # type: ignore[no-untyped-def]
    alpha = np.clip((frame.y - horizon) / frame.pixel + 0.5, 0, 1) + 0 * frame.x
    return Ground(
        layers=(layer(planes, alpha, 0.0),), horizon=horizon / frame.tall, surface=surface, foot=foot, scale=scale
    )
