"""The seal 印章: one to four characters, or the letters of a name, cut in stone and pressed on paper in vermilion."""

import re
import unicodedata
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from mengbi.errors import BriefError
from mengbi.finish.lettering import clusters, font, is_eastern, missing, runs
from mengbi.noise import generator

Mask = NDArray[np.floating[Any]]

VERMILION = (178, 34, 28)
BRIGHT = (214, 62, 48)
"""The same on dark paper."""
CUTS = {"白文": "white", "朱文": "red", "baiwen": "white", "zhuwen": "red", "white": "white", "red": "red"}
"""How a seal is cut: white characters on red, or red characters on the paper."""
MOST = 4
STREAM = 300
WORK = 512
"""Pixels of the longer side that a seal is cut at."""
HALF = (0.0, 0.5, 1.0)
FULL = {"white": 0.5, "red": 0.44}
"""How much of a character's box its strokes cover at most: more, and it cannot be read."""


def read_seal(wish: str) -> tuple[str, str]:
    """ "李白", "李白:朱文" or "Ada Lovelace" -> what is cut, and "white" or "red". Raises BriefError."""
    name, _, cut = wish.strip().rpartition(":") if ":" in wish else (wish.strip(), "", "")
    if cut.strip().lower() not in {"", *CUTS}:
        said = f"seal {wish!r} — after the colon red (朱文) or white (白文), for example 李白:朱文"
        raise BriefError(said, code="seal", most=MOST)
    name = unicodedata.normalize("NFC", name.strip())
    lost = missing(name)
    if lost:
        said = f"seal {wish!r} — no letters here for {' '.join(lost)}; write the name another way"
        raise BriefError(said, code="letters", what="seal", lost=" ".join(lost))
    if not any(c.isalnum() for c in name):
        said = f"seal {wish!r} — one to {MOST} characters as 李白, or a name as Ada Lovelace"
        raise BriefError(said, code="seal", most=MOST)
    if is_eastern(name):
        signs = [c for c in clusters(name) if not c.isspace()]
        if len(signs) > MOST:
            said = f"seal {wish!r} — {len(signs)} characters; a seal has one to {MOST}: the name alone"
            raise BriefError(said, code="seal", most=MOST)
        return "".join(signs), CUTS.get(cut.strip().lower(), "white")
    return monogram(name), CUTS.get(cut.strip().lower(), "red")


def monogram(name: str) -> str:
    """The initials of a name in letters, three at most: "Ada Lovelace" -> "AL"; a single short name stays whole."""
    words = [word for word in re.split(r"[\s.\-_]+", name) if any(c.isalnum() for c in word)]
    if len(words) == 1:
        return clusters(words[0])[0].upper() if len(words[0]) > 3 else words[0].upper()
    initials = [next(c for c in clusters(word) if c[0].isalnum()).upper() for word in words]
    return "".join(initials if len(initials) <= 3 else [initials[0], initials[1], initials[-1]])


def seal_shape(signs: str) -> float:
    """Width over height of a seal: two characters stand one over the other, the rest in a square."""
    return 0.62 if len(clusters(signs)) == 2 and is_eastern(signs) else 1.0


def draw_seal(canvas: Image.Image, box: tuple[float, float, float, float], signs: str, cut: str, seed: int,
              color: tuple[int, int, int] = VERMILION) -> None:  # fmt: skip
    """Presses the seal on an RGB canvas, inside box (left, top, right, bottom), worn as the seed says."""
    left, top, right, bottom = (round(edge) for edge in box)
    size = (max(1, right - left), max(1, bottom - top))
    ink = Image.fromarray(np.rint(impression(signs, cut, seed) * 255).astype(np.uint8))
    canvas.paste(color, (left, top), ink.resize(size, Image.Resampling.LANCZOS))


@lru_cache(16)
def impression(signs: str, cut: str, seed: int) -> Mask:
    """How much ink is where: float32 (h, w), 0 to 1; the longer side is WORK pixels."""
    high, wide = WORK, round(WORK * seal_shape(signs))
    rng = generator(seed, STREAM)
    rough = 0.6 * _noise(rng, (high, wide), 10) + 0.8 * _noise(rng, (high, wide), 60)
    outer = _block((high, wide), 0.028, 0.085) + 0.0065 * rough
    stone = _edge(outer)
    carved = _edge(_signs(signs, (wide, high), cut) - 0.5 + 0.1 * rough)
    if cut == "white":
        ink = stone * (1 - carved)
    else:
        frame = stone * (1 - _edge(_block((high, wide), 0.064, 0.05) + 0.005 * rough))
        ink = np.maximum(frame, carved * stone)
    paste = 0.93 - 0.16 * np.clip(_noise(rng, (high, wide), 60), 0, 2)  # ink never covers evenly
    pits = _noise(rng, (high, wide), 5) > 2.6 - 0.4 * np.clip(rough, -1, 1.5)
    chips = _noise(rng, (high, wide), 22) > 2.9
    return np.asarray(np.clip(ink * paste, 0, 1) * ~(pits | chips), dtype=np.float32)


def _block(shape: tuple[int, int], inset: float, radius: float) -> Mask:
    """A rounded rectangle as a signed distance in shares of the longer side: above 0 inside."""
    high, wide = shape
    unit = max(shape)
    y = np.abs(np.arange(high, dtype=np.float32)[:, None] - (high - 1) / 2) / unit
    x = np.abs(np.arange(wide, dtype=np.float32)[None] - (wide - 1) / 2) / unit
    away_y = y - (high / unit / 2 - inset - radius)
    away_x = x - (wide / unit / 2 - inset - radius)
    outside = np.hypot(np.maximum(away_x, 0), np.maximum(away_y, 0))
    return np.asarray(radius - outside - np.minimum(np.maximum(away_x, away_y), 0), dtype=np.float32)


def _edge(distance: Mask) -> Mask:
    return np.asarray(np.clip(distance * 200 + 0.5, 0, 1), dtype=np.float32)


def _noise(rng: np.random.Generator, shape: tuple[int, int], size: float) -> Mask:
    """Smooth noise of deviation 1 whose spots are about `size` pixels."""
    small = (max(2, round(shape[0] / size)), max(2, round(shape[1] / size)))
    field = Image.fromarray(rng.standard_normal(small, dtype=np.float32))
    smooth = np.asarray(field.resize((shape[1], shape[0]), Image.Resampling.BICUBIC))
    return np.asarray(smooth / max(float(smooth.std()), 1e-6), dtype=np.float32)


def _signs(signs: str, size: tuple[int, int], cut: str) -> Mask:
    """The characters, each stretched to fill its cell as a carver does: float32 (h, w), 0 to 1."""
    canvas = Image.new("L", size)
    wide, high = size
    rim = (0.1 if cut == "white" else 0.135) * max(size)
    inner = (rim, rim, wide - rim, high - rim)
    for sign, (x0, y0, x1, y1) in zip(_groups(signs), _cells(len(_groups(signs))), strict=True):
        gap = 0.022 * max(size)
        across, down = inner[2] - inner[0], inner[3] - inner[1]
        cell = (inner[0] + x0 * across + gap, inner[1] + y0 * down + gap,
                inner[0] + x1 * across - gap, inner[1] + y1 * down - gap)  # fmt: skip
        glyph = _glyph(sign, FULL[cut])
        room = (max(1, round(cell[2] - cell[0])), max(1, round(cell[3] - cell[1])))
        shape = glyph.width / glyph.height
        most = 1.75 if is_eastern(sign) else 1.2  # a character may be stretched, but stays what it is
        fits = (min(room[0], round(room[1] * shape * most)), min(room[1], round(room[0] / shape * most)))
        at = (round((cell[0] + cell[2] - fits[0]) / 2), round((cell[1] + cell[3] - fits[1]) / 2))
        canvas.paste(255, at, glyph.resize(fits, Image.Resampling.LANCZOS))
    return np.asarray(canvas, dtype=np.float32) / np.float32(255)


def _groups(signs: str) -> list[str]:
    """What stands in a cell of its own: a character, or all letters of a monogram."""
    return clusters(signs) if is_eastern(signs) else [signs]


def _cells(count: int) -> list[tuple[float, float, float, float]]:
    """Cells in reading order, columns from right to left: left, top, right, bottom as shares."""
    a, b, c = HALF
    return {
        1: [(a, a, c, c)],
        2: [(a, a, c, b), (a, b, c, c)],
        3: [(b, a, c, c), (a, a, b, b), (a, b, b, c)],
        4: [(b, a, c, b), (b, b, c, c), (a, a, b, b), (a, b, b, c)],
    }[count]


def _glyph(sign: str, full: float) -> Image.Image:
    """A character cropped to its ink, its strokes as bold as they can be while ink covers no more than `full` of it."""
    size = 320
    for bold in range(size // 18, -1, -2):
        canvas = Image.new("L", (size * (len(clusters(sign)) + 1), 2 * size))
        pen, x = ImageDraw.Draw(canvas), size * 0.5
        for face, text in runs(sign, "display"):
            pen.text((x, 1.3 * size), text, fill=255, font=font(face, size), anchor="ls", stroke_width=bold)
            x += font(face, size).getlength(text)
        inked = canvas.crop(canvas.getbbox())
        if np.asarray(inked).mean() <= 255 * full:
            break
    return inked
