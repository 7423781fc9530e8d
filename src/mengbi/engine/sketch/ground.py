"""The ground of a picture, from far to near, and where things stand on it."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from mengbi.engine.sketch.land import aloft, city, deep, forest, room, village, water, wilds
from mengbi.engine.sketch.land.herbs import fringe
from mengbi.engine.sketch.land.terrain import View, feet
from mengbi.engine.sketch.light import Light
from mengbi.engine.sketch.sheets import Ground, Layer, layer
from mengbi.engine.sketch.texture import Array, Frame, frame_of
from mengbi.engine.sketch.tint import tinted
from mengbi.noise import generator
from mengbi.scene import Scene

__all__ = ["Array", "Ground", "Layer", "paint_ground"]

GROUND = 30
"""The stream of chance that grounds draw from."""


def paint_ground(size: tuple[int, int], scene: Scene, light: Light, horizon: float, seed: int) -> Ground:
    """The ground of a scene for a canvas of size (w, h); horizon: its height from the top as a fraction."""
    ground = _painted(size, scene, light, horizon, seed)
    color = light.tints[1]
    if color is None:
        return ground
    return replace(ground, layers=tuple(_held(sheet, color) for sheet in ground.layers))


def _held(sheet: Layer, color: str) -> Layer:
    """A sheet held in one colour."""
    return replace(sheet, rgb=np.moveaxis(tinted(np.moveaxis(sheet.rgb, -1, 0), color), 0, -1))


def _painted(size: tuple[int, int], scene: Scene, light: Light, horizon: float, seed: int) -> Ground:
    frame = frame_of(size)
    rng = generator(seed, GROUND)
    if light.ground == "beach":
        palms = all(thing.concept != "palm" for thing in scene.things)  # those that were asked for stand alone
        return water.beach(frame, horizon * frame.tall, light, rng, seed, palms=palms)
    if light.ground in PLACES:
        return PLACES[light.ground](frame, horizon * frame.tall, light, rng, seed)
    seen = LANDS[light.ground](frame, horizon * frame.tall, light, rng)
    foot, scale = feet(seen)
    sheets = [layer(seen.rgb, seen.alpha, 0.0)]
    if light.ground in ("meadow", "hills", "mountains") and light.season != "winter":
        sheets.append(fringe(frame, light, rng, ferns=False))
    return Ground(layers=tuple(sheets), horizon=horizon, surface="land", foot=foot, scale=scale)


LANDS: dict[str, Callable[[Frame, float, Light, np.random.Generator], View]] = {
    "meadow": wilds.meadow,
    "hills": wilds.hills,
    "mountains": wilds.mountains,
    "desert": wilds.desert,
    "snow": wilds.snow,
}
PLACES: dict[str, Callable[[Frame, float, Light, np.random.Generator, int], Ground]] = {
    "sea": water.sea,
    "lake": water.lake,
    "river": water.river,
    "underwater": deep.floor,
    "space": aloft.surface,
    "clouds": aloft.cloud_sea,
    "room": room.floor,
    "forest": forest.forest,
    "village": village.village,
    "city": city.city,
}
