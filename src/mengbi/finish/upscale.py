"""Finishing steps that change how many pixels a picture has, or how clean they are."""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from mengbi.brief import MAX_PIXELS_AT_ONCE
from mengbi.engine import upscale as engine
from mengbi.errors import BriefError
from mengbi.plan import Plan, Touch
from mengbi.registry import nearest

Pixels = NDArray[np.uint8]

KINDS = ("worn", "old")
"""What can be mended: traces of JPEG, noise and softness; and then faded colours too."""
CUT = 0.5
"""Per cent of the pixels at either end of a colour that may become its darkest and its lightest."""


def enlarge(pixels: Pixels, _: Plan, settings: Mapping[str, Any]) -> Pixels:
    """Settings: "scale", 2 or 4 times as many pixels a side; "weights", the digest that it was planned with."""
    return engine.done(work(pixels, "enlarge", settings))


def fit(pixels: Pixels, _: Plan, settings: Mapping[str, Any]) -> Pixels:
    """Settings: "size", width and height that the picture is given, enlarged or made small; "weights" likewise."""
    return engine.done(work(pixels, "fit", settings))


def restore(pixels: Pixels, _: Plan, settings: Mapping[str, Any]) -> Pixels:
    """Settings: "kind", one of KINDS; "strength", 0 to 1; "weights" likewise."""
    return engine.done(work(pixels, "restore", settings))


def work(pixels: Pixels, name: str, settings: Mapping[str, Any]) -> engine.Work:
    """One of these steps, under way: yields how far it is. Raises BriefError for settings that cannot be met."""
    if name == "enlarge":
        scale = settings.get("scale")
        if type(scale) is not int or scale not in engine.SCALES:
            raise BriefError(f"enlarge with scale {scale!r} — 2 or 4 times as many pixels a side")
        _check_pixels(pixels.shape[1] * scale, pixels.shape[0] * scale)
        return (yield from engine.upscaling(pixels, scale))
    if name == "fit":
        return (yield from engine.sizing(pixels, _size(settings.get("size"))))
    kind, strength = settings.get("kind"), settings.get("strength")
    check_kind(kind)
    if isinstance(strength, bool) or not isinstance(strength, int | float) or not 0 <= strength <= 1:
        raise BriefError(f"restore with strength {strength!r} — a number from 0 to 1")
    clean = yield from engine.restoring(pixels, strength)
    return unfaded(clean, strength) if kind == "old" else clean


def check_kind(kind: Any) -> None:
    """Raises BriefError for what is none of KINDS."""
    if kind not in KINDS:
        raise BriefError(f"restore {kind!r} — {nearest(str(kind), list(KINDS))}")


def unfaded(pixels: Pixels, strength: float) -> Pixels:
    """Each colour from dark to light again, as far as strength (0 to 1) says; alpha stays as it is."""
    image = Image.fromarray(np.ascontiguousarray(pixels[..., :3]))
    vivid = Image.blend(image, ImageOps.autocontrast(image, cutoff=CUT), 0.8 * strength)
    return np.concatenate([np.asarray(vivid), pixels[..., 3:]], axis=2)


def touch(name: Literal["enlarge", "fit", "restore"], **settings: Any) -> Touch:
    """One of these steps for a Plan, with the digest of what it works with. Raises AssetError."""
    weights = engine.digest(engine.BETTER if name == "restore" else engine.LARGER)
    return Touch(name=name, settings={**settings, "weights": weights})


def _size(size: Any) -> tuple[int, int]:
    if not (isinstance(size, list | tuple) and len(size) == 2 and all(type(side) is int and side > 0 for side in size)):
        raise BriefError(f"fit to {size!r} — two numbers, width and height")
    _check_pixels(*size)
    return size[0], size[1]


def _check_pixels(width: int, height: int) -> None:
    if width * height > MAX_PIXELS_AT_ONCE:
        most = MAX_PIXELS_AT_ONCE // 10**6
        raise BriefError(f"{width}x{height} pixels — more than fit in memory at once; at most {most} megapixels")
