"""Treatments that draw: ink lines along edges, hatching along tones, light along edges."""

import math

import numpy as np

from mengbi.finish.treatments.field import Array, blur, color, grid, luma, mix, noise, ramp, slopes
from mengbi.finish.treatments.smooth import tangents


def ink(
    picture: Array, unit: float, rng: np.random.Generator, *,
    width: float = 1.4, gain: float = 16.0, threshold: float = 0.1, black: float = 0.0, flow: float = 8.0,
    color_: str = "#101014", paper: str = "", amount: float = 1.0, rough: float = 0.0,
) -> Array:  # fmt: skip
    """Ink lines: the extended difference of Gaussians (Winnemöller, Kyprianidis & Olsen 2012), along the flow of edges.

    gain: how faint an edge may be; threshold: what is left out; black: light below which all is ink; flow: how far the
    response is gathered along the edge (Kang, Lee & Chui 2007), 0 for none; paper: where given, what is no line becomes
    paper; rough: how much the pen skips.
    """
    light = luma(picture)
    pen = max(width * unit, 0.6)  # below, no line would be left of a small picture
    even = blur(light, pen)
    edge = even - blur(light, 1.6 * pen)
    if flow > 0:
        edge = _along(edge, light, flow * unit, pen)
    line = np.tanh(np.maximum(-edge * np.float32(gain) - np.float32(threshold), 0) * 6)
    if black > 0:
        line = np.maximum(line, ramp(even, black + 0.03, black - 0.03))
    if rough > 0:
        line = line * ramp(noise(rng, light.shape, 5 * unit, 3), -2.6 + 2 * rough, -1.6 + 2 * rough)
    ground = picture if not paper else np.broadcast_to(color(paper), picture.shape)
    return mix(ground, np.broadcast_to(color(color_), picture.shape), np.float32(amount) * line)


def hatch(
    picture: Array, unit: float, rng: np.random.Generator, *,
    spacing: float = 5.0, layers: float = 4.0, angle: float = 35.0, turn: float = 47.0, dark: float = 0.1,
    pale: float = 0.85,
    weight: float = 0.8, bend: float = 0.0, wobble: float = 1.0, color_: str = "#1a1410", paper: str = "#f4ecd8",
) -> Array:  # fmt: skip
    """Tone as lines, as an engraver lays them: a layer for each range of dark, each turned against the last.

    Lines swell where it is darker (Leister 1994, "Computer generated copper plates"). spacing: between two lines; pale,
    dark: the light where the first layer begins and where the last is full; bend: lines lifted by light, in spacings,
    so that they run round the form; paper "": the picture's own pale colour.
    """
    light = luma(picture)
    soft = blur(light, 1.0 * unit)
    lift = blur(light, 3 * unit) * np.float32(bend * spacing * unit)
    y, x = grid(light.shape)
    gap = max(spacing * unit, 2.0)
    count = round(layers)
    inked = np.zeros_like(light)
    for layer in range(count):
        turned = math.radians(angle + turn * layer)
        waver = noise(rng, light.shape, 50 * unit, 2) * np.float32(wobble * unit)
        place = (x * np.float32(math.sin(turned)) + y * np.float32(math.cos(turned)) + waver + lift) / np.float32(gap)
        middle = np.abs(place - np.floor(place) - np.float32(0.5)) * 2  # 0 in the middle of a line, 1 between two
        begin = pale - (pale - dark) * layer / count
        swell = np.clip((begin - soft) / np.float32(max(pale - dark, 0.05) / count * 1.6), 0, 1) * np.float32(weight)
        sharp = np.float32(1.3 / gap)
        inked = np.maximum(inked, ramp_by(middle, swell, sharp) * (swell > 0.02))
    ground = np.broadcast_to(color(paper), picture.shape) if paper else mix(picture, np.ones_like(picture), 0.55)
    return mix(ground, np.broadcast_to(color(color_), picture.shape), inked)


def tubes(
    picture: Array, unit: float, _rng: np.random.Generator, *,
    width: float = 2.0, gain: float = 5.0, halo: float = 10.0, dark: float = 0.25, chroma: float = 1.6,
) -> Array:  # fmt: skip
    """Edges shine like neon tubes in their own colour on the darkened picture. dark: light that the picture keeps."""
    even = blur(picture, 0.7 * width * unit)
    down, right = slopes(luma(even))
    edge = np.hypot(down, right) * np.float32(unit)
    line = np.clip(blur(edge, 0.5 * width * unit) * np.float32(gain * 4), 0, 1) ** np.float32(1.5)
    bright = even / np.maximum(even.max(axis=-1, keepdims=True), 0.08)
    grey = bright.mean(axis=-1, keepdims=True)
    bright = np.clip(grey + (bright - grey) * np.float32(chroma), 0, 1)
    lit = bright * line[..., None]
    spread = blur(lit, halo * unit) * np.float32(1.6) + blur(lit, 0.35 * halo * unit) * np.float32(0.9)
    base = picture * np.float32(dark)
    white = np.clip(line - 0.75, 0, 1)[..., None] * np.float32(1.6)
    return np.asarray(1 - (1 - base) * (1 - np.clip(spread, 0, 1)) * (1 - lit) * (1 - white), dtype=np.float32)


def ramp_by(value: Array, limit: Array, soft: np.float32) -> Array:
    """1 where value is below limit, 0 above, over `soft` on either side: an edge without jagged steps."""
    return np.asarray(np.clip((limit - value) / (2 * soft) + np.float32(0.5), 0, 1), dtype=np.float32)


def _along(edge: Array, light: Array, length: float, width: float) -> Array:
    """The response averaged along the edges, so that lines are long and clean."""
    along_y, along_x = tangents(light, max(2.5 * width, 1.5))
    height, breadth = light.shape
    y, x = grid(light.shape)
    total, count = edge.copy(), 1
    stride = max(length / 4, 1.0)
    for sign in (stride, -stride):
        dy, dx = along_y * np.float32(sign), along_x * np.float32(sign)
        py, px = np.broadcast_to(y, light.shape), np.broadcast_to(x, light.shape)
        for _ in range(3):
            py, px = py + dy, px + dx
            rows = np.clip(py + np.float32(0.5), 0, height - 1).astype(np.int32)
            columns = np.clip(px + np.float32(0.5), 0, breadth - 1).astype(np.int32)
            total += edge.ravel()[rows * breadth + columns]
            count += 1
    return total / np.float32(count)
