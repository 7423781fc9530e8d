"""Pixels -> what a terminal shows them by: Kitty's graphics protocol, iTerm2's inline images, Sixel, and half blocks.

Everything here is a pure function from pixels to text; `terminal` finds out which of them the terminal understands.
"""

import base64
import io
import re

import numpy as np
from numpy.typing import NDArray
from PIL import Image

CHUNK = 4096
"""Kitty takes its payload in pieces of at most this many characters."""
SIXEL_COLORS = 128
RUN = re.compile(r"(.)\1{3,}")

Pixels = NDArray[np.uint8]


def kitty(pixels: Pixels, columns: int, rows: int, number: int) -> str:
    """Kitty's graphics protocol: shows the picture over columns × rows cells and leaves the cursor where it is.

    pixels: uint8 (h, w, 3). A picture of the same number is replaced. The terminal is told not to answer (q=2).
    https://sw.kovidgoyal.net/kitty/graphics-protocol/
    """
    payload = base64.b64encode(_png(pixels)).decode()
    pieces = [payload[start : start + CHUNK] for start in range(0, len(payload), CHUNK)]
    first = f"a=T,f=100,i={number},p=1,c={columns},r={rows},C=1,q=2,"
    return "".join(
        f"\x1b_G{first if index == 0 else 'q=2,'}m={int(index < len(pieces) - 1)};{piece}\x1b\\"
        for index, piece in enumerate(pieces)
    )


def iterm(pixels: Pixels, columns: int, rows: int) -> str:
    """iTerm2's inline image over columns × rows cells; the cursor may move. pixels: uint8 (h, w, 3).

    https://iterm2.com/documentation-images.html
    """
    data = _png(pixels)
    options = f"inline=1;size={len(data)};width={columns};height={rows};preserveAspectRatio=0"
    return f"\x1b]1337;File={options}:{base64.b64encode(data).decode()}\a"


def sixel(pixels: Pixels) -> str:
    """DEC's Sixel in 128 dithered colours; the cursor may move. pixels: uint8 (h, w, 3), shown pixel for pixel.

    A band is six rows; each colour in it is one run-length coded line (DEC STD 070, chapter 9).
    """
    height, width = pixels.shape[:2]
    image = Image.fromarray(pixels)
    few = image.resize((96, 96)).quantize(SIXEL_COLORS, Image.Quantize.FASTOCTREE)
    image = image.quantize(palette=few, dither=Image.Dither.FLOYDSTEINBERG)
    palette = np.array(few.getpalette(), dtype=np.float64).reshape(-1, 3)
    colors = "".join(f"#{i};2;{r};{g};{b}" for i, (r, g, b) in enumerate(np.rint(palette / 2.55).astype(int)))
    bands = np.full((-(-height // 6) * 6, width), -1, dtype=np.int16)
    bands[:height] = np.asarray(image)
    body = "-".join(_band(band) for band in bands.reshape(-1, 6, width))
    return f'\x1bP0;1;0q"1;1;{width};{height}{colors}{body}\x1b\\'


def half_blocks(pixels: Pixels, *, truecolor: bool) -> list[str]:
    """Lines of ▀, whose upper half is one pixel and lower half the next row's. pixels: uint8 (2·rows, columns, 3).

    Without truecolor the nearest of xterm's 256 colours are used.
    """
    codes = _true_codes(pixels) if truecolor else _xterm_codes(pixels)
    lines = []
    for upper, lower in zip(codes[0::2], codes[1::2], strict=True):
        before: tuple[str, str] | None = None
        line = []
        for colors in zip(upper, lower, strict=True):
            line.append("▀" if colors == before else f"\x1b[38;{colors[0]};48;{colors[1]}m▀")
            before = colors
        lines.append("".join(line) + "\x1b[0m")
    return lines


def sheet(images: Pixels) -> Pixels:
    """Pictures side by side on black, as square as it gets. uint8 (n, h, w, 3) -> (H, W, 3)."""
    count, height, width = images.shape[:3]
    if count == 1:
        return np.asarray(images[0])
    across = min(range(1, count + 1), key=lambda n: max(n * width, -(-count // n) * height))
    down = -(-count // across)
    gap = max(2, width // 64)
    page = np.zeros((down * (height + gap) - gap, across * (width + gap) - gap, 3), dtype=np.uint8)
    for index, image in enumerate(images):
        y, x = index // across * (height + gap), index % across * (width + gap)
        page[y : y + height, x : x + width] = image
    return page


def fit(pixels: Pixels, width: int, height: int) -> Pixels:
    """The picture at exactly this size. uint8 (h, w, 3) -> (height, width, 3)."""
    if pixels.shape[:2] == (height, width):
        return pixels
    return np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.LANCZOS, reducing_gap=2.0))


def _png(pixels: Pixels) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def _band(band: NDArray[np.int16]) -> str:
    masks = np.zeros((SIXEL_COLORS, band.shape[1]), dtype=np.uint8)
    for row, colors in enumerate(band):
        seen = np.flatnonzero(colors >= 0)
        masks[colors[seen], seen] |= 1 << row
    return "$".join(
        f"#{color}{RUN.sub(lambda run: f'!{len(run[0])}{run[1]}', (masks[color] + 63).tobytes().decode().rstrip('?'))}"
        for color in np.flatnonzero(masks.any(axis=1))
    )


def _true_codes(pixels: Pixels) -> list[list[str]]:
    return [[f"2;{r};{g};{b}" for r, g, b in row] for row in pixels.tolist()]


def _xterm_codes(pixels: Pixels) -> list[list[str]]:
    """xterm's colours 16 to 231 are a 6×6×6 cube, 232 to 255 a ramp of grays."""
    levels = np.array([0, 95, 135, 175, 215, 255])
    values = pixels.astype(np.int32)
    cube = np.abs(values[..., None] - levels).argmin(axis=-1)
    gray = np.clip(np.rint((values.mean(axis=-1) - 8) / 10), 0, 23).astype(np.int32)
    cube_error = ((levels[cube] - values) ** 2).sum(axis=-1)
    gray_error = (((8 + 10 * gray)[..., None] - values) ** 2).sum(axis=-1)
    numbers = np.where(gray_error < cube_error, 232 + gray, 16 + cube @ np.array([36, 6, 1]))
    return [[f"5;{number}" for number in row] for row in numbers.tolist()]
