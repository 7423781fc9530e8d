"""Open land: meadow, hills, mountains, desert, snow."""

from dataclasses import replace

import numpy as np

from mengbi.engine.sketch.land.planting import broadleaves, conifers, turf
from mengbi.engine.sketch.land.terrain import FOCAL, Plain, View, hazy, paint, plain, relief, roughen, shine, view
from mengbi.engine.sketch.light import Light, Rgb
from mengbi.engine.sketch.texture import Array, Frame, over, sample, smooth

GRASS: dict[str, tuple[Rgb, ...]] = {
    "spring": ((0.36, 0.6, 0.24), (0.58, 0.74, 0.32), (0.24, 0.47, 0.24), (0.72, 0.74, 0.36)),
    "summer": ((0.3, 0.52, 0.19), (0.52, 0.64, 0.24), (0.18, 0.4, 0.2), (0.72, 0.66, 0.32)),
    "autumn": ((0.6, 0.48, 0.2), (0.76, 0.56, 0.22), (0.42, 0.38, 0.18), (0.8, 0.42, 0.18)),
    "winter": ((0.86, 0.9, 0.97), (0.95, 0.96, 1.0), (0.68, 0.75, 0.86), (0.62, 0.6, 0.56)),
}
"""By season: body, sunlit, deep, and dry grass."""


def meadow(frame: Frame, horizon: float, light: Light, rng: np.random.Generator) -> View:
    """Gentle grassland running out to soft far hills."""
    land = plain(frame, horizon, light, rng)
    swell = 0.16 * land.read(0.03, 0.1) * smooth(2, 12, land.z)
    hills = (1.1 + 0.9 * land.read(0.004, 0.35)) * smooth(22, 60, land.z)
    ranges = (5 + 5.5 * land.read(0.0022, 0.6)) * smooth(90, 190, land.z)
    seen = _green(land, swell + np.maximum(hills, 0) + np.maximum(ranges, 0), 70)
    turf(seen, rng)
    broadleaves(seen, rng, 42)
    return seen


def hills(frame: Frame, horizon: float, light: Light, rng: np.random.Generator) -> View:
    """Rolling hills one behind the other."""
    land = plain(frame, horizon, light, rng)
    swell = 0.2 * land.read(0.03, 0.1) * smooth(2, 10, land.z)
    rolling = 2.2 * land.swell(0.009, 0.35) * smooth(7, 26, land.z)
    large = (4 + 5 * land.swell(0.0032, 0.6) + land.read(0.01, 0.2)) * smooth(45, 120, land.z)
    seen = _green(land, swell + rolling + large, 48)
    turf(seen, rng)
    broadleaves(seen, rng, 60)
    return seen


def mountains(frame: Frame, horizon: float, light: Light, rng: np.random.Generator) -> View:
    """Snowy peaks behind wooded foothills and a meadow."""
    land = plain(frame, horizon, light, rng)
    swell = 0.15 * land.read(0.03, 0.1) * smooth(2, 10, land.z)
    foothills = np.maximum(0.7 + 1.9 * land.swell(0.009, 0.35), 0) * smooth(14, 40, land.z)
    bend = 0.004 * land.swell(0.006, 0.3) + 0.001 * land.read(0.02, 0.7)
    ridged, weight = np.zeros_like(land.x), np.ones_like(land.x)
    for freq, loud, offset in ((0.0031, 1.0, 0.63), (0.0074, 0.46, 0.21), (0.017, 0.2, 0.83), (0.04, 0.075, 0.44)):
        field = sample(land.broad, land.x * freq + bend * loud + offset, land.z * freq - bend * loud + offset)
        crest = (1 - np.minimum(np.abs(field) * 0.85, 1)) ** 1.4
        ridged += loud * crest * weight  # what is low is smooth (Musgrave's ridged multifractal)
        weight = np.clip(crest * weight * 1.6, 0.12, 1)
    massif = 0.4 + 0.9 * smooth(-1.0, 1.2, land.swell(0.0016, float(rng.random())))
    peaks = np.maximum(0, 23 * (ridged - 0.3) * massif) * smooth(46, 105, land.z)
    height = swell + foothills + peaks + 0.25 * land.read(0.08, 0.4) * smooth(50, 90, land.z)
    lit = relief(land, height)
    body, bright, deep, _ = GRASS[light.season]
    rough = land.read(0.05, 0.5)
    color = paint(
        (body, bright, deep),
        (smooth(-0.6, 1.6, rough), smooth(0.5, 2.5, height + rough) * smooth(10, 24, land.z)),
        lit.shape,
    )
    color = shine(light, color, lit)
    hazy(light, color, np.maximum(land.z - 12, 0), 120)
    seen = view(land, height, np.concatenate([color, lit[None]]))
    lit = seen.rgb[3]
    seen = replace(seen, rgb=seen.rgb[:3])
    _alpine(seen, lit)
    roughen(seen, 0.8, 0.07, 0.5)
    turf(seen, rng)
    conifers(seen, rng, 110)
    return seen


def _alpine(seen: View, lit: Array) -> None:
    """Rock, screes and snow on what stands high, drawn at full resolution, in place. lit: (h, w)."""
    land, light = seen.plain, seen.plain.light
    frame = land.frame
    rows = slice(0, min(int(land.horizon / frame.pixel) + 8, frame.height))
    distance = np.minimum(seen.far[rows], 1e4)
    height = 1 - (frame.y[rows] - land.horizon) * distance / FOCAL
    high = smooth(3.2, 6.5, height + 0.0) * (distance > 40) * (distance < 1e4)
    x = (frame.x - frame.wide / 2) * distance / FOCAL
    side = 0.012 * light.side
    u, v = x * 0.013 + 0.004 * distance, height * 0.019
    rock = sample(land.noise, u, v) + 0.55 * sample(land.noise, u * 3.3, v * 3.3 + 0.4)
    toward = sample(land.noise, u + side, v + 0.01) + 0.55 * sample(land.noise, u * 3.3 + 2 * side, v * 3.3 + 0.42)
    lit = np.clip(1.1 * lit[rows] - 0.12 + 0.26 * (rock - toward), 0, 0.9)
    line = {"winter": 4.0, "summer": 13.0}.get(light.season, 10.0)
    color = paint(
        ((0.47, 0.44, 0.45), (0.3, 0.29, 0.34), (0.5, 0.5, 0.42), (0.96, 0.97, 1.0)),
        (
            smooth(-0.2, 1.8, rock),
            smooth(9, 4, height + rock) * 0.6,
            smooth(line - 1.5, line + 2.5, height + 3.4 * rock),
        ),
        lit.shape,
    )
    color = shine(light, color, lit)
    hazy(light, color, np.maximum(distance - 12, 0), 125)
    over(color, light.haze, np.exp(-np.maximum(height, 0) * 0.3) * 0.55)
    over(seen.rgb[:, rows], color, high)


def desert(frame: Frame, horizon: float, light: Light, rng: np.random.Generator) -> View:
    """Dunes with sharp crests, a lit and a shaded side, ripples near by."""
    land = plain(frame, horizon, light, rng)
    bend = land.swell(0.005, 0.4)
    turn = float(rng.choice([-1, 1])) * float(rng.uniform(0.5, 0.8))
    height = 0.16 * land.swell(0.03, 0.8) * smooth(2, 10, land.z)
    for length, tall, start, offset in ((8.0, 1.2, 3.6, 0.1), (24.0, 5.4, 8.0, 0.5), (70.0, 12.0, 45.0, 0.8)):
        phase = (land.z + turn * land.x) / length + 0.55 * bend + 0.35 * land.swell(0.07 / length, offset) + offset
        wind = phase - np.floor(phase)
        rise, fall = (wind / 0.74) ** 1.5 + 1e-3, ((1 - wind) / 0.26) ** 1.1 + 1e-3
        crest = rise * fall / np.cbrt(rise**3 + fall**3)  # the lower of both, a little rounded
        height = height + tall * crest * smooth(start, start * 3, land.z) * smooth(
            -1.0, 1.0, land.swell(0.1 / length, offset)
        )
    lit = relief(land, height)
    color = paint(
        ((0.87, 0.66, 0.42), (0.95, 0.78, 0.52), (0.78, 0.52, 0.34)),
        (smooth(-0.3, 1.2, land.read(0.02, 0.2)), smooth(0.2, 1.8, bend)),
        lit.shape,
    )
    color = shine(light, color, np.clip(lit * 1.15 - 0.08, 0, 1.1))
    hazy(light, color, land.z, 130)
    seen = view(land, height, color)
    _ripples(seen)
    roughen(seen, 0.7, 0.03)
    return seen


def snow(frame: Frame, horizon: float, light: Light, rng: np.random.Generator) -> View:
    """Soft drifts, snowy hills and pines."""
    land = plain(frame, horizon, light, rng)
    drifts = 0.28 * land.read(0.035, 0.1, 0.6) * smooth(1.5, 7, land.z)
    rolling = 2.2 * land.swell(0.009, 0.35) * smooth(9, 34, land.z)
    far = np.maximum(0, 6 + 9 * land.swell(0.0032, 0.6) + 1.6 * land.read(0.012, 0.3)) * smooth(60, 130, land.z)
    height = drifts + rolling + far
    lit = relief(land, height)
    color = paint(
        ((0.9, 0.93, 0.99), (0.97, 0.975, 1.0), (0.62, 0.68, 0.78)),
        (smooth(-1, 1, land.read(0.03, 0.7)), smooth(0.4, 1.1, land.read(0.03, 0.2)) * smooth(60, 110, land.z) * 0.6),
        lit.shape,
    )
    color = shine(light, color, np.clip(lit * 1.15, 0, 1))
    hazy(light, color, land.z, 80)
    seen = view(land, height, color)
    roughen(seen, 0.9, 0.018)
    conifers(seen, rng, 120)
    return seen


def _ripples(seen: View) -> None:
    """Wind ripples on the near sand, in place."""
    land, frame = seen.plain, seen.plain.frame
    top = min(int(land.horizon / frame.pixel) + 1, frame.height - 1)
    z = FOCAL / np.maximum(frame.y[top:] - land.horizon, 1e-3)
    x = (frame.x - frame.wide / 2) * z
    wave = np.sin((z * 9 + x * 2.4) + 2.2 * sample(land.noise, x * 0.06, z * 0.06))
    patch = smooth(-0.8, 1.0, sample(land.noise, x * 0.03 + 0.3, z * 0.03))
    seen.rgb[:, top:] *= 1 + wave * patch * (0.07 * np.exp(-z / 7))


def _green(land: Plain, height: Array, reach: float) -> View:
    body, bright, deep, dry = GRASS[land.light.season]
    patches, fine = land.read(0.02, 0.2), land.read(0.11, 0.7)
    lit = relief(land, height)
    color = paint(
        (body, bright, deep, dry),
        (smooth(-0.6, 1.6, patches + 0.4 * fine), smooth(0.3, 2.0, -patches), smooth(0.9, 2.2, fine) * 0.4),
        lit.shape,
    )
    woods = smooth(0.35, 0.75, land.read(0.017, 0.4) + 0.25 * land.read(0.2, 0.9)) * smooth(24, 45, land.z)
    over_woods = tuple(part * 0.55 for part in deep)
    for plane, part in zip(color, over_woods, strict=True):
        plane += (part - plane) * woods * 0.7
    color = shine(land.light, color, lit)
    hazy(land.light, color, land.z, reach)
    seen = view(land, height, color)
    roughen(seen, 0.8, 0.07, 0.5)
    return seen
