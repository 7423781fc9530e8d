"""Styles to look at: a sheet of all, and a thumbnail of each."""

import io
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from mengbi.style import Style

TILE, GAP, LABEL = 176, 8, 22
THUMB = 192
THUMB_BYTES = 6 * 1024


def contact_sheet(tiles: Sequence[tuple[Style, Sequence[NDArray[np.uint8]]]]) -> Image.Image:
    """Every style with its pictures side by side and its name beneath, about as wide as high."""
    each = len(tiles[0][1])
    wide, high = each * TILE + GAP, TILE + LABEL + GAP
    columns = max(1, min(len(tiles), round(math.sqrt(len(tiles) * high / wide))))
    rows = math.ceil(len(tiles) / columns)
    sheet = Image.new("RGB", (columns * wide + GAP, rows * high + GAP), "#fbfaf7")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=13)
    for place, (style, pictures) in enumerate(tiles):
        left, top = GAP + place % columns * wide, GAP + place // columns * high
        for number, pixels in enumerate(pictures):
            small = Image.fromarray(pixels).resize((TILE, TILE), Image.Resampling.LANCZOS)
            sheet.paste(small, (left + number * TILE, top))
        label = style.name if style.title.casefold() == style.name else f"{style.name} · {style.title}"
        pen.text((left, top + TILE + 3), _fitting(label, font, wide - GAP), fill="#2a2824", font=font)
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


def _fitting(label: str, font: ImageFont.ImageFont | ImageFont.FreeTypeFont, width: int) -> str:
    while font.getlength(label) > width:
        label = label[:-2] + "…"
    return label
