"""A room: a wall with a window that shows the sky outside, pictures, a wooden floor with a rug."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from mengbi.engine.sketch.heaven.firmament import open_sky
from mengbi.engine.sketch.land.billboards import ink
from mengbi.engine.sketch.land.terrain import FOCAL
from mengbi.engine.sketch.light import Light, Rgb
from mengbi.engine.sketch.sheets import Ground, layer, level
from mengbi.engine.sketch.texture import Array, Frame, fractal, over, resize, sample, screen, smooth, tile
from mengbi.noise import generator

ROOM = 24
"""The stream of chance of the wall; the floor shares its colours."""


@dataclass(frozen=True, slots=True)
class _Paper:
    wall: Rgb
    pattern: Rgb
    wood: Rgb
    cloth: Rgb
    rug: Rgb


PAPERS = (
    _Paper((0.9, 0.84, 0.72), (0.83, 0.74, 0.6), (0.62, 0.42, 0.27), (0.74, 0.34, 0.3), (0.62, 0.26, 0.26)),
    _Paper((0.62, 0.72, 0.68), (0.54, 0.65, 0.62), (0.66, 0.48, 0.32), (0.93, 0.86, 0.72), (0.3, 0.42, 0.44)),
    _Paper((0.86, 0.72, 0.68), (0.8, 0.63, 0.6), (0.56, 0.38, 0.28), (0.95, 0.9, 0.84), (0.5, 0.36, 0.46)),
    _Paper((0.56, 0.64, 0.76), (0.48, 0.56, 0.7), (0.7, 0.52, 0.36), (0.96, 0.92, 0.84), (0.72, 0.52, 0.34)),
)
LAMP: Rgb = (1.0, 0.82, 0.56)


def wall(frame: Frame, light: Light, horizon: float, seed: int) -> Array:
    """Planes of a papered wall with a window, curtains and framed pictures; the floor begins at the horizon (units)."""
    rng = generator(seed, ROOM)
    paper = PAPERS[int(rng.integers(len(PAPERS)))]
    planes = _papered(frame, paper, rng)
    side = float(rng.choice([0.3, 0.7]))
    tall = horizon * 0.62
    wide = min(tall * 0.86, 0.46 * frame.wide)
    left, top = (side + (0.05 if side < 0.5 else -0.05)) * frame.wide - wide / 2, horizon * 0.13
    _shade_wall(planes, frame, light, horizon, (side * frame.wide, top + tall / 2))
    _pictures(planes, frame, light, rng, (0.5 + (0.5 - side) * 1.45) * frame.wide, horizon)
    _window(planes, frame, light, seed, (left, top, left + wide, top + tall))
    _curtains(planes, frame, light, (left, top, left + wide, top + tall), paper)
    _skirting(planes, frame, light, horizon)
    return planes


def floor(frame: Frame, horizon: float, light: Light, rng: np.random.Generator, seed: int) -> Ground:
    """A floor of boards in perspective with a rug and the light of the window on it."""
    paper = PAPERS[int(generator(seed, ROOM).integers(len(PAPERS)))]
    side = _side(seed)
    top = min(int(horizon / frame.pixel), frame.height - 2)
    below = np.maximum(frame.y[top:] - horizon, 0.2 * frame.pixel) + 0.3  # the far edge of a floor is not the horizon
    z = FOCAL / below
    x = (frame.x - frame.wide / 2) * z
    board = np.floor(x * 2.6)
    texture = tile(rng, 8, 5, 0.6)
    tone = sample(texture, board * 0.137 + 0 * z, board * 0.71 + np.floor(z * 0.9 + board * 0.37) * 0.31)
    grain = sample(texture, x * 0.9, z * 0.06 + board * 0.37)
    seam = smooth(0.0, 0.035, np.abs(x * 2.6 - np.round(x * 2.6)))
    shade = (0.86 + 0.07 * tone + 0.06 * grain) * (0.72 + 0.28 * seam)
    part = np.stack([shade * channel for channel in paper.wood])
    _rug(part, paper, x, z, texture)
    lamp = _inside(light)
    for channel, plane in enumerate(part):
        plane *= lamp[channel]
    day = light.time != "night"
    pool = np.exp(-(((x - (side - 0.5) * 2.2 * frame.wide) / 0.8) ** 2) - ((z - 2.1) / 0.5) ** 2)
    screen(part, light.glow if day else LAMP, pool * (0.34 if day else 0.16))
    part *= 1 - 0.35 * np.exp(-(frame.y[top:] - horizon) * 22)
    planes = np.zeros((3, frame.height, frame.width), dtype=np.float32)
    planes[:, top:] = part
    alpha = np.clip((frame.y - horizon) / frame.pixel + 0.5, 0, 1) + 0 * frame.x
    foot, scale = level(horizon / frame.tall + 0.03, 0.95, 0.6)
    return Ground(
        layers=(layer(planes, alpha, 0.0),), horizon=horizon / frame.tall, surface="indoors", foot=foot, scale=scale
    )


def _side(seed: int) -> float:
    rng = generator(seed, ROOM)
    rng.integers(len(PAPERS))
    return float(rng.choice([0.3, 0.7]))


def _inside(light: Light) -> Rgb:
    """Light in the room: the day through the window, a lamp at night."""
    return {"night": (0.74, 0.6, 0.5), "sunset": (1.0, 0.83, 0.7), "dawn": (0.97, 0.9, 0.86)}.get(
        light.time, (0.98, 0.97, 0.95)
    )


def _papered(frame: Frame, paper: _Paper, rng: np.random.Generator) -> Array:
    """Wallpaper: stripes or a lattice of small flowers, faintly uneven."""
    planes = np.empty((3, frame.height, frame.width), dtype=np.float32)
    planes[:] = np.asarray(paper.wall, dtype=np.float32)[:, None, None]
    if rng.random() < 0.5:
        stripes = smooth(0.2, 0.5, np.cos(frame.x * 46)) + 0 * frame.y
        over(planes, paper.pattern, stripes * 0.6)
    else:
        u, v = frame.x * 13, frame.y * 13
        shift = 0.5 * (np.floor(v) % 2)
        du, dv = (u + shift) % 1 - 0.5, v % 1 - 0.5
        turn = np.arctan2(dv + 0 * du, du + 0 * dv)
        far = np.hypot(du, dv)
        over(planes, paper.pattern, smooth(0.03, -0.03, far - 0.17 - 0.07 * np.cos(5 * turn)) * 0.9)
    planes *= 1 + 0.018 * fractal(frame, rng, 3, 5, 0.6)
    return planes


def _shade_wall(planes: Array, frame: Frame, light: Light, horizon: float, window: tuple[float, float]) -> None:
    """The wall is lit from the window, or at night by a lamp out of sight."""
    inside = _inside(light)
    d2 = (frame.x - window[0]) ** 2 + (frame.y - window[1]) ** 2
    if light.time == "night":
        d2 = (frame.x - (frame.wide - window[0])) ** 2 + (frame.y - 0.5 * horizon) ** 2
    bright = 0.7 + 0.36 * np.exp(-d2 * 2.2)
    for channel, plane in enumerate(planes):
        plane *= bright * inside[channel]
    if light.time == "night":
        screen(planes, LAMP, np.exp(-d2 * 5) * 0.3)
    planes *= 1 - 0.25 * smooth(0.12, 0.0, frame.y)


def _window(planes: Array, frame: Frame, light: Light, seed: int, box: tuple[float, float, float, float]) -> None:
    """A sash window onto the open sky with a line of hills."""
    left, top, right, bottom = box
    rows = slice(int(top / frame.pixel), int(bottom / frame.pixel))
    columns = slice(max(0, int(left / frame.pixel)), min(frame.width, int(right / frame.pixel)))
    high, wide = rows.stop - rows.start, columns.stop - columns.start
    if high < 2 or wide < 2:
        return
    outside = Frame(width=max(wide, 96), height=max(high, 96), wide=wide / high, tall=1.0)
    sky = np.clip(resize(open_sky(outside, light, 0.86, seed), (wide, high)), 0, 1)
    x, y = np.linspace(0, 1, wide, dtype=np.float32)[None], np.linspace(0, 1, high, dtype=np.float32)[:, None]
    for height, tone, phase in ((0.74, 0.55, 0.0), (0.83, 0.0, 2.0)):
        ridge = height + 0.035 * np.sin(x * 7 + phase) + 0.02 * np.sin(x * 17 + 2 * phase)
        green = tuple(part * light.ambient[c] for c, part in enumerate((0.36, 0.52, 0.3)))
        color = tuple(a + (b - a) * tone for a, b in zip(green, light.haze, strict=True))
        over(sky, (color[0], color[1], color[2]), np.clip((y - ridge) * high + 0.5, 0, 1))
    planes[:, rows, columns] = sky
    inside = _inside(light)
    white = tuple(part * tone for part, tone in zip((0.96, 0.94, 0.9), inside, strict=True))
    thick = 0.026
    image = Image.new("L", (frame.width * 2, frame.height * 2))
    pen, scale = ImageDraw.Draw(image), 2 / frame.pixel
    cx, cy = (left + right) / 2, top + (bottom - top) * 0.46
    for bar in (
        (left - thick, top - thick, right + thick, top), (left - thick, bottom, right + thick, bottom + thick * 0.6),
        (left - thick, top, left, bottom), (right, top, right + thick, bottom),
        (cx - thick * 0.3, top, cx + thick * 0.3, bottom), (left, cy - thick * 0.3, right, cy + thick * 0.3),
        (left - 2.2 * thick, bottom + thick * 0.6, right + 2.2 * thick, bottom + thick * 1.5),
    ):  # fmt: skip
        pen.rectangle([part * scale for part in bar], fill=255)
    bars = np.asarray(image.reduce(2), dtype=np.float32) / 255
    soft = np.roll(bars, (max(1, round(0.008 / frame.pixel)), max(1, round(0.005 / frame.pixel))), axis=(0, 1))
    planes *= 1 - 0.3 * soft * (1 - bars)
    over(planes, (white[0], white[1], white[2]), bars)


def _curtains(planes: Array, frame: Frame, light: Light, box: tuple[float, float, float, float], paper: _Paper) -> None:
    """Drawn curtains that hang in folds at both sides of the window."""
    left, top, right, bottom = box
    inside = _inside(light)
    wide = 0.13 * (right - left)
    for edge, sign in ((left, 1.0), (right, -1.0)):
        gather = 1 - 0.42 * np.exp(-(((frame.y - (top + 0.62 * (bottom - top))) / 0.09) ** 2))
        u = (frame.x - edge) * sign + 0.075
        inner = (wide + 0.075) * gather
        folds = 0.8 + 0.2 * np.cos(u / gather * 95 + 0 * frame.y)
        alpha = smooth(0.0, 0.004, u) * smooth(0.004, 0.0, u - inner + 0.004)
        alpha = alpha * smooth(top - 0.06, top - 0.055, frame.y) * smooth(bottom + 0.09, bottom + 0.085, frame.y)
        color = np.stack([folds * part * inside[c] for c, part in enumerate(paper.cloth)])
        over(planes, color, alpha)
    rod = (np.abs(frame.y - (top - 0.06)) < 0.007) & (frame.x > left - 0.12) & (frame.x < right + 0.12)
    over(planes, tuple(0.42 * part for part in inside), rod.astype(np.float32))  # type: ignore[arg-type]


def _pictures(
    planes: Array, frame: Frame, light: Light, rng: np.random.Generator, center: float, horizon: float
) -> None:
    """Framed pictures: small landscapes of flat colour."""
    inside = _inside(light)
    image = Image.new("RGBa", (frame.width * 2, frame.height * 2))
    pen, scale = ImageDraw.Draw(image), 2 / frame.pixel
    tints: tuple[Rgb, ...] = (
        (0.86, 0.62, 0.4),
        (0.5, 0.64, 0.7),
        (0.6, 0.7, 0.5),
        (0.8, 0.5, 0.5),
        (0.93, 0.83, 0.6),
        (0.42, 0.46, 0.6),
    )
    spots = ((-0.11, 0.2, 0.075, 0.1), (0.06, 0.17, 0.06, 0.06), (0.07, 0.33, 0.07, 0.05))
    for dx, y, half, high in spots[: int(rng.integers(1, 4))]:
        cx, cy = center + dx, horizon * (y + 0.15)
        order = rng.permutation(len(tints))

        def box(inset: float, cx: float = cx, cy: float = cy, half: float = half, high: float = high) -> list[float]:
            return [
                (cx - half + inset) * scale,
                (cy - high + inset) * scale,
                (cx + half - inset) * scale,
                (cy + high - inset) * scale,
            ]

        pen.rectangle([part + 0.008 * scale for part in box(0)], fill=(20, 14, 12, 70))
        pen.rectangle(box(0), fill=ink(inside, (0.4, 0.27, 0.18)))
        pen.rectangle(box(0.009), fill=ink(inside, (0.95, 0.93, 0.88)))
        pen.rectangle(box(0.02), fill=ink(inside, tints[order[0]]))
        west, north, east, south = box(0.02)
        wide, tall = east - west, south - north
        sun = west + wide * 0.55, north + tall * 0.15
        pen.ellipse((*sun, sun[0] + wide * 0.2, sun[1] + wide * 0.2), fill=ink(inside, tints[4]))
        for tint, tone, line in (
            (order[1], 1.0, ((0.0, 0.6), (0.4, 0.4), (1.0, 0.75))),
            (order[2], 0.8, ((0.0, 0.85), (1.0, 0.6))),
        ):
            ridge = [(west + wide * x, north + tall * y) for x, y in line]
            pen.polygon([(west, south), *ridge, (east, south)], fill=ink(inside, tints[tint], tone))
    part = np.asarray(image.reduce(2), dtype=np.float32) / 255
    over(planes, np.moveaxis(part[..., :3], -1, 0) / np.maximum(part[..., 3], 1e-3), part[..., 3])


def _skirting(planes: Array, frame: Frame, light: Light, horizon: float) -> None:
    inside = _inside(light)
    board = smooth(horizon - 0.052, horizon - 0.049, frame.y) + 0 * frame.x
    groove = np.exp(-(((frame.y - horizon + 0.042) / 0.003) ** 2)) * 0.2
    color = np.stack([part * inside[c] * (1 - groove) + 0 * frame.x for c, part in enumerate((0.93, 0.9, 0.85))])
    over(planes, color, board)


def _rug(part: Array, paper: _Paper, x: Array, z: Array, texture: Array) -> None:
    """An oval rug with rings and a woven grain, in place."""
    far = np.hypot(x / 1.25, (z - 1.72) / 0.52)
    weave = 0.9 + 0.07 * sample(texture, x * 2.2, z * 2.2)
    pale = tuple(0.55 + 0.42 * channel for channel in paper.rug)
    rings = smooth(-0.2, 0.2, np.cos(far * 26))
    color = np.stack([(a + (b - a) * rings * 0.6) * weave for a, b in zip(paper.rug, pale, strict=True)])
    part *= 1 - 0.28 * smooth(1.07, 0.98, far)
    over(part, color, smooth(1.005, 0.985, far))
