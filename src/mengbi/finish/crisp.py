"""Enlarging what a brush painted: strokes grow with the picture, and their edges stay edges.

Coherence-enhancing filtering (Kyprianidis & Kang 2011, "Image and video abstraction by coherence-enhancing filtering"):
colour is drawn out along the flow of the strokes, and a shock filter (Osher & Rudin 1990) pushes it up to its edges.
Every step looks no further than a few pixels: a picture is worked on in bands of rows without a seam.
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mengbi.finish.treatments.field import blur, luma, sample, slopes
from mengbi.finish.treatments.smooth import tangents

ROUNDS = 2
REACH = 2.2
"""How far colour is drawn along a stroke, in pixels of the smaller picture, to either side."""
TAPS = 4
PUSH = 0.8
"""How far an edge draws colour to itself, in pixels of the smaller picture."""
CLOSE = 0.55
"""The same, of a picture whose edges are sharp already: pushed further they would show steps."""
SMOOTH = 2.0
"""Enlarged more than so many times, an edge first loses the steps of its pixels."""
LOOK = 15
"""How far a round looks, in pixels of the smaller picture."""
BAND, STEP = 480, 120
"""Rows that are worked on at a time, and what the rows around them are a multiple of: wide blurs go by blocks of rows,
which must lie alike in every band."""


def enlarge_strokes(painted: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """A painting, uint8 (h, w, 3), at a larger size (width, height), as if painted with larger brushes."""
    factor = math.sqrt(size[0] * size[1] / (painted.shape[0] * painted.shape[1]))
    grown = np.asarray(Image.fromarray(painted).resize(size, Image.Resampling.LANCZOS))
    for _ in range(ROUNDS):
        grown = _in_bands(grown, lambda part: shocked(drawn_out(part, factor), PUSH * factor), factor)
    return grown


def enlarge_edges(painted: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """A finished picture, uint8 (h, w, 3), at a larger size (width, height), its edges about as steep as they were."""
    factor = math.sqrt(size[0] * size[1] / (painted.shape[0] * painted.shape[1]))
    grown = np.asarray(Image.fromarray(painted).resize(size, Image.Resampling.LANCZOS))
    if factor > SMOOTH:
        grown = _in_bands(grown, lambda part: drawn_out(part, factor / 2), factor)
    return _in_bands(grown, lambda part: shocked(part, CLOSE * factor), factor)


def enlarge_tones(made: NDArray[np.uint8], small: NDArray[np.uint8], large: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """What was made of a small picture, for the large one: its tones and colours, and the detail of the large one.

    All uint8 (h, w, 3), the first two of one size. Detail is scaled as the light about it was.
    """
    height, width = large.shape[:2]
    grown = np.asarray(Image.fromarray(made).resize((width, height), Image.Resampling.LANCZOS))
    plain = np.asarray(Image.fromarray(small).convert("L").resize((width, height), Image.Resampling.LANCZOS))
    out = np.empty_like(large)
    for top in range(0, height, BAND):
        rows = slice(top, top + BAND)
        before, after = plain[rows].astype(np.float32), grown[rows].astype(np.float32)
        gain = np.clip((luma(after) + 16) / (before + 16), 0.2, 1.5)
        after += (gain * (luma(large[rows].astype(np.float32)) - before))[..., None]
        out[rows] = (np.clip(after, 0, 255) + np.float32(0.5)).astype(np.uint8)
    return out


def drawn_out(picture: NDArray[np.uint8], broad: float) -> NDArray[np.uint8]:
    """Colour averaged along the flow of edges (Cabral & Leedom 1993), uint8 (h, w, 3). broad: of a stroke's grain."""
    height, width = picture.shape[:2]
    along_y, along_x = tangents(luma(picture.astype(np.float32) / np.float32(255)), 2 * broad)
    rim = math.ceil(REACH * broad) + 1
    padded = np.pad(picture, ((rim, rim), (rim, rim), (0, 1)), mode="edge")  # 4 bytes a pixel: one to fetch
    flat, wide = padded.view(np.uint32).ravel(), width + 2 * rim
    here = (np.arange(height, dtype=np.int32)[:, None] + rim) * wide + np.arange(width, dtype=np.int32) + rim
    total = picture.astype(np.uint16)
    for tap in range(1, TAPS + 1):
        reach = np.float32(REACH * broad * tap / TAPS)
        way = np.rint(along_y * reach).astype(np.int32) * wide + np.rint(along_x * reach).astype(np.int32)
        for there in (here + way, here - way):
            total += flat[there].view(np.uint8).reshape(height, width, 4)[..., :3]
    return ((total + TAPS) // (2 * TAPS + 1)).astype(np.uint8)


def shocked(picture: NDArray[np.uint8], push: float) -> NDArray[np.uint8]:
    """Colour pushed `push` pixels towards its nearest edge from either side, uint8 (h, w, 3): blurred edges close."""
    colors = picture.astype(np.float32)
    light = blur(luma(colors) / np.float32(255), 0.7 * push)
    bent = light - blur(light, 1.4 * push)  # above 0 on the light side of an edge, below on the dark
    down, right = slopes(light)
    steep = np.hypot(down, right) + np.float32(1e-6)
    way = np.tanh(bent * np.float32(60)) * np.float32(push) / steep
    y = np.arange(len(picture), dtype=np.float32)[:, None] + way * down
    x = np.arange(picture.shape[1], dtype=np.float32)[None] + way * right
    return (sample(colors, y, x) + np.float32(0.5)).astype(np.uint8)


def _in_bands(
    picture: NDArray[np.uint8], work: Callable[[NDArray[np.uint8]], NDArray[np.uint8]], broad: float
) -> NDArray[np.uint8]:
    """A picture worked on band by band, each with as many rows around it as the work looks at."""
    margin = STEP * math.ceil(LOOK * broad / STEP)
    out = np.empty_like(picture)
    for top in range(0, len(picture), BAND):
        first, last = max(0, top - margin), min(len(picture), top + BAND + margin)
        bottom = min(top + BAND, len(picture))
        out[top:bottom] = work(picture[first:last])[top - first : bottom - first]
    return out
