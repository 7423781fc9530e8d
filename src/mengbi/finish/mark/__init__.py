"""An invisible mark that says: a machine painted this. It hides from nobody who wants it gone, and proves nothing.

Spread spectrum (Cox et al. 1997, "Secure spread spectrum watermarking for multimedia") on lines of the Fourier plane: a
pattern that repeats three times along the shorter side, whatever its length, so that a smaller copy still has it.
`code` has the pattern, `search` finds it again.
"""

import hashlib
import io
import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mengbi.errors import BriefError
from mengbi.finish.mark import code
from mengbi.finish.mark.search import Mark, find_mark, light_of, read_in_place
from mengbi.finish.treatments.field import ROWS, Array, blur
from mengbi.plan import Plan, Touch
from mengbi.source import opaque

__all__ = ["Mark", "find_mark", "mark", "number_of", "touch", "write_mark"]

VERSION = 1
FLAT, GAIN, MOST = 1.1, 0.25, 3.5
"""Strength in levels of 255: in even places, more for each level by which its surroundings vary, and nowhere more."""
ROOM = 1.5
"""White is darkened and black lightened by no more than this, or they would swallow half of the pattern."""
QUIET = 39.0
"""The whole change, before rounding, stays at least this far below the picture: peak signal to noise, in dB."""
SHARES = (0.35, 0.5, 0.7, 1.0)
"""Of that strength the first is taken with which a copy, half as large and saved as JPEG 75, still scores ENOUGH."""
ENOUGH = 13.0
_MASK_SIDE, _TRIAL_SIDE = 512, 768


def touch() -> Touch:
    """The finishing step, as a plan keeps it."""
    return Touch(name="mark", settings={"version": VERSION})


def mark(pixels: NDArray[np.uint8], plan: Plan, settings: Mapping[str, Any]) -> NDArray[np.uint8]:
    """The picture with the number of its plan in it. Raises BriefError for settings of another Mengbi."""
    if dict(settings) != dict(touch().settings):
        raise BriefError(f"an invisible mark with {dict(settings)!r}; this Mengbi writes version {VERSION}")
    return write_mark(pixels, number_of(plan))


def number_of(plan: Plan) -> int:
    """32 bits that tell one plan from another: the first of the SHA-256 of its JSON, up to the mark.

    A step that comes after the mark does not count, nor what a photo's file is called: the mark stays what it was.
    """
    said = plan.to_dict()
    names = [touch.name for touch in plan.finish]
    said["finish"] = said["finish"][: names.index("mark")] if "mark" in names else said["finish"]
    for role in ("photo", "mask", "sketch", "style_image"):
        if isinstance(said[role], dict):
            said[role] = said[role]["sha256"]
    line = json.dumps(said, sort_keys=True, separators=(",", ":"))
    return int.from_bytes(hashlib.sha256(line.encode()).digest()[:4], "big")


def write_mark(pixels: NDArray[np.uint8], number: int) -> NDArray[np.uint8]:
    """The picture with the mark of that number, 0 to 2³² − 1; one that has it already is returned as it is.

    pixels: uint8 (h, w, 3), or (h, w, 4), whose transparency stays. The mark of another number is written over.
    """
    before = read_in_place(pixels)
    if before.there and before.number == number:
        return pixels
    lines = code.spell(number)
    power = math.sqrt(2 / np.count_nonzero(lines))
    if before.there and before.number is not None:
        lines = lines - code.spell(before.number)  # the fixed lines stand already; those of the old number go
    lines = lines * power
    trial = _smaller(pixels, _TRIAL_SIDE)
    share = next((share for share in SHARES if _of_copy(_added(trial, lines, share)) >= ENOUGH), SHARES[-1])
    return _added(pixels, lines, share)


def _added(pixels: NDArray[np.uint8], lines: code.Complex, share: float) -> NDArray[np.uint8]:
    """The picture with the pattern of these lines, at that share of the strength that hides it."""
    shape = (pixels.shape[0], pixels.shape[1])
    strength = _strength(pixels) * np.float32(share)
    total = sum(float(np.square(wave * strength[rows]).sum()) for rows, wave in code.waves(lines, shape, ROWS))
    loudness = math.sqrt(total / strength.size) / (255 * 10 ** (-QUIET / 20))
    strength /= np.float32(max(1.0, loudness))
    marked = pixels.copy()
    for rows, wave in code.waves(lines, shape, ROWS):
        room = np.minimum(strength[rows], ROOM)[..., None]
        light = np.clip(pixels[rows, :, :3], room, 255 - room) + (wave * strength[rows])[..., None]
        marked[rows, :, :3] = np.clip(np.rint(light), 0, 255)
    return marked


def _of_copy(marked: NDArray[np.uint8]) -> float:
    """The score in a copy as it is passed on: half as large, JPEG 75."""
    file = io.BytesIO()
    Image.fromarray(_smaller(opaque(marked), min(marked.shape[:2]) // 2)).save(file, "JPEG", quality=75)
    with Image.open(file) as copy:
        return read_in_place(np.asarray(copy.convert("RGB"))).score


def _smaller(pixels: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    factor = max(side, 1) / min(height, width)
    if factor >= 1:
        return pixels
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS))


def _strength(pixels: NDArray[np.uint8]) -> Array:
    """How strong the pattern may be at each pixel, in levels of 255: (h, w). What varies hides what varies."""
    height, width = pixels.shape[:2]
    light = light_of(pixels, _MASK_SIDE)
    fine = np.abs(light - blur(light, 2))
    lively = np.sqrt(blur(np.minimum(fine, 40) ** 2, 2.5))
    around = blur(np.minimum(lively, 12), 6)  # an edge alone must not wake the even place beside it
    levels = np.minimum(FLAT + GAIN * np.minimum(lively, around), MOST).astype(np.float32)
    return np.asarray(Image.fromarray(levels).resize((width, height), Image.Resampling.BILINEAR), dtype=np.float32)
