"""Treatments that build a picture of small pieces: dots of ink, tiles, stitches, blocks."""

import math
from functools import cache

import numpy as np

from mengbi.finish.treatments.field import Array, blur, color, grid, luma, mix, noise, ramp, sample

_BAYER = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]], dtype=np.float32) / 16 + 1 / 32


def inks(
    picture: Array, unit: float, rng: np.random.Generator, *,
    colors: tuple[str, ...] = ("#00a0d8", "#e6007e", "#ffe000"), cell: float = 6.0, shift: float = 0.0,
    grain: float = 0.0, paper: str = "#fbf7ec", black: float = 0.0,
) -> Array:  # fmt: skip
    """Printed in up to three inks, for what a picture lacks of red, green and blue; each ink has its own screen angle.

    Round dots (Ulichney 1987, "Digital halftoning") of `cell` pixels, or with grain=1 a stochastic screen as a
    risograph's; shift: how far the plates miss each other; black: light below which black is printed on top.
    """
    out = np.broadcast_to(color(paper), picture.shape).astype(np.float32)
    y, x = grid(picture.shape)
    for index, name in enumerate(colors[:3]):
        lack = 1 - np.clip(picture[..., index], 0, 1)
        turned = math.radians((15, 75, 0)[index])
        if shift > 0:
            way = 2 * math.pi * index / 3
            lack = sample(
                lack,
                y + np.float32(shift * unit * math.sin(way)) + 0 * x,
                x + np.float32(shift * unit * math.cos(way)) + 0 * y,
            )
        screen = _dots(y, x, max(cell * unit, 2.0), turned)
        if grain > 0:
            rough = noise(rng, lack.shape, max(1.8 * unit, 1.0)) * np.float32(0.16) + np.float32(0.5)
            screen = mix(screen, rough, grain)
        soft = np.float32(0.9 / max(cell * unit, 2.0) + 0.08 * grain)
        covered = np.clip((lack - screen) / (2 * soft) + np.float32(0.5), 0, 1)
        out *= mix(np.ones_like(out), np.broadcast_to(color(name), out.shape), covered)
    if black > 0:
        light = blur(luma(picture), 0.6 * unit)
        out *= (1 - np.float32(0.92) * ramp(light, black + 0.04, black - 0.04))[..., None]
    return out


def tone(
    picture: Array, unit: float, _rng: np.random.Generator, *,
    cell: float = 6.0, angle: float = 45.0, color_: str = "#141414", paper: str = "#ffffff", pale: float = 0.85,
    dark: float = 0.25,
) -> Array:  # fmt: skip
    """Screentone: paper above `pale`, ink below `dark`, and between them dots that grow, as in printed comics."""
    y, x = grid(picture.shape)
    lack = np.clip((pale - luma(picture)) / np.float32(max(pale - dark, 0.05)), 0, 1)
    lack = np.where(lack > 0, 0.06 + 0.94 * lack, 0).astype(np.float32)
    soft = np.float32(0.9 / max(cell * unit, 2.0))
    covered = np.clip(
        (lack - _dots(y, x, max(cell * unit, 2.0), math.radians(angle))) / (2 * soft) + np.float32(0.5), 0, 1
    )
    return mix(np.broadcast_to(color(paper), picture.shape), np.broadcast_to(color(color_), picture.shape), covered)


def mosaic(
    picture: Array, unit: float, rng: np.random.Generator, *,
    size: float = 14.0, gap: float = 1.4, color_: str = "#2a2622", vary: float = 0.05, jitter: float = 0.75,
    bulge: float = 0.0, even: float = 1.0,
) -> Array:  # fmt: skip
    """Tiles between grout: Voronoi cells about jittered points (Worley 1996), each in the mean colour beneath it.

    vary: how much tiles differ in light; bulge: tiles lit like drops of glass; even: how far a tile is of one colour.
    """
    _, between, tile, (dy, dx) = _cells(picture.shape, max(size * unit, 3.0), jitter, rng)
    count = int(tile.max()) + 1
    many = np.maximum(np.bincount(tile.ravel(), minlength=count), 1).astype(np.float32)
    means = np.stack(
        [np.bincount(tile.ravel(), weights=picture[..., i].ravel(), minlength=count) / many for i in range(3)], axis=-1
    ).astype(np.float32)
    differ = 1 + np.float32(vary) * rng.standard_normal((count, 1), dtype=np.float32)
    laid = mix(picture, means[tile], even) * differ[tile]
    if bulge > 0:
        laid *= (1 - np.float32(bulge) * (dy + dx))[..., None]
    grout = ramp(between * np.float32(max(size * unit, 3.0)), (gap + 0.6) * unit, max(gap - 0.6, 0.0) * unit)
    return mix(laid, np.broadcast_to(color(color_), picture.shape), grout)


def points(
    picture: Array, unit: float, rng: np.random.Generator, *,
    size: float = 8.0, vary: float = 0.1, cover: float = 0.62, paper: str = "", layers: float = 2.0,
) -> Array:  # fmt: skip
    """Dots of pure colour side by side, as the pointillists set them: discs about jittered points, later ones on top.

    vary: how far a dot's colour strays; cover: radius of a dot in parts of `size`; paper "": the blurred picture.
    """
    even = blur(picture, 0.3 * size * unit)
    out = even if not paper else np.broadcast_to(color(paper), picture.shape).astype(np.float32)
    for _ in range(round(layers)):
        near, _, tile, offset = _cells(picture.shape, max(size * unit, 3.0), 1.0, rng)
        y, x = grid(picture.shape)
        side = np.float32(max(size * unit, 3.0))
        under = sample(even, y - offset[0] * side, x - offset[1] * side)
        stray = rng.standard_normal((int(tile.max()) + 1, 3), dtype=np.float32) * np.float32(vary)
        swell = 1 + np.float32(0.25) * rng.standard_normal(int(tile.max()) + 1, dtype=np.float32)
        disc = ramp(near / np.maximum(swell[tile], 0.4), cover + 0.6 / float(side), cover - 0.6 / float(side))
        out = mix(out, under + stray[tile], disc)
    return out


def stitches(
    picture: Array,
    unit: float,
    rng: np.random.Generator,
    *,
    cell: float = 8.0,
    color_: str = "#efe6d2",
    vary: float = 0.04,
) -> Array:
    """Cross-stitch: every cell of the cloth one colour, two threads that cross, and the cloth between."""
    side = max(round(cell * unit), 3)
    blocks, rows, columns = _blocks(picture, side)
    blocks = blocks * (1 + np.float32(vary) * rng.standard_normal((*blocks.shape[:2], 1), dtype=np.float32))
    laid = blocks[rows[:, None], columns[None]]
    v, u = (np.arange(n, dtype=np.float32) % side / np.float32(side) - np.float32(0.5) for n in picture.shape[:2])
    v, u = v[:, None], u[None]
    under, over = np.abs(v + u), np.abs(v - u)  # distance from either diagonal
    inside = np.maximum(np.abs(u), np.abs(v)) < 0.48
    low, high = ramp(under, 0.44, 0.30) * inside, ramp(over, 0.44, 0.30) * inside
    sheen = 0.84 + 0.26 * np.cos(np.pi * over / 0.7) * high + 0.08 * low * (1 - high)
    thread = np.maximum(low * 0.9, high)
    cloth = mix(laid * np.float32(0.55), np.broadcast_to(color(color_), picture.shape), 0.35)
    return mix(cloth, laid * sheen[..., None], thread)


def blocks(
    picture: Array,
    unit: float,
    _rng: np.random.Generator,
    *,
    cell: float = 6.0,
    steps: float = 6.0,
    dither: float = 0.6,
) -> Array:
    """Pixel art: blocks of one colour, each channel in a few steps, borders dithered in Bayer's order (Bayer 1973)."""
    side = max(round(cell * unit), 2)
    small, rows, columns = _blocks(picture, side)
    tiled = np.tile(_BAYER, (small.shape[0] // 4 + 1, small.shape[1] // 4 + 1))[: small.shape[0], : small.shape[1]]
    high = np.float32(steps - 1)
    chosen = np.floor(np.clip(small, 0, 1) * high + 0.5 + np.float32(dither) * (tiled[..., None] - 0.5)) / high
    return np.asarray(np.clip(chosen, 0, 1)[rows[:, None], columns[None]], dtype=np.float32)


def scanlines(
    picture: Array,
    unit: float,
    _rng: np.random.Generator,
    *,
    spacing: float = 4.0,
    amount: float = 0.25,
    split: float = 1.5,
) -> Array:
    """A cathode-ray screen: dark lines across, and red and blue drawn apart by `split`."""
    y, x = grid(picture.shape)
    apart = np.float32(split * unit)
    red = sample(np.ascontiguousarray(picture[..., 0]), y + 0 * x, x + apart + 0 * y)
    blue = sample(np.ascontiguousarray(picture[..., 2]), y + 0 * x, x - apart + 0 * y)
    lines = 1 - np.float32(amount) * (
        np.float32(0.5) + np.float32(0.5) * np.cos(2 * np.pi * y / max(spacing * unit, 2.0))
    )
    return np.asarray(np.stack([red, picture[..., 1], blue], axis=-1) * lines[..., None], dtype=np.float32)


def _dots(y: Array, x: Array, cell: float, turned: float) -> Array:
    """The threshold of a screen of round dots, uniform in 0 to 1, so that an ink covers what it should: (h, w)."""
    u = (x * np.float32(math.cos(turned)) + y * np.float32(math.sin(turned))) * np.float32(2 * math.pi / cell)
    v = (y * np.float32(math.cos(turned)) - x * np.float32(math.sin(turned))) * np.float32(2 * math.pi / cell)
    wave = (np.cos(u) + np.cos(v)) * np.float32(0.25) + np.float32(0.5)
    return np.asarray(_share_above()[np.clip(wave * 1023 + np.float32(0.5), 0, 1023).astype(np.int32)])


@cache
def _share_above() -> Array:
    """Which share of a dot's cell lies above each height of its wave, from 0 to 1 in 1024 steps."""
    ring = np.cos(np.linspace(0, 2 * math.pi, 512, endpoint=False))
    heights = np.sort(((ring[:, None] + ring[None]) * 0.25 + 0.5).ravel())
    return np.asarray(1 - np.searchsorted(heights, np.linspace(0, 1, 1024)) / heights.size, dtype=np.float32)


def _blocks(picture: Array, side: int) -> tuple[Array, np.ndarray, np.ndarray]:
    """Mean colour of each block, and which block each row and each column of pixels belongs to."""
    rows, columns = (np.arange(n) // side for n in picture.shape[:2])
    starts = (np.arange(0, picture.shape[0], side), np.arange(0, picture.shape[1], side))
    summed = np.add.reduceat(np.add.reduceat(picture, starts[0], axis=0), starts[1], axis=1)
    sizes = np.bincount(rows)[:, None] * np.bincount(columns)[None]
    return (summed / sizes[..., None]).astype(np.float32), rows, columns


def _cells(
    shape: tuple[int, ...], side: float, jitter: float, rng: np.random.Generator
) -> tuple[Array, Array, np.ndarray, tuple[Array, Array]]:
    """Distance to the nearest jittered point, how much further the second is, the nearest's number, and the way there.

    All lengths in sides of a cell; the way is (dy, dx) from the point to the pixel.
    """
    height, width = shape[:2]
    high, wide = math.ceil(height / side) + 3, math.ceil(width / side) + 3
    points_y = rng.random((high, wide), dtype=np.float32) * np.float32(jitter) + np.float32((1 - jitter) / 2)
    points_x = rng.random((high, wide), dtype=np.float32) * np.float32(jitter) + np.float32((1 - jitter) / 2)
    y, x = grid(shape)
    cy, cx = y / np.float32(side) + 1, x / np.float32(side) + 1
    row, column = cy.astype(np.int32), cx.astype(np.int32)
    fy, fx = cy - row, cx - column
    first = np.full((height, width), 99, dtype=np.float32)
    second = first.copy()
    number = np.zeros((height, width), dtype=np.int32)
    way_y, way_x = np.zeros_like(first), np.zeros_like(first)
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            at = (row + down) * wide + (column + right)
            dy = fy - down - points_y.ravel()[at]
            dx = fx - right - points_x.ravel()[at]
            far = np.hypot(dy, dx)
            nearer = far < first
            second = np.where(nearer, first, np.minimum(second, far))
            first = np.where(nearer, far, first)
            number = np.where(nearer, at, number)
            way_y, way_x = np.where(nearer, dy, way_y), np.where(nearer, dx, way_x)
    return first, second - first, number, (way_y, way_x)
