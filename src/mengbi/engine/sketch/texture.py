"""Fractal noise, colour ramps and sheets of colour: what skies and grounds are made of.

Everything is measured in units of the canvas (its shorter side is one unit) and drawn from lattices whose sizes depend
on the canvas's shape alone, so a seed gives the same picture at every resolution. Colour is held in planes, (3, h, w):
numpy is many times faster on them than on pixels of three.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mengbi.engine.sketch.light import Rgb, Stops

Array = NDArray[Any]
"""float32 unless said otherwise; numpy's stubs widen it as soon as a plain number takes part."""

SMALLEST, LARGEST = 384, 1280
"""Longer side of what is really painted: smaller pictures are reduced from it, larger ones enlarged."""


@dataclass(frozen=True, kw_only=True)
class Frame:
    """A sheet to paint on: its pixels, and its extent in units."""

    width: int
    height: int
    wide: float
    tall: float

    @cached_property
    def x(self) -> Array:
        """Centres of the columns in units, (1, w)."""
        return ((np.arange(self.width, dtype=np.float32) + 0.5) * (self.wide / self.width))[None]

    @cached_property
    def y(self) -> Array:
        """Centres of the rows in units, (h, 1)."""
        return ((np.arange(self.height, dtype=np.float32) + 0.5) * (self.tall / self.height))[:, None]

    @property
    def pixel(self) -> float:
        """Height of a pixel in units."""
        return self.tall / self.height

    def at(self, share: float) -> "Frame":
        """The same sheet with `share` of the pixels a side."""
        return Frame(
            width=max(2, round(self.width * share)),
            height=max(2, round(self.height * share)),
            wide=self.wide,
            tall=self.tall,
        )


def frame_of(size: tuple[int, int]) -> Frame:
    """The sheet that a picture of size (w, h) is painted on."""
    width, height = size
    unit = max(min(size), max(size) / 3)  # a ribbon of a picture is no more than three units long
    scale = min(max(*size, SMALLEST), LARGEST) / max(size)
    return Frame(
        width=max(2, round(width * scale)),
        height=max(2, round(height * scale)),
        wide=width / unit,
        tall=height / unit,
    )


def fractal(
    frame: Frame, rng: np.random.Generator, freq: float | tuple[float, float], octaves: int, gain: float = 0.5
) -> Array:
    """Fractal noise about 0 with a deviation of about 1, (h, w) (Perlin 1985, summed from coarse to fine).

    freq: cells a unit of the coarsest octave, across and down.
    """
    fx, fy = freq if isinstance(freq, tuple) else (freq, freq)
    columns, rows = math.ceil(frame.wide * fx) + 3, math.ceil(frame.tall * fy) + 3
    field = rng.standard_normal((rows, columns), dtype=np.float32)
    loud, total = 1.0, 1.0
    for _ in range(octaves - 1):
        columns, rows, loud = columns * 2, rows * 2, loud * gain
        field = resize(field, (columns, rows))
        field += np.float32(loud) * rng.standard_normal((rows, columns), dtype=np.float32)
        total += loud * loud
    cell = 2 ** (octaves - 1)
    box = (cell, cell, cell * (1 + frame.wide * fx), cell * (1 + frame.tall * fy))
    field = resize(field, (frame.width, frame.height), box)
    field *= np.float32(1.35 / math.sqrt(total))  # interpolation takes about a quarter of the deviation
    return field


def tile(rng: np.random.Generator, cells: int, octaves: int, gain: float = 0.5, side: int = 512) -> Array:
    """Fractal noise that repeats at its edges, (side, side): for `sample`."""
    field = rng.standard_normal((cells, cells), dtype=np.float32)
    loud, total = 1.0, 1.0
    for _ in range(octaves - 1):
        loud *= gain
        field = _grow(field, field.shape[0] * 2)
        field += np.float32(loud) * rng.standard_normal(field.shape, dtype=np.float32)
        total += loud * loud
    field = _grow(field, side) if field.shape[0] < side else field
    field *= np.float32(1.35 / math.sqrt(total))
    return field


def _grow(field: Array, side: int) -> Array:
    pad = 3
    step = side / field.shape[0]
    edge = round((field.shape[0] + 2 * pad) * step)
    return np.ascontiguousarray(
        resize(np.pad(field, pad, mode="wrap"), (edge, edge))[
            round(pad * step) : round(pad * step) + side, round(pad * step) : round(pad * step) + side
        ]
    )


def sample(texture: Array, u: Array, v: Array) -> Array:
    """A tile read at places (u, v), counted in tiles, linearly between its pixels."""
    side = texture.shape[0]
    x, y = u * np.float32(side), v * np.float32(side)
    x0, y0 = np.floor(x), np.floor(y)
    x -= x0
    y -= y0
    left, top = x0.astype(np.int32) & (side - 1), y0.astype(np.int32) & (side - 1)
    right, below = (left + 1) & (side - 1), ((top + 1) & (side - 1)) * side
    top *= side
    flat = texture.ravel()
    upper: Array = flat.take(top + left)
    upper += (flat.take(top + right) - upper) * x
    lower: Array = flat.take(below + left)
    lower += (flat.take(below + right) - lower) * x
    lower -= upper
    lower *= y
    lower += upper
    return lower


def curve(frame: Frame, rng: np.random.Generator, freq: float, octaves: int, gain: float = 0.5) -> Array:
    """Fractal noise along a line, for contours: (w,), deviation about 1."""
    line = np.zeros(frame.width, dtype=np.float32)
    loud, total = 1.0, 0.0
    for octave in range(octaves):
        cells = freq * 2**octave
        knots = rng.standard_normal(math.ceil(frame.wide * cells) + 3, dtype=np.float32)
        place = frame.x[0] * cells + 1
        base = np.floor(place).astype(np.int32)
        t = place - base
        t = t * t * (3 - 2 * t)
        line += loud * (knots[base] * (1 - t) + knots[base + 1] * t)
        total += loud * loud
        loud *= gain
    return line * np.float32(1.25 / math.sqrt(total))


def ramp(stops: Stops, t: Array) -> Array:
    """Colours along stops for t in 0..1: (3, *t.shape). The corners at the stops are rounded, or they show as bands."""
    return np.stack([plane.take((t * 1023).astype(np.int32), mode="clip") for plane in table(stops)])


def table(stops: Stops) -> Array:
    """1024 colours along stops, (3, 1024)."""
    places = np.linspace(0, 1, 1024)
    planes = []
    for channel in range(3):
        line = np.interp(places, [stop[0] for stop in stops], [stop[1][channel] for stop in stops])
        for _ in range(2):
            sums = np.cumsum(np.pad(line, (41, 40), mode="edge"))
            line = (sums[81:] - sums[:-81]) / 81
            line = np.append(line, line[-1])
        planes.append(line)
    return np.stack(planes).astype(np.float32)


def smooth(low: float, high: float, t: Array) -> Array:
    """0 below `low`, 1 above `high`, smoothly between; low may be the greater."""
    t = (t - np.float32(low)) * np.float32(1 / (high - low))
    np.clip(t, 0, 1, out=t)
    eased: Array = t * t * (3 - 2 * t)
    return eased


def over(canvas: Array, color: Array | Rgb, alpha: Array | float) -> None:
    """Lays a colour, (3,) or (3, h, w), over planes (3, h, w), in place."""
    for plane, part in zip(canvas, color, strict=True):
        plane += (part - plane) * alpha


def screen(canvas: Array, color: Array | Rgb, amount: Array | float) -> None:
    """Adds light to planes (3, h, w) without ever passing white, in place."""
    for plane, part in zip(canvas, color, strict=True):
        plane += (1 - plane) * np.clip(part * amount, 0, 1)


def resize(
    field: Array, size: tuple[int, int], box: tuple[float, float, float, float] | None = None, hard: bool = False
) -> Array:
    """A field (h, w), or planes of them, at another size (w, h), bicubic; `hard`: linear, which never overshoots."""
    if field.ndim == 3:
        return np.stack([resize(plane, size, box, hard) for plane in field])
    if field.shape == (size[1], size[0]) and box is None:
        return field
    kind = Image.Resampling.BILINEAR if hard else Image.Resampling.BICUBIC
    return np.asarray(Image.fromarray(field).resize(size, kind, box=box)).copy()


def deliver(planes: Array, size: tuple[int, int]) -> Array:
    """Painted planes as pixels of a picture of size (w, h): float32 (h, w, 3), 0..1."""
    out = np.empty((3, size[1], size[0]), dtype=np.float32)
    for plane, target in zip(planes, out, strict=True):
        np.clip(resize(plane, size), 0, 1, out=target)
    return np.moveaxis(out, 0, -1)
