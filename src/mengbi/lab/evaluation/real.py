"""Real pictures: the facts of prompts, composed of the art that the painter learns from, which the judge never saw."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mengbi.lab.data import stage
from mengbi.lab.data.backdrops import Backdrop
from mengbi.lab.data.render import Pixels
from mengbi.lab.data.stream import BLOCK, KINDS, LATE, REPEAT, sample, wish_of
from mengbi.lab.data.wardrobe import Wardrobe
from mengbi.noise import generator
from mengbi.scene import Relation, Scene

SIDE = 128
SEEN = ("land", "indoors", "air")
"""Where things show well; the depths of the sea and of space are dark."""
STREAM = 1 << 50
"""Streams of chance from here on are free of the training's."""


def real(wardrobe: Wardrobe, scene: Scene, seed: int) -> Pixels:
    """A picture that shows the scene beyond doubt, in the hands of the training pictures, uint8 (SIDE, SIDE, 3)."""
    rng = generator(seed, STREAM)
    pack = wardrobe.pack
    numbers = [int(rng.choice(pack.shelves[f"thing/{thing.concept}"])) for thing in scene.things]
    backdrop, ground = _ground(wardrobe, rng)
    figures = stage.arrange(
        replace(scene, relations=()), [(number, pack.rows[number]) for number in numbers], backdrop, rng
    )
    for relation in scene.relations:
        _place(figures, relation, rng)
    return stage.paint(ground, figures, backdrop, wardrobe)


def _place(figures: Sequence[stage.Figure], relation: Relation, rng: np.random.Generator) -> None:
    """Two figures apart from each other, neither small: the training's own places hide things in each other."""
    first, other = (next(f for f in figures if f.thing == place) for place in (relation.subject, relation.object))
    aside = relation.kind in ("left of", "right of")
    spots = [(0.27, 0.5), (0.73, 0.5)] if aside else [(0.5, 0.27), (0.5, 0.74)]
    if relation.kind in ("right of", "under"):
        spots.reverse()
    for figure, (x, y) in zip((first, other), spots, strict=True):
        ratio, room = figure.width / figure.height, 0.44 * float(rng.uniform(0.75, 1.0))
        figure.height = min(room, room / ratio) if not aside else min(1.3 * room, room / ratio)
        figure.width = figure.height * ratio
        figure.x, figure.foot, figure.tilt = x + float(rng.normal(0, 0.02)), y + figure.height / 2, 0.0
        figure.grounded = False


def _ground(wardrobe: Wardrobe, rng: np.random.Generator) -> tuple[Backdrop | None, Pixels]:
    """Three in four stand on a painted ground by daylight, the others on white."""
    pack = wardrobe.pack
    light = [number for number, each in enumerate(pack.backdrops) if each.time != "night" and each.surface in SEEN]
    if not light or rng.random() < 0.25:
        return None, np.full((SIDE, SIDE, 3), 255, np.uint8)
    number = int(rng.choice(light))
    pixels = pack.backdrop(number)
    if rng.random() < 0.5:
        return pack.backdrops[number], pixels
    return pack.backdrops[number].mirrored(), np.ascontiguousarray(pixels[:, ::-1])


def training(wardrobe: Wardrobe, seed: int, count: int) -> list[Pixels]:
    """The first pictures of a stream of training pictures; another seed gives pictures that were never trained on."""
    return [sample(wardrobe, seed, index * 37, SIDE, LATE).picture for index in range(count)]


def training_of(wardrobe: Wardrobe, concept: str, seed: int, among: int, most: int) -> list[Pixels]:
    """Of the first `among` pictures of a stream those that show a concept, at most so many."""
    indices = (
        first + kind + again * KINDS
        for first in range(0, among, BLOCK)
        for kind in range(KINDS)
        if any(thing.concept == concept for thing in wish_of(wardrobe, seed, first + kind, LATE).full.things)
        for again in range(REPEAT)
    )
    return [sample(wardrobe, seed, index, SIDE, LATE).picture for _, index in zip(range(most), indices, strict=False)]
