"""A card to share: the picture with rounded corners, its title, number, style and seal, on paper of its own colour."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from mengbi.brief import Brief
from mengbi.errors import BriefError
from mengbi.finish.columns import draw_columns, fit_columns
from mengbi.finish.lettering import draw, fit, from_right, is_eastern, measure
from mengbi.finish.purposes import settings as read
from mengbi.finish.purposes.seal import BRIGHT, VERMILION, draw_seal, seal_shape
from mengbi.finish.purposes.sizes import Wanted, composed
from mengbi.finish.purposes.wording import Wording, planned, wording
from mengbi.plan import Plan, Touch
from mengbi.source import opaque

SIZE = (1080, 1350)
EDGE, RADIUS = 56, 34
BOXES = {False: (EDGE, EDGE, 968, 1012), True: (EDGE, EDGE, 806, 1140)}
"""Where the picture lies: left, top, width, height; and beside vertical letters."""
FLOOR = 1286
"""The lowest baseline."""
DARK = 0.36
"""A picture whose mean is darker than this share of white lies on a dark card."""

Color = tuple[int, int, int]


def wanted(brief: Brief) -> Wanted:
    """Raises BriefError, SourceError."""
    box = BOXES[brief.vertical]
    settings = {"size": list(SIZE), "picture": list(box), "vertical": brief.vertical, **planned(brief)}
    size, touches = composed(brief, box[2:])
    return size, (*touches, Touch(name="card", settings=settings))


def card(pixels: NDArray[np.uint8], plan: Plan, settings: Mapping[str, Any]) -> NDArray[np.uint8]:
    """Lays the picture on its card. "size": the card; "picture": where it lies; what is lettered: see `wording`."""
    read.one_of(settings, "size", (list(SIZE),))
    box = read.box(settings, "picture", SIZE)
    vertical = read.one_of(settings, "vertical", (True, False))
    if box != BOXES[vertical] or pixels.shape[1::-1] != box[2:]:
        raise BriefError(f"a damaged plan: a picture of {pixels.shape[1]}x{pixels.shape[0]} at {box} of a card")
    said = wording(plan, settings)
    picture = Image.fromarray(opaque(pixels))
    paper, ink, faint = colors(picture)
    canvas = Image.new("RGB", SIZE, paper)
    canvas.paste(picture, box[:2], rounded(box[2:], RADIUS))
    (_columns if vertical else _rows)(canvas, said, ink, BRIGHT if max(paper) < 128 else VERMILION)
    _foot(ImageDraw.Draw(canvas), said, faint)
    return np.asarray(canvas)


def colors(picture: Image.Image) -> tuple[Color, Color, Color]:
    """Paper, ink and faint ink that go with a picture: a tint of its mean, light for a light one, else dark."""
    red, green, blue = (float(level) for level in np.asarray(picture.resize((1, 1), Image.Resampling.BOX))[0, 0])
    dark = 0.2126 * red + 0.7152 * green + 0.0722 * blue < 255 * DARK
    mean = np.array([red, green, blue])
    if dark:
        mean *= 34 / max(float(mean.mean()), 1)
        return _color(0.7 * mean + 0.3 * 24), (243, 238, 228), _color(np.array([150, 146, 138]) + 0.3 * (mean - 34))
    tint = mean + (225 - mean.mean())
    paper = 0.22 * tint + 0.78 * np.array([248, 245, 238])
    return _color(paper), (37, 33, 27), _color(0.5 * np.array([120, 112, 100]) + 0.25 * paper)


def rounded(size: tuple[int, int], radius: int) -> Image.Image:
    """A mask with smooth round corners, "L"."""
    times = 4
    corner = Image.new("L", (2 * radius * times, 2 * radius * times))
    ImageDraw.Draw(corner).ellipse((0, 0, 2 * radius * times - 1, 2 * radius * times - 1), fill=255)
    corner = corner.resize((2 * radius, 2 * radius), Image.Resampling.BOX)
    mask = Image.new("L", size, 255)
    width, height = size
    for x, left in ((0, 0), (width - radius, radius)):
        for y, top in ((0, 0), (height - radius, radius)):
            mask.paste(corner.crop((left, top, left + radius, top + radius)), (x, y))
    return mask


def _color(levels: NDArray[np.float64]) -> Color:
    red, green, blue = (int(min(max(level, 0), 255) + 0.5) for level in levels)
    return red, green, blue


def _rows(canvas: Image.Image, said: Wording, ink: Color, red: Color) -> None:
    left, top, width, height = BOXES[False]
    room, y, turned = float(width), top + height + 42, from_right(said.title)
    if said.seal is not None:
        tall = 104.0
        across = tall * seal_shape(said.seal[0])
        start = left if turned else left + width - across
        draw_seal(canvas, (start, y, start + across, y + tall), *said.seal, said.seed, red)
        room -= across + 40
    if not said.title:
        return
    title = fit(said.title, "display", (room, 124), largest=72, smallest=26, most=2, air=1.1)
    baseline = y + (0.86 if is_eastern(said.title) else 0.7) * title.size
    baseline += max(0.0, (104 - title.height) / 2 - 8)
    side, anchor = (left + width, "right") if turned else (left, "left")
    for line in title.lines:
        draw(ImageDraw.Draw(canvas), (side, baseline), line, title.cut, title.size, ink, anchor=anchor)
        baseline += title.leading


def _columns(canvas: Image.Image, said: Wording, ink: Color, red: Color) -> None:
    left, top, width, height = BOXES[True]
    room = SIZE[0] - EDGE - (left + width)
    stamp = 84.0 if said.seal else 0.0
    end = float(top)
    right = SIZE[0] - EDGE + 0.0
    if said.title:
        title = fit_columns(said.title, (room - 44, height - stamp - 40), largest=84, smallest=30, most=2, air=1.22)
        right = (left + width + SIZE[0]) / 2 + title.width / 2
        end = draw_columns(canvas, (right, top), title, ink)
        right -= title.width / 2
    if said.seal is not None:
        across = stamp * seal_shape(said.seal[0])
        y = min(end + 34, top + height - stamp)
        draw_seal(canvas, (right - across / 2, y, right + across / 2, y + stamp), *said.seal, said.seed, red)


def _foot(pen: ImageDraw.ImageDraw, said: Wording, faint: Color) -> None:
    """Style and number on the left, and on the right who made it."""
    size = 23
    parts = [said.style.upper() if said.style else "", f"No. {said.number:04d}"]
    name = said.maker.upper()
    right = SIZE[0] - EDGE - size * measure(name, "text", 0.16)
    draw(pen, (right, FLOOR), name, "text", size, faint, tracking=0.16)
    said_of = "   ·   ".join(filter(None, parts))
    room = (right - EDGE - 40, 30.0)
    line = fit(said_of, "text", room, largest=size, smallest=size, most=1, tracking=0.1)
    draw(pen, (EDGE, FLOOR), line.lines[0], line.cut, size, faint, tracking=0.1)
