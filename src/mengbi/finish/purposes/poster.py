"""A poster: the picture on paper at 300 dots an inch, with margins, a thin frame, title, words and seal.

Set in rows beneath the picture, or, `vertical`, mounted as a hanging scroll 立轴 with the inscription at its side.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from mengbi.brief import Brief, check_pixels
from mengbi.errors import BriefError, UnknownName
from mengbi.finish.columns import draw_columns, fit_columns
from mengbi.finish.lettering import draw, fit, from_right, is_eastern
from mengbi.finish.purposes import settings as read
from mengbi.finish.purposes.seal import draw_seal, seal_shape
from mengbi.finish.purposes.sizes import Wanted, composed, shape_of
from mengbi.finish.purposes.wording import Wording, is_worded, planned, wording
from mengbi.noise import generator
from mengbi.plan import Plan, Touch
from mengbi.registry import nearest
from mengbi.source import opaque

PAPERS = {"a4": (210, 297), "a3": (297, 420), "a2": (420, 594), "letter": (215.9, 279.4), "square": (300, 300)}
"""Millimetres, upright."""
DPI = 300
INCH = 25.4
SMALLEST = 600
"""Pixels of a page's side, below which no letters can be read."""
PAPER, INK, FAINT, HAIR = "#f8f5ee", "#25211b", "#8b8174", "#b9b0a2"
SILK, BAND, XUAN = (197, 187, 160), (168, 152, 120), (247, 242, 230)
"""The colours of a scroll: its mount, the strip around the paper, and the paper."""
STREAM = 310


def wanted(brief: Brief, paper: str) -> Wanted:
    """On a paper by its name, "" for A3; upright or not as the picture is. Raises BriefError, SourceError."""
    if (paper or "a3") not in PAPERS:
        said = f"no paper {paper!r} for a poster; {nearest(paper, list(PAPERS))}"
        raise UnknownName(said, kind="purpose", name=paper[:100])
    low, high = PAPERS[paper or "a3"]
    shape = shape_of(brief)
    mm = (high, low) if shape is not None and shape > 1.05 else (low, high)
    page = (round(mm[0] / INCH * DPI), round(mm[1] / INCH * DPI))
    check_pixels(page, brief.count)
    box = picture_box(page, shape, worded=is_worded(brief) or brief.seal is not None, vertical=brief.vertical)
    settings = {"paper": paper or "a3", "mm": list(mm), "dpi": DPI, "size": list(page), "picture": list(box)}
    settings |= {"vertical": brief.vertical, **planned(brief)}
    size, touches = composed(brief, box[2:])
    return size, (*touches, Touch(name="poster", settings=settings))


def picture_box(
    page: tuple[int, int], shape: float | None, *, worded: bool, vertical: bool
) -> tuple[int, int, int, int]:
    """Left, top, width and height of the picture on a page of pixels: as large as it may be, and a little high."""
    unit = min(page) / 100
    left, top, right, bottom = _room(page, unit, worded=worded, vertical=vertical)
    width, height = right - left, bottom - top
    if shape is None:
        shape = width / height
    wide, tall = min(width, height * shape), min(height, width / shape)
    across = 0.0 if vertical else 0.5  # on a scroll the picture keeps to the left of its inscription
    high = 0.5 if vertical else 0.42
    return round(left + across * (width - wide)), round(top + high * (height - tall)), round(wide), round(tall)


def _room(page: tuple[int, int], unit: float, *, worded: bool, vertical: bool) -> tuple[float, float, float, float]:
    """What the picture may fill: left, top, right, bottom."""
    wide, tall = page
    if vertical:
        left, top, right, bottom = _sheet(page, unit)
        pad = 2.6 * unit
        return left + pad, top + pad, right - pad - (_strip(page, unit) if worded else 0), bottom - pad
    margin = (7.5 if tall > wide else 6.5) * unit
    beneath = ((23 if tall > wide else 22) if worded else 11) * unit
    return margin, margin, wide - margin, tall - beneath


def _sheet(page: tuple[int, int], unit: float) -> tuple[float, float, float, float]:
    """The paper of a scroll inside its mount: more of it above than below, as heaven and earth."""
    wide, tall = page
    above, below, side = (17, 11.5, 8) if tall > wide else (11.5, 8.5, 9)
    return side * unit, above * unit, wide - side * unit, tall - below * unit


def _strip(page: tuple[int, int], unit: float) -> float:
    return (17 if page[1] > page[0] else 19) * unit


def poster(pixels: NDArray[np.uint8], plan: Plan, settings: Mapping[str, Any]) -> NDArray[np.uint8]:
    """Lays the picture on its page. "size": the page; "picture": where it lies; what is lettered: see `wording`."""
    page = read.size(settings)
    if min(page) < SMALLEST:
        raise BriefError(f"a damaged plan: a poster of {page[0]}x{page[1]} pixels; each side at least {SMALLEST}")
    box = read.box(settings, "picture", page)
    vertical = read.one_of(settings, "vertical", (True, False))
    if pixels.shape[1::-1] != box[2:]:
        raise BriefError(
            f"a damaged plan: a picture of {pixels.shape[1]}x{pixels.shape[0]} where {box[2:]} are planned"
        )
    said = wording(plan, settings)
    unit = min(page) / 100
    canvas = _mount(page, unit, said.seed) if vertical else Image.new("RGB", page, PAPER)
    canvas.paste(Image.fromarray(opaque(pixels)), box[:2])
    (_inscribe if vertical else _caption)(canvas, said, box, unit)
    return np.asarray(canvas)


def _caption(canvas: Image.Image, said: Wording, box: tuple[int, int, int, int], unit: float) -> None:
    """A hairline around the picture; beneath it the title, the words, and who made it; the seal at the right."""
    left, top, width, height = box
    pen = ImageDraw.Draw(canvas)
    hair, off = max(1, round(0.11 * unit)), round(0.85 * unit)
    pen.rectangle((left - off, top - off, left + width + off - 1, top + height + off - 1), outline=HAIR, width=hair)
    wide = max(width, min(62 * unit, canvas.width - 15 * unit))
    left -= round((wide - width) / 2)
    floor = canvas.height - 6.2 * unit
    y = top + height + 4.3 * unit
    room, turned = wide, from_right(said.title)  # what is read from the right begins there, and the seal is at the left
    side, anchor = (left + wide, "right") if turned else (left, "left")
    if said.seal is not None:
        tall = 7.2 * unit
        across = tall * seal_shape(said.seal[0])
        start = left if turned else left + wide - across
        draw_seal(canvas, (start, y, start + across, y + tall), *said.seal, said.seed)
        room -= across + 4 * unit
    made = fit("  ·  ".join(filter(None, (said.style, said.maker))).upper(), "text", (wide, 2 * unit),
               largest=1.2 * unit, smallest=1.2 * unit, most=1, tracking=0.14)  # fmt: skip
    draw(pen, (side, floor), made.lines[0], made.cut, made.size, FAINT, tracking=0.14, anchor=anchor)
    if not said.title:
        return
    tight = 0.02 if is_eastern(said.title) else 0.0
    below = floor - 3.4 * unit - y
    high = below if not said.words else 0.66 * below
    title = fit(said.title, "display", (room, high), largest=5.4 * unit, smallest=1.7 * unit, most=3, air=1.12,
                tracking=tight)  # fmt: skip
    y += _rise(said.title) * title.size
    for line in title.lines:
        draw(pen, (side, y), line, title.cut, title.size, INK, tracking=tight, anchor=anchor)
        y += title.leading
    y += 3.2 * unit - title.leading
    if said.words and floor - 2.6 * unit - y > 1.2 * unit:
        words = fit(said.words, "italic", (min(room, 74 * unit), floor - 2.6 * unit - y), largest=1.9 * unit,
                    smallest=1.2 * unit, most=3, air=1.36)  # fmt: skip
        y += 0.55 * words.size
        for line in words.lines:
            draw(pen, (side, y), line, words.cut, words.size, FAINT, anchor=anchor)
            y += words.leading


def _rise(words: str) -> float:
    """Ems from the top of the letters, which stands level with the seal, to the baseline."""
    return 0.84 if is_eastern(words) else 0.66


def _mount(page: tuple[int, int], unit: float, seed: int) -> Image.Image:
    """Silk with its weave, a darker band, and on it the paper."""
    canvas = Image.new("RGB", page)
    _tiled(canvas, (0, 0, *page), SILK, _weave(seed, unit))
    left, top, right, bottom = (round(edge) for edge in _sheet(page, unit))
    band, hair = round(1.1 * unit), max(1, round(0.12 * unit))
    pen = ImageDraw.Draw(canvas)
    pen.rectangle((left - band, top - band, right + band - 1, bottom + band - 1), fill=BAND)
    pen.rectangle((left - hair, top - hair, right + hair - 1, bottom + hair - 1), fill=(120, 104, 76))
    _tiled(canvas, (left, top, right, bottom), XUAN, _fibres(seed))
    return canvas


def _tiled(canvas: Image.Image, box: tuple[int, int, int, int], color: tuple[int, int, int], tone: Any) -> None:
    """Fills a box with a colour, lighter and darker as a small pattern says: float32 (h, w), about 0."""
    tile = np.asarray(color, dtype=np.float32) * (1 + tone[..., None])
    patch = Image.fromarray(np.clip(tile + 0.5, 0, 255).astype(np.uint8))
    left, top, right, bottom = box
    for y in range(top, bottom, patch.height):
        for x in range(left, right, patch.width):
            canvas.paste(patch.crop((0, 0, min(patch.width, right - x), min(patch.height, bottom - y))), (x, y))


def _weave(seed: int, unit: float) -> NDArray[np.float32]:
    """Threads across and down, some thicker than others, in a figure of lozenges; it joins at its edges."""
    side = 16 * max(16, round(1.6 * unit))
    turn = np.arange(side, dtype=np.float32) * np.float32(2 * math.pi / side)
    across, down = turn[None], turn[:, None]
    lozenges = np.clip(5 * (np.cos(8 * (across + down)) * np.cos(8 * (across - down)) - 0.3), -1, 1)
    rng = generator(seed, STREAM)
    slubs = 0.011 * rng.standard_normal((side, 1), dtype=np.float32) + 0.007 * rng.standard_normal(
        (1, side), dtype=np.float32
    )
    grain = rng.standard_normal((side, side), dtype=np.float32)
    return np.asarray(0.009 * lozenges + slubs + 0.008 * grain, dtype=np.float32)


def _fibres(seed: int) -> NDArray[np.float32]:
    """Paper made by hand, hardly to be seen."""
    noise = generator(seed, STREAM + 1).standard_normal((512, 512), dtype=np.float32)
    long = sum(np.roll(noise, shift, axis=1) for shift in range(7)) / 7
    return np.asarray(0.006 * noise + 0.012 * long, dtype=np.float32)


def _inscribe(canvas: Image.Image, said: Wording, box: tuple[int, int, int, int], unit: float) -> None:
    """In the strip at the right of the picture: the title, left of it the words and who painted, then the seal."""
    page = canvas.size
    _, top, right, bottom = _sheet(page, unit)
    hair = max(1, round(0.1 * unit))
    left, high, width, height = box
    pen = ImageDraw.Draw(canvas)
    pen.rectangle(
        (left - hair, high - hair, left + width + hair - 1, high + height + hair - 1), outline=HAIR, width=hair
    )
    if not said.title:
        return
    pad = 2.6 * unit
    start, deep = top + pad + 1.2 * unit, bottom - top - 2 * pad - 2.4 * unit
    edge = right - pad - 0.3 * unit
    stamp = 5.6 * unit
    title = fit_columns(said.title, (7.4 * unit if said.words else 12 * unit, 0.8 * deep), largest=5.6 * unit,
                        smallest=2.2 * unit, most=2, air=1.3)  # fmt: skip
    if not said.words:
        edge -= (_strip(page, unit) - pad - title.width) / 2 - 0.3 * unit
    end = draw_columns(canvas, (edge, start), title, INK)
    middle = edge - title.width / 2
    if said.words:
        x = edge - title.width - 1.8 * unit
        drop = start + title.size * 1.06
        signed = f"{said.words}\n{said.maker}写" if is_eastern(said.words) else said.words
        words = fit_columns(signed, (x - (left + width) - 1.2 * unit, bottom - pad - stamp - 3 * unit - drop),
                            largest=2.5 * unit, smallest=1.25 * unit, most=5, air=1.5)  # fmt: skip
        end = draw_columns(canvas, (x, drop), words, INK)
        middle = x - words.width / 2
    if said.seal is not None:
        tall = min(stamp, stamp * 0.85 / seal_shape(said.seal[0]))
        across, y = tall * seal_shape(said.seal[0]), end + 1.5 * unit
        draw_seal(canvas, (middle - across / 2, y, middle + across / 2, y + tall), *said.seal, said.seed)
