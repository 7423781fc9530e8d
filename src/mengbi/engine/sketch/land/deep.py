"""Under water: light that falls from the surface, a sandy floor with corals, weeds and rocks, bubbles."""

import math
from dataclasses import replace

import numpy as np
from PIL import Image, ImageDraw

from mengbi.engine.sketch.land.billboards import Billboard, ink, shadow, stand
from mengbi.engine.sketch.land.terrain import feet, hazy, paint, plain, relief, roughen, shine, view
from mengbi.engine.sketch.light import Light, Rgb
from mengbi.engine.sketch.sheets import Ground, layer
from mengbi.engine.sketch.texture import Array, Frame, ramp, sample, screen, smooth, tile
from mengbi.noise import generator

WATER = 22
"""The stream of chance of the water itself."""

BLUES: dict[str, tuple[Rgb, ...]] = {
    "dawn": ((0.12, 0.3, 0.44), (0.2, 0.46, 0.56), (0.5, 0.68, 0.7), (0.94, 0.86, 0.78)),
    "day": ((0.02, 0.22, 0.42), (0.04, 0.44, 0.62), (0.22, 0.72, 0.8), (0.8, 0.98, 0.94)),
    "sunset": ((0.1, 0.13, 0.34), (0.2, 0.3, 0.5), (0.56, 0.5, 0.58), (1.0, 0.82, 0.62)),
    "night": ((0.01, 0.04, 0.13), (0.02, 0.1, 0.24), (0.06, 0.22, 0.4), (0.36, 0.56, 0.72)),
}
"""By the hour, from the deep to the surface."""

CORALS: tuple[Rgb, ...] = (
    (1.0, 0.42, 0.42), (1.0, 0.62, 0.32), (0.86, 0.4, 0.66), (0.62, 0.44, 0.82), (0.96, 0.78, 0.4), (0.4, 0.72, 0.66),
)  # fmt: skip


def water(frame: Frame, light: Light, horizon: float, seed: int) -> Array:
    """Planes of open water: bright above, deep below, with shafts of light and bubbles."""
    rng = generator(seed, WATER)
    blues = BLUES[light.time]
    up = np.clip(1 - frame.y / max(horizon, 0.1), 0, 1) + 0 * frame.x
    aside = np.abs(frame.x / frame.wide - _opening(light))
    planes = ramp(
        ((0.0, blues[0]), (0.4, blues[1]), (0.85, blues[2]), (1.0, blues[2])), np.clip(up - 0.35 * aside * up, 0, 1)
    )
    texture = tile(rng, 8, 4, 0.5)
    far = 1 / (frame.y + 0.06)
    ripple = sample(texture, (frame.x - frame.wide / 2) * far * 0.05, far * 0.06)
    ripple += 0.6 * sample(texture, (frame.x - frame.wide / 2) * far * 0.13, far * 0.13 + 0.3)
    d2 = ((frame.x / frame.wide - _opening(light)) / 0.4) ** 2
    shimmer = np.exp(-frame.y * 9) * (0.35 + 0.75 * smooth(0.2, 1.6, ripple)) * (0.35 + 0.65 * np.exp(-d2))
    screen(planes, blues[3], shimmer)
    _shafts(planes, frame, light, rng)
    _bubbles(planes, frame, rng)
    return planes


def floor(frame: Frame, horizon: float, light: Light, rng: np.random.Generator, seed: int) -> Ground:
    """The sandy floor, with reefs that fade into the blue."""
    blues = BLUES[light.time]
    murky = replace(light, haze=blues[1], haze_strength=0.97, weather="cloudy", ambient=_dim(light, blues))
    land = plain(frame, horizon, murky, rng)
    height = 0.25 * land.read(0.03, 0.1) * smooth(2, 9, land.z)
    rocks = np.maximum(0, 0.9 * land.swell(0.02, 0.4) - 0.3 + 0.3 * land.read(0.04, 0.2)) * smooth(5, 11, land.z)
    rocks = rocks * (1 + smooth(9, 26, land.z) * 1.6)
    height = height + rocks
    lit = relief(land, height)
    color = paint(
        ((0.86, 0.8, 0.62), (0.95, 0.9, 0.74), (0.5, 0.47, 0.5), (0.62, 0.42, 0.5)),
        (
            smooth(-0.5, 1.2, land.read(0.05, 0.6)),
            smooth(0.1, 0.6, rocks),
            smooth(0.2, 1.2, land.read(0.06, 0.9)) * smooth(0.2, 0.8, rocks) * 0.6,
        ),
        lit.shape,
    )
    color = shine(murky, color, lit)
    caustic = 1 - np.abs(
        sample(land.noise, land.x * 0.09, land.z * 0.09) * 0.8 + 0.5 * sample(land.broad, land.x * 0.16, land.z * 0.16)
    )
    screen(color, blues[3], np.maximum(caustic, 0) ** 4 * 0.3 * np.exp(-land.z / 14))
    hazy(murky, color, np.maximum(land.z - 1.5, 0), 15)
    seen = view(land, height, color)
    roughen(seen, 0.7, 0.05)
    kinds = [_coral(murky, rng, kind) for kind in range(6)] + [_weed(murky, rng) for _ in range(3)]
    spots = []
    groves = [(float(rng.random()), 2.6 / (0.1 + 0.9 * float(rng.random()))) for _ in range(9)]
    for _ in range(130):
        x, z = groves[int(rng.integers(9))]
        x, z = x + float(rng.normal(0, 0.02 + 0.35 / z)), z * float(rng.uniform(0.9, 1.35)) + 1.0
        if z < 5 and abs(x - 0.5) < 0.26:  # the middle stays free for what is shown
            continue
        kind = int(rng.integers(9))
        spots.append((z, x, float(rng.uniform(0.3, 0.75)) * (1.7 if kind > 5 else 1.0), kind))
    for z, x, tall, _ in spots:
        if z < 9:
            shadow(seen, x, z, tall * 0.7)
    for z, x, tall, kind in sorted(spots, reverse=True):
        stand(seen, kinds[kind], x, z, tall, reach=15)
    foot, scale = feet(seen)
    return Ground(
        layers=(layer(seen.rgb, seen.alpha, 0.0),),
        horizon=horizon / frame.tall,
        surface="underwater",
        foot=foot,
        scale=scale,
    )


def _opening(light: Light) -> float:
    return light.source[0]


def _dim(light: Light, blues: tuple[Rgb, ...]) -> Rgb:
    red, green, blue = (0.42 + 0.62 * part for part in blues[2])
    bright = {"night": 0.72, "sunset": 0.95}.get(light.time, 1.08)
    return red * bright, green * bright, blue * bright


def _shafts(planes: Array, frame: Frame, light: Light, rng: np.random.Generator) -> None:
    """Shafts of light that fan out from the brightest place of the surface, in place."""
    x, y = frame.x - _opening(light) * frame.wide, frame.y + 0.45
    turn = np.arctan2(x, y)
    knots = np.interp(np.linspace(-1.6, 1.6, 1024), np.linspace(-1.6, 1.6, 90), rng.standard_normal(90))
    fine = np.interp(np.linspace(-1.6, 1.6, 1024), np.linspace(-1.6, 1.6, 260), rng.standard_normal(260))
    line = np.clip(knots + 0.5 * fine, 0, 2.2).astype(np.float32)
    shafts = line.take(((turn + 1.6) * 320).astype(np.int32), mode="clip")
    fade = np.exp(-frame.y * 1.5) * np.exp(-((turn / 0.75) ** 2))
    screen(planes, BLUES[light.time][3], shafts * fade * 0.24)


def _bubbles(planes: Array, frame: Frame, rng: np.random.Generator) -> None:
    """Strings of bubbles: a rim of light and a spark each."""
    for _ in range(6):
        x0, y0 = float(rng.random()) * frame.wide, float(rng.uniform(0.3, 1.0)) * frame.tall
        for step in range(int(rng.integers(3, 9))):
            radius = float(rng.uniform(0.003, 0.012))
            cx = x0 + 0.02 * math.sin(step * 1.3) + float(rng.normal(0, 0.008))
            cy = y0 - step * float(rng.uniform(0.035, 0.06))
            slack = radius * 1.4
            rows = slice(max(0, int((cy - slack) / frame.pixel)), max(0, int((cy + slack) / frame.pixel) + 1))
            columns = slice(max(0, int((cx - slack) / frame.pixel)), max(0, int((cx + slack) / frame.pixel) + 1))
            x, y = (frame.x[:, columns] - cx) / radius, (frame.y[rows] - cy) / radius
            far = np.sqrt(x * x + y * y)
            if far.size == 0:
                continue
            ring = np.exp(-(((far - 0.86) / 0.16) ** 2)) * 0.5 + (far < 0.9) * 0.1
            spark = np.exp(-((x + 0.35) ** 2 + (y + 0.4) ** 2) * 14) * 0.8
            screen(planes[:, rows, columns], (0.85, 0.97, 1.0), ring + spark)


def _coral(light: Light, rng: np.random.Generator, kind: int) -> Billboard:
    """A coral: branching, a fan, or a heap of knobs."""
    color = CORALS[int(rng.integers(len(CORALS)))]
    image = Image.new("RGBa", (320, 320))
    pen = ImageDraw.Draw(image)
    if kind % 3 == 2:
        for _ in range(60):
            turn, out = float(rng.uniform(0, math.pi)), math.sqrt(float(rng.random())) * 110
            cx, cy = 160 + math.cos(turn) * out, 312 - math.sin(turn) * out * 0.9
            r = float(rng.uniform(14, 34))
            for ring in range(4):
                rr = r * (1 - ring * 0.22)
                pen.ellipse(
                    (cx - rr - ring, cy - rr - 2 * ring, cx + rr - ring, cy + rr - 2 * ring),
                    fill=ink(light.ambient, color, 0.62 + 0.14 * ring),
                )
    else:
        _branch(
            pen,
            rng,
            light,
            color,
            (160.0, 316.0),
            -math.pi / 2,
            78.0,
            22.0 if kind % 3 == 0 else 12.0,
            6 if kind % 3 else 5,
        )
    return _plant(image)


def _branch(
    pen: ImageDraw.ImageDraw,
    rng: np.random.Generator,
    light: Light,
    color: Rgb,
    at: tuple[float, float],
    turn: float,
    length: float,
    width: float,
    left: int,
) -> None:
    end = (at[0] + math.cos(turn) * length, at[1] + math.sin(turn) * length)
    tone = 0.62 + 0.09 * (6 - left)
    pen.line([at, end], fill=ink(light.ambient, color, tone), width=max(2, round(width)))
    pen.ellipse(
        (end[0] - width / 2, end[1] - width / 2, end[0] + width / 2, end[1] + width / 2),
        fill=ink(light.ambient, color, tone + 0.08),
    )
    if left == 0:
        return
    for _ in range(2 if left > 1 else 3):
        _branch(
            pen,
            rng,
            light,
            color,
            end,
            turn + float(rng.uniform(-0.62, 0.62)),
            length * float(rng.uniform(0.62, 0.84)),
            width * 0.74,
            left - 1,
        )


def _weed(light: Light, rng: np.random.Generator) -> Billboard:
    """A tuft of weed swaying in the current."""
    image = Image.new("RGBa", (240, 360))
    pen = ImageDraw.Draw(image)
    greens: tuple[Rgb, ...] = ((0.2, 0.5, 0.32), (0.36, 0.56, 0.26), (0.5, 0.38, 0.3))
    color = greens[int(rng.integers(3))]
    for blade in range(9):
        x, tall = 120 + float(rng.normal(0, 22)), float(rng.uniform(180, 345))
        phase, sway = float(rng.uniform(0, 6.3)), float(rng.uniform(10, 26))
        points = []
        for step in range(13):
            t = step / 12
            points.append(
                (x + sway * t * math.sin(phase + 5 * t) + (blade - 4) * 9 * t, 358 - tall * t, 9 * (1 - t) ** 0.6 + 1)
            )
        outline = [(px - w, py) for px, py, w in points] + [(px + w, py) for px, py, w in reversed(points)]
        pen.polygon(outline, fill=ink(light.ambient, color, float(rng.uniform(0.65, 1.15))))
    return _plant(image)


def _plant(image: Image.Image) -> Billboard:
    return Billboard(image=image, slim=image.width / image.height)
