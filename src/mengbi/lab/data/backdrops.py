"""Backdrops: skies and grounds of every kind, painted by the underdrawing, with where things stand on them."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from PIL import Image

from mengbi.engine.sketch import draw
from mengbi.engine.sketch.drawing import settle
from mengbi.engine.sketch.ground import paint_ground
from mengbi.engine.sketch.light import light_of
from mengbi.lab.data.render import Pixels
from mengbi.noise import generator
from mengbi.scene import FEATURES, GROUNDS, SEASONS, TIMES, Scene, Sky, scene_from_dict

SIDE = 128
DEPTHS = (0.3, 0.45, 0.6, 0.75, 0.9)
"""Distances at which it is written down where things stand, 0 far to 1 near."""
COLUMNS = 5
STREAM = 700
PLAIN = ("room", "underwater", "space")
"""Places without a sky of their own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Backdrop:
    """A painted sky and ground, what was asked for and what came of it."""

    scene: dict[str, Any]  # the facts that were asked for, as Scene.to_dict
    time: str  # what the light is, asked for or chosen
    weather: str
    season: str
    ground: str
    features: tuple[str, ...]
    surface: str  # land, water, air, indoors, underwater, space
    horizon: float
    feet: tuple[tuple[float, ...], ...]  # y where a thing stands: a row for each of DEPTHS, COLUMNS from left to right
    scales: tuple[float, ...]  # a thing's size at each of DEPTHS
    ambient: tuple[float, float, float]
    haze: tuple[float, float, float]
    haze_strength: float
    shadow: tuple[float, float, float]
    side: int  # -1: the light comes from the left
    place: tuple[int, int] = (0, 0)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Backdrop":
        """From JSON values."""
        lists: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in data.items()}
        lists["feet"] = tuple(map(tuple, data["feet"]))
        return cls(**lists)

    def mirrored(self) -> "Backdrop":
        """The same seen in a mirror."""
        return replace(self, feet=tuple(row[::-1] for row in self.feet), side=-self.side)

    @property
    def asked(self) -> Scene:
        """The facts that a caption may tell."""
        return scene_from_dict(self.scene)


def wishes(seed: int) -> Iterator[Scene]:
    """Skies and grounds without end: every ground as often, most of them under a clear sky."""
    index = 0
    while True:
        rng = generator(seed, index)
        yield _wish(GROUNDS[index % len(GROUNDS)], rng)
        index += 1


def _wish(ground: str, rng: np.random.Generator) -> Scene:
    time = str(rng.choice(TIMES, p=(0.15, 0.35, 0.22, 0.28)))
    weather = str(rng.choice(["clear", "cloudy", "rain", "storm", "snow", "fog", "wind"],
                             p=(0.55, 0.11, 0.08, 0.06, 0.08, 0.08, 0.04)))  # fmt: skip
    season = str(rng.choice(SEASONS)) if rng.random() < 0.2 else None
    features = _features(time, weather, rng) if rng.random() < 0.3 else ()
    if ground in PLAIN:
        return Scene(sky=Sky(time=time) if ground == "room" else Sky(), ground=ground)
    if ground in ("desert", "beach") and weather == "snow":
        weather = "clear"
    if season and (weather == "snow" or ground == "snow"):
        season = "winter"
    sky = Sky(time=time, weather=weather, features=features)
    return Scene(sky=sky, ground=ground, season=season)


def _features(time: str, weather: str, rng: np.random.Generator) -> tuple[str, ...]:
    night = ("moon", "crescent", "stars", "aurora", "meteors", "fireworks")
    day = ("sun", "clouds", "rainbow")
    if weather in ("storm", "rain", "snow", "fog"):
        return ("lightning",) if weather == "storm" else ()
    name = str(rng.choice(night if time == "night" else day))
    return (name,) if name in FEATURES else ()


def paint(scene: Scene, seed: int) -> tuple[Backdrop, Pixels]:
    """A backdrop and its picture, uint8 (SIDE, SIDE, 3)."""
    scene = settle(scene)
    size = (SIDE, SIDE)
    for _, drawn in draw(scene, size, seed):
        canvas = drawn
    light = light_of(scene, seed)
    ground = paint_ground(size, scene, light, light.horizon, seed)
    across = np.linspace(0.1, 0.9, COLUMNS)
    backdrop = Backdrop(
        scene=scene.to_dict(),
        time=light.time,
        weather=light.weather,
        season=light.season,
        ground=light.ground,
        features=light.features,
        surface=ground.surface,
        horizon=round(ground.horizon, 3),
        feet=tuple(tuple(round(float(ground.foot(depth, float(x))), 3) for x in across) for depth in DEPTHS),
        scales=tuple(round(float(ground.scale(depth)), 3) for depth in DEPTHS),
        ambient=_rounded(light.ambient),
        haze=_rounded(light.haze),
        haze_strength=round(light.haze_strength, 3),
        shadow=_rounded(light.shadow),
        side=light.side,
    )
    return backdrop, (np.clip(canvas, 0, 1) * 255 + 0.5).astype(np.uint8)


def encode(pixels: Pixels) -> bytes:
    """A backdrop's picture as WebP."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "WEBP", quality=84, method=6)
    return buffer.getvalue()


def _rounded(three: tuple[float, float, float]) -> tuple[float, float, float]:
    return round(three[0], 3), round(three[1], 3), round(three[2], 3)
