"""A style carried out: treatments before the brush, the brush, treatments after it; or several styles mixed."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mengbi.engine.upscale import bled
from mengbi.noise import generator
from mengbi.style import Style, Treatment

BEFORE_STREAM, AFTER_STREAM = 100, 200
"""The first of the streams of chance that treatments draw from: one stream a treatment."""
BEYOND = 32
"""Pixels that are painted around what is cut out."""
LARGEST = 2048
"""Side of the square whose area a style is carried out on at most: memory and time are bounded by it."""


def restyle(
    pixels: NDArray[np.uint8], style: Style, seed: int, model: NDArray[np.uint8] | None = None
) -> NDArray[np.uint8]:
    """Works a picture over in a style. pixels: uint8 (h, w, 3) or (h, w, 4); returns the same shape.

    model: a picture whose manner the brush takes on, instead of a trained one. A style that does nothing returns the
    picture itself. Raises BriefError for a treatment that is none.
    """
    if pixels.shape[2] == 4:  # what is transparent stays so, and no style's border is laid where something is cut off
        height, width = pixels.shape[:2]
        wide = np.pad(bled(pixels), ((BEYOND, BEYOND), (BEYOND, BEYOND), (0, 0)), "edge")
        painted = restyle(wide, style, seed, model)[BEYOND : BEYOND + height, BEYOND : BEYOND + width]
        return np.concatenate([painted, pixels[..., 3:]], axis=2)
    height, width = pixels.shape[:2]
    side = math.sqrt(height * width)
    if side <= LARGEST or (model is None and does_nothing(style)):
        return _carried_out(pixels, style, seed, model)
    shape = (max(1, round(width * LARGEST / side)), max(1, round(height * LARGEST / side)))
    small = np.asarray(Image.fromarray(pixels).resize(shape, Image.Resampling.LANCZOS))
    return _enlarged(_carried_out(small, style, seed, model), small, pixels, style if model is None else None)


def _carried_out(
    pixels: NDArray[np.uint8], style: Style, seed: int, model: NDArray[np.uint8] | None
) -> NDArray[np.uint8]:
    if style.parts:
        total = sum(weight for _, weight in style.parts)
        mixed = np.zeros(pixels.shape, dtype=np.float32)
        for part, weight in style.parts:
            mixed += np.float32(weight / total) * _carried_out(pixels, part, seed, None)
        return np.asarray(np.floor(mixed + np.float32(0.5)), dtype=np.uint8)
    worked = _treated(pixels, style.before, seed, BEFORE_STREAM, style.unit)
    if style.brushes or model is not None:
        from mengbi.finish.brush import brush

        worked = brush(worked, style, seed, model)
    worked = _treated(worked, style.after, seed, AFTER_STREAM, style.unit)
    if style.own > 0:
        worked = np.asarray(Image.blend(Image.fromarray(worked), Image.fromarray(pixels), style.own))
    return worked


def does_nothing(style: Style) -> bool:
    """Whether a style leaves every picture as it is."""
    return not (style.brushes or style.before or style.after or style.parts)


def touch(style: Style, model: bool = False) -> dict[str, Any]:
    """What a style writes into a picture's provenance."""
    from mengbi.finish.brush import digest, maker

    said: dict[str, Any] = {"touch": "brush", "style": style.name}
    if model:
        return {**said, "model": maker(), "sha256": digest("arbitrary_transform")}
    if style.brushes or any(part.brushes for part, _ in style.parts):
        return {**said, "model": maker(), "sha256": digest()}
    return said


def check(style: Style) -> None:
    """Raises BriefError or UnknownName for a style with a treatment that cannot be carried out."""
    from mengbi.finish.treatments import check as check_treatment

    for one in (style, *(part for part, _ in style.parts)):
        for treatment in (*one.before, *one.after):
            check_treatment(treatment)


def _treated(
    pixels: NDArray[np.uint8], treatments: tuple[Treatment, ...], seed: int, stream: int, broad: float
) -> NDArray[np.uint8]:
    if not treatments:
        return pixels
    from mengbi.finish.treatments import treat

    picture = pixels.astype(np.float32)
    picture /= np.float32(255)
    made = treat(picture, treatments, lambda place: generator(seed, stream + place), broad)
    made *= np.float32(255)
    made += np.float32(0.5)
    return made.astype(np.uint8)


def _enlarged(
    made: NDArray[np.uint8], small: NDArray[np.uint8], pixels: NDArray[np.uint8], style: Style | None
) -> NDArray[np.uint8]:
    """What was made of a smaller picture, at the size of the picture; no style stands for a model."""
    from mengbi.finish.crisp import enlarge_edges, enlarge_tones

    if style is not None and _photographic(style):
        return enlarge_tones(made, small, pixels)
    return enlarge_edges(made, (pixels.shape[1], pixels.shape[0]))


def _photographic(style: Style) -> bool:
    """Whether a style leaves the finest detail of a picture as it is."""
    from mengbi.finish.treatments import PHOTOGRAPHIC

    if style.parts:
        return all(_photographic(part) for part, _ in style.parts)
    return not style.brushes and all(step.name in PHOTOGRAPHIC for step in (*style.before, *style.after))
