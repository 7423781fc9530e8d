"""Finding a mark in a picture that was cut, resized, turned by quarters or mirrored, and saved badly.

The picture, evened out, is transformed once; for every size that a repeat may have now, its lines are picked from the
plane, and one small inverse transform gives the score of the fixed lines at every place (correlation by FFT).

A line's phase in a picture that was never marked knows nothing of the code, so by chance a score reaches s with a
probability of at most exp(−s²/2) (Hoeffding 1963: the mean of exp(x·cos) over all phases is I₀(x) ≤ exp(x²/4)); all
places, sizes and turns that are tried count.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mengbi.finish.mark import code
from mengbi.finish.mark.code import Complex, Whole
from mengbi.finish.treatments.field import ROWS, Array, blur, luma
from mengbi.source import opaque

MAX_CHANCE = 1e-5
"""A mark counts as found where chance gives its score to no more than this share of unmarked pictures."""
NARROWEST, WIDEST = 0.16, 0.70
"""A repeat in shorter sides: of a picture inside another of twice its size, and of one cut to less than half."""
GRID = 64
"""Places of a repeat that are tried along each axis; more than twice the reach of the code."""
_BETWEEN = GRID * GRID * 8
"""Trials for each size: every place, and what is tried between places and sizes afterwards."""
_SIDE, _LONGEST = 384, 4
_CANDIDATES = 4
"""Sizes that are looked at closely, of all that were tried roughly."""
_BATCH = 32
_Turn = tuple[bool, int, int]
UPRIGHT: _Turn = (False, 1, 1)
TURNS: tuple[_Turn, ...] = tuple((turned, y, x) for turned in (False, True) for y in (1, -1) for x in (1, -1))


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """What was heard of a mark. chance: the share of unmarked pictures that reach this score, at most."""

    score: float
    chance: float
    number: int | None  # 32 bits; None where there is no mark or they cannot be read

    @property
    def there(self) -> bool:
        """Whether the picture counts as marked."""
        return self.chance <= MAX_CHANCE


@dataclass(frozen=True, kw_only=True, slots=True)
class _Place:
    """A size of the pattern, in pixels a repeat downwards and to the right, with what is heard there."""

    score: float
    tile: tuple[float, float]
    shift: tuple[float, float]  # of a repeat
    turn: _Turn
    lines: Complex


def find_mark(pixels: NDArray[np.uint8]) -> Mark:
    """Looks for our mark. pixels: uint8 (h, w, 3 or 4). A second or two, whatever the picture's size."""
    flat = _even(pixels)
    sizes = _sizes(flat.shape)
    plane = _Plane(flat)
    trials, best = _BETWEEN, _refined(flat, min(flat.shape) / code.TILES, UPRIGHT, sizes)
    for turns in ((UPRIGHT,), TURNS[1:]):
        if _chance(best.score, trials) <= MAX_CHANCE:
            break
        trials += len(sizes) * len(turns) * _BETWEEN
        loudest = sorted((found for turn in turns for found in plane.loudest(sizes, turn)), reverse=True)[:_CANDIDATES]
        places = (_refined(flat, size, turn, sizes) for _, size, turn in loudest)
        best = max(best, *places, key=lambda place: place.score)
    return _understood(best, trials)


def read_in_place(pixels: NDArray[np.uint8]) -> Mark:
    """The mark of a picture that was not changed since: only the place and size are tried that it is written with."""
    flat = _even(pixels)
    tile = min(flat.shape) / code.TILES
    place = _heard(flat, (tile, tile), UPRIGHT, at=(0.0, 0.0))
    return _understood(place, 1)


def light_of(pixels: NDArray[np.uint8], side: int) -> Array:
    """The picture's light, 0 to 255, made smaller until its shorter side is `side`; transparency on white."""
    coarse = min(pixels.shape[:2]) // (4 * side)
    if coarse > 1:  # the rest of a poster's pixels would only take room
        pixels = np.asarray(Image.fromarray(pixels).reduce(coarse))
    height, width = pixels.shape[:2]
    light = np.empty((height, width), dtype=np.float32)
    for top in range(0, height, ROWS):
        light[top : top + ROWS] = luma(opaque(pixels[top : top + ROWS]).astype(np.float32))
    factor = side / min(height, width)
    if factor >= 1:
        return light
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(Image.fromarray(light).resize(size, Image.Resampling.BOX), dtype=np.float32)


def _even(pixels: NDArray[np.uint8]) -> Array:
    """What varies finely, as loud everywhere as anywhere, fading at the borders: where the pattern is best heard."""
    light = light_of(_middle(pixels), _SIDE)
    fine = light - blur(light, 3)
    fine /= (np.sqrt(blur(fine * fine, 1.5)) + np.float32(0.7)) ** np.float32(1.4)
    height, width = fine.shape
    return np.asarray(fine * _fading(height)[:, None] * _fading(width), dtype=np.float32)


def _middle(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Of a picture many times as long as wide, its middle: more would cost more and tell no more."""
    height, width = pixels.shape[:2]
    reach = _LONGEST * min(height, width)
    top, left = max(0, height - reach) // 2, max(0, width - reach) // 2
    return pixels[top : height - top, left : width - left]


def _fading(length: int) -> Array:
    from_border = np.minimum(np.arange(length) + 0.5, length - np.arange(length) - 0.5)
    fading: Array = (np.sin(np.pi / 2 * np.clip(from_border / (0.08 * length), 0, 1)) ** 2).astype(np.float32)
    return fading


def _sizes(shape: tuple[int, ...]) -> NDArray[np.float64]:
    """The sizes of a repeat that are tried, in pixels: so near each other that the pattern's ends stay in step."""
    step = 0.32 * min(shape) / (code.HIGH * max(shape))
    return np.asarray(min(shape) * np.exp(np.arange(math.log(NARROWEST), math.log(WIDEST), step)), dtype=np.float64)


def _turned(turn: _Turn) -> tuple[Whole, Whole]:
    """Where the lines of the code lie in a picture that was turned or mirrored."""
    down, right = code.lattice()
    turned, y, x = turn
    return (y * right, x * down) if turned else (y * down, x * right)


class _Plane:
    """The Fourier plane of an evened picture, with its middle as origin."""

    def __init__(self, flat: Array) -> None:
        self.shape = tuple(1 << (2 * side - 1).bit_length() for side in flat.shape)
        y, x = np.fft.fftfreq(self.shape[0]), np.fft.rfftfreq(self.shape[1])
        to_middle = [np.exp(1j * np.pi * f * (side - 1)) for f, side in zip((y, x), flat.shape, strict=True)]
        self.values = np.fft.rfft2(flat, self.shape) * to_middle[0][:, None] * to_middle[1]

    def loudest(self, sizes: NDArray[np.float64], turn: _Turn) -> list[tuple[float, float, _Turn]]:
        """The sizes at which the fixed lines are loudest, wherever they lie: how loud, how large, in this turn."""
        count = len(code.fixed())
        down, right = (lines[:count] for lines in _turned(turn))
        scores = np.empty(len(sizes))
        for start in range(0, len(sizes), _BATCH):
            tiles = sizes[start : start + _BATCH, None]
            lines = _leveled(self._at(down / tiles, right / tiles))
            scores[start : start + _BATCH] = _correlated(lines).max(axis=(1, 2))
        order = np.argsort(-scores, kind="stable")[:_CANDIDATES]
        return [(float(scores[at]), float(sizes[at]), turn) for at in order]

    def _at(self, down: NDArray[np.float64], right: NDArray[np.float64]) -> Complex:
        """The values at those frequencies in cycles a pixel, each from its nearest neighbour; 0 past the finest."""
        rows, columns = self.shape
        mirrored = right < 0
        y = np.rint(np.where(mirrored, -down, down) * rows).astype(np.int64)
        x = np.rint(np.abs(right) * columns).astype(np.int64)
        seen = (np.abs(down) < 0.5) & (np.abs(right) < 0.5)
        found = self.values[y % rows, np.minimum(x, columns // 2)]
        return np.where(seen, np.where(mirrored, found.conj(), found), 0)


def _leveled(lines: Complex) -> Complex:
    """Lines at nearly equal loudness, each compared to others as fine as itself; (…, n), the first of the lattice."""
    radius = np.hypot(*code.lattice())[: lines.shape[-1]]
    loud = np.abs(lines)
    usual = np.empty_like(loud)
    for ring in np.array_split(np.argsort(radius, kind="stable"), 8):
        usual[..., ring] = np.median(loud[..., ring], axis=-1, keepdims=True)
    return np.asarray(lines / (loud + usual + 1e-9), dtype=np.complex128)


def _correlated(lines: Complex) -> NDArray[np.float64]:
    """The score of the fixed lines at every place of a repeat: (n, lines) -> (n, GRID, GRID)."""
    fixed = code.fixed()
    down, right = (line[: len(fixed)] for line in code.lattice())
    grid = np.zeros((len(lines), GRID, GRID // 2 + 1), dtype=np.complex64)
    grid[:, down % GRID, right] = lines * fixed.conj() * np.where(right == 0, 2, 1)  # there, both opposites would stand
    factor = (GRID * GRID / 2 / _scale(lines)).astype(np.float32)
    return np.fft.irfft2(grid, (GRID, GRID)) * factor[:, None, None]


def _scale(lines: Complex) -> NDArray[np.float64]:
    """What a score by chance varies by, before it is divided by this."""
    return np.asarray(np.sqrt(np.square(np.abs(lines)).sum(axis=-1) / 2) + 1e-9, dtype=np.float64)


def _heard(flat: Array, tile: tuple[float, float], turn: _Turn, at: tuple[float, float] | None = None) -> _Place:
    """All lines of a pattern of exactly that size; at: its place where that is known."""
    down, right = _turned(turn)
    harmonics = np.arange(-code.REACH, code.REACH + 1)
    height, width = flat.shape
    along = _wave(np.outer(harmonics / tile[0], np.arange(height) - (height - 1) / 2))
    across = _wave(np.outer(np.arange(width) - (width - 1) / 2, harmonics / tile[1]))
    every = (along @ flat) @ across
    seen = (np.abs(down) < tile[0] / 2) & (np.abs(right) < tile[1] / 2)
    lines = _leveled(np.where(seen, every[down + code.REACH, right + code.REACH], 0))
    fixed = lines[None, : len(code.fixed())]
    if at is None:
        scores = _correlated(fixed)[0]
        y, x = np.unravel_index(int(np.argmax(scores)), scores.shape)
        return _Place(score=float(scores[y, x]), tile=tile, shift=(y / GRID, x / GRID), turn=turn, lines=lines)
    score = float((fixed @ code.fixed().conj()).real[0] / _scale(fixed)[0])
    return _Place(score=score, tile=tile, shift=at, turn=turn, lines=lines)


def _wave(turns: NDArray[np.float64]) -> NDArray[np.complex64]:
    return np.asarray(np.exp(-2j * np.pi * turns), dtype=np.complex64)


def _refined(flat: Array, size: float, turn: _Turn, sizes: NDArray[np.float64]) -> _Place:
    """The best size near one, of height and width apart: whoever resized the picture rounded both."""
    best = _heard(flat, (size, size), turn)
    step = float(np.log(sizes[1] / sizes[0])) / 2
    for _ in range(3):
        for axis, factor in ((0, 1 + step), (0, 1 - step), (1, 1 + step), (1, 1 - step)):
            for _ in range(8):
                tile = (best.tile[0] * factor, best.tile[1]) if axis == 0 else (best.tile[0], best.tile[1] * factor)
                found = _heard(flat, tile, turn)
                if found.score <= best.score:
                    break
                best = found
        step /= 2
    return best


def _understood(place: _Place, trials: int) -> Mark:
    """The number is read at the place between those of the grid where the fixed lines are heard best."""
    down, right = code.lattice()
    fixed = code.fixed()
    best, moved = 0.0, place.lines
    for y in np.arange(-0.5, 0.51, 0.25) / GRID:
        for x in np.arange(-0.5, 0.51, 0.25) / GRID:
            turned = np.exp(2j * np.pi * (down * (place.shift[0] + y) + right * (place.shift[1] + x)))
            lines = place.lines * turned
            score = float((lines[: len(fixed)] @ fixed.conj()).real / _scale(lines[None, : len(fixed)])[0])
            if score >= best:
                best, moved = score, lines
    chance = _chance(best, trials)
    return Mark(score=best, chance=chance, number=code.read(moved) if chance <= MAX_CHANCE else None)


def _chance(score: float, trials: int) -> float:
    return min(1.0, trials * math.exp(-score * score / 2)) if score > 0 else 1.0
