"""Art -> a sprite: pixels cut tight, in few colours, so that it is small to keep and quick to recolour."""

import io
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import resvg_py
from numpy.typing import NDArray
from PIL import Image

from mengbi.errors import AssetError

SIDE = 104
"""Pixels of a sprite's longer side: what fills a picture of 128."""
LEVELS = 7
"""Steps of cover between nothing and all: edges need no more."""
STEP = 255 // LEVELS
COLORS = (6, 10, 16, 24, 36)
GOOD = 2.8
"""Mean difference in 255ths at which a smaller number of colours is taken."""

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Sprite:
    """A picture by colour number. pixels = palette[index], cover = level / LEVELS."""

    index: Pixels  # (h, w)
    level: Pixels  # (h, w), 0 to LEVELS
    palette: Pixels  # (n, 3)

    def rgba(self, palette: Pixels | None = None) -> Pixels:
        """uint8 (h, w, 4), straight alpha; palette: other colours in place of its own."""
        pixels = np.empty((*self.index.shape, 4), np.uint8)
        pixels[..., :3] = (self.palette if palette is None else palette).take(self.index, axis=0)
        pixels[..., 3] = COVER.take(self.level)
        return pixels


COVER = np.rint(np.arange(LEVELS + 1) * 255 / LEVELS).astype(np.uint8)


def raster(data: bytes, side: int) -> Pixels:
    """An SVG document, PNG or WebP as uint8 (h, w, 4), cut tight, its longer side of that many pixels.

    Raises AssetError if it cannot be drawn or shows nothing.
    """
    try:
        image = _open(data, side)
    except Exception as error:  # what a broken drawing raises is the renderer's own business
        raise AssetError(f"a drawing cannot be rendered ({error})") from error
    box = image.getchannel("A").point(SOLID).getbbox()
    if box is None:
        raise AssetError("a drawing shows nothing")
    image = image.crop(box)
    scale = side / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return np.asarray(image.resize(size, Image.Resampling.LANCZOS) if size != image.size else image)


SOLID = [255 if level > 8 else 0 for level in range(256)]


def _open(data: bytes, side: int) -> Image.Image:
    if data.lstrip()[:1] == b"<":
        text = data.decode("utf-8", "replace")
        drawn = bytes(resvg_py.svg_to_bytes(svg_string=text, height=2 * side, skip_system_fonts=True))
        image = Image.open(io.BytesIO(drawn))
    else:
        image = Image.open(io.BytesIO(data))
    return image.convert("RGBA")


def sprite_of(pixels: Pixels, exact: Collection[str] = ()) -> Sprite:
    """The picture in as few colours as look the same. exact: colours (#rrggbb) that are kept to the digit."""
    level = np.rint(pixels[..., 3] * (LEVELS / 255)).astype(np.uint8)
    shown = level > 0
    rgb = np.ascontiguousarray(pixels[..., :3])
    strip = Image.fromarray(rgb[shown][None])  # only what is shown votes for colours
    for count in COLORS:
        palette_image = strip.quantize(count, Image.Quantize.MEDIANCUT, kmeans=2, dither=Image.Dither.NONE)
        palette = np.array(palette_image.getpalette(), np.uint8).reshape(-1, 3)
        row = np.asarray(palette_image)[0]
        error = float(np.abs(palette[row].astype(int) - rgb[shown]).mean())
        if error < GOOD:
            break
    used = np.unique(row)
    index = np.zeros(level.shape, np.uint8)
    index[shown] = np.searchsorted(used, row)
    return Sprite(index=index, level=level, palette=_snap(palette[used], exact))


def _snap(palette: Pixels, exact: Collection[str]) -> Pixels:
    """Colours that are nearly one of the exact ones become that one."""
    if not exact:
        return palette
    names = np.array([tuple(bytes.fromhex(name[1:])) for name in sorted(exact)], int)
    apart = np.abs(palette[:, None].astype(int) - names[None]).max(axis=-1)
    nearest = apart.argmin(axis=1)
    close = apart.min(axis=1) <= 8
    return np.where(close[:, None], names[nearest], palette).astype(np.uint8)


def encode(sprite: Sprite) -> bytes:
    """A sprite as WebP without loss: level, colour number, nothing; its palette is kept beside it."""
    planes = np.dstack([sprite.level * STEP, sprite.index, np.zeros_like(sprite.index)])
    buffer = io.BytesIO()
    Image.fromarray(planes).save(buffer, "WEBP", lossless=True, quality=75, method=4)
    return buffer.getvalue()


def decode(data: bytes, palette: Pixels) -> Sprite:
    """What `encode` wrote."""
    planes = np.asarray(Image.open(io.BytesIO(data)))
    return Sprite(index=planes[..., 1], level=planes[..., 0] // STEP, palette=palette)


def fingerprint(pixels: Pixels) -> NDArray[np.uint64]:
    """256 bits, uint64 (4,): does it grow lighter to the right? Zauner 2010, "dHash", on grey at 17 by 16.

    What is transparent counts as one grey, so that the outline is part of it.
    """
    image = Image.fromarray(pixels)
    side = max(image.size)
    square = Image.new("RGBA", (side, side), (128, 128, 128, 255))
    square.alpha_composite(image, ((side - image.width) // 2, (side - image.height) // 2))
    grey = np.asarray(square.convert("L").resize((17, 16), Image.Resampling.BOX), int)
    return np.packbits(grey[:, 1:] > grey[:, :-1]).view(np.uint64)


def thumb(pixels: Pixels) -> NDArray[np.float32]:
    """The picture at 8 by 8 over grey, float32 (192,), 0 to 255: what tells apart colours of one outline."""
    image = Image.fromarray(pixels)
    side = max(image.size)
    square = Image.new("RGBA", (side, side), (128, 128, 128, 255))
    square.alpha_composite(image, ((side - image.width) // 2, (side - image.height) // 2))
    small = square.convert("RGB").resize((8, 8), Image.Resampling.BOX)
    return np.asarray(small, np.float32).ravel()
