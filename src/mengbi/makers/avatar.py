"""What is made of faces: a row to choose from, a pack of moods, a sheet, and a family tree.

The sheet and the tree are finishing steps: all that they show stands in the plan, so the plan paints them again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from mengbi.engine.avatar import face_of, painted
from mengbi.engine.avatar.looks import MOOD, STYLE, fitting, has, most, of_group
from mengbi.errors import BriefError
from mengbi.face import Face, face_from_dict
from mengbi.finish.backdrop import backdrop
from mengbi.finish.lettering import draw as write
from mengbi.finish.purposes import settings as read
from mengbi.finish.restyle import does_nothing, restyle
from mengbi.plan import Plan, Touch
from mengbi.source import load_pixels, opaque
from mengbi.text.traits import groups

Pixels = NDArray[np.uint8]

MOST = 64
"""Faces on a sheet."""
GAP = 0.06
"""Between two of them, of a side."""
GENERATIONS = 4
"""Of a family tree; what came before does not fit."""
WIDTH = 1024
"""Pixels of a family tree."""
SHRINKING = (0.46, 0.34, 0.215, 0.118)
"""The side of a face in each generation, of the width."""
LINE, INK = "#c9bfb2", "#6b6257"
PAPER = "#fbfaf7"


def row(prompt: str, seed: int, wishes: Mapping[str, Any] | None = None, count: int = 16) -> tuple[Face, ...]:
    """Faces of the same words and wishes, of seed, seed + 1, and so on. Raises BriefError.

    Genes that were wished for are the first one's alone: the others of a child are its brothers and sisters.
    """
    said = {name: value for name, value in (wishes or {}).items() if name != "seed"}
    others = {name: value for name, value in said.items() if name != "genes"}
    return tuple(face_of(prompt, seed + index, others if index else said) for index in range(count))


def stickers(face: Face) -> tuple[Face, ...]:
    """The same face in every mood that its look has."""
    look = most(of_group(face.traits, STYLE))
    if look is None:
        raise BriefError("a face without a look has no moods; give it one, as comic")
    rest = {name: amount for name, amount in face.traits.items() if name not in groups()[MOOD]}
    calm = {name: amount for name, amount in face.sliders.items() if name != "smile"}
    return tuple(
        replace(face, traits={**fitting({**rest, mood: 1.0}, look)}, sliders=calm)
        for mood in groups()[MOOD]
        if has(look, mood)
    )


def with_faces(plan: Plan, faces: tuple[Face, ...]) -> Plan:
    """The plan of one avatar for many: a picture each, otherwise alike."""
    (sample,) = plan.samples
    return replace(plan, samples=tuple(replace(sample, face=face) for face in faces))


def sheet_touch(faces: tuple[Face, ...], columns: int = 4, background: str | None = None) -> Touch:
    """The finishing step that shows faces on one sheet, the first as the plan paints it. background: as backdrop's."""
    said: dict[str, Any] = {"faces": [face.to_dict() for face in faces], "columns": columns}
    return Touch(name="sheet", settings={**said, "background": background} if background else said)


def sheet_faces(settings: Mapping[str, Any]) -> tuple[Face, ...]:
    """The faces on a sheet, from its settings. Raises BriefError."""
    found = settings.get("faces")
    if not isinstance(found, list) or not 1 <= len(found) <= MOST:
        raise BriefError(f"a damaged plan: a sheet shows 1 to {MOST} faces")
    return tuple(face_from_dict(face) for face in found)


def sheet(pixels: Pixels, plan: Plan, settings: Mapping[str, Any]) -> Pixels:
    """Settings: "faces", "columns" and perhaps "background". pixels: the first face, in the size that all have.

    Returns uint8 (h, w, 4). Raises BriefError.
    """
    faces, (columns,) = sheet_faces(settings), read.whole_numbers({"columns": [settings.get("columns")]}, "columns", 1)
    if not 1 <= columns <= MOST:
        raise BriefError(f"a damaged plan: a sheet of {columns} columns; 1 to {MOST}")
    columns = min(columns, len(faces))
    size = pixels.shape[1], pixels.shape[0]
    made, gap = Image.new("RGBA", read.size({"size": list(sheet_size(len(faces), size, columns))})), _gap(size)
    for index, face in enumerate(faces):
        shown = portrayed(face, size, plan, settings) if index else _before(pixels, plan, settings)
        at = (gap + index % columns * (size[0] + gap), gap + index // columns * (size[1] + gap))
        made.paste(Image.fromarray(shown).convert("RGBA"), at)
    return np.asarray(made)


def sheet_size(count: int, size: tuple[int, int], columns: int = 4) -> tuple[int, int]:
    """Width and height of a sheet of so many faces, each of that size."""
    gap = _gap(size)
    return columns * (size[0] + gap) + gap, -(-count // columns) * (size[1] + gap) + gap


def _gap(size: tuple[int, int]) -> int:
    return round(GAP * max(size))


def tree_touch(background: str | None = None) -> Touch:
    """The finishing step that shows whom the face of the plan comes from."""
    return Touch(name="tree", settings={"background": background} if background else {})


def tree(pixels: Pixels, plan: Plan, settings: Mapping[str, Any]) -> Pixels:
    """Settings: perhaps "background". The face of the plan under its parents, under theirs: uint8 (h, WIDTH, 3).

    Raises BriefError where there is no face.
    """
    face = plan.samples[0].face
    if face is None:
        raise BriefError("a family tree without a face; only an avatar has one")
    places = list(_places(face))
    top = min(y - side / 2 for _, _, (_, y, side) in places)
    height = round(-top + WIDTH * SHRINKING[0] / 2 + 0.1 * WIDTH)
    made = Image.new("RGB", (WIDTH, height), PAPER)
    pen, up = ImageDraw.Draw(made), 0.04 * WIDTH - top
    for _, parents, (x, y, side) in places:
        for _, _, (px, py, ps) in parents:
            bend = (y + up - side / 2 + py + up + ps / 2) / 2
            pen.line([(x, y + up), (x, bend), (px, bend), (px, py + up)], fill=LINE, width=5, joint="curve")
    for one, _, (x, y, side) in places:
        square = (round(side), round(side))
        shown = _before(pixels, plan, settings) if one is face else portrayed(one, square, plan, settings)
        _hang(made, shown, (x, y + up), side)
        size = max(16.0, min(0.08 * side, 26.0))
        beside = 0.6 * size  # of the line down to a child
        write(pen, (x + beside, y + up + side / 2 + 1.1 * size), f"{one.seed}", "text", size, INK)
    return np.asarray(made)


def portrayed(face: Face, size: tuple[int, int], plan: Plan, settings: Mapping[str, Any]) -> Pixels:
    """A face as the plan paints its own: in its style, and before the background that the settings name."""
    pixels = painted(face, size)
    model = None if plan.style_image is None else opaque(load_pixels(plan.style_image))
    if model is not None or not does_nothing(plan.style):
        pixels = restyle(pixels, plan.style, plan.samples[0].seed, model)
    own = replace(plan, samples=(replace(plan.samples[0], seed=face.seed, face=face),))
    return _before(pixels, own, settings)


def _before(pixels: Pixels, plan: Plan, settings: Mapping[str, Any]) -> Pixels:
    color = read.words(settings, "background")
    return pixels if color is None else backdrop(pixels, plan, {"color": color})


Node = tuple[Face, list[Any], tuple[float, float, float]]
"""A face, the nodes of its parents, and its middle and side in pixels; the root's middle is at height 0."""


def _places(face: Face) -> Iterator[Node]:
    """All that are shown, the oldest last."""

    def place(one: Face, left: float, right: float, depth: int, y: float) -> Node:
        side = WIDTH * SHRINKING[depth]
        parents: list[Any] = []
        if one.parents and depth + 1 < GENERATIONS:
            above = y - side / 2 - 0.09 * WIDTH - WIDTH * SHRINKING[depth + 1] / 2
            middle = (left + right) / 2
            parents = [
                place(one.parents[0], left, middle, depth + 1, above),
                place(one.parents[1], middle, right, depth + 1, above),
            ]
        return one, parents, ((left + right) / 2, y, side)

    waiting = [place(face, 0, WIDTH, 0, 0)]
    while waiting:
        node = waiting.pop(0)
        yield node
        waiting += node[1]


def _hang(made: Image.Image, pixels: Pixels, middle: tuple[float, float], side: float) -> None:
    """A face in a round frame."""
    whole = round(side)
    frame = Image.new("L", (4 * whole, 4 * whole))
    ImageDraw.Draw(frame).ellipse((0, 0, 4 * whole - 1, 4 * whole - 1), fill=255)
    at = (round(middle[0] - side / 2), round(middle[1] - side / 2))
    made.paste(Image.new("RGB", (whole, whole), "#ffffff"), at, frame.reduce(4))
    inner = Image.fromarray(pixels).convert("RGBA").resize((whole, whole), Image.Resampling.LANCZOS)
    cover = np.minimum(np.asarray(frame.reduce(4)), np.asarray(inner.getchannel("A")))
    made.paste(inner.convert("RGB"), at, Image.fromarray(cover))
    ring = Image.new("L", (4 * whole, 4 * whole))
    ImageDraw.Draw(ring).ellipse((0, 0, 4 * whole - 1, 4 * whole - 1), outline=255, width=14)
    made.paste(Image.new("RGB", (whole, whole), LINE), at, ring.reduce(4))
