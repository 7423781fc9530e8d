"""Colour treatments: every one works pixel by pixel, most of them in OKLab."""

import math
from collections.abc import Callable

import numpy as np

from mengbi.finish.treatments.field import ROWS, Array, color, from_oklab, luma, mix, noise, ramp, to_oklab


def levels(
    picture: Array, _unit: float, _rng: np.random.Generator, *,
    auto: float = 0.0, even: float = 0.0, contrast: float = 1.0, bright: float = 0.0, gamma: float = 1.0,
) -> Array:  # fmt: skip
    """Light and dark: `auto` of the way to the full range, `even` of the way to a middling mean, and then by hand.

    By hand: gamma, contrast about the middle, brightness.
    """
    sparse = picture[:: 1 + picture.shape[0] // 256, :: 1 + picture.shape[1] // 256]
    low, high = (float(q) for q in np.quantile(luma(sparse), (0.01, 0.99)))
    low, high = auto * low, 1 + auto * (high - 1)
    reach = np.float32(max(high - low, 0.2))
    picture = np.clip((picture - np.float32(low)) / reach, 0, 1)
    middle = float(np.clip(luma((sparse - np.float32(low)) / reach).mean(), 0.08, 0.92))
    toned = picture ** np.float32(gamma * (1 + even * (math.log(0.5) / math.log(middle) - 1)))
    return np.asarray((toned - np.float32(0.5)) * np.float32(contrast) + np.float32(0.5 + bright), dtype=np.float32)


def saturate(
    picture: Array, _unit: float, _rng: np.random.Generator, *, by: float = 1.0, vibrance: float = 0.0
) -> Array:
    """Chroma times `by`; `vibrance` raises what is pale more than what is strong already."""

    def change(lab: Array) -> Array:
        chroma = np.hypot(lab[..., 1], lab[..., 2])
        lab[..., 1:] *= (by + vibrance * np.exp(-chroma / np.float32(0.12)))[..., None]
        return lab

    return _in_oklab(picture, change)


def tint(
    picture: Array, _unit: float, _rng: np.random.Generator, *, color_: str = "#ffd9a0", amount: float = 0.5
) -> Array:
    """Every colour goes so far towards one hue and chroma; light stays."""
    target = to_oklab(color(color_))[1:]

    def change(lab: Array) -> Array:
        lab[..., 1:] += np.float32(amount) * (target - lab[..., 1:])
        return lab

    return _in_oklab(picture, change)


def gradient(
    picture: Array, _unit: float, _rng: np.random.Generator, *,
    colors: tuple[str, ...] = ("#000000", "#ffffff"), amount: float = 1.0, keep: float = 0.0,
) -> Array:  # fmt: skip
    """Gradient map: dark to light becomes the colours in order, mixed in OKLab; `keep`: own chroma's share."""
    stops = to_oklab(np.stack([color(name) for name in colors]))
    table = np.stack(
        [np.interp(np.linspace(0, 1, 1024), np.linspace(0, 1, len(stops)), stops[:, i]) for i in range(3)], axis=-1
    ).astype(np.float32)
    out = np.empty_like(picture)
    for top in range(0, len(picture), ROWS):
        part = np.clip(picture[top : top + ROWS], 0, 1)
        mapped = table[(luma(part) * 1023 + np.float32(0.5)).astype(np.int32)]
        if keep > 0:
            mapped[..., 1:] += np.float32(keep) * to_oklab(part)[..., 1:]
        out[top : top + ROWS] = mix(part, from_oklab(mapped), amount)
    return out


def palette(
    picture: Array, _unit: float, _rng: np.random.Generator, *,
    colors: tuple[str, ...] = ("#000000", "#ffffff"), soft: float = 0.04, amount: float = 1.0, light: float = 0.0,
) -> Array:  # fmt: skip
    """Every pixel becomes the nearest of a few inks in OKLab; `soft`: how far two inks run into each other.

    light: share of the pixel's own light that stays, so that one ink shades.
    """
    inks = to_oklab(np.stack([color(name) for name in colors]))
    weights = np.array([0.7, 1.35, 1.35], dtype=np.float32)  # hue says more about what a thing is than light does

    def change(lab: Array) -> Array:
        far = np.stack([(((lab - ink) * weights) ** 2).sum(axis=-1) for ink in inks])
        share = np.exp((far.min(axis=0) - far) / np.float32(soft * soft + 1e-6))
        share /= share.sum(axis=0)
        inked = np.tensordot(share, inks, axes=(0, 0)).astype(np.float32)
        inked[..., 0] += np.float32(light) * (lab[..., 0] - inked[..., 0])
        return mix(lab, inked, amount)

    return _in_oklab(picture, change)


def rainbow(
    picture: Array, unit: float, rng: np.random.Generator, *,
    turns: float = 1.0, start: float = 0.0, chroma: float = 0.15, amount: float = 1.0, waves: float = 0.0,
) -> Array:  # fmt: skip
    """Hue runs round the circle as light rises, as on thin films: `turns` times, from `start` of a turn.

    waves: how far the hues drift over the picture.
    """
    bend = waves * noise(rng, picture.shape, 220 * unit, 2) if waves > 0 else np.zeros(picture.shape[:2], np.float32)
    out = np.empty_like(picture)
    for top in range(0, len(picture), ROWS):
        lab = to_oklab(picture[top : top + ROWS])
        angle = 2 * np.pi * (start + turns * lab[..., 0] + bend[top : top + ROWS])
        around = np.stack([np.cos(angle), np.sin(angle)], axis=-1) * np.float32(chroma)
        lab[..., 1:] = mix(lab[..., 1:], around.astype(np.float32), amount)
        out[top : top + ROWS] = from_oklab(lab)
    return out


def night(
    picture: Array, _unit: float, _rng: np.random.Generator, *, amount: float = 1.0, floor: float = 0.08
) -> Array:
    """What is pale goes dark and what is coloured shines, as under an ultraviolet lamp; `floor`: light of the dark."""

    def change(lab: Array) -> Array:
        chroma = np.hypot(lab[..., 1], lab[..., 2])
        glow = ramp(chroma, 0.04, 0.17)
        light = floor + 0.3 * lab[..., 0] * (1 - glow) + glow * (0.12 + 0.62 * lab[..., 0])
        lab[..., 0] += np.float32(amount) * (light - lab[..., 0])
        strong = np.maximum(chroma, np.float32(1e-3))
        lab[..., 1:] *= mix(np.ones_like(chroma), np.asarray((0.045 + 0.2 * glow) / strong, dtype=np.float32), amount)[
            ..., None
        ]
        return lab

    return _in_oklab(picture, change)


def _in_oklab(picture: Array, change: Callable[[Array], Array]) -> Array:
    out = np.empty_like(picture)
    for top in range(0, len(picture), ROWS):
        out[top : top + ROWS] = from_oklab(change(to_oklab(picture[top : top + ROWS])))
    return out
