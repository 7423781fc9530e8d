"""The endless stream of training samples: sample(pack, seed, index) is the same on every machine, whatever came before.

Three kinds: single things on a plain ground, composed scenes whose facts are known because we placed everything, and
portraits whose parts have names.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mengbi.assets import concepts
from mengbi.engine.sketch.dye import TARGETS, from_oklab
from mengbi.lab.data import stage
from mengbi.lab.data.captions import LANGUAGES, Told, caption, phrases_of
from mengbi.lab.data.casting import SIZES, color, takes_color
from mengbi.lab.data.control import control_of
from mengbi.lab.data.pack import Row
from mengbi.lab.data.render import Pixels
from mengbi.lab.data.wardrobe import Wardrobe
from mengbi.noise import generator
from mengbi.scene import Scene, Sky, Thing

RICH = 0.7
"""How often a caption says everything."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mix:
    """Shares of the kinds of samples; what they leave are portraits."""

    single: float = 0.55
    scene: float = 0.35
    plain: float = 0.3  # of the scenes: on a plain ground


EARLY = Mix()
LATE = Mix(single=0.25, scene=0.67, plain=0.25)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Sample:
    """A picture, a sketch of it, and what is said of it."""

    picture: Pixels  # uint8 (h, w, 3)
    control: Pixels  # uint8 (h, w, 4): colour, and how far it is given
    phrases: tuple[str, ...]  # the whole caption first, then its phrases
    language: str
    scene: Scene  # what the caption says, no more and no less


def sample(wardrobe: Wardrobe, seed: int, index: int, size: int, mix: Mix = EARLY) -> Sample:
    """The sample of an index. size: pixels of its side, 16 to 256."""
    rng = generator(seed, index)
    roll = float(rng.random())
    if roll < mix.single:
        return _single(wardrobe, rng, size)
    if roll < mix.single + mix.scene:
        return _scene(wardrobe, rng, size, plain=float(rng.random()) < mix.plain)
    if not len(wardrobe.pack.shelves["portrait"]):
        return _single(wardrobe, rng, size)
    return _portrait(wardrobe, rng, size)


def _single(wardrobe: Wardrobe, rng: np.random.Generator, size: int) -> Sample:
    pack = wardrobe.pack
    number = int(rng.choice(pack.shelves["single"]))
    row = pack.rows[number]
    concept = concepts().get(row.concept)
    dyed = concept is not None and takes_color(concept) and row.hand != "line" and rng.random() < 0.4
    big = str(rng.choice(SIZES, p=(0.03, 0.07, 0.8, 0.07, 0.03)))
    thing = Thing(
        concept=row.concept or row.key,
        color=color(rng) if dyed else None,
        count=int(rng.choice((1, 2, 3, 4, 5), p=(0.84, 0.06, 0.05, 0.03, 0.02))),
        size=big,
    )
    full = Scene(things=(thing,))
    figures = stage.arrange(full, ((number, row),), None, rng)
    if thing.size == "normal" and thing.count == 1:
        _zoom(figures, float(rng.uniform(1.1, 1.6)))
    told = _told(full, [row], pack.names, rng)
    return _finished(wardrobe, full, figures, None, told, rng, size)


def _portrait(wardrobe: Wardrobe, rng: np.random.Generator, size: int) -> Sample:
    pack = wardrobe.pack
    number = int(rng.choice(pack.shelves["portrait"]))
    row = pack.rows[number]
    full = Scene(things=(Thing(concept=row.key),))
    figures = stage.arrange(full, ((number, row),), None, rng)
    _zoom(figures, 2.0)
    for figure in figures:
        figure.flip = False  # its parts are named as they are
    told = _told(full, [row], pack.names, rng)
    return _finished(wardrobe, full, figures, None, replace(told, details=row.details), rng, size)


def _zoom(figures: Sequence[stage.Figure], factor: float) -> None:
    """A lone figure larger, as far as the picture has room."""
    for figure in figures:
        grown = min(factor, 0.96 / figure.height, 0.96 / figure.width)
        middle = figure.foot - figure.height / 2
        figure.height, figure.width = figure.height * grown, figure.width * grown
        reach, wide = figure.height / 2, figure.width / 2
        figure.foot = min(max(middle, reach + 0.01), 0.99 - reach) + reach
        figure.x = min(max(figure.x, wide + 0.01), 0.99 - wide)


def _scene(wardrobe: Wardrobe, rng: np.random.Generator, size: int, *, plain: bool) -> Sample:
    pack = wardrobe.pack
    backdrop = None if plain or not pack.backdrops else int(rng.integers(len(pack.backdrops)))
    ground = None if backdrop is None else pack.backdrops[backdrop]
    things, relations = wardrobe.casting.facts(ground.surface if ground else None, rng)
    asked = ground.asked if ground else Scene()
    full = Scene(things=things, relations=relations, sky=asked.sky, ground=asked.ground, season=asked.season)
    hosts = {r.subject for r in relations if r.kind in stage.CARRIERS} | {
        r.object for r in relations if r.kind == "riding"
    }
    numbers = [
        int(rng.choice(pack.shelves[f"{'host' if index in hosts else 'thing'}/{thing.concept}"]))
        for index, thing in enumerate(things)
    ]
    rows = [(number, pack.rows[number]) for number in numbers]
    figures = stage.arrange(full, rows, ground, rng)
    told = _told(full, [row for _, row in rows], pack.names, rng)
    return _finished(wardrobe, full, figures, backdrop, told, rng, size)


def _finished(
    wardrobe: Wardrobe,
    full: Scene,
    figures: Sequence[stage.Figure],
    number: int | None,
    told: Told,
    rng: np.random.Generator,
    size: int,
) -> Sample:
    if number is None:
        ground, background = _plain_ground(rng, size)
        backdrop = None
        told = replace(told, background=background)
    else:
        backdrop = wardrobe.pack.backdrops[number]
        image = Image.fromarray(wardrobe.pack.backdrop(number))
        ground = np.asarray(image.resize((size, size), Image.Resampling.BOX) if image.width != size else image)
    picture = stage.paint(ground, figures, backdrop, wardrobe)
    control = control_of(picture, ground, figures, backdrop, wardrobe, rng)
    language = _language(rng)
    scene, told = (full, told) if rng.random() < RICH else _shorter(full, told, rng)
    if not _speakable(told, language):
        language = "en"
    text = caption(scene, told, language, rng)
    return Sample(picture=picture, control=control, phrases=phrases_of(text), language=language, scene=scene)


def _speakable(told: Told, language: str) -> bool:
    """Whether all things have a name in a language."""
    wanted = "zh" if language == "zh-hant" else language
    return all(wanted in names for names in told.names)


def _language(rng: np.random.Generator) -> str:
    roll = float(rng.random())
    if roll < 0.45:
        return "en"
    if roll < 0.8:
        return "zh-hant" if roll > 0.77 else "zh"
    return LANGUAGES[int(rng.integers(len(LANGUAGES)))]


def _shorter(full: Scene, told: Told, rng: np.random.Generator) -> tuple[Scene, Told]:
    """All things, and hardly anything of where and when."""
    keep = rng.random(4) < 0.3
    sky = Sky(time=full.sky.time if keep[0] else None, features=full.sky.features if keep[1] else ())
    ground = full.ground if keep[2] else None
    short = replace(full, sky=sky, ground=ground, season=full.season if keep[3] else None)
    return short, replace(told, background=None, hand=None)


def _told(scene: Scene, rows: Sequence[Row], names: Mapping[str, Mapping[str, tuple[str, ...]]],
          rng: np.random.Generator) -> Told:  # fmt: skip
    hands = {row.hand for row in rows}
    return Told(
        names=[names[row.key] for row in rows],
        kinds=[_kind(row) for row in rows],
        hand=hands.pop() if len(hands) == 1 and rng.random() < 0.3 else None,
    )


def _kind(row: Row) -> str:
    """A row's kind; of vehicles, where they go."""
    concept = concepts().get(row.concept)
    if row.kind != "vehicle" or concept is None:
        return row.kind
    return {"water": "boat", "underwater": "boat", "air": "aircraft", "space": "aircraft"}.get(concept.home, "vehicle")


def _plain_ground(rng: np.random.Generator, size: int) -> tuple[Pixels, str | None]:
    """One colour or a gradient, uint8 (size, size, 3), and its name where it has one."""
    roll = float(rng.random())
    name = str(rng.choice([color for color in TARGETS if color not in ("gold", "silver", "brown", "black")]))
    if roll < 0.3:
        name = "white"
    elif roll < 0.36:
        name = "black"
    light, chroma, hue = TARGETS[name]
    tint = float(rng.uniform(0.0, 0.6)) if name not in ("white", "black") else 0.0
    first = np.array([light + tint * (0.95 - light), chroma * (1 - 0.6 * tint), hue + float(rng.uniform(-8, 8))])
    last = first + np.array([float(rng.uniform(-0.14, 0.1)), 0.0, float(rng.uniform(-15, 15))]) * (rng.random() < 0.5)
    lch = first + np.linspace(0, 1, STEPS)[:, None] * (last - first)
    angle = np.radians(lch[:, 2])
    lab = np.stack([lch[:, 0], lch[:, 1] * np.cos(angle), lch[:, 1] * np.sin(angle)], axis=-1)
    shades = np.clip(from_oklab(lab) * 255 + 0.5, 0, 255).astype(np.uint8)
    middle_out = rng.random() < 0.3
    ground = shades.take(_ramp(size, middle_out=bool(middle_out)), axis=0)
    said = name if tint < 0.35 and rng.random() < 0.5 else None
    return ground, said


STEPS = 96
"""Shades of a gradient."""


@cache
def _ramp(size: int, *, middle_out: bool) -> NDArray[np.intp]:
    """Which shade each pixel takes, (size, size): from the top down or from the middle out."""
    down = np.linspace(0, 1, size)[:, None] + np.zeros(size)
    away = np.linspace(-1, 1, size)
    place = np.minimum(np.hypot(away[:, None], away) / 1.2, 1.0) if middle_out else down
    return np.rint(place * (STEPS - 1)).astype(np.intp)
