"""What every treatment stands on: planes of float32 from 0 to 1, blurred, bent, sampled, and turned into OKLab.

One core, plain numpy and Pillow's resampling: the results do not depend on any number of threads.
"""

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Array = NDArray[np.float32]

_TO_CONE = np.array(
    [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
     [0.0883024619, 0.2817188376, 0.6299787005]], dtype=np.float32,
)  # fmt: skip
_TO_LAB = np.array(
    [[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
     [0.0259040371, 0.7827717662, -0.8086757660]], dtype=np.float32,
)  # fmt: skip
_FROM_LAB = np.linalg.inv(_TO_LAB.astype(np.float64)).astype(np.float32)
_FROM_CONE = np.linalg.inv(_TO_CONE.astype(np.float64)).astype(np.float32)
_LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)
ROWS = 256
"""Point-wise work goes by so many rows at a time: a large picture needs no more memory for it than a small one."""


def unit_of(shape: tuple[int, ...]) -> float:
    """How many pixels one unit of length is: 1 where the picture has as many pixels as 768x768."""
    return math.sqrt(shape[0] * shape[1]) / 768


def luma(picture: Array) -> Array:
    """The light of a picture as the eye orders it, 0 to 1: (h, w, 3) -> (h, w)."""
    return np.asarray(picture @ _LUMA, dtype=np.float32)


def to_oklab(rgb: Array) -> Array:
    """OKLab (Ottosson 2020, "A perceptual color space for image processing") of sRGB 0 to 1; any leading axes."""
    linear = _lookup(rgb, _linear())
    return np.asarray(np.cbrt(linear @ _TO_CONE.T) @ _TO_LAB.T, dtype=np.float32)


def from_oklab(lab: Array) -> Array:
    """sRGB 0 to 1 of OKLab; what a screen cannot show is clipped."""
    cone = lab @ _FROM_LAB.T
    return _lookup((cone * cone * cone) @ _FROM_CONE.T, _gamma())


def color(name: str) -> Array:
    """#rrggbb -> sRGB 0 to 1, float32 (3,)."""
    return np.array([int(name[at : at + 2], 16) / 255 for at in (1, 3, 5)], dtype=np.float32)


def ramp(value: Array, low: float, high: float) -> Array:
    """0 below `low`, 1 above `high`, smooth between (Perlin's smoothstep); high < low turns it round."""
    t = np.clip((value - np.float32(low)) / np.float32(high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), dtype=np.float32)


def mix(one: Array, other: Array, amount: Array | float) -> Array:
    """`one` where amount is 0, `other` where it is 1; a plane as amount holds for all three channels."""
    if isinstance(amount, np.ndarray) and amount.ndim == 2 and (one.ndim == 3 or other.ndim == 3):
        amount = amount[..., None]
    return np.asarray(one + (other - one) * amount, dtype=np.float32)


def blur(plane: Array, sigma: float) -> Array:
    """Gaussian blur, edges extended. plane: (h, w) or (h, w, c); sigma in pixels; wide ones go by a smaller picture."""
    if sigma < 0.3:
        return plane
    if plane.ndim == 3:
        return np.stack([blur(np.ascontiguousarray(plane[..., i]), sigma) for i in range(plane.shape[2])], axis=-1)
    height, width = plane.shape
    factor = max(1, min(int(sigma / 2.5), height, width))
    if factor == 1:
        return _convolve(_convolve(plane, sigma, 0), sigma, 1)
    small = np.asarray(Image.fromarray(plane).reduce(factor), dtype=np.float32)
    left = math.sqrt(sigma * sigma - factor * factor / 6) / factor  # what boxes and interpolation do not blur
    small = _convolve(_convolve(small, left, 0), left, 1)
    box = (0.0, 0.0, width / factor, height / factor)
    wide = Image.fromarray(small).resize((width, height), Image.Resampling.BILINEAR, box=box)
    return np.asarray(wide, dtype=np.float32)


def noise(rng: np.random.Generator, shape: tuple[int, ...], cell: float, octaves: int = 1, gain: float = 0.6) -> Array:
    """Fractal value noise, mean 0, deviation about 1: (h, w). cell: width of the broadest lumps, in pixels.

    Smooth in every octave; the same generator gives the same lumps whatever size the picture has.
    """
    height, width = shape[:2]
    total = np.zeros((height, width), dtype=np.float32)
    power = 0.0
    for octave in range(octaves):
        side = max(cell / 2**octave, 1.0)
        grid = rng.standard_normal((math.ceil(height / side) + 3, math.ceil(width / side) + 3), dtype=np.float32)
        step = Image.fromarray(grid)
        box = (1.0, 1.0, 1.0 + width / side, 1.0 + height / side)
        lumps = np.asarray(step.resize((width, height), Image.Resampling.BICUBIC, box=box), dtype=np.float32)
        total += np.float32(gain**octave) * lumps
        power += 0.45 * gain ** (2 * octave)
    return total / np.float32(math.sqrt(power))


def detail(light: Array, unit: float) -> Array:
    """Where a picture has most to tell: 0 in even places, 1 about small forms; light: (h, w)."""
    fine = blur(np.abs(light - blur(light, 3 * unit)), 20 * unit)
    return ramp(fine, 0.006, 0.035)


def sample(picture: Array, y: Array, x: Array) -> Array:
    """The picture at other places, between pixels linearly, edges extended. y, x: (h, w) in pixels."""
    height, width = picture.shape[:2]
    out = np.empty(y.shape + picture.shape[2:], dtype=np.float32)
    for top in range(0, y.shape[0], ROWS):
        rows = slice(top, top + ROWS)
        down, right = np.clip(y[rows], 0, height - 1), np.clip(x[rows], 0, width - 1)
        y0, x0 = down.astype(np.intp), right.astype(np.intp)
        y1, x1 = np.minimum(y0 + 1, height - 1), np.minimum(x0 + 1, width - 1)
        fy, fx = (down - y0).astype(np.float32), (right - x0).astype(np.float32)
        above = mix(picture[y0, x0], picture[y0, x1], fx)
        below = mix(picture[y1, x0], picture[y1, x1], fx)
        out[rows] = mix(above, below, fy)
    return out


def grid(shape: tuple[int, ...]) -> tuple[Array, Array]:
    """Every pixel's own place: y as (h, 1) and x as (1, w), ready to broadcast."""
    return np.arange(shape[0], dtype=np.float32)[:, None], np.arange(shape[1], dtype=np.float32)[None]


def slopes(plane: Array) -> tuple[Array, Array]:
    """How a plane rises downwards and to the right, per pixel; 0 along a side of one pixel."""
    flat = np.zeros_like(plane)
    down = np.asarray(np.gradient(plane, axis=0), dtype=np.float32) if plane.shape[0] > 1 else flat
    right = np.asarray(np.gradient(plane, axis=1), dtype=np.float32) if plane.shape[1] > 1 else flat
    return down, right


def _convolve(plane: Array, sigma: float, axis: int) -> Array:
    reach = math.ceil(2.7 * sigma)
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    weights = (weights / weights.sum()).astype(np.float32)
    pad = [(0, 0), (0, 0)]
    pad[axis] = (reach, reach)
    padded = np.pad(plane, pad, mode="edge")
    length = plane.shape[axis]
    out = np.zeros_like(plane)
    for at, weight in enumerate(weights):
        out += weight * (padded[at : at + length] if axis == 0 else padded[:, at : at + length])
    return out


def _lookup(values: Array, table: Array) -> Array:
    index = np.clip(values * np.float32(len(table) - 1) + np.float32(0.5), 0, len(table) - 1)
    return np.asarray(table[index.astype(np.int32)], dtype=np.float32)


@cache
def _linear() -> Array:
    v = np.arange(4096) / 4095
    return np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4).astype(np.float32)


@cache
def _gamma() -> Array:
    v = np.arange(32768) / 32767
    return np.where(v <= 0.0031308, v * 12.92, 1.055 * v ** (1 / 2.4) - 0.055).astype(np.float32)
