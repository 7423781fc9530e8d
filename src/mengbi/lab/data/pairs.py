"""Pairs to learn from: a large crop, and what a small or worn picture of it looks like.

A pair depends on its place in the stream alone. What a picture goes through is a matter of chance (Zhang et al. 2021,
"Designing a practical degradation model"): a soft lens, one of the usual ways of making it small, a grainy sensor, the
soft blocks of a painter that paints in blocks, and JPEG.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from mengbi.lab.data.large import SIDE, Pixels, Pool
from mengbi.noise import generator

SMALLER = (Image.Resampling.BOX, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS, Image.Resampling.BILINEAR)
KNOWN = (0.3, 0.35, 0.25, 0.1)
"""How often a picture is made small in each of these ways."""
OTHER_COLORS = 0.5
"""Share of the pairs whose three colours are dealt out anew, each turned light for dark or not."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wear:
    """How often a picture suffers what, and how much of it at most; lengths are in pixels of the small picture."""

    blur: tuple[float, float] = (0.15, 0.4)  # standard deviation
    again: tuple[float, float] = (0.0, 1.0)  # it was once so many times as small
    noise: tuple[float, float] = (0.1, 3.0)  # standard deviation, in 255ths
    blocks: tuple[float, float] = (0.08, 3.0)  # from one block to the next, in 255ths
    jpeg: tuple[float, int, int] = (0.2, 60, 95)  # lowest and highest quality


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Batch:
    """n pairs; see `loader.Batch`."""

    small: Pixels  # (n, side, side, 3)
    large: Pixels  # (n, scale · side, scale · side, 3)
    cursor: int  # number of the pair after the last

    @property
    def arrays(self) -> tuple[Pixels, Pixels]:
        """What travels to the device."""
        return self.small, self.large


def batches(pool: Pool, seed: int, cursor: int, *, batch: int, side: int, scale: int, wear: Wear) -> Iterator[Batch]:
    """An endless stream of pairs from number `cursor` on. side: of the small pictures, in pixels."""
    for first in count(cursor, batch):
        streams = (generator(seed, number) for number in range(first, first + batch))
        pairs = [pair(pool.learnt, rng, side, scale, wear) for rng in streams]
        small, large = (np.stack(each) for each in zip(*pairs, strict=True))
        yield Batch(small=small, large=large, cursor=first + batch)


def pair(
    crops: tuple[Pixels, ...], rng: np.random.Generator, side: int, scale: int, wear: Wear
) -> tuple[Pixels, Pixels]:
    """A small picture, uint8 (side, side, 3), and the large one, uint8 (scale · side, scale · side, 3)."""
    crop, full = crops[int(rng.integers(len(crops)))], side * scale
    top, left = rng.integers(0, SIDE - full + 1, 2)
    large = np.rot90(crop[top : top + full, left : left + full], int(rng.integers(4)))
    large = large[:, ::-1] if rng.random() < 0.5 else large
    if rng.random() < OTHER_COLORS:
        large = large[..., rng.permutation(3)] ^ (255 * rng.integers(0, 2, 3)).astype(np.uint8)
    large = np.ascontiguousarray(large)
    return worn(large, scale, wear, rng), large


def worn(large: Pixels, scale: int, wear: Wear, rng: np.random.Generator) -> Pixels:
    """What is left of a picture, uint8 (h, w, 3), made `scale` times as small."""
    image = Image.fromarray(large)
    small = (image.width // scale, image.height // scale)
    if rng.random() < wear.blur[0]:
        image = image.filter(ImageFilter.GaussianBlur(float(rng.uniform(0, wear.blur[1])) * scale))
    if scale > 1:
        image = image.resize(small, SMALLER[int(rng.choice(len(SMALLER), p=KNOWN))])
    if rng.random() < wear.again[0]:
        once = float(rng.uniform(1, wear.again[1]))
        image = image.resize((round(small[0] / once), round(small[1] / once)), Image.Resampling.BICUBIC)
        image = image.resize(small, Image.Resampling.BICUBIC)
    if rng.random() < wear.blocks[0]:
        image = _blocks(image, float(rng.uniform(0, wear.blocks[1])), rng)
    if rng.random() < wear.noise[0]:
        image = _noise(image, float(rng.uniform(0, wear.noise[1])), rng)
    if rng.random() < wear.jpeg[0]:
        image = jpeg(image, int(rng.integers(wear.jpeg[1], wear.jpeg[2] + 1)), subsampling=int(rng.choice((0, 2))))
    return np.asarray(image)


def jpeg(image: Image.Image, quality: int, subsampling: int = 2) -> Image.Image:
    """The picture as it comes back from a JPEG file. subsampling: of its colours, as Pillow counts it."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality, subsampling=subsampling)
    return Image.open(buffer).convert("RGB")


def _blocks(image: Image.Image, size: float, rng: np.random.Generator) -> Image.Image:
    """As from a network that paints 4 or 8 pixels at once: softer, and each block a little off."""
    side = int(rng.choice((4, 8)))
    width, height = image.size
    off = rng.normal(0, size, (-(-height // side), -(-width // side), 3)).astype(np.float32)
    soft = Image.blend(image, image.filter(ImageFilter.GaussianBlur(1)), float(rng.uniform(0, 0.6)))
    return _shifted(soft, off.repeat(side, 0).repeat(side, 1)[:height, :width])


def _noise(image: Image.Image, size: float, rng: np.random.Generator) -> Image.Image:
    grain = rng.normal(0, size, (image.height, image.width, 3)).astype(np.float32)
    return _shifted(image, grain if rng.random() < 0.6 else grain[..., :1])  # of each colour, or of the light


def _shifted(image: Image.Image, by: NDArray[np.float32]) -> Image.Image:
    return Image.fromarray(np.clip(np.asarray(image, np.float32) + by + 0.5, 0, 255).astype(np.uint8))
