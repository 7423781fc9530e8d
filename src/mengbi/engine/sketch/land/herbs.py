"""What grows near the ground: grass blade by blade, flowers, ferns, reeds."""

import math

import numpy as np
from PIL import Image, ImageDraw

from mengbi.engine.sketch.land.billboards import Billboard, ink, lay
from mengbi.engine.sketch.land.terrain import FOCAL, View
from mengbi.engine.sketch.land.trees import LEAVES
from mengbi.engine.sketch.light import Light, Rgb
from mengbi.engine.sketch.sheets import Layer, layer
from mengbi.engine.sketch.texture import Frame

PETALS: tuple[tuple[Rgb, ...], ...] = (
    ((0.98, 0.96, 0.92), (1.0, 0.84, 0.3), (0.93, 0.42, 0.45)),
    ((0.86, 0.3, 0.28), (0.95, 0.45, 0.3), (1.0, 0.93, 0.84)),
    ((0.62, 0.5, 0.88), (0.82, 0.66, 0.95), (0.98, 0.95, 1.0)),
    ((0.45, 0.55, 0.92), (0.96, 0.94, 0.98), (1.0, 0.8, 0.42)),
    ((1.0, 0.74, 0.8), (1.0, 0.9, 0.92), (0.95, 0.55, 0.68)),
)


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
    colors = np.asarray(petals)
    if land.light.time == "night":
        colors = 0.5 * colors + 0.5 * colors.mean(axis=1, keepdims=True)
    fill = colors[kind] * (255 * shade[:, None]) * np.asarray(land.light.ambient)
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
    top = max(0, frame.height - round(0.2 / frame.pixel))
    image = Image.new("RGBa", (frame.width * 2, (frame.height - top) * 2))
    pen, scale = ImageDraw.Draw(image), 2 / frame.pixel
    dark, bright = ((0.36, 0.27, 0.11), (0.8, 0.6, 0.24)) if light.season == "autumn" else LEAVES[light.season][0]
    bottom = float(image.height)
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
    part = np.moveaxis(np.asarray(image.reduce(2)), -1, 0).astype(np.float32) / 255
    planes = np.zeros((3, frame.height, frame.width), dtype=np.float32)
    cover = np.zeros((frame.height, frame.width), dtype=np.float32)
    cover[top:] = part[3]
    planes[:, top:] = part[:3] / np.maximum(part[3], 1e-3)
    return layer(planes, cover, 0.97)


def fern(light: Light, rng: np.random.Generator) -> Billboard:
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
    return Billboard(image=image, slim=300 / 180)


def reeds(light: Light, rng: np.random.Generator) -> Billboard:
    """A clump of reeds with a few cattails."""
    image = Image.new("RGBa", (200, 260))
    pen = ImageDraw.Draw(image)
    straw = ((0.42, 0.34, 0.14), (0.82, 0.68, 0.34))
    dark, bright = straw if light.season in ("autumn", "winter") else LEAVES[light.season][0]

    for blade in range(26):
        foot, lean, tall = 100 + float(rng.normal(0, 20)), float(rng.normal(0, 26)), float(rng.uniform(90, 235))
        share = float(rng.uniform(0.1, 0.9))
        color = (
            dark[0] + (bright[0] - dark[0]) * share, dark[1] + (bright[1] - dark[1]) * share, dark[2] * 0.8
        )  # fmt: skip
        root = 258 - 0.5 * abs(foot - 100)
        tip, bend = (foot + lean, root - tall), (foot + lean * 0.3, root - tall * 0.55)
        outline = [(foot - 3, root), (bend[0] - 3, bend[1]), tip, (bend[0] + 3, bend[1]), (foot + 3, root)]
        pen.polygon(outline, fill=ink(light.ambient, color, 1))
        if blade % 7 == 3:
            pen.rounded_rectangle(
                (tip[0] - 5, tip[1] - 4, tip[0] + 5, tip[1] + 34), 5, fill=ink(light.ambient, (0.4, 0.26, 0.16), 1)
            )
    return Billboard(image=image, slim=200 / 260)


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
