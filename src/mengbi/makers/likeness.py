"""A photo of a face -> the traits that can be read off it, as far as they can. Nothing leaves the machine."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image

from mengbi.errors import SourceError
from mengbi.makers import shades
from mengbi.makers.landmarks import Array, Marks, Pixels, find
from mengbi.source import opaque

SIDE = 512
"""Pixels of the longer side that is looked at."""
NEAR = 19.0
"""In CIELAB: of colours that may be of the same hair."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Likeness:
    """What was read, and the groups of traits of which nothing could be."""

    traits: tuple[str, ...]
    unread: tuple[str, ...]


def likeness(pixels: Pixels, name: str = "the photo") -> Likeness:
    """The traits of the largest face in a photo, uint8 (h, w, 3 or 4). name: what to call it.

    With MediaPipe: skin, hair and its colour, clothes, mood, glasses, beard. Without: the first four, roughly.
    Raises SourceError where there is no face.
    """
    image = Image.fromarray(np.ascontiguousarray(opaque(pixels)))
    image.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    seen = np.asarray(image)
    marks = find(seen)
    if marks is None:
        said = f"{name} — no face to be seen in it; take one that looks at you, larger or in better light"
        raise SourceError(said, code="no-face", what=name)
    found = dict(_by_points(seen, marks) if marks.points is not None else _by_box(seen, marks))
    worn = () if marks.points is None else tuple(_worn(seen, marks))
    unread = tuple(group for group in READ if not found.get(group)) + (("wears",) if marks.points is None else ())
    return Likeness(traits=(*filter(None, found.values()), *worn), unread=unread)


READ = ("hair", "color", "skin", "mood", "clothes")
"""Groups of traits that are looked for; the style and the shade of a thing that is worn are nobody's."""

CHEEKS, CHIN, LIP, IRISES = (50, 280), (199, 200), (164,), (468, 473)
EYES = (((159, 145), (33, 133), 105), ((386, 374), (362, 263), 334))
"""Of either eye: upper and lower lid, its corners, the brow."""
HAIRLINE, JAW, SIDES, CORNERS, LIPS = 10, 152, (234, 454), (61, 291), (13, 14)
"""Numbers of MediaPipe's points."""
SHUT, OPEN = 0.15, 0.22
"""Of an eye: its height, of its width."""


def _by_points(seen: Pixels, marks: Marks) -> Iterator[tuple[str, str]]:
    """The groups of traits, and the trait of each where it can be told."""
    points, person = marks.points, marks.person
    assert points is not None and person is not None
    high, wide = _size(points)
    chin, x = float(points[JAW, 1]), float(points[[HAIRLINE, JAW], 0].mean())
    skin = shades.typical(_patches(seen, points, CHEEKS))
    yield "skin", shades.skin(skin)
    above = _above(seen, marks)
    if len(above) < 0.2 * 0.6 * wide * 0.18 * high or _apart(shades.typical(above), skin) < 9:
        yield "hair", "bald"
        return
    color = shades.typical(above)
    beside = _beside(seen, marks, skin)
    if beside is not None and _hatted(color, beside):
        color = beside
        yield "color", "" if _apart(beside[1:], skin[1:]) < 16 else shades.hair(color)  # no more than ears are seen
    else:
        yield "color", shades.hair(color)
    yield "hair", _length(seen, person, color, (x, chin), (wide, high))
    yield "mood", _mood(points)
    body = _of(seen, person, (x - wide, chin + 0.6 * high, x + wide, chin + 1.7 * high))
    kept = [shade for shade in shades.lab(body) if _apart(shade, skin) > 14] if len(body) else []
    yield "clothes", shades.clothes(np.median(kept, axis=0)) if len(kept) > 60 else ""


def _by_box(seen: Pixels, marks: Marks) -> Iterator[tuple[str, str]]:
    """The same of a face of which only the box is known."""
    wide, high = marks.right - marks.left, marks.bottom - marks.top
    x = (marks.left + marks.right) / 2
    inner = _of(seen, None, (x - 0.25 * wide, marks.top + 0.35 * high, x + 0.25 * wide, marks.bottom - 0.25 * high))
    skin = shades.typical(inner)
    yield "skin", shades.skin(skin)
    above = _of(seen, None, (x - 0.35 * wide, marks.top - 0.1 * high, x + 0.35 * wide, marks.top + 0.12 * high))
    corner = _of(seen, None, (0, 0, 0.1 * seen.shape[1], 0.1 * seen.shape[0]))
    if len(above) and _apart(shades.typical(above), shades.typical(corner)) > NEAR:
        yield "color", shades.hair(shades.typical(above))
    body = _of(seen, None, (x - 0.4 * wide, marks.bottom + 0.3 * high, x + 0.4 * wide, marks.bottom + 0.7 * high))
    yield "clothes", shades.clothes(shades.typical(body)) if len(body) > 60 else ""


def _worn(seen: Pixels, marks: Marks) -> Iterator[str]:
    """Glasses by their edges under the eyes, a beard by its shade, a hat by a colour that no hair beside it has."""
    points = marks.points
    assert points is not None
    high, wide = _size(points)
    grey = np.asarray(Image.fromarray(seen).convert("L"), np.float32)
    steep = np.hypot(*np.gradient(grey))
    r = 0.08 * wide
    cheeks = [float(steep[_box(steep, (x - r, y - r, x + r, y + r))].mean()) for x, y in points[list(CHEEKS)]]
    rims = [
        float(steep[_box(steep, (x - 0.12 * wide, y + 0.05 * high, x + 0.12 * wide, y + 0.16 * high))].mean())
        for x, y in points[[145, 374]]
    ]
    skin = shades.typical(_patches(seen, points, CHEEKS))
    below = [shades.typical(seen[_box(steep, (x - r, y + 0.02 * high, x + r, y + 0.09 * high))].reshape(-1, 3))[0]
             for x, y in points[[145, 374]]]  # fmt: skip
    if max(below) < skin[0] - 30:
        yield "sunglasses"
    elif min(rims) > RIM * float(np.mean(cheeks)):
        yield "glasses"
    chin, lip = (shades.typical(_patches(seen, points, some))[0] for some in (CHIN, LIP))
    if chin < skin[0] - DARKER:
        yield "beard"
    elif lip < skin[0] - DARKER:
        yield "moustache"
    above, beside = shades.typical(_above(seen, marks)), _beside(seen, marks, skin)
    if beside is not None and _hatted(above, beside):
        yield "hat"


RIM, DARKER = 1.4, 22.0
"""Times as steep as a cheek is what lies under the eyes behind glasses; and darker than it, in CIELAB, is a beard."""


def _above(seen: Pixels, marks: Marks) -> Pixels:
    """The colours of the person above the forehead."""
    points = marks.points
    assert points is not None
    high, wide = _size(points)
    x, top = float(points[[HAIRLINE, JAW], 0].mean()), float(points[HAIRLINE, 1])
    return _of(seen, marks.person, (x - 0.3 * wide, top - 0.26 * high, x + 0.3 * wide, top - 0.08 * high))


def _beside(seen: Pixels, marks: Marks, skin: Array) -> Array | None:
    """The colour of hair at the temples, behind the ears; None where only skin is to be seen."""
    points = marks.points
    assert points is not None
    high, wide = _size(points)
    x, top = float(points[[HAIRLINE, JAW], 0].mean()), float(points[HAIRLINE, 1])
    sides = [(x + side * wide - 0.1 * wide, top + 0.2 * high, x + side * wide + 0.1 * wide, top + 0.8 * high)
             for side in (-0.62, 0.62)]  # fmt: skip
    colors = shades.lab(np.concatenate([_of(seen, marks.person, side) for side in sides]))
    bare = (np.linalg.norm(colors[:, 1:] - skin[1:], axis=1) < 12) & (colors[:, 0] > skin[0] - 28)
    kept = colors[~bare]
    return np.median(kept, axis=0) if len(kept) > max(40, 0.12 * len(colors)) else None


def _hatted(above: Array, beside: Array) -> bool:
    """Whether what is above the brow is no hair such as beside it: another colour, or darker, which no shadow is."""
    return float(beside[0] - above[0]) > 25 or _apart(above[1:], beside[1:]) > 24


def _length(seen: Pixels, person: Array, color: Array, chin: tuple[float, float], size: tuple[float, float]) -> str:
    """How far the hair reaches: beside the neck, beside the jaw, or not so far."""
    (x, y), (wide, high) = chin, size

    def share(top: float, bottom: float) -> float:
        beside = [_of(seen, person, (x + side * wide - 0.13 * wide, y + top * high, x + side * wide + 0.13 * wide,
                                     y + bottom * high)) for side in (-0.58, 0.58)]  # fmt: skip
        whole = 2 * 0.26 * wide * (bottom - top) * high
        near = sum(
            float((np.linalg.norm(shades.lab(some) - color, axis=1) < NEAR).sum()) for some in beside if len(some)
        )
        return near / whole

    if share(0.05, 0.3) > 0.4:
        return "long"
    return "bob" if share(-0.3, -0.05) > 0.4 else "short"


def _mood(points: Array) -> str:
    """By the lids, and by how the corners of the mouth stand to its middle."""
    high, _ = _size(points)
    lids = [_between(points, *lid) / _between(points, *corner) for lid, corner, _ in EYES]
    opened = _between(points, *LIPS) / _between(points, *CORNERS)
    lift = float(points[list(LIPS), 1].mean() - points[list(CORNERS), 1].mean()) / high
    if max(lids) < SHUT:
        return "sleepy"
    if min(lids) < SHUT and max(lids) > OPEN:
        return "wink"
    if opened > 0.4 and lift < 0.05:
        return "surprised"
    if lift > 0.02:
        return "laugh" if opened > 0.1 else "smile"
    return "sad" if lift < -0.022 else "calm"


def _patches(seen: Pixels, points: Array, some: tuple[int, ...]) -> Pixels:
    """The colours around some points, (n, 3)."""
    _, wide = _size(points)
    r = max(1.0, 0.04 * wide)
    return np.concatenate(
        [seen[_box(seen, (x - r, y - r, x + r, y + r))].reshape(-1, 3) for x, y in points[list(some)]]
    )


def _of(seen: Pixels, person: Array | None, edges: tuple[float, float, float, float]) -> Pixels:
    """The colours of a part of the picture (left, top, right, bottom), only the person's: (n, 3)."""
    place = _box(seen, edges)
    colors = seen[place].reshape(-1, 3)
    return colors if person is None else colors[person[place].reshape(-1) > 0.6]


def _box(plane: Pixels | Array, edges: tuple[float, float, float, float]) -> tuple[slice, slice]:
    """Rows and columns of a part, at least one of each, as far as it lies in the picture."""
    left, top, right, bottom = (max(0, round(edge)) for edge in edges)
    left, top = min(left, plane.shape[1] - 1), min(top, plane.shape[0] - 1)
    return slice(top, max(top + 1, bottom)), slice(left, max(left + 1, right))


def _size(points: Array) -> tuple[float, float]:
    """Height and width of a face, pixels."""
    return max(1.0, _between(points, HAIRLINE, JAW)), max(1.0, _between(points, *SIDES))


def _between(points: Array, one: int, other: int) -> float:
    return float(np.linalg.norm(points[one] - points[other]))


def _apart(one: Array, other: Array) -> float:
    return float(np.linalg.norm(one - other))
