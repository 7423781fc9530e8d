"""What matters in a photo, measured simply, and the part of it that a shape should keep.

A pixel matters if its colour is not the picture's mean (Achanta et al. 2009, "Frequency-tuned salient region
detection") and not that of its borders, which mostly are background (Wei et al. 2012, "Geodesic saliency using
background priors"), if it may be skin, of whatever tone (Chai and Ngan 1999, "Face segmentation using skin-color
map"), if there is detail around it, and if it is near the middle, where people put what they mean.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from mengbi.source import opaque

Array = NDArray[np.float32]

VIEW = 128
"""Pixels of the longer side that is looked at."""
LOSS = 0.14
"""Share of what matters that a crop may lose where the rest can be made up by continuing the picture."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """What is kept, as shares of width and height from the upper left, and what is added on each side, likewise."""

    left: float = 0.0
    top: float = 0.0
    right: float = 1.0
    bottom: float = 1.0
    more: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)  # left, top, right, bottom


def salience(pixels: NDArray[np.uint8]) -> Array:
    """How much each place matters, float32 (h, w) of at most VIEW pixels a side; the sum is 1. pixels: uint8."""
    image = Image.fromarray(opaque(pixels))
    image.thumbnail((VIEW, VIEW), Image.Resampling.BOX)
    if min(image.size) < 2:
        return np.full(image.size[::-1], 1 / (image.width * image.height), np.float32)
    lab = np.asarray(image.filter(ImageFilter.GaussianBlur(1.5)).convert("LAB"), dtype=np.float32)
    lab[..., 1:] -= 256 * (lab[..., 1:] > 127)  # Pillow keeps a and b as signed bytes
    height, width = lab.shape[:2]
    unusual = np.linalg.norm(lab - lab.mean((0, 1)), axis=2)
    rim = max(1, round(0.04 * min(height, width)))
    sides = (lab[:rim], lab[-rim:], lab[:, :rim], lab[:, -rim:])
    inner = np.min([np.linalg.norm(lab - np.median(side.reshape(-1, 3), axis=0), axis=2) for side in sides], axis=0)
    grey = np.asarray(image.convert("L"), dtype=np.float32)
    slope = np.hypot(np.gradient(grey, axis=0), np.gradient(grey, axis=1))
    detail = _soft(slope, 0.03 * max(height, width))
    tones = np.asarray(image.convert("YCbCr"), dtype=np.float32)
    skin = _scaled(_soft(32.0 * _near(tones[..., 1], 77, 127) * _near(tones[..., 2], 133, 173), 1.5))
    y = (np.arange(height, dtype=np.float32) + 0.5) / height - 0.46
    x = (np.arange(width, dtype=np.float32) + 0.5) / width - 0.5
    middle = np.exp(-(x[None] ** 2 + y[:, None] ** 2) / (2 * 0.3**2))
    found = (_scaled(unusual) + 1.3 * _scaled(inner) + _scaled(detail)) * (0.25 + middle)
    found = (found * (1 + 1.2 * skin)) ** 1.5
    if not found.any():  # one colour all over
        found = np.outer(middle.max(1), middle.max(0))
    return np.asarray(found / found.sum(), dtype=np.float32)


def window(matters: Array, size: tuple[int, int], shape: float, *, grow: bool) -> Window:
    """The part of a picture of size (width, height) that has the shape (width over height) and keeps what matters.

    grow: where a crop would lose more than LOSS, it is made wider and the picture is to be continued.
    """
    wide = size[0] / size[1] > shape
    line = matters.sum(axis=0 if wide else 1)
    peaks = matters.max(axis=0 if wide else 1)
    share = (shape * size[1] / size[0]) if wide else (size[0] / size[1] / shape)
    start, kept = _best(line, share)
    more = 0.0
    while grow and share < 1 and (1 - kept > LOSS or _cuts(peaks, start, share)):
        share = min(1.0, share + 0.02)
        start, kept = _best(line, share)
    across = share * size[0] if wide else float(size[0])
    down = float(size[1]) if wide else share * size[1]
    if grow:
        more = (across / shape / size[1] - 1) if wide else (down * shape / size[0] - 1)
    ends = (start, start + share)
    first = _first_share(matters, wide=wide)
    before, after = max(more, 0.0) * first, max(more, 0.0) * (1 - first)
    if wide:
        return Window(left=ends[0], right=ends[1], more=(0.0, before, 0.0, after))
    return Window(top=ends[0], bottom=ends[1], more=(before, 0.0, after, 0.0))


def around(matters: Array, size: tuple[int, int]) -> tuple[float, float, float]:
    """The square around what matters most: its middle as shares of width and height, its side in shorter sides."""
    height, width = matters.shape
    x, y = (np.arange(width) + 0.5) / width, (np.arange(height) + 0.5) / height
    sharp = matters**1.5
    sharp = sharp / sharp.sum()
    middle = (float((sharp.sum(0) * x).sum()), float((sharp.sum(1) * y).sum()))
    apart = np.hypot(*np.meshgrid((x - middle[0]) * size[0], (y - middle[1]) * size[1]))
    spread = float(np.sqrt((sharp * apart**2).sum())) / min(size)
    return (*middle, min(1.0, max(0.5, 3.4 * spread)))


def _best(line: Array, share: float) -> tuple[float, float]:
    """Where a stretch of that share of a line begins if it is to hold most, and how much it then holds of all."""
    total = np.concatenate([[0.0], np.cumsum(line, dtype=np.float64)])
    places = np.linspace(0, 1 - share, 65)
    held = np.interp((places + share) * len(line), np.arange(len(total)), total)
    held -= np.interp(places * len(line), np.arange(len(total)), total)
    among = places[held >= 0.97 * held.max()]
    heart = float((line * (np.arange(len(line)) + 0.5)).sum() / (total[-1] * len(line)))
    place = float(among[np.argmin(np.abs(among + share / 2 - heart))])  # of all as good, the one with it in the middle
    kept = np.interp((place + share) * len(line), np.arange(len(total)), total) - np.interp(
        place * len(line), np.arange(len(total)), total
    )
    return place, float(kept / total[-1])


def _cuts(peaks: Array, start: float, share: float) -> bool:
    """Whether an end of a stretch goes through something that matters much."""
    ends = [int(place * len(peaks)) for place in (start, start + share) if 0.01 < place < 0.99]
    return any(peaks[min(end, len(peaks) - 1)] > 0.3 * peaks.max() for end in ends)


def _first_share(matters: Array, *, wide: bool) -> float:
    """How much of what is added comes above (or left): more where the picture's edge is calm."""
    line = matters.sum(axis=1 if wide else 0)
    rim = max(1, len(line) // 10)
    first, last = float(line[:rim].sum()), float(line[-rim:].sum())
    return min(max(last / max(first + last, 1e-9), 0.4), 0.75) if wide else min(max(last / (first + last), 0.3), 0.7)


def _near(values: Array, low: float, high: float) -> Array:
    """1 between two levels, 0 beyond a few of them."""
    return np.asarray(np.clip(np.minimum(values - low, high - values) / 6 + 1, 0, 1), dtype=np.float32)


def _soft(plane: Array, radius: float) -> Array:
    level = Image.fromarray(np.clip(plane * 4, 0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(radius))
    return np.asarray(level, dtype=np.float32)


def _scaled(plane: NDArray[np.floating]) -> Array:
    low, high = float(plane.min()), float(np.quantile(plane, 0.98))
    return np.asarray(np.clip((plane - low) / max(high - low, 1e-6), 0, 1), dtype=np.float32)
