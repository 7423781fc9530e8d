"""A city: rows of towers that fade into the air, lit windows by night, a wet promenade that holds their light."""

import numpy as np
from PIL import Image

from mengbi.engine.sketch.heaven.firmament import open_sky
from mengbi.engine.sketch.land import billboards, trees
from mengbi.engine.sketch.land.terrain import FOCAL
from mengbi.engine.sketch.light import Light, Rgb
from mengbi.engine.sketch.sheets import Ground, layer, level
from mengbi.engine.sketch.texture import Array, Frame, over, resize, sample, screen, smooth, tile

FACADES: tuple[Rgb, ...] = (
    (0.62, 0.64, 0.7), (0.74, 0.66, 0.6), (0.54, 0.6, 0.68), (0.8, 0.74, 0.66), (0.6, 0.52, 0.52), (0.48, 0.54, 0.6),
)  # fmt: skip
LAMPS: tuple[Rgb, ...] = ((1.0, 0.84, 0.52), (1.0, 0.92, 0.72), (0.72, 0.88, 1.0), (1.0, 0.68, 0.4))


def city(frame: Frame, horizon: float, light: Light, rng: np.random.Generator, seed: int) -> Ground:
    """A skyline over a promenade."""
    planes = open_sky(frame, light, horizon, seed).copy()
    lamps = np.zeros_like(planes)
    alpha = np.clip((frame.y - horizon) / frame.pixel + 0.5, 0, 1) + 0 * frame.x
    for row, (far, tall, wide) in enumerate(((0.66, 0.42, 0.05), (0.36, 0.46, 0.075), (0.08, 0.3, 0.11))):
        _row(planes, lamps, alpha, frame, horizon, light, rng, far, tall, wide, row)
        mist = smooth(0.16, 0.0, horizon - frame.y) * (0.5 if row < 2 else 0.16) * alpha
        over(planes, light.haze, mist)
    small = frame.at(min(1.0, 120 / frame.width))
    for reach, strength in ((small, 0.9), (frame.at(min(1.0, 300 / frame.width)), 0.5)):
        bloom = resize(resize(lamps, (reach.width, reach.height), hard=True), (frame.width, frame.height))
        screen(planes, np.clip(bloom, 0, 1), strength)
        haloed = np.clip(bloom.max(axis=0) * strength, 0, 1) * (light.time == "night")
        np.maximum(alpha, haloed * 0.5, out=alpha)
    _avenue(planes, alpha, frame, horizon, light, rng)
    _street(planes, frame, horizon, light, rng)
    foot, scale = level(horizon / frame.tall + 0.05, 0.95, 0.34)
    return Ground(
        layers=(layer(planes, alpha, 0.0),), horizon=horizon / frame.tall, surface="land", foot=foot, scale=scale
    )


def _row(
    planes: Array,
    lamps: Array,
    alpha: Array,
    frame: Frame,
    horizon: float,
    light: Light,
    rng: np.random.Generator,
    far: float,
    tall: float,
    wide: float,
    row: int,
) -> None:
    """One row of towers side by side, laid over those behind it."""
    x = float(rng.uniform(-wide, 0))
    heart = float(rng.uniform(0.3, 0.7)) * frame.wide
    while x < frame.wide:
        breadth = wide * float(rng.uniform(0.55, 1.35))
        mound = 0.5 + 0.62 * np.exp(-(((x - heart) / 0.42) ** 2))
        high = tall * mound * float(rng.uniform(0.45, 1.15))
        _tower(planes, lamps, alpha, frame, horizon, light, rng, (x, breadth, high), far, row)
        x += breadth * float(rng.uniform(0.86, 1.16))


def _tower(
    planes: Array,
    lamps: Array,
    alpha: Array,
    frame: Frame,
    horizon: float,
    light: Light,
    rng: np.random.Generator,
    box: tuple[float, float, float],
    far: float,
    row: int,
) -> None:
    """A tower: a facade with rows of windows, a crown of one of a few kinds."""
    left, breadth, high = box
    kind, color = int(rng.integers(5)), FACADES[int(rng.integers(len(FACADES)))]
    seed_rows, seed_columns = rng.random((96, 24)), rng.random(96)
    lamp = LAMPS[int(rng.integers(len(LAMPS)))]
    columns = slice(max(0, int(left / frame.pixel)), min(frame.width, int((left + breadth) / frame.pixel) + 1))
    rows = slice(max(0, int((horizon - high - 0.1) / frame.pixel)), min(frame.height, int(horizon / frame.pixel) + 1))
    u = (frame.x[:, columns] - left) / breadth
    v = horizon - frame.y[rows]
    if u.size == 0 or v.size == 0:
        return
    body = np.clip((breadth / 2 - np.abs(frame.x[:, columns] - left - breadth / 2)) / frame.pixel + 0.5, 0, 1)
    top = high + 0 * u
    if kind == 1:  # set back
        top = top - 0.22 * high * (np.abs(u - 0.5) > 0.3)
    elif kind == 2:  # a slanting roof
        top = top - 0.1 * breadth * 3 * u
    elif kind == 3:  # a pointed crown with a mast
        top = top - breadth * 0.9 * np.abs(u - 0.5) + 0.08 * np.exp(-(((u - 0.5) / 0.035) ** 2))
    elif kind == 4:  # rounded
        top = top - 0.45 * breadth * (1 - np.sqrt(np.clip(1 - (2 * u - 1) ** 2, 0, 1)))
    shape = np.clip((top - v) / frame.pixel + 0.5, 0, 1) * body
    toward = (u - 0.5) * (1 if light.source[0] * frame.wide > left + breadth / 2 else -1)
    tone = 0.78 + 0.3 * smooth(-0.12, 0.12, toward - 0.16) + 0.1 * v / max(high, 1e-3)
    pitch = (0.0095, 0.012, 0.0165)[row]
    across = max(2, round(breadth / pitch))
    cell_u, cell_v = u * across, v / (pitch * 1.25)
    pane = smooth(0.36, 0.26, np.abs(cell_u % 1 - 0.5)) * smooth(0.36, 0.26, np.abs(cell_v % 1 - 0.5))
    pane = pane * (v < high - 0.012) * (v > 0.012)
    story, bay = cell_v.astype(np.int32) % 96, np.clip(cell_u, 0, 23).astype(np.int32)
    chance = seed_rows[story, bay] * 0.75 + seed_columns[story] * 0.25
    share = {"night": 0.56, "sunset": 0.24, "dawn": 0.16}.get(light.time, 0.0) + (
        0.2 if light.weather in ("storm", "rain") else 0.0
    )
    lit = (smooth(share + 0.02, share - 0.02, chance) if share else 0 * chance) * pane
    glass = pane * (1 - lit) * 0.6
    part, seen = planes[:, rows, columns], alpha[rows, columns]
    haze = far * (0.35 + 0.65 * light.haze_strength)
    for channel in range(3):
        face = color[channel] * tone * light.ambient[channel]
        face = face + (light.sky[3][1][channel] * 0.8 - face) * glass
        face = face + (light.haze[channel] - face) * haze * (0.85 if light.time == "night" else 1.0)
        shine = lamp[channel] * (0.75 + 0.4 * seed_rows[story, bay])
        face = face + (shine - face) * lit * (1 - 0.5 * far)
        part[channel] += (face - part[channel]) * shape
        lights = lamps[channel, rows, columns]
        lights *= 1 - shape
        lights += lamp[channel] * lit * shape * (1 - 0.5 * far) * (1.1 if light.time == "night" else 0.5)
    seen += (1 - seen) * shape


def _avenue(planes: Array, alpha: Array, frame: Frame, horizon: float, light: Light, rng: np.random.Generator) -> None:
    """Trees and lamps along the foot of the towers, in place."""
    kinds = [trees.tree(light, rng, kind) for kind in range(2)]
    for x in np.arange(-0.02, frame.wide, 0.052):
        tall = float(rng.uniform(0.05, 0.085))
        kind = kinds[int(rng.integers(2))]
        size = max(1, round(tall * kind.slim / frame.pixel)), max(2, round(tall / frame.pixel))
        image = kind.image.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
        corner = (
            round((float(x) + float(rng.normal(0, 0.012))) / frame.pixel),
            round((horizon + 0.008) / frame.pixel) - size[1],
        )
        billboards.stamp(planes, alpha, image, corner, (light.haze, 0.12))
    if light.time == "day":
        return
    glow = np.zeros((frame.height, frame.width), dtype=np.float32)
    for x in np.arange(0.05, frame.wide, 0.13):
        glow += np.exp(-((frame.x - float(x)) ** 2 + (frame.y - horizon + 0.035) ** 2) / 0.00006)
        glow += 0.3 * np.exp(-((frame.x - float(x)) ** 2 + (frame.y - horizon + 0.035) ** 2) / 0.0011)
    screen(planes, LAMPS[0], np.clip(glow, 0, 1) * (1.0 if light.time == "night" else 0.7))


def _street(planes: Array, frame: Frame, horizon: float, light: Light, rng: np.random.Generator) -> None:
    """Paving in perspective; it mirrors the towers, much at night and after rain, a little by day."""
    top = min(int(horizon / frame.pixel), frame.height - 2)
    below = np.maximum(frame.y[top:] - horizon, 0.3 * frame.pixel)
    z = FOCAL / (below + 0.05)
    x = (frame.x - frame.wide / 2) * z
    texture = tile(rng, 8, 5, 0.6)
    rough = sample(texture, x * 0.05, z * 0.05)
    joint = np.maximum(
        smooth(0.045, 0.0, np.abs(x * 1.7 - np.round(x * 1.7))), smooth(0.045, 0.0, np.abs(z * 1.2 - np.round(z * 1.2)))
    ) * np.exp(-z / 8)
    near = below / (frame.tall - horizon)
    wet = {"night": 0.66, "sunset": 0.46, "dawn": 0.36}.get(light.time, 0.24)
    wet = min(0.8, wet + (0.22 if light.weather in ("rain", "storm") else 0.0))
    gloss = np.clip(wet * (1.15 - 0.75 * near) * (1 - 0.5 * joint), 0, 0.9)
    rise = horizon - below * 1.1
    sway = (0.0035 * sample(texture, 0 * x + 0.3, z * 0.9) + 0.002 * rough) * (0.4 + 2.5 * near) / frame.pixel
    columns = np.clip(np.arange(frame.width)[None] + sway, 0, frame.width - 1).astype(np.int32)
    stone = (0.66, 0.63, 0.62) if light.season != "winter" else (0.88, 0.9, 0.95)
    glow = light.sun or light.moon
    path = np.exp(-(((frame.x - (glow[0] * frame.wide if glow else 9.0)) / 0.16) ** 2)) * 0.22
    for channel in range(3):
        column = planes[channel].ravel()
        seen = np.zeros_like(rough)
        for blur in (0.0, 0.018, 0.04, 0.07):  # a rough mirror draws its pictures out downwards
            row = np.clip((rise + blur * near) / frame.pixel, 0, max(top - 1, 0)).astype(np.int32)
            seen += 0.25 * column.take(row * frame.width + columns)
        ground = stone[channel] * light.ambient[channel] * (0.9 + 0.02 * rough) * (1 - 0.22 * joint)
        ground = ground + (light.haze[channel] - ground) * 0.45 * np.exp(-below * 12)
        ground = ground + (seen - ground) * gloss
        planes[channel, top:] = ground + (1 - ground) * path * light.glow[channel]
