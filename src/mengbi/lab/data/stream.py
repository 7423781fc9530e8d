"""The endless stream of training samples: sample(pack, seed, index) is the same on every machine, whatever came before.

Three kinds: things on a plain ground, composed scenes whose facts are known because we placed everything, and portraits
whose parts have names. Each wish is painted REPEAT times, every time by other hands at other places.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mengbi.engine.sketch.dye import TARGETS, from_oklab
from mengbi.lab.data import stage
from mengbi.lab.data.backdrops import Backdrop
from mengbi.lab.data.control import control_of
from mengbi.lab.data.render import Pixels
from mengbi.lab.data.wardrobe import Wardrobe
from mengbi.lab.data.wishes import EARLY, GROUNDS, LATE, Mix, Wish, wish
from mengbi.noise import generator
from mengbi.scene import Scene

__all__ = ["BLOCK", "EARLY", "LATE", "Mix", "Sample", "sample", "wish_of"]

BLOCK, REPEAT = 256, 4
"""Samples of a block, and how often it paints each wish: words take as long to encode as a picture to paint."""
KINDS = BLOCK // REPEAT
"""Wishes of a block; the samples of one stand so far apart."""
WORDS = 1 << 40
"""Streams of chance from here on are the wishes'; those below are the pictures'."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Sample:
    """A picture, a sketch of it, and what is said of it."""

    picture: Pixels  # uint8 (h, w, 3)
    control: Pixels  # uint8 (h, w, 4): colour, and how far it is given
    phrases: tuple[str, ...]  # the whole caption first, then its phrases
    language: str
    scene: Scene  # what the caption says, no more and no less


def sample(wardrobe: Wardrobe, seed: int, index: int, size: int, mix: Mix = EARLY) -> Sample:
    """The sample of an index. size: pixels of its side, 16 to 256.

    Neighbours within BLOCK / REPEAT have different wishes.
    """
    wished = wish_of(wardrobe, seed, index, mix)
    rng = generator(seed, index)
    numbers = [int(shelf[int(rng.integers(len(shelf)))]) for shelf in wished.choices]
    backdrop, ground = _ground(wardrobe, wished, rng, size)
    figures = stage.arrange(wished.full, [(number, wardrobe.pack.rows[number]) for number in numbers], backdrop, rng)
    _look_closer(figures, wished, rng)
    picture = stage.paint(ground, figures, backdrop, wardrobe)
    return Sample(
        picture=picture,
        control=control_of(picture, ground, figures, backdrop, wardrobe, rng),
        phrases=wished.phrases,
        language=wished.language,
        scene=wished.scene,
    )


def wish_of(wardrobe: Wardrobe, seed: int, index: int, mix: Mix) -> Wish:
    """What the sample of an index was asked to show."""
    number = WORDS + index // BLOCK * KINDS + index % KINDS
    return wish(wardrobe.pack, wardrobe.casting, generator(seed, number), mix)


def _look_closer(figures: Sequence[stage.Figure], wished: Wish, rng: np.random.Generator) -> None:
    """A lone thing of no special size fills more of a plain ground, a portrait most of it."""
    thing = wished.full.things[0]
    if wished.backdrop is not None or len(figures) > 1 or thing.size != "normal":
        return
    figure = figures[0]
    grown = 2.0 if wished.portrait else float(rng.uniform(1.0, 1.6))
    grown = min(grown, 0.96 / figure.height, 0.96 / figure.width)
    middle = figure.foot - figure.height / 2
    figure.height, figure.width = figure.height * grown, figure.width * grown
    reach, wide = figure.height / 2, figure.width / 2
    figure.foot = min(max(middle, reach + 0.01), 0.99 - reach) + reach
    figure.x = min(max(figure.x, wide + 0.01), 0.99 - wide)
    figure.flip = figure.flip and not wished.portrait


def _ground(wardrobe: Wardrobe, wished: Wish, rng: np.random.Generator, size: int) -> tuple[Backdrop | None, Pixels]:
    """Where it all stands: a backdrop, often mirrored, or a plain colour."""
    if wished.backdrop is None:
        return None, _plain_ground(wished.background, rng, size)
    backdrop, image = wardrobe.pack.backdrops[wished.backdrop], Image.fromarray(wardrobe.pack.backdrop(wished.backdrop))
    pixels = np.asarray(image.resize((size, size), Image.Resampling.BOX) if image.width != size else image)
    if rng.random() < 0.5:
        return backdrop, pixels
    return backdrop.mirrored(), np.ascontiguousarray(pixels[:, ::-1])


def _plain_ground(said: str | None, rng: np.random.Generator, size: int) -> Pixels:
    """One colour or a gradient, uint8 (size, size, 3). said: the name that the colour must earn."""
    roll = float(rng.random())
    name = said or ("white" if roll < 0.3 else "black" if roll < 0.34 else GROUNDS[int(rng.integers(len(GROUNDS)))])
    light, chroma, hue = TARGETS[name]
    tint = float(rng.uniform(0.0, 0.3 if said else 0.7)) if name not in ("white", "black", "gray") else 0.0
    first = np.array([light + tint * (0.95 - light), chroma * (1 - 0.6 * tint), hue + float(rng.uniform(-8, 8))])
    last = first + np.array([float(rng.uniform(-0.14, 0.1)), 0.0, float(rng.uniform(-15, 15))]) * (rng.random() < 0.5)
    lch = first + np.linspace(0, 1, STEPS)[:, None] * (last - first)
    angle = np.radians(lch[:, 2])
    lab = np.stack([lch[:, 0], lch[:, 1] * np.cos(angle), lch[:, 1] * np.sin(angle)], axis=-1)
    shades = np.clip(from_oklab(lab) * 255 + 0.5, 0, 255).astype(np.uint8)
    return shades.take(_ramp(size, middle_out=bool(rng.random() < 0.3)), axis=0)


STEPS = 96
"""Shades of a gradient."""


@cache
def _ramp(size: int, *, middle_out: bool) -> NDArray[np.intp]:
    """Which shade each pixel takes, (size, size): from the top down or from the middle out."""
    down = np.linspace(0, 1, size)[:, None] + np.zeros(size)
    away = np.linspace(-1, 1, size)
    place = np.minimum(np.hypot(away[:, None], away) / 1.2, 1.0) if middle_out else down
    return np.rint(place * (STEPS - 1)).astype(np.intp)
