"""Styles to look at: a sheet of all, and a thumbnail of each."""

import io
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from mengbi.finish.lettering import draw, measure
from mengbi.style import Style

TILE, GAP, LABEL = 176, 8, 28
NAME, CHINESE = 15, 14
"""Pixels an em of a name and of the Chinese behind it."""
THUMB = 192
THUMB_BYTES = 6 * 1024


def contact_sheet(tiles: Sequence[tuple[Style, Sequence[NDArray[np.uint8]]]]) -> Image.Image:
    """Every style with its pictures side by side and its name beneath, about as wide as high."""
    each = len(tiles[0][1])
    wide, high = each * TILE + GAP, TILE + LABEL + GAP
    columns = max(1, min(len(tiles), round(math.sqrt(len(tiles) * high / wide))))
    rows = math.ceil(len(tiles) / columns)
    sheet = Image.new("RGB", (columns * wide + GAP, rows * high + GAP), "#fbfaf7")
    pen = ImageDraw.Draw(sheet)
    for place, (style, pictures) in enumerate(tiles):
        left, top = GAP + place % columns * wide, GAP + place // columns * high
        for number, pixels in enumerate(pictures):
            small = Image.fromarray(pixels).resize((TILE, TILE), Image.Resampling.LANCZOS)
            sheet.paste(small, (left + number * TILE, top))
        _label(pen, (left, top + TILE + 18), style, wide - GAP)
    return sheet


def thumbnail(pixels: NDArray[np.uint8]) -> bytes:
    """A small WebP of at most 6 KiB, as good as it can be within them."""
    small = Image.fromarray(pixels).resize((THUMB, THUMB), Image.Resampling.LANCZOS)
    for quality in range(84, 0, -6):
        out = io.BytesIO()
        small.save(out, "WEBP", quality=quality, method=6)
        if out.tell() <= THUMB_BYTES:
            break
    return out.getvalue()


def _label(pen: ImageDraw.ImageDraw, at: tuple[float, float], style: Style, room: float) -> None:
    """The name that is typed, then the Chinese one, then the English one as far as there is room for it."""
    x, y = at
    for words, size, ink in (
        (style.name, NAME, "#25211b"),
        (style.title_zh, CHINESE, "#6b6257"),
        ("" if style.title.casefold() == style.name else style.title, NAME, "#8b8174"),
    ):
        wide = size * measure(words, "text")
        if words and x + wide <= at[0] + room:
            draw(pen, (x, y), words, "text", size, ink)
            x += wide + 8
