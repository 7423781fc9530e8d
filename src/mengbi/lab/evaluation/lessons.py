"""What the judge learns from: scenes composed of art that the painter never saw, with every answer known.

`lesson(easel, seed, index)` is the same on every machine. Half of the scenes are arranged as the painter's are, half
are strewn about, turned and stretched, because a judge meets drawings that nobody arranged.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageEnhance, ImageFilter

from mengbi.assets import concepts
from mengbi.lab.data import stage
from mengbi.lab.data.backdrops import Backdrop
from mengbi.lab.data.casting import takes_color
from mengbi.lab.data.pack import Pack, Row
from mengbi.lab.data.render import Pixels
from mengbi.lab.data.wardrobe import Wardrobe
from mengbi.lab.evaluation.words import COLORS, THINGS
from mengbi.lab.models.judge import CELL, FINE
from mengbi.noise import generator
from mengbi.scene import Relation, Scene, Thing

SIDE = 128
OTHER = len(THINGS)
"""The number of everything that is none of THINGS."""
KINDS = ("left of", "right of", "on", "under", "above", "beside", "behind", "in front of")
HIDDEN = 0.6
"""A figure of which a greater share is covered does not count, neither for nor against."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Lesson:
    """A picture and what is where; see `models.judge.loss`."""

    picture: Pixels  # uint8 (SIDE, SIDE, 3)
    centers: NDArray[np.float32]  # (SIDE / FINE, SIDE / FINE)
    concepts: NDArray[np.int64]  # (SIDE / CELL, SIDE / CELL)
    colors: NDArray[np.int64]


class Easel:
    """A pack's pictures and the grounds to set them on. grounds: their facts, and pixels uint8 (h, w, 3)."""

    def __init__(self, pack: Pack, grounds: Sequence[tuple[Backdrop, Pixels]]) -> None:
        self.wardrobe, self.grounds = Wardrobe(pack), grounds

    @cached_property
    def shelves(self) -> tuple[list[tuple[int, NDArray[np.int32]]], NDArray[np.int32]]:
        """Of each of THINGS that it has, its place there and its rows, heads among them; then all other rows."""
        numbers: dict[str, list[int]] = {}
        for number, row in enumerate(self.wardrobe.pack.rows):
            numbers.setdefault(row.concept if row.concept in THINGS else "", []).append(number)
        rest = np.array(numbers.pop("", []), np.int32)
        known = [(place, np.array(numbers[name], np.int32)) for place, name in enumerate(THINGS) if name in numbers]
        return known, rest


def lesson(easel: Easel, seed: int, index: int) -> Lesson:
    """The lesson of an index."""
    rng = generator(seed, index)
    scene, rows = _facts(easel, rng)
    backdrop, ground = _ground(easel, rng)
    figures = stage.arrange(scene, rows, backdrop, rng)
    if rng.random() < 0.5:
        figures = _strewn(figures, rng)
    for figure in figures:
        figure.width = min(figure.width * float(rng.uniform(0.85, 1.18)), 0.95)
        figure.tilt += float(rng.normal(0, 7)) if rng.random() < 0.5 else 0.0
    picture = stage.paint(ground, figures, backdrop, Retouched(easel.wardrobe, rng))
    if rng.random() < 0.5:
        picture = bent(picture, rng)
    centers, kinds, shades = _answers(figures, scene, rng)
    return Lesson(picture=worn(picture, rng), centers=centers, concepts=kinds, colors=shades)


class Retouched(Wardrobe):
    """A wardrobe whose undyed drawings come in other shades: another hand would have mixed others."""

    def __init__(self, own: Wardrobe, rng: np.random.Generator) -> None:
        self.own, self.rng = own, rng

    def picture(self, number: int, color: str | None = None) -> Image.Image:
        """See Wardrobe."""
        image = self.own.picture(number, color)
        if color is not None or self.rng.random() < 0.4:
            return image
        planes = np.asarray(image.convert("RGB").convert("HSV"), np.int16)
        hue, saturation, value = self.rng.normal(0, (9, 0, 0))[0], *self.rng.uniform(0.7, 1.25, 2)
        shifted = [(planes[..., 0] + hue) % 256, planes[..., 1] * saturation, planes[..., 2] * value]
        shaded = Image.fromarray(np.clip(np.stack(shifted, axis=-1), 0, 255).astype(np.uint8), "HSV").convert("RGB")
        shaded.putalpha(image.getchannel("A"))
        return shaded


def bent(picture: Pixels, rng: np.random.Generator) -> Pixels:
    """As an unsteady hand has it: what lies inside a grid of four by four moves a little."""
    side, cells = picture.shape[0], 4
    grid = np.stack(np.meshgrid(*[np.linspace(0, side, cells + 1)] * 2, indexing="ij"), axis=-1)
    grid[1:-1, 1:-1] += rng.normal(0, 0.025 * side, (cells - 1, cells - 1, 2))
    mesh = []
    for i, j in np.ndindex(cells, cells):
        box = (j * side // cells, i * side // cells, (j + 1) * side // cells, (i + 1) * side // cells)
        corners = (grid[i, j], grid[i + 1, j], grid[i + 1, j + 1], grid[i, j + 1])
        mesh.append((box, tuple(float(v) for y, x in corners for v in (x, y))))
    image = Image.fromarray(picture).transform((side, side), Image.Transform.MESH, mesh, Image.Resampling.BILINEAR)
    return np.asarray(image)


def _facts(easel: Easel, rng: np.random.Generator) -> tuple[Scene, list[tuple[int, Row]]]:
    """One to three kinds of things, up to five of a kind; `words` keeps the number of the concept."""
    known, rest = easel.shelves
    many = int(rng.choice((1, 2, 3), p=(0.4, 0.42, 0.18)))
    things, rows = [], []
    for place in range(many):
        usual = rng.random() < 0.93 or not len(rest)
        number, shelf = known[int(rng.integers(len(known)))] if usual else (OTHER, rest)
        row = int(rng.choice(shelf))
        concept = concepts().get(easel.wardrobe.pack.rows[row].concept)
        dyed = concept is not None and takes_color(concept) and rng.random() < 0.55
        count = int(
            rng.choice((1, 2, 3, 4, 5), p=(0.52, 0.18, 0.15, 0.1, 0.05) if place == 0 else (0.85, 0.1, 0.05, 0, 0))
        )
        color = str(rng.choice(COLORS)) if dyed else None
        things.append(Thing(concept=concept.id if concept else "?", words=str(number), color=color, count=count))
        rows.append((row, easel.wardrobe.pack.rows[row]))
    relations: tuple[Relation, ...] = ()
    if many > 1 and rng.random() < 0.6:
        relations = (Relation(subject=0, kind=str(rng.choice(KINDS)), object=1),)
    return Scene(things=tuple(things), relations=relations), rows


def _ground(easel: Easel, rng: np.random.Generator) -> tuple[Backdrop | None, Pixels]:
    if rng.random() < 0.7:
        backdrop, pixels = easel.grounds[int(rng.integers(len(easel.grounds)))]
        if rng.random() < 0.5:
            return backdrop, pixels
        return replace(backdrop, feet=tuple(row[::-1] for row in backdrop.feet)), np.ascontiguousarray(pixels[:, ::-1])
    ends = rng.integers(0, 256, (2, 3)) if rng.random() < 0.7 else np.array([[255] * 3] * 2)
    ramp = np.linspace(ends[0], ends[1], SIDE)[:, None].repeat(SIDE, axis=1)
    return None, (ramp if rng.random() < 0.5 else ramp.transpose(1, 0, 2)).astype(np.uint8)


def _strewn(figures: Sequence[stage.Figure], rng: np.random.Generator) -> list[stage.Figure]:
    """Anywhere, at any size and depth."""
    share = float(rng.uniform(0.3, 0.85)) / len(figures) ** 0.4
    strewn = []
    for figure in figures:
        ratio = figure.width / figure.height
        height = min(share * float(rng.uniform(0.8, 1.25)) / max(ratio, 1.0), 0.95)
        width = min(height * ratio, 0.95)
        x = float(rng.uniform(width / 2, 1 - width / 2))
        foot = float(rng.uniform(height, 1))
        strewn.append(replace(figure, height=height, width=width, x=x, foot=foot, depth=float(rng.uniform(0.4, 0.9))))
    return sorted(strewn, key=lambda figure: figure.depth)


def _answers(
    figures: Sequence[stage.Figure], scene: Scene, rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.int64]]:
    """Maps of what is where. figures: from far to near."""
    fine, coarse = SIDE // FINE, SIDE // CELL
    centers = np.zeros((fine, fine), np.float32)
    kinds, shades = np.full((coarse, coarse), -1, np.int64), np.full((coarse, coarse), -1, np.int64)
    y, x = np.mgrid[0:fine, 0:fine] + 0.5
    v, u = np.mgrid[0:coarse, 0:coarse] + 0.5
    boxes = [_inside(figure, 64) for figure in figures]
    for place, figure in enumerate(figures):
        middle = figure.foot - figure.height / 2
        near = ((u / coarse - figure.x) / figure.width) ** 2 + ((v / coarse - middle) / figure.height) ** 2 < 0.3**2
        near[min(max(int(middle * coarse), 0), coarse - 1), min(max(int(figure.x * coarse), 0), coarse - 1)] = True
        over = np.any(boxes[place + 1 :], axis=0) if place + 1 < len(boxes) else np.zeros_like(boxes[0])
        covered = float((boxes[place] & over).sum() / max(boxes[place].sum(), 1))
        wide, tall = (max(0.1 * extent * fine, 0.75) for extent in (figure.width, figure.height))
        spot = np.exp(-(((x - figure.x * fine) / wide) ** 2 + ((y - middle * fine) / tall) ** 2) / 2)
        if covered > HIDDEN:
            centers[(spot > 0.1) & (centers < 1)] = -1
            continue
        thing = scene.things[figure.thing]
        kinds[near] = int(thing.words)
        shades[near] = COLORS.index(thing.color) if thing.color else -1
        centers = np.where(centers < 0, centers, np.maximum(centers, np.minimum(spot, 0.99))).astype(np.float32)
        centers[min(max(int(middle * fine), 0), fine - 1), min(max(int(figure.x * fine), 0), fine - 1)] = 1
    return centers, kinds, shades


def _inside(figure: stage.Figure, side: int) -> NDArray[np.bool_]:
    """The ellipse within a figure's box."""
    y, x = (np.mgrid[0:side, 0:side] + 0.5) / side
    inside: NDArray[np.bool_] = ((x - figure.x) / figure.width) ** 2 + (
        (y - figure.foot + figure.height / 2) / figure.height
    ) ** 2 < 0.25
    return inside


def worn(picture: Pixels, rng: np.random.Generator) -> Pixels:
    """As it may come from a painter: other light, softer, grainy, in strokes."""
    image = Image.fromarray(picture)
    if rng.random() < 0.5:
        image = ImageEnhance.Color(image).enhance(float(rng.uniform(0.6, 1.35)))
        image = ImageEnhance.Contrast(image).enhance(float(rng.uniform(0.75, 1.25)))
    if rng.random() < 0.2:
        image = image.filter(ImageFilter.ModeFilter(3))
    if rng.random() < 0.3:
        image = image.filter(ImageFilter.GaussianBlur(float(rng.uniform(0.3, 1.3))))
    if rng.random() < 0.25:
        small = (round(SIDE * float(rng.uniform(0.45, 0.9))),) * 2
        image = image.resize(small, Image.Resampling.BOX).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    pixels = np.asarray(image, np.float32)
    if rng.random() < 0.4:
        pixels = pixels * rng.uniform(0.82, 1.12, 3).astype(np.float32) + np.float32(rng.uniform(-14, 14))
    if rng.random() < 0.4:
        pixels = pixels + rng.normal(0, rng.uniform(2, 12), pixels.shape[:2])[..., None].astype(np.float32)
    if rng.random() < 0.4:
        grid = rng.normal(0, rng.uniform(4, 16), (rng.integers(6, 48),) * 2).astype(np.float32)
        pixels = pixels + np.asarray(Image.fromarray(grid).resize((SIDE, SIDE), Image.Resampling.BICUBIC))[..., None]
    finished = np.clip(pixels, 0, 255).astype(np.uint8)
    if rng.random() < 0.15:
        buffer = io.BytesIO()
        Image.fromarray(finished).save(buffer, "JPEG", quality=int(rng.integers(35, 90)))
        finished = np.asarray(Image.open(buffer))
    return finished
