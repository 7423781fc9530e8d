"""The pattern of the mark: waves on a lattice whose phases spell it.

Part of the lines has phases that are always the same: they tell where the pattern lies and how large it is (the
template of Pereira & Pun 2000, "Robust template matching for affine resistant image watermarks", in phases instead of
peaks). The others spell six bytes, a number of 32 bits and its checksum: each byte is one of 256 random codes.
"""

import math
import zlib
from collections.abc import Iterator
from functools import cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

Complex = NDArray[np.complex128]
Whole = NDArray[np.int64]
TILES = 3
"""Repeats along the shorter side."""
LOW, HIGH = 18.0, 88.0
"""Cycles along the shorter side: below, pictures drown the pattern; above, a small JPEG loses it."""
REACH = int(HIGH / TILES)
FIXED_SHARE = 0.36
SYMBOLS = 6
_FINEST = 0.45
"""Cycles a pixel; nothing finer is written."""
_KEY = 0x4D656E676269  # "Mengbi"


@cache
def lattice() -> tuple[Whole, Whole]:
    """The lines, in cycles a repeat downwards and to the right, one of each pair of opposites, in the code's order."""
    down, right = np.mgrid[-REACH : REACH + 1, 0 : REACH + 1]
    radius = np.hypot(down, right) * TILES
    half = (radius >= LOW) & (radius <= HIGH) & ((right > 0) | (down > 0))
    order = np.argsort(_raw(1, int(half.sum())), kind="stable")
    return down[half][order], right[half][order]


@cache
def fixed() -> Complex:
    """What the first lines always are, (n,), each of length 1."""
    return _phases(2, (int(len(lattice()[0]) * FIXED_SHARE),))


@cache
def codes() -> Complex:
    """What the other lines are for each byte: (6, 256, lines of a byte), each of length 1."""
    return _phases(3, (SYMBOLS, 256, (len(lattice()[0]) - len(fixed())) // SYMBOLS))


def spell(number: int) -> Complex:
    """All lines of the mark of that number, 0 to 2³² − 1."""
    lines = np.zeros(len(lattice()[0]), dtype=np.complex128)
    lines[: len(fixed())] = fixed()
    for place, byte in enumerate(_with_checksum(number.to_bytes(4, "big"))):
        lines[_of_symbol(place)] = codes()[place, byte]
    return lines


def read(lines: Complex) -> int | None:
    """The number that lines spell best, of each byte its two nearest codes; None where no checksum agrees.

    lines: in the lattice's order and place. Six random bytes pass for a number once in a thousand times.
    """
    choices = []
    for place in range(SYMBOLS):
        near = (codes()[place].conj() @ lines[_of_symbol(place)]).real
        best = np.argsort(-near, kind="stable")[:2]
        choices.append([(float(near[byte]), int(byte)) for byte in best])
    words = sorted(product(*choices), key=lambda word: -sum(near for near, _ in word))
    for word in words:
        said = bytes(byte for _, byte in word)
        if said == _with_checksum(said[:4]):
            return int.from_bytes(said[:4], "big")
    return None


def waves(lines: Complex, shape: tuple[int, int], rows: int) -> Iterator[tuple[slice, NDArray[np.float64]]]:
    """The pattern of a picture of that shape, strip by strip: the rows and their (n, w) sum of waves.

    Its origin is the picture's middle. What is too fine for the picture's pixels is left out.
    """
    height, width = shape
    tile = min(shape) / TILES
    down, right = lattice()
    grid = np.zeros((2 * REACH + 1, REACH + 1), dtype=np.complex128)
    grid[down + REACH, right] = np.where(np.hypot(down, right) <= _FINEST * tile, lines, 0)
    x = (np.arange(width) + 0.5 - width / 2) / tile
    across = np.exp(2j * math.pi * np.outer(np.arange(REACH + 1), x))
    across = np.concatenate([across.real, -across.imag])
    for top in range(0, height, rows):
        y = (np.arange(top, min(top + rows, height)) + 0.5 - height / 2) / tile
        along = np.exp(2j * math.pi * np.outer(y, np.arange(-REACH, REACH + 1))) @ grid
        yield slice(top, top + len(y)), np.concatenate([along.real, along.imag], axis=1) @ across


def _of_symbol(place: int) -> slice:
    size = codes().shape[2]
    start = len(fixed()) + place * size
    return slice(start, start + size)


def _with_checksum(number: bytes) -> bytes:
    return number + (zlib.crc32(number) & 0xFFFF).to_bytes(2, "big")


def _phases(stream: int, shape: tuple[int, ...]) -> Complex:
    turns = (_raw(stream, math.prod(shape)) >> np.uint64(11)).astype(np.float64) / 2**53
    return np.asarray(np.exp(2j * math.pi * turns), dtype=np.complex128).reshape(shape)


def _raw(stream: int, count: int) -> NDArray[np.uint64]:
    """The bare words of Philox, which no version of numpy reads differently."""
    return np.random.Philox(key=np.array([_KEY, stream], dtype=np.uint64)).random_raw(count)
