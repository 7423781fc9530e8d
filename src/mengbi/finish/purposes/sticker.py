"""A sticker: the main thing cut out, with a white border and a soft shadow, on nothing.

Words are drawn anew by the underdrawing, which knows what is thing and what is ground, and painted over in the style; a
photo has to be cut out already, and an avatar is.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageFilter

from mengbi.brief import Brief
from mengbi.engine.editing import fit
from mengbi.engine.sketch.subject import cut_out
from mengbi.engine.upscale import bled, to_size
from mengbi.errors import BriefError, UnknownName
from mengbi.finish.purposes import settings as read
from mengbi.finish.purposes.sizes import Wanted, painted
from mengbi.finish.restyle import restyle
from mengbi.plan import Plan, Touch
from mengbi.registry import nearest
from mengbi.source import load_pixels, opaque, read_source, size_of

SIDES = {"small": 256, "medium": 512, "print": 1200}
"""Pixels: for chats, for most of them, and 10 cm at 300 dots an inch."""
PAINTED = 768
BORDER, SHADOW, MARGIN = 0.022, 0.018, 0.012
"""Of the side: how wide the white is, how soft and how far down the shadow, and what stays free."""
DARK = 0.42
"""How dark the shadow is."""


def wanted(brief: Brief, kind: str) -> Wanted:
    """One of SIDES, "" for medium. Raises BriefError, SourceError."""
    if (kind or "medium") not in SIDES:
        raise UnknownName(f"no sticker {kind!r}; {nearest(kind, list(SIDES))}", kind="purpose", name=kind[:100])
    side = SIDES[kind or "medium"]
    touches = (Touch(name="sticker", settings={"size": [side, side]}),)
    if brief.photo is None:
        if brief.engine not in (None, "sketch", "avatar"):
            said = f"a sticker by the {brief.engine} engine — only sketch and avatar can cut out; leave --engine off"
            raise BriefError(said, code="sticker-engine", engine=brief.engine)
        return (PAINTED, PAINTED), touches
    if not _is_cut_out(load_pixels(read_source(brief.photo))):
        said = f"{brief.photo} — nothing in it is transparent; for a sticker give a PNG that is cut out"
        raise BriefError(said, code="not-cut-out")
    return painted(size_of(brief.photo)), touches


def sticker(pixels: NDArray[np.uint8], plan: Plan, settings: Mapping[str, Any]) -> NDArray[np.uint8]:
    """Settings: "size", a square. Returns uint8 (h, w, 4). Raises BriefError where there is nothing to cut out."""
    size = read.size(settings)
    if size[0] != size[1] or size[0] > 2048:
        raise BriefError(f"a damaged plan: a sticker of {size[0]}x{size[1]}; it is a square of at most 2048")
    sample = plan.samples[0]
    if plan.photo is not None:
        cover = fit(load_pixels(plan.photo), plan.size)
        if not _is_cut_out(cover) or pixels.shape[:2] != cover.shape[:2]:
            said = f"{plan.photo.name} — nothing in it is transparent; give a PNG that is cut out"
            raise BriefError(said, code="not-cut-out")
        return _bordered(np.dstack([pixels[..., :3], cover[..., 3]]), size[0])
    if _is_cut_out(pixels):
        return _bordered(pixels, size[0])
    drawn = cut_out(sample.scene, PAINTED, sample.seed)
    if drawn is None:
        said = f"{sample.prompt!r} — no thing in these words to cut out; name one, for example a cat"
        raise BriefError(said, code="nothing-to-cut-out")
    model = None if plan.style_image is None else opaque(load_pixels(plan.style_image))
    worked = restyle(np.ascontiguousarray(bled(drawn)), plan.style, sample.seed, model)
    return _bordered(np.dstack([worked, drawn[..., 3]]), size[0])


def _is_cut_out(pixels: NDArray[np.uint8]) -> bool:
    return pixels.shape[2] == 4 and bool(pixels[..., 3].min() < 128 and pixels[..., 3].max() > 127)


def _bordered(pixels: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """A cut-out, uint8 (h, w, 4), in the middle of a square, with its border and shadow."""
    image = Image.fromarray(pixels)
    image = image.crop(image.getchannel("A").point(lambda level: 255 if level > 8 else 0).getbbox())
    room = side * (1 - 2 * (BORDER + 2 * SHADOW + MARGIN))
    factor = room / max(image.size)
    inner = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
    image = Image.fromarray(to_size(np.asarray(image), inner))
    at = ((side - inner[0]) // 2, round((side - inner[1]) / 2 - SHADOW * side / 2))
    cover = Image.new("L", (side, side))
    cover.paste(image.getchannel("A"), at)
    white = _grown(cover, BORDER * side)
    shadow = Image.new("L", (side, side))
    shadow.paste(white, (0, round(SHADOW * side)))
    shadow = shadow.filter(ImageFilter.GaussianBlur(SHADOW * side)).point(lambda level: round(DARK * level))
    made = Image.merge("RGBA", [Image.new("L", (side, side), level) for level in (20, 18, 24)] + [shadow])
    border = Image.merge("RGBA", [Image.new("L", (side, side), 255)] * 3 + [white])
    made = Image.alpha_composite(made, border)
    top = Image.new("RGBA", (side, side))
    top.paste(image, at)
    return np.asarray(Image.alpha_composite(made, top))


def _grown(cover: Image.Image, radius: float) -> Image.Image:
    """A cover that reaches so many pixels further: itself, moved to many places of a disc."""
    grown = cover
    for ring in (0.5, 1.0):
        count = max(16, round(4 * radius * ring))
        for turn in range(count):
            angle = 2 * math.pi * turn / count
            moved = (round(radius * ring * math.cos(angle)), round(radius * ring * math.sin(angle)))
            grown = ImageChops.lighter(grown, ImageChops.offset(cover, *moved))
    smooth = grown.filter(ImageFilter.GaussianBlur(0.3 * radius))  # closes slits, rounds what the places left uneven
    return smooth.point([min(255, max(0, round((level - 128) * 0.3 * radius + 128))) for level in range(256)])
