"""A picture in another shape: a part of it, and what may lie beyond its edges.

Beyond an edge light and colour go on: the outermost part of the picture is mirrored, ever more slowly and softly the
further away, so that nothing of what it shows is seen twice; and a grain like its own, so that it is no plastic.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from mengbi.brief import MAX_PIXELS_AT_ONCE
from mengbi.errors import BriefError
from mengbi.finish.purposes import settings as read
from mengbi.noise import generator
from mengbi.plan import Plan

Pixels = NDArray[np.uint8]

STREAM = 320
DEEP = 0.05
"""How deep into the picture the mirror reaches at most, of its side."""
SOFTER = 0.3
"""Pixels of blur that each pixel of distance adds."""
LEVELS = (0.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0)
ROWS = 256
"""Rows that are worked on at a time."""


def reshape(pixels: Pixels, plan: Plan, settings: Mapping[str, Any]) -> Pixels:
    """Settings: "crop", the part that is kept: left, top, width, height; "more", pixels on each side: likewise."""
    left, top, width, height = read.box(settings, "crop", (pixels.shape[1], pixels.shape[0]))
    more = read.whole_numbers(settings, "more", 4)
    if min(more) < 0 or (width + more[0] + more[2]) * (height + more[1] + more[3]) > MAX_PIXELS_AT_ONCE:
        raise BriefError(f"a damaged plan: {list(more)} pixels more around {width}x{height}")
    seed = plan.samples[0].seed
    part = _continued(pixels[top : top + height, left : left + width], more[1], more[3], seed)
    turned = _continued(part.transpose(1, 0, 2), more[0], more[2], seed)
    return np.ascontiguousarray(turned.transpose(1, 0, 2))


def _continued(pixels: Pixels, above: int, below: int, seed: int) -> Pixels:
    """The picture with rows more above and below."""
    if not above and not below:
        return pixels
    pixels = np.ascontiguousarray(pixels)
    rng = generator(seed, STREAM)
    return np.concatenate([_beyond(pixels, above, rng)[::-1], pixels, _beyond(pixels[::-1], below, rng)])


def _beyond(pixels: Pixels, count: int, rng: np.random.Generator) -> Pixels:
    """Rows beyond the first one, from near to far."""
    if not count:
        return pixels[:0]
    deep = max(2.0, DEEP * len(pixels))
    rim = np.ascontiguousarray(pixels[: math.ceil(deep + 3 * LEVELS[-1])])
    stack = [_blurred(rim, radius) for radius in LEVELS]
    away = np.arange(1, count + 1, dtype=np.float32)
    row = np.clip(deep * (1 - np.exp(-away / deep)), 0, max(0, len(rim) - 1.001))
    level = np.interp(SOFTER * away, LEVELS, range(len(LEVELS))).astype(np.float32)
    rough = _roughness(stack[0][: max(4, round(deep))], stack[1][: max(4, round(deep))])
    made = np.empty((count, *stack[0].shape[1:]), np.uint8)
    for start in range(0, count, ROWS):
        part = slice(start, min(start + ROWS, count))
        first = row[part].astype(int)
        share = (row[part] - first).astype(np.float32)[:, None, None]
        soft = np.zeros(made[part].shape, np.float32)
        for number, one in enumerate(stack):
            weight = np.maximum(0, 1 - np.abs(level[part] - number)).astype(np.float32)
            if weight.any():
                soft += weight[:, None, None] * (
                    one[first] * (1 - share) + one[np.minimum(first + 1, len(rim) - 1)] * share
                )
        grain = rng.standard_normal((*soft.shape[:2], 1), dtype=np.float32)
        soft[..., :3] += rough * np.minimum(level[part], 1)[:, None, None] * grain
        made[part] = np.clip(soft + 0.5, 0, 255)
    return made


def _roughness(sharp: Pixels, soft: Pixels) -> float:
    """The deviation of the grain of a part of a picture, in levels: what most of it has, not its outlines."""
    apart = np.abs(sharp[..., :3].astype(np.int16) - soft[..., :3])
    return min(float(np.median(apart.mean(axis=2))), 2.5)


def _blurred(pixels: Pixels, radius: float) -> Pixels:
    """Blurred, and for a wide blur on a smaller picture, which looks the same."""
    if not radius:
        return pixels
    image = Image.fromarray(pixels)
    times = max(1, min(int(radius / 3), *(side // 8 for side in image.size)))
    if times == 1:
        return np.asarray(image.filter(ImageFilter.GaussianBlur(radius)))
    small = image.reduce(times).filter(ImageFilter.GaussianBlur(radius / times))
    return np.asarray(small.resize(image.size, Image.Resampling.BICUBIC))
