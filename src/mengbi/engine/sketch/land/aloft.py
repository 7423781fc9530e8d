"""Beyond the air and above the weather: space with its worlds, and the sea of clouds."""

import numpy as np

from mengbi.engine.sketch.heaven import clouds, heavens
from mengbi.engine.sketch.heaven.clouds import Air
from mengbi.engine.sketch.land.terrain import FOCAL, feet, paint, plain, relief, roughen, view
from mengbi.engine.sketch.light import Light, Rgb
from mengbi.engine.sketch.sheets import Ground, layer, level
from mengbi.engine.sketch.texture import Array, Frame, over, ramp, resize, sample, screen, smooth, tile
from mengbi.noise import generator

SPACE = 23
"""The stream of chance of space."""

GASES: tuple[tuple[Rgb, ...], ...] = (
    ((0.22, 0.16, 0.5), (0.62, 0.22, 0.5), (0.16, 0.5, 0.66)),
    ((0.1, 0.26, 0.46), (0.12, 0.5, 0.52), (0.66, 0.5, 0.32)),
    ((0.36, 0.1, 0.34), (0.7, 0.28, 0.24), (0.3, 0.3, 0.66)),
)
WORLDS: tuple[tuple[Rgb, ...], ...] = (
    ((0.42, 0.22, 0.2), (0.86, 0.56, 0.36), (0.98, 0.86, 0.66)),
    ((0.12, 0.26, 0.46), (0.3, 0.6, 0.72), (0.86, 0.94, 0.94)),
    ((0.34, 0.24, 0.5), (0.68, 0.5, 0.74), (0.96, 0.82, 0.86)),
)
SOILS: tuple[Rgb, ...] = ((0.56, 0.55, 0.6), (0.66, 0.42, 0.32), (0.46, 0.42, 0.62), (0.4, 0.52, 0.56))


def space(frame: Frame, light: Light, horizon: float, seed: int) -> Array:
    """Planes of space: gas, stars, a world with rings and a small moon."""
    rng = generator(seed, SPACE)
    gases = GASES[int(rng.integers(len(GASES)))]
    planes = resize(heavens.nebula(frame.at(0.5), rng, gases), (frame.width, frame.height))
    planes = np.clip(planes, 0, 1) * 0.8
    planes += np.asarray((0.02, 0.02, 0.05), dtype=np.float32)[:, None, None]
    heavens.stars(planes, frame, 4 * frame.tall, rng, np.ones((1, 1), dtype=np.float32), 1.5, None)
    side = float(rng.choice([0.25, 0.74]))
    colors = WORLDS[int(rng.integers(len(WORLDS)))]
    place = (side * frame.wide, horizon * float(rng.uniform(0.3, 0.45)))
    _world(planes, frame, place, float(rng.uniform(0.14, 0.19)), colors, rng, rings=True)
    other = ((1 - side) * frame.wide + float(rng.uniform(-0.08, 0.08)), horizon * float(rng.uniform(0.15, 0.35)))
    _world(
        planes, frame, other, float(rng.uniform(0.025, 0.05)), WORLDS[int(rng.integers(len(WORLDS)))], rng, rings=False
    )
    return planes


def surface(frame: Frame, horizon: float, light: Light, rng: np.random.Generator, seed: int) -> Ground:
    """The face of an airless world: plains with craters, hills along the horizon."""
    land = plain(frame, horizon, light, rng)
    height = 0.1 * land.read(0.04, 0.2) * smooth(2, 8, land.z)
    height = height + np.maximum(0, 1.2 + 3 * land.swell(0.007, 0.3)) * smooth(20, 60, land.z)
    height = height + np.maximum(0, 4 + 7 * land.swell(0.0035, 0.7)) * smooth(70, 140, land.z)
    for _ in range(34):
        z0 = 3.2 / (0.06 + 0.94 * float(rng.random())) + 1.5
        x0 = float(rng.uniform(-0.65, 0.65)) * frame.wide * z0 / FOCAL
        radius = float(rng.uniform(0.25, 1.1)) * (0.7 + z0 * 0.05)
        far = np.hypot(land.x - x0, (land.z - z0) * 1.0) / radius
        rim = np.exp(-(((far - 1) / 0.22) ** 2)) * 0.15
        height = height + radius * (rim - 0.2 * smooth(1.0, 0.35, far))
    soil = SOILS[int(rng.integers(len(SOILS)))]
    bright = tuple(min(1.0, 0.25 + part) for part in soil)
    lit = relief(land, height)
    color = paint((soil, (bright[0], bright[1], bright[2])), (smooth(-0.8, 1.4, land.read(0.03, 0.7)),), lit.shape)
    glow = np.clip(lit * 1.25, 0, 1)
    for channel, plane in enumerate(color):
        plane *= 0.16 + 0.1 * (channel == 2) + 0.86 * glow
    over(color, (0.12, 0.1, 0.24), 0.6 * (1 - np.exp(-land.z / 120)))
    seen = view(land, height.astype(np.float32), color)
    roughen(seen, 0.6, 0.07)
    foot, scale = feet(seen)
    return Ground(
        layers=(layer(seen.rgb, seen.alpha, 0.0),),
        horizon=horizon / frame.tall,
        surface="space",
        foot=foot,
        scale=scale,
    )


def cloud_sea(frame: Frame, horizon: float, light: Light, rng: np.random.Generator, seed: int) -> Ground:
    """Heaped clouds from the horizon to our feet, seen from above."""
    small = frame.at(2 / 3)
    below = np.clip((small.y - horizon) / (small.tall - horizon), 0, 1) + 0 * small.x
    lit, dark = light.clouds
    mist = ramp(((0.0, light.sky[0][1]), (0.35, lit), (1.0, dark)), below)
    air = Air(
        frame=small,
        light=light,
        horizon=horizon,
        planes=mist,
        cover=smooth(-0.03, 0.04, small.y - horizon) + 0 * small.x,
    )
    clouds.floor(air, rng)
    planes = resize(air.planes, (frame.width, frame.height))
    alpha = np.clip(resize(air.cover, (frame.width, frame.height)), 0, 1)
    foot, scale = level(horizon / frame.tall + 0.08, 0.9, 0.3)
    return Ground(
        layers=(layer(planes, alpha, 0.0),), horizon=horizon / frame.tall, surface="air", foot=foot, scale=scale
    )


def _world(
    planes: Array,
    frame: Frame,
    at: tuple[float, float],
    radius: float,
    colors: tuple[Rgb, ...],
    rng: np.random.Generator,
    *,
    rings: bool,
) -> None:
    """A banded planet lit from one side, with rings before and behind it."""
    tilt = float(rng.uniform(-0.45, 0.45))
    reach = radius * 2.4
    rows = slice(max(0, int((at[1] - reach) / frame.pixel)), max(0, int((at[1] + reach) / frame.pixel)))
    columns = slice(max(0, int((at[0] - reach) / frame.pixel)), max(0, int((at[0] + reach) / frame.pixel)))
    x, y = (frame.x[:, columns] - at[0]) / radius, (frame.y[rows] - at[1]) / radius
    planes = planes[:, rows, columns]
    along, across = x * np.cos(tilt) + y * np.sin(tilt), y * np.cos(tilt) - x * np.sin(tilt)
    far = np.sqrt(x * x + y * y)
    ball = np.sqrt(np.clip(1 - far * far, 0, 1))
    texture = tile(rng, 8, 5, 0.55, 256)
    latitude = across + 0.1 * sample(texture, along * 0.12, across * 0.12)
    bands = (
        0.5
        + 0.3 * sample(texture, 0.01 * along, latitude * 0.5)
        + 0.1 * sample(texture, along * 0.1 + 0.4, latitude * 0.5)
    )
    color = ramp(((0.0, colors[0]), (0.5, colors[1]), (1.0, colors[2])), np.clip(bands, 0, 1))
    shade = np.clip(-0.62 * x - 0.4 * y + 0.66 * ball, 0.02, 1)
    disc = np.clip((1 - far) * radius / frame.pixel + 0.5, 0, 1)
    screen(planes, colors[1], np.exp(-np.maximum(far - 1, 0) * 9) * 0.3 * (far > 0.98) * np.clip(0.6 - 0.6 * x, 0, 1))
    if rings:
        wide = np.hypot(along, across / 0.26)
        grooves = 0.55 + 0.3 * sample(texture, wide * 0.5, 0 * wide + 0.2)
        ring = smooth(1.25, 1.32, wide) * smooth(2.2, 2.1, wide) * (1 - 0.8 * np.exp(-(((wide - 1.75) / 0.035) ** 2)))
        ring = np.clip(ring * grooves, 0, 1) * np.clip(0.9 - 0.25 * x, 0, 1)
        over(planes, colors[2], ring * 0.85)
        over(planes, color * shade, disc * (1 - 0.5 * np.exp(-(((across / 0.26 - 1.2) / 0.5) ** 2))) + 0 * far)
        front = ring * (across > 0)
        over(planes, colors[2], front * 0.85)
    else:
        over(planes, color * shade, disc)
