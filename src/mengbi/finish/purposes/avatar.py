"""An avatar: the main thing of the picture in a square or a circle, 512 pixels a side."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from mengbi.brief import Brief
from mengbi.engine.sketch.subject import find_subject
from mengbi.engine.upscale import to_size
from mengbi.errors import BriefError, UnknownName
from mengbi.finish.purposes import settings as read
from mengbi.finish.purposes.salience import Window, around, salience
from mengbi.finish.purposes.sizes import LOOKED_AT, MOST, Wanted, scaled
from mengbi.plan import Plan, Touch
from mengbi.registry import nearest
from mengbi.source import load_pixels, read_source, size_of

SIDE = 512
PAINTED = (960, 960)
"""What a main thing is cut out of."""
SHAPES = ("round", "square")
AIR = 1.22
"""The square's side relative to the thing's longer one."""
SMOOTH = 8
"""The circle is drawn so many times larger and made small."""


def wanted(brief: Brief, shape: str) -> Wanted:
    """Round or square, "" for round. Raises BriefError, SourceError."""
    if (shape or "round") not in SHAPES:
        raise UnknownName(f"no avatar {shape!r}; {nearest(shape, list(SHAPES))}", kind="purpose", name=shape[:100])
    settings = {"size": [SIDE, SIDE], "shape": shape or "round"}
    if brief.photo is None and brief.engine == "avatar":  # all of that is the main thing
        return (SIDE, SIDE), (Touch(name="avatar", settings={**settings, "of": "all"}),)
    if brief.photo is None:
        return PAINTED, (Touch(name="avatar", settings={**settings, "of": "subject"}),)
    photo = size_of(brief.photo)
    x, y, side = around(salience(load_pixels(read_source(brief.photo), LOOKED_AT)), photo)
    left, top, side = square(x * photo[0], y * photo[1], side * min(photo), photo)
    view = Window(
        left=left / photo[0], top=top / photo[1], right=(left + side) / photo[0], bottom=(top + side) / photo[1]
    )
    size, touches = scaled(view, photo, (SIDE, SIDE), MOST)
    return size, (*touches, Touch(name="avatar", settings={**settings, "of": "all"}))


def avatar(pixels: NDArray[np.uint8], plan: Plan, settings: Mapping[str, Any]) -> NDArray[np.uint8]:
    """Settings: "size"; "shape", one of SHAPES; "of", whether the main thing is looked for or all of it is shown."""
    size = read.size(settings)
    if size[0] != size[1] or size[0] > 2048:
        raise BriefError(f"a damaged plan: an avatar of {size[0]}x{size[1]}; it is a square of at most 2048")
    shape = read.one_of(settings, "shape", SHAPES)
    if read.one_of(settings, "of", ("subject", "all")) == "subject":
        pixels = _subject(pixels, plan)
    made = to_size(np.ascontiguousarray(pixels), size)
    if shape == "square":
        return made
    disc = Image.new("L", (size[0] * SMOOTH, size[0] * SMOOTH))
    ImageDraw.Draw(disc).ellipse((0, 0, disc.width - 1, disc.height - 1), fill=255)
    cover = np.asarray(disc.reduce(SMOOTH))
    if made.shape[2] == 4:
        cover = (cover.astype(np.uint16) * made[..., 3] // 255).astype(np.uint8)
    return np.dstack([made[..., :3], cover])


def _subject(pixels: NDArray[np.uint8], plan: Plan) -> NDArray[np.uint8]:
    """The square around the main thing, where the underdrawing put it; else around what matters by the look of it."""
    height, width = pixels.shape[:2]
    sample, found = plan.samples[0], None
    if plan.photo is None:
        found = find_subject(sample.scene, plan.size, sample.seed)
    if found is None:
        x, y, side = around(salience(pixels), (width, height))
        left, top, side = square(x * width, y * height, side * min(width, height), (width, height))
    else:
        scale = width / plan.size[0]  # a touch before may have made it larger
        x0, y0, x1, y1 = (edge * scale for edge in found)
        left, top, side = square((x0 + x1) / 2, (y0 + y1) / 2, AIR * max(x1 - x0, y1 - y0), (width, height))
    x, y, s = round(left), round(top), max(1, int(side))
    return pixels[y : y + s, x : x + s]


def square(x: float, y: float, side: float, size: tuple[int, int]) -> tuple[float, float, float]:
    """The square of that side around a place as far as it lies in a picture of size: left, top, side."""
    side = min(side, *size)
    return min(max(x - side / 2, 0), size[0] - side), min(max(y - side / 2, 0), size[1] - side), side
