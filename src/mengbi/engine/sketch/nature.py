"""What grows: trees and pines as relief lit by the sun, grass blade by blade, flowers."""

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from mengbi.engine.sketch.light import Light, Rgb
from mengbi.engine.sketch.sheets import Layer, layer
from mengbi.engine.sketch.terrain import FOCAL, View, shine
from mengbi.engine.sketch.texture import Array, Frame, resize, sample, smooth, tile

LEAVES: dict[str, tuple[tuple[Rgb, Rgb], ...]] = {
    "spring": (
        ((0.2, 0.42, 0.2), (0.62, 0.76, 0.36)),
        ((0.72, 0.42, 0.52), (1.0, 0.82, 0.86)),
        ((0.24, 0.44, 0.24), (0.7, 0.8, 0.42)),
    ),
    "summer": (
        ((0.1, 0.28, 0.15), (0.44, 0.6, 0.24)),
        ((0.13, 0.32, 0.16), (0.54, 0.64, 0.26)),
        ((0.09, 0.25, 0.17), (0.36, 0.54, 0.27)),
    ),
    "autumn": (
        ((0.5, 0.18, 0.1), (0.96, 0.52, 0.16)),
        ((0.52, 0.3, 0.08), (1.0, 0.76, 0.26)),
        ((0.42, 0.12, 0.12), (0.86, 0.32, 0.18)),
    ),
    "winter": (
        ((0.42, 0.48, 0.58), (0.96, 0.97, 1.0)),
        ((0.36, 0.42, 0.52), (0.9, 0.94, 1.0)),
        ((0.46, 0.5, 0.58), (1.0, 1.0, 1.0)),
    ),
}
"""By season: shadow and light of three kinds of crown."""

PETALS: tuple[tuple[Rgb, ...], ...] = (
    ((0.98, 0.96, 0.92), (1.0, 0.84, 0.3), (0.93, 0.42, 0.45)),
    ((0.86, 0.3, 0.28), (0.95, 0.45, 0.3), (1.0, 0.93, 0.84)),
    ((0.62, 0.5, 0.88), (0.82, 0.66, 0.95), (0.98, 0.95, 1.0)),
    ((0.45, 0.55, 0.92), (0.96, 0.94, 0.98), (1.0, 0.8, 0.42)),
    ((1.0, 0.74, 0.8), (1.0, 0.9, 0.92), (0.95, 0.55, 0.68)),
)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Plant:
    """A drawing of something that grows, under the light of the picture."""

    image: Image.Image  # RGBA, colour multiplied by alpha
    slim: float  # width by height


def tree(light: Light, rng: np.random.Generator, kind: int) -> Plant:
    """A broad-leaved tree: a crown of puffs on a forked trunk. kind: which of the season's three."""
    height, width = 220, 190
    y = np.linspace(1.04, -0.02, height, dtype=np.float32)[:, None]
    x = np.linspace(-0.5, 0.5, width, dtype=np.float32)[None] * np.float32(width / height * 1.06)
    leaf = tile(rng, 16, 5, 0.8, 256)
    rough = sample(leaf, x * 0.9, y * 0.9)
    relief, inside = np.zeros((height, width), np.float32), np.full((height, width), -1.0, np.float32)
    xs, ys = x + 0.012 * rough, y + 0.012 * np.roll(rough, 40, axis=1)
    wide, tall = float(rng.uniform(0.24, 0.34)), float(rng.uniform(0.24, 0.32))
    for index in range(46):
        turn, out = float(rng.uniform(0, 2 * math.pi)), math.sqrt(float(rng.random()))
        cx, cy = math.cos(turn) * out * wide, 0.64 + math.sin(turn) * out * tall
        radius = float(rng.uniform(0.06, 0.13)) * (1.5 if index < 8 else 1.0)
        reach = radius + 0.07
        rows = slice(*np.searchsorted(-y[:, 0], (-cy - reach, reach - cy)))
        columns = slice(*np.searchsorted(x[0], (cx - reach, cx + reach)))
        dome = radius * radius - (xs[rows, columns] - cx) ** 2 - (ys[rows, columns] - cy) ** 2
        part = inside[rows, columns]
        np.maximum(part, dome / radius, out=part)
        raised = dome > 0
        np.maximum(dome, 0, out=dome)
        np.sqrt(dome, out=dome)
        part = relief[rows, columns]
        np.maximum(part, (dome + 0.14 * (1 - out)) * raised, out=part)
    alpha = smooth(-0.004, 0.012, inside + 0.016 * rough)
    lit = _crown_light(light, relief, y, rough)
    dark, bright = LEAVES[light.season][kind % 3]
    color = np.stack([dark[c] + (bright[c] - dark[c]) * lit for c in range(3)])
    trunk = _trunk(rng, width, height)
    bark = np.asarray((0.34, 0.25, 0.19), dtype=np.float32)[:, None, None] * (0.7 + 0.3 * lit)
    shape = np.maximum(alpha, trunk)
    color = color * alpha + bark * (1 - alpha)
    return grown(light, color, shape, 0.55 + 0.3 * lit)


def pine(light: Light, rng: np.random.Generator) -> Plant:
    """A conifer: tiers of needles, with snow on them in winter."""
    height, width = 240, 130
    y = np.linspace(0, 1.05, height, dtype=np.float32)[:, None]
    x = np.linspace(-0.28, 0.28, width, dtype=np.float32)[None]
    needle = tile(rng, 16, 5, 0.85, 256)
    rough = sample(needle, x * 1.2, y * 0.7)
    tiers = float(rng.integers(8, 12))
    bend = 0.22 * np.abs(x) / 0.2
    phase = np.mod(y**0.85 * tiers - bend * tiers * 0.25 + 0.22 * rough, 1.0)
    reach = y * float(rng.uniform(0.2, 0.26)) * (0.58 + 0.5 * phase) + 0.006
    edge = (reach - np.abs(x)) / 0.012 + 1.6 * rough
    alpha = smooth(-0.5, 0.8, edge) * smooth(0.955, 0.93, y + 0.01 * rough)
    trunk = ((np.abs(x) < 0.017) & (y > 0.9) & (y < 1.0)).astype(np.float32)
    side = -1.0 if (light.sun or light.moon or (0.3, 0))[0] < 0.5 else 1.0
    lit = np.clip(0.42 + side * x * 1.9 + 0.35 * (phase - 0.5) + 0.12 * rough, 0, 1)
    dark, bright = (0.05, 0.15, 0.13), (0.27, 0.42, 0.26)
    color = np.stack([dark[c] + (bright[c] - dark[c]) * lit for c in range(3)])
    if light.season == "winter":
        snow = smooth(0.62, 0.36, phase + 0.18 * rough) * smooth(-0.2, 0.5, lit) * 0.92
        for plane, part in zip(color, (0.93, 0.95, 1.0), strict=True):
            plane += (part * (0.75 + 0.25 * lit) - plane) * snow
    shape = np.maximum(alpha, trunk)
    bark = np.asarray((0.26, 0.18, 0.14), dtype=np.float32)[:, None, None]
    return grown(light, color * alpha + bark * (1 - alpha), shape, lit)


def fern(light: Light, rng: np.random.Generator) -> Plant:
    """A fern: fronds that bow outward from one root."""
    image = Image.new("RGBa", (300, 180))
    pen = ImageDraw.Draw(image)
    dark, bright = LEAVES[light.season][0]
    for frond in rng.permutation(11):
        turn = (frond - 5) / 5 * 1.25 + float(rng.normal(0, 0.06))
        reach = 150 * float(rng.uniform(0.75, 1.0))
        tone = float(rng.uniform(0.2, 0.85))
        fill = tuple(int(255 * min(1.0, (dark[c] + (bright[c] - dark[c]) * tone) * light.ambient[c])) for c in range(3))
        tip = (150 + math.sin(turn) * reach * 0.8, 178 - math.cos(turn) * reach * 0.8)
        _fern(pen, (150, 178), tip, reach * 0.22, fill)
    return Plant(image=image, slim=300 / 180)


def stand(seen: View, plant: Plant, x: float, z: float, height: float, reach: float = 70.0) -> None:
    """Plants something on the land, behind what is nearer; x: fraction of the width; height in heights of the eye."""
    frame, land = seen.plain.frame, seen.plain
    foot = float(seen.foot(x, z)) / frame.pixel
    tall = FOCAL * height / z / frame.pixel
    size = max(1, round(tall * plant.slim)), max(2, round(tall))
    left, top = round(x * frame.width - size[0] / 2), round(foot - size[1] * 0.985)
    box = max(left, 0), max(top, 0), min(left + size[0], frame.width), min(top + size[1], frame.height)
    if box[0] >= box[2] or box[1] >= box[3]:
        return
    image = np.asarray(plant.image.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0))
    part = image[box[1] - top : box[3] - top, box[0] - left : box[2] - left]
    part = np.moveaxis(part, -1, 0).astype(np.float32) * np.float32(1 / 255)
    place = slice(box[1], box[3]), slice(box[0], box[2])
    part *= seen.far[place] > z * 0.97
    fade = land.light.haze_strength * (1 - math.exp(-z / reach))
    for channel in range(3):
        target = seen.rgb[channel][place]
        target *= 1 - part[3]
        target += part[channel] * (1 - fade) + part[3] * (land.light.haze[channel] * fade)
    seen.alpha[place] = np.maximum(seen.alpha[place], part[3])


def shadow(seen: View, x: float, z: float, width: float) -> None:
    """A soft shadow on the land, under something `width` heights of the eye wide, drawn out away from the light."""
    frame, land = seen.plain.frame, seen.plain
    foot = float(seen.foot(x, z))
    wide = FOCAL * width / z
    lean = np.clip(land.light.shadow[0], -1.2, 1.2) * 0.8
    cx, rx, ry = x * frame.wide + lean * wide, wide * (0.55 + abs(lean)), max(wide * 0.16, frame.pixel)
    rows = slice(max(0, int((foot - 2 * ry) / frame.pixel)), max(0, int((foot + 2 * ry) / frame.pixel) + 1))
    columns = slice(max(0, int((cx - 2 * rx) / frame.pixel)), max(0, int((cx + 2 * rx) / frame.pixel) + 1))
    d = ((frame.x[:, columns] - cx) / rx) ** 2 + ((frame.y[rows] - foot) / ry) ** 2
    if d.size == 0:
        return
    seen.rgb[:, rows, columns] *= 1 - np.exp(-1.6 * d) * min(0.5, land.light.shadow[2])


def grass(seen: View, rng: np.random.Generator, count: int, tall: float = 0.12) -> None:
    """Blades of grass over the near land, far ones first, each in the colour of the ground it grows from."""
    frame, land = seen.plain.frame, seen.plain
    nearest = FOCAL / (frame.tall - land.horizon)
    z = np.sort(nearest * (0.9 + 3.4 * rng.random(count) ** 1.5))[::-1]
    x = rng.random(count)
    lean, size = rng.normal(0.12, 0.35, count), tall * rng.uniform(0.5, 1.3, count)
    top = max(0, int(land.horizon / frame.pixel) - 8)
    image = Image.new("RGBa", (frame.width * 2, (frame.height - top) * 2))
    pen, scale = ImageDraw.Draw(image), 2 / frame.pixel
    foot, px, reach = seen.foot(x, z) * scale - 2 * top, x * frame.width * 2, size / z * scale
    row = np.clip(foot / 2 + top, 0, frame.height - 1).astype(np.int32)
    column = np.clip(px / 2, 0, frame.width - 1).astype(np.int32)
    tone = rng.uniform(0.78, 1.34, count) * 255
    fill = np.clip(seen.rgb[:, row, column] * tone, 0, 255).astype(np.uint8).T
    half, tip = np.maximum(0.7, reach * 0.055), px + lean * reach
    bend, middle = px + lean * reach * 0.35, foot - reach * 0.55
    blades = np.stack(
        [px - half, foot, bend - half * 0.7, middle, tip, foot - reach, bend + half * 0.7, middle, px + half, foot],
        axis=1,
    )
    for blade, color in zip(blades.tolist(), fill.tolist(), strict=True):
        pen.polygon(blade, fill=(*color, 255))
    lay(seen, image, top)


def flowers(seen: View, rng: np.random.Generator, count: int) -> None:
    """Flowers in drifts over the near land, in one of a few harmonies."""
    frame, land = seen.plain.frame, seen.plain
    petals = PETALS[int(rng.integers(len(PETALS)))]
    nearest = FOCAL / (frame.tall - land.horizon)
    z = np.sort(nearest * (1.02 + 7 * rng.random(count) ** 1.5))[::-1]
    drift = rng.random(6)
    x = np.mod(drift[rng.integers(0, 6, count)] + rng.normal(0, 0.06, count) * z / nearest, 1.0)
    kind, shade, turn = rng.integers(0, len(petals), count), rng.uniform(0.85, 1.0, count), rng.uniform(0, 2, count)
    top = max(0, int(land.horizon / frame.pixel) - 8)
    image = Image.new("RGBa", (frame.width * 2, (frame.height - top) * 2))
    pen, scale = ImageDraw.Draw(image), 2 / frame.pixel
    radius = np.maximum(0.9, 0.02 / z * scale)
    px, py = x * frame.width * 2, seen.foot(x, z) * scale - 2 * top - radius * 2.4
    fill = np.asarray(petals)[kind] * (255 * shade[:, None]) * np.asarray(land.light.ambient)
    for index, (cx, cy, r) in enumerate(zip(px.tolist(), py.tolist(), radius.tolist(), strict=True)):
        color = tuple(int(part) for part in fill[index])
        if r < 4:
            pen.ellipse((cx - r, cy - r * 0.75, cx + r, cy + r * 0.75), fill=(*color, 255))
        else:
            blossom(pen, (cx, cy), r, color, float(turn[index]))
    lay(seen, image, top)


def blossom(pen: ImageDraw.ImageDraw, at: tuple[float, float], r: float, fill: tuple[int, ...], turn: float) -> None:
    """A flower of five petals seen a little from the side."""
    for petal in range(5):
        angle = turn + petal * 2 * math.pi / 5
        cx, cy = at[0] + math.cos(angle) * r * 0.62, at[1] + math.sin(angle) * r * 0.45
        shade = 0.86 + 0.14 * math.sin(angle + 4)
        color = tuple(int(part * shade) for part in fill)
        pen.ellipse((cx - r * 0.55, cy - r * 0.45, cx + r * 0.55, cy + r * 0.45), fill=(*color, 255))
    heart = tuple(int(part * tone) for part, tone in zip(fill, (0.98, 0.8, 0.4), strict=True))
    pen.ellipse((at[0] - r * 0.28, at[1] - r * 0.22, at[0] + r * 0.28, at[1] + r * 0.22), fill=(*heart, 255))


def fringe(frame: Frame, light: Light, rng: np.random.Generator, *, ferns: bool) -> Layer:
    """Growth at our feet along the lower edge, tall at the corners and low between: the nearest sheet."""
    image = Image.new("RGBa", (frame.width * 2, frame.height * 2))
    pen, scale = ImageDraw.Draw(image), 2 / frame.pixel
    dark, bright = LEAVES[light.season][0]
    bottom = frame.tall * scale
    for _ in range(int(260 * frame.wide)):
        x = float(rng.random())
        corner = abs(2 * x - 1) ** 2.5
        reach = (0.025 + 0.11 * corner) * float(rng.uniform(0.4, 1.2))
        tone = float(rng.uniform(0.25, 0.8)) * (0.7 if ferns else 1.0)
        fill = tuple(int(255 * min(1.0, (dark[c] + (bright[c] - dark[c]) * tone) * light.ambient[c])) for c in range(3))
        px, half = x * frame.wide * scale, (0.0018 + 0.004 * reach / 0.1) * scale
        lean = float(rng.normal(0, 0.3)) * reach * scale
        tip = (px + lean, bottom - reach * scale)
        bend = (px + lean * 0.3, bottom - reach * scale * 0.6)
        if ferns and corner > 0.25:
            _fern(pen, (px, bottom), tip, reach * scale * 0.34, fill)
        else:
            pen.polygon(
                [
                    (px - half, bottom),
                    (bend[0] - half * 0.8, bend[1]),
                    tip,
                    (bend[0] + half * 0.8, bend[1]),
                    (px + half, bottom),
                ],
                fill=(*fill, 255),
            )
    part = np.asarray(image.reduce(2), dtype=np.float32) / 255
    cover = part[..., 3]
    return layer(np.moveaxis(part[..., :3], -1, 0) / np.maximum(cover, 1e-3), cover, 0.97)


def _fern(
    pen: ImageDraw.ImageDraw, foot: tuple[float, float], tip: tuple[float, float], spread: float, fill: tuple[int, ...]
) -> None:
    """A frond: leaflets that shorten towards its tip."""
    dx, dy = tip[0] - foot[0], tip[1] - foot[1]
    norm = math.hypot(dx, dy) + 1e-6
    for step in range(3, 16):
        t = step / 16
        bow = 0.25 * t * t
        cx, cy = foot[0] + dx * (t + bow), foot[1] + dy * (t - 0.4 * bow)
        size = spread * (1 - t) ** 0.7 * min(1.0, t * 4)
        for side in (-1, 1):
            ex, ey = (
                cx + size * (-dy * side / norm * 0.9 + dx / norm * 0.5),
                cy + size * (dx * side / norm * 0.9 + dy / norm * 0.5),
            )
            wx, wy = dx / norm * size * 0.2, dy / norm * size * 0.2
            pen.polygon([(cx - wx, cy - wy), (ex, ey), (cx + wx, cy + wy)], fill=(*fill, 255))


def lay(seen: View, image: Image.Image, top: int) -> None:
    """Lays a drawing of twice the frame's pixels over the rows of the view from `top`, in place."""
    part = np.moveaxis(np.asarray(image.reduce(2)), -1, 0).astype(np.float32)
    part *= np.float32(1 / 255)
    for channel in range(3):
        target = seen.rgb[channel, top:]
        target *= 1 - part[3]
        target += part[channel]
    np.maximum(seen.alpha[top:], part[3], out=seen.alpha[top:])


def _crown_light(light: Light, relief: Array, y: Array, rough: Array) -> Array:
    """How lit the leaves of a crown are, 0..1."""
    side = -1.0 if (light.sun or light.moon or (0.3, 0))[0] < 0.5 else 1.0
    height, width = relief.shape
    mass = resize(resize(relief, (width // 8, height // 8), hard=True), (width, height))
    lit = np.clip((y - 0.35) * 0.9, 0, 0.55)
    for surface, weight in ((relief, 0.16), (mass, 0.34)):
        down, across = np.gradient(surface, 1.06 / height)
        lit = lit + weight * (-across * side * 0.8 + down * 0.75) / np.sqrt(1 + across**2 + down**2)
    return np.clip(lit + 0.13 * rough + (relief - mass) * 1.4, 0, 1)


def _trunk(rng: np.random.Generator, width: int, height: int) -> Array:
    """Coverage of a trunk that forks into the crown."""
    image = Image.new("L", (width * 2, height * 2))
    pen = ImageDraw.Draw(image)
    foot, fork = (width, height * 2 * 0.985), (width + float(rng.uniform(-8, 8)), height * 2 * 0.62)
    pen.polygon(
        [(foot[0] - 17, foot[1]), (fork[0] - 9, fork[1]), (fork[0] + 9, fork[1]), (foot[0] + 17, foot[1])], fill=255
    )
    for _ in range(5):
        tip = (fork[0] + float(rng.uniform(-90, 90)), fork[1] - float(rng.uniform(60, 170)))
        pen.line([fork, tip], fill=255, width=7)
    return np.asarray(image.reduce(2), dtype=np.float32) / 255


def grown(light: Light, color: Array, alpha: Array, lit: Array) -> Plant:
    """A plant from planes of local colour, its cover, and how lit it is, (h, w) each."""
    color = np.clip(shine(light, color, lit), 0, 1) * alpha
    pixels = np.concatenate([color, alpha[None]])
    image = Image.fromarray((np.moveaxis(pixels, 0, -1) * 255).round().astype(np.uint8), "RGBa")
    return Plant(image=image, slim=alpha.shape[1] / alpha.shape[0])
