"""Treatments that simplify: regions become even, edges stay; and those that bend the picture."""

import math

import numpy as np

from mengbi.finish.treatments.field import (
    ROWS,
    Array,
    blur,
    detail,
    from_oklab,
    grid,
    luma,
    mix,
    noise,
    ramp,
    sample,
    slopes,
    to_oklab,
)

SECTORS = 8


def kuwahara(
    picture: Array, unit: float, _rng: np.random.Generator, *,
    radius: float = 6.0, edge: float = 8.0, keep: float = 0.85,
) -> Array:  # fmt: skip
    """Generalised Kuwahara filter: each pixel takes the mean of the calmest side (Papari, Petkov & Campisi 2007).

    Eight round Gaussian sectors about each pixel, weighed by their deviation to the power of minus `edge`; one blur of
    the picture and of its square, read at eight offsets, is all it takes. radius: of the whole window; keep: how much
    of the small things stays that stand out from what would be put over them, such as eyes.
    """
    reach = radius * unit / 2
    if reach < 0.5:
        return picture
    mean = blur(picture, reach * 0.8)
    light = luma(picture)
    spread = np.maximum(blur(light * light, reach * 0.8) - blur(light, reach * 0.8) ** 2, 0)
    total = np.zeros_like(picture)
    weight = np.zeros(picture.shape[:2], dtype=np.float32)
    for sector in range(SECTORS):
        angle = 2 * math.pi * sector / SECTORS
        dy, dx = round(reach * math.sin(angle)), round(reach * math.cos(angle))
        calm = (_shift(spread, dy, dx) + np.float32(2e-5)) ** np.float32(-edge / 2)
        calm = np.minimum(calm, np.float32(1e18))
        total += calm[..., None] * _shift(mean, dy, dx)
        weight += calm
    even = total / weight[..., None]
    lost = blur(np.abs(picture - even).max(axis=-1), 0.8 * unit)
    return mix(even, picture, np.float32(keep) * ramp(lost, 0.1, 0.3))


def posterize(
    picture: Array, _unit: float, _rng: np.random.Generator, *, steps: float = 6.0, soft: float = 0.2
) -> Array:
    """Light in a few even steps with soft borders (Winnemöller, Olsen & Gooch 2006); hue and chroma stay."""
    out = np.empty_like(picture)
    for top in range(0, len(picture), ROWS):
        lab = to_oklab(picture[top : top + ROWS])
        scaled = lab[..., 0] * np.float32(steps - 1)
        below = np.floor(scaled)
        lab[..., 0] = (below + ramp(scaled - below, 0.5 - soft / 2, 0.5 + soft / 2)) / np.float32(steps - 1)
        out[top : top + ROWS] = from_oklab(lab)
    return out


def clarity(
    picture: Array, unit: float, _rng: np.random.Generator, *, amount: float = 0.5, radius: float = 12.0
) -> Array:
    """Local contrast and crispness: unsharp masking of light at a broad and at a fine radius, without halos.

    The difference is bent by tanh: small ones grow most, strong edges hardly.
    """
    light = luma(picture)
    broad, fine = light - blur(light, radius * unit), light - blur(light, 1.2 * unit)
    lift = 0.12 * np.tanh(broad / 0.12) + 0.08 * np.tanh(fine / 0.08)
    return np.asarray(picture + (np.float32(amount) * lift)[..., None], dtype=np.float32)


def warp(
    picture: Array,
    unit: float,
    rng: np.random.Generator,
    *,
    amount: float = 4.0,
    size: float = 60.0,
    octaves: float = 2.0,
) -> Array:
    """Bends the picture by smooth noise: `amount` pixels, in lumps of `size`, with `octaves` octaves."""
    dy = noise(rng, picture.shape, size * unit, round(octaves))
    dx = noise(rng, picture.shape, size * unit, round(octaves))
    y, x = grid(picture.shape)
    return sample(picture, y + np.float32(amount * unit) * dy, x + np.float32(amount * unit) * dx)


def swirl(
    picture: Array, unit: float, rng: np.random.Generator, *,
    amount: float = 24.0, size: float = 150.0, calm: float = 0.7,
) -> Array:  # fmt: skip
    """Melts the picture along the curl of smooth noise (Bridson et al. 2007), least where there is most detail.

    calm: how much the detailed places, which are what the picture is about, keep their form.
    """
    field = noise(rng, picture.shape, size * unit)
    down, right = slopes(field)
    free = 1 - np.float32(calm) * detail(luma(picture), unit)
    reach = np.float32(amount * unit * size * unit / 2) * free
    y, x = grid(picture.shape)
    return sample(picture, y + (right * reach).astype(np.float32), x - (down * reach).astype(np.float32))


def strokes(
    picture: Array,
    unit: float,
    rng: np.random.Generator,
    *,
    length: float = 18.0,
    width: float = 3.0,
    amount: float = 1.0,
) -> Array:
    """Colour drawn out along the edges: line integral convolution (Cabral & Leedom 1993) over the smoothed structure.

    length, width: of a stroke. Each stroke is a little lighter or darker than its neighbour.
    """
    y, x = (np.broadcast_to(axis, picture.shape[:2]).astype(np.float32) for axis in grid(picture.shape))
    along_y, along_x = tangents(luma(picture), 5 * unit)
    bristle = noise(rng, picture.shape, max(width * unit, 1.0)) * np.float32(0.05)
    drawn = picture + bristle[..., None]
    total, count = drawn.copy(), 1
    step = max(length * unit / 8, 1.0)
    for sign in (step, -step):
        py, px = y, x
        dy, dx = along_y * np.float32(sign), along_x * np.float32(sign)
        for _ in range(4):
            py, px = py + dy, px + dx
            total += _nearest(drawn, py, px)
            count += 1
    total /= np.float32(count)
    return mix(picture, total, amount)


def tangents(light: Array, sigma: float) -> tuple[Array, Array]:
    """Unit vectors along the edges (y, x), from the structure tensor smoothed by `sigma` pixels (Kang et al. 2007)."""
    down, right = slopes(blur(light, max(sigma / 4, 0.8)))
    yy, xx, xy = blur(down * down, sigma), blur(right * right, sigma), blur(down * right, sigma)
    angle = np.float32(0.5) * np.arctan2(2 * xy, xx - yy) + np.float32(math.pi / 2)
    return np.sin(angle), np.cos(angle)


def _shift(plane: Array, dy: int, dx: int) -> Array:
    """The plane read `dy`, `dx` pixels further on, edges extended."""
    height, width = plane.shape[:2]
    ys = np.clip(np.arange(height) + dy, 0, height - 1)
    xs = np.clip(np.arange(width) + dx, 0, width - 1)
    return np.asarray(plane.take(ys, axis=0).take(xs, axis=1), dtype=np.float32)


def _nearest(picture: Array, y: Array, x: Array) -> Array:
    height, width = picture.shape[:2]
    rows = np.clip(y + np.float32(0.5), 0, height - 1).astype(np.int32)
    columns = np.clip(x + np.float32(0.5), 0, width - 1).astype(np.int32)
    return np.asarray(picture.reshape(height * width, -1)[rows * width + columns].reshape(picture.shape))
