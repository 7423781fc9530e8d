"""Concepts -> pixels: a drawing of the pack, whole, cropped tight, at any size and in any colour."""

import io
import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import resvg_py
from numpy.typing import NDArray
from PIL import Image

from mengbi import assets
from mengbi.assets import Concept, Mark
from mengbi.engine.sketch import dye, figures

MAX_SIDE = 4096
BOX = re.compile(r'viewBox="([^"]+)"')
SMALL = 128
"""A drawing's colours and extent are read from a picture of this many pixels in height."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Anchors:
    """Points of a sprite as x, y in its own box, 0 to 1 from its upper left."""

    top: tuple[float, float]  # where a hat sits
    hand: tuple[float, float]  # where something is held
    seat: tuple[float, float]  # where a rider sits
    neck: tuple[float, float]  # where a scarf is tied
    bodied: bool  # whether a body of ours stands under its face
    rim: tuple[float, float, float, float] | None  # as in Mark


def sprite(
    concept: Concept, height: int, *, color: str | None = None, variant: int = 0, flip: bool = False
) -> NDArray[np.uint8]:
    """A concept's drawing as uint8 (height, width, 4), straight alpha, cropped to what is drawn.

    height: 1 to 4096, of the picture returned (less where the width would pass 4096); color: one of COLORS, None keeps
    the drawing's own; variant: which of its drawings, any number; flip: mirrored, so that it faces the other way.
    Raises AssetError.
    """
    name = _name(concept, variant)
    box = _extent(name)
    rows = max(1, min(height, MAX_SIDE, round(MAX_SIDE * box[3] / box[2])))
    columns = max(1, round(rows * box[2] / box[3]))
    versions = (_document(name),) if color is None else _dyed(name, color, alive=concept.kind in ("animal", "person"))
    rendered = [_render(svg, box, columns, rows) for svg in versions]
    pixels = rendered[0] if len(rendered) == 1 else dye.blend(rendered)
    pixels = dye.polish(pixels) if color in dye.METALS else pixels
    return np.ascontiguousarray(pixels[:, ::-1]) if _turned(concept, name, flip) else pixels


def aspect(concept: Concept, variant: int = 0) -> float:
    """Width over height of the concept's sprite. Raises AssetError."""
    _, _, width, height = _extent(_name(concept, variant))
    return width / height


def anchors(concept: Concept, variant: int = 0, *, flip: bool = False) -> Anchors:
    """Where a hat, a hand and a rider go on the concept's sprite. Raises AssetError."""
    name = _name(concept, variant)
    mark = _mark(name)
    if mark.body:
        left, up, width, height = _extent(name)
        found = (*figures.points(mark), (80, figures.CHIN))
        points = [((x - left) / width, (y - up) / height) for x, y in found]
    else:
        front = 0.15 if mark.faces == "left" else 0.85
        top = mark.top or (0.5, 0.03)
        neck = (0.8 * top[0] + 0.1, top[1] + 0.44)
        points = [top, mark.hand or (front, 0.6), mark.seat or (0.5, 0.35), neck]
    rim = mark.rim
    if _turned(concept, name, flip):
        points = [(1 - x, y) for x, y in points]
        rim = rim and (1 - rim[0], *rim[1:])
    return Anchors(top=points[0], hand=points[1], seat=points[2], neck=points[3], bodied=bool(mark.body), rim=rim)


def _name(concept: Concept, variant: int) -> str:
    return concept.drawings[variant % len(concept.drawings)]


def _mark(name: str) -> Mark:
    return assets.marks().get(name) or Mark(name=name)


def _turned(concept: Concept, name: str, flip: bool) -> bool:
    """A concept looks one way: its drawings that look the other way are turned; those with letters on them never."""
    mark = _mark(name)
    return not mark.letters and flip != ({concept.faces, mark.faces} == {"left", "right"})


@lru_cache(512)
def _document(name: str) -> str:
    """The SVG, with a body where the pack has only a face."""
    mark = _mark(name)
    svg = assets.drawing(name)
    return figures.complete(svg, mark, _pixels(svg)) if mark.body else svg


@lru_cache(512)
def _dyed(name: str, color: str, *, alive: bool) -> tuple[str, ...]:
    svg = _document(name)
    mark = _mark(name)
    clothed = mark.body in figures.DRESSED and not figures.is_bust(_pixels(assets.drawing(name)))
    only = figures.garments(mark) if clothed else ()
    keep = figures.PEOPLE if "-skin-tone" in name else ()
    return tuple(dye.dye(svg, color, _pixels(svg), only=only, keep=keep, hue=mark.hue, alive=alive))


@lru_cache(1024)
def _extent(name: str) -> tuple[float, float, float, float]:
    """The tight box around what is drawn, in the SVG's units: left, top, width, height."""
    svg = _document(name)
    left, top, width, height = (float(number) for number in BOX.search(svg)[1].split())  # type: ignore[index]
    across, down = (np.flatnonzero(_pixels(svg)[..., 3].max(axis=axis) > 8) for axis in (0, 1))
    unit = height / SMALL
    if not len(across):
        return left, top, width, height
    return (
        left + across[0] * unit,
        top + down[0] * unit,
        (across[-1] + 1 - across[0]) * unit,
        (down[-1] + 1 - down[0]) * unit,
    )


@lru_cache(64)
def _pixels(svg: str) -> NDArray[np.uint8]:
    data = resvg_py.svg_to_bytes(svg_string=svg, height=SMALL, skip_system_fonts=True)
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))


def _render(svg: str, box: tuple[float, float, float, float], columns: int, rows: int) -> NDArray[np.uint8]:
    view = f'viewBox="{" ".join(f"{number:.3f}" for number in box)}" preserveAspectRatio="none"'
    data = resvg_py.svg_to_bytes(
        svg_string=BOX.sub(f'{view} width="{columns}" height="{rows}"', svg, count=1), skip_system_fonts=True
    )
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))
