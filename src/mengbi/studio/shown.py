"""What a painting under way looks like, small enough to be sent several times a second."""

import io
import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mengbi.engine.preview import shrink

MAX_BYTES = 24 * 1024
SIDE = 384
"""Pixels of the longer side of one picture; several stand in a grid of about that size."""
_GROUND = (244, 242, 238)


def small_webp(images: NDArray[np.uint8]) -> bytes:
    """The pictures side by side as WebP of at most 24 KiB. images: uint8 (n, h, w, 3)."""
    grid = _grid(images)
    grid.thumbnail((SIDE, SIDE), Image.Resampling.BOX)
    while True:
        for quality in (72, 45, 20):
            out = io.BytesIO()
            grid.save(out, "WEBP", quality=quality, method=1)
            if out.tell() <= MAX_BYTES:
                return out.getvalue()
        grid = grid.reduce(2)


def _grid(images: NDArray[np.uint8]) -> Image.Image:
    count = len(images)
    if count == 1:
        return Image.fromarray(shrink(images[0]))
    columns = math.ceil(math.sqrt(count))
    tiles = [Image.fromarray(shrink(image)) for image in images]
    wide, high = tiles[0].size
    sheet = Image.new("RGB", (columns * wide, math.ceil(count / columns) * high), _GROUND)
    for place, tile in enumerate(tiles):
        sheet.paste(tile, (place % columns * wide, place // columns * high))
    return sheet
