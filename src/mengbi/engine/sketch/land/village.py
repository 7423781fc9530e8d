"""A village: houses along a winding path among fields, their windows lit in the evening, smoke above the roofs."""

import math
from dataclasses import replace

import numpy as np
from PIL import Image, ImageDraw

from mengbi.engine.sketch.land import billboards, herbs, trees
from mengbi.engine.sketch.land.billboards import Billboard, ink
from mengbi.engine.sketch.land.planting import turf
from mengbi.engine.sketch.land.terrain import FOCAL, View, feet, hazy, paint, plain, relief, roughen, shine, view
from mengbi.engine.sketch.land.wilds import GRASS
from mengbi.engine.sketch.light import Light, Rgb
from mengbi.engine.sketch.sheets import Ground, layer
from mengbi.engine.sketch.texture import Array, Frame, over, screen, smooth

WALLS: tuple[Rgb, ...] = (
    (0.95, 0.9, 0.8),
    (0.9, 0.78, 0.62),
    (0.84, 0.86, 0.84),
    (0.93, 0.83, 0.74),
    (0.78, 0.66, 0.56),
)
ROOFS: tuple[Rgb, ...] = (
    (0.7, 0.32, 0.22),
    (0.55, 0.28, 0.24),
    (0.42, 0.4, 0.46),
    (0.62, 0.42, 0.26),
    (0.36, 0.44, 0.5),
)
SNOW: Rgb = (0.93, 0.95, 1.0)
LAMP: Rgb = (1.0, 0.8, 0.42)


def village(frame: Frame, horizon: float, light: Light, rng: np.random.Generator, seed: int) -> Ground:
    """Houses in rolling country."""
    land = plain(frame, horizon, light, rng)
    phase = float(rng.uniform(0, 6.3))
    middle = 0.9 * np.sin(0.28 * land.z + phase) * smooth(2, 9, land.z) + 3 * np.sin(0.06 * land.z + phase) * smooth(
        12, 50, land.z
    )
    away = np.abs(land.x - middle)
    swell = 0.1 * land.read(0.03, 0.1) * smooth(2, 8, land.z) * smooth(0.3, 1.5, away)
    rolling = (0.4 + 2.1 * land.swell(0.008, 0.35)) * smooth(12, 40, land.z)
    far = np.maximum(0, 5 + 7 * land.swell(0.003, 0.6)) * smooth(70, 140, land.z)
    height = swell + rolling + far
    lit = relief(land, height)
    color = _fields(land.x, land.z, land.read(0.05, 0.2), light)
    path = smooth(0.62, 0.42, away - 0.004 * land.z + 0.08 * land.read(0.08, 0.4))
    over(color, (0.84, 0.85, 0.9) if light.season == "winter" else (0.76, 0.66, 0.5), path * 0.9)
    color = shine(light, color, lit)
    hazy(light, color, land.z, 62)
    seen = view(land, height, np.concatenate([color, path[None]]))
    track = np.clip(seen.rgb[3], 0, 1)
    seen = replace(seen, rgb=seen.rgb[:3])
    roughen(seen, 2.0, 0.05)
    grown = replace(seen, rgb=seen.rgb.copy())
    turf(grown, rng)
    seen.rgb[:] += (grown.rgb - seen.rgb) * (1 - track)
    _build(seen, light, rng, middle)
    foot, scale = feet(seen)
    return Ground(
        layers=(layer(seen.rgb, seen.alpha, 0.0), herbs.fringe(frame, light, rng, ferns=False)),
        horizon=horizon / frame.tall,
        surface="land",
        foot=foot,
        scale=scale,
    )


def _fields(x: Array, z: Array, rough: Array, light: Light) -> Array:
    """Meadow near by; a patchwork of fields and hedges farther out."""
    body, bright, deep, dry = GRASS[light.season]
    color = paint((body, bright), (smooth(-0.6, 1.6, rough),), rough.shape)
    if light.season == "winter":
        return color
    u, v = (x + 0.35 * z) / 9, (z - 0.2 * x) / 13
    cell = (np.sin(np.floor(u) * 12.9898 + np.floor(v) * 78.233) * 43758.5453) % 1.0
    hedge = np.minimum(np.abs(u - np.round(u)), np.abs(v - np.round(v)))
    out = smooth(16, 30, z)
    for low, crop in ((0.3, dry), (0.55, bright), (0.78, (0.78, 0.7, 0.3))):
        over(color, crop, out * (cell > low) * 0.75)
    over(color, tuple(part * 0.6 for part in deep), out * smooth(0.045, 0.02, hedge) * 0.8)  # type: ignore[arg-type]
    return color


def _build(seen: View, light: Light, rng: np.random.Generator, middle: Array) -> None:
    """Houses on both sides of the path and trees between them, far ones first."""
    land = seen.plain
    houses = [house(light, rng) for _ in range(5)]
    grown = [trees.tree(light, rng, kind) for kind in range(2)] + [trees.pine(light, rng)]
    spots: list[tuple[float, float, float, Billboard, bool]] = []
    for index in range(15):
        z = 6.3 * 1.16**index * float(rng.uniform(0.93, 1.07))
        row = int(np.clip(np.searchsorted(land.z[:, 0], z), 0, len(land.z) - 1))
        side = -1.0 if index % 2 else 1.0
        aside = float(middle[row, 0]) + side * float(rng.uniform(1.7, 2.4) + 0.09 * z * rng.random())
        x = 0.5 + aside * FOCAL / (z * land.frame.wide)
        spots.append((z, x, float(rng.uniform(1.5, 2.1)), houses[int(rng.integers(5))], True))
        tree = z * float(rng.uniform(0.95, 1.3))
        spots.append(
            (
                tree,
                x + side * float(rng.uniform(0.5, 2.4)) / z,
                float(rng.uniform(1.0, 2.2)),
                grown[int(rng.integers(3))],
                False,
            )
        )
    for z, x, tall, _, _ in spots:
        billboards.shadow(seen, x, z, tall * 0.7)
    for z, x, tall, kind, home in sorted(spots, key=lambda spot: -spot[0]):
        billboards.stand(seen, kind, x, z, tall)
        if home and light.time in ("night", "sunset"):
            _lamplight(seen, x, z, tall, 0.3 if light.time == "night" else 0.14)
        if home and z < 24 and rng.random() < 0.55:
            _smoke(seen, rng, x, z, tall)


def house(light: Light, rng: np.random.Generator) -> Billboard:
    """A gabled house seen at a corner, with a chimney; its windows are lit in the evening."""
    wall, roof = WALLS[int(rng.integers(len(WALLS)))], ROOFS[int(rng.integers(len(ROOFS)))]
    image = Image.new("RGBa", (520, 440))
    pen = ImageDraw.Draw(image)
    front, flank = (1.06, 0.72) if light.side < 0 else (0.8, 1.04)

    base, eave, peak = 432, float(rng.uniform(215, 250)), float(rng.uniform(70, 110))
    cover = SNOW if light.season == "winter" else roof
    pen.rectangle((385, peak - 10, 420, eave - 20), fill=ink(light.ambient, (0.6, 0.42, 0.36), flank))
    pen.rectangle(
        (380, peak - 18, 425, peak - 6),
        fill=ink(light.ambient, SNOW if light.season == "winter" else (0.5, 0.36, 0.32), front),
    )
    pen.polygon(
        [(40, base), (40, eave), (130, peak + 16), (220, eave), (220, base)], fill=ink(light.ambient, wall, front)
    )
    pen.rectangle((220, eave, 480, base), fill=ink(light.ambient, wall, flank))
    for row in range(6):
        low, high = peak + (eave + 16 - peak) * row / 6, peak + (eave + 16 - peak) * (row + 1) / 6
        shift_low, shift_high = 110 * (low - peak) / (eave + 16 - peak), 110 * (high - peak) / (eave + 16 - peak)
        tone = flank * (0.98 + 0.04 * (row % 2) - 0.03 * row / 6)
        pen.polygon(
            [
                (122 + shift_low, low),
                (410 + shift_low * 0.8, low),
                (410 + shift_high * 0.8, high),
                (122 + shift_high, high),
            ],
            fill=ink(light.ambient, cover, tone),
        )
    pen.polygon([(122, peak), (138, peak + 6), (42, eave + 18), (22, eave + 10)], fill=ink(light.ambient, cover, front))
    for x, y, w, h, tone in (
        (100, eave + 8, 60, 58, front),
        (290, eave + 62, 52, 62, flank),
        (395, eave + 62, 52, 62, flank),
    ):
        _pane(pen, light, (x, y, x + w, y + h), ink(light.ambient, (0.96, 0.94, 0.9), tone), rng)
    pen.rectangle((98, base - 98, 162, base), fill=ink(light.ambient, (0.42, 0.26, 0.18), front))
    pen.ellipse((150, base - 52, 157, base - 45), fill=ink(light.ambient, (0.9, 0.75, 0.4), front))
    pen.rectangle((40, base - 10, 220, base), fill=ink(light.ambient, (0.55, 0.5, 0.47), front))
    pen.rectangle((220, base - 10, 480, base), fill=ink(light.ambient, (0.55, 0.5, 0.47), flank))
    return Billboard(image=image, slim=520 / 440)


def _pane(
    pen: ImageDraw.ImageDraw,
    light: Light,
    box: tuple[float, float, float, float],
    frame: tuple[int, int, int, int],
    rng: np.random.Generator,
) -> None:
    """A window with a cross bar: it glows in the evening and holds the sky by day."""
    x0, y0, x1, y1 = box
    evening = light.time in ("night", "sunset") or light.weather in ("storm", "snow")
    lit = evening and rng.random() < 0.85
    glass = LAMP if lit else tuple(0.45 * part for part in light.sky[3][1])
    pen.rectangle((x0 - 6, y0 - 6, x1 + 6, y1 + 6), fill=frame)
    pen.rectangle((x0, y0, x1, y1), fill=(int(255 * glass[0]), int(255 * glass[1]), int(255 * glass[2]), 255))
    pen.rectangle(((x0 + x1) / 2 - 3, y0, (x0 + x1) / 2 + 3, y1), fill=frame)
    pen.rectangle((x0, (y0 + y1) / 2 - 3, x1, (y0 + y1) / 2 + 3), fill=frame)


def _lamplight(seen: View, x: float, z: float, tall: float, strength: float) -> None:
    """The windows' light on the air and the ground before a house, in place."""
    frame = seen.plain.frame
    unit = tall * FOCAL / z
    cx, cy = x * frame.wide, float(seen.foot(x, z)) - 0.3 * unit
    rows = slice(max(0, int((cy - 1.5 * unit) / frame.pixel)), max(0, int((cy + 1.5 * unit) / frame.pixel) + 1))
    columns = slice(max(0, int((cx - 2 * unit) / frame.pixel)), max(0, int((cx + 2 * unit) / frame.pixel) + 1))
    d = ((frame.x[:, columns] - cx) / (0.75 * unit)) ** 2 + ((frame.y[rows] - cy) / (0.55 * unit)) ** 2
    screen(seen.rgb[:, rows, columns], LAMP, np.exp(-d) * strength * seen.alpha[rows, columns])


def _smoke(seen: View, rng: np.random.Generator, x: float, z: float, tall: float) -> None:
    """A thread of smoke that rises, widens and drifts, in place."""
    frame, land = seen.plain.frame, seen.plain
    unit = FOCAL / z
    top = float(seen.foot(x, z)) - 0.93 * tall * unit
    cx, drift = x * frame.wide + 0.27 * tall * unit, float(rng.choice([-1, 1])) * 0.35
    for step in range(9):
        rise = (0.1 + 0.16 * step) * unit
        radius = (0.05 + 0.035 * step) * unit
        px, py = cx + drift * rise * (0.4 + 0.08 * step) + 0.03 * unit * math.sin(step), top - rise
        rows = slice(max(0, int((py - 2 * radius) / frame.pixel)), max(0, int((py + 2 * radius) / frame.pixel) + 1))
        columns = slice(max(0, int((px - 2 * radius) / frame.pixel)), max(0, int((px + 2 * radius) / frame.pixel) + 1))
        puff = np.exp(-((frame.x[:, columns] - px) ** 2 + (frame.y[rows] - py) ** 2) / (radius * radius * 0.9))
        if puff.size == 0:
            continue
        alpha = puff * 0.42 * (1 - step / 10)
        over(seen.rgb[:, rows, columns], land.light.clouds[0], alpha)
        seen.alpha[rows, columns] = np.maximum(seen.alpha[rows, columns], alpha)
