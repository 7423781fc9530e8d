"""Trees: crowns of puffs, tiers of needles, palms."""

import math

import numpy as np
from PIL import Image, ImageDraw

from mengbi.engine.sketch.land.billboards import Billboard, ink, lit_up
from mengbi.engine.sketch.light import Light, Rgb
from mengbi.engine.sketch.texture import Array, resize, sample, smooth, tile

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


def tree(light: Light, rng: np.random.Generator, kind: int) -> Billboard:
    """A broad-leaved tree: a crown of puffs on a forked trunk. kind: which of the season's three."""
    height, width = 220, 190
    y = np.linspace(1.04, -0.02, height, dtype=np.float32)[:, None]
    x = np.linspace(-0.5, 0.5, width, dtype=np.float32)[None] * np.float32(width / height * 1.06)
    leaf = tile(rng, 16, 5, 0.8, 256)
    rough = sample(leaf, x * 0.9, y * 0.9)
    relief, inside = np.zeros((height, width), np.float32), np.full((height, width), -1.0, np.float32)
    xs, ys = x + 0.012 * rough, y + 0.012 * np.roll(rough, 40, axis=1)
    wide, tall = float(rng.uniform(0.24, 0.33)), float(rng.uniform(0.24, 0.31))
    turns = rng.uniform(0, 2 * math.pi, 6)
    lobes = [
        (0.0, 0.66, 0.16),
        *((math.cos(turn) * wide * 0.72, 0.64 + math.sin(turn) * tall * 0.72, 0.11) for turn in turns),
    ]
    for index in range(54):
        lobe = lobes[index % len(lobes)]
        turn, out = float(rng.uniform(0, 2 * math.pi)), math.sqrt(float(rng.random()))
        cx, cy = lobe[0] + math.cos(turn) * out * lobe[2], lobe[1] + math.sin(turn) * out * lobe[2] * 0.8
        radius = float(rng.uniform(0.05, 0.1)) * (1.4 if index < 7 else 1.0)
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
    return lit_up(light, color, shape, 0.55 + 0.3 * lit)


def pine(light: Light, rng: np.random.Generator) -> Billboard:
    """A conifer: tiers of needles, with snow on them in winter."""
    height, width = 240, 130
    y = np.linspace(0, 1.05, height, dtype=np.float32)[:, None]
    x = np.linspace(-0.28, 0.28, width, dtype=np.float32)[None]
    needle = tile(rng, 16, 5, 0.85, 256)
    rough = sample(needle, x * 1.2, y * 0.7)
    tiers = float(rng.integers(9, 13))
    slender = np.minimum(y * 9, 1)
    bend = np.abs(x) * 1.1
    phase = np.mod(y**0.8 * tiers - bend * tiers * 0.25 + 0.2 * rough * slender, 1.0)
    reach = y**0.92 * float(rng.uniform(0.2, 0.25)) * (0.6 + 0.5 * phase * slender) + 0.002
    edge = (reach - np.abs(x)) / 0.011 + 1.5 * rough * slender
    alpha = smooth(-0.3, 0.8, edge) * smooth(0.955, 0.93, y + 0.01 * rough)
    trunk = ((np.abs(x) < 0.017) & (y > 0.9) & (y < 1.0)).astype(np.float32)
    side = light.side
    lit = np.clip(0.42 + side * x * 1.9 + 0.35 * (phase - 0.5) + 0.12 * rough, 0, 1)
    dark, bright = (0.05, 0.15, 0.13), (0.27, 0.42, 0.26)
    color = np.stack([dark[c] + (bright[c] - dark[c]) * lit for c in range(3)])
    if light.season == "winter":
        snow = smooth(0.62, 0.36, phase + 0.18 * rough) * smooth(-0.2, 0.5, lit) * 0.92
        for plane, part in zip(color, (0.93, 0.95, 1.0), strict=True):
            plane += (part * (0.75 + 0.25 * lit) - plane) * snow
    shape = np.maximum(alpha, trunk)
    bark = np.asarray((0.26, 0.18, 0.14), dtype=np.float32)[:, None, None]
    return lit_up(light, color * alpha + bark * (1 - alpha), shape, lit)


def palm(light: Light, rng: np.random.Generator, rightward: bool) -> Billboard:
    """A palm that leans to one side under a crown of feathered leaves."""
    image = Image.new("RGBa", (520, 600))
    pen = ImageDraw.Draw(image)
    sign = 1 if rightward else -1
    foot, head = (260 - sign * 110, 596), (260 + sign * 40, 190)
    for step in range(48):
        t = step / 48
        x, y = foot[0] + (head[0] - foot[0]) * t**1.6, foot[1] + (head[1] - foot[1]) * t
        half = 15 * (1 - 0.5 * t) + 8 * math.exp(-t * 14)
        tone = 0.75 + 0.22 * (step % 3) / 2
        pen.polygon(
            [(x - half, y), (x + half, y), (x + half * 0.85, y - 11), (x - half * 0.85, y - 11)],
            fill=ink(light.ambient, (0.5, 0.38, 0.27), tone),
        )
    for leaf in range(13):
        turn = -math.pi / 2 + (leaf - 6) / 6 * 2.3 + float(rng.normal(0, 0.1))
        reach, tone = float(rng.uniform(165, 225)), float(rng.uniform(0.55, 1.15))
        color = (0.22, 0.48, 0.2)
        for step in range(1, 26):
            t = step / 26
            cx = head[0] + math.cos(turn) * reach * t
            cy = head[1] + math.sin(turn) * reach * t * 0.75 + 105 * t * t
            long = 46 * math.sin(math.pi * min(1.0, t * 0.9 + 0.08)) + 5
            for side in (-1, 1):
                ex, ey = (
                    cx + math.cos(turn) * 24 + side * math.sin(turn) * long * 0.25,
                    cy + long * (0.75 if side > 0 else 0.42),
                )
                pen.polygon(
                    [(cx - 4, cy - 3), (ex, ey), (cx + 5, cy + 3)],
                    fill=ink(light.ambient, color, tone * (1.0 if side > 0 else 0.8)),
                )
    for nut in range(4):
        x, y = head[0] + (nut - 1.5) * 13, head[1] + 12 + 5 * (nut % 2)
        pen.ellipse((x - 10, y - 10, x + 10, y + 10), fill=ink(light.ambient, (0.42, 0.28, 0.18), 1.0))
    return Billboard(image=image, slim=520 / 600)


def _crown_light(light: Light, relief: Array, y: Array, rough: Array) -> Array:
    """How lit the leaves of a crown are, 0..1."""
    side = light.side
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
