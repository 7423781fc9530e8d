"""What stands behind something that is cut out: one colour, or two that go over into each other and go with it."""

import colorsys
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageColor

from mengbi.errors import BriefError
from mengbi.finish.purposes import settings as read
from mengbi.noise import generator
from mengbi.plan import Plan, Touch

STREAM = 643
AUTO = "auto"
SOFT = 0.16, 0.3, 0.93
"""Of a colour that is chosen: how full it is at most at the top, and below; and how light."""
APART = 0.09
"""At least so far from the thing's own hue, of a whole turn."""


def touch(color: str) -> Touch:
    """The finishing step. color: "auto", or one as CSS names it: "#fde", "skyblue", "hsl(200, 50%, 80%)".

    Raises BriefError.
    """
    if color.strip().lower() == AUTO:
        return Touch(name="backdrop", settings={"color": AUTO})
    return Touch(name="backdrop", settings={"color": "#{:02x}{:02x}{:02x}".format(*_color(color))})


def backdrop(pixels: NDArray[np.uint8], plan: Plan, settings: Mapping[str, Any]) -> NDArray[np.uint8]:
    """Settings: "color", "auto" or as #rrggbb. uint8 (h, w, 4) -> (h, w, 3); what has no alpha stays as it is."""
    said = read.words(settings, "color") or ""
    if said != AUTO and not re.fullmatch("#[0-9a-f]{6}", said):
        raise BriefError(f"a damaged plan: the background {said[:40]!r} is no colour")
    if pixels.shape[2] == 3:
        return pixels
    high, low = chosen(pixels, plan.samples[0].seed) if said == AUTO else (_color(said), _color(said))
    share = np.linspace(0, 1, pixels.shape[0])[:, None, None]
    behind = np.asarray(high) * (1 - share) + np.asarray(low) * share
    behind = np.broadcast_to(np.rint(behind), (*pixels.shape[:2], 3)).astype(np.uint8)
    whole = Image.fromarray(np.dstack([behind, np.full(pixels.shape[:2], 255, np.uint8)]))
    return np.asarray(Image.alpha_composite(whole, Image.fromarray(pixels)).convert("RGB"))


def chosen(pixels: NDArray[np.uint8], seed: int) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """Two light colours that let a cut-out stand out, at the top and below: not of its own hue, and never loud."""
    rng = generator(seed, STREAM)
    own = _hue(pixels)
    hue = (own + APART + (1 - 2 * APART) * float(rng.random())) % 1
    near = (hue + 0.06 * (1 if rng.random() < 0.5 else -1)) % 1
    return _rgb(hue, SOFT[0], SOFT[2] + 0.04), _rgb(near, SOFT[1], SOFT[2])


def _hue(pixels: NDArray[np.uint8]) -> float:
    """The hue of most of what is full in colour in a cut-out, 0 to 1; skin's where nothing is."""
    image = Image.fromarray(pixels).reduce(max(1, min(pixels.shape[:2]) // 64))
    hsv = np.asarray(image.convert("RGB").convert("HSV"), np.float32) / 255
    cover = np.asarray(image.getchannel("A"), np.float32) / 255
    weight = cover * hsv[..., 1] * hsv[..., 2]
    counts = np.histogram(hsv[..., 0], bins=24, range=(0, 1), weights=weight)[0]
    return (int(counts.argmax()) + 0.5) / 24 if counts.max() > 0 else 0.06


def _rgb(hue: float, full: float, light: float) -> tuple[int, int, int]:
    red, green, blue = colorsys.hsv_to_rgb(hue, full, min(light, 0.98))
    return round(255 * red), round(255 * green), round(255 * blue)


def _color(said: str) -> tuple[int, int, int]:
    try:
        return ImageColor.getrgb(said.strip())[:3]
    except (ValueError, AttributeError) as error:
        wrong = f"background {said[:40]!r} — none, auto, or a colour as skyblue or #ffd7e0"
        raise BriefError(wrong, code="unknown-name", kind="color", name=said[:100]) from error
