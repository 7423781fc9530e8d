"""Treatments of light: glow, shadow, relief, lamps, metal."""

import math

import numpy as np

from mengbi.finish.treatments.field import (
    Array,
    blur,
    color,
    detail,
    from_oklab,
    grid,
    luma,
    mix,
    noise,
    ramp,
    slopes,
    to_oklab,
)  # fmt: skip


def glow(
    picture: Array, unit: float, _rng: np.random.Generator, *,
    radius: float = 16.0, above: float = 0.55, amount: float = 0.6, color_: str = "",
) -> Array:  # fmt: skip
    """Bright places shine over their borders: what is lighter than `above`, blurred twice and screened over."""
    bright = picture * ramp(luma(picture), above - 0.12, above + 0.25)[..., None]
    if color_:
        bright = bright * color(color_)
    halo = 0.6 * blur(bright, radius * unit) + 0.4 * blur(bright, 2.5 * radius * unit)
    return np.asarray(
        1 - (1 - np.clip(picture, 0, 1)) * (1 - np.clip(np.float32(amount) * halo, 0, 1)), dtype=np.float32
    )


def haze(picture: Array, unit: float, _rng: np.random.Generator, *, radius: float = 9.0, amount: float = 0.4) -> Array:
    """A soft-focus lens: the picture and its blur, the lighter of the two leading."""
    soft = blur(picture, radius * unit)
    return mix(picture, np.maximum(picture * np.float32(0.4) + soft * np.float32(0.6), soft), amount)


def vignette(
    picture: Array,
    _unit: float,
    _rng: np.random.Generator,
    *,
    amount: float = 0.5,
    reach: float = 0.75,
    color_: str = "#000000",
) -> Array:
    """Towards the corners the picture goes over to a colour. reach: where it begins, in half diagonals."""
    height, width = picture.shape[:2]
    y, x = grid(picture.shape)
    far = np.hypot((y - (height - 1) / 2) / max(height / 2, 1), (x - (width - 1) / 2) / max(width / 2, 1)) / np.float32(
        1.414
    )
    return mix(
        picture,
        np.broadcast_to(color(color_), picture.shape),
        np.float32(amount) * ramp(far, reach - 0.35, reach + 0.35),
    )


def relief(
    picture: Array,
    unit: float,
    rng: np.random.Generator,
    *,
    amount: float = 0.5,
    width: float = 1.5,
    rough: float = 0.0,
) -> Array:
    """Paint that stands up: light and dark taken as height, lit from the upper left. rough: bristle marks."""
    height = blur(luma(picture), width * unit)
    if rough > 0:
        height = height + np.float32(0.05 * rough) * noise(rng, height.shape, 6 * unit, 2)
    down, right = slopes(height)
    lit = np.tanh((-down - right) * np.float32(unit * 5))
    return np.asarray(picture + (np.float32(0.3 * amount) * lit)[..., None], dtype=np.float32)


def layers(
    picture: Array, unit: float, rng: np.random.Generator, *,
    steps: float = 6.0, colors: tuple[str, ...] = (), smooth: float = 5.0, shadow: float = 0.5, depth: float = 7.0,
    keep: float = 0.0,
) -> Array:  # fmt: skip
    """Sheets of cut paper, the lighter the deeper: each sheet throws its shadow on the next, lit from the upper left.

    colors: of the sheets, dark to light; none: each sheet in the mean colour of what it shows; keep: the share of the
    picture's own colour; smooth: how round the scissors cut.
    """
    light = blur(luma(picture), smooth * unit)
    low, high = (float(q) for q in np.quantile(light[::5, ::5], (0.02, 0.98)))
    count = round(steps)
    level = np.clip((light - low) / max(high - low, 0.05) * count, 0, count - 0.001)
    out = np.empty_like(picture)
    ramp_colors = _between(colors, count) if colors else None
    fibre = 1 + np.float32(0.012) * noise(rng, light.shape, 4 * unit, 2)
    reach = max(1, round(depth * unit * 0.7))
    for sheet in range(count - 1, -1, -1):
        cut = ramp(level, sheet + 1 + 0.06, sheet + 1 - 0.06) if sheet < count - 1 else np.ones_like(light)
        if ramp_colors is None:
            share = cut * (level >= sheet - 0.001)
            body = (picture * share[..., None]).sum(axis=(0, 1)) / max(float(share.sum()), 1e-3)
        else:
            body = ramp_colors[sheet]
        face = mix(np.broadcast_to(body, picture.shape).astype(np.float32), picture, keep) * fibre[..., None]
        if sheet == count - 1:
            out[:] = face
            continue
        fallen = blur(
            np.roll(np.pad(cut, reach, mode="edge"), (reach, reach), (0, 1))[reach:-reach, reach:-reach],
            depth * unit * 0.5,
        )
        out = mix(out * (1 - np.float32(shadow) * fallen)[..., None], face, cut)
    return out


def bokeh(
    picture: Array, unit: float, rng: np.random.Generator, *,
    colors: tuple[str, ...] = ("#ffd27a", "#ff6a5a", "#8fe388"), count: float = 40.0, size: float = 26.0,
    amount: float = 0.5,
    spare: float = 0.6,
) -> Array:  # fmt: skip
    """Lamps out of focus: soft discs with a brighter rim, brightest towards the borders.

    spare: how free that part of the picture stays that has most to tell.
    """
    height, width = picture.shape[:2]
    light = np.zeros_like(picture)
    y, x = grid(picture.shape)
    for number in range(round(count)):
        at_y, at_x, big, strong = (float(v) for v in rng.random(4))
        middle = math.hypot(at_y - 0.5, at_x - 0.5) / 0.7
        radius = size * unit * (0.35 + 0.9 * big)
        strong = amount * (0.25 + 0.75 * strong) * (0.3 + 0.7 * min(1.0, 1.4 * middle))
        top, bottom = (int(np.clip(at_y * height + s * (radius + 2), 0, height)) for s in (-1, 1))
        left, right = (int(np.clip(at_x * width + s * (radius + 2), 0, width)) for s in (-1, 1))
        if bottom <= top or right <= left:
            continue
        far = np.hypot(
            y[top:bottom] - np.float32(at_y * height), x[:, left:right] - np.float32(at_x * width)
        ) / np.float32(max(radius, 0.5))
        disc = ramp(far, 1.0, 0.93) * (0.55 + 0.45 * ramp(far, 0.6, 0.95))
        light[top:bottom, left:right] += disc[..., None] * color(colors[number % len(colors)]) * np.float32(strong)
    light *= (1 - np.float32(spare) * detail(luma(picture), unit))[..., None]
    return np.asarray(1 - (1 - np.clip(picture, 0, 1)) * (1 - np.clip(light, 0, 1)), dtype=np.float32)


def sparks(
    picture: Array, unit: float, rng: np.random.Generator, *,
    count: float = 60.0, size: float = 9.0, color_: str = "#fff6d8", amount: float = 0.9, rays: float = 4.0,
    down: float = 1.0,
) -> Array:  # fmt: skip
    """Stars that twinkle: a bright core and thin rays. rays: 0 for none; down: how far down they lie."""
    height, width = picture.shape[:2]
    light = np.zeros(picture.shape[:2], dtype=np.float32)
    y, x = grid(picture.shape)
    for _ in range(round(count)):
        at_y, at_x, big = (float(v) for v in rng.random(3))
        at_y, at_x = at_y * down * height, at_x * width
        reach = size * unit * (0.25 + big**3)
        top, bottom = (int(np.clip(at_y + s * (reach + 2), 0, height)) for s in (-1, 1))
        left, right = (int(np.clip(at_x + s * (reach + 2), 0, width)) for s in (-1, 1))
        if bottom <= top or right <= left:
            continue
        dy, dx = (
            (y[top:bottom] - np.float32(at_y)) / np.float32(reach),
            (x[:, left:right] - np.float32(at_x)) / np.float32(reach),
        )
        core = np.exp(-28 * (dy * dy + dx * dx))
        if rays > 0:
            core = core + np.exp(-np.abs(dy) * 60 - np.abs(dx) * 4) + np.exp(-np.abs(dx) * 60 - np.abs(dy) * 4)
            core = core * ramp(np.maximum(np.abs(dy), np.abs(dx)), 1.0, 0.6)
        light[top:bottom, left:right] = np.maximum(
            light[top:bottom, left:right], np.clip(core, 0, 1) * np.float32(0.5 + 0.5 * big)
        )
    return mix(picture, np.broadcast_to(color(color_), picture.shape), np.float32(amount) * light)


def metal(
    picture: Array, unit: float, rng: np.random.Generator, *,
    colors: tuple[str, ...] = ("#5a3a08", "#b8860b", "#ffe9a0"), low: float = 0.6, high: float = 1.0,
    amount: float = 1.0, rough: float = 0.5,
) -> Array:  # fmt: skip
    """Leaf or foil where light lies between `low` and `high`: creased, catching the light by its own small slopes."""
    light = luma(picture)
    creases = noise(rng, light.shape, 16 * unit, 4, 0.8)
    down, right = slopes(blur(light, 1.5 * unit) * np.float32(4 * unit) + creases * np.float32(0.3 * rough))
    shine = np.clip(0.5 - (down + right) * np.float32(1.2) + 0.35 * (light - (low + high) / 2) + 0.08 * creases, 0, 1)
    table = to_oklab(np.stack([color(name) for name in colors]))
    place = np.linspace(0, 1, len(table))
    lab = np.stack([np.interp(shine, place, table[:, i]) for i in range(3)], axis=-1).astype(np.float32)
    gilt = ramp(light, low - 0.04, low + 0.04) * ramp(light, high + 0.04, high - 0.04)
    return mix(picture, from_oklab(lab), np.float32(amount) * gilt)


def _between(colors: tuple[str, ...], count: int) -> Array:
    """So many colours evenly along the given ones, mixed in OKLab; sRGB."""
    stops = to_oklab(np.stack([color(name) for name in colors]))
    at = np.linspace(0, len(colors) - 1, max(count, 1))
    lab = np.stack([np.interp(at, np.arange(len(colors)), stops[:, i]) for i in range(3)], axis=-1)
    return from_oklab(lab.astype(np.float32))
